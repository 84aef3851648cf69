// SPDX-License-Identifier: GPL-2.0-only
// Owns struct: tags, fields and what their attributes say.

import type { CType, Field, StructDecl } from '../ast.ts';
import type { Unit } from '../check/context.ts';
import {
  type CheckedField,
  type CheckedStruct,
  type FieldGroup,
  isInteger,
  isUnknown,
  layoutOf,
  nameOf,
  UNKNOWN,
} from '../check/c-types.ts';
import { fieldTraits, structTraits } from './attributes.ts';
import { reportRedeclared } from './conflict.ts';
import { child, childrenOf, named, type Node, ofType } from '../parse/node.ts';

/** How the parts of a declaration reach each other without importing each other. */
export interface StructOptions {
  /** Reads a field's specifiers. */
  readonly specifiers: (
    u: Unit,
    node: Node,
  ) => { type: CType; isConst: boolean; storage: ReadonlySet<string> };
  readonly declarator: (u: Unit, node: Node, base: { type: CType; isConst: boolean }) => Declared;
  /** Name for a struct without a tag: that of its typedef. */
  readonly typedefName?: string;
  /** `struct x;`: declares x here, whatever is known outside. */
  readonly declares?: boolean;
}

export interface Declared {
  readonly type: CType;
  readonly isConst: boolean;
  readonly nameNode: Node | undefined;
  readonly params?: readonly Parameter[];
}

export interface Parameter extends Declared {
  readonly node: Node;
}

export function structSpecifier(u: Unit, node: Node, options: StructOptions): CType {
  const nameNode = child(node, 'name');
  const body = child(node, 'body');
  for (const c of node.children) {
    if (/^(attribute_specifier|ms_)/.test(c.type))
      u.error(c, { message: `'${u.shown(c)}' is not in the subset`, hint: 'leave it out' });
  }
  const traits = structTraits(u, u.syntax.attributes.takeAfter(node.first, node.first), 'a struct');
  const decl = tagged(u, node, nameNode, body, options);
  if (!decl) return UNKNOWN;
  decl.word ||= traits.word;
  decl.lock ||= traits.lock;
  if (body) {
    noteBody(u, node, decl);
    const groups: FieldGroup[] = [];
    decl.fields = u.block(() => readFields(u, body, options, groups));
    if (groups.length > 0) (decl as CheckedStruct).groups = groups;
    decl.complete = true;
  }
  return { kind: 'struct', decl };
}

/** The declaration that `struct name` refers to or makes. */
function tagged(
  u: Unit,
  node: Node,
  nameNode: Node | undefined,
  body: Node | undefined,
  options: StructOptions,
): StructDecl | undefined {
  const at = u.at(nameNode ?? node);
  const name = nameNode ? u.text(nameNode) : undefined;
  const here = body !== undefined || options.declares === true;
  const known = name === undefined ? undefined : here ? u.scope.tags.get(name) : u.scope.tag(name);
  if (known && known.kind !== 'struct') {
    reportRedeclared(u, nameNode ?? node, `'${name ?? ''}' is an enum, not a struct`, known.declaredAt);
    return undefined;
  }
  if (known && !(body && known.decl.complete)) return known.decl;
  if (known) {
    reportRedeclared(u, nameNode ?? node, `'struct ${name ?? ''}' is defined twice`, known.declaredAt, {
      hint: 'put it into one header, with #pragma once',
    });
    return undefined;
  }
  const shown = uniqueName(
    u,
    name === undefined ? (options.typedefName ?? `struct at ${at.file}:${at.line}`) : `struct ${name}`,
  );
  const decl: StructDecl = { name: shown, fields: [], complete: false, word: false, lock: false, at };
  u.symbols.structs.push(decl);
  // A tag first met in a parameter or field belongs to the file: in C it would be lost at the end of the prototype.
  const scope = here ? u.scope : u.scope.file;
  if (name !== undefined) scope.tags.set(name, { kind: 'struct', decl, declaredAt: { at } });
  return decl;
}

/** Names of types are how they are told apart later: a second struct of one name (in another scope) gets a mark. */
function uniqueName(u: Unit, name: string): string {
  const twins = u.symbols.structs.filter((s) => s.name === name || s.name.startsWith(`${name}'`)).length;
  return twins === 0 ? name : `${name}'${twins + 1}`;
}

/** A header read twice with different macros would give two structs of one name: say so instead of "incompatible". */
function noteBody(u: Unit, node: Node, decl: StructDecl): void {
  const key = `${decl.at.file}:${decl.at.line}:${decl.at.col}`;
  const text = u.words(node).join(' ');
  const before = u.symbols.bodies.get(key);
  if (before !== undefined && before !== text) {
    u.error(node, {
      message: `${decl.name.replace(/'\d+$/, '')} differs between protocol and scenario`,
      reason: 'both include this header, but with different macros defined before',
      hint: 'give the macro with -D, so that both see it, or define it in a header',
    });
  }
  u.symbols.bodies.set(key, text);
}

function readFields(u: Unit, body: Node, options: StructOptions, groups: FieldGroup[]): Field[] {
  const fields: CheckedField[] = [];
  const add = (field: CheckedField): void => {
    const before = fields.find((f) => f.name === field.name);
    if (before) {
      const notes = [{ text: 'first declared here', at: before.at }];
      u.reporter.error({ at: field.at }, { message: `two fields are named '${field.name}'`, notes });
    } else fields.push(field);
  };
  for (const item of named(body)) {
    if (item.type !== 'field_declaration') {
      u.error(item, { message: `'${u.shown(item)}' does not belong in a struct` });
      continue;
    }
    const from = fields.length;
    const anonymous = readField(u, item, options, add);
    if (anonymous) groups.push({ from, decl: anonymous });
  }
  return fields;
}

/** Reads one declaration of fields; gives the struct when it is an anonymous one. */
function readField(
  u: Unit,
  item: Node,
  options: StructOptions,
  add: (field: CheckedField) => void,
): StructDecl | undefined {
  const leading = u.syntax.attributes.takeBefore(item.first);
  const base = options.specifiers(u, item);
  const bits = ofType(item, 'bitfield_clause');
  if (bits) {
    u.error(bits, {
      message: 'bit-fields are not in the subset',
      reason:
        'each field is one cell of its own; packing fields into one word would hide which access touches which',
      hint: 'use bool or an integer, and [[mm::word]] on the struct when it is read and written as one',
    });
  }
  const declarators = childrenOf(item, 'declarator');
  if (declarators.length === 0) {
    // Attributes of the whole mean nothing: they will be reported as misplaced.
    for (const a of leading) a.claimed = false;
    return anonymousMember(u, item, base.type, add);
  }
  for (const node of declarators) {
    const declared = options.declarator(u, node, base);
    const { nameNode } = declared;
    if (!nameNode) continue;
    const own = u.syntax.attributes.takeAfter(node.first, node.last);
    const traits = fieldTraits(u, [...leading, ...own]);
    const type = fieldType(u, node, declared.type, u.text(nameNode));
    if (traits.range && !isInteger(type))
      u.error(node, { message: `[[mm::range]] needs an integer, not '${nameOf(type)}'` });
    add({
      name: u.text(nameNode),
      type,
      at: u.at(nameNode),
      ...traits,
      ...(declared.isConst ? { isConst: true } : {}),
    });
  }
  return undefined;
}

/** Members of an anonymous struct are members of the struct around it. */
function anonymousMember(
  u: Unit,
  item: Node,
  type: CType,
  add: (field: CheckedField) => void,
): StructDecl | undefined {
  if (type.kind === 'struct' && type.decl.complete && ofType(item, 'struct_specifier')) {
    for (const field of type.decl.fields) add(field);
    return type.decl;
  }
  if (!isUnknown(type)) u.error(item, { message: 'this declares no field' });
  return undefined;
}

function fieldType(u: Unit, node: Node, type: CType, name: string): CType {
  if (isUnknown(type)) return type;
  if (type.kind === 'function') {
    u.error(node, {
      message: `field '${name}' is a function`,
      hint: `a pointer to a function is written (*${name})(...)`,
    });
    return UNKNOWN;
  }
  if (type.kind === 'array' && type.length < 0) {
    u.error(node, {
      message: 'arrays without a size are not in the subset as fields',
      reason: 'the set of cells is fixed before the first step',
      hint: 'give the array a size',
    });
    return UNKNOWN;
  }
  if (layoutOf(type) === undefined) {
    const why = type.kind === 'void' ? 'void has no values' : `'${nameOf(type)}' is not defined yet`;
    u.error(node, { message: `field '${name}' has no size: ${why}` });
    return UNKNOWN;
  }
  return type;
}
