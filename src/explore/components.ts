// SPDX-License-Identifier: GPL-2.0-only
// Owns the finding of cycles in a state graph: the sets of states that all lead to each other.

import { assert } from '../base/assert.ts';
import type { StateGraph } from './state-graph.ts';

/** The part that every state belongs to at first. */
const WHOLE = 0;
/** Number of a state whose set is known. */
const DONE = 0xffff_ffff;
/** States visited between two looks at the clock. */
const OFTEN = 1 << 16;

/** Thrown when there is no time left. */
export class Expired extends Error {}

/** Sets of states, in one array: there may be millions of one state each. */
export class StateSets {
  #states = new Uint32Array(1024);
  #ends = new Uint32Array(1024);
  #used = 0;
  #count = 0;

  get count(): number {
    return this.#count;
  }

  /** The states of a set, ascending. */
  at(index: number): Uint32Array {
    return this.#states.subarray(index === 0 ? 0 : this.#ends[index - 1]!, this.#ends[index]);
  }

  /** A state of the set that `close` closes. */
  add(state: number): void {
    if (this.#used === this.#states.length) this.#states = doubled(this.#states);
    this.#states[this.#used] = state;
    this.#used += 1;
  }

  close(): void {
    if (this.#count === this.#ends.length) this.#ends = doubled(this.#ends);
    this.#ends[this.#count] = this.#used;
    this.#count += 1;
    this.at(this.#count - 1).sort();
  }
}

/**
 * Strongly connected sets (after Tarjan, with Pearce's saving of memory), of the whole graph or of parts of it. Parts
 * are disjoint and named by numbers. Memory: 8 bytes a state, and at most 16 more while a set is looked for; time: that
 * of the edges.
 */
export class Components {
  readonly #graph: StateGraph;
  readonly #states: number;
  readonly #isExpired: () => boolean;
  readonly #part: Uint32Array;
  #parts = WHOLE;
  /** 0: not visited; DONE; else the number of the earliest state on the path that it is known to lead to. */
  readonly #number: Uint32Array;
  #next = 1;
  #visits = 0;
  /** The path of the search: the state, the next edge to look at, and the state's own number, three words each. */
  #path = new Uint32Array(3 * 1024);
  /** States off the path whose set is not complete. */
  #open = new Uint32Array(1024);
  #openCount = 0;

  /** The graph must be complete: every state expanded, no step into trouble. */
  constructor(graph: StateGraph, states: number, isExpired: () => boolean) {
    this.#graph = graph;
    this.#states = states;
    this.#isExpired = isExpired;
    this.#part = new Uint32Array(states);
    this.#number = new Uint32Array(states);
  }

  /**
   * All sets of states that lead to each other in at least one step. A cycle has a step back to a state found no later,
   * so where there is none this is one pass over the edges. To be called first. Throws Expired.
   */
  ofWhole(): StateSets {
    const graph = this.#graph;
    const found = new StateSets();
    for (let state = 0; state < this.#states; state += 1) {
      const end = graph.firstEdge(state + 1);
      for (let edge = graph.firstEdge(state); edge < end; edge += 1) {
        const to = graph.targetOf(edge);
        if (to > state || this.#number[to] !== 0 || graph.endedIn(to) !== graph.endedIn(state)) continue;
        this.#visit(to, WHOLE, found);
      }
    }
    return found;
  }

  /** The same among these states alone. Throws Expired. */
  among(states: Uint32Array): StateSets {
    const part = this.separate(states);
    const found = new StateSets();
    for (const state of states) this.#number[state] = 0;
    for (const state of states) if (this.#number[state] === 0) this.#visit(state, part, found);
    return found;
  }

  /** Makes a part of these states, out of whichever they were in. Gives its number. */
  separate(states: Uint32Array): number {
    this.#parts += 1;
    for (const state of states) this.#part[state] = this.#parts;
    return this.#parts;
  }

  partOf(state: number): number {
    return this.#part[state]!;
  }

  #visit(start: number, part: number, found: StateSets): void {
    const graph = this.#graph;
    const number = this.#number;
    let depth = -1;
    let state = start;
    let edge = this.#enter(state);
    let own = number[state]!;
    for (;;) {
      const end = graph.firstEdge(state + 1);
      let into = -1;
      for (; edge < end; edge += 1) {
        const to = graph.targetOf(edge);
        // A thread that has ended never goes on: no cycle leads through its end.
        if (this.#part[to] !== part || graph.endedIn(to) !== graph.endedIn(state)) continue;
        if (number[to] === 0) {
          into = to;
          break;
        }
        if (number[to]! < number[state]!) number[state] = number[to]!;
      }
      if (into >= 0) {
        depth += 1;
        this.#push(depth, state, edge, own);
        state = into;
        edge = this.#enter(state);
        own = number[state]!;
        continue;
      }
      if (number[state] === own) this.#close(state, found);
      else this.#leaveOpen(state);
      if (depth < 0) return;
      state = this.#path[3 * depth]!;
      edge = this.#path[3 * depth + 1]!; // looked at once more, now with its target's number
      own = this.#path[3 * depth + 2]!;
      depth -= 1;
    }
  }

  /** Numbers a state; gives its first edge. */
  #enter(state: number): number {
    assert(state < this.#states, `state ${state} is none`);
    this.#visits += 1;
    if (this.#visits % OFTEN === 0 && this.#isExpired()) throw new Expired();
    this.#number[state] = this.#next;
    this.#next += 1;
    return this.#graph.firstEdge(state);
  }

  #push(depth: number, state: number, edge: number, own: number): void {
    if (3 * depth + 2 >= this.#path.length) this.#path = doubled(this.#path);
    this.#path[3 * depth] = state;
    this.#path[3 * depth + 1] = edge;
    this.#path[3 * depth + 2] = own;
  }

  #leaveOpen(state: number): void {
    if (this.#openCount === this.#open.length) this.#open = doubled(this.#open);
    this.#open[this.#openCount] = state;
    this.#openCount += 1;
  }

  /** The set of `state` is complete: it and those left open since. */
  #close(state: number, found: StateSets): void {
    let from = this.#openCount;
    while (from > 0 && this.#number[this.#open[from - 1]!]! >= this.#number[state]!) from -= 1;
    if (this.#openCount > from || this.#stepsToItself(state)) {
      found.add(state);
      for (let i = from; i < this.#openCount; i += 1) found.add(this.#open[i]!);
      found.close();
    }
    for (let i = from; i < this.#openCount; i += 1) this.#number[this.#open[i]!] = DONE;
    this.#number[state] = DONE;
    this.#openCount = from;
  }

  #stepsToItself(state: number): boolean {
    for (let edge = this.#graph.firstEdge(state); edge < this.#graph.firstEdge(state + 1); edge += 1)
      if (this.#graph.targetOf(edge) === state) return true;
    return false;
  }
}

function doubled(array: Uint32Array): Uint32Array<ArrayBuffer> {
  const grown = new Uint32Array(2 * array.length);
  grown.set(array);
  return grown;
}
