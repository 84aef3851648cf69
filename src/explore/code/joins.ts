// SPDX-License-Identifier: GPL-2.0-only
// Owns the places of flat code where control joins: they become blocks that are jumped to, all else is straight text.

import type { Edge, Node } from '../../lang/program.ts';

/** Numbers, from 1, the places that more than one way leads to. */
export function findJoins<P>(from: P, successors: (place: P) => readonly P[]): ReadonlyMap<P, number> {
  const joins = new Map<P, number>();
  const seen = new Set([from]);
  const todo = [from];
  for (let place = todo.pop(); place !== undefined; place = todo.pop()) {
    for (const next of successors(place)) {
      if (!seen.has(next)) {
        seen.add(next);
        todo.push(next);
      } else if (!joins.has(next)) {
        joins.set(next, joins.size + 1);
      }
    }
  }
  return joins;
}

export function isAlways({ when }: Edge): boolean {
  return when === null || (when.op === 'const' && when.value !== 0);
}

/** The edges that can be taken and lead on: no error, and none before that is always taken. */
export function edgesOn({ edges }: Node): readonly Edge[] {
  const last = edges.findIndex(isAlways);
  return (last < 0 ? edges : edges.slice(0, last + 1)).filter(({ fail }) => fail === undefined);
}
