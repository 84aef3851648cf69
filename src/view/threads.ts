// SPDX-License-Identifier: GPL-2.0-only
// Owns the threads part of the state pane: where each thread is, its locals, and the locks with holder and waiters.

import type { LocalValue, State } from '../model/state.ts';
import { describeValue } from '../model/wording.ts';
import { isFree, lockUse, useText, waitedFor } from './locks.ts';
import type { StateRow } from './memory.ts';
import { activeFindings, eventOf, siteOf, threadName, type Scene } from './scene.ts';
import { span, threadRole, type Span } from './span.ts';
import { widthOf } from './text.ts';

/**
 * A row for what each thread does and one for its locals; then a row for each lock, free ones only when `all`. Where
 * `height` is too little for that, the locals stand beside what the thread does.
 */
export function threadRows(
  scene: Scene,
  step: number,
  area: { readonly width: number; readonly height: number },
  all: boolean,
): readonly StateRow[] {
  const locks = lockRows(scene, step, area.width, all);
  const threads = scene.recording.threads.map((_, thread) => thread);
  const roomy = threads.flatMap((thread) => threadRow(scene, step, thread, area.width, 'below'));
  if (roomy.length + locks.length <= area.height) return [...roomy, ...locks];
  return [...threads.flatMap((thread) => threadRow(scene, step, thread, area.width, 'beside')), ...locks];
}

function threadRow(
  scene: Scene,
  step: number,
  thread: number,
  width: number,
  locals: 'below' | 'beside',
): StateRow[] {
  const state = scene.timeline.stateAt(step);
  const before = step === 0 ? state : scene.timeline.stateAt(step - 1);
  const names = Math.max(...scene.recording.threads.map(({ name }) => widthOf(name)), 0);
  const call = eventOf(scene, step)?.thread === thread ? 'changed' : undefined;
  const does = ` ${doing(scene, state, thread)}`;
  const room = width - names - 3 - (locals === 'beside' ? widthOf(does) + 1 : 0);
  const spans = localSpans(scene, state, before, thread, room);
  const sign = span(spans.some((s) => s.role === 'changed') ? '~' : ' ', 'changed');
  const name = span(threadName(scene, thread).padEnd(names), threadRole(thread));
  if (spans.length === 0) return [{ row: [span('  '), name, span(does)], call }];
  if (locals === 'beside') return [{ row: [sign, span(' '), name, span(`${does}  `), ...spans], call }];
  const head = [span('  '), name, span(does)];
  return [
    { row: head, call },
    { row: [sign, span(' '.repeat(names + 2)), ...spans], call },
  ];
}

/** What a thread is doing, in words. */
export function doing(scene: Scene, state: State, thread: number): string {
  const now = state.threads[thread];
  if (now === undefined) return '';
  if (now.waitsFor !== null) return `waits ${waitedFor(scene.locks, now.waitsFor)}`;
  if (now.at === null) return 'done';
  const site = siteOf(scene, now.at);
  const inside = now.operations.length === 0 ? 'before' : 'in';
  return site === undefined ? '' : `${inside} ${site.fn}()`;
}

/** The locals of the functions that a thread is in, with their short names: live ones first, as set; then dead ones, latest first. */
function localsOf(scene: Scene, state: State, thread: number): (readonly [string, string, LocalValue])[] {
  const now = state.threads[thread];
  const site = siteOf(scene, now?.at ?? null);
  if (now === undefined || site === undefined) return [];
  const inside = new Set([...site.stack.map(({ fn }) => fn), site.fn]);
  const all = Object.entries(now.locals).flatMap(([name, local]): [string, string, LocalValue][] => {
    const dot = name.indexOf('.');
    const short = name.slice(dot + 1);
    // A pointer named like what it points at says nothing, nor does an empty field of a struct.
    const dull = describeValue(local.value) === short || (short.includes('.') && !local.value);
    return !inside.has(name.slice(0, dot)) || dull ? [] : [[name, short, local]];
  });
  return [...all.filter(([, , local]) => !local.dead), ...all.filter(([, , local]) => local.dead).reverse()];
}

/** `page=page[0]  (size=0)`: those in brackets are dead, no later code reads them. */
function localSpans(scene: Scene, state: State, before: State, thread: number, columns: number): Span[] {
  const old = before.threads[thread]?.locals ?? {};
  const spans: Span[] = [];
  let room = columns;
  for (const [name, short, local] of localsOf(scene, state, thread)) {
    const text = `${short}=${describeValue(local.value)}`;
    const changed = old[name]?.value !== local.value;
    const piece = span(local.dead ? `(${text})` : text, changed ? 'changed' : local.dead ? 'dim' : 'plain');
    if (spans.some((other) => other.text === piece.text)) continue;
    room -= widthOf(piece.text) + (spans.length === 0 ? 0 : 2);
    if (room < 0) break;
    if (spans.length > 0) spans.push(span('  '));
    spans.push(piece);
  }
  return spans;
}

function lockRows(scene: Scene, step: number, width: number, all: boolean): StateRow[] {
  const event = eventOf(scene, step);
  const written = new Set(event?.writes.map(({ cell }) => scene.locks.of.get(cell)?.name));
  const state = scene.timeline.stateAt(step);
  const used = new Set([...scene.touched].map((cell) => scene.locks.of.get(cell)));
  const known = scene.locks.all.filter((lock) => used.has(lock));
  // A bit lock is a flag of its page, and marked there.
  const cells = activeFindings(scene, step).flatMap((finding) => finding.cells);
  const involved = new Set(
    cells.filter((cell) => scene.locks.parts.has(cell)).map((cell) => scene.locks.of.get(cell)),
  );
  const rows = known.flatMap((lock): StateRow[] => {
    const use = lockUse(scene.recording, scene.locks, lock, state);
    const bad = involved.has(lock);
    const changed = written.has(lock.name);
    if (isFree(use) && !changed && !bad && !all) return [];
    const role = bad ? 'violation' : changed ? 'changed' : isFree(use) ? 'dim' : 'plain';
    const sign = bad ? '!' : changed ? '~' : ' ';
    return [
      {
        row: [span(`${sign} ${useText(use, width - 2)}`, role)],
        call: bad ? 'violation' : changed ? 'changed' : undefined,
      },
    ];
  });
  if (rows.length > 0 || known.length === 0) return rows;
  return [
    {
      row: [span(`  ${known.length === 1 ? (known[0]?.name ?? '') : `${known.length} locks`}  free`, 'dim')],
      call: undefined,
    },
  ];
}
