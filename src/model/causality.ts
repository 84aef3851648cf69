// SPDX-License-Identifier: GPL-2.0-only
// Owns what could have influenced what: vector clocks over the events of one recording.

import { assert, must } from '../base/assert.ts';
import type { Header, Recording } from './recording.ts';

/**
 * "Happens before" here means "could have influenced", the smallest transitive order in which
 * - a thread's event comes after its earlier ones,
 * - an event that reads a cell comes after the last write of that cell,
 * - an event that writes a part of a lock comes after the last write of that part (so release comes before acquire,
 *   whether or not the acquiring event lists the lock among its reads).
 * A write alone does not order: two plain writes of one cell are concurrent. Under tso and weak memory a value that a
 * thread reads from its own store buffer counts as read from memory.
 *
 * Built in one pass over the events; keeps one 32-bit number for each event and thread.
 */
export class Causality {
  readonly #recording: Recording;
  readonly #width: number;
  /** Row after row, one for each event: how many events of each thread come before it or are it. */
  readonly #clocks: Uint32Array;

  constructor(recording: Recording) {
    this.#recording = recording;
    this.#width = recording.threads.length;
    this.#clocks = new Uint32Array(recording.events.length * this.#width);
    const inLock = lockCells(recording);
    const lastOf = new Map<number, number>();
    const lastWrite = new Map<string, number>();
    recording.events.forEach((event, index) => {
      const step = index + 1;
      this.#join(step, lastOf.get(event.thread));
      for (const { cell } of event.reads) this.#join(step, lastWrite.get(cell));
      for (const { cell } of event.writes) if (inLock.has(cell)) this.#join(step, lastWrite.get(cell));
      const own = index * this.#width + event.thread;
      this.#clocks[own] = must(this.#clocks[own], 'own clock') + 1;
      lastOf.set(event.thread, step);
      for (const { cell } of event.writes) lastWrite.set(cell, step);
    });
  }

  /** For each thread, how many of its first events come before step `step` or are it. Steps are 1-based. */
  clock(step: number): readonly number[] {
    assert(step >= 1 && step <= this.#recording.events.length, `no step ${step}`);
    return [...this.#clocks.subarray((step - 1) * this.#width, step * this.#width)];
  }

  /** Whether step `a` could have influenced step `b`; false for a step and itself. Constant cost. */
  happensBefore(a: number, b: number): boolean {
    const { thread } = must(this.#recording.events[a - 1], `event ${a}`);
    return a < b && this.#count(b, thread) >= this.#count(a, thread);
  }

  /** Two different steps, neither of which could have influenced the other. */
  concurrent(a: number, b: number): boolean {
    return a !== b && !this.happensBefore(a, b) && !this.happensBefore(b, a);
  }

  #count(step: number, thread: number): number {
    return must(this.#clocks[(step - 1) * this.#width + thread], `clock of step ${step}`);
  }

  /** Step `step` comes after all that comes before `earlier`, and after `earlier` itself. */
  #join(step: number, earlier: number | undefined): void {
    if (earlier === undefined) return;
    const row = (step - 1) * this.#width;
    for (let thread = 0; thread < this.#width; thread += 1) {
      this.#clocks[row + thread] = Math.max(this.#count(step, thread), this.#count(earlier, thread));
    }
  }
}

/** Paths of all cells that tell who holds a lock or waits for it. */
function lockCells(header: Pick<Header, 'objects'>): ReadonlySet<string> {
  const paths = new Set<string>();
  for (const { name, locks = [] } of header.objects) {
    for (const { owner, readers = [], queue = [] } of locks) {
      for (const field of [owner, ...readers, ...queue]) if (field !== undefined) paths.add(name + field);
    }
  }
  return paths;
}
