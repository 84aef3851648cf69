// SPDX-License-Identifier: GPL-2.0-only
// Owns the difference of two states of one recording.

import type { Header } from '../model/recording.ts';
import type { State } from '../model/state.ts';
import type { Value } from '../model/value.ts';

/** A cell whose value is not the same in two states. */
export interface CellChange {
  readonly cell: string;
  readonly before: Value;
  readonly after: Value;
}

/** The cells that differ, in the order of the header. Objects that both states share are not looked into. */
export function diffStates(
  { objects }: Pick<Header, 'objects'>,
  before: State,
  after: State,
): readonly CellChange[] {
  return objects.flatMap(({ name, cells }) => {
    const [old, now] = [before.objects[name], after.objects[name]];
    if (old === now) return [];
    return cells.flatMap(({ field }) => {
      const [was, is] = [old?.[field] ?? null, now?.[field] ?? null];
      return was === is ? [] : [{ cell: name + field, before: was, after: is }];
    });
  });
}
