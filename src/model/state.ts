// SPDX-License-Identifier: GPL-2.0-only
// Owns the tree state: what a person sees of memory and threads between two steps.

import type { Value } from './value.ts';

export interface LocalValue {
  readonly value: Value;
  /** No later code reads it: shown grey. */
  readonly dead: boolean;
}

export interface ThreadState {
  /** Site where it stands; null when it has ended. */
  readonly at: number | null;
  /** Cell it waits for, or null when it can go on (or has ended). */
  readonly waitsFor: string | null;
  /** Operations in flight. */
  readonly operations: readonly string[];
  /** "function.variable" to value, in order of first assignment. */
  readonly locals: Readonly<Record<string, LocalValue>>;
}

/** Immutable; consecutive snapshots share all that did not change. */
export interface State {
  /** Number of events applied: 0 is the start. */
  readonly step: number;
  /** Object name to field (".mapping", "[2]", "") to value. */
  readonly objects: Readonly<Record<string, Readonly<Record<string, Value>>>>;
  readonly threads: readonly ThreadState[];
}
