// SPDX-License-Identifier: GPL-2.0-only
// Owns how each step of a Program may be exchanged with the steps of other threads (Lipton, CACM 18(12), 1975).

import { must } from '../../base/assert.ts';
import { END, type Node, type Pc, type Program, type VarId } from '../../lang/program.ts';
import { isRest } from '../../machine/code.ts';
import { Collected } from './accesses.ts';
import { Footprints } from './footprints.ts';
import { Ownership } from './ownership.ts';

/**
 * both: with any step before and after it. right: a step of another thread that follows may as well come before.
 * left: one that came before may as well follow. none: neither.
 */
export type Mover = 'both' | 'right' | 'left' | 'none';

export interface MoverOptions {
  /** Believe in locks: cells that are always accessed under one lock are protected. */
  readonly locks: boolean;
  /** Cells that only one thread accesses need no protection. */
  readonly local: boolean;
}

/**
 * Classifies steps, by the text alone. A step that an invariant can see is never exchanged. Cost: the code of all
 * threads, a few times.
 */
export class Movers {
  readonly #program: Program;
  readonly #footprints: Footprints;
  readonly #ownership: Ownership;
  readonly #isLocal: (cell: VarId) => boolean;
  readonly #isProtected: (cell: VarId) => boolean;
  /** Owner cells of spinlocks that nobody looks at without waiting for them or holding them. */
  readonly #plainLocks: ReadonlySet<VarId>;

  constructor(program: Program, options: MoverOptions) {
    this.#program = program;
    this.#footprints = new Footprints(program);
    this.#ownership = new Ownership(program, this.#footprints.pointsTo);
    const threads = this.#threadsOf();
    this.#isLocal = options.local ? (cell) => (threads.get(cell)?.size ?? 0) < 2 : () => false;
    const protectors = this.#protectors();
    this.#isProtected = options.locks ? (cell) => (protectors.get(cell)?.size ?? 0) > 0 : () => false;
    this.#plainLocks = options.locks ? this.#findPlainLocks() : new Set();
  }

  /** The class of the step that a thread takes from the step node `pc`, with all that rides with it. */
  of(thread: number, pc: Pc): Mover {
    const { code } = must(this.#program.threads[thread], 'a thread');
    const all = new Collected();
    for (const at of [...beginsBefore(code, pc), ...stepNodes(code, pc)]) {
      if (this.#footprints.isVisible(thread, at)) return 'none';
      all.add(this.#footprints.at(thread, at));
    }
    if (all.minds) return 'none';
    let mover: Mover = 'both';
    for (const cell of new Set([...all.reads, ...all.writes])) {
      if (this.#isLocal(cell) || this.#isProtected(cell)) continue;
      if (!this.#plainLocks.has(cell) || mover !== 'both') return 'none'; // nor with two locks in one step
      mover = this.#ownership.heldAt(thread, pc).has(cell) ? 'left' : 'right';
    }
    return mover;
  }

  #threadsOf(): ReadonlyMap<VarId, ReadonlySet<number>> {
    const threads = new Map<VarId, Set<number>>();
    this.#footprints.each((cell, thread) => {
      const known = threads.get(cell);
      if (known === undefined) threads.set(cell, new Set([thread]));
      else known.add(thread);
    });
    return threads;
  }

  /** Of each cell the locks that are held at every access to it. */
  #protectors(): ReadonlyMap<VarId, ReadonlySet<VarId>> {
    const protectors = new Map<VarId, ReadonlySet<VarId>>();
    const { owners } = this.#ownership;
    this.#footprints.each((cell, thread, pc) => {
      const held = [...this.#ownership.heldAt(thread, pc)].filter((id) => owners.has(id) && id !== cell);
      const known = protectors.get(cell);
      protectors.set(cell, new Set(known === undefined ? held : held.filter((owner) => known.has(owner))));
    });
    return protectors;
  }

  #findPlainLocks(): ReadonlySet<VarId> {
    const plain = new Set(this.#ownership.owners);
    this.#footprints.each((cell, thread, pc) => {
      if (!plain.has(cell) || this.#ownership.heldAt(thread, pc).has(cell)) return;
      if (!this.#ownership.waitsUntilFree(thread, pc, cell)) plain.delete(cell);
    });
    return plain;
  }
}

/** The nodes that a step can go through from its step node: that, and what rides up to the next place of rest. */
function stepNodes(code: readonly Node[], pc: Pc): readonly Pc[] {
  const seen = new Set([pc]);
  for (const at of seen) {
    for (const { next } of must(code[at], 'a node').edges) {
      if (next !== END && !isRest(must(code[next], 'a node'))) seen.add(next);
    }
  }
  return [...seen];
}

/** The begins of operations that the step node is the first step of, with what rides between. */
function beginsBefore(code: readonly Node[], pc: Pc): readonly Pc[] {
  return code.flatMap(({ begin }, from) => {
    if (begin === undefined) return [];
    const seen = new Set([from]);
    for (const at of seen) {
      const node = must(code[at], 'a node');
      if (node.step !== null) continue;
      for (const { next } of node.edges) {
        if (next !== END && (next === pc || !isRest(must(code[next], 'a node')))) seen.add(next);
      }
    }
    return seen.has(pc) ? [...seen].filter((at) => at !== pc) : [];
  });
}
