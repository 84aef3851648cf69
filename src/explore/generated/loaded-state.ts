// SPDX-License-Identifier: GPL-2.0-only
// Owns the state that generated code works on: the vector in doubles, brought from one packed state to the next by the
// bits that differ, and packed again by the slots that a step has changed.

import { END, type Num } from '../../lang/program.ts';
import type { Packing, Piece } from '../../machine/packing.ts';

/** Bigints stand for themselves as multiples of this: no double that C computes, and UNINIT is less. */
const BIG = 2 ** 61;

export class LoadedState {
  /** What the code reads and writes, by slot. */
  readonly vector: Float64Array;
  /** The slots that it has written, in order. */
  readonly changed: Int32Array;
  /** The packed form of the state after a step: what `pack` fills. */
  packed = new Int32Array(0);
  readonly #packing: Packing;
  /** The vector of the loaded state. */
  readonly #base: Float64Array;
  /** The loaded state as it stands in the store. */
  #words = new Int32Array(0);
  /** By slot: its first piece; where its values begin in `#values`, and how many there are; -1: not packed. */
  readonly #word: Int32Array;
  readonly #shift: Int32Array;
  readonly #mask: Int32Array;
  readonly #first: Int32Array;
  readonly #count: Int32Array;
  readonly #more: (readonly Piece[])[];
  /** By slot: 1 when it has more than one piece. */
  readonly #isSplit: Uint8Array;
  #values = new Float64Array(0);
  /** By bit of a packed state: the slot it belongs to, and all bits of that piece in the word. */
  #slotAt = new Int32Array(0);
  #pieceAt = new Int32Array(0);
  /** By pc + 1, for each slot from `#pcs` on: its code, or -1. */
  readonly #pcs: number;
  readonly #pcCodes: Int32Array[];
  readonly #bigints: bigint[] = [];
  readonly #bigintCodes = new Map<bigint, number>();
  #version = -1;

  /** `start` is the vector of any state; `pcs` the slot of the first thread's pc, of `longest` nodes at most. */
  constructor(packing: Packing, start: readonly Num[], pcs: number, longest: number, mostWrites: number) {
    const slots = start.length;
    this.#packing = packing;
    this.vector = Float64Array.from(start, (value) => this.#toDouble(value));
    this.#base = this.vector.slice();
    this.changed = new Int32Array(mostWrites);
    this.#word = new Int32Array(slots);
    this.#shift = new Int32Array(slots);
    this.#mask = new Int32Array(slots);
    this.#first = new Int32Array(slots);
    this.#count = new Int32Array(slots).fill(-1);
    this.#more = start.map(() => []);
    this.#isSplit = new Uint8Array(slots);
    this.#pcs = pcs;
    this.#pcCodes = start.slice(pcs).map(() => new Int32Array(longest + 1));
    // The state of all zero bits has the first value of each slot.
    for (const slot of packing.slots) {
      const value = packing.slot(slot)?.values[0];
      if (value !== undefined) this.vector[slot] = this.#base[slot] = this.#toDouble(value);
    }
    this.refresh(new Int32Array(packing.words), 0);
  }

  /** Loads the state packed in words[at..]. Cost: the slots that differ from the state loaded before. */
  load(words: Int32Array, at: number): void {
    const loaded = this.#words;
    for (let word = 0; word < loaded.length; word += 1) {
      let difference = words[at + word]! ^ loaded[word]!;
      loaded[word] = words[at + word]!;
      while (difference !== 0) {
        const bit = 32 * word + 31 - Math.clz32(difference);
        difference &= ~this.#pieceAt[bit]!;
        const slot = this.#slotAt[bit]!;
        const value = this.#values[this.#first[slot]! + this.#codeIn(slot, words, at)]!;
        this.vector[slot] = value;
        this.#base[slot] = value;
      }
    }
  }

  /** Takes back the first `count` changes. */
  undo(count: number): void {
    const { changed, vector } = this;
    const base = this.#base;
    for (let i = 0; i < count; i += 1) vector[changed[i]!] = base[changed[i]!]!;
  }

  /** Takes back all there may be. */
  reset(): void {
    this.vector.set(this.#base);
  }

  /** Packs the vector, in which `count` changes were made, into `packed`. false: it holds a value never packed before. */
  pack(count: number): boolean {
    const { packed, changed, vector } = this;
    const base = this.#base;
    const loaded = this.#words;
    for (let i = 0; i < loaded.length; i += 1) packed[i] = loaded[i]!;
    for (let i = 0; i < count; i += 1) {
      const slot = changed[i]!;
      const value = vector[slot]!;
      if (value === base[slot] || this.#count[slot] === -1) continue;
      const code = this.#codeOf(slot, value);
      if (code < 0) return false;
      const word = this.#word[slot]!;
      const shift = this.#shift[slot]!;
      const mask = this.#mask[slot]!;
      packed[word] = (packed[word]! & ~(mask << shift)) | ((code & mask) << shift);
      if (this.#isSplit[slot] === 1) putMore(this.#more[slot]!, code, packed);
    }
    return true;
  }

  /** Copies the vector to that of a machine. */
  copyTo(vector: Num[]): void {
    for (let slot = 0; slot < vector.length; slot += 1) vector[slot] = this.#toNum(this.vector[slot]!);
  }

  /** The loaded state now stands in words[at..]: follows what has become of layout and dictionaries. */
  refresh(words: Int32Array, at: number): void {
    const packing = this.#packing;
    if (packing.version === this.#version) return;
    this.#version = packing.version;
    this.#words = words.slice(at, at + packing.words);
    this.packed = new Int32Array(packing.words);
    this.#slotAt = new Int32Array(32 * packing.words).fill(-1);
    this.#pieceAt = new Int32Array(32 * packing.words);
    const values: number[] = [];
    for (const slot of packing.slots) {
      const { field, values: known } = packing.slot(slot)!;
      this.#word[slot] = field.word;
      this.#shift[slot] = field.shift;
      this.#mask[slot] = field.mask;
      this.#more[slot] = field.more;
      this.#isSplit[slot] = field.more.length > 0 ? 1 : 0;
      this.#first[slot] = values.length;
      this.#count[slot] = known.length;
      for (const value of known) values.push(this.#toDouble(value));
      for (const piece of [field, ...field.more]) this.#notePiece(slot, piece);
      if (slot >= this.#pcs) this.#notePcs(this.#pcCodes[slot - this.#pcs]!, known);
    }
    this.#values = Float64Array.from(values);
  }

  #notePiece(slot: number, { word, shift, mask }: Piece): void {
    for (let bit = 0; bit < 32; bit += 1) {
      if (((mask << shift) & (1 << bit)) === 0) continue;
      this.#slotAt[32 * word + bit] = slot;
      this.#pieceAt[32 * word + bit] = mask << shift;
    }
  }

  #notePcs(codes: Int32Array, known: readonly Num[]): void {
    codes.fill(-1);
    known.forEach((pc, code) => (codes[(pc as number) - END] = code));
  }

  #codeIn(slot: number, words: Int32Array, at: number): number {
    let code = (words[at + this.#word[slot]!]! >>> this.#shift[slot]!) & this.#mask[slot]!;
    if (this.#isSplit[slot] === 0) return code;
    for (const { word, shift, mask, low } of this.#more[slot]!)
      code |= ((words[at + word]! >>> shift) & mask) << low;
    return code;
  }

  /** -1: the value is new to the slot. */
  #codeOf(slot: number, value: number): number {
    if (slot >= this.#pcs) return this.#pcCodes[slot - this.#pcs]![value - END]!;
    const values = this.#values;
    const first = this.#first[slot]!;
    const count = this.#count[slot]!;
    if (value >= 0 && value < count && values[first + value] === value) return value;
    for (let code = 0; code < count; code += 1) if (values[first + code] === value) return code;
    return -1;
  }

  #toDouble(value: Num): number {
    if (typeof value === 'number') return value;
    const known = this.#bigintCodes.get(value);
    if (known !== undefined) return known;
    const code = BIG * this.#bigints.push(value);
    this.#bigintCodes.set(value, code);
    return code;
  }

  #toNum(value: number): Num {
    return value < BIG ? value : this.#bigints[value / BIG - 1]!;
  }
}

function putMore(more: readonly Piece[], code: number, words: Int32Array): void {
  for (const { word, shift, mask, low } of more)
    words[word] = (words[word]! & ~(mask << shift)) | (((code >> low) & mask) << shift);
}
