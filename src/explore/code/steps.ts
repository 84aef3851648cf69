// SPDX-License-Identifier: GPL-2.0-only
// Owns what all code made from steps has in common, whatever it is made of.

import type { Edge, Pc, VarId } from '../../lang/program.ts';

/** What a step function gives when nothing was done. */
export const BLOCKED = -2;
/** The interpreter must take this step: trouble, a value out of the ordinary, a run without end. */
export const ASK = -3;

/** An edge taken: when its flag is set, the bit in the machine's coverage is. */
export interface Mark {
  readonly pc: Pc;
  readonly edge: number;
}

/** The fixed variables that taking the edge writes. */
export function writtenBy(edge: Edge): readonly VarId[] {
  const stored = edge.do.flatMap((a) =>
    'to' in a && a.to.ptr === undefined && a.to.index === undefined ? [a.to.base] : [],
  );
  return [...stored, ...edge.dead];
}
