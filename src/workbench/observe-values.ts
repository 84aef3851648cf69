// SPDX-License-Identifier: GPL-2.0-only
// Owns the finding of the values that each variable of a Program takes, in every state and in the middle of steps:
// an exporter chooses types and lists the targets of pointers by them.

import { Rng } from '../base/rng.ts';
import { StateStore } from '../explore/state-store.ts';
import { END, type Node, type Num, type Pc, type Program, type VarId } from '../lang/program.ts';
import { compileCode, enabledEdge, nodeAt, type CompiledNode } from '../machine/code.ts';
import { Evaluator } from '../machine/evaluate.ts';
import { Invariants } from '../machine/invariants.ts';
import { Machine, type Option } from '../machine/machine.ts';
import { Memory } from '../machine/memory.ts';
import { Packing } from '../machine/packing.ts';
import type { Taint, Tracer } from '../machine/tracer.ts';
import { Fault } from '../machine/trouble.ts';
import { spreadAlongAssignments, spreadCounts } from './value-flow.ts';
import { spreadOverEquals } from './value-symmetry.ts';

export interface Observed {
  /**
   * Of each variable the values that it was seen to take where something may read them: neither the 0 that a dead local
   * is reset to, nor the start of a local that is never read.
   */
  readonly values: readonly ReadonlySet<Num>[];
  /** Of each variable whether it held its value of state 0 in every state: it may change in the middle of steps. */
  readonly isSteady: readonly boolean[];
  /** The vector in state 0, and where each thread stands there. null: trouble on the way to it. */
  readonly start: { readonly vector: readonly Num[]; readonly pcs: readonly Pc[] } | null;
  readonly states: number;
  /** Every reachable state was visited, so there are no other values. */
  readonly isComplete: boolean;
}

/**
 * Visits states breadth first, violating ones too, until there are no more or `maxStates`; then, for what lies deeper, as
 * many states again by random runs, the same ones every time, and what
 * the text and symmetry say. About 5 us a transition, 20 us a step of a run.
 */
export function observeValues(program: Program, maxStates: number): Observed {
  const memory = new Memory(program);
  const watch = new Watch(program);
  const machine = new Machine(program, memory, watch);
  if (machine.start() !== null)
    return { values: watch.values, isSteady: [], start: null, states: 0, isComplete: true };
  const { vector } = memory;
  const start = { vector: [...vector], pcs: program.threads.map((_, thread) => memory.pc(thread)) };
  const packing = new Packing(program, vector);
  const store = new StateStore(packing);
  const judge = judging(program, memory, watch);
  const isSteady = program.vars.map(() => true);
  const add = (): void => {
    const words = new Int32Array(packing.words);
    if (packing.pack(vector, words, 0)) store.add(words, 0);
    else {
      store.relayout();
      add();
    }
  };
  add();
  judge();
  const lookAtSteady = (): void => {
    for (const id of isSteady.keys()) if (vector[id] !== start.vector[id]) isSteady[id] = false;
  };
  let next = 0;
  for (; next < store.count && store.count <= maxStates; next += 1) {
    packing.unpack(store.words, store.offset(next), vector);
    machine.forget();
    lookAtSteady();
    for (let thread = 0; thread < program.threads.length; thread += 1) {
      let choice = 0;
      do {
        const outcome = machine.take(thread, choice);
        if (outcome === 'blocked') continue;
        if (outcome === 'moved') {
          add();
          if (store.added || machine.ended.length > 0) judge();
        }
        machine.undo();
      } while (++choice < machine.choices);
    }
  }
  const isComplete = next === store.count;
  for (let steps = 0, run = 0; !isComplete && steps < maxStates; run += 1) {
    // Not unpacked: a state that was packed has nothing to say of what had not changed by then, and has now.
    for (const [slot, value] of start.vector.entries()) vector[slot] = value;
    machine.forget();
    const scheduler = persistent(run);
    for (let step = 0; step < LONGEST_RUN && steps < maxStates; step += 1, steps += 1) {
      const options = machine.options();
      if (options.length === 0) break;
      const { thread, choice } = scheduler(options);
      if (machine.take(thread, choice) !== 'moved') break;
      machine.forget();
      judge();
      lookAtSteady();
    }
  }
  if (!isComplete) {
    // Twice: what is copied may have come by symmetry, and the other way round.
    for (let pass = 0; pass < 2; pass += 1) {
      spreadAlongAssignments(program, watch.values);
      spreadOverEquals(program, watch.values);
    }
    spreadCounts(program, watch.values);
  }
  return { values: watch.values, isSteady, start, states: store.count, isComplete };
}

/** Steps of a random run, at most: a retry loop may go on for ever. */
const LONGEST_RUN = 2000;

/**
 * A scheduler that stays with a thread while it can: not at all, for four steps on average, for sixteen, for sixty-four,
 * by turns. Values come up where everybody is in the middle of something, and where one has gone far alone.
 */
function persistent(run: number): (options: readonly Option[]) => Option {
  const rng = new Rng(run + 1);
  const stay = 4 ** (run % 4);
  let current = -1;
  return (options) => {
    const able = [...new Set(options.map(({ thread }) => thread))];
    if (!able.includes(current) || rng.below(stay) === 0) current = rng.pick(able);
    return rng.pick(options.filter(({ thread }) => thread === current));
  };
}

/** Runs the code of all invariants in the state as it is, for the values of their scratch. */
function judging(program: Program, memory: Memory, watch: Watch): () => void {
  const evaluator = new Evaluator(program, memory, watch);
  const codes = program.invariants.map(({ code }) => compileCode(code, evaluator));
  const invariants = new Invariants(program, memory);
  return () => {
    for (const [index, { entry }] of program.invariants.entries()) {
      if (!invariants.isIdle(index)) continue;
      const mark = memory.logged;
      try {
        evaluate(codes[index]!, entry);
      } catch (error) {
        if (!(error instanceof Fault)) throw error;
      } finally {
        memory.rollback(mark);
      }
    }
  };
}

function evaluate(code: readonly CompiledNode[], entry: Pc): void {
  const most = 1_000_000;
  for (let pc = entry, visited = 0; pc !== END && visited < most; visited += 1) {
    const compiled = nodeAt(code, pc);
    const edge = compiled.edges[enabledEdge(compiled)];
    if (edge === undefined || edge.fail !== undefined) return;
    edge.perform();
    pc = edge.next;
  }
}

/** Collects every value that is stored. */
class Watch implements Tracer {
  readonly values: Set<Num>[];
  readonly #none: Taint = new Set();

  constructor(program: Program) {
    this.values = program.vars.map(({ start, thread }) => new Set(thread === undefined ? [start] : []));
  }

  read(id: VarId, value: Num): void {
    this.values[id]!.add(value);
  }

  store(id: VarId, _old: Num, value: Num): void {
    this.values[id]!.add(value);
  }
  markStale(id: VarId, _old: Num, value: Num): void {
    this.values[id]!.add(value);
  }
  choose(id: VarId, value: number): void {
    this.values[id]!.add(value);
  }
  enterAddress(): Taint {
    return this.#none;
  }
  gathered(): Taint {
    return this.#none;
  }
  node(_thread: number, _pc: Pc, _node: Node): void {}
  edge(): void {}
  fresh(): void {}
  dead(): void {}
}
