// SPDX-License-Identifier: GPL-2.0-only
// Owns SPIN as the bench sees it: spin, the C compiler and pan, each timed, on one model in Promela.

import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

export function hasSpin(): boolean {
  return ['spin', 'gcc'].every(
    (tool) => spawnSync(tool, [tool === 'spin' ? '-V' : '--version']).status === 0,
  );
}

export interface Flags {
  readonly spin: readonly string[];
  readonly gcc: readonly string[];
  readonly pan: readonly string[];
}

/** Seconds of wall time of each part. */
export interface Pipeline {
  readonly spin: number;
  readonly gcc: number;
  readonly pan: number;
  /** A search that was ended for its time. */
  readonly isCutOff: boolean;
  /** "errors: 1" */
  readonly errors: number;
  readonly states: number;
  /** As pan tells it: the search alone, in hundredths. */
  readonly elapsed: number;
  /** "total actual memory usage", as pan tells it. */
  readonly bytes: number;
}

/** A folder for verifiers; one that was compiled from the same text with the same flags is not compiled again. */
export class Spin {
  readonly folder = mkdtempSync(path.join(tmpdir(), 'mmreplay-bench-'));

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** `spin`, `gcc` and `pan`; what was compiled before counts 0 s, unless `cold`. Throws when SPIN or gcc fails. */
  run(model: string, flags: Flags, how: { readonly cold?: boolean; readonly limit?: number } = {}): Pipeline {
    const { spin, gcc } = flags;
    const key = createHash('sha256')
      .update(readFileSync(model))
      .update(JSON.stringify([spin, gcc]))
      .digest('hex');
    const inside = path.join(this.folder, key.slice(0, 16));
    let [spinTime, gccTime] = [0, 0];
    if (how.cold === true || !existsSync(path.join(inside, 'pan'))) {
      rmSync(inside, { recursive: true, force: true });
      mkdirSync(inside);
      copyFileSync(model, path.join(inside, 'model.pml'));
      spinTime = timed('spin', [...spin, '-a', 'model.pml'], inside).seconds;
      gccTime = timed('gcc', [...gcc, '-o', 'pan', 'pan.c'], inside).seconds;
    }
    const { seconds, stdout, isCutOff } = timed('./pan', flags.pan, inside, how.limit);
    const number = (pattern: RegExp): number => Number(pattern.exec(stdout)?.[1] ?? NaN);
    return {
      ...{ spin: spinTime, gcc: gccTime, pan: seconds, isCutOff },
      errors: number(/errors: (\d+)/),
      states: number(/(\d+) states, stored/),
      elapsed: number(/elapsed time ([\d.e+-]+) seconds/),
      bytes: number(/([\d.]+)\s+total actual memory usage/) * 2 ** 20,
    };
  }
}

function timed(
  program: string,
  args: readonly string[],
  cwd: string,
  limit?: number,
): { seconds: number; stdout: string; isCutOff: boolean } {
  const started = performance.now();
  // SIGINT: pan prints what it has found so far.
  const ended = limit === undefined ? {} : ({ timeout: limit * 1000, killSignal: 'SIGINT' } as const);
  const { status, stdout, stderr, error } = spawnSync(program, args, {
    ...{ cwd, encoding: 'utf8', maxBuffer: 2 ** 28 },
    ...ended,
  });
  const isCutOff = (error as NodeJS.ErrnoException | undefined)?.code === 'ETIMEDOUT';
  if (!isCutOff && (status === null || (program !== './pan' && status !== 0)))
    throw new Error(`${program} ${args.join(' ')}: ${stderr || stdout || String(error)}`);
  return { seconds: (performance.now() - started) / 1000, stdout, isCutOff };
}
