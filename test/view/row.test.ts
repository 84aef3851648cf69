// SPDX-License-Identifier: GPL-2.0-only

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ASCII, UNICODE } from '../../src/view/glyphs.ts';
import { clipRow, fitRow, pageTop, rowWidth, scrolledTop, spread, windowTop } from '../../src/view/row.ts';
import { rowText, span } from '../../src/view/span.ts';

const row = [span('page[0]', 'strong'), span('  '), span('mapping NULL', 'changed')];

test('a row that fits is left alone', () => {
  expect(clipRow(row, 21, UNICODE)).toBe(row);
});

test('a clipped row keeps its roles and ends in the mark', () => {
  const clipped = clipRow(row, 14, ASCII);
  expect(rowText(clipped)).toBe('page[0]  mapp~');
  expect(clipped.map((s) => s.role)).toEqual(['strong', 'plain', 'changed']);
  expect(rowText(clipRow(row, 9, ASCII))).toBe('page[0] ~');
  expect(rowText(clipRow(row, 7, ASCII))).toBe('page[0~');
});

test('rows are clipped and filled to any width', () => {
  const piece = fc.string({ unit: 'grapheme', maxLength: 9 }).map((text) => span(text));
  fc.assert(
    fc.property(fc.array(piece), fc.integer({ min: 1, max: 40 }), (pieces, width) => {
      expect(rowWidth(clipRow(pieces, width, UNICODE))).toBeLessThanOrEqual(width);
      expect(rowWidth(fitRow(pieces, width, UNICODE))).toBe(width);
    }),
  );
});

test('two ends of a line: the left one gives way', () => {
  expect(rowText(spread([span('left')], [span('right')], 12, ASCII))).toBe('left   right');
  expect(rowText(spread([span('a long left')], [span('right')], 12, ASCII))).toBe('a long~right');
});

test('a page shows the line asked for and moves by half of it', () => {
  fc.assert(
    fc.property(
      fc.nat(500),
      fc.integer({ min: 1, max: 60 }),
      fc.integer({ min: 1, max: 501 }),
      (line, height, total) => {
        fc.pre(line < total);
        const top = pageTop(line, height, total);
        expect(top).toBeGreaterThanOrEqual(0);
        expect(line - top).toBeGreaterThanOrEqual(0);
        expect(line - top).toBeLessThan(height);
        expect(top === 0 || top + height <= total).toBe(true);
      },
    ),
  );
  const tops = Array.from({ length: 30 }, (_, line) => pageTop(line, 8, 100));
  expect([...new Set(tops)]).toEqual([0, 4, 8, 12, 16, 20, 24]);
});

test('a file stands still while the lines that are wanted fit into one window', () => {
  const fault = [9, 11, 15, 16, 17];
  const zap = [24, 25, 27];
  const tops = [...fault, ...zap].map((line) => windowTop([...fault, ...zap, 39], line, 13, 60));
  expect(tops).toEqual([6, 6, 6, 6, 6, 19, 19, 19]);
});

test('a window shows the line asked for, with context where there is room', () => {
  const lines = fc.uniqueArray(fc.integer({ min: 1, max: 200 }), { minLength: 1, maxLength: 40 });
  fc.assert(
    fc.property(lines, fc.nat(), fc.integer({ min: 1, max: 60 }), (unsorted, pick, height) => {
      const stops = [...unsorted].sort((a, b) => a - b);
      const line = stops[pick % stops.length] ?? 1;
      const top = windowTop(stops, line, height, 200);
      expect(line - 1 - top).toBeGreaterThanOrEqual(0);
      expect(line - 1 - top).toBeLessThan(height);
      expect(top).toBeGreaterThanOrEqual(0);
      expect(top === 0 || top + height <= 200).toBe(true);
    }),
  );
});

test('scrolling stops at both ends', () => {
  expect(scrolledTop(10, -20, 5, 40)).toBe(0);
  expect(scrolledTop(10, 3, 5, 40)).toBe(13);
  expect(scrolledTop(10, 99, 5, 40)).toBe(35);
  expect(scrolledTop(0, 99, 50, 40)).toBe(0);
});
