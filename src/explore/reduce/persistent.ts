// SPDX-License-Identifier: GPL-2.0-only
// Owns persistent sets: threads that are enough to be followed from a state, because nothing the others can do before
// them makes a difference (Godefroid, LNCS 1032, chapter 4; with the visibility of Peled's ample sets).

import { must } from '../../base/assert.ts';
import { END, type Node, type Num, type Pc, type Program } from '../../lang/program.ts';
import { isRest } from '../../machine/code.ts';
import { Collected } from './accesses.ts';
import { Footprints } from './footprints.ts';

/** All threads. */
export const EVERYBODY = -1;

/**
 * For each thread and place of rest: what its next step can access, and what all its steps from there on can. Cost of
 * making it: threads and places of rest, squared. Choosing costs threads cubed at most, and looks at pcs alone.
 */
export class PersistentSets {
  /** Where the pc of thread 0 stands in a vector. */
  readonly #pcs: number;
  readonly #threads: number;
  /** By thread and pc - END: whether the next step is one that an invariant can see. */
  readonly #isVisible: readonly Uint8Array[];
  /** By thread t, thread u and (pc of t - END) * (nodes of u + 1) + (pc of u - END): t's next step and u's future conflict. */
  readonly #conflicts: readonly (readonly Uint8Array[])[];
  readonly #widths: readonly number[];

  constructor(program: Program) {
    const footprints = new Footprints(program);
    this.#pcs = program.vars.length;
    this.#threads = program.threads.length;
    this.#widths = program.threads.map(({ code }) => code.length + 1);
    const next = program.threads.map(({ code }, thread) =>
      atRests(code, (pc) => gather(footprints, thread, nodesOfStep(code, pc))),
    );
    const future = program.threads.map(({ code }, thread) =>
      atRests(code, (pc) => gather(footprints, thread, reachable(code, pc))),
    );
    this.#isVisible = next.map((list) => Uint8Array.from(list, (one) => (one?.isVisible ? 1 : 0)));
    this.#conflicts = next.map((mine, t) =>
      future.map((theirs, u) => {
        const table = new Uint8Array(mine.length * theirs.length);
        if (t === u) return table;
        mine.forEach((a, i) =>
          theirs.forEach((b, j) => {
            if (a !== null && b !== null && conflict(a.accesses, b.accesses))
              table[i * theirs.length + j] = 1;
          }),
        );
        return table;
      }),
    );
  }

  /**
   * The threads, as a mask, that it is enough to follow, provided that one of their steps leads to a state not seen
   * before: else nobody may be put off for ever, and EVERYBODY must be followed. EVERYBODY, too, when there is no
   * smaller set, or an invariant could see the difference.
   */
  choose(vector: ArrayLike<Num>): number {
    let best = EVERYBODY;
    let fewest = this.#threads;
    for (let seed = 0; seed < this.#threads; seed += 1) {
      if (this.#pcOf(vector, seed) === END) continue;
      const set = this.#closure(seed, vector, fewest);
      if (set === EVERYBODY) continue;
      best = set;
      fewest = sizeOf(set);
    }
    return best;
  }

  /** The smallest persistent set with `seed`; EVERYBODY when it is visible, or not smaller than `limit`. */
  #closure(seed: number, vector: ArrayLike<Num>, limit: number): number {
    let set = 1 << seed;
    let left = set;
    let size = 1;
    while (left !== 0) {
      const t = 31 - Math.clz32(left);
      left &= ~(1 << t);
      const pc = this.#pcOf(vector, t) - END;
      if (this.#isVisible[t]![pc] === 1) return EVERYBODY;
      for (let u = 0; u < this.#threads; u += 1) {
        if (((set >> u) & 1) !== 0) continue;
        const other = this.#pcOf(vector, u) - END;
        if (this.#conflicts[t]![u]![pc * this.#widths[u]! + other] === 0) continue;
        set |= 1 << u;
        left |= 1 << u;
        size += 1;
      }
      if (size >= limit) return EVERYBODY;
    }
    return set;
  }

  #pcOf(vector: ArrayLike<Num>, thread: number): Pc {
    return vector[this.#pcs + thread] as number;
  }
}

interface Gathered {
  readonly accesses: Collected;
  readonly isVisible: boolean;
}

/** By pc - END; null where no thread rests. */
function atRests(code: readonly Node[], find: (pc: Pc) => Gathered): readonly (Gathered | null)[] {
  return [null, ...code.map((node, pc) => (isRest(node) ? find(pc) : null))];
}

function gather(footprints: Footprints, thread: number, nodes: Iterable<Pc>): Gathered {
  const accesses = new Collected();
  let isVisible = false;
  for (const pc of nodes) {
    accesses.add(footprints.at(thread, pc));
    isVisible ||= footprints.isVisible(thread, pc);
  }
  return { accesses, isVisible };
}

function conflict(a: Collected, b: Collected): boolean {
  if (a.minds || b.minds) return true;
  for (const cell of a.writes) if (b.writes.has(cell) || b.reads.has(cell)) return true;
  for (const cell of a.reads) if (b.writes.has(cell)) return true;
  return false;
}

/** The nodes that one step from a place of rest can go through, to the next. */
export function nodesOfStep(code: readonly Node[], from: Pc): ReadonlySet<Pc> {
  const node = (pc: Pc): Node => must(code[pc], 'a node');
  // Before its step node it is on its way through the begin of an operation; that node may ride only once.
  const before = new Set<Pc>();
  const after = new Set<Pc>();
  const todo: { pc: Pc; isAfter: boolean }[] = [{ pc: from, isAfter: false }];
  for (let one = todo.pop(); one !== undefined; one = todo.pop()) {
    const { pc } = one;
    const seen = one.isAfter ? after : before;
    if (seen.has(pc)) continue;
    seen.add(pc);
    const isAfter = one.isAfter || node(pc).step !== null;
    for (const { next } of node(pc).edges) {
      if (next === END || (isRest(node(next)) && (isAfter || node(next).step === null))) continue;
      todo.push({ pc: next, isAfter });
    }
  }
  return new Set([...before, ...after]);
}

function reachable(code: readonly Node[], from: Pc): ReadonlySet<Pc> {
  const seen = new Set([from]);
  for (const pc of seen)
    for (const { next } of must(code[pc], 'a node').edges) if (next !== END) seen.add(next);
  return seen;
}

function sizeOf(set: number): number {
  let size = 0;
  for (let left = set; left !== 0; left &= left - 1) size += 1;
  return size;
}
