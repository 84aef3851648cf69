// SPDX-License-Identifier: GPL-2.0-only
// Owns `mmreplay matrix`: every row of the catalogue searched again, and held against what stands there.

import { availableParallelism } from 'node:os';
import { UserError } from '../../base/user-error.ts';
import { rows as catalogue, type Row } from '../../kernel/catalogue.ts';
import type { MatrixArguments } from '../arguments.ts';
import type { ExitCode } from '../exit-codes.ts';
import { print, type Io } from '../io.ts';
import { runRows } from '../matrix-jobs.ts';
import { resolveName } from '../model-names.ts';
import { paintFor } from '../paint.ts';
import { exitCodeOfMatrix, matrixJson, matrixRow, type Matrix } from '../report/matrix-report.ts';
import { commandOf, matrixMarkdown, matrixText } from '../report/matrix-text.ts';
import { shippedNames, type Kind } from '../shipped.ts';

/** Where no terminal says how wide it is. */
const WIDTH = 80;

/** Throws UserError for names that no row has. */
export async function matrix(wanted: MatrixArguments, io: Io): Promise<ExitCode> {
  const started = io.now();
  const rows = wantedRows(wanted);
  const jobs = Math.min(wanted.jobs ?? availableParallelism(), rows.length);
  const line = lifeLine(io, rows.length);
  const { interrupted, forget } = interruption(io);
  const work = { rows, jobs, options: { maxStates: wanted.maxStates }, onChange: line.show };
  const answers = await runRows(work, interrupted, io);
  forget();
  line.wipe();
  const took = wanted.noTime ? null : { milliseconds: io.now() - started, jobs };
  const result: Matrix = { rows: rows.map((row, index) => matrixRow(row, answers[index])), took };
  if (wanted.json) print(io.stdout, JSON.stringify(matrixJson(result), null, 2));
  else if (wanted.markdown) print(io.stdout, ...matrixMarkdown(result));
  else print(io.stdout, ...matrixText(result, widthOf(io) - 1, paintFor(io.stdout, io.env)));
  reportBugs(result, io);
  return exitCodeOfMatrix(result);
}

/** In the order of the catalogue, however they are named. */
function wantedRows({ protocols, scenario }: MatrixArguments): readonly Row[] {
  const names = protocols.map((given) => named('protocol', given));
  const only = scenario === undefined ? undefined : named('scenario', scenario);
  const found = catalogue.filter(
    (row) =>
      (names.length === 0 || names.includes(row.protocol)) && (only === undefined || row.scenario === only),
  );
  if (found.length > 0) return found;
  const what = [...names, ...(only === undefined ? [] : [only])].join(', ');
  throw new UserError('matrix-empty', `the catalogue has no row for ${what}`, 'See: mmreplay list');
}

function named(kind: Kind, given: string): string {
  const found = resolveName(kind, given, shippedNames(kind));
  if ('name' in found) return found.name;
  throw new UserError(
    'matrix-file',
    `the matrix is about the models that come with mmreplay, not about files: '${given}'`,
    `See: mmreplay explore ${kind === 'protocol' ? `${given} SCENARIO` : `PROTOCOL ${given}`}`,
  );
}

function widthOf({ stdout, env }: Io): number {
  const told = Number(stdout.columns ?? env['COLUMNS']);
  return Number.isInteger(told) && told > 0 ? told : WIDTH;
}

/** One line on stderr that says how far it is, on a terminal only. */
function lifeLine(
  { stderr }: Io,
  all: number,
): { show(running: readonly Row[], done: number): void; wipe(): void } {
  if (!stderr.isTTY) return { show: () => undefined, wipe: () => undefined };
  return {
    show: (running, done) => {
      const names = running.map(({ protocol, scenario, defines }) =>
        [protocol, scenario, ...defines].join(' '),
      );
      const line = `${done} of ${all} rows; ${names.join(', ')}`.slice(0, (stderr.columns ?? WIDTH) - 1);
      stderr.write(`\r\u001b[K${line}`);
    },
    wipe: () => stderr.write('\r\u001b[K'),
  };
}

/** Ctrl-C once: what is done is printed. Twice: the process ends, as ever. */
function interruption(io: Io): { readonly interrupted: Promise<void>; readonly forget: () => void } {
  let forget = (): void => undefined;
  const interrupted = new Promise<void>((resolve) => {
    forget = io.onInterrupt(resolve);
  });
  return { interrupted, forget };
}

function reportBugs({ rows }: Matrix, { stderr }: Io): void {
  for (const { row, bug } of rows) {
    if (bug === null) continue;
    print(
      stderr,
      'mmreplay: this is a bug in mmreplay, not in the model. Please report it with what follows.',
      `  command: ${commandOf(row)}`,
      ...bug.split('\n').map((each) => `  ${each}`),
    );
  }
}
