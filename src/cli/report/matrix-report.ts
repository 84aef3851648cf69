// SPDX-License-Identifier: GPL-2.0-only
// Owns what `mmreplay matrix` found, row by row and counted; and what it prints with --json.

import type { Row } from '../../kernel/catalogue.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import type { RowFound } from '../matrix-row.ts';
import { foundWords } from '../matrix-row.ts';

/** `not run`: the matrix was stopped before. `bug`: mmreplay itself went wrong on it. */
export type Outcome = 'as expected' | 'differs' | 'limit' | 'bug' | 'not run';

export interface MatrixRow {
  readonly row: Row;
  readonly outcome: Outcome;
  /** null for `bug` and `not run`. */
  readonly found: RowFound | null;
  /** The stack of a bug. */
  readonly bug: string | null;
  /** Whether what the mails say of it is so; null: they say nothing, or nothing is known. */
  readonly claimHolds: boolean | null;
}

export interface Matrix {
  /** In the order of the catalogue. */
  readonly rows: readonly MatrixRow[];
  /** The time from start to end, and the threads it took; null where no times are wanted. */
  readonly took: { readonly milliseconds: number; readonly jobs: number } | null;
}

export function matrixRow(row: Row, answer: { found: RowFound } | { bug: string } | undefined): MatrixRow {
  const found = answer !== undefined && 'found' in answer ? answer.found : null;
  const bug = answer !== undefined && 'bug' in answer ? answer.bug : null;
  const isKnown = row.claimed !== undefined && found !== null && found.safety.word !== 'LIMIT';
  return {
    row,
    outcome: bug !== null ? 'bug' : found === null ? 'not run' : outcomeOf(found),
    found,
    bug,
    claimHolds: isKnown ? row.claimed?.safety === found.safety.word : null,
  };
}

function outcomeOf({ safety, differences }: RowFound): Outcome {
  if (safety.word === 'LIMIT') return 'limit';
  return differences.length === 0 ? 'as expected' : 'differs';
}

/** The worst of all rows: a bug of ours, a difference, a search that was cut off or never begun. */
export function exitCodeOfMatrix({ rows }: Matrix): ExitCode {
  const outcomes = new Set(rows.map(({ outcome }) => outcome));
  if (outcomes.has('bug')) return EXIT.bug;
  if (outcomes.has('differs')) return EXIT.difference;
  return outcomes.has('limit') || outcomes.has('not run') ? EXIT.limit : EXIT.fine;
}

export function countsOf({ rows }: Matrix): Readonly<Record<Outcome, number>> & {
  readonly states: number;
  readonly claims: { readonly judged: number; readonly held: number };
} {
  const count = (wanted: Outcome): number => rows.filter(({ outcome }) => outcome === wanted).length;
  return {
    'as expected': count('as expected'),
    differs: count('differs'),
    limit: count('limit'),
    bug: count('bug'),
    'not run': count('not run'),
    states: rows.reduce((sum, { found }) => sum + (found?.states ?? 0), 0),
    claims: {
      judged: rows.filter(({ claimHolds }) => claimHolds !== null).length,
      held: rows.filter(({ claimHolds }) => claimHolds === true).length,
    },
  };
}

export function matrixJson(matrix: Matrix): unknown {
  const { states, claims, ...outcomes } = countsOf(matrix);
  const isTimed = matrix.took !== null;
  return {
    format: 'mmreplay-matrix',
    version: '1.0',
    rows: matrix.rows.map(({ row, outcome, found, bug, claimHolds }) => ({
      protocol: row.protocol,
      scenario: row.scenario,
      defines: row.defines,
      claimed: row.claimed === undefined ? null : { ...row.claimed, holds: claimHolds },
      expected: row.finding,
      outcome,
      differences: found?.differences ?? [],
      found: found && { text: foundWords(found), safety: found.safety, progress: found.progress },
      states: found?.states ?? null,
      transitions: found?.transitions ?? null,
      steps: found?.steps ?? null,
      schedule: found?.schedule ?? null,
      hash: found?.model.hash ?? null,
      bug,
      ...(isTimed ? { milliseconds: found && Math.round(found.milliseconds) } : {}),
    })),
    summary: {
      rows: matrix.rows.length,
      outcomes,
      claims,
      states,
      ...(matrix.took === null
        ? {}
        : { milliseconds: Math.round(matrix.took.milliseconds), jobs: matrix.took.jobs }),
    },
  };
}
