// SPDX-License-Identifier: GPL-2.0-only
// Owns the syntax tree as plain objects: tree-sitter's tree, read once, every node tied to tokens.

import { Language, Parser, type TreeCursor } from 'web-tree-sitter';
import type { Reporter, Where } from '../diagnostics/diagnostics.ts';
import { joinSpans } from '../diagnostics/source.ts';
import { type Prepared, prepare } from './prepare.ts';
import { reportSyntaxErrors } from './errors.ts';
import { child, type Node, ofType } from './node.ts';
import type { Token } from '../preprocess/tokens.ts';

/** The C grammar, loaded. */
export interface CParser {
  readonly language: Language;
}

/** Loads runtime and grammar from the bytes of their .wasm files: about 30 ms, once a process. */
export async function loadParser(wasm: {
  readonly runtime: Uint8Array;
  readonly grammar: Uint8Array;
}): Promise<CParser> {
  await Parser.init({ wasmBinary: wasm.runtime });
  return { language: await Language.load(wasm.grammar) };
}

/** A parsed translation unit. */
export interface Syntax extends Prepared {
  readonly root: Node;
  /** Index of a `typeof` -> the `sizeof_expression` that holds its operand. */
  readonly operands: ReadonlyMap<number, Node>;
  /** There were syntax errors outside function bodies (reported): nothing can be said about what is declared. */
  readonly failed: boolean;
  /** Bodies with syntax errors (reported): not to be looked into. */
  readonly damaged: ReadonlySet<Node>;
}

export function parse(
  tokens: readonly Token[],
  parser: CParser,
  reporter: Reporter,
  prelude: string | undefined,
): Syntax {
  const prepared = prepare(tokens, reporter, prelude);
  const empty: Node = { type: 'translation_unit', named: true, first: 0, last: -1, children: [] };
  const nothing = {
    ...prepared,
    root: empty,
    operands: new Map<number, Node>(),
    failed: true,
    damaged: new Set<Node>(),
  };
  const engine = new Parser();
  engine.setLanguage(parser.language);
  const tree = engine.parse(prepared.text);
  if (!tree) return nothing;
  const root = readTree(tree.walk(), prepared);
  tree.delete();
  const bad = new Set(reportSyntaxErrors(root, prepared, engine, reporter));
  engine.delete();
  const damaged = new Set<Node>();
  let failed = root.type !== 'translation_unit' || prepared.brackets !== undefined;
  for (const item of root.children) {
    const body = item.type === 'function_definition' ? child(item, 'body') : undefined;
    if (body && holds(body, bad)) damaged.add(body);
    failed ||= item.children.some((c) => c !== body && holds(c, bad)) || bad.has(item);
  }
  const main = root.children.length - prepared.typeofs.length;
  const operands = new Map<number, Node>();
  prepared.typeofs.forEach((i, k) => {
    const declarator = ofType(root.children[main + k] ?? empty, 'init_declarator');
    const operand = declarator && child(declarator, 'value');
    if (operand) operands.set(i, operand);
  });
  return {
    ...prepared,
    root: { ...root, children: root.children.slice(0, main) },
    operands,
    failed,
    damaged,
  };
}

function readTree(cursor: TreeCursor, prepared: Prepared): Node {
  const { pieces, text } = prepared;
  /** The piece that covers an offset. */
  const pieceAt = (offset: number): number => {
    let [low, high] = [0, pieces.length];
    while (low < high) {
      const mid = (low + high) >> 1;
      if ((pieces[mid]?.start ?? 0) <= offset) low = mid + 1;
      else high = mid;
    }
    return low - 1;
  };
  const visit = (): Node => {
    const {
      nodeType: type,
      nodeIsNamed: named,
      startIndex: start,
      endIndex: end,
      currentFieldName: field,
    } = cursor;
    const missing = cursor.nodeIsMissing;
    const children: Node[] = [];
    if (cursor.gotoFirstChild()) {
      do children.push(visit());
      while (cursor.gotoNextSibling());
      cursor.gotoParent();
    }
    const from = pieces[pieceAt(start)];
    const to = pieces[pieceAt(Math.max(start, Math.min(end, text.length) - 1))];
    return {
      type,
      named,
      first: missing ? (to?.to ?? -1) : (from?.from ?? 0),
      last: to?.to ?? -1,
      children,
      ...(field === null ? {} : { field }),
      ...(missing ? { missing } : {}),
      ...(from?.inserted && to === from ? { inserted: from.text } : {}),
    };
  };
  const root = visit();
  cursor.delete();
  return root;
}

function holds(node: Node, some: ReadonlySet<Node>): boolean {
  return some.has(node) || node.children.some((c) => holds(c, some));
}

/** Where a node stands, for messages and for the AST. */
export function whereOf(node: Node, tokens: readonly Token[]): Where {
  const first = tokens[node.first];
  const last = tokens[node.last] ?? first;
  if (!first || !last) return { at: { file: '', line: 1, col: 1, endLine: 1, endCol: 1 } };
  return { at: joinSpans(first.at, last.at), macro: first.macro };
}
