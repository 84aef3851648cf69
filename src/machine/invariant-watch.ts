// SPDX-License-Identifier: GPL-2.0-only
// Owns the judging of a run: which invariants are violated after which step, and since when they have been false.

import type { InvariantProgram, Program, VarId } from '../lang/program.ts';
import type { Violation } from '../model/recording.ts';
import { Invariants } from './invariants.ts';
import type { Memory } from './memory.ts';
import { whenOf } from './to-recording.ts';
import type { Trouble } from './trouble.ts';

export interface Observation {
  readonly violations: readonly Violation[];
  /** The first invariant that could not be judged where it must be. */
  readonly trouble: Trouble | null;
}

/** Where the present false stretch of an invariant began, and whether it has been reported. */
interface Stretch {
  readonly since: number;
  reported: boolean;
}

/**
 * Follows the invariants of one run. It must see every state in order, state 0 first: `since` is the first step of the
 * unbroken stretch of states in which the predicate is false, judged there or not. A stretch is reported once.
 */
export class InvariantWatch {
  readonly #program: Program;
  readonly #invariants: Invariants;
  readonly #stretches: (Stretch | undefined)[];

  constructor(program: Program, memory: Memory) {
    this.#program = program;
    this.#invariants = new Invariants(program, memory);
    this.#stretches = program.invariants.map(() => undefined);
  }

  /** Judges the state after `step`, in which the operations `ended` came to their end. Evaluates every invariant. */
  observe(step: number, ended: readonly number[]): Observation {
    const violations: Violation[] = [];
    let trouble: Trouble | null = null;
    this.#program.invariants.forEach((invariant, index) => {
      const judgement = this.#invariants.judge(index);
      const isDue = this.#isDue(invariant, index, ended);
      if (judgement !== 'violated') {
        this.#stretches[index] = undefined;
        if (isDue && judgement !== 'holds') trouble ??= judgement;
        return;
      }
      const stretch = (this.#stretches[index] ??= { since: step, reported: false });
      if (!isDue || stretch.reported) return;
      stretch.reported = true;
      violations.push(this.#violation(index, step, stretch.since));
    });
    return { violations, trouble };
  }

  #isDue({ when }: InvariantProgram, index: number, ended: readonly number[]): boolean {
    switch (when.kind) {
      case 'strict':
        return true;
      case 'idle':
        return this.#invariants.isIdle(index);
      case 'ensures':
        return ended.includes(when.operation);
    }
  }

  #violation(index: number, step: number, since: number): Violation {
    const { message, cells } = this.#invariants.explain(index);
    return {
      invariant: this.#program.invariants[index]?.name ?? '',
      when: whenOf(this.#program, index),
      step,
      since,
      message,
      cells: cells.map((id: VarId) => this.#program.vars[id]?.name ?? ''),
    };
  }
}
