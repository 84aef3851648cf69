// SPDX-License-Identifier: GPL-2.0-only
// Owns the way through a recording: the state at any step, and the steps worth going to.

import { assert, must } from '../base/assert.ts';
import { apply } from '../model/apply.ts';
import type { Event, Recording } from '../model/recording.ts';
import type { State } from '../model/state.ts';
import { undo } from '../model/undo.ts';
import { Checkpoints } from './checkpoints.ts';
import { Writes } from './writes.ts';

/** States kept besides the checkpoints: what a screen asks for again and again. */
const RECENT = 64;

/**
 * Positions are 0 (the start) to `length` (after the last event); the state at step i is the one after event i.
 * The recording must have been checked (the reader does): a damaged one throws RefusedEvent.
 */
export class Timeline {
  readonly recording: Recording;
  /** Steps at which something went wrong or was reported, ascending: `since` and `step` of the verdict and its parts. */
  readonly violations: readonly number[];
  readonly #checkpoints: Checkpoints;
  /** Most recently asked for last. */
  readonly #recent = new Map<number, State>();
  #writes: Writes | undefined;

  /** Cost: none; the passes over the events are made when first needed, or by `prepare`. */
  constructor(recording: Recording) {
    this.recording = recording;
    this.violations = violationSteps(recording);
    this.#checkpoints = new Checkpoints(recording);
  }

  /** Number of events. */
  get length(): number {
    return this.recording.events.length;
  }

  /** Which steps write which cell. The first use makes one pass over the events. */
  get writes(): Writes {
    this.#writes ??= new Writes(this.recording);
    return this.#writes;
  }

  /** Makes at once all that is otherwise made when first needed: two passes over the events. */
  prepare(): void {
    this.#checkpoints.before(this.length);
    void this.writes;
  }

  /**
   * The state at `step`, frozen; the same object as long as it is among the last few asked for, and neighbours share
   * what they have in common. Cost: one event beside a state asked for lately, else at most the interval of checkpoints.
   */
  stateAt(step: number): State {
    assert(Number.isInteger(step) && step >= 0 && step <= this.length, `no step ${step}`);
    const state = this.#recent.get(step) ?? this.#make(step);
    this.#recent.delete(step);
    this.#recent.set(step, state);
    const [oldest] = this.#recent.keys();
    if (this.#recent.size > RECENT && oldest !== undefined) this.#recent.delete(oldest);
    return state;
  }

  /** The event that led to the state at `step`; undefined at the start. */
  eventAt(step: number): Event | undefined {
    return this.recording.events[step - 1];
  }

  /** Cells that the event of `step` gave another value, in the order of its writes. */
  changedCells(step: number): readonly string[] {
    const writes = this.eventAt(step)?.writes ?? [];
    return [...new Set(writes.filter((w) => w.old !== w.new).map((w) => w.cell))];
  }

  /** The first step of the thread after `step`. */
  nextStepOf(thread: number, step: number): number | undefined {
    const index = this.recording.events.findIndex((event, i) => i >= step && event.thread === thread);
    return index < 0 ? undefined : index + 1;
  }

  /** The last step of the thread before `step`. */
  previousStepOf(thread: number, step: number): number | undefined {
    for (let before = step - 1; before > 0; before -= 1)
      if (this.eventAt(before)?.thread === thread) return before;
    return undefined;
  }

  /** The step to look at first: where the state first went wrong. */
  get firstViolation(): number | undefined {
    return this.recording.verdict?.since ?? this.violations[0];
  }

  nextViolation(step: number): number | undefined {
    return this.violations.find((v) => v > step);
  }

  previousViolation(step: number): number | undefined {
    return this.violations.findLast((v) => v < step);
  }

  #make(step: number): State {
    const before = this.#recent.get(step - 1);
    if (before !== undefined) return apply(before, must(this.eventAt(step), `event ${step}`), this.recording);
    const after = this.#recent.get(step + 1);
    if (after !== undefined) return undo(after, this.recording);
    return this.#checkpoints.fold(this.#checkpoints.before(step), step);
  }
}

function violationSteps({ verdict }: Recording): readonly number[] {
  if (verdict === null) return [];
  const steps = [verdict, ...verdict.violations].flatMap(({ since, step }) => [since, step]);
  return [...new Set(steps.filter((s) => s !== null))].sort((a, b) => a - b);
}
