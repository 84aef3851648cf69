// SPDX-License-Identifier: GPL-2.0-only
// Owns what one function does that its callers must know: calls, effects, blocking, and what only specification may do.

import { eachStmt, exprsOf, initExprs, operandsOf } from '../walk.ts';
import type { Expr, FunctionSym, Span, Stmt } from '../ast.ts';

export interface Call {
  readonly fn: FunctionSym;
  readonly at: Span;
  /** Inside an assert, or in what is assigned to a ghost. */
  readonly spec: boolean;
}

export interface IndirectCall {
  readonly callee: Expr;
  readonly at: Span;
  readonly spec: boolean;
}

/** Something at a place, with a few words for it: "stale()", "'x' is assigned". */
export interface Fact {
  readonly what: string;
  readonly at: Span;
}

export interface Facts {
  readonly calls: Call[];
  readonly indirect: IndirectCall[];
  /** Used outside assert and ghost assignments, but only specification may: a mistake if ordinary code gets here. */
  readonly specOnly: Fact[];
  /** Why the function is not pure. */
  readonly effects: Fact[];
  /** Effects inside an assert or in what is assigned to a ghost: wrong wherever they stand. */
  readonly specEffects: Fact[];
  readonly blocks: Fact[];
  /** Functions whose address is taken. */
  readonly addressed: Set<FunctionSym>;
}

const SPEC_ONLY = new Set(['violated', 'stale', 'pool_first', 'pool_next']);
const EFFECTS = new Set([
  'choose', 'alloc', 'free', 'assert', 'BUG', 'expose', 'WRITE_ONCE', 'smp_load_acquire', 'smp_store_release', 'xchg',
  'cmpxchg', 'smp_mb', 'smp_rmb', 'smp_wmb', '__await', '__event', '__order', '__fail',
]); // prettier-ignore

export function factsOf(body: Stmt): Facts {
  return new Collector().collect(body);
}

class Collector {
  readonly #facts: Facts = {
    calls: [],
    indirect: [],
    specOnly: [],
    effects: [],
    specEffects: [],
    blocks: [],
    addressed: new Set(),
  };

  collect(body: Stmt): Facts {
    eachStmt(body, (s) => {
      if (s.kind === 'expr') this.#top(s.expr);
      else if (s.kind === 'for') {
        if (s.test) this.#read(s.test, false);
        if (s.step) this.#top(s.step);
      } else if (s.kind === 'declare' && s.sym.ghost && s.init)
        for (const e of initExprs(s.init)) this.#read(e, true);
      else for (const e of exprsOf(s)) this.#read(e, false);
    });
    return this.#facts;
  }

  /** An expression whose value is not used. */
  #top(e: Expr): void {
    if (e.kind === 'comma') {
      this.#top(e.a);
      this.#top(e.b);
    } else if (isWrite(e) && isGhost(e.to)) this.#ghostWrite(e);
    else if (e.kind === 'cast' && e.type.kind === 'void') this.#top(e.a);
    else this.#read(e, false);
  }

  #ghostWrite(e: Expr & { kind: 'assign' | 'assign-op' | 'increment' }): void {
    this.#effect('a ghost is written', e.at, false);
    if (e.kind !== 'increment') this.#read(e.value, true);
    this.#place(e.to, true);
  }

  /** An expression whose value is used; `spec`: by specification. */
  #read(e: Expr, spec: boolean): void {
    const facts = this.#facts;
    switch (e.kind) {
      case 'name':
        if (e.sym.ghost) this.#specOnly(`the ghost '${e.sym.name}' is read`, e.at, spec);
        return;
      case 'member':
        if (isGhost(e)) this.#specOnly(`the ghost '${e.field.name}' is read`, e.at, spec);
        this.#place(e, spec);
        return;
      case 'index':
        if (isGhost(e)) this.#specOnly('a ghost is read', e.at, spec);
        this.#place(e, spec);
        return;
      case 'address':
        if (isGhost(e.of)) this.#specOnly('the address of a ghost is taken', e.at, spec);
        this.#place(e.of, spec);
        return;
      case 'assign':
      case 'assign-op':
      case 'increment':
        if (isGhost(e.to)) this.#specOnly('the value of a ghost is used', e.at, spec);
        if (!isLocal(e.to))
          this.#effect(isGhost(e.to) ? 'a ghost is written' : 'shared memory is written', e.at, spec);
        if (e.kind !== 'increment') this.#read(e.value, spec);
        this.#place(e.to, spec);
        return;
      case 'function':
        facts.addressed.add(e.fn);
        return;
      case 'call':
        facts.calls.push({ fn: e.fn, at: e.at, spec });
        break;
      case 'call-indirect':
        facts.indirect.push({ callee: e.callee, at: e.at, spec });
        break;
      case 'builtin':
        this.#builtin(e, spec);
        return;
      default:
    }
    for (const inner of operandsOf(e)) this.#read(inner, spec);
  }

  #builtin(e: Expr & { kind: 'builtin' }, spec: boolean): void {
    const { args } = e;
    if (SPEC_ONLY.has(e.name)) this.#specOnly(`${e.name}() is used`, e.at, spec);
    if (e.name === '__await') this.#facts.blocks.push({ what: 'it waits', at: e.at });
    if (EFFECTS.has(e.name)) this.#effect(`${e.name}() is called`, e.at, spec);
    if (e.name === 'assert') {
      for (const a of args) this.#read(a, true);
      return;
    }
    const [first, ...rest] = args;
    if (e.name === 'WRITE_ONCE' && first) {
      this.#place(first, spec);
      for (const a of rest) this.#read(a, spec || isGhost(first));
      return;
    }
    for (const a of args) this.#read(a, spec);
  }

  /** What finding a place reads. */
  #place(e: Expr, spec: boolean): void {
    switch (e.kind) {
      case 'name':
        return;
      case 'deref':
        this.#read(e.pointer, spec);
        return;
      case 'member':
        this.#place(e.of, spec);
        return;
      case 'index':
        this.#place(e.of, spec);
        this.#read(e.index, spec);
        return;
      default:
        this.#read(e, spec);
    }
  }

  #specOnly(what: string, at: Span, spec: boolean): void {
    if (!spec) this.#facts.specOnly.push({ what, at });
  }

  #effect(what: string, at: Span, spec: boolean): void {
    (spec ? this.#facts.specEffects : this.#facts.effects).push({ what, at });
  }
}

function isWrite(e: Expr): e is Expr & { kind: 'assign' | 'assign-op' | 'increment' } {
  return e.kind === 'assign' || e.kind === 'assign-op' || e.kind === 'increment';
}

function isGhost(e: Expr): boolean {
  switch (e.kind) {
    case 'name':
      return e.sym.ghost;
    case 'member':
      return e.field.ghost || isGhost(e.of);
    case 'index':
      return isGhost(e.of);
    default:
      return false;
  }
}

/** A local of the function itself (not what a pointer leads to). */
function isLocal(e: Expr): boolean {
  switch (e.kind) {
    case 'name':
      return e.sym.storage === 'local' || e.sym.storage === 'param';
    case 'member':
    case 'index':
      return isLocal(e.of);
    default:
      return false;
  }
}
