// SPDX-License-Identifier: GPL-2.0-only
// Owns the choice of the steps that a reader of a mail needs: a slice of the run, backwards from what went wrong.

import { must } from '../base/assert.ts';
import type { Event, Recording } from '../model/recording.ts';
import { liesIn } from './cell-path.ts';
import { delayedSteps } from './lkml-delays.ts';
import { gather, isLocking, slice, type Facts } from './run-slice.ts';

/**
 * The steps (1-based) up to `last` that bear on the outcome. Backwards from the violating step and all writes of
 * the cells involved: where values and addresses came from; what their threads had tested before; what other threads
 * wrote to anything so tested. Of these, what meets another thread: writes of cells that another uses, reads of cells
 * that another writes. Besides, the look at an involved cell right before it is written. And around them the locks that
 * more than one thread takes. Without a violation the tests themselves are what it is about; and a loop that never
 * ends is not passed over: where nothing in it meets another thread, every test in it stays, or every step.
 * Cost: steps times accesses.
 */
export function essentialSteps(recording: Recording, last: number): ReadonlySet<number> {
  const events = recording.events.slice(0, last);
  const facts = gather(events, recording.sites);
  const wanted = new Set(seeds(recording, facts, last));
  const found = [...slice(events, facts, wanted)].sort((a, b) => a - b);
  const isWrong = typeof recording.verdict?.since === 'number';
  const meeting = meetings(events, isWrong);
  const chosen = new Set(found.filter((step) => meeting.has(step) || (isWrong && wanted.has(step))));
  for (const step of looksBefore(found, events, chosen, recording.verdict?.cells ?? [])) chosen.add(step);
  for (const step of loopSteps(recording, facts, chosen)) chosen.add(step);
  for (const step of delayedSteps(recording, events, found, chosen)) chosen.add(step);
  return new Set([...chosen, ...lockSteps(recording, events, chosen)]);
}

/** What decides that a run goes round once more, if nothing of the loop is chosen yet. */
function loopSteps(
  { verdict, events }: Recording,
  facts: Facts,
  chosen: ReadonlySet<number>,
): readonly number[] {
  const loop = verdict?.loop;
  if (loop === undefined || [...chosen].some((step) => step >= loop)) return [];
  const tests = [...facts.decisions.values()].flat().filter((step) => step >= loop);
  return tests.length > 0 ? tests : events.map((_, index) => index + 1).slice(loop - 1);
}

/**
 * Steps, other than locking, that write what another thread uses, or read what another thread writes. Where nothing is
 * wrong, reference counts (cells that are only ever updated in place) are no such cells: they did their work.
 */
function meetings(events: readonly Event[], isWrong: boolean): ReadonlySet<number> {
  const users = new Map<string, Set<number>>();
  const writers = new Map<string, Set<number>>();
  const plain = new Set<string>();
  for (const event of events) {
    if (isLocking(event)) continue;
    for (const { cell } of event.writes) addTo(writers, cell, event.thread);
    for (const { cell } of [...event.reads, ...event.writes]) {
      addTo(users, cell, event.thread);
      if (event.kind !== 'update') plain.add(cell);
    }
  }
  const hasOther = (map: ReadonlyMap<string, ReadonlySet<number>>, cell: string, thread: number): boolean => {
    const threads = map.get(cell);
    if (threads === undefined || (!isWrong && !plain.has(cell))) return false;
    return threads.size > (threads.has(thread) ? 1 : 0);
  };
  const found = events.flatMap((event, index) => {
    const { thread } = event;
    const meets =
      event.reads.some(({ cell }) => hasOther(writers, cell, thread)) ||
      event.writes.some(({ cell }) => hasOther(users, cell, thread));
    return meets && !isLocking(event) ? [index + 1] : [];
  });
  return new Set(found);
}

function addTo<K>(map: Map<K, Set<number>>, key: K, value: number): void {
  map.set(key, (map.get(key) ?? new Set()).add(value));
}

/** Of `found`: reads of involved cells that the next chosen step of the same thread writes. */
function looksBefore(
  found: readonly number[],
  events: readonly Event[],
  chosen: ReadonlySet<number>,
  involved: readonly string[],
): readonly number[] {
  const next = new Map<number, Event>();
  return found.toReversed().filter((step) => {
    const event = must(events[step - 1], `event ${step}`);
    const after = next.get(event.thread);
    if (chosen.has(step)) next.set(event.thread, event);
    if (isLocking(event) || after === undefined) return false;
    return event.reads.some(
      ({ cell }) => involved.includes(cell) && after.writes.some((w) => w.cell === cell),
    );
  });
}

function seeds(recording: Recording, facts: Facts, last: number): number[] {
  const { verdict, events } = recording;
  if (verdict === null || verdict.since === null) return [...facts.decisions.values()].flat();
  const found = [verdict.since, ...verdict.violations.map(({ since }) => since)];
  for (const cell of verdict.cells) found.push(...(facts.writers.get(cell) ?? []));
  for (const { thread, lock, holders } of verdict.waitsFor) {
    const involved = [thread, ...holders];
    for (const [index, event] of events.slice(0, last).entries()) {
      const name = must(recording.threads[event.thread], `thread ${event.thread}`).name;
      if (isLocking(event) && involved.includes(name) && event.writes.some((w) => liesIn(w.cell, lock))) {
        found.push(index + 1);
      }
    }
  }
  return found.filter((step) => step >= 1 && step <= last);
}

interface Section {
  readonly thread: number;
  readonly path: string;
  readonly steps: number[];
  isWanted: boolean;
}

/**
 * Taking and dropping of locks that several threads take, around chosen steps; of those somebody waited for; and of
 * those held where trouble ends the run.
 */
function lockSteps(
  { objects, verdict }: Recording,
  events: readonly Event[],
  chosen: ReadonlySet<number>,
): number[] {
  const paths = objects.flatMap((o) => (o.locks ?? []).map((lock) => o.name + lock.field));
  const takers = new Map<string, Set<number>>();
  const sections: Section[] = [];
  const open: Section[] = [];
  for (const [index, event] of events.entries()) {
    for (const section of open) {
      if (section.thread === event.thread && chosen.has(index + 1)) section.isWanted = true;
      if (event.waits.some(({ on }) => on !== null && liesIn(on, section.path))) section.isWanted = true;
    }
    if (!isLocking(event)) continue;
    for (const path of paths.filter((p) => event.writes.some((w) => liesIn(w.cell, p)))) {
      addTo(takers, path, event.thread);
      let section = open.find((candidate) => candidate.thread === event.thread && candidate.path === path);
      if (section === undefined) {
        section = { thread: event.thread, path, steps: [], isWanted: false };
        sections.push(section);
        open.push(section);
      }
      section.steps.push(index + 1);
      if (event.kind === 'release') open.splice(open.indexOf(section), 1);
    }
  }
  const inTrouble = verdict?.safety.word === 'BUG' ? events.at(-1)?.thread : undefined;
  return sections
    .filter(({ path, isWanted }) => isWanted && (takers.get(path)?.size ?? 0) > 1)
    .concat(open.filter(({ thread }) => thread === inTrouble))
    .flatMap(({ steps }) => steps);
}
