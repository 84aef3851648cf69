// SPDX-License-Identifier: GPL-2.0-only
// Owns how random runs choose: uniformly, or by priorities that change (PCT).

import type { Rng } from '../base/rng.ts';

/** Says for each step in which order the threads are asked; the first that can step does. */
export interface Strategy {
  /** A new run begins, whose randomness is all from `rng`. */
  begin(rng: Rng): void;
  /** Puts all threads into `order`. */
  order(order: number[]): void;
  /** `thread` has taken the step. */
  stepped(thread: number): void;
}

/**
 * Every thread that can step is equally likely. Of what was measured on the racy rows of the catalogue (20,000 runs each)
 * this meets violations most often; weighting threads by the steps they have left (SURW) met most races hardly ever.
 */
export class Uniform implements Strategy {
  #rng: Rng | undefined;

  begin(rng: Rng): void {
    this.#rng = rng;
  }

  order(order: number[]): void {
    shuffle(order, this.#rng!);
  }

  stepped(): void {}
}

/**
 * Probabilistic concurrency testing (Burckhardt et al., ASPLOS 2010): the thread of the highest priority steps;
 * priorities are random, and at `changes` random steps of the run the thread that would step next falls to the lowest.
 * After twice the expected length it goes on uniformly, so that a thread that waits by looping does not starve the others.
 */
export class Priorities implements Strategy {
  readonly #changes: number;
  readonly #expected: number;
  readonly #uniform = new Uniform();
  #priorities: number[] = [];
  #points = new Set<number>();
  #lowest = 0;
  #step = 0;

  constructor(threads: number, changes: number, expected: number) {
    this.#changes = changes;
    this.#expected = Math.max(1, expected);
    this.#priorities = Array.from({ length: threads }, (_, thread) => thread);
  }

  begin(rng: Rng): void {
    this.#uniform.begin(rng);
    this.#priorities.forEach((_, thread) => (this.#priorities[thread] = thread));
    shuffle(this.#priorities, rng);
    this.#points = new Set(Array.from({ length: this.#changes }, () => 1 + rng.below(this.#expected)));
    this.#lowest = 0;
    this.#step = 0;
  }

  order(order: number[]): void {
    if (this.#step > 2 * this.#expected) this.#uniform.order(order);
    else order.sort((a, b) => this.#priorities[b]! - this.#priorities[a]!);
  }

  stepped(thread: number): void {
    this.#step += 1;
    if (!this.#points.has(this.#step)) return;
    this.#lowest -= 1;
    this.#priorities[thread] = this.#lowest;
  }
}

/** Fisher and Yates; the order before has no influence. */
function shuffle(items: number[], rng: Rng): void {
  items.sort((a, b) => a - b);
  for (let i = items.length - 1; i > 0; i -= 1) {
    const other = rng.below(i + 1);
    [items[i], items[other]] = [items[other]!, items[i]!];
  }
}
