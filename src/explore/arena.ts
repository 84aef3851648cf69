// SPDX-License-Identifier: GPL-2.0-only
// Owns the memory that a search fills: one run of 32-bit words that grows in place, shared with WebAssembly.

import { MemoryBudget, OutOfMemory } from './memory-budget.ts';
import { MOST_PAGES, PAGE_BYTES, platform, type LinearMemory } from './wasm/platform.ts';

/** Words below which an array of JavaScript does: a linear memory reserves address space that small searches can do without. */
const SMALL = 1 << 18;
const PAGE_WORDS = PAGE_BYTES / 4;
/** Pages that a growing memory takes at least; what is not touched costs nothing. */
const GROWTH = 64;

/** A line of the processor's cache: states of eight or sixteen words then lie in one. */
const LINE_WORDS = 16;

/** Words [0, HEADER) are for everybody: cells at fixed places. */
export const HEADER = 32;

/**
 * Hands out blocks of words. A place is an index into `words`; times four it is an address in `memory`. What is given
 * back is handed out again. The views are others after each `allocate`.
 */
export class Arena {
  words: Int32Array;
  halves: Uint16Array;
  #memory: LinearMemory | null = null;
  #isRefused = false;
  #end = HEADER;
  /** From here on nothing was ever handed out twice. */
  #dirty = 0;
  #free: { readonly at: number; readonly size: number }[] = [];

  /** What those who fill it ask before they do: it counts what is in use, not what the memory has grown to. */
  readonly budget: MemoryBudget;

  constructor(budget = new MemoryBudget()) {
    this.budget = budget;
    this.words = new Int32Array(PAGE_WORDS);
    this.halves = new Uint16Array(this.words.buffer);
  }

  /** The memory itself, into which the contents move if need be. null: there is none to be had. */
  get memory(): LinearMemory | null {
    if (this.#memory !== null || platform === null || this.#isRefused) return this.#memory;
    try {
      const initial = Math.ceil(this.words.length / PAGE_WORDS);
      this.#memory = new platform.Memory({ initial, maximum: MOST_PAGES });
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      this.#isRefused = true; // no address space, for one
      return null;
    }
    const before = this.words;
    this.#look(this.#memory.buffer);
    this.words.set(before);
    return this.#memory;
  }

  /** A block of `size` words, all 0, at the begin of a cache line. Throws OutOfMemory. */
  allocate(size: number): number {
    const at = this.allocateUncleared(size);
    if (at < this.#dirty) this.words.fill(0, at, at + size);
    return at;
  }

  /** As allocate, but what it holds is left from before. */
  allocateUncleared(wanted: number): number {
    const size = wholeLines(wanted);
    const index = this.#free.findIndex((block) => block.size >= size);
    if (index >= 0) {
      const { at, size: had } = this.#free[index]!;
      if (had === size) this.#free.splice(index, 1);
      else this.#free[index] = { at: at + size, size: had - size };
      return at;
    }
    const at = this.#end;
    if (at + size > this.words.length) this.#grow(at + size);
    this.#end = at + size;
    return at;
  }

  /** Takes a block back. */
  free(at: number, size: number): void {
    if (size === 0) return;
    this.#free.push({ at, size: wholeLines(size) });
    this.#dirty = Math.max(this.#dirty, at + wholeLines(size));
  }

  #grow(words: number): void {
    const memory = words > SMALL ? this.memory : this.#memory;
    if (memory !== null) return this.#growMemory(memory, words);
    try {
      const grown = new Int32Array(Math.max(words, 2 * this.words.length));
      grown.set(this.words);
      this.#look(grown.buffer);
    } catch (error) {
      throw asOutOfMemory(error);
    }
  }

  #growMemory(memory: LinearMemory, words: number): void {
    const had = memory.buffer.byteLength / PAGE_BYTES;
    const needed = Math.ceil(words / PAGE_WORDS) - had;
    if (needed <= 0) return;
    for (const pages of [Math.max(needed, GROWTH, had >> 3), needed]) {
      try {
        const more = Math.min(pages, MOST_PAGES - had);
        memory.grow(more);
        this.#look(memory.buffer);
        if (words <= this.words.length) return;
      } catch (error) {
        if (pages === needed) throw asOutOfMemory(error);
      }
    }
    throw new OutOfMemory();
  }

  #look(buffer: ArrayBuffer): void {
    this.words = new Int32Array(buffer);
    this.halves = new Uint16Array(buffer);
  }
}

function wholeLines(words: number): number {
  return Math.ceil(words / LINE_WORDS) * LINE_WORDS;
}

function asOutOfMemory(error: unknown): unknown {
  return error instanceof RangeError ? new OutOfMemory(error.message) : error;
}

/** A list in equal blocks of an arena, 2^shift elements each, found through a directory: growing it moves nothing. */
export class Chunks {
  readonly shift: number;
  readonly #arena: Arena;
  /** The word of the header that holds the directory's address; the next one holds how many elements there is room for. */
  readonly #header: number;
  /** Words of a chunk. */
  readonly #size: number;
  #directory = 0;
  #room = 0;
  #count = 0;

  constructor(arena: Arena, header: number, shift: number, size: number) {
    this.#arena = arena;
    this.#header = header;
    this.#size = size;
    this.shift = shift;
  }

  /** Words taken. */
  get size(): number {
    return this.#count * this.#size + this.#room;
  }

  get count(): number {
    return this.#count;
  }

  /** Where chunk `index` begins, in words. */
  at(index: number): number {
    return this.#arena.words[this.#directory + index]! >>> 2;
  }

  /** Throws OutOfMemory, and is then as before. `isVital`: whatever the budget says. */
  grow(isVital = false): void {
    const arena = this.#arena;
    const room = this.#count < this.#room ? this.#room : Math.max(16, 2 * this.#room);
    const bytes = 4 * (this.#size + room - this.#room);
    if (isVital) arena.budget.count(bytes);
    else arena.budget.take(bytes);
    if (room > this.#room) {
      const directory = arena.allocate(room);
      arena.words.copyWithin(directory, this.#directory, this.#directory + this.#room);
      arena.free(this.#directory, this.#room);
      this.#directory = directory;
      this.#room = room;
      arena.words[this.#header] = directory * 4;
    }
    const at = arena.allocateUncleared(this.#size);
    arena.words[this.#directory + this.#count] = at * 4;
    this.#count += 1;
    arena.words[this.#header + 1] = this.#count << this.shift;
  }

  /** Gives everything back. */
  release(): void {
    this.#arena.budget.give(4 * this.size);
    for (let i = 0; i < this.#count; i += 1) this.#arena.free(this.at(i), this.#size);
    this.#arena.free(this.#directory, this.#room);
    this.#count = 0;
    this.#room = 0;
  }
}
