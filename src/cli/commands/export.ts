// SPDX-License-Identifier: GPL-2.0-only
// Owns `mmreplay export`: a model in the language of another tool.

import { writeFileSync } from 'node:fs';
import { UserError } from '../../base/user-error.ts';
import { promela } from '../../interop/promela.ts';
import { notWritable } from '../../trace/trace-error.ts';
import { observeValues } from '../../workbench/observe-values.ts';
import type { ExportArguments } from '../arguments.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { print, type Io } from '../io.ts';
import { loadModel } from '../load-model.ts';
import { checkOutput } from '../output-file.ts';
import { grouped } from '../report/columns.ts';

/** States that the search for values visits at most: some seconds. */
const MOST_STATES = 200_000;

/** Throws UserError for names, files and what Promela cannot say, RefusedModel for C with errors. */
export async function exportModel(wanted: ExportArguments, io: Io): Promise<ExitCode> {
  const { output, maxStates = MOST_STATES } = wanted;
  if (output !== undefined) checkOutput(output);
  const { program } = await loadModel(wanted, io);
  const known = observeValues(program, maxStates);
  if (known.start === null) {
    throw new UserError(
      'export-no-start',
      'the model goes wrong before its first step, so there is nothing to explore',
      `See: mmreplay explore ${wanted.protocol} ${wanted.scenario}`,
    );
  }
  const text = promela(program, { ...known, start: known.start });
  if (!known.isComplete) {
    print(
      io.stderr,
      `mmreplay: types and pointers fit the values of the first ${grouped(known.states)} states only`,
      '  If an assertion that compares a variable fails in SPIN, raise --max-states.',
    );
  }
  if (output === undefined) io.stdout.write(text);
  else write(output, text);
  return EXIT.fine;
}

function write(file: string, text: string): void {
  try {
    writeFileSync(file, text);
  } catch (error) {
    throw notWritable(file, (error as NodeJS.ErrnoException).code ?? 'unknown');
  }
}
