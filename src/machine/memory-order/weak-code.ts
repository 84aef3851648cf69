// SPDX-License-Identifier: GPL-2.0-only
// Owns the code of one thread under `--memory weak`: what each of its steps waits for, and what it leaves waiting.

import { must } from '../../base/assert.ts';
import {
  END,
  UNINIT,
  type Assign,
  type Edge,
  type Expr,
  type Node,
  type Num,
  type Pc,
  type Place,
  type VarId,
} from '../../lang/program.ts';
import type { Access, Step } from './accesses.ts';
import type { Shapes } from './buffers.ts';
import { learn, type Known } from './constants.ts';
import type { OnRead, Rewriting } from './rewriting.ts';
import { all, any, at, binary, con, cond, held, is, isNot, not, set } from './terms.ts';
import type { OpenLoad, WeakThread } from './weak-plan.ts';

export class WeakCode {
  readonly #weak: WeakThread;
  readonly #shapes: Shapes;
  readonly #rewriting: Rewriting;
  /** Where a load's choice goes: 0 settles at once, others guess. */
  readonly #into: VarId;
  /** Of each node whose writes wait: its step. */
  readonly #storing = new Map<Pc, Step>();
  readonly #isComplete: boolean;
  /** Nodes added behind those there were. */
  readonly #added: Node[] = [];

  constructor(weak: WeakThread, shapes: Shapes, rewriting: Rewriting, into: VarId, isComplete: boolean) {
    this.#weak = weak;
    this.#shapes = shapes;
    this.#rewriting = rewriting;
    this.#into = into;
    this.#isComplete = isComplete;
    for (const step of weak.steps)
      if (weak.written(step).length > 0)
        for (const { pc, isWrite } of step.accesses) if (isWrite) this.#storing.set(pc, step);
  }

  code(): readonly Node[] {
    const code = this.#weak.thread.code.map((node, pc) => this.#node(node, pc));
    return [...code, ...this.#added];
  }

  #node(node: Node, pc: Pc): Node {
    const step = this.#weak.access.steps.get(pc);
    const marks = this.#rewriting.marks(node, this.#onRead(pc));
    const edges = node.edges.map((edge) => this.#edge(edge, pc));
    if (step === undefined)
      return {
        ...marks,
        edges: node.step === null ? edges.map((edge) => this.#failsLater(edge, node)) : edges,
      };
    const manner = this.#weak.manner(pc);
    if (manner === 'barrier') return this.#barrier(marks, edges);
    if (manner === 'none') return { ...marks, edges };
    const load = this.#weak.loads.find((open) => open.pc === pc);
    if (manner === 'load' && load !== undefined) return this.#load(step, load, marks, edges[0]!);
    const waits = this.#waits(step);
    const guarded =
      waits === null ? edges : edges.map((edge) => ({ ...edge, when: all([waits, edge.when]) }));
    const { lock } = marks;
    const isQuiet = this.#isQuiet;
    if (lock === undefined || isQuiet === null)
      return { ...marks, edges: [...this.#overflow(step), ...guarded] };
    // A lock whose release is still on its way seems to be held: that is no deadlock.
    const elsewhere = this.#weak.stores?.length ?? this.#weak.open!;
    const there = cond(isQuiet, { op: 'addr', place: lock }, { op: 'addr', place: at(elsewhere) });
    return { ...marks, lock: { ptr: there, base: 0 }, edges: [...this.#overflow(step), ...guarded] };
  }

  #barrier(marks: Omit<Node, 'edges'>, edges: readonly Edge[]): Node {
    const { stores, open } = this.#weak;
    if (marks.order === 'wmb')
      return { ...marks, edges: edges.map((edge) => ({ ...edge, do: [...edge.do, ...this.#newEpoch()] })) };
    const settled = open === null ? null : is(open, 0);
    const when =
      marks.order === 'rmb' ? settled : all([settled, stores === null ? null : is(stores.length, 0)]);
    if (when === null) return { ...marks, edges };
    return {
      ...marks,
      step: 'barrier',
      edges: edges.map((edge) => ({ ...edge, when: all([when, edge.when]) })),
    };
  }

  /** What is stored from here on comes after all that waits. */
  #newEpoch(): Assign[] {
    const { stores } = this.#weak;
    if (stores === null || stores.epochs === null) return [];
    const { now, counts } = stores.epochs;
    const waiting: Expr = {
      op: 'copy',
      place: { base: counts, index: [{ value: held(now), stride: 1, length: stores.bound.most + 1 }] },
    };
    return [set(now, binary('add', held(now), cond(binary('ne', waiting, 0), con(1), con(0))))];
  }

  /** Nothing waits and nothing is open. */
  get #isQuiet(): Expr | null {
    const { stores, open } = this.#weak;
    return all([stores === null ? null : is(stores.length, 0), open === null ? null : is(open, 0)]);
  }

  /** What must be before the step is begun; null: nothing. */
  #waits(step: Step): Expr | null {
    const weak = this.#weak;
    const { stores, open } = weak;
    const manner = weak.manner(step.pc);
    if (weak.isFull(step)) return this.#isQuiet;
    const closed = [...weak.waitsFor(step)].map((number) => is(weak.loads[number]!.where, 0));
    const conditions: (Expr | null)[] = open !== null && weak.settlesAll(step) ? [is(open, 0)] : closed;
    for (const access of step.accesses) {
      if (!(open !== null && weak.settlesAll(step))) conditions.push(this.#noneOpen(step, access));
      if (stores === null || !access.cells.some((cell) => stores.copies.cells.has(cell))) continue;
      if (manner === 'update') conditions.push(this.#nothingWaits(step, access));
      if (manner === 'look' || manner === 'load') conditions.push(this.#canForward(step, access));
    }
    return all(conditions);
  }

  /** No load of the same cell is open. */
  #noneOpen(step: Step, { pc, place, cells }: Access): Expr | null {
    const concerned = this.#weak.loads.filter((load) => load.cells.some((cell) => cells.includes(cell)));
    const exact = this.#number(step, pc, place, cells);
    return all(
      concerned.map(({ where }) => (exact === null ? is(where, 0) : binary('ne', held(where), exact))),
    );
  }

  /** The number of the one cell that is accessed, if that can be said before the step; else null. */
  #number(step: Step, pc: Pc, place: Place, cells: readonly VarId[]): Expr | null {
    if (cells.length === 1) return con(this.#shapes.known(cells[0]!, 1) ?? -1);
    if (pc !== step.pc || this.#isSetInStep(step, place)) return null;
    if (cells.some((cell) => this.#shapes.known(cell, 1) === undefined)) return null;
    return this.#shapes.at(this.#rewriting.place(place), cells, 1);
  }

  /** Whether finding the place needs a local that the step itself sets first. */
  #isSetInStep(step: Step, place: Place): boolean {
    const text = JSON.stringify(place);
    return step.node.edges.some((edge) =>
      edge.do.some((a) => 'to' in a && a.to.ptr === undefined && text.includes(`"base":${a.to.base}`)),
    );
  }

  #nothingWaits(step: Step, { pc, place, cells }: Access): Expr | null {
    const { copies } = must(this.#weak.stores, 'stores');
    const own = cells.filter((cell) => copies.cells.has(cell));
    if (own.length > 1 && pc === step.pc && !this.#isSetInStep(step, place))
      return binary('eq', { op: 'copy', place: copies.countAt(this.#rewriting.place(place)) }, 0);
    return all(own.map((cell) => is(copies.count(cell), 0)));
  }

  /** What waits for the cell is a value, and not one that depends on a guess. */
  #canForward(step: Step, { pc, place, cells }: Access): Expr | null {
    const { copies, masks, functions } = must(this.#weak.stores, 'stores');
    if (masks === null && functions === null) return null;
    if (cells.length > 1 && (pc !== step.pc || this.#isSetInStep(step, place)))
      return this.#nothingWaits(step, { pc, place, cells, isWrite: false });
    const here = this.#rewriting.place(place);
    const count: Expr = { op: 'copy', place: copies.countAt(here) };
    const newest = (region: (slot: number, cell: VarId) => VarId): Expr => ({
      op: 'copy',
      place: copies.slotAt(here, binary('sub', count, 1), region(0, 0)),
    });
    const good = all([
      masks === null ? null : binary('eq', newest(masks), 0),
      functions === null ? null : binary('eq', newest(functions), 0),
    ]);
    return { op: 'either', a: binary('eq', count, 0), b: must(good, 'a condition') };
  }

  /** A load that settles at once, or stays open with a guess. */
  #load(step: Step, load: OpenLoad, marks: Omit<Node, 'edges'>, edge: Edge): Node {
    const { stores, open } = this.#weak;
    const [access] = step.accesses;
    const { place, cells } = must(access, 'a read');
    const mapped = this.#rewriting.place(place);
    const ready = all([
      ...[...this.#weak.waitsFor(step)].map((number) => is(this.#weak.loads[number]!.where, 0)),
      this.#noneOpen(step, access!),
    ]);
    const forwards =
      stores !== null && cells.some((cell) => stores.copies.cells.has(cell))
        ? this.#canForward(step, access!)
        : null;
    const now = all([is(this.#into, 0), ready, forwards]);
    const edges: Edge[] = [...this.#unguessed(step, load, now, mapped), { ...edge, when: now }];
    load.values.forEach((value, i) => {
      const when = all([is(this.#into, i + 1), ready, is(load.where, 0)]);
      const opening = [
        set(load.where, this.#shapes.at(mapped, cells, 1)),
        set(load.guess, value),
        set(open!, binary('add', held(open!), 1)),
      ];
      edges.push({
        ...this.#guessed(step, edge, place, value),
        when,
        do: [...opening, ...this.#guessed(step, edge, place, value).do],
      });
    });
    const choice = { count: load.values.length + 1, into: this.#into };
    return {
      ...marks,
      choice,
      edges: edges.map((e) => ({ ...e, dead: e.fail === undefined ? [...e.dead, this.#into] : [] })),
    };
  }

  /** What is asked before a load settles, when its guesses may not be all there are. */
  #unguessed(step: Step, { cells, values }: OpenLoad, now: Expr | null, mapped: Place): Edge[] {
    if (this.#isComplete) return [];
    const { place } = step.accesses[0]!;
    const read = this.#onRead(step.pc)(place, mapped, 'copy') ?? { op: 'copy', place: mapped };
    const isKnown = any([...values, UNINIT].map((value) => binary('eq', read, con(value))));
    const cell = this.#weak.program.vars[cells[0]!]!.name;
    const message = `a load of ${cell} finds a value that was not foreseen: the search for the values that loads can find was cut off. Make the scenario smaller, or use --memory tso`;
    const when = all([now, not(isKnown)]);
    return [{ when, do: [], dead: [], next: END, fail: { kind: 'limit', message } }];
  }

  /** The edge of a load with the guess in place of what memory holds. */
  #guessed(step: Step, edge: Edge, place: Place, value: Num): Edge {
    const source = step.node.edges[0]!;
    return {
      ...edge,
      do: source.do.map((a) =>
        this.#rewriting.assign(a, (read) => (read === place ? con(value) : undefined)),
      ),
    };
  }

  #edge(edge: Edge, pc: Pc): Edge {
    const known = new Map<VarId, Num>(this.#weak.access.known[pc]);
    const step = this.#storing.get(pc);
    const list: Assign[] = [];
    const carriers = this.#weak.functions.find((bump) => bump.pc === pc)?.carriers;
    let parts = 0;
    for (const a of edge.do) {
      if (carriers !== undefined && 'to' in a && a.to.ptr === undefined && carriers.has(a.to.base)) continue;
      const onRead = this.#onRead(pc, known);
      const cells = 'stale' in a || step === undefined ? [] : this.#waiting(a.to, known);
      if ('stale' in a || cells.length === 0) list.push(this.#rewriting.assign(a, onRead));
      else {
        const isLast = ++parts === (step!.class === 'store' ? step!.accesses.length : 1);
        list.push(...this.#issue(a, step!, onRead, isLast));
      }
      learn(known, a, this.#weak.access.places.constant);
    }
    const when = edge.when === null ? null : this.#rewriting.expr(edge.when, this.#onRead(pc));
    return { ...edge, when, do: list, dead: edge.dead.map(this.#rewriting.move) };
  }

  /** One scalar of a store joins those that wait for its cell. */
  #issue(
    a: { readonly to: Place; readonly value: Expr },
    step: Step,
    onRead: OnRead,
    isLast: boolean,
  ): Assign[] {
    const { copies, length, epochs, masks, functions } = must(this.#weak.stores, 'stores');
    const place = this.#rewriting.place(a.to, onRead);
    const count: Expr = { op: 'copy', place: copies.countAt(place) };
    const slot = (distance: VarId): Place => copies.slotAt(place, count, distance);
    const f = this.#weak.functions.findIndex(({ pc }) => pc === step.pc);
    const value = f < 0 ? this.#rewriting.expr(a.value, onRead) : con(0);
    const list: Assign[] = [{ to: slot(copies.distance), value }];
    if (f >= 0) list.push({ to: slot(functions!(0, 0)), value: con(f + 1) });
    const isFirstPart = step.class !== 'store' || a.to.base === step.accesses[0]!.place.base;
    if (isFirstPart) {
      if (this.#weak.isRelease(step.node)) list.unshift(...this.#newEpoch());
      if (epochs !== null) list.push({ to: slot(epochs.of(0, 0)), value: held(epochs.now) });
      const after = this.#weak.isRelease(step.node) ? [] : [...this.#weak.storesAfter(step)];
      if (masks !== null && after.length > 0) {
        const bits = after.map((number) =>
          cond(isNot(this.#weak.loads[number]!.where, 0), con(this.#weak.bits.get(number)!), con(0)),
        );
        list.push({ to: slot(masks(0, 0)), value: bits.reduce((sum, bit) => binary('add', sum, bit)) });
      }
    }
    list.push({ to: copies.countAt(place), value: binary('add', count, 1) });
    if (!isLast) return list;
    list.push(set(length, binary('add', held(length), 1)));
    if (epochs !== null) {
      const waiting: Place = {
        base: epochs.counts,
        index: [{ value: held(epochs.now), stride: 1, length: this.#weak.stores!.bound.most + 1 }],
      };
      list.push({ to: waiting, value: binary('add', { op: 'copy', place: waiting }, 1) });
    }
    return list;
  }

  /** What is asked before a store that may find no room. */
  #overflow(step: Step): Edge[] {
    const { stores, thread } = this.#weak;
    if (stores === null || this.#weak.written(step).length === 0) return [];
    const full: Expr[] = stores.bound.isCut ? [binary('ge', held(stores.length), stores.bound.most)] : [];
    if (stores.isShallow)
      for (const { place, isWrite, pc } of step.accesses) {
        if (!isWrite) continue;
        const count = stores.copies.countAt(this.#rewriting.place(place, this.#onRead(pc)));
        full.push(binary('ge', { op: 'copy', place: count }, stores.copies.depth));
      }
    if (full.length === 0) return [];
    const message = `more than ${stores.copies.depth} stores of ${thread.name} wait in its store buffer; put a barrier into the loop that issues them, or let it end sooner`;
    return [
      {
        when: all([this.#waits(step), any(full)]),
        do: [],
        dead: [],
        next: END,
        fail: { kind: 'limit', message },
      },
    ];
  }

  /** Trouble on the way to a place of rest waits there until all loads of the thread have settled. */
  #failsLater(edge: Edge, { site, inflight, spec }: Node): Edge {
    const { open, thread } = this.#weak;
    if (edge.fail === undefined || open === null) return edge;
    const fails: Edge = { when: is(open, 0), do: [], dead: [], next: END, fail: edge.fail };
    const pc =
      thread.code.length +
      this.#added.push({ site, step: 'barrier', edges: [fails], inflight, ...(spec ? { spec } : {}) }) -
      1;
    return { when: edge.when, do: [], dead: [], next: pc };
  }

  /** A thread sees its own stores first. */
  #onRead(pc: Pc, known: Known = this.#weak.access.known[pc] ?? new Map<VarId, Num>()): OnRead {
    const { stores } = this.#weak;
    return (place, mapped, op) => {
      if (stores === null || this.#waiting(place, known).length === 0) return undefined;
      const { copies, functions } = stores;
      const count: Expr = { op: 'copy', place: copies.countAt(mapped) };
      const last = binary('sub', count, 1);
      const newest: Expr = { op, place: copies.slotAt(mapped, last, copies.distance) };
      const f: Expr | null =
        functions === null ? null : { op: 'copy', place: copies.slotAt(mapped, last, functions(0, 0)) };
      const isValue = all([binary('ne', count, 0), f === null ? null : binary('eq', f, 0)]); // only specification asks where it is none
      return cond(isValue!, newest, { op, place: mapped });
    };
  }

  #waiting(place: Place, known: Known): readonly VarId[] {
    const { stores, access } = this.#weak;
    return stores === null
      ? []
      : access.places.cells(place, known).filter((id) => stores.copies.cells.has(id));
  }
}
