// SPDX-License-Identifier: GPL-2.0-only
// Owns what the sections of the bench share: where the program lies, middle values, and the layout of a table.

export const root = new URL('../', import.meta.url).pathname;
export const mmreplay = `${root}bin/mmreplay.js`;

export function median(all: readonly number[]): number {
  return [...all].sort((a, b) => a - b)[Math.floor(all.length / 2)] ?? NaN;
}

export const seconds = (value: number): string => `${value.toFixed(2)} s`;

/** What is being measured, on a terminal: some of it takes minutes. */
export function say(what: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\u001b[K${what.slice(0, 78)}`);
}

/** The first row is the heading; the first column stands left, the others right. */
export function printTable(rows: readonly (readonly string[])[]): void {
  say('');
  const widths = (rows[0] ?? []).map((_, i) => Math.max(...rows.map((row) => (row[i] ?? '').length)));
  for (const row of rows) {
    const cells = row.map((cell, i) =>
      i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0),
    );
    process.stdout.write(`${cells.join('  ').trimEnd()}\n`);
  }
}

/** A ratio beside its bound; one that is too large is marked. */
export function ratio(value: number, bound: number): readonly [measured: string, bound: string] {
  return [value > bound ? `! ${told(value)}` : told(value), `<= ${bound.toFixed(1)}`];
}

/** The same where too small is what is wrong. */
export function atLeast(value: number, bound: number): readonly [measured: string, bound: string] {
  return [value < bound ? `! ${told(value)}` : told(value), `>= ${bound.toFixed(1)}`];
}

export function told(value: number): string {
  return Number.isFinite(value) ? value.toFixed(2) : '-';
}
