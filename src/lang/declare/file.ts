// SPDX-License-Identifier: GPL-2.0-only
// Owns declarations at file scope: what may stand there, and sharing what both units read from the same header.

import type { Unit } from '../check/context.ts';
import { layoutOf, nameOf } from '../check/c-types.ts';
import { checkFlow } from '../check/flow.ts';
import { blockBody, checkLabels, staticAssert } from '../check/statement.ts';
import { declarator, readSpecifiers } from './declarator.ts';
import { declareFunction, defineFunction } from './function.ts';
import { declareGlobal } from './global.ts';
import { newLocal } from './local.ts';
import type { Bindings, FunctionEntry } from './scope.ts';
import type { Declared } from './struct.ts';
import { declareTypes } from './typedef.ts';
import { child, childrenOf, named, type Node } from '../parse/node.ts';

/** Reads all declarations of a unit, in order. */
export function declareFile(u: Unit): void {
  for (const item of named(u.syntax.root)) shared(u, item);
  if (u.syntax.damaged.size === 0) u.syntax.attributes.reportMisplaced();
}

/**
 * Both units read the same headers. A declaration at the same place with the same text is the same thing in both: it is
 * checked once, and its names are bound again.
 */
function shared(u: Unit, item: Node): void {
  const at = u.at(item);
  const first = firstToken(u, item);
  const key = `${at.file}:${at.line}:${at.col}:${u.words({ ...item, first }).join(' ')}`;
  const known = u.symbols.items.get(key);
  if (known) {
    for (const [name, entry] of known.names) u.scope.names.set(name, entry);
    for (const [name, entry] of known.tags) u.scope.tags.set(name, entry);
    for (const a of u.syntax.attributes.list) if (a.next >= first && a.next <= item.last) a.claimed = true;
    return;
  }
  const before = { names: new Map(u.scope.names), tags: new Map(u.scope.tags) };
  declaration(u, item);
  const bindings: Bindings = {
    names: new Map([...u.scope.names].filter(([name, e]) => before.names.get(name) !== e)),
    tags: new Map([...u.scope.tags].filter(([name, e]) => before.tags.get(name) !== e)),
  };
  u.symbols.items.set(key, bindings);
}

/** The first token of a declaration, its attributes included. */
function firstToken(u: Unit, item: Node): number {
  const before = u.syntax.attributes.list.filter((a) => a.next === item.first);
  return Math.min(item.first, ...before.map((a) => a.prev + 1));
}

function declaration(u: Unit, node: Node): void {
  switch (node.type) {
    case 'function_definition':
      functionDefinition(u, node);
      return;
    case 'declaration':
      variables(u, node);
      return;
    case 'type_definition':
    case 'struct_specifier':
    case 'enum_specifier':
      declareTypes(u, node);
      return;
    case 'expression_statement': {
      const inner = named(node)[0];
      if (!inner || staticAssert(u, inner)) return;
      if (inner.type === 'call_expression') {
        u.error(node, {
          message: `'${u.shown(inner)}' stands outside any function`,
          hint: 'a macro that declares something must be a #define that the preprocessor knows',
        });
        return;
      }
      u.error(node, { message: 'a statement outside any function' });
      return;
    }
    case 'type_identifier':
    case 'primitive_type':
    case 'sized_type_specifier':
      u.error(node, { message: `'${u.shown(node)};' declares nothing` });
      return;
    case 'linkage_specification':
      u.error(node, {
        message: 'extern "C" is not in the subset',
        reason: 'it is C++',
        hint: 'leave it out',
      });
      return;
    case 'attributed_statement':
      for (const c of named(node)) declaration(u, c);
      return;
    default:
      u.error(node, {
        message: /_statement$/.test(node.type)
          ? 'a statement outside any function'
          : `'${u.shown(node)}' is not in the subset`,
      });
  }
}

function variables(u: Unit, node: Node): void {
  const leading = u.syntax.attributes.takeBefore(node.first);
  const base = readSpecifiers(u, node);
  for (const d of childrenOf(node, 'declarator')) {
    const isInit = d.type === 'init_declarator';
    const inner = isInit ? (child(d, 'declarator') as Node) : d;
    const declared = declarator(u, inner, base);
    const attributes = [...leading, ...u.syntax.attributes.takeAfter(inner.first, inner.last)];
    const value = isInit ? child(d, 'value') : undefined;
    if (declared.type.kind === 'function') {
      if (value) u.error(value, { message: 'a function cannot be initialised' });
      declareFunction(u, { declared, storage: base.storage, node: inner, attributes });
    } else declareGlobal(u, { declared, storage: base.storage, node: d, value, attributes });
  }
}

function functionDefinition(u: Unit, node: Node): void {
  const attributes = u.syntax.attributes.takeBefore(node.first);
  const base = readSpecifiers(u, node);
  const d = child(node, 'declarator') as Node;
  const declared = declarator(u, d, base);
  const body = child(node, 'body') as Node;
  const own = u.syntax.attributes.takeAfter(d.first, d.last);
  const old = node.children.find((c) => c.type === 'declaration');
  // Its parameters without types have been refused already.
  if (old) return;
  if (declared.type.kind !== 'function' || !declared.params || !declared.nameNode) {
    u.error(d, { message: `'${u.shown(d)}' is no function, but has a body` });
    return;
  }
  if (base.storage.has('extern') && base.storage.has('static'))
    u.error(node, { message: "'static' and 'extern' together" });
  const entry = declareFunction(u, {
    declared,
    storage: base.storage,
    node: d,
    attributes: [...attributes, ...own],
  });
  if (!entry || !defineFunction(u, entry, declared.nameNode) || u.syntax.damaged.has(body)) return;
  functionBody(u, entry, declared, body);
}

function functionBody(u: Unit, entry: FunctionEntry, declared: Declared, body: Node): void {
  const outer = u.fn;
  const fn = { entry, seen: new Map(), labels: new Map(), gotos: [], loops: [], switches: [] };
  u.fn = fn;
  u.block(() => {
    for (const p of declared.params ?? []) {
      if (!p.nameNode) {
        u.error(p.node, { message: 'a parameter of a function with a body needs a name' });
        continue;
      }
      if (layoutOf(p.type) === undefined) {
        u.error(p.node, {
          message: `parameter '${u.shown(p.nameNode)}' has no size: '${nameOf(p.type)}' is not defined`,
        });
      }
      const sym = newLocal(u, p, 'param', { ghost: false });
      if (sym) entry.sym.params.push(sym);
    }
    entry.sym.body = blockBody(u, body);
  });
  u.fn = outer;
  checkLabels(u, fn);
  checkFlow(u, entry, body);
}
