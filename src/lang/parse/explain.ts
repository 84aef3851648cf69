// SPDX-License-Identifier: GPL-2.0-only
// Owns the words for a syntax error: what was found, what would have been needed, and what was probably meant.

import type { Complaint, Where } from '../diagnostics/diagnostics.ts';
import { FLOAT_WORDS, INT_WORDS, PASSED } from './words.ts';
import type { Token } from '../preprocess/tokens.ts';

/** A place where the text cannot go on. */
export interface Stuck {
  /** Index of the token that does not fit; tokens.length at the end of the file. */
  readonly index: number;
  /** What the grammar puts in to go on, when one sign is enough. */
  expected: string | undefined;
  /** The grammar took a word of the language for a name here. */
  readonly misread: boolean;
}

export interface Explained {
  readonly where: Where;
  readonly complaint: Complaint;
}

const NOWHERE: Where = { at: { file: '', line: 1, col: 1, endLine: 1, endCol: 1 } };

/** `isType` says which tokens are typedef names. */
export function explain(
  stuck: Stuck,
  tokens: readonly Token[],
  isType: (index: number) => boolean,
): Explained {
  const token = tokens[stuck.index];
  const previous = before(tokens, stuck.index);
  const last = tokens[previous];
  const here: Where = token ? { at: token.at, macro: token.macro ?? last?.macro } : (last ?? NOWHERE);
  const found = !token ? 'the end of the file' : /^['"]/.test(token.text) ? token.text : `'${token.text}'`;
  const special =
    loopMacro(tokens, stuck.index) ?? unknownType(stuck, tokens, previous) ?? wordAsName(token, last);
  if (special) return special;
  for (const i of [previous, stuck.index]) {
    const name = tokens[i];
    if (!name || !isType(i) || !/^[=,;()[\]]$/.test(tokens[i + 1]?.text ?? '')) continue;
    const message = `'${name.text}' is the name of a type here`;
    return {
      where: name,
      complaint: { message, reason: 'it was declared with typedef', hint: 'choose another name' },
    };
  }
  if (token?.text === 'else') return { where: here, complaint: { message: "'else' without 'if'" } };
  if (last?.text === ')' && tokens[openingOf(tokens, previous, '(', ')') - 1]?.text === 'switch') {
    const hint = 'put the cases between { and }';
    return { where: here, complaint: { message: `expected '{' before ${found}`, hint } };
  }
  if (last && /^(if|while|for|switch)$/.test(last.text)) {
    return { where: here, complaint: { message: `expected '(' after '${last.text}'` } };
  }
  const ended = last?.text === '}' && token !== undefined && beginsDeclaration(token);
  const expected = stuck.misread && ended ? ';' : stuck.expected;
  if (expected === 'identifier')
    return { where: here, complaint: { message: `expected an expression before ${found}` } };
  if (expected !== undefined && /^[^\w]+$|^while$/.test(expected)) {
    // A forgotten sign is seen best where it should stand: at the end of the line before.
    const where = last && token && last.at.line !== token.at.line ? endOf(last) : here;
    return { where, complaint: { message: `expected '${expected}' before ${found}` } };
  }
  if (stuck.misread) {
    const reason = `'${token?.text ?? ''}' is a word of the language, so nothing can be named like it`;
    return { where: here, complaint: { message: `${found} cannot stand here`, reason } };
  }
  return { where: here, complaint: { message: `unexpected ${found}` } };
}

/** `for_each_x(a, b) {`, where nothing is known of for_each_x. */
function loopMacro(tokens: readonly Token[], index: number): Explained | undefined {
  if (tokens[index]?.text !== '{' || tokens[index - 1]?.text !== ')') return undefined;
  const open = openingOf(tokens, index - 1, '(', ')');
  const name = tokens[open - 1];
  const start = tokens[open - 2]?.text ?? ';';
  if (name?.kind !== 'name' || PASSED.has(name.text) || !/^[;{})]$/.test(start)) return undefined;
  return {
    where: name,
    complaint: {
      message: `'${name.text}' is used like a loop, but no macro of that name is known`,
      reason: 'an iterator macro must be a #define that the preprocessor can turn into a for loop',
      hint: `#include the header that defines ${name.text}, or write the for loop out`,
    },
  };
}

/** `foo x;` where foo is no type. */
function unknownType(stuck: Stuck, tokens: readonly Token[], previous: number): Explained | undefined {
  const token = tokens[stuck.index];
  const last = tokens[previous];
  if (stuck.expected !== ';' || token?.kind !== 'name' || last?.kind !== 'name') return undefined;
  if (tokens[stuck.index + 1]?.text === '(' || isWord(last.text) || isWord(token.text)) return undefined;
  const first = tokens[previous - 1];
  if (first && !/^[;{}]$/.test(first.text)) return undefined;
  if (first?.text === '}' && closesType(tokens, previous - 1)) return undefined;
  return {
    where: last,
    complaint: {
      message: `unknown type name '${last.text}'`,
      hint: 'declare it with typedef, or write "struct" before it',
    },
  };
}

/** `int register = 3;` */
function wordAsName(token: Token | undefined, last: Token | undefined): Explained | undefined {
  if (!token || !last || !/^[=,;[)]$/.test(token.text) || !isWord(last.text)) return undefined;
  if (/^(return|break|continue|default|else|do|sizeof)$/.test(last.text)) return undefined;
  const reason = `'${last.text}' is a word of the language, so nothing can be named like it`;
  return { where: last, complaint: { message: `'${last.text}' cannot stand here`, reason } };
}

function isWord(text: string): boolean {
  return PASSED.has(text) || INT_WORDS.has(text) || FLOAT_WORDS.has(text);
}

function beginsDeclaration(token: Token): boolean {
  const { text } = token;
  return (
    INT_WORDS.has(text) || /^(void|bool|_Bool|struct|enum|static|extern|const|typedef|inline)$/.test(text)
  );
}

/** The last token before `index`, attributes left out; -1 at the beginning. */
function before(tokens: readonly Token[], index: number): number {
  let i = index - 1;
  while (tokens[i]?.text === ']' && tokens[i - 1]?.text === ']') {
    let open = i - 2;
    while (open >= 0 && !(tokens[open]?.text === '[' && tokens[open + 1]?.text === '[')) open--;
    if (open < 0) return i;
    i = open - 1;
  }
  return i;
}

/** Does this "}" end the body of a struct or enum? */
function closesType(tokens: readonly Token[], close: number): boolean {
  const open = openingOf(tokens, close, '{', '}');
  const [one, two] = [tokens[open - 1]?.text ?? '', tokens[open - 2]?.text ?? ''];
  return /^(struct|enum|union)$/.test(one) || /^(struct|enum|union)$/.test(two);
}

/** Index of the bracket that the one at `close` closes. */
function openingOf(tokens: readonly Token[], close: number, left: string, right: string): number {
  let depth = 0;
  for (let i = close; i > 0; i--) {
    if (tokens[i]?.text === right) depth++;
    if (tokens[i]?.text === left && --depth === 0) return i;
  }
  return 0;
}

function endOf(token: Token): Where {
  const { at } = token;
  return { at: { ...at, line: at.endLine, col: at.endCol - 1 }, macro: token.macro };
}
