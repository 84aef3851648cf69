// SPDX-License-Identifier: GPL-2.0-only
// Owns where everything stands: rectangles from columns and rows, by arithmetic, so that nothing moves unasked.

import { PANES, type PaneName } from './commands.ts';

export interface Rect {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** A pane without `title` is content only. A pane that is absent has no room. */
export interface PaneRect extends Rect {
  readonly title: boolean;
}

export interface Layout {
  readonly columns: number;
  readonly rows: number;
  /** Line 0; absent only when there is no line at all. */
  readonly header: Rect;
  readonly panes: Readonly<Partial<Record<PaneName, PaneRect>>>;
  /** The column between panes side by side. */
  readonly wall: Rect | undefined;
  /** All that lies between header and status. */
  readonly help: Rect;
  readonly message: Rect;
  readonly status: Rect;
}

export interface Wishes {
  readonly columns: number;
  readonly rows: number;
  readonly focus: PaneName;
  readonly zoom: 0 | 1 | 2;
  readonly threads: number;
}

const WIDE_COLUMNS = 120;
const WIDE_ROWS = 20;
/** Title and two lines: what a pane keeps while another one is enlarged. */
const LEAST = 3;
/** Lines between header and status needed for three panes one below the other. */
const THREE_PANES = 13;
const TWO_PANES = 6;

export function layoutOf(wishes: Wishes): Layout {
  const { columns, rows, threads, focus, zoom } = wishes;
  const wide = columns >= WIDE_COLUMNS && rows >= WIDE_ROWS;
  const status = rows >= 3 ? 1 : 0;
  const message = rows < 7 ? 0 : columns < 64 ? 3 : rows >= 34 ? 3 : 2;
  const alone = zoom === 2 && focus === 'timeline';
  const bars = alone ? 0 : barLines(rows, threads, wide, focus === 'timeline');
  const barTitle = bars > 1;
  const bottom = status + message + bars + (barTitle ? 1 : 0);
  const body: Rect = { x: 0, y: 1, width: columns, height: Math.max(0, rows - 1 - bottom) };
  const barRect: PaneRect = {
    ...{ x: 0, y: body.y + body.height, width: columns, height: bars + (barTitle ? 1 : 0) },
    title: barTitle,
  };
  const messageY = barRect.y + barRect.height;
  const panes = zoom === 2 ? only(focus, body) : wide ? sideBySide(wishes, body) : stacked(wishes, body);
  const hasBar = bars > 0 && panes.timeline === undefined;
  return {
    columns,
    rows,
    header: { x: 0, y: 0, width: columns, height: Math.min(1, rows) },
    panes: hasBar ? { ...panes, timeline: barRect } : panes,
    wall: zoom < 2 && wide ? wallOf(panes, body) : undefined,
    help: { ...body, height: Math.max(0, rows - 1 - status) },
    message: { x: 0, y: messageY, width: columns, height: message },
    status: { x: 0, y: rows - status, width: columns, height: status },
  };
}

/** The timeline: one line, or a line a thread and one for signs; none on very small screens. */
function barLines(rows: number, threads: number, wide: boolean, focused: boolean): number {
  const full = Math.min(threads, 8) + 1;
  if ((wide && rows >= 30) || (focused && rows >= 14 + full)) return full;
  return rows >= 14 ? 1 : 0;
}

function only(focus: PaneName, body: Rect): Layout['panes'] {
  return { [focus]: { ...body, title: body.height > 1 } };
}

function stacked(wishes: Wishes, body: Rect): Layout['panes'] {
  const wanted = PANES.slice(0, 3);
  const focus = wishes.focus === 'timeline' ? 'lanes' : wishes.focus;
  const names =
    body.height >= THREE_PANES
      ? wanted
      : body.height >= TWO_PANES
        ? wanted.filter((name) => name === 'lanes' || name === (focus === 'lanes' ? 'state' : focus))
        : [focus];
  const heights = share(body.height, names, wishes.zoom === 1 ? focus : undefined);
  return pile(body, names, heights);
}

/** Side by side the lanes get this part of the columns, but no more than they can use. */
const LANES_PART = 0.58;
const LANE_WIDTH = 56;

function sideBySide(wishes: Wishes, body: Rect): Layout['panes'] {
  const { focus, zoom, columns, threads } = wishes;
  const part = zoom === 1 && focus === 'lanes' ? 0.7 : zoom === 1 && focus !== 'timeline' ? 0.34 : LANES_PART;
  const enough = zoom === 1 ? columns : LANE_WIDTH * Math.max(1, threads);
  const left = Math.min(Math.floor(columns * part), enough);
  const right: Rect = { ...body, x: left + 1, width: columns - left - 1 };
  const names: PaneName[] = ['source', 'state'];
  const enlarged = zoom === 1 && (focus === 'source' || focus === 'state') ? focus : undefined;
  return {
    lanes: { ...body, width: left, title: body.height > 1 },
    ...pile(right, names, share(right.height, names, enlarged)),
  };
}

const WEIGHTS: Readonly<Record<PaneName, number>> = { lanes: 9, source: 4, state: 6, timeline: 1 };

/** Heights by weight; all but an enlarged pane shrink to the least. */
function share(height: number, names: readonly PaneName[], enlarged: PaneName | undefined): number[] {
  const total = names.reduce((sum, name) => sum + WEIGHTS[name], 0);
  const heights = names.map((name) => {
    if (enlarged !== undefined) return name === enlarged ? 0 : LEAST;
    return Math.max(Math.min(LEAST, height), Math.floor((height * WEIGHTS[name]) / total));
  });
  const spare = height - heights.reduce((sum, h) => sum + h, 0);
  const taker = Math.max(0, names.indexOf(enlarged ?? 'lanes'));
  heights[taker] = Math.max(0, (heights[taker] ?? 0) + spare);
  return heights;
}

function pile(area: Rect, names: readonly PaneName[], heights: readonly number[]): Layout['panes'] {
  const panes: Partial<Record<PaneName, PaneRect>> = {};
  let y = area.y;
  names.forEach((name, index) => {
    const height = Math.min(heights[index] ?? 0, area.y + area.height - y);
    if (height > 0) panes[name] = { x: area.x, y, width: area.width, height, title: height > 1 };
    y += height;
  });
  return panes;
}

function wallOf(panes: Layout['panes'], body: Rect): Rect | undefined {
  const lanes = panes.lanes;
  return lanes === undefined ? undefined : { x: lanes.width, y: body.y, width: 1, height: body.height };
}

/** Lines of content in a pane. */
export function contentHeight(rect: PaneRect | undefined): number {
  return rect === undefined ? 0 : rect.height - (rect.title ? 1 : 0);
}
