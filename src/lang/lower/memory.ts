// SPDX-License-Identifier: GPL-2.0-only
// Owns the memory of a Program: which objects a model has, where their cells lie, what they hold at the start, and
// which of them no thread can ever write.

import { assert, must } from '../../base/assert.ts';
import type { CType, Expr, FunctionSym, Init, LinkedModel, VarSym } from '../ast.ts';
import { offsetOf, scalarsOf, shownAs, sizeOf, typeName } from './c-layout.ts';
import { addressValue } from './ir.ts';
import type { LockInfo, Num, ObjectInfo, PoolInfo, Target, Var, VarId } from '../program.ts';
import { eachExpr, eachExprIn, initExprs } from '../walk.ts';

/** A variable under construction: `constant` is known only when all code has been seen. */
export type CellVar = { -readonly [K in keyof Var]: Var[K] };

export interface Memory {
  readonly vars: CellVar[];
  readonly objects: readonly ObjectInfo[];
  readonly targets: readonly Target[];
  readonly pools: ReadonlyMap<VarSym, PoolInfo>;
  readonly locks: readonly LockInfo[];
  /** First variable of each global; arrays of objects: of element 0. */
  readonly firstOf: ReadonlyMap<VarSym, VarId>;
  /** Distance between elements of a global array: one more than the size in a pool (its state cell). */
  readonly strideOf: (sym: VarSym) => number;
  /** Value of a function pointer to each function whose address is taken: 1, 2, … */
  readonly functionValue: ReadonlyMap<FunctionSym, number>;
  readonly targetsByType: ReadonlyMap<string, readonly Target[]>;
}

export const POOL_STATES = { unused: 0, allocated: 1, freed: 2 } as const;

/** Lays out all globals that `roots` (threads, invariants) can reach. */
export function layOut(model: LinkedModel, reachable: Reachable): Memory {
  const functionValue = new Map([...reachable.addressed].map((fn, i) => [fn, i + 1]));
  const functionNames = Object.fromEntries([
    ['NULL', 0],
    ...[...functionValue].map(([fn, n]) => [fn.name, n]),
  ]) as Record<string, number>;
  const vars: CellVar[] = [];
  const objects: ObjectInfo[] = [];
  const targets: Target[] = [];
  const locks: LockInfo[] = [];
  const pools = new Map<VarSym, PoolInfo>();
  const firstOf = new Map<VarSym, VarId>();

  const addObject = (name: string, type: CType, sym: VarSym): VarId => {
    const first = vars.length;
    const object = objects.length;
    for (const s of scalarsOf(type)) {
      vars.push({
        name: name + s.path,
        shown: shownAs(s.type, functionNames),
        start: 0,
        ...(s.ghost || sym.ghost ? { ghost: true } : {}),
        ...((s.range ?? sym.range) ? { range: s.range ?? sym.range } : {}),
      } as CellVar);
    }
    objects.push({
      name,
      type: typeName(type),
      first,
      size: sizeOf(type),
      ...(type.kind === 'struct' && type.decl.word ? { word: true } : {}),
      ...(sym.pool ? { pool: sym.name } : {}),
    });
    addTargets(targets, locks, type, name, first, object);
    return first;
  };

  for (const sym of model.globals) {
    if (!reachable.globals.has(sym)) continue;
    const name = uniqueName(sym, objects);
    const { type } = sym;
    if (type.kind === 'array' && type.of.kind === 'struct') {
      const members: VarId[] = [];
      const states: VarId[] = [];
      for (let i = 0; i < type.length; i++) {
        members.push(addObject(`${name}[${i}]`, type.of, sym));
        if (!sym.pool) continue;
        states.push(vars.length);
        vars.push({ name: `${name}[${i}].__state`, shown: POOL_STATE_SHOWN, start: 0 });
      }
      firstOf.set(sym, must(members[0], 'an array with elements'));
      if (sym.pool) {
        const pool = {
          name,
          type: typeName(type.of),
          members,
          size: sizeOf(type.of),
          states,
          typeStable: sym.typeStable,
        };
        pools.set(sym, pool);
      }
    } else {
      firstOf.set(sym, addObject(name, type, sym));
    }
  }

  const strideOf = (sym: VarSym): number => {
    assert(sym.type.kind === 'array', `${sym.name} is an array`);
    return sizeOf(sym.type.of) + (sym.pool ? 1 : 0);
  };
  const targetsByType = new Map<string, Target[]>();
  for (const t of targets) {
    const list = targetsByType.get(t.type) ?? [];
    list.push(t);
    targetsByType.set(t.type, list);
  }
  const memory: Memory = {
    vars,
    objects,
    targets,
    pools,
    locks,
    firstOf,
    strideOf,
    functionValue,
    targetsByType,
  };
  for (const sym of firstOf.keys()) setStart(memory, sym);
  return memory;
}

/** Statics of two files may share a name: the second is called "truncate.c:lock". */
function uniqueName(sym: VarSym, objects: readonly ObjectInfo[]): string {
  const name = sym.storage === 'static-local' ? `${sym.fn}.${sym.unique}` : sym.name;
  const taken = objects.some((o) => o.name === name || o.name.startsWith(`${name}[`));
  return taken ? `${sym.at.file.replace(/^.*\//, '')}:${name}` : name;
}

const POOL_STATE_SHOWN = { as: 'enum', name: 'pool state', names: POOL_STATES } as const;

function addTargets(
  targets: Target[],
  locks: LockInfo[],
  type: CType,
  path: string,
  first: VarId,
  object: number,
): void {
  const word = type.kind === 'struct' && type.decl.word ? { word: true as const } : {};
  targets.push({ first, size: sizeOf(type), type: typeName(type), path, object, ...word });
  if (type.kind === 'array') {
    const size = sizeOf(type.of);
    for (let i = 0; i < type.length; i++)
      addTargets(targets, locks, type.of, `${path}[${i}]`, first + i * size, object);
  } else if (type.kind === 'struct') {
    if (type.decl.lock) locks.push(lockAt(type, path, first));
    for (const field of type.decl.fields) {
      addTargets(
        targets,
        locks,
        field.type,
        `${path}.${field.name}`,
        first + offsetOf(type.decl, field),
        object,
      );
    }
  }
}

function lockAt(type: CType & { kind: 'struct' }, path: string, first: VarId): LockInfo {
  const parts = { owner: [] as VarId[], readers: [] as VarId[], queue: [] as VarId[] };
  const collect = (inner: CType & { kind: 'struct' }, at: VarId): void => {
    for (const field of inner.decl.fields) {
      const start = at + offsetOf(inner.decl, field);
      if (field.part) for (let i = 0; i < sizeOf(field.type); i++) parts[field.part].push(start + i);
      else if (field.type.kind === 'struct') collect(field.type, start);
    }
  };
  collect(type, first);
  return {
    first,
    size: sizeOf(type),
    type: typeName(type),
    path,
    ...(parts.owner[0] === undefined ? {} : { owner: parts.owner[0] }),
    ...(parts.readers.length ? { readers: parts.readers } : {}),
    ...(parts.queue.length ? { queue: parts.queue } : {}),
  };
}

/** Writes the start values that the initialiser of a global gives. */
function setStart(memory: Memory, sym: VarSym): void {
  const first = must(memory.firstOf.get(sym), sym.name);
  const pool = memory.pools.get(sym);
  const set = (type: CType, init: Init, at: VarId, outermost: boolean): void => {
    if (init.kind === 'expr') {
      must(memory.vars[at], 'cell').start = constantValue(memory, init.expr);
    } else if (init.kind === 'array') {
      assert(type.kind === 'array', 'array initialiser of an array');
      const stride = outermost ? memory.strideOf(sym) : sizeOf(type.of);
      for (const [i, item] of init.items) {
        set(type.of, item, at + i * stride, false);
        const state = outermost ? pool?.states[i] : undefined;
        if (state !== undefined) must(memory.vars[state], 'pool state').start = POOL_STATES.allocated;
      }
    } else {
      assert(type.kind === 'struct', 'struct initialiser of a struct');
      for (const [name, item] of init.items) {
        const field = must(
          type.decl.fields.find((f) => f.name === name),
          name,
        );
        set(field.type, item, at + offsetOf(type.decl, field), false);
      }
    }
  };
  if (sym.init) set(sym.type, sym.init, first, true);
}

/** The value of a constant expression: a number, the address of a global, a function. `check` has refused all else. */
function constantValue(memory: Memory, e: Expr): Num {
  switch (e.kind) {
    case 'number':
      return e.value;
    case 'cast':
      return constantValue(memory, e.a);
    case 'function':
      return must(memory.functionValue.get(e.fn), e.fn.name);
    case 'address':
      return e.of.kind === 'function'
        ? constantValue(memory, e.of)
        : addressValue(constantPlace(memory, e.of));
    default:
      throw new Error(`not a constant: ${e.kind}`);
  }
}

function constantPlace(memory: Memory, e: Expr): VarId {
  switch (e.kind) {
    case 'name':
      return must(memory.firstOf.get(e.sym), e.sym.name);
    case 'member':
      assert(e.of.type.kind === 'struct', 'member of a struct');
      return constantPlace(memory, e.of) + offsetOf(e.of.type.decl, e.field);
    case 'index': {
      assert(e.of.type.kind === 'array' && e.index.kind === 'number', 'constant subscript');
      const stride = e.of.kind === 'name' ? memory.strideOf(e.of.sym) : sizeOf(e.of.type.of);
      return constantPlace(memory, e.of) + Number(e.index.value) * stride;
    }
    default:
      throw new Error(`not a constant place: ${e.kind}`);
  }
}

/** What threads and invariants can reach: unreached code and globals are not part of a Program. */
export interface Reachable {
  readonly functions: ReadonlySet<FunctionSym>;
  /** Of these, functions that some thread runs (not only invariants). */
  readonly run: ReadonlySet<FunctionSym>;
  readonly globals: ReadonlySet<VarSym>;
  /** Functions whose address is taken in what is reached. */
  readonly addressed: ReadonlySet<FunctionSym>;
}

export function reach(model: LinkedModel): Reachable {
  const run = new Set<FunctionSym>();
  const functions = new Set<FunctionSym>();
  const globals = new Set<VarSym>();
  const addressed = new Set<FunctionSym>();

  const visitExpr = (into: Set<FunctionSym>) => (e: Expr) => {
    if (e.kind === 'call') visitFunction(e.fn, into);
    else if (e.kind === 'name') visitGlobal(e.sym, into);
    else if (e.kind === 'builtin' && e.pool) visitGlobal(e.pool, into);
    else if (e.kind === 'function') {
      addressed.add(e.fn);
      visitFunction(e.fn, into);
    }
  };
  const visitFunction = (fn: FunctionSym, into: Set<FunctionSym>): void => {
    if (into.has(fn)) return;
    into.add(fn);
    functions.add(fn);
    if (fn.body) eachExprIn(fn.body, visitExpr(into));
  };
  const visitGlobal = (sym: VarSym, into: Set<FunctionSym>): void => {
    if (sym.storage !== 'global' && sym.storage !== 'static-local') return;
    if (globals.has(sym)) return;
    globals.add(sym);
    if (sym.init) for (const e of initExprs(sym.init)) eachExpr(e, visitExpr(into));
  };
  for (const fn of model.functions) if (fn.thread) visitFunction(fn, run);
  const spec = new Set<FunctionSym>();
  for (const fn of model.functions) if (fn.invariant) visitFunction(fn, spec);
  return { functions, run, globals, addressed };
}
