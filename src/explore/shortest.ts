// SPDX-License-Identifier: GPL-2.0-only
// Owns the choice among the shortest schedules to a finding: fewest context switches, then thread order.

import { assert, must } from '../base/assert.ts';
import type { Option } from '../machine/machine.ts';
import type { Found } from './findings.ts';
import type { Schedule } from './schedule.ts';
import type { Permutation, Symmetry } from './reduce/symmetry.ts';
import type { StateGraph } from './state-graph.ts';

const FAR = 0xffff;

type Goals = Pick<Found, 'depth' | 'goals'>;

/**
 * Of all schedules that reach one of the finding's goals in the fewest steps, the one with the fewest context
 * switches; of those the first by thread, then choice, step by step. Works backwards over the layers of the graph.
 * Where `symmetry` has exchanged threads on the way, each has its own number again in the schedule. Cost: the edges nearer
 * than the finding; memory 2 bytes a state and thread.
 */
export function shortestSchedule(
  graph: StateGraph,
  found: Goals,
  threads: number,
  symmetry: Symmetry | null = null,
): Schedule {
  return new ShortestPaths(graph, found, threads, symmetry).path();
}

class ShortestPaths {
  readonly #graph: StateGraph;
  readonly #found: Goals;
  readonly #threads: number;
  readonly #symmetry: Symmetry | null;
  /** Switches still to come from a state when thread t stepped last, at [state * threads + t]. */
  readonly #switches: Uint16Array;
  /** Steps that are goals, by the state they leave. */
  readonly #lastSteps = new Map<number, Option[]>();

  constructor(graph: StateGraph, found: Goals, threads: number, symmetry: Symmetry | null) {
    this.#symmetry = symmetry;
    this.#graph = graph;
    this.#found = found;
    this.#threads = threads;
    const states = Math.max(...found.goals.map(({ state }) => state), graph.layers[found.depth]! - 1) + 1;
    this.#switches = new Uint16Array(states * threads).fill(FAR);
    for (const { state, step } of found.goals) {
      if (step === null) this.#switches.fill(0, state * threads, (state + 1) * threads);
      else this.#lastSteps.set(state, [...(this.#lastSteps.get(state) ?? []), step]);
    }
    for (let depth = found.depth - 1; depth >= 0; depth -= 1) this.#layer(depth);
  }

  path(): Schedule {
    const schedule: Option[] = [];
    let state = 0;
    let last = -1;
    // By number of a thread in `state`: which thread of the start it is.
    let names: Permutation = Array.from({ length: this.#threads }, (_, thread) => thread);
    for (let depth = 0; depth < this.#found.depth; depth += 1) {
      const edge = this.#bestEdge(state, last);
      const thread = this.#graph.threadOf(edge);
      schedule.push({ thread: names[thread]!, choice: this.#graph.choiceOf(edge) });
      const exchange = this.#exchangeOn(edge);
      if (exchange !== null) {
        const before = names;
        names = before.map((_, now) => before[exchange.indexOf(now)]!);
      }
      last = exchange?.[thread] ?? thread;
      state = this.#graph.targetOf(edge);
    }
    return schedule;
  }

  /** By thread before an edge: its number after it; null when no threads were exchanged. */
  #exchangeOn(edge: number): Permutation | null {
    const number = this.#graph.permutationOf(edge);
    return number === 0 ? null : must(this.#symmetry, 'the symmetry').permutation(number);
  }

  /** Fills in the states at `depth` from those one step further. */
  #layer(depth: number): void {
    const { layers } = this.#graph;
    const threads = this.#threads;
    const best = new Uint16Array(threads);
    for (let state = layers[depth]!; state < layers[depth + 1]!; state += 1) {
      best.fill(FAR);
      for (let edge = this.#graph.firstEdge(state); edge < this.#graph.firstEdge(state + 1); edge += 1) {
        const thread = this.#graph.threadOf(edge);
        best[thread] = Math.min(best[thread]!, this.#after(state, edge, depth));
      }
      const switching = Math.min(...best) + 1;
      for (let thread = 0; thread < threads; thread += 1) {
        this.#switches[state * threads + thread] = Math.min(best[thread]!, switching, FAR);
      }
    }
  }

  /** Switches that follow an edge which leaves a state at `depth`; FAR when it leads to no goal in time. */
  #after(state: number, edge: number, depth: number): number {
    const thread = this.#graph.threadOf(edge);
    if (depth + 1 === this.#found.depth) {
      const choice = this.#graph.choiceOf(edge);
      const ends = this.#lastSteps.get(state);
      if (ends?.some((step) => step.thread === thread && step.choice === choice)) return 0;
    }
    const to = this.#graph.targetOf(edge);
    const isNextLayer =
      to >= this.#graph.layers[depth + 1]! && to < (this.#graph.layers[depth + 2] ?? Infinity);
    if (!isNextLayer) return FAR;
    const threadThen = this.#exchangeOn(edge)?.[thread] ?? thread;
    return this.#switches[to * this.#threads + threadThen] ?? FAR;
  }

  #bestEdge(state: number, last: number): number {
    const depth = this.#graph.depthOf(state);
    let best = -1;
    let fewest = FAR;
    for (let edge = this.#graph.firstEdge(state); edge < this.#graph.firstEdge(state + 1); edge += 1) {
      const isSwitch = last >= 0 && this.#graph.threadOf(edge) !== last;
      const switches = this.#after(state, edge, depth) + (isSwitch ? 1 : 0);
      if (switches >= fewest) continue;
      fewest = switches;
      best = edge;
    }
    assert(best >= 0, `state ${state} leads to no goal`);
    return best;
  }
}
