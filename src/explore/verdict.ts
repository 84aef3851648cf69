// SPDX-License-Identifier: GPL-2.0-only
// Owns the step from what was found to the verdict: which finding counts, and what LIMIT advises.

import type { Program } from '../lang/program.ts';
import type { Safety } from '../model/recording.ts';
import { exposed, isLimit, type Found } from './findings.ts';

/** Why a search says less than it could. */
export interface Limit {
  readonly what: 'states' | 'memory' | 'time' | 'pool';
  readonly advice: string;
}

const ADVICE = {
  states: 'Allow more states, or make the scenario smaller: fewer threads, pages or operations.',
  memory: 'Allow more memory, or make the scenario smaller: fewer threads, pages or operations.',
  time: 'Allow more time, or make the scenario smaller: fewer threads, pages or operations.',
} as const;

/**
 * The verdict on findings in order of distance and weight. The nearest finding decides; at one distance a bug goes
 * before an exposure, that before a deadlock, that before a race, and a race names all the invariants violated there.
 * Without a finding: LIMIT when anything was cut off, a pool that ran empty included, else SAFE.
 */
export function safetyOf(
  program: Program,
  all: readonly Found[],
  cutOff: 'states' | 'memory' | 'time' | null,
): { readonly safety: Safety; readonly findings: readonly Found[]; readonly limit: Limit | null } {
  const findings = all.filter(({ wrong }) => !isLimit(wrong));
  const limit = limitOf(
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

function limitOf(pool: Found | undefined, cutOff: 'states' | 'memory' | 'time' | null): Limit | null {
  if (cutOff !== null) return { what: cutOff, advice: ADVICE[cutOff] };
  if (pool?.wrong.kind !== 'trouble') return null;
  return { what: 'pool', advice: `${pool.wrong.trouble.message}.` };
}
