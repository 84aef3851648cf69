// SPDX-License-Identifier: GPL-2.0-only
// Owns the preprocessor: from a protocol or scenario file, with everything it includes, to one list of tokens.

import type { Span } from '../ast.ts';
import type { Complaint, Reporter, Where } from '../diagnostics/diagnostics.ts';
import type { SourceFile, SourceFiles } from '../diagnostics/source.ts';
import { didYouMean } from '../diagnostics/suggest.ts';
import { evaluateCondition } from './condition.ts';
import { defineMacro, undefineMacro } from './define.ts';
import { expandList, type Macro, type MacroTable, type TestedMacros } from './macros.ts';
import { type Token, tokensOf } from './tokens.ts';

export interface Source {
  /** Logical name: what positions and traces show. */
  readonly name: string;
  readonly text: string;
}

/** Resolves `#include`: `from` is the logical name of the including file. */
export type ReadSource = (name: string, from: string) => Source | undefined;

export interface PreprocessInput {
  readonly unit: Source;
  /** Read before the unit, as if included. */
  readonly prelude: Source | undefined;
  readonly macros: ReadonlyMap<string, Macro>;
  readonly readSource: ReadSource;
  readonly files: SourceFiles;
  readonly reporter: Reporter;
}

export interface Preprocessed {
  readonly tokens: readonly Token[];
  /** Macros that were expanded or tested. */
  readonly used: ReadonlySet<string>;
  readonly tested: TestedMacros;
}

interface Group {
  readonly at: Token;
  /** Reading this branch. */
  active: boolean;
  /** Some branch of it was read. */
  taken: boolean;
  /** The surrounding group is being read. */
  readonly outer: boolean;
  elseSeen: boolean;
}

/** Preprocesses one translation unit. Mistakes are reported; what can be read is returned anyway. */
export function preprocess(input: PreprocessInput): Preprocessed {
  return new Preprocessor(input).run();
}

class Preprocessor {
  readonly #input: PreprocessInput;
  readonly #reporter: Reporter;
  readonly #table: MacroTable;
  readonly #tested: TestedMacros = new Map();
  readonly #once = new Set<string>();
  /** Files being read, outermost first. */
  readonly #open: SourceFile[] = [];

  constructor(input: PreprocessInput) {
    this.#input = input;
    this.#reporter = input.reporter;
    this.#table = { macros: new Map(input.macros), used: new Set() };
  }

  run(): Preprocessed {
    const { prelude, unit, files } = this.#input;
    const tokens: Token[] = [];
    if (prelude) {
      tokens.push(...this.#expand(files.add(prelude)));
      this.#tested.clear();
    }
    tokens.push(...this.#expand(files.add(unit)));
    return { tokens, used: this.#table.used, tested: this.#tested };
  }

  #expand(file: SourceFile): Token[] {
    const source = this.#read(file);
    return expandList(this.#table, () => source.next().value ?? undefined, this.#reporter);
  }

  /** The tokens of a file outside directives, unexpanded, with its includes in place. */
  *#read(file: SourceFile): Generator<Token, undefined> {
    this.#open.push(file);
    const tokens = tokensOf(file, this.#reporter);
    const groups: Group[] = [];
    const guard = guardOf(tokens);
    for (let i = 0; i < tokens.length;) {
      const t = tokens[i] as Token;
      if (!(t.first && t.text === '#')) {
        if (groups.at(-1)?.active ?? true) yield t;
        i++;
        continue;
      }
      let end = i + 1;
      while (end < tokens.length && !tokens[end]?.first) end++;
      const line = tokens.slice(i + 1, end);
      i = end;
      yield* this.#directive(file, t, line, groups, guard);
    }
    for (const g of groups) {
      this.#reporter.error(g.at, { message: 'this conditional has no #endif' });
    }
    this.#open.pop();
    return undefined;
  }

  *#directive(
    file: SourceFile,
    hash: Token,
    line: Token[],
    groups: Group[],
    guard: string | undefined,
  ): Generator<Token, undefined> {
    const name = line[0];
    if (!name) return undefined;
    const rest = line.slice(1);
    const reading = groups.at(-1)?.active ?? true;
    switch (name.text) {
      case 'if':
      case 'ifdef':
      case 'ifndef': {
        const value = this.#test(name, rest, reading, guard);
        groups.push({ at: name, active: reading && value, taken: value, outer: reading, elseSeen: false });
        return undefined;
      }
      case 'elif':
      case 'elifdef':
      case 'elifndef':
      case 'else':
      case 'endif':
        this.#continueGroup(name, rest, groups);
        return undefined;
      default:
    }
    if (!reading) return undefined;
    switch (name.text) {
      case 'include':
        yield* this.#include(file, name, rest);
        return undefined;
      case 'define':
        defineMacro(this.#table, name, rest, this.#reporter);
        return undefined;
      case 'undef':
        undefineMacro(this.#table, name, rest, this.#reporter);
        return undefined;
      case 'error':
      case 'warning': {
        const text = this.#input.files.textOf(spanOf(name, line)).replace(/^\w+\s*/, '');
        this.#reporter[name.text]({ at: spanOf(name, line) }, { message: `#${name.text} ${text}` });
        return undefined;
      }
      case 'pragma':
        if (rest[0]?.text === 'once') this.#once.add(file.name);
        else this.#complain(name, line, { message: 'only #pragma once is known' });
        return undefined;
      default: {
        const known = [
          'include',
          'define',
          'undef',
          'if',
          'ifdef',
          'ifndef',
          'elif',
          'else',
          'endif',
          'error',
          'pragma',
        ];
        this.#complain(hash, line, {
          message: `unknown directive '#${name.text}'`,
          ...didYouMean(name.text, known),
        });
        return undefined;
      }
    }
  }

  #continueGroup(name: Token, rest: Token[], groups: Group[]): void {
    const group = groups.at(-1);
    if (!group) return this.#complain(name, [], { message: `#${name.text} without #if` });
    if (name.text === 'endif') {
      groups.pop();
      return undefined;
    }
    if (group.elseSeen) this.#complain(name, [], { message: `#${name.text} after #else` });
    if (name.text === 'else') {
      group.elseSeen = true;
      group.active = group.outer && !group.taken;
      return undefined;
    }
    const value = this.#test(name, rest, group.outer && !group.taken, undefined);
    group.active = group.outer && !group.taken && value;
    group.taken ||= value;
    return undefined;
  }

  /** Truth of a conditional; with `evaluate` false only the names it asks about are noted. */
  #test(directive: Token, rest: Token[], evaluate: boolean, guard: string | undefined): boolean {
    const kind = directive.text.replace('el', '');
    if (kind === 'ifdef' || kind === 'ifndef') {
      const name = rest[0];
      if (name?.kind !== 'name' || rest.length > 1) {
        this.#complain(directive, rest, { message: `#${directive.text} takes one name` });
        return false;
      }
      if (name.text !== guard) this.#note(name);
      return evaluate && this.#table.macros.has(name.text) === (kind === 'ifdef');
    }
    const resolved: Token[] = [];
    for (let i = 0; i < rest.length; i++) {
      const t = rest[i] as Token;
      if (t.text !== 'defined') {
        // A constant of the headers that is only compared with is no variant.
        const fixed = this.#table.macros.get(t.text)?.origin === 'source';
        if (t.kind === 'name' && !fixed && t.text !== 'true' && t.text !== 'false') this.#note(t);
        resolved.push(t);
        continue;
      }
      const bracket = rest[i + 1]?.text === '(';
      const name = rest[i + (bracket ? 2 : 1)];
      if (name?.kind !== 'name' || (bracket && rest[i + 3]?.text !== ')')) {
        this.#complain(t, [], { message: 'defined takes one name: defined(NAME)' });
        return false;
      }
      this.#note(name);
      resolved.push({ ...t, kind: 'number', text: this.#table.macros.has(name.text) ? '1' : '0' });
      i += bracket ? 3 : 1;
    }
    if (!evaluate) return false;
    if (rest.length === 0) {
      this.#complain(directive, [], { message: `#${directive.text} without an expression` });
      return false;
    }
    let next = 0;
    const result = evaluateCondition(expandList(this.#table, () => resolved[next++], this.#reporter));
    if ('value' in result) return result.value !== 0n;
    const { error } = result;
    const message = `#${directive.text}: ${error.message}`;
    this.#reporter.error(error.token ?? directive, { message });
    return false;
  }

  #note(name: Token): void {
    this.#table.used.add(name.text);
    if (name.text !== '__MMREPLAY__' && !this.#tested.has(name.text)) this.#tested.set(name.text, name.at);
  }

  *#include(file: SourceFile, directive: Token, rest: Token[]): Generator<Token, undefined> {
    const wanted = includedName(rest);
    const where: Where = { at: spanOf(directive, rest) };
    if (wanted === undefined) {
      this.#reporter.error(where, { message: '#include takes "file.h" or <file.h>' });
      return undefined;
    }
    const source = this.#input.readSource(wanted, file.name);
    if (!source) {
      const hint =
        'headers are looked for beside the including file, in each -I DIR, and among those that mmreplay ships';
      this.#reporter.error(where, { message: `cannot find '${wanted}'`, hint });
      return undefined;
    }
    const from = this.#open.findIndex((f) => f.name === source.name);
    if (from >= 0) {
      const chain = [...this.#open.slice(from).map((f) => f.name), source.name].join(' -> ');
      const reason = 'a file that is read inside itself has no beginning';
      this.#reporter.error(where, { message: `'${wanted}' includes itself: ${chain}`, reason });
      return undefined;
    }
    if (this.#once.has(source.name)) return undefined;
    yield* this.#read(this.#input.files.add(source, where.at));
    return undefined;
  }

  #complain(directive: Token, rest: readonly Token[], complaint: Complaint): void {
    this.#reporter.error({ at: spanOf(directive, rest) }, complaint);
  }
}

function spanOf(first: Token, rest: readonly Token[]): Span {
  const last = rest.at(-1) ?? first;
  return { ...first.at, endLine: last.at.endLine, endCol: last.at.endCol };
}

function includedName(rest: readonly Token[]): string | undefined {
  const [first] = rest;
  if (rest.length === 1 && first?.kind === 'string') return first.text.slice(1, -1) || undefined;
  if (first?.text !== '<' || rest.at(-1)?.text !== '>') return undefined;
  const inside = rest.slice(1, -1).map((t) => (t.space ? ' ' : '') + t.text);
  return inside.join('').trim() || undefined;
}

/** The name of an include guard: the file begins with `#ifndef NAME` and `#define NAME` (no value). */
function guardOf(tokens: readonly Token[]): string | undefined {
  const [hash, ifndef, name, hash2, define, again, next] = tokens;
  const isGuard =
    hash?.text === '#' && ifndef?.text === 'ifndef' && hash2?.text === '#' && define?.text === 'define' &&
    name?.text === again?.text && (next?.first ?? true); // prettier-ignore
  return isGuard ? name?.text : undefined;
}
