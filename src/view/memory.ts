// SPDX-License-Identifier: GPL-2.0-only
// Owns the memory part of the state pane: one row a part, what a step changed, what a finding is about, what is hidden.

import type { MemoryObject } from '../model/recording.ts';
import type { State } from '../model/state.ts';
import { describeValue } from '../model/wording.ts';
import type { Finding } from './findings.ts';
import { mmWords } from './mm-words.ts';
import { fieldLabel, isHidden, wordText, type Part, type PartCell } from './parts.ts';
import { activeFindings, type Scene } from './scene.ts';
import { span, type Row, type Span } from './span.ts';
import { widthOf } from './text.ts';

/** A row of the state pane, and whether the eye should be led to it. */
export interface StateRow {
  readonly row: Row;
  readonly call: 'violation' | 'changed' | undefined;
}

const ALLOCATED = 1;

/**
 * One row for each part that plays a role in this trace, in the order of the model; the signs `~` (changed by this
 * step) and `!` (a finding is about it) stand first. `all` shows what is otherwise hidden; the last row says what is.
 */
export function memoryRows(scene: Scene, step: number, width: number, all: boolean): readonly StateRow[] {
  const state = scene.timeline.stateAt(step);
  const before = step === 0 ? state : scene.timeline.stateAt(step - 1);
  const findings = activeFindings(scene, step);
  const hidden = { fields: 0, objects: 0 };
  const shown: { part: Part; cells: readonly PartCell[] }[] = [];
  for (const part of scene.parts.all) {
    if (!all && isUnused(part.object, state)) {
      hidden.objects++;
      continue;
    }
    const candidates = part.cells.filter(
      ({ cell, path }) => !isHidden(cell.field) && !scene.locks.parts.has(path),
    );
    const cells = all ? candidates : candidates.filter((cell) => matters(scene, cell));
    const whole = part.word && cells.length > 0 ? candidates : cells;
    hidden.fields += candidates.length - whole.length;
    if (whole.length > 0) shown.push({ part, cells: whole });
  }
  const names = Math.min(16, Math.max(0, ...shown.map(({ part }) => widthOf(part.name))));
  const rows = shown.map(({ part, cells }) =>
    partRow(scene, part, cells, { before, state, findings, names, width }),
  );
  const parts = [count(hidden.objects, 'object'), count(hidden.fields, 'field')].filter(
    (text) => text !== '',
  );
  if (parts.length > 0) {
    const row = [span(`  ${parts.join(', ')} hidden, `, 'dim'), span('e', 'key'), span(' shows', 'dim')];
    rows.push({ row, call: undefined });
  }
  return rows;
}

const count = (n: number, what: string): string => (n === 0 ? '' : `${n} ${what}${n === 1 ? '' : 's'}`);

/** Has this cell a part in the trace? Constants and specification do not count. */
function matters(scene: Scene, { cell, path }: PartCell): boolean {
  return cell.constant !== true && cell.ghost !== true && scene.touched.has(path);
}

/** A member of a pool that is not allocated now: its fields mean nothing. */
function isUnused(object: MemoryObject, state: State): boolean {
  if (object.pool === undefined) return false;
  const poolState = state.objects[object.name]?.['.__state'];
  return poolState !== undefined && poolState !== ALLOCATED;
}

interface Around {
  readonly before: State;
  readonly state: State;
  readonly findings: readonly Finding[];
  readonly names: number;
  readonly width: number;
}

interface Field {
  readonly spans: readonly Span[];
  /** 3 a finding is about it, 2 this step changed it, 1 some step does, 0 none does. */
  readonly weight: 0 | 1 | 2 | 3;
}

function partRow(scene: Scene, part: Part, cells: readonly PartCell[], around: Around): StateRow {
  const { before, state, findings } = around;
  const isBad = ({ path }: PartCell): boolean => findings.some((f) => f.cells.includes(path));
  const hasChanged = (cell: PartCell): boolean => valueIn(part, cell, state) !== valueIn(part, cell, before);
  const bad = cells.some(isBad);
  const changed = cells.some(hasChanged);
  const fieldsFrom = (was: State | undefined): Field[] =>
    part.word
      ? [wordField(part, changed ? was : state, state, bad)]
      : cells.flatMap((cell) =>
          plainField(scene, part, cell, hasChanged(cell) ? was : state, state, isBad(cell)),
        );
  const room = around.width - 2 - around.names;
  const phrases = bad ? findingWords(scene, part, state, findings) : [''];
  // What is wrong comes before what was there: the old value gives way to the words.
  const least = phrases.at(-1) ?? '';
  const full = fieldsFrom(before);
  const fields = fieldsWidth(full) + 2 + widthOf(least) > room ? fieldsFrom(undefined) : full;
  const words = phrases.find((phrase) => fieldsWidth(fields) + 2 + widthOf(phrase) <= room) ?? least;
  const sign = bad ? '!' : changed ? '~' : ' ';
  const role = bad ? 'violation' : changed ? 'changed' : 'strong';
  const left = words === '' ? room : room - widthOf(words) - 2;
  const row = [span(`${sign} ${part.name.padEnd(around.names)}`, role), ...fitFields(fields, left)];
  if (words !== '') row.push(span('  '), span(words, 'violation'));
  return { row, call: bad ? 'violation' : changed ? 'changed' : undefined };
}

const valueIn = (part: Part, { cell }: PartCell, state: State) =>
  state.objects[part.object.name]?.[cell.field] ?? null;

/** `was` is undefined when the old value is not to be shown; the same as `now` when nothing changed. */
function wordField(part: Part, was: State | undefined, now: State, bad: boolean): Field {
  const value = wordText(part, now);
  const role = bad ? 'violation' : was === now ? 'plain' : 'changed';
  const text = was === now ? value : `${was === undefined ? '' : `${wordText(part, was)} `}-> ${value}`;
  return { spans: [span(text, role)], weight: 3 };
}

/** A flag stands for itself when it is set and for nothing when it is not, as the kernel prints flags. */
function plainField(
  scene: Scene,
  part: Part,
  cell: PartCell,
  was: State | undefined,
  now: State,
  bad: boolean,
): Field[] {
  const value = valueIn(part, cell, now);
  const text = (state: State): string => describeValue(valueIn(part, cell, state), cell.cell.type);
  const changed = was !== now;
  const label = fieldLabel(part, cell.field);
  const role = bad ? 'violation' : changed ? 'changed' : 'plain';
  const weight = bad ? 3 : changed ? 2 : scene.written.has(cell.path) ? 1 : 0;
  if (cell.cell.type.kind === 'bool' && !changed && label !== '' && (value === 0 || value === 1)) {
    return value === 1 ? [{ spans: [span(label, role)], weight }] : [];
  }
  const shown = changed ? `${was === undefined ? '' : `${text(was)} `}-> ${text(now)}` : text(now);
  const name = label === '' ? [] : [span(`${label} `, role === 'plain' ? 'dim' : role)];
  return [{ spans: [...name, span(shown, role)], weight }];
}

const fieldWidth = (field: Field): number => 2 + field.spans.reduce((sum, s) => sum + widthOf(s.text), 0);
const fieldsWidth = (fields: readonly Field[]): number =>
  fields.reduce((sum, field) => sum + fieldWidth(field), 0);

/** The fields that fit, the important ones first, in their own order; how many are left out is said. */
function fitFields(fields: readonly Field[], room: number): Span[] {
  const byWeight = [...fields].sort((a, b) => b.weight - a.weight);
  const kept = new Set<Field>();
  let left = fieldsWidth(fields) <= room ? room : room - 4;
  for (const field of byWeight) {
    if (fieldWidth(field) > left && kept.size > 0) break;
    kept.add(field);
    left -= fieldWidth(field);
  }
  const missing = fields.length - kept.size;
  const row = fields.filter((field) => kept.has(field)).flatMap((field) => [span('  '), ...field.spans]);
  return missing === 0 ? row : [...row, span(`  +${missing}`, 'dim')];
}

/** What is wrong with a part, from many words to few: "<- I1: stale, maps truncated page[0]" … "stale". */
function findingWords(
  scene: Scene,
  part: Part,
  state: State,
  findings: readonly Finding[],
): readonly string[] {
  const about = findings.filter((f) => part.cells.some(({ path }) => f.cells.includes(path)));
  const names = [...new Set(about.map((f) => f.name))].join(', ');
  const words = mmWords(scene, part, state, new Set(about.flatMap((f) => f.cells)));
  if (words === undefined) return [`<- ${names}`, `<- ${names.replace(/\(.*/, '')}`];
  return [`<- ${names}: ${words[0]}, ${words[1]}`, `<- ${names}: ${words[0]}`, words[0]];
}
