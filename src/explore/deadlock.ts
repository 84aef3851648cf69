// SPDX-License-Identifier: GPL-2.0-only
// Owns the complete definition of deadlock, on a finished state graph: a thread that can never step again, whatever
// the others do.

import type { Symmetry } from './reduce/symmetry.ts';
import { NOWHERE, type StateGraph } from './state-graph.ts';

/**
 * The first layer that has states in which one of `mortal` (a mask: the threads that are no daemons) has not ended and
 * no continuation ever lets it step again; all such states of that layer, or null when there are none.
 *
 * Of `unjudged` states it is not known whether they are possible, and they are passed over. It covers every deadlock, by
 * locks of any kind, while others run on or not. What lies beyond a step into trouble is
 * not known, and states not expanded (the search was cut off) are not either: there every thread counts as able to
 * step, so what is found is always real. (Threads that wait for each other on locks with known holders are a deadlock
 * whatever the others run into: see Judge.endState.) Cost: a few sweeps over the edges (as many
 * as the longest chain of back edges), 4 bytes a state.
 */
export function deadlockedStates(
  graph: StateGraph,
  states: number,
  mortal: number,
  symmetry: Symmetry | null = null,
  unjudged: ReadonlySet<number> = new Set(),
): { readonly depth: number; readonly states: readonly number[] } | null {
  const able = ableThreads(graph, states, mortal, symmetry);
  let depth = Infinity;
  const found: number[] = [];
  for (let state = 0; state < graph.expanded; state += 1) {
    if ((mortal & ~able[state]!) === 0 || unjudged.has(state)) continue;
    const at = graph.depthOf(state);
    if (at > depth) break;
    depth = at;
    found.push(state);
  }
  return found.length > 0 ? { depth, states: found } : null;
}

/** Of each state the mask of threads that have ended, step in some continuation, or might beyond trouble; complete as to `mortal`. */
export function ableThreads(
  graph: StateGraph,
  states: number,
  mortal: number,
  symmetry: Symmetry | null = null,
): Int32Array {
  const able = new Int32Array(states).fill(-1, graph.expanded);
  for (let state = 0, edge = 0; state < graph.expanded; state += 1) {
    const end = graph.firstEdge(state + 1);
    able[state] = graph.endedIn(state) | graph.threadsOf(edge, end);
    edge = end;
  }
  for (let isChanged = true; isChanged;) {
    isChanged = false;
    for (let state = graph.expanded - 1; state >= 0; state -= 1) {
      let mask = able[state]!;
      if ((mortal & ~mask) === 0) continue;
      const end = graph.firstEdge(state + 1);
      for (let edge = graph.firstEdge(state); edge < end; edge += 1) {
        const to = graph.targetOf(edge);
        mask |= to === NOWHERE ? -1 : before(symmetry, graph.permutationOf(edge), able[to]!);
      }
      if (mask === able[state]) continue;
      able[state] = mask;
      isChanged = true;
    }
  }
  return able;
}

/** A mask of threads after an exchange, by the numbers that they had before it. */
function before(symmetry: Symmetry | null, permutation: number, mask: number): number {
  if (permutation === 0 || symmetry === null) return mask;
  return symmetry
    .permutation(permutation)
    .reduce((all, now, thread) => (((mask >> now) & 1) === 0 ? all : all | (1 << thread)), 0);
}
