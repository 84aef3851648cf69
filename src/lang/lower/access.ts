// SPDX-License-Identifier: GPL-2.0-only
// Owns the built-ins that access one place, whatever its type: a word is read, written and compared as one.

import { isLvalue } from '../walk.ts';
import { assert, must } from '../../base/assert.ts';
import type { CType, Expr as CExpr } from '../ast.ts';
import { scalarsOf } from './c-layout.ts';
import type { Jump } from './code.ts';

import { binary, both, fetch, get, same } from './ir.ts';
import { read, within, write, type ValueOf } from './place.ts';
import type { Located, Lowering } from './lowering.ts';
import type { Assign, Expr } from '../program.ts';

export type BuiltinCall = CExpr & { kind: 'builtin' };

/** lower-value's functions, passed in: built-ins contain values, values contain built-ins. */
export interface Values {
  readonly value: ValueOf;
  readonly values: (l: Lowering, e: CExpr) => readonly Expr[];
  readonly locate: (e: CExpr) => Located;
}

/** The scalars that such a built-in gives, in order; undefined for any other built-in. */
export function accessBuiltin(l: Lowering, e: BuiltinCall, v: Values): readonly Expr[] | undefined {
  const arg = (i: number): CExpr => must(e.args[i], `argument ${i} of ${e.name}`);
  switch (e.name) {
    case 'READ_ONCE':
      return isLvalue(arg(0)) ? read(l, v.locate(arg(0)), e.type, e.at, e) : v.values(l, arg(0));
    case 'WRITE_ONCE':
      return store(l, e, arg(0), v);
    case 'smp_load_acquire':
      return read(l, v.locate(pointed(arg(0))), e.type, e.at, e, 'acquire');
    case 'smp_store_release':
      return store(l, e, pointed(arg(0)), v, 'release');
    case 'xchg':
    case 'cmpxchg':
      return exchange(l, e, v);
    default:
      return undefined;
  }
}

/** `*pointer`, as an lvalue. */
function pointed(pointer: CExpr): CExpr {
  assert(pointer.type.kind === 'pointer', 'a pointer');
  return { kind: 'deref', pointer, type: pointer.type.to, at: pointer.at };
}

/** The scalars of an operand, in temporaries of their own: what comes later cannot change them. */
function keep(l: Lowering, e: BuiltinCall, given: readonly Expr[], type: CType, n: number): readonly Expr[] {
  if (given.every((g) => g.op === 'const')) return given;
  const temp = l.temp(e, type, n);
  l.emit(e.at, [{ do: given.map((g, i) => ({ to: { base: temp + i }, value: g })) }]);
  return given.map((_, i) => fetch({ base: temp + i }, given.length));
}

function store(l: Lowering, e: BuiltinCall, lvalue: CExpr, v: Values, order?: 'release'): readonly Expr[] {
  const kept = keep(l, e, v.values(l, must(e.args[1], 'value')), lvalue.type, 0);
  write(l, v.locate(lvalue), lvalue.type, kept, e.at, order);
  return kept;
}

/** xchg and cmpxchg: one step that reads, and writes when it applies. Full barriers. */
function exchange(l: Lowering, e: BuiltinCall, v: Values): readonly Expr[] {
  const lvalue = pointed(must(e.args[0], 'pointer'));
  const { type } = lvalue;
  const operands = e.args.slice(1).map((a, i) => keep(l, e, v.values(l, a), type, i + 1));
  const { place, where } = v.locate(lvalue);
  const found = l.temp(e, type);
  const scalars = scalarsOf(type);
  const given = must(operands.at(-1), 'new value');
  const take = scalars.map((_, i): Assign => {
    return { to: { base: found + i }, value: fetch(within(place, i), scalars.length) };
  });
  const put = scalars.map((_, i): Assign => ({ to: within(place, i), value: must(given[i], 'scalar') }));
  const edges: Jump[] = [{ do: [...take, ...put] }];
  if (e.name === 'cmpxchg') {
    const expected = must(operands[0], 'expected value');
    const equal = scalars.map((scalar, i) => {
      const [a, b] = [get(within(place, i)), must(expected[i], 'scalar')] as const;
      return scalar.type.kind === 'pointer' ? same(a, b) : binary('eq', { bits: 64, signed: true }, a, b);
    });
    edges.splice(0, 1, { when: both(...equal), do: [...take, ...put] }, { do: take });
  }
  l.emit(e.at, edges, { step: l.accessStep(where), order: 'full' });
  return scalars.map((_, i) => fetch({ base: found + i }, scalars.length));
}
