// SPDX-License-Identifier: GPL-2.0-only
// Owns a search as a command runs it: its bounds, its time, and the word of life on a terminal.

import type { Progress } from '../explore/search.ts';
import { verify, type Verified } from '../explore/verify.ts';
import type { Program } from '../lang/program.ts';
import type { Io } from './io.ts';
import { grouped } from './report/columns.ts';

/** Before so many milliseconds nobody wonders whether it hangs; then one line so often. */
const QUIET = 1000;
const EVERY = 200;

export interface Searched {
  readonly exploration: Verified;
  readonly milliseconds: number;
}

export function search(program: Program, maxStates: number | undefined, io: Io): Searched {
  const started = io.now();
  let said = started + QUIET - EVERY;
  const onProgress = (progress: Progress): void => {
    const now = io.now();
    if (now < said + EVERY) return;
    said = now;
    io.stderr.write(`\r\u001b[K${progressLine(progress, now - started)}`);
  };
  const exploration = verify(program, {
    ...(maxStates === undefined ? {} : { maxStates }),
    ...(io.stderr.isTTY ? { onProgress } : {}),
  });
  if (said >= started + QUIET) io.stderr.write('\r\u001b[K');
  return { exploration, milliseconds: io.now() - started };
}

function progressLine({ states, depth, queue, bytes }: Progress, elapsed: number): string {
  const rate = grouped(Math.round((states / Math.max(1, elapsed)) * 1000));
  const megabytes = Math.round(bytes / 2 ** 20);
  return `${grouped(states)} states, depth ${depth}, ${grouped(queue)} to go, ${rate}/s, ${megabytes} MB`;
}
