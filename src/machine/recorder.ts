// SPDX-License-Identifier: GPL-2.0-only
// Owns the recording of one run: each step becomes an Event with everything that was decided in it.

import { assert } from '../base/assert.ts';
import type { Program, VarId } from '../lang/program.ts';
import type { Event, Recording, Violation, WaitsFor } from '../model/recording.ts';
import type { State } from '../model/state.ts';
import { InvariantWatch } from './invariant-watch.ts';
import { hasOpenLoads, Machine, type Option } from './machine.ts';
import { Memory } from './memory.ts';
import { StepTrace } from './step-trace.ts';
import { headerOf, realThreads, treeOf, type ProgramHeader } from './to-recording.ts';
import type { Trouble } from './trouble.ts';
import { Waiting, type Wait } from './waiting.ts';

/** What the recorder tells of the start (event null) and of each step. */
export interface Recorded {
  readonly event: Event | null;
  /** The step, or an invariant judged after it, ran into trouble: the run is over. */
  readonly trouble: Trouble | null;
  /** Invariants found false now that were not reported in this false stretch before. */
  readonly violations: readonly Violation[];
}

/**
 * One run of a Program from its start. Does what Machine does, and takes notes; far slower, and nothing can be undone.
 * After trouble the state can still be looked at, but not stepped.
 */
export class Recorder {
  readonly program: Program;
  /** The unwatched machine over the same memory: for looking (its steps must be undone at once). */
  readonly machine: Machine;
  readonly header: ProgramHeader;
  /** Where each thread stands and what it waits for, before the first step. */
  readonly start: Recording['start'];
  /** What was found in state 0. */
  readonly atStart: Recorded;
  readonly #memory: Memory;
  readonly #watched: Machine;
  readonly #trace: StepTrace;
  readonly #waiting: Waiting;
  readonly #invariants: InvariantWatch;
  #waits: readonly (string | null)[];
  #steps = 0;
  #isOver: boolean;

  constructor(program: Program) {
    this.program = program;
    this.#memory = new Memory(program);
    this.#trace = new StepTrace(program);
    this.#watched = new Machine(program, this.#memory, this.#trace);
    const trouble = this.#watched.start();
    this.machine = new Machine(program, this.#memory);
    this.#waiting = new Waiting(this.machine);
    this.#isOver = trouble !== null;
    this.#waits = realThreads(program).map((_, thread) => (this.#isOver ? null : this.#waitOf(thread)));
    this.header = headerOf(program, this.#memory);
    this.start = realThreads(program).map((_, thread) => ({
      at: this.#siteOf(thread),
      waitsFor: this.#waits[thread] ?? null,
    }));
    this.#invariants = new InvariantWatch(program, this.#memory);
    this.atStart = this.#judged(null, trouble);
  }

  /** Number of steps taken. */
  get steps(): number {
    return this.#steps;
  }

  /** All steps possible now, in order; none when the run is over. */
  options(): readonly Option[] {
    return this.#isOver ? [] : this.machine.options();
  }

  /** Takes one of the possible steps. Taking another is a bug of the caller. */
  step(thread: number, choice: number): Recorded & { readonly event: Event } {
    assert(!this.#isOver, 'the run is over');
    this.#trace.begin(this.#steps + 1, thread);
    const outcome = this.#watched.take(thread, choice);
    assert(outcome !== 'blocked', `thread ${thread} cannot take choice ${choice} in step ${this.#steps + 1}`);
    this.#watched.forget();
    this.#steps += 1;
    const trouble = outcome === 'moved' ? null : outcome;
    this.#isOver = trouble !== null;
    const waits = this.#changedWaits(trouble === null ? null : thread);
    const event = {
      ...this.#trace.facts(),
      next: this.#siteOf(this.program.threads[thread]?.of ?? thread),
      waits,
    };
    return { ...this.#judged(event, trouble), event };
  }

  /** Some load's value is a guess: what is seen now may be impossible. */
  get hasOpenLoads(): boolean {
    return hasOpenLoads(this.program, this.#memory.vector);
  }

  /** The state now, as a tree. */
  state(): State {
    return treeOf(this.program, this.#memory, this.#steps, (thread) => this.#waits[thread] ?? null);
  }

  /** Who waits for what, and for whom; and the cycle, if there is one. */
  waits(): { readonly all: readonly WaitsFor[]; readonly cycle: readonly WaitsFor[] | null } {
    return {
      all: this.#waiting.all().map((wait) => this.#waitsFor(wait)),
      cycle: this.#waiting.cycle()?.map((wait) => this.#waitsFor(wait)) ?? null,
    };
  }

  #judged(event: Event | null, trouble: Trouble | null): Recorded {
    if (trouble !== null) return { event, trouble, violations: [] };
    const { violations, trouble: judging } = this.#invariants.observe(this.#steps, this.#watched.ended);
    this.#isOver ||= judging !== null;
    return { event, trouble: judging, violations };
  }

  /** A thread stuck in trouble stands in the middle of a step and waits for nothing. */
  #changedWaits(stuck: number | null): Event['waits'] {
    const before = this.#waits;
    this.#waits = before.map((_, thread) => (thread === stuck ? null : this.#waitOf(thread)));
    return this.#waits.flatMap((on, thread) => (on === before[thread] ? [] : [{ thread, on }]));
  }

  #waitOf(thread: number): string | null {
    const cell = this.#waiting.of(thread)?.cell ?? null;
    return cell === null ? null : this.#nameOf(cell);
  }

  #siteOf(thread: number): number | null {
    return this.program.threads[thread]?.code[this.#memory.pc(thread)]?.site ?? null;
  }

  #waitsFor({ thread, cell, lock, holders }: Wait): WaitsFor {
    const names = this.program.threads.map(({ name }) => name);
    return {
      thread: names[thread] ?? '',
      lock: lock?.path ?? (cell === null ? '' : this.#nameOf(cell)),
      holders: holders.map((holder) => names[holder] ?? ''),
    };
  }

  #nameOf(cell: VarId): string {
    return this.program.vars[cell]?.name ?? '';
  }
}
