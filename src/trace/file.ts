// SPDX-License-Identifier: GPL-2.0-only
// Owns the file system below cli: traces are read from files and pipes, and written so that no file is ever half new.

import { isUtf8 } from 'node:buffer';
import * as fs from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { pipeline, Readable } from 'node:stream';
import { createGunzip, gzipSync } from 'node:zlib';
import { UserError } from '../base/user-error.ts';
import type { Event, Header, Recording, Verdict } from '../model/recording.ts';
import { TraceDecoder } from './decode.ts';
import { encode, eventLine, headerLine, verdictLine } from './encode.ts';
import type { OpenedTrace } from './run-reader.ts';
import { notText, notWritable, unreadable } from './trace-error.ts';

type Bytes = AsyncIterable<Uint8Array>;

/**
 * Reads and checks a trace: .json or .jsonl, gzipped or not, whatever its name. `-` reads `input`, or else standard input.
 * Throws UserError trace-not-found, trace-is-directory, trace-unreadable, trace-too-large, or as TraceDecoder does.
 * The event loop runs between chunks of a .jsonl; a million events take some seconds and some 100 bytes of file each.
 */
export async function readTrace(path: string, input?: Bytes): Promise<OpenedTrace> {
  const file = path === '-' ? 'standard input' : path;
  const bytes =
    path === '-' ? (input ?? process.stdin) : fs.createReadStream(path, { highWaterMark: 1 << 18 });
  const decoder = new TraceDecoder(file);
  try {
    let rest = '';
    for await (const block of blocks(unzipped(bytes))) {
      if (!block.whole) rest = block.bytes.toString();
      else if (!isUtf8(block.bytes)) throw notText(file);
      else
        for (const line of block.bytes.toString('utf8', 0, block.bytes.length - 1).split('\n'))
          decoder.line(line);
    }
    return decoder.end(rest);
  } catch (error) {
    const code = codeOf(error);
    if (code === undefined) throw error;
    throw unreadable(file, code);
  }
}

/** Cuts bytes behind newlines: blocks of whole lines, then what follows the last newline, if anything. */
async function* blocks(chunks: Bytes): AsyncGenerator<{ bytes: Buffer; whole: boolean }> {
  let open: Uint8Array[] = [];
  for await (const chunk of chunks) {
    const end = chunk.lastIndexOf(0x0a) + 1;
    if (end > 0) yield { bytes: Buffer.concat([...open.splice(0), chunk.subarray(0, end)]), whole: true };
    open.push(chunk.subarray(end));
  }
  yield { bytes: Buffer.concat(open), whole: false };
}

/** The same bytes, decompressed when they begin as gzip does. Closes `chunks`, even when not all are taken. */
async function* unzipped(chunks: Bytes): AsyncGenerator<Uint8Array> {
  const source = chunks[Symbol.asyncIterator]();
  try {
    let head = Buffer.alloc(0);
    for (let next = await source.next(); next.done !== true; next = await source.next()) {
      head = Buffer.concat([head, next.value]);
      if (head.length >= 2) break;
    }
    const all = withHead(head, source);
    yield* head[0] === 0x1f && head[1] === 0x8b ? gunzipped(all) : all;
  } finally {
    await source.return?.();
  }
}

async function* withHead(head: Uint8Array, source: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield head;
  for (let next = await source.next(); next.done !== true; next = await source.next()) yield next.value;
}

function gunzipped(chunks: Bytes): Bytes {
  return pipeline(Readable.from(chunks), createGunzip(), () => {}); // an error comes out of the iteration
}

/**
 * Writes a trace; the name decides the form: `.jsonl` or else one JSON document, gzipped when `.gz` follows.
 * What stood there is replaced in one go at the end, or stays as it was. Equal recordings give equal bytes.
 * Throws UserError output-not-writable.
 */
export function writeTrace(path: string, recording: Recording): void {
  const zip = path.endsWith('.gz');
  const form = /\.jsonl(\.gz)?$/.test(path) ? 'jsonl' : 'json';
  const text = batches(encode(recording, form));
  forOutput(path, () => replaceFile(path, zip ? [gzipped(text)] : text));
}

/** A .jsonl that grows while the run is recorded; without its last line it opens as INCOMPLETE. */
export class TraceLog {
  readonly #path: string;
  readonly #fd: number;
  #events = 0;

  /** Empties or creates the file and writes the header. All functions throw UserError output-not-writable. */
  constructor(path: string, header: Header) {
    this.#path = path;
    const line = headerLine(header);
    this.#fd = forOutput(path, () => fs.openSync(path, 'w'));
    this.#write(line);
  }

  append(event: Event): void {
    this.#events += 1;
    this.#write(eventLine(event, this.#events));
  }

  /** Writes the verdict and closes the file; without a verdict the trace stays INCOMPLETE. */
  finish(verdict: Verdict | null): void {
    if (verdict !== null) this.#write(verdictLine(verdict));
    forOutput(this.#path, () => {
      fs.fsyncSync(this.#fd);
      fs.closeSync(this.#fd);
    });
  }

  #write(line: string): void {
    forOutput(this.#path, () => writeAll(this.#fd, Buffer.from(line)));
  }
}

/** Small pieces of text as some hundred kilobytes at a time. */
function* batches(pieces: Iterable<string>): Generator<Buffer> {
  let text = '';
  for (const piece of pieces) {
    text += piece;
    if (text.length < 1 << 18) continue;
    yield Buffer.from(text);
    text = '';
  }
  yield Buffer.from(text);
}

/** Gzip without time, name or system, so that equal text gives equal bytes. */
function gzipped(text: Iterable<Buffer>): Buffer {
  const bytes = gzipSync(Buffer.concat([...text]));
  bytes[9] = 0xff; // operating system: unknown
  return bytes;
}

/**
 * Links are followed. What is no file (a pipe, a terminal, /dev/null) is written to directly, never replaced; nor is a
 * file that /dev/stdout happens to be: who opened it goes on with it.
 */
function replaceFile(path: string, pieces: Iterable<Uint8Array>): void {
  const old = fs.statSync(path, { throwIfNoEntry: false });
  if (old !== undefined) fs.accessSync(path, fs.constants.W_OK);
  if (old !== undefined && (!old.isFile() || path.startsWith('/dev/'))) {
    writeFile(path, 'w', pieces);
    return;
  }
  const target = old === undefined ? path : fs.realpathSync(path);
  const temporary = join(dirname(target), `.${basename(target)}.${process.pid}.tmp`);
  try {
    fs.rmSync(temporary, { force: true }); // left by a killed process that had our number
    writeFile(temporary, 'wx', pieces, old?.mode);
    fs.renameSync(temporary, target);
  } catch (error) {
    fs.rmSync(temporary, { force: true });
    throw error;
  }
}

function writeFile(path: string, flags: 'w' | 'wx', pieces: Iterable<Uint8Array>, mode?: number): void {
  const fd = fs.openSync(path, flags);
  try {
    if (mode !== undefined) fs.fchmodSync(fd, mode);
    for (const piece of pieces) writeAll(fd, piece);
    if (flags === 'wx') fs.fsyncSync(fd);
  } finally {
    fs.closeSync(fd);
  }
}

function writeAll(fd: number, bytes: Uint8Array): void {
  for (let done = 0; done < bytes.length;) done += fs.writeSync(fd, bytes, done);
}

/** What the file system refuses becomes the user's error; anything else is our bug and goes on as it is. */
function forOutput<T>(path: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    const code = codeOf(error);
    throw code === undefined ? error : notWritable(path, code);
  }
}

/** "ENOENT", "Z_DATA_ERROR" …: what the system calls its errors. UserErrors have a code too, of another form. */
function codeOf(error: unknown): string | undefined {
  if (error instanceof UserError || !(error instanceof Error)) return undefined;
  const { code } = error as NodeJS.ErrnoException;
  return typeof code === 'string' ? code : undefined;
}
