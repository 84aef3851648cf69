// SPDX-License-Identifier: GPL-2.0-only
// Owns calls: direct, through a pointer, and to built-ins.

import type { CType, Expr, FunctionSym } from '../ast.ts';
import { builtinCall, builtinNames } from './builtin.ts';
import type { Unit } from './context.ts';
import { unknownAt } from './convert.ts';
import { isUnknown, nameOf } from './c-types.ts';
import { nearest } from '../diagnostics/suggest.ts';
import { bare, child, named, type Node } from '../parse/node.ts';

export function call(u: Unit, node: Node): Expr {
  const calleeNode = bare(child(node, 'function') as Node);
  const list = child(node, 'arguments');
  const args = list ? named(list) : [];
  const block = args.find((a) => a.type === 'compound_statement');
  if (block) {
    u.error(block, { message: 'a block cannot be an argument' });
    return unknownAt(u.at(node));
  }
  if (calleeNode.type === 'identifier') {
    const name = u.text(calleeNode);
    const entry = u.scope.name(name);
    if (!entry && builtinNames.has(name)) return builtinCall(u, node, name, args);
    if (!entry) return undeclared(u, node, calleeNode, name, args);
    if (entry.kind === 'function') {
      u.use(entry, u.where(calleeNode));
      return direct(u, node, entry.sym, entry.type, args);
    }
  }
  const callee = u.parts.operand(u, calleeNode);
  if (isUnknown(callee.type)) return unknownAt(u.at(node));
  if (callee.kind === 'function' && callee.type.kind === 'pointer' && callee.type.to.kind === 'function') {
    return direct(u, node, callee.fn, callee.type.to, args);
  }
  if (callee.type.kind !== 'pointer' || callee.type.to.kind !== 'function') {
    u.error(calleeNode, { message: `'${u.shown(calleeNode)}' is no function but '${nameOf(callee.type)}'` });
    return unknownAt(u.at(node));
  }
  const type = callee.type.to;
  const given = convertArguments(u, node, type.params, args, `'${u.shown(calleeNode)}'`, undefined);
  if (!given) return { ...unknownAt(u.at(node)), type: type.returns };
  return { kind: 'call-indirect', callee, args: given, type: type.returns, at: u.at(node) };
}

function direct(u: Unit, node: Node, fn: FunctionSym, type: CType, args: readonly Node[]): Expr {
  if (type.kind !== 'function') return unknownAt(u.at(node));
  const given = convertArguments(u, node, type.params, args, `'${fn.name}'`, fn);
  if (!given) return { kind: 'number', value: 0, type: type.returns, at: u.at(node) };
  return { kind: 'call', fn, args: given, type: type.returns, at: u.at(node) };
}

function convertArguments(
  u: Unit,
  node: Node,
  params: readonly CType[],
  args: readonly Node[],
  callee: string,
  fn: FunctionSym | undefined,
): Expr[] | undefined {
  const given = args.map((a) => argument(u, a));
  if (args.length !== params.length) {
    const few = args.length < params.length ? 'too few' : 'too many';
    const message = `${few} arguments to ${callee}: it takes ${params.length}, but ${args.length} given`;
    const notes = fn ? [{ text: 'declared here', at: fn.at }] : [];
    u.error(node, { message, notes });
    return undefined;
  }
  return given.map((e, i) => u.parts.convert(u, e, params[i] as CType, args[i] as Node, `pass`));
}

/** An argument, where `&local` is allowed. */
export function argument(u: Unit, node: Node): Expr {
  const outer = u.addressArgument;
  u.addressArgument = node;
  const e = u.parts.operand(u, node);
  u.addressArgument = outer;
  return e;
}

const KERNEL_HINTS: ReadonlyMap<string, string> = new Map([
  ...['kmalloc', 'kzalloc', 'vmalloc', 'malloc', 'kmem_cache_alloc'].map(
    (n) => [n, 'objects come from pools: [[mm::pool]] struct x x[4]; and alloc(x)'] as const,
  ),
  ['kfree', 'give an object back to its pool with free()'],
  ['printk', 'a model prints nothing; the debugger shows every step'],
  ['printf', 'a model prints nothing; the debugger shows every step'],
]);

function undeclared(u: Unit, node: Node, calleeNode: Node, name: string, args: readonly Node[]): Expr {
  for (const a of args) if (a.type !== 'string_literal' && a.type !== 'concatenated_string') argument(u, a);
  const external = u.symbols.externals.get(name);
  const meant = nearest(name, [...u.scope.known(), ...builtinNames]);
  const hint =
    KERNEL_HINTS.get(name) ??
    (external
      ? `it is defined in ${external.declaredAt.at.file}: declare it in a header that both files include`
      : meant === undefined
        ? 'declare it, or #include the header that does'
        : `did you mean '${meant}'?`);
  u.error(calleeNode, { message: `function '${name}' is not declared`, hint });
  return unknownAt(u.at(node));
}
