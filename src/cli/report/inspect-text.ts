// SPDX-License-Identifier: GPL-2.0-only
// Owns the text of `mmreplay inspect`, and of `mmreplay FILE` where there is no terminal.

import { waitText } from '../../interop/deadlock-words.ts';
import { memoryMap } from '../../model/memory-map.ts';
import type { InvariantWhen, MemoryObject, ModelInfo, Recording } from '../../model/recording.ts';
import type { Value } from '../../model/value.ts';
import { describeValue, describeWord } from '../../model/wording.ts';
import { isBad, verdictText, whenText } from '../../view/findings.ts';
import { plain } from '../../view/plain.ts';
import type { Paint } from '../paint.ts';
import { counted, hanging, table } from './columns.ts';
import type { InspectReport, InvolvedCell } from './inspect-report.ts';

/** The whole report, line by line. */
export function inspectText(report: InspectReport, recording: Recording, paint: Paint): string[] {
  return [
    `${verdictWord(report, paint)}  ${modelText(report.model)}`,
    '',
    ...findings(report),
    '',
    ...(report.diagram.length === 0 ? [] : [...report.diagram, '']),
    ...leftOutText(report.leftOut),
    ...cellsTable(report, recording),
    ...hanging('  schedule  ', report.schedule || '(no step)'),
  ];
}

/** "stock, truncate -D NO_RECHECK (tso)": how the model is named in every report. */
export function modelText({ protocol, scenario, defines, memory }: ModelInfo): string {
  const variant = defines.map((define) => ` -D ${define}`).join('');
  return plain(`${protocol} ${scenario}${variant}${memory === 'sc' ? '' : ` (memory order ${memory})`}`);
}

/** What stands below a diagram from which steps are missing. */
export function leftOutText(leftOut: number): string[] {
  if (leftOut === 0) return [];
  const steps = counted(leftOut, 'step');
  return [
    `  (${steps} left out that ${leftOut === 1 ? 'does' : 'do'} not bear on the outcome; --full draws all)`,
    '',
  ];
}

function verdictWord({ verdict }: InspectReport, paint: Paint): string {
  if (verdict === null) return paint.strong('INCOMPLETE');
  const text = plain(verdictText({ verdict }));
  if (isBad(verdict)) return paint.bad(text);
  return verdict.safety.word === 'SAFE' ? paint.good(text) : paint.strong(text);
}

function findings(report: InspectReport): string[] {
  const { verdict, violatingStep, threads, steps, notices } = report;
  const run = `${counted(steps, 'step')} of ${counted(threads.length, 'thread')}: ${threads.map(roleText).join(', ')}`;
  const told = notices.map(({ message }) => ['notice', message]);
  if (verdict === null) return table([['run', run], ...told]);
  const rows: string[][] = verdict.violations.map(({ invariant, message }) => [invariant, message]);
  const isLasso = verdict.safety.word === 'SAFE' && verdict.loop !== undefined;
  if (rows.length === 0 && verdict.message !== '' && verdict.waitsFor.length === 0 && !isLasso) {
    rows.push([verdict.safety.word, verdict.message]);
  }
  for (const wait of verdict.waitsFor) rows.push([wait.thread, waitText(wait, verdict.waitsFor)]);
  rows.push(...judgedRows(verdict.violations.map(({ when }) => when)));
  if (violatingStep !== null) {
    const { step, thread, text, file, line } = violatingStep;
    rows.push(['since', `step ${step}, ${thread}: ${text}  (${file}:${line})`]);
  } else if (verdict.since === 0) {
    rows.push(['since', 'the start']);
  }
  if (verdict.step !== null && verdict.step !== verdict.since)
    rows.push(['reported', `after step ${verdict.step}`]);
  rows.push(['progress', isLasso ? `${verdict.progress}: ${verdict.message}` : verdict.progress]);
  if (verdict.loop !== undefined)
    rows.push(['loop', `after step ${steps} it goes on at step ${verdict.loop}, for ever`]);
  return table([...rows, ['run', run], ...told]);
}

/** When the invariants are judged, said once for all that are judged alike. */
export function judgedRows(whens: readonly InvariantWhen[]): string[][] {
  const texts = new Set(whens.map(whenText));
  return [...texts].map((text, index) => [index === 0 ? 'judged' : '', text]);
}

function roleText({ name, role, daemon }: InspectReport['threads'][number]): string {
  return `${name} ${role}${daemon ? ' (daemon)' : ''}`;
}

/** The cells involved, a memory word in one row. */
function cellsTable({ cells, verdict }: InspectReport, { objects }: Recording): string[] {
  if (cells.length === 0 || verdict === null) return [];
  const map = memoryMap(objects);
  const rows: string[][] = [];
  const words = new Set<MemoryObject>();
  for (const involved of cells) {
    const place = map.get(involved.cell);
    if (place?.object.word === true) {
      if (words.has(place.object)) continue;
      words.add(place.object);
      rows.push(wordRow(place.object, cells));
    } else {
      const text = (value: Value): string => describeValue(value, place?.cell.type);
      rows.push([involved.cell, text(involved.since), text(involved.step), ...writtenText(involved)]);
    }
  }
  const head = ['cell', `step ${verdict.since ?? 0}`, `step ${verdict.step ?? 0}`, 'last', 'written'];
  // Nothing happened to them between since and report: one column says it.
  const same = rows.every((row) => row[1] === row[2]);
  const shown = [head, ...rows].map((row) => (same ? row.filter((_, column) => column !== 2) : row));
  return ['What it involves:', '', ...table(shown), ''];
}

function wordRow(object: MemoryObject, cells: readonly InvolvedCell[]): string[] {
  const mine = cells.filter(({ cell }) => cell.startsWith(object.name) && cell !== object.name);
  const fields = (pick: (cell: InvolvedCell) => Value): string =>
    describeWord(
      object,
      Object.fromEntries(mine.map((one) => [one.cell.slice(object.name.length), pick(one)])),
    );
  const latest = mine.reduce((a, b) => ((b.written?.step ?? 0) > (a.written?.step ?? 0) ? b : a));
  return [object.name, fields((one) => one.since), fields((one) => one.step), ...writtenText(latest)];
}

function writtenText({ written }: InvolvedCell): string[] {
  return written === null
    ? ['', 'not by this run']
    : [`step ${written.step}`, `${written.thread}: ${written.text}`];
}
