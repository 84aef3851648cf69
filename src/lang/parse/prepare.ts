// SPDX-License-Identifier: GPL-2.0-only
// Owns what stands between preprocessor and grammar. tree-sitter-c knows no typedef names and guesses; we know them, so
// each token is handed over in a form that can be read in one way only. Attributes are lifted out, refused words are
// reported. Every piece of the text remembers the tokens that it stands for.

import { Attributes } from './attributes.ts';
import { type BracketMistake, Brackets } from './brackets.ts';
import { TypedefNames } from './typedefs.ts';
import {
  CONSTANT_WORDS, FLOAT_REFUSED, FLOAT_WORDS, IGNORED, INT_WORDS, OFFSETOF, PASSED, REFUSED, STANDS_FOR_VALUE,
  TAKES_PARENTHESES, TYPEOF,
} from './words.ts'; // prettier-ignore
import { literalValue } from '../preprocess/condition.ts';
import type { Complaint, Reporter } from '../diagnostics/diagnostics.ts';
import type { Token } from '../preprocess/tokens.ts';

/** A piece of the text for the grammar: it stands for tokens from..to (both included). */
export interface Piece {
  readonly text: string;
  readonly start: number;
  readonly from: number;
  readonly to: number;
  /** Put in to settle an ambiguity; stands for nothing. */
  readonly inserted: boolean;
}

export interface Prepared {
  readonly tokens: readonly Token[];
  /** ASCII only, one line. */
  readonly text: string;
  readonly pieces: readonly Piece[];
  readonly attributes: Attributes;
  /**
   * Indices of `typeof` tokens. The operand of each is parsed as one more declaration, in this order, at the end of the
   * text: `int v = sizeof ( operand ) ;`.
   */
  readonly typeofs: readonly number[];
  /** Tokens that are typedef names. */
  readonly typeNames: ReadonlySet<number>;
  /** Brackets do not match: nothing can be said about what is declared. Not reported yet. */
  readonly brackets: BracketMistake | undefined;
}

/** What a typedef name becomes: any one-word type of the grammar would do. */
const TYPE = 'max_align_t';
const NAME = 'v';

export function prepare(tokens: readonly Token[], reporter: Reporter, prelude: string | undefined): Prepared {
  return new Preparer(tokens, reporter, prelude).run();
}

class Preparer {
  readonly #tokens: readonly Token[];
  readonly #reporter: Reporter;
  readonly #attributes: Attributes;
  readonly #pieces: Piece[] = [];
  #length = 0;
  readonly #typedefs = new TypedefNames();
  readonly #typeNames = new Set<number>();
  readonly #brackets = new Brackets();
  readonly #typeofs = new Map<number, readonly [number, number]>();
  /** Index of the last token that the grammar got. */
  #last = -1;
  #inCase = false;

  constructor(tokens: readonly Token[], reporter: Reporter, prelude: string | undefined) {
    this.#tokens = tokens;
    this.#reporter = reporter;
    this.#attributes = new Attributes(reporter, prelude);
  }

  run(): Prepared {
    const tokens = this.#tokens;
    for (let i = 0; i < tokens.length;) i = this.#one(i);
    const brackets = this.#brackets.finish();
    const typeofs: number[] = [];
    // The operand of one typeof may hold another.
    for (const [i, [from, to]] of this.#typeofs) {
      typeofs.push(i);
      for (const word of ['int', NAME, '=', 'sizeof', '(']) this.#emit(word, i, i, true);
      for (let k = from; k < to;) k = this.#one(k);
      for (const word of [')', ';']) this.#emit(word, i, i, true);
    }
    const text = this.#pieces.map((p) => p.text).join(' ');
    return {
      tokens,
      text,
      pieces: this.#pieces,
      attributes: this.#attributes,
      typeofs,
      typeNames: this.#typeNames,
      brackets,
    };
  }

  #emit(text: string, from: number, to = from, inserted = false): void {
    this.#pieces.push({ text, start: this.#length, from, to, inserted });
    this.#length += text.length + 1;
    if (inserted) return;
    this.#last = to;
    if (from === to) this.#brackets.see(this.#tokens[to] as Token);
    else this.#brackets.group();
  }

  #at(i: number): string {
    return this.#tokens[i]?.text ?? '';
  }

  #refuse(i: number, complaint: Complaint): void {
    this.#reporter.error(this.#tokens[i] as Token, complaint);
  }

  /** Handles the token at i; gives the index of the next one to handle. */
  #one(i: number): number {
    const t = this.#tokens[i] as Token;
    switch (t.kind) {
      case 'name':
        return this.#name(i, t);
      case 'number':
        this.#checkNumber(i, t);
        this.#emit('1', i);
        return i + 1;
      case 'char':
        if (literalValue(t.text) === undefined)
          this.#refuse(i, { message: `${t.text} is not one character` });
        this.#emit('1', i);
        return i + 1;
      case 'string':
        this.#emit('"s"', i);
        return i + 1;
      case 'stray':
        this.#refuse(i, { message: strayMessage(t.text) });
        return i + 1;
      case 'punct':
        return this.#punct(i, t);
    }
  }

  #checkNumber(i: number, t: Token): void {
    if (literalValue(t.text) !== undefined) return;
    const float =
      /^[\d.]/.test(t.text) && (/\./.test(t.text) || (/[eE]/.test(t.text) && !/^0[xX]/.test(t.text)));
    const bad = { message: `'${t.text}' is no integer constant` };
    this.#refuse(i, float ? { ...FLOAT_REFUSED, hint: 'use an integer constant' } : bad);
  }

  #name(i: number, t: Token): number {
    const word = t.text;
    const next = this.#at(i + 1);
    const before = this.#at(this.#last);
    if (before === '.' || before === '->') return this.#plain(NAME, i);
    const refused = REFUSED.get(word);
    if (refused) return this.#refusedWord(i, refused);
    if (before === 'struct' || before === 'enum' || before === 'union' || before === 'goto')
      return this.#plain(NAME, i);
    if (INT_WORDS.has(word) || FLOAT_WORDS.has(word)) return this.#typeWords(i);
    if (IGNORED.has(word)) return i + 1;
    if (TYPEOF.has(word)) return this.#typeof(i);
    if (OFFSETOF.has(word)) return this.#offsetof(i);
    if (CONSTANT_WORDS.has(word)) return this.#plain('1', i);
    const passed = PASSED.get(word);
    if (passed !== undefined) {
      if (word === 'typedef') this.#typedefs.begin();
      if (word === 'case') this.#inCase = true;
      if (word === 'goto' && next === '*') return this.#computedGoto(i);
      this.#typedefs.see(word, false);
      return this.#plain(passed, i);
    }
    const isType = this.#typedefs.see(word, next === ':' && '{};:'.includes(before));
    if (isType) this.#typeNames.add(i);
    return this.#plain(isType ? TYPE : NAME, i);
  }

  #plain(text: string, i: number): number {
    this.#emit(text, i);
    return i + 1;
  }

  #refusedWord(i: number, complaint: Complaint): number {
    const word = this.#at(i);
    this.#refuse(i, complaint);
    let end = i + 1;
    if (TAKES_PARENTHESES.has(word)) {
      while (/^(volatile|__volatile__|inline|goto)$/.test(this.#at(end))) end++;
      if (this.#at(end) === '(') end = this.#closing(end) + 1;
    }
    if (word === 'union') this.#emit('struct', i);
    else if (STANDS_FOR_VALUE.has(word) && TAKES_PARENTHESES.has(word)) this.#emit('1', i, end - 1);
    else if (STANDS_FOR_VALUE.has(word)) {
      if (this.#at(end) === '(') end = this.#closing(end) + 1;
      this.#emit('1', i, end - 1);
    } else if (/^va_list$|__builtin_va_list$/.test(word)) this.#emit('int', i);
    else if (word === '_BitInt') this.#emit('int', i, end - 1);
    return end;
  }

  /** `unsigned long int` and the like: one piece for all words. */
  #typeWords(i: number): number {
    let [to, next] = [i, i + 1];
    let isConst = false;
    for (let k = i + 1; k < this.#tokens.length; k++) {
      const word = this.#at(k);
      if (word === 'const' || word === 'volatile') continue;
      if (!INT_WORDS.has(word) && !FLOAT_WORDS.has(word)) break;
      isConst ||= this.#tokens.slice(to, k).some((t) => t.text === 'const');
      [to, next] = [k, k + 1];
    }
    const float = this.#tokens.slice(i, to + 1).findIndex((t) => FLOAT_WORDS.has(t.text));
    if (float >= 0) this.#refuse(i + float, FLOAT_REFUSED);
    this.#typedefs.see('int', false);
    if (isConst) this.#emit('const', i, i, true);
    this.#emit('int', i, to);
    return next;
  }

  #typeof(i: number): number {
    this.#typedefs.see('int', false);
    const open = i + 1;
    if (this.#at(open) !== '(') {
      this.#refuse(i, { message: `expected '(' after ${this.#at(i)}` });
      return this.#plain(TYPE, i);
    }
    const close = this.#closing(open);
    this.#typeofs.set(i, [open + 1, close]);
    this.#emit(TYPE, i, close);
    return close + 1;
  }

  /** `offsetof(type, a.b)`: the grammar takes one field only, so it gets one; the path is read from the tokens. */
  #offsetof(i: number): number {
    if (this.#at(i + 1) !== '(') return this.#plain(NAME, i);
    const close = this.#closing(i + 1);
    let comma = close - 1;
    for (let depth = 0; comma > i && (depth > 0 || this.#at(comma) !== ','); comma--) {
      if (this.#at(comma) === ')') depth++;
      if (this.#at(comma) === '(') depth--;
    }
    if (comma <= i + 1 || comma + 1 >= close) return this.#plain(NAME, i);
    this.#emit('offsetof', i);
    for (let k = i + 1; k < comma;) k = this.#one(k);
    this.#emit(',', comma);
    this.#emit(NAME, comma + 1, close - 1);
    return this.#one(close);
  }

  #computedGoto(i: number): number {
    this.#refuse(i + 1, {
      message: 'goto to an address is not in the subset',
      reason: 'every jump must be known before the search begins',
      hint: 'use a switch, or a goto with a label',
    });
    this.#emit('goto', i);
    let end = i + 1;
    while (end < this.#tokens.length && this.#at(end) !== ';' && this.#at(end) !== '}') end++;
    this.#emit(NAME, i + 1, end - 1);
    return end;
  }

  #punct(i: number, t: Token): number {
    const next = this.#at(i + 1);
    switch (t.text) {
      case '[':
        if (next === '[') return this.#liftAttributes(i);
        break;
      case '...':
        return this.#dots(i);
      case ',':
        if (next === '...' && this.#brackets.inner !== '{') return this.#dots(i + 1);
        break;
      case '&&':
        if (!this.#brackets.afterValue && this.#tokens[i + 1]?.kind === 'name') {
          this.#refuse(i, {
            message: 'the address of a label is not in the subset',
            reason: 'every jump must be known before the search begins',
            hint: 'use a switch, or a goto with a label',
          });
          this.#emit('1', i, i + 1);
          return i + 2;
        }
        break;
      case '(': {
        const starts = this.#startsType(i + 1);
        this.#brackets.insideStartsType(starts);
        this.#typedefs.punct('(');
        this.#emit('(', i);
        const expression = this.#brackets.isExpression;
        // A name in parentheses may be read as the type of a cast: (a) - b. A comma makes it an expression.
        const first = this.#tokens[i + 1];
        const plain = first?.kind === 'name' && !PASSED.has(first.text) && !REFUSED.has(first.text);
        if (expression && !starts && plain) {
          this.#emit('1', i, i, true);
          this.#emit(',', i, i, true);
        }
        return i + 1;
      }
      case ':':
        this.#inCase = false;
        this.#emit(':', i);
        // C23 allows a label before '}', the grammar does not.
        if (next === '}') this.#emit(';', i, i, true);
        return i + 1;
      case '#':
      case '##':
      case '::':
        this.#refuse(i, { message: `stray '${t.text}'` });
        return i + 1;
      default:
    }
    this.#typedefs.punct(t.text);
    return this.#plain(t.text, i);
  }

  #dots(i: number): number {
    if (this.#brackets.inner === '[') return this.#plain('...', i);
    if (this.#inCase) {
      this.#refuse(i, {
        message: 'case ranges are not in the subset',
        reason: 'they are an extension of gcc',
        hint: 'write one case for each value',
      });
      let end = i + 1;
      while (end < this.#tokens.length && this.#at(end) !== ':') end++;
      return end;
    }
    this.#refuse(i, {
      message: 'functions with a variable number of arguments are not in the subset',
      reason: 'functions are inlined with a fixed set of parameters',
      hint: 'give the function the parameters that it needs',
    });
    return i + 1;
  }

  #liftAttributes(i: number): number {
    const from = this.#attributes.list.length;
    const prev = this.#last;
    let next = i;
    while (this.#at(next) === '[' && this.#at(next + 1) === '[') {
      next = this.#attributes.lift(this.#tokens, next, prev);
    }
    this.#attributes.settle(from, next);
    return next;
  }

  #startsType(i: number): boolean {
    const t = this.#tokens[i];
    if (t?.kind !== 'name') return false;
    const word = t.text;
    if (INT_WORDS.has(word) || FLOAT_WORDS.has(word) || TYPEOF.has(word) || this.#typedefs.has(word))
      return true;
    return /^(void|bool|_Bool|struct|enum|union|const|volatile|static|_Atomic|restrict)$/.test(word);
  }

  /** Index of the bracket that closes the one at `open`; the last token when there is none. */
  #closing(open: number): number {
    let depth = 0;
    for (let i = open; i < this.#tokens.length; i++) {
      if (this.#at(i) === '(') depth++;
      if (this.#at(i) === ')' && --depth === 0) return i;
    }
    return this.#tokens.length - 1;
  }
}

function strayMessage(text: string): string {
  if (text === '"') return 'this string has no closing quote';
  if (text === "'") return 'this character has no closing quote';
  return `'${text}' is no character of C`;
}
