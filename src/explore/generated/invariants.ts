// SPDX-License-Identifier: GPL-2.0-only
// Owns the JavaScript text of invariants: a function each, which says whether it holds in the vector as it is.

import {
  END,
  type Assign,
  type Expr,
  type InvariantProgram,
  type Pc,
  type Place,
  type VarId,
} from '../../lang/program.ts';
import type { ExpressionWriter } from './expressions.ts';
import { edgesOn, findJoins, isAlways } from '../code/joins.ts';
import type { StatementWriter } from './statements.ts';
import { ASK } from '../code/steps.ts';

export const VIOLATED = 0;
export const HOLDS = 1;

export interface InvariantContext {
  readonly expressions: ExpressionWriter;
  readonly statements: StatementWriter;
  /** Nodes after which an evaluation counts as endless. */
  readonly longest: number;
  /** The JavaScript of the value that a variable starts with. */
  readonly start: (id: VarId) => string;
}

/** The body of a function without parameters, which gives VIOLATED, HOLDS or ASK. Its scratch are its own variables. */
export function invariantBody(invariant: InvariantProgram, context: InvariantContext): string {
  const [from, to] = invariant.scratch;
  const scratch = Array.from({ length: to - from }, (_, i) => from + i);
  context.expressions.inLocals = new Set(scratch);
  const declared = scratch.map((id) => `s${id}=${context.start(id)}`);
  const text = new InvariantWriter(invariant, context).body();
  context.expressions.inLocals = new Set();
  context.expressions.numbers = new Set();
  return `let ${['t=0', 'r=0', 'q=0', ...declared].join(',')};\n${text}`;
}

/** Whether an invariant writes or addresses anything but single variables of its scratch: then there is no such function. */
export function isPlain({ entry, code, scratch: [from, to] }: InvariantProgram): boolean {
  if (entry === END) return false;
  const isScratch = (id: VarId): boolean => id >= from && id < to;
  const isPlainPlace = (p: Place): boolean =>
    p.ptr !== undefined || p.index === undefined || !isScratch(p.base);
  const isPlainAssign = (a: Assign): boolean =>
    'to' in a &&
    a.to.ptr === undefined &&
    a.to.index === undefined &&
    isScratch(a.to.base) &&
    isPlainExpr(a.value);
  const isPlainExpr = (e: Expr): boolean => {
    if ('place' in e) {
      const parts = [
        ...(e.place.ptr ? [e.place.ptr] : []),
        ...(e.place.index ?? []).map(({ value }) => value),
      ];
      const isAddressed = e.op === 'addr' && e.place.ptr === undefined && isScratch(e.place.base);
      return !isAddressed && isPlainPlace(e.place) && parts.every(isPlainExpr);
    }
    return Object.values(e).every((part: unknown) => !isExpr(part) || isPlainExpr(part));
  };
  return code.every(({ edges }) =>
    edges.every((edge) => (edge.when === null || isPlainExpr(edge.when)) && edge.do.every(isPlainAssign)),
  );
}

function isExpr(part: unknown): part is Expr {
  return typeof part === 'object' && part !== null && 'op' in part;
}

class InvariantWriter {
  readonly #invariant: InvariantProgram;
  readonly #context: InvariantContext;
  readonly #joins: ReadonlyMap<Pc, number>;

  constructor(invariant: InvariantProgram, context: InvariantContext) {
    this.#invariant = invariant;
    this.#context = context;
    this.#joins = findJoins(invariant.entry, (pc) =>
      edgesOn(invariant.code[pc]!).flatMap(({ next }) => (next === END ? [] : [next])),
    );
  }

  body(): string {
    const start = this.#goTo(this.#invariant.entry, 0);
    if (this.#joins.size === 0) return start;
    const blocks = [...this.#joins].map(([pc, block]) => {
      this.#context.expressions.numbers = new Set();
      return `case ${block}:\n${this.#node(pc, 0)}`;
    });
    return `for(;;)switch(q){\n${[`case 0:\n${start}`, ...blocks].join('\n')}\n}`;
  }

  #goTo(pc: Pc, visited: number): string {
    const { result } = this.#invariant;
    const count = this.#joins.size > 0 ? `if((r+=${visited})>${this.#context.longest})return ${ASK};` : '';
    if (pc === END)
      return `${count}return ${this.#context.expressions.nameOf(result)}===0?${VIOLATED}:${HOLDS};`;
    const block = this.#joins.get(pc);
    return block === undefined ? this.#node(pc, visited) : `${count}q=${block};continue;`;
  }

  #node(pc: Pc, visited: number): string {
    const { expressions } = this.#context;
    const lines: string[] = [];
    // What is known to be a number, is so on all ways that go on from here.
    const { numbers } = expressions;
    for (const edge of this.#invariant.code[pc]!.edges) {
      expressions.numbers = numbers;
      const when = edge.when === null || isAlways(edge) ? null : expressions.condition(edge.when);
      const text =
        edge.fail === undefined
          ? `${this.#context.statements.edge(edge)}\n${this.#goTo(edge.next, visited + 1)}`
          : `return ${ASK};`;
      if (when === null) return [...lines, text].join('\n');
      lines.push(`if(${when}){\n${text}\n}`);
    }
    return [...lines, `return ${ASK};`].join('\n');
  }
}
