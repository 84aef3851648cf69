// SPDX-License-Identifier: GPL-2.0-only
// Owns building expressions of the Program: small constructors that fold what is constant.

import {
  POINTER_BASE,
  type BinaryOp,
  type Expr,
  type IntType,
  type Num,
  type Place,
  type UnaryOp,
  type VarId,
} from '../program.ts';

export const INT: IntType = { bits: 32, signed: true };

export function num(value: Num): Expr {
  return { op: 'const', value };
}

export function get(place: Place): Expr {
  return { op: 'get', place };
}

/** What a place of a value of `size` scalars holds: members of a struct may be copied before they are written. */
export function fetch(place: Place, size: number): Expr {
  return { op: size === 1 ? 'get' : 'copy', place };
}

export function getVar(id: VarId): Expr {
  return get({ base: id });
}

/** The value of a pointer to a variable. */
export function addressValue(id: VarId): number {
  return (id + POINTER_BASE) * 2;
}

/** The same as an expression. */
export function pointerTo(id: VarId): Expr {
  return num(addressValue(id));
}

/** The address of a place; a constant when the place is static. */
export function addressOf(place: Place): Expr {
  return place.ptr || place.index?.length ? { op: 'addr', place } : pointerTo(place.base);
}

export function isConst(e: Expr, value?: Num): boolean {
  return e.op === 'const' && (value === undefined || e.value === value);
}

export function unary(fn: UnaryOp, type: IntType, a: Expr): Expr {
  return { op: 'unary', fn, type, a };
}

export function binary(fn: BinaryOp, type: IntType, a: Expr, b: Expr): Expr {
  return { op: 'binary', fn, type, a, b };
}

export function cast(to: IntType | 'bool', a: Expr): Expr {
  if (a.op === 'const') return num(wrap(a.value, to));
  return isTruth(a) ? a : { op: 'cast', to, a };
}

/** Does this expression give only 0 or 1? */
function isTruth(e: Expr): boolean {
  switch (e.op) {
    case 'same':
    case 'stale':
    case 'both':
    case 'either':
      return true;
    case 'cast':
      return e.to === 'bool';
    case 'unary':
      return e.fn === 'not';
    case 'binary':
      return ['eq', 'ne', 'lt', 'le', 'gt', 'ge'].includes(e.fn);
    default:
      return false;
  }
}

/** The expression as a condition: 0 or 1. */
export function truth(e: Expr): Expr {
  return cast('bool', e);
}

export function not(e: Expr): Expr {
  if (e.op === 'const') return num(e.value ? 0 : 1);
  return { op: 'unary', fn: 'not', type: INT, a: e };
}

export function same(a: Expr, b: Expr): Expr {
  return { op: 'same', a, b };
}

export function both(...all: Expr[]): Expr {
  return all.reduce((a, b) => ({ op: 'both', a, b }));
}

export function either(...all: Expr[]): Expr {
  return all.reduce((a, b) => ({ op: 'either', a, b }));
}

export function equals(a: Expr, value: Num): Expr {
  return binary('eq', INT, a, num(value));
}

/** A C value after conversion to an integer type. */
export function wrap(value: Num, to: IntType | 'bool'): Num {
  if (to === 'bool') return value ? 1 : 0;
  const wide = to.signed ? BigInt.asIntN(to.bits, BigInt(value)) : BigInt.asUintN(to.bits, BigInt(value));
  return wide >= BigInt(Number.MIN_SAFE_INTEGER) && wide <= BigInt(Number.MAX_SAFE_INTEGER)
    ? Number(wide)
    : wide;
}

/** Calls `visit` on every place that an expression reads or takes the address of, outer before inner. */
export function eachPlace(e: Expr, visit: (place: Place, read: boolean) => void): void {
  const inPlace = (place: Place, read: boolean): void => {
    visit(place, read);
    if (place.ptr) eachPlace(place.ptr, visit);
    for (const i of place.index ?? []) eachPlace(i.value, visit);
  };
  switch (e.op) {
    case 'const':
      return;
    case 'get':
    case 'copy':
      return inPlace(e.place, true);
    case 'addr':
      return inPlace(e.place, false);
    case 'unary':
    case 'cast':
    case 'stale':
    case 'back':
      return eachPlace(e.a, visit);
    case 'binary':
    case 'same':
    case 'both':
    case 'either':
      eachPlace(e.a, visit);
      return eachPlace(e.b, visit);
    case 'cond':
      eachPlace(e.test, visit);
      eachPlace(e.a, visit);
      return eachPlace(e.b, visit);
  }
}
