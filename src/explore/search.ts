// SPDX-License-Identifier: GPL-2.0-only
// Owns the complete breadth-first search: every schedule, an exact visited set, the shortest way to each finding.

import { UserError } from '../base/user-error.ts';
import type { Program } from '../lang/program.ts';
import type { Safety } from '../model/recording.ts';
import { Machine } from '../machine/machine.ts';
import { Packing } from '../machine/packing.ts';
import type { Trouble } from '../machine/trouble.ts';
import { Arena } from './arena.ts';
import { coverageOf, type Coverage } from './coverage.ts';
import { deadlockedStates } from './deadlock.ts';
import { Findings, type Found, type Wrong } from './findings.ts';
import { whyNotGenerated } from './generated/compile.ts';
import { GeneratedEngine } from './generated/engine.ts';
import { Interpreter, type Expander, type Space } from './interpreter.ts';
import { Judge } from './judge.ts';
import { MemoryBudget, OutOfMemory } from './memory-budget.ts';
import type { PersistentSets } from './reduce/persistent.ts';
import type { Symmetry } from './reduce/symmetry.ts';
import type { Schedule } from './schedule.ts';
import { shortestSchedule } from './shortest.ts';
import { MOST_CHOICES, StateGraph } from './state-graph.ts';
import { StateStore } from './state-store.ts';
import { safetyOf, type CutOff, type Limit } from './verdict.ts';
import { WasmEngine, whyNotWasm } from './wasm/engine.ts';

export interface Progress {
  readonly states: number;
  readonly transitions: number;
  /** Every state nearer than this has been expanded. */
  readonly depth: number;
  /** States found but not yet expanded. */
  readonly queue: number;
  readonly bytes: number;
  /** In a series of runs: how many have been made. */
  readonly runs?: number;
}

/**
 * What takes the steps. `generated` and `wasm`: JavaScript or WebAssembly made from the Program, but for what needs the
 * interpreter. `auto`: the interpreter, until a search is so long that making code pays, then WebAssembly. The outcome is
 * the same, to the last byte.
 */
export type Engine = 'interpreter' | 'generated' | 'wasm' | 'auto';

/**
 * States to be expanded before code is made. Measured with three threads (2003-counter, two faults, four pages) as CPU
 * milliseconds of whole searches of 2,500 / 5,000 / 10,000 / 20,000 / 40,000 states: interpreter 60 / 73 / 112 / 175 / 250,
 * generated 89 / 101 / 130 / 190 / 225, wasm 86 / 87 / 98 / 114 / 127. So the making costs what 4,000 states cost the
 * interpreter: who waits for as many has lost twice that at the most, and generated code never pays.
 */
const CODE_FROM: Readonly<Record<Engine, number>> = {
  interpreter: Infinity,
  generated: 0,
  wasm: 0,
  auto: 4000,
};

export interface SearchOptions {
  /** Default: auto. */
  readonly engine?: Engine;
  /** Exchanges identical threads: one state then stands for many. Default: none. */
  readonly symmetry?: Symmetry | null;
  /** Follows no more threads than are enough. What is found is then not at its shortest. Default: none. */
  readonly persistent?: PersistentSets | null;
  /** Go on after the first violation, to the end of the state space. Default: finish the depth, then stop. */
  readonly everything?: boolean;
  readonly maxStates?: number;
  /** Never passed, not even for a moment: what does not fit is not allocated. */
  readonly maxBytes?: number;
  /** Asked now and then; true stops the search: its time is over. */
  readonly isExpired?: () => boolean;
  /** The same, but somebody wants to know what is known so far (Ctrl-C). */
  readonly isInterrupted?: () => boolean;
  readonly onProgress?: (progress: Progress) => void;
  /** States expanded between two calls of the functions above. Default 4096. */
  readonly every?: number;
}

/** One kind of thing that is wrong, at its shortest. */
export interface Finding {
  readonly wrong: Wrong;
  readonly message: string;
  /** Steps of `schedule`. */
  readonly depth: number;
  /** Shortest; of those fewest context switches; of those first in thread order. */
  readonly schedule: Schedule;
}

export interface Exploration extends Progress {
  /** The engine that the search ended with, and why it was the interpreter although code was wanted. */
  readonly engine: { readonly used: Exclude<Engine, 'auto'>; readonly why: string | null };
  readonly safety: Safety;
  /** All kinds found, nearest first. The first is what `safety` is about; empty for SAFE and LIMIT. */
  readonly findings: readonly Finding[];
  /** Every reachable state was seen and judged. */
  readonly isComplete: boolean;
  /** What cut the search off, with advice; null when nothing did. */
  readonly limit: Limit | null;
  readonly coverage: Coverage;
}

/**
 * Explores every schedule of the Program. Memory: see StateStore and StateGraph; time: one to two microseconds a
 * transition, a tenth of that in WebAssembly. Throws UserError for a model with more threads or choices than a search can number.
 */
export function explore(program: Program, options: SearchOptions = {}): Exploration {
  return runToEnd(exploring(program, options));
}

/** The same in slices: yields every `every` states, so that whoever drives it can look at signals and the clock. */
export function* exploring(program: Program, options: SearchOptions = {}): Slices<Exploration> {
  return (yield* walking(program, options)).exploration;
}

/** What a search leaves behind: all that it has seen, for what can only be decided when it is over. */
export interface Explored extends Space {
  readonly exploration: Exploration;
}

/** The same, with all that was walked. */
export function* walking(program: Program, options: SearchOptions = {}): Slices<Explored> {
  refuseManyChoices(program);
  return yield* new Search(program, options).run();
}

/** Work cut into slices of some milliseconds; how it is cut changes nothing in what it returns. */
export type Slices<T> = Generator<Progress, T, void>;

export function runToEnd<T>(slices: Slices<T>): T {
  for (;;) {
    const { done, value } = slices.next();
    if (done) return value;
  }
}

class Search {
  readonly #program: Program;
  readonly #options: SearchOptions;
  readonly #maxStates: number;
  readonly #every: number;
  readonly #machine: Machine;
  readonly #findings = new Findings();
  readonly #judge: Judge;
  readonly #graph: StateGraph;
  readonly #startTrouble: Trouble | null;
  readonly #store: StateStore;
  readonly #space: Space;
  readonly #interpreter: Interpreter;
  #engine: Expander;
  #used: Exclude<Engine, 'auto'> = 'interpreter';
  #whyInterpreted: string | null = null;
  #depth = 0;
  /** The last state expanded was so in part only. */
  #isTorn = false;
  #cutOff: CutOff | null = null;

  constructor(program: Program, options: SearchOptions) {
    this.#program = program;
    this.#options = options;
    this.#maxStates = options.maxStates ?? Infinity;
    this.#every = options.every ?? 4096;
    this.#machine = new Machine(program);
    this.#startTrouble = this.#machine.start();
    this.#judge = new Judge(this.#machine, this.#findings);
    const packing = new Packing(program, this.#machine.memory.vector);
    const arena = new Arena(new MemoryBudget(options.maxBytes));
    this.#store = new StateStore(packing, arena);
    this.#graph = new StateGraph(arena);
    this.#space = {
      machine: this.#machine,
      judge: this.#judge,
      packing,
      store: this.#store,
      graph: this.#graph,
      symmetry: options.symmetry ?? null,
      persistent: options.persistent ?? null,
    };
    this.#interpreter = new Interpreter(this.#space);
    this.#engine = this.#interpreter;
  }

  *run(): Slices<Explored> {
    if (this.#startTrouble === null) {
      this.#judge.newState(this.#interpreter.insertStart(), 0);
      yield* this.#layers();
    } else {
      this.#judge.trouble(this.#startTrouble, 0, { state: 0, step: null });
    }
    this.#engine.finish();
    if (this.#graph.expanded === this.#store.count && !this.#isTorn) yield* this.#hiddenDeadlocks();
    return { ...this.#space, exploration: this.#result() };
  }

  /** Layer by layer. What shows at depth d is noted while d - 1 is expanded, deadlocks while d is. */
  *#layers(): Slices<void> {
    while (this.#graph.expanded < this.#store.count && this.#cutOff === null) {
      const end = this.#store.count;
      if (!this.#options.everything && this.#findings.nearest <= this.#depth) {
        if (this.#findings.nearest === this.#depth) this.#deadlocksOfLayer(end);
        return;
      }
      this.#graph.layers.push(end);
      while (this.#graph.expanded < end && this.#cutOff === null) {
        try {
          this.#expandSome(end);
        } catch (error) {
          if (!(error instanceof OutOfMemory)) throw error;
          this.#tear();
          continue;
        }
        if (this.#lookAround()) yield this.#progress();
      }
      if (this.#graph.expanded === end && this.#cutOff !== 'memory') this.#depth += 1;
    }
  }

  /** Expands states of the layer that ends at `end`, as many as can be before something is looked at. */
  #expandSome(end: number): void {
    const { expanded } = this.#graph;
    const codeFrom = CODE_FROM[this.#options.engine ?? 'auto'];
    if (expanded === codeFrom) this.#makeCode();
    if (this.#engine.expandAll === undefined) {
      this.#graph.openState();
      this.#engine.expand(expanded, this.#depth);
      return;
    }
    const next = expanded - (expanded % this.#every) + this.#every;
    this.#engine.expandAll(expanded, Math.min(end, next), this.#depth, this.#maxStates);
  }

  /** There is no more memory: what is known of the state that was being expanded stays, and nothing is said of the rest. */
  #tear(): void {
    this.#cutOff = 'memory';
    this.#isTorn = true;
    this.#graph.tear();
  }

  #makeCode(): void {
    // Only generated code exchanges threads, follows some of them, and knows of loads that are open.
    const { symmetry, persistent } = this.#space;
    const isPlain = symmetry === null && persistent === null && this.#program.open === undefined;
    if (this.#options.engine === 'generated' || !isPlain) {
      this.#whyInterpreted = whyNotGenerated(this.#program);
      if (this.#whyInterpreted !== null) return;
      this.#engine = new GeneratedEngine(this.#interpreter);
      this.#used = 'generated';
    } else {
      this.#whyInterpreted = whyNotWasm(this.#store);
      if (this.#whyInterpreted !== null) return;
      this.#engine = new WasmEngine(this.#interpreter);
      this.#used = 'wasm';
    }
  }

  /** The search is over at this depth; only deadlocks of the layer are still unknown. */
  #deadlocksOfLayer(end: number): void {
    for (let state = this.#graph.expanded; state < end; state += 1) {
      this.#interpreter.goTo(state);
      this.#judge.beginState();
      let able = 0;
      let ended = 0;
      for (let thread = 0; thread < this.#program.threads.length; thread += 1) {
        if (this.#machine.memory.hasEnded(thread)) ended |= 1 << thread;
        else if (this.#machine.optionsOf(thread).length > 0) able |= 1 << thread;
        else this.#judge.blocked(thread);
      }
      this.#judge.endState(state, this.#depth, able, ended);
    }
  }

  *#hiddenDeadlocks(): Slices<void> {
    yield this.#progress();
    try {
      const { symmetry } = this.#options;
      const { mortal, unjudged } = this.#judge;
      const found = deadlockedStates(this.#graph, this.#store.count, mortal, symmetry, unjudged);
      if (found === null) return;
      const goals = found.states.map((state) => ({ state, step: null }));
      this.#findings.addLate({ wrong: { kind: 'deadlock' }, depth: found.depth, goals });
    } catch (error) {
      if (!(error instanceof RangeError)) throw error; // V8 has no memory for what the sweep takes
      this.#cutOff = 'memory';
    }
  }

  /** True when it is time for a word of life. */
  #lookAround(): boolean {
    if (this.#store.count > this.#maxStates) this.#cutOff ??= 'states';
    if (this.#graph.expanded % this.#every !== 0) return false;
    const { maxBytes = Infinity, isExpired, isInterrupted, onProgress } = this.#options;
    if (this.#bytes() > maxBytes) this.#cutOff ??= 'memory';
    if (isExpired?.()) this.#cutOff ??= 'time';
    if (isInterrupted?.()) this.#cutOff ??= 'interrupted';
    onProgress?.(this.#progress());
    return true;
  }

  #bytes(): number {
    return this.#store.bytes + this.#graph.bytes;
  }

  #progress(): Progress {
    return {
      states: this.#store.count,
      transitions: this.#graph.edgeCount,
      depth: this.#depth,
      queue: this.#store.count - this.#graph.expanded,
      bytes: this.#bytes(),
    };
  }

  #result(): Exploration {
    const all = this.#findings.all();
    const { safety, findings, limit } = safetyOf(this.#program, all, this.#cutOff);
    return {
      ...this.#progress(),
      engine: { used: this.#used, why: this.#whyInterpreted },
      safety,
      findings: findings.map((found) => this.#finding(found)),
      isComplete: limit === null && this.#graph.expanded === this.#store.count && this.#startTrouble === null,
      limit,
      coverage: coverageOf(this.#machine),
    };
  }

  /** Walks the schedule once more, to tell what is wrong at its end and not at the end of another. */
  #finding({ wrong, depth, goals }: Found): Finding {
    const { length } = this.#program.threads;
    const schedule = shortestSchedule(this.#graph, { depth, goals }, length, this.#options.symmetry);
    if (this.#startTrouble !== null) return { wrong, message: this.#startTrouble.message, depth, schedule };
    this.#interpreter.goTo(0);
    let trouble: Trouble | null = null;
    for (const { thread, choice } of schedule) {
      const outcome = this.#machine.take(thread, choice);
      if (typeof outcome !== 'string') trouble = outcome;
    }
    const here = wrong.kind === 'trouble' ? (trouble ?? this.#judge.troubleHere(wrong.trouble.kind)) : null;
    const told: Wrong = here === null ? wrong : { kind: 'trouble', trouble: here };
    const message = this.#judge.describe(told);
    schedule.forEach(() => this.#machine.undo()); // a step into trouble leaves no state behind, and unpack wants one
    return { wrong: told, message, depth, schedule };
  }
}

function refuseManyChoices(program: Program): void {
  for (const { site, choice } of program.threads.flatMap(({ code }) => code)) {
    if (choice === undefined || choice.count <= MOST_CHOICES) continue;
    const { file = '', line = 0 } = program.sites[site] ?? {};
    throw new UserError(
      'too-many-choices',
      `${file}:${line}: a choice among ${choice.count}, and ${MOST_CHOICES} is the most that a search follows`,
      'Choose among fewer values, or in several steps.',
    );
  }
}
