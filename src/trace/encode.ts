// SPDX-License-Identifier: GPL-2.0-only
// Owns the writing of a trace as text. The same recording gives the same characters, whoever made it.

import { assert } from '../base/assert.ts';
import type { Event, Header, Recording, Verdict } from '../model/recording.ts';
import { toRecord } from './event-record.ts';
import { headerSchema, verdictSchema } from './schema.ts';
import { FORMAT, VERSION } from './version.ts';

/** `json`: one document. `jsonl`: header line, a line for each event, verdict line. */
export type Form = 'json' | 'jsonl';

/** The text of a trace in pieces, to be written one after the other. */
export function* encode(recording: Recording, form: Form): Generator<string> {
  if (form === 'json') yield* encodeDocument(recording);
  else yield* encodeLines(recording);
}

function* encodeLines(recording: Recording): Generator<string> {
  yield headerLine(recording);
  let step = 0;
  for (const event of recording.events) yield eventLine(event, (step += 1));
  if (recording.verdict !== null) yield verdictLine(recording.verdict);
}

/** The first line of a .jsonl, with its newline. */
export function headerLine(header: Header): string {
  return `${JSON.stringify(headerRecord(header))}\n`;
}

/** The line of event number `step`, with its newline. */
export function eventLine(event: Event, step: number): string {
  return `${JSON.stringify(toRecord(event, step))}\n`;
}

/** The last line of a finished .jsonl, with its newline. */
export function verdictLine(verdict: Verdict): string {
  return `${JSON.stringify({ verdict: verdictRecord(verdict) })}\n`;
}

/**
 * One field a line, and long lists one element a line, so that `diff` and `grep` are of use. The last character is the
 * closing brace: a document that lost anything at its end, be it one byte, is no JSON any more.
 */
function* encodeDocument(recording: Recording): Generator<string> {
  const { events, verdict } = recording;
  yield '{\n';
  for (const [key, value] of Object.entries(headerRecord(recording))) {
    const text = Array.isArray(value) ? list(value.map((v) => JSON.stringify(v))) : JSON.stringify(value);
    yield `${JSON.stringify(key)}: ${text},\n`;
  }
  yield '"events": [';
  let step = 0;
  for (const event of events) {
    yield step === 0 ? '\n  ' : ',\n  ';
    step += 1;
    yield JSON.stringify(toRecord(event, step));
  }
  yield step === 0 ? '],\n' : '\n],\n';
  yield `"verdict": ${JSON.stringify(verdict && verdictRecord(verdict))}\n}`;
}

function list(items: readonly string[]): string {
  return items.length === 0 ? '[]' : `[\n  ${items.join(',\n  ')}\n]`;
}

/** Parsing puts the fields in the order of the schema, and finds our own mistakes before they are in a file. */
function headerRecord(whole: Header & Partial<Recording>): Record<string, unknown> {
  const { events: _events, verdict: _verdict, ...header } = whole;
  const result = headerSchema.safeParse({ format: FORMAT, version: VERSION, ...header });
  assert(result.success, `a header that does not fit the schema: ${result.error?.message}`);
  return result.data;
}

function verdictRecord(verdict: Verdict): Record<string, unknown> {
  const result = verdictSchema.safeParse(verdict);
  assert(result.success, `a verdict that does not fit the schema: ${result.error?.message}`);
  return result.data;
}
