// SPDX-License-Identifier: GPL-2.0-only
// Owns the choice of the run that shows an endless cycle: the way to it, and a loop as short as can be.

import { assert, must } from '../base/assert.ts';
import type { Option } from '../machine/machine.ts';
import { ableIn, type Cycles, type Duty, type EndlessRuns } from './fair-cycles.ts';
import type { Schedule } from './schedule.ts';
import { shortestSchedule } from './shortest.ts';
import type { StateGraph } from './state-graph.ts';

/** A way from the start to `entry`, and from there back to `entry`. */
export interface Loop {
  readonly prefix: Schedule;
  readonly loop: Schedule;
  /** Threads that can step in one of its states, as a mask. */
  readonly able: number;
  /** What stays undone in it. */
  readonly duty: Duty;
}

/** States at which the loop may begin that are tried; and the places the shortest loop is looked for in, of all. */
const MOST_ENTRIES = 16;
const MOST_PLACES = 1 << 17;
/** With more threads the places are too many to begin with. */
const MOST_THREADS = 10;

/**
 * The shortest way to any of the cycles; of those as near the shortest loop (of which that with the fewest context
 * switches), and of equals the first in the order of discovery, which is that of threads. In sets too large to find the
 * shortest loop it is one that visits the nearest step of each thread in turn. Cost: bounded, but for a few passes over
 * the states of the cycles.
 */
export function nearestLoop(graph: StateGraph, { word, cycles }: EndlessRuns, threads: number): Loop {
  let best: (Walk & Pick<Cycles, 'duty'>) | null = null;
  let tried = 0;
  const budget = { places: MOST_PLACES };
  const isEnough = (): boolean => tried === MOST_ENTRIES || (best !== null && budget.places <= 0);
  for (const one of cycles) {
    if (isEnough()) break;
    const walks = new Walks(graph, one, word === 'LIVELOCK', budget);
    const depth = graph.depthOf(one.states[0]!);
    for (const entry of one.states) {
      if (isEnough() || graph.depthOf(entry) > depth) break;
      tried += 1;
      const walk = walks.from(entry, best?.edges.length ?? Infinity);
      if (walk !== null && isBetter(walk, best)) best = { ...walk, duty: one.duty };
    }
  }
  const { entry, edges, duty } = must(best, 'a loop');
  const goal = { depth: graph.depthOf(entry), goals: [{ state: entry, step: null }] };
  const loop = edges.map((edge): Option => ({ thread: graph.threadOf(edge), choice: graph.choiceOf(edge) }));
  const able = edges.reduce((mask, edge) => mask | ableIn(graph, graph.targetOf(edge)), 0);
  return { prefix: shortestSchedule(graph, goal, threads), loop, able, duty };
}

/** A closed walk. */
interface Walk {
  readonly entry: number;
  readonly edges: readonly number[];
  readonly switches: number;
}

function isBetter(walk: Walk, best: Walk | null): boolean {
  if (best === null || walk.edges.length !== best.edges.length)
    return walk.edges.length < (best?.edges.length ?? Infinity);
  return walk.switches < best.switches;
}

/** Where a walk stands: the state, who has stepped, and who could have and has not yet. */
interface Place {
  readonly state: number;
  readonly stepped: number;
  readonly due: number;
  readonly last: number;
  /** Edge that led here, and from where; -1 and null at the entry. */
  readonly edge: number;
  readonly from: Place | null;
  readonly switches: number;
}

/** Closed walks inside one set of cycles. */
class Walks {
  readonly #graph: StateGraph;
  readonly #cycles: Cycles;
  readonly #isFair: boolean;
  readonly #inside: Uint8Array;
  /** All that can step in some state. */
  readonly #threads: number;
  /** Places that may still be looked at. */
  readonly #budget: { places: number };

  constructor(graph: StateGraph, cycles: Cycles, isFair: boolean, budget: { places: number }) {
    this.#budget = budget;
    this.#graph = graph;
    this.#cycles = cycles;
    this.#isFair = isFair;
    const inside = new Uint8Array(cycles.states.at(-1)! + 1);
    let able = 0;
    for (const state of cycles.states) {
      inside[state] = 1;
      able |= ableIn(graph, state);
    }
    this.#inside = inside;
    this.#threads = able;
  }

  /** The shortest from `entry` that is no longer than `most`, or one that is not much longer. */
  from(entry: number, most: number): Walk | null {
    const shortest = bitsIn(this.#threads) <= MOST_THREADS ? this.#shortest(entry, most) : 'too many';
    return shortest === 'too many' ? this.#greedy(entry) : shortest;
  }

  /** Breadth first over places; of the ways to a place in equally many steps that with the fewest switches is kept. */
  #shortest(entry: number, most: number): Walk | null | 'too many' {
    const seen = new Set<string>();
    let layer: readonly Place[] = [this.#start(entry)];
    for (let length = 0; layer.length > 0 && length <= most; length += 1) {
      const ends = layer.filter((place) => length > 0 && place.state === entry && this.#isEnough(place));
      const end = ends.toSorted((a, b) => a.switches - b.switches)[0];
      if (end !== undefined) return walkTo(entry, end);
      const next = new Map<string, Place>();
      for (const place of layer) {
        for (const after of this.#steps(place)) {
          const key = keyOf(after);
          if (seen.has(key)) continue;
          const known = next.get(key);
          if (known === undefined || after.switches < known.switches) next.set(key, after);
        }
      }
      for (const key of next.keys()) seen.add(key);
      this.#budget.places -= next.size;
      if (this.#budget.places < 0) return 'too many';
      layer = [...next.values()];
    }
    return null;
  }

  #start(state: number): Place {
    const due = this.#isFair ? ableIn(this.#graph, state) : 0;
    return { state, stepped: 0, due, last: -1, edge: -1, from: null, switches: 0 };
  }

  #isEnough({ stepped, due }: Place): boolean {
    const { mustStep, duty } = this.#cycles;
    return due === 0 && (!mustStep || (stepped & duty.threads) !== 0);
  }

  #steps(place: Place): readonly Place[] {
    const graph = this.#graph;
    const result: Place[] = [];
    for (let edge = graph.firstEdge(place.state); edge < graph.firstEdge(place.state + 1); edge += 1) {
      const state = graph.targetOf(edge);
      if (!this.#isInside(state)) continue;
      const last = graph.threadOf(edge);
      const stepped = this.#remembered(place.stepped | (1 << last));
      const due = this.#isFair ? (place.due | ableIn(graph, state)) & ~stepped : 0;
      const switches = place.switches + (place.last >= 0 && place.last !== last ? 1 : 0);
      result.push({ state, stepped, due, last, edge, from: place, switches });
    }
    return result;
  }

  /** Without fairness it does not matter who else has stepped. */
  #remembered(stepped: number): number {
    if (this.#isFair) return stepped;
    const { threads } = this.#cycles.duty;
    return (stepped & threads) === 0 ? 0 : threads;
  }

  #isInside(state: number): boolean {
    return this.#inside[state] === 1;
  }

  /** To the nearest step of a thread that has not stepped yet, until all have; then back. */
  #greedy(entry: number): Walk {
    const edges: number[] = [];
    let state = entry;
    let left = this.#isFair ? this.#threads : 0;
    let wanted = this.#cycles.mustStep ? this.#cycles.duty.threads : 0;
    const go = (isGoal: (edge: number) => boolean): void => {
      const way = this.#way(state, isGoal);
      for (const edge of way) left &= ~(1 << this.#graph.threadOf(edge));
      if (way.some((edge) => (wanted >> this.#graph.threadOf(edge)) & 1)) wanted = 0;
      edges.push(...way);
      state = this.#graph.targetOf(way.at(-1)!);
    };
    while (left !== 0) go((edge) => ((left >> this.#graph.threadOf(edge)) & 1) === 1);
    if (wanted !== 0) go((edge) => ((wanted >> this.#graph.threadOf(edge)) & 1) === 1);
    if (state !== entry || edges.length === 0) go((edge) => this.#graph.targetOf(edge) === entry);
    const threads = edges.map((edge) => this.#graph.threadOf(edge));
    return { entry, edges, switches: threads.filter((t, i) => i > 0 && t !== threads[i - 1]).length };
  }

  /** The shortest way from a state through an edge that is a goal, which must exist. */
  #way(from: number, isGoal: (edge: number) => boolean): readonly number[] {
    const graph = this.#graph;
    const cameBy = new Map<number, { readonly edge: number; readonly from: number }>();
    const queue = [from];
    for (const state of queue) {
      for (let edge = graph.firstEdge(state); edge < graph.firstEdge(state + 1); edge += 1) {
        const to = graph.targetOf(edge);
        if (!this.#isInside(to)) continue;
        if (isGoal(edge)) {
          const way = [edge];
          for (let at = state; at !== from;) {
            const came = must(cameBy.get(at), 'a way');
            way.push(came.edge);
            at = came.from;
          }
          return way.reverse();
        }
        if (to === from || cameBy.has(to)) continue;
        cameBy.set(to, { edge, from: state });
        queue.push(to);
      }
    }
    assert(false, `no way on from state ${from}`);
  }
}

function walkTo(entry: number, end: Place): Walk {
  const edges: number[] = [];
  for (let place: Place | null = end; place !== null && place.edge >= 0; place = place.from)
    edges.push(place.edge);
  return { entry, edges: edges.reverse(), switches: end.switches };
}

function keyOf({ state, stepped, due, last }: Place): string {
  return `${state} ${stepped} ${due} ${last}`;
}

function bitsIn(mask: number): number {
  let count = 0;
  for (let left = mask; left !== 0; left &= left - 1) count += 1;
  return count;
}
