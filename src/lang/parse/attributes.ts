// SPDX-License-Identifier: GPL-2.0-only
// Owns C23 attributes: lifting [[...]] out of the token list before the grammar sees it (it misreads some of them),
// and handing them to the declarations that they belong to.

import type { Reporter, Where } from '../diagnostics/diagnostics.ts';
import { joinSpans } from '../diagnostics/source.ts';
import { nearest } from '../diagnostics/suggest.ts';
import type { Token } from '../preprocess/tokens.ts';

export interface Attribute {
  /** Without the prefix: "thread". */
  readonly name: string;
  /** One list of tokens for each argument; undefined without parentheses. */
  readonly args: readonly (readonly Token[])[] | undefined;
  readonly where: Where;
  /** Spelled in the prelude: prelude-only attributes are allowed. */
  readonly fromPrelude: boolean;
  /** Index of the token after the [[...]], and of the one before it (-1: none). */
  readonly next: number;
  readonly prev: number;
  /** Some declaration has taken it. */
  claimed: boolean;
}

const PRELUDE_ONLY = ['step', 'lock', 'owner', 'readers', 'queue'];
const KNOWN = [
  'thread', 'daemon', 'operation', 'atomic', 'word', 'pool', 'type_stable', 'range', 'ghost', 'invariant',
]; // prettier-ignore
const STANDARD = ['maybe_unused', 'nodiscard', 'fallthrough', 'noreturn', '_Noreturn', 'deprecated'];

/** All attributes of a unit, by where they stand. */
export class Attributes {
  readonly list: Attribute[] = [];
  readonly #reporter: Reporter;
  readonly #prelude: string | undefined;

  constructor(reporter: Reporter, prelude: string | undefined) {
    this.#reporter = reporter;
    this.#prelude = prelude;
  }

  /**
   * Reads the attribute list whose "[[" stands at `open`; gives the index after "]]". `prev` is the token before all
   * attribute lists here. The `next` of each is set by `settle`.
   */
  lift(tokens: readonly Token[], open: number, prev: number): number {
    let i = open + 2;
    while (i < tokens.length && !(tokens[i]?.text === ']' && tokens[i + 1]?.text === ']')) {
      if (tokens[i]?.text === ',') {
        i++;
        continue;
      }
      if (/^[\]{};]$/.test(tokens[i]?.text ?? '')) {
        const message = `expected ']]' before '${(tokens[i + 1] ?? tokens[i])?.text ?? ''}'`;
        this.#reporter.error(tokens[i] as Token, { message });
        return tokens[i]?.text === ']' ? i + 1 : i;
      }
      i = this.#one(tokens, i, prev);
    }
    if (i >= tokens.length) {
      this.#reporter.error(tokens[open] as Token, { message: 'this attribute has no closing ]]' });
    }
    return i + 2;
  }

  /** Says which token follows the attributes lifted since `from`. */
  settle(from: number, next: number): void {
    for (let i = from; i < this.list.length; i++) this.list[i] = { ...(this.list[i] as Attribute), next };
  }

  /** Takes those that stand before token `index`. */
  takeBefore(index: number): Attribute[] {
    return this.#take((a) => a.next === index);
  }

  /** Takes those that stand after a token of `from`..`to` (both included), except before the first. */
  takeAfter(from: number, to: number): Attribute[] {
    return this.#take((a) => a.prev >= from && a.prev <= to);
  }

  /** Reports what no declaration has taken. */
  reportMisplaced(): void {
    for (const a of this.list) {
      if (a.claimed) continue;
      this.#reporter.error(a.where, {
        message: `[[mm::${a.name}]] means nothing here`,
        reason: 'an attribute belongs before the function, variable, field or typedef that it describes',
      });
    }
  }

  #take(test: (a: Attribute) => boolean): Attribute[] {
    const found = this.list.filter((a) => !a.claimed && test(a));
    for (const a of found) a.claimed = true;
    return found;
  }

  #one(tokens: readonly Token[], start: number, prev: number): number {
    const first = tokens[start] as Token;
    let i = start;
    let prefix: string | undefined;
    if (tokens[i + 1]?.text === '::') {
      prefix = first.text;
      i += 2;
    }
    const name = tokens[i];
    if (name?.kind !== 'name') {
      this.#reporter.error(name ?? first, {
        message: `expected an attribute's name, found '${name?.text ?? ''}'`,
      });
      return i + 1;
    }
    i++;
    let args: Token[][] | undefined;
    if (tokens[i]?.text === '(') {
      args = [[]];
      let depth = 0;
      for (i++; i < tokens.length; i++) {
        const t = tokens[i] as Token;
        if (t.text === ')' && depth === 0) break;
        if (t.text === '(') depth++;
        if (t.text === ')') depth--;
        if (t.text === ',' && depth === 0) args.push([]);
        else args.at(-1)?.push(t);
      }
      if (args.length === 1 && args[0]?.length === 0) args = [];
      i++;
    }
    const last = tokens[Math.min(i, tokens.length) - 1] ?? name;
    const where: Where = { at: joinSpans(first.at, last.at), macro: first.macro };
    const fromPrelude = first.origin === this.#prelude;
    if (this.#isKnown(prefix, name, where, fromPrelude)) {
      this.list.push({ name: name.text, args, where, fromPrelude, next: -1, prev, claimed: false });
    }
    return i;
  }

  #isKnown(prefix: string | undefined, name: Token, where: Where, fromPrelude: boolean): boolean {
    const text = name.text;
    if (prefix === undefined) {
      if (STANDARD.includes(text)) return false;
      const ours = KNOWN.includes(text);
      this.#reporter.error(where, {
        message: `unknown attribute [[${text}]]`,
        reason: `besides ours (prefix mm::) only ${STANDARD.slice(0, 3).join(', ')} are known`,
        hint: ours ? `did you mean 'mm::${text}'?` : 'leave it out',
      });
      return false;
    }
    if (prefix !== 'mm') {
      const message = `unknown attribute [[${prefix}::${text}]]`;
      this.#reporter.error(where, {
        message,
        reason: 'only attributes with the prefix mm:: have a meaning in a model',
        hint: 'leave it out',
      });
      return false;
    }
    if (KNOWN.includes(text) || (fromPrelude && PRELUDE_ONLY.includes(text))) return true;
    if (PRELUDE_ONLY.includes(text)) {
      this.#reporter.error(where, {
        message: `[[mm::${text}]] is for mmreplay's own prelude`,
        reason: 'it says how a built-in lock is made; a model builds its own from those',
        hint: 'use [[mm::atomic]] for a helper that is one step',
      });
      return false;
    }
    const meant = nearest(text, KNOWN);
    const hint =
      meant === undefined
        ? `known are: ${KNOWN.map((k) => `mm::${k}`).join(', ')}`
        : `did you mean 'mm::${meant}'?`;
    const reason = 'a misspelt attribute would change what the model means without a word';
    this.#reporter.error(where, { message: `unknown attribute [[mm::${text}]]`, reason, hint });
    return false;
  }
}
