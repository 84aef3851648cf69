// SPDX-License-Identifier: GPL-2.0-only
// Owns one judged walk after another through the states of a Program: each step is taken, and what it leads to judged.

import type { Program } from '../lang/program.ts';
import { Machine } from '../machine/machine.ts';
import { Packing } from '../machine/packing.ts';
import type { Trouble } from '../machine/trouble.ts';
import { Waiting } from '../machine/waiting.ts';
import type { Goal, Wrong } from './findings.ts';
import { Interpreter, UNREDUCED } from './interpreter.ts';
import { Judge } from './judge.ts';
import { Arena } from './arena.ts';
import type { MemoryBudget } from './memory-budget.ts';
import { StateGraph } from './state-graph.ts';
import { StateStore } from './state-store.ts';

const NOTHING: readonly Wrong[] = [];

/**
 * Walks from the start, again and again. States are remembered: each is judged once, and counted. Steps may throw
 * OutOfMemory, after which only `begin` makes sense.
 */
export class Walk {
  readonly program: Program;
  readonly machine: Machine;
  readonly store: StateStore;
  readonly judge: Judge;
  /** Trouble before the first step: there is nothing to walk then. */
  readonly startTrouble: Trouble | null;
  readonly #interpreter: Interpreter;
  readonly #waiting: Waiting;
  /** What is wrong in states seen before. */
  readonly #wrongIn = new Map<number, readonly Wrong[]>();
  #noted: Wrong[] = [];
  #state = 0;

  constructor(program: Program, budget: MemoryBudget) {
    this.program = program;
    this.machine = new Machine(program);
    this.startTrouble = this.machine.start();
    const add = (wrong: Wrong, _depth: number, _goal: Goal): void => void this.#noted.push(wrong);
    this.judge = new Judge(this.machine, { add });
    const { machine, judge } = this;
    const packing = new Packing(program, machine.memory.vector);
    this.store = new StateStore(packing, new Arena(budget));
    this.#waiting = new Waiting(machine);
    this.#interpreter = new Interpreter({
      ...UNREDUCED,
      machine,
      judge,
      packing,
      store: this.store,
      graph: new StateGraph(),
    });
    if (this.startTrouble !== null) return;
    this.#interpreter.insertStart();
    judge.newState(0, 0);
    this.#remember(0);
  }

  /** Back to the start; what is wrong there. */
  begin(): readonly Wrong[] {
    this.#interpreter.goTo(0);
    this.#state = 0;
    return this.#wrongIn.get(0) ?? NOTHING;
  }

  /** Takes one step; what is wrong after it or in it. After trouble, which moves nobody, no step makes sense. */
  step(thread: number, choice: number): 'blocked' | readonly Wrong[] {
    const outcome = this.machine.take(thread, choice);
    return outcome === 'blocked' ? outcome : this.arrived(outcome, thread, choice);
  }

  /** The same, when the machine has just taken the step. */
  arrived(outcome: 'moved' | Trouble, thread: number, choice: number): readonly Wrong[] {
    const { machine, judge, store } = this;
    if (outcome !== 'moved') {
      machine.undo();
      machine.forget();
      return [{ kind: 'trouble', trouble: outcome }];
    }
    const { memory } = machine;
    const from = this.#state;
    this.#state = this.#interpreter.insertStepped(from, memory.changed, memory.logged);
    if (store.added) {
      judge.newState(this.#state, 0);
      this.#remember(this.#state);
    }
    let wrong = this.#wrongIn.get(this.#state) ?? NOTHING;
    if (machine.ended.length > 0) {
      judge.step(from, thread, choice, 0);
      if (this.#noted.length > 0) {
        wrong = [...wrong, ...this.#noted];
        this.#noted = [];
      }
    }
    machine.forget();
    return wrong;
  }

  /** Whether threads wait for each other on locks for ever, or nobody can step and not only daemons are left. */
  isDeadlocked(): boolean {
    const { machine, program } = this;
    if (this.#waiting.cycle() !== null) return true;
    return (
      machine.options().length === 0 &&
      program.threads.some(({ daemon }, t) => !daemon && !machine.memory.hasEnded(t))
    );
  }

  /** All threads that are no daemons have ended. */
  isOver(): boolean {
    const { program, machine } = this;
    return program.threads.every(({ daemon }, thread) => daemon || machine.memory.hasEnded(thread));
  }

  /** In words, where the walk stands. */
  describe(wrong: Wrong): string {
    return this.judge.describe(wrong);
  }

  #remember(state: number): void {
    if (this.#noted.length === 0) return;
    this.#wrongIn.set(state, this.#noted);
    this.#noted = [];
  }
}
