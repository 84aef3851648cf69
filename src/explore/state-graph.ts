// SPDX-License-Identifier: GPL-2.0-only
// Owns the graph of states and steps that a search has walked, layer by layer from the start.

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

/** All edges, by source; sources are added in order of their index. Memory: 6 bytes an edge, 8 a state, at most doubled. */
export class StateGraph {
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
      this.#to = doubled(this.#to);
      this.#labels = doubled(this.#labels);
      if (this.#permutations !== null) this.#permutations = doubled(this.#permutations);
    }
    if (permutation !== 0) {
      this.#permutations ??= new Uint16Array(this.#to.length);
      this.#permutations[this.#edges] = permutation;
    }
    this.#to[this.#edges] = to;
    this.#labels[this.#edges] = (choice << THREAD_BITS) | thread;
    this.#edges += 1;
  }

  /** The state being expanded has no more edges; the next added are those of the next state. */
  closeState(endedThreads: number): void {
    if (this.#expanded + 2 > this.#from.length) {
      this.#from = doubled(this.#from);
      this.#ended = doubled(this.#ended);
    }
    this.#ended[this.#expanded] = endedThreads;
    this.#expanded += 1;
    this.#from[this.#expanded] = this.#edges;
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
}

function doubled<T extends Uint32Array | Uint16Array>(array: T): T {
  const grown = new (array.constructor as new (length: number) => T)(2 * array.length);
  grown.set(array);
  return grown;
}
