// SPDX-License-Identifier: GPL-2.0-only
// Owns the state pane: memory and threads side by side where there is room, else one below the other.

import type { Glyphs } from './glyphs.ts';
import { memoryRows, type StateRow } from './memory.ts';
import { clipRow, fitRow, pageTop, scrolledTop } from './row.ts';
import { eventOf, type Scene } from './scene.ts';
import { span, type Row } from './span.ts';
import { changesOf } from './event-text.ts';
import { threadRows } from './threads.ts';

export interface StateView {
  readonly rows: readonly Row[];
  readonly top: number;
  readonly total: number;
  /** How many cells and words the step changed. */
  readonly changed: number;
}

/** From this width on, and below this height, memory and threads stand side by side. */
const TWO_COLUMNS = 72;
const TALL = 14;

/** The state after `step` as rows; a window that shows the violation, else the change, unless scrolled away. */
export function stateView(
  scene: Scene,
  step: number,
  area: { readonly width: number; readonly height: number; readonly scroll: number },
  all: boolean,
  glyphs: Glyphs,
): StateView {
  const changed = eventOf(scene, step) === undefined ? 0 : changesOf(scene, step).length;
  if (area.width < TWO_COLUMNS || area.height >= TALL) {
    const memory = memoryRows(scene, step, area.width, all);
    const threads = threadRows(scene, step, { width: area.width, height: area.height - memory.length }, all);
    const gap: StateRow[] =
      memory.length + threads.length < area.height ? [{ row: [], call: undefined }] : [];
    const list = [...memory, ...gap, ...threads];
    const top = window(list, area);
    const rows = list.slice(top, top + area.height).map(({ row }) => clipRow(row, area.width, glyphs));
    return { rows, top, total: list.length, changed };
  }
  const right = Math.floor(area.width * 0.44);
  const left = area.width - right;
  const memory = memoryRows(scene, step, left - 2, all);
  const threads = threadRows(scene, step, { width: right, height: area.height }, all);
  const [leftTop, rightTop] = [window(memory, area), window(threads, area)];
  const rows: Row[] = [];
  for (let line = 0; line < area.height; line++) {
    const one = clipRow(memory[leftTop + line]?.row ?? [], left - 1, glyphs);
    const two = threads[rightTop + line]?.row ?? [];
    const wall = [span(glyphs.wall, 'dim')];
    rows.push([...fitRow(one, left - 1, glyphs), ...wall, ...clipRow(two, right, glyphs)]);
  }
  const longer = memory.length >= threads.length;
  const total = Math.max(memory.length, threads.length);
  return { rows, top: longer ? leftTop : rightTop, total, changed };
}

function window(
  list: readonly StateRow[],
  area: { readonly height: number; readonly scroll: number },
): number {
  const bad = list.findIndex(({ call }) => call === 'violation');
  const eye = bad >= 0 ? bad : list.findIndex(({ call }) => call === 'changed');
  const automatic = list.length <= area.height || eye < 0 ? 0 : pageTop(eye, area.height, list.length);
  return scrolledTop(automatic, area.scroll, area.height, list.length);
}
