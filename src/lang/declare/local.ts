// SPDX-License-Identifier: GPL-2.0-only
// Owns declarations inside functions: locals, static locals, and the types and prototypes that may stand there.

import type { CType, Stmt, VarSym } from '../ast.ts';
import { staticInit } from '../check/constant.ts';
import type { Unit } from '../check/context.ts';
import { isInteger, isUnknown, layoutOf, nameOf, type Qualified } from '../check/c-types.ts';
import { variableTraits } from './attributes.ts';
import { reportRedeclared } from './conflict.ts';
import { declarator, readSpecifiers } from './declarator.ts';
import { declareFunction } from './function.ts';
import { declareGlobal } from './global.ts';
import type { Building, VarEntry } from './scope.ts';
import type { Declared } from './struct.ts';
import { declareTypes } from './typedef.ts';
import { child, childrenOf, type Node } from '../parse/node.ts';

/** A declaration in a block: one `declare` for each local. */
export function localDeclaration(u: Unit, node: Node): Stmt[] {
  const leading = u.syntax.attributes.takeBefore(node.first);
  const base = readSpecifiers(u, node);
  const out: Stmt[] = [];
  for (const d of childrenOf(node, 'declarator')) {
    const isInit = d.type === 'init_declarator';
    const inner = isInit ? (child(d, 'declarator') as Node) : d;
    const declared = declarator(u, inner, base);
    if (!declared.nameNode) continue;
    const attributes = [...leading, ...u.syntax.attributes.takeAfter(inner.first, inner.last)];
    const value = isInit ? child(d, 'value') : undefined;
    if (declared.type.kind === 'function') {
      declareFunction(u, { declared, storage: base.storage, node: d, attributes });
      continue;
    }
    if (base.storage.has('extern')) {
      declareGlobal(u, { declared, storage: base.storage, node: d, value, attributes });
      continue;
    }
    const allowed = ['ghost', 'range'];
    const traits = variableTraits(u, attributes, 'a local variable', allowed);
    const type = objectType(u, inner, declared.type, u.text(declared.nameNode), value !== undefined);
    if (traits.range && !isInteger(type))
      u.error(inner, { message: `[[mm::range]] needs an integer, not '${nameOf(type)}'` });
    const isStatic = base.storage.has('static');
    const sym = newLocal(u, { ...declared, type }, isStatic ? 'static-local' : 'local', {
      ghost: traits.ghost,
      ...(traits.range ? { range: traits.range } : {}),
    });
    if (!sym) continue;
    if (isStatic) {
      if (value) initialiseStatic(u, sym, value);
      continue;
    }
    if (!value) {
      out.push({ kind: 'declare', sym, at: u.at(inner) });
      continue;
    }
    const { init, type: full } = u.parts.initialiser(u, type, value);
    sym.type = full;
    out.push({ kind: 'declare', sym, init, at: u.at(d) });
  }
  return out;
}

/** Checks that a variable can have this type. */
export function objectType(u: Unit, node: Node, type: CType, name: string, hasValue: boolean): CType {
  if (isUnknown(type)) return type;
  if (type.kind === 'array' && type.length < 0) {
    if (!hasValue) {
      const reason = 'the set of cells is fixed before the first step';
      u.error(node, {
        message: `array '${name}' has no size`,
        reason,
        hint: 'give it a size or initial values',
      });
      return { ...type, length: 1 };
    }
    return type;
  }
  if (layoutOf(type) === undefined) {
    const why =
      type.kind === 'void' ? 'void has no values' : `'${nameOf(type)}' is declared, but not defined`;
    u.error(node, { message: `variable '${name}' has no size: ${why}` });
    return { kind: 'int', bits: 32, signed: true, name: 'int' };
  }
  return type;
}

export function initialiseStatic(u: Unit, sym: Building<VarSym>, value: Node): void {
  const { init, type } = u.parts.initialiser(u, sym.type, value);
  sym.type = type;
  const fixed = staticInit(u, init, value);
  if (fixed) sym.init = fixed;
}

/** Adds a local, static local or parameter to the current scope and function. */
export function newLocal(
  u: Unit,
  declared: Declared & Qualified,
  storage: 'local' | 'static-local' | 'param',
  more: { ghost: boolean; range?: readonly [number, number] },
): Building<VarSym> | undefined {
  const { nameNode } = declared;
  const { fn } = u;
  if (!nameNode || !fn) return undefined;
  const name = u.text(nameNode);
  const before = u.scope.names.get(name);
  if (before) {
    reportRedeclared(u, nameNode, `'${name}' is declared twice in this block`, before.declaredAt);
    return undefined;
  }
  const count = (fn.seen.get(name) ?? 0) + 1;
  fn.seen.set(name, count);
  const where = u.where(nameNode);
  const sym: Building<VarSym> = {
    kind: 'var',
    name,
    unique: count === 1 ? name : `${name}'${count}`,
    storage,
    type: declared.type,
    constQualified: declared.isConst,
    pool: false,
    typeStable: false,
    fn: fn.entry.sym.name,
    addressTaken: false,
    assigned: false,
    at: where.at,
    ...more,
  };
  const entry: VarEntry = {
    kind: 'var',
    sym,
    unit: u.name,
    declaredAt: where,
    definedAt: where,
    usedAt: undefined,
    external: false,
  };
  u.scope.names.set(name, entry);
  if (storage === 'local') fn.entry.sym.locals.push(sym);
  if (storage === 'static-local') u.symbols.variables.push(entry);
  return sym;
}

/** A typedef, struct or enum declared in a block. */
export function localTypedef(u: Unit, node: Node): void {
  declareTypes(u, node);
}
