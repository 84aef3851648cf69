// SPDX-License-Identifier: GPL-2.0-only
// Owns the JavaScript text of assignments. Each store is written into the list of changed slots, in the order in which
// the interpreter logs it, so that a step can be packed and taken back.

import { UNINIT, type Assign, type Edge, type Expr, type Program, type VarId } from '../../lang/program.ts';
import { ExpressionWriter, type Tables } from './expressions.ts';

/** Writes the assignments of one Program. `n` counts the entries of the list L. */
export class StatementWriter {
  readonly #program: Program;
  readonly #tables: Tables;
  readonly #expressions: ExpressionWriter;
  readonly #hasRanges: boolean;
  /** Entries of L that one pass over all text written so far can make. */
  entries = 0;

  constructor(program: Program, tables: Tables, expressions: ExpressionWriter) {
    this.#program = program;
    this.#tables = tables;
    this.#expressions = expressions;
    this.#hasRanges = program.vars.some(({ range }) => range !== undefined);
    if (!this.#hasRanges) return;
    tables.set(
      'LOW',
      Float64Array.from(program.vars, ({ range }) => range?.[0] ?? -Infinity),
    );
    tables.set(
      'HIGH',
      Float64Array.from(program.vars, ({ range }) => range?.[1] ?? Infinity),
    );
  }

  /** All that taking the edge does. The expressions then know which variables hold a number after it. */
  edge(edge: Edge): string {
    const lines = edge.do.map((assign) => this.#assign(assign));
    for (const id of edge.dead) lines.push(this.keep(id, '0', true));
    return lines.join('\n');
  }

  /** Stores a value; `isNumber`: which is neither UNINIT nor a bigint. */
  store(id: VarId, value: string, isNumber: boolean): string {
    if (!this.#expressions.inLocals.has(id)) {
      this.entries += 1;
      return `V[${id}]=${value};L[n++]=${id};`;
    }
    const numbers = new Set(this.#expressions.numbers);
    if (isNumber) numbers.add(id);
    else numbers.delete(id);
    this.#expressions.numbers = numbers;
    return `s${id}=${value};`;
  }

  /** As store, where the value is often there already. It is evaluated twice. */
  keep(id: VarId, value: string, isNumber: boolean): string {
    if (this.#expressions.inLocals.has(id)) return this.store(id, value, isNumber);
    return `if(V[${id}]!==${value}){${this.store(id, value, isNumber)}}`;
  }

  #assign(assign: Assign): string {
    if ('stale' in assign) return this.#makeStale(assign);
    const { to } = assign;
    const value = this.#expressions.stored(assign.value);
    if (ExpressionWriter.isFixed(to)) {
      const range = this.#program.vars[to.base]?.range;
      const checked = range === undefined ? value : `within(${value},${range[0]},${range[1]})`;
      return this.store(to.base, checked, isNumber(assign.value));
    }
    this.entries += 1;
    const checked = this.#hasRanges ? 'within(v,LOW[p],HIGH[p])' : 'v';
    return `v=${value};p=${this.#expressions.locate(to)};V[p]=${checked};L[n++]=p;`;
  }

  #makeStale(assign: Extract<Assign, { size: number }>): string {
    const name = `x${this.#tables.size}`;
    this.#tables.set(name, Int32Array.from(assign.vars));
    this.entries += assign.vars.length;
    return `n=makeStale(${name},${this.#expressions.number(assign.stale)},${assign.size},n);`;
  }
}

/** Whether the text of a value to be stored gives a number, or asks. */
function isNumber(e: Expr): boolean {
  if (e.op === 'cond') return isNumber(e.a) && isNumber(e.b);
  return e.op !== 'copy' && !(e.op === 'const' && e.value === UNINIT);
}

/** Every pointer in the list that points into the object becomes stale; `first` is a pointer to it. */
export const MAKE_STALE = `
function makeStale(list, first, size, n) {
  const from = first === 0 ? -1 : (first >> 1) - BASE;
  for (let i = 0; i < list.length; i++) {
    const slot = list[i];
    const held = V[slot];
    if (!(held < U) || held === 0 || (held & 1) === 1) continue;
    const target = (held >> 1) - BASE;
    if (target < from || target >= from + size) continue;
    V[slot] = held + 1;
    L[n++] = slot;
  }
  return n;
}
`;
