// SPDX-License-Identifier: GPL-2.0-only
// Owns the lanes: one column a thread as in a mail, time running down, and on narrow screens one column for all.

import { eventText } from './event-text.ts';
import { whenText, type Finding } from './findings.ts';
import type { Glyphs } from './glyphs.ts';
import type { ActRow, LaneIndex, LaneRow } from './lane-index.ts';
import { waitedFor } from './locks.ts';
import { clipRow, fitRow, pageTop, rowWidth, scrolledTop } from './row.ts';
import { eventOf, threadName, type Scene } from './scene.ts';
import { span, threadRole, type Row, type Span } from './span.ts';
import { clip, widthOf } from './text.ts';
import { turnAt } from './turns.ts';

/** A window into the lanes. */
export interface LanesView {
  /** The heads of the columns, as wide as the window. */
  readonly head: Row;
  readonly rows: readonly Row[];
  /** First row shown, and how many there are in all. */
  readonly top: number;
  readonly total: number;
}

/** Lanes narrower than this are not worth having: all threads share one column. */
const NARROWEST_LANE = 18;

/** The measures of the columns: the gutter holds the signs `>` and `!` and the step number. */
export interface LaneShape {
  readonly gutter: number;
  /** Columns of each lane without the blank after it; one lane for all threads when `shared`. */
  readonly lane: number;
  readonly shared: boolean;
}

export function laneShape(scene: Scene, width: number): LaneShape {
  const gutter = Math.max(2, String(scene.steps).length) + 3;
  const threads = Math.max(1, scene.recording.threads.length);
  const lane = Math.floor((width - gutter) / threads) - 1;
  const shared = threads > 1 && lane < NARROWEST_LANE;
  return { gutter, lane: shared ? Math.max(1, width - gutter) : Math.max(1, lane), shared };
}

/** The rows around the cursor; `scroll` moves the window by the user's will. */
export function lanesView(
  scene: Scene,
  index: LaneIndex,
  cursor: number,
  area: { readonly width: number; readonly height: number; readonly scroll: number },
  glyphs: Glyphs,
): LanesView {
  const total = index.rows.length;
  const automatic = pageTop(index.rowOf[cursor] ?? 0, area.height, total);
  const top = scrolledTop(automatic, area.scroll, area.height, total);
  const shape = laneShape(scene, area.width);
  const rows = index.rows
    .slice(top, top + area.height)
    .map((row) => clipRow(laneRow(scene, index, row, cursor, shape, glyphs), area.width, glyphs));
  return { head: laneHead(scene, shape, glyphs), rows, top, total };
}

function laneHead(scene: Scene, shape: LaneShape, glyphs: Glyphs): Row {
  if (shape.shared) return [];
  const heads = scene.recording.threads.map(({ name, role }, thread) => {
    const title = role === '' || role === name ? [] : [span(` ${role} `)];
    const end = title.length === 0 ? ' ' : '';
    return fitRow([span(' '), span(` ${name}${end}`, threadRole(thread)), ...title], shape.lane + 1, glyphs);
  });
  return [span(' '.repeat(shape.gutter)), ...heads.flat()];
}

/** The gutter: `>` marks the current step, `!` a step from which something is wrong. */
function gutter(scene: Scene, row: LaneRow, cursor: number, shape: LaneShape): Span[] {
  const isStep = row.kind === 'start' || row.kind === 'step';
  const bad = isStep ? scene.findings.some((f) => f.since === row.step) : row.kind === 'since';
  const here = isStep && row.step === cursor;
  const number = isStep ? String(row.step) : '';
  const text = `${here ? '>' : ' '}${number.padStart(shape.gutter - 3)}${bad ? '!' : ' '} `;
  return [span(text, bad ? 'violation' : here ? 'current' : 'dim')];
}

function laneRow(
  scene: Scene,
  index: LaneIndex,
  row: LaneRow,
  cursor: number,
  shape: LaneShape,
  glyphs: Glyphs,
): Row {
  const signs = gutter(scene, row, cursor, shape);
  switch (row.kind) {
    case 'start':
      return [...signs, span('start', row.step === cursor ? 'current' : 'dim')];
    case 'end':
      return [...signs, span(endText(scene), scene.loop === undefined ? 'dim' : 'strong')];
    case 'loop':
      return [...signs, span(loopText(scene, row.step), 'strong')];
    case 'since':
      return [
        ...signs,
        span(`${row.finding.name}${inPlace(row.finding)}: ${row.finding.message}`, 'violation'),
      ];
    case 'found': {
      const { name, when, since } = row.finding;
      const judged = when === undefined || when.kind === 'strict' ? '' : `, judged ${whenText(when)}`;
      return [...signs, span(`${name} reported: false since ${since}${judged}`, 'violation')];
    }
    case 'call':
    case 'step':
    case 'ends':
      return [...signs, ...cells(scene, index, row, cursor, shape, glyphs)];
  }
}

const inPlace = ({ place }: Finding): string => (place === undefined ? '' : ` in ${place.text}`);

function endText({ recording }: Scene): string {
  if (recording.verdict === null) return 'the trace ends here: INCOMPLETE, its writer did not finish';
  const { loop } = recording.verdict;
  return loop === undefined ? 'end' : `from here it goes on at step ${loop}, for ever`;
}

function loopText({ recording, steps }: Scene, first: number): string {
  const which = first === steps ? `step ${first}` : `steps ${first} to ${steps}`;
  return `${recording.verdict?.progress ?? ''}: ${which} for ever`;
}

/** The lanes of one row: the thread's own text, and what the other threads are doing meanwhile. */
function cells(
  scene: Scene,
  index: LaneIndex,
  row: ActRow,
  cursor: number,
  shape: LaneShape,
  glyphs: Glyphs,
): Row {
  const actor = eventOf(scene, row.step)?.thread ?? 0;
  const own = ownText(scene, index, row, cursor, actor);
  if (shape.shared) {
    const name = span(`${threadName(scene, actor)} `, threadRole(actor));
    return [name, ...join(own, shape.lane - widthOf(name.text), glyphs)];
  }
  return scene.recording.threads.flatMap((_, thread) => {
    const inside = shape.lane - 2;
    const indent = span(row.kind === 'step' ? ' ' : '');
    const line = lifeline(index, row, thread, thread === actor, glyphs);
    const text =
      thread === actor
        ? [indent, ...join(own, inside - indent.text.length, glyphs)]
        : meanwhile(scene, index, row, thread, inside, glyphs);
    return [span(`${line} `, 'dim'), ...fitRow(text, inside, glyphs), span(' ')];
  });
}

interface OwnText {
  readonly what: Span;
  /** The same without the function's name, for when there is no room. */
  readonly brief: Span;
  readonly outcome: Span;
  readonly short: Span;
}

/** The part of a lane that an outcome may take from a text too long for the rest. */
const OUTCOME_PART = 0.42;

function ownText(scene: Scene, index: LaneIndex, row: ActRow, cursor: number, actor: number): OwnText {
  if (row.kind === 'call') return ownLine(span(`${row.fn}()`, 'title'));
  if (row.kind === 'ends') {
    return ownLine(span(`${eventOf(scene, row.step)?.ends.join(', ') ?? ''} returns`, 'dim'));
  }
  const { what, outcome, short, changes } = eventText(scene, row.step);
  const fn = index.inline.get(row.step);
  const role = row.step === cursor ? 'current' : threadRole(actor);
  return {
    what: span(fn === undefined ? what : `${fn}: ${what}`, role),
    brief: span(what, role),
    outcome: span(outcome, changes ? 'changed' : 'dim'),
    short: span(short, changes ? 'changed' : 'dim'),
  };
}

const ownLine = (what: Span): OwnText => ({ what, brief: what, outcome: span(''), short: span('') });

/** Text and outcome in `columns`, both in fewer words where they must, the text clipped first. */
function join(own: OwnText, columns: number, glyphs: Glyphs): Row {
  const { what, brief, outcome, short } = own;
  const full = outcome.text === '' ? [what] : [what, span('  '), outcome];
  if (rowWidth(full) <= columns) return full;
  const told = brief.text.endsWith(short.text.replace(/^->/, ' ='));
  if (outcome.text === '' || told) return clipRow([brief], columns, glyphs);
  const room = columns - 2;
  const most = Math.max(Math.floor(room * OUTCOME_PART), room - widthOf(brief.text));
  const end = clip(widthOf(outcome.text) <= most ? outcome.text : short.text, most, glyphs.more);
  const text = clip(brief.text, room - widthOf(end), glyphs.more);
  return [{ text, role: brief.role }, span('  '), { text: end, role: outcome.role }];
}

function lifeline(index: LaneIndex, row: LaneRow, thread: number, actor: boolean, glyphs: Glyphs): string {
  const step = row.kind === 'call' ? row.step - 1 : row.step;
  if (!actor && (turnAt(index.waits[thread] ?? [], step) ?? null) !== null) return glyphs.waits;
  const flies = turnAt(index.flights[thread] ?? [], step) === true;
  const flew = turnAt(index.flights[thread] ?? [], row.step - 1) === true;
  const comes = row.kind === 'call' && actor && turnAt(index.flights[thread] ?? [], row.step) === true;
  return flies || comes || (row.kind === 'step' && actor && flew) ? glyphs.inFlight : ' ';
}

/** In the lane of a thread that does not act: what it waits for, told once, where the waiting begins to show. */
function meanwhile(
  scene: Scene,
  index: LaneIndex,
  row: LaneRow,
  thread: number,
  columns: number,
  glyphs: Glyphs,
): Row {
  if (row.kind !== 'step') return [];
  const turns = index.waits[thread] ?? [];
  const cell = turnAt(turns, row.step) ?? null;
  if (cell === null) return [];
  const before = eventOf(scene, row.step - 1);
  const told = before !== undefined && before.thread !== thread && turnAt(turns, row.step - 1) === cell;
  return told ? [] : clipRow([span(`waits ${waitedFor(scene.locks, cell)}`, 'strong')], columns, glyphs);
}
