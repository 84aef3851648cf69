// SPDX-License-Identifier: GPL-2.0-only
// Owns what is known of variables at each place of the code, by the text of the Program alone, before any search: what a
// pointer can point at, never too little; and the value, where it can only be one.

import { must } from '../../base/assert.ts';
import {
  END,
  POINTER_BASE,
  type Assign,
  type Edge,
  type Expr,
  type Node,
  type Num,
  type Pc,
  type Place,
  type Program,
  type VarId,
} from '../../lang/program.ts';
import { Addresses, targetOf } from '../../machine/addresses.ts';
import { evaluateKnown } from './known-value.ts';

export type Targets = ReadonlySet<VarId>;
const NOTHING: Targets = new Set();

/** A piece of flat code with variables of its own: a thread or an invariant. */
interface Code {
  readonly code: readonly Node[];
  readonly entry: Pc;
  readonly locals: readonly [VarId, VarId];
}

/**
 * For locals the order of the code counts, for cells it does not: anybody may have written them at any time. A cell is
 * held to keep its first value until somebody is found to come to where it is written with another, so that code which
 * nobody comes to does not count (Wegman and Zadeck, TOPLAS 13(2), 1991). Cost: a few rounds over the code.
 */
export class PointsTo {
  readonly #program: Program;
  readonly #addresses: Addresses;
  readonly #cells: Set<VarId>[];
  /** By cell: its only value; undefined when it has several. */
  readonly #only: (Num | undefined)[];
  readonly #at: (readonly (View | undefined)[])[] = [];
  #isChanged = true;

  constructor(program: Program) {
    this.#program = program;
    this.#addresses = new Addresses(program);
    this.#cells = program.vars.slice(0, program.cells).map(({ start }) => new Set(this.constant(start)));
    this.#only = program.vars.slice(0, program.cells).map(({ start }) => plain(start));
    const invariants = program.invariants.map((invariant) => ({ ...invariant, locals: invariant.scratch }));
    while (this.#isChanged) {
      this.#isChanged = false;
      this.#at.length = 0;
      for (const code of [...program.threads, ...invariants]) this.#at.push(this.#flow(code));
    }
  }

  /** What is known when a thread comes to a node; undefined when it never does. */
  inThread(thread: number, pc: Pc): View | undefined {
    return this.#at[thread]?.[pc];
  }

  inInvariant(invariant: number, pc: Pc): View | undefined {
    return this.#at[this.#program.threads.length + invariant]?.[pc];
  }

  /** What a cell can point at. */
  cell(id: VarId): Targets {
    return this.#cells[id] ?? NOTHING;
  }

  isCell(id: VarId): boolean {
    return id < this.#program.cells;
  }

  /** The value that a cell has at all times. */
  onlyValue(id: VarId): Num | undefined {
    return this.#only[id];
  }

  /** Somebody may come to where this is written. */
  noteCell(id: VarId, targets: Targets, value: Num | undefined): void {
    const known = must(this.#cells[id], 'a cell');
    const before = known.size;
    for (const target of targets) known.add(target);
    if (known.size > before) this.#isChanged = true;
    if (this.#only[id] === undefined || this.#only[id] === value) return;
    this.#only[id] = undefined;
    this.#isChanged = true;
  }

  /** Those of the variables where an object of the type stands: others are trouble, and nothing is accessed. */
  valid(ids: readonly VarId[], of: string | undefined): readonly VarId[] {
    const valid = of === undefined ? null : this.#addresses.validFor(of);
    const isKnown = (id: VarId): boolean => id >= 0 && id < this.#program.vars.length;
    return ids.filter((id) => isKnown(id) && (valid === null || !this.isCell(id) || valid[id] === 1));
  }

  /** An integer that happens to look like an address does no harm. */
  constant(value: unknown): readonly VarId[] {
    if (typeof value !== 'number' || value < 2 * POINTER_BASE) return [];
    const target = targetOf(value);
    return target < this.#program.vars.length ? [target] : [];
  }

  #flow({ code, entry, locals: [from, to] }: Code): readonly (View | undefined)[] {
    const start = new Map<VarId, Targets>();
    const values = new Map<VarId, Num>();
    for (let id = from; id < to; id += 1) {
      const targets = this.constant(this.#program.vars[id]?.start);
      if (targets.length > 0) start.set(id, new Set(targets));
      const value = plain(this.#program.vars[id]?.start);
      if (value !== undefined) values.set(id, value);
    }
    const at: (View | undefined)[] = code.map(() => undefined);
    const todo: Pc[] = [];
    const arrive = (pc: Pc, view: View): void => {
      if (pc === END) return;
      const joined = at[pc]?.join(view) ?? view;
      if (joined === at[pc]) return;
      at[pc] = joined;
      todo.push(pc);
    };
    arrive(entry, new View(this, start, values));
    for (let pc = todo.pop(); pc !== undefined; pc = todo.pop()) {
      const node = must(code[pc], 'a node');
      const view = must(at[pc], 'a view').choosing(node);
      for (const edge of view.edgesOn(node)) arrive(edge.next, view.afterEdge(edge));
    }
    return at;
  }
}

/** What is known at one place of the code. Nobody changes a view but who has made a copy. */
export class View {
  readonly #all: PointsTo;
  readonly #locals: Map<VarId, Targets>;
  /** Of locals with one possible value. Addresses are none: a free may mark them at any time. */
  readonly #values: Map<VarId, Num>;

  constructor(all: PointsTo, locals: Map<VarId, Targets>, values: Map<VarId, Num>) {
    this.#all = all;
    this.#locals = locals;
    this.#values = values;
  }

  /** The value of an expression, where it can only be one. */
  value(e: Expr): Num | undefined {
    return evaluateKnown(e, (place) => {
      const places = this.places(place);
      const [id] = places;
      if (places.size !== 1 || id === undefined) return undefined;
      return this.#all.isCell(id) ? this.#all.onlyValue(id) : this.#values.get(id);
    });
  }

  /** The edges of a node that may be taken. */
  edgesOn({ edges }: Node): readonly Edge[] {
    const possible: Edge[] = [];
    for (const edge of edges) {
      const value = edge.when === null ? 1 : this.value(edge.when);
      if (value === 0) continue;
      possible.push(edge);
      if (value !== undefined) break;
    }
    return possible;
  }

  /** What is known once a node has made its choice. */
  choosing({ choice }: Node): View {
    if (choice === undefined) return this;
    const chosen = this.copy();
    chosen.#values.delete(choice.into);
    return chosen;
  }

  /** The variables that a pointer can lead to. */
  targets(e: Expr): Targets {
    switch (e.op) {
      case 'const':
        return new Set(this.#all.constant(e.value));
      case 'get':
      case 'copy':
        return union([...this.places(e.place)].map((id) => this.#of(id)));
      case 'addr':
        return this.#addresses(e.place);
      case 'back':
        return new Set([...this.targets(e.a)].map((id) => id - e.offset));
      case 'cast':
        return this.targets(e.a);
      case 'cond':
        return union([this.targets(e.a), this.targets(e.b)]);
      case 'unary':
      case 'binary':
      case 'same':
      case 'stale':
      case 'both':
      case 'either':
        return NOTHING;
    }
  }

  /** The variables that a place can denote. */
  places({ ptr, base, index, of }: Place): Targets {
    const first =
      ptr === undefined ? [base] : this.#all.valid([...this.targets(ptr)], of).map((id) => id + base);
    return this.#elements(first, index);
  }

  /**
   * What `&place` can point at. It is no access, so nobody asks whether such an object stands where the pointer leads:
   * container_of, and a member of what it gives, lead back to a list head that lies in no object of the type.
   */
  #addresses({ ptr, base, index }: Place): Targets {
    return this.#elements(ptr === undefined ? [base] : [...this.targets(ptr)].map((id) => id + base), index);
  }

  #elements(first: readonly VarId[], index: Place['index']): Targets {
    let found = first;
    for (const { value, stride, length } of index ?? []) {
      const known = this.value(value);
      const all = Array.from({ length }, (_, i) => i);
      const offsets = known === undefined ? all : all.filter((i) => i === known);
      found = found.flatMap((id) => offsets.map((i) => id + i * stride));
    }
    return new Set(found);
  }

  /** One of its own, to be brought from one assignment to the next by `perform`. */
  copy(): View {
    return new View(this.#all, new Map(this.#locals), new Map(this.#values));
  }

  /** What is known after an assignment: changes the view. */
  perform(assign: Assign): void {
    if ('stale' in assign) {
      this.#free(assign.vars);
      return;
    }
    const flowing = this.targets(assign.value);
    const value = plain(this.value(assign.value));
    const places = this.places(assign.to);
    for (const id of places) {
      if (this.#all.isCell(id)) {
        this.#all.noteCell(id, flowing, value);
        continue;
      }
      if (places.size > 1) this.#locals.set(id, union([this.#of(id), flowing]));
      else if (flowing.size > 0) this.#locals.set(id, flowing);
      else this.#locals.delete(id);
      if (places.size === 1 && value !== undefined) this.#values.set(id, value);
      else this.#values.delete(id);
    }
  }

  afterEdge(edge: Edge): View {
    const after = this.copy();
    for (const assign of edge.do) after.perform(assign);
    for (const id of edge.dead) {
      after.#locals.delete(id);
      after.#values.set(id, 0);
    }
    return after;
  }

  /** What is known where two ways meet; `this` when the other adds nothing. */
  join(other: View): View {
    let joined: View | null = null;
    for (const [id, targets] of other.#locals) {
      const known = this.#locals.get(id) ?? NOTHING;
      if (known === targets || [...targets].every((target) => known.has(target))) continue;
      joined ??= this.copy();
      joined.#locals.set(id, union([known, targets]));
    }
    for (const [id, value] of this.#values) {
      if (other.#values.get(id) === value) continue;
      joined ??= this.copy();
      joined.#values.delete(id);
    }
    return joined ?? this;
  }

  /** NULL is not marked, and values of locals are no addresses. */
  #free(vars: readonly VarId[]): void {
    for (const id of vars) {
      if (this.#all.isCell(id) && this.#all.cell(id).size > 0) this.#all.noteCell(id, NOTHING, undefined);
    }
  }

  #of(id: VarId): Targets {
    return this.#all.isCell(id) ? this.#all.cell(id) : (this.#locals.get(id) ?? NOTHING);
  }
}

function union(sets: readonly Targets[]): Targets {
  const [only] = sets;
  if (sets.length === 1 && only !== undefined) return only;
  const all = new Set<VarId>();
  for (const set of sets) for (const id of set) all.add(id);
  return all;
}

/** A value that may be relied on: no address, and not "never written". */
function plain(value: Num | undefined): Num | undefined {
  return typeof value === 'number' && value < 2 * POINTER_BASE ? value : undefined;
}
