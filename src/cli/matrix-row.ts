// SPDX-License-Identifier: GPL-2.0-only
// Owns one row of the matrix: the model loaded, searched, and held against what the catalogue expects of it.

import { formatSchedule } from '../explore/schedule.ts';
import { verify, type Verified } from '../explore/verify.ts';
import type { Row, Verdict } from '../kernel/catalogue.ts';
import type { ModelInfo, Progress, Safety } from '../model/recording.ts';
import { safetyText } from '../view/findings.ts';
import { witnessesOf, type Witness } from '../workbench/witnesses.ts';
import { RefusedModel } from './errors.ts';
import type { Io } from './io.ts';
import { loadModel } from './load-model.ts';

/** What is found of one row. Plain data: it goes from thread to thread. */
export interface RowFound {
  readonly model: ModelInfo;
  readonly safety: Safety;
  readonly progress: Progress;
  readonly states: number;
  readonly transitions: number;
  /** The shortest violation, or the run that never ends; null: there is none. */
  readonly schedule: string | null;
  readonly steps: number | null;
  /** What LIMIT advises; null for another verdict. */
  readonly advice: string | null;
  /** In which ways this is not what the catalogue expects, each in words; empty for LIMIT, which says too little. */
  readonly differences: readonly string[];
  /** To load the model and to search it. */
  readonly milliseconds: number;
}

export interface RowOptions {
  readonly maxStates: number | undefined;
}

/** Throws what loadModel throws; of a row of the catalogue that is our own bug. */
export async function judgeRow(
  row: Row,
  { maxStates }: RowOptions,
  io: Pick<Io, 'stderr' | 'env' | 'now'>,
): Promise<RowFound> {
  const started = io.now();
  const { program, model } = await loadModel({ ...row, includeDirs: [], memory: row.memory ?? 'sc' }, io);
  const found = verify(program, maxStates === undefined ? {} : { maxStates });
  const schedule = found.findings[0]?.schedule ?? found.progress.lasso?.schedule ?? null;
  return {
    model,
    safety: found.safety,
    progress: found.progress.word,
    states: found.states,
    transitions: found.transitions,
    schedule: schedule === null ? null : formatSchedule(schedule),
    steps: schedule?.length ?? null,
    advice: found.limit?.advice ?? null,
    differences: differences(row, found, witnessesOf(program, found.coverage)),
    milliseconds: io.now() - started,
  };
}

/** What to report of a row that ended in an error: of a model that ships, even refused C is a bug of ours. */
export function bugText(error: unknown): string {
  if (error instanceof RefusedModel) return `${error.message}\n${error.report}`;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

/** What stands in the catalogue and was not found. Where it is silent, anything is right. */
export function differences(
  { finding, witnesses }: Pick<Row, 'finding' | 'witnesses'>,
  { safety, progress }: Pick<Verified, 'safety' | 'progress'>,
  known: readonly Witness[],
): readonly string[] {
  if (safety.word === 'LIMIT') return [];
  const told: string[] = [];
  if (!isExpected(finding, safety))
    told.push(`expected ${verdictWords({ ...finding, progress: undefined })}`);
  if (finding.progress !== undefined && finding.progress !== progress.word)
    told.push(`expected progress ${finding.progress}, and found ${progress.word}`);
  if (safety.word !== 'SAFE') return told;
  // A SAFE that never comes near the place where it could go wrong says nothing.
  const reached = new Set(known.filter((witness) => witness.reached).map(({ name }) => name));
  const missed = witnesses.filter((name) => !reached.has(name));
  return missed.length === 0 ? told : [...told, `never reached ${missed.join(', ')}`];
}

function isExpected(finding: Verdict, safety: Safety): boolean {
  if (finding.safety !== safety.word) return false;
  const { invariants, kind } = finding;
  switch (safety.word) {
    case 'RACY':
      return (
        invariants === undefined || [...invariants].sort().join() === [...safety.invariants].sort().join()
      );
    case 'BUG':
      return kind === undefined || kind === safety.bug;
    case 'EXPOSE':
      return kind === undefined || kind === safety.what;
    default:
      return true;
  }
}

/** A verdict of the catalogue as a search says it: "RACY I1, I2", "BUG(range)", "SAFE, SPIN". */
export function verdictWords({
  safety,
  invariants,
  kind,
  progress,
}: Omit<Verdict, 'progress'> & { readonly progress?: Verdict['progress'] | undefined }): string {
  const names = invariants === undefined ? '' : ` ${invariants.join(', ')}`;
  return `${safety}${names}${kind === undefined ? '' : `(${kind})`}${progressWords(progress)}`;
}

/** The same of what was found. */
export function foundWords({ safety, progress }: Pick<RowFound, 'safety' | 'progress'>): string {
  return `${safetyText(safety)}${progressWords(progress)}`;
}

/** Behind a verdict; that every operation ends needs no word, and of a violation it is not asked. */
function progressWords(progress: Progress | undefined): string {
  return progress === undefined || progress === 'ok' || progress === 'unchecked' ? '' : `, ${progress}`;
}
