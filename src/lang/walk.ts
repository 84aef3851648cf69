// SPDX-License-Identifier: GPL-2.0-only
// Owns walking over checked syntax trees: one place that knows which parts every construct has.

import { unreachable } from '../base/assert.ts';
import type { Expr, ExprInit, Init, Stmt } from './ast.ts';

/** Direct sub-expressions, in the order in which they are evaluated. */
export function operandsOf(e: Expr): readonly Expr[] {
  switch (e.kind) {
    case 'number':
    case 'string':
    case 'name':
    case 'function':
      return [];
    case 'deref':
      return [e.pointer];
    case 'member':
    case 'address':
      return [e.of];
    case 'index':
      return [e.of, e.index];
    case 'unary':
    case 'cast':
      return [e.a];
    case 'binary':
    case 'logical':
    case 'comma':
      return [e.a, e.b];
    case 'conditional':
      return [e.test, e.a, e.b];
    case 'assign':
    case 'assign-op':
      return [e.value, e.to];
    case 'increment':
      return [e.to];
    case 'call':
    case 'builtin':
      return e.args;
    case 'call-indirect':
      return [e.callee, ...e.args];
    case 'compound':
      return initExprs(e.init);
    default:
      return unreachable(e);
  }
}

/** The expressions of an initialiser, in order. */
export function initExprs(init: ExprInit | Init): readonly Expr[] {
  if (init.kind === 'expr') return [init.expr];
  return [...init.items.values()].flatMap(initExprs);
}

/** Calls `visit` on an expression and all inside it, outermost first. */
export function eachExpr(e: Expr, visit: (e: Expr) => void): void {
  visit(e);
  for (const inner of operandsOf(e)) eachExpr(inner, visit);
}

/** Calls `visit` on a statement and all statements inside it. */
export function eachStmt(s: Stmt, visit: (s: Stmt) => void): void {
  visit(s);
  for (const inner of partsOf(s)) eachStmt(inner, visit);
}

/** Calls `visit` on every expression of a statement, inner statements included. */
export function eachExprIn(s: Stmt, visit: (e: Expr) => void): void {
  eachStmt(s, (inner) => {
    for (const e of exprsOf(inner)) eachExpr(e, visit);
  });
}

function partsOf(s: Stmt): readonly Stmt[] {
  switch (s.kind) {
    case 'block':
      return s.body;
    case 'if':
      return s.otherwise ? [s.then, s.otherwise] : [s.then];
    case 'while':
    case 'do':
    case 'switch':
      return [s.body];
    case 'for':
      return s.init ? [s.init, s.body] : [s.body];
    default:
      return [];
  }
}

/** The expressions directly in a statement. */
export function exprsOf(s: Stmt): readonly Expr[] {
  switch (s.kind) {
    case 'declare':
      return s.init ? initExprs(s.init) : [];
    case 'expr':
      return [s.expr];
    case 'if':
    case 'while':
    case 'do':
      return [s.test];
    case 'for':
      return [s.test, s.step].filter((e) => e !== undefined);
    case 'switch':
      return [s.value];
    case 'return':
      return s.value ? [s.value] : [];
    default:
      return [];
  }
}

/** Does the expression name a place (an lvalue), rather than a value? */
export function isLvalue(e: Expr): boolean {
  switch (e.kind) {
    case 'name':
    case 'deref':
      return true;
    case 'member':
    case 'index':
      return isLvalue(e.of);
    default:
      return false;
  }
}
