// SPDX-License-Identifier: GPL-2.0-only
// Owns what tests of the front end share: the parser, a small prelude, and the AST in a short form for comparing.

import { readFileSync } from 'node:fs';
import type { Expr, ExprInit, FunctionSym, Init, LinkedModel, Stmt } from '../../src/lang/ast.ts';
import { nameOf } from '../../src/lang/check/c-types.ts';
import {
  type CParser,
  type Diagnostic,
  formatDiagnostics,
  front,
  type FrontResult,
  loadParser,
} from '../../src/lang/front.ts';

const modules = new URL('../../node_modules/', import.meta.url);

export const parser: CParser = await loadParser({
  runtime: readFileSync(new URL('web-tree-sitter/web-tree-sitter.wasm', modules)),
  grammar: readFileSync(new URL('tree-sitter-c/tree-sitter-c.wasm', modules)),
});

export const realPrelude = {
  name: 'prelude.h',
  text: readFileSync(new URL('../../src/lang/prelude.h', import.meta.url), 'utf8'),
};

/** Enough of a prelude to say what the front end needs of one, independent of the real one. */
export const smallPrelude = {
  name: 'prelude.h',
  text: `typedef unsigned long size_t;
typedef unsigned char u8;
typedef signed char s8;
typedef unsigned int u32;
#define current __current()
#define likely(x) (x)
#define container_of(ptr, type, member) ((type *)__container_of(ptr, offsetof(type, member)))
#define BUG_ON(c) do { if (c) BUG(); } while (0)
[[mm::lock]] typedef struct { [[mm::owner]] thread_t owner; } spinlock_t;
[[mm::step("acquire")]] void spin_lock(spinlock_t *lock)
{
	__await(!lock->owner);
	lock->owner = current;
}
[[mm::step("release")]] void spin_unlock(spinlock_t *lock)
{
	if (lock->owner != current)
		__fail("unlock-by-non-owner", "held by another thread");
	lock->owner = 0;
}
`,
};

export interface Options {
  /** More translation units, by name. Without: one unit, main.c. */
  readonly units?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly defines?: readonly string[];
  readonly prelude?: { readonly name: string; readonly text: string };
}

export function run(text: string, options: Options = {}): FrontResult {
  const units = options.units
    ? Object.entries(options.units).map(([name, t]) => ({ name, text: t }))
    : [{ name: 'main.c', text }];
  const headers = options.headers ?? {};
  return front({
    units,
    defines: options.defines ?? [],
    readSource: (name) => (name in headers ? { name, text: headers[name] as string } : undefined),
    prelude: options.prelude ?? smallPrelude,
    parser,
  });
}

/** The model of a text that must be accepted. A thread is added, so that texts can be short. */
export function accept(text: string, options: Options = {}): LinkedModel {
  const result = run(`${text}\n[[mm::thread]] void THREAD(void) { }\n`, options);
  if (!result.ok) throw new Error(`refused:\n${formatDiagnostics(result.diagnostics)}`);
  return result.model;
}

/** What is said about a text that must be refused. */
export function refuse(text: string, options: Options = {}): readonly Diagnostic[] {
  const result = run(text, options);
  if (result.ok) throw new Error('accepted');
  return result.diagnostics;
}

/** "main.c:3:4: message", one for each. */
export function messages(list: readonly Diagnostic[]): string[] {
  return list.map((d) => `${d.at.file}:${d.at.line}:${d.at.col}: ${d.message}`);
}

export function fn(model: LinkedModel, name: string): FunctionSym {
  const found = model.functions.find((f) => f.name === name);
  if (!found) throw new Error(`no function ${name}`);
  return found;
}

/** The statements of a function in short form, one a line. */
export function bodyOf(model: LinkedModel, name: string): string[] {
  const { body } = fn(model, name);
  return body?.kind === 'block' ? body.body.map(show) : [];
}

export function show(s: Stmt): string {
  switch (s.kind) {
    case 'block':
      return `{ ${s.body.map(show).join(' ')} }`;
    case 'declare':
      return `${nameOf(s.sym.type)} ${s.sym.unique}${s.init ? ` = ${init(s.init)}` : ''};`;
    case 'expr':
      return `${expr(s.expr)};`;
    case 'if':
      return `if (${expr(s.test)}) ${show(s.then)}${s.otherwise ? ` else ${show(s.otherwise)}` : ''}`;
    case 'while':
      return `while (${expr(s.test)}) ${show(s.body)}`;
    case 'do':
      return `do ${show(s.body)} while (${expr(s.test)});`;
    case 'for':
      return `for (${s.init ? show(s.init) : ';'} ${s.test ? expr(s.test) : ''}; ${s.step ? expr(s.step) : ''}) ${show(s.body)}`;
    case 'switch':
      return `switch (${expr(s.value)}) ${show(s.body)}`;
    case 'case':
      return `case ${s.value}:`;
    case 'default':
      return 'default:';
    case 'goto':
      return `goto ${s.label};`;
    case 'label':
      return `${s.label}:`;
    case 'return':
      return s.value ? `return ${expr(s.value)};` : 'return;';
    default:
      return `${s.kind};`;
  }
}

/** Conversions are written out: (int)x. Constants with their type unless int. */
export function expr(e: Expr): string {
  switch (e.kind) {
    case 'number':
      return e.type.kind === 'int' && e.type.name === 'int'
        ? String(e.value)
        : `${e.value}:${nameOf(e.type)}`;
    case 'string':
      return JSON.stringify(e.value);
    case 'name':
      return e.sym.unique;
    case 'deref':
      return `*${expr(e.pointer)}`;
    case 'member':
      return `${e.of.kind === 'deref' ? `${expr(e.of.pointer)}->` : `${expr(e.of)}.`}${e.field.name}`;
    case 'index':
      return `${expr(e.of)}[${expr(e.index)}]`;
    case 'address':
      return `&${expr(e.of)}`;
    case 'unary':
      return `${e.op}${expr(e.a)}`;
    case 'binary':
    case 'logical':
      return `(${expr(e.a)} ${e.op} ${expr(e.b)})`;
    case 'conditional':
      return `(${expr(e.test)} ? ${expr(e.a)} : ${expr(e.b)})`;
    case 'cast':
      return `(${nameOf(e.type)})${expr(e.a)}`;
    case 'assign':
      return `${expr(e.to)} = ${expr(e.value)}`;
    case 'assign-op':
      return `${expr(e.to)} ${e.op}=[${nameOf(e.common)}] ${expr(e.value)}`;
    case 'increment': {
      const op = e.by > 0 ? '++' : '--';
      return e.prefix ? op + expr(e.to) : expr(e.to) + op;
    }
    case 'comma':
      return `(${expr(e.a)}, ${expr(e.b)})`;
    case 'call':
      return `${e.fn.name}(${e.args.map(expr).join(', ')})`;
    case 'call-indirect':
      return `(*${expr(e.callee)})(${e.args.map(expr).join(', ')})`;
    case 'function':
      return `&${e.fn.name}`;
    case 'compound':
      return `(${nameOf(e.type)})${init(e.init)}`;
    case 'builtin': {
      const more = [
        ...(e.pool ? [e.pool.name] : []),
        ...(e.offset ? [e.offset.map((f) => f.name).join('.')] : []),
      ];
      return `${e.name}(${[...more, ...e.args.map(expr)].join(', ')})`;
    }
  }
}

export function init(i: ExprInit | Init): string {
  if (i.kind === 'expr') return expr(i.expr);
  if (i.kind === 'array') return `{${[...i.items].map(([k, v]) => `[${k}]=${init(v)}`).join(', ')}}`;
  return `{${[...i.items].map(([k, v]) => `.${k}=${init(v)}`).join(', ')}}`;
}

export function globalInit(model: LinkedModel, name: string): string {
  const found = model.globals.find((g) => g.unique === name);
  if (!found) throw new Error(`no global ${name}`);
  return `${nameOf(found.type)}${found.init ? ` = ${init(found.init)}` : ''}`;
}
