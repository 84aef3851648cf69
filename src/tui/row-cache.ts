// SPDX-License-Identifier: GPL-2.0-only
// Owns a replacement of one method of Ink: composing a frame row by row, and only the rows that changed.

import Output from '#ink-output';

/** What the method sees of Ink 7.1's Output. */
interface Composer {
  readonly caches: { widths: Map<string, number> };
  readonly width: number;
  readonly height: number;
  operations: readonly Operation[];
  get(): Frame;
}

interface Frame {
  readonly output: string;
  readonly height: number;
}

type Transformer = (line: string, index: number) => string;
type Operation =
  | {
      readonly type: 'write';
      readonly x: number;
      readonly y: number;
      readonly text: string;
      readonly transformers: readonly Transformer[];
    }
  | { readonly type: 'clip' | 'unclip' };

interface ComposerClass {
  new (size: { width: number; height: number }): Composer & {
    write(x: number, y: number, text: string, options: { transformers: readonly Transformer[] }): void;
  };
  readonly prototype: Composer;
}

/** One piece of text on a row. */
interface Piece {
  readonly x: number;
  readonly text: string;
}

/** The rows of the last frame: what was written on each, and what it came to. */
interface Memory {
  width: number;
  rows: { pieces: readonly Piece[]; composed: string }[];
}

const composer = Output as unknown as ComposerClass;
const stock = composer.prototype.get;

/**
 * Installs the cache when Ink is built as expected, and says whether it did; otherwise Ink stays as it is, only slower.
 * Stock Ink tokenizes and joins every line of every frame, which is four fifths of the time of a key press.
 */
export function installRowCache(): boolean {
  if (typeof stock !== 'function' || !isAsExpected()) return false;
  const memory: Memory = { width: -1, rows: [] };
  composer.prototype.get = function (this: Composer) {
    return compose(this, memory);
  };
  return true;
}

/** Puts Ink's own method back. */
export function removeRowCache(): void {
  composer.prototype.get = stock;
}

/** Tries both ways on a small frame. */
function isAsExpected(): boolean {
  try {
    const make = (): Composer => {
      const output = new composer({ width: 12, height: 3 });
      output.write(1, 0, '\u001B[1mab\u001B[22m', { transformers: [(line) => line] });
      output.write(3, 1, 'c\nd', { transformers: [(line, index) => `${line}${index}`] });
      output.write(4, 1, '字', { transformers: [] });
      return output;
    };
    const [expected, found] = [stock.call(make()), compose(make(), { width: -1, rows: [] })];
    return expected.output === found.output && expected.height === found.height;
  } catch {
    return false;
  }
}

/** The frame as stock Ink would compose it. Frames with clipping, which our panes never need, are left to stock Ink. */
function compose(output: Composer, memory: Memory): Frame {
  const rows = piecesByRow(output);
  if (rows === undefined) return stock.call(output);
  if (memory.width !== output.width) {
    memory.width = output.width;
    memory.rows = [];
  }
  const composed = rows.map((pieces, y) => {
    const known = memory.rows[y];
    if (known !== undefined && same(known.pieces, pieces)) return known.composed;
    const row = composeRow(output.width, pieces);
    memory.rows[y] = { pieces, composed: row };
    return row;
  });
  memory.rows.length = rows.length;
  return { output: composed.join('\n'), height: rows.length };
}

/** What is written on each row, in order; undefined for a frame that only stock Ink can compose. */
function piecesByRow(output: Composer): Piece[][] | undefined {
  const rows = Array.from({ length: output.height }, (): Piece[] => []);
  for (const operation of output.operations) {
    if (operation.type !== 'write') return undefined;
    const { x, y, transformers } = operation;
    for (const [index, line] of operation.text.split('\n').entries()) {
      const row = rows[y + index];
      if (row === undefined) continue;
      const text = transformers.reduce((text, transform) => transform(text, index), line);
      if (text.includes('\n')) return undefined;
      if (text !== '') row.push({ x, text });
    }
  }
  return rows;
}

function same(a: readonly Piece[], b: readonly Piece[]): boolean {
  return a.length === b.length && a.every((piece, i) => piece.x === b[i]?.x && piece.text === b[i]?.text);
}

/** Widths of single characters, which stock Ink works out anew in every frame. */
const widths = new Map<string, number>();

/** One row by stock Ink's own rules. */
function composeRow(width: number, pieces: readonly Piece[]): string {
  const row = new composer({ width, height: 1 });
  row.caches.widths = widths;
  for (const { x, text } of pieces) row.write(x, 0, text, { transformers: [] });
  return stock.call(row).output;
}
