// SPDX-License-Identifier: GPL-2.0-only
// Owns what the front end says about bad input: collecting complaints with their place, sorting and printing them.

import type { Span } from '../ast.ts';
import type { SourceFile, SourceFiles } from './source.ts';

/** One level of macro expansion; `outer` is the expansion in whose body this one stood. */
export interface Expansion {
  readonly macro: string;
  /** Where the name stands in its #define; undefined for -D and predefined macros. */
  readonly definedAt: Span | undefined;
  readonly outer: Expansion | undefined;
}

/** A place to complain about: a token, or what a syntax node covers. */
export interface Where {
  readonly at: Span;
  readonly macro?: Expansion | undefined;
}

export interface Note {
  readonly text: string;
  readonly at?: Span;
}

/** What is wrong, why the subset refuses it, and what to write instead. Sentences without a full stop. */
export interface Complaint {
  readonly message: string;
  readonly reason?: string;
  readonly hint?: string;
  readonly notes?: readonly Note[];
}

export interface Diagnostic extends Complaint {
  readonly severity: 'error' | 'warning';
  readonly at: Span;
  /** The line as written (tabs kept); '' when the file is not known. */
  readonly sourceLine: string;
  /** Columns of sourceLine to underline: 1-based, `to` is one past the last. */
  readonly caret: { readonly from: number; readonly to: number };
  readonly notes: readonly Note[];
}

/** Collects diagnostics of one run. Never throws for a user's mistake. */
export class Reporter {
  readonly files: SourceFiles;
  readonly #list: Diagnostic[] = [];
  readonly #seen = new Set<string>();

  constructor(files: SourceFiles) {
    this.files = files;
  }

  get hasErrors(): boolean {
    return this.#list.some((d) => d.severity === 'error');
  }

  error(where: Where, complaint: Complaint): void {
    this.#add('error', where, complaint);
  }

  warning(where: Where, complaint: Complaint): void {
    this.#add('warning', where, complaint);
  }

  /** Sorted by file (in order of reading), line and column. */
  all(severity: Diagnostic['severity']): Diagnostic[] {
    const order = (d: Diagnostic): number => this.files.get(d.at.file)?.order ?? -1;
    return this.#list
      .filter((d) => d.severity === severity)
      .toSorted((a, b) => order(a) - order(b) || a.at.line - b.at.line || a.at.col - b.at.col);
  }

  #add(severity: Diagnostic['severity'], where: Where, complaint: Complaint): void {
    const { at } = where;
    const key = `${at.file}:${at.line}:${at.col}:${complaint.message}`;
    if (this.#seen.has(key)) return;
    this.#seen.add(key);
    const file = this.files.get(at.file);
    const sourceLine = file?.lines[at.line - 1] ?? '';
    const to = at.endLine === at.line ? at.endCol : sourceLine.trimEnd().length + 1;
    const notes = [
      ...(complaint.notes ?? []),
      ...expansionNotes(where.macro),
      ...includeNotes(this.files, file),
    ];
    const caret = { from: at.col, to: Math.max(at.col + 1, to) };
    this.#list.push({ ...complaint, severity, at, sourceLine, caret, notes });
  }
}

function expansionNotes(macro: Expansion | undefined): Note[] {
  const notes: Note[] = [];
  for (let m = macro; m; m = m.outer) {
    const text = `in expansion of macro '${m.macro}'`;
    notes.push(m.definedAt ? { text: `${text}, defined here`, at: m.definedAt } : { text });
  }
  return notes;
}

function includeNotes(files: SourceFiles, file: SourceFile | undefined): Note[] {
  const notes: Note[] = [];
  for (let from = file?.includedFrom; from; from = files.get(from.file)?.includedFrom) {
    notes.push({ text: 'included from here', at: from });
  }
  return notes;
}

/** "file:line:col", as gcc and every editor write it. */
export function placeOf(at: Span): string {
  return `${at.file}:${at.line}:${at.col}`;
}

/**
 * Tabs become blanks up to the next multiple of eight, so that a caret below stands right in any terminal; other control
 * characters, which could command it, become question marks.
 */
function expandTabs(text: string): string {
  let out = '';
  for (const ch of text) {
    const isControl = ch < ' ' || ch === '\u007f' || (ch >= '\u0080' && ch <= '\u009f');
    out += ch === '\t' ? ' '.repeat(8 - (out.length % 8)) : isControl ? '?' : ch;
  }
  return out;
}

/** Columns of a source line that are shown. */
const LONGEST = 200;

function formatOne(d: Diagnostic): string {
  const lines = [`${placeOf(d.at)}: ${d.severity}: ${d.message}`];
  if (d.sourceLine !== '') {
    const start = expandTabs(d.sourceLine.slice(0, d.caret.from - 1)).length;
    const end = expandTabs(d.sourceLine.slice(0, d.caret.to - 1)).length;
    // Of a very long line the part around the mistake.
    const from = start > LONGEST ? start - 20 : 0;
    lines.push(
      expandTabs(d.sourceLine)
        .slice(from, from + LONGEST)
        .trimEnd(),
    );
    lines.push(`${' '.repeat(start - from)}^${'~'.repeat(Math.min(LONGEST, Math.max(0, end - start - 1)))}`);
  }
  if (d.reason !== undefined) lines.push(`  reason: ${d.reason}`);
  if (d.hint !== undefined) lines.push(`  hint: ${d.hint}`);
  for (const n of d.notes) lines.push(n.at ? `  note: ${placeOf(n.at)}: ${n.text}` : `  note: ${n.text}`);
  return lines.join('\n');
}

/** The text a user reads: at most `limit` diagnostics, then "and N more". No trailing newline. */
export function formatDiagnostics(list: readonly Diagnostic[], limit = 20): string {
  const parts = list.slice(0, limit).map(formatOne);
  const more = list.length - limit;
  if (more > 0) parts.push(`and ${more} more ${more === 1 ? 'error' : 'errors'}`);
  return parts.join('\n');
}
