// SPDX-License-Identifier: GPL-2.0-only
// Owns how C types become variables: the scalars a type flattens to, their names, and the distance between fields.

import { unreachable } from '../../base/assert.ts';
import type { CType, Field, StructDecl } from '../ast.ts';
import type { IntType, ShownAs } from '../program.ts';

/** One scalar inside a type: one variable of the vector. */
export interface Scalar {
  /** Path from the start of the type: "", ".mapping", ".i_data.page_tree[0]". */
  readonly path: string;
  readonly type: CType;
  readonly ghost: boolean;
  readonly range?: readonly [number, number];
}

const flattened = new WeakMap<StructDecl, readonly Scalar[]>();

/** All scalars of a type, in order. Cost: memoised per struct. */
export function scalarsOf(type: CType): readonly Scalar[] {
  switch (type.kind) {
    case 'struct': {
      const known = flattened.get(type.decl);
      if (known) return known;
      const all = type.decl.fields.flatMap((field) =>
        scalarsOf(field.type).map((inner) => within(field, inner)),
      );
      flattened.set(type.decl, all);
      return all;
    }
    case 'array': {
      const inner = scalarsOf(type.of);
      return Array.from({ length: type.length }, (_, i) =>
        inner.map((s) => ({ ...s, path: `[${i}]${s.path}` })),
      ).flat();
    }
    default:
      return [{ path: '', type, ghost: false }];
  }
}

function within(field: Field, inner: Scalar): Scalar {
  const range = inner.range ?? field.range;
  return {
    path: `.${field.name}${inner.path}`,
    type: inner.type,
    ghost: inner.ghost || field.ghost,
    ...(range ? { range } : {}),
  };
}

/** Number of variables a value of this type takes. */
export function sizeOf(type: CType): number {
  if (type.kind === 'array') return type.length * sizeOf(type.of);
  return type.kind === 'struct' ? scalarsOf(type).length : 1;
}

/** Distance of a field from the start of its struct, in variables. */
export function offsetOf(decl: StructDecl, field: Field): number {
  let offset = 0;
  for (const f of decl.fields) {
    if (f === field || f.name === field.name) return offset;
    offset += sizeOf(f.type);
  }
  return offset;
}

/** The name of a type as people write it: "struct page *", "unsigned long", "int[4]". Equal names, equal types. */
export function typeName(type: CType): string {
  switch (type.kind) {
    case 'void':
    case 'bool':
      return type.kind;
    case 'int':
      return type.name;
    case 'enum':
      return `enum ${type.decl.name}`;
    case 'thread':
      return 'thread_t';
    case 'pointer':
      return `${typeName(type.to)} *`;
    case 'array':
      return `${typeName(type.of)}[${type.length}]`;
    case 'struct':
      return type.decl.name;
    case 'function':
      return `${typeName(type.returns)} (${type.params.map(typeName).join(', ')})`;
    default:
      return unreachable(type);
  }
}

const INT: IntType = { bits: 32, signed: true };

/** The integer type in which values of a scalar type are computed. Pointers count as unsigned 32-bit handles. */
export function intTypeOf(type: CType): IntType {
  switch (type.kind) {
    case 'int':
      return { bits: type.bits, signed: type.signed };
    case 'bool':
      return { bits: 8, signed: false };
    case 'enum':
      return { bits: 32, signed: [...type.decl.members.values()].some((value) => value < 0) };
    default:
      return INT;
  }
}

/** How values of a scalar type are shown. Function pointers are shown as an enum of function names. */
export function shownAs(type: CType, functionNames: Readonly<Record<string, number>>): ShownAs {
  switch (type.kind) {
    case 'bool':
      return { as: 'bool' };
    case 'enum':
      return { as: 'enum', name: `enum ${type.decl.name}`, names: Object.fromEntries(type.decl.members) };
    case 'thread':
      return { as: 'thread' };
    case 'pointer':
      if (type.to.kind === 'function') return { as: 'enum', name: 'function', names: functionNames };
      return { as: 'pointer', to: typeName(type.to) };
    default:
      return { as: 'int', ...intTypeOf(type) };
  }
}
