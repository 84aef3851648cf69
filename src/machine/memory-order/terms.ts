// SPDX-License-Identifier: GPL-2.0-only
// Owns the small expressions that store buffers and open loads are made of.

import type { Assign, BinaryOp, Expr, IntType, Num, Place, VarId } from '../../lang/program.ts';

const INT: IntType = { bits: 32, signed: true };

export function con(value: Num): Expr {
  return { op: 'const', value };
}

export function at(base: VarId): Place {
  return { base };
}

/** What a variable holds; one that was never written is passed on. */
export function held(id: VarId): Expr {
  return { op: 'copy', place: at(id) };
}

export function binary(fn: BinaryOp, a: Expr, b: Expr | number): Expr {
  return { op: 'binary', fn, type: INT, a, b: typeof b === 'number' ? con(b) : b };
}

export function is(id: VarId, value: Num): Expr {
  return binary('eq', held(id), con(value));
}

export function isNot(id: VarId, value: Num): Expr {
  return binary('ne', held(id), con(value));
}

/** All of them; undefined stands for true. null: nothing is asked. */
export function all(conditions: readonly (Expr | null | undefined)[]): Expr | null {
  const asked = conditions.filter((condition) => condition !== null && condition !== undefined);
  return asked.length === 0 ? null : asked.reduce((a, b) => ({ op: 'both', a, b }));
}

/** One of them, of which there is at least one. */
export function any(conditions: readonly Expr[]): Expr {
  return conditions.length === 0 ? con(0) : conditions.reduce((a, b) => ({ op: 'either', a, b }));
}

export function not(a: Expr): Expr {
  return { op: 'unary', fn: 'not', type: INT, a };
}

export function cond(test: Expr, a: Expr, b: Expr): Expr {
  return { op: 'cond', test, a, b };
}

export function set(id: VarId, value: Expr | Num): Assign {
  return { to: at(id), value: typeof value === 'object' ? value : con(value) };
}
