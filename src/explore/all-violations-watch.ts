// SPDX-License-Identifier: GPL-2.0-only
// Owns watching one step: its line, and what it accesses.

import { POINTER_BASE, type Node, type Num, type Pc, type VarId } from '../lang/program.ts';
import type { Taint, Tracer } from '../machine/tracer.ts';

/** Sees the line of a step, and what it accesses. */
export class Watch implements Tracer {
  readonly accessed = new Set<VarId>();
  /** Values that may be pointers. */
  readonly values = new Set<number>();
  site = 0;
  readonly #none: Taint = new Set();

  clear(): void {
    this.accessed.clear();
    this.values.clear();
  }

  node(_thread: number, _pc: Pc, { step, site }: Node): void {
    if (step !== null) this.site = site;
  }
  read(id: VarId, value: Num): void {
    this.accessed.add(id);
    if (typeof value === 'number' && value >= 2 * POINTER_BASE) this.values.add(value);
  }
  store(id: VarId): void {
    this.accessed.add(id);
  }
  enterAddress(): Taint {
    return this.#none;
  }
  gathered(): Taint {
    return this.#none;
  }
  edge(): void {}
  fresh(): void {}
  markStale(): void {}
  choose(): void {}
  dead(): void {}
}
