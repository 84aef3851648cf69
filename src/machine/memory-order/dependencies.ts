// SPDX-License-Identifier: GPL-2.0-only
// Owns which loads an access depends on: by its address, by its data, or because a branch on their value decides whether
// it happens at all (explanation.txt of the kernel's memory model: "address, data and control dependencies").

import {
  END,
  type Expr,
  type Node,
  type Pc,
  type Place,
  type ThreadProgram,
  type VarId,
} from '../../lang/program.ts';
import { eachRead, eachReadIn } from './accesses.ts';

/** A set of loads, by number. */
export type Loads = ReadonlySet<number>;

const NONE: Loads = new Set();

/**
 * The dependencies of one thread. `loadAt` gives the number of the load that a node is. Data flows through locals only;
 * a local that is set in an arm of a branch depends on what the branch depends on. Cost: nodes squared.
 */
export class Dependencies {
  readonly #code: readonly Node[];
  readonly #loadAt: (pc: Pc) => number | undefined;
  /** Of each node the branches that decide whether it is come to. */
  readonly #deciders: readonly (readonly Pc[])[];
  /** Of each node: what the locals depend on before it. */
  readonly #before: Map<VarId, Loads>[];
  readonly #control: Loads[];

  constructor({ code, entry }: ThreadProgram, loadAt: (pc: Pc) => number | undefined) {
    this.#code = code;
    this.#loadAt = loadAt;
    this.#deciders = decidersOf(code);
    this.#before = code.map(() => new Map());
    this.#control = code.map(() => NONE);
    if (entry === END) return;
    while (this.#pass());
  }

  /** What decides whether the node is come to. */
  control(pc: Pc): Loads {
    return this.#control[pc]!;
  }

  /** What an expression in a node depends on. */
  data(pc: Pc, e: Expr): Loads {
    const found = new Set<number>();
    eachRead(e, (place) => this.#note(pc, place, found));
    return found;
  }

  /** What the values depend on that a node stores where `isStored` says that it counts; not what it does to locals. */
  stored(pc: Pc, isStored: (place: Place) => boolean): Loads {
    const found = new Set<number>();
    for (const { do: list } of this.#code[pc]!.edges) {
      const now = new Map(this.#before[pc]);
      for (const a of list) {
        if ('stale' in a) continue;
        const loads = this.#dataNow(now, a.value);
        if (isStored(a.to)) for (const load of loads) found.add(load);
        else if (a.to.ptr === undefined) now.set(a.to.base, loads);
      }
    }
    return found;
  }

  /** What the address of a place in a node depends on. */
  address(pc: Pc, place: Place): Loads {
    const found = new Set<number>();
    eachReadIn(place, (inner) => this.#note(pc, inner, found));
    return found;
  }

  #note(pc: Pc, place: Place, found: Set<number>): void {
    if (place.ptr !== undefined) return;
    const last = (place.index ?? []).reduce(
      (sum, { stride, length }) => sum + stride * (length - 1),
      place.base,
    );
    for (let id = place.base; id <= last; id += 1)
      for (const load of this.#before[pc]!.get(id) ?? NONE) found.add(load);
  }

  /** Goes through all nodes once; true when something was new. */
  #pass(): boolean {
    let isNew = false;
    this.#code.forEach((node, pc) => {
      const control = new Set(this.#control[pc]);
      for (const decider of this.#deciders[pc]!) {
        for (const { when } of this.#code[decider]!.edges)
          if (when !== null) for (const load of this.data(decider, when)) control.add(load);
        for (const load of this.#control[decider]!) control.add(load);
      }
      if (control.size > this.#control[pc]!.size) {
        this.#control[pc] = control;
        isNew = true;
      }
      for (const edge of node.edges) {
        if (edge.fail !== undefined || edge.next === END) continue;
        const after = new Map(this.#before[pc]);
        if (node.choice !== undefined) after.delete(node.choice.into);
        const own = this.#loadAt(pc);
        for (const a of edge.do) {
          if ('stale' in a || a.to.ptr !== undefined) continue;
          const loads = new Set([
            ...this.#dataNow(after, a.value),
            ...control,
            ...(own === undefined ? [] : [own]),
          ]);
          if (a.to.index !== undefined) for (const load of after.get(a.to.base) ?? NONE) loads.add(load);
          after.set(a.to.base, loads);
        }
        for (const id of edge.dead) after.delete(id);
        if (join(this.#before[edge.next]!, after)) isNew = true;
      }
    });
    return isNew;
  }

  #dataNow(now: ReadonlyMap<VarId, Loads>, e: Expr): Loads {
    const found = new Set<number>();
    eachRead(e, ({ ptr, base }) => {
      if (ptr === undefined) for (const load of now.get(base) ?? NONE) found.add(load);
    });
    return found;
  }
}

function join(into: Map<VarId, Loads>, more: ReadonlyMap<VarId, Loads>): boolean {
  let isNew = false;
  for (const [id, loads] of more) {
    const known = into.get(id) ?? NONE;
    const both = new Set([...known, ...loads]);
    if (both.size === known.size) continue;
    into.set(id, both);
    isNew = true;
  }
  return isNew;
}

/**
 * Of each node the branches that it is control dependent on: on one side it is come to whatever happens, on another it
 * may not be. A loop that may not end counts as a side on which it may not be.
 */
function decidersOf(code: readonly Node[]): readonly (readonly Pc[])[] {
  const next = code.map((node) =>
    node.edges.flatMap((e) =>
      e.fail !== undefined && node.spec === true ? [] : [e.fail === undefined ? e.next : END],
    ),
  );
  const branches = [...next.keys()].filter((pc) => new Set(next[pc]).size > 1);
  const before: Pc[][] = code.map(() => []);
  next.forEach((list, pc) => list.forEach((to) => to !== END && before[to]!.push(pc)));
  return code.map((_, target) => {
    const sure = new Uint8Array(code.length);
    const left = next.map((list) => list.length);
    sure[target] = 1;
    const todo = [target];
    for (let pc = todo.pop(); pc !== undefined; pc = todo.pop()) {
      for (const from of before[pc]!) {
        left[from]! -= 1;
        if (left[from]! > 0 || sure[from] === 1) continue;
        sure[from] = 1;
        todo.push(from);
      }
    }
    return branches.filter((pc) => {
      const sides = next[pc]!.map((to) => to !== END && sure[to] === 1);
      return sides.includes(true) && sides.includes(false);
    });
  });
}
