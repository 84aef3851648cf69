// SPDX-License-Identifier: GPL-2.0-only
// Owns the shortening of a schedule that was found by chance: fewer steps, then fewer context switches.

import { keyOf, type Wrong } from './findings.ts';
import type { Walk } from './sample-walk.ts';
import type { Schedule } from './schedule.ts';

/** Schedules tried for one finding. */
const TRIES = 4000;

export interface Minimised {
  readonly schedule: Schedule;
  readonly wrong: Wrong;
  readonly message: string;
}

/**
 * The smallest schedule found that ends in the same kind of wrong: cut where it shows, then freed of blocks and of
 * ever smaller pieces (delta debugging), then with its context switches joined. Each candidate is run: steps that cannot
 * be taken are left out, so what is returned can be replayed to its last step. Deterministic, and at most TRIES runs.
 * It need not be the shortest there is. null: the schedule does not end so.
 */
export function minimise(walk: Walk, schedule: Schedule, kind: string): Minimised | null {
  const best = tried(walk, schedule, kind);
  return best === null ? null : new Minimiser(walk, kind, best).run();
}

class Minimiser {
  readonly #walk: Walk;
  readonly #kind: string;
  #best: Minimised;
  #left = TRIES;

  constructor(walk: Walk, kind: string, best: Minimised) {
    this.#walk = walk;
    this.#kind = kind;
    this.#best = best;
  }

  run(): Minimised {
    for (let isBetter = true; isBetter && this.#left > 0;) {
      isBetter = false;
      for (const round of [this.#withoutBlocks, this.#withoutPieces, this.#joined])
        if (round.call(this)) isBetter = true;
    }
    return this.#best;
  }

  /** Leaves out what a thread does between two context switches. */
  #withoutBlocks(): boolean {
    return this.#each(
      (schedule) => blocksOf(schedule),
      (schedule, { from, to }) => [...schedule.slice(0, from), ...schedule.slice(to)],
    );
  }

  /** Leaves out pieces of half the length, a quarter, …, one step. */
  #withoutPieces(): boolean {
    let isBetter = false;
    for (let size = this.#best.schedule.length >> 1; size >= 1; size >>= 1) {
      for (let from = 0; from < this.#best.schedule.length && this.#left > 0;) {
        const { schedule } = this.#best;
        if (this.#accept([...schedule.slice(0, from), ...schedule.slice(from + size)])) isBetter = true;
        else from += size;
      }
    }
    return isBetter;
  }

  /** Lets a block run directly before or after another of its thread. */
  #joined(): boolean {
    return this.#each(
      (schedule) => {
        const blocks = blocksOf(schedule);
        return blocks.flatMap((block, index) => {
          const thread = schedule[block.from]!.thread;
          const isSame = (other: Block): boolean => schedule[other.from]!.thread === thread;
          const next = blocks.slice(index + 1).find(isSame);
          const previous = blocks.slice(0, index).findLast(isSame);
          return [
            ...(next === undefined ? [] : [{ ...block, at: next.from }]),
            ...(previous === undefined ? [] : [{ ...block, at: previous.to }]),
          ];
        });
      },
      (schedule, { from, to, at }) =>
        at > from
          ? [
              ...schedule.slice(0, from),
              ...schedule.slice(to, at),
              ...schedule.slice(from, to),
              ...schedule.slice(at),
            ]
          : [
              ...schedule.slice(0, at),
              ...schedule.slice(from, to),
              ...schedule.slice(at, from),
              ...schedule.slice(to),
            ],
    );
  }

  /** Tries every change of the best schedule, from the start again after each that helps. */
  #each<T>(
    changes: (schedule: Schedule) => readonly T[],
    change: (schedule: Schedule, how: T) => Schedule,
  ): boolean {
    let isBetter = false;
    for (let again = true; again && this.#left > 0;) {
      const { schedule } = this.#best;
      again = changes(schedule).some((how) => this.#accept(change(schedule, how)));
      isBetter ||= again;
    }
    return isBetter;
  }

  #accept(candidate: Schedule): boolean {
    if (this.#left <= 0) return false;
    this.#left -= 1;
    const found = tried(this.#walk, candidate, this.#kind);
    if (found === null || compareSchedules(found.schedule, this.#best.schedule) >= 0) return false;
    this.#best = found;
    return true;
  }
}

/** Below 0: `a` is the better one, with fewer steps, or as many and fewer context switches. */
export function compareSchedules(a: Schedule, b: Schedule): number {
  return a.length - b.length || switchesOf(a) - switchesOf(b);
}

/** How often another thread steps than the one before. */
export function switchesOf(schedule: Schedule): number {
  return schedule.filter(({ thread }, index) => index > 0 && schedule[index - 1]?.thread !== thread).length;
}

/** Runs what can be run of the schedule, up to where the wrong of this kind shows; null when it does not. */
function tried(walk: Walk, schedule: Schedule, kind: string): Minimised | null {
  const taken: { thread: number; choice: number }[] = [];
  const isKind = (wrong: Wrong): boolean => keyOf(wrong) === kind;
  const found = (wrong: Wrong): Minimised => ({ schedule: taken, wrong, message: walk.describe(wrong) });
  const atStart = walk.begin().find(isKind);
  if (atStart !== undefined) return found(atStart);
  for (const step of schedule) {
    const wrong = walk.step(step.thread, step.choice);
    if (wrong === 'blocked') continue;
    taken.push(step);
    const wanted = wrong.find(isKind);
    if (wanted !== undefined) return found(wanted);
    if (wrong.some((one) => one.kind === 'trouble' && one.trouble.thread >= 0)) return null;
  }
  return kind === 'deadlock' && walk.isDeadlocked() ? found({ kind: 'deadlock' }) : null;
}

interface Block {
  readonly from: number;
  readonly to: number;
}

/** Runs of steps of one thread. */
function blocksOf(schedule: Schedule): readonly Block[] {
  const starts = schedule.flatMap(({ thread }, index) =>
    index === 0 || schedule[index - 1]?.thread !== thread ? [index] : [],
  );
  return starts.map((from, index) => ({ from, to: starts[index + 1] ?? schedule.length }));
}
