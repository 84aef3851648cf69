// SPDX-License-Identifier: GPL-2.0-only
// Owns random small Programs: two or three threads over a few cells, locks, a pool and free choices. They may race,
// deadlock and run into trouble; what the tests hold is that all parts of mmreplay agree on what they do.

import { Rng } from '../../src/base/rng.ts';
import type { Expr, IntType, Program, VarId } from '../../src/lang/program.ts';
import { PoolCode } from './example-programs.ts';
import {
  add,
  con,
  element,
  eq,
  field,
  get,
  lt,
  ne,
  not,
  pointerTo,
  program,
  same,
  set,
  sub,
  type Code,
  type Mutex,
  type ProgramBuilder,
} from './programs.ts';

const u64: IntType = { bits: 64, signed: false };

/** The same seed gives the same Program. */
export function randomProgram(seed: number): Program {
  return program((p) => new Random(p, new Rng(seed)).write());
}

class Random {
  readonly #p: ProgramBuilder;
  readonly #rng: Rng;
  readonly #ints: VarId[] = [];
  #array: VarId = 0;
  #big: VarId = 0;
  #ghost: VarId = 0;
  #constant: VarId = 0;
  #shared: VarId = 0;
  #spin: VarId = 0;
  #mutex: Mutex = { owner: 0, queue: [] };
  #pages: PoolCode | undefined;

  constructor(p: ProgramBuilder, rng: Rng) {
    this.#p = p;
    this.#rng = rng;
  }

  write(): void {
    const p = this.#p;
    const threads = 2 + this.#rng.below(2);
    for (const name of ['a', 'b', 'c']) this.#ints.push(p.cell(name, { start: this.#rng.below(3) - 1 }));
    this.#ints.push(...Object.values(p.struct('word', 'pte_t', { present: {}, dirty: {} }, true)));
    this.#array = p.struct('array', 'int[3]', { x: {}, y: {}, z: {} }).x;
    this.#big = p.cell('big', { shown: { as: 'int', ...u64 }, start: 2n ** 63n });
    this.#constant = p.cell('constant', { constant: true, start: 2 });
    this.#ghost = p.cell('ghost', { ghost: true });
    this.#shared = p.cell('shared', { shown: pointerTo('struct page') });
    this.#spin = p.spinlock('spin');
    this.#mutex = p.mutex('mutex', threads);
    this.#pages = new PoolCode(
      p,
      p.pool('page', 'struct page', 2, ['index', 'count'], this.#rng.below(2) === 0),
    );
    for (let i = 0; i < threads; i += 1)
      p.thread(`CPU${i}`, (code) => this.#thread(code), this.#rng.below(6) === 0 ? { daemon: true } : {});
    const int = { as: 'int', bits: 32, signed: true } as const;
    p.invariant('small', { kind: 'strict' }, (code, result) => {
      code.result(result, lt(get(this.#ints[0]!), 3), {
        format: 'a is %d',
        args: [{ value: get(this.#ints[0]!), show: int }],
      });
    });
    p.invariant('equal', { kind: 'idle', operations: [p.operation('op0')] }, (code, result) =>
      code.result(result, ne(get(this.#ints[1]!), 2)),
    );
    p.invariant('ghostly', { kind: 'ensures', operation: p.operation('op1') }, (code, result) =>
      code.result(result, lt(get(this.#ghost), 2)),
    );
  }

  #thread(code: Code): void {
    const locals = ['x', 'y'].map((name) => code.local(name, { start: 0 }));
    const page = code.local('page', { shown: pointerTo('struct page'), start: 0 });
    code.ride('x = constant', [set(locals[0]!, get(this.#constant))]);
    for (let i = 1 + this.#rng.below(2); i > 0; i -= 1) {
      code.operation(`op${this.#rng.below(2)}`, () => this.#block(code, locals, page, 2));
    }
  }

  #block(code: Code, locals: readonly VarId[], page: VarId, depth: number): void {
    for (let i = 1 + this.#rng.below(3); i > 0; i -= 1) this.#statement(code, locals, page, depth);
  }

  #statement(code: Code, locals: readonly VarId[], page: VarId, depth: number): void {
    const rng = this.#rng;
    const local = rng.pick(locals);
    const cell = rng.pick(this.#ints);
    const nested = (): void => this.#block(code, locals, page, depth - 1);
    const pages = this.#pages!;
    switch (rng.below(depth > 0 ? 16 : 11)) {
      case 0:
      case 1:
        return code.step('local = cell', [set(local, get(cell))]);
      case 2:
      case 3:
        return code.step(
          'cell = local + 1',
          [set(cell, add(get(local), 1))],
          rng.below(2) === 0 ? { dead: [local] } : {},
        );
      case 4:
        return code.step('cell--', [set(cell, sub(get(cell), 1))]);
      case 5:
        return code.ride('local = other', [set(local, this.#pure(locals))]);
      case 6:
        return code.step('big *= 3', [
          {
            to: { base: this.#big },
            value: { op: 'binary', fn: 'mul', type: u64, a: get(this.#big), b: con(3) },
          },
        ]);
      case 7:
        return code.step('array[local] = cell', [set(element(this.#array, get(local), 3), get(cell))], {
          when: both(ne(get(local), -1), lt(get(local), 3)),
        });
      case 8:
        return code.step('choose(2)', [], { kind: 'choose', choice: { count: 2, into: local } });
      case 9:
        code.step('page = shared', [set(page, get(this.#shared))]);
        return code.branch('page', not(same(get(page), con(0))), () =>
          code.step('local = page->index', [set(local, get(field(get(page), 'struct page')))]),
        );
      case 10:
        return code.ghost('ghost++', [set(this.#ghost, add(get(this.#ghost), 1))]);
      case 11:
        code.spinLock(this.#spin);
        nested();
        return code.spinUnlock(this.#spin);
      case 12:
        code.mutexLock(this.#mutex);
        nested();
        return code.mutexUnlock(this.#mutex);
      case 13:
        return code.branch('local == cell', eq(get(local), get(cell)), nested, nested, { kind: 'access' });
      case 14:
        return code.step('wait', [set(cell, 0)], { kind: 'wait', when: ne(get(cell), 0) });
      default:
        pages.alloc(code, page);
        code.step('page->index = local', [set(field(get(page), 'struct page'), get(local))]);
        code.step('shared = page', [set(this.#shared, get(page))]);
        return pages.free(code, page);
    }
  }

  #pure(locals: readonly VarId[]): Expr {
    const a = get(this.#rng.pick(locals));
    return this.#rng.pick([add(a, 1), not(a), get(this.#constant), con(2 ** 31 - 1)]);
  }
}

const both = (a: Expr, b: Expr): Expr => ({ op: 'both', a, b });
