// SPDX-License-Identifier: GPL-2.0-only
// Owns layout and dictionaries of the packing as tables in memory, and follows them when they change.

import type { Num } from '../../lang/program.ts';
import type { Field, Packing, Piece } from '../../machine/packing.ts';
import type { Arena } from '../arena.ts';
import {
  BIT,
  BIT_SHIFT,
  CODE_SHIFT,
  FACTOR,
  keptBytes,
  MOST_KEPT,
  PIECE,
  PIECE_BYTES,
  SLOT,
  SLOT_SHIFT,
  type PackedPlaces,
} from './packing-code.ts';
import type { Values64 } from './values.ts';

interface Block {
  readonly at: number;
  readonly size: number;
}

/** The values of one slot in memory: by code, and the table from values to codes. Places are in words. */
interface Dictionary {
  known: number;
  values: number;
  room: number;
  codes: number;
  /** A power of two. */
  size: number;
}

export class PackingTables {
  readonly #packing: Packing;
  readonly #arena: Arena;
  readonly #values: Values64;
  readonly #dictionaries: Dictionary[] = [];
  /** Blocks of the layout, to be given back with the next. */
  #blocks: Block[] = [];
  /** By slot: the field that its record tells of, and where the pieces of that stand. */
  #fields: (Field | undefined)[] = [];
  readonly #pieces: Block[] = [];
  #layout = -1;
  #version = -1;
  #places: PackedPlaces;

  /** `slots`: how long the vector is. */
  constructor(packing: Packing, arena: Arena, values: Values64, slots: number, mostChanges: number) {
    this.#packing = packing;
    this.#arena = arena;
    this.#values = values;
    const records = arena.allocate(slots << (SLOT_SHIFT - 2));
    for (let slot = 0; slot < slots; slot += 1) arena.words[records + (slot << (SLOT_SHIFT - 2))] = -1;
    this.#places = {
      vector: 4 * arena.allocate(2 * slots),
      base: 4 * arena.allocate(2 * slots),
      changed: 4 * arena.allocate(mostChanges),
      slots: 4 * records,
      width: 0,
      loaded: 0,
      kept: 0,
      bits: 0,
    };
  }

  /** Addresses; the last four are others when `refresh` says so. */
  get places(): PackedPlaces {
    return this.#places;
  }

  /** Follows the packing; the loaded state now stands in words[at..]; null: it is all zeros. true: the width has changed, and places with it. */
  refresh(at: number | null): boolean {
    const packing = this.#packing;
    if (packing.version === this.#version) return false;
    this.#version = packing.version;
    for (const slot of packing.slots) this.#learn(slot, packing.slot(slot)!.values);
    if (packing.layout === this.#layout) return false;
    this.#layout = packing.layout;
    const isOther = packing.words !== this.#places.width;
    if (isOther) this.#move(packing.words);
    this.#layOut();
    if (at !== null) this.#arena.words.copyWithin(this.#places.loaded >>> 2, at, at + packing.words);
    return isOther;
  }

  #move(width: number): void {
    const arena = this.#arena;
    for (const { at, size } of this.#blocks) arena.free(at, size);
    this.#blocks = [];
    this.#fields = [];
    const block = (size: number): number => {
      const at = arena.allocate(size);
      this.#blocks.push({ at, size });
      return 4 * at;
    };
    this.#places = {
      ...this.#places,
      width,
      loaded: block(width),
      kept: block(((MOST_KEPT + 1) * keptBytes(width)) >> 2),
      bits: block((32 * width) << (BIT_SHIFT - 2)),
    };
  }

  #layOut(): void {
    const packing = this.#packing;
    const { slots } = this.#places;
    for (const slot of packing.slots) {
      const { field } = packing.slot(slot)!;
      if (this.#fields[slot] === field) continue;
      this.#fields[slot] = field;
      const record = (slots >>> 2) + (slot << (SLOT_SHIFT - 2));
      const put = (offset: number, value: number): void => {
        this.#arena.words[record + (offset >> 2)] = value;
      };
      put(SLOT.word, 4 * field.word);
      put(SLOT.shift, field.shift);
      put(SLOT.mask, field.mask);
      put(SLOT.clear, ~(field.mask << field.shift));
      const size = (field.more.length * PIECE_BYTES) >> 2;
      const more = size === 0 ? 0 : this.#arena.allocate(size);
      const before = this.#pieces[slot];
      if (before !== undefined) this.#arena.free(before.at, before.size);
      this.#pieces[slot] = { at: more, size };
      const { words } = this.#arena;
      field.more.forEach((piece, i) => {
        const at = more + ((i * PIECE_BYTES) >> 2);
        words[at + (PIECE.word >> 2)] = 4 * piece.word;
        words[at + (PIECE.shift >> 2)] = piece.shift;
        words[at + (PIECE.mask >> 2)] = piece.mask;
        words[at + (PIECE.low >> 2)] = piece.low;
        words[at + (PIECE.clear >> 2)] = ~(piece.mask << piece.shift);
      });
      put(SLOT.more, 4 * more);
      put(SLOT.moreEnd, 4 * more + field.more.length * PIECE_BYTES);
      this.#eachBit(field, (at, { shift, mask }) => {
        words[at + (BIT.slot >> 2)] = 8 * slot;
        words[at + (BIT.clear >> 2)] = ~(mask << shift);
        words[at + (BIT.shift >> 2)] = shift;
        words[at + (BIT.mask >> 2)] = mask;
      });
      this.#notePlaces(slot);
    }
  }

  /** Enters the places of a slot's dictionary where they are looked for. */
  #notePlaces(slot: number): void {
    const { words } = this.#arena;
    const { values, codes, size } = this.#dictionaries[slot]!;
    const record = (this.#places.slots >>> 2) + (slot << (SLOT_SHIFT - 2));
    words[record + (SLOT.values >> 2)] = 4 * values;
    words[record + (SLOT.codes >> 2)] = 4 * codes;
    words[record + (SLOT.codesShift >> 2)] = 1 + Math.clz32(size);
    words[record + (SLOT.codesMask >> 2)] = size - 1;
    const { field } = this.#packing.slot(slot)!;
    const place = field.more.length > 0 ? 0 : 4 * values;
    this.#eachBit(field, (at) => (words[at + (BIT.values >> 2)] = place));
  }

  /** Visits the records of all bits of a field. */
  #eachBit(field: Field, visit: (at: number, piece: Piece) => void): void {
    for (const piece of [field, ...field.more]) {
      for (let bits = piece.mask << piece.shift; bits !== 0; bits &= bits - 1) {
        const bit = 32 * piece.word + 31 - Math.clz32(bits & -bits);
        visit((this.#places.bits >>> 2) + (bit << (BIT_SHIFT - 2)), piece);
      }
    }
  }

  #learn(slot: number, values: readonly Num[]): void {
    let dictionary = this.#dictionaries[slot];
    if (dictionary?.known === values.length) return;
    dictionary ??= this.#dictionaries[slot] = { known: 0, values: 0, room: 0, codes: 0, size: 2 };
    const arena = this.#arena;
    let hasMoved = false;
    if (values.length > dictionary.room) {
      const room = Math.max(2, 2 ** Math.ceil(Math.log2(values.length)));
      const [at, codes] = [arena.allocate(2 * room), arena.allocate((2 * room) << (CODE_SHIFT - 2))];
      arena.free(dictionary.values, 2 * dictionary.room);
      arena.free(dictionary.codes, (2 * dictionary.room) << (CODE_SHIFT - 2));
      Object.assign(dictionary, { known: 0, values: at, room, codes, size: 2 * room });
      hasMoved = true;
    }
    for (let code = dictionary.known; code < values.length; code += 1) {
      const value = this.#values.of(values[code]!);
      const low = Number(BigInt.asIntN(32, value));
      const high = Number(value >> 32n);
      const { words } = arena;
      words[dictionary.values + 2 * code] = low;
      words[dictionary.values + 2 * code + 1] = high;
      const mask = dictionary.size - 1;
      let place = Math.imul(low, FACTOR) >>> (1 + Math.clz32(dictionary.size));
      const entry = (): number => dictionary.codes + (place << (CODE_SHIFT - 2));
      while (words[entry() + 2] !== 0) place = (place + 1) & mask;
      words[entry()] = low;
      words[entry() + 1] = high;
      words[entry() + 2] = code + 1;
    }
    dictionary.known = values.length;
    if (hasMoved && this.#packing.layout === this.#layout) this.#notePlaces(slot);
  }
}
