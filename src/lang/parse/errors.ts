// SPDX-License-Identifier: GPL-2.0-only
// Owns finding syntax errors: where the grammar could not go on, and where it only seemed to.

import type { Parser } from 'web-tree-sitter';
import type { Reporter } from '../diagnostics/diagnostics.ts';
import { explain, type Stuck } from './explain.ts';
import type { Node } from './node.ts';
import { INT_WORDS, PASSED } from './words.ts';
import type { Prepared } from './prepare.ts';
import type { Token } from '../preprocess/tokens.ts';

/**
 * Reports what makes a parse fail and gives the nodes that are not to be relied on. The tree says only what was skipped,
 * which can be far from the mistake; the parser's log says where every reading ended, so the text is parsed once more
 * with it.
 */
export function reportSyntaxErrors(
  root: Node,
  prepared: Prepared,
  engine: Parser,
  reporter: Reporter,
): Node[] {
  const { tokens, brackets } = prepared;
  const broken = brokenNodes(root);
  const misread = misreadWords(root, tokens);
  if (broken.length === 0 && misread.length === 0 && !brackets) return [];
  let stuck: Stuck[] = broken.length > 0 || brackets ? findStuck(prepared, engine) : [];
  if (stuck.length === 0) stuck = broken.map((n) => skipped(n));
  for (const n of misread) stuck.push({ index: n.first, expected: undefined, misread: true });
  if (brackets) {
    // What comes after the bracket that does not match is noise. What comes before may say it better.
    const limit = tokens.indexOf(brackets.token);
    stuck = stuck.filter((s) => s.index < limit);
    if (stuck.length === 0) reporter.error(brackets.token, brackets.complaint);
  }
  const lines = new Set<string>();
  for (const s of stuck.toSorted((a, b) => a.index - b.index)) {
    const at = (tokens[s.index] ?? tokens.at(-1))?.at;
    // What follows on the same line is nearly always the same mistake.
    const line = `${at?.file ?? ''}:${at?.line ?? 0}`;
    if (!at || lines.has(line)) continue;
    lines.add(line);
    const { where, complaint } = explain(s, tokens, (i) => prepared.typeNames.has(i));
    reporter.error(where, complaint);
  }
  return [...broken, ...misread];
}

function findStuck(prepared: Prepared, engine: Parser): Stuck[] {
  const stuck: Stuck[] = [];
  let offset = 0;
  engine.reset();
  engine.setLogger((message, isLex) => {
    if (isLex) return;
    const at = /^process\b.*\bcol:(\d+)$/.exec(message);
    // Columns of the log are bytes of UTF-16.
    if (at) offset = Number(at[1]) / 2;
    if (message.startsWith('resume')) {
      stuck.push({ index: tokenAt(prepared, offset), expected: undefined, misread: false });
    }
    const missing = /^recover_with_missing symbol:(.*), state/.exec(message);
    const last = stuck.at(-1);
    if (missing && last && last.expected === undefined && last.index === tokenAt(prepared, offset))
      last.expected = missing[1];
  });
  engine.parse(prepared.text)?.delete();
  engine.setLogger(null);
  return stuck;
}

/** The token of the first piece that starts at or after an offset. */
function tokenAt(prepared: Prepared, offset: number): number {
  const piece = prepared.pieces.find((p) => p.start >= offset && !p.inserted);
  return piece?.from ?? prepared.tokens.length;
}

function skipped(node: Node): Stuck {
  if (node.missing) return { index: node.first + 1, expected: node.type, misread: false };
  return { index: node.first, expected: undefined, misread: false };
}

function brokenNodes(node: Node): Node[] {
  if (node.type === 'ERROR' || node.missing) return [node];
  return node.children.flatMap(brokenNodes);
}

/** Words of the language that the grammar took for names: it does so where the word cannot stand. */
function misreadWords(node: Node, tokens: readonly Token[]): Node[] {
  if (node.children.length > 0) return node.children.flatMap((c) => misreadWords(c, tokens));
  if (!/(^|_)identifier$/.test(node.type) || node.missing || node.inserted !== undefined) return [];
  const word = tokens[node.first]?.text ?? '';
  return PASSED.has(word) || INT_WORDS.has(word) ? [node] : [];
}
