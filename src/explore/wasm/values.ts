// SPDX-License-Identifier: GPL-2.0-only
// Owns how a value of a model stands in 64 bits: as itself. What is out of the ordinary has a number of its own at the
// lower end, which nothing is computed with.

import { UNINIT, type Num } from '../../lang/program.ts';

const LOWEST = -(2n ** 63n);
/** From here on a number stands for itself; below it are UNINIT, and values that only a bigint holds. */
export const ORDINARY = LOWEST + 2n ** 20n;
/** Of which the lowest half reads 1: as a thread's number it means what UNINIT, taken for one, means to machine/locks.ts. */
const NEVER_WRITTEN = LOWEST + 1n;

/** Translates between the values of the machine and those of WebAssembly. */
export class Values64 {
  readonly #others: Num[] = [];
  readonly #codes = new Map<Num, bigint>();

  of(value: Num): bigint {
    if (value === UNINIT) return NEVER_WRITTEN;
    const big = BigInt(value);
    if (isOrdinary(big)) return big;
    const known = this.#codes.get(value);
    if (known !== undefined) return known;
    const code = NEVER_WRITTEN + BigInt(this.#others.push(value));
    this.#codes.set(value, code);
    return code;
  }

  from(value: bigint): Num {
    if (value === NEVER_WRITTEN) return UNINIT;
    if (value < ORDINARY) return this.#others[Number(value - NEVER_WRITTEN) - 1]!;
    const small = Number(value);
    return Number.isSafeInteger(small) ? small : value;
  }
}

/** A constant as it can stand in code; null when it can not be computed with. */
export function ordinary(value: Num): bigint | null {
  if (value === UNINIT) return null;
  const big = BigInt(value);
  return isOrdinary(big) ? big : null;
}

function isOrdinary(value: bigint): boolean {
  return value >= ORDINARY && value < 2n ** 63n;
}

export { NEVER_WRITTEN };
