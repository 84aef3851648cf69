// SPDX-License-Identifier: GPL-2.0-only
// Owns the expanding of states by the machine itself: slow, and the reference for every other engine.

import type { Num } from '../lang/program.ts';
import type { Machine, Outcome } from '../machine/machine.ts';
import type { Packing } from '../machine/packing.ts';
import type { Judge } from './judge.ts';
import { EVERYBODY, type PersistentSets } from './reduce/persistent.ts';
import type { Symmetry } from './reduce/symmetry.ts';
import { NOWHERE, type StateGraph } from './state-graph.ts';
import type { StateStore } from './state-store.ts';

/** What a search fills, and all engines work on. */
export interface Space {
  readonly machine: Machine;
  readonly judge: Judge;
  readonly packing: Packing;
  readonly store: StateStore;
  readonly graph: StateGraph;
  /** Where identical threads are exchanged, so that one state stands for many. */
  readonly symmetry: Symmetry | null;
  /** Where it is enough to follow some threads. */
  readonly persistent: PersistentSets | null;
}

/** For searches that follow everybody, and know who is who. */
export const UNREDUCED = { symmetry: null, persistent: null } as const;

/** Expands states, in the order of their numbers. Engines may take turns: what they leave behind is the same. */
export interface Expander {
  /** Takes every step from `state`, which lies at `depth`, and judges where they lead. */
  expand(state: number, depth: number): void;
  /** Expands from `state` on, to `until` or until there are more than `most` states: the same, but in one go. */
  expandAll?(state: number, until: number, depth: number, most: number): void;
  /** No more states come: the machine's coverage is to be complete. */
  finish(): void;
}

export class Interpreter implements Expander {
  readonly space: Space;
  #scratch = new Int32Array(1);
  readonly #write = (slot: number, value: Num): void => this.space.machine.memory.write(slot, value);

  constructor(space: Space) {
    this.space = space;
  }

  /** Adds the state that the machine starts in. */
  insertStart(): number {
    const { packing, store, machine, symmetry } = this.space;
    symmetry?.sort(machine.memory.vector, this.#write);
    this.#scratch = new Int32Array(packing.words);
    packing.pack(machine.memory.vector, this.#scratch, 0);
    return store.add(this.#scratch, 0);
  }

  /** Makes the machine stand in a state. */
  goTo(state: number): void {
    const { packing, store, machine } = this.space;
    packing.unpack(store.words, store.offset(state), machine.memory.vector);
    machine.forget();
  }

  expand(state: number, depth: number): void {
    const { machine, judge, graph, store, persistent } = this.space;
    this.goTo(state);
    judge.beginState();
    let able = 0;
    let ended = 0;
    const follow = (threads: number): void => {
      for (let thread = 0; thread < machine.program.threads.length; thread += 1) {
        if (((threads >> thread) & 1) === 0) continue;
        if (machine.memory.hasEnded(thread)) ended |= 1 << thread;
        else if (this.#tryThread(state, depth, thread)) able |= 1 << thread;
        else judge.blocked(thread);
      }
    };
    const enough = persistent?.choose(machine.memory.vector) ?? EVERYBODY;
    const before = store.count;
    follow(enough);
    if (enough !== EVERYBODY && store.count === before) follow(~enough);
    judge.endState(state, depth, able, ended);
    graph.closeState(ended);
  }

  finish(): void {}

  /** Tries one step from `state`, in which the machine stands, and takes it back. */
  tryStep(state: number, depth: number, thread: number, choice: number): Outcome {
    const { machine, judge, graph } = this.space;
    const outcome = machine.take(thread, choice);
    if (outcome === 'blocked') return outcome;
    if (outcome === 'moved') {
      this.#arrive(state, depth, thread, choice);
    } else {
      graph.addEdge(thread, choice, NOWHERE);
      judge.trouble(outcome, depth + 1, { state, step: { thread, choice } });
    }
    machine.undo();
    return outcome;
  }

  /** The state after the step from `state` that wrote the first `count` slots of `changed`, to what the machine's memory holds. */
  insertStepped(state: number, changed: readonly number[], count: number): number {
    const { packing, store, machine } = this.space;
    const { vector } = machine.memory;
    const { words } = store;
    const from = store.offset(state);
    for (let i = 0; i < this.#scratch.length; i += 1) this.#scratch[i] = words[from + i]!;
    // Only the slots that the step wrote are packed again.
    if (!packing.patch(changed, count, vector, this.#scratch, 0)) {
      store.relayout();
      this.#scratch = new Int32Array(packing.words);
      packing.pack(vector, this.#scratch, 0);
    }
    return store.add(this.#scratch, 0);
  }

  /** Takes every step that the thread can take; false when there is none. */
  #tryThread(state: number, depth: number, thread: number): boolean {
    const { machine } = this.space;
    let isAble = false;
    let choice = 0;
    do {
      if (this.tryStep(state, depth, thread, choice) !== 'blocked') isAble = true;
    } while (++choice < machine.choices);
    return isAble;
  }

  #arrive(state: number, depth: number, thread: number, choice: number): void {
    const { machine, judge, graph, store, symmetry } = this.space;
    const { memory } = machine;
    const permutation = symmetry?.sort(memory.vector, this.#write) ?? 0;
    const to = this.insertStepped(state, memory.changed, memory.logged);
    graph.addEdge(thread, choice, to, permutation);
    if (store.added) judge.newState(to, depth + 1);
    judge.step(state, thread, choice, depth + 1);
  }
}
