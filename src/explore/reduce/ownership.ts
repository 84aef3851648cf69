// SPDX-License-Identifier: GPL-2.0-only
// Owns which locks a thread holds wherever it may stand, as the text of the Program shows it.

import { must } from '../../base/assert.ts';
import type { Assign, Expr, Node, Num, Pc, Program, VarId } from '../../lang/program.ts';
import { END } from '../../lang/program.ts';
import { isRest } from '../../machine/code.ts';
import { evaluateKnown } from './known-value.ts';
import type { PointsTo, View } from './points-to.ts';

/** What is known of the owner cells of locks, on every way to a place. */
interface Facts {
  /** The thread itself is the owner. */
  readonly own: ReadonlySet<VarId>;
  /** Nobody is. */
  readonly free: ReadonlySet<VarId>;
}

/** Facts on the ways on which the prelude's own variables have these values: "it was locked at once", say. */
interface Case extends Facts {
  readonly known: ReadonlyMap<VarId, Num>;
}

const NO_FACTS: Facts = { own: new Set(), free: new Set() };
/** Locks of these types are handed over with their owner cell set, and a thread that was granted one owns it. */
const GRANTED_WITH_OWNER = 'struct mutex';

/**
 * Follows owner cells through the code of each thread. A lock counts only where every write to its owner cell, by
 * whomever, is made by a thread that owns it or finds it free: then nobody can take it from its owner, and owning it
 * lasts from step to step. Cost: the size of the code, a few times.
 */
export class Ownership {
  readonly #program: Program;
  readonly #pointsTo: PointsTo;
  #owners: ReadonlySet<VarId>;
  #facts: (readonly (Facts | undefined)[])[] = [];

  constructor(program: Program, pointsTo: PointsTo) {
    this.#program = program;
    this.#pointsTo = pointsTo;
    this.#owners = new Set(program.locks.flatMap(({ owner }) => owner ?? []));
    for (let before = -1; before !== this.#owners.size;) {
      before = this.#owners.size;
      const robbed = new Set<VarId>();
      this.#facts = program.threads.map(({ entry }, thread) =>
        new Flow(this, program, thread, robbed).from(entry).map((cases) => cases && together(cases)),
      );
      this.#owners = new Set([...this.#owners].filter((owner) => !robbed.has(owner)));
    }
  }

  /** Owner cells of the locks that count. */
  get owners(): ReadonlySet<VarId> {
    return this.#owners;
  }

  /** Owner cells of the locks that the thread surely holds when it comes to a node. */
  heldAt(thread: number, pc: Pc): ReadonlySet<VarId> {
    return this.#facts[thread]?.[pc]?.own ?? NO_FACTS.own;
  }

  /** Whether the node lets a thread pass only if the lock is free. */
  waitsUntilFree(thread: number, pc: Pc, owner: VarId): boolean {
    const node = must(this.#program.threads[thread]?.code[pc], 'a node');
    const view = this.viewAt(thread, pc);
    const isFreeIf = (when: Expr | null): boolean =>
      when !== null && this.known(thread, when, true, NO_FACTS, view).free.has(owner);
    return node.step !== null && node.edges.every(({ when }) => isFreeIf(when));
  }

  viewAt(thread: number, pc: Pc): View {
    return must(this.#pointsTo.inThread(thread, pc), 'a node that can be reached');
  }

  /** The owner cell that a place surely denotes. */
  ownerAt(e: Expr, view: View): VarId | null {
    if (e.op === 'cast') return this.ownerAt(e.a, view);
    if (e.op !== 'get') return null;
    const places = view.places(e.place);
    const [only] = places;
    return places.size === 1 && only !== undefined && this.#owners.has(only) ? only : null;
  }

  /** The owner cells that an assignment may write. */
  written(assign: Assign, view: View): readonly VarId[] {
    if ('stale' in assign) return [];
    return [...view.places(assign.to)].filter((id) => this.#owners.has(id));
  }

  /** The owner cell of the lock that a grant is about, if being granted it means to own it. */
  granted({ step, lock }: Node, view: View): VarId | null {
    if (step !== 'grant' || lock === undefined) return null;
    const places = [...view.places(lock)];
    const info = this.#program.locks.find(({ first }) => first === places[0]);
    return places.length === 1 && info?.type === GRANTED_WITH_OWNER ? (info.owner ?? null) : null;
  }

  /** What else is known when the condition has come out so. */
  known(thread: number, e: Expr, outcome: boolean, facts: Facts, view: View): Facts {
    switch (e.op) {
      case 'unary':
        return e.fn === 'not' ? this.known(thread, e.a, !outcome, facts, view) : facts;
      case 'cast':
        return e.to === 'bool' ? this.known(thread, e.a, outcome, facts, view) : facts;
      case 'both':
      case 'either': {
        if ((e.op === 'both') !== outcome) return facts;
        const first = this.known(thread, e.a, outcome, facts, view);
        return this.known(thread, e.b, outcome, first, view);
      }
      case 'get': {
        const owner = this.ownerAt(e, view);
        return owner === null || outcome ? facts : isFree(facts, owner);
      }
      case 'binary': {
        if (e.fn !== (outcome ? 'eq' : 'ne')) return facts;
        const owner = this.ownerAt(e.a, view) ?? this.ownerAt(e.b, view);
        const other = e.a.op === 'const' ? e.a : e.b;
        if (owner === null || other.op !== 'const') return facts;
        if (other.value === 0) return isFree(facts, owner);
        return other.value === thread + 1 ? isOwn(facts, owner) : facts;
      }
      default:
        return facts;
    }
  }
}

/** The facts at each node of one thread's code. */
class Flow {
  readonly #ownership: Ownership;
  readonly #code: readonly Node[];
  readonly #isHidden: (id: VarId) => boolean;
  readonly #thread: number;
  /** Owner cells that somebody writes who neither owns the lock nor knows it to be free. */
  readonly #robbed: Set<VarId>;

  constructor(ownership: Ownership, program: Program, thread: number, robbed: Set<VarId>) {
    this.#ownership = ownership;
    this.#code = must(program.threads[thread], 'a thread').code;
    this.#isHidden = (id) => program.vars[id]?.hidden === true && program.vars[id]?.thread === thread;
    this.#thread = thread;
    this.#robbed = robbed;
  }

  /** Of each node the cases in which it is come to. */
  from(entry: Pc): readonly (readonly Case[] | undefined)[] {
    const at = this.#code.map(() => new Map<string, Case>());
    const todo: { pc: Pc; key: string }[] = [];
    const arrive = (pc: Pc, found: Case): void => {
      if (pc === END) return;
      const isPlaceOfRest = isRest(must(this.#code[pc], 'a node'));
      const here = isPlaceOfRest ? { ...found, free: NO_FACTS.free } : found;
      const cases = must(at[pc], 'cases');
      const key = [...here.known]
        .map(([id, value]) => `${id}=${value}`)
        .sort()
        .join();
      const before = cases.get(key);
      const joined = before === undefined ? here : { ...meet(before, here), known: here.known };
      if (before !== undefined && isSame(before, joined)) return;
      cases.set(key, joined);
      todo.push({ pc, key });
    };
    arrive(entry, { ...NO_FACTS, known: new Map() });
    for (let one = todo.pop(); one !== undefined; one = todo.pop())
      this.#leave(one.pc, must(at[one.pc]?.get(one.key), 'a case'), arrive);
    // Only now are the facts final: what was taken for a robbery on the way may be none, but not the other way round.
    at.forEach((cases, pc) => cases.forEach((found) => this.#leave(pc, found, () => {}, this.#robbed)));
    return at.map((cases) => (cases.size === 0 ? undefined : [...cases.values()]));
  }

  #leave(pc: Pc, found: Case, arrive: (pc: Pc, found: Case) => void, robbed?: Set<VarId>): void {
    const node = must(this.#code[pc], 'a node');
    const before = this.#ownership.viewAt(this.#thread, pc);
    const granted = this.#ownership.granted(node, before);
    const valueIn = (known: ReadonlyMap<VarId, Num>, e: Expr): Num | undefined =>
      evaluateKnown(e, ({ ptr, base, index }) =>
        ptr === undefined && index === undefined ? known.get(base) : undefined,
      );
    const after = (when: Expr | null, outcome: boolean, so: Facts): Facts =>
      when === null ? so : this.#ownership.known(this.#thread, when, outcome, so, before);
    let here: Facts = found;
    const possible = new Set(before.edgesOn(node));
    for (const edge of node.edges) {
      const { when, do: assigns, next, fail, dead } = edge;
      const outcome = when === null ? 1 : valueIn(found.known, when);
      if (possible.has(edge) && outcome !== 0) {
        let facts = after(when, true, here);
        const known = new Map(found.known);
        const view = before.copy();
        for (const assign of assigns) {
          facts = this.#assign(assign, facts, view, robbed);
          this.#remember(assign, known, valueIn);
          view.perform(assign);
        }
        for (const id of dead) known.delete(id);
        if (granted !== null) facts = isOwn(facts, granted);
        if (fail === undefined) arrive(next, { ...facts, known });
        if (outcome !== undefined) return;
      }
      here = after(when, false, here);
    }
  }

  /** Keeps what the prelude has told its caller apart: nothing else is worth a case of its own. */
  #remember(
    assign: Assign,
    known: Map<VarId, Num>,
    valueIn: (known: ReadonlyMap<VarId, Num>, e: Expr) => Num | undefined,
  ): void {
    if (!('to' in assign) || assign.to.ptr !== undefined) return;
    const value = valueIn(known, assign.value);
    const { base, index } = assign.to;
    if (index === undefined && this.#isHidden(base) && (value === 0 || value === 1)) known.set(base, value);
    else known.delete(base);
  }

  #assign(assign: Assign, facts: Facts, view: View, robbed: Set<VarId> | undefined): Facts {
    const written = this.#ownership.written(assign, view);
    let after = facts;
    for (const owner of written) {
      if (!facts.own.has(owner) && !facts.free.has(owner)) robbed?.add(owner);
      const value = 'value' in assign && assign.value.op === 'const' ? assign.value.value : null;
      const isOnly = written.length === 1;
      if (isOnly && value === this.#thread + 1) after = isOwn(after, owner);
      else if (isOnly && value === 0) after = isFree(after, owner);
      else after = { own: without(after.own, owner), free: without(after.free, owner) };
    }
    return after;
  }
}

function isOwn({ own, free }: Facts, owner: VarId): Facts {
  return { own: new Set([...own, owner]), free: without(free, owner) };
}

function isFree({ own, free }: Facts, owner: VarId): Facts {
  return { own: without(own, owner), free: new Set([...free, owner]) };
}

function without(set: ReadonlySet<VarId>, one: VarId): ReadonlySet<VarId> {
  return set.has(one) ? new Set([...set].filter((id) => id !== one)) : set;
}

function meet(a: Facts, b: Facts): Facts {
  const both = (x: ReadonlySet<VarId>, y: ReadonlySet<VarId>): ReadonlySet<VarId> =>
    new Set([...x].filter((id) => y.has(id)));
  return { own: both(a.own, b.own), free: both(a.free, b.free) };
}

/** What is known in all cases. */
function together(cases: readonly Case[]): Facts {
  const [first = NO_FACTS, ...others] = cases;
  return others.reduce<Facts>(meet, first);
}

function isSame(a: Facts, b: Facts): boolean {
  return a.own.size === b.own.size && a.free.size === b.free.size;
}
