// SPDX-License-Identifier: GPL-2.0-only
// Owns the JavaScript text of expressions and places. It computes exactly what machine/evaluate.ts does on values that
// a double holds; on everything else, and on any trouble, it calls ask(), which leaves the step to the interpreter.

import {
  POINTER_BASE,
  UNINIT,
  type BinaryOp,
  type Expr,
  type IntType,
  type Num,
  type Place,
  type Program,
  type VarId,
} from '../../lang/program.ts';
import { Addresses } from '../../machine/addresses.ts';

/** Values known when the code is made that it reaches by name. */
export type Tables = Map<string, unknown>;

/** What the text below takes for granted: V is the vector, U is UNINIT, ask() does not return. */
export const PRELUDE = `
const w = x => x >= -9007199254740991 && x <= 9007199254740991 ? x + 0 : ask();
const wu = x => x >= 0 && x <= 9007199254740991 ? x + 0 : ask();
const nz = b => b !== 0 ? b : ask();
const sc = (b, bits) => b >= 0 && b < bits ? b : ask();
const i32 = a => (a | 0) === a ? a : ask();
const ix = (i, n) => i >= 0 && i < n ? i : ask();
const moved = (p, by) => p !== 0 ? p + by : 0;
const div64 = (a, b) => (a - a % nz(b)) / b;
const within = (v, low, high) => v >= low && v <= high ? v : ask();
`;

const COMPARISONS: Partial<Record<BinaryOp, string>> = {
  eq: '===',
  ne: '!==',
  lt: '<',
  le: '<=',
  gt: '>',
  ge: '>=',
};

/** Writes expressions of one Program. Those in `inLocals` are JavaScript variables, named by `nameOf`. */
export class ExpressionWriter {
  readonly #program: Program;
  readonly #tables: Tables;
  readonly #addresses: Addresses;
  /** By type of object: the name of the function that follows a pointer to one. */
  readonly #followers = new Map<string, string>();
  inLocals: ReadonlySet<VarId> = new Set();
  /** Those of them that are known to hold a number where the text being written stands. */
  numbers: ReadonlySet<VarId> = new Set();

  constructor(program: Program, tables: Tables) {
    this.#program = program;
    this.#tables = tables;
    this.#addresses = new Addresses(program);
  }

  /** A variable at a fixed place. */
  nameOf(id: VarId): string {
    return this.inLocals.has(id) ? `s${id}` : `V[${id}]`;
  }

  /** A value to be stored: what was never written, and bigints, are passed on where the Program only copies. */
  stored(e: Expr): string {
    if (e.op === 'copy') return this.#raw(e.place);
    if (e.op === 'cond') return `(${this.condition(e.test)}?${this.stored(e.a)}:${this.stored(e.b)})`;
    return this.number(e);
  }

  /** A number. */
  number(e: Expr): string {
    switch (e.op) {
      case 'const':
        return constant(e.value);
      case 'get':
      case 'copy': {
        const raw = this.#raw(e.place);
        const isKnown = ExpressionWriter.isFixed(e.place) && this.numbers.has(e.place.base);
        return isKnown ? raw : `((t=${raw})<U?t:ask())`;
      }
      case 'addr':
        return this.#address(e.place);
      case 'unary':
        return e.fn === 'not' ? `(${this.condition(e)}?1:0)` : this.#unary(e.fn, e.type, this.number(e.a));
      case 'binary': {
        if (COMPARISONS[e.fn] !== undefined) return `(${this.condition(e)}?1:0)`;
        const known = knownNumber(e);
        if (known !== null) return String(known);
        return e.type.bits === 64 ? this.#wide(e.fn, e.type, e.a, e.b) : this.#small(e.fn, e.type, e.a, e.b);
      }
      case 'cast': {
        if (e.to === 'bool') return `(${this.condition(e)}?1:0)`;
        if (e.to.bits < 64) return wrap(this.number(e.a), e.to);
        return e.to.signed ? this.number(e.a) : `wu(${this.number(e.a)})`;
      }
      case 'stale':
        return `(${this.number(e.a)}&1)`;
      case 'back':
        return `moved(${this.number(e.a)},${-2 * e.offset})`;
      case 'cond':
        return `(${this.condition(e.test)}?${this.number(e.a)}:${this.number(e.b)})`;
      case 'same':
      case 'both':
      case 'either':
        return `(${this.condition(e)}?1:0)`;
    }
  }

  /** A JavaScript condition: whether the value is not 0. */
  condition(e: Expr): string {
    switch (e.op) {
      case 'binary': {
        const comparison = COMPARISONS[e.fn];
        if (comparison === undefined) break;
        return `(${this.number(e.a)}${comparison}${this.number(e.b)})`;
      }
      case 'unary':
        if (e.fn !== 'not') break;
        return `!${this.condition(e.a)}`;
      case 'cast':
        if (e.to !== 'bool') break;
        return this.condition(e.a);
      case 'same':
        return `(${this.number(e.a)}>>1===${this.number(e.b)}>>1)`;
      case 'both':
        return `(${this.condition(e.a)}&&${this.condition(e.b)})`;
      case 'either':
        return `(${this.condition(e.a)}||${this.condition(e.b)})`;
      case 'const':
      case 'get':
      case 'copy':
      case 'addr':
      case 'stale':
      case 'back':
      case 'cond':
        break;
    }
    return `(${this.number(e)}!==0)`;
  }

  /** The variable that a place denotes. */
  locate(p: Place): string {
    const by = this.#offset(p);
    return p.ptr === undefined ? by : `${this.#follow(p)}(${this.number(p.ptr)})+${by}`;
  }

  /** Whether a place is always the same variable. */
  static isFixed(p: Place): boolean {
    return p.ptr === undefined && p.index === undefined;
  }

  #raw(p: Place): string {
    return ExpressionWriter.isFixed(p) ? this.nameOf(p.base) : `V[${this.locate(p)}]`;
  }

  /** Base and subscripts. */
  #offset(p: Place): string {
    let { base } = p;
    const parts = (p.index ?? []).map(({ value, stride, length }) => {
      const known = knownNumber(value);
      if (known === null || known < 0 || known >= length)
        return `+ix(${this.number(value)},${length})*${stride}`;
      base += known * stride;
      return '';
    });
    return `${constant(base)}${parts.join('')}`;
  }

  #address(p: Place): string {
    const by = `2*(${this.#offset(p)})`;
    return p.ptr === undefined ? `(${2 * POINTER_BASE}+${by})` : `moved(${this.number(p.ptr)},${by})`;
  }

  /** The name of a function from a pointer to the variable it points at, for accesses to this type of object. */
  #follow(p: Place): string {
    const type = p.of ?? '';
    const known = this.#followers.get(type);
    if (known !== undefined) return known;
    const name = `f${this.#followers.size}`;
    this.#followers.set(type, name);
    this.#tables.set(`ok_${name}`, this.#followable(p.of));
    return name;
  }

  /** The functions that `locate` refers to; to be written once everything else is. */
  followers(): string {
    const names = [...this.#followers.values()];
    const body = (name: string): string =>
      `const ${name}=p=>ok_${name}[p-${2 * POINTER_BASE}]===1?(p>>1)-${POINTER_BASE}:ask();`;
    return names.map(body).join('\n');
  }

  /** By pointer, from that to variable 0 on: 1 where an object of the type may be accessed through it. */
  #followable(type: string | undefined): Uint8Array {
    const { vars, cells } = this.#program;
    const valid = type === undefined ? null : this.#addresses.validFor(type);
    const { stable } = this.#addresses;
    return Uint8Array.from({ length: 2 * vars.length }, (_, i) => {
      const id = i >> 1;
      const isGood = valid === null || id >= cells || valid[id] === 1;
      return isGood && ((i & 1) === 0 || stable[id] === 1) ? 1 : 0;
    });
  }

  #unary(fn: 'neg' | 'bitnot', type: IntType, a: string): string {
    if (type.bits < 64) return wrap(fn === 'neg' ? `0-${a}` : `~${a}`, type);
    if (fn === 'neg') return `${type.signed ? 'w' : 'wu'}(0-${a})`;
    return type.signed ? `w(-1-${a})` : 'ask()';
  }

  #small(fn: BinaryOp, type: IntType, left: Expr, right: Expr): string {
    const a = this.number(left);
    const b = this.number(right);
    switch (fn) {
      case 'mul':
        return wrap(`Math.imul(${a},${b})`, type);
      case 'div':
        return wrap(`Math.trunc(${a}/nz(${b}))`, type);
      case 'mod':
        return wrap(`${a}%nz(${b})`, type);
      case 'shl':
        return wrap(`(${a}<<${this.#shift(right, type)})`, type);
      case 'shr':
        return `(${a}${type.signed ? '>>' : '>>>'}${this.#shift(right, type)})`;
      default:
        return wrap(`(${a}${SYMBOLS[fn] ?? ''}${b})`, type);
    }
  }

  /** In doubles while operands and result are exact there. */
  #wide(fn: BinaryOp, type: IntType, left: Expr, right: Expr): string {
    const a = this.number(left);
    const b = this.number(right);
    const safe = type.signed ? 'w' : 'wu';
    switch (fn) {
      case 'div':
        return `${safe}(div64(${a},${b}))`;
      case 'mod':
        return `${safe}(${a}%nz(${b}))`;
      case 'and':
      case 'or':
      case 'xor':
        return `${safe}(${int32(left, a)}${SYMBOLS[fn]}${int32(right, b)})`;
      case 'shl':
        return `${safe}(${a}*${this.#power(right)})`;
      case 'shr':
        return knownNumber(right) === 0 ? a : `${safe}(Math.floor(${a}/${this.#power(right)}))`;
      default:
        return `${safe}(${a}${SYMBOLS[fn] ?? ''}${b})`;
    }
  }

  #shift(count: Expr, type: IntType): string {
    const isGood =
      count.op === 'const' && typeof count.value === 'number' && count.value >= 0 && count.value < type.bits;
    return isGood ? this.number(count) : `sc(${this.number(count)},${type.bits})`;
  }

  #power(count: Expr): string {
    const isGood =
      count.op === 'const' && typeof count.value === 'number' && count.value >= 0 && count.value < 64;
    return isGood ? String(2 ** (count.value as number)) : `2**sc(${this.number(count)},64)`;
  }
}

const SYMBOLS: Partial<Record<BinaryOp, string>> = {
  add: '+',
  sub: '-',
  mul: '*',
  and: '&',
  or: '|',
  xor: '^',
};

function constant(value: Num): string {
  if (typeof value === 'bigint')
    return Number.isSafeInteger(Number(value)) ? constant(Number(value)) : 'ask()';
  if (value === UNINIT) return 'U';
  return value < 0 ? `(${value})` : String(value);
}

/** The value of an expression of small constants; null when it is none. */
function knownNumber(e: Expr): number | null {
  if (e.op === 'const') return typeof e.value === 'number' && e.value !== UNINIT ? e.value : null;
  if (e.op !== 'binary' || (e.fn !== 'add' && e.fn !== 'sub')) return null;
  const a = knownNumber(e.a);
  const b = knownNumber(e.b);
  if (a === null || b === null) return null;
  const result = e.fn === 'add' ? a + b : a - b;
  return result >= 0 && result < 128 ? result : null; // such a result fits every type
}

function int32(e: Expr, text: string): string {
  const known = knownNumber(e);
  return known !== null && (known | 0) === known ? text : `i32(${text})`;
}

function wrap(a: string, { bits, signed }: IntType): string {
  const shift = signed ? '>>' : '>>>';
  if (bits === 32) return signed ? `(${a}|0)` : `(${a}>>>0)`;
  return `((${a})<<${32 - bits}${shift}${32 - bits})`;
}
