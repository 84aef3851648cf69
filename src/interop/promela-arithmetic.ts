// SPDX-License-Identifier: GPL-2.0-only
// Owns arithmetic on single known values, as C does it: for what an exporter can work out beforehand.

import type { BinaryOp, IntType, Num, UnaryOp } from '../lang/program.ts';

/** Modulo 2^bits, into the range of the type. */
export function wrapped(value: Num, { bits, signed }: IntType): Num {
  const big = signed ? BigInt.asIntN(bits, BigInt(value)) : BigInt.asUintN(bits, BigInt(value));
  const small = Number(big);
  return Number.isSafeInteger(small) ? small : big;
}

/** The result in the type; null where C has none: division by zero, a shift too far. */
export function calculate(fn: UnaryOp | BinaryOp, type: IntType, a: Num, b: Num): Num | null {
  const result = exact(fn, BigInt(a), BigInt(b), type.bits);
  if (result === null) return null;
  return wrapped(typeof result === 'boolean' ? Number(result) : result, type);
}

function exact(fn: UnaryOp | BinaryOp, a: bigint, b: bigint, bits: number): bigint | boolean | null {
  switch (fn) {
    case 'neg':
      return -a;
    case 'bitnot':
      return ~a;
    case 'not':
      return a === 0n;
    case 'add':
      return a + b;
    case 'sub':
      return a - b;
    case 'mul':
      return a * b;
    case 'div':
      return b === 0n ? null : a / b;
    case 'mod':
      return b === 0n ? null : a % b;
    case 'and':
      return a & b;
    case 'or':
      return a | b;
    case 'xor':
      return a ^ b;
    case 'shl':
      return b < 0n || b >= BigInt(bits) ? null : a << b;
    case 'shr':
      return b < 0n || b >= BigInt(bits) ? null : a >> b;
    case 'eq':
      return a === b;
    case 'ne':
      return a !== b;
    case 'lt':
      return a < b;
    case 'le':
      return a <= b;
    case 'gt':
      return a > b;
    case 'ge':
      return a >= b;
  }
}
