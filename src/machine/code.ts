// SPDX-License-Identifier: GPL-2.0-only
// Owns the compiled form of flat code: each node with its guards and assignments as closures, ready to be stepped.

import { must } from '../base/assert.ts';
import { END, type Expr, type Fail, type Node, type Pc } from '../lang/program.ts';
import type { Compute, Evaluator, Locate, Perform } from './evaluate.ts';

export interface CompiledEdge {
  /** null: always. */
  readonly when: Compute | null;
  readonly perform: Perform;
  readonly next: Pc;
  readonly fail: Fail | undefined;
}

export interface CompiledNode {
  readonly node: Node;
  readonly pc: Pc;
  readonly edges: readonly CompiledEdge[];
  readonly isStep: boolean;
  /** A thread may stand before this node between two steps. */
  readonly isRest: boolean;
  readonly lock: Locate | null;
  readonly says: readonly Compute[];
}

/** Compiles flat code; node i of the result is node i of `code`. Cost: its size. */
export function compileCode(code: readonly Node[], evaluator: Evaluator): readonly CompiledNode[] {
  return code.map((node, pc) => ({
    node,
    pc,
    edges: node.edges.map((edge) => ({
      when: guardOf(edge.when, evaluator),
      perform: evaluator.assignments(edge.do, edge.dead),
      next: edge.next,
      fail: edge.fail,
    })),
    isStep: node.step !== null,
    isRest: isRest(node),
    lock: node.lock === undefined ? null : evaluator.place(node.lock),
    says: (node.says?.args ?? []).map((arg) => evaluator.expr(arg.value)),
  }));
}

function guardOf(when: Expr | null, evaluator: Evaluator): Compute | null {
  const isAlways = when === null || (when.op === 'const' && when.value !== 0);
  return isAlways ? null : evaluator.expr(when);
}

/** A thread rests before a step and before the begin of an operation. */
export function isRest(node: Node): boolean {
  return node.step !== null || node.begin !== undefined;
}

/** Index of the first edge whose guard holds; -1 when none does. Throws Fault. */
export function enabledEdge(compiled: CompiledNode): number {
  const { edges } = compiled;
  for (let i = 0; i < edges.length; i += 1) {
    const { when } = edges[i]!;
    if (when === null || when() !== 0) return i;
  }
  return -1;
}

/** The node at `pc`, which must not be END. */
export function nodeAt<T>(code: readonly T[], pc: Pc): T {
  return must(code[pc], pc === END ? 'a node: the thread has ended' : `node ${pc}`);
}
