// SPDX-License-Identifier: GPL-2.0-only
// Owns variables at file scope: tentative definitions, extern, static, pools, and what must agree between files.

import type { CType, VarSym } from '../ast.ts';
import { builtinNames } from '../check/builtin.ts';
import { staticInit } from '../check/constant.ts';
import type { Unit } from '../check/context.ts';
import { isInteger, isUnknown, layoutOf, nameOf, sameType } from '../check/c-types.ts';
import { variableTraits, type VariableTraits } from './attributes.ts';
import { reportRedeclared } from './conflict.ts';
import type { Building, VarEntry } from './scope.ts';
import type { Declared } from './struct.ts';
import type { Attribute } from '../parse/attributes.ts';
import type { Node } from '../parse/node.ts';

export interface GlobalDeclaration {
  readonly declared: Declared;
  readonly storage: ReadonlySet<string>;
  /** The declarator, with its initialiser. */
  readonly node: Node;
  readonly value: Node | undefined;
  readonly attributes: readonly Attribute[];
}

export function declareGlobal(u: Unit, d: GlobalDeclaration): void {
  const { nameNode } = d.declared;
  if (!nameNode) return;
  const name = u.text(nameNode);
  const traits = variableTraits(u, d.attributes, 'a variable', ['pool', 'type_stable', 'ghost', 'range']);
  if (builtinNames.has(name) || name === 'NR_THREADS') {
    u.error(nameNode, { message: `'${name}' is a built-in`, hint: 'choose another name' });
    return;
  }
  const type = globalType(u, d);
  checkTraits(u, d, type, traits);
  const entry = entryFor(u, d, name, type, traits);
  if (!entry) return;
  const isExtern = d.storage.has('extern') && !d.value;
  if (isExtern) return;
  if (d.value && entry.sym.init) {
    reportRedeclared(u, nameNode, `'${name}' is initialised twice`, entry.definedAt ?? entry.declaredAt);
    return;
  }
  entry.definedAt = u.where(nameNode);
  entry.sym.at = u.at(nameNode);
  if (!d.value) return;
  const { init, type: full } = u.parts.initialiser(u, entry.sym.type, d.value);
  entry.sym.type = full;
  const fixed = staticInit(u, init, d.value);
  if (fixed) entry.sym.init = fixed;
}

function globalType(u: Unit, d: GlobalDeclaration): CType {
  const { type, nameNode } = d.declared;
  const name = nameNode ? u.text(nameNode) : '';
  if (isUnknown(type)) return type;
  const isExtern = d.storage.has('extern');
  if (type.kind === 'array' && type.length < 0 && !d.value) {
    if (isExtern) return type;
    u.error(d.node, {
      message: `array '${name}' has no size`,
      reason: 'the set of cells is fixed before the first step',
      hint: 'give it a size or initial values',
    });
    return { ...type, length: 1 };
  }
  if (layoutOf(type) === undefined && !(isExtern && type.kind === 'struct')) {
    const why =
      type.kind === 'void' ? 'void has no values' : `'${nameOf(type)}' is declared, but not defined`;
    u.error(d.node, { message: `variable '${name}' has no size: ${why}` });
    return { kind: 'int', bits: 32, signed: true, name: 'int' };
  }
  return type;
}

function checkTraits(u: Unit, d: GlobalDeclaration, type: CType, traits: VariableTraits): void {
  if (isUnknown(type)) return;
  const scalar = type.kind === 'array' ? type.of : type;
  if (traits.range && !isInteger(scalar)) {
    u.error(d.node, { message: `[[mm::range]] needs an integer, not '${nameOf(type)}'` });
  }
  if (traits.pool && !(type.kind === 'array' && type.of.kind === 'struct')) {
    u.error(d.node, {
      message: `a pool is an array of structs, not '${nameOf(type)}'`,
      hint: 'write [[mm::pool]] struct x x[4];',
    });
  }
  if (traits.typeStable && !traits.pool) {
    u.error(d.node, {
      message: '[[mm::type_stable]] belongs on a pool',
      hint: 'write [[mm::pool, mm::type_stable]]',
    });
  }
}

/** The entry to fill: a new one, or that of an earlier declaration which agrees. */
function entryFor(
  u: Unit,
  d: GlobalDeclaration,
  name: string,
  type: CType,
  traits: VariableTraits,
): VarEntry | undefined {
  const nameNode = d.declared.nameNode as Node;
  const isStatic = d.storage.has('static');
  const here = u.scope.names.get(name);
  const before = here ?? (isStatic ? undefined : u.symbols.externals.get(name));
  if (!before) return newGlobal(u, d, name, type, traits);
  if (before.kind !== 'var') {
    const what = { function: 'a function', typedef: 'a type', enumerator: 'a constant' }[before.kind];
    reportRedeclared(u, nameNode, `'${name}' is declared already as ${what}`, before.declaredAt);
    return undefined;
  }
  const { sym } = before;
  if (!sameArray(sym.type, type)) {
    const message = `'${name}' is declared as '${nameOf(type)}' here, but as '${nameOf(sym.type)}' before`;
    reportRedeclared(u, nameNode, message, before.declaredAt);
    return undefined;
  }
  if (sym.constQualified !== d.declared.isConst) {
    reportRedeclared(
      u,
      nameNode,
      `'${name}' is const in one declaration and not in the other`,
      before.declaredAt,
    );
  }
  if (isStatic && before.external)
    reportRedeclared(u, nameNode, `'${name}' is static here, but not before`, before.declaredAt);
  const defines = !d.storage.has('extern') || d.value !== undefined;
  if (defines && before.definedAt && before.unit !== u.name) {
    reportRedeclared(u, nameNode, `'${name}' is defined in both files`, before.definedAt, {
      reason: 'protocol and scenario are linked, and a global exists once',
      hint: 'define it in one, and declare it with extern in the other or in a header',
    });
    return undefined;
  }
  if (sym.type.kind === 'array' && sym.type.length < 0) sym.type = type;
  if (sym.type.kind === 'struct' && !sym.type.decl.complete) sym.type = type;
  sym.ghost ||= traits.ghost;
  sym.pool ||= traits.pool;
  sym.typeStable ||= traits.typeStable;
  if (traits.range) sym.range = traits.range;
  u.scope.names.set(name, before);
  return before;
}

function sameArray(a: CType, b: CType): boolean {
  if (a.kind === 'array' && b.kind === 'array' && (a.length < 0 || b.length < 0)) return sameType(a.of, b.of);
  return sameType(a, b);
}

function newGlobal(
  u: Unit,
  d: GlobalDeclaration,
  name: string,
  type: CType,
  traits: VariableTraits,
): VarEntry {
  const nameNode = d.declared.nameNode as Node;
  const where = u.where(nameNode);
  const isStatic = d.storage.has('static');
  const twins = u.symbols.variables.filter((v) => v.sym.storage === 'global' && v.sym.name === name).length;
  const sym: Building<VarSym> = {
    kind: 'var',
    name,
    unique: twins === 0 ? name : `${name}'${twins + 1}`,
    storage: 'global',
    type,
    ghost: traits.ghost,
    constQualified: d.declared.isConst,
    pool: traits.pool,
    typeStable: traits.typeStable,
    ...(traits.range ? { range: traits.range } : {}),
    fn: '',
    addressTaken: false,
    assigned: false,
    at: where.at,
  };
  const entry: VarEntry = {
    kind: 'var',
    sym,
    unit: u.name,
    declaredAt: where,
    definedAt: undefined,
    usedAt: undefined,
    external: !isStatic,
  };
  u.scope.names.set(name, entry);
  if (!isStatic) u.symbols.externals.set(name, entry);
  u.symbols.variables.push(entry);
  return entry;
}
