// SPDX-License-Identifier: GPL-2.0-only
// Owns the set of states visited: exact, append-only, numbered in the order of discovery, which is the BFS queue.

import type { Packing } from '../machine/packing.ts';
import { MemoryBudget } from './memory-budget.ts';

const FIRST_CAPACITY = 1 << 10;
/** From so many states on a growing field gets bits elsewhere, rather than all states a new layout. */
const MANY_STATES = 1 << 10;
/** Bits left free for that. */
const SPARE_BITS = 12;
/** Words that a state may grow by at once without a second allocation. */
const ROOM_TO_WIDEN = 1;

/**
 * Packed states in one growing array, found again through an open-addressing hash table. No state is ever lost or
 * taken for another: equal hashes are compared word by word. Memory: at most 2 * (words + 4) * 4 bytes a state. What
 * grows throws OutOfMemory when the budget has no more; the states are then as they were.
 */
export class StateStore {
  readonly #packing: Packing;
  readonly #budget: MemoryBudget;
  /** Words of a state; the packing's, once `relayout` has followed a change. */
  #width: number;
  #words: Int32Array;
  /**
   * Index of a state + 1; 0 is free. A power of two, at most half full, so that the bits above hold some of the hash:
   * a state with others is not looked at.
   */
  #table: Int32Array;
  #count = 0;
  /** Whether the last `add` found a new state. */
  added = false;

  constructor(packing: Packing, budget = new MemoryBudget()) {
    this.#packing = packing;
    this.#budget = budget;
    this.#width = packing.words;
    this.#words = this.#allocate(0, FIRST_CAPACITY * this.#width);
    this.#table = this.#allocate(0, 2 * FIRST_CAPACITY);
  }

  /** How many states there are; their indices are 0..count-1. */
  get count(): number {
    return this.#count;
  }

  get bytes(): number {
    return this.#words.byteLength + this.#table.byteLength;
  }

  /** The array that holds state `index` at `offset(index)`. Valid until the next `add` or `relayout`. */
  get words(): Int32Array {
    return this.#words;
  }

  offset(index: number): number {
    return index * this.#width;
  }

  /** The index of the state packed in words[at..], which is added when it is new. Amortised constant time. */
  add(words: Int32Array, at: number): number {
    const width = this.#width;
    if ((this.#count + 1) * width > this.#words.length) this.#growWords();
    const stored = this.#words;
    const table = this.#table;
    const mask = table.length - 1;
    const h = hash(words, at, width);
    let place = h & mask;
    for (let found = table[place]!; found !== 0; found = table[place]!) {
      // The hash's upper bits, and what is below them the index.
      if (((found ^ h) & ~mask) === 0) {
        const index = (found & mask) - 1;
        if (isEqual(stored, index * width, words, at, width)) {
          this.added = false;
          return index;
        }
      }
      place = (place + 1) & mask;
    }
    if (2 * (this.#count + 1) >= table.length) {
      this.#rehash(2 * table.length);
      return this.add(words, at);
    }
    const index = this.#count;
    const to = index * width;
    for (let i = 0; i < width; i += 1) stored[to + i] = words[at + i]!;
    this.#count = index + 1;
    table[place] = (h & ~mask) | this.#count;
    this.added = true;
    return index;
  }

  /**
   * Makes room in the packing for the values it has met; indices stay. Free if the packing has bits left, else every
   * state moves to a new layout.
   */
  relayout(): void {
    const hasMany = this.#count >= MANY_STATES;
    if (hasMany && this.#packing.extend()) return;
    const before = this.#words;
    const was = this.#width;
    const capacity = Math.max(FIRST_CAPACITY, Math.ceil(1.25 * this.#count));
    // Nothing may fail once the packing has changed: there is room for any layout but an absurd one.
    const moved = this.#allocate(before.byteLength, capacity * (was + ROOM_TO_WIDEN));
    const table = this.#allocate(this.#table.byteLength, this.#table.length);
    const move = this.#packing.widen(hasMany ? SPARE_BITS : 0);
    this.#width = this.#packing.words;
    this.#words =
      this.#width <= was + ROOM_TO_WIDEN ? moved : this.#allocate(moved.byteLength, capacity * this.#width);
    for (let i = 0; i < this.#count; i += 1) move(before, i * was, this.#words, i * this.#width);
    this.#fill(table);
  }

  #growWords(): void {
    const { byteLength, length } = this.#words;
    const grown = this.#allocate(byteLength, Math.ceil(this.#budget.factor(byteLength) * length));
    grown.set(this.#words);
    this.#words = grown;
  }

  #rehash(size: number): void {
    this.#fill(this.#allocate(this.#table.byteLength, size));
  }

  #fill(table: Int32Array): void {
    const mask = table.length - 1;
    const width = this.#width;
    for (let i = 0; i < this.#count; i += 1) {
      const h = hash(this.#words, i * width, width);
      let place = h & mask;
      while (table[place] !== 0) place = (place + 1) & mask;
      table[place] = (h & ~mask) | (i + 1);
    }
    this.#table = table;
  }

  /** In exchange for an array of `before` bytes. */
  #allocate(before: number, length: number): Int32Array {
    return this.#budget.grow(before, 4 * length, () => new Int32Array(length));
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
