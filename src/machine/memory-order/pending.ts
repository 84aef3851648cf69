// SPDX-License-Identifier: GPL-2.0-only
// Owns how many stores can wait at once: what a thread can issue between two points where nothing is waiting any more.

import { END, type Node, type Pc, type ThreadProgram, type VarId } from '../../lang/program.ts';
import type { Step } from './accesses.ts';

/** In a loop that never drains so many can wait at least, or as many as the code has stores; one more is LIMIT. */
const ENOUGH_IN_LOOPS = 8;

export interface Bound {
  readonly most: number;
  /** More could be issued, by a loop: whoever issues one more has met the limit. */
  readonly isCut: boolean;
}

/**
 * The most stores, of those that `counts` counts, that can have been issued since the last node of `drains`. Exact for
 * code without loops.
 */
export function mostPending(
  { code, entry }: ThreadProgram,
  counts: (pc: Pc) => boolean,
  drains: (pc: Pc) => boolean,
): Bound {
  const before = code.map(() => -1);
  let most = 0;
  let isCut = false;
  const todo: Pc[] = [];
  const come = (pc: Pc, pending: number): void => {
    if (pc === END || pending <= before[pc]!) return;
    before[pc] = pending;
    todo.push(pc);
  };
  come(entry, 0);
  const simple = Math.max(ENOUGH_IN_LOOPS, acyclicCount(code, counts));
  for (let pc = todo.pop(); pc !== undefined; pc = todo.pop()) {
    let pending = drains(pc) ? 0 : before[pc]!;
    if (counts(pc)) pending += 1;
    if (pending > simple) {
      // Only a loop can issue more stores than there are.
      isCut = true;
      pending = simple;
    }
    most = Math.max(most, pending);
    for (const { next, fail } of code[pc]!.edges) if (fail === undefined) come(next, pending);
  }
  return { most, isCut };
}

/** No way through code without loops has more stores than all there are. */
function acyclicCount(code: readonly Node[], counts: (pc: Pc) => boolean): number {
  return code.reduce((sum, _, pc) => sum + (counts(pc) ? 1 : 0), 0);
}

/** The cells that these steps store to, through the buffer. */
export function buffered(steps: Iterable<Step>): readonly VarId[] {
  const cells = new Set<VarId>();
  for (const step of steps) {
    if (step.class !== 'store' && step.class !== 'unlock') continue;
    for (const access of step.accesses) if (access.isWrite) for (const cell of access.cells) cells.add(cell);
  }
  return [...cells].sort((a, b) => a - b);
}
