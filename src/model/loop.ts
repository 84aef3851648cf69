// SPDX-License-Identifier: GPL-2.0-only
// Owns what it takes for a run to go on at an earlier step: that the states are the same.

import type { Thread } from './recording.ts';
import type { LocalValue, State } from './state.ts';
import type { Value } from './value.ts';

/** What two states differ in: the cell or the thread's part, and what each holds there. */
export interface Difference {
  readonly what: string;
  readonly before: unknown;
  readonly after: unknown;
}

/**
 * The first difference that matters for what can come; null when the same can happen after both. The step numbers do
 * not matter, nor do locals that no later code reads, or that were never given a value; those of a thread that has not
 * stepped before are not told yet, and not compared. Cost: the size of a state.
 */
export function stateDifference(
  before: State,
  after: State,
  threads: readonly Pick<Thread, 'name'>[],
): Difference | null {
  for (const [name, fields] of Object.entries(before.objects)) {
    for (const [field, value] of Object.entries(fields)) {
      const other = after.objects[name]?.[field] ?? null;
      if (other !== value) return { what: name + field, before: value, after: other };
    }
  }
  for (const [index, thread] of before.threads.entries()) {
    const other = after.threads[index];
    const name = threads[index]?.name ?? '';
    if (other === undefined) return { what: name, before: 'a thread', after: null };
    const parts = [
      ['site', thread.at, other.at],
      ['wait', thread.waitsFor, other.waitsFor],
      ['operations in flight', thread.operations.join(', '), other.operations.join(', ')],
    ] as const;
    for (const [part, a, b] of parts) if (a !== b) return { what: `${name}: ${part}`, before: a, after: b };
    if (Object.keys(thread.locals).length === 0) continue;
    const locals = new Set([...Object.keys(thread.locals), ...Object.keys(other.locals)]);
    for (const local of locals) {
      const [a, b] = [liveValue(thread.locals, local), liveValue(other.locals, local)];
      if (a !== b) return { what: `${name}: ${local}`, before: a, after: b };
    }
  }
  return null;
}

function liveValue(locals: Readonly<Record<string, LocalValue>>, name: string): Value {
  const local = Object.hasOwn(locals, name) ? locals[name] : undefined;
  return local === undefined || local.dead ? '?' : local.value;
}
