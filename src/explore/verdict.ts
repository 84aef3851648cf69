// SPDX-License-Identifier: GPL-2.0-only
// Owns the step from what was found to the verdict: which finding counts, and what LIMIT advises.

import type { Program } from '../lang/program.ts';
import type { Safety } from '../model/recording.ts';
import { exposed, isLimit, type Found } from './findings.ts';

/** What ends a search early. */
export type CutOff = 'states' | 'memory' | 'time' | 'interrupted';

/** Why a search says less than it could. `runs` and `preemptions`: it was never meant to try every schedule. */
export interface Limit {
  readonly what: CutOff | 'pool' | 'runs' | 'preemptions';
  /** What to try, in sentences that name options of the command line. */
  readonly advice: string;
}

const ELSE =
  'Or make the scenario smaller: fewer threads, pages or operations. Random runs (--random N) and few preemptions ' +
  '(--preemptions K) often find what no complete search reaches; docs/SCALING.md has more.';

/** What to try when a search was cut off. */
export const ADVICE: Readonly<Record<CutOff, string>> = {
  states: `Allow more states (--max-states). ${ELSE}`,
  memory: `Allow more memory (--memory-limit), if the machine has it. ${ELSE}`,
  time: `Allow more time (--time-limit). ${ELSE}`,
  interrupted: `Let it run on. ${ELSE}`,
};

/**
 * The verdict on findings in order of distance and weight. The nearest finding decides; at one distance a bug goes
 * before an exposure, that before a deadlock, that before a race, and a race names all the invariants violated there.
 * Without a finding: LIMIT when anything was cut off, a pool that ran empty included, else SAFE.
 */
export function safetyOf(
  program: Program,
  all: readonly Found[],
  cutOff: CutOff | null,
): { readonly safety: Safety; readonly findings: readonly Found[]; readonly limit: Limit | null } {
  const findings = all.filter(({ wrong }) => !isLimit(wrong));
  const limit = limitOf(
    program,
    all.find(({ wrong }) => isLimit(wrong)),
    cutOff,
  );
  const [first] = findings;
  if (first !== undefined) return { safety: safetyOfFinding(program, first, findings), findings, limit };
  return {
    safety: limit === null ? { word: 'SAFE' } : { word: 'LIMIT', limit: limit.what },
    findings,
    limit,
  };
}

function safetyOfFinding(program: Program, { wrong, depth }: Found, findings: readonly Found[]): Safety {
  switch (wrong.kind) {
    case 'trouble': {
      const what = exposed(wrong.trouble.kind);
      return what === null ? { word: 'BUG', bug: wrong.trouble.kind } : { word: 'EXPOSE', what };
    }
    case 'deadlock':
      return { word: 'DEADLOCK' };
    case 'invariant': {
      const indices = findings.flatMap((found) =>
        found.wrong.kind === 'invariant' && found.depth === depth ? [found.wrong.invariant] : [],
      );
      const names = indices.sort((a, b) => a - b).map((index) => program.invariants[index]?.name ?? '');
      return { word: 'RACY', invariants: names };
    }
  }
}

function limitOf(program: Program, pool: Found | undefined, cutOff: CutOff | null): Limit | null {
  if (cutOff !== null) return { what: cutOff, advice: ADVICE[cutOff] };
  if (pool?.wrong.kind !== 'trouble') return null;
  const { message, thread, site } = pool.wrong.trouble;
  const { file = '', line = 0, text = '' } = program.sites[site] ?? {};
  const who = program.threads[thread]?.name ?? 'an invariant';
  const advice =
    `At step ${pool.depth} of a schedule, in ${who}: ${message} (${text}, ${file}:${line}). What comes after it is ` +
    'not known; all else was searched.';
  return { what: 'pool', advice };
}
