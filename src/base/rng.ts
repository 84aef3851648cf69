// SPDX-License-Identifier: GPL-2.0-only
// Owns all randomness: a small seeded generator whose state can be read, so that every random run can be repeated.

/** Mulberry32: 32 bits of state, good enough to choose schedules and test programs. Same seed, same sequence, for ever. */
export class Rng {
  /** The whole state; `new Rng(rng.state)` continues the same sequence. */
  state: number;

  constructor(seed: number) {
    this.state = seed >>> 0;
  }

  /** An unsigned 32-bit integer. */
  next(): number {
    this.state = (this.state + 0x6d2b79f5) >>> 0;
    let t = this.state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return (t ^ (t >>> 14)) >>> 0;
  }

  /** A whole number in 0..n-1; n must be at least 1. */
  below(n: number): number {
    return Math.floor((this.next() / 0x1_0000_0000) * n);
  }

  /** One of the items, each equally likely; the list must not be empty. */
  pick<T>(items: readonly T[]): T {
    return items[this.below(items.length)] as T;
  }
}
