// SPDX-License-Identifier: GPL-2.0-only
// Owns the search by preemptions: all schedules without one, then all with one, and so on (iterative context bounding,
// Musuvathi and Qadeer, PLDI 2007). Most races need one or two, and there are far fewer such schedules.

import type { Program } from '../lang/program.ts';
import { Machine, type Option } from '../machine/machine.ts';
import { Packing } from '../machine/packing.ts';
import { coverageOf } from './coverage.ts';
import { Findings, type Found, type Goal } from './findings.ts';
import { Interpreter, UNREDUCED } from './interpreter.ts';
import { Judge } from './judge.ts';
import { Arena } from './arena.ts';
import { MemoryBudget, OutOfMemory } from './memory-budget.ts';
import type { Schedule } from './schedule.ts';
import type { Exploration, Finding, Progress, SearchOptions, Slices } from './search.ts';
import { StateGraph } from './state-graph.ts';
import { StateStore } from './state-store.ts';
import { safetyOf, type CutOff, type Limit } from './verdict.ts';

export interface PreemptionOptions extends Pick<
  SearchOptions,
  'maxStates' | 'maxBytes' | 'isExpired' | 'isInterrupted'
> {
  /** The most preemptions of a schedule. */
  readonly most: number;
}

export interface Bounded extends Exploration {
  readonly preemptions: {
    readonly most: number;
    /** Every schedule with at most so many was tried; -1: not even all without one. */
    readonly complete: number;
    /** Those of the schedule found; null when there is none. */
    readonly found: number | null;
    /** No schedule was left out for having more: every reachable state was seen. */
    readonly isAll: boolean;
  };
}

/** Pairs expanded between two looks at the clock. */
const EVERY = 512;

/**
 * Tries every schedule with at most `most` preemptions. A preemption is a context switch away from a thread that could
 * have gone on; from one that waits or has ended it is none. What is found has the fewest preemptions, of these the
 * fewest steps. Deadlocks are those in which nobody can step or locks with known holders form a cycle. Exact: visited
 * are pairs of state and last thread. Memory: a state as in StateStore, 4 bytes more, and 11 for each pair.
 */
export function* searchingByPreemptions(program: Program, options: PreemptionOptions): Slices<Bounded> {
  return yield* new PreemptionSearch(program, options).run();
}

/** A pair of state and last thread, numbered in order of discovery, and how it was reached. */
class Pairs {
  readonly #budget: MemoryBudget;
  #states = new Uint32Array(1024);
  #parents = new Uint32Array(1024);
  #threads = new Uint8Array(1024);
  #choices = new Uint16Array(1024);
  count = 0;

  constructor(budget: MemoryBudget) {
    this.#budget = budget;
  }

  get bytes(): number {
    return (
      this.#states.byteLength + this.#parents.byteLength + this.#threads.byteLength + this.#choices.byteLength
    );
  }

  add(state: number, parent: number, { thread, choice }: Option): number {
    if (this.count === this.#states.length) {
      const by = this.#budget.factor(this.bytes);
      const [states, parents] = [
        grown(this.#budget, this.#states, by),
        grown(this.#budget, this.#parents, by),
      ];
      const [threads, choices] = [
        grown(this.#budget, this.#threads, by),
        grown(this.#budget, this.#choices, by),
      ];
      this.#states = states;
      this.#parents = parents;
      this.#threads = threads;
      this.#choices = choices;
    }
    const pair = this.count;
    this.#states[pair] = state;
    this.#parents[pair] = parent;
    this.#threads[pair] = thread;
    this.#choices[pair] = choice;
    this.count += 1;
    return pair;
  }

  stateOf(pair: number): number {
    return this.#states[pair]!;
  }

  /** The thread that stepped last; pair 0, the start, has none. */
  threadOf(pair: number): number {
    return pair === 0 ? -1 : this.#threads[pair]!;
  }

  /** The steps that lead to the pair. */
  scheduleTo(pair: number): Option[] {
    const steps: Option[] = [];
    for (let at = pair; at !== 0; at = this.#parents[at]!)
      steps.push({ thread: this.#threads[at]!, choice: this.#choices[at]! });
    return steps.reverse();
  }
}

class PreemptionSearch {
  readonly #program: Program;
  readonly #options: PreemptionOptions;
  readonly #machine: Machine;
  readonly #startTrouble: ReturnType<Machine['start']>;
  readonly #budget: MemoryBudget;
  readonly #store: StateStore;
  readonly #interpreter: Interpreter;
  readonly #pairs: Pairs;
  readonly #judge: Judge;
  #findings = new Findings();
  /** Of each state the last threads with which it was visited, as a mask. */
  #visited = new Int32Array(1024);
  /** Pairs by their depth: those of this bound, and those from which one preemption more leads on. */
  #layers: number[][] = [];
  #preempted: number[][] = [];
  #bound = 0;
  #expanded = 0;
  #depth = 0;
  #longest = 0;
  #transitions = 0;
  #isAll = false;
  #cutOff: CutOff | null = null;

  constructor(program: Program, options: PreemptionOptions) {
    this.#program = program;
    this.#options = options;
    this.#machine = new Machine(program);
    this.#startTrouble = this.#machine.start();
    this.#budget = new MemoryBudget(options.maxBytes);
    const machine = this.#machine;
    const packing = new Packing(program, machine.memory.vector);
    this.#store = new StateStore(packing, new Arena(this.#budget));
    this.#pairs = new Pairs(this.#budget);
    this.#judge = new Judge(machine, { add: (...found) => this.#findings.add(...found) });
    const graph = new StateGraph(); // stays empty
    const space = { machine, judge: this.#judge, packing, store: this.#store, graph };
    this.#interpreter = new Interpreter({ ...UNREDUCED, ...space });
  }

  *run(): Slices<Bounded> {
    if (this.#startTrouble === null) {
      this.#judge.newState(this.#interpreter.insertStart(), 0);
      this.#layers = [[this.#pairs.add(0, 0, { thread: 0, choice: 0 })]];
      for (; ; this.#bound += 1) {
        yield* this.#withoutMore();
        if (this.#cutOff !== null || this.#findings.nearest < Infinity) break;
        if (this.#preempted.length === 0) {
          this.#isAll = true;
          break;
        }
        if (this.#bound === this.#options.most) break;
        this.#layers = this.#preempted;
        this.#preempted = [];
      }
    } else {
      this.#judge.trouble(this.#startTrouble, 0, { state: 0, step: null });
    }
    return this.#result();
  }

  /**
   * Everything that can be reached without one preemption more, nearest first. The first layers of a bound are pairs from
   * which others than the last thread go on: that is the preemption.
   */
  *#withoutMore(): Slices<void> {
    const isPreempting = this.#bound > 0;
    const from = this.#layers;
    const next: number[][] = [];
    this.#layers = next;
    for (this.#depth = 0; this.#depth < Math.max(from.length, next.length); this.#depth += 1) {
      if (this.#findings.nearest <= this.#depth) return;
      for (const [pairs, others] of [
        [from[this.#depth] ?? [], isPreempting],
        [next[this.#depth] ?? [], false],
      ] as const) {
        for (const pair of pairs) {
          this.#expand(pair, others);
          if (this.#store.count > (this.#options.maxStates ?? Infinity)) this.#cutOff ??= 'states';
          if (this.#cutOff !== null) return;
          this.#expanded += 1;
          if (this.#expanded % EVERY !== 0) continue;
          yield this.#progress();
          if (this.#options.isExpired?.()) this.#cutOff ??= 'time';
          if (this.#options.isInterrupted?.()) this.#cutOff ??= 'interrupted';
        }
      }
      from[this.#depth] = [];
      next[this.#depth] = [];
    }
  }

  #expand(pair: number, isPreempted: boolean): void {
    try {
      if (isPreempted) this.#preempt(pair);
      else this.#goOn(pair);
    } catch (error) {
      if (!(error instanceof OutOfMemory)) throw error;
      this.#cutOff = 'memory';
    }
    this.#longest = Math.max(this.#longest, this.#depth);
  }

  /** The last thread goes on; when it cannot, whoever can. */
  #goOn(pair: number): void {
    const { threads } = this.#program;
    const last = this.#pairs.threadOf(pair);
    this.#interpreter.goTo(this.#pairs.stateOf(pair));
    this.#judge.beginState();
    let able = 0;
    let ended = 0;
    for (let thread = 0; thread < threads.length; thread += 1) {
      if (this.#machine.memory.hasEnded(thread)) ended |= 1 << thread;
      else if (this.#machine.optionsOf(thread).length > 0) able |= 1 << thread;
      else this.#judge.blocked(thread);
    }
    this.#judge.endState(pair, this.#depth, able, ended);
    const isFree = last < 0 || ((able >> last) & 1) === 0;
    for (let thread = 0; thread < threads.length; thread += 1)
      if ((able >> thread) & 1 && (isFree || thread === last)) this.#step(pair, thread);
    if (isFree || (able & ~(1 << last)) === 0) return;
    (this.#preempted[this.#depth] ??= []).push(pair);
  }

  /** All but the last thread go on. */
  #preempt(pair: number): void {
    const last = this.#pairs.threadOf(pair);
    this.#interpreter.goTo(this.#pairs.stateOf(pair));
    for (let thread = 0; thread < this.#program.threads.length; thread += 1)
      if (thread !== last && !this.#machine.memory.hasEnded(thread)) this.#step(pair, thread);
  }

  /** Takes every step of the thread from the state of the pair, in which the machine stands. */
  #step(pair: number, thread: number): void {
    const machine = this.#machine;
    let choice = 0;
    do {
      const outcome = machine.take(thread, choice);
      if (outcome === 'blocked') continue;
      this.#transitions += 1;
      if (outcome === 'moved') this.#arrive(pair, { thread, choice });
      else this.#judge.trouble(outcome, this.#depth + 1, { state: pair, step: { thread, choice } });
      machine.undo();
    } while (++choice < machine.choices);
  }

  #arrive(pair: number, step: Option): void {
    const { memory } = this.#machine;
    const state = this.#interpreter.insertStepped(this.#pairs.stateOf(pair), memory.changed, memory.logged);
    const isNew = this.#store.added;
    const bit = 1 << step.thread;
    while (state >= this.#visited.length)
      this.#visited = grown(this.#budget, this.#visited, this.#budget.factor(this.#visited.byteLength));
    if ((this.#visited[state]! & bit) === 0) {
      const to = this.#pairs.add(state, pair, step);
      this.#visited[state]! |= bit;
      (this.#layers[this.#depth + 1] ??= []).push(to);
      if (isNew) this.#judge.newState(to, this.#depth + 1);
    }
    this.#judge.step(pair, step.thread, step.choice, this.#depth + 1);
  }

  #bytes(): number {
    return this.#store.bytes + this.#pairs.bytes + this.#visited.byteLength;
  }

  #progress(): Progress {
    return {
      states: this.#store.count,
      transitions: this.#transitions,
      depth: this.#longest,
      queue: this.#layers.reduce((sum, { length }) => sum + length, 0),
      bytes: this.#bytes(),
    };
  }

  #result(): Bounded {
    const all = this.#findings.all();
    const { safety, findings, limit } = safetyOf(this.#program, all, this.#cutOff);
    const isFound = findings.length > 0;
    const bounded = limit ?? (this.#isAll ? null : this.#limit());
    const complete = this.#cutOff !== null || isFound ? this.#bound - 1 : this.#bound;
    return {
      ...this.#progress(),
      engine: { used: 'interpreter', why: null },
      safety: isFound || bounded === null ? safety : { word: 'LIMIT', limit: bounded.what },
      findings: findings.map((found) => this.#finding(found)),
      isComplete: false,
      limit: isFound ? limit : bounded,
      coverage: coverageOf(this.#machine),
      preemptions: {
        most: this.#options.most,
        complete,
        found: isFound ? this.#bound : null,
        isAll: this.#isAll && this.#cutOff === null,
      },
    };
  }

  #limit(): Limit {
    const advice = `Try one more (--preemptions ${this.#options.most + 1}), or every schedule: the same command without --preemptions.`;
    return { what: 'preemptions', advice };
  }

  /** The first way found to it. */
  #finding({ wrong, depth, goals }: Found): Finding {
    const { state: pair, step } = goals[0] as Goal;
    if (this.#startTrouble !== null)
      return { wrong, message: this.#startTrouble.message, depth: 0, schedule: [] };
    const schedule: Schedule = [...this.#pairs.scheduleTo(pair), ...(step === null ? [] : [step])];
    const machine = this.#machine;
    this.#interpreter.goTo(this.#pairs.stateOf(pair));
    const trouble = step === null ? 'moved' : machine.take(step.thread, step.choice);
    const told =
      wrong.kind === 'trouble' && typeof trouble !== 'string'
        ? ({ kind: 'trouble', trouble } as const)
        : wrong;
    const message = this.#judge.describe(told);
    if (step !== null) machine.undo();
    return { wrong: told, message, depth, schedule };
  }
}

function grown<T extends Int32Array | Uint32Array | Uint16Array | Uint8Array>(
  budget: MemoryBudget,
  array: T,
  by: number,
): T {
  const length = Math.ceil(by * array.length);
  const make = array.constructor as new (length: number) => T;
  const larger = budget.grow(array.byteLength, length * array.BYTES_PER_ELEMENT, () => new make(length));
  larger.set(array);
  return larger;
}
