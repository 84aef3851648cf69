// SPDX-License-Identifier: GPL-2.0-only
// Owns the code that goes from packed states to the vector and back, by the tables of packing-tables.ts: from one state
// to the next by the bits that differ, and back by the slots that a step has changed.

import * as w from './instructions.ts';
import { I32, I64, type Code } from './instructions.ts';
import { FunctionWriter } from './module.ts';

export interface PackedPlaces {
  /** The vector after a step, and that of the loaded state. */
  readonly vector: number;
  readonly base: number;
  /** Slots that a step has written: 32 bits each. */
  readonly changed: number;
  /** Words of a state. */
  readonly width: number;
  /** The loaded state as it stands in the store. */
  readonly loaded: number;
  /** MOST_KEPT + 1 records of states that a step has led to, `keptBytes` each. */
  readonly kept: number;
  /** A record for each slot, and for each bit of a state. */
  readonly slots: number;
  readonly bits: number;
}

/** A slot's record, in bytes. Word: its offset in a state, -1 when the slot is not packed. More: see MORE_BYTES. */
export const SLOT = {
  word: 0, shift: 4, clear: 8, mask: 12, codes: 16, codesShift: 20, codesMask: 24, more: 28, values: 32, moreEnd: 36,
} as const; // prettier-ignore
export const SLOT_SHIFT = 6;

/** An entry of a slot's table of codes: the value, then its code plus 1; 0 is free. */
export const CODE_SHIFT = 4;
export const FACTOR = 0x9e3779b1;

/** The pieces of a field but the first, one after the other. */
export const PIECE = { word: 0, shift: 4, mask: 8, low: 12, clear: 16 } as const;
export const PIECE_BYTES = 20;

/** The record of a state after a step: its hash, the label of the edge, a word that nobody reads, its words. */
export const KEPT = { hash: 0, label: 4, touched: 8, state: 16 } as const;
export const MOST_KEPT = 32;

export function keptBytes(width: number): number {
  return KEPT.state + 4 * (width + (width & 1));
}

/** A bit's record: the offset of its slot in the vector; for the piece it belongs to what is left of a word without it. */
export const BIT = { slot: 0, clear: 4, shift: 8, mask: 12, values: 16 } as const;
export const BIT_SHIFT = 5;

/** (address of a packed state) -> 0: makes it the loaded one. Cost: the slots that differ from the one loaded before. */
export function loadFunction(places: PackedPlaces): FunctionWriter {
  const { vector, base, width, loaded, slots, bits } = places;
  const fn = new FunctionWriter([I32], [I32]);
  const at = 0;
  const { now, difference, bit, code, slot, piece, end } = fn.locals(
    I32,
    'now',
    'difference',
    'bit',
    'code',
    'slot',
    'piece',
    'end',
  );
  const value = fn.local(I64);
  const nextPiece = w.newLabel();
  const inPieces: Code = [
    w.set(slot, w.add(w.shiftLeft(w.load32(w.get(bit), BIT.slot), w.int(SLOT_SHIFT - 3)), w.int(slots))),
    w.set(piece, w.load32(w.get(slot), SLOT.more)),
    w.set(end, w.load32(w.get(slot), SLOT.moreEnd)),
    w.set(code, codeAt(w.load32(w.add(w.get(at), w.load32(w.get(slot), SLOT.word))), w.get(slot), SLOT)),
    w.loop(
      nextPiece,
      w.when(w.differ(w.get(piece), w.get(end)), [
        w.set(
          code,
          w.or(
            w.get(code),
            w.shiftLeft(
              codeAt(w.load32(w.add(w.get(at), w.load32(w.get(piece), PIECE.word))), w.get(piece), PIECE),
              w.load32(w.get(piece), PIECE.low),
            ),
          ),
        ),
        w.set(piece, w.add(w.get(piece), w.int(PIECE_BYTES))),
        w.jump(nextPiece),
      ]),
    ),
    w.set(value, w.load64(w.add(w.load32(w.get(slot), SLOT.values), w.shiftLeft(w.get(code), w.int(3))))),
  ];
  const inOne: Code = w.set(
    value,
    w.load64(w.add(w.get(code), w.shiftLeft(codeAt(w.get(now), w.get(bit), BIT), w.int(3)))),
  );
  const words = Array.from({ length: width }, (_, word) => {
    const nextBit = w.newLabel();
    const highest = w.sub(w.int(31), w.leadingZeros(w.get(difference)));
    return [
      w.set(now, w.load32(w.get(at), 4 * word)),
      w.set(difference, w.xor(w.get(now), w.load32(w.int(0), loaded + 4 * word))),
      w.when(w.get(difference), [
        w.store32(w.int(0), loaded + 4 * word, w.get(now)),
        w.loop(nextBit, [
          w.set(bit, w.add(w.shiftLeft(highest, w.int(BIT_SHIFT)), w.int(bits + ((32 * word) << BIT_SHIFT)))),
          w.when(w.tee(code, w.load32(w.get(bit), BIT.values)), inOne, inPieces),
          w.store64(w.load32(w.get(bit), BIT.slot), vector, w.get(value)),
          w.store64(w.load32(w.get(bit), BIT.slot), base, w.get(value)),
          w.set(difference, w.and(w.get(difference), w.load32(w.get(bit), BIT.clear))),
          w.jumpIf(w.get(difference), nextBit),
        ]),
      ]),
    ];
  });
  fn.body = [words, w.int(0)];
  return fn;
}

/** The bits of a code in a word. */
function codeAt(word: Code, record: Code, at: { readonly shift: number; readonly mask: number }): Code {
  return w.and(w.shiftRightUnsigned(word, w.load32(record, at.shift)), w.load32(record, at.mask));
}

/** (bytes of the list of changes, a record) -> 1, or 0 when the vector holds a value never packed before: fills in the words. */
export function packFunction(places: PackedPlaces): FunctionWriter {
  const { vector, base, changed, width, loaded, slots } = places;
  const fn = new FunctionWriter([I32, I32], [I32]);
  const [bytes, record] = [0, 1];
  const { i, slot, code, at, entry, piece, end } = fn.locals(
    I32,
    'i',
    'slot',
    'code',
    'at',
    'entry',
    'piece',
    'end',
  );
  const value = fn.local(I64);
  const [next, skip, probe, found, nextPiece] = Array.from({ length: 5 }, () => w.newLabel()) as [
    symbol, symbol, symbol, symbol, symbol,
  ]; // prettier-ignore
  const copy: Code[] = [];
  for (let word = 0; word < width; word += 2) {
    const [load, store] = word + 1 < width ? [w.load64, w.store64] : [w.load32, w.store32];
    copy.push(store(w.get(record), KEPT.state + 4 * word, load(w.int(0), loaded + 4 * word)));
  }
  const field = (offset: number): Code => w.load32(w.get(slot), offset);
  const ofPiece = (offset: number): Code => w.load32(w.get(piece), offset);
  const put = (clear: Code, part: Code): Code =>
    w.store32(w.get(at), KEPT.state, w.or(w.and(w.load32(w.get(at), KEPT.state), clear), part));
  const lookUp: Code = [
    w.set(entry, w.shiftRightUnsigned(w.mul(w.narrow(w.get(value)), w.int(FACTOR)), field(SLOT.codesShift))),
    w.block(
      found,
      w.loop(probe, [
        w.set(at, w.add(field(SLOT.codes), w.shiftLeft(w.get(entry), w.int(CODE_SHIFT)))),
        w.when(w.isZero(w.tee(code, w.load32(w.get(at), 8))), w.giveBack(w.int(0))),
        w.jumpIf(w.equal64(w.load64(w.get(at)), w.get(value)), found),
        w.set(entry, w.and(w.add(w.get(entry), w.int(1)), field(SLOT.codesMask))),
        w.jump(probe),
      ]),
    ),
    w.set(code, w.sub(w.get(code), w.int(1))),
  ];
  const change: Code = [
    w.set(at, w.add(field(SLOT.word), w.get(record))),
    put(field(SLOT.clear), w.shiftLeft(w.and(w.get(code), field(SLOT.mask)), field(SLOT.shift))),
    w.set(piece, field(SLOT.more)),
    w.when(w.get(piece), [
      w.set(end, field(SLOT.moreEnd)),
      w.loop(nextPiece, [
        w.set(at, w.add(ofPiece(PIECE.word), w.get(record))),
        put(
          ofPiece(PIECE.clear),
          w.shiftLeft(
            w.and(w.shiftRightUnsigned(w.get(code), ofPiece(PIECE.low)), ofPiece(PIECE.mask)),
            ofPiece(PIECE.shift),
          ),
        ),
        w.set(piece, w.add(w.get(piece), w.int(PIECE_BYTES))),
        w.jumpIf(w.differ(w.get(piece), w.get(end)), nextPiece),
      ]),
    ]),
  ];
  fn.body = [
    copy,
    w.loop(next, [
      w.block(skip, [
        w.set(slot, w.load32(w.get(i), changed)),
        w.set(value, w.load64(w.shiftLeft(w.get(slot), w.int(3)), vector)),
        w.jumpIf(w.equal64(w.get(value), w.load64(w.shiftLeft(w.get(slot), w.int(3)), base)), skip),
        w.set(slot, w.add(w.shiftLeft(w.get(slot), w.int(SLOT_SHIFT)), w.int(slots))),
        w.jumpIf(w.less(field(SLOT.word), w.int(0)), skip),
        lookUp,
        change,
      ]),
      w.set(i, w.add(w.get(i), w.int(4))),
      w.jumpIf(w.less(w.get(i), w.get(bytes)), next),
    ]),
    w.int(1),
  ];
  return fn;
}
