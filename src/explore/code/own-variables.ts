// SPDX-License-Identifier: GPL-2.0-only
// Owns the question which locals of a thread only their name leads to: a step can keep those in locals of its own.

import type { Assign, Expr, Node, Place, Program, VarId } from '../../lang/program.ts';
import { writtenBy } from './steps.ts';

/** Finds them, for all threads. Cost: the size of the Program. */
export class OwnVariables {
  /** Variables that a pointer or a subscript may lead to. */
  readonly #reachable = new Set<VarId>();

  constructor({ threads, invariants }: Program) {
    const ranges = threads.map(({ locals }) => locals);
    const note = (p: Place, isAddressed: boolean): void => {
      if (p.ptr !== undefined || (p.index === undefined && !isAddressed)) return;
      // How far an address reaches is not known; nothing reaches below it but container_of.
      const size = (p.index ?? []).reduce((sum, { stride, length }) => sum + stride * (length - 1), 1);
      const around = ranges.find(([first, end]) => p.base >= first && p.base < end);
      if (isAddressed && around === undefined) return;
      const [from, to] = isAddressed && around !== undefined ? around : [p.base, p.base + size];
      for (let id = from; id < to; id += 1) this.#reachable.add(id);
    };
    for (const { code } of [...threads, ...invariants]) for (const node of code) eachPlace(node, note);
  }

  /** Those of a thread, whose locals are [from, to), that these nodes write by name, and do not turn stale in passing. */
  writtenIn(nodes: readonly Node[], [from, to]: readonly [VarId, VarId]): ReadonlySet<VarId> {
    const own = new Set<VarId>();
    const note = (id: VarId): void => {
      if (id >= from && id < to && !this.#reachable.has(id)) own.add(id);
    };
    const stale: VarId[] = [];
    for (const { choice, edges } of nodes) {
      if (choice !== undefined) note(choice.into);
      for (const edge of edges) {
        writtenBy(edge).forEach(note);
        for (const assign of edge.do) if ('stale' in assign) stale.push(...assign.vars);
      }
    }
    for (const id of stale) own.delete(id);
    return own;
  }
}

/** Visits every place in a node. */
function eachPlace({ edges, lock, says }: Node, visit: (place: Place, isAddressed: boolean) => void): void {
  const ofPlace = (place: Place): void => {
    if (place.ptr !== undefined) ofExpr(place.ptr);
    for (const { value } of place.index ?? []) ofExpr(value);
  };
  const ofExpr = (e: Expr): void => {
    switch (e.op) {
      case 'const':
        return;
      case 'get':
      case 'copy':
      case 'addr':
        visit(e.place, e.op === 'addr');
        ofPlace(e.place);
        return;
      case 'cond':
        ofExpr(e.test);
        ofExpr(e.a);
        ofExpr(e.b);
        return;
      case 'binary':
      case 'same':
      case 'both':
      case 'either':
        ofExpr(e.a);
        ofExpr(e.b);
        return;
      case 'unary':
      case 'cast':
      case 'stale':
      case 'back':
        ofExpr(e.a);
    }
  };
  const ofAssign = (assign: Assign): void => {
    if ('stale' in assign) return ofExpr(assign.stale);
    visit(assign.to, false);
    ofPlace(assign.to);
    ofExpr(assign.value);
  };
  for (const edge of edges) {
    if (edge.when !== null) ofExpr(edge.when);
    edge.do.forEach(ofAssign);
  }
  if (lock !== undefined) ofPlace(lock);
  for (const { value } of says?.args ?? []) ofExpr(value);
}
