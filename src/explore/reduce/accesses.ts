// SPDX-License-Identifier: GPL-2.0-only
// Owns what a node can access: the cells that it may read or write, however it is come to.

import type { Assign, Edge, Expr, Node, Place, Program, VarId } from '../../lang/program.ts';
import type { PointsTo, View } from './points-to.ts';

/** Cells only: locals are nobody else's. A cell that never changes is none. */
export interface Accesses {
  readonly reads: ReadonlySet<VarId>;
  readonly writes: ReadonlySet<VarId>;
  /**
   * Whether a pointer has been freed is looked at or changed in a way that another thread's step may tell: no step may
   * be exchanged with this one.
   */
  readonly minds: boolean;
}

/** Finds the accesses of the nodes of one Program. */
export class AccessFinder {
  /** Cells that can change. */
  readonly #isShared: (id: VarId) => boolean;
  /** Variables in pools whose memory is gone when it is freed. */
  readonly #mortal: ReadonlySet<VarId>;

  constructor(program: Program, pointsTo: PointsTo) {
    const { cells, vars } = program;
    this.#isShared = (id) =>
      id < cells && vars[id]?.constant !== true && pointsTo.onlyValue(id) === undefined;
    this.#mortal = new Set(
      program.pools
        .filter(({ typeStable }) => !typeStable)
        .flatMap(({ members, size }) =>
          members.flatMap((first) => Array.from({ length: size }, (_, i) => first + i)),
        ),
    );
  }

  /** All that the node's guards and edges access, by what is known before it. Cost: its size. */
  of(node: Node, before: View): Accesses {
    const found = new Collected();
    const { choice } = node;
    const view = before.choosing(node);
    // Guards before an edge that is taken are computed, whatever they come to.
    for (const { when } of node.edges) if (when !== null) this.#expr(when, view, found);
    for (const edge of view.edgesOn(node)) this.#edge(edge, view, found);
    if (choice !== undefined && this.#isShared(choice.into)) found.writes.add(choice.into);
    return found;
  }

  #edge(edge: Edge, before: View, found: Collected): void {
    const view = before.copy();
    for (const assign of edge.do) {
      this.#assign(assign, view, found);
      view.perform(assign);
    }
  }

  #assign(assign: Assign, view: View, found: Collected): void {
    if ('stale' in assign) {
      this.#expr(assign.stale, view, found);
      // In a type-stable pool a mark is copied with its pointer and looked at by `free` alone: setting it before or after
      // a copy comes to the same.
      const freed = view.targets(assign.stale);
      if ([...freed].some((id) => this.#mortal.has(id))) found.minds = true;
      return;
    }
    this.#expr(assign.value, view, found);
    this.#place(assign.to, view, found);
    for (const id of view.places(assign.to)) if (this.#isShared(id)) found.writes.add(id);
  }

  #expr(e: Expr, view: View, found: Collected): void {
    switch (e.op) {
      case 'const':
        return;
      case 'get':
      case 'copy':
        for (const id of view.places(e.place)) if (this.#isShared(id)) found.reads.add(id);
        this.#place(e.place, view, found);
        return;
      case 'addr':
        this.#place(e.place, view, found);
        return;
      case 'unary':
      case 'cast':
      case 'back':
        this.#expr(e.a, view, found);
        return;
      case 'stale':
        found.minds = true;
        this.#expr(e.a, view, found);
        return;
      case 'binary':
      case 'same':
      case 'both':
      case 'either':
        this.#expr(e.a, view, found);
        this.#expr(e.b, view, found);
        return;
      case 'cond':
        this.#expr(e.test, view, found);
        this.#expr(e.a, view, found);
        this.#expr(e.b, view, found);
    }
  }

  /** What computing the address reads. Following a pointer to what may be freed minds whether it is. */
  #place({ ptr, index }: Place, view: View, found: Collected): void {
    if (ptr !== undefined) {
      this.#expr(ptr, view, found);
      if (this.#mortal.size > 0 && [...view.targets(ptr)].some((id) => this.#mortal.has(id)))
        found.minds = true;
    }
    for (const { value } of index ?? []) this.#expr(value, view, found);
  }
}

/** Accesses being gathered. */
export class Collected implements Accesses {
  readonly reads = new Set<VarId>();
  readonly writes = new Set<VarId>();
  minds = false;

  add(more: Accesses): void {
    for (const id of more.reads) this.reads.add(id);
    for (const id of more.writes) this.writes.add(id);
    this.minds ||= more.minds;
  }
}
