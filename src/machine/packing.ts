// SPDX-License-Identifier: GPL-2.0-only
// Owns the packed form of a state: a few 32-bit words, in which each variable takes the bits that the values seen so
// far need. The widths are learnt from the values themselves, so packing is exact for every value there is.

import { must } from '../base/assert.ts';
import type { Num, Program } from '../lang/program.ts';

/** Where one slot of the vector stands in the words: `(words[word] >>> shift) & mask` is its code. */
interface Field {
  readonly word: number;
  readonly shift: number;
  readonly mask: number;
}

/** Small whole numbers find their code by indexing. */
const DIRECT = 64;

/**
 * Packs the vectors of one Program. Each slot has a dictionary: its values numbered in the order in which they were
 * first packed. A variable that never changes takes no bit, a bool one, and pointers, stale bits, UNINIT and bigints
 * need no case of their own. A value that is new to a slot may need a wider field: then `pack` and `patch` say false, and after
 * `widen` all states packed before must be moved to the new layout.
 */
export class Packing {
  /** Slots of the vector that can change: all but constants and the scratch of invariants. */
  readonly slots: readonly number[];
  /** 32-bit words of a packed state. */
  words = 1;
  /** By slot of the vector: values by code. undefined for slots that are not packed. */
  readonly #values: (Num[] | undefined)[] = [];
  readonly #codes: Map<Num, number>[] = [];
  readonly #direct: Int32Array;
  #fields: (Field | undefined)[] = [];

  /** `start` is the vector of any state: the first value of each slot. */
  constructor(program: Program, start: readonly Num[]) {
    this.slots = changingSlots(program);
    this.#direct = new Int32Array(start.length * DIRECT).fill(-1);
    for (const slot of this.slots) {
      this.#values[slot] = [];
      this.#codes[slot] = new Map();
      this.#learn(slot, start[slot]!);
    }
    this.widen();
  }

  /** Packs the whole vector into words[at..]. false: a field is too narrow; nothing useful was written. */
  pack(vector: readonly Num[], words: Int32Array, at: number): boolean {
    words.fill(0, at, at + this.words);
    return this.patch(this.slots, this.slots.length, vector, words, at);
  }

  /**
   * Brings words[at..], the packing of an earlier vector, up to date in the first `count` slots listed in `changed`.
   * false: a field is too narrow; the words are then worthless. Cost: `count`.
   */
  patch(
    changed: readonly number[],
    count: number,
    vector: readonly Num[],
    words: Int32Array,
    at: number,
  ): boolean {
    const fields = this.#fields;
    let fits = true;
    for (let i = 0; i < count; i += 1) {
      const slot = changed[i]!;
      const field = fields[slot];
      if (field === undefined) continue; // scratch
      const code = this.#codeOf(slot, vector[slot]!);
      if (code > field.mask) {
        fits = false;
        continue;
      }
      const word = at + field.word;
      words[word] = (words[word]! & ~(field.mask << field.shift)) | (code << field.shift);
    }
    return fits;
  }

  /** Writes the packed slots of a state back into the vector; the inverse of `pack`. */
  unpack(words: Int32Array, at: number, vector: Num[]): void {
    const { slots } = this;
    const fields = this.#fields;
    const values = this.#values;
    for (let i = 0; i < slots.length; i += 1) {
      const slot = slots[i]!;
      const { word, shift, mask } = fields[slot]!;
      vector[slot] = values[slot]![(words[at + word]! >>> shift) & mask]!;
    }
  }

  /**
   * Makes room for all values met so far. Gives the function that moves a state from the layout before to the new
   * one: from[at..] to to[at2..]. Fields that had no bits held code 0, which is what they hold then.
   */
  widen(): (from: Int32Array, at: number, to: Int32Array, at2: number) => void {
    const before = this.#fields;
    this.#layOut();
    const after = this.#fields;
    const words = this.words;
    const moves = this.slots.flatMap((slot) => {
      const old = before[slot];
      return old === undefined || old.mask === 0 ? [] : [{ old, now: after[slot]! }];
    });
    return (from, at, to, at2) => {
      to.fill(0, at2, at2 + words);
      for (const { old, now } of moves) {
        to[at2 + now.word]! |= ((from[at + old.word]! >>> old.shift) & old.mask) << now.shift;
      }
    };
  }

  /** Bits of a packed state that are in use. */
  get bits(): number {
    return this.slots.reduce(
      (sum, slot) => sum + bitsFor(must(this.#values[slot], 'a dictionary').length),
      0,
    );
  }

  #codeOf(slot: number, value: Num): number {
    if (typeof value === 'number' && value >= 0 && value < DIRECT) {
      const code = this.#direct[slot * DIRECT + value]!;
      if (code >= 0) return code;
    }
    return this.#codes[slot]!.get(value) ?? this.#learn(slot, value);
  }

  #learn(slot: number, value: Num): number {
    const code = this.#values[slot]!.push(value) - 1;
    this.#codes[slot]!.set(value, code);
    if (typeof value === 'number' && value >= 0 && value < DIRECT) this.#direct[slot * DIRECT + value] = code;
    return code;
  }

  /** Widest fields first, each into the first word with room: no field straddles two words. */
  #layOut(): void {
    const width = (slot: number): number => bitsFor(this.#values[slot]!.length);
    const room: number[] = [32];
    const fields: (Field | undefined)[] = [];
    for (const slot of this.slots.toSorted((a, b) => width(b) - width(a) || a - b)) {
      const bits = width(slot);
      let word = room.findIndex((free) => free >= bits);
      if (word < 0) word = room.push(32) - 1;
      const free = room[word]!;
      fields[slot] = { word, shift: bits === 0 ? 0 : 32 - free, mask: 2 ** bits - 1 };
      room[word] = free - bits;
    }
    this.words = room.length;
    this.#fields = fields;
  }
}

/** Bits that tell `count` values apart. */
function bitsFor(count: number): number {
  return 32 - Math.clz32(count - 1);
}

/** A constant that a free can turn stale is packed like any other cell. */
function changingSlots(program: Program): readonly number[] {
  const canTurnStale = new Set(
    program.threads.flatMap(({ code }) =>
      code.flatMap(({ edges }) =>
        edges.flatMap((edge) => edge.do.flatMap((a) => ('stale' in a ? a.vars : []))),
      ),
    ),
  );
  const vars = program.vars.flatMap(({ constant, thread }, id) =>
    thread === -1 || (constant && !canTurnStale.has(id)) ? [] : [id],
  );
  return [...vars, ...program.threads.map((_, thread) => program.vars.length + thread)];
}
