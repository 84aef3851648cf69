// SPDX-License-Identifier: GPL-2.0-only
// Owns the one state that stands for all that differ only in which of several identical threads is which.

import { must } from '../../base/assert.ts';
import { END, type Node, type Num, type Pc, type Program, type VarId } from '../../lang/program.ts';
import { PointsTo } from './points-to.ts';
import type { TwinGroup, Twins } from './twins.ts';

/** By thread: the number it has after an exchange. */
export type Permutation = readonly number[];

/** Writes a slot of the vector, so that it can be taken back. */
type Write = (slot: number, value: Num) => void;

/** A group, with what is compared and exchanged where. */
interface Group {
  readonly threads: readonly number[];
  /** By twin. */
  readonly locals: readonly (readonly VarId[])[];
  /** By subscript, then by twin. */
  readonly elements: readonly (readonly (readonly VarId[])[])[];
  /** By pc - END: which of the locals may hold something there. */
  readonly inUse: readonly (readonly number[])[];
  /** Twins by place, while sorting. */
  readonly order: number[];
}

/**
 * Puts the threads of each group in order: by where they stand, then by their variables, then by the cells that name
 * them. Exchanging threads is an automorphism of the Program (see findTwins), so any choice is right; this one is the
 * same for all states of an orbit, unless a thread's own variables name other threads.
 */
export class Symmetry {
  readonly #groups: readonly Group[];
  /** Variables naming threads that no twin owns: by these are twins told apart last. */
  readonly #naming: readonly VarId[];
  /** All variables that name threads. */
  readonly #allNaming: readonly VarId[];
  /** Where the pc of thread 0 stands. */
  readonly #pcs: number;
  readonly #threads: number;
  readonly #permutations: Permutation[] = [];
  /** By the orders of all groups, as one number where that is exact. */
  readonly #numbers = new Map<number | string, number>();
  readonly #isCodeExact: boolean;
  /** What is to be written where, while threads are exchanged. */
  readonly #slots: number[] = [];
  readonly #values: Num[] = [];

  constructor(program: Program, twins: Twins) {
    this.#pcs = program.vars.length;
    this.#threads = program.threads.length;
    this.#groups = twins.groups.map((group) => groupOf(program, group));
    const own = new Set(
      twins.groups.flatMap(({ locals, elements }) => [...locals, ...elements.flat()].flat()),
    );
    this.#naming = twins.naming.filter((id) => !own.has(id));
    this.#allNaming = twins.naming;
    this.#permutations.push(this.#identity());
    const orders = this.#groups.reduce((product, { order }) => product * order.length ** order.length, 1);
    this.#isCodeExact = orders < Number.MAX_SAFE_INTEGER;
  }

  /** The permutation with a number; 0 leaves every thread as it is. */
  permutation(number: number): Permutation {
    return must(this.#permutations[number], 'a permutation');
  }

  /**
   * Brings the vector into order, and gives the number of the permutation that did. Cost: mostly a comparison of two
   * pcs for each pair of neighbours.
   */
  sort(vector: ArrayLike<Num>, write: Write): number {
    let isMoved = false;
    for (const group of this.#groups) {
      if (!this.#sortGroup(group, vector)) continue;
      isMoved = true;
      this.#exchange(group, vector, write);
    }
    if (!isMoved) return 0;
    const number = this.#numberOfOrder();
    const permutation = this.#permutations[number]!;
    for (const slot of this.#allNaming) {
      const held = vector[slot] as number; // a thread, or nobody
      if (held < 1 || held > this.#threads) continue;
      const renamed = permutation[held - 1]! + 1;
      if (renamed !== held) write(slot, renamed);
    }
    return number;
  }

  #identity(): number[] {
    return Array.from({ length: this.#threads }, (_, thread) => thread);
  }

  /** The number of the permutation that the orders of all groups make together. */
  #numberOfOrder(): number {
    let code: number | string = 0;
    if (this.#isCodeExact) {
      for (const { order } of this.#groups)
        for (let place = 0; place < order.length; place += 1) code = code * order.length + order[place]!;
    } else {
      code = this.#groups.map(({ order }) => order.join()).join(' ');
    }
    const known = this.#numbers.get(code);
    if (known !== undefined) return known;
    const permutation = this.#identity();
    for (const { order, threads } of this.#groups)
      for (const [place, twin] of order.entries()) permutation[threads[twin]!] = threads[place]!;
    this.#numbers.set(code, this.#permutations.push(permutation) - 1);
    return this.#permutations.length - 1;
  }

  /** Leaves in `order` which twin belongs where; false when each is at its place. By insertion: groups are small. */
  #sortGroup(group: Group, vector: ArrayLike<Num>): boolean {
    const { order } = group;
    let isMoved = false;
    for (let i = 0; i < order.length; i += 1) order[i] = i;
    for (let i = 1; i < order.length; i += 1) {
      const twin = order[i]!;
      let place = i;
      while (place > 0 && this.#isBefore(group, twin, order[place - 1]!, vector)) {
        order[place] = order[place - 1]!;
        place -= 1;
        isMoved = true;
      }
      order[place] = twin;
    }
    return isMoved;
  }

  #isBefore(group: Group, a: number, b: number, vector: ArrayLike<Num>): boolean {
    const pc = vector[this.#pcs + group.threads[a]!] as number;
    const otherPc = vector[this.#pcs + group.threads[b]!] as number;
    if (pc !== otherPc) return pc < otherPc;
    const localsA = group.locals[a]!;
    const localsB = group.locals[b]!;
    const inUse = group.inUse[pc - END]!;
    for (let k = 0; k < inUse.length; k += 1) {
      const x = vector[localsA[inUse[k]!]!]!;
      const y = vector[localsB[inUse[k]!]!]!;
      if (x !== y) return x < y;
    }
    for (const elements of group.elements) {
      const elementsA = elements[a]!;
      const elementsB = elements[b]!;
      for (let i = 0; i < elementsA.length; i += 1) {
        const x = vector[elementsA[i]!]!;
        const y = vector[elementsB[i]!]!;
        if (x !== y) return x < y;
      }
    }
    for (const slot of this.#naming) {
      const held = vector[slot];
      if (held === group.threads[a]! + 1) return true;
      if (held === group.threads[b]! + 1) return false;
    }
    return false;
  }

  /** All values are read before the first is written. */
  #exchange(group: Group, vector: ArrayLike<Num>, write: Write): void {
    const { threads, locals, elements, inUse, order } = group;
    const [slots, values] = [this.#slots, this.#values];
    let count = 0;
    for (let place = 0; place < order.length; place += 1) {
      const twin = order[place]!;
      if (twin === place) continue;
      const pcs = [this.#pcs + threads[place]!, this.#pcs + threads[twin]!] as const;
      slots[count] = pcs[0];
      values[count++] = vector[pcs[1]]!;
      const [into, from] = [locals[place]!, locals[twin]!];
      // What either uses: the same local may be met twice, which does no harm.
      for (const pc of pcs) {
        for (const i of inUse[(vector[pc] as number) - END]!) {
          slots[count] = into[i]!;
          values[count++] = vector[from[i]!]!;
        }
      }
    }
    this.#put(count, vector, write);
    for (const own of elements) {
      count = 0;
      for (let place = 0; place < order.length; place += 1) {
        const twin = order[place]!;
        if (twin === place) continue;
        const [into, from] = [own[place]!, own[twin]!];
        for (let i = 0; i < into.length; i += 1) {
          slots[count] = into[i]!;
          values[count++] = vector[from[i]!]!;
        }
      }
      this.#put(count, vector, write);
    }
  }

  #put(count: number, vector: ArrayLike<Num>, write: Write): void {
    const [slots, values] = [this.#slots, this.#values];
    for (let i = 0; i < count; i += 1) {
      if (vector[slots[i]!] !== values[i]) write(slots[i]!, values[i]!);
    }
  }
}

function groupOf(program: Program, { threads, locals, elements }: TwinGroup): Group {
  const { code, locals: range, entry } = must(program.threads[threads[0] ?? -1], 'a thread');
  const starts = program.vars.slice(...range).flatMap(({ start }, i) => (start === 0 ? [] : [i]));
  const flow = { code, entry, range, starts, thread: threads[0] ?? -1 };
  return {
    threads,
    locals,
    elements,
    inUse: inUse(flow, new PointsTo(program)),
    order: threads.map(() => 0),
  };
}

/** By pc - END: the locals (counted from the first) that can be other than 0 there. */
function inUse(
  { code, entry, range: [from, to], starts, thread }: Flow,
  pointsTo: PointsTo,
): readonly (readonly number[])[] {
  const at: (Set<number> | undefined)[] = Array.from({ length: code.length + 1 });
  const todo: Pc[] = [];
  const arrive = (pc: Pc, used: ReadonlySet<number>): void => {
    const known = at[pc - END];
    const joined = new Set([...(known ?? []), ...used]);
    if (known !== undefined && known.size === joined.size) return;
    at[pc - END] = joined;
    if (pc !== END) todo.push(pc);
  };
  arrive(entry, new Set(starts));
  for (let pc = todo.pop(); pc !== undefined; pc = todo.pop()) {
    const { edges, choice } = must(code[pc], 'a node');
    const before = pointsTo.inThread(thread, pc);
    for (const edge of edges) {
      const used = new Set(at[pc - END]);
      if (choice !== undefined) used.add(choice.into - from);
      const view = before?.copy();
      for (const assign of edge.do) {
        if (!('to' in assign)) continue;
        for (const id of view?.places(assign.to) ?? []) if (id >= from && id < to) used.add(id - from);
        view?.perform(assign);
      }
      for (const id of edge.dead) used.delete(id - from);
      arrive(edge.next, used);
    }
  }
  return at.map((used) => [...(used ?? [])].sort((a, b) => a - b));
}

interface Flow {
  readonly code: readonly Node[];
  readonly entry: Pc;
  readonly range: readonly [VarId, VarId];
  readonly starts: readonly number[];
  readonly thread: number;
}
