// SPDX-License-Identifier: GPL-2.0-only
// Owns `mmreplay explore`: every schedule, the verdict, and the shortest violation.

import { lkmlDiagram } from '../../interop/lkml.ts';
import type { Verified } from '../../explore/verify.ts';
import type { Program } from '../../lang/program.ts';
import type { ModelInfo, Recording } from '../../model/recording.ts';
import { recordAftermath, recordFinding, recordLasso } from '../../workbench/violation.ts';
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
  const runs = runsOf(program, model, exploration);
  const diagram = runs === null ? null : lkmlDiagram(runs.drawn, full ? 'all' : 'essential');
  const explored: Explored = { program, model, exploration, milliseconds, diagram };

  if (output !== undefined && runs !== null) {
    // The format and its checks are slow to load, and most searches write nothing.
    const { writeTrace } = await import('../../trace/file.ts');
    writeTrace(output, runs.traced());
  }
  if (json) {
    print(io.stdout, JSON.stringify(exploreJson(explored), null, 2));
  } else {
    print(io.stdout, ...exploreText(explored, full, paintFor(io.stdout, io.env)));
    if (runs !== null) print(io.stdout, ...nextCommands(commandOf(wanted), output, runs.name));
  }
  if (output !== undefined && runs === null) {
    print(io.stderr, `mmreplay: no violation, so ${output} is not written`);
  }
  return exitCodeOf(exploration);
}

/** The runs that show the verdict; null when there is nothing to show. */
function runsOf(
  program: Program,
  model: ModelInfo,
  { findings, progress }: Verified,
): { readonly drawn: Recording; readonly traced: () => Recording; readonly name: string } | null {
  const [shortest] = findings;
  if (shortest !== undefined) {
    const drawn = recordFinding(program, model, shortest);
    return { drawn, traced: () => recordAftermath(program, model, shortest), name: 'race.json' };
  }
  if (progress.lasso === null) return null;
  const drawn = recordLasso(program, model, progress);
  return { drawn, traced: () => drawn, name: 'lasso.json' };
}

/** Exit codes of a verdict: of a whole search, not of a single run. SPIN changes nothing. */
export function exitCodeOf({ safety, progress }: Pick<Verified, 'safety' | 'progress'>): ExitCode {
  if (safety.word === 'SAFE') return progress.word === 'LIVELOCK' ? EXIT.violation : EXIT.fine;
  return safety.word === 'LIMIT' ? EXIT.limit : EXIT.violation;
}

/** The model as it was named, for another command. */
function commandOf({ protocol, scenario, defines, includeDirs }: ExploreArguments): string {
  const options = [
    ...defines.flatMap((define) => ['-D', define]),
    ...includeDirs.flatMap((dir) => ['-I', dir]),
  ];
  return [protocol, scenario, ...options].map(quoted).join(' ');
}
