// SPDX-License-Identifier: GPL-2.0-only
// Owns the check of C's arithmetic against a plain one in bigints.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { BinaryOp, IntType, Num } from '../../src/lang/program.ts';
import { binaryOf, castTo, normalise, toBool, unaryOf } from '../../src/machine/integers.ts';
import { Fault } from '../../src/machine/trouble.ts';

const TYPES: readonly IntType[] = ([8, 16, 32, 64] as const).flatMap((bits) => [
  { bits, signed: true },
  { bits, signed: false },
]);

const wrap = (value: bigint, { bits, signed }: IntType): bigint =>
  signed ? BigInt.asIntN(bits, value) : BigInt.asUintN(bits, value);

/** The same operation, in unbounded integers, then wrapped. */
const REFERENCE: Readonly<Record<BinaryOp, (a: bigint, b: bigint) => bigint>> = {
  add: (a, b) => a + b,
  sub: (a, b) => a - b,
  mul: (a, b) => a * b,
  div: (a, b) => a / b,
  mod: (a, b) => a % b,
  and: (a, b) => a & b,
  or: (a, b) => a | b,
  xor: (a, b) => a ^ b,
  shl: (a, b) => a << b,
  shr: (a, b) => a >> b,
  eq: (a, b) => BigInt(a === b),
  ne: (a, b) => BigInt(a !== b),
  lt: (a, b) => BigInt(a < b),
  le: (a, b) => BigInt(a <= b),
  gt: (a, b) => BigInt(a > b),
  ge: (a, b) => BigInt(a >= b),
};

/** Values near every edge of every width, and some in between. */
const interesting = fc.oneof(
  fc
    .tuple(fc.constantFrom(0, 7, 8, 15, 16, 31, 32, 52, 53, 54, 63, 64), fc.integer({ min: -3, max: 3 }))
    .map(([shift, near]) => (1n << BigInt(shift)) + BigInt(near)),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 64n }),
  fc.integer({ min: -70, max: 70 }).map(BigInt),
);
const signed = fc
  .tuple(interesting, fc.boolean())
  .map(([value, isNegative]) => (isNegative ? -value : value));

/** A Num in normal form, never a negative zero. */
function expectNum(found: Num, expected: bigint): void {
  expect(found).toBe(normalise(expected));
  expect(Object.is(found, -0)).toBe(false);
}

test('binary operations agree with unbounded arithmetic, wrapped', () => {
  const ops = Object.keys(REFERENCE) as BinaryOp[];
  fc.assert(
    fc.property(fc.constantFrom(...ops), fc.constantFrom(...TYPES), signed, signed, (fn, type, x, y) => {
      const [a, b] = [wrap(x, type), wrap(y, type)];
      const run = (): Num => binaryOf(fn, type)(normalise(a), normalise(b));
      const isShift = fn === 'shl' || fn === 'shr';
      if ((isShift && (b < 0n || b >= BigInt(type.bits))) || (/div|mod/.test(fn) && b === 0n)) {
        expect(run).toThrow(Fault);
      } else {
        expectNum(run(), wrap(REFERENCE[fn](a, b), type));
      }
    }),
    { numRuns: 20_000 },
  );
});

test('conversions and unary operations agree too', () => {
  fc.assert(
    fc.property(fc.constantFrom(...TYPES), fc.constantFrom(...TYPES), signed, (from, to, x) => {
      const a = wrap(x, from);
      expectNum(castTo(to)(normalise(a)), wrap(a, to));
      expectNum(unaryOf('neg', from)(normalise(a)), wrap(-a, from));
      expectNum(unaryOf('bitnot', from)(normalise(a)), wrap(~a, from));
      expectNum(unaryOf('not', from)(normalise(a)), BigInt(a === 0n));
      expectNum(toBool(normalise(a)), BigInt(a !== 0n));
    }),
    { numRuns: 10_000 },
  );
});

test.each([
  ['div', { bits: 32, signed: true }, -(2 ** 31), -1, -(2 ** 31)],
  ['mod', { bits: 32, signed: true }, -7, 2, -1],
  ['div', { bits: 32, signed: true }, -7, 2, -3],
  ['shr', { bits: 32, signed: true }, -8, 1, -4],
  ['shr', { bits: 32, signed: false }, 2 ** 31, 31, 1],
  ['add', { bits: 64, signed: false }, 2n ** 64n - 1n, 1, 0],
  ['mul', { bits: 64, signed: true }, 2 ** 32, 2 ** 31, -(2n ** 63n)],
  ['sub', { bits: 64, signed: false }, 0, 1, 2n ** 64n - 1n],
] as const)('%s of %o: %s and %s give %s', (fn, type, a, b, result) => {
  expect(binaryOf(fn, type)(a, b)).toBe(result);
});
