// SPDX-License-Identifier: GPL-2.0-only
// Owns the fitting of rows of spans into columns, and the window of a long list that a pane shows.

import type { Glyphs } from './glyphs.ts';
import { span, type Row, type Span } from './span.ts';
import { clip, widthOf } from './text.ts';

export function rowWidth(row: Row): number {
  return row.reduce((sum, s) => sum + widthOf(s.text), 0);
}

/** The row, or as much of it as fits, ending in the mark for "there is more". */
export function clipRow(row: Row, columns: number, glyphs: Glyphs): Row {
  if (rowWidth(row) <= columns) return row;
  const kept: Span[] = [];
  let room = columns;
  for (const [index, piece] of row.entries()) {
    const width = widthOf(piece.text);
    const isLast = index === row.length - 1;
    if (width < room || (width === room && isLast)) {
      kept.push(piece);
      room -= width;
      continue;
    }
    if (room > 0)
      kept.push({ text: clip(`${piece.text}${isLast ? '' : ' more'}`, room, glyphs.more), role: piece.role });
    break;
  }
  return kept;
}

/** The row clipped and filled with blanks to exactly `columns`. */
export function fitRow(row: Row, columns: number, glyphs: Glyphs): Row {
  const clipped = clipRow(row, columns, glyphs);
  const missing = columns - rowWidth(clipped);
  return missing > 0 ? [...clipped, span(' '.repeat(missing))] : clipped;
}

/** `left` and `right` at the two ends of a line; `left` gives way. */
export function spread(left: Row, right: Row, columns: number, glyphs: Glyphs): Row {
  const end = clipRow(right, columns, glyphs);
  return [...fitRow(left, columns - rowWidth(end), glyphs), ...end];
}

/**
 * First line to show of a list of `total` when line `index` must be seen in `height` lines. It moves by half a page
 * at a time, so that stepping repaints little, and depends on nothing but its arguments.
 */
export function pageTop(index: number, height: number, total: number): number {
  if (total <= height) return 0;
  const stride = Math.max(1, Math.floor(height / 2));
  const margin = Math.floor((height - stride) / 2);
  const top = Math.floor((index - margin) / stride) * stride;
  return Math.max(0, Math.min(top, total - height));
}

/**
 * First line (0-based) to show of a file so that line `line` (1-based) is seen, when the lines `stops` (ascending) will
 * be wanted in turn: near stops share one window, so that the text stands still as long as it can. Stops too far apart
 * are parted where the gap is widest, which is between functions. Depends on its arguments only.
 */
export function windowTop(stops: readonly number[], line: number, height: number, total: number): number {
  const margin = height >= 9 ? 2 : height >= 5 ? 1 : 0;
  const reach = Math.max(1, height - 2 * margin);
  let near = stops.includes(line) ? stops : [line];
  while ((near.at(-1) ?? line) - (near[0] ?? line) >= reach) {
    const gap = (index: number): number => (near[index] ?? 0) - (near[index - 1] ?? 0);
    let widest = 1;
    for (let index = 2; index < near.length; index++) if (gap(index) > gap(widest)) widest = index;
    near = line >= (near[widest] ?? 0) ? near.slice(widest) : near.slice(0, widest);
  }
  const first = near[0] ?? line;
  const spare = height - ((near.at(-1) ?? line) - first + 1);
  return Math.max(0, Math.min(first - 1 - Math.floor(spare / 2), total - height));
}

/** The automatic window moved by the user's scrolling, kept inside the list. */
export function scrolledTop(top: number, scroll: number, height: number, total: number): number {
  return Math.max(0, Math.min(top + scroll, Math.max(0, total - height)));
}
