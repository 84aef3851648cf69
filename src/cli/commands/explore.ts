// SPDX-License-Identifier: GPL-2.0-only
// Owns `mmreplay explore`: every schedule, the verdict, and the shortest violation.

import { lkmlDiagram } from '../../interop/lkml.ts';
import type { Safety } from '../../model/recording.ts';
import { writeTrace } from '../../trace/file.ts';
import { recordAftermath, recordFinding } from '../../workbench/violation.ts';
import type { ExploreArguments } from '../arguments.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { print, type Io } from '../io.ts';
import { loadModel } from '../load-model.ts';
import { checkOutput } from '../output-file.ts';
import { paintFor } from '../paint.ts';
import { exploreJson } from '../report/explore-json.ts';
import { exploreText, nextCommands, type Explored } from '../report/explore-text.ts';
import { search } from '../search.ts';
import { quoted } from '../shell-words.ts';

/** Throws UserError for names and files, RefusedModel for C with errors. */
export async function explore(wanted: ExploreArguments, io: Io): Promise<ExitCode> {
  const { output, json, full, maxStates } = wanted;
  if (output !== undefined) checkOutput(output);
  const { program, model } = await loadModel(wanted, io);
  const { exploration, milliseconds } = search(program, maxStates, io);
  const [shortest] = exploration.findings;
  const run = shortest && recordFinding(program, model, shortest);
  const diagram = run === undefined ? null : lkmlDiagram(run, full ? 'all' : 'essential');
  const explored: Explored = { program, model, exploration, milliseconds, diagram };

  if (output !== undefined && shortest !== undefined)
    writeTrace(output, recordAftermath(program, model, shortest));
  if (json) {
    print(io.stdout, JSON.stringify(exploreJson(explored), null, 2));
  } else {
    print(io.stdout, ...exploreText(explored, full, paintFor(io.stdout, io.env)));
    if (shortest !== undefined) print(io.stdout, ...nextCommands(commandOf(wanted), output));
  }
  if (output !== undefined && shortest === undefined) {
    print(io.stderr, `mmreplay: no violation, so ${output} is not written`);
  }
  return exitCodeOf(exploration.safety);
}

/** Exit codes of a verdict: of a whole search, not of a single run. */
export function exitCodeOf(safety: Safety): ExitCode {
  if (safety.word === 'SAFE') return EXIT.fine;
  return safety.word === 'LIMIT' ? EXIT.limit : EXIT.violation;
}

/** The model as it was named, for another command. */
function commandOf({ protocol, scenario, defines, includeDirs, memory }: ExploreArguments): string {
  const options = [
    ...defines.flatMap((define) => ['-D', define]),
    ...includeDirs.flatMap((dir) => ['-I', dir]),
    ...(memory === 'sc' ? [] : ['--memory', memory]),
  ];
  return [protocol, scenario, ...options].map(quoted).join(' ');
}
