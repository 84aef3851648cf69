// SPDX-License-Identifier: GPL-2.0-only
// Owns calls: every call is inlined; atomic functions become one step, operations are marked at begin and end.

import { must } from '../../base/assert.ts';
import type { Expr as CExpr, FunctionSym, Span, Stmt, VarSym } from '../ast.ts';
import { sizeOf } from './c-layout.ts';
import { Label, type NodeDraft } from './code.ts';
import { fetch, getVar, num, truth } from './ir.ts';

import { statement } from './statement.ts';
import { asSpecification, stable, value, values } from './value.ts';
import { locate } from './place.ts';
import type { Frame, Inline, Located, Lowering } from './lowering.ts';
import type { Expr, StepKind } from '../program.ts';
import { eachExprIn, isLvalue } from '../walk.ts';

export const inline: Inline = (l, fn, args, at, key) => {
  if (!enter(l, fn, at))
    return Array.from({ length: fn.returns.kind === 'void' ? 0 : sizeOf(fn.returns) }, () => num(0));
  const caller = l.frame;
  const { aliases, given } = evaluateArguments(l, fn, args);
  const size = fn.returns.kind === 'void' ? 0 : sizeOf(fn.returns);
  const result = size ? l.temp(key, fn.returns) : 0;
  const operation = fn.operation ? l.draft.operation(fn.name) : undefined;
  const frame = newFrame(fn, { caller, call: at, aliases, result, operation });
  l.frame = frame;
  for (const [sym, all] of given) {
    const first = l.local(sym);
    l.emit(at, [{ do: all.map((v, i) => ({ to: { base: first + i }, value: v })) }]);
  }
  if (operation !== undefined) l.emit(at, [{}], { begin: operation, inflight: caller.operations });
  if (caller.mode === 'steps' && frame.mode === 'atomic') atomicBody(l, fn, at);
  else if (fn.body) statement(l, fn.body);
  l.code.place(frame.exit);
  if (operation !== undefined) l.emit(at, [{}], { end: operation });
  l.frame = caller;
  return Array.from({ length: size }, (_, i) => fetch({ base: result + i }, size));
};

/** Refuses to inline a function into itself. */
function enter(l: Lowering, fn: FunctionSym, at: Span): boolean {
  const chain: string[] = [];
  for (let f: Frame | null = l.frame; f; f = f.caller) {
    chain.unshift(f.fn.name);
    if (f.fn !== fn) continue;
    l.refuse(
      at,
      `recursion: ${[...chain.slice(chain.indexOf(fn.name)), fn.name].join(' -> ')}`,
      'every thread is inlined to flat code, so that its place is one number',
      'write it as a loop',
    );
    return false;
  }
  return true;
}

interface CallContext {
  readonly caller: Frame;
  readonly call: Span;
  readonly aliases: Map<VarSym, Located>;
  readonly result: number;
  readonly operation: number | undefined;
}

function newFrame(fn: FunctionSym, c: CallContext): Frame {
  const opaque = fn.opaque || fn.atomic;
  return {
    fn,
    mode: c.caller.mode === 'steps' ? (fn.atomic ? 'atomic' : 'steps') : c.caller.mode,
    caller: c.caller,
    call: c.call,
    opaque: c.caller.opaque ?? (opaque ? { at: c.call, frame: c.caller } : null),
    aliases: c.aliases,
    result: c.result,
    exit: new Label(),
    labels: new Map(),
    breaks: [],
    continues: [],
    cases: new Map(),
    operations: c.operation === undefined ? c.caller.operations : [...c.caller.operations, c.operation],
  };
}

/** The frame in which a thread or an invariant begins. */
export function rootFrame(fn: FunctionSym, mode: Frame['mode'], result: number, exit: Label): Frame {
  return {
    fn,
    mode,
    caller: null,
    call: fn.at,
    opaque: null,
    aliases: new Map(),
    result,
    exit,
    labels: new Map(),
    breaks: [],
    continues: [],
    cases: new Map(),
    operations: [],
  };
}

/** Left to right. `&local` makes the parameter another name for the local. */
function evaluateArguments(
  l: Lowering,
  fn: FunctionSym,
  args: readonly CExpr[],
): { aliases: Map<VarSym, Located>; given: [VarSym, readonly Expr[]][] } {
  const aliases = new Map<VarSym, Located>();
  const given: [VarSym, readonly Expr[]][] = [];
  for (const [i, param] of fn.params.entries()) {
    const arg = must(args[i], `argument ${i}`);
    const alias = aliasFor(l, arg);
    if (alias) {
      bindAlias(l, aliases, param, alias, arg);
      continue;
    }
    const later = args.slice(i + 1);
    const all = values(l, arg).map((v, k) =>
      k === 0 ? stable(l, v, l.mode === 'steps' ? [] : later, arg, arg.type, arg.at) : v,
    );
    given.push([param, all]);
  }
  return { aliases, given };
}

function aliasFor(l: Lowering, arg: CExpr): Located | undefined {
  if (arg.kind === 'cast') return aliasFor(l, arg.a);
  if (arg.kind === 'address' && isLvalue(arg.of) && l.where(arg.of) === 'local')
    return locate(l, arg.of, value);
  return l.aliasOf(arg);
}

function bindAlias(
  l: Lowering,
  aliases: Map<VarSym, Located>,
  param: VarSym,
  alias: Located,
  arg: CExpr,
): void {
  if (alias.place.index?.length || param.assigned) {
    l.refuse(
      arg.at,
      `the address of a local is passed to '${param.name}', ${param.assigned ? 'which is assigned there' : 'with a subscript that is not constant'}`,
      'the parameter stands for the local itself while the call is inlined',
      'copy the value into a local of its own first',
    );
  }
  aliases.set(param, alias);
}

/**
 * The body of an atomic function, called from code that has steps: one step, then everything rides. It blocks while
 * its __await does not hold. One that touches nothing but ghosts and locals is no step.
 */
function atomicBody(l: Lowering, fn: FunctionSym, at: Span): void {
  const body = must(fn.body, `body of ${fn.name}`);
  const guard = awaitOf(body);
  if (!guard && !touchesShared(l, body)) return statement(l, body);
  const kind = (fn.step ?? 'access') as StepKind;
  const lockParam = fn.params.find(
    (p) => p.type.kind === 'pointer' && p.type.to.kind === 'struct' && p.type.to.decl.lock,
  );
  const more: Partial<NodeDraft> = {
    step: kind,
    ...(lockParam
      ? { lock: l.frame.aliases.get(lockParam)?.place ?? { ptr: getVar(l.local(lockParam)), base: 0 } }
      : {}),
    ...orderOf(kind, fn, body),
  };
  const when = guard ? asSpecification(l, () => truth(value(l, guard))) : undefined;
  l.emit(at, [when ? { when } : {}], more);
  statement(l, withoutAwait(body));
}

/**
 * What the function says with __order. Else acquire and release order one way; atomics that return a value are full
 * barriers, void ones order nothing.
 */
function orderOf(kind: StepKind, fn: FunctionSym, body: Stmt): Pick<NodeDraft, 'order'> {
  let said: string | undefined;
  eachExprIn(body, (e) => {
    if (e.kind !== 'builtin' || e.name !== '__order') return;
    const [order] = e.args;
    said = order?.kind === 'string' ? order.value : said;
  });
  if (said !== undefined) return { order: said as NonNullable<NodeDraft['order']> };
  if (kind === 'acquire' || kind === 'grant' || kind === 'wait') return { order: 'acquire' };
  if (kind === 'release' || kind === 'wake') return { order: 'release' };
  return kind === 'access' && fn.step && fn.returns.kind !== 'void' ? { order: 'full' } : {};
}

/** The condition of the `__await` of an atomic function of the prelude. */
function awaitOf(body: Stmt): CExpr | undefined {
  let found: CExpr | undefined;
  eachExprIn(body, (e) => {
    if (e.kind === 'builtin' && e.name === '__await') found = e.args[0];
  });
  return found;
}

function withoutAwait(s: Stmt): Stmt {
  if (s.kind === 'block') return { ...s, body: s.body.map(withoutAwait) };
  if (s.kind === 'do') return { ...s, body: withoutAwait(s.body) };
  if (s.kind === 'expr' && s.expr.kind === 'builtin' && s.expr.name === '__await')
    return { kind: 'empty', at: s.at };
  return s;
}

/** Does the code, or anything it calls, access a cell that can change and is no ghost? */
function touchesShared(l: Lowering, body: Stmt): boolean {
  let found = false;
  eachExprIn(body, (e) => {
    if (found) return;
    if (e.kind === 'call') found = e.fn.body !== undefined && touchesShared(l, e.fn.body);
    else if (e.kind === 'call-indirect') found = true;
    else if (e.kind === 'builtin')
      found = ['choose', 'alloc', 'free', '__await', 'xchg', 'cmpxchg'].includes(e.name);
    else if (isLvalue(e) && e.type.kind !== 'struct' && e.type.kind !== 'array')
      found = l.where(e) === 'shared';
  });
  return found;
}
