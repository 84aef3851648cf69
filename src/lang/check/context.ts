// SPDX-License-Identifier: GPL-2.0-only
// Owns what checking one translation unit carries along: its syntax, the current scope and function, and the doors
// between the parts of the checker (declarations contain expressions, expressions contain types).

import type { CType, Expr, ExprInit, Field, Span, VarSym } from '../ast.ts';
import type { Qualified } from './c-types.ts';
import type { Building, Entry, FunctionEntry, ModelSymbols } from '../declare/scope.ts';
import { Scope } from '../declare/scope.ts';
import type { Complaint, Reporter, Where } from '../diagnostics/diagnostics.ts';
import { didYouMean } from '../diagnostics/suggest.ts';
import type { Node } from '../parse/node.ts';
import { type Syntax, whereOf } from '../parse/parse.ts';
import type { Token } from '../preprocess/tokens.ts';

/** The function whose body is being read. */
export interface CurrentFunction {
  readonly entry: FunctionEntry;
  /** How often each name was declared in it, to make names unique. */
  readonly seen: Map<string, number>;
  readonly labels: Map<string, Where>;
  readonly gotos: { readonly label: string; readonly where: Where }[];
  /** Innermost last: what a break or continue would leave. */
  readonly loops: ('loop' | 'switch')[];
  readonly switches: { readonly type: CType; readonly cases: Map<bigint, Where>; hasDefault: boolean }[];
}

/** The other parts of the checker, as seen from each part. */
export interface Parts {
  /** The typed expression; lvalues and arrays as they are. */
  readonly expression: (u: Unit, node: Node) => Expr;
  /** As `expression`, but with arrays and functions turned into pointers: what an operand is. */
  readonly operand: (u: Unit, node: Node) => Expr;
  /** Implicit conversion, as by assignment; `what` finishes "cannot ...". */
  readonly convert: (u: Unit, e: Expr, to: CType, node: Node, what: string) => Expr;
  readonly initialiser: (u: Unit, type: CType, node: Node) => { init: ExprInit; type: CType };
  /** The field that a node names in a struct type; undefined after a complaint. */
  readonly fieldOf: (u: Unit, type: CType, node: Node) => Field | undefined;
  /** The fields of an offsetof expression; undefined after a complaint. */
  readonly memberPath: (u: Unit, node: Node, type: CType) => Field[] | undefined;
  /** The type in parentheses: of casts, sizeof and compound literals. */
  readonly typeName: (u: Unit, node: Node) => Qualified;
}

export class Unit {
  readonly name: string;
  readonly prelude: string | undefined;
  readonly syntax: Syntax;
  readonly symbols: ModelSymbols;
  readonly reporter: Reporter;
  readonly parts: Parts;
  scope = new Scope();
  fn: CurrentFunction | undefined;
  /** Inside sizeof or typeof: nothing is read, written or called. */
  unevaluated = 0;
  /** Arguments being read right now may be the address of a local. */
  addressArgument: Node | undefined;

  constructor(
    name: string,
    prelude: string | undefined,
    syntax: Syntax,
    symbols: ModelSymbols,
    reporter: Reporter,
    parts: Parts,
  ) {
    this.name = name;
    this.prelude = prelude;
    this.syntax = syntax;
    this.symbols = symbols;
    this.reporter = reporter;
    this.parts = parts;
  }

  where(node: Node): Where {
    return whereOf(node, this.syntax.tokens);
  }

  at(node: Node): Span {
    return this.where(node).at;
  }

  /** The first token of a node. */
  token(node: Node): Token | undefined {
    return this.syntax.tokens[node.first];
  }

  /** A node's text, tokens apart by blanks. */
  text(node: Node): string {
    if (node.inserted !== undefined) return node.inserted;
    return this.words(node).join(' ');
  }

  /** A node as its author wrote it, for messages; cut when long. */
  shown(node: Node): string {
    const where = this.where(node);
    const text = where.macro ? this.text(node) : this.reporter.files.textOf(where.at);
    return text.length > 60 ? `${text.slice(0, 59)}…` : text;
  }

  words(node: Node): string[] {
    return this.syntax.tokens.slice(node.first, node.last + 1).map((t) => t.text);
  }

  /** Is the node spelled in the prelude (macros of the prelude included)? */
  inPrelude(node: Node): boolean {
    return this.prelude !== undefined && this.token(node)?.origin === this.prelude;
  }

  error(node: Node, complaint: Complaint): void {
    this.reporter.error(this.where(node), complaint);
  }

  /** Enters a block; what it declares is forgotten after `run`. */
  block<T>(run: () => T): T {
    const outer = this.scope;
    this.scope = new Scope(outer);
    const result = run();
    this.scope = outer;
    return result;
  }

  suggest(name: string): { hint?: string } {
    return didYouMean(name, this.scope.known());
  }

  use(entry: Entry, where: Where): void {
    if ((entry.kind === 'function' || entry.kind === 'var') && this.unevaluated === 0) entry.usedAt ??= where;
  }

  assigned(sym: VarSym): void {
    if (this.unevaluated === 0) (sym as Building<VarSym>).assigned = true;
  }
}
