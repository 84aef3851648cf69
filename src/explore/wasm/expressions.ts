// SPDX-License-Identifier: GPL-2.0-only
// Owns the code of expressions and places. It computes exactly what machine/evaluate.ts does on values that 64 bits
// hold; on everything else, and on any trouble, the function gives up, which leaves the step to the interpreter.

import {
  POINTER_BASE,
  UNINIT,
  type BinaryOp,
  type Expr,
  type IntType,
  type Place,
  type Program,
  type VarId,
} from '../../lang/program.ts';
import { Addresses } from '../../machine/addresses.ts';
import * as w from './instructions.ts';
import { I32, I64, type Code, type Local } from './instructions.ts';
import type { FunctionWriter } from './module.ts';
import { NEVER_WRITTEN, ORDINARY, ordinary } from './values.ts';

/** Bytes that code reads or writes, to be put into memory before it runs. */
export interface Constants {
  /** Gives the address of a copy; the same key, the same copy. */
  place(key: string, make: () => ArrayBuffer): number;
}

/** Addresses of the memory that code works on. */
export interface Places {
  /** 64 bits for each slot of the vector. */
  readonly vector: number;
  /** Slots that a step has written: 32 bits each. */
  readonly changed: number;
  /** What a step has to tell: see `Cell`. */
  readonly cells: number;
}

/** A function being written, with the locals that all expressions share. */
export class Scope {
  readonly fn: FunctionWriter;
  /** Leaves the function: the interpreter is to do it. */
  readonly giveUp: Code;
  /** For a value that is looked at and then used. */
  readonly value: Local;
  readonly index: Local;
  /** Variables that the function keeps in locals of its own. */
  readonly own: ReadonlyMap<VarId, Local>;
  /** Those of them that are known to hold an ordinary value where the code being written stands. */
  ordinary: ReadonlySet<VarId> = new Set();

  constructor(fn: FunctionWriter, giveUp: Code, own: Iterable<VarId>) {
    this.fn = fn;
    this.giveUp = giveUp;
    this.value = fn.local(I64);
    this.index = fn.local(I32);
    this.own = new Map([...own].map((id) => [id, fn.local(I64)]));
  }
}

type Operator = (a: Code, b: Code) => Code;

const COMPARISONS: Partial<Record<BinaryOp, Operator>> = {
  eq: w.equal64,
  ne: w.differ64,
  lt: w.less64,
  le: w.notMore64,
  gt: w.more64,
  ge: w.notLess64,
};

const ARITHMETIC: Partial<Record<BinaryOp, Operator>> = {
  add: w.add64,
  sub: w.sub64,
  mul: w.mul64,
  div: w.divide64,
  mod: w.remainder64,
  and: w.and64,
  or: w.or64,
  xor: w.xor64,
  shl: w.shiftLeft64,
  shr: w.shiftRight64,
};

/** Writes expressions of one Program. */
export class ExpressionWriter {
  readonly #program: Program;
  readonly #places: Places;
  readonly #constants: Constants;
  readonly #addresses: Addresses;
  scope: Scope;

  constructor(program: Program, places: Places, constants: Constants, scope: Scope) {
    this.#program = program;
    this.#places = places;
    this.#constants = constants;
    this.#addresses = new Addresses(program);
    this.scope = scope;
  }

  /** A value to be stored: what was never written, and bigints, are passed on where the Program only copies. */
  stored(e: Expr): Code {
    if (e.op === 'copy') return this.#raw(e.place);
    if (e.op === 'cond') return w.either(I64, this.condition(e.test), this.stored(e.a), this.stored(e.b));
    if (e.op === 'const' && e.value === UNINIT) return w.long(NEVER_WRITTEN);
    return this.number(e);
  }

  /** An ordinary value. */
  number(e: Expr): Code {
    switch (e.op) {
      case 'const': {
        const value = ordinary(e.value);
        return value === null ? [this.scope.giveUp, w.long(0n)] : w.long(value);
      }
      case 'get':
      case 'copy': {
        const raw = this.#raw(e.place);
        const isKnown = isFixed(e.place) && this.scope.ordinary.has(e.place.base);
        return isKnown ? raw : this.#unless(raw, (value) => w.less64(value, w.long(ORDINARY)));
      }
      case 'addr':
        return this.#address(e.place);
      case 'unary':
        if (e.fn === 'not') return this.#flag(e);
        if (e.fn === 'neg') return this.#fit(w.sub64(w.long(0n), this.number(e.a)), e.type);
        return this.#fit(w.xor64(this.number(e.a), w.long(-1n)), e.type);
      case 'binary':
        return COMPARISONS[e.fn] === undefined ? this.#arithmetic(e.fn, e.type, e.a, e.b) : this.#flag(e);
      case 'cast':
        if (e.to === 'bool') return this.#flag(e);
        if (e.to.bits === 64 && e.to.signed) return this.number(e.a);
        return this.#fit(this.number(e.a), e.to);
      case 'stale':
        return w.and64(this.number(e.a), w.long(1n));
      case 'back':
        return this.#moved(this.number(e.a), w.long(BigInt(-2 * e.offset)));
      case 'cond':
        return w.either(I64, this.condition(e.test), this.number(e.a), this.number(e.b));
      case 'same':
      case 'both':
      case 'either':
        return this.#flag(e);
    }
  }

  /** 32 bits: 1 when the value is not 0, else 0. */
  condition(e: Expr): Code {
    switch (e.op) {
      case 'binary': {
        const comparison = COMPARISONS[e.fn];
        if (comparison === undefined) break;
        return comparison(this.number(e.a), this.number(e.b));
      }
      case 'unary':
        if (e.fn !== 'not') break;
        return w.isZero(this.condition(e.a));
      case 'cast':
        if (e.to !== 'bool') break;
        return this.condition(e.a);
      case 'same': {
        const target = (pointer: Expr): Code => w.shiftRight(w.narrow(this.number(pointer)), w.int(1));
        return w.equal(target(e.a), target(e.b));
      }
      case 'both':
        return w.either(I32, this.condition(e.a), this.condition(e.b), w.int(0));
      case 'either':
        return w.either(I32, this.condition(e.a), w.int(1), this.condition(e.b));
      case 'const':
      case 'get':
      case 'copy':
      case 'addr':
      case 'stale':
      case 'back':
      case 'cond':
        break;
    }
    return w.differ64(this.number(e), w.long(0n));
  }

  /** The variable that a place denotes, in 32 bits. */
  locate(p: Place): Code {
    const parts = this.#subscripts(p);
    const sum = parts.map(w.narrow).reduce(w.add, w.int(p.base));
    if (p.ptr === undefined) return sum;
    const target = this.#follow(p, p.ptr);
    if (p.base === 0 && parts.length === 0) return target;
    // Only an access astray leaves the vector.
    const { index, giveUp } = this.scope;
    const isAstray = w.notLess64(
      w.widenUnsigned(w.tee(index, w.add(target, sum))),
      w.long(BigInt(this.#program.vars.length)),
    );
    return [w.when(isAstray, giveUp), w.get(index)];
  }

  /** What a variable at a fixed place holds. */
  fixed(id: VarId): Code {
    const local = this.scope.own.get(id);
    return local === undefined ? w.load64(w.int(0), this.#places.vector + 8 * id) : w.get(local);
  }

  /** The value that `code` gives, unless that is bad: then the function gives up. */
  #unless(code: Code, isBad: (value: Code) => Code): Code {
    const { value, giveUp } = this.scope;
    return [w.when(isBad(w.tee(value, code)), giveUp), w.get(value)];
  }

  #flag(e: Expr): Code {
    return w.widenUnsigned(this.condition(e));
  }

  #raw(p: Place): Code {
    if (isFixed(p)) return this.fixed(p.base);
    return w.load64(w.shiftLeft(this.locate(p), w.int(3)), this.#places.vector);
  }

  #subscripts(p: Place): readonly Code[] {
    return (p.index ?? []).map(({ value, stride, length }) => {
      const isOutside = (i: Code): Code => w.notLessUnsigned64(i, w.long(BigInt(length)));
      const subscript = isWithin(value, length)
        ? this.number(value)
        : this.#unless(this.number(value), isOutside);
      return stride === 1 ? subscript : w.mul64(subscript, w.long(BigInt(stride)));
    });
  }

  #address(p: Place): Code {
    const by = [...this.#subscripts(p), w.long(BigInt(p.base))].reduce(w.add64);
    const twice = w.shiftLeft64(by, w.long(1n));
    if (p.ptr === undefined) return w.add64(twice, w.long(BigInt(2 * POINTER_BASE)));
    return this.#moved(this.number(p.ptr), twice);
  }

  #moved(pointer: Code, by: Code): Code {
    const held = this.scope.fn.local(I64); // `by` may use the shared one
    const sum = w.add64(w.tee(held, pointer), by);
    return w.select(sum, w.long(0n), w.differ64(w.get(held), w.long(0n)));
  }

  /** The variable that a pointer points at, once it is known to be good for an access. */
  #follow(p: Place, pointer: Expr): Code {
    const { value, index, giveUp } = this.scope;
    const table = this.#constants.place(`followable ${p.of ?? ''}`, () => this.#followable(p.of).buffer);
    const offset = w.sub64(this.number(pointer), w.long(BigInt(2 * POINTER_BASE)));
    const isOutside = w.notLessUnsigned64(
      w.tee(value, offset),
      w.long(BigInt(2 * this.#program.vars.length)),
    );
    const isGood = w.loadByte(w.tee(index, w.narrow(w.get(value))), table);
    return [
      w.when(isOutside, giveUp),
      w.when(w.isZero(isGood), giveUp),
      w.shiftRightUnsigned(w.get(index), w.int(1)),
    ];
  }

  /** By pointer, from that to variable 0 on: 1 where an object of the type may be accessed through it. */
  #followable(type: string | undefined): Uint8Array<ArrayBuffer> {
    const { vars, cells } = this.#program;
    const valid = type === undefined ? null : this.#addresses.validFor(type);
    const { stable } = this.#addresses;
    return Uint8Array.from({ length: 2 * vars.length }, (_, i) => {
      const id = i >> 1;
      const isGood = valid === null || id >= cells || valid[id] === 1;
      return isGood && ((i & 1) === 0 || stable[id] === 1) ? 1 : 0;
    });
  }

  #arithmetic(fn: BinaryOp, type: IntType, left: Expr, right: Expr): Code {
    const operation = ARITHMETIC[fn]!;
    const a = this.number(left);
    const b = this.number(right);
    switch (fn) {
      case 'div':
      case 'mod':
        return this.#fit(operation(a, this.#unless(b, w.isZero64)), type);
      case 'shl':
      case 'shr': {
        const isTooFar = (count: Code): Code => w.notLessUnsigned64(count, w.long(BigInt(type.bits)));
        return this.#fit(operation(a, isWithin(right, type.bits) ? b : this.#unless(b, isTooFar)), type);
      }
      default:
        return this.#fit(operation(a, b), type);
    }
  }

  /**
   * Brings 64 bits, exact modulo the width of the type, into its range. Of 64 unsigned bits only half can stand in a
   * slot: what has the highest bit is left to the interpreter, and so is what signed bits cannot tell from UNINIT.
   */
  #fit(code: Code, { bits, signed }: IntType): Code {
    switch (bits) {
      case 8:
        return signed ? w.extend8(code) : w.and64(code, w.long(0xffn));
      case 16:
        return signed ? w.extend16(code) : w.and64(code, w.long(0xffffn));
      case 32:
        return signed ? w.extend32(code) : w.and64(code, w.long(0xffff_ffffn));
      case 64:
        return this.#unless(code, (value) => w.less64(value, w.long(signed ? ORDINARY : 0n)));
    }
  }
}

/** Whether a place is always the same variable. */
export function isFixed(p: Place): boolean {
  return p.ptr === undefined && p.index === undefined;
}

function isWithin(e: Expr, end: number): boolean {
  return e.op === 'const' && typeof e.value === 'number' && e.value >= 0 && e.value < end;
}
