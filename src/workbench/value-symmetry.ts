// SPDX-License-Identifier: GPL-2.0-only
// Owns what symmetry says about values that were not seen: what one of several equals was seen to hold, the others can
// hold, too, in a run that nobody has looked at.

import { POINTER_BASE, type Num, type Program, type VarId } from '../lang/program.ts';

/**
 * Adds to the values of each variable those of its equals: the same local of a twin, the same member of another object
 * of the pool; and to a pointer into an object of a pool the same place in the others, to a thread its twins. More
 * than can really come up, and never less than what is there. `values` is changed.
 */
export function spreadOverEquals(program: Program, values: readonly Set<Num>[]): void {
  const { threads, pools } = program;
  const twins = groups(threads.keys(), (thread) => threads[thread]!.twins).filter(
    (group) => group.length > 1,
  );
  for (const group of twins) {
    const ranges = group.map((thread) => threads[thread]!.locals);
    const [from = 0, to = 0] = ranges[0] ?? [];
    // Twins are the same code, but for their number; where the layout differs all the same, nothing is known.
    if (ranges.some(([first, end]) => end - first !== to - from)) continue;
    for (let local = 0; local < to - from; local += 1)
      unite(
        values,
        ranges.map(([first]) => first + local),
      );
  }
  for (const { members, size, states } of pools) {
    unite(values, states);
    for (let offset = 0; offset < size; offset += 1)
      unite(
        values,
        members.map((first) => first + offset),
      );
  }
  for (const [id, { shown }] of program.vars.entries()) {
    const seen = values[id]!;
    if (shown.as === 'pointer')
      for (const value of [...seen]) for (const other of equalPointers(program, value)) seen.add(other);
    if (shown.as === 'thread')
      for (const group of twins)
        if (group.some((thread) => seen.has(thread + 1))) for (const thread of group) seen.add(thread + 1);
  }
}

function groups(all: Iterable<number>, keyOf: (each: number) => number): readonly (readonly number[])[] {
  const found = new Map<number, number[]>();
  for (const each of all) found.set(keyOf(each), [...(found.get(keyOf(each)) ?? []), each]);
  return [...found.values()];
}

function unite(values: readonly Set<Num>[], ids: readonly VarId[]): void {
  const all = new Set(ids.flatMap((id) => [...values[id]!]));
  for (const id of ids) for (const value of all) values[id]!.add(value);
}

/** The same place in each object of the pool that a pointer points into; as stale as it is. */
function equalPointers({ pools }: Program, pointer: Num): readonly Num[] {
  const at = (Number(pointer) >> 1) - POINTER_BASE;
  const stale = Number(pointer) & 1;
  return pools.flatMap(({ members, size }) => {
    const first = members.find((member) => at >= member && at < member + size);
    if (first === undefined) return [];
    return members.map((member) => (member + at - first + POINTER_BASE) * 2 + stale);
  });
}
