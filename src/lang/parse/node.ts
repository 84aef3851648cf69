// SPDX-License-Identifier: GPL-2.0-only
// Owns the shape of a syntax node and the ways to look into it.

/** A node of the syntax tree: the grammar's types and fields, with indices of tokens instead of offsets. */
export interface Node {
  readonly type: string;
  /** false: a word or sign of the grammar ("if", "+"). */
  readonly named: boolean;
  /** Tokens first..last (both included). */
  readonly first: number;
  readonly last: number;
  readonly children: readonly Node[];
  /** Its role in the parent: "declarator", "left", … */
  readonly field?: string;
  /** The grammar made it up to go on. */
  readonly missing?: boolean;
  /** Its text, when it stands for no token but was put in to settle an ambiguity. */
  readonly inserted?: string;
}

/** The child in a role. */
export function child(node: Node, field: string): Node | undefined {
  return node.children.find((c) => c.field === field);
}

/** All children in a role. */
export function childrenOf(node: Node, field: string): Node[] {
  return node.children.filter((c) => c.field === field);
}

/** The children that are more than signs. */
export function named(node: Node): Node[] {
  return node.children.filter((c) => c.named && c.type !== 'comment');
}

/** The first child of a type. */
export function ofType(node: Node, type: string): Node | undefined {
  return node.children.find((c) => c.type === type);
}

/** Without parentheses, and without the markers that settle an ambiguity. */
export function bare(node: Node): Node {
  let n = node;
  for (;;) {
    if (n.type === 'parenthesized_expression') {
      const inner = named(n)[0];
      if (!inner || inner.type === 'compound_statement') return n;
      n = inner;
    } else if (n.type === 'comma_expression' && child(n, 'left')?.inserted !== undefined) {
      const right = child(n, 'right');
      if (!right) return n;
      n = right;
    } else return n;
  }
}
