// SPDX-License-Identifier: GPL-2.0-only
// Owns how wide a text is on a terminal, and how it is clipped, padded and wrapped.

import stringWidth from 'string-width';
import { NARROW, plain } from './plain.ts';

export { plain } from './plain.ts';

const ASCII = /^[\x20-\x7e]*$/;
const segmenter = new Intl.Segmenter('en', { granularity: 'grapheme' });

/** The characters of a text as people count them. */
export function characters(text: string): string[] {
  return Array.from(segmenter.segment(text), ({ segment }) => segment);
}

/** Columns that a plain text takes. */
export function widthOf(text: string): number {
  return NARROW.test(text) ? text.length : stringWidth(text);
}

/** The longest beginning of a plain text that fits into `columns`. */
export function cut(text: string, columns: number): string {
  if (columns <= 0) return '';
  if (NARROW.test(text)) return text.slice(0, columns);
  let used = 0;
  let end = 0;
  for (const { segment, index } of segmenter.segment(text)) {
    used += widthOf(segment);
    if (used > columns) break;
    end = index + segment.length;
  }
  return text.slice(0, end);
}

/** The text, or as much as fits with a mark at its end that says that there is more. */
export function clip(text: string, columns: number, mark: string): string {
  if (widthOf(text) <= columns) return text;
  const room = columns - widthOf(mark);
  return room < 0 ? cut(text, columns) : cut(text, room) + mark;
}

/** The text clipped and filled with blanks to exactly `columns`. */
export function fit(text: string, columns: number, mark: string): string {
  const clipped = clip(text, columns, mark);
  return clipped + ' '.repeat(Math.max(0, columns - widthOf(clipped)));
}

/** The words of a text, made plain, in lines of at most `columns`; a longer word is broken. At least one line. */
export function wrap(text: string, columns: number): string[] {
  const most = Math.max(1, columns);
  const lines: string[] = [];
  let line = '';
  for (let word of plain(text)
    .split(' ')
    .filter((w) => w !== '')) {
    if (line !== '' && widthOf(line) + 1 + widthOf(word) <= most) {
      line += ` ${word}`;
      continue;
    }
    if (line !== '') lines.push(line);
    while (widthOf(word) > most) {
      const head = cut(word, most) || word.slice(0, 1);
      lines.push(head);
      word = word.slice(head.length);
    }
    line = word;
  }
  return line === '' && lines.length > 0 ? lines : [...lines, line];
}

/** The text in ASCII: what a terminal without UTF-8 cannot show becomes `?`, one for each column. */
export function toAscii(text: string): string {
  if (ASCII.test(text)) return text;
  return characters(text)
    .map((character) => (ASCII.test(character) ? character : '?'.repeat(widthOf(character))))
    .join('');
}
