// SPDX-License-Identifier: GPL-2.0-only
// Owns type specifiers: words like "unsigned long", typedef names, struct and enum, typeof, and the const beside them.

import type { CType } from '../ast.ts';
import type { Unit } from '../check/context.ts';
import { BOOL, INT, type IntCType, type Qualified, THREAD, UNKNOWN, VOID } from '../check/c-types.ts';
import { enumSpecifier } from './enum.ts';
import { type StructOptions, structSpecifier } from './struct.ts';
import { nearest } from '../diagnostics/suggest.ts';
import { child, type Node } from '../parse/node.ts';
import { FLOAT_WORDS, INT_WORDS, TYPEOF } from '../parse/words.ts';

/** What stands before the declarators of a declaration. */
export interface Specifiers extends Qualified {
  /** static, extern, inline, register */
  readonly storage: ReadonlySet<string>;
  readonly typeNode: Node | undefined;
}

/** Reads the specifiers of a declaration, field, parameter, typedef or type name. */
export function specifiers(u: Unit, node: Node, options: StructOptions): Specifiers {
  const storage = new Set<string>();
  let isConst = false;
  for (const c of node.children) {
    if (c.type === 'storage_class_specifier') storage.add(u.text(c));
    else if (c.type === 'type_qualifier') isConst ||= u.text(c) === 'const';
    else if (c.named && /^(attribute_specifier|ms_|linkage)/.test(c.type)) {
      u.error(c, { message: `'${u.shown(c)}' is not in the subset`, hint: 'leave it out' });
    }
  }
  const typeNode = child(node, 'type');
  if (!typeNode) {
    u.error(node, { message: 'this declaration has no type' });
    return { type: UNKNOWN, isConst, storage, typeNode };
  }
  const found = typeSpecifier(u, typeNode, options);
  return { type: found.type, isConst: isConst || found.isConst, storage, typeNode };
}

function typeSpecifier(u: Unit, node: Node, options: StructOptions): Qualified {
  switch (node.type) {
    case 'struct_specifier':
      return plain(structSpecifier(u, node, options));
    case 'enum_specifier':
      return plain(enumSpecifier(u, node));
    case 'primitive_type':
      return wordType(u, node);
    case 'type_identifier':
      return plain(unknownType(u, node));
    case 'macro_type_specifier': {
      const message = `'${u.shown(node)}' is neither a type nor a macro that is known`;
      const hint = '#include the header that defines it; an iterator macro must be a #define of a for loop';
      u.error(node, { message, hint });
      return plain(UNKNOWN);
    }
    default:
      u.error(node, { message: `'${u.shown(node)}' is not in the subset as a type` });
      return plain(UNKNOWN);
  }
}

function plain(type: CType): Qualified {
  return { type, isConst: false };
}

function wordType(u: Unit, node: Node): Qualified {
  const [first = ''] = u.words(node);
  if (first === 'void') return plain(VOID);
  if (first === 'bool' || first === '_Bool') return plain(BOOL);
  if (INT_WORDS.has(first) || FLOAT_WORDS.has(first)) return plain(intType(u, node));
  if (TYPEOF.has(first)) return typeofType(u, node);
  if (first === 'va_list' || first === '_BitInt' || first === '__builtin_va_list') return plain(UNKNOWN);
  const entry = u.scope.name(first);
  if (entry?.kind === 'typedef') return entry.type;
  if (first === 'thread_t') return plain(THREAD);
  return plain(unknownType(u, node));
}

function unknownType(u: Unit, node: Node): CType {
  const name = u.text(node);
  const types = [...u.scope.known()].filter((n) => u.scope.name(n)?.kind === 'typedef');
  const tag = u.scope.tag(name);
  const meant = nearest(name, [...types, 'int', 'void', 'bool', 'unsigned', 'long', 'char', 'short']);
  const hint = tag
    ? `did you mean '${tag.kind} ${name}'?`
    : meant === undefined
      ? undefined
      : `did you mean '${meant}'?`;
  u.error(node, { message: `unknown type name '${name}'`, ...(hint === undefined ? {} : { hint }) });
  return UNKNOWN;
}

/** Names of the integer types by their words, sorted. */
const INT_TYPES: ReadonlyMap<string, readonly [IntCType['bits'], boolean, string]> = new Map([
  ['char', [8, true, 'char']],
  ['char signed', [8, true, 'signed char']],
  ['char unsigned', [8, false, 'unsigned char']],
  ['short', [16, true, 'short']],
  ['short unsigned', [16, false, 'unsigned short']],
  ['', [32, true, 'int']],
  ['unsigned', [32, false, 'unsigned int']],
  ['long', [64, true, 'long']],
  ['long unsigned', [64, false, 'unsigned long']],
  ['long long', [64, true, 'long long']],
  ['long long unsigned', [64, false, 'unsigned long long']],
]);

function intType(u: Unit, node: Node): CType {
  const all = u.words(node).filter((w) => w !== 'const' && w !== 'volatile');
  if (all.some((w) => FLOAT_WORDS.has(w))) return UNKNOWN;
  const words = all.map((w) => (w === '__signed__' ? 'signed' : w));
  const isChar = words.includes('char');
  const key = words
    .filter((w) => w !== 'int' && (isChar || w !== 'signed'))
    .toSorted()
    .join(' ');
  const doubled = ['int', 'signed', 'unsigned', 'char', 'short'].some(
    (w) => words.indexOf(w) !== words.lastIndexOf(w),
  );
  const clash = words.includes('signed') && words.includes('unsigned');
  const found = INT_TYPES.get(key);
  if (!found || doubled || clash || (isChar && words.includes('int'))) {
    u.error(node, { message: `'${words.join(' ')}' is no type` });
    return UNKNOWN;
  }
  const [bits, signed, name] = found;
  return name === 'int' ? INT : { kind: 'int', bits, signed, name };
}

function typeofType(u: Unit, node: Node): Qualified {
  const operand = u.syntax.operands.get(node.first);
  if (!operand) return plain(UNKNOWN);
  const type = child(operand, 'type');
  if (type) return u.parts.typeName(u, type);
  const value = child(operand, 'value');
  if (!value) return plain(UNKNOWN);
  u.unevaluated++;
  const e = u.parts.expression(u, value);
  u.unevaluated--;
  return plain(e.type);
}
