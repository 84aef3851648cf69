// SPDX-License-Identifier: GPL-2.0-only
// Owns functions: prototypes, definitions, what must agree between them, and what attributes demand of a signature.

import type { FunctionSym } from '../ast.ts';
import { builtinNames } from '../check/builtin.ts';
import type { Unit } from '../check/context.ts';
import { type FunctionCType, isUnknown, nameOf, sameType } from '../check/c-types.ts';
import { functionTraits, type FunctionTraits } from './attributes.ts';
import { reportRedeclared } from './conflict.ts';
import type { Building, FunctionEntry } from './scope.ts';
import type { Declared } from './struct.ts';
import type { Attribute } from '../parse/attributes.ts';
import type { Node } from '../parse/node.ts';

export interface FunctionDeclaration {
  readonly declared: Declared;
  readonly storage: ReadonlySet<string>;
  /** The declarator. */
  readonly node: Node;
  readonly attributes: readonly Attribute[];
}

/** Declares a function (or finds it declared already); undefined after a complaint that leaves nothing to go on with. */
export function declareFunction(u: Unit, d: FunctionDeclaration): FunctionEntry | undefined {
  const { nameNode, type } = d.declared;
  if (!nameNode || type.kind !== 'function') return undefined;
  const name = u.text(nameNode);
  const traits = functionTraits(u, d.attributes);
  if (builtinNames.has(name)) {
    u.error(nameNode, { message: `'${name}' is a built-in`, hint: 'choose another name' });
    return undefined;
  }
  checkSignature(u, d, type, traits, name);
  const isStatic = d.storage.has('static');
  const here = u.scope.file.names.get(name);
  const before = here ?? (isStatic ? undefined : u.symbols.externals.get(name));
  if (!before) return newFunction(u, d, type, traits);
  if (before.kind !== 'function') {
    const what = { var: 'a variable', typedef: 'a type', enumerator: 'a constant' }[before.kind];
    reportRedeclared(u, nameNode, `'${name}' is declared already as ${what}`, before.declaredAt);
    return undefined;
  }
  if (!sameType(before.type, type)) {
    reportRedeclared(
      u,
      nameNode,
      `conflicting types for '${name}': '${nameOf(type)}' here, '${nameOf(before.type)}' before`,
      before.declaredAt,
      {
        reason: 'a call must mean the same in every file',
        hint: conflictHint(before.type, type),
      },
    );
    return undefined;
  }
  if (isStatic && !before.sym.isStatic)
    reportRedeclared(u, nameNode, `'${name}' is static here, but not before`, before.declaredAt);
  merge(before.sym, traits);
  u.scope.file.names.set(name, before);
  return before;
}

function conflictHint(a: FunctionCType, b: FunctionCType): string {
  const plain = (t: FunctionCType): string => nameOf(t).replaceAll(/'\d+/g, '');
  const namesAlike = plain(a) === plain(b);
  return namesAlike
    ? 'the types only look alike: a struct was declared twice; declare it once, in a header'
    : 'make the two declarations agree, best in a header that both files include';
}

function merge(sym: Building<FunctionSym>, traits: FunctionTraits): void {
  sym.atomic ||= traits.atomic;
  sym.opaque ||= traits.atomic;
  sym.operation ||= traits.operation;
  if (traits.step !== undefined) sym.step = traits.step;
  if (traits.thread) sym.thread = traits.thread;
  if (traits.invariant) sym.invariant = traits.invariant;
}

function newFunction(
  u: Unit,
  d: FunctionDeclaration,
  type: FunctionCType,
  traits: FunctionTraits,
): FunctionEntry {
  const nameNode = d.declared.nameNode as Node;
  const where = u.where(nameNode);
  const isStatic = d.storage.has('static');
  const name = u.text(nameNode);
  const sym: Building<FunctionSym> = {
    kind: 'function',
    name,
    returns: type.returns,
    params: [],
    locals: [],
    isStatic,
    opaque: traits.atomic || u.inPrelude(nameNode),
    ...traits,
    at: where.at,
  };
  const entry: FunctionEntry = {
    kind: 'function',
    sym,
    type,
    unit: u.name,
    declaredAt: where,
    definedAt: undefined,
    usedAt: undefined,
  };
  u.scope.file.names.set(name, entry);
  if (!isStatic) u.symbols.externals.set(name, entry);
  u.symbols.functions.push(entry);
  return entry;
}

function checkSignature(
  u: Unit,
  d: FunctionDeclaration,
  type: FunctionCType,
  traits: FunctionTraits,
  name: string,
): void {
  const { thread, invariant } = traits;
  if (isUnknown(type.returns)) return;
  if (thread) {
    if (type.returns.kind !== 'void')
      u.error(d.node, {
        message: `thread '${name}' must return void`,
        reason: 'nobody waits for its result',
      });
    const [first] = type.params;
    const good =
      type.params.length === 0 ||
      (type.params.length === 1 && first?.kind === 'int' && thread.count !== undefined);
    if (!good) {
      const reason = 'nobody calls a thread; identical threads may be told their number';
      u.error(d.node, {
        message: `thread '${name}' takes no parameters`,
        reason,
        hint: `write [[mm::thread(3)]] void ${name}(int n)`,
      });
    }
    if (traits.operation || traits.atomic || invariant) {
      u.error(d.node, {
        message: `'${name}' cannot be a thread and something else`,
        hint: 'let the thread call a function that is the other',
      });
    }
  }
  if (invariant) {
    const hint = `write bool ${name}(void)`;
    if (type.returns.kind !== 'bool')
      u.error(d.node, {
        message: `invariant '${name}' must return bool, not '${nameOf(type.returns)}'`,
        hint,
      });
    if (type.params.length > 0)
      u.error(d.node, {
        message: `invariant '${name}' takes no parameters`,
        reason: 'it looks at the whole state',
        hint,
      });
    if (traits.operation || traits.atomic) {
      u.error(d.node, {
        message: `invariant '${name}' is no step of any thread`,
        hint: 'leave the other attribute out',
      });
    }
  }
}

/** Makes the declared function the one being defined here; undefined when it has a body already. */
export function defineFunction(u: Unit, entry: FunctionEntry, nameNode: Node): boolean {
  const { sym } = entry;
  if (entry.definedAt) {
    const other = entry.unit === u.name && entry.definedAt.at.file === u.at(nameNode).file;
    reportRedeclared(u, nameNode, `'${sym.name}' is defined twice`, entry.definedAt, {
      ...(other ? {} : { reason: 'protocol and scenario are linked, and a function exists once' }),
      hint: 'remove one, or make each static if they are different helpers',
    });
    return false;
  }
  entry.definedAt = u.where(nameNode);
  sym.at = u.at(nameNode);
  sym.opaque ||= u.inPrelude(nameNode);
  return true;
}
