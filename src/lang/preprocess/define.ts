// SPDX-License-Identifier: GPL-2.0-only
// Owns #define, #undef and -D: which macros exist, and which the subset refuses.

import type { Span } from '../ast.ts';
import type { Reporter } from '../diagnostics/diagnostics.ts';
import { joinSpans, type SourceFiles } from '../diagnostics/source.ts';
import { didYouMean } from '../diagnostics/suggest.ts';
import type { Macro, MacroTable, TestedMacros } from './macros.ts';
import { type Token, tokenise } from './tokens.ts';

const RESERVED = new Set(['defined', '__VA_ARGS__', '__VA_OPT__', '__MMREPLAY__']);

/** Reads the line of a #define into the table. */
export function defineMacro(
  table: MacroTable,
  directive: Token,
  rest: readonly Token[],
  reporter: Reporter,
): void {
  const name = rest[0];
  if (name?.kind !== 'name') {
    reporter.error(name ?? directive, { message: '#define takes a name' });
    return;
  }
  if (RESERVED.has(name.text)) {
    reporter.error(name, {
      message: `'${name.text}' cannot be defined`,
      reason: 'the preprocessor gives it its meaning',
    });
    return;
  }
  let from = 1;
  let params: string[] | undefined;
  if (rest[1]?.text === '(' && !rest[1].space) {
    const read = readParameters(rest, reporter);
    if (!read) return;
    ({ params, from } = read);
  }
  const body = rest.slice(from);
  const paste = body.find((t) => t.text === '##' || (t.text === '#' && params !== undefined));
  if (paste) {
    const what = paste.text === '##' ? 'pasting tokens with ##' : 'making a string with #';
    const reason = 'what such a macro builds stands nowhere in the source, so the debugger could not show it';
    reporter.error(paste, {
      message: `${what} is not in the subset`,
      reason,
      hint: 'write the functions out',
    });
    return;
  }
  const macro: Macro = { name: name.text, params, body, at: name.at, origin: 'source' };
  const before = table.macros.get(name.text);
  if (before && !sameMacro(before, macro)) {
    if (before.origin === 'command-line') {
      table.used.add(name.text);
      const hint = `write the default as #ifndef ${name.text} / #define ${name.text} … / #endif`;
      reporter.error(name, { message: `'${name.text}' is already given by -D`, hint });
    } else {
      const notes = [{ text: 'first defined here', at: before.at }];
      reporter.error(name, {
        message: `macro '${name.text}' is defined again, differently`,
        hint: 'use #undef first',
        notes,
      });
    }
    return;
  }
  if (!before) table.macros.set(name.text, macro);
}

export function undefineMacro(
  table: MacroTable,
  directive: Token,
  rest: readonly Token[],
  reporter: Reporter,
): void {
  const name = rest[0];
  if (name?.kind !== 'name' || rest.length > 1) {
    reporter.error(name ?? directive, { message: '#undef takes one name' });
    return;
  }
  table.macros.delete(name.text);
}

function readParameters(
  rest: readonly Token[],
  reporter: Reporter,
): { params: string[]; from: number } | undefined {
  const params: string[] = [];
  for (let i = 2; i < rest.length; i++) {
    const t = rest[i] as Token;
    if (t.text === ')') return { params, from: i + 1 };
    if (t.text === ',') continue;
    if (t.text === '...') {
      const reason = 'each macro has a fixed number of arguments, as each function has';
      reporter.error(t, {
        message: 'a macro with a variable number of arguments is not in the subset',
        reason,
        hint: 'give the macro the parameters that it needs',
      });
      return undefined;
    }
    if (t.kind !== 'name' || params.includes(t.text)) {
      reporter.error(t, { message: `expected a parameter's name, found '${t.text}'` });
      return undefined;
    }
    params.push(t.text);
  }
  reporter.error(rest[1] as Token, { message: 'the parameters of this macro have no closing parenthesis' });
  return undefined;
}

function sameMacro(a: Macro, b: Macro): boolean {
  const text = (m: Macro): string => m.body.map((t, i) => (t.space && i > 0 ? ' ' : '') + t.text).join('');
  return (
    a.params?.join() === b.params?.join() &&
    (a.params === undefined) === (b.params === undefined) &&
    text(a) === text(b)
  );
}

/** The pseudo file in which the -D options stand, one a line. */
export const COMMAND_LINE = '<command line>';

/** The macros that exist before any file is read: -D NAME (1) and -D NAME=VALUE, and __MMREPLAY__. */
export function commandLineMacros(
  defines: readonly string[],
  files: SourceFiles,
  reporter: Reporter,
): Map<string, Macro> {
  const file = files.add({
    name: COMMAND_LINE,
    text: defines.map((d) => `-D ${d.replaceAll('\n', ' ')}`).join('\n'),
  });
  const one: Token = {
    kind: 'number',
    text: '1',
    at: atLine(1, 1),
    origin: COMMAND_LINE,
    first: false,
    space: false,
  };
  const macros = new Map<string, Macro>();
  macros.set('__MMREPLAY__', {
    name: '__MMREPLAY__',
    params: undefined,
    body: [one],
    at: one.at,
    origin: 'predefined',
  });
  const all = tokenise(file, reporter);
  defines.forEach((define, i) => {
    const tokens = all.filter((t) => t.at.line === i + 1);
    const [name, equals] = tokens.slice(2);
    const at = atLine(i + 1, define.length + 4);
    const clean = name?.kind === 'name' && (equals === undefined || (equals.text === '=' && !equals.space));
    if (!clean || name.at.col !== 4 || RESERVED.has(name.text)) {
      reporter.error({ at }, { message: `'${define}' is no macro`, hint: 'write -D NAME or -D NAME=VALUE' });
      return;
    }
    const body = equals ? tokens.slice(4) : [{ ...one, at: name.at }];
    const macro: Macro = {
      name: name.text,
      params: undefined,
      body,
      at: joinSpans(name.at, at),
      origin: 'command-line',
    };
    const before = macros.get(name.text);
    if (before && !sameMacro(before, macro)) {
      reporter.error(name, { message: `'${name.text}' is given twice, with different values` });
    }
    macros.set(name.text, macro);
  });
  return macros;
}

function atLine(line: number, endCol: number): Span {
  return { file: COMMAND_LINE, line, col: Math.min(4, endCol), endLine: line, endCol };
}

/** Reports each -D that nothing looked at: most likely misspelt, and then the wrong variant would be judged. */
export function reportUnusedDefines(
  macros: ReadonlyMap<string, Macro>,
  used: ReadonlySet<string>,
  tested: TestedMacros,
  reporter: Reporter,
): void {
  for (const macro of macros.values()) {
    if (macro.origin !== 'command-line' || used.has(macro.name)) continue;
    const known = [...tested.keys()].toSorted();
    const list =
      known.length > 0 ? `this model looks at: ${known.join(', ')}` : 'this model looks at no macro';
    const { hint } = didYouMean(macro.name, known);
    const message = `unused -D ${macro.name}`;
    const reason = 'no #if and no line of the model looks at it, so it would change nothing';
    reporter.error(
      { at: macro.at },
      { message, reason, hint: hint === undefined ? list : `${hint} (${list})` },
    );
  }
}
