// SPDX-License-Identifier: GPL-2.0-only
// Owns what the cells of a lock say about who holds it and who waits for it.

import { UserError } from '../base/user-error.ts';
import type { LockInfo, Num, Program, VarId } from '../lang/program.ts';

/** Sets of threads are bit masks. */
export const MOST_THREADS = 31;

/** The locks of one Program, over one Memory. Throws UserError `too-many-threads`. */
export class Locks {
  readonly #vector: ArrayLike<Num>;
  readonly #byFirst = new Map<VarId, LockInfo>();

  constructor(program: Program, memory: { readonly vector: ArrayLike<Num> }) {
    if (program.threads.length > MOST_THREADS) {
      const message = `the scenario has ${program.threads.length} threads, and ${MOST_THREADS} is the most there can be`;
      throw new UserError('too-many-threads', message);
    }
    this.#vector = memory.vector;
    for (const lock of program.locks) this.#byFirst.set(lock.first, lock);
  }

  at(first: VarId): LockInfo | undefined {
    return this.#byFirst.get(first);
  }

  /**
   * The threads that must go on before `waiter` can have the lock, as a mask: its owner, its readers, and those ahead
   * in the queue (all who queue, when the waiter does not). May hold the waiter itself: then it waits for ever.
   */
  aheadOf(lock: LockInfo, waiter: number): number {
    let mask = lock.owner === undefined ? 0 : this.#threadBit(lock.owner);
    lock.readers?.forEach((cell, thread) => {
      if (this.#vector[cell] !== 0) mask |= 1 << thread;
    });
    for (const cell of lock.queue ?? []) {
      const bit = this.#threadBit(cell);
      if (bit === 0 || bit === 1 << waiter) break;
      mask |= bit;
    }
    return mask;
  }

  /** The cell that shows best why the lock cannot be had: its owner, else a reader's hold, else its first cell. */
  tellingCell(lock: LockInfo): VarId {
    const isHeld = (cell: VarId): boolean => this.#vector[cell] !== 0;
    if (lock.owner !== undefined && isHeld(lock.owner)) return lock.owner;
    return lock.readers?.find(isHeld) ?? lock.owner ?? lock.first;
  }

  #threadBit(cell: VarId): number {
    const held = this.#vector[cell] as number;
    return held === 0 ? 0 : 1 << (held - 1);
  }
}

/** Indices of the threads in a mask, ascending. */
export function threadsIn(mask: number): readonly number[] {
  const threads: number[] = [];
  for (let thread = 0; thread < MOST_THREADS; thread += 1) if ((mask >> thread) & 1) threads.push(thread);
  return threads;
}

/** Whether `findCycle` would find one. Cost: threads squared at most, and no memory. */
export function hasCycle(waitsFor: ArrayLike<number>): boolean {
  let left = -1;
  for (;;) {
    let stuck = 0;
    for (let thread = 0; thread < waitsFor.length; thread += 1)
      if ((waitsFor[thread]! & left) !== 0) stuck |= 1 << thread;
    if (stuck === left || stuck === 0) return stuck !== 0;
    left = stuck;
  }
}

/**
 * A cycle in a wait-for graph: `waitsFor[t]` is the mask of the threads that t needs all of, 0 when it can go on.
 * Gives the threads in order, each waiting for the next and the last for the first; null when there is none. A cycle
 * of several threads is preferred to a thread that waits for itself. Cost: threads squared.
 */
export function findCycle(waitsFor: readonly number[]): readonly number[] | null {
  let alone: readonly number[] | null = null;
  for (let start = 0; start < waitsFor.length; start += 1) {
    const cycle = cycleThrough(start, waitsFor);
    if (cycle !== null && cycle.length > 1) return cycle;
    alone ??= cycle;
  }
  return alone;
}

/** The shortest cycle of several threads through `start`, else `[start]` if it waits for itself, else null. */
function cycleThrough(start: number, waitsFor: readonly number[]): readonly number[] | null {
  let paths: (readonly number[])[] = [[start]];
  let seen = 1 << start;
  while (paths.length > 0) {
    const longer: (readonly number[])[] = [];
    for (const path of paths) {
      for (const next of threadsIn(waitsFor[path.at(-1)!]!)) {
        if (next === start && path.length > 1) return path;
        if ((seen >> next) & 1) continue;
        seen |= 1 << next;
        longer.push([...path, next]);
      }
    }
    paths = longer;
  }
  return (waitsFor[start]! >> start) & 1 ? [start] : null;
}
