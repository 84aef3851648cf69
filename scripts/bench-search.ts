// SPDX-License-Identifier: GPL-2.0-only
// Owns one search in a process of its own, for the bench: so that its peak of memory is known, and neither a parser nor
// anything else is in it. Arguments: FILE reduce|plain SECONDS. Prints one line of JSON.

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { NO_REDUCTION } from '../src/explore/reduce/reduction.ts';
import { verify } from '../src/explore/verify.ts';
import type { Program } from '../src/lang/program.ts';
import { readLowered } from '../src/workbench/lowered.ts';
import type { ModelNames } from '../src/workbench/model-identity.ts';

/** What a search in a process of its own prints. */
export interface Measured {
  readonly verdict: string;
  readonly isComplete: boolean;
  readonly states: number;
  readonly transitions: number;
  /** Of the search alone. */
  readonly seconds: number;
  /** The most that the process ever held, all of Node included. */
  readonly peakBytes: number;
}

/** What it reads: a Program as the build lowers it, with the texts that it was made of. */
export interface Kept {
  readonly names: ModelNames;
  readonly lowered: string;
  readonly sources: Program['sources'];
}

export async function main([
  file = '',
  how = 'plain',
  limit = 'Infinity',
]: readonly string[]): Promise<number> {
  const { names, lowered, sources } = JSON.parse(readFileSync(file, 'utf8')) as Kept;
  const model = readLowered(lowered, names, {
    textOf: (name) => sources.find((source) => source.name === name)?.text,
    sha256: (text) => createHash('sha256').update(text).digest('hex'),
  });
  if (model === undefined) throw new Error(`${file} is stale`);
  const started = performance.now();
  const isExpired = (): boolean => performance.now() - started > Number(limit) * 1000;
  const found = verify(model.program, { isExpired, ...(how === 'plain' ? { reduce: NO_REDUCTION } : {}) });
  const seconds = (performance.now() - started) / 1000;
  const peak = Number(/^VmHWM:\s*(\d+) kB/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]);
  const measured: Measured = {
    verdict: found.safety.word,
    isComplete: found.isComplete,
    states: found.states,
    transitions: found.transitions,
    seconds,
    peakBytes: peak * 1024,
  };
  process.stdout.write(`${JSON.stringify(measured)}\n`);
  return 0;
}
