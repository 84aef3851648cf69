// SPDX-License-Identifier: GPL-2.0-only
// Owns a search as a command runs it: its bounds, its time, Ctrl-C, and the word of life on a terminal.

import { setImmediate as nextTurn } from 'node:timers/promises';
import { listingAll, type Distinct } from '../explore/all-violations.ts';
import { searchingByPreemptions, type Bounded } from '../explore/preemptions.ts';
import { sampling, type Sampled } from '../explore/sample.ts';
import type { Exploration, Progress, SearchOptions, Slices } from '../explore/search.ts';
import { verifying, type Verified } from '../explore/verify.ts';
import type { Program } from '../lang/program.ts';
import type { Method, SearchArguments } from './arguments.ts';
import { print, type Io } from './io.ts';
import { defaultMemoryLimit, largestMemoryLimit } from './memory-limit.ts';
import { grouped } from './report/columns.ts';

/** Before so many milliseconds nobody wonders whether it hangs; then one line so often. */
const QUIET = 1000;
const EVERY = 200;
/** So often the process looks whether somebody has pressed Ctrl-C. */
const TURN = 40;

export interface Searched {
  readonly exploration: Verified;
  /** How random runs went, how many preemptions were tried, what there is besides the nearest violation; or none of it. */
  readonly sampling?: Sampled['sampling'];
  readonly preemptions?: Bounded['preemptions'];
  readonly distinct?: readonly Distinct[];
  readonly milliseconds: number;
}

/** Searches as the arguments say. The first Ctrl-C ends it with what is known so far, the second ends the process. */
export async function search(
  program: Program,
  wanted: SearchArguments,
  method: Method,
  io: Io,
): Promise<Searched> {
  const started = io.now();
  let isInterrupted = false;
  const noInterrupts = io.onInterrupt(() => (isInterrupted = true));
  const { maxStates, memoryLimit, timeLimit, reduce } = wanted;
  const slices = slicesOf(program, method, {
    ...(maxStates === undefined ? {} : { maxStates }),
    ...(reduce === undefined ? {} : { reduce }),
    maxBytes: memoryLimit === undefined ? defaultMemoryLimit() : possible(memoryLimit, io),
    isExpired: () => timeLimit !== undefined && io.now() - started > timeLimit,
    isInterrupted: () => isInterrupted,
  });
  const life = new LineOfLife(io, started);
  try {
    for (let turned = started; ;) {
      const { done, value } = slices.next();
      const now = io.now();
      if (done) return { ...value, milliseconds: now - started };
      life.tell(value, now);
      if (now - turned < TURN) continue;
      await nextTurn();
      turned = now;
    }
  } finally {
    noInterrupts();
    life.end();
  }
}

/** As much of the memory asked for as the machine has. */
function possible(wanted: number, io: Io): number {
  const most = largestMemoryLimit();
  if (wanted <= most) return wanted;
  const megabytes = grouped(Math.floor(most / 2 ** 20));
  print(io.stderr, `mmreplay: --memory-limit is more than there is here; ${megabytes}M is taken`);
  return most;
}

type Found = Omit<Searched, 'milliseconds'>;

function* slicesOf(program: Program, method: Method, options: SearchOptions): Slices<Found> {
  switch (method.kind) {
    case 'complete':
      return { exploration: yield* verifying(program, options) };
    case 'all': {
      const { distinct, ...exploration } = yield* listingAll(program, options);
      return { exploration: withoutProgress(exploration), distinct };
    }
    case 'random': {
      const { runs, seed, changes } = method;
      const how = changes === null ? ({ kind: 'uniform' } as const) : ({ kind: 'pct', changes } as const);
      const { sampling: series, ...exploration } = yield* sampling(program, { ...options, runs, seed, how });
      return { exploration: withoutProgress(exploration), sampling: series };
    }
    case 'preemptions': {
      const { preemptions, ...exploration } = yield* searchingByPreemptions(program, {
        ...options,
        most: method.most,
      });
      // No schedule was left out: then the verdict is that of a complete search, which knows more than violations.
      const all = preemptions.isAll && exploration.findings.length === 0;
      return {
        exploration: all ? yield* verifying(program, options) : withoutProgress(exploration),
        preemptions,
      };
    }
  }
}

/** Whether every operation ends is a question to a complete search only. */
function withoutProgress(exploration: Exploration): Verified {
  return {
    ...exploration,
    progress: { word: 'unchecked', lasso: null, message: '' },
    reduced: null,
    isShortest: true,
  };
}

/** One line on stderr that is written over again and again, and wiped in the end. Nothing where there is no terminal. */
class LineOfLife {
  readonly #io: Io;
  readonly #started: number;
  readonly #isShown: boolean;
  #said: number;
  #isWritten = false;

  constructor(io: Io, started: number) {
    this.#io = io;
    this.#started = started;
    this.#isShown = io.stderr.isTTY && io.env['TERM'] !== 'dumb';
    this.#said = started + QUIET - EVERY;
  }

  tell(progress: Progress, now: number): void {
    if (!this.#isShown || now < this.#said + EVERY) return;
    this.#said = now;
    this.#isWritten = true;
    const { columns = 80 } = this.#io.stderr;
    this.#io.stderr.write(`\r\u001b[K${progressLine(progress, now - this.#started, columns - 1)}`);
  }

  end(): void {
    if (this.#isWritten) this.#io.stderr.write('\r\u001b[K');
  }
}

/** As many of its parts as fit, the most telling first. */
function progressLine(
  { states, depth, queue, bytes, runs }: Progress,
  elapsed: number,
  room: number,
): string {
  const rate = grouped(Math.round(((runs ?? states) / Math.max(1, elapsed)) * 1000));
  const megabytes = `${grouped(Math.round(bytes / 2 ** 20))} MB`;
  const parts =
    runs === undefined
      ? [
          `${grouped(states)} states`,
          `depth ${grouped(depth)}`,
          `${rate}/s`,
          megabytes,
          `${grouped(queue)} to go`,
        ]
      : [
          `${grouped(runs)} runs`,
          `${grouped(queue)} to go`,
          `${rate}/s`,
          `${grouped(states)} states`,
          megabytes,
        ];
  let line = '';
  for (const part of parts) {
    const longer = line === '' ? part : `${line}, ${part}`;
    if (longer.length > room) break;
    line = longer;
  }
  return line;
}
