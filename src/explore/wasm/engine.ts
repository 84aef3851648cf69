// SPDX-License-Identifier: GPL-2.0-only
// Owns the expanding of states by WebAssembly. What that cannot do, the interpreter does, step by step, so that nothing
// in the outcome tells one from the other.

import type { Num } from '../../lang/program.ts';
import type { Option } from '../../machine/machine.ts';
import type { Arena } from '../arena.ts';
import type { Expander, Interpreter, Space } from '../interpreter.ts';
import type { Constants, Places } from './expressions.ts';
import type { StateStore } from '../state-store.ts';
import { VIOLATED } from './invariants.ts';
import { PackingTables } from './packing-tables.ts';
import { platform, type Exports } from './platform.ts';
import { mostChanges, programCode, type ProgramCode } from './program-code.ts';
import { REWRITE, searchModule, STALE, type SearchShape } from './search-code.ts';
import { CHOICES, DUE, LOCK } from './steps.ts';
import { Values64 } from './values.ts';

/** Why there can be no such engine: a reason for people; null when there can. */
export function whyNotWasm({ arena }: StateStore): string | null {
  if (platform === null) return 'this JavaScript has no WebAssembly';
  return arena.memory === null ? 'no address space is left for a memory of WebAssembly' : null;
}

export class WasmEngine implements Expander {
  readonly #interpreter: Interpreter;
  readonly #space: Space;
  readonly #arena: Arena;
  readonly #values = new Values64();
  readonly #tables: PackingTables;
  readonly #places: Places;
  readonly #code: ProgramCode;
  readonly #judging: Exports;
  readonly #table: object;
  /** Addresses: by thread its step functions, and whom it waits for. */
  readonly #steps: number;
  readonly #waits: number;
  #search: Exports;
  #depth = 0;

  /** Compiles the Program of the interpreter's machine; whyNotWasm is null. Cost: some ten milliseconds. Throws OutOfMemory. */
  constructor(interpreter: Interpreter) {
    const { space } = interpreter;
    const { program, memory } = space.machine;
    this.#interpreter = interpreter;
    this.#space = space;
    this.#arena = space.store.arena;
    const arena = this.#arena;
    this.#tables = new PackingTables(
      space.packing,
      arena,
      this.#values,
      memory.vector.length,
      mostChanges(program),
    );
    const { vector, changed } = this.#tables.places;
    const cells = 4 * arena.allocate((DUE >> 2) + Math.ceil(program.invariants.length / 32));
    this.#steps = 4 * arena.allocate(program.threads.length);
    this.#waits = 4 * arena.allocate(program.threads.length);
    this.#places = { vector, changed, cells };

    this.#code = programCode(program, this.#places, constantsIn(arena), this.#values);
    this.#table = new platform!.Table({ element: 'anyfunc', initial: this.#code.tableSize });
    this.#judging = this.#link(this.#code.bytes, {
      judged: (invariant, judgement, state, thread, choice) => {
        this.#judged(invariant, judgement, state, thread < 0 ? null : { thread, choice });
      },
    });
    this.#code.steps.forEach((at, thread) => (arena.words[(this.#steps >>> 2) + thread] = at));

    // The state of all zero bits has the first value of each slot.
    memory.vector.forEach((value, slot) => this.#put(slot, space.packing.slot(slot)?.values[0] ?? value));
    this.#search = {};
    space.store.rehasher = (table, mask) => {
      if (this.#tables.places.width !== space.packing.words) return false; // it is just being widened
      this.#search['rehash']!(table, mask);
      return true;
    };
    this.#follow(-1);
  }

  expand(state: number, depth: number): void {
    this.expandAll(state, state + 1, depth, Infinity);
  }

  expandAll(from: number, until: number, depth: number, most: number): void {
    this.#depth = depth;
    const limit = Math.min(most, 2 ** 31 - 1);
    let isResumed = 0;
    const { graph } = this.#space;
    for (let state = from; ; state = graph.expanded) {
      const outcome = this.#search['search']!(state, until, limit, isResumed);
      if (outcome !== REWRITE) return;
      this.#write();
      isResumed = 1;
    }
  }

  finish(): void {
    const { coverage } = this.#space.machine;
    const bytes = new Uint8Array(this.#arena.words.buffer);
    for (const { at, thread, marks } of this.#code.flags) {
      if (bytes[at] === 0) continue;
      for (const { pc, edge } of marks) coverage[thread]![pc]! |= 1 << edge;
    }
  }

  /** Follows the packing, while `state` is the loaded one; -1: none is. */
  #follow(state: number): void {
    const { store } = this.#space;
    const isOther = this.#tables.refresh(state < 0 ? null : store.offset(state));
    if (!isOther) return;
    if (state < 0) this.#write();
    else this.#setCell(STALE, 1);
  }

  /** Writes the search loop for the width that states have now. */
  #write(): void {
    const { machine, judge, store, graph } = this.#space;
    const { program, memory } = machine;
    const shape: SearchShape = {
      places: { ...this.#places, ...this.#tables.places, steps: this.#steps, waits: this.#waits },
      threads: program.threads.length,
      pcs: memory.pcs,
      mortal: judge.mortal,
      dueWords: judge.ofSteps.length === 0 ? 0 : Math.ceil(program.invariants.length / 32),
      hasStateInvariants: judge.ofStates.length > 0,
      hasLocks: program.locks.length > 0,
    };
    this.#search = this.#link(searchModule(shape), {
      ask: (state, thread, choice) => this.#ask(state, thread, choice),
      insertNew: (state, bytes) => this.#insertNew(state, bytes),
      deadlocked: (...masks) => this.#deadlocked(...(masks as [number, number, number, number])),
      growStates: () => store.growStates(),
      growTable: () => store.growTable(),
      growEdges: () => graph.growEdges(),
      growNodes: () => graph.growNodes(),
      ...this.#judging,
    });
  }

  #link(bytes: Uint8Array, functions: Record<string, (...args: number[]) => number | void>): Exports {
    const { Module, Instance } = platform!;
    const env = { memory: this.#arena.memory, table: this.#table, ...functions };
    return new Instance(new Module(bytes), { env }).exports;
  }

  /** The vector holds a value that its slot never had: the interpreter makes room for it. */
  #insertNew(state: number, bytes: number): number {
    const { machine } = this.#space;
    machine.forget();
    this.#copyTo(machine.memory.vector);
    const at = this.#places.changed >>> 2;
    const changed = Array.from(this.#arena.words.subarray(at, at + (bytes >> 2)));
    const to = this.#interpreter.insertStepped(state, changed, changed.length);
    this.#follow(state);
    return to;
  }

  /** Lets the interpreter take a step from the loaded state; 0 when it is blocked. */
  #ask(state: number, thread: number, choice: number): number {
    const { machine } = this.#space;
    const { vector, base } = this.#tables.places;
    const { words } = this.#arena;
    words.copyWithin(vector >> 2, base >> 2, (base >> 2) + 2 * machine.memory.vector.length);
    this.#interpreter.goTo(state);
    const outcome = this.#interpreter.tryStep(state, this.#depth, thread, choice);
    this.#follow(state);
    this.#setCell(CHOICES, machine.choices);
    this.#setCell(LOCK, machine.blockedLock);
    return outcome === 'blocked' ? 0 : 1;
  }

  #deadlocked(state: number, able: number, ended: number, waiting: number): void {
    const { judge, machine } = this.#space;
    judge.beginState();
    const at = this.#waits >>> 2;
    machine.program.threads.forEach((_, thread) => {
      if (((waiting >> thread) & 1) !== 0) judge.waits(thread, this.#arena.words[at + thread]!);
    });
    judge.endState(state, this.#depth, able, ended);
  }

  #judged(invariant: number, judgement: number, state: number, step: Option | null): void {
    const { judge, machine } = this.#space;
    if (judgement === VIOLATED) {
      judge.violated(invariant, this.#depth + 1, { state, step });
      return;
    }
    machine.forget();
    this.#copyTo(machine.memory.vector);
    judge.judge(invariant, this.#depth + 1, state, step);
  }

  #copyTo(vector: Num[]): void {
    const { words } = this.#arena;
    const at = this.#places.vector >>> 2;
    for (let slot = 0; slot < vector.length; slot += 1) {
      const low = words[at + 2 * slot]!;
      const high = words[at + 2 * slot + 1]!;
      vector[slot] = high === low >> 31 ? low : this.#values.from((BigInt(high) << 32n) | BigInt(low >>> 0));
    }
  }

  #put(slot: number, value: Num): void {
    const { words } = this.#arena;
    const bits = this.#values.of(value);
    for (const place of [this.#tables.places.vector, this.#tables.places.base]) {
      words[(place >>> 2) + 2 * slot] = Number(BigInt.asIntN(32, bits));
      words[(place >>> 2) + 2 * slot + 1] = Number(bits >> 32n);
    }
  }

  #setCell(offset: number, value: number): void {
    this.#arena.words[(this.#places.cells + offset) >>> 2] = value;
  }
}

function constantsIn(arena: Arena): Constants {
  const places = new Map<string, number>();
  return {
    place(key, make) {
      const known = places.get(key);
      if (known !== undefined) return known;
      const bytes = new Uint8Array(make());
      const at = arena.allocate((bytes.length + 3) >> 2);
      new Uint8Array(arena.words.buffer).set(bytes, 4 * at);
      places.set(key, 4 * at);
      return 4 * at;
    },
  };
}
