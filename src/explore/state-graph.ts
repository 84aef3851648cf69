// SPDX-License-Identifier: GPL-2.0-only
// Owns the graph of states and steps that a search has walked, layer by layer from the start.

import { Arena, Chunks } from './arena.ts';

/** Where a step into trouble leads: to no state. */
export const NOWHERE = 0xffff_ffff;

/** Thread and choice share one 16-bit label. */
export const THREAD_BITS = 5;
export const MOST_CHOICES = 1 << (16 - THREAD_BITS);

/** A step from one state to another. */
export interface Edge {
  readonly thread: number;
  readonly choice: number;
  /** A state's index, or NOWHERE. */
  readonly to: number;
}

/** States, and edges, of a block of memory, as a power of two. */
export const NODES_SHIFT = 12;
export const EDGES_SHIFT = 13;
const NODES_MASK = (1 << NODES_SHIFT) - 1;
const EDGES_MASK = (1 << EDGES_SHIFT) - 1;

/** Words of the arena's header, for code that works on the same graph: see wasm/search-code.ts. */
export const EXPANDED = 5;
export const NODES = 6;
export const EDGE_COUNT = 8;
export const EDGES = 9;

/**
 * All edges, by source; sources are added in order of their index. Memory: 6 bytes an edge, 8 a state, in blocks of an
 * arena: of each state the end of its edges and, as a mask, the threads that have ended; of the edges the targets, and
 * after them the labels.
 */
export class StateGraph {
  readonly #arena: Arena;
  readonly #nodes: Chunks;
  readonly #edges: Chunks;
  /** By edge, once one is not 0: the permutation that brought its target into order. */
  #permutations: Uint16Array | null = null;
  /** Index of the first state of each layer; layer 0 is the start alone. */
  readonly layers: number[] = [0];

  constructor(arena = new Arena()) {
    this.#arena = arena;
    this.#nodes = new Chunks(arena, NODES, NODES_SHIFT, 2 << NODES_SHIFT);
    this.#edges = new Chunks(arena, EDGES, EDGES_SHIFT, (1 << EDGES_SHIFT) + (1 << (EDGES_SHIFT - 1)));
  }

  /** States expanded: all edges that leave 0..expanded-1 are known. */
  get expanded(): number {
    return this.#arena.words[EXPANDED]!;
  }

  get edgeCount(): number {
    return this.#arena.words[EDGE_COUNT]!;
  }

  get bytes(): number {
    return 4 * (this.#nodes.size + this.#edges.size) + (this.#permutations?.byteLength ?? 0);
  }

  /**
   * An edge of the state being expanded; `choice` is below MOST_CHOICES. `permutation`: how the threads were exchanged
   * to bring its target into order (see Symmetry); 0 when they were not. Throws OutOfMemory.
   */
  addEdge(thread: number, choice: number, to: number, permutation = 0): void {
    const edge = this.edgeCount;
    if (edge === this.#edges.count << EDGES_SHIFT) this.growEdges();
    if (permutation !== 0) this.#permute(edge, permutation);
    const { words, halves } = this.#arena;
    words[this.#target(edge)] = to;
    halves[this.#label(edge)] = (choice << THREAD_BITS) | thread;
    words[EDGE_COUNT] = edge + 1;
  }

  /** Makes sure that the state being expanded can be closed. Throws OutOfMemory. */
  openState(): void {
    if (this.expanded === this.#nodes.count << NODES_SHIFT) this.growNodes();
  }

  /** The state being expanded has no more edges; the next added are those of the next state. */
  closeState(endedThreads: number): void {
    this.openState();
    const { words } = this.#arena;
    const at = this.#node(this.expanded);
    words[at] = this.edgeCount;
    words[at + 1] = endedThreads;
    words[EXPANDED] = this.expanded + 1;
  }

  /** Takes states back whose edges are not all there, and closes the first of them with those that are. */
  tear(): void {
    const { words } = this.#arena;
    while (this.expanded > 0 && this.firstEdge(this.expanded) > this.edgeCount) words[EXPANDED]! -= 1;
    if (this.edgeCount > this.firstEdge(this.expanded)) this.closeState(0);
  }

  /** A block for the next edges. Throws OutOfMemory, and is then as before. */
  growEdges(): void {
    this.#edges.grow();
  }

  /** A block for the next states. Throws OutOfMemory, and is then as before. */
  growNodes(): void {
    this.#nodes.grow();
  }

  /**
   * The edges of a state are numbered firstEdge(state)..firstEdge(state + 1) - 1, by thread, then choice. A state not
   * yet expanded has none.
   */
  firstEdge(state: number): number {
    const before = Math.min(state, this.expanded) - 1;
    return before < 0 ? 0 : this.#arena.words[this.#node(before)]!;
  }

  threadOf(edge: number): number {
    return this.#arena.halves[this.#label(edge)]! & ((1 << THREAD_BITS) - 1);
  }

  /** Mask of the threads of these edges. */
  threadsOf(first: number, end: number): number {
    const { halves } = this.#arena;
    let mask = 0;
    for (let edge = first; edge < end;) {
      const stop = Math.min(end, (edge | EDGES_MASK) + 1);
      for (let at = this.#label(edge); edge < stop; edge += 1, at += 1)
        mask |= 1 << (halves[at]! & ((1 << THREAD_BITS) - 1));
    }
    return mask;
  }

  choiceOf(edge: number): number {
    return this.#arena.halves[this.#label(edge)]! >> THREAD_BITS;
  }

  targetOf(edge: number): number {
    return this.#arena.words[this.#target(edge)]! >>> 0;
  }

  permutationOf(edge: number): number {
    return this.#permutations?.[edge] ?? 0;
  }

  /** Mask of the threads that have ended in an expanded state. */
  endedIn(state: number): number {
    return this.#arena.words[this.#node(state) + 1]! >>> 0;
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

  #permute(edge: number, permutation: number): void {
    const before = this.#permutations ?? new Uint16Array(0);
    if (edge >= before.length) {
      const length = Math.max(this.#edges.count << EDGES_SHIFT, 2 * before.length);
      this.#permutations = this.#arena.budget.grow(
        before.byteLength,
        2 * length,
        () => new Uint16Array(length),
      );
      this.#permutations.set(before);
    }
    this.#permutations![edge] = permutation;
  }

  #node(state: number): number {
    return this.#nodes.at(state >> NODES_SHIFT) + 2 * (state & NODES_MASK);
  }

  #target(edge: number): number {
    return this.#edges.at(edge >> EDGES_SHIFT) + (edge & EDGES_MASK);
  }

  /** In halves of words. */
  #label(edge: number): number {
    return 2 * (this.#edges.at(edge >> EDGES_SHIFT) + (1 << EDGES_SHIFT)) + (edge & EDGES_MASK);
  }
}
