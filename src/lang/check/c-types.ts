// SPDX-License-Identifier: GPL-2.0-only
// Owns C's types: their names, which are the same, which go together, how wide they are, and how values wrap.

import type { CType, EnumDecl, Field, StructDecl } from '../ast.ts';

export type IntCType = Extract<CType, { kind: 'int' }>;
/** `constTo`: what it points at may not be written through it. Not part of the AST's contract. */
export type PointerCType = Extract<CType, { kind: 'pointer' }> & { readonly constTo?: boolean };
export type FunctionCType = Extract<CType, { kind: 'function' }>;
export type CheckedField = Field & { readonly isConst?: boolean };

/**
 * Members of an anonymous struct are fields of the struct around it; `groups` says which of them belong together, for
 * layout and initialisers. Not part of the AST's contract.
 */
export type CheckedStruct = StructDecl & { groups?: readonly FieldGroup[] };
export interface FieldGroup {
  /** fields[from .. from + decl.fields.length) */
  readonly from: number;
  readonly decl: StructDecl;
}

/** A type and whether it is const at the top. */
export interface Qualified {
  readonly type: CType;
  readonly isConst: boolean;
}

export const VOID: CType = { kind: 'void' };
export const BOOL: CType = { kind: 'bool' };
export const THREAD: CType = { kind: 'thread' };
export const CHAR: IntCType = { kind: 'int', bits: 8, signed: true, name: 'char' };
export const INT: IntCType = { kind: 'int', bits: 32, signed: true, name: 'int' };
export const UNSIGNED: IntCType = { kind: 'int', bits: 32, signed: false, name: 'unsigned int' };
export const LONG: IntCType = { kind: 'int', bits: 64, signed: true, name: 'long' };
export const UNSIGNED_LONG: IntCType = { kind: 'int', bits: 64, signed: false, name: 'unsigned long' };
export const STRING: CType = { kind: 'pointer', to: CHAR };
/** What an expression has after a mistake in it was reported: goes with everything, so that nothing is said twice. */
export const UNKNOWN: IntCType = { kind: 'int', bits: 32, signed: true, name: '<unknown>' };

export function pointerTo(type: CType, constTo = false): PointerCType {
  return constTo ? { kind: 'pointer', to: type, constTo } : { kind: 'pointer', to: type };
}

/** Does an expression of this type come from a mistake already reported? */
export function isUnknown(type: CType): boolean {
  if (type === UNKNOWN) return true;
  if (type.kind === 'pointer') return isUnknown(type.to);
  return type.kind === 'array' && isUnknown(type.of);
}

/** As people write it: "struct page *", "unsigned long", "int [4]". */
export function nameOf(type: CType): string {
  return declare(type, '').trim();
}

/** A declaration of `inside` with this type, as C writes it. */
function declare(type: CType, inside: string): string {
  switch (type.kind) {
    case 'void':
    case 'bool':
      return `${type.kind} ${inside}`;
    case 'thread':
      return `thread_t ${inside}`;
    case 'int':
      return `${type.name} ${inside}`;
    case 'enum':
      return `enum ${type.decl.name} ${inside}`;
    case 'struct':
      return `${type.decl.name} ${inside}`;
    case 'pointer': {
      const grouped = type.to.kind === 'array' || type.to.kind === 'function';
      const isConst = (type as PointerCType).constTo ? 'const ' : '';
      return isConst + declare(type.to, grouped ? `(*${inside})` : `*${inside}`);
    }
    case 'array':
      return declare(type.of, `${inside}[${type.length}]`);
    case 'function':
      return declare(type.returns, `${inside}(${type.params.map(nameOf).join(', ') || 'void'})`);
  }
}

export function isInteger(type: CType): boolean {
  return type.kind === 'int' || type.kind === 'bool' || type.kind === 'enum' || type.kind === 'thread';
}

export function isScalar(type: CType): boolean {
  return isInteger(type) || type.kind === 'pointer';
}

/** The integer type whose values a scalar integer type has: enums and thread_t count as int. */
export function asInt(type: CType): IntCType {
  switch (type.kind) {
    case 'int':
      return type;
    case 'enum':
      return enumIsSigned(type.decl) ? INT : UNSIGNED;
    case 'bool':
      return { kind: 'int', bits: 8, signed: false, name: 'bool' };
    default:
      return INT;
  }
}

function enumIsSigned(decl: EnumDecl): boolean {
  for (const value of decl.members.values()) if (value < 0) return true;
  return false;
}

/** C's integer promotion. */
export function promoted(type: CType): IntCType {
  const int = asInt(type);
  return int.bits < 32 ? INT : int;
}

const RANKS = ['int', 'unsigned int', 'long', 'unsigned long', 'long long', 'unsigned long long'];

/** C's usual arithmetic conversions. */
export function commonType(a: CType, b: CType): IntCType {
  const [x, y] = [promoted(a), promoted(b)];
  if (isUnknown(a) || isUnknown(b)) return UNKNOWN;
  const rank = (t: IntCType): number => RANKS.indexOf(t.name) >> 1;
  const [high, low] = rank(x) >= rank(y) ? [x, y] : [y, x];
  if (high.signed === low.signed) return high;
  if (!high.signed) return high;
  // Signed of higher rank: it wins when it can hold all values of the other, else its unsigned version.
  if (rank(high) === rank(low)) return low;
  if (high.bits > low.bits) return high;
  return { ...high, signed: false, name: `unsigned ${high.name}` };
}

export function sameType(a: CType, b: CType): boolean {
  if (a === b || isUnknown(a) || isUnknown(b)) return true;
  if (a.kind === 'pointer' && b.kind === 'pointer') {
    const constTo = (t: CType): boolean => (t as PointerCType).constTo ?? false;
    return sameType(a.to, b.to) && constTo(a) === constTo(b);
  }
  if (a.kind === 'int' && b.kind === 'int') return a.name === b.name && a.bits === b.bits;
  if (a.kind === 'array' && b.kind === 'array') return a.length === b.length && sameType(a.of, b.of);
  if (a.kind === 'struct' && b.kind === 'struct') return a.decl === b.decl;
  if (a.kind === 'enum' && b.kind === 'enum') return a.decl === b.decl;
  if (a.kind === 'function' && b.kind === 'function') {
    const same = a.params.length === b.params.length && sameType(a.returns, b.returns);
    return same && a.params.every((p, i) => sameType(p, b.params[i] as CType));
  }
  return a.kind === b.kind && (a.kind === 'void' || a.kind === 'bool' || a.kind === 'thread');
}

/** Do two pointed-at types go together without a cast? void goes with every object. const is looked at elsewhere. */
export function sameTarget(a: CType, b: CType): boolean {
  if (a.kind === 'void' || b.kind === 'void') return a.kind !== 'function' && b.kind !== 'function';
  if (a.kind === 'pointer' && b.kind === 'pointer')
    return sameTarget(a.to, b.to) && (a.to.kind === 'void') === (b.to.kind === 'void');
  return sameType(a, b);
}

export interface Layout {
  readonly size: number;
  readonly align: number;
}

/** Size and alignment in bytes, LP64; undefined for what has none (void, functions, incomplete structs). */
export function layoutOf(type: CType): Layout | undefined {
  switch (type.kind) {
    case 'bool':
      return { size: 1, align: 1 };
    case 'int':
      return { size: type.bits / 8, align: type.bits / 8 };
    case 'enum':
    case 'thread':
      return { size: 4, align: 4 };
    case 'pointer':
      return { size: 8, align: 8 };
    case 'array': {
      const of = layoutOf(type.of);
      return of && { size: of.size * type.length, align: of.align };
    }
    case 'struct':
      return structLayout(type.decl)?.layout;
    default:
      return undefined;
  }
}

/** Layout of a struct and where each field begins, in bytes. */
export function structLayout(
  decl: StructDecl,
): { layout: Layout; offsets: ReadonlyMap<string, number> } | undefined {
  if (!decl.complete) return undefined;
  let [size, align] = [0, 1];
  const offsets = new Map<string, number>();
  const place = (inner: Layout): number => {
    const at = Math.ceil(size / inner.align) * inner.align;
    size = at + inner.size;
    align = Math.max(align, inner.align);
    return at;
  };
  for (let i = 0; i < decl.fields.length; i++) {
    const field = decl.fields[i] as Field;
    const group = (decl as CheckedStruct).groups?.find((g) => g.from === i);
    const nested = group && structLayout(group.decl);
    if (nested) {
      const at = place(nested.layout);
      for (const [name, offset] of nested.offsets) offsets.set(name, at + offset);
      i += group.decl.fields.length - 1;
      continue;
    }
    const inner = layoutOf(field.type);
    if (!inner) return undefined;
    offsets.set(field.name, place(inner));
  }
  return { layout: { size: Math.ceil(size / align) * align, align }, offsets };
}

/** The value that `value` has after conversion to an integer type (bool included). */
export function wrap(value: bigint, type: CType): bigint {
  if (type.kind === 'bool') return value === 0n ? 0n : 1n;
  const { bits, signed } = asInt(type);
  return signed ? BigInt.asIntN(bits, value) : BigInt.asUintN(bits, value);
}

/** As the AST keeps constants: a number when a double holds it exactly. */
export function constant(value: bigint): number | bigint {
  const n = Number(value);
  return Number.isSafeInteger(n) ? n : value;
}
