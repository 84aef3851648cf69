// SPDX-License-Identifier: GPL-2.0-only
// Owns series of random runs, for models that no complete search reaches: each run judged in full, what is found
// shortened, what was seen counted.

import { Rng } from '../base/rng.ts';
import type { Program } from '../lang/program.ts';
import type { Option } from '../machine/machine.ts';
import { coverageOf } from './coverage.ts';
import { Findings, isLimit, keyOf, type Wrong } from './findings.ts';
import { MemoryBudget, OutOfMemory } from './memory-budget.ts';
import { compareSchedules, minimise } from './minimise.ts';
import { Priorities, Uniform, type Strategy } from './sample-strategy.ts';
import { Walk } from './sample-walk.ts';
import type { Schedule } from './schedule.ts';
import {
  runToEnd,
  type Exploration,
  type Finding,
  type Progress,
  type SearchOptions,
  type Slices,
} from './search.ts';
import { ADVICE, safetyOf, type CutOff, type Limit } from './verdict.ts';

/** A run is cut after so many steps: a model may go on for ever. */
export const LONGEST_RUN = 10_000;
/** Steps between two looks at the clock. */
const EVERY = 4096;

export interface SampleOptions extends Pick<SearchOptions, 'maxBytes' | 'isExpired' | 'isInterrupted'> {
  readonly runs: number;
  /** Same seed, same runs: run i is the same whatever came before it. */
  readonly seed: number;
  /** `pct`: random priorities, and this many changes of them in each run. */
  readonly how: { readonly kind: 'uniform' } | { readonly kind: 'pct'; readonly changes: number };
}

/** One kind of finding, as the runs met it. */
export interface Met {
  /** Of all runs, how many ended so. */
  readonly runs: number;
  /** The first of them, from 1. */
  readonly first: number;
  /** Steps of the shortest of them, before it was shortened further. */
  readonly steps: number;
}

export interface Sampled extends Exploration {
  readonly sampling: {
    readonly how: SampleOptions['how'];
    readonly seed: number;
    readonly wanted: number;
    readonly runs: number;
    /** Runs that were cut after LONGEST_RUN steps. */
    readonly cut: number;
    /** Runs that came to an empty pool. */
    readonly empty: number;
    /** Distinct states that only the last tenth of the runs met. */
    readonly newStates: number;
    /** For each of `findings`. */
    readonly met: readonly Met[];
  };
}

/**
 * Makes random runs of the Program, each up to the first violation in it. Without one the verdict is LIMIT(runs): it
 * proves nothing. `states` are distinct states met, `transitions` all steps taken, `depth` the longest run.
 */
export function sample(program: Program, options: SampleOptions): Sampled {
  return runToEnd(sampling(program, options));
}

/** The same in slices. */
export function* sampling(program: Program, options: SampleOptions): Slices<Sampled> {
  return yield* new Sampling(program, options).run();
}

interface Kind {
  readonly wrong: Wrong;
  runs: number;
  readonly first: number;
  schedule: Schedule;
}

class Sampling {
  readonly #program: Program;
  readonly #options: SampleOptions;
  readonly #walk: Walk;
  readonly #order: number[];
  readonly #kinds = new Map<string, Kind>();
  #strategy: Strategy = new Uniform();
  #runs = 0;
  #steps = 0;
  #longest = 0;
  #cut = 0;
  #statesBefore = 0;
  #cutOff: CutOff | null = null;

  constructor(program: Program, options: SampleOptions) {
    this.#program = program;
    this.#options = options;
    this.#walk = new Walk(program, new MemoryBudget(options.maxBytes));
    this.#order = program.threads.map((_, thread) => thread);
  }

  *run(): Slices<Sampled> {
    const { runs, isExpired, isInterrupted } = this.#options;
    if (this.#walk.startTrouble === null) {
      const lately = runs - Math.ceil(runs / 10);
      let looked = 0;
      this.#strategy = this.#chosen();
      while (this.#runs < runs && this.#cutOff === null) {
        if (this.#runs === lately) this.#statesBefore = this.#walk.store.count;
        this.#oneRun();
        if (this.#steps - looked < EVERY) continue;
        looked = this.#steps;
        yield this.#progress();
        if (isExpired?.()) this.#cutOff ??= 'time';
        if (isInterrupted?.()) this.#cutOff ??= 'interrupted';
      }
    }
    return this.#result();
  }

  /** The length that PCT expects is that of a run of no other use. */
  #chosen(): Strategy {
    const { how, seed } = this.#options;
    const uniform = new Uniform();
    if (how.kind === 'uniform') return uniform;
    try {
      const { schedule } = this.#walked(uniform, runRng(seed, 0));
      return new Priorities(this.#program.threads.length, how.changes, schedule.length);
    } catch (error) {
      if (!(error instanceof OutOfMemory)) throw error;
      this.#cutOff = 'memory';
      return uniform;
    }
  }

  #oneRun(): void {
    try {
      const { schedule, wrong, isCut } = this.#walked(
        this.#strategy,
        runRng(this.#options.seed, this.#runs + 1),
      );
      this.#runs += 1;
      this.#steps += schedule.length;
      this.#longest = Math.max(this.#longest, schedule.length);
      if (isCut) this.#cut += 1;
      for (const one of wrong) this.#note(one, schedule);
    } catch (error) {
      if (!(error instanceof OutOfMemory)) throw error;
      this.#cutOff = 'memory';
    }
  }

  /** One run: to the first violation, to where nobody can step, or as long as may be. */
  #walked(strategy: Strategy, rng: Rng): { schedule: Option[]; wrong: readonly Wrong[]; isCut: boolean } {
    const walk = this.#walk;
    const schedule: Option[] = [];
    let wrong = walk.begin();
    /** Daemons go on for as long again as the others took. */
    let most = LONGEST_RUN;
    strategy.begin(rng);
    while (wrong.length === 0 && schedule.length < most) {
      const taken = this.#step(strategy, rng);
      if (taken === null) break;
      schedule.push(taken.option);
      wrong = taken.wrong;
      if (most === LONGEST_RUN && walk.machine.memory.hasEnded(taken.option.thread) && walk.isOver())
        most = Math.min(LONGEST_RUN - 1, 2 * schedule.length);
    }
    const isCut = schedule.length === LONGEST_RUN;
    if (wrong.length === 0 && !walk.isOver() && walk.isDeadlocked()) wrong = [{ kind: 'deadlock' }];
    return { schedule, wrong, isCut };
  }

  #step(strategy: Strategy, rng: Rng): { option: Option; wrong: readonly Wrong[] } | null {
    const { machine } = this.#walk;
    strategy.order(this.#order);
    for (const thread of this.#order) {
      let choice = 0;
      let outcome = machine.take(thread, 0);
      const { choices } = machine;
      if (choices > 1) {
        if (outcome !== 'blocked') machine.undo();
        const first = rng.below(choices);
        for (let i = 0; i < choices; i += 1) {
          choice = (first + i) % choices;
          outcome = machine.take(thread, choice);
          if (outcome !== 'blocked') break;
        }
      }
      if (outcome === 'blocked') continue;
      strategy.stepped(thread);
      return { option: { thread, choice }, wrong: this.#walk.arrived(outcome, thread, choice) };
    }
    return null;
  }

  #note(wrong: Wrong, schedule: Schedule): void {
    const key = keyOf(wrong);
    const known = this.#kinds.get(key);
    if (known === undefined) {
      this.#kinds.set(key, { wrong, runs: 1, first: this.#runs, schedule });
      return;
    }
    known.runs += 1;
    if (compareSchedules(schedule, known.schedule) < 0) known.schedule = schedule;
  }

  #progress(): Progress {
    const { count: states, bytes } = this.#walk.store;
    return {
      states,
      transitions: this.#steps,
      depth: this.#longest,
      queue: this.#options.runs - this.#runs,
      bytes,
      runs: this.#runs,
    };
  }

  #result(): Sampled {
    const { startTrouble, machine, store } = this.#walk;
    const found = this.#found();
    const all = new Findings();
    for (const { wrong, depth } of found.values()) all.addLate({ wrong, depth, goals: [] });
    if (startTrouble !== null)
      all.addLate({ wrong: { kind: 'trouble', trouble: startTrouble }, depth: 0, goals: [] });
    const { safety, findings } = safetyOf(this.#program, all.all(), this.#cutOff);
    const limit = this.#limit();
    const { how, seed, runs: wanted } = this.#options;
    return {
      ...this.#progress(),
      engine: { used: 'interpreter', why: null },
      safety: findings.length > 0 ? safety : { word: 'LIMIT', limit: limit.what },
      findings: findings.map(
        ({ wrong }) =>
          found.get(keyOf(wrong)) ?? { wrong, message: startTrouble?.message ?? '', depth: 0, schedule: [] },
      ),
      isComplete: false,
      limit,
      coverage: coverageOf(machine),
      sampling: {
        ...{ how, seed, wanted, runs: this.#runs, cut: this.#cut },
        empty: [...this.#kinds.values()].reduce(
          (sum, { wrong, runs }) => sum + (isLimit(wrong) ? runs : 0),
          0,
        ),
        newStates: store.count - this.#statesBefore,
        met: findings.map(({ wrong }) => {
          const { runs = 0, first = 0, schedule = [] } = this.#kinds.get(keyOf(wrong)) ?? {};
          return { runs, first, steps: schedule.length };
        }),
      },
    };
  }

  /** Each kind, shortened. */
  #found(): ReadonlyMap<string, Finding> {
    const found = new Map<string, Finding>();
    for (const [key, { wrong, schedule }] of this.#kinds) {
      const shown = { wrong, message: this.#messageOf(wrong), schedule };
      const least = isLimit(wrong) ? shown : (this.#shortened(schedule, key) ?? shown);
      found.set(key, { ...least, depth: least.schedule.length });
    }
    return found;
  }

  #shortened(schedule: Schedule, key: string): ReturnType<typeof minimise> {
    try {
      return minimise(this.#walk, schedule, key);
    } catch (error) {
      if (error instanceof OutOfMemory) return null;
      throw error;
    }
  }

  #messageOf(wrong: Wrong): string {
    if (wrong.kind === 'trouble') return wrong.trouble.message;
    if (wrong.kind === 'deadlock') return 'threads wait for ever';
    return `${this.#program.invariants[wrong.invariant]?.fn}() is false`;
  }

  #limit(): Limit {
    if (this.#cutOff !== null) return { what: this.#cutOff, advice: ADVICE[this.#cutOff] };
    const advice =
      'Runs by chance prove nothing. Try more of them (--random N) or others (--seed N, --pct D), the least preemptions ' +
      'first (--preemptions K), or every schedule: the same command without --random.';
    return { what: 'runs', advice };
  }
}

/** The randomness of one run depends on the seed and its number alone. */
function runRng(seed: number, run: number): Rng {
  const mixed = new Rng(Math.imul(run, 0x9e3779b1) ^ new Rng(seed).next());
  return new Rng(mixed.next());
}
