// SPDX-License-Identifier: GPL-2.0-only
// Owns the set of states visited: exact, append-only, numbered in the order of discovery, which is the BFS queue.

import type { Packing } from '../machine/packing.ts';

const FIRST_CAPACITY = 1 << 10;
/** From so many states on a growing field gets bits elsewhere, rather than all states a new layout. */
const MANY_STATES = 1 << 10;
/** Bits left free for that. */
const SPARE_BITS = 12;

/**
 * Packed states in one growing array, found again through an open-addressing hash table. No state is ever lost or
 * taken for another: equal hashes are compared word by word. Memory: at most 2 * (words + 4) * 4 bytes a state.
 */
export class StateStore {
  readonly #packing: Packing;
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

  constructor(packing: Packing) {
    this.#packing = packing;
    this.#width = packing.words;
    this.#words = new Int32Array(FIRST_CAPACITY * this.#width);
    this.#table = new Int32Array(2 * FIRST_CAPACITY);
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
    const index = this.#count;
    const to = index * width;
    for (let i = 0; i < width; i += 1) stored[to + i] = words[at + i]!;
    this.#count = index + 1;
    table[place] = (h & ~mask) | this.#count;
    if (2 * this.#count >= table.length) this.#rehash(2 * table.length);
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
    const move = this.#packing.widen(hasMany ? SPARE_BITS : 0);
    const before = this.#words;
    const was = this.#width;
    this.#width = this.#packing.words;
    this.#words = new Int32Array((before.length / was) * this.#width);
    for (let i = 0; i < this.#count; i += 1) move(before, i * was, this.#words, i * this.#width);
    this.#rehash(this.#table.length);
  }

  #growWords(): void {
    const grown = new Int32Array(2 * this.#words.length);
    grown.set(this.#words);
    this.#words = grown;
  }

  #rehash(size: number): void {
    const table = new Int32Array(size);
    const mask = size - 1;
    const width = this.#width;
    for (let i = 0; i < this.#count; i += 1) {
      const h = hash(this.#words, i * width, width);
      let place = h & mask;
      while (table[place] !== 0) place = (place + 1) & mask;
      table[place] = (h & ~mask) | (i + 1);
    }
    this.#table = table;
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
