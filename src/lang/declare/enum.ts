// SPDX-License-Identifier: GPL-2.0-only
// Owns enum: its constants and their values.

import type { CType, EnumDecl } from '../ast.ts';
import { constantInteger } from '../check/constant.ts';
import type { Unit } from '../check/context.ts';
import { INT, LONG, UNKNOWN, UNSIGNED } from '../check/c-types.ts';
import { reportRedeclared } from './conflict.ts';
import { didYouMean } from '../diagnostics/suggest.ts';
import { child, named, type Node, ofType } from '../parse/node.ts';

/** Reads `enum tag { ... }`, or refers to a known one. */
export function enumSpecifier(u: Unit, node: Node): CType {
  const nameNode = child(node, 'name');
  const body = child(node, 'body');
  const name = nameNode ? u.text(nameNode) : undefined;
  const underlying = child(node, 'underlying_type');
  if (underlying)
    u.error(underlying, {
      message: 'an enum with a chosen type is not in the subset',
      reason: 'the values of an enum are ints',
      hint: 'leave the type out',
    });
  const attribute = ofType(node, 'attribute_specifier');
  if (attribute) u.error(attribute, { message: '__attribute__ is not in the subset', hint: 'leave it out' });
  const known = name === undefined ? undefined : body ? u.scope.tags.get(name) : u.scope.tag(name);
  if (known && known.kind !== 'enum') {
    reportRedeclared(u, nameNode ?? node, `'${name ?? ''}' is a struct, not an enum`, known.declaredAt);
    return UNKNOWN;
  }
  if (!body) {
    if (known) return { kind: 'enum', decl: known.decl };
    u.error(nameNode ?? node, {
      message: `unknown 'enum ${name ?? ''}'`,
      ...didYouMean(name ?? '', u.scope.knownTags()),
    });
    return UNKNOWN;
  }
  if (known) {
    reportRedeclared(u, nameNode ?? node, `'enum ${name ?? ''}' is defined twice`, known.declaredAt);
    return { kind: 'enum', decl: known.decl };
  }
  const decl: EnumDecl = { name: name ?? '(unnamed)', members: new Map() };
  if (name !== undefined)
    u.scope.tags.set(name, { kind: 'enum', decl, complete: true, declaredAt: u.where(nameNode ?? node) });
  readMembers(u, decl, body);
  return { kind: 'enum', decl };
}

function readMembers(u: Unit, decl: EnumDecl, body: Node): void {
  let next = 0n;
  for (const member of named(body)) {
    const nameNode = child(member, 'name');
    if (member.type !== 'enumerator' || !nameNode) {
      u.error(member, { message: `'${u.shown(member)}' does not belong in an enum` });
      continue;
    }
    const name = u.text(nameNode);
    const valueNode = child(member, 'value');
    const value = valueNode ? constantInteger(u, valueNode, 'the value of an enumerator') : next;
    if (value !== undefined) next = value;
    const before = u.scope.names.get(name);
    if (before) {
      reportRedeclared(u, nameNode, `'${name}' is declared twice`, before.declaredAt);
      continue;
    }
    const type =
      next >= -(2n ** 31n) && next < 2n ** 31n ? INT : next >= 0n && next < 2n ** 32n ? UNSIGNED : LONG;
    if (type === LONG)
      u.error(member, { message: `the value of '${name}' does not fit into an int`, hint: 'use a #define' });
    u.scope.names.set(name, { kind: 'enumerator', value: next, type, declaredAt: u.where(nameNode) });
    decl.members.set(name, Number(next));
    next++;
  }
}
