// SPDX-License-Identifier: GPL-2.0-only
// Owns the meaning of expressions, places and assignments: each is compiled once into a closure over the vector.
// The watched and the unwatched machine run the closures made here; watching only adds calls of the tracer.

import {
  UNINIT,
  type Assign,
  type Expr,
  type Num,
  type Place,
  type Program,
  type VarId,
} from '../lang/program.ts';
import { Addresses, isStale, moved, NULL, pointerTo, targetOf } from './addresses.ts';
import { binaryOf, castTo, normalise, toBool, unaryOf } from './integers.ts';
import type { Memory } from './memory.ts';
import type { Tracer } from './tracer.ts';
import { Fault } from './trouble.ts';

/** Gives the value of an expression now. Throws Fault. */
export type Compute = () => Num;
/** Gives the variable that a place denotes now. Throws Fault. */
export type Locate = () => VarId;
/** Performs assignments. Throws Fault; writes made before it stand, and are in the log. */
export type Perform = () => void;

/** Compiles the parts of one Program against one Memory. Compiling costs the size of the part. */
export class Evaluator {
  readonly addresses: Addresses;
  readonly #program: Program;
  readonly #memory: Memory;
  readonly #vector: Num[];
  readonly #tracer: Tracer | null;

  constructor(program: Program, memory: Memory, tracer: Tracer | null) {
    this.addresses = new Addresses(program);
    this.#program = program;
    this.#memory = memory;
    this.#vector = memory.vector;
    this.#tracer = tracer;
  }

  expr(e: Expr): Compute {
    switch (e.op) {
      case 'const': {
        const value = typeof e.value === 'bigint' ? normalise(e.value) : e.value;
        return () => value;
      }
      case 'copy':
        return this.#load(e.place);
      case 'get':
        return this.#get(e.place);
      case 'addr':
        return this.#address(e.place);
      case 'unary': {
        const fn = unaryOf(e.fn, e.type);
        const a = this.expr(e.a);
        return () => fn(a());
      }
      case 'binary': {
        const fn = binaryOf(e.fn, e.type);
        const a = this.expr(e.a);
        const b = this.expr(e.b);
        return () => fn(a(), b());
      }
      case 'cast': {
        const cast = e.to === 'bool' ? toBool : castTo(e.to);
        const a = this.expr(e.a);
        return () => cast(a());
      }
      case 'same': {
        const a = this.expr(e.a) as () => number;
        const b = this.expr(e.b) as () => number;
        return () => (a() >> 1 === b() >> 1 ? 1 : 0);
      }
      case 'stale': {
        const a = this.expr(e.a) as () => number;
        return () => a() & 1;
      }
      case 'back': {
        const a = this.expr(e.a) as () => number;
        return () => {
          const pointer = a();
          return pointer === NULL ? NULL : moved(pointer, -e.offset);
        };
      }
      case 'cond': {
        const [test, a, b] = [this.expr(e.test), this.expr(e.a), this.expr(e.b)];
        return () => (test() !== 0 ? a() : b());
      }
      case 'both': {
        const [a, b] = [this.expr(e.a), this.expr(e.b)];
        return () => (a() !== 0 && b() !== 0 ? 1 : 0);
      }
      case 'either': {
        const [a, b] = [this.expr(e.a), this.expr(e.b)];
        return () => (a() !== 0 || b() !== 0 ? 1 : 0);
      }
    }
  }

  /** Where a place lies. Following a pointer that is NULL, stale or astray is a Fault. */
  place(p: Place): Locate {
    const { ptr, base } = p;
    const index = this.#index(p);
    if (ptr === undefined) {
      if (index === null) return () => base;
      return () => base + index();
    }
    const follow = this.#follow(p, this.expr(ptr) as () => number);
    if (index === null) return () => follow() + base;
    return () => follow() + base + index();
  }

  assign(a: Assign): Perform {
    return 'stale' in a ? this.#makeStale(a) : this.#store(a);
  }

  /** All assignments in order, then the dead locals to 0. */
  assignments(list: readonly Assign[], dead: readonly VarId[]): Perform {
    const steps = list.map((a) => this.assign(a));
    if (dead.length > 0) steps.push(this.#reset(dead));
    const [first, second] = steps;
    if (first === undefined) return () => {};
    if (second === undefined) return first;
    if (steps.length === 2) {
      return () => {
        first();
        second();
      };
    }
    return () => {
      for (const step of steps) step();
    };
  }

  /** A copy of what the place holds, UNINIT included: words of a struct may be copied before they are written. */
  #load(p: Place): Compute {
    const vector = this.#vector;
    const tracer = this.#tracer;
    const locate = this.place(p);
    if (tracer !== null) {
      return () => {
        const outside = tracer.enterAddress();
        const id = locate();
        const value = vector[id]!;
        tracer.read(id, value, outside);
        return value;
      };
    }
    if (p.ptr === undefined && p.index === undefined) {
      const id = p.base;
      return () => vector[id]!;
    }
    return () => vector[locate()]!;
  }

  /** What the place holds; UNINIT is trouble. */
  #get(p: Place): Compute {
    const vector = this.#vector;
    if (this.#tracer === null && p.ptr === undefined && p.index === undefined) {
      const id = p.base;
      return () => {
        const value = vector[id]!;
        if (value === UNINIT) throw this.#uninitialised(p);
        return value;
      };
    }
    const load = this.#load(p);
    return () => {
      const value = load();
      if (value === UNINIT) throw this.#uninitialised(p);
      return value;
    };
  }

  #uninitialised(p: Place): Fault {
    const name = this.#program.vars[this.place(p)()]?.name ?? 'a variable';
    return new Fault('uninitialised-read', `${name} is read but was never written`);
  }

  /** `&place`. No access: a stale base stays stale, and a NULL base gives NULL, which is trouble at its use. */
  #address(p: Place): Compute {
    const { ptr, base } = p;
    const index = this.#index(p);
    if (ptr === undefined) return index === null ? () => pointerTo(base) : () => pointerTo(base + index());
    const pointer = this.expr(ptr) as () => number;
    return () => {
      const from = pointer();
      const by = index === null ? base : base + index();
      return from === NULL ? NULL : moved(from, by);
    };
  }

  /** The variable that the pointer of a place points at, once it is known to be good for an access. */
  #follow(p: Place, pointer: () => number): Locate {
    const { addresses } = this;
    const { stable } = addresses;
    const valid = p.of === undefined ? null : addresses.validFor(p.of);
    const cells = this.#program.cells;
    const vars = this.#program.vars.length;
    return () => {
      const to = pointer();
      const id = targetOf(to);
      if (to === NULL || (isStale(to) && stable[id] !== 1)) throw this.#badPointer(p, to);
      if (id < 0 || id >= vars || (valid !== null && id < cells && valid[id] !== 1))
        throw this.#badPointer(p, to);
      return id;
    };
  }

  #badPointer(p: Place, pointer: number): Fault {
    const what = p.of ?? 'an object';
    const field = this.addresses.field(p.of, p.base);
    if (pointer === NULL) {
      const access = field === '' ? 'dereferenced' : `dereferenced for its ${field}`;
      return new Fault('null-dereference', `NULL pointer to ${what} ${access}`);
    }
    const id = targetOf(pointer);
    if (isStale(pointer)) {
      const object = this.addresses.path(id, p.of ?? '');
      const around = this.addresses.objectAround(id);
      return new Fault(
        'use-after-free',
        `${object}${field} is used through a stale pointer: ${around} was freed`,
      );
    }
    return new Fault('range', `a pointer to ${what} points at ${this.addresses.path(id, '')}, which is none`);
  }

  /** What the subscripts add to the base; null when there are none. */
  #index(p: Place): (() => number) | null {
    const parts = (p.index ?? []).map(({ value, stride, length }) => {
      const subscript = this.expr(value);
      return (): number => {
        const i = subscript();
        if (i >= 0 && i < length) return (i as number) * stride;
        throw new Fault('range', `subscript ${i} is outside 0..${length - 1}${this.#arrayName(p)}`);
      };
    });
    const [only] = parts;
    if (only === undefined) return null;
    if (parts.length === 1) return only;
    return () => parts.reduce((sum, part) => sum + part(), 0);
  }

  #arrayName(p: Place): string {
    const name = p.ptr === undefined ? this.#program.vars[p.base]?.name : this.addresses.field(p.of, p.base);
    const array = name?.split('[')[0] ?? '';
    return array === '' ? '' : ` of ${array}`;
  }

  /** The right side first, then the place: the order in which C programmers read trouble. */
  #store(a: Extract<Assign, { to: Place }>): Perform {
    const { to } = a;
    const tracer = this.#tracer;
    const memory = this.#memory;
    const vector = this.#vector;
    const value = this.expr(a.value);
    const locate = this.place(to);
    const check = this.#rangeCheck(to);
    if (tracer !== null) {
      return () => {
        tracer.fresh();
        const v = value();
        const from = tracer.gathered();
        tracer.fresh();
        const id = locate();
        check?.(id, v);
        tracer.store(id, vector[id]!, v, from);
        memory.write(id, v);
      };
    }
    if (check !== null) {
      return () => {
        const v = value();
        const id = locate();
        check(id, v);
        memory.write(id, v);
      };
    }
    if (to.ptr === undefined && to.index === undefined) {
      const id = to.base;
      return () => memory.write(id, value());
    }
    return () => {
      const v = value();
      memory.write(locate(), v);
    };
  }

  /** Holds `[[mm::range(a,b)]]`; null when no variable that the place can denote has one. */
  #rangeCheck(to: Place): ((id: VarId, value: Num) => void) | null {
    const { vars } = this.#program;
    const isStatic = to.ptr === undefined && to.index === undefined;
    const isRanged = isStatic ? vars[to.base]?.range !== undefined : vars.some((v) => v.range !== undefined);
    if (!isRanged) return null;
    return (id, value) => {
      const range = vars[id]?.range;
      if (range === undefined || value === UNINIT || (value >= range[0] && value <= range[1])) return;
      throw new Fault(
        'range',
        `${vars[id]?.name} becomes ${value}, outside its range ${range[0]}..${range[1]}`,
      );
    };
  }

  #makeStale(a: Extract<Assign, { stale: Expr }>): Perform {
    const { size, vars } = a;
    const freed = this.expr(a.stale) as () => number;
    const vector = this.#vector;
    const memory = this.#memory;
    const tracer = this.#tracer;
    return () => {
      tracer?.fresh();
      const first = targetOf(freed());
      for (const id of vars) {
        const held = vector[id]!;
        if (held === UNINIT || held === NULL || isStale(held as number)) continue;
        const target = targetOf(held as number);
        if (target < first || target >= first + size) continue;
        const stale = (held as number) + 1;
        tracer?.markStale(id, held, stale);
        memory.write(id, stale);
      }
    };
  }

  #reset(dead: readonly VarId[]): Perform {
    const vector = this.#vector;
    const memory = this.#memory;
    const tracer = this.#tracer;
    return () => {
      tracer?.dead(dead);
      for (const id of dead) if (vector[id] !== 0) memory.write(id, 0);
    };
  }
}
