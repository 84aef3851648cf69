// SPDX-License-Identifier: GPL-2.0-only
// Owns following brackets through the tokens: do they match, and does an opening parenthesis begin an expression?

import type { Complaint } from '../diagnostics/diagnostics.ts';
import { CONSTANT_WORDS, INT_WORDS, PASSED } from './words.ts';
import type { Token } from '../preprocess/tokens.ts';

interface Open {
  readonly token: Token;
  /** What a following "(" is after the closing bracket: part of a value (a call), or the start of an expression. */
  readonly valueAfter: boolean;
}

const CLOSING: Readonly<Record<string, string>> = { '(': ')', '[': ']', '{': '}' };
const SIZEOF = new Set(['sizeof', 'alignof', '_Alignof']);
const TYPE_WORDS = new Set(['void', 'bool', '_Bool']);

/** The first place where brackets do not match. */
export interface BracketMistake {
  readonly token: Token;
  readonly complaint: Complaint;
}

export class Brackets {
  readonly #open: Open[] = [];
  #afterValue = false;
  #previous: Token | undefined;
  #mistake: BracketMistake | undefined;
  #startsType = false;
  #isExpression = false;

  /** The innermost open bracket: '(', '[', '{' or ''. */
  get inner(): string {
    return this.#open.at(-1)?.token.text ?? '';
  }

  /** The token before ends a value, so that '&&' joins and '(' calls. */
  get afterValue(): boolean {
    return this.#afterValue;
  }

  /** To be said before a '(' is seen: its inside begins with a type. */
  insideStartsType(starts: boolean): void {
    this.#startsType = starts;
  }

  /** The '(' just seen begins a parenthesised expression or a cast (not a call, not the head of a statement). */
  get isExpression(): boolean {
    return this.#isExpression;
  }

  see(token: Token): void {
    const { text } = token;
    if (token.kind !== 'punct') {
      this.#previous = token;
      this.#afterValue = isValue(token);
      return;
    }
    if (text === '(') {
      const control = this.#previous !== undefined && /^(if|while|for|switch)$/.test(this.#previous.text);
      this.#isExpression = !control && !this.#afterValue;
      // A cast is followed by an operand; sizeof (type) is a value, and so is (a + b).
      const isSizeof = SIZEOF.has(this.#previous?.text ?? '');
      this.#push({
        token,
        valueAfter: this.#afterValue || isSizeof || (this.#isExpression && !this.#startsType),
      });
      return;
    }
    if (text === '[' || text === '{') {
      this.#push({ token, valueAfter: text === '[' });
      return;
    }
    if (text === ')' || text === ']' || text === '}') {
      const top = this.#open.at(-1);
      if (!top || CLOSING[top.token.text] !== text) {
        this.#mismatch(token, top);
        return;
      }
      this.#open.pop();
      this.#previous = token;
      this.#afterValue = top.valueAfter;
      return;
    }
    this.#previous = token;
    this.#afterValue = false;
  }

  /** Several tokens that are one word to the grammar have gone by: a type or a value. */
  group(): void {
    this.#afterValue = true;
  }

  /** At the end: what does not match. */
  finish(): BracketMistake | undefined {
    const left = this.#open.at(-1);
    if (this.#mistake || !left) return this.#mistake;
    const hint = `add the missing '${CLOSING[left.token.text] ?? ''}'`;
    return { token: left.token, complaint: { message: `this '${left.token.text}' is never closed`, hint } };
  }

  #push(open: Open): void {
    this.#open.push(open);
    this.#previous = open.token;
    this.#afterValue = false;
  }

  #mismatch(token: Token, top: Open | undefined): void {
    if (this.#mistake) return;
    if (!top) {
      this.#mistake = { token, complaint: { message: `this '${token.text}' closes nothing` } };
      return;
    }
    const notes = [{ text: `'${top.token.text}' was opened here`, at: top.token.at }];
    const message = `expected '${CLOSING[top.token.text] ?? ''}' before '${token.text}'`;
    this.#mistake = { token, complaint: { message, notes } };
  }
}

function isValue(token: Token): boolean {
  if (token.kind !== 'name') return token.kind !== 'stray';
  if (INT_WORDS.has(token.text) || TYPE_WORDS.has(token.text) || CONSTANT_WORDS.has(token.text)) return true;
  return !PASSED.has(token.text);
}
