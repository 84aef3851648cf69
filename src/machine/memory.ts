// SPDX-License-Identifier: GPL-2.0-only
// Owns the state of a running model as one vector of numbers, and the log that takes every write back.

import { END, type Num, type Program } from '../lang/program.ts';

/**
 * The vector: Program.vars by VarId, then the pc of each thread. A pc is a number like any other, so that undo,
 * packing and comparing know only one thing. Closures keep a reference to `vector`: it is never replaced.
 */
export class Memory {
  readonly vector: Num[];
  /** Where the pc of thread 0 stands in the vector. */
  readonly pcs: number;
  /** The log: which slot was written, in order, and (in `#old`) what it held. What lies beyond `logged` is old. */
  readonly changed: number[] = [];
  readonly #old: Num[] = [];
  #logged = 0;

  constructor(program: Program) {
    this.pcs = program.vars.length;
    this.vector = [...program.vars.map((v) => v.start), ...program.threads.map((thread) => thread.entry)];
  }

  /** Writes one slot and logs what it held. */
  write(slot: number, value: Num): void {
    this.changed[this.#logged] = slot;
    this.#old[this.#logged] = this.vector[slot]!;
    this.#logged += 1;
    this.vector[slot] = value;
  }

  /** Writes in the log, each slot as often as it was written: a position to roll back to. */
  get logged(): number {
    return this.#logged;
  }

  /** Takes back every write after `mark`, newest first. */
  rollback(mark: number): void {
    const { vector, changed } = this;
    const old = this.#old;
    for (let i = this.#logged - 1; i >= mark; i -= 1) vector[changed[i]!] = old[i]!;
    this.#logged = mark;
  }

  /** Forgets the log: what has been written stays for good. */
  commit(): void {
    this.#logged = 0;
  }

  pc(thread: number): number {
    return this.vector[this.pcs + thread] as number;
  }

  hasEnded(thread: number): boolean {
    return this.vector[this.pcs + thread] === END;
  }
}
