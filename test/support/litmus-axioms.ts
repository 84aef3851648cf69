// SPDX-License-Identifier: GPL-2.0-only
// Owns the second oracle for `--memory weak`: not a machine but axioms. An execution says which store each load reads and in
// which order stores of one cell come; it is possible when it is coherent and some order of all events agrees with it and
// with what each thread keeps in order (docs/MEMORY_ORDER.md).

import { CELLS, observed, register, type Litmus } from './litmus.ts';

interface Event {
  readonly thread: number;
  readonly at: number;
  readonly kind: 'R' | 'W' | 'U' | 'B'; // U: reads and writes at once
  readonly cell: number;
  readonly op: Litmus[number][number];
  /** Positions of reads that it depends on. */
  readonly after: readonly number[];
  /** Of a plain store. */
  readonly value: number;
}

/** All outcomes, sorted, as `outcomes` in outcomes.ts gives them. */
export function axioms(litmus: Litmus): readonly string[] {
  const incs = litmus.flat().filter(({ op }) => op === 'inc').length;
  const registers = observed(litmus).filter((name) => name.startsWith('r'));
  const found = new Set<string>();
  const values = Array.from({ length: 3 + incs }, (_, value) => value);
  for (const assignment of product(registers.map(() => values))) {
    const given = Object.fromEntries(registers.map((name, i) => [name, assignment[i]!]));
    const events = litmus.flatMap((ops, t) => eventsOf(ops, t, given));
    const writes = CELLS.map((_, cell) =>
      events.filter((e) => e.cell === cell && (e.kind === 'W' || e.kind === 'U')),
    );
    for (const order of product(writes.map((list) => permutations(list))))
      execute(events, order, given, found);
  }
  return [...found].sort();

  function execute(
    events: readonly Event[],
    order: readonly (readonly Event[])[],
    given: Readonly<Record<string, number>>,
    into: Set<string>,
  ): void {
    const rank = new Map(order.flatMap((list) => list.map((e, i) => [e, i] as const)));
    const stored = order.map((list) => {
      const all: number[] = [];
      for (const e of list) all.push(e.op.op === 'inc' ? (all.at(-1) ?? 0) + 1 : e.value);
      return all;
    });
    const valueAt = (cell: number, i: number): number => (i < 0 ? 0 : stored[cell]![i]!);
    for (const e of events)
      if (e.op.op === 'xchg' && valueAt(e.cell, rank.get(e)! - 1) !== given[register(e.thread, e.at)]) return;
    const reads = events.filter(({ kind }) => kind === 'R');
    const sources = reads.map((e) => {
      const wanted = given[register(e.thread, e.at)];
      return [-1, ...stored[e.cell]!.keys()].filter((i) => valueAt(e.cell, i) === wanted);
    });
    for (const chosen of product(sources)) {
      const from = new Map(reads.map((e, i) => [e, chosen[i]!]));
      if (!isCoherent(events, rank, from) || hasCycle(edgesOf(events, order, from), events)) continue;
      const memory = CELLS.map((_, cell) => valueAt(cell, stored[cell]!.length - 1));
      into.add(
        observed(litmus)
          .map((name) => `${name}=${given[name] ?? memory[CELLS.indexOf(name)]}`)
          .join(' '),
      );
      return;
    }
  }
}

function eventsOf(ops: Litmus[number], thread: number, given: Readonly<Record<string, number>>): Event[] {
  return ops.flatMap((op, at): Event[] => {
    const make = (kind: Event['kind'], after: readonly number[], value: number): Event => ({
      ...{ thread, at, kind, op, after, value },
      cell: 'cell' in op ? op.cell : -1,
    });
    switch (op.op) {
      case 'read':
        return [make('R', [], 0)];
      case 'write': {
        if (op.control !== undefined && given[register(thread, op.control)] === 0) return [];
        const value = op.data === undefined ? op.value : given[register(thread, op.data)]!;
        return [
          make(
            'W',
            [...(op.data === undefined ? [] : [op.data]), ...(op.control === undefined ? [] : [op.control])],
            value,
          ),
        ];
      }
      case 'xchg':
        return [make('U', [], op.value)];
      case 'inc':
        return [make('U', [], 0)];
      default:
        return [make('B', [], 0)];
    }
  });
}

/** What each thread does to one cell agrees with the order of its stores. `rank` of a load: that of the store it reads. */
function isCoherent(
  events: readonly Event[],
  rank: ReadonlyMap<Event, number>,
  from: ReadonlyMap<Event, number>,
): boolean {
  return events.every((a) =>
    events.every((b) => {
      if (a.thread !== b.thread || a.at >= b.at || a.cell !== b.cell || a.kind === 'B' || b.kind === 'B')
        return true;
      if (a.kind !== 'R') return b.kind === 'R' ? from.get(b)! >= rank.get(a)! : rank.get(b)! > rank.get(a)!;
      return b.kind === 'R' ? from.get(b)! >= from.get(a)! : rank.get(b)! > from.get(a)!;
    }),
  );
}

function edgesOf(
  events: readonly Event[],
  order: readonly (readonly Event[])[],
  from: ReadonlyMap<Event, number>,
): (readonly [Event, Event])[] {
  const edges: (readonly [Event, Event])[] = [];
  for (const list of order) for (let i = 0; i + 1 < list.length; i += 1) edges.push([list[i]!, list[i + 1]!]);
  for (const [read, i] of from) {
    const source = order[read.cell]![i];
    const next = order[read.cell]![i + 1];
    if (next !== undefined) edges.push([read, next]);
    if (source === undefined) continue;
    // A thread's own store is forwarded before it reaches memory; but its value must be there, and be no guess.
    if (source.thread !== read.thread || source.op.op === 'inc') edges.push([source, read]);
    else
      for (const e of events)
        if (e.thread === read.thread && source.after.includes(e.at)) edges.push([e, read]);
  }
  for (const a of events)
    for (const b of events)
      if (a.thread === b.thread && a.at < b.at && staysInOrder(a, b, events)) edges.push([a, b]);
  return edges.filter(([a, b]) => a.kind !== 'B' && b.kind !== 'B');
}

/** What a thread keeps in order, of two of its events. */
function staysInOrder(a: Event, b: Event, events: readonly Event[]): boolean {
  if (b.after.includes(a.at)) return true;
  const full = (e: Event): boolean => e.op.op === 'mb' || e.op.op === 'xchg';
  const releases = (e: Event): boolean => e.op.op === 'write' && e.op.release === true;
  const between = events.filter((e) => e.thread === a.thread && e.at > a.at && e.at <= b.at);
  if (full(a) || between.some(full)) return true;
  if (a.kind === 'R') {
    if (a.op.op === 'read' && a.op.acquire === true) return true;
    return between.some((e) => e.op.op === 'rmb' || releases(e) || e.cell === a.cell);
  }
  return b.kind !== 'R' && between.some((e) => e.op.op === 'wmb' || releases(e));
}

function hasCycle(edges: readonly (readonly [Event, Event])[], events: readonly Event[]): boolean {
  let left = new Set(events);
  for (;;) {
    const targets = new Set(edges.flatMap(([a, b]) => (left.has(a) && left.has(b) ? [b] : [])));
    if (targets.size === left.size) return targets.size > 0;
    left = targets;
  }
}

function product<T>(lists: readonly (readonly T[])[]): readonly (readonly T[])[] {
  return lists.reduce<readonly (readonly T[])[]>(
    (all, list) => all.flatMap((one) => list.map((x) => [...one, x])),
    [[]],
  );
}

function permutations<T>(list: readonly T[]): readonly (readonly T[])[] {
  if (list.length === 0) return [[]];
  return list.flatMap((first, i) => permutations(list.toSpliced(i, 1)).map((rest) => [first, ...rest]));
}
