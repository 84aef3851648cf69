// SPDX-License-Identifier: GPL-2.0-only
// Owns the plain layout of reports: tables whose columns fit, and prose wrapped at 79 columns. What traces and models
// say passes through here, so nothing in it can move a cursor.

import { plain } from '../../view/plain.ts';

const WIDTH = 79;

/** Rows as lines: each column as wide as its widest cell, two blanks between, the last one wrapped under itself. */
export function table(given: readonly (readonly string[])[], indent = 2): string[] {
  const rows = given.map((row) => row.map(plain));
  const columns = Math.max(0, ...rows.map((row) => row.length));
  const widths = Array.from({ length: columns }, (_, i) =>
    Math.max(0, ...rows.map((row) => (row[i] ?? '').length)),
  );
  return rows.flatMap((row) => {
    const head = row.slice(0, -1).map((cell, i) => cell.padEnd(widths[i] ?? 0));
    const before = ' '.repeat(indent) + head.map((cell) => `${cell}  `).join('');
    return hanging(before, row.at(-1) ?? '');
  });
}

/** Prose behind `before`, wrapped, the further lines under its first word. */
export function hanging(before: string, prose: string): string[] {
  const room = Math.max(20, WIDTH - before.length);
  const lines: string[] = [];
  let line = '';
  for (const word of plain(prose).split(' ')) {
    if (line !== '' && line.length + 1 + word.length > room) {
      lines.push(line);
      line = word;
    } else {
      line = line === '' ? word : `${line} ${word}`;
    }
  }
  lines.push(line);
  const blank = ' '.repeat(before.length);
  return lines.map((text, index) => `${index === 0 ? before : blank}${text}`.trimEnd());
}

/** 1,234,567 */
export function grouped(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ',');
}

/** "1 step", "2 steps" */
export function counted(count: number, thing: string): string {
  return `${grouped(count)} ${thing}${count === 1 ? '' : 's'}`;
}
