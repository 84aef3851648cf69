// SPDX-License-Identifier: GPL-2.0-only
// Owns the way from the numbers of the vector to values as people and traces know them.

import { UNINIT, type Num, type Program, type ShownAs, type VarId } from '../lang/program.ts';
import { UNINITIALISED, type Value } from '../model/value.ts';
import { Addresses, isStale, NULL, targetOf } from './addresses.ts';

/** Translates the numbers of one Program. */
export class Values {
  readonly #program: Program;
  readonly #addresses: Addresses;

  constructor(program: Program) {
    this.#program = program;
    this.#addresses = new Addresses(program);
  }

  /** What variable `id` holds when its slot is `num`, as it stands in a trace. */
  of(id: VarId, num: Num): Value {
    const shown = this.#program.vars[id]?.shown;
    return shown === undefined ? 0 : this.show(num, shown);
  }

  /** A number as a self-describing value: model/value.ts. */
  show(num: Num, shown: ShownAs): Value {
    if (num === UNINIT) return UNINITIALISED;
    switch (shown.as) {
      case 'int':
      case 'bool':
      case 'enum':
        return typeof num === 'bigint' ? num.toString() : num;
      case 'pointer':
        return num === NULL
          ? null
          : `&${this.#path(num as number, shown.to)}${isStale(num as number) ? '!' : ''}`;
      case 'thread':
        return num === 0 ? null : `@${this.#threadName(num as number)}`;
    }
  }

  /** A number in words, for a message: "page[1]", "page[1] (freed)", "NULL", "CPU0", "nobody", "LOCKED", "3". */
  say(num: Num, shown: ShownAs): string {
    if (num === UNINIT) return 'uninitialised';
    switch (shown.as) {
      case 'int':
        return num.toString();
      case 'bool':
        return num === 0 ? 'false' : 'true';
      case 'enum':
        return Object.entries(shown.names).find(([, value]) => value === num)?.[0] ?? num.toString();
      case 'pointer': {
        if (num === NULL) return 'NULL';
        return this.#path(num as number, shown.to) + (isStale(num as number) ? ' (freed)' : '');
      }
      case 'thread':
        return num === 0 ? 'nobody' : this.#threadName(num as number);
    }
  }

  #path(pointer: number, type: string): string {
    return this.#addresses.path(targetOf(pointer), type);
  }

  #threadName(num: number): string {
    return this.#program.threads[num - 1]?.name ?? `thread ${num}`;
  }
}
