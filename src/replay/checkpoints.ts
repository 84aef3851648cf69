// SPDX-License-Identifier: GPL-2.0-only
// Owns the states kept along a run so that any other can be made from a near one.

import { must } from '../base/assert.ts';
import { applyAll, initialState } from '../model/apply.ts';
import type { Recording } from '../model/recording.ts';
import type { State } from '../model/state.ts';

/** Steps between two checkpoints. A far seek folds at most so many events, about a microsecond or two each. */
const INTERVAL = 1024;

/** States 0, 1024, 2048 …, made when first needed and then kept; what does not change between them is shared. */
export class Checkpoints {
  readonly #recording: Recording;
  readonly #states: State[];

  constructor(recording: Recording) {
    this.#recording = recording;
    this.#states = [initialState(recording)];
  }

  /**
   * The last checkpoint at or before `step`. The first call folds all events up to there, about a second for a
   * million; calls for the same or an earlier step cost nothing.
   */
  before(step: number): State {
    const index = Math.floor(step / INTERVAL);
    while (this.#states.length <= index) {
      const last = must(this.#states.at(-1), 'the start');
      this.#states.push(this.fold(last, last.step + INTERVAL));
    }
    return must(this.#states[index], `checkpoint ${index}`);
  }

  /** The state at `step`, at or after that of `from`. */
  fold(from: State, step: number): State {
    return applyAll(from, this.#recording.events.slice(from.step, step), this.#recording);
  }
}
