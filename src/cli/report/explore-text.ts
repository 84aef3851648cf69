// SPDX-License-Identifier: GPL-2.0-only
// Owns the text of `mmreplay explore`: the verdict, what was searched, and the shortest violation.

import { must } from '../../base/assert.ts';
import type { Finding } from '../../explore/search.ts';
import { formatSchedule } from '../../explore/schedule.ts';
import type { Verified } from '../../explore/verify.ts';
import type { Diagram } from '../../interop/lkml.ts';
import type { Program } from '../../lang/program.ts';
import type { ModelInfo } from '../../model/recording.ts';
import { safetyText } from '../../view/findings.ts';
import { whenOf } from '../../machine/to-recording.ts';
import { unreachedLines, witnessesOf } from '../../workbench/witnesses.ts';
import type { Paint } from '../paint.ts';
import type { Searched } from '../search.ts';
import { quoted } from '../shell-words.ts';
import { counted, table } from './columns.ts';
import { distinctRows, lengthText, nameOf, searchedRows } from './explore-method.ts';
import { isViolation } from './inspect-report.ts';
import { judgedRows, leftOutText, modelText } from './inspect-text.ts';

export interface Explored extends Searched {
  readonly program: Program;
  readonly model: ModelInfo;
  /** The shortest violation drawn, or else the run that never ends; null when there is neither. */
  readonly diagram: Diagram | null;
}

export function exploreText(explored: Explored, full: boolean, paint: Paint): string[] {
  const { exploration, model, diagram } = explored;
  const { safety, progress } = exploration;
  const word = progress.lasso === null ? safetyText(safety) : `${safetyText(safety)}, ${progress.word}`;
  const painted =
    isViolation(safety) || progress.word === 'LIVELOCK'
      ? paint.bad(word)
      : safety.word === 'SAFE'
        ? paint.good(word)
        : paint.strong(word);
  const about = isViolation(safety)
    ? [...violationRows(explored), ...cutRows(explored)]
    : safeRows(explored, full);
  return [
    `${painted}  ${modelText(model)}`,
    '',
    ...table([...about, ...searchedRows(explored), ...progressRows(exploration)]),
    ...(diagram === null ? [] : [...diagram.lines, ...leftOutText(diagram.leftOut)]),
  ];
}

function violationRows(explored: Explored): string[][] {
  const { program, exploration, distinct } = explored;
  if (distinct !== undefined && distinct.length > 0) return distinctRows(program, distinct);
  const { findings } = exploration;
  const rows = findings.flatMap((finding) => [
    [nameOf(program, finding), finding.message],
    ...placeRows(program, finding),
  ]);
  const whens = findings.flatMap(({ wrong }) =>
    wrong.kind === 'invariant' ? whenOf(program, wrong.invariant) : [],
  );
  rows.push(...judgedRows(whens));
  const [first] = findings;
  if (first === undefined) return rows;
  return [...rows, ...shortestRows(explored, first)];
}

/** A violation was found, but not everything that was asked for was searched. */
function cutRows({ exploration: { limit } }: Explored): string[][] {
  return limit === null || limit.what === 'runs' ? [] : [['LIMIT', `(${limit.what}) ${limit.advice}`]];
}

function shortestRows({ sampling, preemptions }: Explored, { depth, schedule }: Finding): string[][] {
  const length = lengthText(schedule, depth);
  const from = sampling?.met[0]?.steps ?? 0;
  const text = formatSchedule(schedule) || '(no step: it is so from the start)';
  const [label, how] =
    sampling !== undefined
      ? ['shortened', from > depth ? `${length}; the run that met it had ${from} steps` : length]
      : preemptions?.found === undefined || preemptions.found === null
        ? ['shortest', length]
        : ['fewest', `${counted(preemptions.found, 'preemption')}; ${length}`];
  return [
    [label, how],
    ['schedule', text],
  ];
}

/** What goes on for ever, and how: after the schedule's last step the run is where it was before step `loop`. */
function progressRows({ progress, findings }: Verified): string[][] {
  const { word, message, lasso } = progress;
  const isSaid = message !== '' && findings.length === 0;
  const row = ['progress', isSaid ? `${word}: ${message}` : word];
  if (lasso === null) return [row];
  const goesOn = `after step ${lasso.schedule.length} it goes on at step ${lasso.loop}, for ever`;
  return [row, ['loop', goesOn], ['schedule', formatSchedule(lasso.schedule)]];
}

/** Where a thread ran into trouble. */
function placeRows({ sites }: Program, { wrong }: Finding): string[][] {
  if (wrong.kind !== 'trouble' || wrong.trouble.thread < 0) return [];
  const { text, file, line } = must(sites[wrong.trouble.site], 'the site of trouble');
  return [['at', `${text}  (${file}:${line})`]];
}

function safeRows({ program, exploration }: Explored, full: boolean): string[][] {
  const { limit, coverage } = exploration;
  const held = program.invariants.map(({ name }) => name);
  const rows = [
    [limit === null ? 'held' : 'held so far', [...held, 'no BUG, no EXPOSE, no DEADLOCK'].join(', ')],
    ...(limit === null ? [] : [['LIMIT', limit.advice]]),
  ];
  const witnesses = witnessesOf(program, coverage);
  const [reached, missed] = [true, false].map((wanted) =>
    witnesses.filter((w) => w.reached === wanted).map((w) => w.name),
  );
  if (reached && reached.length > 0) rows.push(['reached', reached.join(', ')]);
  if (missed && missed.length > 0) {
    rows.push([
      'NOT reached',
      `${missed.join(', ')}: no schedule ${limit === null ? 'comes' : 'came'} there`,
    ]);
  }
  if (limit === null) rows.push(...neverRun(unreachedLines(program, coverage), full));
  return rows;
}

/** A line number for each; their text, too, with --full. */
function neverRun(lost: ReturnType<typeof unreachedLines>, full: boolean): string[][] {
  const files = [...new Set(lost.map(({ file }) => file))];
  const numbers = (name: string): string =>
    lost.flatMap(({ file, line }) => (file === name ? [line] : [])).join(', ');
  const lines = full
    ? lost.map(({ file, line, text }) => `${file}:${line}  ${text}`)
    : files.map((file) => `${file}, line ${numbers(file)}`);
  return lines.map((line, index) => [index === 0 ? 'never run' : '', line]);
}

/** How to go on from here, as commands that can be pasted; `name` is for a trace that is not written yet. */
export function nextCommands(command: string, trace: string | undefined, name: string): string[] {
  const recording = trace === undefined ? [`  mmreplay record ${command} -o ${name}`] : [];
  return ['To go on:', '', ...recording, `  mmreplay ${quoted(trace ?? name)}`];
}
