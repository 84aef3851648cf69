// SPDX-License-Identifier: GPL-2.0-only
// Owns the text of every file that was read, line by line, under its logical name.

import type { Span } from '../ast.ts';

export interface SourceFile {
  readonly name: string;
  /** Line ends are \n. */
  readonly text: string;
  readonly lines: readonly string[];
  /** The #include that read it first; undefined for protocol, scenario and prelude. */
  readonly includedFrom: Span | undefined;
  /** Number of files read before it. */
  readonly order: number;
}

/** Files by logical name; reading one twice gives the same object. */
export class SourceFiles {
  readonly #byName = new Map<string, SourceFile>();

  get(name: string): SourceFile | undefined {
    return this.#byName.get(name);
  }

  /** Adds a file unless one of that name is there already. */
  add(source: { readonly name: string; readonly text: string }, includedFrom?: Span): SourceFile {
    const known = this.#byName.get(source.name);
    if (known) return known;
    const text = source.text.replace(/^\uFEFF/, '').replaceAll('\r\n', '\n');
    const order = this.#byName.size;
    const file: SourceFile = { name: source.name, text, lines: text.split('\n'), includedFrom, order };
    this.#byName.set(source.name, file);
    return file;
  }

  all(): SourceFile[] {
    return [...this.#byName.values()];
  }

  /** The text of a span as written, white space (and line ends) folded to single blanks. */
  textOf(at: Span): string {
    const lines = this.get(at.file)?.lines.slice(at.line - 1, at.endLine);
    if (!lines || lines.length === 0) return '';
    const last = lines.length - 1;
    const cut = lines.map((line, i) =>
      line.slice(i === 0 ? at.col - 1 : 0, i === last ? at.endCol - 1 : undefined),
    );
    return cut
      .join('\n')
      .replaceAll(/\/\*[^]*?\*\/|\/\/[^\n]*|\\\n/g, ' ')
      .replaceAll(/\s+/g, ' ')
      .trim();
  }
}

/** A span from the start of `a` to the end of `b`; `a` alone when they are not in order in one file. */
export function joinSpans(a: Span, b: Span): Span {
  const inOrder =
    a.file === b.file && (b.endLine > a.endLine || (b.endLine === a.endLine && b.endCol >= a.endCol));
  return inOrder ? { ...a, endLine: b.endLine, endCol: b.endCol } : a;
}
