// SPDX-License-Identifier: GPL-2.0-only
// Owns the complete definition of deadlock, on a finished state graph: a thread that can never step again, whatever
// the others do.

import type { StateGraph } from './state-graph.ts';

/**
 * The first layer that has states in which one of `mortal` (a mask: the threads that are no daemons) has not ended and
 * no continuation ever lets it step again; all such states of that layer, or null when there are none.
 *
 * States in `unjudged` are passed over: whether they are possible is not known. It covers every deadlock, by locks of any kind, while others run on or not. States not expanded (the search was
 * cut off) count as able to do anything, so what is found is always real. Cost: a few sweeps over the edges (as many
 * as the longest chain of back edges), 4 bytes a state.
 */
export function deadlockedStates(
  graph: StateGraph,
  states: number,
  mortal: number,
  unjudged: ReadonlySet<number> = new Set(),
): { readonly depth: number; readonly states: readonly number[] } | null {
  const able = ableThreads(graph, states);
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

/** Of each state the mask of threads that have ended, or step in some continuation. */
function ableThreads(graph: StateGraph, states: number): Int32Array {
  const able = new Int32Array(states).fill(-1, graph.expanded);
  for (let state = 0; state < graph.expanded; state += 1) {
    able[state] = graph.endedIn(state);
    for (let edge = graph.firstEdge(state); edge < graph.firstEdge(state + 1); edge += 1) {
      able[state]! |= 1 << graph.threadOf(edge);
    }
  }
  for (let isChanged = true; isChanged;) {
    isChanged = false;
    for (let state = graph.expanded - 1; state >= 0; state -= 1) {
      let mask = able[state]!;
      for (let edge = graph.firstEdge(state); edge < graph.firstEdge(state + 1); edge += 1) {
        mask |= able[graph.targetOf(edge)] ?? 0;
      }
      if (mask === able[state]) continue;
      able[state] = mask;
      isChanged = true;
    }
  }
  return able;
}
