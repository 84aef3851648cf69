// SPDX-License-Identifier: GPL-2.0-only
// Owns `--memory tso`: each thread has one store buffer, first in, first out (x86-TSO of Owens, Sarkar and Sewell, 2009).
//
// A store goes to the end of the buffer; a load takes the newest value there, else memory's; what a locked instruction
// or smp_mb does waits until the buffer is empty. A thread of its own carries the oldest store to memory at any time.

import { must } from '../../base/assert.ts';
import {
  END,
  type Assign,
  type Edge,
  type Expr,
  type Node,
  type Num,
  type Pc,
  type Place,
  type Program,
  type ThreadProgram,
  type VarId,
} from '../../lang/program.ts';
import { STORE_BUFFER } from '../../model/store-buffer.ts';
import { Accesses, type Step } from './accesses.ts';
import { assemble } from './assembly.ts';
import { Additions, Copies, Shapes } from './buffers.ts';
import { learn } from './constants.ts';
import { buffered, mostPending, type Bound } from './pending.ts';
import { Rewriting, type OnRead } from './rewriting.ts';
import { all, any, at, binary, con, cond, held, is, set } from './terms.ts';

/** What one thread needs in front of memory. */
interface Buffer {
  readonly copies: Copies;
  readonly bound: Bound;
  /** Whether a cell may be stored to more often than there are copies. */
  readonly isShallow: boolean;
  /** How many stores wait. */
  readonly length: VarId;
  /** Shapes of those that wait, the oldest first. */
  readonly queue: VarId;
  /** Shapes that the thread stores, by number. */
  readonly shapes: readonly number[];
}

/** The same model on x86-TSO. Threads that share nothing they store are left as they are. */
export function withStoreBuffers(program: Program): Program {
  const accesses = program.threads.map((thread) => new Accesses(program, thread));
  const additions = new Additions(program);
  const shapes = new Shapes();
  const stored = accesses.map((access) =>
    [...access.steps.values()].flatMap((step) => shapesOf(step, shapes)),
  );
  shapes.addTables(additions);
  const buffers = program.threads.map((thread, index) =>
    bufferOf(additions, {
      program,
      thread,
      index,
      access: accesses[index]!,
      stored: new Set(stored[index]),
      shapes,
    }),
  );
  return assemble(program, additions, 'tso', (rewriting) => {
    const threads = program.threads.map((thread, index) => {
      const buffer = buffers[index];
      if (buffer === undefined) return { ...thread, code: thread.code.map((node) => rewriting.node(node)) };
      return {
        ...thread,
        code: new BufferedThread(thread, accesses[index]!, buffer, shapes, rewriting).code(),
      };
    });
    const flushers = buffers.flatMap((buffer) =>
      buffer === undefined ? [] : [flusher(program, accesses[buffer.copies.thread]!, buffer, shapes)],
    );
    return { threads, pseudo: flushers };
  });
}

/** Numbers of the shapes that a step stores. */
function shapesOf(step: Step, shapes: Shapes): readonly number[] {
  if (step.class !== 'store' && step.class !== 'unlock') return [];
  const writes = step.accesses.filter(({ isWrite }) => isWrite);
  if (step.class === 'store') return writes[0]!.cells.map((cell) => shapes.number(cell, writes.length));
  return writes.flatMap(({ cells }) => cells.map((cell) => shapes.number(cell, 1)));
}

interface Parts {
  readonly program: Program;
  readonly thread: ThreadProgram;
  readonly index: number;
  readonly access: Accesses;
  readonly stored: ReadonlySet<number>;
  readonly shapes: Shapes;
}

function bufferOf(
  additions: Additions,
  { program, thread, index, access, stored, shapes }: Parts,
): Buffer | undefined {
  const cells = buffered(access.steps.values());
  if (cells.length === 0) return undefined;
  const isStore = (pc: Pc): boolean => ['store', 'unlock'].includes(access.steps.get(pc)?.class ?? '');
  const isDrain = (pc: Pc): boolean => drains(access.steps.get(pc));
  const writes = (pc: Pc, cell: VarId): boolean =>
    isStore(pc) && access.steps.get(pc)!.accesses.some((a) => a.isWrite && a.cells.includes(cell));
  const bound = mostPending(thread, isStore, isDrain);
  const depths = cells.map((cell) => mostPending(thread, (pc) => writes(pc, cell), isDrain));
  const depth = Math.min(bound.most, Math.max(...depths.map(({ most }) => most)));
  const copies = new Copies(additions, index, cells, depth);
  const small = { as: 'int', bits: 8, signed: false } as const;
  const length = additions.add({ name: `${copies.name}.__length`, shown: small, start: 0, buffer: index });
  const shown = shapes.shown(program);
  const queue = additions.next;
  for (let i = 0; i < bound.most; i += 1)
    additions.add({ name: `${copies.name}[${i}]`, shown, start: 0, buffer: index });
  additions.object(copies.name, STORE_BUFFER, copies.first);
  const isShallow = depths.some(({ isCut }) => isCut);
  return { copies, bound, isShallow, length, queue, shapes: [...stored].sort((a, b) => a - b) };
}

/** Whether the step waits until the buffer is empty: smp_mb, and whatever is a locked instruction. */
function drains(step: Step | undefined): boolean {
  if (step === undefined || step.node.order === 'mark') return false;
  if (step.class === 'barrier') return step.node.order === 'mb';
  return step.class === 'update' && step.node.step !== 'alloc';
}

/** The code of one thread: its loads and stores by way of the buffer. Every node keeps its number. */
class BufferedThread {
  readonly #thread: ThreadProgram;
  readonly #access: Accesses;
  readonly #buffer: Buffer;
  readonly #shapes: Shapes;
  readonly #rewriting: Rewriting;
  /** Of each node whose writes go into the buffer: how many scalars are one store. */
  readonly #stores = new Map<Pc, number>();

  constructor(thread: ThreadProgram, access: Accesses, buffer: Buffer, shapes: Shapes, rewriting: Rewriting) {
    this.#thread = thread;
    this.#access = access;
    this.#buffer = buffer;
    this.#shapes = shapes;
    this.#rewriting = rewriting;
    for (const step of access.steps.values()) {
      const writes = step.accesses.filter(({ isWrite }) => isWrite);
      if (step.class === 'store') this.#stores.set(step.pc, writes.length);
      if (step.class === 'unlock') for (const { pc } of writes) this.#stores.set(pc, 1);
    }
  }

  code(): readonly Node[] {
    return this.#thread.code.map((node, pc) => this.#node(node, pc));
  }

  #node(node: Node, pc: Pc): Node {
    const { lock } = node;
    const step = this.#access.steps.get(pc);
    const waits = drains(step);
    const marks = this.#rewriting.marks(node, this.#onRead(pc));
    const edges = node.edges.map((edge) => {
      const rewritten = this.#edge(edge, pc);
      return waits ? { ...rewritten, when: all([this.#isEmpty, rewritten.when]) } : rewritten;
    });
    if (step?.class === 'barrier' && waits) return { ...marks, step: 'barrier', edges };
    const overflow = step === undefined ? [] : this.#overflow(step);
    if (!waits || lock === undefined) return { ...marks, edges: [...overflow, ...edges] };
    // Who waits for his own buffer does not wait for the lock.
    const there = cond(
      this.#isEmpty,
      { op: 'addr', place: must(marks.lock, 'a lock') },
      { op: 'addr', place: at(this.#buffer.length) },
    );
    return { ...marks, lock: { ptr: there, base: 0 }, edges };
  }

  get #isEmpty(): Expr {
    return is(this.#buffer.length, 0);
  }

  #edge(edge: Edge, pc: Pc): Edge {
    const known = new Map<VarId, Num>(this.#access.known[pc]);
    const size = this.#stores.get(pc);
    const list: Assign[] = [];
    const parts: Place[] = [];
    for (const a of edge.do) {
      const onRead = this.#onRead(pc, known);
      const cells = 'stale' in a || size === undefined ? [] : this.#buffered(a.to, known);
      if (cells.length === 0 || 'stale' in a) list.push(this.#rewriting.assign(a, onRead));
      else {
        parts.push(a.to);
        list.push(
          ...this.#issue(a, cells, onRead, parts.length === size ? parts[0] : undefined, size!, known),
        );
      }
      learn(known, a, this.#access.places.constant);
    }
    const when = edge.when === null ? null : this.#rewriting.expr(edge.when, this.#onRead(pc));
    return { ...edge, when, do: list, dead: edge.dead.map(this.#rewriting.move) };
  }

  /** One scalar goes to the end of its copies; with the last of a store, the store goes to the end of the queue. */
  #issue(
    a: { to: Place; value: Expr },
    cells: readonly VarId[],
    onRead: OnRead,
    first: Place | undefined,
    size: number,
    known: ReadonlyMap<VarId, Num>,
  ): Assign[] {
    const { copies, length, queue, bound } = this.#buffer;
    const place = this.#rewriting.place(a.to, onRead);
    const count = copies.countAt(place);
    const list: Assign[] = [
      {
        to: copies.slotAt(place, { op: 'copy', place: count }, copies.distance),
        value: this.#rewriting.expr(a.value, onRead),
      },
      { to: count, value: binary('add', { op: 'copy', place: count }, 1) },
    ];
    if (first === undefined) return list;
    const start = this.#rewriting.place(first, onRead);
    const starts = size === 1 ? cells : this.#buffered(first, known);
    const end: Place =
      bound.most === 1
        ? at(queue)
        : { base: queue, index: [{ value: held(length), stride: 1, length: bound.most }] };
    return [
      ...list,
      { to: end, value: this.#shapes.at(start, starts, size) },
      set(length, binary('add', held(length), 1)),
    ];
  }

  /** What is asked before a store that may find the buffer full. */
  #overflow(step: Step): Edge[] {
    const { copies, length, bound, isShallow } = this.#buffer;
    if (step.class !== 'store' && step.class !== 'unlock') return [];
    const full: Expr[] = bound.isCut ? [binary('ge', held(length), bound.most)] : [];
    if (isShallow)
      for (const { place, isWrite, pc } of step.accesses) {
        if (!isWrite) continue;
        const count = copies.countAt(this.#rewriting.place(place, this.#onRead(pc)));
        full.push(binary('ge', { op: 'copy', place: count }, copies.depth));
      }
    if (full.length === 0) return [];
    const message = `more than ${copies.depth} stores of ${this.#thread.name} wait in its store buffer; put a barrier into the loop that issues them, or let it end sooner`;
    return [{ when: any(full), do: [], dead: [], next: END, fail: { kind: 'limit', message } }];
  }

  /** A thread sees its own stores first. */
  #onRead(pc: Pc, known: ReadonlyMap<VarId, Num> = this.#access.known[pc] ?? new Map()): OnRead {
    const { copies } = this.#buffer;
    return (place, mapped, op) => {
      if (this.#buffered(place, known).length === 0) return undefined;
      const count: Expr = { op: 'copy', place: copies.countAt(mapped) };
      const newest: Expr = { op, place: copies.slotAt(mapped, binary('sub', count, 1), copies.distance) };
      return cond(binary('ne', count, 0), newest, { op, place: mapped });
    };
  }

  #buffered(place: Place, known: ReadonlyMap<VarId, Num>): readonly VarId[] {
    return this.#access.places.cells(place, known).filter((id) => this.#buffer.copies.cells.has(id));
  }
}

/** The thread that carries the oldest store of another to memory. */
function flusher(program: Program, access: Accesses, buffer: Buffer, shapes: Shapes): ThreadProgram {
  const { copies, queue, length, bound } = buffer;
  const owner = program.threads[copies.thread]!;
  const edges = buffer.shapes.map((number): Edge => {
    const { first, size } = shapes.all[number - 1]!;
    const cells = Array.from({ length: size }, (_, i) => first + i);
    return {
      when: is(queue, number),
      do: [
        ...cells.flatMap((cell) => arrival(copies, cell)),
        ...shift(queue, bound.most),
        set(length, binary('sub', held(length), 1)),
      ],
      dead: [],
      next: 0,
    };
  });
  const site = [...access.steps.values()].find(({ class: is }) => is === 'store' || is === 'unlock')!.node
    .site;
  return {
    ...{ name: `stores of ${owner.name}`, fn: owner.fn, role: 'store buffer', daemon: true, twins: -1 },
    code: [{ site, step: 'flush', edges, inflight: [] }],
    ...{ entry: 0, locals: [0, 0] as const, of: copies.thread },
  };
}

/** The oldest value of a cell reaches memory. */
export function arrival(copies: Copies, cell: VarId): Assign[] {
  const slots = Array.from({ length: copies.depth }, (_, slot) => copies.value(slot, cell));
  return [
    set(cell, held(slots[0]!)),
    ...slots.map((slot, i) =>
      set(slot, slots[i + 1] === undefined ? copies.idle(cell) : held(slots[i + 1]!)),
    ),
    set(copies.count(cell), binary('sub', held(copies.count(cell)), 1)),
  ];
}

function shift(first: VarId, size: number): Assign[] {
  return Array.from({ length: size }, (_, i) =>
    set(first + i, i + 1 === size ? con(0) : held(first + i + 1)),
  );
}
