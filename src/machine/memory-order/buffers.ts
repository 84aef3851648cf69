// SPDX-License-Identifier: GPL-2.0-only
// Owns where store buffers lie: which cells they add to a Program, and what these are called.
//
// Each thread gets copies of all cells, each copy at a fixed distance from its cell, so that an access through a pointer
// finds the copy by another offset. A cell that the thread never stores to has a copy only in number: it holds nothing
// and is never shown.

import type { Expr, ObjectInfo, Place, Program, ShownAs, Var, VarId } from '../../lang/program.ts';
import { UNINIT } from '../../lang/program.ts';
import { con } from './terms.ts';

const SMALL: ShownAs = { as: 'int', bits: 8, signed: false };

/** What can be on its way to memory as one: a scalar, or a word of `size` scalars. Numbered from 1. */
export interface Shape {
  readonly first: VarId;
  readonly size: number;
}

/** The cells added to a Program, in the making. Those of the Program keep their numbers. */
export class Additions {
  readonly program: Program;
  readonly vars: Var[] = [];
  readonly objects: ObjectInfo[] = [];
  readonly #from: VarId;

  constructor(program: Program) {
    this.program = program;
    this.#from = program.cells;
  }

  get next(): VarId {
    return this.#from + this.vars.length;
  }

  add(...vars: readonly Var[]): VarId {
    const first = this.next;
    this.vars.push(...vars);
    return first;
  }

  /** Closes an object: all cells added since `first`. */
  object(name: string, type: string, first: VarId): void {
    this.objects.push({ name, type, first, size: this.next - first });
  }
}

/** What stands for a copy that is none. */
export function nothing(object: string, id: number, buffer: number, of: VarId): Var {
  return { name: `${object}.__${id}`, shown: SMALL, start: 0, hidden: true, constant: true, buffer, of };
}

/** The shapes of a whole Program, and the tables that tell the shape of a place found through a pointer. */
export class Shapes {
  readonly all: Shape[] = [];
  readonly #numbers = new Map<string, number>();
  readonly #tables = new Map<number, VarId>();

  /** The number of a shape, 1 or more. */
  number(first: VarId, size: number): number {
    const key = `${first} ${size}`;
    const known = this.#numbers.get(key);
    if (known !== undefined) return known;
    const number = this.all.push({ first, size });
    this.#numbers.set(key, number);
    return number;
  }

  known(first: VarId, size: number): number | undefined {
    return this.#numbers.get(`${first} ${size}`);
  }

  /** To be called when all shapes are known: adds a table for each size. */
  addTables(additions: Additions): void {
    const { cells } = additions.program;
    const name = 'memory order';
    const first = additions.next;
    for (const size of new Set(this.all.map((shape) => shape.size))) {
      const table = Array.from({ length: cells }, (_, id): Var => {
        return { ...nothing(name, additions.next + id, -1, id), start: this.known(id, size) ?? 0 };
      });
      this.#tables.set(size, additions.add(...table));
    }
    if (additions.next > first) additions.object(name, 'memory order', first);
  }

  /** The number of the shape that a place of `size` scalars means now. `cells` are those it can mean. */
  at(place: Place, cells: readonly VarId[], size: number): Expr {
    const [only] = cells;
    if (cells.length === 1 && only !== undefined) return con(this.number(only, size));
    return { op: 'copy', place: { ...place, base: place.base + this.#tables.get(size)! } };
  }

  /** A variable that holds one of these, or 0. */
  shown(program: Program): ShownAs {
    const name = ({ first, size }: Shape): string => {
      const word = program.targets.find((t) => t.first === first && t.size === size && t.word === true);
      return (size > 1 ? word?.path : undefined) ?? program.vars[first]?.name ?? '';
    };
    const names: Record<string, number> = { nothing: 0 };
    this.all.forEach((shape, i) => (names[name(shape)] = i + 1));
    return { as: 'enum', name: 'cell', names };
  }
}

/** The copies of one thread: up to `depth` values for each cell it stores to, the oldest first. */
export class Copies {
  readonly thread: number;
  readonly cells: ReadonlySet<VarId>;
  readonly depth: number;
  readonly name: string;
  readonly first: VarId;
  readonly #stride: number;
  readonly #counts: VarId;
  readonly #values: VarId;
  readonly #program: Program;

  constructor(additions: Additions, thread: number, cells: readonly VarId[], depth: number) {
    const { program } = additions;
    this.#program = program;
    this.thread = thread;
    this.cells = new Set(cells);
    this.depth = depth;
    this.name = `store buffer of ${program.threads[thread]!.name}`;
    this.#stride = program.cells;
    this.first = additions.next;
    const region = (make: (cell: VarId) => Var): VarId =>
      additions.add(
        ...Array.from({ length: program.cells }, (_, id) =>
          this.cells.has(id) ? make(id) : nothing(this.name, additions.next + id, thread, id),
        ),
      );
    this.#counts = region((id) => this.#own(id, '__waiting'));
    this.#values = additions.next;
    for (let k = 0; k < depth; k += 1) region((id) => this.#value(id, k));
  }

  /** A region of small numbers more, one for each cell and slot: gives where that of cell 0, slot 0 stands. */
  more(additions: Additions, what: string): (slot: number, cell: VarId) => VarId {
    const first = additions.next;
    for (let k = 0; k < this.depth; k += 1) {
      const names = Array.from({ length: this.#stride }, (_, id) =>
        this.cells.has(id)
          ? this.#own(id, `__${what}${k}`)
          : nothing(this.name, additions.next + id, this.thread, id),
      );
      additions.add(...names);
    }
    return (slot, cell) => first + slot * this.#stride + cell;
  }

  /** How many values of a cell wait. */
  count(cell: VarId): VarId {
    return this.#counts + cell;
  }

  countAt(place: Place): Place {
    return { ...place, base: place.base + this.#counts };
  }

  value(slot: number, cell: VarId): VarId {
    return this.#values + slot * this.#stride + cell;
  }

  /** The distance from a cell to its first copy. */
  get distance(): number {
    return this.#values;
  }

  /** In slot `slot` of what the place means, of regions that begin at `distance`. */
  slotAt(place: Place, slot: Expr, distance: number): Place {
    const base = place.base + distance;
    if (this.depth === 1) return { ...place, base };
    return {
      ...place,
      base,
      index: [...(place.index ?? []), { value: slot, stride: this.#stride, length: this.depth }],
    };
  }

  /** What a slot holds in which no value waits. */
  idle(cell: VarId): Expr {
    return con(this.#program.vars[cell]?.range === undefined ? 0 : UNINIT); // a range is not asked of UNINIT
  }

  #own(cell: VarId, what: string): Var {
    return {
      name: `${this.name}.${what}.${this.#program.vars[cell]!.name}`,
      shown: SMALL,
      start: 0,
      buffer: this.thread,
      of: cell,
    };
  }

  #value(cell: VarId, slot: number): Var {
    const { constant: _, ...of } = this.#program.vars[cell]!;
    const name = `${this.name}.${of.name}${"'".repeat(slot)}`;
    return {
      ...of,
      name,
      start: of.range === undefined ? 0 : UNINIT,
      of: cell,
      pending: true,
      buffer: this.thread,
    };
  }
}
