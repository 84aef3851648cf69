// SPDX-License-Identifier: GPL-2.0-only
// Owns the timeline: the whole run in one line or one line a thread, where one is, where it goes wrong, and which part
// of it comes again and again.

import type { Glyphs } from './glyphs.ts';
import { clipRow, fitRow } from './row.ts';
import { eventOf, threadName, type Scene } from './scene.ts';
import { threadMark } from './source.ts';
import { span, threadRole, type Role, type Row, type Span } from './span.ts';
import { widthOf } from './text.ts';

/** One row for each thread and one for the signs, when there is height for it; else everything in one row. */
export function timelineRows(
  scene: Scene,
  cursor: number,
  width: number,
  height: number,
  glyphs: Glyphs,
): readonly Row[] {
  const threads = scene.recording.threads.length;
  if (height < threads + 1 || height < 2) return [clipRow(oneRow(scene, cursor, width), width, glyphs)];
  const names = Math.max(...scene.recording.threads.map(({ name }) => widthOf(name)), 0) + 2;
  const bar = barOf(scene, width - names - 1);
  const rows = scene.recording.threads.map((_, thread): Row => {
    const spans = slots(bar, (from, to) => {
      const acts = someStep(from, to, (step) => eventOf(scene, step)?.thread === thread);
      const bad =
        acts && someStep(from, to, (step) => isBad(scene, step) && eventOf(scene, step)?.thread === thread);
      if (bad) return span('!'.padStart(bar.cell), 'violation');
      return span((acts ? glyphs.tick : glyphs.noTick).padStart(bar.cell), acts ? threadRole(thread) : 'dim');
    });
    return fitRow(
      [span(`${threadName(scene, thread)} `.padStart(names), threadRole(thread)), ...spans],
      width,
      glyphs,
    );
  });
  return [...rows, signRow(scene, cursor, bar, names, width, glyphs)];
}

interface Bar {
  /** Steps to a slot (when there are more steps than columns) and columns to a slot (when there are fewer). */
  readonly steps: number;
  readonly cell: number;
  readonly slots: number;
}

function barOf(scene: Scene, room: number): Bar {
  const columns = Math.max(1, room);
  const steps = Math.max(1, Math.ceil(scene.steps / columns));
  const slots = Math.ceil(scene.steps / steps);
  return { steps, slots, cell: Math.max(1, Math.min(3, Math.floor(columns / Math.max(1, slots)))) };
}

/** Calls `make` with the first and last step of each slot and joins what it gives, one role a span. */
function slots({ steps, slots: count }: Bar, make: (from: number, to: number) => Span): Span[] {
  const out: Span[] = [];
  for (let slot = 0; slot < count; slot++) {
    const piece = make(slot * steps + 1, (slot + 1) * steps);
    const last = out.at(-1);
    if (last?.role === piece.role) out[out.length - 1] = { text: last.text + piece.text, role: last.role };
    else out.push(piece);
  }
  return out;
}

function someStep(from: number, to: number, test: (step: number) => boolean): boolean {
  for (let step = from; step <= to; step++) if (test(step)) return true;
  return false;
}

const isBad = (scene: Scene, step: number): boolean => scene.findings.some((f) => f.since === step);

/**
 * `0| 1 1 0>0 1!1 |7`: the digit of the thread that stepped, `!` before a bad step, `>` before the current one. Of a
 * loop `( 1 0)7->6`: after step 7 comes step 6.
 */
function oneRow(scene: Scene, cursor: number, width: number): Row {
  const left = cursor === 0 ? ' >0|' : '  0|';
  const right = scene.loop === undefined ? `|${scene.steps} ` : `)${scene.steps}->${scene.loop} `;
  const bar = barOf(scene, width - left.length - right.length);
  const spans = slots(bar, (from, to) => {
    const here = cursor >= from && cursor <= to;
    const bad = someStep(from, to, (step) => isBad(scene, step));
    const thread = eventOf(scene, from)?.thread ?? 0;
    const mark = threadMark(scene, thread);
    const sign = scene.loop !== undefined && scene.loop >= from && scene.loop <= to ? '(' : ' ';
    const role: Role = bad ? 'violation' : here ? 'current' : threadRole(thread);
    if (bar.cell === 1) return span(bad ? '!' : here ? '>' : mark, role);
    if (bar.cell === 2) return span(here && bad ? '>!' : `${here ? '>' : bad ? '!' : sign}${mark}`, role);
    return span(`${here ? '>' : sign}${bad ? '!' : ' '}${mark}`, role);
  });
  return [span(left, cursor === 0 ? 'current' : 'dim'), ...spans, span(right, 'dim')];
}

/** Below the threads: `^ step 13` under the current step, or at the very left for step 0; `(…)` around a loop. */
function signRow(scene: Scene, cursor: number, bar: Bar, names: number, width: number, glyphs: Glyphs): Row {
  const column = cursor === 0 ? names - 1 : names + Math.floor((cursor - 1) / bar.steps + 1) * bar.cell - 1;
  const text = `step ${cursor}`;
  const fits = column + 2 + text.length <= width;
  const bad = isBad(scene, cursor);
  const role: Role = bad ? 'violation' : 'current';
  const sign =
    (fits ? `${glyphs.here} ${text}` : `${text} ${glyphs.here}`) + (scene.loop === undefined ? '' : ' ');
  const at = fits ? column : Math.max(0, column - text.length - 1);
  const below = loopSigns(scene, bar, names).padEnd(at);
  const row = [
    span(below.slice(0, at), 'strong'),
    span(sign, role),
    span(below.slice(at + sign.length), 'strong'),
  ];
  return fitRow(row, width, glyphs);
}

/** A bracket before the first step of the loop, one behind the last, and what it means where there is room. */
function loopSigns(scene: Scene, bar: Bar, names: number): string {
  if (scene.loop === undefined) return '';
  const columnOf = (step: number): number => names + Math.floor((step - 1) / bar.steps + 1) * bar.cell - 1;
  const first = Math.max(0, columnOf(scene.loop) - 1);
  const inside = columnOf(scene.steps) - first;
  const meaning = [' for ever ', ' again ', ''].find((text) => text.length <= inside) ?? '';
  const [before, after] = [
    Math.ceil((inside - meaning.length) / 2),
    Math.floor((inside - meaning.length) / 2),
  ];
  return `${' '.repeat(first)}(${'-'.repeat(before)}${meaning}${'-'.repeat(after)})`;
}
