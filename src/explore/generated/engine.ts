// SPDX-License-Identifier: GPL-2.0-only
// Owns the expanding of states by generated code. What that code cannot do, the interpreter does, step by step, so that
// nothing in the outcome tells one from the other.

import { END, type Num, type Program } from '../../lang/program.ts';
import { Locks } from '../../machine/locks.ts';
import type { Option, Outcome } from '../../machine/machine.ts';
import type { Expander, Interpreter, Space } from '../interpreter.ts';
import { EVERYBODY } from '../reduce/persistent.ts';
import {
  ASKED,
  generate,
  type Bound,
  type Generated,
  type InvariantFunction,
  type StepFunction,
} from './compile.ts';
import { HOLDS, VIOLATED } from './invariants.ts';
import { LoadedState } from './loaded-state.ts';
import { ASK, BLOCKED } from '../code/steps.ts';
import { CHOICES, DUE, LOCK, WRITES } from './steps.ts';

export class GeneratedEngine implements Expander {
  readonly #interpreter: Interpreter;
  readonly #space: Space;
  readonly #generated: Generated;
  readonly #steps: Bound['steps'];
  readonly #invariants: readonly InvariantFunction[];
  readonly #state: LoadedState;
  readonly #vector: Float64Array;
  readonly #results = new Int32Array(16);
  readonly #flags: Uint8Array;
  readonly #locks: Locks;
  /** Of the state being expanded: threads that can step, and that have ended, as masks. */
  #able = 0;
  #ended = 0;
  /** Slot of the first thread's pc. */
  readonly #pcs: number;
  /** Length of the list of changes while threads are exchanged. */
  #writes = 0;
  readonly #write = (slot: number, value: Num): void => {
    this.#vector[slot] = value as number; // what stands in the vector is a number, a code for a bigint at least
    this.#state.changed[this.#writes] = slot;
    this.#writes += 1;
  };
  /** By thread and pc - END: the invariants that say nothing while the thread rests there, as a mask. */
  readonly #silenced: readonly Int32Array[];

  /** Compiles the Program of the interpreter's machine. Cost: some milliseconds. */
  constructor(interpreter: Interpreter) {
    const { space } = interpreter;
    const { program, memory } = space.machine;
    this.#interpreter = interpreter;
    this.#space = space;
    this.#generated = generate(program);
    const { mostWrites, marks } = this.#generated;
    const longest = Math.max(...program.threads.map(({ code }) => code.length));
    this.#pcs = memory.pcs;
    this.#state = new LoadedState(space.packing, memory.vector, memory.pcs, longest, 2 * mostWrites);
    this.#flags = new Uint8Array(marks.length);
    this.#vector = this.#state.vector;
    const place = {
      vector: this.#vector,
      changed: this.#state.changed,
      results: this.#results,
      flags: this.#flags,
    };
    const bound = this.#generated.bind(place);
    this.#steps = bound.steps;
    this.#invariants = bound.invariants;
    this.#locks = new Locks(program, { vector: this.#vector });
    this.#silenced = silencedBy(program);
  }

  expand(state: number, depth: number): void {
    const { judge, graph, store, persistent } = this.#space;
    this.#state.refresh(store.words, store.offset(state));
    this.#state.load(store.words, store.offset(state));
    judge.beginState();
    this.#able = 0;
    this.#ended = 0;
    const enough = persistent === null ? EVERYBODY : persistent.choose(this.#vector);
    const before = store.count;
    this.#follow(state, depth, enough);
    if (enough !== EVERYBODY && store.count === before) this.#follow(state, depth, ~enough);
    judge.endState(state, depth, this.#able, this.#ended, this.#vector);
    graph.closeState(this.#ended);
  }

  /** Takes the steps of the threads in a mask. */
  #follow(state: number, depth: number, threads: number): void {
    const steps = this.#steps;
    for (let thread = 0; thread < steps.length; thread += 1) {
      if (((threads >> thread) & 1) === 0) continue;
      const pc = this.#vector[this.#pcs + thread]!;
      if (pc === END) this.#ended |= 1 << thread;
      else if (this.#tryThread(state, depth, thread, steps[thread]![pc]!)) this.#able |= 1 << thread;
      else this.#blocked(thread);
    }
  }

  finish(): void {
    const { coverage } = this.#space.machine;
    this.#generated.marks.forEach(({ thread, marks }, flag) => {
      if (this.#flags[flag] === 0) return;
      for (const { pc, edge } of marks) coverage[thread]![pc]! |= 1 << edge;
    });
  }

  /** Takes every step that the thread can take; false when there is none. */
  #tryThread(state: number, depth: number, thread: number, step: StepFunction): boolean {
    const results = this.#results;
    let isAble = false;
    let choice = 0;
    results[CHOICES] = 1;
    do {
      results[DUE] = 0;
      const next = take(step, choice);
      if (next === ASK) {
        if (this.#ask(state, depth, thread, choice) !== 'blocked') isAble = true;
      } else if (next === BLOCKED) {
        this.#state.undo(results[WRITES]!);
      } else {
        isAble = true;
        const slot = this.#pcs + thread;
        const writes = results[WRITES]!;
        this.#vector[slot] = next;
        this.#state.changed[writes] = slot;
        this.#state.undo(this.#arrive(state, depth, thread, choice, writes + 1));
      }
    } while (++choice < results[CHOICES]!);
    return isAble;
  }

  /** Gives the length of the list of changes, which the exchange of threads makes longer. */
  #arrive(state: number, depth: number, thread: number, choice: number, stepped: number): number {
    const { graph, store, symmetry } = this.#space;
    this.#writes = stepped;
    const permutation = symmetry?.sort(this.#vector, this.#write) ?? 0;
    const writes = this.#writes;
    const to = this.#state.pack(writes) ? store.add(this.#state.packed, 0) : this.#insertNew(state, writes);
    graph.addEdge(thread, choice, to, permutation);
    if (store.added) this.#judgeState(to, depth + 1);
    if (this.#results[DUE] !== 0) this.#judgeStep(state, thread, choice, depth + 1);
    return writes;
  }

  /** The vector holds a value that its slot never had: the interpreter makes room for it. */
  #insertNew(state: number, writes: number): number {
    const { machine, store } = this.#space;
    machine.forget();
    this.#state.copyTo(machine.memory.vector);
    const changed = Array.from(this.#state.changed.subarray(0, writes));
    const to = this.#interpreter.insertStepped(state, changed, writes);
    this.#state.refresh(store.words, store.offset(state));
    return to;
  }

  /** Lets the interpreter take a step from the loaded state. */
  #ask(state: number, depth: number, thread: number, choice: number): Outcome {
    const { machine, store } = this.#space;
    this.#state.reset();
    this.#interpreter.goTo(state);
    const outcome = this.#interpreter.tryStep(state, depth, thread, choice);
    this.#state.refresh(store.words, store.offset(state));
    this.#results[CHOICES] = machine.choices;
    this.#results[LOCK] = machine.blockedLock;
    return outcome;
  }

  #blocked(thread: number): void {
    const first = this.#results[LOCK]!;
    const lock = first < 0 ? undefined : this.#locks.at(first);
    if (lock !== undefined) this.#space.judge.waits(thread, this.#locks.aheadOf(lock, thread));
  }

  #judgeState(state: number, depth: number): void {
    let silenced = 0;
    for (let thread = 0; thread < this.#silenced.length; thread += 1)
      silenced |= this.#silenced[thread]![this.#vector[this.#pcs + thread]! - END]!;
    for (const index of this.#space.judge.ofStates)
      if (((silenced >> index) & 1) === 0) this.#judge(index, depth, state, null);
  }

  #judgeStep(state: number, thread: number, choice: number, depth: number): void {
    const due = this.#results[DUE]!;
    for (const index of this.#space.judge.ofSteps)
      if (((due >> index) & 1) !== 0) this.#judge(index, depth, state, { thread, choice });
  }

  #judge(index: number, depth: number, state: number, step: Option | null): void {
    const { judge, machine } = this.#space;
    const judgement = evaluate(this.#invariants[index]!);
    if (judgement === HOLDS) return;
    if (judgement === VIOLATED) {
      judge.violated(index, depth, { state, step });
      return;
    }
    machine.forget();
    this.#state.copyTo(machine.memory.vector);
    judge.judge(index, depth, state, step);
  }
}

function take(step: StepFunction, choice: number): number {
  try {
    return step(choice);
  } catch (error) {
    if (error === ASKED) return ASK;
    throw error;
  }
}

function evaluate(invariant: InvariantFunction): number {
  try {
    return invariant();
  } catch (error) {
    if (error === ASKED) return ASK;
    throw error;
  }
}

function silencedBy({ threads, invariants }: Program): readonly Int32Array[] {
  return threads.map(({ code }) => {
    const masks = new Int32Array(code.length + 1);
    code.forEach(({ inflight }, pc) => {
      invariants.forEach(({ when }, index) => {
        const isBusy =
          when.kind === 'idle' && inflight.some((operation) => when.operations.includes(operation));
        if (isBusy) masks[pc - END]! |= 1 << index;
      });
    });
    return masks;
  });
}
