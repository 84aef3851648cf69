// SPDX-License-Identifier: GPL-2.0-only
// Owns the graph of states and steps that a search has walked, layer by layer from the start.

import { MemoryBudget } from './memory-budget.ts';

/** Where a step into trouble leads: to no state. */
export const NOWHERE = 0xffff_ffff;

/** Thread and choice share one 16-bit label. */
const THREAD_BITS = 5;
export const MOST_CHOICES = 1 << (16 - THREAD_BITS);

/** A step from one state to another. */
export interface Edge {
  readonly thread: number;
  readonly choice: number;
  /** A state's index, or NOWHERE. */
  readonly to: number;
}

/**
 * All edges, by source; sources are added in order of their index. Memory: 6 bytes an edge, 8 a state, at most doubled.
 * What grows throws OutOfMemory when the budget has no more; the graph is then as it was.
 */
export class StateGraph {
  readonly #budget: MemoryBudget;
  /** First edge of each expanded state, and the end of the last. */
  #from = new Uint32Array(1024);
  /** Threads that have ended, as a mask, for each expanded state. */
  #ended = new Uint32Array(1024);
  #to = new Uint32Array(4096);
  #labels = new Uint16Array(4096);
  /** By edge, once one is not 0: the permutation that brought its target into order. */
  #permutations: Uint16Array | null = null;
  #expanded = 0;
  #edges = 0;
  /** Index of the first state of each layer; layer 0 is the start alone. */
  readonly layers: number[] = [0];

  constructor(budget = new MemoryBudget()) {
    this.#budget = budget;
  }

  /** States expanded: all edges that leave 0..expanded-1 are known. */
  get expanded(): number {
    return this.#expanded;
  }

  get edgeCount(): number {
    return this.#edges;
  }

  get bytes(): number {
    const permutations = this.#permutations?.byteLength ?? 0;
    return (
      this.#from.byteLength +
      this.#ended.byteLength +
      this.#to.byteLength +
      this.#labels.byteLength +
      permutations
    );
  }

  /**
   * An edge of the state being expanded; `choice` is below MOST_CHOICES. `permutation`: how the threads were exchanged
   * to bring its target into order (see Symmetry); 0 when they were not.
   */
  addEdge(thread: number, choice: number, to: number, permutation = 0): void {
    if (this.#edges === this.#to.length) {
      const permutations = this.#permutations;
      const by = this.#budget.factor(
        this.#to.byteLength + this.#labels.byteLength + (permutations?.byteLength ?? 0),
      );
      const labels = this.#grown(this.#labels, by);
      if (permutations !== null) this.#permutations = this.#grown(permutations, by);
      this.#to = this.#grown(this.#to, by);
      this.#labels = labels;
    }
    if (permutation !== 0) {
      const { length } = this.#to;
      this.#permutations ??= this.#budget.grow(0, 2 * length, () => new Uint16Array(length));
      this.#permutations[this.#edges] = permutation;
    }
    this.#to[this.#edges] = to;
    this.#labels[this.#edges] = (choice << THREAD_BITS) | thread;
    this.#edges += 1;
  }

  /** The state being expanded has no more edges; the next added are those of the next state. */
  closeState(endedThreads: number): void {
    this.#ended[this.#expanded] = endedThreads;
    this.#expanded += 1;
    this.#from[this.#expanded] = this.#edges;
    // Room for the next state, so that it can be closed even when there is no memory for all of its edges.
    if (this.#expanded + 2 > this.#from.length) {
      const by = this.#budget.factor(this.#from.byteLength + this.#ended.byteLength);
      const ended = this.#grown(this.#ended, by);
      this.#from = this.#grown(this.#from, by);
      this.#ended = ended;
    }
  }

  /**
   * The edges of a state are numbered firstEdge(state)..firstEdge(state + 1) - 1, by thread, then choice. A state not
   * yet expanded has none.
   */
  firstEdge(state: number): number {
    return this.#from[Math.min(state, this.#expanded)]!;
  }

  threadOf(edge: number): number {
    return this.#labels[edge]! & ((1 << THREAD_BITS) - 1);
  }

  choiceOf(edge: number): number {
    return this.#labels[edge]! >> THREAD_BITS;
  }

  targetOf(edge: number): number {
    return this.#to[edge]!;
  }

  permutationOf(edge: number): number {
    return this.#permutations?.[edge] ?? 0;
  }

  /** Mask of the threads that have ended in an expanded state. */
  endedIn(state: number): number {
    return this.#ended[state]!;
  }

  /** The layer a state was found in: its distance from the start. Cost: logarithm of the number of layers. */
  depthOf(state: number): number {
    let low = 0;
    let high = this.layers.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.layers[middle]! <= state) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  #grown<T extends Uint32Array | Uint16Array>(array: T, by: number): T {
    const length = Math.ceil(by * array.length);
    const make = array.constructor as new (length: number) => T;
    const grown = this.#budget.grow(
      array.byteLength,
      length * array.BYTES_PER_ELEMENT,
      () => new make(length),
    );
    grown.set(array);
    return grown;
  }
}
