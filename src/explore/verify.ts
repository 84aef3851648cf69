// SPDX-License-Identifier: GPL-2.0-only
// Owns the way to a verdict: which searches are run, in which order, and what their outcome means together.

import type { Program } from '../lang/program.ts';
import type { Progress as ProgressWord } from '../model/recording.ts';
import type { Schedule } from './schedule.ts';
import { exploring, runToEnd, type Exploration, type SearchOptions, type Slices } from './search.ts';

/** What keeps a search small without changing its verdict; each can be switched off. */
export interface Reductions {
  /** Sections of a lock that protects all that they access are one step. */
  readonly locks: boolean;
  /** Accesses to what no other thread ever touches ride with the step before them. */
  readonly local: boolean;
  /** Identical threads are exchanged freely: one state stands for all its permutations. */
  readonly symmetry: boolean;
  /** Where some threads cannot disturb the others, only they are followed. */
  readonly persistent: boolean;
}

export const NO_REDUCTION: Reductions = { locks: false, local: false, symmetry: false, persistent: false };
export const ALL_REDUCTIONS: Reductions = { locks: true, local: true, symmetry: true, persistent: true };

export interface VerifyOptions extends SearchOptions {
  /** Default: all. */
  readonly reduce?: Reductions;
}

/** A run that never ends: after its last step it goes on at the step numbered `loop` (1-based), for ever. */
export interface Lasso {
  readonly schedule: Schedule;
  readonly loop: number;
  /** The thread whose operation stays in flight, and which (an index into Program.operations). */
  readonly thread: number;
  readonly operation: number;
}

/** Whether every operation ends. `unchecked`: no complete search without a violation was made. */
export interface ProgressVerdict {
  readonly word: ProgressWord;
  /** For LIVELOCK and SPIN; else null. */
  readonly lasso: Lasso | null;
  /** In words; empty for `ok`. */
  readonly message: string;
}

/** The verdict: safety and progress as a pair. */
export interface Verified extends Exploration {
  readonly progress: ProgressVerdict;
}

/** Judges the Program by every schedule. What is found is at its shortest. Throws as `explore` does. */
export function verify(program: Program, options: VerifyOptions = {}): Verified {
  return runToEnd(verifying(program, options));
}

/** The same in slices. */
export function* verifying(program: Program, options: VerifyOptions = {}): Slices<Verified> {
  const exploration = yield* exploring(program, options);
  return { ...exploration, progress: { word: 'unchecked', lasso: null, message: '' } };
}
