// SPDX-License-Identifier: GPL-2.0-only
// Owns the table of `mmreplay matrix`, for a terminal of any width, and for a page of documentation.

import type { Row } from '../../kernel/catalogue.ts';
import { safetyText } from '../../view/findings.ts';
import { plain } from '../../view/plain.ts';
import { verdictWords } from '../matrix-row.ts';
import type { Paint } from '../paint.ts';
import { quoted } from '../shell-words.ts';
import { counted, grouped, hanging } from './columns.ts';
import { countsOf, type Matrix, type MatrixRow, type Outcome } from './matrix-report.ts';

/** In front of a row, so that it stands out without any colour. */
const MARKS: Readonly<Record<Outcome, string>> = {
  differs: '!',
  bug: '!',
  limit: '?',
  'not run': '?',
  'as expected': ' ',
};
const CLAIM_FAILS = 'x';

/** Below this width a page is not looked at; there the table is cut. */
const NARROWEST = 60;

/** `width`: columns that may be used. Everything stands on it when it is 79 or more. */
export function matrixText(matrix: Matrix, width: number, paint: Paint): string[] {
  const isTimed = matrix.took !== null;
  const wide = wideTable(matrix.rows, isTimed);
  const fits = wide.every((line) => line.length <= width);
  return [
    ...(fits
      ? painted(matrix.rows, wide, paint)
      : groupedTable(matrix.rows, isTimed, Math.max(NARROWEST, width), paint)),
    '',
    ...legend(matrix, fits ? 'tell why' : 'told why'),
    ...summary(matrix),
  ];
}

/** All columns, a line for each row, in the order of the catalogue; the first line is the heading. */
function wideTable(rows: readonly MatrixRow[], isTimed: boolean): string[] {
  return columns([
    column('', rows.map(markOf)),
    column(
      'protocol',
      rows.map(({ row }) => row.protocol),
    ),
    column(
      'variant',
      rows.map(({ row }) => row.defines.join(' ')),
    ),
    column(
      'scenario',
      rows.map(({ row }) => row.scenario),
    ),
    column(
      'claimed by the mails',
      rows.map(({ row }) => claimWords(row, 'in full')),
    ),
    column(
      'expected',
      rows.map(({ row }) => verdictWords(row.finding)),
    ),
    column('found', rows.map(safetyCell)),
    column(
      'progress',
      rows.map(({ found }) => found?.progress ?? ''),
    ),
    column('states', rows.map(statesCell), 'right'),
    ...(isTimed ? [column('time', rows.map(timeCell), 'right')] : []),
    column('steps', rows.map(stepsCell), 'right'),
  ]);
}

/** A heading for each protocol and variant, and its scenarios below; what was expected only where it is not so. */
function groupedTable(rows: readonly MatrixRow[], isTimed: boolean, width: number, paint: Paint): string[] {
  const table = (claims: 'named' | 'bare'): string[] =>
    columns([
      column('', rows.map(markOf)),
      column(
        '',
        rows.map(({ row }) => row.scenario),
      ),
      column(
        'claimed',
        rows.map(({ row }) => claimWords(row, claims)),
      ),
      column('found', rows.map(foundCell)),
      column('states', rows.map(statesCell), 'right'),
      ...(isTimed ? [column('time', rows.map(timeCell), 'right')] : []),
      column('steps', rows.map(stepsCell), 'right'),
    ]);
  const named = table('named');
  const lines = named.every((line) => line.length <= width) ? named : table('bare');
  const [heading = '', ...body] = lines.map((line) => cut(line, width));
  const shown = painted(rows, ['', ...body], paint).slice(1);
  const groups = new Map<string, string[]>();
  for (const [index, each] of rows.entries()) {
    const name = [each.row.protocol, ...each.row.defines.map((define) => `-D ${define}`)].join(' ');
    const more = remarks(each).flatMap((remark) => hanging('    ', remark));
    groups.set(name, [...(groups.get(name) ?? []), shown[index] ?? '', ...more]);
  }
  // The first name shares its line with the heading, where there is room.
  return [...groups].flatMap(([name, group], index) => {
    const free = heading.length - heading.trimStart().length;
    if (index > 0) return ['', paint.strong(plain(name)), ...group];
    if (name.length + 1 < free) return [paint.strong(plain(name)) + heading.slice(name.length), ...group];
    return [heading, paint.strong(plain(name)), ...group];
  });
}

function painted(
  rows: readonly MatrixRow[],
  [heading = '', ...lines]: readonly string[],
  paint: Paint,
): string[] {
  const marked = lines.map((line, index) => {
    const { outcome } = rows[index] ?? {};
    if (outcome === 'differs' || outcome === 'bug') return paint.bad(line);
    return outcome === 'limit' || outcome === 'not run' ? paint.strong(line) : line;
  });
  return [heading, ...marked];
}

/** Why a row is not what was expected. */
function remarks({ found }: MatrixRow): readonly string[] {
  return found?.differences ?? [];
}

/** What the marks mean, for those that stand there: how to see a difference again, and what a LIMIT advises. */
function legend({ rows }: Matrix, why: 'tell why' | 'told why'): string[] {
  const marks = new Set(rows.map(markOf));
  const commands = rows
    .filter((each) => markOf(each) === MARKS.differs)
    .flatMap((each) => {
      const reason = why === 'tell why' && remarks(each).length > 0 ? `  (${remarks(each).join('; ')})` : '';
      return plain(`   ${commandOf(each.row)}${reason}`);
    });
  const advice = new Set(rows.flatMap(({ found }) => found?.advice ?? []));
  return [
    ...(marks.has(MARKS.differs) ? ['!  not what the catalogue expects; see', ...commands] : []),
    ...(marks.has(MARKS.limit) ? ['?  not known: the search was cut off, or never begun'] : []),
    ...[...advice].flatMap((text) => hanging('   ', text)),
    ...(marks.has(CLAIM_FAILS) ? ['x  not what the mails say'] : []),
  ];
}

export function commandOf({ protocol, scenario, defines }: Row): string {
  const words = [protocol, scenario, ...defines.flatMap((define) => ['-D', define])];
  return `mmreplay explore ${words.map(quoted).join(' ')}`;
}

function summary(matrix: Matrix): string[] {
  const { rows, took } = matrix;
  const { states, claims, ...outcomes } = countsOf(matrix);
  const parts = [
    `${outcomes['as expected']} as expected`,
    ...(outcomes.differs > 0 ? [outcomes.differs === 1 ? '1 DIFFERS' : `${outcomes.differs} DIFFER`] : []),
    ...(outcomes.limit > 0 ? [`${outcomes.limit} LIMIT`] : []),
    ...(outcomes.bug > 0 ? [`${counted(outcomes.bug, 'bug')} of mmreplay`] : []),
    ...(outcomes['not run'] > 0 ? [`${outcomes['not run']} not run`] : []),
  ];
  const time = took === null ? '' : ` in ${duration(took.milliseconds)} on ${counted(took.jobs, 'thread')}`;
  const claimed =
    claims.judged === 0
      ? []
      : [
          `${counted(claims.judged, 'claim')} of the mails: ${claims.held} so, ${claims.judged - claims.held} not.`,
        ];
  const sentence = `${counted(rows.length, 'row')}: ${parts.join(', ')}; ${counted(states, 'state')}${time}.`;
  return hanging('', [sentence, ...claimed].join(' '));
}

/** A table as GitHub draws it; the rows that stand out are bold. */
export function matrixMarkdown(matrix: Matrix): string[] {
  const isTimed = matrix.took !== null;
  const heads = [
    ...['protocol', 'variant', 'scenario', 'claimed by the mails', 'expected', 'found', 'progress', 'states'],
    ...(isTimed ? ['time'] : []),
    'steps',
  ];
  const rules = heads.map((head) => (['states', 'time', 'steps'].includes(head) ? '---:' : '---'));
  const body = matrix.rows.map((each) => {
    const { row, found, claimHolds } = each;
    const said = [safetyCell(each), ...remarks(each)].join('; ');
    return [
      row.protocol,
      row.defines.map((define) => `\`-D ${plain(define).replaceAll('|', '\\|')}\``).join(' '),
      row.scenario,
      escaped(claimWords(row, 'in full')) + (claimHolds === false ? ': not so' : ''),
      escaped(verdictWords(row.finding)),
      each.outcome === 'as expected' ? escaped(said) : `**${escaped(said)}**`,
      found?.progress ?? '',
      statesCell(each),
      ...(isTimed ? [timeCell(each)] : []),
      stepsCell(each),
    ];
  });
  return [heads, rules, ...body].map((cells) => `| ${cells.join(' | ')} |`).concat('', summaryLine(matrix));
}

function summaryLine(matrix: Matrix): string {
  return summary(matrix).join(' ');
}

/** A | would end the cell. */
function escaped(text: string): string {
  return plain(text).replaceAll(/[|\\`*_<]/g, '\\$&');
}

function markOf({ outcome, claimHolds }: MatrixRow): string {
  return outcome === 'as expected' && claimHolds === false ? CLAIM_FAILS : MARKS[outcome];
}

function claimWords({ claimed }: Row, how: 'in full' | 'named' | 'bare'): string {
  if (claimed === undefined) return '';
  // "McKenney, 22 June 2003"
  const name = claimed.by.split(',')[0] ?? '';
  return {
    'in full': `${claimed.safety} ${claimed.by}`,
    named: `${claimed.safety} ${name}`,
    bare: claimed.safety,
  }[how];
}

function safetyCell({ found, outcome }: MatrixRow): string {
  return found === null ? outcomeWord(outcome) : safetyText(found.safety);
}

/** Both halves of the verdict in one; of a violation the second is not asked. */
function foundCell({ found, outcome }: MatrixRow): string {
  if (found === null) return outcomeWord(outcome);
  return safetyText(found.safety) + (found.progress === 'unchecked' ? '' : `, ${found.progress}`);
}

function outcomeWord(outcome: Outcome): string {
  return outcome === 'bug' ? 'bug of mmreplay' : outcome;
}

const statesCell = ({ found }: MatrixRow): string => (found === null ? '' : grouped(found.states));
const stepsCell = ({ found }: MatrixRow): string =>
  found?.steps === undefined || found.steps === null ? '-' : grouped(found.steps);
const timeCell = ({ found }: MatrixRow): string => (found === null ? '' : duration(found.milliseconds));

function duration(milliseconds: number): string {
  return milliseconds < 1000 ? `${Math.round(milliseconds)} ms` : `${(milliseconds / 1000).toFixed(1)} s`;
}

interface Column {
  readonly cells: readonly string[];
  readonly side: 'left' | 'right';
  readonly width: number;
}

function column(head: string, given: readonly string[], side: 'left' | 'right' = 'left'): Column {
  const cells = [head, ...given].map(plain);
  return { cells, side, width: Math.max(...cells.map((cell) => cell.length)) };
}

/** Lines of cells; a mark is one blank away from what it marks. */
function columns(all: readonly Column[]): string[] {
  return (all[0]?.cells ?? []).map((_, line) =>
    all
      .map(({ cells, side, width }) =>
        side === 'left' ? (cells[line] ?? '').padEnd(width) : (cells[line] ?? '').padStart(width),
      )
      .reduce((before, cell, index) => before + (index === 1 ? ' ' : '  ') + cell)
      .trimEnd(),
  );
}

function cut(line: string, width: number): string {
  return line.length <= width ? line : `${line.slice(0, width - 3)}...`;
}
