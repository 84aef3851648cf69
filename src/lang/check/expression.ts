// SPDX-License-Identifier: GPL-2.0-only
// Owns expressions: from syntax to a typed tree, one function for each kind of node.

import { isLvalue } from '../walk.ts';
import type { CType, Expr, Field } from '../ast.ts';
import { call } from './call.ts';
import type { Unit } from './context.ts';
import { decay, explicitCast, integerOperand, integerValue, cast, numberOf, unknownAt } from './convert.ts';
import {
  assignment,
  binary,
  conditional,
  dereference,
  increment,
  noteAddress,
  pointerOperator,
  unary,
} from './operators.ts';
import {
  BOOL, INT, type IntCType, isUnknown, layoutOf, LONG, nameOf, pointerTo, STRING, structLayout, UNKNOWN, UNSIGNED, UNSIGNED_LONG, VOID,
} from './c-types.ts'; // prettier-ignore
import { nearest } from '../diagnostics/suggest.ts';
import { bare, child, named, type Node } from '../parse/node.ts';
import { PASSED } from '../parse/words.ts';
import { literalValue, unescape } from '../preprocess/condition.ts';
import { builtinNames } from './builtin.ts';

/** As an operand: arrays become the address of their first element. */
export function operand(u: Unit, node: Node): Expr {
  const e = expression(u, node);
  if (e.type.kind === 'array') noteAddress(u, e, bare(node));
  if (e.kind === 'string') return refuseString(u, node);
  return decay(e);
}

function refuseString(u: Unit, node: Node): Expr {
  return refused(u, node, {
    message: 'strings are not in the subset here',
    reason: "a model's state has no text; strings are words for people",
    hint: 'strings may stand in violated(), witness() and BUG()',
  });
}

/** An expression that may be an lvalue or a whole array. */
export function expression(u: Unit, given: Node): Expr {
  const node = bare(given);
  const at = u.at(given);
  switch (node.type) {
    case 'identifier':
      return name(u, node, at);
    case 'number_literal':
      return literal(u, node);
    case 'string_literal':
    case 'concatenated_string':
      return string(u, node);
    case 'unary_expression':
      return unary(u, node);
    case 'binary_expression':
      return binary(u, node);
    case 'assignment_expression':
      return assignment(u, node);
    case 'update_expression':
      return increment(u, node);
    case 'conditional_expression':
      return conditional(u, node);
    case 'pointer_expression':
      return pointerOperator(u, node);
    case 'call_expression':
      return call(u, node);
    case 'field_expression':
      return member(u, node);
    case 'subscript_expression':
      return subscript(u, node);
    case 'comma_expression': {
      const a = operand(u, child(node, 'left') as Node);
      const b = operand(u, child(node, 'right') as Node);
      return { kind: 'comma', a, b, type: b.type, at: u.at(node) };
    }
    case 'cast_expression': {
      const type = u.parts.typeName(u, child(node, 'type') as Node).type;
      const value = child(node, 'value') as Node;
      return explicitCast(u, operand(u, value), type, node);
    }
    case 'compound_literal_expression':
      return compoundLiteral(u, node);
    case 'sizeof_expression':
      return sizeOf(u, node);
    case 'alignof_expression':
    case 'offsetof_expression':
      return layoutConstant(u, node);
    case 'parenthesized_expression':
      return refused(u, node, {
        message: 'a statement in an expression is not in the subset',
        reason: 'it is an extension of gcc, and it hides where a step begins',
        hint: 'write a static inline function, or a macro with do { ... } while (0)',
      });
    default:
      return refused(u, node, { message: `'${u.shown(node)}' is not in the subset as an expression` });
  }
}

function refused(u: Unit, node: Node, complaint: { message: string; reason?: string; hint?: string }): Expr {
  u.error(node, complaint);
  return unknownAt(u.at(node));
}

function name(u: Unit, node: Node, at: Expr['at']): Expr {
  const text = u.text(node);
  const entry = u.scope.name(text);
  if (entry) {
    u.use(entry, u.where(node));
    switch (entry.kind) {
      case 'var':
        return { kind: 'name', sym: entry.sym, type: entry.sym.type, at };
      case 'function':
        return { kind: 'function', fn: entry.sym, type: pointerTo(entry.type), at };
      case 'enumerator':
        return numberOf(entry.value, entry.type, at);
      case 'typedef':
        return refused(u, node, { message: `'${text}' is a type, not a value` });
    }
  }
  if (text === 'NR_THREADS') return numberOf(BigInt(u.symbols.threads), INT, at);
  if (text === '__current' && u.inPrelude(node))
    return { kind: 'builtin', name: '__current', args: [], type: { kind: 'thread' }, at };
  if (builtinNames.has(text))
    return refused(u, node, { message: `'${text}' is a built-in: it can only be called` });
  return undeclared(u, node, text);
}

function undeclared(u: Unit, node: Node, text: string): Expr {
  const meant = nearest(text, [...u.scope.known(), ...builtinNames, 'NR_THREADS']);
  const external = u.symbols.externals.get(text);
  const hint = external
    ? `it is defined in ${external.declaredAt.at.file}: declare it in a header that both files include`
    : meant === undefined
      ? 'declare it, or #include the header that does'
      : `did you mean '${meant}'?`;
  return refused(u, node, { message: `'${text}' is not declared`, hint });
}

function literal(u: Unit, node: Node): Expr {
  const at = u.at(node);
  const text = u.text(node);
  if (text === 'true' || text === 'false') return numberOf(text === 'true' ? 1n : 0n, BOOL, at);
  if (text === 'NULL' || text === 'nullptr') return numberOf(0n, pointerTo(VOID), at);
  const value = literalValue(text);
  if (value === undefined) return unknownAt(at);
  return numberOf(value, text.endsWith("'") ? INT : literalType(u, node, text, value), at);
}

/** C's rule: the first of int, long, … in which the value fits; decimal literals are never unsigned by themselves. */
function literalType(u: Unit, node: Node, text: string, value: bigint): IntCType {
  const suffix = (/[uUlL]*$/.exec(text)?.[0] ?? '').toLowerCase();
  const unsigned = suffix.includes('u');
  const decimal = !text.startsWith('0') || text === '0';
  const long = (name: string, signed: boolean): IntCType => ({ kind: 'int', bits: 64, signed, name });
  const wide = suffix.includes('ll')
    ? [long('long long', true), long('unsigned long long', false)]
    : [LONG, UNSIGNED_LONG];
  const candidates = [...(suffix.includes('l') ? [] : [INT, UNSIGNED]), ...wide] as IntCType[];
  for (const type of candidates) {
    if (type.signed ? unsigned : !unsigned && decimal) continue;
    if (value < 2n ** BigInt(type.signed ? type.bits - 1 : type.bits)) return type;
  }
  if (value < 2n ** 64n) return UNSIGNED_LONG;
  u.error(node, { message: `'${text}' does not fit into 64 bits` });
  return LONG;
}

/** The text of a string literal, or of several side by side. */
function string(u: Unit, node: Node): Expr {
  const tokens = u.syntax.tokens.slice(node.first, node.last + 1);
  const odd = tokens.find((t) => t.kind !== 'string');
  if (odd) return refused(u, node, { message: `'${odd.text}' is no string` });
  const value = tokens.map((t) => unescape(t.text.slice(t.text.indexOf('"') + 1, -1))).join('');
  return { kind: 'string', value, type: STRING, at: u.at(node) };
}

function member(u: Unit, node: Node): Expr {
  const at = u.at(node);
  const [of, fieldNode] = [child(node, 'argument') as Node, child(node, 'field') as Node];
  const arrow = u.text(child(node, 'operator') as Node) === '->';
  const given = arrow ? operand(u, of) : expression(u, of);
  if (isUnknown(given.type)) return unknownAt(at);
  const wanted = u.text(fieldNode);
  const isPointer = given.type.kind === 'pointer';
  if (arrow !== isPointer) {
    const shown = nameOf(given.type);
    if (isPointer)
      return refused(u, node, {
        message: `'${u.shown(bare(of))}' is a pointer ('${shown}')`,
        hint: `write ->${wanted}`,
      });
    const hint = given.type.kind === 'struct' ? { hint: `write .${wanted}` } : {};
    return refused(u, node, { message: `'${u.shown(bare(of))}' is no pointer ('${shown}')`, ...hint });
  }
  const base = arrow ? dereference(u, given, of) : given;
  if (isUnknown(base.type)) return unknownAt(at);
  const field = fieldOf(u, base.type, fieldNode);
  return field ? { kind: 'member', of: base, field, type: field.type, at } : unknownAt(at);
}

/** The field of a struct type that a node names; undefined after a complaint. */
export function fieldOf(u: Unit, type: CType, node: Node): Field | undefined {
  const wanted = u.text(node);
  if (type.kind !== 'struct') {
    const hint = type.kind === 'array' ? { hint: 'name one of its elements: write [0] before the dot' } : {};
    if (!isUnknown(type)) u.error(node, { message: `'${nameOf(type)}' has no fields`, ...hint });
    return undefined;
  }
  const field = type.decl.fields.find((f) => f.name === wanted);
  if (field) return field;
  if (!type.decl.complete) {
    u.error(node, {
      message: `'${type.decl.name}' is only declared, not defined`,
      hint: 'include the header that defines it',
    });
    return undefined;
  }
  const names = type.decl.fields.map((f) => f.name);
  const meant = nearest(wanted, names);
  const hint = meant === undefined ? `its fields are: ${names.join(', ')}` : `did you mean '${meant}'?`;
  const notes = [{ text: `${type.decl.name} is defined here`, at: type.decl.at }];
  u.error(node, { message: `'${type.decl.name}' has no field '${wanted}'`, hint, notes });
  return undefined;
}

function subscript(u: Unit, node: Node): Expr {
  const at = u.at(node);
  const [ofNode, indexNode] = [child(node, 'argument') as Node, child(node, 'index') as Node];
  const of = expression(u, ofNode);
  const given = operand(u, indexNode);
  if (isUnknown(of.type)) return unknownAt(at);
  if (of.type.kind === 'pointer') {
    if (integerValue(given) === 0n) return dereference(u, of, node);
    return refused(u, node, {
      message: `indexing a pointer ('${nameOf(of.type)}') is not in the subset`,
      reason: 'pointers point at objects, not into memory: there is no address to count with',
      hint: 'index the array itself, or pass the index along with it',
    });
  }
  if (of.type.kind !== 'array') return refused(u, node, { message: `'${nameOf(of.type)}' is no array` });
  const index = integerOperand(u, given, indexNode, '[]');
  if (!index) return unknownAt(at);
  const value = integerValue(index);
  if (value !== undefined && (value < 0n || value >= BigInt(of.type.length))) {
    u.error(indexNode, {
      message: `subscript ${value} is outside the array, which has ${of.type.length} elements`,
    });
    return unknownAt(at);
  }
  if (!isLvalue(of))
    return refused(u, node, { message: 'this array is part of a value: assign it to a variable first' });
  return {
    kind: 'index',
    of,
    index: index.type.kind === 'int' ? index : cast(index, INT),
    type: of.type.of,
    at,
  };
}

function compoundLiteral(u: Unit, node: Node): Expr {
  const at = u.at(node);
  const { type } = u.parts.typeName(u, child(node, 'type') as Node);
  const value = child(node, 'value') as Node;
  if (isUnknown(type)) return unknownAt(at);
  if (type.kind !== 'struct') {
    return refused(u, node, {
      message: 'compound literals are for structs only',
      hint: 'write the value itself',
    });
  }
  const { init } = u.parts.initialiser(u, type, value);
  return { kind: 'compound', init, type, at };
}

function sizeOf(u: Unit, node: Node): Expr {
  const at = u.at(node);
  const typeNode = child(node, 'type');
  let type: CType;
  if (typeNode) ({ type } = u.parts.typeName(u, typeNode));
  else {
    u.unevaluated++;
    ({ type } = expression(u, child(node, 'value') as Node));
    u.unevaluated--;
  }
  if (isUnknown(type)) return { ...unknownAt(at), type: UNKNOWN };
  const layout = layoutOf(type);
  if (!layout) return refused(u, node, { message: `'${nameOf(type)}' has no size` });
  return numberOf(BigInt(layout.size), UNSIGNED_LONG, at);
}

/** `_Alignof(type)` and `offsetof(type, a.b)`. */
function layoutConstant(u: Unit, node: Node): Expr {
  const at = u.at(node);
  const { type } = u.parts.typeName(u, child(node, 'type') as Node);
  if (isUnknown(type)) return unknownAt(at);
  if (node.type === 'alignof_expression')
    return numberOf(BigInt(layoutOf(type)?.align ?? 1), UNSIGNED_LONG, at);
  const path = memberPath(u, node, type);
  if (!path) return unknownAt(at);
  let offset = 0;
  let inside = type;
  for (const field of path) {
    offset += inside.kind === 'struct' ? (structLayout(inside.decl)?.offsets.get(field.name) ?? 0) : 0;
    inside = field.type;
  }
  return numberOf(BigInt(offset), UNSIGNED_LONG, at);
}

/** The fields of `offsetof(type, a.b)`; undefined after a complaint. */
export function memberPath(u: Unit, node: Node, type: CType): Field[] | undefined {
  const memberNode = child(node, 'member') as Node;
  const path: Field[] = [];
  let inside = type;
  for (let i = memberNode.first; i <= memberNode.last; i += 2) {
    const token = u.syntax.tokens[i];
    const next = u.syntax.tokens[i + 1];
    const field = fieldOf(u, inside, { ...memberNode, first: i, last: i });
    if (!field || !token || PASSED.has(token.text)) return undefined;
    path.push(field);
    inside = field.type;
    if (i < memberNode.last && next?.text !== '.') {
      u.error(memberNode, { message: 'offsetof takes a field, or a path of fields with dots' });
      return undefined;
    }
  }
  return path;
}

/** The children of an argument list. */
export function argumentsOf(node: Node): Node[] {
  const list = child(node, 'arguments');
  return list ? named(list) : [];
}
