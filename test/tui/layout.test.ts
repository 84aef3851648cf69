// SPDX-License-Identifier: GPL-2.0-only

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { PANES } from '../../src/tui/commands.ts';
import { contentHeight, layoutOf, type Layout, type Rect, type Wishes } from '../../src/tui/layout.ts';

const usual: Wishes = { columns: 80, rows: 24, focus: 'lanes', zoom: 0, threads: 2 };

/** Content lines of each pane, and the width of the lanes. */
function summary(layout: Layout) {
  const heights = PANES.map((name) => contentHeight(layout.panes[name]));
  return { heights, lanes: layout.panes.lanes?.width, message: layout.message.height };
}

test('80x24: everything below one another', () => {
  expect(summary(layoutOf(usual))).toEqual({ heights: [8, 3, 5, 1], lanes: 80, message: 2 });
});

test('40x12: the lanes and one more', () => {
  const small = { ...usual, columns: 40, rows: 12 };
  expect(summary(layoutOf(small))).toEqual({ heights: [3, 0, 2, 0], lanes: 40, message: 3 });
  expect(layoutOf({ ...small, focus: 'source' }).panes).toHaveProperty('source');
});

test('120x40: lanes beside source and state', () => {
  const layout = layoutOf({ ...usual, columns: 120, rows: 40 });
  expect(summary(layout)).toEqual({ heights: [30, 12, 17, 3], lanes: 69, message: 3 });
  expect(layout.wall).toEqual({ x: 69, y: 1, width: 1, height: 31 });
});

test('200x60: the lanes get what they can use, no more', () => {
  expect(layoutOf({ ...usual, columns: 200, rows: 60 }).panes.lanes?.width).toBe(112);
});

test('zoom: most of the screen, then all of it', () => {
  expect(summary(layoutOf({ ...usual, zoom: 1 })).heights).toEqual([12, 2, 2, 1]);
  expect(summary(layoutOf({ ...usual, zoom: 1, focus: 'state' })).heights).toEqual([2, 2, 12, 1]);
  expect(summary(layoutOf({ ...usual, zoom: 2, focus: 'source' })).heights).toEqual([0, 18, 0, 1]);
});

test('the timeline opens when it has the keys', () => {
  expect(summary(layoutOf({ ...usual, focus: 'timeline' })).heights[3]).toBe(3);
});

function rects({ header, panes, wall, message, status }: Layout): Rect[] {
  const all: (Rect | undefined)[] = [header, ...Object.values(panes), wall, message, status];
  return all.flatMap((rect) => (rect !== undefined && rect.height > 0 ? [rect] : []));
}

const overlap = (a: Rect, b: Rect): boolean =>
  a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;

test('at any size everything lies on the screen and nothing on something else', () => {
  const wishes = fc.record({
    columns: fc.integer({ min: 1, max: 250 }),
    rows: fc.integer({ min: 1, max: 80 }),
    focus: fc.constantFrom(...PANES),
    zoom: fc.constantFrom(0 as const, 1 as const, 2 as const),
    threads: fc.integer({ min: 0, max: 9 }),
  });
  fc.assert(
    fc.property(wishes, (wish) => {
      const layout = layoutOf(wish);
      const all = rects(layout);
      for (const [index, rect] of all.entries()) {
        expect(Math.min(rect.x, rect.y, rect.height)).toBeGreaterThanOrEqual(0);
        expect(rect.x + rect.width).toBeLessThanOrEqual(wish.columns);
        expect(rect.y + rect.height).toBeLessThanOrEqual(wish.rows);
        for (const other of all.slice(index + 1)) {
          expect(overlap(rect, other), JSON.stringify([rect, other])).toBe(false);
        }
      }
      if (wish.rows >= 3) expect(Object.keys(layout.panes).length).toBeGreaterThan(0);
      const area = all.reduce((sum, rect) => sum + rect.width * rect.height, 0);
      if (wish.rows >= 3) expect(area, 'no unused line').toBe(wish.columns * wish.rows);
    }),
    { numRuns: 2000 },
  );
});
