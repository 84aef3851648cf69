// SPDX-License-Identifier: GPL-2.0-only
// Owns which locals still matter where: the rest is reset to 0, so that states with equal futures are equal states.

import { must } from '../../base/assert.ts';
import type { OpenNode } from './code.ts';
import { eachPlace, isConst } from './ir.ts';
import { END, UNINIT, type Assign, type Expr, type Place, type VarId } from '../program.ts';

type Live = Set<VarId>;

/**
 * Fills `dead` of every edge of one thread's (or invariant's) code and drops the marks "uninitialised" of variables
 * that are written before they are read. `from`..`to` are its locals; `atEnd` those read after its end (a result).
 * Cost: nodes times locals, until nothing changes.
 */
export function markDeadLocals(
  nodes: OpenNode[],
  from: VarId,
  to: VarId,
  atEnd: readonly VarId[] = [],
): void {
  const own = (id: VarId): boolean => id >= from && id < to;
  const uses = (place: Place, into: Live): void => {
    if (place.ptr || !own(place.base)) return;
    for (const id of extents(place)) into.add(id);
  };
  const readBy = (e: Expr, into: Live): void => eachPlace(e, (place) => uses(place, into));
  const placeInputs = (place: Place, into: Live): void => {
    if (place.ptr) readBy(place.ptr, into);
    for (const i of place.index ?? []) readBy(i.value, into);
  };
  const before = (a: Assign, live: Live): void => {
    if ('stale' in a) return readBy(a.stale, live);
    if (!a.to.ptr && !a.to.index?.length && own(a.to.base)) live.delete(a.to.base);
    placeInputs(a.to, live);
    readBy(a.value, live);
  };

  const liveIn: Live[] = nodes.map(() => new Set());
  const liveAt = (pc: number): Live => (pc === END ? new Set(atEnd) : must(liveIn[pc], 'liveness'));
  for (let changed = true; changed;) {
    changed = false;
    for (let pc = nodes.length - 1; pc >= 0; pc--) {
      const node = must(nodes[pc], 'node');
      const live: Live = new Set();
      for (const edge of node.edges) {
        const through: Live = edge.fail ? new Set() : new Set(liveAt(edge.next));
        for (const a of [...edge.do].reverse()) before(a, through);
        for (const id of through) live.add(id);
        if (edge.when) readBy(edge.when, live);
      }
      for (const arg of node.says?.args ?? []) readBy(arg.value, live);
      if (node.choice) live.delete(node.choice.into);
      if (live.size > must(liveIn[pc], 'liveness').size) {
        liveIn[pc] = live;
        changed = true;
      }
    }
  }

  for (const [pc, node] of nodes.entries()) {
    for (const edge of node.edges) {
      const after = liveAt(edge.next);
      edge.do = edge.do.filter((a) => !isUselessMark(a, own, after));
      const touched = new Set<VarId>(liveIn[pc]);
      if (node.choice) touched.add(node.choice.into);
      for (const a of edge.do)
        if ('to' in a && !a.to.ptr && own(a.to.base)) for (const id of extents(a.to)) touched.add(id);
      edge.dead = edge.fail ? [] : [...touched].filter((id) => !after.has(id)).sort((a, b) => a - b);
    }
  }
}

/** "This local is uninitialised" is worth saying only where something may read it before it is written. */
function isUselessMark(a: Assign, own: (id: VarId) => boolean, after: Live): boolean {
  return 'to' in a && isConst(a.value, UNINIT) && !a.to.ptr && own(a.to.base) && !after.has(a.to.base);
}

/** The variables a static place may mean: one, or with subscripts all that they can reach. */
function extents(place: Place): readonly VarId[] {
  let ids = [place.base];
  for (const i of place.index ?? [])
    ids = ids.flatMap((id) => Array.from({ length: i.length }, (_, n) => id + n * i.stride));
  return ids;
}
