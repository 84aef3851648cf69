// SPDX-License-Identifier: GPL-2.0-only
// Owns the two forms of an event, in memory and in a file, and the way between them. Unknown fields go along.

import type { Event, LocalSet } from '../model/recording.ts';
import { eventSchema, type EventRecord } from './schema.ts';

/** The event number `step` as it is written: fields in a fixed order, empty arrays left out. */
export function toRecord(event: Event, step: number): EventRecord {
  const { choice, reads, writes, locals, dead, checks, begins, ends, waits } = event;
  return {
    step,
    thread: event.thread,
    site: event.site,
    kind: event.kind,
    ...(choice !== undefined && { choice }),
    ...(reads.length > 0 && { reads: reads.map((r) => [r.cell, r.value]) }),
    ...(writes.length > 0 && { writes: writes.map((w) => [w.cell, w.old, w.new]) }),
    ...(locals.length > 0 && { locals: locals.map(localRecord) }),
    ...(dead.length > 0 && { dead: [...dead] }),
    ...(checks.length > 0 && { checks: checks.map((c) => [c.site, c.outcome, [...c.from]]) }),
    ...(begins.length > 0 && { begins: [...begins] }),
    ...(ends.length > 0 && { ends: [...ends] }),
    next: event.next,
    ...(waits.length > 0 && { waits: waits.map((w) => [w.thread, w.on]) }),
    ...unknownFields(event),
  };
}

function localRecord({ name, value, from, thread }: LocalSet): NonNullable<EventRecord['locals']>[number] {
  return thread === undefined ? [name, value, [...from]] : [name, value, [...from], thread];
}

/**
 * The event of a record. `shared` gives the one copy kept of each string: a long trace repeats few strings, and
 * JSON.parse makes each anew.
 */
export function toEvent(record: EventRecord, shared: <T>(value: T) => T): Event {
  const { choice, reads, writes, locals, dead, checks, begins, ends, waits } = record;
  const event: { -readonly [Key in keyof Event]: Event[Key] } = {
    thread: record.thread,
    site: record.site,
    kind: shared(record.kind),
    reads: reads?.map(([cell, value]) => ({ cell: shared(cell), value: shared(value) })) ?? none,
    writes:
      writes?.map(([cell, old, value]) => ({ cell: shared(cell), old: shared(old), new: shared(value) })) ??
      none,
    locals:
      locals?.map(([name, value, from, thread]) =>
        localSet(shared(name), shared(value), steps(from), thread),
      ) ?? none,
    dead: dead?.map(shared) ?? none,
    checks: checks?.map(([site, outcome, from]) => ({ site, outcome, from: steps(from) })) ?? none,
    begins: begins?.map(shared) ?? none,
    ends: ends?.map(shared) ?? none,
    next: record.next,
    waits: waits?.map(([thread, on]) => ({ thread, on: shared(on) })) ?? none,
  };
  if (choice !== undefined) event.choice = choice;
  const extra = unknownFields(record);
  return extra === undefined ? event : { ...event, ...extra };
}

/** What all empty lists share: a million events have ten million of them. */
const none: readonly never[] = [];

function steps(from: readonly number[]): readonly number[] {
  return from.length === 0 ? none : from;
}

function localSet(
  name: string,
  value: LocalSet['value'],
  from: readonly number[],
  thread?: number,
): LocalSet {
  return thread === undefined ? { name, value, from } : { name, value, from, thread };
}

const known: ReadonlySet<string> = new Set(Object.keys(eventSchema.shape));

/** The fields that this version does not know; undefined when there are none, as nearly always. */
function unknownFields(holder: Event | EventRecord): Record<string, unknown> | undefined {
  let extra: Record<string, unknown> | undefined;
  for (const key in holder)
    if (!known.has(key)) (extra ??= {})[key] = (holder as Record<string, unknown>)[key];
  return extra;
}

/** A function that returns, for equal strings, one and the same string; anything else it returns as it is. */
export function sharing(): <T>(value: T) => T {
  const copies = new Map<unknown, unknown>();
  return <T>(value: T): T => {
    if (typeof value !== 'string') return value;
    const copy = copies.get(value);
    if (copy !== undefined) return copy as T;
    copies.set(value, value);
    return value;
  };
}
