// SPDX-License-Identifier: GPL-2.0-only
// Owns statements: C's control flow becomes nodes and jumps.

import { must, unreachable } from '../../base/assert.ts';
import type { Expr as CExpr, Stmt } from '../ast.ts';
import { intTypeOf, scalarsOf, sizeOf } from './c-layout.ts';
import { Label } from './code.ts';
import { binary, num } from './ir.ts';
import { asSpecification, branch, effect, initValues, value, values, valuesFor } from './value.ts';
import type { Lowering } from './lowering.ts';
import { UNINIT } from '../program.ts';
import { eachStmt } from '../walk.ts';

export function statement(l: Lowering, s: Stmt): void {
  switch (s.kind) {
    case 'block':
      for (const inner of s.body) statement(l, inner);
      return;
    case 'declare':
      return declare(l, s);
    case 'expr':
      return effect(l, s.expr);
    case 'if':
      return ifStatement(l, s);
    case 'while':
      return loop(l, s, { test: s.test, body: s.body });
    case 'do':
      return doLoop(l, s);
    case 'for':
      if (s.init) statement(l, s.init);
      return loop(l, s, s);
    case 'switch':
      return switchStatement(l, s);
    case 'case':
    case 'default':
      return l.code.place(must(l.frame.cases.get(s), 'case inside a switch'));
    case 'break':
      return l.jump(s.at, must(l.frame.breaks.at(-1), 'break inside a loop or switch'));
    case 'continue':
      return l.jump(s.at, must(l.frame.continues.at(-1), 'continue inside a loop'));
    case 'goto':
      return l.jump(s.at, label(l, s.label));
    case 'label':
      return l.code.place(label(l, s.label));
    case 'return':
      return returnStatement(l, s);
    case 'empty':
      return;
    default:
      return unreachable(s);
  }
}

function label(l: Lowering, name: string): Label {
  const known = l.frame.labels.get(name) ?? new Label();
  l.frame.labels.set(name, known);
  return known;
}

/** A local without an initialiser holds nothing: reading it before it is written is trouble. */
function declare(l: Lowering, s: Stmt & { kind: 'declare' }): void {
  if (s.sym.storage !== 'local') return;
  // From the name on: `struct page *page = x` must not read like a store through a pointer.
  const at = { ...s.at, line: s.sym.at.line, col: s.sym.at.col };
  const first = l.local(s.sym);
  const count = sizeOf(s.sym.type);
  const given = (): readonly ReturnType<typeof num>[] => {
    if (!s.init) return Array.from({ length: count }, () => num(UNINIT));
    return s.init.kind === 'expr' ? valuesFor(l, s.init.expr, at) : initValues(l, s.init, s.sym.type);
  };
  const all = s.sym.ghost ? asSpecification(l, given) : given();
  l.emit(
    at,
    [{ do: all.map((v, i) => ({ to: { base: first + i }, value: v })) }],
    s.sym.ghost ? { spec: true } : {},
  );
}

function ifStatement(l: Lowering, s: Stmt & { kind: 'if' }): void {
  const [yes, no, done] = [new Label(), new Label(), new Label()];
  branch(l, s.test, yes, no);
  l.code.place(yes);
  statement(l, s.then);
  if (s.otherwise) l.jump(s.at, done);
  l.code.place(no);
  if (s.otherwise) statement(l, s.otherwise);
  l.code.place(done);
}

function inLoop(l: Lowering, done: Label, again: Label, body: Stmt): void {
  l.frame.breaks.push(done);
  l.frame.continues.push(again);
  statement(l, body);
  l.frame.breaks.pop();
  l.frame.continues.pop();
}

/** while and for. */
function loop(l: Lowering, s: Stmt, parts: { test?: CExpr; step?: CExpr; body: Stmt }): void {
  const [head, body, again, done] = [new Label(), new Label(), new Label(), new Label()];
  l.code.place(head);
  if (parts.test) branch(l, parts.test, body, done);
  l.code.place(body);
  inLoop(l, done, again, parts.body);
  l.code.place(again);
  if (parts.step) effect(l, parts.step);
  l.jump(s.at, head);
  l.code.place(done);
}

function doLoop(l: Lowering, s: Stmt & { kind: 'do' }): void {
  const [head, test, done] = [new Label(), new Label(), new Label()];
  l.code.place(head);
  inLoop(l, done, test, s.body);
  l.code.place(test);
  branch(l, s.test, head, done);
  l.code.place(done);
}

function switchStatement(l: Lowering, s: Stmt & { kind: 'switch' }): void {
  const on = l.set(s.at, l.temp(s, s.value.type), value(l, s.value));
  const type = intTypeOf(s.value.type);
  const done = new Label();
  let otherwise = done;
  const jumps: { when: ReturnType<typeof num>; to: Label }[] = [];
  const own = (inner: Stmt): void => {
    if (inner.kind === 'switch') return;
    if (inner.kind === 'case' || inner.kind === 'default') {
      const to = new Label();
      l.frame.cases.set(inner, to);
      if (inner.kind === 'default') otherwise = to;
      else jumps.push({ when: binary('eq', type, on, num(inner.value)), to });
    }
  };
  eachOwnStmt(s.body, own);
  l.emit(s.at, [...jumps, { to: otherwise }]);
  l.frame.breaks.push(done);
  statement(l, s.body);
  l.frame.breaks.pop();
  l.code.place(done);
}

/** Statements of a switch's body, without those of switches inside it. */
function eachOwnStmt(body: Stmt, visit: (s: Stmt) => void): void {
  const inner = new Set<Stmt>();
  eachStmt(body, (s) => {
    if (s.kind === 'switch') eachStmt(s.body, (x) => inner.add(x));
  });
  eachStmt(body, (s) => {
    if (!inner.has(s)) visit(s);
  });
}

function returnStatement(l: Lowering, s: Stmt & { kind: 'return' }): void {
  const { returns } = l.frame.fn;
  if (s.value && returns.kind !== 'void') {
    const all = valuesFor(l, s.value, s.at);
    const { result } = l.frame;
    l.emit(s.at, [
      {
        do: scalarsOf(returns).map((_, i) => ({ to: { base: result + i }, value: must(all[i], 'result') })),
        to: l.frame.exit,
      },
    ]);
    return;
  }
  if (s.value) values(l, s.value);
  l.jump(s.at, l.frame.exit);
}
