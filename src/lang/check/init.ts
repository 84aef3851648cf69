// SPDX-License-Identifier: GPL-2.0-only
// Owns initialisers: braces, designators, ranges and left-out braces, resolved to positions.

import type { CType, ExprInit, Field, StructDecl } from '../ast.ts';
import { constantInteger } from './constant.ts';
import type { Unit } from './context.ts';
import { type CheckedStruct, type FieldGroup, INT, isUnknown, nameOf } from './c-types.ts';
import { child, childrenOf, named, type Node } from '../parse/node.ts';

/** Nested initialisers while they are being filled. */
type Filling =
  | { readonly kind: 'array'; readonly items: Map<number, ExprInit>; readonly at: ExprInitAt }
  | { readonly kind: 'struct'; readonly items: Map<string, ExprInit>; readonly at: ExprInitAt };
type ExprInitAt = Extract<ExprInit, { kind: 'array' }>['at'];

/** Reads `= node` for a variable of `type`. An array without a size gets it from here. */
export function initialiser(u: Unit, type: CType, node: Node): { init: ExprInit; type: CType } {
  if (node.type === 'initializer_list') {
    if (type.kind !== 'struct' && type.kind !== 'array') return { init: braced(u, type, node), type };
    const items = named(node);
    const reader = new Reader(u, items);
    const init = reader.fill(type, node, true);
    reader.refuseRest(type);
    if (type.kind !== 'array' || type.length >= 0) return { init, type };
    const length = init.kind === 'array' ? Math.max(0, ...init.items.keys()) + 1 : 1;
    return { init, type: { ...type, length } };
  }
  if (type.kind === 'array' && !isUnknown(type)) {
    const isString = node.type === 'string_literal' || node.type === 'concatenated_string';
    const message = isString
      ? 'strings are not in the subset as initial values'
      : 'an array is initialised with { ... }';
    u.error(node, { message, ...(isString ? { reason: "a model's state has no text" } : {}) });
    return { init: { kind: 'array', items: new Map(), at: u.at(node) }, type };
  }
  const e = u.parts.operand(u, node);
  return { init: { kind: 'expr', expr: u.parts.convert(u, e, type, node, 'initialise with') }, type };
}

/** `{ x }` for a scalar. */
function braced(u: Unit, type: CType, node: Node): ExprInit {
  const items = named(node);
  const [first] = items;
  if (!first) return { kind: 'expr', expr: { kind: 'number', value: 0, type, at: u.at(node) } };
  const extra = items[1];
  if (first.type === 'initializer_pair' || first.type === 'initializer_list' || extra) {
    if (!isUnknown(type))
      u.error(extra ?? first, { message: `'${nameOf(type)}' is initialised with one value` });
    return { kind: 'expr', expr: { kind: 'number', value: 0, type, at: u.at(node) } };
  }
  return initialiser(u, type, first).init;
}

class Reader {
  readonly #u: Unit;
  readonly #items: readonly Node[];
  #next = 0;

  constructor(u: Unit, items: readonly Node[]) {
    this.#u = u;
    this.#items = items;
  }

  /** Reads items into a struct or array; without braces of its own it stops when full. */
  fill(type: CType, node: Node, ownBraces: boolean): ExprInit {
    const at = this.#u.at(node);
    if (type.kind === 'struct') {
      if (!type.decl.complete) {
        this.#u.error(node, { message: `'${type.decl.name}' is only declared, not defined` });
        this.#next = this.#items.length;
      }
      const into: Filling = { kind: 'struct', items: new Map(), at };
      this.#positions(type, into, type.decl.fields.length, ownBraces);
      return into;
    }
    const into: Filling = { kind: 'array', items: new Map(), at };
    const length = type.kind === 'array' && type.length >= 0 ? type.length : 4096;
    this.#positions(type, into, length, ownBraces);
    return into;
  }

  refuseRest(type: CType): void {
    const rest = this.#items[this.#next];
    if (rest) this.#u.error(rest, { message: `too many initial values for '${nameOf(type)}'` });
  }

  #positions(type: CType, into: Filling, count: number, ownBraces: boolean): void {
    let position = 0;
    while (this.#next < this.#items.length) {
      const item = this.#items[this.#next] as Node;
      if (item.type === 'initializer_pair') {
        if (!ownBraces) return;
        this.#next++;
        const after = this.#designated(type, into, item);
        if (after === undefined) continue;
        position = after;
        continue;
      }
      if (position >= count) return;
      const group = type.kind === 'struct' ? groupAt(type.decl, position) : undefined;
      if (group && item.type === 'initializer_list') {
        this.#next++;
        this.#group(group.decl, into, item);
        position += group.decl.fields.length;
        continue;
      }
      const part = partAt(type, position);
      if (!part) return;
      put(into, part.key, this.#value(part.type));
      position++;
    }
  }

  /** The braces of an anonymous struct: its members belong to the struct around it. */
  #group(decl: StructDecl, into: Filling, list: Node): void {
    const type: CType = { kind: 'struct', decl };
    const inner = initialiser(this.#u, type, list).init;
    if (inner.kind === 'struct') for (const [name, value] of inner.items) put(into, name, value);
  }

  /** One positional value: an expression, a list in braces, or as many items as the part needs. */
  #value(type: CType): ExprInit {
    const u = this.#u;
    const item = this.#items[this.#next] as Node;
    if (item.type === 'initializer_list' || (type.kind !== 'struct' && type.kind !== 'array')) {
      this.#next++;
      return initialiser(u, type, item).init;
    }
    if (type.kind === 'struct') {
      const e = u.parts.operand(u, item);
      if (e.type.kind === 'struct' || isUnknown(e.type)) {
        this.#next++;
        return { kind: 'expr', expr: u.parts.convert(u, e, type, item, 'initialise with') };
      }
    }
    return this.fill(type, item, false);
  }

  /** `.a.b[2] = value`; gives the position after the first designator. */
  #designated(type: CType, into: Filling, pair: Node): number | undefined {
    const u = this.#u;
    const designators = childrenOf(pair, 'designator');
    const valueNode = child(pair, 'value');
    const [first, ...rest] = designators;
    if (!first || !valueNode) return undefined;
    if (first.type === 'field_identifier') {
      u.error(first, {
        message: "'name: value' is not in the subset",
        reason: 'it is an old extension of gcc',
        hint: `write .${u.text(first)} = `,
      });
      return undefined;
    }
    const keys = this.#keys(type, first);
    let last: number | undefined;
    for (const { key, type: part, position } of keys) {
      last = position + 1;
      const value = this.#nested(part, rest, valueNode, key, into);
      if (value) put(into, key, value);
    }
    const next = this.#items[this.#next];
    if (rest.length > 0 && next && next.type !== 'initializer_pair') {
      u.error(next, {
        message: 'a value without a name follows a nested designator',
        hint: 'name the field that it is for',
      });
    }
    return last;
  }

  #nested(
    type: CType,
    rest: readonly Node[],
    valueNode: Node,
    key: string | number,
    into: Filling,
  ): ExprInit | undefined {
    const u = this.#u;
    const [first, ...more] = rest;
    if (!first) return initialiser(u, type, valueNode).init;
    const before = get(into, key);
    const inner: Filling =
      before && before.kind !== 'expr' && before.kind === type.kind
        ? ({ ...before, items: new Map(before.items as Map<never, ExprInit>) } as Filling)
        : type.kind === 'array'
          ? { kind: 'array', items: new Map(), at: u.at(valueNode) }
          : { kind: 'struct', items: new Map(), at: u.at(valueNode) };
    for (const k of this.#keys(type, first)) {
      const value = this.#nested(k.type, more, valueNode, k.key, inner);
      if (value) put(inner, k.key, value);
    }
    return inner;
  }

  /** The parts that a designator names: one, or several for a range. */
  #keys(type: CType, node: Node): { key: string | number; type: CType; position: number }[] {
    const u = this.#u;
    if (isUnknown(type)) return [];
    if (node.type === 'field_designator') {
      const fieldNode = named(node)[0] as Node;
      const field = u.parts.fieldOf(u, type, fieldNode);
      if (!field || type.kind !== 'struct') return [];
      return [{ key: field.name, type: field.type, position: type.decl.fields.indexOf(field) }];
    }
    if (type.kind !== 'array') {
      u.error(node, { message: `'${nameOf(type)}' is no array: it has no element ${u.text(node)}` });
      return [];
    }
    const start = child(node, 'start') ?? (named(node)[0] as Node);
    const from = constantInteger(u, start, 'a designator');
    const end = child(node, 'end');
    const to = end ? constantInteger(u, end, 'a designator') : from;
    if (from === undefined || to === undefined) return [];
    const length = type.length < 0 ? 4096 : type.length;
    if (from < 0n || to < from || to >= BigInt(length)) {
      u.error(node, {
        message: `element ${u.text(node)} is outside the array, which has ${length} elements`,
      });
      return [];
    }
    const keys: { key: number; type: CType; position: number }[] = [];
    for (let i = Number(from); i <= Number(to); i++) keys.push({ key: i, type: type.of, position: i });
    return keys;
  }
}

function groupAt(decl: StructDecl, position: number): FieldGroup | undefined {
  return (decl as CheckedStruct).groups?.find((g) => g.from === position);
}

function partAt(type: CType, position: number): { key: string | number; type: CType } | undefined {
  if (type.kind === 'array') return { key: position, type: type.of };
  const field: Field | undefined = type.kind === 'struct' ? type.decl.fields[position] : undefined;
  return field ? { key: field.name, type: field.type } : { key: 0, type: INT };
}

function put(into: Filling, key: string | number, value: ExprInit): void {
  if (into.kind === 'array' && typeof key === 'number') into.items.set(key, value);
  if (into.kind === 'struct' && typeof key === 'string') into.items.set(key, value);
}

function get(into: Filling, key: string | number): ExprInit | undefined {
  if (into.kind === 'array') return typeof key === 'number' ? into.items.get(key) : undefined;
  return typeof key === 'string' ? into.items.get(key) : undefined;
}
