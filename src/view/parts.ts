// SPDX-License-Identifier: GPL-2.0-only
// Owns the division of memory into what one row shows: objects, and the elements of struct arrays inside objects.

import { describeWord } from '../model/wording.ts';
import type { Cell, MemoryObject, Recording } from '../model/recording.ts';
import type { State } from '../model/state.ts';
import type { Value } from '../model/value.ts';

/** "page[0]", or "mm.pte[0]", which is an element inside "mm". */
export interface Part {
  readonly name: string;
  readonly object: MemoryObject;
  /** One memory word: shown as one value. */
  readonly word: boolean;
  readonly cells: readonly PartCell[];
  /** The part as an object of its own, with fields relative to it. */
  readonly shape: MemoryObject;
}

export interface PartCell {
  readonly cell: Cell;
  /** Path from the root: the key of events and findings. */
  readonly path: string;
  /** The field after the part's name: ".mapping". */
  readonly field: string;
}

export interface Parts {
  readonly all: readonly Part[];
  /** Cell path to its part. */
  readonly of: ReadonlyMap<string, Part>;
}

/**
 * The parts of all objects: words (ptes) first, then the members of pools (pages), then the rest, each in the order of
 * the model.
 */
export function partsOf({ objects }: Pick<Recording, 'objects'>): Parts {
  const parts = objects.flatMap(split);
  const rank = (part: Part): number => (part.word ? 0 : part.object.pool === undefined ? 2 : 1);
  const all = [...parts].sort((a, b) => rank(a) - rank(b));
  return { all, of: new Map(all.flatMap((part) => part.cells.map(({ path }) => [path, part]))) };
}

function split(object: MemoryObject): Part[] {
  const groups = new Map<string, PartCell[]>();
  for (const cell of object.cells) {
    const prefix = prefixOf(object, cell.field);
    const cells = groups.get(prefix) ?? [];
    cells.push({ cell, path: object.name + cell.field, field: cell.field.slice(prefix.length) });
    groups.set(prefix, cells);
  }
  return [...groups].map(([prefix, cells]) => {
    const name = object.name + prefix;
    const word = prefix === '' ? object.word === true : (object.words ?? []).includes(prefix);
    const shape = { name, type: object.type, cells: cells.map(({ cell, field }) => ({ ...cell, field })) };
    return { name, object, word, cells, shape };
  });
}

/** Where a field's part begins: the word it lies in, the element of an array of structs, else the object. */
function prefixOf(object: MemoryObject, field: string): string {
  if (object.word === true) return '';
  const word = (object.words ?? []).find((w) => field === w || field.startsWith(`${w}.`));
  return word ?? /^(.*\[\d+\])\./.exec(field)?.[1] ?? '';
}

/** Cells that no model names: parts of built-ins, the state of a pool member. */
export function isHidden(field: string): boolean {
  return /(^|\.)__/.test(field);
}

/** The values of a part by its own fields. */
export function valuesOf(part: Part, state: State): Readonly<Record<string, Value>> {
  const held = state.objects[part.object.name] ?? {};
  return Object.fromEntries(part.cells.map(({ cell, field }) => [field, held[cell.field] ?? null]));
}

/** A word in one line: "page[0] present write", "none". */
export function wordText(part: Part, state: State): string {
  return describeWord(part.shape, valuesOf(part, state));
}

/**
 * The name of a field in its part: the shortest end of its path that no other field ends in, without the wrapper of
 * a struct of one field: ".i_data.page_tree[0]" is "page_tree[0]", ".count.counter" is "count".
 */
export function fieldLabel(part: Part, field: string): string {
  let parts = field.replace(/^\./, '').split('.');
  while (parts.length > 1) {
    const outer = `.${parts.slice(0, -1).join('.')}`;
    if (part.cells.filter((c) => c.field.startsWith(`${outer}.`)).length > 1) break;
    parts = parts.slice(0, -1);
  }
  for (let kept = 1; kept < parts.length; kept++) {
    const label = parts.slice(-kept).join('.');
    const rivals = part.cells.filter((c) => `${c.field}.`.includes(`.${label}.`));
    if (rivals.length === 1) return label;
  }
  return parts.join('.');
}
