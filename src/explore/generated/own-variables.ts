// SPDX-License-Identifier: GPL-2.0-only
// Owns the question which locals of a thread only their name leads to: a step can keep those in variables of its own.

import type { Assign, Expr, Node, Place, Program, ThreadProgram, VarId } from '../../lang/program.ts';
import { writtenBy } from './steps.ts';

/** Finds them, for one thread. Cost: the size of the Program. */
export class OwnVariables {
  readonly #locals: readonly [VarId, VarId];
  /** Locals that a pointer or a subscript may lead to. */
  readonly #reachable: ReadonlySet<VarId>;

  constructor(program: Program, thread: ThreadProgram) {
    this.#locals = thread.locals;
    const reachable = new Set<VarId>();
    const note = (p: Place, isAddressed: boolean): void => {
      if (p.ptr !== undefined || (p.index === undefined && !isAddressed)) return;
      // How far an address reaches is not known; nothing reaches below it but container_of.
      const size = (p.index ?? []).reduce((sum, { stride, length }) => sum + stride * (length - 1), 1);
      const [from, to] = isAddressed ? thread.locals : [p.base, p.base + size];
      if (isAddressed && (p.base < from || p.base >= to)) return;
      for (let id = from; id < to; id += 1) reachable.add(id);
    };
    eachPlace([program.threads.map(({ code }) => code), program.invariants.map(({ code }) => code)], note);
    this.#reachable = reachable;
  }

  /** Those that these nodes write by name, and do not turn stale in passing. */
  writtenIn(nodes: readonly Node[]): ReadonlySet<VarId> {
    const [from, to] = this.#locals;
    const edges = nodes.flatMap((node) => node.edges);
    const chosen = nodes.flatMap(({ choice }) => (choice === undefined ? [] : [choice.into]));
    const staled = new Set(
      edges.flatMap((edge) => edge.do.flatMap((a: Assign) => ('stale' in a ? a.vars : []))),
    );
    const isOwn = (id: VarId): boolean =>
      id >= from && id < to && !this.#reachable.has(id) && !staled.has(id);
    return new Set([...chosen, ...edges.flatMap(writtenBy)].filter(isOwn));
  }
}

/** Visits every place in a piece of a Program. */
function eachPlace(part: unknown, visit: (place: Place, isAddressed: boolean) => void): void {
  if (Array.isArray(part)) {
    for (const one of part) eachPlace(one, visit);
  } else if (typeof part === 'object' && part !== null) {
    if ('place' in part) visit(part.place as Place, (part as Expr).op === 'addr');
    if ('to' in part && typeof part.to === 'object') visit(part.to as Place, false);
    for (const one of Object.values(part)) eachPlace(one, visit);
  }
}
