// SPDX-License-Identifier: GPL-2.0-only
// Owns the built-ins: what each means as guards and assignments.

import { assert, must } from '../../base/assert.ts';
import type { Expr as CExpr } from '../ast.ts';
import { offsetOf, shownAs } from './c-layout.ts';
import { both, either, equals, getVar, not, num, pointerTo, same, truth } from './ir.ts';
import { accessBuiltin, type BuiltinCall, type Values } from './access.ts';
import type { Lowering } from './lowering.ts';
import { POOL_STATES } from './memory.ts';
import { UNINIT, type Assign, type Expr, type PoolInfo, type TroubleKind } from '../program.ts';
import type { Jump } from './code.ts';

/** The value of a built-in; its steps and other effects are emitted. */
export function builtin(l: Lowering, e: BuiltinCall, v: Values): Expr {
  const arg = (i: number): CExpr => must(e.args[i], `argument ${i} of ${e.name}`);
  switch (e.name) {
    case 'choose':
      return choose(l, e, arg(0));
    case 'alloc':
      return alloc(l, e, poolOf(l, e));
    case 'free':
      return free(l, e, v.value(l, arg(0)));
    case 'assert':
      return check(l, e, arg(0), v);
    case 'BUG':
      return fail(l, e, 'BUG_ON', 'BUG() reached');
    case 'expose':
      return fail(
        l,
        e,
        textOf(arg(0)) === 'zero' ? 'expose-zero' : 'expose-uninit',
        `exposes ${textOf(arg(0))} data`,
      );
    case '__fail':
      return fail(l, e, textOf(arg(0)) as TroubleKind, textOf(arg(1)));
    case 'violated':
      return violated(l, e, v);
    case 'witness':
      l.emit(e.at, [{}], { witness: textOf(arg(0)), spec: true });
      return num(0);
    case 'stale':
      return { op: 'stale', a: v.value(l, arg(0)) };
    case 'pool_first':
      return firstFrom(poolOf(l, e), 0);
    case 'pool_next':
      return nextAfter(poolOf(l, e), v.value(l, must(e.args.at(-1), 'pointer')));
    case 'smp_mb':
    case 'smp_rmb':
    case 'smp_wmb': {
      const order = ({ smp_mb: 'mb', smp_rmb: 'rmb', smp_wmb: 'wmb' } as const)[e.name];
      l.emit(e.at, [{}], { order });
      return num(0);
    }
    case 'container':
      return { op: 'back', a: v.value(l, arg(0)), offset: distance(e) };
    case '__event':
      l.emit(e.at, [{}], { kind: textOf(arg(0)) as never });
      return num(0);
    case '__order':
      return num(0); // said of the whole function: atomicBody
    case '__current':
      return num(l.thread + 1);
    case '__await':
      assert(false, '__await is lowered with its function');
      return num(0);
    default:
      return must(must(accessBuiltin(l, e, v), `the lowering of ${e.name}`)[0], 'a scalar');
  }
}

function textOf(e: CExpr): string {
  assert(e.kind === 'string', 'a string');
  return e.value;
}

function poolOf(l: Lowering, e: BuiltinCall): PoolInfo {
  return must(l.draft.memory.pools.get(must(e.pool, 'pool')), 'pool');
}

function distance(e: BuiltinCall): number {
  let total = 0;
  let type = must(e.type.kind === 'pointer' ? e.type.to : undefined, 'pointer');
  for (const field of must(e.offset, 'member')) {
    assert(type.kind === 'struct', 'member of a struct');
    total += offsetOf(type.decl, field);
    type = field.type;
  }
  return total;
}

/** Ends the run here with trouble. What follows is reached only by other paths. */
function fail(l: Lowering, e: BuiltinCall, kind: TroubleKind, message: string): Expr {
  l.emit(e.at, [{ fail: { kind, message } }], { spec: true });
  return num(0);
}

function check(l: Lowering, e: BuiltinCall, condition: CExpr, v: Values): Expr {
  const { frame } = l;
  l.frame = { ...frame, mode: 'spec' };
  const test = truth(v.value(l, condition));
  l.frame = frame;
  const message = `assertion failed: ${l.draft.model.textOf(condition.at)}`;
  l.emit(e.at, [{ when: test }, { fail: { kind: 'assert', message } }], { check: true, spec: true });
  return num(0);
}

function violated(l: Lowering, e: BuiltinCall, v: Values): Expr {
  const [format, ...rest] = e.args;
  const names = l.draft.functionNames;
  const args = rest.map((a) => ({ value: v.value(l, a), show: shownAs(a.type, names) }));
  l.emit(e.at, [{}], { says: { format: textOf(must(format, 'format')), args }, spec: true });
  return num(0);
}

/** A free choice is a step: inside an atomic function or in specification there is none for it. */
function hasStepOfItsOwn(l: Lowering, e: BuiltinCall): boolean {
  if (l.mode === 'steps') return true;
  l.refuse(
    e.at,
    `'${e.name}' inside an atomic function is not in the subset`,
    'it is a free choice, which is a step of its own',
    'call it before, and pass what it gives',
  );
  return false;
}

/** Takes each of 0..n-1: a step. */
function choose(l: Lowering, e: BuiltinCall, count: CExpr): Expr {
  if (!hasStepOfItsOwn(l, e)) return num(0);
  assert(count.kind === 'number', 'a constant number of choices');
  const into = l.temp(e, e.type);
  l.emit(e.at, [{}], {
    step: 'choose',
    choice: { count: Number(count.value), into },
  });
  return getVar(into);
}

/** Takes the first never-used member, or any freed one. */
function alloc(l: Lowering, e: BuiltinCall, pool: PoolInfo): Expr {
  if (!hasStepOfItsOwn(l, e)) return num(0);
  const into = l.temp(e, e.type);
  const choice = l.temp(e, { kind: 'int', bits: 32, signed: true, name: 'int' }, 1);
  const is = (i: number, state: number): Expr => equals(getVar(must(pool.states[i], 'state')), state);
  const edges = pool.members.map((first, i): Jump => {
    const unused = both(
      is(i, POOL_STATES.unused),
      ...pool.members.slice(0, i).map((_, j) => not(is(j, POOL_STATES.unused))),
    );
    const take: Assign[] = [
      { to: { base: must(pool.states[i], 'state') }, value: num(POOL_STATES.allocated) },
      { to: { base: into }, value: pointerTo(first) },
    ];
    const forget = pool.typeStable ? [] : Array.from({ length: pool.size }, (_, k) => blank(l, first + k));
    return {
      when: both(equals(getVar(choice), i), either(is(i, POOL_STATES.freed), unused)),
      do: [...take, ...forget],
    };
  });
  const full = both(equals(getVar(choice), 0), ...pool.members.map((_, i) => is(i, POOL_STATES.allocated)));
  const message = `the pool ${pool.name} is empty: all ${pool.members.length} objects are allocated; enlarge the array`;
  edges.push({ when: full, fail: { kind: 'limit', message } });
  l.emit(e.at, edges, {
    step: 'alloc',
    choice: { count: pool.members.length, into: choice },
  });
  return getVar(into);
}

/** A cell of a newly allocated object: not written yet; ghosts start from zero. */
function blank(l: Lowering, id: number): Assign {
  return { to: { base: id }, value: num(must(l.draft.vars[id], 'cell').ghost ? 0 : UNINIT) };
}

/** NULL is no object and nothing happens, as with kfree. */
function free(l: Lowering, e: BuiltinCall, given: Expr): Expr {
  const pointer = l.set(e.at, l.temp(e, must(e.args[0], 'pointer').type), given);
  const pools = [...l.draft.memory.pools.values()];
  const edges: Jump[] = [
    { when: not(truth(pointer)) },
    {
      when: { op: 'stale', a: pointer },
      fail: { kind: 'double-free', message: 'the object was freed already' },
    },
  ];
  for (const pool of pools) {
    for (const [i, first] of pool.members.entries()) {
      const state = must(pool.states[i], 'state');
      const here = same(pointer, pointerTo(first));
      const live = both(here, equals(getVar(state), POOL_STATES.allocated));
      const stale: Assign = {
        stale: pointerTo(first),
        size: pool.size,
        vars: l.draft.pointerVars(pool.type),
      };
      edges.push({ when: live, do: [{ to: { base: state }, value: num(POOL_STATES.freed) }, stale] });
    }
  }
  edges.push({ fail: { kind: 'double-free', message: 'not an allocated object of a pool' } });
  l.emit(e.at, edges, { step: l.mode === 'steps' ? 'free' : null });
  return num(0);
}

/** The first allocated member from number `from` on; NULL when there is none. */
function firstFrom(pool: PoolInfo, from: number): Expr {
  let chain: Expr = num(0);
  for (let i = pool.members.length - 1; i >= from; i--) {
    const test = equals(getVar(must(pool.states[i], 'state')), POOL_STATES.allocated);
    chain = { op: 'cond', test, a: pointerTo(must(pool.members[i], 'member')), b: chain };
  }
  return chain;
}

function nextAfter(pool: PoolInfo, pointer: Expr): Expr {
  let chain: Expr = num(0);
  for (const [i, first] of pool.members.entries()) {
    chain = { op: 'cond', test: same(pointer, pointerTo(first)), a: firstFrom(pool, i + 1), b: chain };
  }
  return chain;
}
