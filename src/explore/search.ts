// SPDX-License-Identifier: GPL-2.0-only
// Owns the complete breadth-first search: every schedule, an exact visited set, the shortest way to each finding.

import { UserError } from '../base/user-error.ts';
import type { Program } from '../lang/program.ts';
import type { Safety } from '../model/recording.ts';
import { Machine } from '../machine/machine.ts';
import { Packing } from '../machine/packing.ts';
import type { Trouble } from '../machine/trouble.ts';
import { coverageOf, type Coverage } from './coverage.ts';
import { deadlockedStates } from './deadlock.ts';
import { Findings, type Found, type Wrong } from './findings.ts';
import { whyNotGenerated } from './generated/compile.ts';
import { GeneratedEngine } from './generated/engine.ts';
import { Interpreter, type Expander } from './interpreter.ts';
import { Judge } from './judge.ts';
import type { Schedule } from './schedule.ts';
import { shortestSchedule } from './shortest.ts';
import { MOST_CHOICES, StateGraph } from './state-graph.ts';
import { StateStore } from './state-store.ts';
import { safetyOf, type Limit } from './verdict.ts';

export interface Progress {
  readonly states: number;
  readonly transitions: number;
  /** Every state nearer than this has been expanded. */
  readonly depth: number;
  /** States found but not yet expanded. */
  readonly queue: number;
  readonly bytes: number;
}

/**
 * What takes the steps. `generated`: JavaScript made from the Program, but for what needs the interpreter. `auto`: the
 * interpreter, until a search is so long that making code pays. The outcome is the same, to the last byte.
 */
export type Engine = 'interpreter' | 'generated' | 'auto';

/** States to be expanded before code is made. */
const GENERATED_FROM: Readonly<Record<Engine, number>> = { interpreter: Infinity, generated: 0, auto: 4000 };

export interface SearchOptions {
  /** Default: auto. */
  readonly engine?: Engine;
  /** Go on after the first violation, to the end of the state space. Default: finish the depth, then stop. */
  readonly everything?: boolean;
  readonly maxStates?: number;
  readonly maxBytes?: number;
  /** Asked now and then; true stops the search (a time limit, Ctrl-C). */
  readonly isExpired?: () => boolean;
  readonly onProgress?: (progress: Progress) => void;
  /** States expanded between two calls of the two functions above. Default 4096. */
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
  readonly engine: { readonly used: 'interpreter' | 'generated'; readonly why: string | null };
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
 * transition, a third of that in generated code. Throws UserError for a model with more threads or choices than a search can number.
 */
export function explore(program: Program, options: SearchOptions = {}): Exploration {
  refuseManyChoices(program);
  return new Search(program, options).run();
}

class Search {
  readonly #program: Program;
  readonly #options: SearchOptions;
  readonly #maxStates: number;
  readonly #every: number;
  readonly #machine: Machine;
  readonly #findings = new Findings();
  readonly #judge: Judge;
  readonly #graph = new StateGraph();
  readonly #startTrouble: Trouble | null;
  readonly #store: StateStore;
  readonly #interpreter: Interpreter;
  #engine: Expander;
  /** States to be expanded before the generated code takes over. */
  #generatedFrom: number;
  #whyInterpreted: string | null = null;
  #depth = 0;
  #cutOff: 'states' | 'memory' | 'time' | null = null;

  constructor(program: Program, options: SearchOptions) {
    this.#program = program;
    this.#options = options;
    this.#maxStates = options.maxStates ?? Infinity;
    this.#every = options.every ?? 4096;
    this.#machine = new Machine(program);
    this.#startTrouble = this.#machine.start();
    this.#judge = new Judge(this.#machine, this.#findings);
    const packing = new Packing(program, this.#machine.memory.vector);
    this.#store = new StateStore(packing);
    const space = {
      machine: this.#machine,
      judge: this.#judge,
      packing,
      store: this.#store,
      graph: this.#graph,
    };
    this.#interpreter = new Interpreter(space);
    this.#engine = this.#interpreter;
    this.#generatedFrom = GENERATED_FROM[options.engine ?? 'auto'];
  }

  run(): Exploration {
    if (this.#startTrouble === null) {
      this.#judge.newState(this.#interpreter.insertStart(), 0);
      this.#layers();
    } else {
      this.#judge.trouble(this.#startTrouble, 0, { state: 0, step: null });
    }
    this.#engine.finish();
    if (this.#graph.expanded === this.#store.count) this.#hiddenDeadlocks();
    return this.#result();
  }

  /** Layer by layer. What shows at depth d is noted while d - 1 is expanded, deadlocks while d is. */
  #layers(): void {
    while (this.#graph.expanded < this.#store.count && this.#cutOff === null) {
      const end = this.#store.count;
      if (!this.#options.everything && this.#findings.nearest <= this.#depth) {
        if (this.#findings.nearest === this.#depth) this.#deadlocksOfLayer(end);
        return;
      }
      this.#graph.layers.push(end);
      while (this.#graph.expanded < end && this.#cutOff === null) {
        if (this.#graph.expanded === this.#generatedFrom) this.#generate();
        this.#engine.expand(this.#graph.expanded, this.#depth);
        this.#lookAround();
      }
      if (this.#graph.expanded === end) this.#depth += 1;
    }
  }

  #generate(): void {
    this.#whyInterpreted = whyNotGenerated(this.#program);
    if (this.#whyInterpreted === null) this.#engine = new GeneratedEngine(this.#interpreter);
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

  #hiddenDeadlocks(): void {
    const found = deadlockedStates(this.#graph, this.#store.count, this.#judge.mortal, this.#judge.unjudged);
    if (found === null) return;
    const goals = found.states.map((state) => ({ state, step: null }));
    this.#findings.addLate({ wrong: { kind: 'deadlock' }, depth: found.depth, goals });
  }

  #lookAround(): void {
    if (this.#store.count > this.#maxStates) this.#cutOff = 'states';
    if (this.#graph.expanded % this.#every !== 0) return;
    const { maxBytes = Infinity, isExpired, onProgress } = this.#options;
    if (this.#bytes() > maxBytes) this.#cutOff = 'memory';
    if (isExpired?.()) this.#cutOff = 'time';
    onProgress?.(this.#progress());
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
      engine: {
        used: this.#engine === this.#interpreter ? 'interpreter' : 'generated',
        why: this.#whyInterpreted,
      },
      safety,
      findings: findings.map((found) => this.#finding(found)),
      isComplete: limit === null && this.#graph.expanded === this.#store.count && this.#startTrouble === null,
      limit,
      coverage: coverageOf(this.#machine),
    };
  }

  /** Walks the schedule once more, to tell what is wrong at its end and not at the end of another. */
  #finding({ wrong, depth, goals }: Found): Finding {
    const schedule = shortestSchedule(this.#graph, { wrong, depth, goals }, this.#program.threads.length);
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
