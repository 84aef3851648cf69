// SPDX-License-Identifier: GPL-2.0-only
// Owns the spreading of the matrix over threads. What comes out does not depend on how many there are.

import { Worker } from 'node:worker_threads';
import { must } from '../base/assert.ts';
import { rows as catalogue, type Row } from '../kernel/catalogue.ts';
import type { Io } from './io.ts';
import { bugText, judgeRow, type RowOptions } from './matrix-row.ts';
import type { Answer, Ask } from './matrix-worker.ts';
import { isBundle } from './shipped.ts';

export interface Jobs {
  /** Rows of the catalogue. */
  readonly rows: readonly Row[];
  /** Threads. */
  readonly jobs: number;
  readonly options: RowOptions;
  /** Called when a row begins and when it ends, with those that run just now. */
  readonly onChange: (running: readonly Row[], done: number) => void;
}

/**
 * One answer for each row, in their order; undefined for those not done when `interrupted` came true. A thread that
 * dies (out of memory) takes its row along, which answers with a bug, and no other.
 */
export async function runRows(
  work: Jobs,
  interrupted: Promise<void>,
  io: Io,
): Promise<readonly (Answer | undefined)[]> {
  const answers: (Answer | undefined)[] = work.rows.map(() => undefined);
  const running = new Set<number>();
  let next = 0;
  let isOver = false;
  const onChange = (): void => {
    const done = answers.filter((answer) => answer !== undefined).length;
    if (!isOver)
      work.onChange(
        [...running].map((index) => must(work.rows[index], 'a row')),
        done,
      );
  };
  const hands: Hand[] = [];
  const one = async (): Promise<void> => {
    let hand = startHand(io);
    hands.push(hand);
    while (next < work.rows.length && !isOver) {
      const index = next;
      next += 1;
      running.add(index);
      onChange();
      const answer = await hand.judge(must(work.rows[index], 'a row'), work.options);
      if (isOver) break;
      running.delete(index);
      answers[index] = answer;
      onChange();
      if (hand.isDead) hands.push((hand = startHand(io)));
    }
    hand.stop();
  };
  const threads = Math.max(1, Math.min(work.jobs, work.rows.length));
  const all = Promise.all(Array.from({ length: threads }, one));
  await Promise.race([all, interrupted]);
  isOver = true;
  for (const hand of hands) hand.stop();
  return answers;
}

/** One that judges rows. */
interface Hand {
  readonly isDead: boolean;
  /** Never rejects. */
  judge(row: Row, options: RowOptions): Promise<Answer>;
  stop(): void;
}

/** A thread, where there is a bundle to start one from; in tests of the TypeScript this thread itself. */
function startHand(io: Io): Hand {
  return isBundle ? new ThreadHand() : ownHand(io);
}

class ThreadHand implements Hand {
  isDead = false;
  readonly #worker = new Worker(new URL('./matrix-worker.js', import.meta.url));
  #answered: (answer: Answer) => void = () => undefined;

  constructor() {
    this.#worker.on('message', (answer: Answer) => this.#answered(answer));
    this.#worker.on('error', (error: Error) => this.#died(error.stack ?? error.message));
    this.#worker.on('exit', () => this.#died('the thread ended without an answer'));
  }

  judge(row: Row, options: RowOptions): Promise<Answer> {
    return new Promise((resolve) => {
      this.#answered = resolve;
      if (this.isDead) resolve({ bug: 'the thread ended before it was asked' });
      else this.#worker.postMessage({ index: catalogue.indexOf(row), options } satisfies Ask);
    });
  }

  stop(): void {
    void this.#worker.terminate();
  }

  #died(why: string): void {
    this.isDead = true;
    this.#answered({ bug: why });
  }
}

function ownHand(io: Io): Hand {
  return {
    isDead: false,
    judge: (row, options) =>
      judgeRow(row, options, io)
        .then((found): Answer => ({ found }))
        .catch((error: unknown): Answer => ({ bug: bugText(error) })),
    stop: () => undefined,
  };
}
