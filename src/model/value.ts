// SPDX-License-Identifier: GPL-2.0-only
// Owns how a value of a cell or local is written in events, traces and trees: self-describing JSON scalars.

/**
 * What a cell or a local holds, as it stands in a trace:
 *   number          an integer (bool: 0 or 1) that a double holds exactly
 *   "123…"          a decimal string: a 64-bit integer beyond 2^53
 *   null            the NULL pointer, and "no thread" in a lock's owner
 *   "&page[1]"      a pointer to an object, a field ("&inode.i_data") or an element
 *   "&page[1]!"     the same pointer after its object was freed: stale
 *   "@CPU0"         a thread
 *   "?"             never written: reading it is trouble
 */
export type Value = number | string | null;

export const UNINITIALISED = '?';

export function isPointer(value: Value): value is string {
  return typeof value === 'string' && value.startsWith('&');
}

export function isStale(value: Value): boolean {
  return isPointer(value) && value.endsWith('!');
}

/** The cell or object a pointer points at ("page[1]"), without marks; undefined when it is no pointer. */
export function pointee(value: Value): string | undefined {
  if (!isPointer(value)) return undefined;
  return value.endsWith('!') ? value.slice(1, -1) : value.slice(1);
}

/** The name of a thread value ("@CPU0" is "CPU0"); undefined when it is none. */
export function threadOf(value: Value): string | undefined {
  return typeof value === 'string' && value.startsWith('@') ? value.slice(1) : undefined;
}
