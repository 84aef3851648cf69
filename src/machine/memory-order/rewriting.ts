// SPDX-License-Identifier: GPL-2.0-only
// Owns the going through of a Program's expressions: variables get new numbers, and reads of cells a new meaning.

import type { Assign, Edge, Expr, InvariantProgram, Node, Place, VarId } from '../../lang/program.ts';

/** What becomes of the read of a place: `mapped` is the place with all inside it rewritten. undefined: just that. */
export type OnRead = (place: Place, mapped: Place, op: 'get' | 'copy') => Expr | undefined;

/** Rewrites parts of one Program. `move` says the new number of a variable; those of cells stay. */
export class Rewriting {
  readonly move: (id: VarId) => VarId;

  constructor(move: (id: VarId) => VarId) {
    this.move = move;
  }

  expr(e: Expr, onRead?: OnRead): Expr {
    const of = (a: Expr): Expr => this.expr(a, onRead);
    switch (e.op) {
      case 'const':
        return e;
      case 'get':
      case 'copy': {
        const mapped = this.place(e.place, onRead);
        return onRead?.(e.place, mapped, e.op) ?? { op: e.op, place: mapped };
      }
      case 'addr':
        return { op: 'addr', place: this.place(e.place, onRead) };
      case 'unary':
      case 'cast':
      case 'stale':
      case 'back':
        return { ...e, a: of(e.a) };
      case 'binary':
      case 'same':
      case 'both':
      case 'either':
        return { ...e, a: of(e.a), b: of(e.b) };
      case 'cond':
        return { ...e, test: of(e.test), a: of(e.a), b: of(e.b) };
    }
  }

  place(p: Place, onRead?: OnRead): Place {
    const { ptr, index } = p;
    return {
      ...p,
      ...(ptr === undefined ? { base: this.move(p.base) } : { ptr: this.expr(ptr, onRead) }),
      ...(index === undefined
        ? {}
        : { index: index.map((i) => ({ ...i, value: this.expr(i.value, onRead) })) }),
    };
  }

  assign(a: Assign, onRead?: OnRead): Assign {
    if ('stale' in a) return { ...a, stale: this.expr(a.stale, onRead), vars: a.vars.map(this.move) };
    return { to: this.place(a.to, onRead), value: this.expr(a.value, onRead) };
  }

  edge(edge: Edge, onRead?: OnRead): Edge {
    return {
      ...edge,
      when: edge.when === null ? null : this.expr(edge.when, onRead),
      do: edge.do.map((a) => this.assign(a, onRead)),
      dead: edge.dead.map(this.move),
    };
  }

  /** Everything about a node but its edges. */
  marks(node: Node, onRead?: OnRead): Omit<Node, 'edges'> {
    const { choice, lock, says } = node;
    return {
      ...node,
      ...(choice === undefined ? {} : { choice: { ...choice, into: this.move(choice.into) } }),
      ...(lock === undefined ? {} : { lock: this.place(lock, onRead) }),
      ...(says === undefined
        ? {}
        : {
            says: {
              ...says,
              args: says.args.map((arg) => ({ ...arg, value: this.expr(arg.value, onRead) })),
            },
          }),
    };
  }

  node(node: Node, onRead?: OnRead): Node {
    return { ...this.marks(node, onRead), edges: node.edges.map((edge) => this.edge(edge, onRead)) };
  }

  invariant(invariant: InvariantProgram): InvariantProgram {
    const [from, to] = invariant.scratch;
    const first = this.move(from);
    return {
      ...invariant,
      code: invariant.code.map((node) => this.node(node)),
      result: this.move(invariant.result),
      scratch: [first, first + to - from],
    };
  }
}
