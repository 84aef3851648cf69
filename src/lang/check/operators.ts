// SPDX-License-Identifier: GPL-2.0-only
// Owns operators: the types of their operands, their result, and constant folding.

import { isLvalue } from '../walk.ts';
import type { ArithOp, CompareOp, CType, Expr, UnaryOp } from '../ast.ts';
import {
  cast,
  convert,
  integerOperand,
  integerValue,
  isConstPlace,
  isNull,
  numberOf,
  testable,
  unknownAt,
} from './convert.ts';
import type { Unit } from './context.ts';
import {
  commonType, INT, isInteger, isUnknown, nameOf, pointerTo, promoted, sameTarget, sameType, UNKNOWN, wrap,
} from './c-types.ts'; // prettier-ignore
import { bare, child, type Node } from '../parse/node.ts';

const COMPARISONS = ['==', '!=', '<', '<=', '>', '>='];
const NO_ARITHMETIC = {
  reason: 'pointers point at objects, not into memory: there is no address to count with',
  hint: 'use an index into the array itself',
};

export function unary(u: Unit, node: Node): Expr {
  const at = u.at(node);
  const operandNode = child(node, 'argument') as Node;
  const op = u.text(child(node, 'operator') as Node);
  const e = u.parts.operand(u, operandNode);
  if (op === '!') {
    const test = testable(u, e, operandNode);
    const value = test.kind === 'number' && !isUnknown(test.type) ? BigInt(test.value) : undefined;
    if (value !== undefined) return numberOf(value === 0n ? 1n : 0n, INT, at);
    return { kind: 'unary', op: '!', a: test, type: INT, at };
  }
  const int = integerOperand(u, e, operandNode, op);
  if (!int) return unknownAt(at);
  const type = promoted(int.type);
  const a = cast(int, type);
  const value = integerValue(a);
  if (op === '+') return value === undefined ? a : numberOf(value, type, at);
  if (value !== undefined) return numberOf(wrap(op === '-' ? -value : ~value, type), type, at);
  return { kind: 'unary', op: op as UnaryOp, a, type, at };
}

export function binary(u: Unit, node: Node): Expr {
  const [left, right] = [child(node, 'left') as Node, child(node, 'right') as Node];
  const op = u.text(child(node, 'operator') as Node);
  if (op === '&&' || op === '||') {
    const a = testable(u, u.parts.operand(u, left), left);
    const b = testable(u, u.parts.operand(u, right), right);
    const [x, y] = [a, b].map((e) =>
      e.kind === 'number' && !isUnknown(e.type) ? BigInt(e.value) !== 0n : undefined,
    );
    if (x !== undefined && y !== undefined)
      return numberOf((op === '&&' ? x && y : x || y) ? 1n : 0n, INT, u.at(node));
    return { kind: 'logical', op, a, b, type: INT, at: u.at(node) };
  }
  const a = u.parts.operand(u, left);
  const b = u.parts.operand(u, right);
  if (COMPARISONS.includes(op)) return comparison(u, node, op as CompareOp, a, b);
  return arithmetic(u, node, op as ArithOp, a, b);
}

/** Both operands of an arithmetic operator, converted; undefined after a complaint. */
function operands(
  u: Unit,
  node: Node,
  op: string,
  a: Expr,
  b: Expr,
): { a: Expr; b: Expr; type: CType } | undefined {
  if (isUnknown(a.type) || isUnknown(b.type)) return undefined;
  const pointer = [a, b].find((e) => e.type.kind === 'pointer');
  if (pointer) {
    u.error(node, {
      message: `pointer arithmetic ('${op}' on '${nameOf(pointer.type)}') is not in the subset`,
      ...NO_ARITHMETIC,
    });
    return undefined;
  }
  const bad = [a, b].find((e) => !isInteger(e.type));
  if (bad) {
    u.error(node, { message: `'${op}' needs integers, not '${nameOf(bad.type)}'` });
    return undefined;
  }
  const type = op === '<<' || op === '>>' ? promoted(a.type) : commonType(a.type, b.type);
  return { a: cast(a, type), b: cast(b, type), type };
}

function arithmetic(u: Unit, node: Node, op: ArithOp, x: Expr, y: Expr): Expr {
  const at = u.at(node);
  const both = operands(u, node, op, x, y);
  if (!both) return unknownAt(at);
  const { a, b, type } = both;
  const divisor = integerValue(b);
  if ((op === '/' || op === '%') && divisor === 0n) {
    u.error(node, { message: 'division by zero' });
    return unknownAt(at);
  }
  if (
    (op === '<<' || op === '>>') &&
    divisor !== undefined &&
    (divisor < 0n || divisor >= BigInt(promoted(type).bits))
  ) {
    u.error(node, { message: `a shift by ${divisor} of a value with ${promoted(type).bits} bits` });
    return unknownAt(at);
  }
  const left = integerValue(a);
  if (left !== undefined && divisor !== undefined)
    return numberOf(wrap(compute(op, left, divisor), type), type, at);
  return { kind: 'binary', op, a, b, type, at };
}

function compute(op: ArithOp, a: bigint, b: bigint): bigint {
  switch (op) {
    case '+': return a + b; // prettier-ignore
    case '-': return a - b; // prettier-ignore
    case '*': return a * b; // prettier-ignore
    case '/': return a / b; // prettier-ignore
    case '%': return a % b; // prettier-ignore
    case '&': return a & b; // prettier-ignore
    case '|': return a | b; // prettier-ignore
    case '^': return a ^ b; // prettier-ignore
    case '<<': return a << b; // prettier-ignore
    case '>>': return a >> b; // prettier-ignore
  }
}

function comparison(u: Unit, node: Node, op: CompareOp, a: Expr, b: Expr): Expr {
  const at = u.at(node);
  if (isUnknown(a.type) || isUnknown(b.type)) return { ...unknownAt(at), type: INT };
  const orders = op !== '==' && op !== '!=';
  if (a.type.kind === 'thread' || b.type.kind === 'thread') {
    const pair = threadPair(a, b);
    if (!orders && pair) return { kind: 'binary', op, ...pair, type: INT, at };
  }
  if (a.type.kind === 'pointer' || b.type.kind === 'pointer') {
    if (orders) {
      u.error(node, {
        message: `comparing pointers with '${op}' is not in the subset`,
        reason: 'objects have no order in memory',
        hint: 'only == and != compare pointers; use indices for an order',
      });
      return { ...unknownAt(at), type: INT };
    }
    return pointerComparison(u, node, op, a, b);
  }
  if (!isInteger(a.type) || !isInteger(b.type)) {
    const bad = isInteger(a.type) ? b.type : a.type;
    const hint =
      bad.kind === 'struct' ? { hint: 'compare the fields, or use cmpxchg() on a [[mm::word]] struct' } : {};
    u.error(node, { message: `'${nameOf(bad)}' cannot be compared with '${op}'`, ...hint });
    return { ...unknownAt(at), type: INT };
  }
  const type = commonType(a.type, b.type);
  const [x, y] = [cast(a, type), cast(b, type)];
  const [left, right] = [integerValue(x), integerValue(y)];
  if (left !== undefined && right !== undefined) return numberOf(compare(op, left, right) ? 1n : 0n, INT, at);
  return { kind: 'binary', op, a: x, b: y, type: INT, at };
}

function threadPair(a: Expr, b: Expr): { a: Expr; b: Expr } | undefined {
  if (a.type.kind === 'thread' && b.type.kind === 'thread') return { a, b };
  if (isNull(b)) return { a, b: numberOf(0n, a.type, b.at) };
  if (isNull(a)) return { a: numberOf(0n, b.type, a.at), b };
  return undefined;
}

function compare(op: CompareOp, a: bigint, b: bigint): boolean {
  switch (op) {
    case '==': return a === b; // prettier-ignore
    case '!=': return a !== b; // prettier-ignore
    case '<': return a < b; // prettier-ignore
    case '<=': return a <= b; // prettier-ignore
    case '>': return a > b; // prettier-ignore
    case '>=': return a >= b; // prettier-ignore
  }
}

function pointerComparison(u: Unit, node: Node, op: '==' | '!=', a: Expr, b: Expr): Expr {
  const at = u.at(node);
  if (isNull(a) && isNull(b)) return numberOf(op === '==' ? 1n : 0n, INT, at);
  if (isNull(b)) return { kind: 'binary', op, a, b: numberOf(0n, a.type, b.at), type: INT, at };
  if (isNull(a)) return { kind: 'binary', op, a: numberOf(0n, b.type, a.at), b, type: INT, at };
  if (a.type.kind !== 'pointer' || b.type.kind !== 'pointer' || !sameTarget(a.type.to, b.type.to)) {
    u.error(node, { message: `'${nameOf(a.type)}' and '${nameOf(b.type)}' cannot be compared` });
    return { ...unknownAt(at), type: INT };
  }
  const plain = a.type.to.kind === 'void' ? cast(b, a.type) : b;
  const left = b.type.to.kind === 'void' && a.type.to.kind !== 'void' ? cast(a, b.type) : a;
  return { kind: 'binary', op, a: left, b: plain, type: INT, at };
}

/** `to` must be something that can be written; false after a complaint. */
export function writable(u: Unit, to: Expr, node: Node, verb: string): boolean {
  if (isUnknown(to.type)) return false;
  if (!isLvalue(to)) {
    u.error(node, { message: `cannot ${verb} this: it is a value, not a variable` });
    return false;
  }
  if (isConstPlace(to)) {
    u.error(node, { message: `cannot ${verb} '${u.shown(node)}': it is const` });
    return false;
  }
  if (to.type.kind === 'array') {
    u.error(node, {
      message: `cannot ${verb} an array as a whole`,
      hint: 'assign its elements, or put the array into a struct',
    });
    return false;
  }
  if (to.kind === 'name') u.assigned(to.sym);
  return true;
}

export function assignment(u: Unit, node: Node): Expr {
  const at = u.at(node);
  const [left, right] = [child(node, 'left') as Node, child(node, 'right') as Node];
  const op = u.text(child(node, 'operator') as Node);
  const to = u.parts.expression(u, left);
  const value = u.parts.operand(u, right);
  if (!writable(u, to, left, 'assign to')) return unknownAt(at);
  if (op === '=')
    return { kind: 'assign', to, value: convert(u, value, to.type, right, 'assign'), type: to.type, at };
  const arith = op.slice(0, -1) as ArithOp;
  const both = operands(u, node, op, to, value);
  if (!both || !threadFree(u, node, op, to.type)) return unknownAt(at);
  if ((arith === '/' || arith === '%') && integerValue(both.b) === 0n) {
    u.error(node, { message: 'division by zero' });
    return unknownAt(at);
  }
  return { kind: 'assign-op', op: arith, to, value: both.b, common: both.type, type: to.type, at };
}

function threadFree(u: Unit, node: Node, op: string, type: CType): boolean {
  if (type.kind !== 'thread') return true;
  u.error(node, {
    message: `'${op}' on a thread_t`,
    reason: 'threads have names, not numbers to count with',
  });
  return false;
}

export function increment(u: Unit, node: Node): Expr {
  const at = u.at(node);
  const operandNode = child(node, 'argument') as Node;
  const operator = child(node, 'operator') as Node;
  const op = u.text(operator);
  const to = u.parts.expression(u, operandNode);
  if (!writable(u, to, operandNode, op === '++' ? 'increment' : 'decrement')) return unknownAt(at);
  if (to.type.kind === 'pointer') {
    u.error(node, {
      message: `pointer arithmetic ('${op}' on '${nameOf(to.type)}') is not in the subset`,
      ...NO_ARITHMETIC,
    });
    return unknownAt(at);
  }
  if (!integerOperand(u, to, operandNode, op) || !threadFree(u, node, op, to.type)) return unknownAt(at);
  return {
    kind: 'increment',
    to,
    by: op === '++' ? 1 : -1,
    prefix: operator.first < operandNode.first,
    type: to.type,
    at,
  };
}

export function conditional(u: Unit, node: Node): Expr {
  const at = u.at(node);
  const testNode = child(node, 'condition') as Node;
  const [yes, no] = [child(node, 'consequence'), child(node, 'alternative') as Node];
  const test = testable(u, u.parts.operand(u, testNode), testNode);
  if (!yes) {
    u.error(node, {
      message: "'?:' without a middle is not in the subset",
      reason: 'it is an extension of gcc',
      hint: 'repeat the test',
    });
    return unknownAt(at);
  }
  const a = u.parts.operand(u, yes);
  const b = u.parts.operand(u, no);
  const type = conditionalType(a, b);
  if (!type) {
    u.error(node, {
      message: `the two sides of '?:' do not go together: '${nameOf(a.type)}' and '${nameOf(b.type)}'`,
    });
    return unknownAt(at);
  }
  const [x, y] = type.kind === 'void' ? [a, b] : [cast(a, type), cast(b, type)];
  const chosen =
    test.kind === 'number' && !isUnknown(test.type) ? (BigInt(test.value) === 0n ? y : x) : undefined;
  if (chosen?.kind === 'number' && x.kind === 'number' && y.kind === 'number') return { ...chosen, at };
  return { kind: 'conditional', test, a: x, b: y, type, at };
}

function conditionalType(a: Expr, b: Expr): CType | undefined {
  if (isUnknown(a.type) || isUnknown(b.type)) return UNKNOWN;
  if (a.type.kind === 'void' || b.type.kind === 'void') return { kind: 'void' };
  if (a.type.kind === 'thread' || b.type.kind === 'thread') {
    if (threadPair(a, b)) return { kind: 'thread' };
  }
  if (isInteger(a.type) && isInteger(b.type)) return commonType(a.type, b.type);
  if (a.type.kind === 'pointer' && isNull(b)) return a.type;
  if (b.type.kind === 'pointer' && isNull(a)) return b.type;
  if (a.type.kind === 'pointer' && b.type.kind === 'pointer') {
    if (!sameTarget(a.type.to, b.type.to)) return undefined;
    const target = a.type.to.kind === 'void' ? a.type.to : b.type.to.kind === 'void' ? b.type.to : a.type.to;
    const constTo = [a, b].some((e) => (e.type as { constTo?: boolean }).constTo);
    return pointerTo(target, constTo);
  }
  return sameType(a.type, b.type) ? a.type : undefined;
}

/** `*p` and `&x`. */
export function pointerOperator(u: Unit, node: Node): Expr {
  const at = u.at(node);
  const operandNode = child(node, 'argument') as Node;
  if (u.text(child(node, 'operator') as Node) === '*') {
    const e = u.parts.operand(u, operandNode);
    if (isUnknown(e.type)) return unknownAt(at);
    if (e.type.kind !== 'pointer') {
      u.error(node, { message: `'*' needs a pointer, not '${nameOf(e.type)}'` });
      return unknownAt(at);
    }
    return dereference(u, e, node);
  }
  const inner = bare(operandNode);
  const of = u.parts.expression(u, operandNode);
  if (isUnknown(of.type)) return unknownAt(at);
  if (of.kind === 'function') return { ...of, at };
  if (!isLvalue(of)) {
    u.error(node, { message: `'&' needs a variable: '${u.shown(inner)}' is a value` });
    return unknownAt(at);
  }
  noteAddress(u, of, node);
  const type = pointerTo(of.type, isConstPlace(of));
  if (of.kind === 'deref') return { ...of.pointer, at };
  return { kind: 'address', of, type, at };
}

/** `*e`, for a pointer. */
export function dereference(u: Unit, e: Expr, node: Node): Expr {
  const at = u.at(node);
  if (e.type.kind !== 'pointer') return unknownAt(at);
  const { to } = e.type;
  if (to.kind === 'function') return e;
  if (to.kind === 'void') {
    u.error(node, {
      message: "'void *' cannot be dereferenced",
      hint: 'assign it to a pointer of the right type first',
    });
    return unknownAt(at);
  }
  if (to.kind === 'struct' && !to.decl.complete) {
    u.error(node, {
      message: `'${to.decl.name}' is only declared, not defined`,
      hint: 'include the header that defines it',
    });
    return unknownAt(at);
  }
  if (e.kind === 'address') return { ...e.of, at };
  return { kind: 'deref', pointer: e, type: to, at };
}

/** The address of a local may only be an argument of a call: the callee is inlined, nothing else can keep it. */
export function noteAddress(u: Unit, of: Expr, node: Node): void {
  const root = rootOf(of);
  if (root?.kind !== 'name' || u.unevaluated > 0) return;
  const { sym } = root;
  if (sym.storage !== 'local' && sym.storage !== 'param') return;
  sym.addressTaken = true;
  if (sym.storage === 'param') u.assigned(sym);
  if (u.addressArgument && bare(u.addressArgument) === node) return;
  u.error(node, {
    message: `the address of the local variable '${sym.name}' is taken`,
    reason: 'threads share objects, not stacks: only a called function may be given the address of a local',
    hint: 'pass it directly as an argument of a call, or make the variable a global',
  });
}

function rootOf(e: Expr): Expr | undefined {
  if (e.kind === 'member' || e.kind === 'index') return rootOf(e.of);
  return e;
}
