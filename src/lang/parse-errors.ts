// SPDX-License-Identifier: GPL-2.0-only
// Owns syntax errors: where the grammar could not go on, and what it would have needed there.

import type { Parser } from 'web-tree-sitter';
import type { Complaint, Reporter, Where } from './diagnostics.ts';
import type { Node } from './parse-node.ts';
import { INT_WORDS, PASSED } from './parse-words.ts';
import type { Prepared } from './parse-prepare.ts';
import type { Token } from './preprocess-tokens.ts';

/** A place where no reading of the text could go on. */
interface Stuck {
  /** Index into pieces; pieces.length at the end of the file. */
  readonly piece: number;
  /** What the grammar puts in to go on, when one sign is enough. */
  expected: string | undefined;
}

/**
 * Reports what makes a parse fail. The tree says only what was skipped, which can be far from the mistake; the parser's
 * log says where every reading ended, so the text is parsed once more with it.
 */
export function reportSyntaxErrors(root: Node, prepared: Prepared, engine: Parser, reporter: Reporter): void {
  const stuck = findStuck(prepared, engine);
  if (stuck.length === 0) stuck.push(...skipped(root, prepared));
  const { brackets } = prepared;
  if (brackets) {
    // What comes after the bracket that does not match is noise. What comes before may say it better.
    const limit = prepared.tokens.indexOf(brackets.token);
    const before = stuck.filter((s) => (prepared.pieces[s.piece]?.from ?? prepared.tokens.length) < limit);
    stuck.splice(0, stuck.length, ...before);
    if (stuck.length === 0) reporter.error(brackets.token, brackets.complaint);
  }
  let lastLine = '';
  for (const s of stuck) {
    const piece = prepared.pieces[s.piece];
    const token = piece && prepared.tokens[piece.from];
    const before = prepared.tokens[(piece ? piece.from : prepared.tokens.length) - 1];
    const at = token?.at ?? before?.at;
    if (!at) continue;
    // What follows on the same line is nearly always the same mistake.
    const line = `${at.file}:${at.line}`;
    if (line === lastLine) continue;
    lastLine = line;
    const { where, complaint } = explain(s, piece ? piece.from : prepared.tokens.length, prepared.tokens);
    reporter.error(where, complaint);
  }
}

function findStuck(prepared: Prepared, engine: Parser): Stuck[] {
  const stuck: Stuck[] = [];
  let offset = 0;
  engine.reset();
  engine.setLogger((message, isLex) => {
    if (isLex) return;
    const process = /^process .*\bcol:(\d+)$/.exec(message);
    // Columns of the log are bytes of UTF-16.
    if (process) offset = Number(process[1]) / 2;
    if (message.startsWith('resume')) stuck.push({ piece: pieceFrom(prepared, offset), expected: undefined });
    const missing = /^recover_with_missing symbol:(.*), state/.exec(message);
    const last = stuck.at(-1);
    if (missing && last && last.expected === undefined && last.piece === pieceFrom(prepared, offset))
      last.expected = missing[1];
  });
  engine.parse(prepared.text)?.delete();
  engine.setLogger(null);
  return stuck;
}

/** The first piece that starts at or after an offset. */
function pieceFrom(prepared: Prepared, offset: number): number {
  const i = prepared.pieces.findIndex((p) => p.start >= offset && !p.inserted);
  return i < 0 ? prepared.pieces.length : i;
}

function skipped(root: Node, prepared: Prepared): Stuck[] {
  const found: Stuck[] = [];
  const visit = (n: Node): void => {
    if (n.type === 'ERROR' || n.missing) {
      const from = n.missing ? n.first + 1 : n.first;
      const piece = prepared.pieces.findIndex((p) => p.from >= from && !p.inserted);
      found.push({
        piece: piece < 0 ? prepared.pieces.length : piece,
        expected: n.missing ? n.type : undefined,
      });
    } else n.children.forEach(visit);
  };
  visit(root);
  return found;
}

function explain(
  stuck: Stuck,
  index: number,
  tokens: readonly Token[],
): { where: Where; complaint: Complaint } {
  const token = tokens[index];
  const before = tokens[index - 1];
  const here: Where = token ?? before ?? { at: { file: '', line: 1, col: 1, endLine: 1, endCol: 1 } };
  const found = token ? `'${token.text}'` : 'the end of the file';
  if (token?.text === '{' && before?.text === ')') {
    const open = openingOf(tokens, index - 1);
    const name = tokens[open - 1];
    const start = tokens[open - 2]?.text ?? ';';
    if (name?.kind === 'name' && !PASSED.has(name.text) && /^[;{})]$/.test(start)) {
      return {
        where: name,
        complaint: {
          message: `'${name.text}' is used like a loop, but no macro of that name is known`,
          reason: 'an iterator macro must be a #define that the preprocessor can turn into a for loop',
          hint: `#include the header that defines ${name.text}, or write the for loop out`,
        },
      };
    }
  }
  if (
    token &&
    PASSED.has(token.text) &&
    before &&
    PASSED.get(before.text) === undefined &&
    stuck.expected === 'identifier'
  ) {
    const reason = `'${token.text}' is a word of the language, so nothing can be named like it`;
    return { where: here, complaint: { message: `unexpected '${token.text}'`, reason } };
  }
  if (
    stuck.expected === ';' &&
    before &&
    token?.kind === 'name' &&
    before.kind === 'name' &&
    tokens[index + 1]?.text !== '('
  ) {
    const first = tokens[index - 2]?.text ?? ';';
    if (/^[;{}]$/.test(first) && !PASSED.has(before.text) && !INT_WORDS.has(before.text)) {
      const message = `unknown type name '${before.text}'`;
      return {
        where: before,
        complaint: { message, hint: 'declare it with typedef, or write "struct" before it' },
      };
    }
  }
  if (stuck.expected === 'identifier')
    return { where: here, complaint: { message: `expected an expression before ${found}` } };
  if (stuck.expected !== undefined && /^[^\w]+$|^while$/.test(stuck.expected)) {
    const message = `expected '${stuck.expected}' before ${found}`;
    // A forgotten sign is seen best where it should stand: at the end of the line before.
    const where = before && token && before.at.line !== token.at.line ? endOf(before) : here;
    return { where, complaint: { message } };
  }
  if (token?.text === 'else') return { where: here, complaint: { message: "'else' without 'if'" } };
  return { where: here, complaint: { message: `unexpected ${found}` } };
}

function endOf(token: Token): Where {
  const { at } = token;
  return { at: { ...at, line: at.endLine, col: at.endCol - 1 }, macro: token.macro };
}

/** Index of the "(" that matches the ")" at `close`. */
function openingOf(tokens: readonly Token[], close: number): number {
  let depth = 0;
  for (let i = close; i > 0; i--) {
    if (tokens[i]?.text === ')') depth++;
    if (tokens[i]?.text === '(' && --depth === 0) return i;
  }
  return 0;
}

/**
 * Reports words of the language where the grammar took them for names (it does so where the word cannot stand).
 * Gives the nodes.
 */
export function reportMisreadWords(root: Node, tokens: readonly Token[], reporter: Reporter): Node[] {
  const found: Node[] = [];
  const visit = (n: Node): void => {
    if (n.children.length > 0) {
      n.children.forEach(visit);
      return;
    }
    if (!/(^|_)identifier$/.test(n.type) || n.missing) return;
    const token = tokens[n.first];
    if (!token || (!PASSED.has(token.text) && !INT_WORDS.has(token.text))) return;
    found.push(n);
    const message = token.text === 'else' ? "'else' without 'if'" : `'${token.text}' cannot stand here`;
    reporter.error(token, {
      message,
      reason: `'${token.text}' is a word of the language, so nothing can be named like it`,
    });
  };
  visit(root);
  return found;
}
