// SPDX-License-Identifier: GPL-2.0-only
// Owns the arguments that only built-ins take: pools, words, strings, formats, and pointers to one word.

import type { CType, Expr, VarSym } from '../ast.ts';
import type { Unit } from './context.ts';
import { decay, unknownAt } from './convert.ts';
import { isScalar, isUnknown, nameOf, type PointerCType, pointerTo, STRING, VOID } from './c-types.ts';
import { didYouMean } from '../diagnostics/suggest.ts';
import { bare, child, type Node } from '../parse/node.ts';

export interface BuiltinArguments {
  /** A pool's name. */
  readonly pool: (i: number) => { sym: VarSym; type: CType & { kind: 'array' } } | undefined;
  readonly pointer: (i: number) => Expr;
  /** A pointer to what is accessed in one step. */
  readonly target: (i: number) => { pointer: Expr; to: CType; isConst: boolean } | undefined;
  readonly string: (i: number) => Expr;
  /** One of some words, without quotes. */
  readonly word: (i: number, words: readonly string[]) => Expr;
  /** A format and what it shows. */
  readonly formatted: () => Expr[];
}

export function builtinArguments(u: Unit, spelled: string, args: readonly Node[]): BuiltinArguments {
  const node = (i: number): Node => args[i] as Node;
  return {
    pool: (i) => poolArgument(u, spelled, node(i)),
    pointer: (i) => {
      const e = u.parts.operand(u, node(i));
      if (e.type.kind === 'pointer' || isUnknown(e.type)) return e;
      u.error(node(i), { message: `${spelled}() takes a pointer, not '${nameOf(e.type)}'` });
      return unknownAt(e.at);
    },
    target: (i) => targetArgument(u, spelled, node(i)),
    string: (i) => stringArgument(u, spelled, node(i)),
    word: (i, words) => {
      const text = u.text(bare(node(i)));
      const at = u.at(node(i));
      if (words.includes(text)) return { kind: 'string', value: text, type: STRING, at };
      const { hint } = didYouMean(text, words);
      u.error(node(i), {
        message: `${spelled}() takes ${words.join(' or ')}, not '${text}'`,
        ...(hint === undefined ? {} : { hint }),
      });
      return unknownAt(at);
    },
    formatted: () => formatted(u, spelled, args),
  };
}

function poolArgument(
  u: Unit,
  spelled: string,
  node: Node,
): { sym: VarSym; type: CType & { kind: 'array' } } | undefined {
  const e = u.parts.expression(u, node);
  if (isUnknown(e.type)) return undefined;
  if (e.kind === 'name' && e.sym.pool && e.type.kind === 'array') return { sym: e.sym, type: e.type };
  const pools = u.symbols.variables.filter((v) => v.sym.pool).map((v) => v.sym.name);
  const known = pools.length > 0 ? `pools are: ${pools.join(', ')}` : 'no variable is a pool';
  u.error(node, {
    message: `${spelled}() takes a pool, and '${u.shown(bare(node))}' is none`,
    reason: 'a pool is a global array marked [[mm::pool]]',
    hint: known,
  });
  return undefined;
}

function targetArgument(
  u: Unit,
  spelled: string,
  node: Node,
): { pointer: Expr; to: CType; isConst: boolean } | undefined {
  const pointer = u.parts.operand(u, node);
  if (isUnknown(pointer.type)) return undefined;
  if (pointer.type.kind !== 'pointer') {
    u.error(node, {
      message: `${spelled}() takes a pointer to what it accesses, not '${nameOf(pointer.type)}'`,
      hint: 'write & before it',
    });
    return undefined;
  }
  const { to } = pointer.type;
  if (!isScalar(to) && !(to.kind === 'struct' && to.decl.word)) {
    const hint =
      to.kind === 'struct'
        ? { hint: 'mark the struct [[mm::word]] if the machine accesses it as one word' }
        : {};
    u.error(node, { message: `${spelled}() accesses one word, and '${nameOf(to)}' is more`, ...hint });
    return undefined;
  }
  return { pointer, to, isConst: (pointer.type as PointerCType).constTo ?? false };
}

function stringArgument(u: Unit, spelled: string, node: Node): Expr {
  const e = u.parts.expression(u, node);
  if (e.kind === 'string' || isUnknown(e.type)) return e;
  u.error(node, { message: `${spelled}() takes a text in quotes` });
  return unknownAt(e.at);
}

/** `"page %p is at %d", page, index`: as many conversions as values. */
function formatted(u: Unit, spelled: string, args: readonly Node[]): Expr[] {
  const [first, ...rest] = args as [Node, ...Node[]];
  const format = stringArgument(u, spelled, first);
  const values = rest.map((a) => {
    const e = u.parts.operand(u, a);
    if (isScalar(e.type) || isUnknown(e.type)) return e;
    u.error(a, { message: `a value of '${nameOf(e.type)}' cannot be shown`, hint: 'show a field of it' });
    return unknownAt(e.at);
  });
  if (format.kind === 'string') {
    const wanted = format.value.replaceAll('%%', '').match(/%/g)?.length ?? 0;
    if (wanted !== values.length) {
      u.error(first, {
        message: `the text shows ${wanted} value${wanted === 1 ? '' : 's'}, but ${values.length} given`,
      });
    }
  }
  return [format, ...values];
}

/** `__container_of(pointer, offsetof(type, member))`: a pointer to the type. */
export function memberOfContainer(u: Unit, node: Node, pointerNode: Node, offsetNode: Node): Expr {
  const at = u.at(node);
  const pointer = decay(u.parts.operand(u, pointerNode));
  const offset = bare(offsetNode);
  const typeNode = child(offset, 'type');
  if (isUnknown(pointer.type) || offset.type !== 'offsetof_expression' || !typeNode) return unknownAt(at);
  const { type } = u.parts.typeName(u, typeNode);
  const path = u.parts.memberPath(u, offset, type);
  const last = path?.at(-1);
  if (!path || !last) return unknownAt(at);
  const matches =
    pointer.type.kind === 'pointer' &&
    (pointer.type.to.kind === 'void' || nameOf(pointer.type.to) === nameOf(last.type));
  if (!matches) {
    const message = `'${u.shown(bare(pointerNode))}' is '${nameOf(pointer.type)}', but the member is '${nameOf(last.type)}'`;
    u.error(pointerNode, { message, hint: 'name the member that the pointer points at' });
    return unknownAt(at);
  }
  const constTo = (pointer.type as PointerCType).constTo ?? false;
  return {
    kind: 'builtin',
    name: 'container',
    args: [pointer],
    type: pointerTo(type.kind === 'struct' ? type : VOID, constTo),
    offset: path,
    at,
  };
}
