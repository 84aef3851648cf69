// SPDX-License-Identifier: GPL-2.0-only
// Owns the rule above a pane: what it shows on the left, its number and name on the right, heavy when it has the keys.

import type { Glyphs } from './glyphs.ts';
import { clipRow, rowWidth } from './row.ts';
import { span, type Row, type Span } from './span.ts';

export interface Title {
  readonly number: number;
  readonly name: string;
  readonly focused: boolean;
  /** Stands at the left; pieces of nothing but blanks become rule. */
  readonly detail: Row;
  /** Which lines of how many are seen. */
  readonly top: number;
  readonly height: number;
  readonly total: number;
}

const isBlank = (piece: Span): boolean => piece.text.trim() === '';

/** Exactly `width` columns. */
export function titleRow(title: Title, width: number, glyphs: Glyphs): Row {
  const { number, name, focused, detail, top, height, total } = title;
  const rule = focused ? glyphs.focusRule : glyphs.rule;
  const ruleRole = focused ? 'focus' : 'dim';
  const lines = (count: number): Span => span(rule.repeat(Math.max(0, count)), ruleRole);
  const seen =
    total > height && height > 0
      ? [span(` ${top + 1}-${Math.min(total, top + height)} of ${total} `, 'dim'), lines(1)]
      : [];
  const label = [span(` ${number} ${name} `, focused ? 'focus' : 'title'), lines(1)];
  const end = detail.findLastIndex((piece) => !isBlank(piece)) + 1;
  const wanted = detail.slice(0, end);
  const roomy = rowWidth(wanted) + rowWidth(seen) + rowWidth(label) < width;
  const right = roomy ? [...seen, ...label] : label;
  const room = width - rowWidth(right) - 1;
  const shown = room < 8 ? [] : clipRow(wanted, room, glyphs);
  const left = shown.map((piece) => (isBlank(piece) ? lines(piece.text.length) : piece));
  return clipRow([...left, lines(width - rowWidth(left) - rowWidth(right)), ...right], width, glyphs);
}
