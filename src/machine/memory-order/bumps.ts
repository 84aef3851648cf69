// SPDX-License-Identifier: GPL-2.0-only
// Owns which updates can wait as stores do: those that make of one cell a function of itself, give nothing back and order
// nothing (atomic_inc, set_bit). What waits is the function; it is applied when it reaches memory.

import type { Assign, Expr, Place, VarId } from '../../lang/program.ts';
import { eachRead, eachReadIn, type Step } from './accesses.ts';
import type { Known } from './constants.ts';
import { Rewriting, type OnRead } from './rewriting.ts';
import { con } from './terms.ts';

/** What a step does to the cell `place`: `value`, in which only that place is read. */
export interface Bump {
  readonly place: Place;
  readonly value: Expr;
  /** Locals that only carried the cell's old or new value within the step. */
  readonly carriers: ReadonlySet<VarId>;
}

/** The function that a step applies, and nothing else; undefined when it does more. */
export function bumpOf({ node, accesses, riders }: Step, known: Known): Bump | undefined {
  const [edge] = node.edges;
  if (edge === undefined || node.edges.length !== 1 || edge.when !== null) return undefined;
  if (node.step !== 'access' || node.order !== undefined || riders.length > 0) return undefined;
  const writes = accesses.filter(({ isWrite }) => isWrite);
  const place = writes[0]?.place;
  if (place === undefined || writes.length > 1) return undefined;
  const own = JSON.stringify(place);
  if (!accesses.every((access) => JSON.stringify(access.place) === own)) return undefined;
  const terms = new Map<VarId, Expr | undefined>();
  const carriers = new Set<VarId>();
  let value: Expr | undefined;
  for (const a of edge.do) {
    if ('stale' in a) return undefined;
    const term = inTermsOf(own, a, terms, known);
    if (a.to === place) value = term;
    else if (a.to.ptr !== undefined || a.to.index !== undefined || reads(place, a.to.base)) return undefined;
    else {
      terms.set(a.to.base, term);
      if (term !== undefined && readsOwn(own, term)) carriers.add(a.to.base);
    }
  }
  const areDead = [...carriers].every((id) => edge.dead.includes(id));
  return value !== undefined && areDead ? { place, value, carriers } : undefined;
}

/** The value that is assigned, in terms of the cell alone; undefined when something else is needed. */
function inTermsOf(
  own: string,
  a: Extract<Assign, { to: Place }>,
  terms: ReadonlyMap<VarId, Expr | undefined>,
  known: Known,
): Expr | undefined {
  let isKnown = true;
  const value = new AllBut(own).expr(a.value, (read) => {
    const isLocal = read.ptr === undefined && read.index === undefined;
    const before = known.get(read.base);
    const otherwise = before === undefined ? undefined : con(before);
    const term = isLocal ? (terms.has(read.base) ? terms.get(read.base) : otherwise) : undefined;
    if (term === undefined) isKnown = false;
    return term;
  });
  return isKnown ? value : undefined;
}

/** Leaves the reads of one place as they are. */
class AllBut extends Rewriting {
  readonly #own: string;

  constructor(own: string) {
    super((id) => id);
    this.#own = own;
  }

  override expr(e: Expr, onRead?: OnRead): Expr {
    const isOwn = (e.op === 'get' || e.op === 'copy') && JSON.stringify(e.place) === this.#own;
    return isOwn ? e : super.expr(e, onRead);
  }
}

function reads(place: Place, id: VarId): boolean {
  let found = false;
  eachReadIn(place, ({ ptr, base }) => (found ||= ptr === undefined && base === id));
  return found;
}

function readsOwn(own: string, e: Expr): boolean {
  let found = false;
  eachRead(e, (place) => (found ||= JSON.stringify(place) === own));
  return found;
}
