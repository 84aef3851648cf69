// SPDX-License-Identifier: GPL-2.0-only
// Owns flat code under construction: nodes, labels, and the last tidying (jumps resolved, dead nodes dropped).

import { assert, must } from '../../base/assert.ts';
import {
  END,
  type Assign,
  type Edge,
  type Expr,
  type Fail,
  type Node,
  type Pc,
  type VarId,
} from '../program.ts';

/** A place in the code that may not exist yet. */
export class Label {
  pc: Pc | undefined;
}

/** An edge whose target is a label; none: the node emitted next. */
export interface Jump {
  when?: Expr;
  do?: readonly Assign[];
  to?: Label;
  fail?: Fail;
}

export type NodeDraft = Omit<Node, 'edges' | 'inflight'> & { edges: Jump[]; inflight: readonly number[] };

interface OpenEdge {
  when: Expr | null;
  do: readonly Assign[];
  dead: readonly VarId[];
  next: Pc;
  fail?: Fail;
}
/** A finished node whose edges liveness may still extend. */
export type OpenNode = Omit<Node, 'edges'> & { edges: OpenEdge[] };

export class Code {
  private readonly drafts: NodeDraft[] = [];
  readonly end = new Label();

  constructor() {
    this.end.pc = END;
  }

  emit(draft: NodeDraft): void {
    this.drafts.push(draft);
  }

  place(label: Label): void {
    assert(label.pc === undefined, 'a label is placed once');
    label.pc = this.drafts.length;
  }

  /** Nodes with their jumps resolved. Code that runs off its end ends the thread. */
  resolve(): OpenNode[] {
    const size = this.drafts.length;
    return this.drafts.map((draft, pc) => ({
      ...draft,
      edges: draft.edges.map((jump) => {
        const next = jump.to ? must(jump.to.pc, 'every label is placed') : pc + 1;
        return {
          when: jump.when ?? null,
          do: jump.do ?? [],
          dead: [],
          next: next === size ? END : next,
          ...(jump.fail ? { fail: jump.fail } : {}),
        };
      }),
    }));
  }
}

/**
 * Draws plain riding nodes into the edges that lead to them: fewer nodes to run, the same steps and events.
 * Liveness must have been marked.
 */
export function coalesce(nodes: readonly OpenNode[]): void {
  for (const node of nodes) {
    if (node.says) continue;
    for (const edge of node.edges) {
      const seen = new Set<Pc>();
      while (!edge.fail && edge.next !== END && !seen.has(edge.next)) {
        seen.add(edge.next);
        const next = must(nodes[edge.next], 'node');
        const only = next.edges[0];
        if (!isPlainRide(next) || next.spec !== node.spec || !only) break;
        const set = new Set(
          only.do.flatMap((a) => ('to' in a && !a.to.ptr && !a.to.index ? [a.to.base] : [])),
        );
        edge.do = [...edge.do, ...only.do];
        edge.dead = [...new Set([...edge.dead.filter((id) => !set.has(id)), ...only.dead])].sort(
          (a, b) => a - b,
        );
        edge.next = only.next;
      }
    }
  }
}

/** Skips nodes that do nothing, drops unreachable ones, renumbers. Returns the code and its entry. */
export function tidy(nodes: readonly OpenNode[]): { code: Node[]; entry: Pc } {
  const target = (pc: Pc): Pc => {
    const seen = new Set<Pc>();
    while (pc !== END && !seen.has(pc)) {
      seen.add(pc);
      const node = must(nodes[pc], 'node');
      if (!isNothing(node)) break;
      pc = must(node.edges[0], 'edge').next;
    }
    return pc;
  };
  const entry = nodes.length ? target(0) : END;
  const order: Pc[] = [];
  const number = new Map<Pc, Pc>();
  const reach = (pc: Pc): void => {
    const todo = [pc];
    while (todo.length) {
      const at = must(todo.pop(), 'pc');
      if (at === END || number.has(at)) continue;
      number.set(at, -2);
      for (const edge of [...must(nodes[at], 'node').edges].reverse())
        if (!edge.fail) todo.push(target(edge.next));
    }
  };
  reach(entry);
  for (const pc of nodes.keys()) if (number.has(pc)) number.set(pc, order.push(pc) - 1);
  const renumber = (pc: Pc): Pc => (target(pc) === END ? END : (number.get(target(pc)) ?? END));
  const code = order.map((pc) => {
    const node = must(nodes[pc], 'node');
    return {
      ...node,
      edges: node.edges.map((edge): Edge => ({ ...edge, next: edge.fail ? END : renumber(edge.next) })),
    };
  });
  return { code, entry: renumber(entry) };
}

/** A riding node with one unconditional edge that changes nothing and says nothing. */
function isNothing(node: OpenNode): boolean {
  const edge = node.edges[0];
  return isPlainRide(node) && edge !== undefined && edge.do.length === 0 && edge.dead.length === 0;
}

/** A riding node with one unconditional edge, and no mark of its own. */
function isPlainRide(node: OpenNode): boolean {
  const marks = [node.choice, node.begin, node.end, node.kind, node.says, node.witness, node.order];
  const edge = node.edges[0];
  return (
    node.step === null &&
    node.edges.length === 1 &&
    edge !== undefined &&
    edge.when === null &&
    edge.fail === undefined &&
    marks.every((mark) => mark === undefined)
  );
}
