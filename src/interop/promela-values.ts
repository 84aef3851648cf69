// SPDX-License-Identifier: GPL-2.0-only
// Owns how the variables and values of a Program are called and counted in Promela: names, types, pointer numbers.

import { must } from '../base/assert.ts';
import { UserError } from '../base/user-error.ts';
import {
  POINTER_BASE,
  UNINIT,
  type InvariantProgram,
  type Num,
  type Program,
  type VarId,
} from '../lang/program.ts';

/** What is known of the values of a Program: workbench/observe-values.ts finds it. */
export interface KnownValues {
  /** Of each variable the values it takes where something may read them. */
  readonly values: readonly ReadonlySet<Num>[];
  /** Of each variable whether it has its start value in every state, whatever happens within steps. */
  readonly isSteady: readonly boolean[];
  /** The vector in state 0, and where each thread stands there. */
  readonly start: { readonly vector: readonly Num[]; readonly pcs: readonly number[] };
  /** There are no other values. */
  readonly isComplete: boolean;
}

/** A pointer never written: NULL cannot be stale, so its number with the stale bit is free. */
const POINTER_UNSET = 1;
const INT_MIN = -(2 ** 31);
const INT_MAX = 2 ** 31 - 1;
const TYPES = [
  ['bit', 0, 1],
  ['byte', 0, 255],
  ['short', -(2 ** 15), 2 ** 15 - 1],
  ['int', INT_MIN, INT_MAX],
] as const;
const EITHER: ReadonlySet<Num> = new Set([0, 1]);
/** Words that Promela, the C behind it or the frame of the export has taken. */
const RESERVED = new Set(
  (
    'active assert atomic bit bool break byte chan D_proctype do d_step else empty enabled eval false fi full goto ' +
    'hidden if init inline int len ltl mtype nempty never nfull notrace np_ od of pc_value pid printf priority ' +
    'proctype provided run select short show skip timeout trace true typedef unless unsigned xr xs'
  ).split(' '),
);

/** Names and numbers for one Program. Building it costs the size of the Program and of the known values. */
export class PromelaValues {
  readonly #program: Program;
  readonly #known: KnownValues;
  readonly #names: readonly string[];
  readonly #used = new Set<VarId>();
  /** Pointer number of each variable that is pointed at, without the stale bit. */
  readonly #targets = new Map<VarId, number>();
  /** The number that stands for "never written" in variables that are no pointers. */
  readonly #unset: number;

  constructor(program: Program, known: KnownValues) {
    this.#program = program;
    this.#known = known;
    this.#names = namesOf(program);
    const pointers = known.values.flatMap((values, id) => (this.isPointer(id) ? [...values] : []));
    const ids = new Set(pointers.filter((value) => value !== 0 && value !== UNINIT).map(variableAt));
    for (const id of [...ids].sort((a, b) => a - b)) this.#numberOf(id);
    this.#unset = freeNumber(known.values.filter((values, id) => values.has(UNINIT) && !this.isPointer(id)));
  }

  /** From then on the variable is one to be declared. */
  name(id: VarId): string {
    this.#used.add(id);
    return must(this.#names[id], 'the name of a variable');
  }

  isUsed(id: VarId): boolean {
    return this.#used.has(id);
  }

  values(id: VarId): ReadonlySet<Num> {
    const { thread, shown } = must(this.#program.vars[id], 'a variable');
    if (thread === -1 && shown.as === 'bool') return EITHER; // an invariant that was never seen false can be
    return this.#known.values[id] ?? new Set();
  }

  isPointer(id: VarId): boolean {
    return this.#program.vars[id]?.shown.as === 'pointer';
  }

  /** The value as Promela counts it. Throws UserError when its int cannot hold it. */
  number(value: Num, isPointer: boolean, what = 'a value'): number {
    if (value === UNINIT) return isPointer ? POINTER_UNSET : this.#unset;
    if (isPointer) return value === 0 ? 0 : this.#numberOf(variableAt(value)) + (Number(value) & 1);
    if (value < INT_MIN || value > INT_MAX) {
      throw new UserError(
        'promela-too-wide',
        `${what} is ${value}, and Promela has no integers beyond 32 bits`,
        'Use smaller numbers in the scenario, or a coarser unit for them.',
      );
    }
    return Number(value);
  }

  /** Of a variable, as Promela counts them, in order; the 0 that dead locals are reset to comes along. */
  numbers(id: VarId): readonly number[] {
    const all = [...this.values(id), this.#known.start.vector[id] ?? 0];
    const { thread } = must(this.#program.vars[id], 'a variable');
    if (thread !== undefined) all.push(0);
    const numbers = all.map((value) => this.number(value, this.isPointer(id), this.#program.vars[id]?.name));
    return [...new Set(numbers)].sort((a, b) => a - b);
  }

  /** Type of Promela that holds exactly these numbers and as few more as possible. A hidden one cannot be a bit. */
  type(id: VarId, isHidden: boolean): string {
    const numbers = this.numbers(id);
    const fits = TYPES.find(([name, from, to]) => {
      return !(isHidden && name === 'bit') && numbers[0]! >= from && numbers.at(-1)! <= to;
    });
    return must(fits, 'a type')[0];
  }

  start(id: VarId): number {
    return this.number(this.#known.start.vector[id] ?? 0, this.isPointer(id));
  }

  /** A table of the pointer numbers, for the reader of the model. */
  legend(): readonly string[] {
    const path = (id: VarId): string => {
      const here = this.#program.targets.filter(({ first }) => first === id);
      return here.toSorted((a, b) => b.size - a.size)[0]?.path ?? this.#program.vars[id]?.name ?? 'nothing';
    };
    return [...this.#targets].map(([id, number]) => `${number} = &${path(id)}`);
  }

  #numberOf(id: VarId): number {
    const known = this.#targets.get(id);
    if (known !== undefined) return known;
    const number = 2 * (this.#targets.size + 1);
    this.#targets.set(id, number);
    return number;
  }
}

/** The variable that a pointer points at; the pointer may be stale. */
export function variableAt(pointer: Num): VarId {
  return (Number(pointer) >> 1) - POINTER_BASE;
}

export function pointerTo(id: VarId): number {
  return (id + POINTER_BASE) * 2;
}

/** The smallest number that none of the sets has. */
function freeNumber(sets: readonly ReadonlySet<Num>[]): number {
  let number = 2;
  while (sets.some((values) => values.has(number))) number += 1;
  return number;
}

/** Words of C that say the same; where two variables would have one name, the later gets its number behind it. */
function namesOf(program: Program): readonly string[] {
  const taken = new Set(RESERVED);
  // SPIN makes hidden variables globals of its C program: their names need a prefix that nothing there has.
  const prefix = (id: VarId, thread: number | undefined): string => {
    if (thread === undefined) return '';
    if (thread >= 0) return `${program.threads[thread]?.name}_`;
    const isOf = ({ scratch: [from, to] }: InvariantProgram): boolean => id >= from && id < to;
    return `${program.invariants.find(isOf)?.name}_`;
  };
  return program.vars.map(({ name, thread }, id) => {
    const owner = prefix(id, thread);
    const own = name.startsWith('__') ? name.slice(2) : name;
    const plain = `${owner}${owner !== '' && own.startsWith(`${owner.slice(0, -1)}.`) ? own.slice(owner.length) : own}`;
    const word = plain
      .replace(/\W+/g, '_')
      .replace(/_+$/g, '')
      .replace(/^(?![A-Za-z])/, 'v_');
    const unique = taken.has(word) ? `${word}_${id}` : word;
    taken.add(unique);
    return unique;
  });
}
