// SPDX-License-Identifier: GPL-2.0-only
// Owns the way to a verdict: which searches are run, in which order, and what their outcome means together.

import type { Program } from '../lang/program.ts';
import type { Progress as ProgressWord } from '../model/recording.ts';
import { progressOf } from './progress.ts';
import type { Reductions } from './reduce/reduction.ts';
import type { Schedule } from './schedule.ts';
import { runToEnd, walking, type Exploration, type SearchOptions, type Slices } from './search.ts';

export interface VerifyOptions extends SearchOptions {
  /** Default: all. */
  readonly reduce?: Reductions;
}

/** A run that never ends: after its last step it goes on at the step numbered `loop` (1-based), for ever. */
export interface Lasso {
  readonly schedule: Schedule;
  readonly loop: number;
  /** The thread that never gets done; and its operation (an index into Program.operations) that stays in flight all the while, if there is one. */
  readonly thread: number;
  readonly operation: number | null;
}

/**
 * Whether everything ends that should: every operation, and every thread that is no daemon (see fair-cycles.ts).
 * `unchecked`: no complete search without a violation was made.
 */
export interface ProgressVerdict {
  readonly word: ProgressWord;
  /** For LIVELOCK and SPIN; else null. */
  readonly lasso: Lasso | null;
  /** In words: what goes on for ever, or why it is unchecked; empty for `ok`. */
  readonly message: string;
}

/** The verdict: safety and progress as a pair. */
export interface Verified extends Exploration {
  readonly progress: ProgressVerdict;
}

/**
 * Judges the Program by every schedule. What is found is at its shortest. Throws as `explore` does. Progress costs some
 * 24 bytes a state and a pass or two over the transitions besides, and is told with the same time limit.
 */
export function verify(program: Program, options: VerifyOptions = {}): Verified {
  return runToEnd(verifying(program, options));
}

/** The same in slices. */
export function* verifying(program: Program, options: VerifyOptions = {}): Slices<Verified> {
  const explored = yield* walking(program, options);
  return { ...explored.exploration, progress: progressOf(program, explored, options.isExpired) };
}
