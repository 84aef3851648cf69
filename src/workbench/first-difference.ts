// SPDX-License-Identifier: GPL-2.0-only
// Owns the comparison of two plain values: where they first differ, named so that a person finds the place.

/** `left` and `right` are the parts that differ; undefined where one has nothing. */
export interface Difference {
  /** "verdict.cells[2]" */
  readonly where: string;
  readonly left: unknown;
  readonly right: unknown;
}

/** Compares JSON-like values in order of `right`'s keys; null when they are equal. Fields only in `left` differ, too. */
export function firstDifference(left: unknown, right: unknown, where: string): Difference | null {
  if (Object.is(left, right)) return null;
  if (!isObject(left) || !isObject(right) || Array.isArray(left) !== Array.isArray(right))
    return { where, left, right };
  for (const key of new Set([...Object.keys(right), ...Object.keys(left)])) {
    const place = Array.isArray(right) ? `${where}[${key}]` : `${where}.${key}`;
    const found = firstDifference(left[key], right[key], place);
    if (found !== null) return found;
  }
  return null;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
