// SPDX-License-Identifier: GPL-2.0-only
// Owns `mmreplay explore`: every schedule, the verdict, and the shortest violation.

import { formatSchedule, type Schedule } from '../../explore/schedule.ts';
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
import { search, type Searched } from '../search.ts';
import { quoted } from '../shell-words.ts';

/** Throws UserError for names and files, RefusedModel for C with errors. */
export async function explore(wanted: ExploreArguments, io: Io): Promise<ExitCode> {
  const { output, json, full, method } = wanted;
  if (output !== undefined) checkOutput(output);
  const { program, model } = await loadModel(wanted, io);
  const searched = await search(program, wanted.search, method, io);
  const { exploration } = searched;
  const runs = runsOf(program, model, searched);
  const diagram = runs === null ? null : lkmlDiagram(runs.drawn, full ? 'all' : 'essential');
  const explored: Explored = { program, model, ...searched, diagram };

  if (output !== undefined && runs !== null) {
    // The format and its checks are slow to load, and most searches write nothing.
    const { writeTrace } = await import('../../trace/file.ts');
    writeTrace(output, runs.traced());
  }
  if (json) {
    print(io.stdout, JSON.stringify(exploreJson(explored), null, 2));
  } else {
    print(io.stdout, ...exploreText(explored, full, paintFor(io.stdout, io.env)));
    if (runs !== null) print(io.stdout, ...nextCommands(commandOf(wanted, runs.schedule), output, runs.name));
  }
  if (output !== undefined && runs === null) {
    print(io.stderr, `mmreplay: no violation, so ${output} is not written`);
  }
  return exitCodeOf(exploration);
}

interface Runs {
  readonly drawn: Recording;
  readonly traced: () => Recording;
  /** For a trace of it. */
  readonly name: string;
  readonly schedule: Schedule;
}

/** The runs that show the verdict; null when there is nothing to show. */
function runsOf(
  program: Program,
  model: ModelInfo,
  { exploration: { findings, progress }, distinct }: Searched,
): Runs | null {
  const [shortest] = distinct ?? findings;
  if (shortest !== undefined) {
    const drawn = recordFinding(program, model, shortest);
    const traced = (): Recording => recordAftermath(program, model, shortest);
    return { drawn, traced, name: 'race.json', schedule: shortest.schedule };
  }
  if (progress.lasso === null) return null;
  const drawn = recordLasso(program, model, progress);
  return { drawn, traced: () => drawn, name: 'lasso.json', schedule: progress.lasso.schedule };
}

/** Exit codes of a verdict: of a whole search, not of a single run. SPIN changes nothing. */
export function exitCodeOf({ safety, progress }: Pick<Verified, 'safety' | 'progress'>): ExitCode {
  if (safety.word === 'SAFE') return progress.word === 'LIVELOCK' ? EXIT.violation : EXIT.fine;
  return safety.word === 'LIMIT' ? EXIT.limit : EXIT.violation;
}

/** The model as it was named, for another command; and the run, when a complete search would not find the same. */
function commandOf(
  { protocol, scenario, defines, includeDirs, method, memory }: ExploreArguments,
  schedule: Schedule,
): string {
  const options = [
    ...defines.flatMap((define) => ['-D', define]),
    ...includeDirs.flatMap((dir) => ['-I', dir]),
    ...(memory === 'sc' ? [] : ['--memory', memory]),
    ...(method.kind !== 'complete' ? ['--schedule', formatSchedule(schedule)] : []),
  ];
  return [protocol, scenario, ...options].map(quoted).join(' ');
}
