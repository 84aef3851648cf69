// SPDX-License-Identifier: GPL-2.0-only
// Owns the reading of a trace from its lines: which of the two forms it has, and what becomes of a line cut short.

import { FORMAT } from './version.ts';
import { isTraceHeader, RunReader, type OpenedTrace } from './run-reader.ts';
import { brokenJson, damaged, empty, notATrace, notJson, truncated } from './trace-error.ts';

/** A trace from its whole text. `file` is what errors call it. Throws UserError, see TraceDecoder. */
export function decode(text: string, file: string): OpenedTrace {
  const decoder = new TraceDecoder(file);
  const lines = text.split('\n');
  const rest = lines.pop() ?? '';
  for (const line of lines) decoder.line(line);
  return decoder.end(rest);
}

/**
 * Reads a trace line by line, in either form; the content decides which. All is checked as it comes: `line` and `end`
 * throw UserError trace-empty, trace-not-json, trace-not-a-trace, trace-truncated, trace-version or trace-damaged.
 * A line of a .jsonl costs its length; the lines of a .json are kept, and read at the end.
 */
export class TraceDecoder {
  readonly #file: string;
  readonly #document: string[] = [];
  #lines = 0;
  /** There once the first line has shown that this is a .jsonl. */
  #run: RunReader | undefined;
  #finished = false;

  constructor(file: string) {
    this.#file = file;
  }

  /** The next line, without its newline. */
  line(withMark: string): void {
    this.#lines += 1;
    // Some editors put a byte order mark in front.
    const text = this.#lines === 1 ? withMark.replace(/^\ufeff/, '') : withMark;
    if (this.#run !== undefined) {
      this.#record(this.#run, text);
      return;
    }
    const first = this.#lines === 1 ? parse(text) : undefined;
    if (isTraceHeader(first) && !('events' in first || 'verdict' in first))
      this.#run = new RunReader(first, this.#file);
    else this.#document.push(text);
  }

  /** There are no more lines. `rest` is what stood behind the last newline: nothing, or a line without its end. */
  end(rest: string): OpenedTrace {
    if (rest !== '') {
      if (this.#run === undefined || parse(rest) !== undefined) this.line(rest);
      else this.#run.notice('trace-half-line', `line ${this.#lines + 1} is cut short and was dropped`);
    }
    return this.#run?.end() ?? decodeDocument(this.#document.join('\n'), this.#file);
  }

  #record(run: RunReader, text: string): void {
    const where = `line ${this.#lines}`;
    const record = parse(text);
    if (record === undefined)
      throw damaged(this.#file, where, text, 'expected an event or a verdict as JSON');
    if (this.#finished) throw damaged(this.#file, where, record, 'expected nothing after the verdict');
    this.#finished = hasVerdict(record);
    if (hasVerdict(record)) run.verdict(record);
    else run.event(record, this.#lines);
  }
}

function decodeDocument(text: string, file: string): OpenedTrace {
  const document = parse(text);
  if (document === undefined) {
    if (text.trim() === '') throw empty(file);
    if (neverCloses(text)) throw truncated(file);
    if (!TRACE_BEGINS.test(text)) throw notJson(file, text);
    const { line, found } = whereBroken(text);
    throw brokenJson(file, line, found);
  }
  if (!isTraceHeader(document)) throw notATrace(file);
  const { events, verdict, ...header } = document;
  const run = new RunReader(header, file);
  if (!Array.isArray(events)) throw damaged(file, 'events', events, 'expected array');
  for (const event of events) run.event(event);
  run.verdict({ verdict });
  return run.end();
}

const TRACE_BEGINS = new RegExp(`^\\s*\\{\\s*"format"\\s*:\\s*"${FORMAT}"`);

/** The line in which a text stops being JSON: told by the parser, at times; else the first line that is none by itself. */
function whereBroken(text: string): { readonly line: number | undefined; readonly found: string } {
  const position = positionOf(text);
  if (position !== undefined) {
    const [found = ''] = text.slice(position, position + 200).split('\n');
    return { line: text.slice(0, position).split('\n').length, found };
  }
  const lines = text.split('\n');
  const index = lines.findIndex((line) => !mayStandInJson(line.trim().replace(/,$/, '')));
  return index < 0 ? { line: undefined, found: '' } : { line: index + 1, found: lines[index] ?? '' };
}

/** A line of JSON as our writer and pretty-printers break it: brackets, a value, or a field with its value. */
function mayStandInJson(line: string): boolean {
  const [, value] = /^"(?:[^"\\]|\\.)*"\s*:\s*(.*)$/.exec(line) ?? [];
  const whole = value ?? line;
  return /^[[\]{}]?$/.test(whole) || parse(whole) !== undefined;
}

/** The offset that V8 names in most of its messages. */
function positionOf(text: string): number | undefined {
  try {
    JSON.parse(text);
    return undefined;
  } catch (error) {
    const position = /at position (\d+)/.exec(error instanceof Error ? error.message : '')?.[1];
    return position === undefined ? undefined : Number(position);
  }
}

/** undefined when the text is no JSON (no JSON text means undefined). */
function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function hasVerdict(record: unknown): record is Record<string, unknown> {
  return typeof record === 'object' && record !== null && 'verdict' in record;
}

/** Whether the text is an object with a field, or the beginning of one, whose closing brace never comes. */
function neverCloses(text: string): boolean {
  if (!/^\s*\{\s*("|$)/.test(text)) return false;
  let depth = 0;
  let inString = false;
  for (let i = text.indexOf('{'); i < text.length; i += 1) {
    const c = text[i];
    if (inString) {
      if (c === '\\') i += 1;
      else if (c === '"') inString = false;
    } else if (c === '"') inString = true;
    else if (c === '{' || c === '[') depth += 1;
    else if (c === '}' || c === ']') depth -= 1;
    if (depth === 0) return false;
  }
  return true;
}
