// SPDX-License-Identifier: GPL-2.0-only
// Owns pointers: how an address is encoded, what it may point at, and how a person calls it.

import { POINTER_BASE, type Program, type VarId } from '../lang/program.ts';

export const NULL = 0;

/** The pointer to a variable. */
export function pointerTo(id: VarId): number {
  return (id + POINTER_BASE) * 2;
}

/** The variable a pointer points at; -1 for NULL. The pointer may be stale. */
export function targetOf(pointer: number): VarId {
  return pointer === NULL ? -1 : (pointer >> 1) - POINTER_BASE;
}

export function isStale(pointer: number): boolean {
  return (pointer & 1) === 1;
}

/** The pointer moved by that many variables, stale if it was. */
export function moved(pointer: number, by: number): number {
  return pointer + 2 * by;
}

/** The addresses of one Program. Building it costs the size of its pools and targets. */
export class Addresses {
  readonly #program: Program;
  /** 1 where a stale pointer may be followed. */
  readonly #stable: Uint8Array;
  readonly #valid = new Map<string, Uint8Array | null>();
  readonly #paths = new Map<string, string>();

  constructor(program: Program) {
    this.#program = program;
    this.#stable = new Uint8Array(program.vars.length);
    for (const pool of program.pools) {
      if (!pool.typeStable) continue;
      for (const first of pool.members) this.#stable.fill(1, first, first + pool.size);
    }
  }

  /** 1 for each variable in a type-stable pool: its memory stays what it is when the object is freed. */
  get stable(): Uint8Array {
    return this.#stable;
  }

  /**
   * 1 for each variable where an object of C type `type` stands; null when the Program knows no such object, and
   * nothing can be said.
   */
  validFor(type: string): Uint8Array | null {
    const known = this.#valid.get(type);
    if (known !== undefined) return known;
    const targets = this.#program.targets.filter((target) => target.type === type);
    const valid = targets.length > 0 ? new Uint8Array(this.#program.vars.length) : null;
    for (const { first } of targets) valid?.fill(1, first, first + 1);
    this.#valid.set(type, valid);
    return valid;
  }

  /**
   * How the variable at `id` is called as the target of a pointer to `type`: the target of that type, else the
   * outermost object that begins there, else the variable itself.
   */
  path(id: VarId, type: string): string {
    const key = `${id} ${type}`;
    const known = this.#paths.get(key);
    if (known !== undefined) return known;
    const here = this.#program.targets.filter((target) => target.first === id);
    const best = here.find((target) => target.type === type) ?? here.toSorted((a, b) => b.size - a.size)[0];
    const path = best?.path ?? this.#program.vars[id]?.name ?? 'nowhere';
    this.#paths.set(key, path);
    return path;
  }

  /** ".mapping": the field that lies `offset` variables into an object of `type`; "" when nobody knows. */
  field(type: string | undefined, offset: number): string {
    const target = this.#program.targets.find((candidate) => candidate.type === type);
    const name = target && this.#program.vars[target.first + offset]?.name;
    return target && name?.startsWith(target.path) ? name.slice(target.path.length) : '';
  }

  /** The outermost object that variable `id` lies in: "page[1]"; the variable itself when it lies in none. */
  objectAround(id: VarId): string {
    const around = this.#program.objects.find(({ first, size }) => id >= first && id < first + size);
    return around?.name ?? this.#program.vars[id]?.name ?? 'nowhere';
  }
}
