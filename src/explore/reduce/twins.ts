// SPDX-License-Identifier: GPL-2.0-only
// Owns the proof that threads may be exchanged: their code is the same but for who they are, and who a thread is goes
// nowhere but into owners, queues and arrays with an element for each thread.

import { must } from '../../base/assert.ts';
import type { Assign, Edge, Expr, Node, Pc, Place, Program, VarId } from '../../lang/program.ts';
import { PointsTo, type View } from './points-to.ts';

/** Threads that may be exchanged, and what goes with each. */
export interface TwinGroup {
  /** Ascending. */
  readonly threads: readonly number[];
  /** For each of them its own locals, aligned: they are exchanged with the threads. */
  readonly locals: readonly (readonly VarId[])[];
  /**
   * The same of its own elements of arrays, for one subscript after the other: where both subscripts of an array are
   * threads, first the rows are to be exchanged, then the columns.
   */
  readonly elements: readonly (readonly (readonly VarId[])[])[];
}

export interface Twins {
  readonly groups: readonly TwinGroup[];
  /** Variables whose value says which thread: when threads are exchanged, so are these values. */
  readonly naming: readonly VarId[];
  /** For people: why threads that look alike are not exchanged. Empty when there are none. */
  readonly why: readonly string[];
}

/** What an expression says about threads: nothing, which thread, or its number as a subscript. */
type Kind = 'plain' | 'thread' | 'subscript';

/** Thrown on the way, and caught in `findTwins`: the reason why not. */
class Unlike extends Error {}

/** Finds the groups of a Program. Never wrong, but may miss some. Cost: the size of the code, a few times. */
export function findTwins(program: Program): Twins {
  const byCode = new Map<number, number[]>();
  program.threads.forEach(({ twins }, thread) => byCode.set(twins, [...(byCode.get(twins) ?? []), thread]));
  const candidates = [...byCode.values()].filter((threads) => threads.length > 1);
  const naming = program.vars.flatMap(({ shown }, id) => (shown.as === 'thread' ? [id] : []));
  if (candidates.length === 0) return { groups: [], naming, why: [] };
  try {
    const use = new ThreadUse(program, candidates);
    const groups = candidates.map((threads) => use.group(threads));
    return { groups, naming, why: [] };
  } catch (error) {
    if (error instanceof Unlike) return { groups: [], naming, why: [error.message] };
    throw error;
  }
}

/** By distance between the elements of one thread and the next: the variables of thread 0, be it a twin or not. */
type PerThread = Map<number, Set<VarId>>;

class ThreadUse {
  readonly #program: Program;
  readonly #pointsTo: PointsTo;
  /** Threads that are to be exchanged with others. */
  readonly #twins: ReadonlySet<number>;
  readonly #perThread: PerThread = new Map();
  /** Elements reached by other subscripts than a thread's number. */
  readonly #otherwise = new Set<VarId>();
  /** Constants in the code of twins that are the number of the very thread. */
  readonly numbers = new Set<Expr>();

  constructor(program: Program, candidates: readonly (readonly number[])[]) {
    this.#program = program;
    this.#pointsTo = new PointsTo(program);
    this.#twins = new Set(candidates.flat());
    for (const [first = 0, ...others] of candidates) {
      for (const other of others) new Likeness(program, first, other, this.numbers).check();
    }
    program.threads.forEach(({ code }, thread) =>
      code.forEach((node, pc) => {
        const view = this.#pointsTo.inThread(thread, pc);
        if (view !== undefined) new NodeUse(this, program, view, thread).node(node);
      }),
    );
    program.invariants.forEach(({ code }, invariant) =>
      code.forEach((node, pc) => {
        const view = this.#pointsTo.inInvariant(invariant, pc);
        if (view !== undefined) new NodeUse(this, program, view, null).node(node);
      }),
    );
    this.#checkElements();
    for (const { start, shown, name } of program.vars) {
      if (shown.as === 'thread' && typeof start === 'number' && this.isTwin(start - 1))
        throw new Unlike(`${name} names one of them from the start`);
    }
  }

  isTwin(thread: number): boolean {
    return this.#twins.has(thread);
  }

  /** An array with an element for each thread, if it is long enough. */
  noteSubscript(first: VarId, stride: number, length: number): void {
    if (length <= Math.max(...this.#twins))
      throw new Unlike(`${this.#nameOf(first)} has no element for some of them`);
    this.#perThread.set(stride, (this.#perThread.get(stride) ?? new Set()).add(first));
  }

  noteOtherwise(id: VarId): void {
    this.#otherwise.add(id);
  }

  group(threads: readonly number[]): TwinGroup {
    const { vars } = this.#program;
    const locals = threads.map((thread) => this.#localsOf(thread));
    const elements = [...this.#perThread].map(([stride, firsts]) =>
      threads.map((thread) => [...firsts].map((first) => first + thread * stride)),
    );
    for (const own of [locals, ...elements]) {
      for (const ids of own) {
        ids.forEach((id, i) => {
          const [here, there] = [vars[own[0]?.[i] ?? -1], vars[id]];
          if (here?.start !== there?.start)
            throw new Unlike(`${here?.name} and ${there?.name} start with different values`);
        });
      }
    }
    return { threads, locals, elements };
  }

  #localsOf(thread: number): readonly VarId[] {
    const [from, to] = must(this.#program.threads[thread], 'a thread').locals;
    return Array.from({ length: to - from }, (_, i) => from + i);
  }

  /**
   * Each element belongs to one thread, and is found by its number alone; or to two, when rows and columns are threads,
   * and then all that it can be exchanged with does.
   */
  #checkElements(): void {
    const twins = [...this.#twins];
    const ownedBy = new Map<number, Set<VarId>>();
    for (const [stride, firsts] of this.#perThread) {
      const all = [...firsts].flatMap((first) => twins.map((thread) => first + thread * stride));
      const owned = new Set(all);
      ownedBy.set(stride, owned);
      const other = all.find((id) => this.#otherwise.has(id));
      if (other !== undefined || owned.size < all.length) {
        const name = this.#nameOf(other ?? all[0] ?? -1);
        throw new Unlike(`${name} belongs to one thread, but is found by other means, too`);
      }
    }
    for (const [stride, firsts] of this.#perThread) {
      for (const [across, owned] of ownedBy) {
        for (const first of across === stride ? [] : firsts) {
          const both = twins.filter((thread) => owned.has(first + thread * stride));
          if (both.length > 0 && both.length < twins.length)
            throw new Unlike(`${this.#nameOf(first)} belongs to two threads, others of its array do not`);
        }
      }
    }
  }

  #nameOf(id: VarId): string {
    return this.#program.vars[id]?.name ?? 'a variable';
  }
}

/** How the nodes of one place of code use the numbers of threads. `thread`: whose code it is; null: an invariant's. */
class NodeUse {
  readonly #use: ThreadUse;
  readonly #program: Program;
  readonly #thread: number | null;
  #view: View;

  constructor(use: ThreadUse, program: Program, view: View, thread: number | null) {
    this.#use = use;
    this.#program = program;
    this.#view = view;
    this.#thread = thread;
  }

  node({ edges, lock }: Node): void {
    if (lock !== undefined) this.#place(lock);
    const before = this.#view;
    for (const edge of edges) {
      this.#view = before.copy();
      this.#edge(edge);
    }
  }

  #edge({ when, do: assigns }: Edge): void {
    if (when !== null) this.#truth(when);
    for (const assign of assigns) {
      this.#assign(assign);
      this.#view.perform(assign);
    }
  }

  #assign(assign: Assign): void {
    if ('stale' in assign) {
      this.#plain(assign.stale);
      return;
    }
    this.#place(assign.to);
    const isNaming = this.#isNaming(assign.to);
    const kind = isNaming && this.#isFixed(assign.value) ? 'thread' : this.#kind(assign.value);
    if (kind === 'subscript' || isNaming !== (kind === 'thread'))
      throw this.#unlike('which thread it is goes into', assign.to);
  }

  /** A constant that means the same whichever twins are exchanged, where a thread is meant: nobody, or no twin. */
  #isFixed(e: Expr): boolean {
    return e.op === 'const' && typeof e.value === 'number' && !this.#use.isTwin(e.value - 1);
  }

  #kind(e: Expr): Kind {
    switch (e.op) {
      case 'const':
        return this.#use.numbers.has(e) ? 'thread' : 'plain';
      case 'get':
      case 'copy':
        this.#place(e.place);
        return this.#isNaming(e.place) ? 'thread' : 'plain';
      case 'addr':
        this.#place(e.place);
        // An address of what belongs to a thread would have to be exchanged, too.
        if ((e.place.index ?? []).some(({ value }) => this.#isSubscript(value)))
          throw new Unlike('the address of what belongs to one thread is a value');
        return 'plain';
      case 'cast': {
        const kind = this.#kind(e.a);
        return e.to === 'bool' ? 'plain' : kind;
      }
      case 'unary': {
        const kind = this.#kind(e.a);
        if (kind !== 'plain' && !(kind === 'thread' && e.fn === 'not')) throw computed();
        return 'plain';
      }
      case 'binary':
        return this.#binary(e.fn, e.a, e.b);
      case 'both':
      case 'either':
        this.#truth(e.a);
        this.#truth(e.b);
        return 'plain';
      case 'cond': {
        this.#truth(e.test);
        const [a, b] = [this.#kind(e.a), this.#kind(e.b)];
        if (a !== b) throw computed();
        return a;
      }
      case 'same':
        this.#plain(e.a);
        this.#plain(e.b);
        return 'plain';
      case 'stale':
      case 'back':
        this.#plain(e.a);
        return 'plain';
    }
  }

  #binary(fn: string, a: Expr, b: Expr): Kind {
    const [left, right] = [this.#kind(a), this.#kind(b)];
    if (left === 'plain' && right === 'plain') return 'plain';
    if (left === 'subscript' || right === 'subscript') throw computed();
    if (fn === 'eq' || fn === 'ne') {
      if (!(left === 'thread' || this.#isFixed(a)) || !(right === 'thread' || this.#isFixed(b)))
        throw computed();
      return 'plain';
    }
    if (fn === 'sub' && left === 'thread' && b.op === 'const' && b.value === 1) return 'subscript';
    throw computed();
  }

  /** A condition: who a thread is may be asked for as "is there one". */
  #truth(e: Expr): void {
    if (this.#kind(e) === 'subscript') throw computed();
  }

  #plain(e: Expr): void {
    if (this.#kind(e) !== 'plain') throw computed();
  }

  #place(place: Place): void {
    const { ptr, base, of, index = [] } = place;
    if (ptr !== undefined) this.#plain(ptr);
    index.forEach(({ value, stride, length }, i) => {
      const kind = this.#isSubscript(value) ? 'subscript' : this.#kind(value);
      if (kind === 'thread') throw computed();
      const rest = index.filter((_, j) => j !== i);
      const firsts = this.#view.places({
        base,
        index: rest,
        ...(ptr === undefined ? {} : { ptr }),
        ...(of === undefined ? {} : { of }),
      });
      if (kind === 'subscript') for (const first of firsts) this.#use.noteSubscript(first, stride, length);
      else if (!this.#isHidden(value)) this.#noteAll(place);
    });
    if (index.length === 0) this.#noteAll(place);
  }

  #isSubscript(value: Expr): boolean {
    return this.#ownSubscript(value) || this.#kind(value) === 'subscript';
  }

  /** Elements reached otherwise; those of a thread that is not exchanged may be reached by its number. */
  #noteAll(place: Place): void {
    for (const id of this.#view.places(place)) this.#use.noteOtherwise(id);
  }

  /** "current - 1", of the thread whose code this is. */
  #ownSubscript(e: Expr): boolean {
    return (
      this.#thread !== null &&
      e.op === 'binary' &&
      e.fn === 'sub' &&
      (this.#use.numbers.has(e.a) || !this.#use.isTwin(this.#thread)) &&
      this.#view.value(e) === this.#thread
    );
  }

  /** The prelude's own loops look at all elements of an array alike, in whatever order. */
  #isHidden(e: Expr): boolean {
    switch (e.op) {
      case 'get':
        return [...this.#view.places(e.place)].every((id) => {
          const { hidden, name } = must(this.#program.vars[id], 'a variable');
          return hidden === true && name !== '__t'; // what the author's own subscripts are computed in
        });
      case 'cast':
        return this.#isHidden(e.a);
      case 'binary':
        return e.b.op === 'const' && this.#isHidden(e.a);
      default:
        return false;
    }
  }

  #isNaming(place: Place): boolean {
    const ids = [...this.#view.places(place)];
    const naming = ids.filter((id) => this.#program.vars[id]?.shown.as === 'thread');
    if (naming.length > 0 && naming.length < ids.length) throw computed();
    return naming.length > 0;
  }

  #unlike(what: string, place: Place): Unlike {
    const [id] = this.#view.places(place);
    return new Unlike(`${what} ${this.#program.vars[id ?? -1]?.name ?? 'a variable'}`);
  }
}

function computed(): Unlike {
  return new Unlike('the number of a thread is computed with');
}

/** Compares the code of two threads, which must be the same but for their variables and their numbers. */
class Likeness {
  readonly #program: Program;
  readonly #one: number;
  readonly #other: number;
  /** Where the constants that are their numbers are noted. */
  readonly #numbers: Set<Expr>;

  constructor(program: Program, one: number, other: number, numbers: Set<Expr>) {
    this.#program = program;
    this.#one = one;
    this.#other = other;
    this.#numbers = numbers;
  }

  check(): void {
    const one = must(this.#program.threads[this.#one], 'a thread');
    const other = must(this.#program.threads[this.#other], 'a thread');
    const size = ([from, to]: readonly [VarId, VarId]): number => to - from;
    const isAlike =
      one.code.length === other.code.length &&
      one.entry === other.entry &&
      one.daemon === other.daemon &&
      size(one.locals) === size(other.locals) &&
      one.code.every((node, pc: Pc) => this.#alike(node, other.code[pc]));
    if (!isAlike) throw new Unlike(`${one.name} and ${other.name} do not run the same code`);
  }

  /** Plain data, compared piece by piece. Where a variable or a thread's number stands, one is put for the other. */
  #alike(a: unknown, b: unknown, key = ''): boolean {
    if (Array.isArray(a)) {
      return Array.isArray(b) && a.length === b.length && a.every((x, i) => this.#alike(x, b[i], key));
    }
    if (typeof a === 'object' && a !== null) {
      if (typeof b !== 'object' || b === null) return false;
      if (this.#areNumbers(a as Expr, b as Expr)) return true;
      if (key === 'edges' && 'do' in a && 'do' in b) return this.#areEdges(a as Edge, b as Edge);
      const keys = Object.keys(a).filter((name) => name !== 'site' && name !== 'says');
      const others = Object.keys(b).filter((name) => name !== 'site' && name !== 'says');
      const get = (from: object, name: string): unknown => (from as Record<string, unknown>)[name];
      return (
        keys.length === others.length && keys.every((name) => this.#alike(get(a, name), get(b, name), name))
      );
    }
    if (a === b)
      return key !== 'into' && key !== 'dead' && key !== 'base' ? true : !this.#isLocal(a as VarId);
    if (key === 'base' || key === 'dead' || key === 'into') return this.#isTwinLocal(a as VarId, b as VarId);
    return false;
  }

  #areEdges(a: Edge, b: Edge): boolean {
    const rest = ({ when, dead, next, fail }: Edge): unknown => ({ when, dead, next, fail });
    return this.#alike(meant(a), meant(b)) && this.#alike(rest(a), rest(b));
  }

  #areNumbers(a: Expr, b: Expr): boolean {
    if (a.op !== 'const' || b.op !== 'const') return false;
    if (a.value !== this.#one + 1 || b.value !== this.#other + 1) return false;
    this.#numbers.add(a).add(b);
    return true;
  }

  #isLocal(id: VarId): boolean {
    const [from, to] = must(this.#program.threads[this.#one], 'a thread').locals;
    return id >= from && id < to;
  }

  #isTwinLocal(a: VarId, b: VarId): boolean {
    const [from] = must(this.#program.threads[this.#one], 'a thread').locals;
    const [there] = must(this.#program.threads[this.#other], 'a thread').locals;
    return this.#isLocal(a) && b - there === a - from;
  }
}

/** The assignments of an edge without those that nobody reads: of a parameter that is not used, the number of a twin. */
function meant(edge: Edge): readonly Assign[] {
  const isDead = ({ ptr, index, base }: Place): boolean =>
    ptr === undefined && index === undefined && edge.dead.includes(base);
  return edge.do.filter((assign, i) => {
    if (!('to' in assign) || !isDead(assign.to)) return true;
    return edge.do.slice(i + 1).some((later) => mentions(later, assign.to.base));
  });
}

function mentions(part: unknown, id: VarId): boolean {
  if (typeof part !== 'object' || part === null) return false;
  return Object.entries(part).some(([key, value]) => (key === 'base' && value === id) || mentions(value, id));
}
