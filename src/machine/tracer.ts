// SPDX-License-Identifier: GPL-2.0-only
// Owns what a machine tells someone who watches its steps. The search watches nothing and pays nothing for it.

import type { Node, Num, Pc, VarId } from '../lang/program.ts';

/** Steps whose shared reads a value came from. */
export type Taint = ReadonlySet<number>;

/**
 * Hears everything that happens in a step, in order. The taint of a value is gathered while it is evaluated: `fresh`
 * starts an evaluation; within it, `enterAddress` and `read` bracket the computing of an address.
 */
export interface Tracer {
  /** The thread goes through this node: until the next call all accesses are the node's. */
  node(thread: number, pc: Pc, node: Node): void;
  /** The edge of the node just announced is taken. Its guards have been read, its assignments not yet made. */
  edge(index: number): void;
  /** An evaluation begins: what it will read, not what came before, is where its value comes from. */
  fresh(): void;
  /** An address is about to be computed. Returns what must be handed to the `read` that uses it. */
  enterAddress(): Taint;
  read(id: VarId, value: Num, outside: Taint): void;
  /** The taint gathered since `fresh`. */
  gathered(): Taint;
  /** About to store a value of that taint. */
  store(id: VarId, old: Num, value: Num, from: Taint): void;
  /** About to turn the pointer in `id` stale: same target, same origin. */
  markStale(id: VarId, old: Num, value: Num): void;
  /** The choice of the step was stored. */
  choose(id: VarId, value: number): void;
  /** These locals are dead from here on. */
  dead(ids: readonly VarId[]): void;
}
