// SPDX-License-Identifier: GPL-2.0-only
// Owns the sentences below the panes: what this step did, on a bad step which invariant is false and why, and in a loop
// what goes round for ever.

import type { Event } from '../model/recording.ts';
import type { Value } from '../model/value.ts';
import { describeValue } from '../model/wording.ts';
import { changesOf, samplesOf } from './event-text.ts';
import { findingText, type Finding } from './findings.ts';
import type { Glyphs } from './glyphs.ts';
import { waitedFor } from './locks.ts';
import { clipRow, fitRow } from './row.ts';
import { activeFindings, eventOf, siteOf, threadName, type Scene } from './scene.ts';
import { span, threadRole, type Row } from './span.ts';
import { fit, plain, wrap } from './text.ts';

/** Below this width there is one pane or two, and little room in them. */
const NARROW = 64;

/** Exactly `height` rows: the findings that hold here first, then what the step did. */
export function messageRows(
  scene: Scene,
  step: number,
  width: number,
  height: number,
  glyphs: Glyphs,
): readonly Row[] {
  const findings = activeFindings(scene, step);
  const rows: Row[] =
    findings.length > height
      ? [
          ...findings.slice(0, height - 1).flatMap((f) => findingRows(f, step, width, 1, glyphs)),
          moreRow(findings.slice(height - 1)),
        ]
      : findings.flatMap((f, index) => {
          // The first may take what the others leave.
          return findingRows(f, step, width, index === 0 ? height - findings.length + 1 : 1, glyphs);
        });
  if (findings.length === 0) rows.push(...loopRows(scene, step, width, Math.max(1, height - 1), glyphs));
  rows.push(...stepRows(scene, step, width));
  return Array.from({ length: height }, (_, line) => fitRow(rows[line] ?? [], width, glyphs));
}

/** At most `height` rows; only on the bad step itself more than one, and standing out. */
function findingRows(finding: Finding, step: number, width: number, height: number, glyphs: Glyphs): Row[] {
  const { name, since, invariant } = finding;
  const here = step === since;
  const what = here ? `${invariant ? 'VIOLATED ' : ''}at` : `${invariant ? 'false ' : ''}since`;
  const text = plain(`${name} ${what} step ${since}: ${findingText(finding)}`);
  if (!here) return [clipRow([span(` !! ${text}`, 'violation')], width, glyphs)];
  const wrapped = wrap(text, width - 5);
  // The last row holds all that is left, so that its end shows when there is more.
  const lines = [...wrapped.slice(0, height - 1), wrapped.slice(height - 1).join(' ')];
  return lines
    .filter((line) => line !== '')
    .map((line, index) => {
      return [span(fit(`${index === 0 ? ' !! ' : '    '}${line}`, width, glyphs.more), 'alert')];
    });
}

/** In a loop: at its first step all that there is to say, at its last where it goes on, else one row. */
function loopRows(
  { recording, loop, steps }: Scene,
  step: number,
  width: number,
  height: number,
  glyphs: Glyphs,
) {
  const { verdict } = recording;
  if (verdict === null || loop === undefined || step < loop) return [];
  const role = verdict.progress === 'LIVELOCK' ? 'violation' : 'strong';
  const what = plain(`${verdict.progress}: ${verdict.message}`);
  const rows: Row[] = [];
  if (step === loop) {
    const wrapped = wrap(what, width - 5);
    const lines = [...wrapped.slice(0, height - 1), wrapped.slice(height - 1).join(' ')];
    for (const [index, line] of lines.filter((text) => text !== '').entries())
      rows.push(clipRow([span(`${index === 0 ? ' @@ ' : '    '}${line}`, role)], width, glyphs));
  }
  if (step === steps)
    rows.push(clipRow([span(` @@ after this step comes step ${loop} again, for ever`, role)], width, glyphs));
  return rows.length > 0 ? rows : [clipRow([span(` @@ ${what}`, role)], width, glyphs)];
}

const moreRow = (findings: readonly Finding[]): Row => [
  span(` !! and ${findings.length} more: ${findings.map(({ name }) => name).join(', ')}`, 'violation'),
];

function stepRows(scene: Scene, step: number, width: number): Row[] {
  const event = eventOf(scene, step);
  if (event === undefined) return startRows(scene, width);
  const who = threadName(scene, event.thread);
  const notes = notesOf(scene, step, event).join('; ');
  const lines = wrap(`${who}: ${notes === '' ? 'no change' : notes}`, width - 2);
  const rows = lines.map((line, index): Row => {
    if (index > 0) return [span(` ${line}`)];
    return [span(` ${who}`, threadRole(event.thread)), span(line.slice(who.length))];
  });
  if (width >= NARROW) return rows;
  // Where the lanes clip the text of a step and the source has no room, it is told here.
  return [[span(` ${siteOf(scene, event.site)?.text ?? ''}`, 'strong')], ...rows];
}

/** What came of the step, one note a fact. Locals and conditions count when they came from shared memory. */
function notesOf(scene: Scene, step: number, event: Event): string[] {
  const name = (thread: number): string => threadName(scene, thread);
  const changes = changesOf(scene, step);
  const locks = new Set(event.writes.flatMap(({ cell }) => scene.locks.of.get(cell)?.name ?? []));
  const verb: Partial<Record<Event['kind'], string>> = {
    acquire: 'takes',
    release: 'releases',
    grant: 'is given',
  };
  const locking = verb[event.kind];
  return [
    ...(locking === undefined ? [] : [...locks].map((lock) => `${locking} ${lock}`)),
    ...(changes.length > 0 ? [] : samplesOf(scene, step).map((r) => `reads ${r.name} = ${r.value}`)),
    ...event.writes.flatMap(({ cell, new: value }) => poolNote(cell, value)),
    ...changes.map((c) => `${c.name} ${c.from === c.to ? 'stays' : `${c.from} ->`} ${c.to}`),
    ...event.locals.flatMap((l) => {
      if (l.from.length === 0) return [];
      const whose = l.thread === undefined || l.thread === event.thread ? '' : `${name(l.thread)}'s `;
      return [`${whose}${l.name.slice(l.name.indexOf('.') + 1)} = ${describeValue(l.value)}`];
    }),
    ...event.checks.flatMap((c) => {
      return c.from.length === 0 ? [] : [`${siteOf(scene, c.site)?.text ?? ''} is ${String(c.outcome)}`];
    }),
    ...event.waits.map(({ thread, on }) => {
      return on === null
        ? `${name(thread)} can go on`
        : `${name(thread)} waits ${waitedFor(scene.locks, on)}`;
    }),
    ...event.begins.map((operation) => `${operation} begins`),
    ...event.ends.map((operation) => `${operation} returns`),
    ...scene.findings.filter((f) => f.step === step && f.since !== step).map((f) => `${f.name} is reported`),
  ];
}

/** "page[1] is allocated", when the cell is the state of a pool member. */
function poolNote(cell: string, value: Value): string[] {
  const member = /^(.*)\.__state$/.exec(cell)?.[1];
  const word = value === 1 ? 'allocated' : value === 2 ? 'freed' : undefined;
  return member === undefined || word === undefined ? [] : [`${member} is ${word}`];
}

/** For somebody who has just opened the trace: what there is to see, and the keys that lead there. */
function startRows(scene: Scene, width: number): Row[] {
  const bad = scene.findings[0];
  const row: Row = [span(' Nothing has happened yet. '), span('s', 'key'), span(' steps')];
  if (bad === undefined && scene.loop !== undefined) {
    const { progress = '', message = '' } = scene.recording.verdict ?? {};
    const lines = wrap(`${progress}: ${message}`, width - 2).map((line): Row => [span(` ${line}`)]);
    return [
      [...row, span(', '), span('!', 'key'), span(` goes to step ${scene.loop}, where it goes round:`)],
      ...lines,
    ];
  }
  if (bad === undefined || bad.since === 0) return [[...row, span('.')]];
  const where = bad.invariant ? `, where ${bad.name} becomes false:` : `: ${bad.name}`;
  const message = wrap(findingText(bad), width - 2).map((line): Row => [span(` ${line}`)]);
  return [[...row, span(', '), span('!', 'key'), span(` goes to step ${bad.since}${where}`)], ...message];
}
