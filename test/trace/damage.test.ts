// SPDX-License-Identifier: GPL-2.0-only
import { describe, expect, test } from 'vitest';
import { UserError } from '../../src/base/user-error.ts';
import type { Recording } from '../../src/model/recording.ts';
import { decode } from '../../src/trace/decode.ts';
import { encode, type Form } from '../../src/trace/encode.ts';
import { sampleRecording } from '../support/sample-recording.ts';

const textOf = (recording: Recording, form: Form): string => [...encode(recording, form)].join('');
const json = textOf(sampleRecording(), 'json');
const jsonl = textOf(sampleRecording(), 'jsonl');

/** The UserError that reading this text ends in. */
function errorOf(text: string): UserError {
  try {
    decode(text, 'x');
  } catch (error) {
    if (error instanceof UserError) return error;
    throw error;
  }
  throw new Error('the text was read without an error');
}

describe('a file that is no trace', () => {
  test.each([
    ['', 'trace-empty', 'x: the file is empty'],
    [' \n\n', 'trace-empty', 'x: the file is empty'],
    ['int main(void)\n{\n}\n', 'trace-not-json', 'x: not JSON: it begins with "int main(void)'],
    ['{ int a; }', 'trace-not-json', 'x: not JSON'],
    ['{"a":1}}', 'trace-not-json', 'x: not JSON'],
    ['{"a":"\\"}', 'trace-truncated', 'x: the trace ends in the middle'],
    ['\u001b[2J\u009b1m', 'trace-not-json', 'x: not JSON: it begins with "\\u001b[2J\\u009b1m"'],
    ['{"name":"some-package","version":"1.0"}', 'trace-not-a-trace', 'x: JSON, but not a trace of mmreplay'],
    ['{"name":"some-package"}\n{"name":"other"}\n', 'trace-not-json', 'x: not JSON'],
    ['[]', 'trace-not-a-trace', 'x: JSON, but not'],
    ['17\n', 'trace-not-a-trace', 'x: JSON, but not'],
    ['null', 'trace-not-a-trace', 'x: JSON, but not'],
    ['"mmreplay-trace"', 'trace-not-a-trace', 'x: JSON, but not'],
    [
      '{"format":"mmreplay-trace"}',
      'trace-damaged',
      'x: version: found nothing, expected major and minor number',
    ],
    ['{"format":"mmreplay-trace","version":1}', 'trace-damaged', 'x: version: found 1, expected'],
    [
      '{"format":"mmreplay-trace","version":"1.0"}',
      'trace-damaged',
      'x: model: found nothing, expected object',
    ],
  ])('%j is %s', (text, code, message) => {
    const error = errorOf(text);
    expect(error.code).toBe(code);
    expect(error.message).toContain(message);
    expect(error.hint).toBeTruthy();
  });
});

test('a byte order mark in front does no harm', () => {
  for (const text of [json, jsonl]) {
    expect(decode(`\ufeff${text}`, 'x')).toEqual(decode(text, 'x'));
  }
});

test('a verdict that contradicts itself', () => {
  const recording = sampleRecording();
  const verdict = recording.verdict && { ...recording.verdict, safety: { word: 'SAFE' } as const };
  const error = errorOf(textOf({ ...recording, verdict }, 'json'));
  expect(error.message).toBe(
    'x: verdict: safety.word: found "SAFE", expected RACY, for the verdict lists violations',
  );
  const unknown = errorOf(json.replace('"word":"RACY"', '"word":"MAYBE"'));
  expect(unknown.message).toContain('found "MAYBE", expected one of "SAFE"|"RACY"|"BUG"');
});

describe('a trace that is no longer JSON says in which line', () => {
  const lines = json.split('\n');
  const event = lines.findIndex((line) => line.includes('"step":3,'));
  const edited = (edit: (line: string) => string): string =>
    lines.map((line, index) => (index === event ? edit(line) : line)).join('\n');
  const at = `x: line ${event + 1}: found `;

  test.each([
    ['text behind an event', edited((line) => `${line} oops`), at],
    ['a merge conflict', edited((line) => `<<<<<<< HEAD\n${line}`), at],
    ['a value that is none', edited((line) => line.replace('"step":3', '"step":three')), at],
    ['a comma lost', edited((line) => line.replace(/,$/, '')), `x: line ${event + 2}: found `],
    ['two traces in one', json + json, `x: line ${lines.length}: found `],
  ])('%s', (_, text, message) => {
    const error = errorOf(text);
    expect(error.code).toBe('trace-damaged');
    expect(error.message.slice(0, message.length)).toBe(message);
    expect(error.hint).toContain('record the run again');
  });
});

test('a .json cut at any place is told to be cut', () => {
  for (let end = 1; end < json.length; end += 1) {
    expect(errorOf(json.slice(0, end)).code, `cut at ${end}`).toBe('trace-truncated');
  }
});

test('a .jsonl cut at any place is INCOMPLETE; cut in its header it is told to be cut', () => {
  const header = jsonl.indexOf('\n');
  const verdictEnd = jsonl.length - 1;
  for (let end = 1; end < jsonl.length; end += 1) {
    const text = jsonl.slice(0, end);
    if (end < header) {
      expect(errorOf(text).code, `cut at ${end}`).toBe('trace-truncated');
      continue;
    }
    const { recording, notices } = decode(text, 'x');
    const tail = text.slice(text.lastIndexOf('\n') + 1);
    const half = end > header && tail !== '' && !jsonl.startsWith('\n', end);
    const whole = text.split('\n').length - 2 + (tail !== '' && !half ? 1 : 0);
    const complete = end === verdictEnd;
    expect(recording.events.length, `events when cut at ${end}`).toBe(Math.max(0, Math.min(15, whole)));
    expect(recording.verdict === null, `no verdict when cut at ${end}`).toBe(!complete);
    expect(notices.map((n) => n.code)).toEqual([
      ...(half ? ['trace-half-line'] : []),
      ...(complete ? [] : ['trace-incomplete']),
    ]);
  }
});

test('what is nested beyond all sense is damage like any other', () => {
  const deep = '['.repeat(50_000) + ']'.repeat(50_000);
  expect(errorOf(json.replace('"start":1', `"start":${deep}`)).message).toContain(
    'start: found something nested too deeply, expected a value',
  );
  expect(errorOf(deep).code).toBe('trace-not-a-trace');
});

test('a dropped half line is named', () => {
  const { notices } = decode(jsonl.slice(0, jsonl.indexOf('{"step":5,') + 20), 'x');
  expect(notices[0]?.message).toBe('line 6 is cut short and was dropped');
  expect(notices[1]?.message).toContain('it ends after step 4');
});

test.each([
  [
    'a line cut in the middle',
    (t: string) => t.replace(/^\{"step":4,.*$/m, '{"step":4,"thr'),
    'line 5: found "{\\"step\\":4,\\"thr", expected an event',
  ],
  [
    'a lost line',
    (t: string) => t.replace(/^\{"step":4,.*\n/m, ''),
    'line 5, event 4: step: found 5, expected 4',
  ],
  [
    'a line twice',
    (t: string) => t.replace(/^(\{"step":4,.*\n)/m, '$1$1'),
    'line 6, event 5: step: found 4, expected 5',
  ],
  [
    'an empty line',
    (t: string) => t.replace(/^(\{"step":4,.*\n)/m, '\n$1'),
    'line 5: found "", expected an event',
  ],
  [
    'a line after the verdict',
    (t: string) => `${t}{}\n`,
    'line 18: found {}, expected nothing after the verdict',
  ],
  [
    'a line of another kind',
    (t: string) => t.replace(/^\{"step":4,.*$/m, '[]'),
    'line 5, event 4: found [], expected object',
  ],
])('.jsonl: %s is damage', (_, change, message) => {
  const error = errorOf(change(jsonl));
  expect(error.code).toBe('trace-damaged');
  expect(error.message).toContain(`x: ${message}`);
});

type Json = Record<string, any>; // eslint-disable-line -- parsed JSON that the tests below spoil on purpose

describe('a trace that contradicts itself', () => {
  const cases: readonly (readonly [string, (trace: Json) => void, string])[] = [
    ['an old value that is not there', (t) => (t['events'][2].writes[0][1] = 5), 'event 3: inode.i_size before the step: found 5, expected 1, its value then'],
    ['an unknown thread', (t) => (t['events'][4].thread = 2), 'event 5: thread: found 2, expected a thread, 0 to 1'],
    ['an unknown site', (t) => (t['events'][4].site = 99), 'event 5: site: found 99, expected a site, 0 to 15'],
    ['an unknown next site', (t) => (t['events'][4].next = 16), 'event 5: next: found 16, expected a site, 0 to 15'],
    ['an unknown cell read', (t) => (t['events'][0].reads[0][0] = 'inode.nr'), 'event 1: reads: found "inode.nr", expected a cell'],
    ['an unknown object written', (t) => (t['events'][9].writes[0][0] = 'page[9].mapping'), 'event 10: writes: found "page[9].mapping", expected a cell'],
    ['an unknown site of a check', (t) => (t['events'][0].checks[0][0] = 40), 'event 1: checks: found 40, expected a site'],
    ['an unknown thread that waits', (t) => (t['events'][4].waits[0][0] = 3), 'event 5: waits: found 3, expected a thread'],
    ['an unknown lock waited for', (t) => (t['events'][4].waits[0][1] = 'mm.sem'), 'event 5: waits: found "mm.sem", expected a cell'],
    ['an unknown owner of a local', (t) => t['events'][1].locals[0].push(4), 'event 2: locals: found 4, expected a thread'],
    ['an operation that never began', (t) => delete t['events'][2].begins, 'event 14: ends: found "truncate", expected nothing'],
    ['an operation that is not the innermost', (t) => t['events'][5].begins = ['zap'], 'event 14: ends: found "truncate", expected zap'],
    ['a value from the future', (t) => (t['events'][1].locals[0][2] = [3]), 'event 2: locals fault.page: found [3], expected ascending steps, 1 to 2'],
    ['provenance out of order', (t) => (t['events'][5].checks[0][2] = [6, 2]), 'event 6: checks: found [6,2], expected ascending steps, 1 to 6'],
    ['provenance twice', (t) => (t['events'][5].checks[0][2] = [2, 2]), 'event 6: checks: found [2,2], expected ascending'],
    ['a step out of order', (t) => t['events'].reverse(), 'event 1: step: found 15, expected 1'],
    ['a verdict beyond the end', (t) => (t['verdict'].step = 16), 'verdict: step: found 16, expected a step, 0 to 15'],
    ['a verdict since after its step', (t) => (t['verdict'].since = 15), 'verdict: since: found 15, expected at most 14'],
    ['a violation beyond the end', (t) => (t['verdict'].violations[0].step = 99), 'verdict: violations[0]: step: found 99'],
    ['a verdict about an unknown cell', (t) => (t['verdict'].cells[0] = 'pte[7].page'), 'verdict: found "pte[7].page", expected a cell'],
    ['a violation about an unknown cell', (t) => (t['verdict'].violations[0].cells = ['x']), 'verdict: violations[0]: found "x"'],
    ['a loop that starts beyond the end', (t) => (t['verdict'].loop = 16), 'verdict: loop: found 16, expected a step, 1 to 15'],
    ['two threads of one name', (t) => (t['threads'][1].name = 'CPU0'), 'threads: found "CPU0", expected each name once'],
    ['two objects of one name', (t) => (t['objects'][1].name = 'page[1]'), 'objects: found "page[1]", expected each name once'],
    ['two cells of one path', (t) => (t['objects'][0].cells[2].field = '.i_size'), 'cells of objects: found "inode.i_size", expected each name once'],
    ['a lock without its owner', (t) => (t['objects'][4].locks[0].owner = '.nobody'), 'objects: a lock of mm: found ".nobody", expected a field'],
    ['a thread without its start', (t) => t['start'].pop(), 'start: found [{"at":8,"waitsFor":null}], expected one entry for each of 2 threads'],
    ['a start at an unknown site', (t) => (t['start'][1].at = 16), 'start[1].at: found 16, expected a site'],
    ['a start waiting for an unknown lock', (t) => (t['start'][1].waitsFor = 'x'), 'start[1]: found "x", expected a cell'],
  ]; // prettier-ignore

  test.each(cases)('%s', (_, spoil, message) => {
    const trace = JSON.parse(json) as Json;
    spoil(trace);
    const error = errorOf(JSON.stringify(trace));
    expect(error.message).toContain(`x: ${message}`);
    expect(error.code).toBe('trace-damaged');
    expect(error.hint).toBeTruthy();
  });

  test('in a .jsonl the same, with the line', () => {
    const error = errorOf(jsonl.replace('["inode.i_size",1,0]', '["inode.i_size",5,0]'));
    expect(error.message).toBe(
      'x: line 4, event 3: inode.i_size before the step: found 5, expected 1, its value then',
    );
  });
});

describe('a field of the wrong shape', () => {
  test.each<readonly [string, (trace: Json) => void, string]>([
    ['missing', (t) => delete t['sources'], 'x: sources: found nothing, expected array'],
    ['events missing', (t) => delete t['events'], 'x: events: found nothing, expected array'],
    ['of another type', (t) => (t['objects'][2].name = 7), 'x: objects[2].name: found 7, expected string'],
    [
      'no kind of type',
      (t) => (t['objects'][0].cells[1].type.kind = 'float'),
      'x: objects[0].cells[1].type.kind: found "float"',
    ],
    [
      'no value',
      (t) => (t['objects'][0].cells[0].start = 1.5),
      'x: objects[0].cells[0].start: found 1.5, expected a value: an integer',
    ],
    [
      'no field',
      (t) => (t['objects'][0].cells[0].field = 'i_size'),
      'found "i_size", expected a field such as',
    ],
    [
      'no object name',
      (t) => (t['objects'][0].name = '__proto__'),
      'found "__proto__", expected the name of an object',
    ],
    [
      'no local',
      (t) => (t['events'][1].locals[0][0] = 'page'),
      'event 2: locals[0][0]: found "page", expected a local such as',
    ],
    [
      'no kind of event',
      (t) => (t['events'][6].kind = 'jump'),
      'event 7: kind: found "jump", expected one of "read"|',
    ],
    ['no line', (t) => (t['sites'][3].line = 0), 'x: sites[3].line: found 0, expected number to be >=1'],
    ['no verdict word', (t) => (t['verdict'].safety.word = 'FINE'), 'x: verdict: safety.word: found "FINE"'],
    [
      'too long to be shown whole',
      (t) => (t['threads'] = 'x'.repeat(500)),
      `x: threads: found "${'x'.repeat(56)}..., expected array`,
    ],
  ])('%s', (_, spoil, message) => {
    const trace = JSON.parse(json) as Json;
    spoil(trace);
    const error = errorOf(JSON.stringify(trace));
    expect(error.message).toContain(message);
    expect(error.code).toBe('trace-damaged');
  });
});
