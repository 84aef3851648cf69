// SPDX-License-Identifier: GPL-2.0-only
// Owns C's integer arithmetic over Num: width, sign, wrap-around, truncation. Up to 32 bits a value is always a
// number; 64-bit values are numbers as long as a double holds them exactly, and bigints beyond.

import type { BinaryOp, IntType, Num, UnaryOp } from '../lang/program.ts';
import { Fault } from './trouble.ts';

export type Unary = (a: Num) => Num;
export type Binary = (a: Num, b: Num) => Num;
type SmallBinary = (a: number, b: number) => number;

/** A bigint as Num: a number when a double holds it exactly. */
export function normalise(value: bigint): Num {
  const small = Number(value);
  return Number.isSafeInteger(small) ? small : value;
}

/** Conversion to an integer type, as C does it: modulo 2^bits. */
export function castTo(type: IntType): Unary {
  if (type.bits === 64) return (a) => (staysIn64(a, type) ? a : wrapBig(BigInt(a), type));
  const wrap = wrapSmall(type);
  // A double up to 2^53 goes through ToInt32 exactly modulo 2^32, of which the narrower types take their part.
  return (a) => wrap(typeof a === 'bigint' ? Number(BigInt.asIntN(32, a)) : a);
}

/** 0 or 1. */
export function toBool(a: Num): Num {
  return a === 0 ? 0 : 1;
}

/** The unary operation on operands that are already of `type`. */
export function unaryOf(fn: UnaryOp, type: IntType): Unary {
  switch (fn) {
    case 'not':
      return (a) => (a === 0 ? 1 : 0);
    case 'neg': {
      const subtract = binaryOf('sub', type);
      return (a) => subtract(0, a);
    }
    case 'bitnot': {
      const cast = castTo(type);
      return (a) => cast(typeof a === 'number' && type.bits < 64 ? ~a : normalise(~BigInt(a)));
    }
  }
}

/** The binary operation on operands that are already of `type`. Throws Fault: division by zero, shift out of range. */
export function binaryOf(fn: BinaryOp, type: IntType): Binary {
  switch (fn) {
    case 'eq':
      return (a, b) => (a === b ? 1 : 0);
    case 'ne':
      return (a, b) => (a === b ? 0 : 1);
    case 'lt':
      return (a, b) => (a < b ? 1 : 0);
    case 'le':
      return (a, b) => (a <= b ? 1 : 0);
    case 'gt':
      return (a, b) => (a > b ? 1 : 0);
    case 'ge':
      return (a, b) => (a >= b ? 1 : 0);
    case 'add':
    case 'sub':
    case 'mul':
    case 'div':
    case 'mod':
    case 'and':
    case 'or':
    case 'xor':
    case 'shl':
    case 'shr':
      return type.bits === 64 ? wide(fn, type) : (small(fn, type) as Binary);
  }
}

type Arithmetic = Exclude<BinaryOp, 'eq' | 'ne' | 'lt' | 'le' | 'gt' | 'ge'>;

/** Modulo 2^bits, for types up to 32 bits. The argument is an exact double or the result of a bit operation. */
function wrapSmall({ bits, signed }: IntType): (a: number) => number {
  if (bits === 32) return signed ? (a) => a | 0 : (a) => a >>> 0;
  const spare = 32 - bits;
  return signed ? (a) => (a << spare) >> spare : (a) => (a << spare) >>> spare;
}

function small(fn: Arithmetic, type: IntType): SmallBinary {
  const wrap = wrapSmall(type);
  switch (fn) {
    case 'add':
      return (a, b) => wrap(a + b);
    case 'sub':
      return (a, b) => wrap(a - b);
    case 'mul':
      return (a, b) => wrap(Math.imul(a, b));
    case 'div':
      return (a, b) => wrap(Math.trunc(a / nonZero(b)));
    case 'mod':
      return (a, b) => wrap(a % nonZero(b));
    case 'and':
      return (a, b) => wrap(a & b);
    case 'or':
      return (a, b) => wrap(a | b);
    case 'xor':
      return (a, b) => wrap(a ^ b);
    case 'shl':
      return (a, b) => wrap(a << shiftCount(b, type));
    case 'shr':
      return type.signed ? (a, b) => a >> shiftCount(b, type) : (a, b) => a >>> shiftCount(b, type);
  }
}

/** 64 bits: in doubles while operands and result are exact there, else in bigints. */
function wide(fn: Arithmetic, type: IntType): Binary {
  const exact = exactly(fn);
  const big = bigly(fn);
  const isShift = fn === 'shl' || fn === 'shr';
  return (a, b) => {
    if (isShift) shiftCount(b, type);
    if (fn === 'div' || fn === 'mod') nonZero(b);
    if (typeof a === 'number' && typeof b === 'number') {
      const result = exact(a, b) + 0; // + 0: never a negative zero
      if (staysIn64(result, type)) return result;
    }
    return wrapBig(big(BigInt(a), BigInt(b)), type);
  };
}

/** In doubles: the exact result, or something that is no safe integer. */
function exactly(fn: Arithmetic): SmallBinary {
  switch (fn) {
    case 'add':
      return (a, b) => a + b;
    case 'sub':
      return (a, b) => a - b;
    case 'mul':
      return (a, b) => a * b;
    case 'div':
      return (a, b) => (a - (a % b)) / b; // a / b alone could round up to the next whole number
    case 'mod':
      return (a, b) => a % b;
    case 'and':
      return (a, b) => (isInt32(a) && isInt32(b) ? a & b : NaN);
    case 'or':
      return (a, b) => (isInt32(a) && isInt32(b) ? a | b : NaN);
    case 'xor':
      return (a, b) => (isInt32(a) && isInt32(b) ? a ^ b : NaN);
    case 'shl':
      return (a, b) => a * 2 ** b;
    case 'shr':
      return (a, b) => Math.floor(a / 2 ** b);
  }
}

function bigly(fn: Arithmetic): (a: bigint, b: bigint) => bigint {
  switch (fn) {
    case 'add':
      return (a, b) => a + b;
    case 'sub':
      return (a, b) => a - b;
    case 'mul':
      return (a, b) => a * b;
    case 'div':
      return (a, b) => a / b;
    case 'mod':
      return (a, b) => a % b;
    case 'and':
      return (a, b) => a & b;
    case 'or':
      return (a, b) => a | b;
    case 'xor':
      return (a, b) => a ^ b;
    case 'shl':
      return (a, b) => a << b;
    case 'shr':
      return (a, b) => a >> b;
  }
}

function staysIn64(a: Num, type: IntType): boolean {
  return typeof a === 'number' && Number.isSafeInteger(a) && (type.signed || a >= 0);
}

function wrapBig(a: bigint, type: IntType): Num {
  return normalise(type.signed ? BigInt.asIntN(64, a) : BigInt.asUintN(64, a));
}

function isInt32(a: number): boolean {
  return (a | 0) === a;
}

function nonZero<T extends Num>(b: T): T {
  if (b === 0) throw new Fault('division-by-zero', 'division by zero');
  return b;
}

function shiftCount<T extends Num>(b: T, type: IntType): T {
  if (b >= 0 && b < type.bits) return b;
  throw new Fault('range', `a shift by ${b} of a value of ${type.bits} bits`);
}
