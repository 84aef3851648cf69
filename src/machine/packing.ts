// SPDX-License-Identifier: GPL-2.0-only
// Owns the packed form of a state: a few 32-bit words, in which each variable takes the bits that the values seen so
// far need. The widths are learnt from the values themselves, so packing is exact for every value there is.

import { must } from '../base/assert.ts';
import type { Num, Program } from '../lang/program.ts';

/** Some bits of a slot's code: `(words[word] >>> shift) & mask` are those from bit `low` on. */
export interface Piece {
  readonly word: number;
  readonly shift: number;
  readonly mask: number;
  readonly low: number;
}

/** Where a slot stands in the words: most have one piece; those that grew late have more. */
export interface Field extends Piece {
  /** Codes below this fit. */
  readonly capacity: number;
  readonly more: readonly Piece[];
}

/** Small whole numbers find their code by indexing. */
const DIRECT = 64;

/**
 * Packs the vectors of one Program. Each slot has a dictionary: its values numbered in the order in which they were
 * first packed. A variable that never changes takes no bit, a bool one, and pointers, stale bits, UNINIT and bigints
 * need no case of their own. When a value is new to a slot and its field too narrow, `pack` and `patch` say false;
 * then `extend` or, without room for that, `widen` must be called before packing again.
 */
export class Packing {
  /** Slots of the vector that can change: all but constants and the scratch of invariants. */
  readonly slots: readonly number[];
  /** 32-bit words of a packed state. */
  words = 1;
  /** Changes whenever the layout or a dictionary does. */
  version = 0;
  /** Changes whenever the layout does. */
  layout = 0;
  /** By slot of the vector: values by code. undefined for slots that are not packed. */
  readonly #values: (Num[] | undefined)[] = [];
  readonly #codes: Map<Num, number>[] = [];
  readonly #direct: Int32Array;
  #fields: (Field | undefined)[] = [];
  /** Whether the four below are those of the fields. */
  #isLookedThrough = false;
  /** Slots with more than one value; of each the word, shift and mask of its first piece, and its dictionary. */
  #varying = new Int32Array();
  #pieces = new Int32Array();
  #dictionaries: readonly (readonly Num[])[] = [];
  /** Those of them that have more than one piece. */
  #split: readonly number[] = [];
  /** Free bits of each word, at its upper end. */
  #room: number[] = [];

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
      if (code >= field.capacity) {
        fits = false;
        continue;
      }
      put(field, code, words, at);
      for (const piece of field.more) put(piece, code, words, at);
    }
    return fits;
  }

  /**
   * Makes the vector, which must hold some state of this Program, hold the one in words[at..]. The inverse of `pack`.
   * Slots that have had one value only are not touched: they hold it in every state.
   */
  unpack(words: Int32Array, at: number, vector: Num[]): void {
    if (!this.#isLookedThrough) this.#lookThrough();
    const varying = this.#varying;
    const pieces = this.#pieces;
    const dictionaries = this.#dictionaries;
    for (let i = 0; i < varying.length; i += 1) {
      const word = words[at + pieces[3 * i]!]!;
      vector[varying[i]!] = dictionaries[i]![(word >>> pieces[3 * i + 1]!) & pieces[3 * i + 2]!]!;
    }
    for (const slot of this.#split) {
      vector[slot] = this.#values[slot]![this.#codeIn(this.#fields[slot]!, words, at)]!;
    }
  }

  /**
   * Makes room for all values met so far in bits that are free, which are 0 in all states packed before: these stay
   * as they are. false: there are not enough, and nothing was done.
   */
  extend(): boolean {
    const room = [...this.#room];
    const fields = [...this.#fields];
    for (const slot of this.slots) {
      let field = fields[slot]!;
      while (field.capacity < this.#values[slot]!.length) {
        const word = room.findIndex((free) => free > 0);
        if (word < 0) return false;
        const piece = { word, shift: 32 - room[word]!, mask: 1, low: Math.log2(field.capacity) };
        field = { ...field, capacity: 2 * field.capacity, more: [...field.more, piece] };
        room[word]! -= 1;
      }
      fields[slot] = field;
    }
    this.#adopt(fields, room);
    return true;
  }

  /**
   * Makes room for all values met so far by a new layout, with `spare` bits left free. Gives the function that moves a
   * state from the layout before to the new one: from[at..] to to[at2..].
   */
  widen(spare = 0): (from: Int32Array, at: number, to: Int32Array, at2: number) => void {
    const before = this.#fields;
    this.#layOut(spare);
    const after = this.#fields;
    const { words } = this;
    // Fields that had no bits held code 0, which is what they hold now.
    const moved = this.slots.filter((slot) => (before[slot]?.capacity ?? 1) > 1);
    const pieces = moved.flatMap((slot) => overlaps(before[slot]!, after[slot]!));
    return mover(
      pieces,
      before.reduce((most, field) => Math.max(most, wordsOf(field)), 0),
      words,
    );
  }

  /** Where a slot stands in the words, and its values by code; undefined for slots that are not packed. Valid for one `version`. */
  slot(slot: number): { readonly field: Field; readonly values: readonly Num[] } | undefined {
    const field = this.#fields[slot];
    const values = this.#values[slot];
    return field === undefined || values === undefined ? undefined : { field, values };
  }

  /** Bits of a packed state that are in use. */
  get bits(): number {
    return this.slots.reduce(
      (sum, slot) => sum + bitsFor(must(this.#values[slot], 'a dictionary').length),
      0,
    );
  }

  #codeIn(field: Field, words: Int32Array, at: number): number {
    let code = (words[at + field.word]! >>> field.shift) & field.mask;
    for (const { word, shift, mask, low } of field.more)
      code |= ((words[at + word]! >>> shift) & mask) << low;
    return code;
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
    this.version += 1;
    if (typeof value === 'number' && value >= 0 && value < DIRECT) this.#direct[slot * DIRECT + value] = code;
    return code;
  }

  /** Widest fields first, each into the first word with room: no piece straddles two words. */
  #layOut(spare: number): void {
    const width = (slot: number): number => bitsFor(this.#values[slot]!.length);
    const room: number[] = [32];
    const fields: (Field | undefined)[] = [];
    for (const slot of this.slots.toSorted((a, b) => width(b) - width(a) || a - b)) {
      const bits = width(slot);
      let word = room.findIndex((free) => free >= bits);
      if (word < 0) word = room.push(32) - 1;
      const free = room[word]!;
      const mask = 2 ** bits - 1;
      fields[slot] = { word, shift: bits === 0 ? 0 : 32 - free, mask, low: 0, capacity: mask + 1, more: [] };
      room[word] = free - bits;
    }
    if (room.reduce((sum, free) => sum + free) < spare) room.push(32);
    this.#adopt(fields, room);
  }

  #adopt(fields: (Field | undefined)[], room: number[]): void {
    this.version += 1;
    this.layout += 1;
    this.#fields = fields;
    this.#room = room;
    this.words = room.length;
    this.#isLookedThrough = false;
  }

  /** Notes what `unpack` needs to know of the layout: only when it is asked, for not every layout is unpacked from. */
  #lookThrough(): void {
    const fields = this.#fields;
    const varying = this.slots.filter((slot) => fields[slot]!.capacity > 1);
    this.#varying = Int32Array.from(varying);
    this.#pieces = Int32Array.from(
      varying.map((slot) => fields[slot]!).flatMap((f) => [f.word, f.shift, f.mask]),
    );
    this.#dictionaries = varying.map((slot) => this.#values[slot]!);
    this.#split = this.slots.filter((slot) => fields[slot]!.more.length > 0);
    this.#isLookedThrough = true;
  }
}

/** Writes the bits of `code` that belong into this piece. */
function put({ word, shift, mask, low }: Piece, code: number, words: Int32Array, at: number): void {
  const place = at + word;
  words[place] = (words[place]! & ~(mask << shift)) | (((code >> low) & mask) << shift);
}

/** Words that a field reaches into. */
function wordsOf(field: Field | undefined): number {
  return field === undefined ? 0 : 1 + Math.max(field.word, ...field.more.map(({ word }) => word));
}

/**
 * Moves states from one layout to another by these pieces. States that come one after the other have most bits in
 * common: only what differs is moved, into a copy of the one before.
 */
function mover(
  pieces: readonly Overlap[],
  wordsBefore: number,
  wordsAfter: number,
): (from: Int32Array, at: number, to: Int32Array, at2: number) => void {
  const last = new Int32Array(wordsBefore);
  const moved = new Int32Array(wordsAfter);
  const pieceAt = new Int32Array(32 * wordsBefore).fill(-1);
  const column = (key: keyof Overlap): Int32Array => Int32Array.from(pieces, (piece) => piece[key]);
  const [shift, mask, toWord, toShift] = [
    column('shift'),
    column('mask'),
    column('toWord'),
    column('toShift'),
  ];
  pieces.forEach((piece, i) => {
    for (let bit = 0; bit < 32; bit += 1)
      if (((piece.mask << piece.shift) >>> bit) & 1) pieceAt[32 * piece.word + bit] = i;
  });
  return (from, at, to, at2) => {
    for (let word = 0; word < wordsBefore; word += 1) {
      const changes = from[at + word]! ^ last[word]!;
      last[word] = from[at + word]!;
      for (let left = changes; left !== 0;) {
        const i = pieceAt[32 * word + 31 - Math.clz32(left)]!;
        moved[toWord[i]!]! ^= ((changes >>> shift[i]!) & mask[i]!) << toShift[i]!;
        left &= ~(mask[i]! << shift[i]!);
      }
    }
    for (let word = 0; word < wordsAfter; word += 1) to[at2 + word] = moved[word]!;
  };
}

/** Some bits of one layout, and where they stand in another. */
interface Overlap {
  readonly word: number;
  readonly shift: number;
  readonly mask: number;
  readonly toWord: number;
  readonly toShift: number;
}

/** The pieces to be copied to move a code from one field to another. */
function overlaps(before: Field, after: Field): readonly Overlap[] {
  const widthOf = ({ mask }: Piece): number => 32 - Math.clz32(mask);
  return [before, ...before.more].flatMap((old) =>
    [after, ...after.more].flatMap((now) => {
      const low = Math.max(old.low, now.low);
      const high = Math.min(old.low + widthOf(old), now.low + widthOf(now));
      if (high <= low) return [];
      const shift = old.shift + low - old.low;
      const mask = 2 ** (high - low) - 1;
      return [{ word: old.word, shift, mask, toWord: now.word, toShift: now.shift + low - now.low }];
    }),
  );
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
