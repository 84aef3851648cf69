// SPDX-License-Identifier: GPL-2.0-only
// Owns the shape of a trace file, version 1: what is written down, field by field. The JSON Schema is made from it.

import * as z from 'zod';
import { FORMAT } from './version.ts';

const name = z.string().min(1);
const count = z.int().min(0);
const step = z.int().min(1);

/** An integer, a 64-bit integer as decimal text, null, a pointer "&…", a thread "@…", or "?": see src/model/value.ts. */
const value = z
  .union([z.int(), z.string().regex(/^(-?[0-9]+|[&@][\s\S]+|\?)$/), z.null()], {
    error:
      'expected a value: an integer, null, "&object", "@thread", "?", or a large integer as decimal text',
  })
  .meta({ id: 'Value' });

const cellType = z
  .discriminatedUnion('kind', [
    z.looseObject({ kind: z.literal('int'), bits: z.literal([8, 16, 32, 64]), signed: z.boolean() }),
    z.looseObject({ kind: z.literal('bool') }),
    z.looseObject({ kind: z.literal('enum'), name: z.string(), names: z.record(z.string(), z.int()) }),
    z.looseObject({ kind: z.literal('pointer'), to: z.string() }),
    z.looseObject({ kind: z.literal('thread') }),
  ])
  .meta({ id: 'CellType' });

/** ".mapping", "[2]", ".i_data.nr", or "" when the object is itself the cell. */
const field = z.string().regex(/^([.[][\s\S]*)?$/, 'expected a field such as ".mapping" or "[2]"');

const cell = z.looseObject({
  field,
  type: cellType,
  start: value,
  ghost: z.literal(true).exactOptional(),
  constant: z.literal(true).exactOptional(),
});

const lock = z.looseObject({
  field,
  type: name,
  owner: field.exactOptional(),
  readers: z.array(field).exactOptional(),
  queue: z.array(field).exactOptional(),
});

const object = z.looseObject({
  name: name.regex(/^(?!__proto__$)/, 'expected the name of an object'),
  type: z.string(),
  word: z.literal(true).exactOptional(),
  words: z.array(z.string()).exactOptional(),
  pool: z.string().exactOptional(),
  locks: z.array(lock).exactOptional(),
  cells: z.array(cell),
});

const frame = z.looseObject({ fn: z.string(), file: name, line: step, col: step });

const site = z.looseObject({
  file: name,
  line: step,
  col: step,
  fn: z.string(),
  text: z.string(),
  stack: z.array(frame),
});

/** What stands before the events: in a .json at the top level, in a .jsonl on the first line. */
export const headerSchema = z.looseObject({
  format: z.literal(FORMAT),
  version: z.string().regex(/^1\.[0-9]+$/),
  model: z.looseObject({
    protocol: z.string(),
    scenario: z.string(),
    defines: z.array(z.string()),
    memory: z.enum(['sc', 'tso', 'weak']),
    hash: z.string(),
    semantics: z.int(),
  }),
  sources: z.array(z.looseObject({ name, text: z.string() })),
  threads: z.array(z.looseObject({ name, role: z.string(), daemon: z.literal(true).exactOptional() })).min(1),
  objects: z.array(object),
  sites: z.array(site),
  start: z.array(z.looseObject({ at: count.nullable(), waitsFor: name.nullable() })),
  schedule: z.string(),
});

const provenance = z.array(step).meta({ id: 'Provenance' });
/** "function.variable" */
const local = z.string().regex(/[^.]\.[^.]/, 'expected a local such as "fault.page"');

/** One event. An array that would be empty is left out. Threads and sites are numbers into the header, from 0. */
export const eventSchema = z
  .looseObject({
    /** 1 for the first event, and so on without a gap. */
    step,
    thread: count,
    site: count,
    kind: z.enum([
      'read', 'write', 'update', 'acquire', 'release', 'queue', 'grant', 'wait', 'wake', 'barrier', 'settle', 'flush',
      'choose', 'alloc', 'free', 'begin', 'end',
    ]), // prettier-ignore
    choice: count.exactOptional(),
    /** Cell and value. */
    reads: z.array(z.tuple([name, value])).exactOptional(),
    /** Cell, old value, new value. */
    writes: z.array(z.tuple([name, value, value])).exactOptional(),
    /** Name, value, steps whose reads the value came from; then the thread, when not the event's own. */
    locals: z.array(z.tuple([local, value, provenance, count.exactOptional()])).exactOptional(),
    dead: z.array(local).exactOptional(),
    /** Site of the condition, outcome, steps whose reads it came from. */
    checks: z.array(z.tuple([count, z.boolean(), provenance])).exactOptional(),
    begins: z.array(name).exactOptional(),
    ends: z.array(name).exactOptional(),
    next: count.nullable(),
    /** Thread, and the cell that it waits for; null when it no longer waits. */
    waits: z.array(z.tuple([count, name.nullable()])).exactOptional(),
  })
  .meta({ id: 'Event' });

/** An event as it stands in a file. */
export type EventRecord = z.infer<typeof eventSchema>;

const safety = z.discriminatedUnion('word', [
  z.looseObject({ word: z.literal('SAFE') }),
  z.looseObject({ word: z.literal('RACY'), invariants: z.array(name).min(1) }),
  z.looseObject({ word: z.literal('BUG'), bug: name }),
  z.looseObject({ word: z.literal('DEADLOCK') }),
  z.looseObject({ word: z.literal('EXPOSE'), what: z.enum(['zero', 'uninit']) }),
  z.looseObject({ word: z.literal('LIMIT'), limit: z.string() }),
]);

const when = z.discriminatedUnion('kind', [
  z.looseObject({ kind: z.literal('strict') }),
  z.looseObject({ kind: z.literal('idle'), operations: z.array(name) }),
  z.looseObject({ kind: z.literal('ensures'), operation: name }),
]);

const violation = z.looseObject({
  invariant: name,
  when,
  step: count,
  since: count,
  message: z.string(),
  cells: z.array(name),
});

export const verdictSchema = z
  .looseObject({
    safety,
    progress: z.enum(['ok', 'unchecked', 'LIVELOCK', 'SPIN']),
    step: count.nullable(),
    since: count.nullable(),
    message: z.string(),
    violations: z.array(violation),
    cells: z.array(name),
    waitsFor: z.array(z.looseObject({ thread: name, lock: z.string(), holders: z.array(name) })),
    loop: step.exactOptional(),
  })
  .meta({ id: 'Verdict' });

/** A whole .json trace. */
export const documentSchema = headerSchema.extend({
  events: z.array(eventSchema),
  /** null or missing: the writer did not finish, the trace is INCOMPLETE. */
  verdict: verdictSchema.nullable().exactOptional(),
});
