// SPDX-License-Identifier: GPL-2.0-only
// Owns the making of a smaller search for the same verdict: which reductions there are, and a Program under them.

import type { Program } from '../../lang/program.ts';
import type { Schedule } from '../schedule.ts';
import { mergeSteps } from './merge.ts';
import { PersistentSets } from './persistent.ts';
import { Symmetry } from './symmetry.ts';
import { findTwins } from './twins.ts';
import { unmerge } from './unmerge.ts';

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

export function isNone({ locks, local, symmetry, persistent }: Reductions): boolean {
  return !locks && !local && !symmetry && !persistent;
}

/** What to search instead of a Program. */
export interface Reduced {
  /** Merged steps. */
  readonly program: Program;
  /** For SearchOptions. */
  readonly symmetry: Symmetry | null;
  readonly persistent: PersistentSets | null;
  /** For people: why threads that look alike are not exchanged. */
  readonly whyNotExchanged: readonly string[];
  /** A schedule of what was searched, as one of the Program itself. */
  readonly unmerge: (schedule: Schedule) => Schedule;
}

/**
 * Whether anything can go wrong does not depend on the reductions, nor does which invariants can be violated and
 * whether threads can get stuck, unless there is trouble, too: that ends a run, so that a step merged with trouble hides
 * what others might have done before it. Cost: tens of milliseconds for a model of some hundred lines.
 */
export function reduce(program: Program, { locks, local, symmetry, persistent }: Reductions): Reduced {
  const merged = locks || local ? mergeSteps(program, { locks, local }) : program;
  const twins = symmetry ? findTwins(merged) : null;
  return {
    program: merged,
    symmetry: twins === null || twins.groups.length === 0 ? null : new Symmetry(merged, twins),
    persistent: persistent ? new PersistentSets(merged) : null,
    whyNotExchanged: twins?.why ?? [],
    unmerge: (schedule) => (merged === program ? schedule : unmerge(program, merged, schedule)),
  };
}
