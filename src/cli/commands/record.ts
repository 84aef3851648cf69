// SPDX-License-Identifier: GPL-2.0-only
// Owns `mmreplay record`: one run, written as a trace.

import { must } from '../../base/assert.ts';
import { replay } from '../../explore/run.ts';
import { parseSchedule } from '../../explore/schedule.ts';
import type { Program } from '../../lang/program.ts';
import { Machine } from '../../machine/machine.ts';
import { applyAll, initialState } from '../../model/apply.ts';
import type { ModelInfo, Recording } from '../../model/recording.ts';
import { writeTrace } from '../../trace/file.ts';
import { findingsOf, verdictText } from '../../view/findings.ts';
import { plain } from '../../view/plain.ts';
import { record as recordRun } from '../../workbench/record.ts';
import { following, guessingRight, telling } from '../../workbench/schedulers.ts';
import { recordAftermath, recordLasso } from '../../workbench/violation.ts';
import { isDevice, type RecordArguments } from '../arguments.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { print, type Io } from '../io.ts';
import { loadModel } from '../load-model.ts';
import { checkOutput } from '../output-file.ts';
import { counted, grouped, hanging } from '../report/columns.ts';
import { modelText } from '../report/inspect-text.ts';
import { search } from '../search.ts';
import { quoted } from '../shell-words.ts';

/** The run; or why there is none, and the exit code of that. */
type Outcome =
  { readonly recording: Recording } | { readonly because: readonly string[]; readonly exit: ExitCode };

/** Throws UserError for names, files and schedules, RefusedModel for C with errors. */
export async function record(wanted: RecordArguments, io: Io): Promise<ExitCode> {
  checkOutput(wanted.output);
  const { program, model } = await loadModel(wanted, io);
  const outcome = await runOf(wanted, program, model, io);
  if ('because' in outcome) {
    print(io.stdout, ...outcome.because);
    return outcome.exit;
  }
  const { output } = wanted;
  writeTrace(output, outcome.recording);
  const summary = written(output, outcome.recording);
  // A trace that goes to a device may well go where standard output goes: nothing else may stand in it then.
  if (isDevice(output)) print(io.stderr, ...summary);
  else print(io.stdout, ...summary, `  mmreplay ${quoted(output)}`);
  return EXIT.fine;
}

async function runOf(wanted: RecordArguments, program: Program, model: ModelInfo, io: Io): Promise<Outcome> {
  const { schedule: text, seed, safeRun, output } = wanted;
  if (text !== undefined) {
    const schedule = parseSchedule(text);
    const machine = new Machine(program);
    if (machine.start() === null) replay(machine, schedule);
    return { recording: recordRun(program, model, following(schedule)) };
  }
  if (seed !== undefined) return { recording: recordRun(program, model, guessingRight(program, seed)) };
  const { exploration } = await search(program, wanted.search, { kind: 'complete' }, io);
  const [shortest] = exploration.findings;
  if (shortest !== undefined) return { recording: recordAftermath(program, model, shortest) };
  if (exploration.progress.lasso !== null && !safeRun)
    return { recording: recordLasso(program, model, exploration.progress) };
  const states = grouped(exploration.states);
  if (exploration.limit !== null) {
    const because = [
      ...hanging(
        '',
        `LIMIT: no violation in the ${states} states that were searched; ${output} is not written.`,
      ),
      ...hanging('  ', exploration.limit.advice),
    ];
    return { because, exit: EXIT.limit };
  }
  if (safeRun) return { recording: recordRun(program, model, following(telling(program))) };
  const because = [
    ...hanging(
      '',
      `Every schedule is SAFE (${states} states): there is nothing to record, and ${output} is not written.`,
    ),
    '  --safe-run records one of the safe runs.',
  ];
  return { because, exit: EXIT.fine };
}

function written(file: string, recording: Recording): string[] {
  const { events, model, verdict } = recording;
  const { safety, since, message, loop } = must(verdict, 'the verdict of a finished run');
  const isPlain = safety.word === 'SAFE' && loop === undefined;
  const what = isPlain ? 'no violation in this run' : verdictText(recording);
  const [finding] = findingsOf(recording);
  const place = finding?.place === undefined ? '' : `${finding.place.text}: `;
  return [
    plain(`${file}: ${modelText(model)}, ${counted(events.length, 'step')}, ${what}`),
    ...(since === null ? [] : hanging('  ', `step ${since}: ${place}${message}`)),
    ...(loop === undefined ? unfinished(recording) : hanging('  ', `${message}; it goes on at step ${loop}`)),
  ];
}

/** A schedule may end early, and a run that never ends is cut: what it shows is then not all that could come. */
function unfinished(recording: Recording): string[] {
  const { events, threads, verdict } = recording;
  if (['BUG', 'EXPOSE', 'LIMIT'].includes(verdict?.safety.word ?? '')) return [];
  const { threads: states } = applyAll(initialState(recording), events, recording);
  const able = threads.filter(({ daemon }, index) => {
    const { at, waitsFor } = must(states[index], 'the state of a thread');
    return daemon !== true && at !== null && waitsFor === null;
  });
  if (able.length === 0) return [];
  const names = able.map(({ name }) => name).join(', ');
  return hanging('  ', `the run is not at its end: after step ${events.length} ${names} could go on`);
}
