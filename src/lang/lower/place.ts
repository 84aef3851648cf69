// SPDX-License-Identifier: GPL-2.0-only
// Owns lvalues: finding the place, reading it and writing it, each shared access a step of its own.

import { assert, must } from '../../base/assert.ts';
import type { CType, Expr as CExpr, Span } from '../ast.ts';
import { offsetOf, scalarsOf, sizeOf, typeName } from './c-layout.ts';
import { fetch } from './ir.ts';
import type { Located, Lowering } from './lowering.ts';
import type { Expr, Node, Place } from '../program.ts';

type Order = Node['order'];
/** How the value of a scalar expression is found: lower-value's `value`, passed in because places contain values. */
export type ValueOf = (l: Lowering, e: CExpr) => Expr;

/** Finds the place of an lvalue; reads of shared pointers on the way are steps. */
export function locate(l: Lowering, e: CExpr, valueOf: ValueOf): Located {
  return { place: placeOf(l, e, valueOf), where: l.where(e) };
}

function placeOf(l: Lowering, e: CExpr, valueOf: ValueOf): Place {
  switch (e.kind) {
    case 'name': {
      const first = l.draft.memory.firstOf.get(e.sym);
      return { base: first ?? l.local(e.sym) };
    }
    case 'deref': {
      const alias = l.aliasOf(e.pointer);
      if (alias) return alias.place;
      if (e.pointer.kind === 'address') return placeOf(l, e.pointer.of, valueOf);
      return { ptr: valueOf(l, e.pointer), base: 0, of: typeName(e.type) };
    }
    case 'member': {
      assert(e.of.type.kind === 'struct', 'member of a struct');
      const outer = placeOf(l, e.of, valueOf);
      return { ...outer, base: outer.base + offsetOf(e.of.type.decl, e.field) };
    }
    case 'index': {
      assert(e.of.type.kind === 'array', 'subscript of an array');
      const outer = placeOf(l, e.of, valueOf);
      const pooled = e.of.kind === 'name' && l.draft.memory.firstOf.has(e.of.sym);
      const stride =
        pooled && e.of.kind === 'name' ? l.draft.memory.strideOf(e.of.sym) : sizeOf(e.of.type.of);
      const { length } = e.of.type;
      const value = valueOf(l, e.index);
      if (value.op === 'const' && value.value >= 0 && value.value < length) {
        return { ...outer, base: outer.base + Number(value.value) * stride };
      }
      return { ...outer, index: [...(outer.index ?? []), { value, stride, length }] };
    }
    default:
      assert(false, `an lvalue, not ${e.kind}`);
  }
}

/** The scalar at `offset` within a place. */
export function within(place: Place, offset: number): Place {
  return offset ? { ...place, base: place.base + offset } : place;
}

/**
 * Reads all scalars of a place, in order. Shared ones go through temporaries: one step for a scalar or a word, one
 * for each scalar of another struct.
 */
export function read(
  l: Lowering,
  from: Located,
  type: CType,
  at: Span,
  key: object,
  order?: Order,
): readonly Expr[] {
  const step = l.accessStep(from.where);
  const size = sizeOf(type);
  if (!step) return Array.from({ length: size }, (_, i) => fetch(within(from.place, i), size));
  const temp = l.temp(key, type);
  for (const [first, count] of accessesOf(type)) {
    const copy = Array.from({ length: count }, (_, i) => ({
      to: { base: temp + first + i },
      value: fetch(within(from.place, first + i), size),
    }));
    l.emit(at, [{ do: copy }], { step, ...(order ? { order } : {}) });
  }
  return Array.from({ length: size }, (_, i) => fetch({ base: temp + i }, size));
}

/** Writes all scalars of a place, with steps as `read` has them. */
export function write(
  l: Lowering,
  to: Located,
  type: CType,
  values: readonly Expr[],
  at: Span,
  order?: Order,
): void {
  const step = l.accessStep(to.where);
  const spec = to.where === 'ghost' ? { spec: true as const } : {};
  const groups = step ? accessesOf(type) : ([[0, sizeOf(type)]] as const);
  for (const [first, count] of groups) {
    const copy = Array.from({ length: count }, (_, i) => ({
      to: within(to.place, first + i),
      value: must(values[first + i], 'scalar'),
    }));
    l.emit(at, [{ do: copy }], { step, ...spec, ...(order && step ? { order } : {}) });
  }
}

/** The accesses that copying a value of this type takes: ranges of scalars that go in one step. */
function accessesOf(type: CType, from = 0): readonly (readonly [first: number, count: number])[] {
  if (type.kind === 'struct' && !type.decl.word) {
    return type.decl.fields.flatMap((field) => accessesOf(field.type, from + offsetOf(type.decl, field)));
  }
  if (type.kind === 'array') {
    const size = sizeOf(type.of);
    return Array.from({ length: type.length }, (_, i) => accessesOf(type.of, from + i * size)).flat();
  }
  return [[from, scalarsOf(type).length]];
}
