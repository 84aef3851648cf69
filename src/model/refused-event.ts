// SPDX-License-Identifier: GPL-2.0-only
// Owns the error of an event that does not fit the state it is applied to.

/**
 * Thrown by `apply` and `undo`. The trace reader turns it into a user's error (the file is damaged); anywhere else it
 * is our own bug.
 */
export class RefusedEvent extends Error {
  override readonly name = 'RefusedEvent';
  /** 1-based number of the event. */
  readonly step: number;
  /** The part of the event at fault: "thread", "next", "writes inode.i_size" … */
  readonly part: string;
  /** What the event says there. */
  readonly found: unknown;
  /** What would have fitted, in words. */
  readonly expected: string;

  constructor(step: number, part: string, found: unknown, expected: string) {
    super(`step ${step}: ${part}: found ${JSON.stringify(found)}, expected ${expected}`);
    this.step = step;
    this.part = part;
    this.found = found;
    this.expected = expected;
  }
}
