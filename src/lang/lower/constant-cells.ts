// SPDX-License-Identifier: GPL-2.0-only
// Owns the question which cells can change after the start. Reading one that cannot is local work, not a step.

import { must } from '../../base/assert.ts';
import type { CType, Expr, FunctionSym, LinkedModel } from '../ast.ts';
import { offsetOf, sizeOf, typeName } from './c-layout.ts';
import type { Memory, Reachable } from './memory.ts';
import { eachExpr, eachExprIn, initExprs } from '../walk.ts';
import type { VarId } from '../program.ts';

/**
 * Marks `constant` on every cell that no code a thread runs can write, and returns the scalars whose address is taken.
 * Flow-insensitive, by type: never wrong, rarely coarse.
 */
export function markConstantCells(model: LinkedModel, reachable: Reachable, memory: Memory): AddressedPlaces {
  const written = new Set<VarId>();
  const addressedPlaces = collectAddressed(model, reachable, memory);

  const write = (lvalue: Expr): void => {
    for (const [from, size] of cellsOf(lvalue, memory, addressedPlaces))
      for (let i = 0; i < size; i++) written.add(from + i);
  };
  const visit = (e: Expr): void => {
    switch (e.kind) {
      case 'assign':
      case 'assign-op':
      case 'increment':
        return write(e.to);
      case 'builtin':
        switch (e.name) {
          case 'WRITE_ONCE':
            return write(must(e.args[0], 'lvalue'));
          case 'smp_store_release':
          case 'xchg':
          case 'cmpxchg': {
            const pointer = must(e.args[0], 'pointer');
            if (pointer.type.kind === 'pointer')
              write({ kind: 'deref', pointer, type: pointer.type.to, at: e.at });
            return;
          }
          case 'alloc':
          case 'free':
            return poolChanges(e, memory, written);
          default:
            return;
        }
      default:
        return;
    }
  };
  for (const fn of reachable.run) if (fn.body) eachExprIn(fn.body, visit);
  for (const [id, v] of memory.vars.entries()) if (!written.has(id)) v.constant = true;
  return addressedPlaces;
}

/** alloc and free change the members' states; free also makes pointers stale, alloc forgets what a member held. */
function poolChanges(e: Expr & { kind: 'builtin' }, memory: Memory, written: Set<VarId>): void {
  const pools = e.pool ? [must(memory.pools.get(e.pool), e.pool.name)] : [...memory.pools.values()];
  for (const pool of pools) {
    for (const state of pool.states) written.add(state);
    if (e.name === 'alloc') {
      if (!pool.typeStable)
        for (const m of pool.members) for (let i = 0; i < pool.size; i++) written.add(m + i);
    } else {
      for (const id of pointersInto(memory, pool.type)) written.add(id);
    }
  }
}

/** Cells that may hold a pointer to an object of this type, or into one. */
export function pointersInto(memory: Memory, type: string): VarId[] {
  const inside = typesInside(memory, type);
  return [...memory.vars.keys()].filter((id) => {
    const shown = must(memory.vars[id], 'cell').shown;
    return shown.as === 'pointer' && (shown.to === 'void' || inside.has(shown.to));
  });
}

/** Names of all types that lie within objects of a type, itself included. */
export function typesInside(memory: Memory, type: string): ReadonlySet<string> {
  const inside = new Set<string>();
  for (const outer of memory.targetsByType.get(type) ?? []) {
    for (const t of memory.targets)
      if (t.first >= outer.first && t.first + t.size <= outer.first + outer.size) inside.add(t.type);
    break; // all objects of one type look alike
  }
  return inside;
}

type Range = readonly [from: VarId, size: number];

/** By type name: what a pointer to a scalar of this type may point at. */
export type AddressedPlaces = ReadonlyMap<string, readonly Range[]>;

/** Where an lvalue may lie: ranges of cells; none for locals. */
export function cellsOf(lvalue: Expr, memory: Memory, addressed: AddressedPlaces): readonly Range[] {
  const size = sizeOf(lvalue.type);
  const offset = (e: Expr): { roots: readonly VarId[] | 'scalar'; type: CType } => {
    switch (e.kind) {
      case 'name': {
        const first = memory.firstOf.get(e.sym);
        return { roots: first === undefined ? [] : [first], type: e.type };
      }
      case 'deref': {
        if (e.type.kind !== 'struct' && e.type.kind !== 'array') return { roots: 'scalar', type: e.type };
        return {
          roots: (memory.targetsByType.get(typeName(e.type)) ?? []).map((t) => t.first),
          type: e.type,
        };
      }
      case 'member': {
        const outer = offset(e.of);
        if (outer.roots === 'scalar' || e.of.type.kind !== 'struct') return { roots: [], type: e.type };
        const by = offsetOf(e.of.type.decl, e.field);
        return { roots: outer.roots.map((r) => r + by), type: e.type };
      }
      case 'index': {
        const outer = offset(e.of);
        if (outer.roots === 'scalar' || e.of.type.kind !== 'array') return { roots: [], type: e.type };
        const stride =
          e.of.kind === 'name' && memory.firstOf.has(e.of.sym)
            ? memory.strideOf(e.of.sym)
            : sizeOf(e.of.type.of);
        const length = e.of.type.length;
        return {
          roots: outer.roots.flatMap((r) => Array.from({ length }, (_, i) => r + i * stride)),
          type: e.type,
        };
      }
      default:
        return { roots: [], type: e.type };
    }
  };
  const { roots, type } = offset(lvalue);
  if (roots === 'scalar') return addressed.get(typeName(type)) ?? [];
  return roots.map((r) => [r, size] as const);
}

/** Scalars whose address is taken somewhere, by type: what `*p = …` can write. */
function collectAddressed(model: LinkedModel, reachable: Reachable, memory: Memory): AddressedPlaces {
  const found = new Map<string, Range[]>();
  const visit = (e: Expr): void => {
    if (e.kind !== 'address' || e.of.type.kind === 'struct' || e.of.type.kind === 'function') return;
    const name = typeName(e.of.type);
    const list = found.get(name) ?? [];
    list.push(...cellsOf(e.of, memory, new Map()));
    found.set(name, list);
  };
  const functions: ReadonlySet<FunctionSym> = reachable.functions;
  for (const fn of functions) if (fn.body) eachExprIn(fn.body, visit);
  for (const sym of model.globals)
    if (sym.init && memory.firstOf.has(sym)) for (const e of initExprs(sym.init)) eachExpr(e, visit);
  return found;
}
