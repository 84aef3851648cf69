// SPDX-License-Identifier: GPL-2.0-only
// Owns the words that the memory manager's people have for what is wrong with a pte or a page.

import type { State } from '../model/state.ts';
import { pointee } from '../model/value.ts';
import type { Part } from './parts.ts';
import { valueAt, type Scene } from './scene.ts';

/**
 * One word for what is wrong with a part, and an explanation, when a finding is about `cells`; undefined when this is
 * not one of the cases that have a word: a pte that maps a page which has left its file, and that page.
 */
export function mmWords(
  scene: Scene,
  part: Part,
  state: State,
  cells: ReadonlySet<string>,
): readonly [string, string] | undefined {
  const hasLeft = (page: string): boolean =>
    cells.has(`${page}.mapping`) && valueAt(scene, state, `${page}.mapping`) === null;
  const page = pointedAt(part, state, cells).find(hasLeft);
  if (page !== undefined) return ['stale', `maps truncated ${page}`];
  if (!hasLeft(part.name)) return undefined;
  const pte = scene.parts.all.find((other) => pointedAt(other, state, cells).includes(part.name));
  return pte === undefined ? undefined : ['truncated', `still mapped by ${pte.name}`];
}

/** What the cells of a word among `cells` point at. */
function pointedAt(part: Part, state: State, cells: ReadonlySet<string>): string[] {
  if (!part.word) return [];
  return part.cells.flatMap(({ cell, path }) => {
    return cells.has(path) ? (pointee(state.objects[part.object.name]?.[cell.field] ?? null) ?? []) : [];
  });
}
