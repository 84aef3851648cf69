// SPDX-License-Identifier: GPL-2.0-only
// Owns what can be judged only when all functions are known: recursion, purity of specification, what ordinary code
// may use, what an atomic function may call, and which operations invariants name.

import type { Expr, FunctionSym, Init, Span } from '../ast.ts';
import { type Call, type Fact, type Facts, factsOf } from './facts.ts';
import { sameType } from './c-types.ts';
import type { FunctionEntry, ModelSymbols } from '../declare/scope.ts';
import type { Reporter } from '../diagnostics/diagnostics.ts';
import { didYouMean } from '../diagnostics/suggest.ts';
import { initExprs } from '../walk.ts';

interface Edge {
  readonly to: FunctionSym;
  readonly at: Span;
  readonly spec: boolean;
}

export function checkGraph(symbols: ModelSymbols, reporter: Reporter): void {
  new Graph(symbols, reporter).check();
}

class Graph {
  readonly #symbols: ModelSymbols;
  readonly #reporter: Reporter;
  readonly #facts = new Map<FunctionSym, Facts>();
  readonly #edges = new Map<FunctionSym, readonly Edge[]>();
  /** Functions that static initialisers hold, by struct and field: "struct vm_operations_struct.nopage". */
  readonly #tables = new Map<string, Set<FunctionSym>>();
  readonly #addressed = new Set<FunctionSym>();

  constructor(symbols: ModelSymbols, reporter: Reporter) {
    this.#symbols = symbols;
    this.#reporter = reporter;
    for (const v of symbols.variables) if (v.sym.init) this.#readTable(v.sym.init, v.sym.type);
    for (const { sym } of symbols.functions) {
      if (!sym.body) continue;
      const facts = factsOf(sym.body);
      this.#facts.set(sym, facts);
      for (const fn of facts.addressed) this.#addressed.add(fn);
    }
    for (const [fn, facts] of this.#facts) this.#edges.set(fn, this.#edgesOf(facts));
  }

  check(): void {
    this.#recursion();
    this.#specification();
    this.#ordinary();
    this.#atomic();
    for (const entry of this.#symbols.functions) this.#invariant(entry);
  }

  #readTable(init: Init, type: Expr['type']): void {
    if (init.kind === 'struct' && type.kind === 'struct') {
      for (const [name, item] of init.items) {
        const field = type.decl.fields.find((f) => f.name === name);
        if (!field) continue;
        if (item.kind !== 'expr') {
          this.#readTable(item, field.type);
          continue;
        }
        for (const e of initExprs(item)) {
          if (e.kind !== 'function') continue;
          const key = `${type.decl.name}.${name}`;
          const set = this.#tables.get(key) ?? new Set();
          this.#tables.set(key, set.add(e.fn));
          this.#addressed.add(e.fn);
        }
      }
    }
    if (init.kind === 'array' && type.kind === 'array')
      for (const item of init.items.values()) this.#readTable(item, type.of);
  }

  #edgesOf(facts: Facts): Edge[] {
    const direct = facts.calls.map((c: Call): Edge => ({ to: c.fn, at: c.at, spec: c.spec }));
    const indirect = facts.indirect.flatMap((c) =>
      this.#candidates(c.callee).map((to): Edge => ({ to, at: c.at, spec: c.spec })),
    );
    return [...direct, ...indirect];
  }

  #candidates(callee: Expr): FunctionSym[] {
    if (callee.kind === 'member' && callee.of.type.kind === 'struct') {
      return [...(this.#tables.get(`${callee.of.type.decl.name}.${callee.field.name}`) ?? [])];
    }
    const { type } = callee;
    return [...this.#addressed].filter((fn) => {
      const own = { kind: 'function' as const, returns: fn.returns, params: fn.params.map((p) => p.type) };
      return type.kind === 'pointer' && sameType(type.to, own);
    });
  }

  #recursion(): void {
    const done = new Set<FunctionSym>();
    const path: FunctionSym[] = [];
    const visit = (fn: FunctionSym): void => {
      if (done.has(fn)) return;
      path.push(fn);
      for (const edge of this.#edges.get(fn) ?? []) {
        const from = path.indexOf(edge.to);
        if (from < 0) {
          visit(edge.to);
          continue;
        }
        const cycle = [...path.slice(from), edge.to].map((f) => f.name).join(' -> ');
        this.#reporter.error(
          { at: edge.at },
          {
            message: `recursion is not in the subset: ${cycle}`,
            reason: 'every thread is inlined to flat code, so that its place is one number',
            hint: 'write it as a loop',
          },
        );
      }
      path.pop();
      done.add(fn);
    };
    for (const fn of this.#edges.keys()) visit(fn);
  }

  /** Functions reached from `roots` by edges that pass; with the call that leads to each. */
  #reach(
    roots: readonly { fn: FunctionSym; at: Span | undefined }[],
    pass: (e: Edge) => boolean,
  ): Map<FunctionSym, Span | undefined> {
    const reached = new Map<FunctionSym, Span | undefined>();
    const queue = [...roots];
    for (let next = queue.shift(); next; next = queue.shift()) {
      if (reached.has(next.fn)) continue;
      reached.set(next.fn, next.at);
      for (const e of this.#edges.get(next.fn) ?? []) if (pass(e)) queue.push({ fn: e.to, at: e.at });
    }
    return reached;
  }

  /** Invariants, and what assert and ghosts look at, must change nothing and take no step. */
  #specification(): void {
    const reason = 'specification is evaluated between steps, in any state, and must leave no trace';
    const roots: { fn: FunctionSym; at: Span | undefined }[] = [];
    for (const [fn, facts] of this.#facts) {
      if (fn.invariant) roots.push({ fn, at: undefined });
      for (const e of this.#edges.get(fn) ?? []) if (e.spec) roots.push({ fn: e.to, at: e.at });
      for (const f of facts.specEffects) {
        this.#reporter.error(
          { at: f.at },
          { message: `specification must be pure: ${f.what}`, reason, hint: 'do it in a statement before' },
        );
      }
    }
    for (const [fn, at] of this.#reach(roots, () => true)) {
      const facts = this.#facts.get(fn);
      if (!facts) continue;
      const via = at ? [{ text: `'${fn.name}' is called from specification here`, at }] : [];
      // Of the prelude's functions the call is to blame, not their insides.
      if (fn.opaque && at) {
        const [effect] = facts.effects;
        if (effect)
          this.#reporter.error(
            { at },
            { message: `specification must be pure: '${fn.name}' is a step`, reason },
          );
        continue;
      }
      for (const f of facts.effects) {
        const hint = f.what.includes('assert')
          ? 'return false, or call violated()'
          : 'only look at the state, and compute in locals';
        this.#reporter.error(
          { at: f.at },
          { message: `specification must be pure: ${f.what}`, reason, hint, notes: via },
        );
      }
    }
  }

  /** What only specification may do must not be reached by what threads run. */
  #ordinary(): void {
    const starts = (fn: FunctionSym): boolean =>
      fn.thread !== undefined || fn.operation || this.#addressed.has(fn);
    const roots = [...this.#facts.keys()].filter(starts).map((fn) => ({ fn, at: undefined }));
    for (const [fn, at] of this.#reach(roots, (e) => !e.spec)) {
      if (fn.invariant) {
        const message = `the invariant '${fn.name}' is called by ordinary code`;
        this.#reporter.error(
          { at: at ?? fn.at },
          { message, hint: 'use it in assert(), or write an ordinary function' },
        );
      }
      if (fn.invariant || this.#isPrelude(fn)) continue;
      for (const f of this.#facts.get(fn)?.specOnly ?? []) {
        const note = at ? [{ text: `'${fn.name}' is called by ordinary code here`, at }] : [];
        this.#reporter.error(
          { at: f.at },
          {
            message: `${f.what} by ordinary code`,
            reason:
              'ghosts and the life of objects exist for the specification only: the machine knows nothing of them',
            hint: 'use it in an invariant, in assert(), or in what is assigned to a ghost',
            notes: note,
          },
        );
      }
    }
  }

  /** An atomic function is one step: nothing in it may wait. */
  #atomic(): void {
    for (const fn of this.#facts.keys()) {
      if (!fn.atomic || this.#isPrelude(fn)) continue;
      for (const e of this.#edges.get(fn) ?? []) {
        const waits = this.#waits(e.to, new Set());
        if (!waits) continue;
        this.#reporter.error(
          { at: e.at },
          {
            message: `'${e.to.name}' may block, and '${fn.name}' is [[mm::atomic]]`,
            reason: 'an atomic function is one step: either all of it happens, or nothing',
            hint: 'take the lock outside, or leave [[mm::atomic]] out',
          },
        );
      }
    }
  }

  #waits(fn: FunctionSym, seen: Set<FunctionSym>): Fact | undefined {
    if (seen.has(fn)) return undefined;
    seen.add(fn);
    const own = this.#facts.get(fn)?.blocks[0];
    if (own) return own;
    for (const e of this.#edges.get(fn) ?? []) {
      const found = this.#waits(e.to, seen);
      if (found) return found;
    }
    return undefined;
  }

  #isPrelude(fn: FunctionSym): boolean {
    return this.#symbols.prelude === fn.at.file;
  }

  #invariant(entry: FunctionEntry): void {
    const { invariant } = entry.sym;
    if (!invariant) return;
    const known = this.#symbols.functions;
    const operations = invariant.operations.filter((name) => {
      const named = known.filter((f) => f.sym.name === name);
      if (named.some((f) => f.sym.operation || !f.sym.body))
        return named.some((f) => f.sym.operation && f.sym.body);
      const names = known.filter((f) => f.sym.operation).map((f) => f.sym.name);
      const [found] = named;
      if (found) {
        const message = `invariant ${invariant.name} names '${name}', which is no operation`;
        const notes = [{ text: 'defined here', at: found.sym.at }];
        this.#reporter.error(entry.declaredAt, {
          message,
          hint: `mark '${name}' with [[mm::operation]]`,
          notes,
        });
        return false;
      }
      const list =
        names.length > 0
          ? { hint: `operations are: ${names.join(', ')}` }
          : { hint: 'no function is marked [[mm::operation]]' };
      const meant = didYouMean(name, names);
      const message = `invariant ${invariant.name} names an unknown operation '${name}'`;
      this.#reporter.error(entry.declaredAt, { message, ...(meant.hint === undefined ? list : meant) });
      return false;
    });
    entry.sym.invariant = { ...invariant, operations };
  }
}
