// SPDX-License-Identifier: GPL-2.0-only
// Owns what `--memory weak` asks of each step of a thread: which stores wait, which loads may stay open, what each must
// wait for, and where the cells for all that lie.

import { UserError } from '../../base/user-error.ts';
import type { Node, Num, Pc, Program, ThreadProgram, VarId } from '../../lang/program.ts';
import { OPEN_LOADS, STORE_BUFFER } from '../../model/store-buffer.ts';
import { Accesses, type Step } from './accesses.ts';
import { bumpOf, type Bump } from './bumps.ts';
import { Additions, Copies, type Shapes } from './buffers.ts';
import { Dependencies, type Loads } from './dependencies.ts';
import { mostPending, type Bound } from './pending.ts';

/** Bits of a mask. */
const MOST_BITS = 30;

/** Of each cell the values that a load which stays open may guess. */
export interface Guesses {
  readonly values: ReadonlyMap<VarId, readonly Num[]>;
  /** There are no others. Else a load that finds another has met the limit. */
  readonly isComplete: boolean;
}

/** How a step meets memory. `bump`: an update of one cell that gives nothing back and orders nothing: it waits as a store does. */
export type Manner = 'load' | 'store' | 'unlock' | 'bump' | 'look' | 'update' | 'barrier' | 'none';

/** A load that may stay open. */
export interface OpenLoad {
  readonly pc: Pc;
  readonly number: number;
  readonly cells: readonly VarId[];
  readonly values: readonly Num[];
  /** The shape of the cell that was to be read; 0: it is not open. */
  readonly where: VarId;
  readonly guess: VarId;
}

/** The cells of one thread's stores. */
export interface StoreCells {
  readonly copies: Copies;
  readonly bound: Bound;
  readonly isShallow: boolean;
  /** How many wait. */
  readonly length: VarId;
  /** Stores of an earlier epoch reach memory first. `now`: that of the next store; `counts`: how many wait in each. */
  readonly epochs: {
    readonly now: VarId;
    readonly counts: VarId;
    readonly of: (slot: number, cell: VarId) => VarId;
  } | null;
  /** The open loads that a store waits for, as a mask. */
  readonly masks: ((slot: number, cell: VarId) => VarId) | null;
  /** 0: the value itself is stored; else the number of the function that is applied to the cell. */
  readonly functions: ((slot: number, cell: VarId) => VarId) | null;
  readonly shapes: readonly number[];
}

/** One thread, and what stands between it and memory. */
export class WeakThread {
  readonly program: Program;
  readonly thread: ThreadProgram;
  readonly index: number;
  readonly access: Accesses;
  readonly manners = new Map<Pc, Manner>();
  readonly loads: OpenLoad[] = [];
  /** What the bumps do. */
  readonly functions: ({ readonly pc: Pc } & Bump)[] = [];
  dependencies: Dependencies;
  /** By number of a load that stores depend on: its bit in their masks. */
  readonly bits = new Map<number, number>();
  stores: StoreCells | null = null;
  /** How many loads are open. */
  open: VarId | null = null;

  constructor(program: Program, index: number, access: Accesses) {
    this.program = program;
    this.thread = program.threads[index]!;
    this.index = index;
    this.access = access;
    for (const step of access.steps.values()) this.manners.set(step.pc, this.#mannerOf(step));
    // A part of a word is stored at once: it has no place among whole words that wait.
    const words = new Set(
      access.all.flatMap((step) => (isWordStore(step) ? step.accesses.flatMap(({ cells }) => cells) : [])),
    );
    for (const step of access.all)
      if (
        step.class === 'store' &&
        !isWordStore(step) &&
        step.accesses[0]!.cells.some((cell) => words.has(cell))
      )
        this.manners.set(step.pc, 'update');
    this.dependencies = new Dependencies(this.thread, () => undefined);
  }

  get steps(): readonly Step[] {
    return this.access.all;
  }

  manner(pc: Pc): Manner {
    return this.manners.get(pc) ?? 'none';
  }

  /** smp_mb and what is one: all loads before it settle, all stores before it reach memory. */
  isFull(step: Step): boolean {
    const { node, class: is } = step;
    if (is === 'barrier') return node.order === 'mb';
    const isDone = is === 'update' || this.manner(step.pc) === 'update';
    return isDone && (node.order === 'full' || this.isRelease(node));
  }

  isRelease(node: Node): boolean {
    return node.order === 'release' || node.order === 'store' || node.step === 'free';
  }

  /** All loads before it settle first. */
  settlesAll(step: Step): boolean {
    return (
      this.isFull(step) ||
      step.node.order === 'rmb' ||
      step.class === 'unlock' ||
      (step.class === 'store' && this.isRelease(step.node))
    );
  }

  /** Cells that the step writes through the buffer. */
  written(step: Step): readonly VarId[] {
    const isWaiting = ['store', 'unlock', 'bump'].includes(this.manner(step.pc));
    return isWaiting ? step.accesses.flatMap(({ isWrite, cells }) => (isWrite ? cells : [])) : [];
  }

  /** Loads that must have settled before the step is begun, because of what it depends on. */
  waitsFor(step: Step): Loads {
    const found = new Set<number>();
    const note = (loads: Loads): void => loads.forEach((load) => found.add(load));
    for (const { pc, place } of step.accesses) note(this.dependencies.address(pc, place));
    if (this.manner(step.pc) === 'update' || step.node.step === 'alloc') note(this.#all(step));
    return found;
  }

  /** Loads that must have settled before what the step stores reaches memory. */
  storesAfter(step: Step): Loads {
    return this.#all(step);
  }

  #all(step: Step): Loads {
    const found = new Set<number>(this.dependencies.control(step.pc));
    const note = (loads: Loads): void => loads.forEach((load) => found.add(load));
    const stored = new Set(step.accesses.flatMap(({ isWrite, place }) => (isWrite ? [place] : [])));
    for (const pc of [step.pc, ...step.riders]) {
      note(this.dependencies.stored(pc, (place) => stored.has(place)));
      if (step.class === 'unlock') continue;
      for (const { when } of this.thread.code[pc]!.edges)
        if (when !== null) note(this.dependencies.data(pc, when));
    }
    return found;
  }

  #mannerOf(step: Step): Manner {
    if (step.accesses.length === 0 && step.class === 'look') return 'none';
    if (step.class !== 'update') return step.class;
    const bump = bumpOf(step, this.access.known[step.pc] ?? new Map());
    if (bump === undefined) return 'update';
    this.functions.push({ pc: step.pc, ...bump });
    return 'bump';
  }
}

function isWordStore({ class: is, accesses }: Step): boolean {
  return is === 'store' && accesses.length > 1;
}

/** Makes the numbers of all that may wait or stay open known. */
export function registerShapes(weak: WeakThread, shapes: Shapes): void {
  for (const step of weak.steps) {
    const manner = weak.manner(step.pc);
    if (!['load', 'store', 'unlock', 'bump'].includes(manner)) continue;
    const parts = step.accesses.filter(({ isWrite }) => isWrite === (manner !== 'load'));
    for (const cell of parts[0]?.cells ?? []) shapes.number(cell, step.class === 'store' ? parts.length : 1);
  }
}

/** Decides which loads may stay open, and adds the cells of one thread. */
export function layOut(
  weak: WeakThread,
  additions: Additions,
  shapes: Shapes,
  guesses: Guesses,
  isFixed: (cell: VarId, thread: number) => boolean,
): void {
  const chosen = weak.steps.filter(
    (step) => weak.manner(step.pc) === 'load' && mayStayOpen(weak, step, isFixed),
  );
  const numbers = new Map(chosen.map(({ pc }, number) => [pc, number]));
  weak.dependencies = new Dependencies(weak.thread, (pc) => numbers.get(pc));
  for (const step of weak.steps) {
    if (weak.written(step).length === 0) continue;
    for (const load of weak.storesAfter(step))
      if (!weak.bits.has(load)) weak.bits.set(load, 2 ** weak.bits.size);
  }
  if (weak.bits.size > MOST_BITS) {
    const message = `stores of ${weak.thread.name} depend on ${weak.bits.size} loads that may stay open, and ${MOST_BITS} is the most there can be`;
    throw new UserError('too-many-loads', message, 'Make the scenario smaller, or use --memory tso.');
  }
  addStores(weak, additions, shapes);
  addLoads(weak, additions, shapes, guesses, chosen);
}

/** A load that something can overtake, of one cell that another thread can change. */
function mayStayOpen(
  weak: WeakThread,
  step: Step,
  isFixed: (cell: VarId, thread: number) => boolean,
): boolean {
  const [access, second] = step.accesses;
  if (access === undefined || second !== undefined || step.node.order === 'acquire') return false;
  if (access.cells.every((cell) => isFixed(cell, weak.index))) return false;
  const next = followers(weak, step.pc);
  return next.some((pc) => {
    const after = weak.access.steps.get(pc);
    return after === undefined || !weak.settlesAll(after);
  });
}

/** The nodes at which a thread can rest next, and barriers that ride. */
function followers({ thread: { code }, access }: WeakThread, from: Pc): readonly Pc[] {
  const found = new Set<Pc>();
  const seen = new Set<Pc>();
  const todo = code[from]!.edges.map(({ next }) => next);
  for (let pc = todo.pop(); pc !== undefined; pc = todo.pop()) {
    if (code[pc] === undefined || seen.has(pc)) continue;
    seen.add(pc);
    if (access.steps.has(pc)) found.add(pc);
    else todo.push(...code[pc]!.edges.map(({ next }) => next));
  }
  return [...found];
}

function addStores(weak: WeakThread, additions: Additions, shapes: Shapes): void {
  const { steps, thread, index } = weak;
  const cells = [...new Set(steps.flatMap((step) => weak.written(step)))].sort((a, b) => a - b);
  if (cells.length === 0) return;
  const at = (pc: Pc): Step | undefined => weak.access.steps.get(pc);
  const isDrain = (pc: Pc): boolean => at(pc) !== undefined && weak.isFull(at(pc)!);
  const bound = mostPending(
    thread,
    (pc) => at(pc) !== undefined && weak.written(at(pc)!).length > 0,
    isDrain,
  );
  const depths = cells.map((cell) =>
    mostPending(thread, (pc) => at(pc) !== undefined && weak.written(at(pc)!).includes(cell), isDrain),
  );
  const copies = new Copies(additions, index, cells, Math.max(...depths.map(({ most }) => most)));
  const small = { as: 'int', bits: 8, signed: false } as const;
  const number = (name: string): VarId =>
    additions.add({ name: `${copies.name}.__${name}`, shown: small, start: 0, buffer: index });
  const length = number('length');
  const isOrdered =
    steps.some((step) => weak.written(step).length > 0 && weak.isRelease(step.node)) ||
    steps.some(({ node }) => node.order === 'wmb');
  const stored = new Set<number>();
  for (const step of steps) {
    if (weak.written(step).length === 0) continue;
    const writes = step.accesses.filter(({ isWrite }) => isWrite);
    const size = step.class === 'store' ? writes.length : 1;
    for (const cell of writes[0]!.cells) stored.add(shapes.number(cell, size));
  }
  const now = isOrdered ? number('now') : -1;
  const counts = isOrdered ? additions.next : -1;
  if (isOrdered) for (let epoch = 0; epoch <= bound.most; epoch += 1) number(`epoch${epoch}`);
  weak.stores = {
    ...{ copies, bound, length, isShallow: depths.some(({ isCut }) => isCut) },
    epochs: isOrdered ? { now, counts, of: copies.more(additions, 'epoch_of') } : null,
    masks: weak.bits.size > 0 ? copies.more(additions, 'after') : null,
    functions: weak.functions.length > 0 ? copies.more(additions, 'function') : null,
    shapes: [...stored].sort((a, b) => a - b),
  };
  additions.object(copies.name, STORE_BUFFER, copies.first);
}

function addLoads(
  weak: WeakThread,
  additions: Additions,
  shapes: Shapes,
  guesses: Guesses,
  chosen: readonly Step[],
): void {
  if (chosen.length === 0) return;
  const { program, thread, index } = weak;
  const name = `open loads of ${thread.name}`;
  const first = additions.next;
  const small = { as: 'int', bits: 8, signed: false } as const;
  weak.open = additions.add({ name: `${name}.__open`, shown: small, start: 0, buffer: index });
  chosen.forEach(({ pc, accesses }, number) => {
    const [{ cells } = { cells: [] }] = accesses;
    const values = [...new Set(cells.flatMap((cell) => guesses.values.get(cell) ?? []))];
    const where = additions.add({
      name: `${name}[${number}]`,
      shown: shapes.shown(program),
      start: 0,
      buffer: index,
    });
    const shown = program.vars[cells[0]!]!.shown;
    const guess = additions.add({
      name: `${name}[${number}].value`,
      shown,
      start: 0,
      buffer: index,
      of: cells[0]!,
    });
    weak.loads.push({ pc, number, cells, values, where, guess });
  });
  additions.object(name, OPEN_LOADS, first);
}
