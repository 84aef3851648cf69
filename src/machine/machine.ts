// SPDX-License-Identifier: GPL-2.0-only
// Owns the step: which threads can go on, one step of one thread, and its undo. The semantics is the comment at
// Node in lang/program.ts; nothing else in the repository decides what a step is.

import { assert, must } from '../base/assert.ts';
import { END, type Num, type Program, type VarId } from '../lang/program.ts';
import { compileCode, enabledEdge, nodeAt, type CompiledNode } from './code.ts';
import { Evaluator } from './evaluate.ts';
import { Memory } from './memory.ts';
import type { Tracer } from './tracer.ts';
import { asTrouble, Fault, type Trouble } from './trouble.ts';

/** One step that a thread can take. */
export interface Option {
  readonly thread: number;
  /** Value of the free choice met in the step; 0 when there is none. */
  readonly choice: number;
}

/** blocked: nothing was done. Trouble: the step was begun, and its writes up to the trouble stand. */
export type Outcome = 'moved' | 'blocked' | Trouble;

/** A run through so many nodes without a step is held to be endless. */
export const LONGEST_LOCAL_RUN = 100_000;

/** Whether some load is open in the state `vector`, and nothing in it is to be judged: see Program.open. */
export function hasOpenLoads({ open }: Program, vector: ArrayLike<Num>): boolean {
  return open !== undefined && open.some((id) => vector[id] !== 0);
}

/**
 * Runs a Program, one step at a time, on a Memory. Several machines may share one Memory (a watched and an unwatched
 * one do): all state is there, but for `start` and `undo`, which belong to the machine that stepped.
 */
export class Machine {
  readonly program: Program;
  readonly memory: Memory;
  readonly evaluator: Evaluator;
  /** How many choices the node had that the last `take` came to; 1 when it was no choice. */
  choices = 1;
  /** The lock (its first variable) that the last `take` was blocked at; -1 when it was none. */
  blockedLock: VarId = -1;
  /** Operations that ended in the last `take`, in order. */
  readonly ended: number[] = [];
  /** For each thread, for each node: bit i is set when edge i was ever taken, in a step not merely tried. */
  readonly coverage: readonly Uint32Array[];
  readonly #threads: readonly (readonly CompiledNode[])[];
  readonly #tracer: Tracer | null;
  /** Position in the log before each step that can be undone. */
  readonly #marks: number[] = [];
  /** The node being executed, for the position of trouble. */
  #at: CompiledNode | null = null;
  #localRun = 0;
  /** The step is tried only to know whether it is possible. */
  #isTrial = false;

  /** Compiles the Program: costs its size, some ten microseconds a node. */
  constructor(program: Program, memory: Memory = new Memory(program), tracer: Tracer | null = null) {
    this.program = program;
    this.memory = memory;
    this.#tracer = tracer;
    this.evaluator = new Evaluator(program, memory, tracer);
    this.#threads = program.threads.map((thread) => compileCode(thread.code, this.evaluator));
    this.coverage = program.threads.map((thread) => new Uint32Array(thread.code.length));
  }

  /**
   * From the start values to state 0: each thread runs to its first place of rest. To be called once, on a fresh
   * Memory. Trouble there is trouble at step 0, after which nothing can be stepped.
   */
  start(): Trouble | null {
    const { memory } = this;
    for (let thread = 0; thread < this.#threads.length; thread += 1) {
      try {
        this.#localRun = 0;
        this.#park(thread, this.#rideToRest(thread, memory.pc(thread)));
      } catch (error) {
        return this.#troubleOf(thread, error);
      }
    }
    memory.commit();
    return null;
  }

  /**
   * One step of `thread`. Unless blocked, `undo` takes it back; after trouble nothing else but undo makes sense.
   * Blocked: no edge of the step it comes to is enabled (under this choice), or it has ended, or there is no such choice.
   */
  take(thread: number, choice: number): Outcome {
    const { memory } = this;
    const mark = memory.logged;
    this.choices = 1;
    this.blockedLock = -1;
    if (this.ended.length > 0) this.ended.length = 0; // setting it costs more than asking
    this.#localRun = 0;
    if (memory.hasEnded(thread)) return 'blocked';
    try {
      if (!this.#advance(thread, choice)) {
        memory.rollback(mark);
        return 'blocked';
      }
    } catch (error) {
      if (error instanceof Fault && this.#hasOpenLoads()) {
        memory.rollback(mark);
        return 'blocked';
      }
      const trouble = this.#troubleOf(thread, error);
      this.#marks.push(mark);
      return trouble;
    }
    this.#marks.push(mark);
    return 'moved';
  }

  /** Takes back the last step that was not blocked. Exact. */
  undo(): void {
    this.memory.rollback(must(this.#marks.pop(), 'a step to undo'));
  }

  /** Forgets how to undo the steps so far: what a search does when it goes to another state. */
  forget(): void {
    this.#marks.length = 0;
    this.memory.commit();
  }

  /** All steps possible now: by thread, then by choice. A step into trouble is possible. Costs trying each. */
  options(): readonly Option[] {
    return this.#threads.flatMap((_, thread) => this.optionsOf(thread));
  }

  /** The steps possible for one thread; none when it has ended or waits. */
  optionsOf(thread: number): readonly Option[] {
    const options: Option[] = [];
    let choice = 0;
    this.#isTrial = true;
    do {
      if (this.take(thread, choice) === 'blocked') continue;
      options.push({ thread, choice });
      this.undo();
    } while (++choice < this.choices);
    this.#isTrial = false;
    return options;
  }

  /**
   * Shows the step node that `thread` comes to next, with memory as the node would find it, then takes everything
   * back. null when it has ended, meets no step before its next place of rest, or meets trouble on the way.
   */
  peek<T>(thread: number, look: (next: CompiledNode) => T): T | null {
    const { memory } = this;
    if (memory.hasEnded(thread)) return null;
    const mark = memory.logged;
    this.#localRun = 0;
    this.#isTrial = true;
    try {
      const next = this.#rideToStep(thread, memory.pc(thread));
      return next === null || !next.isStep ? null : look(next);
    } catch (error) {
      if (error instanceof Fault) return null;
      throw error;
    } finally {
      this.#isTrial = false;
      memory.rollback(mark);
    }
  }

  /** While a load's value is a guess, trouble may be a mere dream: the step waits until the guess has proved right. */
  #hasOpenLoads(): boolean {
    return hasOpenLoads(this.program, this.memory.vector);
  }

  /** The whole step; false when it is blocked, with memory to be rolled back. */
  #advance(thread: number, choice: number): boolean {
    const code = this.#threads[thread]!;
    const from = this.memory.pc(thread);
    const next = this.#rideToStep(thread, from);
    if (next === null || !next.isStep) {
      this.#park(thread, next === null ? END : next.pc);
      return choice === 0;
    }
    this.#at = next;
    this.#tracer?.node(thread, next.pc, next.node);
    if (!this.#choose(next, choice)) return false;
    this.#tracer?.fresh();
    const edge = enabledEdge(next);
    if (edge < 0) {
      if (next.lock !== null) this.blockedLock = next.lock();
      return false;
    }
    const after = this.#follow(thread, next, edge);
    assert(after === END || code[after] !== undefined, `edge of node ${next.pc} leads nowhere`);
    this.#park(thread, this.#rideToRest(thread, after));
    return true;
  }

  /** Stores the free choice of a step node; false when the node has no such choice. */
  #choose({ node }: CompiledNode, choice: number): boolean {
    if (node.choice === undefined) return choice === 0;
    const { count, into } = node.choice;
    this.choices = count;
    if (choice >= count) return false;
    this.#tracer?.choose(into, choice);
    this.memory.write(into, choice);
    return true;
  }

  /** Rides from a place of rest to the node of the step; to the next place of rest or null (END) when none comes before. */
  #rideToStep(thread: number, from: number): CompiledNode | null {
    const code = this.#threads[thread]!;
    const first = nodeAt(code, from);
    if (first.isStep) return first;
    for (let pc = this.#ride(thread, first); pc !== END;) {
      const compiled = nodeAt(code, pc);
      if (compiled.isRest) return compiled;
      pc = this.#ride(thread, compiled);
    }
    return null;
  }

  #rideToRest(thread: number, from: number): number {
    const code = this.#threads[thread]!;
    let pc = from;
    while (pc !== END) {
      const compiled = nodeAt(code, pc);
      if (compiled.isRest) break;
      pc = this.#ride(thread, compiled);
    }
    return pc;
  }

  /** Goes through a riding node; gives the next pc. */
  #ride(thread: number, compiled: CompiledNode): number {
    this.#at = compiled;
    this.#localRun += 1;
    if (this.#localRun > LONGEST_LOCAL_RUN) {
      throw new Fault(
        'endless-local-loop',
        `a loop without a shared access did not end in ${LONGEST_LOCAL_RUN} turns`,
      );
    }
    this.#tracer?.node(thread, compiled.pc, compiled.node);
    this.#tracer?.fresh();
    const edge = enabledEdge(compiled);
    assert(edge >= 0, `node ${compiled.pc} of thread ${thread} rides but has no enabled edge`);
    return this.#follow(thread, compiled, edge);
  }

  /** Takes an edge whose guard holds. */
  #follow(thread: number, compiled: CompiledNode, index: number): number {
    const edge = compiled.edges[index]!;
    if (!this.#isTrial) this.coverage[thread]![compiled.pc]! |= 1 << index;
    this.#tracer?.edge(index);
    if (edge.fail !== undefined) throw new Fault(edge.fail.kind, edge.fail.message);
    edge.perform();
    if (compiled.node.end !== undefined) this.ended.push(compiled.node.end);
    return edge.next;
  }

  #park(thread: number, pc: number): void {
    this.memory.write(this.memory.pcs + thread, pc);
  }

  /** Leaves the thread before the node that failed, so that its position can be shown. */
  #troubleOf(thread: number, error: unknown): Trouble {
    const at = must(this.#at, 'the node in trouble');
    const trouble = asTrouble(error, thread, at.node.site);
    this.#park(thread, at.pc);
    return trouble;
  }
}
