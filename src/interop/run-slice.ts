// SPDX-License-Identifier: GPL-2.0-only
// Owns slicing a recorded run backwards: which earlier and interfering steps a step depends on.

import { must } from '../base/assert.ts';
import type { Event, Site } from '../model/recording.ts';
import { pointee, type Value } from '../model/value.ts';
import { liesIn } from './cell-path.ts';

const LOCKING = new Set<Event['kind']>(['acquire', 'release', 'queue', 'grant', 'wait', 'wake']);

/** Events that order threads and carry no data. */
export function isLocking(event: Event): boolean {
  return LOCKING.has(event.kind);
}

/** Everything that the wanted steps depend on, and they themselves. */
export function slice(
  events: readonly Event[],
  facts: Facts,
  wanted: ReadonlySet<number>,
): ReadonlySet<number> {
  const found = new Set<number>();
  const pending = [...wanted];
  /** Of each thread, how many of its decisions have been pushed. */
  const pushed = new Map<number, number>();
  for (let step = pending.pop(); step !== undefined; step = pending.pop()) {
    const event = events[step - 1];
    if (event === undefined || found.has(step)) continue;
    found.add(step);
    pending.push(...must(facts.sources[step - 1], `sources of ${step}`));
    const decisions = facts.decisions.get(event.thread) ?? [];
    let next = pushed.get(event.thread) ?? 0;
    for (; next < decisions.length && decisions[next]! < step; next++) pending.push(decisions[next]!);
    pushed.set(event.thread, next);
    if (!isLocking(event))
      pending.push(...event.reads.flatMap(({ cell }) => interference(events, facts, cell, step)));
  }
  return found;
}

/** What other threads wrote to a cell that is read in `step`: where the value came from, and all that came too late. */
function interference(events: readonly Event[], facts: Facts, cell: string, step: number): readonly number[] {
  const thread = events[step - 1]?.thread;
  const others = (facts.writers.get(cell) ?? []).filter((w) => events[w - 1]?.thread !== thread);
  const before = others.filter((w) => w < step);
  const source = before.findLastIndex((w) => !onlyMarksStale(events[w - 1], cell));
  return [...before.slice(Math.max(0, source)), ...others.filter((w) => w > step)];
}

export interface Facts {
  /** For each event the steps whose reads it made use of. */
  readonly sources: readonly (readonly number[])[];
  /** By thread: the steps in which it tested a condition on memory, ascending. */
  readonly decisions: ReadonlyMap<number, readonly number[]>;
  /** Steps that wrote a cell, lock operations left out. */
  readonly writers: ReadonlyMap<string, readonly number[]>;
}

interface Local {
  readonly value: Value;
  readonly from: readonly number[];
}

export function gather(events: readonly Event[], sites: readonly Site[]): Facts {
  const sources: number[][] = [];
  const decisions = new Map<number, number[]>();
  const writers = new Map<string, number[]>();
  /** Live locals of each thread. */
  const locals = new Map<number, Map<string, Local>>();
  for (const [index, event] of events.entries()) {
    const mine = locals.get(event.thread) ?? new Map<string, Local>();
    locals.set(event.thread, mine);
    const site = must(sites[event.site], `site ${event.site}`);
    const used = [...mine].filter(
      ([name, { value }]) => event.dead.includes(name) || names(site, name) || uses(event, value),
    );
    const found = [...used.map(([, local]) => local), ...event.locals, ...event.checks];
    sources.push(found.flatMap(({ from }) => [...from]));
    if (event.checks.some(({ from }) => from.length > 0)) append(decisions, event.thread, index + 1);
    if (!isLocking(event)) for (const { cell } of event.writes) append(writers, cell, index + 1);
    for (const { name, value, from, thread } of event.locals) {
      if (thread === undefined || thread === event.thread) mine.set(name, { value, from });
    }
    for (const name of event.dead) mine.delete(name);
  }
  return { sources, decisions, writers };
}

function append<K>(map: Map<K, number[]>, key: K, value: number): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [value]);
  else list.push(value);
}

/** Does the text of the step speak of this local? */
function names({ fn, text }: Site, local: string): boolean {
  const [owner, name = ''] = local.split(/\.(?=[^.]*$)/);
  return owner === fn && text.split(/\W+/).includes(name.replace(/'.*$/, ''));
}

/** `free` writes every pointer to what it frees; what the pointer held came from elsewhere. */
function onlyMarksStale(event: Event | undefined, cell: string): boolean {
  return event?.writes.some((write) => write.cell === cell && write.new === `${write.old}!`) === true;
}

/** Does the event reach memory through this pointer, or store it? Events do not say, so values must. */
function uses(event: Event, value: Value): boolean {
  const target = pointee(value);
  if (target === undefined) return false;
  const through = ({ cell }: { readonly cell: string }): boolean => liesIn(cell, target);
  return event.reads.some(through) || event.writes.some((w) => through(w) || w.new === value);
}
