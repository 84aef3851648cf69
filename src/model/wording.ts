// SPDX-License-Identifier: GPL-2.0-only
// Owns how values are worded for people: in panes, reports and messages, the same everywhere.

import type { CellType, MemoryObject } from './recording.ts';
import { isStale, pointee, threadOf, UNINITIALISED, type Value } from './value.ts';

/**
 * One value in a few words: `17`, `true`, `PG_locked`, `page[1]`, `page[1] (stale)`, `NULL`, `CPU0`, `nobody`,
 * `uninitialised`. The type is that of the cell; locals have none, and then 0 and 1 stay numbers.
 */
export function describeValue(value: Value, type?: CellType): string {
  if (value === null) return type?.kind === 'thread' ? 'nobody' : 'NULL';
  if (value === UNINITIALISED) return 'uninitialised';
  const target = pointee(value);
  if (target !== undefined) return isStale(value) ? `${target} (stale)` : target;
  return threadOf(value) ?? describeNumber(value, type);
}

/**
 * A word object (a pte) in one line, as the kernel prints flags: what is set, nothing else: `page[0] present write`,
 * `swap=3 dirty`. All clear is `none`. `fields` is the object in a state; parts of built-ins are left out.
 */
export function describeWord(object: MemoryObject, fields: Readonly<Record<string, Value>>): string {
  const parts = object.cells.flatMap(({ field, type }) => {
    const value = fields[field] ?? null;
    if (value === null || value === 0 || /(^|\.)__/.test(field)) return [];
    const name = field.replace(/^\./, '');
    const text = describeValue(value, type);
    if (text === 'true') return [name];
    return type.kind === 'pointer' || type.kind === 'enum' || name === '' ? [text] : [`${name}=${text}`];
  });
  return parts.join(' ') || 'none';
}

function describeNumber(value: number | string, type: CellType | undefined): string {
  if (type?.kind === 'bool') return value === 0 ? 'false' : 'true';
  if (type?.kind === 'enum') {
    const name = Object.keys(type.names).find((key) => type.names[key] === value);
    if (name !== undefined) return name;
  }
  return String(value);
}
