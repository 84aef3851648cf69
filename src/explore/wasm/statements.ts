// SPDX-License-Identifier: GPL-2.0-only
// Owns the code of assignments. Each store is written into the list of changed slots, so that a step can be packed and
// taken back.

import { UNINIT, type Assign, type Edge, type Expr, type Program, type VarId } from '../../lang/program.ts';
import { POINTER_BASE } from '../../lang/program.ts';
import { ExpressionWriter, isFixed, type Constants, type Places } from './expressions.ts';
import * as w from './instructions.ts';
import { I32, I64, type Code, type Local } from './instructions.ts';
import { FunctionWriter } from './module.ts';
import { ORDINARY } from './values.ts';

/** Writes the assignments of one Program. */
export class StatementWriter {
  readonly #program: Program;
  readonly #places: Places;
  readonly #constants: Constants;
  readonly #expressions: ExpressionWriter;
  readonly #makeStale: () => number;
  readonly #hasRanges: boolean;
  /** The local that holds the bytes of the list of changes so far. */
  written: Local = 0;
  /** Entries of the list that one pass over all code written so far can make. */
  entries = 0;

  /** `makeStale` gives the index of the function that `makeStaleFunction` writes. */
  constructor(
    program: Program,
    places: Places,
    constants: Constants,
    expressions: ExpressionWriter,
    makeStale: () => number,
  ) {
    this.#program = program;
    this.#places = places;
    this.#constants = constants;
    this.#expressions = expressions;
    this.#makeStale = makeStale;
    this.#hasRanges = program.vars.some(({ range }) => range !== undefined);
  }

  /** All that taking the edge does. The scope then knows which variables hold an ordinary value after it. */
  edge(edge: Edge): Code {
    const code = edge.do.map((assign) => this.#assign(assign));
    return [...code, ...edge.dead.map((id) => this.#clear(id))];
  }

  /** Stores a value; `isOrdinary`: which is neither UNINIT nor out of the ordinary. */
  store(id: VarId, value: Code, isOrdinary: boolean): Code {
    const { scope } = this.#expressions;
    const local = scope.own.get(id);
    if (local === undefined) return this.#write(id, value);
    const ordinary = new Set(scope.ordinary);
    if (isOrdinary) ordinary.add(id);
    else ordinary.delete(id);
    scope.ordinary = ordinary;
    return w.set(local, value);
  }

  /** Writes what a local holds back to the vector, if that is new. */
  writeBack(id: VarId, local: Local): Code {
    return w.when(w.differ64(this.#vectorAt(id), w.get(local)), this.#write(id, w.get(local)));
  }

  /** The slot and what it now holds. */
  #write(slot: number, value: Code): Code {
    this.entries += 1;
    return [w.store64(w.int(0), this.#places.vector + 8 * slot, value), this.#log(w.int(slot))];
  }

  #log(slot: Code): Code {
    return [
      w.store32(w.get(this.written), this.#places.changed, slot),
      w.set(this.written, w.add(w.get(this.written), w.int(4))),
    ];
  }

  #vectorAt(id: VarId): Code {
    return w.load64(w.int(0), this.#places.vector + 8 * id);
  }

  #clear(id: VarId): Code {
    if (this.#expressions.scope.own.has(id)) return this.store(id, w.long(0n), true);
    return w.when(w.differ64(this.#vectorAt(id), w.long(0n)), this.#write(id, w.long(0n)));
  }

  #assign(assign: Assign): Code {
    if ('stale' in assign) return this.#turnStale(assign);
    const { to } = assign;
    const value = this.#expressions.stored(assign.value);
    const { scope } = this.#expressions;
    if (isFixed(to)) {
      const range = this.#program.vars[to.base]?.range;
      const checked =
        range === undefined ? value : this.#within(value, w.long(low(range)), w.long(high(range)));
      return this.store(to.base, checked, isOrdinary(assign.value));
    }
    const held = scope.fn.local(I64);
    const slot = scope.fn.local(I32);
    const bounds = (key: string, of: (range: readonly [number, number] | undefined) => bigint): Code =>
      w.load64(
        w.shiftLeft(w.get(slot), w.int(3)),
        this.#constants.place(
          key,
          () => BigInt64Array.from(this.#program.vars, ({ range }) => of(range)).buffer,
        ),
      );
    const checked = this.#hasRanges
      ? this.#within(w.get(held), bounds('low', low), bounds('high', high))
      : w.get(held);
    this.entries += 1;
    return [
      w.set(held, value),
      w.set(slot, this.#expressions.locate(to)),
      w.store64(w.shiftLeft(w.get(slot), w.int(3)), this.#places.vector, checked),
      this.#log(w.get(slot)),
    ];
  }

  #within(code: Code, lowest: Code, highest: Code): Code {
    const { value, giveUp } = this.#expressions.scope;
    const isLess = w.less64(w.tee(value, code), lowest);
    return [w.when(w.or(isLess, w.more64(w.get(value), highest)), giveUp), w.get(value)];
  }

  #turnStale(assign: Extract<Assign, { size: number }>): Code {
    const list = this.#constants.place(
      `pointers ${assign.vars.join()}`,
      () => Int32Array.from(assign.vars).buffer,
    );
    this.entries += assign.vars.length;
    const args = [
      w.int(list),
      w.int(list + 4 * assign.vars.length),
      this.#expressions.number(assign.stale),
      w.int(assign.size),
      w.get(this.written),
    ];
    return w.set(this.written, w.call(this.#makeStale(), args));
  }
}

function low(range: readonly [number, number] | undefined): bigint {
  return range === undefined ? -(2n ** 63n) : BigInt(range[0]);
}

function high(range: readonly [number, number] | undefined): bigint {
  return range === undefined ? 2n ** 63n - 1n : BigInt(range[1]);
}

/** Whether the code of a value to be stored gives an ordinary value, or gives up. */
function isOrdinary(e: Expr): boolean {
  if (e.op === 'cond') return isOrdinary(e.a) && isOrdinary(e.b);
  return e.op !== 'copy' && !(e.op === 'const' && e.value === UNINIT);
}

/**
 * A function (list, end of list, pointer to an object, its size, bytes of changes) -> bytes of changes: every pointer
 * in the list that points into the object becomes stale.
 */
export function makeStaleFunction({ vector, changed }: Places): FunctionWriter {
  const fn = new FunctionWriter([I32, I32, I64, I32, I32], [I32]);
  const [list, end, pointer, size, written] = [0, 1, 2, 3, 4];
  const [slot, from] = [fn.local(I32), fn.local(I32)];
  const held = fn.local(I64);
  const again = w.newLabel();
  const target = (of: Local): Code => w.sub(w.shiftRight(w.narrow(w.get(of)), w.int(1)), w.int(POINTER_BASE));
  const isFresh = w.and(
    w.and(w.notLess64(w.get(held), w.long(ORDINARY)), w.differ64(w.get(held), w.long(0n))),
    w.isZero64(w.and64(w.get(held), w.long(1n))),
  );
  const isInside = w.lessUnsigned(w.sub(target(held), w.get(from)), w.get(size));
  const address = w.shiftLeft(w.get(slot), w.int(3));
  fn.body = [
    w.set(from, w.select(w.int(-1), target(pointer), w.isZero64(w.get(pointer)))),
    w.loop(
      again,
      w.when(w.differ(w.get(list), w.get(end)), [
        w.set(slot, w.load32(w.get(list))),
        w.set(held, w.load64(address, vector)),
        w.when(w.and(isFresh, isInside), [
          w.store64(address, vector, w.add64(w.get(held), w.long(1n))),
          w.store32(w.get(written), changed, w.get(slot)),
          w.set(written, w.add(w.get(written), w.int(4))),
        ]),
        w.set(list, w.add(w.get(list), w.int(4))),
        w.jump(again),
      ]),
    ),
    w.get(written),
  ];
  return fn;
}
