// SPDX-License-Identifier: GPL-2.0-only
// Owns what each step of a thread does to shared memory: a load, a store, or something that is done at once.

import {
  END,
  type Expr,
  type Node,
  type Num,
  type Pc,
  type Place,
  type Program,
  type ThreadProgram,
  type VarId,
} from '../../lang/program.ts';
import { isRest } from '../code.ts';
import { knownLocals, learn, Places, type Known } from './constants.ts';

/** One place that is read or written, and the cells it can mean. */
export interface Access {
  readonly pc: Pc;
  readonly place: Place;
  readonly cells: readonly VarId[];
  readonly isWrite: boolean;
}

/**
 * load, store: of one scalar or one word, by a step that does nothing else. unlock: a store that first looks whether it
 * may (spin_unlock). look: reads only. update: reads and writes, or writes several places, at once. barrier: no access.
 */
export type StepClass = 'load' | 'store' | 'unlock' | 'look' | 'update' | 'barrier';

/** A step node with the riding nodes behind it whose accesses belong to it. */
export interface Step {
  readonly pc: Pc;
  readonly node: Node;
  readonly class: StepClass;
  /** Those of the step node first. Constants, ghosts and what specification reads are left out. */
  readonly accesses: readonly Access[];
  /** The riding nodes that access shared memory. */
  readonly riders: readonly Pc[];
}

/** The steps of one thread. */
export class Accesses {
  readonly steps = new Map<Pc, Step>();
  readonly known: readonly (Known | undefined)[];
  readonly places: Places;
  readonly #program: Program;
  readonly #code: readonly Node[];

  constructor(program: Program, thread: ThreadProgram) {
    this.#program = program;
    this.#code = thread.code;
    this.places = new Places(program);
    this.known = knownLocals(program, thread);
    thread.code.forEach((node, pc) => {
      if (this.known[pc] === undefined) return;
      if (node.step !== null || isBarrier(node)) this.steps.set(pc, this.#step(pc));
    });
  }

  get all(): readonly Step[] {
    return [...this.steps.values()];
  }

  /** A cell that threads share and can change. */
  isShared(id: VarId): boolean {
    const cell = this.#program.vars[id];
    return id < this.#program.cells && cell?.constant !== true && cell?.ghost !== true;
  }

  #step(pc: Pc): Step {
    const node = this.#code[pc]!;
    const own = this.#of(pc);
    const riders: Pc[] = [];
    const accesses = [...own];
    const seen = new Set<Pc>([pc]);
    const todo = node.edges.map(({ next }) => next);
    for (let at = todo.pop(); at !== undefined; at = todo.pop()) {
      const rider = this.#code[at];
      if (at === END || rider === undefined || seen.has(at) || isRest(rider) || isBarrier(rider)) continue;
      seen.add(at);
      todo.push(...rider.edges.map(({ next }) => next));
      const more = rider.spec === true ? [] : this.#of(at);
      if (more.length === 0) continue;
      riders.push(at);
      accesses.push(...more);
    }
    return { pc, node, class: this.#classOf(node, accesses, riders), accesses, riders };
  }

  #classOf(node: Node, accesses: readonly Access[], riders: readonly Pc[]): StepClass {
    if (isBarrier(node)) return 'barrier';
    const [first] = accesses;
    const writes = accesses.filter(({ isWrite }) => isWrite);
    const isPlain =
      riders.length === 0 &&
      node.step === 'access' &&
      node.edges.length === 1 &&
      node.edges[0]!.when === null;
    if (node.order === 'store' && writes.length > 0) return 'unlock';
    if (first !== undefined && isPlain && this.#isOne(accesses)) return first.isWrite ? 'store' : 'load';
    return writes.length === 0 && node.step !== 'alloc' && node.step !== 'free' ? 'look' : 'update';
  }

  /** All reads, or all writes, of one scalar or of scalars of one word, in order. */
  #isOne(accesses: readonly Access[]): boolean {
    const [first, ...others] = accesses;
    if (first === undefined) return false;
    const key = (place: Place): string => JSON.stringify({ ...place, base: 0 });
    const follows = others.every(
      ({ place, isWrite }, i) =>
        isWrite === first.isWrite &&
        place.base === first.place.base + i + 1 &&
        key(place) === key(first.place),
    );
    return (
      follows && (others.length === 0 || first.cells.every((cell) => this.#isWord(cell, accesses.length)))
    );
  }

  #isWord(first: VarId, size: number): boolean {
    return this.#program.targets.some(
      (t) => t.word === true && first >= t.first && first + size <= t.first + t.size,
    );
  }

  /** The accesses of one node, in the order in which it makes them. */
  #of(pc: Pc): readonly Access[] {
    const found: Access[] = [];
    const node = this.#code[pc]!;
    for (const edge of node.edges) {
      const known = new Map<VarId, Num>(this.known[pc]);
      const note = (place: Place, isWrite: boolean): void => {
        const cells = this.places.cells(place, known).filter((id) => this.isShared(id));
        if (cells.length > 0) found.push({ pc, place, cells, isWrite });
      };
      if (edge.when !== null) eachRead(edge.when, (place) => note(place, false));
      for (const a of edge.do) {
        if ('stale' in a) eachRead(a.stale, (place) => note(place, false));
        else {
          eachRead(a.value, (place) => note(place, false));
          eachReadIn(a.to, (place) => note(place, false));
          note(a.to, true);
        }
        learn(known, a, this.places.constant);
      }
    }
    return found;
  }
}

/** smp_mb and its like: they ride under sequential consistency. */
export function isBarrier({ order, step }: Node): boolean {
  return step === null && (order === 'mb' || order === 'rmb' || order === 'wmb');
}

/** Calls `visit` on every place that is read. */
export function eachRead(e: Expr, visit: (place: Place) => void): void {
  switch (e.op) {
    case 'const':
      return;
    case 'get':
    case 'copy':
      eachReadIn(e.place, visit);
      return visit(e.place);
    case 'addr':
      return eachReadIn(e.place, visit);
    case 'unary':
    case 'cast':
    case 'stale':
    case 'back':
      return eachRead(e.a, visit);
    case 'cond':
      eachRead(e.test, visit);
      eachRead(e.a, visit);
      return eachRead(e.b, visit);
    case 'binary':
    case 'same':
    case 'both':
    case 'either':
      eachRead(e.a, visit);
      return eachRead(e.b, visit);
  }
}

/** The places that are read to find a place. */
export function eachReadIn(place: Place, visit: (place: Place) => void): void {
  if (place.ptr !== undefined) eachRead(place.ptr, visit);
  for (const { value } of place.index ?? []) eachRead(value, visit);
}
