// SPDX-License-Identifier: GPL-2.0-only
// Owns typedefs, and declarations that only introduce a struct or enum.

import type { Unit } from '../check/context.ts';
import { isUnknown, nameOf, sameType } from '../check/c-types.ts';
import { structTraits } from './attributes.ts';
import { reportRedeclared } from './conflict.ts';
import { declarator, readSpecifiers } from './declarator.ts';
import { enumSpecifier } from './enum.ts';
import { structSpecifier } from './struct.ts';
import { OPTIONS } from './declarator.ts';
import type { Attribute } from '../parse/attributes.ts';
import { child, childrenOf, type Node, ofType } from '../parse/node.ts';

/** `typedef ...;`, `struct x { ... };`, `struct x;` or `enum x { ... };`. */
export function declareTypes(u: Unit, node: Node): void {
  const leading = u.syntax.attributes.takeBefore(node.first);
  if (node.type === 'type_definition') {
    typeDefinition(u, node, leading);
    return;
  }
  if (node.type === 'enum_specifier') {
    enumSpecifier(u, node);
    structTraits(u, leading, 'an enum');
    return;
  }
  const type = structSpecifier(u, node, { ...OPTIONS, declares: true });
  if (!child(node, 'body') && !child(node, 'name')) u.error(node, { message: 'this declares nothing' });
  applyTraits(u, type, leading);
}

function applyTraits(
  u: Unit,
  type: ReturnType<typeof structSpecifier>,
  attributes: readonly Attribute[],
): void {
  const traits = structTraits(u, attributes, type.kind === 'struct' ? 'a struct' : 'this type');
  if (type.kind !== 'struct') {
    const [first] = attributes;
    if (first && (traits.word || traits.lock) && !isUnknown(type)) {
      u.reporter.error(first.where, {
        message: `[[mm::${first.name}]] needs a struct`,
        reason: 'a scalar is one word anyway',
      });
    }
    return;
  }
  type.decl.word ||= traits.word;
  type.decl.lock ||= traits.lock;
}

function typeDefinition(u: Unit, node: Node, leading: readonly Attribute[]): void {
  const declarators = childrenOf(node, 'declarator');
  const plainName = declarators.find((d) => d.type === 'type_identifier' || d.type === 'primitive_type');
  const base = readSpecifiers(u, node, plainName ? { typedefName: u.text(plainName) } : {});
  const attribute = ofType(node, 'attribute_specifier');
  if (attribute) u.error(attribute, { message: '__attribute__ is not in the subset', hint: 'leave it out' });
  const own = declarators.flatMap((d) => u.syntax.attributes.takeAfter(d.first, d.last));
  applyTraits(u, base.type, [...leading, ...own]);
  for (const d of declarators) {
    const { nameNode, type, isConst } = declarator(u, d, base);
    if (!nameNode) continue;
    const name = u.text(nameNode);
    const before = u.scope.names.get(name);
    if (before) {
      if (before.kind === 'typedef' && sameType(before.type.type, type)) continue;
      const what = before.kind === 'typedef' ? ` as '${nameOf(before.type.type)}'` : '';
      reportRedeclared(u, nameNode, `'${name}' is declared already${what}`, before.declaredAt);
      continue;
    }
    if (type.kind === 'enum' && type.decl.name === '(unnamed)') Object.assign(type.decl, { name });
    u.scope.names.set(name, { kind: 'typedef', type: { type, isConst }, declaredAt: u.where(nameNode) });
  }
}
