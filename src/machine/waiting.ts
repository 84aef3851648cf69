// SPDX-License-Identifier: GPL-2.0-only
// Owns the answer to "what does this thread wait for?": a cell, and for a lock the threads in its way.

import type { Expr, LockInfo, Place, Program, VarId } from '../lang/program.ts';
import type { CompiledNode } from './code.ts';
import type { Evaluator } from './evaluate.ts';
import { findCycle, Locks, threadsIn } from './locks.ts';
import type { Machine } from './machine.ts';
import { Fault } from './trouble.ts';

/** One thread that cannot step. */
export interface Wait {
  readonly thread: number;
  /** The cell whose value keeps it; null when the condition reads none, and it waits for ever. */
  readonly cell: VarId | null;
  readonly lock: LockInfo | undefined;
  /** Threads that hold the lock or stand ahead in its queue; empty when it is no lock, or one without an owner. */
  readonly holders: readonly number[];
}

/** Looks at the threads of one machine. For people: it costs far more than a step. */
export class Waiting {
  readonly #machine: Machine;
  readonly #program: Program;
  readonly #evaluator: Evaluator;
  readonly #locks: Locks;

  /** The machine must be an unwatched one. */
  constructor(machine: Machine) {
    this.#machine = machine;
    this.#program = machine.program;
    this.#evaluator = machine.evaluator;
    this.#locks = new Locks(machine.program, machine.memory);
  }

  /** What `thread` waits for; null when it can step or has ended. */
  of(thread: number): Wait | null {
    if (this.#program.threads[thread]?.of !== undefined) return null; // what carries stores waits for nobody
    if (this.#machine.optionsOf(thread).length > 0) return null;
    return this.#machine.peek(thread, (next) => this.#waitAt(thread, next));
  }

  /** All waits, in thread order. */
  all(): readonly Wait[] {
    return this.#program.threads.flatMap((_, thread) => this.of(thread) ?? []);
  }

  /** A cycle of threads each waiting for the next on a lock with known holders; null when there is none. */
  cycle(): readonly Wait[] | null {
    const waits = this.all();
    const masks = this.#program.threads.map(() => 0);
    for (const { thread, holders } of waits) {
      for (const holder of holders) masks[thread]! |= 1 << holder;
    }
    return findCycle(masks)?.flatMap((thread) => waits.find((wait) => wait.thread === thread) ?? []) ?? null;
  }

  #waitAt(thread: number, { node, lock }: CompiledNode): Wait {
    const info = lock === null ? undefined : this.#locks.at(lock());
    if (info !== undefined) {
      const holders = threadsIn(this.#locks.aheadOf(info, thread));
      return { thread, cell: this.#locks.tellingCell(info), lock: info, holders };
    }
    const guard = node.edges[0]?.when;
    const cell = guard ? this.#cellOf(guard) : undefined;
    return { thread, cell: cell ?? null, lock: undefined, holders: [] };
  }

  /** The first cell that keeps a false condition false; undefined when it reads none that can change. */
  #cellOf(guard: Expr): VarId | undefined {
    switch (guard.op) {
      case 'const':
        return undefined;
      case 'get':
      case 'copy':
        return this.#cellAt(guard.place) ?? this.#cellInAddress(guard.place);
      case 'addr':
        return this.#cellInAddress(guard.place);
      case 'both':
        return this.#isTrue(guard.a) ? this.#cellOf(guard.b) : this.#cellOf(guard.a);
      case 'either':
      case 'binary':
      case 'same':
        return this.#cellOf(guard.a) ?? this.#cellOf(guard.b);
      case 'unary':
      case 'cast':
      case 'stale':
      case 'back':
        return this.#cellOf(guard.a);
      case 'cond':
        return this.#cellOf(this.#isTrue(guard.test) ? guard.a : guard.b) ?? this.#cellOf(guard.test);
    }
  }

  #cellAt(place: Place): VarId | undefined {
    const id = this.#evaluator.place(place)();
    return id < this.#program.cells && this.#program.vars[id]?.constant !== true ? id : undefined;
  }

  #cellInAddress(place: Place): VarId | undefined {
    const parts = [...(place.ptr ? [place.ptr] : []), ...(place.index ?? []).map(({ value }) => value)];
    for (const part of parts) {
      const cell = this.#cellOf(part);
      if (cell !== undefined) return cell;
    }
    return undefined;
  }

  #isTrue(condition: Expr): boolean {
    try {
      return this.#evaluator.expr(condition)() !== 0;
    } catch (error) {
      if (error instanceof Fault) return false;
      throw error;
    }
  }
}
