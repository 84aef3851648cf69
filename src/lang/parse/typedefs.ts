// SPDX-License-Identifier: GPL-2.0-only
// Owns knowing, while tokens go by, which names are typedef names.

import { PASSED } from './words.ts';

/** The state of a typedef declaration that is being read. */
interface Reading {
  braces: number;
  parens: number;
  /** A type specifier has been seen: the next new name is the declarator's. */
  hasType: boolean;
  named: boolean;
}

export class TypedefNames {
  /** One set for each open block; the first is the file's. */
  readonly #scopes: Set<string>[] = [new Set(['thread_t'])];
  #reading: Reading | undefined;

  has(name: string): boolean {
    return this.#scopes.some((s) => s.has(name));
  }

  /** The word `typedef` has been read. */
  begin(): void {
    this.#reading = { braces: 0, parens: 0, hasType: false, named: false };
  }

  /** A word goes by: is it a typedef name in use? `label`: it stands where a label does. */
  see(word: string, label: boolean): boolean {
    const r = this.#reading;
    const known = !label && this.has(word);
    if (!r || r.braces > 0) return known;
    if (word === 'struct' || word === 'enum') {
      r.hasType = true;
      return false;
    }
    if (PASSED.has(word) && word !== 'void' && word !== 'bool' && word !== '_Bool') return false;
    if (r.named || (r.hasType && word === 'int')) return known;
    if (!r.hasType) {
      r.hasType = true;
      return known;
    }
    r.named = true;
    this.#scopes.at(-1)?.add(word);
    return false;
  }

  punct(text: string): void {
    const r = this.#reading;
    if (r) {
      if (text === '{') r.braces++;
      if (text === '}') r.braces--;
      if (text === '(') r.parens++;
      if (text === ')') r.parens--;
      if (r.braces === 0 && r.parens === 0 && text === ',') r.named = false;
      if (r.braces === 0 && text === ';') this.#reading = undefined;
      return;
    }
    if (text === '{') this.#scopes.push(new Set());
    if (text === '}' && this.#scopes.length > 1) this.#scopes.pop();
  }
}
