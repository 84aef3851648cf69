// SPDX-License-Identifier: GPL-2.0-only
// Owns the layout of a diagram on 75 columns: where each lane begins, and how a row too long for its lane is broken.

import type { Row } from './lkml-rows.ts';

/** submitting-patches: the body of a mail is wrapped at 75 columns. */
export const WIDTH = 75;
const NEST = 2;
const GAP = 2;
/** Indentation gives way before the text of a row gets narrower than this. */
const NARROWEST = 14;
/** More lanes do not fit beside each other. */
const MOST_LANES = 4;

/** Lines that git or a mail program would take for something else. */
const TRAP = /^(?:---(?:\s|$)|diff -|Index: |>?From |#|[\w-]+:(?:\s|$))/;

/** Lane names (by thread) and rows to lines without trailing blanks, at most 75 characters each, ASCII only. */
export function layOut(names: readonly string[], rows: readonly Row[]): string[] {
  const used = names.map((_, thread) => thread).filter((thread) => rows.some((row) => row.thread === thread));
  if (used.length > MOST_LANES) return list(names, rows);
  const attempts = startsFor(used.length).map((starts) => table(names, rows, used, starts));
  const best = attempts.reduce((a, b) => (b.length < a.length ? b : a));
  if (!best.some((line) => TRAP.test(line))) return best;
  // Moved in by one level, nothing stands at the first column.
  return startsFor(used.length)
    .map((starts) => starts.map((start) => start + NEST))
    .map((starts) => table(names, rows, used, starts))
    .reduce((a, b) => (b.length < a.length ? b : a));
}

/** Places for the lanes, the preferred ones first. */
function startsFor(lanes: number): number[][] {
  switch (lanes) {
    case 0:
    case 1:
      return [[0]];
    case 2:
      return [[0, 32], [0, 40], [0, 48]]; // prettier-ignore
    case 3:
      return [[0, 24, 48], [0, 26, 52]]; // prettier-ignore
    default:
      return [[0, 19, 38, 57]];
  }
}

function table(
  names: readonly string[],
  rows: readonly Row[],
  lanes: readonly number[],
  starts: readonly number[],
): string[] {
  const startOf = (thread: number): number => starts[lanes.indexOf(thread)] ?? 0;
  const widthOf = (thread: number): number => {
    const next = starts[lanes.indexOf(thread) + 1];
    return next === undefined ? WIDTH - startOf(thread) : next - GAP - startOf(thread);
  };
  const across = (text: (name: string) => string): string =>
    lanes.reduce((line, thread) => {
      const name = ascii(names[thread] ?? '').slice(0, widthOf(thread));
      return line.padEnd(startOf(thread)) + text(name);
    }, '');
  const head = [across((name) => name), across((name) => '-'.repeat(Math.max(4, name.length)))];
  const body = rows.flatMap((row) =>
    rowLines(row, widthOf(row.thread)).map((line) => ' '.repeat(startOf(row.thread)) + line),
  );
  return rows.length === 0 ? [] : [...head, ...body].map((line) => line.trimEnd());
}

/** For many threads: one column, the thread's name before each row. */
function list(names: readonly string[], rows: readonly Row[]): string[] {
  const gutter = Math.min(16, Math.max(...names.map((name) => name.length))) + GAP;
  return rows.flatMap((row) =>
    rowLines(row, WIDTH - gutter).map((line, index) => {
      const name = index === 0 ? ascii(names[row.thread] ?? '').slice(0, gutter - GAP) : '';
      return (name.padEnd(gutter) + line).trimEnd();
    }),
  );
}

/** The lines of a row within its lane: nested, broken with +2, carets below when it is marked. */
function rowLines(row: Row, width: number): string[] {
  const indent = Math.max(0, Math.min(row.depth * NEST, width - NARROWEST));
  const room = width - indent;
  const full = ascii(row.text);
  const fits = full.length + row.outcome.length <= room;
  const text = fits || row.short === undefined ? full : ascii(row.short);
  const lines = withOutcome(wrap(text, room), ascii(row.outcome), room);
  if (row.marked) lines.push('^'.repeat(Math.max(4, ...wrap(text, room).map((line) => line.length))));
  return lines.map((line) => ' '.repeat(indent) + line);
}

/** What came of it goes behind the text where that is possible, else on a line of its own. */
function withOutcome(lines: readonly string[], outcome: string, room: number): string[] {
  const [before, last] = [lines.slice(0, -1), lines.at(-1) ?? ''];
  if (last.length + outcome.length <= room) return [...before, last + outcome];
  const alone = wrap(outcome.replace(/^:/, '->').trim(), room - NEST);
  return [...lines, ...alone.map((line) => ' '.repeat(NEST) + line)];
}

/** Breaks at blanks, else behind "(" and ",", else before "->" and ".", else anywhere. Further lines go in by 2. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let rest = text;
  for (let indent = 0; rest.length > width - indent; indent = NEST) {
    const room = width - indent;
    const cut = cutAt(rest, room);
    lines.push(' '.repeat(indent) + rest.slice(0, cut).trimEnd());
    rest = rest.slice(cut).trimStart();
  }
  if (rest !== '' || lines.length === 0) lines.push(' '.repeat(lines.length === 0 ? 0 : NEST) + rest);
  return lines;
}

/** How much of the text goes on a line of `room` characters. */
function cutAt(text: string, room: number): number {
  // Worth a break only when it leaves a fair part of the line filled.
  const least = Math.floor(room / 3);
  const patterns = [/ +(?=\S)/g, /[([,](?=.)/g, /\w(?=->|\.\w)/g];
  const blank = outermost(text, / +(?=\S)/g, least, room) ?? outermost(text, /(?<=\w =) /g, 0, room);
  const others = patterns.map((pattern) => outermost(text, pattern, least, room));
  const any = patterns.map((pattern) => outermost(text, pattern, 0, room));
  return blank ?? [...others, ...any].find((at) => at !== undefined) ?? room;
}

/** The end of the last match that leaves at most `room` characters before it, in as few brackets as possible. */
function outermost(text: string, pattern: RegExp, least: number, room: number): number | undefined {
  let best: { at: number; depth: number } | undefined;
  for (const match of text.matchAll(pattern)) {
    const at = match.index + match[0].length;
    const before = text.slice(0, at).trimEnd();
    if (before.length > room) break;
    const depth = before.split(/[([]/).length - before.split(/[)\]]/).length;
    if (before.length > least && (best === undefined || depth <= best.depth)) best = { at, depth };
  }
  return best?.at;
}

function ascii(text: string): string {
  return text.replace(/\s+/g, (blanks) => (/^ +$/.test(blanks) ? blanks : ' ')).replace(/[^\x20-\x7e]/g, '?');
}
