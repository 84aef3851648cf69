// SPDX-License-Identifier: GPL-2.0-only
// Owns the way from a cell's path ("page[1].mapping") to its object and field.

import type { Cell, MemoryObject } from './recording.ts';

/** Where a cell lies: an object of the start state and one of its fields. */
export interface Place {
  /** `object.name + cell.field`; one string shared by all who ask. */
  readonly path: string;
  readonly object: MemoryObject;
  readonly cell: Cell;
}

/** Cell path to place. */
export type MemoryMap = ReadonlyMap<string, Place>;

const maps = new WeakMap<readonly MemoryObject[], MemoryMap>();

/** The map of these objects; built once for each list, then remembered. Of two cells with one path the first counts. */
export function memoryMap(objects: readonly MemoryObject[]): MemoryMap {
  const known = maps.get(objects);
  if (known !== undefined) return known;
  const map = new Map<string, Place>();
  for (const object of objects) {
    for (const cell of object.cells) {
      const path = object.name + cell.field;
      if (!map.has(path)) map.set(path, { path, object, cell });
    }
  }
  maps.set(objects, map);
  return map;
}
