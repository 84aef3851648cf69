// SPDX-License-Identifier: GPL-2.0-only
// Owns the judging of the states and steps of a search: every kind of wrong is looked for in one run.

import { must } from '../base/assert.ts';
import type { Num, Program, TroubleKind } from '../lang/program.ts';
import { Invariants } from '../machine/invariants.ts';
import { hasCycle, Locks } from '../machine/locks.ts';
import { hasOpenLoads, type Machine, type Option } from '../machine/machine.ts';
import type { Trouble } from '../machine/trouble.ts';
import { Waiting } from '../machine/waiting.ts';
import type { Findings, Goal, Wrong } from './findings.ts';

/** Judges what the machine stands in, and notes in `findings` what is wrong. */
export class Judge {
  readonly #program: Program;
  readonly #machine: Machine;
  readonly #findings: Pick<Findings, 'add'>;
  readonly #invariants: Invariants;
  readonly #locks: Locks;
  readonly #waiting: Waiting;
  /** Indices of the invariants judged in a state, and of those judged at the end of an operation. */
  readonly ofStates: readonly number[];
  readonly ofSteps: readonly number[];
  /** Of each thread: whom it waits for on a lock, in the state being expanded. */
  readonly #waitsFor: number[];
  /** States with an open load: whether they are possible at all is not known yet. */
  readonly unjudged = new Set<number>();
  /** Threads that are no daemons. */
  readonly mortal: number;

  constructor(machine: Machine, findings: Pick<Findings, 'add'>) {
    const { program } = machine;
    this.#program = program;
    this.#machine = machine;
    this.#findings = findings;
    this.#invariants = new Invariants(program, machine.memory);
    this.#locks = new Locks(program, machine.memory);
    this.#waiting = new Waiting(machine);
    const indices = program.invariants.map((_, index) => index);
    const isOfSteps = (index: number): boolean => program.invariants[index]?.when.kind === 'ensures';
    this.ofStates = indices.filter((index) => !isOfSteps(index));
    this.ofSteps = indices.filter(isOfSteps);
    this.#waitsFor = program.threads.map(() => 0);
    this.mortal = program.threads.reduce(
      (mask, { daemon }, thread) => (daemon ? mask : mask | (1 << thread)),
      0,
    );
  }

  /** A state seen for the first time, at this distance: strict invariants, and idle ones where nobody is inside. */
  newState(state: number, depth: number): void {
    for (const index of this.ofStates) {
      if (this.#invariants.isIdle(index)) this.judge(index, depth, state, null);
    }
  }

  /** The step just taken from `state`, to this distance: what the operations that ended in it ensure. */
  step(state: number, thread: number, choice: number, depth: number): void {
    const { ended } = this.#machine;
    if (ended.length === 0) return;
    for (const index of this.ofSteps) {
      const { when } = this.#program.invariants[index]!;
      if (when.kind === 'ensures' && ended.includes(when.operation)) {
        this.judge(index, depth, state, { thread, choice });
      }
    }
  }

  /** Evaluates one invariant in what the machine stands in. */
  judge(index: number, depth: number, state: number, step: Option | null): void {
    const judgement = this.#invariants.judge(index);
    if (judgement === 'holds') return;
    const goal = { state, step };
    if (judgement === 'violated') this.violated(index, depth, goal);
    else this.trouble(judgement, depth, goal);
  }

  violated(invariant: number, depth: number, goal: Goal): void {
    this.#findings.add({ kind: 'invariant', invariant }, depth, goal);
  }

  trouble(trouble: Trouble, depth: number, goal: Goal): void {
    this.#findings.add({ kind: 'trouble', trouble }, depth, goal);
  }

  /** To be called before the steps of a state are tried. */
  beginState(): void {
    for (let thread = 0; thread < this.#waitsFor.length; thread += 1) this.#waitsFor[thread] = 0;
  }

  /** The machine has just found `thread` blocked. */
  blocked(thread: number): void {
    const { blockedLock } = this.#machine;
    const lock = blockedLock < 0 ? undefined : this.#locks.at(blockedLock);
    if (lock !== undefined) this.waits(thread, this.#locks.aheadOf(lock, thread));
  }

  /** `thread` is blocked on a lock until the threads in this mask go on. */
  waits(thread: number, ahead: number): void {
    this.#waitsFor[thread] = ahead;
  }

  /**
   * All steps of a state have been tried: `able` threads can step, `ended` ones never will. Notes a deadlock when
   * nobody can step and not only daemons are left, or when threads wait for each other on locks with known holders
   * (daemons too: they are not idle; and even if others run into trouble: nobody but the holder can release such a
   * lock). Deadlocks by other means, while others run, show on the finished graph only. `vector` is the state; the
   * machine's own when it is absent.
   */
  endState(
    state: number,
    depth: number,
    able: number,
    ended: number,
    vector: ArrayLike<Num> = this.#machine.memory.vector,
  ): void {
    if (hasOpenLoads(this.#program, vector)) {
      this.unjudged.add(state);
      return;
    }
    const isStuck = able === 0 && (this.mortal & ~ended) !== 0;
    if (isStuck || hasCycle(this.#waitsFor))
      this.#findings.add({ kind: 'deadlock' }, depth, { state, step: null });
  }

  /** Trouble of this kind that judging the state the machine stands in runs into. */
  troubleHere(kind: TroubleKind): Trouble | null {
    for (let index = 0; index < this.#program.invariants.length; index += 1) {
      const judgement = this.#invariants.judge(index);
      if (typeof judgement !== 'string' && judgement.kind === kind) return judgement;
    }
    return null;
  }

  /** In words what is wrong in the state the machine stands in. */
  describe(wrong: Wrong): string {
    switch (wrong.kind) {
      case 'invariant':
        return this.#invariants.explain(wrong.invariant).message;
      case 'trouble':
        return wrong.trouble.message;
      case 'deadlock':
        return this.#describeDeadlock();
    }
  }

  #describeDeadlock(): string {
    const name = (thread: number): string => must(this.#program.threads[thread], 'a thread').name;
    const waits = this.#waiting.cycle() ?? this.#waiting.all();
    const lines = waits.map(({ thread, cell, lock, holders }) => {
      const what = lock?.path ?? (cell === null ? 'what nothing can change' : this.#program.vars[cell]?.name);
      const by = holders.length === 0 ? '' : `, held by ${holders.map(name).join(' and ')}`;
      return `${name(thread)} waits for ${what}${by}`;
    });
    return lines.length > 0 ? lines.join('; ') : 'a thread can never step again';
  }
}
