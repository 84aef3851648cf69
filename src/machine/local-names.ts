// SPDX-License-Identifier: GPL-2.0-only
// Owns which variable a local's name stands for. A function inlined twice gives two variables of one name; at most
// one of them lives at a time.

import { must } from '../base/assert.ts';
import type { Program, VarId } from '../lang/program.ts';

/** The locals of one run that people see. A slot stands for a name within a thread. */
export class LocalNames {
  readonly #names: string[] = [];
  /** Of each variable: its slot, or null when it is no local or a hidden one. */
  readonly #slots: readonly (number | null)[];
  /** Of each slot: the variable that lives under the name now. */
  readonly #alive: (VarId | undefined)[] = [];

  constructor(program: Program) {
    const known = new Map<string, number>();
    this.#slots = program.vars.map(({ name, thread, hidden }) => {
      if (thread === undefined || thread < 0 || hidden) return null;
      const key = `${thread} ${name}`;
      const slot = known.get(key) ?? this.#names.push(name) - 1;
      known.set(key, slot);
      return slot;
    });
  }

  slotOf(id: VarId): number | null {
    return this.#slots[id] ?? null;
  }

  nameOf(slot: number): string {
    return must(this.#names[slot], 'a name slot');
  }

  /** The local is set: from here on the name stands for it. Gives the slot, null when nobody sees it. */
  raise(id: VarId): number | null {
    const slot = this.slotOf(id);
    if (slot !== null) this.#alive[slot] = id;
    return slot;
  }

  /** The local dies. Gives the slot when its name now stands for nothing, null when that changes nothing to be seen. */
  bury(id: VarId): number | null {
    const slot = this.slotOf(id);
    if (slot === null || this.#alive[slot] !== id) return null;
    this.#alive[slot] = undefined;
    return slot;
  }
}
