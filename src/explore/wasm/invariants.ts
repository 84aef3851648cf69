// SPDX-License-Identifier: GPL-2.0-only
// Owns the code of invariants: a function each, which says whether it holds in the vector as it is.

import { END, type InvariantProgram, type Pc } from '../../lang/program.ts';
import { edgesOn, findJoins, isAlways } from '../code/joins.ts';
import { Scope, type ExpressionWriter } from './expressions.ts';
import * as w from './instructions.ts';
import { I32, type Code, type Label, type Local } from './instructions.ts';
import { FunctionWriter } from './module.ts';
import type { StatementWriter } from './statements.ts';

export const VIOLATED = 0;
export const HOLDS = 1;
/** The interpreter must judge. */
export const UNJUDGED = 2;

export interface InvariantContext {
  readonly expressions: ExpressionWriter;
  readonly statements: StatementWriter;
  /** Nodes after which an evaluation counts as endless. */
  readonly longest: number;
  /** The value that a variable starts with. */
  readonly start: (id: number) => Code;
}

/** A function without parameters, which gives VIOLATED, HOLDS or UNJUDGED. The scratch are its locals: `invariant` is plain. */
export function invariantFunction(invariant: InvariantProgram, context: InvariantContext): FunctionWriter {
  return new InvariantWriter(invariant, context).fn;
}

class InvariantWriter {
  readonly fn = new FunctionWriter([], [I32]);
  readonly #invariant: InvariantProgram;
  readonly #context: InvariantContext;
  readonly #joins: ReadonlyMap<Pc, number>;
  readonly #labels: readonly Label[];
  readonly #again = w.newLabel();
  readonly #block: Local;
  readonly #visited: Local;

  constructor(invariant: InvariantProgram, context: InvariantContext) {
    this.#invariant = invariant;
    this.#context = context;
    this.#joins = findJoins(invariant.entry, (pc) =>
      edgesOn(invariant.code[pc]!).flatMap(({ next }) => (next === END ? [] : [next])),
    );
    this.#labels = Array.from({ length: this.#joins.size + 1 }, () => w.newLabel());
    this.#block = this.fn.local(I32);
    this.#visited = this.fn.local(I32);
    const [from, to] = invariant.scratch;
    const scratch = Array.from({ length: to - from }, (_, i) => from + i);
    context.expressions.scope = new Scope(this.fn, w.giveBack(w.int(UNJUDGED)), scratch);
    this.fn.body = this.#body();
  }

  #body(): Code {
    const { scope } = this.#context.expressions;
    const load = [...scope.own].map(([id, local]) => w.set(local, this.#context.start(id)));
    const start = this.#goTo(this.#invariant.entry, 0);
    if (this.#joins.size === 0) return [load, start, w.unreachable];
    const blocks = [...this.#joins.keys()].map((pc) => {
      scope.ordinary = new Set();
      return this.#node(pc, 0);
    });
    const inside = [start, ...blocks].reduce<Code>(
      (before, body, i) => [w.block(this.#labels[i]!, before), body],
      w.jumpTable(w.get(this.#block), this.#labels),
    );
    return [load, w.loop(this.#again, inside), w.unreachable];
  }

  #goTo(pc: Pc, visited: number): Code {
    const { scope } = this.#context.expressions;
    const sum = w.tee(this.#visited, w.add(w.get(this.#visited), w.int(visited)));
    const count =
      this.#joins.size > 0 ? w.when(w.more(sum, w.int(this.#context.longest)), scope.giveUp) : w.NOTHING;
    if (pc === END) {
      const holds = w.differ64(this.#context.expressions.fixed(this.#invariant.result), w.long(0n));
      return [count, w.giveBack(w.select(w.int(HOLDS), w.int(VIOLATED), holds))];
    }
    const block = this.#joins.get(pc);
    if (block === undefined) return this.#node(pc, visited);
    return [count, w.set(this.#block, w.int(block)), w.jump(this.#again)];
  }

  #node(pc: Pc, visited: number): Code {
    const { scope } = this.#context.expressions;
    const code: Code[] = [];
    // What is known to be ordinary, is so on all ways that go on from here.
    const { ordinary } = scope;
    for (const edge of this.#invariant.code[pc]!.edges) {
      scope.ordinary = ordinary;
      const condition =
        edge.when === null || isAlways(edge) ? null : this.#context.expressions.condition(edge.when);
      const taken =
        edge.fail === undefined
          ? [this.#context.statements.edge(edge), this.#goTo(edge.next, visited + 1)]
          : scope.giveUp;
      if (condition === null) return [...code, taken];
      code.push(w.when(condition, taken));
    }
    return [...code, scope.giveUp];
  }
}
