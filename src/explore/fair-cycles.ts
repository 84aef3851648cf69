// SPDX-License-Identifier: GPL-2.0-only
// Owns the definition of progress, on a finished state graph: what must end, and the cycles that keep it from ending.

import { Components, Expired } from './components.ts';
import type { StateGraph } from './state-graph.ts';

/**
 * What must end: threads that are no daemons, or (`isInside` given) an operation of a daemon. Every operation of a
 * thread that is no daemon ends when the thread does.
 */
export interface Duty {
  /** Mask. */
  readonly threads: number;
  /** Of an operation: whether it is in flight in a state. */
  readonly isInside: ((state: number) => boolean) | null;
}

/** States that lead to each other, so that a run can stay among them for ever. */
export interface Cycles {
  /** Ascending. */
  readonly states: Uint32Array;
  /** What stays undone. */
  readonly duty: Duty;
  /** One of the duty's threads must step in the cycle for it to matter. */
  readonly mustStep: boolean;
}

export interface EndlessRuns {
  /**
   * LIVELOCK: cycles in which every thread steps that can in any of the states, so that a scheduler as fair as can be
   * may stay in it. SPIN: there are none, but cycles in which others can step and do not.
   */
  readonly word: 'LIVELOCK' | 'SPIN';
  /** Those nearest to the start. */
  readonly cycles: readonly Cycles[];
}

/**
 * The cycles in which a duty stays undone: null when there are none, `expired` when time ran out.
 *
 * LIVELOCK is strong fairness, thread by thread, daemons included; which choice a thread makes is not fair. (Streett: of
 * strongly connected sets those states are removed in which a thread could step that steps nowhere in the set, and what
 * is left is taken apart again.) A thread that is no daemon is kept from ending by any such cycle, be it that it steps
 * or waits; the operation of a daemon only by one in which the daemon steps, for a daemon may wait for ever. SPIN asks
 * that a thread which should end steps itself.
 *
 * The graph must be complete, without steps into trouble. Cost: see Components; at most once for each thread.
 */
export function endlessRuns(
  graph: StateGraph,
  states: number,
  duties: readonly Duty[],
  isExpired: () => boolean = () => false,
): EndlessRuns | 'expired' | null {
  try {
    return new FairCycles(graph, states, isExpired).search(duties);
  } catch (error) {
    if (error instanceof Expired) return 'expired';
    throw error;
  }
}

/** The steps that the states of a part can take, as masks of threads. */
interface Steps {
  /** Those who can step in some state. */
  readonly able: number;
  /** Those who have a step that stays inside. */
  readonly inside: number;
}

class FairCycles {
  readonly #graph: StateGraph;
  readonly #components: Components;
  readonly #fair: Nearest;
  readonly #unfair: Nearest;

  constructor(graph: StateGraph, states: number, isExpired: () => boolean) {
    this.#graph = graph;
    this.#components = new Components(graph, states, isExpired);
    this.#fair = new Nearest(graph);
    this.#unfair = new Nearest(graph);
  }

  search(duties: readonly Duty[]): EndlessRuns | null {
    const sets = this.#components.ofWhole();
    for (const duty of duties) {
      for (let i = 0; i < sets.count; i += 1) {
        const states = sets.at(i);
        // What comes behind a LIVELOCK does not count.
        if (!this.#fair.wants(states)) continue;
        if ((duty.threads & ~this.#graph.endedIn(states[0]!)) !== 0) this.#judge(states, duty);
      }
    }
    if (this.#fair.cycles.length > 0) return { word: 'LIVELOCK', cycles: this.#fair.cycles };
    return this.#unfair.cycles.length > 0 ? { word: 'SPIN', cycles: this.#unfair.cycles } : null;
  }

  #judge(set: Uint32Array, duty: Duty): void {
    const { threads, isInside } = duty;
    if (isInside === null) return this.#judgeSet(set, duty, threads);
    const parts = this.#components.among(set.filter(isInside));
    for (let i = 0; i < parts.count; i += 1) this.#judgeSet(parts.at(i), duty, threads);
  }

  #judgeSet(states: Uint32Array, duty: Duty, threads: number): void {
    const steps = this.#stepsOf(states);
    if ((steps.inside & threads) !== 0) this.#unfair.offer({ states, duty, mustStep: true });
    this.#judgeFair(states, steps, duty);
  }

  #judgeFair(states: Uint32Array, { able, inside }: Steps, duty: Duty): void {
    const passedOver = able & ~inside;
    if (passedOver === 0) {
      const mustStep = duty.isInside !== null;
      if (!mustStep || (inside & duty.threads) !== 0) this.#fair.offer({ states, duty, mustStep });
      return;
    }
    const left = states.filter((state) => (ableIn(this.#graph, state) & passedOver) === 0);
    if (left.length === 0) return;
    const parts = this.#components.among(left);
    for (let i = 0; i < parts.count; i += 1) this.#judgeFair(parts.at(i), this.#stepsOf(parts.at(i)), duty);
  }

  #stepsOf(states: Uint32Array): Steps {
    const graph = this.#graph;
    const part = this.#components.separate(states);
    let able = 0;
    let inside = 0;
    for (const state of states) {
      for (let edge = graph.firstEdge(state); edge < graph.firstEdge(state + 1); edge += 1) {
        const bit = 1 << graph.threadOf(edge);
        able |= bit;
        if (this.#components.partOf(graph.targetOf(edge)) === part) inside |= bit;
      }
    }
    return { able, inside };
  }
}

/** Mask of the threads that can step in a state. */
export function ableIn(graph: StateGraph, state: number): number {
  let able = 0;
  for (let edge = graph.firstEdge(state); edge < graph.firstEdge(state + 1); edge += 1)
    able |= 1 << graph.threadOf(edge);
  return able;
}

/** Keeps the cycles that come nearest to the start. */
class Nearest {
  readonly #graph: StateGraph;
  #depth = Infinity;
  cycles: Cycles[] = [];

  constructor(graph: StateGraph) {
    this.#graph = graph;
  }

  /** Whether a set is near enough to hold any. */
  wants(states: Uint32Array): boolean {
    return this.#depth === Infinity || this.#graph.depthOf(states[0]!) <= this.#depth;
  }

  offer(cycles: Cycles): void {
    const depth = this.#graph.depthOf(cycles.states[0]!);
    if (depth < this.#depth) this.cycles = [];
    this.#depth = Math.min(depth, this.#depth);
    if (depth === this.#depth) this.cycles.push(cycles);
  }
}
