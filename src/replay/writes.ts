// SPDX-License-Identifier: GPL-2.0-only
// Owns the answer to "who wrote this cell, and when": the writes of a recording, by cell.

import type { Recording } from '../model/recording.ts';

const none: readonly number[] = [];

/** Which steps write which cell. Steps are 1-based; a write that leaves the value as it was is a write too. */
export class Writes {
  readonly #steps = new Map<string, number[]>();

  /** Cost: one pass over the events, and one number kept for each write. */
  constructor({ events }: Pick<Recording, 'events'>) {
    events.forEach((event, index) => {
      for (const { cell } of event.writes) {
        const steps = this.#steps.get(cell);
        if (steps === undefined) this.#steps.set(cell, [index + 1]);
        else if (steps.at(-1) !== index + 1) steps.push(index + 1);
      }
    });
  }

  /** All steps that write the cell, ascending. */
  of(cell: string): readonly number[] {
    return this.#steps.get(cell) ?? none;
  }

  /** The first write of the cell after `step`. Cost: logarithmic, as for the next two. */
  next(cell: string, step: number): number | undefined {
    const steps = this.of(cell);
    return steps[firstAbove(steps, step)];
  }

  /** The last write of the cell before `step`. */
  previous(cell: string, step: number): number | undefined {
    return this.last(cell, step - 1);
  }

  /** The last write of the cell at or before `step`: who made the value that the state at `step` shows. */
  last(cell: string, step: number): number | undefined {
    const steps = this.of(cell);
    return steps[firstAbove(steps, step) - 1];
  }
}

/** Index of the first number greater than `limit` in an ascending list; its length when there is none. */
function firstAbove(steps: readonly number[], limit: number): number {
  let low = 0;
  let high = steps.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((steps[middle] ?? Infinity) > limit) high = middle;
    else low = middle + 1;
  }
  return low;
}
