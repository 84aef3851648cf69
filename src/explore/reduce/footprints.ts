// SPDX-License-Identifier: GPL-2.0-only
// Owns what each node of each thread can access, and what of that an invariant can see.

import type { Node, Pc, Program, VarId } from '../../lang/program.ts';
import { AccessFinder, Collected, type Accesses } from './accesses.ts';
import { PointsTo, type View } from './points-to.ts';

/** Of a node that nobody comes to. */
const NO_ACCESS: Accesses = new Collected();

/** The accesses of a whole Program, by its text alone. Cost: its size, a few times. */
export class Footprints {
  readonly pointsTo: PointsTo;
  /** By thread and pc. */
  readonly #accesses: readonly (readonly Accesses[])[];
  readonly #program: Program;
  /** Cells that invariants read. */
  readonly #seen: ReadonlySet<VarId>;
  /** Operations whose begin or end an invariant can see. */
  readonly #awaited: ReadonlySet<number>;

  constructor(program: Program) {
    this.#program = program;
    this.pointsTo = new PointsTo(program);
    const finder = new AccessFinder(program, this.pointsTo);
    const find = (node: Node, view: View | undefined): Accesses =>
      view === undefined ? NO_ACCESS : finder.of(node, view);
    this.#accesses = program.threads.map(({ code }, thread) =>
      code.map((node, pc) => find(node, this.pointsTo.inThread(thread, pc))),
    );
    const judged = program.invariants.flatMap(({ code }, invariant) =>
      code.map((node, pc) => find(node, this.pointsTo.inInvariant(invariant, pc))),
    );
    this.#seen = new Set(judged.flatMap(({ reads }) => [...reads]));
    this.#awaited = new Set(
      program.invariants.flatMap(({ when }) => {
        if (when.kind === 'idle') return when.operations;
        return when.kind === 'ensures' ? [when.operation] : [];
      }),
    );
  }

  at(thread: number, pc: Pc): Accesses {
    return this.#accesses[thread]?.[pc] ?? NO_ACCESS;
  }

  /** The node writes what an invariant reads, or begins or ends an operation that one waits for. */
  isVisible(thread: number, pc: Pc): boolean {
    const { begin, end } = this.#program.threads[thread]?.code[pc] ?? {};
    if (begin !== undefined && this.#awaited.has(begin)) return true;
    if (end !== undefined && this.#awaited.has(end)) return true;
    return [...this.at(thread, pc).writes].some((cell) => this.#seen.has(cell));
  }

  each(visit: (cell: VarId, thread: number, pc: Pc) => void): void {
    this.#accesses.forEach((list, thread) =>
      list.forEach(({ reads, writes }, pc) => {
        for (const cell of new Set([...reads, ...writes])) visit(cell, thread, pc);
      }),
    );
  }
}
