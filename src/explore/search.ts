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
import { Judge } from './judge.ts';
import type { Schedule } from './schedule.ts';
import { shortestSchedule } from './shortest.ts';
import { MOST_CHOICES, NOWHERE, StateGraph } from './state-graph.ts';
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

export interface SearchOptions {
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
 * transition. Throws UserError for a model with more threads or choices than a search can number.
 */
export function explore(program: Program, options: SearchOptions = {}): Exploration {
  refuseManyChoices(program);
  return new Search(program, options).run();
}

class Search {
  readonly #program: Program;
  readonly #options: SearchOptions;
  readonly #machine: Machine;
  readonly #findings = new Findings();
  readonly #judge: Judge;
  readonly #graph = new StateGraph();
  readonly #startTrouble: Trouble | null;
  readonly #packing: Packing;
  readonly #store: StateStore;
  #scratch = new Int32Array(1);
  #transitions = 0;
  #depth = 0;
  #cutOff: 'states' | 'memory' | 'time' | null = null;

  constructor(program: Program, options: SearchOptions) {
    this.#program = program;
    this.#options = options;
    this.#machine = new Machine(program);
    this.#startTrouble = this.#machine.start();
    this.#judge = new Judge(this.#machine, this.#findings);
    this.#packing = new Packing(program, this.#machine.memory.vector);
    this.#store = new StateStore(this.#packing);
  }

  run(): Exploration {
    if (this.#startTrouble === null) {
      this.#judge.newState(this.#insertStart(), 0);
      this.#layers();
    } else {
      this.#judge.trouble(this.#startTrouble, 0, { state: 0, step: null });
    }
    if (this.#graph.expanded === this.#store.count) this.#hiddenDeadlocks();
    return this.#result();
  }

  #insertStart(): number {
    this.#scratch = new Int32Array(this.#packing.words);
    this.#packing.pack(this.#machine.memory.vector, this.#scratch, 0);
    return this.#store.add(this.#scratch, 0);
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
        this.#expand(this.#graph.expanded);
        this.#lookAround();
      }
      if (this.#graph.expanded === end) this.#depth += 1;
    }
  }

  #goTo(state: number): void {
    this.#packing.unpack(this.#store.words, this.#store.offset(state), this.#machine.memory.vector);
    this.#machine.forget();
  }

  #expand(state: number): void {
    const { memory } = this.#machine;
    this.#goTo(state);
    this.#judge.beginState();
    let able = 0;
    let ended = 0;
    for (let thread = 0; thread < this.#program.threads.length; thread += 1) {
      if (memory.hasEnded(thread)) ended |= 1 << thread;
      else if (this.#tryThread(state, thread)) able |= 1 << thread;
      else this.#judge.blocked(thread);
    }
    this.#judge.endState(state, this.#depth, able, ended);
    this.#graph.closeState(ended);
  }

  /** Takes every step that the thread can take; false when there is none. */
  #tryThread(state: number, thread: number): boolean {
    const machine = this.#machine;
    let isAble = false;
    let choice = 0;
    do {
      const outcome = machine.take(thread, choice);
      if (outcome === 'blocked') continue;
      isAble = true;
      this.#transitions += 1;
      if (outcome === 'moved') this.#arrive(state, thread, choice);
      else this.#fail(outcome, state, thread, choice);
      machine.undo();
    } while (++choice < machine.choices);
    return isAble;
  }

  #arrive(state: number, thread: number, choice: number): void {
    const to = this.#insertStepped(state);
    this.#graph.addEdge(thread, choice, to);
    if (this.#store.added) this.#judge.newState(to, this.#depth + 1);
    this.#judge.step(state, thread, choice, this.#depth + 1);
  }

  #fail(trouble: Trouble, state: number, thread: number, choice: number): void {
    this.#graph.addEdge(thread, choice, NOWHERE);
    this.#judge.trouble(trouble, this.#depth + 1, { state, step: { thread, choice } });
  }

  /** The state after one step from `state`: only the slots that the step wrote are packed again. */
  #insertStepped(state: number): number {
    const store = this.#store;
    const { memory } = this.#machine;
    const { words } = store;
    const from = store.offset(state);
    for (let i = 0; i < this.#scratch.length; i += 1) this.#scratch[i] = words[from + i]!;
    if (!this.#packing.patch(memory.changed, memory.logged, memory.vector, this.#scratch, 0)) {
      store.relayout();
      this.#scratch = new Int32Array(this.#packing.words);
      this.#packing.pack(memory.vector, this.#scratch, 0);
    }
    return store.add(this.#scratch, 0);
  }

  /** The search is over at this depth; only deadlocks of the layer are still unknown. */
  #deadlocksOfLayer(end: number): void {
    for (let state = this.#graph.expanded; state < end; state += 1) {
      this.#goTo(state);
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
    const found = deadlockedStates(this.#graph, this.#store.count, this.#judge.mortal);
    if (found === null) return;
    const goals = found.states.map((state) => ({ state, step: null }));
    this.#findings.addLate({ wrong: { kind: 'deadlock' }, depth: found.depth, goals });
  }

  #lookAround(): void {
    const { maxStates = Infinity, maxBytes = Infinity, every = 4096, isExpired, onProgress } = this.#options;
    if (this.#store.count > maxStates) this.#cutOff = 'states';
    if (this.#graph.expanded % every !== 0) return;
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
      transitions: this.#transitions,
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
    this.#goTo(0);
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
