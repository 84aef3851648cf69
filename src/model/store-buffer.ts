// SPDX-License-Identifier: GPL-2.0-only
// Owns how the objects are told from others that stand between a thread and memory, in traces of `--memory tso` and `weak`.

import type { MemoryObject } from './recording.ts';

/** Types of such objects. Programs are made with them (machine/memory-order), traces hold them. */
export const STORE_BUFFER = 'store buffer';
export const OPEN_LOADS = 'open loads';

export function isBuffer({ type }: MemoryObject): boolean {
  return type === STORE_BUFFER || type === OPEN_LOADS;
}

/** A function waits, to be applied to the cell (atomic_inc): what stands in place of a value says nothing. */
export function isPendingFunction(object: MemoryObject, field: string): boolean {
  return object.type === STORE_BUFFER && field.startsWith('.__function');
}

/** Of a store buffer the values on their way, ".x", not what is noted about them. */
export function isPendingValue(object: MemoryObject, field: string): boolean {
  return object.type === STORE_BUFFER && /^\.(?!__)/.test(field);
}
