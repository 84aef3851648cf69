// SPDX-License-Identifier: GPL-2.0-only
// Owns the making of an Event: it watches one step of a machine and writes down what it did and where values came from.

import { must } from '../base/assert.ts';
import type { Node, Num, Pc, Program, StepKind, VarId } from '../lang/program.ts';
import type { Check, Event, EventKind, LocalSet, Provenance, Read, Write } from '../model/recording.ts';
import { BufferSites } from './buffer-sites.ts';
import { LocalNames } from './local-names.ts';
import type { Taint, Tracer } from './tracer.ts';
import { Values } from './values.ts';

/** An event but for what concerns threads between steps: where they stand and wait. */
export type StepFacts = Omit<Event, 'next' | 'waits'>;

interface SetLocal {
  readonly id: VarId;
  readonly value: Num;
  readonly from: Taint;
}

/** What happened to the locals that people see, by name slot (LocalNames). */
interface LocalChanges {
  readonly set: Map<number, SetLocal>;
  readonly dead: Set<number>;
  readonly checks: Check[];
}

const NOTHING: Taint = new Set();

/**
 * Watches a machine through one run. Keeps the provenance of every local between steps, hidden ones included, so it
 * must see every step from `Machine.start` on, and none may be undone.
 */
export class StepTrace implements Tracer {
  readonly #program: Program;
  readonly #values: Values;
  readonly #buffers: BufferSites;
  readonly #names: LocalNames;
  /** Of each variable that is a local: the steps its value came from. */
  readonly #provenance: Taint[];
  /** What each thread did to its locals before its first step; told with its first event. */
  readonly #before: LocalChanges[];
  #step = 0;
  #node: Node | null = null;
  #taint: Set<number> = new Set();

  #thread = -1;
  #stepNode: Node | null = null;
  #firstSite = -1;
  #kind: StepKind | null = null;
  #choice: number | undefined;
  #changes: LocalChanges = noChanges();
  #hasRead = false;
  #hasWritten = false;
  readonly #reads = new Map<VarId, Num>();
  readonly #writes = new Map<VarId, { readonly old: Num; new: Num }>();
  readonly #begins: number[] = [];
  readonly #ends: number[] = [];

  constructor(program: Program) {
    this.#program = program;
    this.#values = new Values(program);
    this.#buffers = new BufferSites(program);
    this.#names = new LocalNames(program);
    this.#provenance = program.vars.map(() => NOTHING);
    this.#before = program.threads.map(noChanges);
  }

  /** To be called before each step: its number (1-based) and the thread that takes it. */
  begin(step: number, thread: number): void {
    this.#step = step;
    this.#thread = thread;
    this.#node = null;
    this.#stepNode = null;
    this.#firstSite = -1;
    this.#kind = null;
    this.#choice = undefined;
    this.#changes = must(this.#before[thread], 'a known thread');
    this.#before[thread] = noChanges();
    this.#hasRead = false;
    this.#hasWritten = false;
    this.#buffers.begin();
    this.#reads.clear();
    this.#writes.clear();
    this.#begins.length = 0;
    this.#ends.length = 0;
  }

  /** What the step did; to be called once after it, also when it ran into trouble. */
  facts(): StepFacts {
    const { operations } = this.#program;
    return {
      thread: this.#owner ?? this.#thread,
      site: this.#buffers.siteOf() ?? this.#stepNode?.site ?? this.#firstSite,
      kind: this.#eventKind(),
      ...(this.#choice === undefined ? {} : { choice: this.#choice }),
      reads: [...this.#reads]
        .filter(([id]) => this.#isTold(id))
        .map(([id, value]): Read => ({
          cell: this.#cell(id),
          value: this.#values.of(id, value),
        })),
      writes: [...this.#writes]
        .filter(([id, { old, new: now }]) => old !== now || this.#isNews(id))
        .map(([id, write]): Write => ({
          cell: this.#cell(id),
          old: this.#values.of(id, write.old),
          new: this.#values.of(id, write.new),
        })),
      locals: [...this.#changes.set.values()].map((set) => this.#localSet(set)),
      dead: [...this.#changes.dead].map((slot) => this.#names.nameOf(slot)),
      checks: this.#changes.checks,
      begins: this.#begins.map((operation) => must(operations[operation], 'an operation')),
      ends: this.#ends.map((operation) => must(operations[operation], 'an operation')),
    };
  }

  node(thread: number, _pc: Pc, node: Node): void {
    this.#node = node;
    if (this.#step === 0) {
      this.#thread = thread;
      this.#changes = must(this.#before[thread], 'a known thread');
      return;
    }
    if (this.#firstSite < 0) this.#firstSite = node.site;
    if (node.begin !== undefined) this.#begins.push(node.begin);
    if (node.step === null) return;
    this.#stepNode = node;
    this.#kind = node.step;
  }

  edge(index: number): void {
    const node = must(this.#node, 'a node');
    if (node.kind !== undefined) this.#kind = node.kind;
    if (node.check) {
      this.#changes.checks.push({ site: node.site, outcome: index === 0, from: steps(this.#taint) });
    }
    if (node.end !== undefined && this.#step > 0) this.#ends.push(node.end);
  }

  fresh(): void {
    this.#taint = new Set();
  }

  enterAddress(): Taint {
    const outside = this.#taint;
    this.#taint = new Set();
    return outside;
  }

  /**
   * A shared cell's value comes from this step, however its address was found. A local's, or a constant's, comes from
   * where its own value and its address came from.
   */
  read(id: VarId, value: Num, outside: Taint): void {
    const address = this.#taint;
    this.#taint = new Set(outside);
    const read = must(this.#program.vars[id], 'a variable');
    const isShared = id < this.#program.cells && read.constant !== true;
    if (!isShared) {
      for (const from of [this.#provenance[id]!, address]) for (const step of from) this.#taint.add(step);
      return;
    }
    if (read.ghost || this.#step === 0) return;
    this.#taint.add(this.#step);
    if (this.#node?.spec) return;
    if (this.#isTold(id)) this.#hasRead = true;
    if (!this.#reads.has(id) && !this.#writes.has(id)) this.#reads.set(id, value);
  }

  gathered(): Taint {
    return this.#taint;
  }

  store(id: VarId, old: Num, value: Num, from: Taint): void {
    if (id < this.#program.cells) this.#write(id, old, value);
    else this.#setLocal(id, value, from);
  }

  markStale(id: VarId, old: Num, value: Num): void {
    if (id < this.#program.cells) {
      this.#write(id, old, value);
      return;
    }
    const from = this.#provenance[id]!;
    this.#setLocal(id, value, from);
    const owner = must(this.#program.vars[id]?.thread, 'the thread of a local');
    const slot = this.#names.slotOf(id);
    if (slot !== null && this.#before[owner]?.set.has(slot))
      this.#before[owner].set.set(slot, { id, value, from });
  }

  choose(id: VarId, value: number): void {
    if (this.#stepNode?.step === 'choose' || this.#stepNode?.step === 'alloc') this.#choice = value;
    this.#setLocal(id, value, NOTHING);
  }

  dead(ids: readonly VarId[]): void {
    for (const id of ids) {
      this.#provenance[id] = NOTHING;
      const slot = this.#names.bury(id);
      if (slot !== null) this.#changes.dead.add(slot);
    }
  }

  #write(id: VarId, old: Num, value: Num): void {
    if (this.#step === 0) return; // the start values are those after the initial run
    this.#buffers.write(this.#thread, id, value, this.#node?.site ?? this.#firstSite);
    if (this.#program.vars[id]?.ghost !== true && !this.#node?.spec && this.#isTold(id))
      this.#hasWritten = true;
    const earlier = this.#writes.get(id);
    if (earlier === undefined) this.#writes.set(id, { old, new: value });
    else earlier.new = value;
  }

  #setLocal(id: VarId, value: Num, given: Taint): void {
    // A guess comes from the step that made it.
    const from = this.#buffers.hasOpened && given.size === 0 ? new Set([this.#step]) : given;
    this.#provenance[id] = from;
    const slot = this.#names.raise(id);
    if (slot === null) return;
    this.#changes.set.set(slot, { id, value, from });
    this.#changes.dead.delete(slot);
  }

  #localSet({ id, value, from }: SetLocal): LocalSet {
    const local = must(this.#program.vars[id], 'a local');
    const owner =
      local.thread === this.#thread ? {} : { thread: must(local.thread, 'the thread of a local') };
    return { name: local.name, value: this.#values.of(id, value), from: steps(from), ...owner };
  }

  /** Whose step it is, when it was taken for another thread. */
  get #owner(): number | undefined {
    return this.#program.threads[this.#thread]?.of;
  }

  #isBuffer(id: VarId): boolean {
    return this.#program.vars[id]?.buffer !== undefined;
  }

  /** A store of the value that is there already is still a store. */
  #isNews(id: VarId): boolean {
    return !this.#isBuffer(id) || (this.#owner === undefined && this.#program.vars[id]?.pending === true);
  }

  /** Of a store buffer only the values are worth a word, not the bookkeeping. */
  #isTold(id: VarId): boolean {
    return !this.#isBuffer(id) || this.#program.vars[id]?.pending === true;
  }

  #cell(id: VarId): string {
    return must(this.#program.vars[id], 'a cell').name;
  }

  #eventKind(): EventKind {
    if (this.#kind === null) return 'begin';
    if (this.#kind !== 'access') return this.#kind;
    if (this.#hasRead) return this.#hasWritten ? 'update' : 'read';
    return this.#hasWritten || this.#isWriter() ? 'write' : 'read';
  }

  /** Whether the step node would have written a cell, had it not met trouble first. */
  #isWriter(): boolean {
    const isCell = (base: number): boolean => base < this.#program.cells && this.#isTold(base);
    const stores = this.#stepNode?.edges.flatMap((edge) => edge.do) ?? [];
    return stores.some((a) => 'to' in a && (a.to.ptr !== undefined || isCell(a.to.base)));
  }
}

function noChanges(): LocalChanges {
  return { set: new Map(), dead: new Set(), checks: [] };
}

function steps(taint: Taint): Provenance {
  return [...taint].sort((a, b) => a - b);
}
