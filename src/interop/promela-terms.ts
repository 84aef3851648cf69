// SPDX-License-Identifier: GPL-2.0-only
// Owns expressions and places in Promela: their text, which values they can have, and the conditions under which
// evaluating them is trouble. Promela has no pointers, so a place becomes a choice among the variables it can denote.

import {
  UNINIT,
  type Expr,
  type IntType,
  type Num,
  type Place,
  type Program,
  type TroubleKind,
  type VarId,
} from '../lang/program.ts';
import { calculate, wrapped } from './promela-arithmetic.ts';
import { pointerTo, variableAt, type PromelaValues } from './promela-values.ts';

/** Local variables whose new values are only known as expressions: assigned on the way to a guard, not yet stored. */
export type Pending = ReadonlyMap<VarId, { readonly value: Expr; readonly before: Pending }>;
export const NOTHING_PENDING: Pending = new Map();

/** One variable that a place may denote; `when` is null if it is the only one. */
export interface Candidate {
  readonly id: VarId;
  readonly when: string | null;
}

export interface Risk {
  readonly when: string;
  readonly kind: TroubleKind;
}

/** More values than this are not listed one by one. */
const MANY = 512;

/** The expressions of one Program. */
export class PromelaTerms {
  readonly #program: Program;
  readonly #values: PromelaValues;
  /** Constants that a free can turn stale are no constants. */
  readonly #canTurnStale: ReadonlySet<VarId>;
  readonly #stable: ReadonlySet<VarId>;

  constructor(program: Program, values: PromelaValues) {
    this.#program = program;
    this.#values = values;
    const assigns = program.threads.flatMap(({ code }) => code.flatMap((n) => n.edges.flatMap((e) => e.do)));
    this.#canTurnStale = new Set(assigns.flatMap((a) => ('stale' in a ? a.vars : [])));
    const stable = program.pools.filter((pool) => pool.typeStable);
    this.#stable = new Set(
      stable.flatMap(({ members, size }) =>
        members.flatMap((first) => Array.from({ length: size }, (_, offset) => first + offset)),
      ),
    );
  }

  /** Never changes: its value stands in the text instead of its name. */
  isConstant(id: VarId): boolean {
    return this.#program.vars[id]?.constant === true && !this.#canTurnStale.has(id);
  }

  /** The values that the expression can have; null: too many, or nobody knows. */
  possible(e: Expr, pending: Pending = NOTHING_PENDING): ReadonlySet<Num> | null {
    const of = (a: Expr): ReadonlySet<Num> | null => this.possible(a, pending);
    switch (e.op) {
      case 'const':
        return new Set([e.value]);
      case 'get':
      case 'copy': {
        const later = this.#pendingAt(e.place, pending);
        if (later !== undefined) return this.possible(later.value, later.before);
        const all = this.candidates(e.place, pending).flatMap(({ id }) => [...this.#valuesOf(id)]);
        return new Set(e.op === 'get' ? all.filter((value) => value !== UNINIT) : all);
      }
      case 'addr': {
        const offsets = this.#offsets(e.place, pending).map(({ by }) => by);
        const { ptr, base } = e.place;
        if (ptr === undefined) return new Set(offsets.map((by) => pointerTo(base + by)));
        return combine(of(ptr), new Set(offsets), (from, by) => moved(from, base + Number(by)));
      }
      case 'back':
        return combine(of(e.a), new Set([0]), (from) => moved(from, -e.offset));
      case 'cond': {
        const [a, b] = [of(e.a), of(e.b)];
        return a === null || b === null ? null : new Set([...a, ...b]);
      }
      case 'cast': {
        const { to } = e;
        return combine(of(e.a), new Set([0]), (a) => (to === 'bool' ? Number(a !== 0) : wrapped(a, to)));
      }
      case 'unary':
        return combine(of(e.a), new Set([0]), (a) => calculate(e.fn, e.type, a, 0));
      case 'binary':
        if (isComparison(e.fn)) return truth(of(e.a), of(e.b), (a, b) => calculate(e.fn, e.type, a, b) === 1);
        return combine(of(e.a), of(e.b), (a, b) => calculate(e.fn, e.type, a, b));
      case 'same':
        return truth(of(e.a), of(e.b), (a, b) => Number(a) >> 1 === Number(b) >> 1);
      case 'stale':
        return truth(of(e.a), new Set([0]), isStale);
      case 'both':
        return truth(of(e.a), of(e.b), (a, b) => a !== 0 && b !== 0);
      case 'either':
        return truth(of(e.a), of(e.b), (a, b) => a !== 0 || b !== 0);
    }
  }

  /** Promela for the value. Conditions that `risks` lists are supposed not to hold. */
  text(e: Expr, pending: Pending = NOTHING_PENDING, isPointer = this.isPointer(e)): string {
    const of = (a: Expr, as?: boolean): string => this.text(a, pending, as);
    const fixed = this.#fixed(e, pending);
    if (fixed !== undefined) return String(this.#values.number(fixed, isPointer, 'a constant'));
    switch (e.op) {
      case 'const':
        return String(this.#values.number(e.value, isPointer, 'a constant'));
      case 'get':
      case 'copy': {
        const later = this.#pendingAt(e.place, pending);
        if (later !== undefined) return this.text(later.value, later.before, isPointer);
        return chain(
          this.candidates(e.place, pending).map(({ id, when }) => ({ when, text: this.#variable(id) })),
        );
      }
      case 'addr':
        return this.#address(e.place, pending);
      case 'back':
        return this.#mapped(e.a, pending, (from) => moved(from, -e.offset));
      case 'cond':
        switch (this.#fixed(e.test, pending)) {
          case undefined:
            return `(${of(e.test)} -> ${of(e.a, isPointer)} : ${of(e.b, isPointer)})`;
          case 0:
            return of(e.b, isPointer);
          default:
            return of(e.a, isPointer);
        }
      case 'cast':
        return this.#cast(e.a, e.to, pending);
      case 'unary':
        return `${{ neg: '-', not: '!', bitnot: '~' }[e.fn]}(${of(e.a)})`;
      case 'binary':
        return `(${of(e.a)} ${OPERATORS[e.fn]} ${of(e.b)})`;
      case 'same': {
        const canBeStale = [e.a, e.b].some((a) => [...(this.possible(a, pending) ?? [])].some(isStale));
        const [a, b] = [of(e.a, true), of(e.b, true)];
        return canBeStale ? `((${a} >> 1) == (${b} >> 1))` : `(${a} == ${b})`;
      }
      case 'stale':
        return `(${of(e.a, true)} & 1)`;
      case 'both':
        return `(${this.condition(e.a, pending)} && ${this.condition(e.b, pending)})`;
      case 'either':
        return `(${this.condition(e.a, pending)} || ${this.condition(e.b, pending)})`;
    }
  }

  /** As text; where only true or false matters. */
  condition(e: Expr, pending: Pending = NOTHING_PENDING): string {
    if (e.op === 'cast' && e.to === 'bool') return this.condition(e.a, pending);
    return this.text(e, pending);
  }

  /** When evaluating is trouble, in the order in which the machine would meet it. */
  risks(e: Expr, pending: Pending = NOTHING_PENDING): readonly Risk[] {
    const of = (a: Expr): readonly Risk[] => this.risks(a, pending);
    switch (e.op) {
      case 'const':
        return [];
      case 'get':
        return [...this.placeRisks(e.place, pending), ...this.#uninitialised(e.place, pending)];
      case 'copy':
        return this.placeRisks(e.place, pending);
      case 'addr':
        return [...(e.place.ptr ? of(e.place.ptr) : []), ...this.#indexRisks(e.place, pending)];
      case 'unary':
      case 'cast':
      case 'stale':
      case 'back':
        return of(e.a);
      case 'same':
        return [...of(e.a), ...of(e.b)];
      case 'binary':
        return [...of(e.a), ...of(e.b), ...this.#operationRisks(e, pending)];
      case 'cond': {
        const test = this.condition(e.test, pending);
        return [...of(e.test), ...where(test, of(e.a)), ...where(`!(${test})`, of(e.b))];
      }
      case 'both':
        return [...of(e.a), ...where(this.condition(e.a, pending), of(e.b))];
      case 'either':
        return [...of(e.a), ...where(`!(${this.condition(e.a, pending)})`, of(e.b))];
    }
  }

  /** When finding out which variable the place denotes is trouble. */
  placeRisks(place: Place, pending: Pending = NOTHING_PENDING): readonly Risk[] {
    const { ptr } = place;
    if (ptr === undefined) return this.#indexRisks(place, pending);
    const pointer = this.text(ptr, pending, true);
    const wrong = [...(this.possible(ptr, pending) ?? [])].flatMap((value): Risk[] => {
      const kind = this.#wrongPointer(place, value);
      const when = `${pointer} == ${this.#values.number(value, true)}`;
      return kind === null ? [] : [{ kind, when }];
    });
    return [...this.risks(ptr, pending), ...wrong, ...this.#indexRisks(place, pending)];
  }

  /** The variables that the place can denote, supposing no risk. */
  candidates(place: Place, pending: Pending = NOTHING_PENDING): readonly Candidate[] {
    const { ptr, base } = place;
    const offsets = this.#offsets(place, pending);
    const origins: { first: VarId; when: string | null }[] = [];
    if (ptr === undefined) origins.push({ first: 0, when: null });
    else {
      const pointer = this.text(ptr, pending, true);
      const good = [...(this.possible(ptr, pending) ?? [])].filter(
        (v) => this.#wrongPointer(place, v) === null,
      );
      for (const first of new Set(good.map(variableAt))) {
        const numbers = good.filter((v) => variableAt(v) === first).map((v) => this.#values.number(v, true));
        const when = numbers.map((number) => `${pointer} == ${number}`).join(' || ');
        origins.push({ first, when: numbers.length > 1 ? `(${when})` : when });
      }
      if (origins.length === 1) origins[0]!.when = null;
    }
    return origins.flatMap(({ first, when }) =>
      offsets.map((offset) => {
        const all = [when, offset.when].filter((part) => part !== null);
        return { id: first + base + offset.by, when: all.length > 0 ? all.join(' && ') : null };
      }),
    );
  }

  isPointer(e: Expr): boolean {
    switch (e.op) {
      case 'addr':
      case 'back':
        return true;
      case 'cond':
        return this.isPointer(e.a) || this.isPointer(e.b);
      case 'get':
      case 'copy': {
        const [first] = this.candidates(e.place);
        return first !== undefined && this.#values.isPointer(first.id);
      }
      default:
        return false;
    }
  }

  #variable(id: VarId): string {
    const { start } = this.#program.vars[id]!;
    return this.isConstant(id)
      ? String(this.#values.number(start, this.#values.isPointer(id)))
      : this.#values.name(id);
  }

  #valuesOf(id: VarId): ReadonlySet<Num> {
    return this.isConstant(id) ? new Set([this.#program.vars[id]!.start]) : this.#values.values(id);
  }

  /** The value of an expression without variables; undefined when it has some. */
  #fixed(e: Expr, pending: Pending): Num | undefined {
    if (this.#hasVariables(e, pending)) return undefined;
    const possible = this.possible(e, pending);
    return possible?.size === 1 ? [...possible][0] : undefined;
  }

  #hasVariables(e: Expr, pending: Pending): boolean {
    const inPlace = ({ ptr, index = [] }: Place): boolean =>
      [...(ptr ? [ptr] : []), ...index.map(({ value }) => value)].some((a) => this.#hasVariables(a, pending));
    switch (e.op) {
      case 'const':
        return false;
      case 'get':
      case 'copy': {
        const later = this.#pendingAt(e.place, pending);
        if (later !== undefined) return this.#hasVariables(later.value, later.before);
        return inPlace(e.place) || this.candidates(e.place, pending).some(({ id }) => !this.isConstant(id));
      }
      case 'addr':
        return inPlace(e.place);
      case 'unary':
      case 'cast':
      case 'stale':
      case 'back':
        return this.#hasVariables(e.a, pending);
      case 'same':
      case 'binary':
      case 'both':
      case 'either':
        return [e.a, e.b].some((a) => this.#hasVariables(a, pending));
      case 'cond':
        return [e.test, e.a, e.b].some((a) => this.#hasVariables(a, pending));
    }
  }

  #pendingAt({ ptr, base, index }: Place, pending: Pending): ReturnType<Pending['get']> {
    return ptr === undefined && index === undefined ? pending.get(base) : undefined;
  }

  #wrongPointer(place: Place, value: Num): TroubleKind | null {
    if (value === 0) return 'null-dereference';
    const id = variableAt(value);
    if (isStale(value) && !this.#stable.has(id)) return 'use-after-free';
    const known = this.#program.targets.filter(({ type }) => type === place.of);
    const isAstray = id < 0 || id >= this.#program.vars.length;
    const isOther = known.length > 0 && id < this.#program.cells && known.every(({ first }) => first !== id);
    return isAstray || isOther ? 'range' : null;
  }

  /** What the subscripts can add to the base. */
  #offsets(place: Place, pending: Pending): readonly { by: number; when: string | null }[] {
    let all: readonly { by: number; when: string | null }[] = [{ by: 0, when: null }];
    for (const { value, stride, length } of place.index ?? []) {
      const subscript = this.text(value, pending, false);
      const possible = this.possible(value, pending);
      const within = Array.from({ length }, (_, i) => i).filter((i) => possible === null || possible.has(i));
      all = all.flatMap(({ by, when }) =>
        within.map((i) => {
          const here = within.length > 1 ? `${subscript} == ${i}` : null;
          const both = [when, here].filter((part) => part !== null);
          return { by: by + i * stride, when: both.length > 0 ? both.join(' && ') : null };
        }),
      );
    }
    return all;
  }

  #indexRisks(place: Place, pending: Pending): readonly Risk[] {
    return (place.index ?? []).flatMap(({ value, length }): readonly Risk[] => {
      const possible = this.possible(value, pending);
      const isSure = possible !== null && [...possible].every((i) => i >= 0 && i < length);
      const text = this.text(value, pending, false);
      const own: Risk[] = isSure ? [] : [{ kind: 'range', when: `(${text} < 0 || ${text} >= ${length})` }];
      return [...this.risks(value, pending), ...own];
    });
  }

  #uninitialised(place: Place, pending: Pending): readonly Risk[] {
    const later = this.#pendingAt(place, pending);
    if (later !== undefined) {
      const isUnset = later.value.op === 'const' && later.value.value === UNINIT;
      return isUnset ? [{ kind: 'uninitialised-read', when: 'true' }] : [];
    }
    return this.candidates(place, pending).flatMap(({ id, when }): Risk[] => {
      if (!this.#valuesOf(id).has(UNINIT)) return [];
      const unset = `${this.#values.name(id)} == ${this.#values.number(UNINIT, this.#values.isPointer(id))}`;
      return [{ kind: 'uninitialised-read', when: when === null ? unset : `(${when} && ${unset})` }];
    });
  }

  #operationRisks(e: Extract<Expr, { op: 'binary' }>, pending: Pending): readonly Risk[] {
    const { fn, type } = e;
    const risks: Risk[] = [];
    const [a, b] = [this.text(e.a, pending), this.text(e.b, pending)];
    const [as, bs] = [this.possible(e.a, pending), this.possible(e.b, pending)];
    const canBe = (set: typeof bs, test: (value: Num) => boolean): boolean =>
      set === null || [...set].some(test);
    if ((fn === 'div' || fn === 'mod') && canBe(bs, (v) => v === 0))
      risks.push({ kind: 'division-by-zero', when: `${b} == 0` });
    if ((fn === 'shl' || fn === 'shr') && canBe(bs, (v) => v < 0 || v >= type.bits))
      risks.push({ kind: 'range', when: `(${b} < 0 || ${b} >= ${type.bits})` });
    // Beyond int Promela wraps: for these operations that would matter, and an unsigned value beyond shows as negative.
    const tellsSize = isComparison(fn) || fn === 'div' || fn === 'mod' || fn === 'shr';
    if (tellsSize && !type.signed && fn !== 'eq' && fn !== 'ne') {
      if (canBe(as, (v) => v > INT_MAX)) risks.push({ kind: 'limit', when: `${a} < 0` });
      if (canBe(bs, (v) => v > INT_MAX)) risks.push({ kind: 'limit', when: `${b} < 0` });
    }
    return risks;
  }

  #address(place: Place, pending: Pending): string {
    const { ptr, base } = place;
    const offsets = this.#offsets(place, pending);
    const parts = offsets.map(({ by, when }) => ({
      when,
      text:
        ptr === undefined
          ? String(this.#values.number(pointerTo(base + by), true))
          : this.#mapped(ptr, pending, (from) => moved(from, base + by)),
    }));
    return chain(parts);
  }

  /** A function of a pointer, value by value. */
  #mapped(pointer: Expr, pending: Pending, fn: (value: Num) => Num): string {
    const text = this.text(pointer, pending, true);
    const possible = [...(this.possible(pointer, pending) ?? [])];
    if (possible.every((value) => fn(value) === value)) return text;
    return chain(
      possible.map((value) => ({
        when: possible.length === 1 ? null : `${text} == ${this.#values.number(value, true)}`,
        text: String(this.#values.number(fn(value), true)),
      })),
    );
  }

  #cast(a: Expr, to: IntType | 'bool', pending: Pending): string {
    const text = this.text(a, pending);
    const possible = this.possible(a, pending);
    const isIn = (set: (value: Num) => boolean): boolean => possible !== null && [...possible].every(set);
    if (to === 'bool') return isIn((v) => v === 0 || v === 1) ? text : `(${text} != 0)`;
    if (to.bits >= 32 || isIn((v) => wrapped(v, to) === v)) return text;
    const mask = 2 ** to.bits - 1;
    const half = 2 ** (to.bits - 1);
    return to.signed ? `(((${text} & ${mask}) ^ ${half}) - ${half})` : `(${text} & ${mask})`;
  }
}

const INT_MAX = 2 ** 31 - 1;
const OPERATORS = {
  add: '+', sub: '-', mul: '*', div: '/', mod: '%', and: '&', or: '|', xor: '^', shl: '<<', shr: '>>',
  eq: '==', ne: '!=', lt: '<', le: '<=', gt: '>', ge: '>=',
} as const; // prettier-ignore

function isComparison(fn: string): boolean {
  return ['eq', 'ne', 'lt', 'le', 'gt', 'ge'].includes(fn);
}

function isStale(pointer: Num): boolean {
  return pointer !== UNINIT && (Number(pointer) & 1) === 1;
}

function moved(pointer: Num, by: number): Num {
  return pointer === 0 ? 0 : Number(pointer) + 2 * by;
}

function where(condition: string, risks: readonly Risk[]): readonly Risk[] {
  return risks.map(({ when, kind }) => ({ kind, when: `(${condition} && ${when})` }));
}

/** The first whose condition holds; the last needs none. */
function chain(parts: readonly { readonly when: string | null; readonly text: string }[]): string {
  const [first, ...rest] = parts;
  if (first === undefined) return '0'; // not reached in any state that was seen
  if (rest.length === 0 || first.when === null) return first.text;
  return `(${first.when} -> ${first.text} : ${chain(rest)})`;
}

function truth(
  as: ReadonlySet<Num> | null,
  bs: ReadonlySet<Num> | null,
  fn: (a: Num, b: Num) => boolean,
): ReadonlySet<Num> {
  return combine(as, bs, (a, b) => Number(fn(a, b))) ?? new Set([0, 1]);
}

function combine(
  as: ReadonlySet<Num> | null,
  bs: ReadonlySet<Num> | null,
  fn: (a: Num, b: Num) => Num | null,
): ReadonlySet<Num> | null {
  if (as === null || bs === null || as.size * bs.size > MANY) return null;
  const results = [...as].flatMap((a) => [...bs].map((b) => fn(a, b)));
  const known = results.filter((result) => result !== null);
  return new Set(known);
}
