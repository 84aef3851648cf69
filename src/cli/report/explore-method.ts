// SPDX-License-Identifier: GPL-2.0-only
// Owns how a report of `mmreplay explore` tells what was searched, and all that was found where more is asked than the nearest.

import type { Distinct } from '../../explore/all-violations.ts';
import { exposed } from '../../explore/findings.ts';
import { switchesOf } from '../../explore/minimise.ts';
import { LONGEST_RUN } from '../../explore/sample.ts';
import { formatSchedule, type Schedule } from '../../explore/schedule.ts';
import type { Finding } from '../../explore/search.ts';
import type { Program, ProgramSite } from '../../lang/program.ts';
import { safetyText } from '../../view/findings.ts';
import { linesOf } from '../../workbench/witnesses.ts';
import type { Searched } from '../search.ts';
import { counted, grouped } from './columns.ts';

/** "I1", "BUG(range)", "DEADLOCK": one kind of thing that is wrong. */
export function nameOf(program: Program, { wrong }: Pick<Finding, 'wrong'>): string {
  switch (wrong.kind) {
    case 'invariant':
      return program.invariants[wrong.invariant]?.name ?? '';
    case 'deadlock':
      return 'DEADLOCK';
    case 'trouble': {
      const { kind } = wrong.trouble;
      const what = exposed(kind);
      return safetyText(what === null ? { word: 'BUG', bug: kind } : { word: 'EXPOSE', what });
    }
  }
}

/** "43 steps, 2 context switches" */
export function lengthText(schedule: Schedule, depth: number): string {
  const switches = counted(switchesOf(schedule), 'context switch').replace(/hs$/, 'hes');
  return `${counted(depth, 'step')}, ${switches}`;
}

/** What was searched, and how much of it. */
export function searchedRows(searched: Searched & { readonly program: Program }): string[][] {
  if (searched.sampling !== undefined) return sampledRows(searched, searched.sampling);
  const { exploration, preemptions, milliseconds } = searched;
  const { states, transitions, queue } = exploration;
  const size = `${counted(states, 'state')}, ${counted(transitions, 'transition')} in ${timeText(milliseconds)}`;
  const open =
    exploration.limit === null || exploration.limit.what === 'pool' || queue === 0
      ? ''
      : `; ${counted(queue, 'state')} not followed yet`;
  const extent = preemptions === undefined ? extentOf(searched) : bound(preemptions);
  return [['searched', `${size}: ${extent}${open}`], ...reducedRows(searched)];
}

/** How the states were made fewer. */
function reducedRows({ exploration: { reduced, isShortest } }: Searched): string[][] {
  if (reduced === null) return [];
  const { locks, local, symmetry, persistent } = reduced.by;
  const isExchanged = symmetry && reduced.whyNotExchanged.length === 0;
  const ways = [
    locks ? 'lock sections merged' : '',
    local ? "steps on a thread's own memory merged" : '',
    isExchanged ? 'identical threads exchanged' : '',
    persistent ? 'persistent sets' : '',
  ].filter((way) => way !== '');
  return [
    ['reduced', `${ways.join(', ')} (--reduce none: without)`],
    ...(symmetry ? reduced.whyNotExchanged.map((why) => ['not exchanged', why]) : []),
    ...(isShortest ? [] : [['not shortest', 'a shorter schedule may exist: the search for it was cut off']]),
  ];
}

function extentOf({ exploration: { isComplete, depth, reduced } }: Searched): string {
  const step = reduced !== null && (reduced.by.locks || reduced.by.local) ? 'merged step' : 'step';
  return isComplete ? 'every schedule' : `every schedule of up to ${counted(depth, step)}`;
}

function bound({ isAll, complete, found }: NonNullable<Searched['preemptions']>): string {
  if (isAll && found === null)
    return `every schedule; none needs more than ${counted(complete, 'preemption')}`;
  if (complete < 0) return 'not even every schedule without a preemption';
  return complete === 0
    ? 'every schedule without a preemption'
    : `every schedule with at most ${counted(complete, 'preemption')}`;
}

function sampledRows(
  { exploration, milliseconds, program }: Searched & { readonly program: Program },
  { how, seed, runs, wanted, cut, empty, newStates, met }: NonNullable<Searched['sampling']>,
): string[][] {
  const { states, transitions, coverage, findings } = exploration;
  const lines = linesOf(program, coverage);
  const chance =
    how.kind === 'pct' ? `, priorities changed ${how.changes === 1 ? 'once' : `${how.changes} times`}` : '';
  const of = runs < wanted ? ` of ${grouped(wanted)}` : '';
  const rows = [
    ...findings.map((finding, index) => {
      const { runs: times = 0, first = 0 } = met[index] ?? {};
      return [
        'met',
        `${nameOf(program, finding)} in ${counted(times, 'run')}, first in run ${grouped(first)}`,
      ];
    }),
    [
      'sampled',
      `${grouped(runs)}${of} random runs (seed ${seed}${chance}), ${counted(transitions, 'step')} in ${timeText(milliseconds)}`,
    ],
    [
      'covered',
      `${counted(states, 'distinct state')}${runs < 20 ? '' : ` (${grouped(newStates)} new in the last tenth of the runs)`}, ` +
        `${lines.reached} of ${counted(lines.all, 'line')}`,
    ],
  ];
  if (cut > 0) rows.push(['cut', `${counted(cut, 'run')} after ${grouped(LONGEST_RUN)} steps`]);
  if (empty > 0) rows.push(['pool', `${counted(empty, 'run')} ended at an empty pool: enlarge the array`]);
  return rows;
}

/** Every violation once, with the lines that race. */
export function distinctRows(program: Program, distinct: readonly Distinct[]): string[][] {
  const rows = distinct.flatMap((one) => [
    [nameOf(program, one), one.message],
    ...linesOfOne(program, one),
    [
      'shortest',
      `${lengthText(one.schedule, one.depth)}; ${counted(one.ways, 'step')} of the state graph ${one.ways === 1 ? 'leads' : 'lead'} there`,
    ],
    ['schedule', formatSchedule(one.schedule) || '(no step: it is so from the start)'],
    [''],
  ]);
  return [...rows, ['all', `${counted(distinct.length, 'distinct violation')}; the diagram shows the first`]];
}

function linesOfOne({ sites }: Program, { wrong, lines }: Distinct): string[][] {
  const text = (site: number): string => placeText(sites[site]);
  if (wrong.kind === 'deadlock') return lines.map((site) => ['waits at', text(site)]);
  const [bad, other] = lines;
  return [
    ...(bad === undefined ? [] : [['step', text(bad)]]),
    ...(other === undefined ? [] : [['races with', text(other)]]),
  ];
}

/** "set_pte(page_table, entry)  (protocols/2001-stock.c:64)" */
function placeText(site: ProgramSite | undefined): string {
  return site === undefined ? '?' : `${site.text}  (${site.file}:${site.line})`;
}

function timeText(milliseconds: number): string {
  return milliseconds < 1000 ? `${Math.round(milliseconds)} ms` : `${(milliseconds / 1000).toFixed(1)} s`;
}
