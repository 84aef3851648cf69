// SPDX-License-Identifier: GPL-2.0-only
// Owns macro expansion: C's algorithm with hide sets, keeping for every token where its author wrote it.

import type { Span } from '../ast.ts';
import type { Expansion, Reporter } from '../diagnostics/diagnostics.ts';
import { joinSpans } from '../diagnostics/source.ts';
import type { Token } from './tokens.ts';

export interface Macro {
  readonly name: string;
  /** undefined: an object-like macro. */
  readonly params: readonly string[] | undefined;
  readonly body: readonly Token[];
  /** The name in its #define. */
  readonly at: Span;
  /** Given by -D, or by mmreplay itself. */
  readonly origin: 'source' | 'command-line' | 'predefined';
}

export interface MacroTable {
  readonly macros: Map<string, Macro>;
  /** Names that were expanded or looked at by a conditional. */
  readonly used: Set<string>;
}

/** What conditionals ask about: name of macro -> where it was first tested. Include guards are left out. */
export type TestedMacros = Map<string, Span>;

/** A model of this size could not be searched, and could not be read. */
const MAX_TOKENS = 300_000;

const EMPTY: ReadonlySet<string> = new Set();

/** Pulls tokens from `source` and hands out expanded ones. One per file of tokens, and one per macro argument. */
export class Expander {
  readonly #table: MacroTable;
  readonly #source: () => Token | undefined;
  readonly #reporter: Reporter;
  /** Tokens to be read before the source; the last is the next. */
  readonly #pending: Token[] = [];

  constructor(table: MacroTable, source: () => Token | undefined, reporter: Reporter) {
    this.#table = table;
    this.#source = source;
    this.#reporter = reporter;
  }

  /** The next fully expanded token; undefined at the end. */
  next(): Token | undefined {
    for (;;) {
      const token = this.#pull();
      if (token?.kind !== 'name') return token;
      const macro = this.#table.macros.get(token.text);
      if (!macro || token.hide?.has(token.text)) return token;
      if (!macro.params) {
        this.#table.used.add(macro.name);
        this.#push(this.#substitute(macro, token, token.at, new Map(), add(token.hide, macro.name)));
        continue;
      }
      const open = this.#pull();
      if (open?.text !== '(') {
        if (open) this.#pending.push(open);
        return token;
      }
      this.#table.used.add(macro.name);
      const call = this.#readArguments(macro, token, open);
      if (!call) continue;
      const at = token.macro ? token.at : joinSpans(token.at, call.close.at);
      const hide = add(intersect(token.hide, call.close.hide), macro.name);
      this.#push(this.#substitute(macro, token, at, call.args, hide));
    }
  }

  #pull(): Token | undefined {
    return this.#pending.pop() ?? this.#source();
  }

  #push(tokens: readonly Token[]): void {
    for (let i = tokens.length - 1; i >= 0; i--) this.#pending.push(tokens[i] as Token);
  }

  /** Reads up to the matching ')'. Undefined, after a complaint, when there is none or the number is wrong. */
  #readArguments(
    macro: Macro,
    name: Token,
    open: Token,
  ): { args: Map<string, readonly Token[]>; close: Token } | undefined {
    const params = macro.params ?? [];
    const args: Token[][] = [[]];
    let depth = 0;
    for (;;) {
      const t = this.#pull();
      if (!t) {
        const message = `the call of macro '${macro.name}' has no closing parenthesis`;
        this.#reporter.error(joined(name, open), {
          message,
          notes: [{ text: 'defined here', at: macro.at }],
        });
        return undefined;
      }
      if (t.text === ')' && depth === 0) {
        if (params.length === 0 && args.length === 1 && args[0]?.length === 0) args.pop();
        if (args.length !== params.length) {
          const message = `macro '${macro.name}' takes ${count(params.length)}, but ${args.length} given`;
          this.#reporter.error(joined(name, t), { message, notes: [{ text: 'defined here', at: macro.at }] });
          return undefined;
        }
        return { args: new Map(params.map((p, i) => [p, args[i] ?? []])), close: t };
      }
      if (t.text === ',' && depth === 0) {
        args.push([]);
        continue;
      }
      if (t.text === '(') depth++;
      if (t.text === ')') depth--;
      args.at(-1)?.push(t);
    }
  }

  #substitute(
    macro: Macro,
    name: Token,
    at: Span,
    args: ReadonlyMap<string, readonly Token[]>,
    hide: ReadonlySet<string>,
  ): Token[] {
    const definedAt = macro.origin === 'source' ? macro.at : undefined;
    const expansion: Expansion = { macro: macro.name, definedAt, outer: name.macro };
    const out: Token[] = [];
    const expanded = new Map<string, Token[]>();
    for (const t of macro.body) {
      const arg = t.kind === 'name' ? args.get(t.text) : undefined;
      if (!arg) {
        out.push({ ...t, at, first: false, macro: expansion, hide });
        continue;
      }
      let tokens = expanded.get(t.text);
      if (!tokens) expanded.set(t.text, (tokens = this.#expandAll(arg)));
      for (const a of tokens) out.push({ ...a, first: false, hide: union(a.hide, hide) });
    }
    return out;
  }

  #expandAll(tokens: readonly Token[]): Token[] {
    let i = 0;
    return expandList(this.#table, () => tokens[i++], this.#reporter);
  }
}

/** Expands everything that `source` gives. */
export function expandList(table: MacroTable, source: () => Token | undefined, reporter: Reporter): Token[] {
  const expander = new Expander(table, source, reporter);
  const out: Token[] = [];
  for (let t = expander.next(); t; t = expander.next()) {
    out.push(t);
    if (out.length < MAX_TOKENS) continue;
    reporter.error(t, { message: `macros expand to more than ${MAX_TOKENS} words`, hint: 'use functions' });
    return out.slice(0, 1);
  }
  return out;
}

function joined(a: Token, b: Token): { at: Span; macro: Expansion | undefined } {
  return { at: joinSpans(a.at, b.at), macro: a.macro };
}

function count(n: number): string {
  return n === 0 ? 'no arguments' : `${n} argument${n === 1 ? '' : 's'}`;
}

function add(set: ReadonlySet<string> | undefined, name: string): ReadonlySet<string> {
  return new Set([...(set ?? EMPTY), name]);
}

function union(a: ReadonlySet<string> | undefined, b: ReadonlySet<string>): ReadonlySet<string> {
  return a ? new Set([...a, ...b]) : b;
}

function intersect(
  a: ReadonlySet<string> | undefined,
  b: ReadonlySet<string> | undefined,
): ReadonlySet<string> {
  return a && b ? new Set([...a].filter((x) => b.has(x))) : EMPTY;
}
