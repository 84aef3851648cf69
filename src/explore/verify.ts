// SPDX-License-Identifier: GPL-2.0-only
// Owns the way to a verdict: which searches are run, in which order, and what their outcome means together.

import type { Program } from '../lang/program.ts';
import type { Progress as ProgressWord } from '../model/recording.ts';
import { progressOf } from './progress.ts';
import {
  ALL_REDUCTIONS,
  NO_REDUCTION,
  isNone,
  reduce,
  type Reduced,
  type Reductions,
} from './reduce/reduction.ts';
import type { Schedule } from './schedule.ts';
import {
  runToEnd,
  walking,
  type Exploration,
  type Explored,
  type SearchOptions,
  type Slices,
} from './search.ts';

/** A search that ends before so many states needs no reduction, and is the one that SPIN's can be held against. */
const SMALL = 300_000;

/** What makes most searches of this kind smaller at little cost, and leaves a graph on which progress can be decided. */
const USUAL: Reductions = { ...ALL_REDUCTIONS, persistent: false };

export interface VerifyOptions extends Omit<SearchOptions, 'symmetry' | 'persistent'> {
  /** Default: none while a search is small, then all but persistent sets. */
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
  /** How the states that are counted were made fewer; null when they are all there are. */
  readonly reduced: {
    readonly by: Reductions;
    /** For people: why threads that look alike were not exchanged. */
    readonly whyNotExchanged: readonly string[];
  } | null;
  /** false: the search for a shorter schedule was cut off; the findings' are the shortest of merged steps. */
  readonly isShortest: boolean;
}

/**
 * Judges the Program by every schedule. What is found is at its shortest, unless `isShortest` says otherwise. Throws as
 * `explore` does. Progress costs some 24 bytes a state and a pass or two over the transitions besides, and is told with
 * the same time limit.
 */
export function verify(program: Program, options: VerifyOptions = {}): Verified {
  return runToEnd(verifying(program, options));
}

/** The same in slices. */
export function* verifying(program: Program, options: VerifyOptions = {}): Slices<Verified> {
  const { reduce: asked, ...search } = options;
  // A load that has guessed wrong blocks its thread even in the middle of what would be one merged step.
  const wanted = program.open === undefined ? asked : NO_REDUCTION;
  const { maxStates = Infinity } = search;
  if (wanted === undefined || isNone(wanted)) {
    const most = wanted === undefined ? Math.min(SMALL, maxStates) : maxStates;
    const explored = yield* walking(program, { ...search, maxStates: most });
    const what = explored.exploration.limit?.what;
    // Where the plain search takes too much memory, a reduced one may not.
    const isTooLarge = wanted === undefined && (what === 'memory' || (what === 'states' && most < maxStates));
    if (!isTooLarge) return unreduced(program, explored, search);
  }
  return yield* new ReducedSearch(program, wanted ?? USUAL, search).run();
}

function unreduced(program: Program, explored: Explored, { isExpired }: SearchOptions): Verified {
  const progress = progressOf(program, explored, isExpired);
  return { ...explored.exploration, progress, reduced: null, isShortest: true };
}

/** A search with reductions, and those that follow from what it finds. */
class ReducedSearch {
  readonly #program: Program;
  readonly #by: Reductions;
  readonly #reduced: Reduced;
  readonly #options: SearchOptions;

  constructor(program: Program, by: Reductions, options: SearchOptions) {
    this.#program = program;
    this.#by = by;
    this.#reduced = reduce(program, by);
    this.#options = options;
  }

  *run(): Slices<Verified> {
    const { program, symmetry, persistent, whyNotExchanged } = this.#reduced;
    const explored = yield* walking(program, { ...this.#options, symmetry, persistent });
    const reduced = { by: this.#by, whyNotExchanged };
    const { exploration } = explored;
    if (exploration.findings.length === 0) {
      return { ...exploration, progress: yield* this.#progress(explored), reduced, isShortest: true };
    }
    const keepsLength = program === this.#program && persistent === null;
    const shortest = keepsLength || this.#options.everything ? null : yield* this.#shortest();
    if (shortest !== null) return shortest;
    const found = { ...exploration, findings: this.#unmerged(exploration) };
    const progress = progressOf(program, { ...explored, exploration: found });
    return { ...found, progress, reduced, isShortest: keepsLength };
  }

  /** Merging makes a schedule short that is not: it is looked for again, step by step. null: in vain, within the limits. */
  *#shortest(): Slices<Verified | null> {
    const by = { ...NO_REDUCTION, symmetry: this.#by.symmetry };
    const { symmetry, whyNotExchanged } = reduce(this.#program, by);
    const explored = yield* walking(this.#program, { ...this.#options, symmetry });
    if (explored.exploration.findings.length === 0) return null;
    const verified = unreduced(this.#program, explored, this.#options);
    return symmetry === null ? verified : { ...verified, reduced: { by, whyNotExchanged } };
  }

  #unmerged({ findings }: Exploration): Exploration['findings'] {
    return findings.map((finding) => {
      const schedule = this.#reduced.unmerge(finding.schedule);
      return { ...finding, schedule, depth: schedule.length };
    });
  }

  /** Cycles are sought where every thread is followed and keeps its number. None at all is none under symmetry either. */
  *#progress(explored: Explored): Slices<ProgressVerdict> {
    const { symmetry, persistent, program } = this.#reduced;
    const isWhole = symmetry === null && persistent === null;
    if (isWhole || !explored.exploration.isComplete) return this.#told(explored);
    if (persistent === null && isAcyclic(explored)) return { word: 'ok', lasso: null, message: '' };
    const merged = yield* walking(program, this.#options);
    if (merged.exploration.isComplete) return this.#told(merged);
    const message = 'the search for endless runs, which needs more states, was cut off';
    return { word: 'unchecked', lasso: null, message };
  }

  #told(explored: Explored): ProgressVerdict {
    const { program, unmerge } = this.#reduced;
    return progressOf(program, explored, this.#options.isExpired, { program: this.#program, unmerge });
  }
}

/** Whether no state leads back to itself: in the graph, however threads are exchanged on the way. */
function isAcyclic({ graph, store }: Explored): boolean {
  // States are taken away as long as there are some that none of those left leads to (Kahn).
  const leading = new Uint32Array(store.count);
  for (let edge = 0; edge < graph.edgeCount; edge += 1) leading[graph.targetOf(edge)]! += 1;
  const free: number[] = [];
  leading.forEach((count, state) => count === 0 && free.push(state));
  let taken = 0;
  for (let state = free.pop(); state !== undefined; state = free.pop()) {
    taken += 1;
    for (let edge = graph.firstEdge(state); edge < graph.firstEdge(state + 1); edge += 1) {
      const to = graph.targetOf(edge);
      leading[to]! -= 1;
      if (leading[to] === 0) free.push(to);
    }
  }
  return taken === store.count;
}
