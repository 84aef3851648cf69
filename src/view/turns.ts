// SPDX-License-Identifier: GPL-2.0-only
// Owns values that change now and then along a run, and the finding of the one that holds at a step.

/** From step `from` on the value is `value`, until the next turn. */
export interface Turn<T> {
  readonly from: number;
  readonly value: T;
}

/** The value at a step; undefined before the first turn. Turns are ascending. Cost: logarithmic. */
export function turnAt<T>(turns: readonly Turn<T>[], step: number): T | undefined {
  let low = 0;
  let high = turns.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((turns[middle]?.from ?? 0) <= step) low = middle + 1;
    else high = middle;
  }
  return turns[low - 1]?.value;
}
