// SPDX-License-Identifier: GPL-2.0-only
// Owns the types of the built-ins: their arguments and results. Where they may be used is judged in check-graph.

import { isLvalue } from '../walk.ts';
import type { BuiltinName, CType, Expr, VarSym } from '../ast.ts';
import { builtinArguments, memberOfContainer } from './builtin-arguments.ts';
import type { Unit } from './context.ts';
import { integerValue, testable, unknownAt } from './convert.ts';
import { writable } from './operators.ts';
import { BOOL, INT, isScalar, isUnknown, nameOf, pointerTo, THREAD, VOID } from './c-types.ts';
import type { Node } from '../parse/node.ts';

/** How each is spelled in C, and how many arguments it takes. */
const BUILTINS: ReadonlyMap<
  string,
  { readonly name: BuiltinName; readonly args: readonly [number, number]; readonly prelude?: true }
> = new Map([
  ['choose', { name: 'choose', args: [1, 1] }],
  ['alloc', { name: 'alloc', args: [1, 1] }],
  ['free', { name: 'free', args: [1, 1] }],
  ['assert', { name: 'assert', args: [1, 1] }],
  ['BUG', { name: 'BUG', args: [0, 1] }],
  ['expose', { name: 'expose', args: [1, 1] }],
  ['violated', { name: 'violated', args: [1, 99] }],
  ['witness', { name: 'witness', args: [1, 1] }],
  ['stale', { name: 'stale', args: [1, 1] }],
  ['pool_first', { name: 'pool_first', args: [1, 1] }],
  ['pool_next', { name: 'pool_next', args: [2, 2] }],
  ['READ_ONCE', { name: 'READ_ONCE', args: [1, 1] }],
  ['WRITE_ONCE', { name: 'WRITE_ONCE', args: [2, 2] }],
  ['smp_load_acquire', { name: 'smp_load_acquire', args: [1, 1] }],
  ['smp_store_release', { name: 'smp_store_release', args: [2, 2] }],
  ['xchg', { name: 'xchg', args: [2, 2] }],
  ['cmpxchg', { name: 'cmpxchg', args: [3, 3] }],
  ['smp_mb', { name: 'smp_mb', args: [0, 0] }],
  ['smp_rmb', { name: 'smp_rmb', args: [0, 0] }],
  ['smp_wmb', { name: 'smp_wmb', args: [0, 0] }],
  ['__container_of', { name: 'container', args: [2, 2], prelude: true }],
  ['__await', { name: '__await', args: [1, 1], prelude: true }],
  ['__event', { name: '__event', args: [1, 1], prelude: true }],
  ['__order', { name: '__order', args: [1, 1], prelude: true }],
  ['__fail', { name: '__fail', args: [2, 2], prelude: true }],
  ['__current', { name: '__current', args: [0, 0], prelude: true }],
]);

/** Names that only a call can use and no global can have. */
export const builtinNames: ReadonlySet<string> = new Set(BUILTINS.keys());

export function builtinCall(u: Unit, node: Node, spelled: string, args: readonly Node[]): Expr {
  const at = u.at(node);
  const builtin = BUILTINS.get(spelled);
  if (!builtin) return unknownAt(at);
  const { name, args: wanted } = builtin;
  if (builtin.prelude && !u.inPrelude(node)) {
    const hint =
      name === '__current' ? "write 'current'" : name === 'container' ? 'write container_of()' : undefined;
    u.error(node, {
      message: `'${spelled}' is for mmreplay's own prelude`,
      reason: 'names with two underscores are how built-ins are made',
      ...(hint === undefined ? {} : { hint }),
    });
    return unknownAt(at);
  }
  if (args.length < wanted[0] || args.length > wanted[1]) {
    const most =
      wanted[1] === 99
        ? 'at least one'
        : wanted[0] === wanted[1]
          ? `${wanted[0]}`
          : `${wanted[0]} or ${wanted[1]}`;
    u.error(node, {
      message: `${spelled}() takes ${most} argument${most === '1' ? '' : 's'}, but ${args.length} given`,
    });
    return unknownAt(at);
  }
  return typed(u, node, name, spelled, args);
}

function typed(u: Unit, node: Node, name: BuiltinName, spelled: string, args: readonly Node[]): Expr {
  const at = u.at(node);
  const make = (type: CType, exprs: readonly Expr[], pool?: VarSym): Expr =>
    ({ kind: 'builtin', name, args: exprs, type, at, ...(pool ? { pool } : {}) }) as Expr;
  const arg = builtinArguments(u, spelled, args);
  const [first, second] = args as [Node, Node];
  switch (name) {
    case 'choose': {
      const n = u.parts.operand(u, first);
      const count = integerValue(n);
      if (isUnknown(n.type)) return make(INT, [n]);
      if (count !== undefined && count >= 1n && count <= 64n) return make(INT, [n]);
      const reason = 'every choice is explored, so their number must be known: 1 to 64';
      u.error(first, { message: 'choose() takes an integer constant', reason });
      return { ...unknownAt(at), type: INT };
    }
    case 'alloc': {
      const pool = arg.pool(0);
      return pool ? make(pointerTo(pool.type.of), [], pool.sym) : unknownAt(at);
    }
    case 'pool_first': {
      const pool = arg.pool(0);
      return pool ? make(pointerTo(pool.type.of), [], pool.sym) : unknownAt(at);
    }
    case 'pool_next': {
      const pool = arg.pool(0);
      const p = u.parts.operand(u, second);
      if (!pool) return unknownAt(at);
      const type = pointerTo(pool.type.of);
      return make(type, [u.parts.convert(u, p, type, second, 'pass')], pool.sym);
    }
    case 'free':
      return make(VOID, [arg.pointer(0)]);
    case 'stale':
      return make(BOOL, [arg.pointer(0)]);
    case 'assert':
    case '__await':
      return make(VOID, [testable(u, u.parts.operand(u, first), first)]);
    case 'BUG':
      return make(VOID, args.length > 0 ? [arg.string(0)] : []);
    case 'expose':
      return make(VOID, [arg.word(0, ['zero', 'uninit'])]);
    case 'witness':
    case '__event':
    case '__order':
      return make(VOID, [arg.string(0)]);
    case '__fail':
      return make(VOID, [arg.string(0), arg.string(1)]);
    case 'violated':
      return make(BOOL, arg.formatted());
    case 'READ_ONCE': {
      const x = u.parts.expression(u, first);
      if (isUnknown(x.type) || !place(u, first, x, spelled)) return unknownAt(at);
      return make(x.type, [x]);
    }
    case 'WRITE_ONCE': {
      const x = u.parts.expression(u, first);
      const value = u.parts.operand(u, second);
      if (isUnknown(x.type) || !place(u, first, x, spelled) || !writable(u, x, first, 'write'))
        return { ...unknownAt(at), type: VOID };
      return make(VOID, [x, u.parts.convert(u, value, x.type, second, 'write')]);
    }
    case 'smp_load_acquire': {
      const p = arg.target(0);
      return p ? make(p.to, [p.pointer]) : unknownAt(at);
    }
    case 'smp_store_release':
    case 'xchg':
    case 'cmpxchg': {
      const p = arg.target(0);
      const values = args.slice(1).map((a) => [a, u.parts.operand(u, a)] as const);
      if (!p) return unknownAt(at);
      if (p.isConst) u.error(first, { message: `${spelled}() writes what is const` });
      const converted = values.map(([a, e]) => u.parts.convert(u, e, p.to, a, 'write'));
      return make(name === 'smp_store_release' ? VOID : p.to, [p.pointer, ...converted]);
    }
    case 'container':
      return memberOfContainer(u, node, first, second);
    case '__current':
      return make(THREAD, []);
    default:
      return make(VOID, []);
  }
}

/** READ_ONCE and WRITE_ONCE access one word. */
function place(u: Unit, node: Node, e: Expr, spelled: string): boolean {
  if (!isLvalue(e)) {
    u.error(node, { message: `${spelled}() takes a variable, field or element, not a value` });
    return false;
  }
  return isWord(u, node, e.type, spelled);
}

/** Types that are read and written in one step; false after a complaint. */
export function isWord(u: Unit, node: Node, type: CType, spelled: string): boolean {
  if (isScalar(type) || (type.kind === 'struct' && type.decl.word)) return true;
  const hint =
    type.kind === 'struct'
      ? { hint: 'mark the struct [[mm::word]] if the machine accesses it as one word' }
      : {};
  u.error(node, { message: `${spelled}() accesses one word, and '${nameOf(type)}' is more`, ...hint });
  return false;
}
