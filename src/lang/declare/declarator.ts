// SPDX-License-Identifier: GPL-2.0-only
// Owns declarators: what stars, brackets and parentheses around a name make of its type.

import type { CType } from '../ast.ts';
import { constantInteger } from '../check/constant.ts';
import type { Unit } from '../check/context.ts';
import { isUnknown, layoutOf, nameOf, pointerTo, type Qualified, UNKNOWN } from '../check/c-types.ts';
import type { Declared, Parameter, StructOptions } from './struct.ts';
import { type Specifiers, specifiers } from './type-specifiers.ts';
import { child, named, type Node } from '../parse/node.ts';

/** The parts that declare-struct needs, tied together. */
export const OPTIONS: StructOptions = {
  specifiers: (u, node) => specifiers(u, node, OPTIONS),
  declarator: (u, node, base) => declarator(u, node, base),
};

/** Reads specifiers with nothing special about structs. */
export function readSpecifiers(u: Unit, node: Node, options: Partial<StructOptions> = {}): Specifiers {
  return specifiers(u, node, { ...OPTIONS, ...options });
}

/** The name that a declarator declares, and its type. */
export function declarator(u: Unit, node: Node, base: Qualified): Declared {
  switch (node.type) {
    case 'identifier':
    case 'field_identifier':
    case 'type_identifier':
    case 'primitive_type':
      return { ...base, nameNode: node };
    case 'parenthesized_declarator':
    case 'abstract_parenthesized_declarator':
      return inner(u, node, base);
    case 'pointer_declarator':
    case 'abstract_pointer_declarator': {
      const isConst = node.children.some((c) => c.type === 'type_qualifier' && u.text(c) === 'const');
      return inner(u, node, { type: pointerTo(base.type, base.isConst), isConst });
    }
    case 'array_declarator':
    case 'abstract_array_declarator':
      return inner(u, node, { type: arrayOf(u, node, base.type), isConst: base.isConst });
    case 'function_declarator':
    case 'abstract_function_declarator':
      return functionDeclarator(u, node, base);
    default:
      u.error(node, { message: `'${u.shown(node)}' is not in the subset as a declarator` });
      return { type: UNKNOWN, isConst: false, nameNode: undefined };
  }
}

function inner(u: Unit, node: Node, base: Qualified): Declared {
  const next = child(node, 'declarator') ?? named(node).find((c) => /declarator$|identifier$/.test(c.type));
  return next ? declarator(u, next, base) : { ...base, nameNode: undefined };
}

function arrayOf(u: Unit, node: Node, of: CType): CType {
  const size = child(node, 'size');
  const odd = node.children.find(
    (c) => c.type === 'static' || c.type === 'type_qualifier' || (c === size && u.text(c) === '*'),
  );
  if (odd)
    u.error(odd, {
      message: `'${u.shown(odd)}' is not in the subset inside []`,
      reason: 'it means nothing in a model',
      hint: 'leave it out',
    });
  if (!isUnknown(of) && layoutOf(of) === undefined) {
    const what =
      of.kind === 'function'
        ? 'functions'
        : of.kind === 'void'
          ? 'void'
          : `'${nameOf(of)}', which is not defined yet`;
    u.error(node, { message: `an array of ${what}` });
    return UNKNOWN;
  }
  if (!size || odd) return { kind: 'array', of, length: -1 };
  const length = constantInteger(u, size, 'the size of an array', {
    message: 'arrays of variable size are not in the subset',
    reason: 'the set of cells is fixed before the first step',
    hint: 'use a constant: a #define, an enumerator or NR_THREADS',
  });
  if (length === undefined) return UNKNOWN;
  if (length < 1n || length > 4096n) {
    const reason = 'each element is a cell of the state: an array has 1 to 4096';
    u.error(size, { message: `an array of ${length} elements`, reason });
    return UNKNOWN;
  }
  const type: CType = { kind: 'array', of, length: Number(length) };
  if (cellsOf(type) > 65536) {
    u.error(node, {
      message: `an array of ${cellsOf(type)} cells`,
      reason: 'a state has at most 65536 cells in one array',
    });
    return UNKNOWN;
  }
  return type;
}

/** Scalars in a value of a type; a struct counts as one. */
function cellsOf(type: CType): number {
  return type.kind === 'array' ? Math.max(1, type.length) * cellsOf(type.of) : 1;
}

function functionDeclarator(u: Unit, node: Node, base: Qualified): Declared {
  for (const c of node.children) {
    if (
      c.named &&
      (c.type === 'gnu_asm_expression' || c.type === 'attribute_specifier' || c.type === 'call_expression')
    ) {
      u.error(c, { message: `'${u.shown(c)}' is not in the subset here`, hint: 'leave it out' });
    } else if (c.type === 'identifier' && c.field === undefined) {
      u.error(c, { message: `unexpected '${u.shown(c)}' after the parameters` });
    }
  }
  if (base.type.kind === 'array' || base.type.kind === 'function') {
    u.error(node, {
      message: `a function cannot return ${base.type.kind === 'array' ? 'an array' : 'a function'}`,
    });
  }
  const list = child(node, 'parameters');
  const params = list ? u.block(() => parameters(u, list)) : [];
  const type: CType = { kind: 'function', returns: base.type, params: params.map((p) => p.type) };
  const next = child(node, 'declarator');
  if (!next) return { type, isConst: false, nameNode: undefined };
  const declared = declarator(u, next, { type, isConst: false });
  return declared.type === type ? { ...declared, params } : declared;
}

function parameters(u: Unit, list: Node): Parameter[] {
  const nodes = named(list);
  const params: Parameter[] = [];
  for (const node of nodes) {
    if (node.type === 'variadic_parameter') continue;
    if (node.type !== 'parameter_declaration') {
      u.error(node, {
        message: 'parameters without types are not in the subset',
        reason: 'this is how functions were declared before 1989',
        hint: 'write the type before each parameter',
      });
      return [];
    }
    const base = readSpecifiers(u, node);
    const d = child(node, 'declarator');
    const declared: Declared = d
      ? declarator(u, d, base)
      : { type: base.type, isConst: base.isConst, nameNode: undefined };
    if (declared.type.kind === 'void') {
      if (nodes.length === 1 && !declared.nameNode) return [];
      u.error(node, { message: 'a parameter cannot be void' });
      continue;
    }
    params.push({ ...declared, type: adjusted(declared.type), node });
  }
  return params;
}

/** Arrays and functions are passed as pointers. */
function adjusted(type: CType): CType {
  if (type.kind === 'array') return pointerTo(type.of);
  return type.kind === 'function' ? pointerTo(type) : type;
}

/** The type in `(type)`, sizeof and compound literals. */
export function typeName(u: Unit, node: Node): Qualified {
  const base = readSpecifiers(u, node);
  const d = child(node, 'declarator');
  if (!d) return base;
  const declared = declarator(u, d, base);
  return { type: declared.type, isConst: declared.isConst };
}
