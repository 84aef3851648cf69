// SPDX-License-Identifier: GPL-2.0-only
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { BugError } from '../../src/base/assert.ts';
import { UserError } from '../../src/base/user-error.ts';
import type { Recording } from '../../src/model/recording.ts';
import { encode } from '../../src/trace/encode.ts';
import { readTrace, TraceLog, writeTrace } from '../../src/trace/file.ts';
import { sampleRecording } from '../support/sample-recording.ts';

let directory: string;
beforeEach(() => (directory = fs.mkdtempSync(join(tmpdir(), 'mmreplay-file-'))));
afterEach(() => fs.rmSync(directory, { recursive: true }));

const inside = (name: string): string => join(directory, name);
const text = (form: 'json' | 'jsonl'): string => [...encode(sampleRecording(), form)].join('');

async function* pipe(...chunks: readonly (string | Uint8Array)[]): AsyncGenerator<Uint8Array> {
  for (const chunk of chunks) yield Buffer.from(chunk);
}

async function readError(path: string, input = pipe()): Promise<UserError> {
  const error: unknown = await readTrace(path, input).then(
    () => 'it was read',
    (reason: unknown) => reason,
  );
  if (!(error instanceof UserError)) throw error;
  return error;
}

function writeError(write: () => void): UserError {
  try {
    write();
  } catch (error) {
    if (error instanceof UserError) return error;
    throw error;
  }
  throw new Error('it was written');
}

describe('reading', () => {
  test('a missing file', async () => {
    expect(await readError(inside('no.json'))).toMatchObject({
      code: 'trace-not-found',
      message: `${inside('no.json')}: no such file`,
    });
    fs.writeFileSync(inside('file'), '');
    expect(await readError(inside('file/no.json'))).toMatchObject({ code: 'trace-not-found' });
  });

  test('a directory', async () => {
    expect(await readError(directory)).toMatchObject({ code: 'trace-is-directory' });
  });

  test('an empty file, and an empty file in gzip', async () => {
    fs.writeFileSync(inside('a.json'), '');
    expect(await readError(inside('a.json'))).toMatchObject({ code: 'trace-empty' });
    fs.writeFileSync(inside('a.json.gz'), gzipSync(''));
    expect(await readError(inside('a.json.gz'))).toMatchObject({ code: 'trace-empty' });
  });

  test('a binary file', async () => {
    fs.writeFileSync(inside('a.json'), Buffer.from([0x7f, 0x45, 0x4c, 0x46, 0xff, 0x0a, 0xfe]));
    expect(await readError(inside('a.json'))).toMatchObject({ code: 'trace-not-json' });
  });

  test('text that is not UTF-8, in the middle of a trace', async () => {
    const bytes = Buffer.from(text('jsonl'));
    bytes[bytes.indexOf('"step":5') + 2] = 0xe4;
    expect(await readError('-', pipe(bytes))).toMatchObject({
      code: 'trace-not-json',
      message: 'standard input: not JSON: not even UTF-8 text',
    });
  });

  test('a gzipped trace cut at any byte is never read', async () => {
    for (const form of ['json', 'jsonl'] as const) {
      const whole = gzipSync(text(form));
      expect((await readTrace('-', pipe(whole))).recording).toEqual(sampleRecording());
      for (let end = 0; end < whole.length; end += 1) {
        const { code } = await readError('-', pipe(whole.subarray(0, end)));
        expect(code, `${form}.gz cut at ${end}`).toBe(
          end === 0 ? 'trace-empty' : end === 1 ? 'trace-not-json' : 'trace-truncated',
        );
      }
    }
  });

  test('damaged gzip data', async () => {
    const whole = gzipSync(text('json'));
    whole[whole.length >> 1]! ^= 0x55;
    expect(await readError('-', pipe(whole))).toMatchObject({
      code: 'trace-damaged',
      message: 'standard input: damaged gzip data',
    });
  });

  test('a pipe that hands over one byte at a time', async () => {
    const recording: Recording = { ...sampleRecording(), schedule: 'größer' };
    for (const form of ['json', 'jsonl'] as const) {
      const bytes = Buffer.from([...encode(recording, form)].join(''));
      for (const data of [bytes, gzipSync(bytes)]) {
        const single = [...data].map((byte) => Uint8Array.of(byte));
        expect(await readTrace('-', pipe(...single))).toEqual({ recording, notices: [] });
      }
    }
  });

  test('goes by content, not by name', async () => {
    fs.writeFileSync(inside('a.json'), gzipSync(text('jsonl')));
    expect((await readTrace(inside('a.json'))).recording).toEqual(sampleRecording());
    fs.writeFileSync(inside('b.jsonl.gz'), text('json'));
    expect((await readTrace(inside('b.jsonl.gz'))).recording).toEqual(sampleRecording());
  });

  test('bad input is closed at once, not read to its end', async () => {
    const damaged = text('jsonl').replace('"step":2', '"step":3');
    for (const start of [damaged, gzipSync(damaged)]) {
      let closed = false;
      const endless = (async function* (): AsyncGenerator<Uint8Array> {
        try {
          for (;;) yield Buffer.from(start);
        } finally {
          closed = true;
        }
      })();
      expect((await readError('-', endless)).code).toBe('trace-damaged');
      expect(closed).toBe(true);
    }
  });

  test('an error in the input is not hidden', async () => {
    const broken = (async function* (): AsyncGenerator<Uint8Array> {
      yield Buffer.from('{');
      throw Object.assign(new Error('gone'), { code: 'EIO' });
    })();
    expect(await readError('-', broken)).toMatchObject({
      code: 'trace-unreadable',
      message: 'standard input: cannot be read (EIO)',
    });
  });
});

describe('writing', () => {
  test.each(['a.json', 'a.jsonl', 'a.json.gz', 'a.jsonl.gz', 'odd name'])(
    '%s leaves that file and no other',
    async (name) => {
      writeTrace(inside(name), sampleRecording());
      expect(fs.readdirSync(directory)).toEqual([name]);
      expect((await readTrace(inside(name))).recording).toEqual(sampleRecording());
      const bytes = fs.readFileSync(inside(name));
      const content = (name.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString();
      expect(content).toBe(text(name.includes('.jsonl') ? 'jsonl' : 'json'));
    },
  );

  test('gzip says nothing of time, name or system', () => {
    writeTrace(inside('a.json.gz'), sampleRecording());
    expect([...fs.readFileSync(inside('a.json.gz')).subarray(0, 10)]).toEqual([
      0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff,
    ]);
  });

  test('replaces what was there, its mode kept, through a link', () => {
    fs.writeFileSync(inside('a.json'), 'old', { mode: 0o600 });
    fs.symlinkSync('a.json', inside('link.json'));
    writeTrace(inside('link.json'), sampleRecording());
    expect(fs.readFileSync(inside('a.json'), 'utf8')).toBe(text('json'));
    expect(fs.statSync(inside('a.json')).mode & 0o777).toBe(0o600);
    expect(fs.lstatSync(inside('link.json')).isSymbolicLink()).toBe(true);
  });

  test('a device is written to, not replaced', () => {
    writeTrace('/dev/null', sampleRecording());
    expect(fs.statSync('/dev/null').isCharacterDevice()).toBe(true);
  });

  test.skipIf(!fs.existsSync('/dev/fd'))('so is the file that a descriptor of the shell leads to', () => {
    const fd = fs.openSync(inside('out.json'), 'w');
    const { ino } = fs.fstatSync(fd);
    writeTrace(`/dev/fd/${fd}`, sampleRecording());
    fs.closeSync(fd);
    expect(fs.statSync(inside('out.json')).ino).toBe(ino);
    expect(fs.readFileSync(inside('out.json'), 'utf8')).toBe(text('json'));
  });

  test.each([
    ['a directory that is missing', 'no/a.json', 'its directory does not exist'],
    ['a file as directory', 'file/a.json', 'its directory is a file'],
    ['a directory as file', 'directory', 'it is a directory'],
  ])('%s', (_, name, reason) => {
    fs.writeFileSync(inside('file'), 'kept');
    fs.mkdirSync(inside('directory'));
    const before = fs.readdirSync(directory);
    for (const write of [
      () => writeTrace(inside(name), sampleRecording()),
      () => new TraceLog(inside(name), sampleRecording()),
    ]) {
      const error = writeError(write);
      expect(error).toMatchObject({
        code: 'output-not-writable',
        message: `${inside(name)}: cannot be written: ${reason}`,
      });
    }
    expect(fs.readdirSync(directory)).toEqual(before);
    expect(fs.readFileSync(inside('file'), 'utf8')).toBe('kept');
  });

  test.skipIf(!fs.existsSync('/dev/full'))('a full disk', () => {
    const error = writeError(() => writeTrace('/dev/full', sampleRecording()));
    expect(error).toMatchObject({
      code: 'output-not-writable',
      message: '/dev/full: cannot be written: the disk is full',
    });
  });

  test('a file or directory that may not be written', () => {
    fs.writeFileSync(inside('a.json'), 'old', { mode: 0o444 });
    fs.mkdirSync(inside('locked'), { mode: 0o555 });
    // Modes do not stop root; a file system that takes no files does.
    const closed =
      process.getuid?.() === 0 ? ['/sys/kernel/a.json'] : [inside('a.json'), inside('locked/a.json')];
    for (const name of closed) {
      expect(writeError(() => writeTrace(name, sampleRecording()))).toMatchObject({
        code: 'output-not-writable',
      });
    }
    expect(fs.readFileSync(inside('a.json'), 'utf8')).toBe('old');
  });

  test('a recording that does not fit the schema is our bug, and what was there stays', () => {
    fs.writeFileSync(inside('a.json'), 'old');
    const wrong = { ...sampleRecording(), threads: [] };
    expect(() => writeTrace(inside('a.json'), wrong)).toThrow(BugError);
    expect(fs.readFileSync(inside('a.json'), 'utf8')).toBe('old');
    expect(fs.readdirSync(directory)).toEqual(['a.json']);
  });
});

describe('a log', () => {
  test('opens as INCOMPLETE after every event, and whole at the end', async () => {
    const { events, verdict, ...header } = sampleRecording();
    const log = new TraceLog(inside('a.jsonl'), header);
    for (let step = 0; step <= events.length; step += 1) {
      if (step > 0) log.append(events[step - 1]!);
      const { recording, notices } = await readTrace(inside('a.jsonl'));
      expect(recording).toEqual({ ...header, events: events.slice(0, step), verdict: null });
      expect(notices.map((n) => n.code)).toEqual(['trace-incomplete']);
    }
    log.finish(verdict);
    expect(await readTrace(inside('a.jsonl'))).toEqual({ recording: sampleRecording(), notices: [] });
    expect(fs.readFileSync(inside('a.jsonl'), 'utf8')).toBe(text('jsonl'));
  });

  test('can be left without a verdict', async () => {
    const log = new TraceLog(inside('a.jsonl'), sampleRecording());
    log.finish(null);
    expect((await readTrace(inside('a.jsonl'))).recording.events).toEqual([]);
  });
});
