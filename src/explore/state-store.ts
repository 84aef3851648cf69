// SPDX-License-Identifier: GPL-2.0-only
// Owns the set of states visited: exact, append-only, numbered in the order of discovery, which is the BFS queue.

import type { Packing } from '../machine/packing.ts';
import { Arena, Chunks } from './arena.ts';

/** States of a block of memory, as a power of two. */
export const STATES_SHIFT = 12;
const STATES_MASK = (1 << STATES_SHIFT) - 1;
const FIRST_TABLE = 1 << 11;
/** From so many states on a growing field gets bits elsewhere, rather than all states a new layout. */
const MANY_STATES = 1 << 5;
/** Bits left free for that. */
const SPARE_BITS = 12;

/** Words of the arena's header, for code that works on the same set: see wasm/search-code.ts. */
export const COUNT = 0;
export const STATES = 1;
export const TABLE = 3;
export const TABLE_MASK = 4;

/**
 * Packed states in blocks of an arena, found again through an open-addressing hash table. No state is ever lost or
 * taken for another: equal hashes are compared word by word. Memory: words * 4 bytes a state, and 5 to 11 for the
 * table, which takes half as much more while it doubles.
 */
export class StateStore {
  readonly arena: Arena;
  readonly #packing: Packing;
  /** Words of a state; the packing's, once `relayout` has followed a change. */
  #width: number;
  #chunks: Chunks;
  /**
   * Index of a state + 1; 0 is free. A power of two, at most three quarters full, so that the bits above hold some of
   * the hash: a state with others is not looked at.
   */
  #table: number;
  #tableSize = FIRST_TABLE;
  /** Whether the last `add` found a new state. */
  added = false;
  /** Enters all states into a table of zeros at an address, with that mask; false: it cannot. A faster way to rehash. */
  rehasher: ((table: number, mask: number) => boolean) | null = null;

  constructor(packing: Packing, arena = new Arena()) {
    this.#packing = packing;
    this.#width = packing.words;
    this.arena = arena;
    this.#chunks = this.#newChunks();
    arena.budget.count(4 * FIRST_TABLE);
    this.#table = arena.allocate(FIRST_TABLE);
    this.#note();
  }

  /** How many states there are; their indices are 0..count-1. */
  get count(): number {
    return this.arena.words[COUNT]!;
  }

  get bytes(): number {
    return 4 * (this.#chunks.size + this.#tableSize);
  }

  /** The array that holds state `index` at `offset(index)`. Valid until the next `add` or `relayout`. */
  get words(): Int32Array {
    return this.arena.words;
  }

  offset(index: number): number {
    return this.#chunks.at(index >> STATES_SHIFT) + (index & STATES_MASK) * this.#width;
  }

  /** The index of the state packed in words[at..], which is added when it is new. Amortised constant time. Throws OutOfMemory. */
  add(words: Int32Array, at: number): number {
    const width = this.#width;
    const count = this.count;
    if (count === this.#chunks.count << STATES_SHIFT) this.growStates();
    if (4 * (count + 1) > 3 * this.#tableSize) this.growTable();
    const stored = this.arena.words;
    const table = this.#table;
    const mask = this.#tableSize - 1;
    const h = hash(words, at, width);
    let place = h & mask;
    for (let found = stored[table + place]!; found !== 0; found = stored[table + place]!) {
      // The hash's upper bits, and what is below them the index.
      if (((found ^ h) & ~mask) === 0) {
        const index = (found & mask) - 1;
        if (isEqual(stored, this.offset(index), words, at, width)) {
          this.added = false;
          return index;
        }
      }
      place = (place + 1) & mask;
    }
    const to = this.offset(count);
    for (let i = 0; i < width; i += 1) stored[to + i] = words[at + i]!;
    stored[COUNT] = count + 1;
    stored[table + place] = (h & ~mask) | (count + 1);
    this.added = true;
    return count;
  }

  /** A block for the next states. Throws OutOfMemory, and is then as before. */
  growStates(): void {
    this.#chunks.grow(this.count === 0);
  }

  /** A table of twice the size. Throws OutOfMemory, and is then as before. */
  growTable(): void {
    const size = 2 * this.#tableSize;
    this.arena.budget.take(4 * size);
    const table = this.arena.allocate(size);
    if (!this.rehasher?.(table * 4, size - 1)) this.#rehash(table, size - 1);
    this.arena.free(this.#table, this.#tableSize);
    this.arena.budget.give(4 * this.#tableSize);
    this.#table = table;
    this.#tableSize = size;
    this.#note();
  }

  /**
   * Makes room in the packing for the values it has met; indices stay. Free if the packing has bits left, else every
   * state moves to a new layout. Throws OutOfMemory, and is then as before.
   */
  relayout(): void {
    const hasMany = this.count >= MANY_STATES;
    if (hasMany && this.#packing.extend()) return;
    this.#reserve();
    const move = this.#packing.widen(hasMany ? SPARE_BITS : 0);
    const before = this.#chunks;
    const was = this.#width;
    this.#width = this.#packing.words;
    if (this.#width !== was) {
      this.#chunks = this.#newChunks();
      while (this.#chunks.count < before.count) this.#chunks.grow();
    }
    const { words } = this.arena;
    for (let i = 0; i < this.count; i += 1) {
      const from = before.at(i >> STATES_SHIFT) + (i & STATES_MASK) * was;
      move(words, from, words, this.offset(i));
    }
    if (this.#width !== was) before.release();
    words.fill(0, this.#table, this.#table + this.#tableSize);
    this.#rehash(this.#table, this.#tableSize - 1);
    this.#note();
  }

  /** Makes sure of the memory for a new layout, before there is no way back. */
  #reserve(): void {
    const size = this.#chunks.size + this.#chunks.count * (2 << STATES_SHIFT);
    this.arena.budget.take(4 * size);
    this.arena.budget.give(4 * size);
    this.arena.free(this.arena.allocateUncleared(size), size);
  }

  #newChunks(): Chunks {
    return new Chunks(this.arena, STATES, STATES_SHIFT, this.#width << STATES_SHIFT);
  }

  #note(): void {
    this.arena.words[TABLE] = this.#table * 4;
    this.arena.words[TABLE_MASK] = this.#tableSize - 1;
  }

  #rehash(table: number, mask: number): void {
    const { words } = this.arena;
    const width = this.#width;
    for (let i = 0; i < this.count; i += 1) {
      const h = hash(words, this.offset(i), width);
      let place = h & mask;
      while (words[table + place] !== 0) place = (place + 1) & mask;
      words[table + place] = (h & ~mask) | (i + 1);
    }
  }
}

/** Multiply and shift, word by word, as in MurmurHash3; two words at a time, which do not wait for each other. */
function hash(words: Int32Array, at: number, width: number): number {
  let h = 0x2f0b4a27;
  let k = 0x3c6ef372;
  const end = at + width;
  let i = at;
  for (; i + 1 < end; i += 2) {
    h = Math.imul(h ^ words[i]!, 0x85ebca6b);
    k = Math.imul(k ^ words[i + 1]!, 0xcc9e2d51);
    h ^= h >>> 15;
    k ^= k >>> 16;
  }
  if (i < end) h = Math.imul(h ^ words[i]!, 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 15) ^ Math.imul(k, 0x1b873593), 0xc2b2ae35);
  return h ^ (h >>> 16);
}

function isEqual(a: Int32Array, at: number, b: Int32Array, at2: number, width: number): boolean {
  for (let i = 0; i < width; i += 1) if (a[at + i] !== b[at2 + i]) return false;
  return true;
}
