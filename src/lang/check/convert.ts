// SPDX-License-Identifier: GPL-2.0-only
// Owns conversions: which happen by themselves, which need a cast, and which the subset refuses even then.

import type { CType, Expr, Span } from '../ast.ts';
import type { Unit } from './context.ts';
import {
  BOOL, constant, isInteger, isUnknown, nameOf, type PointerCType, pointerTo, sameTarget, sameType, UNKNOWN, wrap,
} from './c-types.ts'; // prettier-ignore
import type { Complaint } from '../diagnostics/diagnostics.ts';
import type { Node } from '../parse/node.ts';

/** Stands for an expression that could not be understood; the mistake has been reported. */
export function unknownAt(at: Span): Expr {
  return { kind: 'number', value: 0, type: UNKNOWN, at };
}

export function numberOf(value: bigint, type: CType, at: Span): Expr {
  return { kind: 'number', value: constant(value), type, at };
}

/** The same value with another type; constants are folded. */
export function cast(e: Expr, type: CType): Expr {
  if (sameType(e.type, type) && e.type.kind === type.kind) return isUnknown(e.type) ? { ...e, type } : e;
  if (e.kind === 'number' && type.kind !== 'void') {
    const value = isInteger(type) ? wrap(BigInt(e.value), type) : BigInt(e.value);
    return numberOf(value, type, e.at);
  }
  return { kind: 'cast', a: e, type, at: e.at };
}

/** 0 of an integer type, or (void *)0: converts to every pointer. */
export function isNull(e: Expr): boolean {
  if (e.kind !== 'number' || BigInt(e.value) !== 0n) return false;
  return e.type.kind === 'pointer' ? e.type.to.kind === 'void' : e.type.kind === 'int';
}

/** As an operand: an array is the address of its first element, a function its own address. */
export function decay(e: Expr): Expr {
  if (e.type.kind === 'array') {
    const index: Expr = {
      kind: 'number',
      value: 0,
      type: { kind: 'int', bits: 32, signed: true, name: 'int' },
      at: e.at,
    };
    const element: Expr = { kind: 'index', of: e, index, type: e.type.of, at: e.at };
    return { kind: 'address', of: element, type: pointerTo(e.type.of, isConstPlace(e)), at: e.at };
  }
  return e;
}

/** May a place not be written? */
export function isConstPlace(e: Expr): boolean {
  switch (e.kind) {
    case 'name':
      return e.sym.constQualified;
    case 'deref':
      return (e.pointer.type as PointerCType).constTo ?? false;
    case 'member':
      return isConstPlace(e.of) || ((e.field as { isConst?: boolean }).isConst ?? false);
    case 'index':
      return isConstPlace(e.of);
    default:
      return false;
  }
}

/** Conversion as by assignment. `what` finishes the sentence "cannot …": "return", "pass", "assign". */
export function convert(u: Unit, given: Expr, to: CType, node: Node, what: string): Expr {
  const e = decay(given);
  const from = e.type;
  if (isUnknown(from) || isUnknown(to)) return cast({ ...e, type: UNKNOWN }, to);
  if (from.kind === 'void') {
    u.error(node, { message: `cannot ${what} a value of type void` });
    return unknownAt(e.at);
  }
  if (to.kind === 'bool' && (isInteger(from) || from.kind === 'pointer')) return truthOf(e);
  if (to.kind === 'thread') return toThread(u, e, node, what);
  if (isInteger(to) && isInteger(from)) return cast(e, to);
  if (to.kind === 'pointer') return toPointer(u, e, to, node, what);
  if (to.kind === 'struct' && from.kind === 'struct' && from.decl === to.decl) return e;
  const hint =
    from.kind === 'pointer' && isInteger(to) ? { hint: 'compare it with NULL to get a truth value' } : {};
  u.error(node, { message: `cannot ${what} '${nameOf(from)}' as '${nameOf(to)}'`, ...hint });
  return unknownAt(e.at);
}

/** As bool: 0 and NULL are false. */
export function truthOf(e: Expr): Expr {
  if (e.type.kind !== 'pointer') return cast(e, BOOL);
  const none: Expr = { kind: 'number', value: 0, type: e.type, at: e.at };
  const test: Expr = {
    kind: 'binary',
    op: '!=',
    a: e,
    b: none,
    type: { kind: 'int', bits: 32, signed: true, name: 'int' },
    at: e.at,
  };
  return cast(test, BOOL);
}

function toThread(u: Unit, e: Expr, node: Node, what: string): Expr {
  if (e.type.kind === 'thread') return e;
  if (isNull(e)) return numberOf(0n, { kind: 'thread' }, e.at);
  u.error(node, {
    message: `cannot ${what} '${nameOf(e.type)}' as 'thread_t'`,
    reason: 'which thread it means would not survive renaming identical threads',
    hint: "a thread_t is 0, 'current', or another thread_t",
  });
  return unknownAt(e.at);
}

function toPointer(u: Unit, e: Expr, to: PointerCType, node: Node, what: string): Expr {
  const from = e.type as PointerCType;
  if (isNull(e)) return numberOf(0n, to, e.at);
  if (from.kind !== 'pointer') {
    const hint = isInteger(from)
      ? { hint: 'pointers come from &, from alloc() and from other pointers; the null pointer is NULL' }
      : {};
    u.error(node, { message: `cannot ${what} '${nameOf(from)}' as '${nameOf(to)}'`, ...hint });
    return unknownAt(e.at);
  }
  if (!sameTarget(from.to, to.to)) {
    u.error(node, {
      message: `cannot ${what} '${nameOf(from)}' as '${nameOf(to)}'`,
      reason: 'each object keeps the type that it was declared with',
    });
    return unknownAt(e.at);
  }
  if (from.constTo && !to.constTo) {
    const message = `cannot ${what} '${nameOf(from)}' as '${nameOf(to)}': it would allow writing what is const`;
    u.error(node, { message, hint: 'make the target a pointer to const' });
  }
  if (sameType(from.to, to.to) || to.to.kind === from.to.kind) return e.type === to ? e : retyped(e, to);
  return cast(e, to);
}

/** Only const changes: no conversion at all. */
function retyped(e: Expr, type: CType): Expr {
  return e.kind === 'number' ? { ...e, type } : e;
}

const UNRELATED: Complaint = {
  message: '',
  reason:
    'each object keeps the type that it was declared with, so that every cell can be shown as what it is',
};

/** An explicit cast. */
export function explicitCast(u: Unit, given: Expr, to: CType, node: Node): Expr {
  const e = decay(given);
  const from = e.type;
  if (to.kind === 'void') return { kind: 'cast', a: e, type: to, at: u.at(node) };
  if (isUnknown(from) || isUnknown(to)) return cast({ ...e, type: UNKNOWN }, to);
  const at = u.at(node);
  const refuse = (hint?: string): Expr => {
    const message = `cast from '${nameOf(from)}' to '${nameOf(to)}' is not in the subset`;
    u.error(node, { ...UNRELATED, message, ...(hint === undefined ? {} : { hint }) });
    return { ...unknownAt(at), type: to };
  };
  if (to.kind === 'bool' && from.kind === 'pointer') return { ...truthOf(e), at };
  if (isInteger(to) && isInteger(from)) return { ...cast(e, to), at };
  if (to.kind === 'pointer' && from.kind === 'pointer') {
    if (isNull(e)) return numberOf(0n, to, at);
    if (from.to.kind === 'function' || to.to.kind === 'function')
      return sameType(from.to, to.to) ? e : refuse();
    if (from.to.kind === 'void' || to.to.kind === 'void' || sameType(from.to, to.to)) {
      return sameType(from, to) ? e : { kind: 'cast', a: e, type: to, at };
    }
    return refuse('use container_of() to get from a member to the struct around it, or & to get to a member');
  }
  if (to.kind === 'pointer') {
    if (isNull(e)) return numberOf(0n, to, at);
    return refuse(
      isInteger(from) ? 'keep a pointer where it is needed; an integer cannot hold one' : undefined,
    );
  }
  if (from.kind === 'pointer') return refuse('keep the pointer itself; use an index if a number is needed');
  if (sameType(from, to)) return e;
  return refuse();
}

/** An integer operand, promoted; undefined after a complaint. */
export function integerOperand(u: Unit, e: Expr, node: Node, sign: string): Expr | undefined {
  if (isUnknown(e.type)) return undefined;
  if (isInteger(e.type)) return e;
  u.error(node, { message: `'${sign}' needs an integer, not '${nameOf(e.type)}'` });
  return undefined;
}

/** Something to test: an integer, a pointer or a thread. It is handed on as it is. */
export function testable(u: Unit, given: Expr, node: Node): Expr {
  const e = decay(given);
  if (isUnknown(e.type) || isInteger(e.type) || e.type.kind === 'pointer') return e;
  u.error(node, { message: `'${nameOf(e.type)}' is neither true nor false`, hint: 'test a field of it' });
  return unknownAt(e.at);
}

/** Constant value of an expression of integer type. */
export function integerValue(e: Expr): bigint | undefined {
  return e.kind === 'number' && isInteger(e.type) ? BigInt(e.value) : undefined;
}
