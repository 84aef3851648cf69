// SPDX-License-Identifier: GPL-2.0-only
// Owns cutting a source file into preprocessing tokens, each with the exact place where it stands.

import type { Span } from '../ast.ts';
import type { Expansion, Reporter } from '../diagnostics/diagnostics.ts';
import type { SourceFile } from '../diagnostics/source.ts';

export type TokenKind = 'name' | 'number' | 'char' | 'string' | 'punct' | 'stray';

export interface Token {
  readonly kind: TokenKind;
  readonly text: string;
  /** Where it stands; for what comes from a macro's body: the whole outermost invocation. */
  readonly at: Span;
  /** The file in which it is spelled: differs from `at.file` for macro bodies. */
  readonly origin: string;
  /** First on its line. */
  readonly first: boolean;
  /** White space before it. */
  readonly space: boolean;
  readonly macro?: Expansion | undefined;
  /** Macros that must not be expanded in it again. */
  readonly hide?: ReadonlySet<string> | undefined;
}

const PATTERN =
  /([ \t\f\v]+)|(\n)|(\/\/[^\n]*|\/\*[^]*?\*\/)|([A-Za-z_$][\w$]*)|(\.?\d(?:[eEpP][+-]|'?[\w.])*)|((?:u8|[uUL])?"(?:\\.|[^"\\\n])*")|((?:u8|[uUL])?'(?:\\.|[^'\\\n])*')|(\.\.\.|<<=|>>=|->|\+\+|--|<<|>>|<=|>=|==|!=|&&|\|\||[-*/%+&^|]=|##|::|[-[\](){}.,;:?!~+*/%&|^<>=#])|([^])/y;

/** Removes continuation lines; `raw[i]` is the place in the file of character i of `text`. */
function splice(text: string): { text: string; raw: (i: number) => number } {
  if (!/\\[ \t]*\n/.test(text)) return { text, raw: (i) => i };
  const cuts: { at: number; removed: number }[] = [];
  let removed = 0;
  const joined = text.replaceAll(/\\[ \t]*\n/g, (all: string, offset: number) => {
    cuts.push({ at: offset - removed, removed: removed + all.length });
    removed += all.length;
    return '';
  });
  const raw = (i: number): number => {
    let [low, high] = [0, cuts.length];
    while (low < high) {
      const mid = (low + high) >> 1;
      if ((cuts[mid]?.at ?? 0) <= i) low = mid + 1;
      else high = mid;
    }
    return i + (low === 0 ? 0 : (cuts[low - 1]?.removed ?? 0));
  };
  return { text: joined, raw };
}

const cut = new WeakMap<SourceFile, readonly Token[]>();

/** As `tokenise`; a header that both units read is cut once. */
export function tokensOf(file: SourceFile, reporter: Reporter): readonly Token[] {
  const known = cut.get(file) ?? tokenise(file, reporter);
  cut.set(file, known);
  return known;
}

/** The tokens of a file. Comments and white space are dropped; literal and comment mistakes are reported. */
export function tokenise(file: SourceFile, reporter: Reporter): Token[] {
  const { text, raw } = splice(file.text);
  const starts = [0];
  for (let i = file.text.indexOf('\n'); i >= 0; i = file.text.indexOf('\n', i + 1)) starts.push(i + 1);
  let line = 0;
  const place = (offset: number): { line: number; col: number } => {
    while (line + 1 < starts.length && (starts[line + 1] ?? 0) <= offset) line++;
    return { line: line + 1, col: offset - (starts[line] ?? 0) + 1 };
  };
  const tokens: Token[] = [];
  let first = true;
  let space = false;
  PATTERN.lastIndex = 0;
  for (let m = PATTERN.exec(text); m !== null && PATTERN.lastIndex <= text.length; m = PATTERN.exec(text)) {
    const [all, blank, newline, comment, name, number, string, char, punct] = m;
    if (newline !== undefined) [first, space] = [true, false];
    if (blank !== undefined || comment !== undefined) space = true;
    if ((newline ?? blank ?? comment) !== undefined) continue;
    const from = place(raw(m.index));
    const to = place(raw(m.index + all.length - 1));
    const at: Span = { file: file.name, ...from, endLine: to.line, endCol: to.col + 1 };
    const kind: TokenKind =
      name !== undefined ? 'name'
      : number !== undefined ? 'number'
      : string !== undefined ? 'string'
      : char !== undefined ? 'char'
      : punct !== undefined ? 'punct'
      : 'stray'; // prettier-ignore
    if (text.startsWith('/*', m.index)) {
      reporter.error(
        { at: { ...at, endCol: at.col + 2 } },
        { message: 'this comment has no end', hint: 'close it with */' },
      );
      break;
    }
    tokens.push({ kind, text: all, at, origin: file.name, first, space });
    [first, space] = [false, false];
  }
  return tokens;
}
