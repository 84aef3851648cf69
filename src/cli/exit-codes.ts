// SPDX-License-Identifier: GPL-2.0-only
// Owns the exit codes, which scripts and CI jobs rely on.

export const EXIT = {
  fine: 0,
  /** A violation was found, or is in the trace. */
  violation: 1,
  /** Usage or bad input: the user can do something about it. */
  usage: 2,
  /** The search was cut off. */
  limit: 3,
  /** The matrix differs from the catalogue. */
  difference: 4,
  /** Our own bug. */
  bug: 70,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];
