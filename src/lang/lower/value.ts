// SPDX-License-Identifier: GPL-2.0-only
// Owns values: C expressions become pure expressions over locals, after the steps that fetch what is shared.

import { assert, must, unreachable } from '../../base/assert.ts';
import type { ArithOp, CompareOp, CType, Expr as CExpr, ExprInit, Span } from '../ast.ts';
import { intTypeOf, offsetOf, scalarsOf, sizeOf } from './c-layout.ts';
import { Label } from './code.ts';
import { sameType } from '../check/c-types.ts';
import { hasEffects, isPlain } from './effects.ts';
import { addressOf, binary, both, cast, either, fetch, not, num, same, truth, unary } from './ir.ts';
import { accessBuiltin, type Values } from './access.ts';
import { builtin } from './builtin.ts';
import { locate, read, within, write } from './place.ts';
import type { Located, Lowering } from './lowering.ts';
import type { BinaryOp, Expr } from '../program.ts';
import { isLvalue, operandsOf } from '../walk.ts';

const BINARY: Record<ArithOp | CompareOp, BinaryOp> = {
  '+': 'add',
  '-': 'sub',
  '*': 'mul',
  '/': 'div',
  '%': 'mod',
  '&': 'and',
  '|': 'or',
  '^': 'xor',
  '<<': 'shl',
  '>>': 'shr',
  '==': 'eq',
  '!=': 'ne',
  '<': 'lt',
  '<=': 'le',
  '>': 'gt',
  '>=': 'ge',
};

/** The value of a scalar expression. Steps it needs are emitted first; what is returned reads only what stays put. */
export function value(l: Lowering, e: CExpr): Expr {
  switch (e.kind) {
    case 'number':
      return num(e.value);
    case 'string':
      return num(0);
    case 'function':
      return num(must(l.draft.memory.functionValue.get(e.fn), e.fn.name));
    case 'name':
    case 'deref':
    case 'member':
    case 'index':
      return scalar(values(l, e));
    case 'address':
      return e.of.kind === 'function' ? value(l, e.of) : address(l, e.of, e.at);
    case 'unary': {
      const a = value(l, e.a);
      if (e.op === '!') return not(truth(a));
      return unary(e.op === '-' ? 'neg' : 'bitnot', intTypeOf(e.type), a);
    }
    case 'binary':
      return binaryValue(l, e);
    case 'logical':
    case 'conditional':
      return choiceValue(l, e);
    case 'cast':
      return castValue(e.type, value(l, e.a));
    case 'assign':
      return scalar(assign(l, e, true));
    case 'assign-op':
      return assignOp(l, e, true);
    case 'increment':
      return increment(l, e, true);
    case 'comma':
      effect(l, e.a);
      return value(l, e.b);
    case 'call':
    case 'call-indirect':
      return callValues(l, e)[0] ?? num(0);
    case 'compound':
      return scalar(values(l, e));
    case 'builtin':
      return builtin(l, e, partsOf(l));
    default:
      return unreachable(e);
  }
}

/** The scalars of an expression of any type, in order. */
export function values(l: Lowering, e: CExpr): readonly Expr[] {
  if (isLvalue(e)) return read(l, locate(l, e, value), e.type, e.at, e);
  switch (e.kind) {
    case 'member': {
      assert(e.of.type.kind === 'struct', 'member of a struct value');
      const all = values(l, e.of);
      const first = offsetOf(e.of.type.decl, e.field);
      return all.slice(first, first + sizeOf(e.type));
    }
    case 'compound':
      return initValues(l, e.init, e.type);
    case 'call':
    case 'call-indirect':
      return callValues(l, e);
    case 'assign':
      return assign(l, e, true);
    case 'conditional':
      return e.type.kind === 'struct' ? choiceValues(l, e) : [value(l, e)];
    case 'comma':
      effect(l, e.a);
      return values(l, e.b);
    case 'builtin':
      return accessBuiltin(l, e, partsOf(l)) ?? [builtin(l, e, partsOf(l))];
    default:
      return [value(l, e)];
  }
}

/** What built-ins need of this file. */
function partsOf(l: Lowering): Values {
  return { value, values, locate: (e) => locate(l, e, value) };
}

/** Evaluates for its effects only. */
export function effect(l: Lowering, e: CExpr): void {
  switch (e.kind) {
    case 'assign':
      assign(l, e, false);
      return;
    case 'assign-op':
      assignOp(l, e, false);
      return;
    case 'increment':
      increment(l, e, false);
      return;
    case 'cast':
      return effect(l, e.a);
    default:
      values(l, e);
  }
}

/** The scalars of an initialiser: given ones in order, the rest zero. */
export function initValues(l: Lowering, init: ExprInit, type: CType): readonly Expr[] {
  if (init.kind === 'expr') return values(l, init.expr);
  const all: Expr[] = scalarsOf(type).map(() => num(0));
  const put = (first: number, given: readonly Expr[]): void => given.forEach((v, i) => (all[first + i] = v));
  if (init.kind === 'array') {
    assert(type.kind === 'array', 'array initialiser of an array');
    for (const [i, item] of init.items) put(i * sizeOf(type.of), initValues(l, item, type.of));
  } else {
    assert(type.kind === 'struct', 'struct initialiser of a struct');
    for (const [name, item] of init.items) {
      const field = must(
        type.decl.fields.find((f) => f.name === name),
        name,
      );
      put(offsetOf(type.decl, field), initValues(l, item, field.type));
    }
  }
  return all;
}

function scalar(all: readonly Expr[]): Expr {
  assert(all.length === 1, 'one scalar');
  return must(all[0], 'scalar');
}

/** Keeps a value that later effects could change: inside an atomic step or specification, reads are not fetched. */
export function stable(
  l: Lowering,
  v: Expr,
  later: readonly CExpr[],
  key: object,
  type: CType,
  at: Span,
): Expr {
  if (v.op === 'const' || !later.some(hasEffects)) return v;
  return l.set(at, l.temp(key, type, 1), v);
}

function address(l: Lowering, of: CExpr, at: Span): Expr {
  const { place, where } = locate(l, of, value);
  if (where === 'local') {
    l.refuse(
      at,
      'the address of a local is used as a value',
      'threads share objects, not stacks: only a called function may be given the address of a local',
      'pass it directly as an argument, or make it a global',
    );
    return num(0);
  }
  return addressOf(place);
}

function castValue(to: CType, v: Expr): Expr {
  switch (to.kind) {
    case 'bool':
      return cast('bool', v);
    case 'int':
      return cast(intTypeOf(to), v);
    case 'enum':
    case 'thread':
      return cast(intTypeOf(to), v);
    default:
      return v;
  }
}

function binaryValue(l: Lowering, e: CExpr & { kind: 'binary' }): Expr {
  const left = value(l, e.a);
  const a = stable(l, left, [e.b], e.a, e.a.type, e.at);
  const b = value(l, e.b);
  if (e.a.type.kind === 'pointer') return e.op === '==' ? same(a, b) : not(same(a, b));
  const compares = ['==', '!=', '<', '<=', '>', '>='].includes(e.op);
  return binary(BINARY[e.op], intTypeOf(compares ? e.a.type : e.type), a, b);
}

/** &&, || and ?: of scalar type: pure where nothing stands in the way, else control flow into a temporary. */
function choiceValue(l: Lowering, e: CExpr & { kind: 'logical' | 'conditional' }): Expr {
  if (e.type.kind === 'void') {
    choiceValues(l, e);
    return num(0);
  }
  if (isPlain(l, e)) {
    if (e.kind === 'conditional')
      return { op: 'cond', test: truth(value(l, e.test)), a: value(l, e.a), b: value(l, e.b) };
    const sides = [truth(value(l, e.a)), truth(value(l, e.b))];
    return e.op === '&&' ? both(...sides) : either(...sides);
  }
  return scalar(choiceValues(l, e));
}

function choiceValues(l: Lowering, e: CExpr & { kind: 'logical' | 'conditional' }): readonly Expr[] {
  const [yes, no, done] = [new Label(), new Label(), new Label()];
  const size = e.type.kind === 'void' ? 0 : sizeOf(e.type);
  const temp = size ? l.temp(e, e.type) : 0;
  const put = (all: readonly Expr[]): void =>
    l.emit(e.at, [
      { do: all.slice(0, size).map((v, i) => ({ to: { base: temp + i }, value: v })), to: done },
    ]);
  if (e.kind === 'conditional') branch(l, e.test, yes, no);
  else branchTwice(l, e, yes, no, false);
  l.code.place(yes);
  put(e.kind === 'conditional' ? values(l, e.a) : [num(1)]);
  l.code.place(no);
  put(e.kind === 'conditional' ? values(l, e.b) : [num(0)]);
  l.code.place(done);
  return Array.from({ length: size }, (_, i) => fetch({ base: temp + i }, size));
}

/**
 * Goes to `yes` when the expression is not zero, else to `no`. Each condition that the author wrote is a check; what a
 * macro makes of it is not taken apart, since only the whole has a text.
 */
export function branch(l: Lowering, e: CExpr, yes: Label, no: Label, checked = true): void {
  const visible = checked && !l.frame.opaque && l.mode === 'steps';
  if (visible ? isWrittenOut(e) : !isPlain(l, e)) {
    if (e.kind === 'unary' && e.op === '!') return branch(l, e.a, no, yes, checked);
    if (e.kind === 'logical') return branchTwice(l, e, yes, no, checked);
  }
  const test = truth(value(l, e));
  if (test.op === 'const') return l.jump(e.at, test.value ? yes : no);
  l.emit(e.at, [{ when: test, to: yes }, { to: no }], visible ? { check: true } : {});
}

function branchTwice(
  l: Lowering,
  e: CExpr & { kind: 'logical' },
  yes: Label,
  no: Label,
  checked: boolean,
): void {
  const second = new Label();
  if (e.op === '&&') branch(l, e.a, second, no, checked);
  else branch(l, e.a, yes, second, checked);
  l.code.place(second);
  branch(l, e.b, yes, no, checked);
}

/** Do the parts of the condition stand in the source, rather than come out of a macro that stands there? */
function isWrittenOut(e: CExpr): boolean {
  return operandsOf(e).every((part) => !isSameSpan(part.at, e.at));
}

function isSameSpan(a: Span, b: Span): boolean {
  return (
    a.file === b.file &&
    a.line === b.line &&
    a.col === b.col &&
    a.endLine === b.endLine &&
    a.endCol === b.endCol
  );
}

/**
 * `to = value`: the right side first. Gives what `to` then holds, when that is wanted. What a ghost gets is
 * specification: fetched without steps.
 */
function assign(l: Lowering, e: CExpr & { kind: 'assign' }, wanted: boolean): readonly Expr[] {
  const where = l.where(e.to);
  const right = (): readonly Expr[] => {
    const from = where === 'local' ? valuesFor(l, e.value, e.at) : values(l, e.value);
    return from.map((v, i) => stable(l, v, [e.to], e.value, scalarAt(e.type, i), e.at));
  };
  const from = where === 'ghost' ? asSpecification(l, right) : right();
  return store(l, locate(l, e.to, value), e.type, from, e, wanted);
}

/** Values that a local is about to be given by the construct at `at`: a fetch shows the whole construct. */
export function valuesFor(l: Lowering, e: CExpr, at: Span): readonly Expr[] {
  if (e.kind === 'cast' && isLvalue(e.a))
    return [castValue(e.type, scalar(read(l, locate(l, e.a, value), e.a.type, at, e.a)))];
  return isLvalue(e) ? read(l, locate(l, e, value), e.type, at, e) : values(l, e);
}

export function asSpecification<T>(l: Lowering, run: () => T): T {
  const { frame } = l;
  l.frame = { ...frame, mode: 'spec' };
  const result = run();
  l.frame = frame;
  return result;
}

function scalarAt(type: CType, i: number): CType {
  return must(scalarsOf(type)[i], 'scalar').type;
}

/** Writes; gives the values written, in a form that survives the write, when they are wanted. */
function store(
  l: Lowering,
  to: Located,
  type: CType,
  from: readonly Expr[],
  e: CExpr,
  wanted: boolean,
): readonly Expr[] {
  const local = to.where === 'local';
  const kept =
    wanted && !local
      ? from.map((v, i) => (v.op === 'const' ? v : l.set(e.at, l.temp(e, scalarAt(type, i), 10 + i), v)))
      : from;
  write(l, to, type, kept, e.at);
  return local ? from.map((_, i) => fetch(within(to.place, i), from.length)) : kept;
}

/** `to op= value`: right side, read, write. */
function assignOp(l: Lowering, e: CExpr & { kind: 'assign-op' }, wanted: boolean): Expr {
  const run = (): Expr => {
    const right = stable(l, value(l, e.value), [e.to], e.value, e.common, e.at);
    const to = locate(l, e.to, value);
    const old = scalar(read(l, to, e.to.type, e.at, e.to));
    const next = castValue(
      e.to.type,
      binary(BINARY[e.op], intTypeOf(e.common), castValue(e.common, old), right),
    );
    return scalar(store(l, to, e.to.type, [next], e, wanted));
  };
  return l.where(e.to) === 'ghost' ? asSpecification(l, run) : run();
}

function increment(l: Lowering, e: CExpr & { kind: 'increment' }, wanted: boolean): Expr {
  const to = locate(l, e.to, value);
  let old = scalar(read(l, to, e.to.type, e.at, e.to));
  if (!e.prefix && wanted) old = l.set(e.at, l.temp(e, e.to.type, 1), old);
  const next = castValue(e.to.type, binary(e.by > 0 ? 'add' : 'sub', intTypeOf(e.to.type), old, num(1)));
  const now = scalar(store(l, to, e.to.type, [next], e, wanted && e.prefix));
  return e.prefix ? now : old;
}

function callValues(l: Lowering, e: CExpr & { kind: 'call' | 'call-indirect' }): readonly Expr[] {
  if (e.kind === 'call') return l.inline(l, e.fn, e.args, e.at, e);
  return indirect(l, e);
}

/** A call through a function pointer: the candidates are the functions of its type whose address is taken. */
function indirect(l: Lowering, e: CExpr & { kind: 'call-indirect' }): readonly Expr[] {
  const callee = l.set(e.at, l.temp(e, e.callee.type, 2), value(l, e.callee));
  const type = e.callee.type.kind === 'pointer' ? e.callee.type.to : e.callee.type;
  const candidates = [...l.draft.memory.functionValue].filter(([fn]) =>
    sameType({ kind: 'function', returns: fn.returns, params: fn.params.map((p) => p.type) }, type),
  );
  const entries = candidates.map(() => new Label());
  const done = new Label();
  const size = e.type.kind === 'void' ? 0 : sizeOf(e.type);
  const result = size ? l.temp(e, e.type) : 0;
  l.emit(e.at, [
    ...candidates.map(([, n], i) => ({
      when: binary('eq', { bits: 32, signed: true }, callee, num(n)),
      to: must(entries[i], 'label'),
    })),
    { fail: { kind: 'null-dereference', message: 'call through a NULL function pointer' } },
  ]);
  for (const [i, [fn]] of candidates.entries()) {
    l.code.place(must(entries[i], 'label'));
    const given = l.inline(l, fn, e.args, e.at, fn);
    l.emit(e.at, [
      { do: given.slice(0, size).map((v, k) => ({ to: { base: result + k }, value: v })), to: done },
    ]);
  }
  l.code.place(done);
  return Array.from({ length: size }, (_, i) => fetch({ base: result + i }, size));
}
