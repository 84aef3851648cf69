// SPDX-License-Identifier: GPL-2.0-only
// Owns the law that the engines differ in speed only: generated code finds what the interpreter finds, number by number.

import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { explore, type Engine, type Exploration, type SearchOptions } from '../../src/explore/search.ts';
import { rows } from '../../src/kernel/catalogue.ts';
import type { Rng } from '../../src/base/rng.ts';
import type { BinaryOp, Expr, IntType, Num, Program, VarId } from '../../src/lang/program.ts';
import { randomProgram as randomC } from '../lang/random-c.ts';
import { compileShipped, compileText } from '../support/compile.ts';
import {
  abba,
  fairMutex,
  freedInUse,
  lockedUpdate,
  lostUpdate,
  trouble,
} from '../support/example-programs.ts';
import { add, con, copy, eq, get, lt, program, set } from '../support/programs.ts';
import { randomProgram } from '../support/random-program.ts';
import { withSeed } from '../support/seed.ts';

/** Everything that a search says, but for the engine. */
function outcome(p: Program, engine: Engine, options: SearchOptions): Omit<Exploration, 'engine'> {
  const { engine: used, ...rest } = explore(p, { ...options, engine });
  if (engine !== 'auto' && rest.transitions > 0) expect(used).toEqual({ used: engine, why: null });
  return rest;
}

/** All engines, to the first violation and to the end; gives the outcome to the end. */
function agree(
  p: Program,
  options: SearchOptions = {},
  engines: readonly Engine[] = ['generated', 'wasm'],
): Omit<Exploration, 'engine'> {
  const first = outcome(p, 'interpreter', options);
  const all = outcome(p, 'interpreter', { ...options, everything: true });
  for (const engine of engines) {
    expect(outcome(p, engine, options)).toEqual(first);
    expect(outcome(p, engine, { ...options, everything: true })).toEqual(all);
  }
  return all;
}

describe('every row of the catalogue', () => {
  it.each(
    rows.map((row) => [`${row.protocol} ${row.scenario} ${row.defines.join(' ')}`.trim(), row] as const),
  )('%s', async (_, row) => {
    const { program: p } = await compileShipped(row.protocol, row.scenario, row.defines);
    expect(agree(p).states).toBeGreaterThan(200);
  });
});

describe('Programs written by hand', () => {
  const all: Readonly<Record<string, () => Program>> = {
    lostUpdate,
    lockedUpdate: () => lockedUpdate(3),
    fairMutex: () => fairMutex(4),
    abba,
    abbaBeside: () => abba({ bystander: true }),
    abbaOfFlags: () => abba({ bystander: true, owned: false }),
    freedInUse,
    freedInUseStable: () => freedInUse(true),
    ...trouble,
  };
  it.each(Object.keys(all))('%s', (name) => {
    agree(all[name]!());
  });

  it('a loop of local work: one that ends, and one that does not', () => {
    const loop = (turns: number): Program =>
      program((p) => {
        const cell = p.cell('cell');
        p.thread('CPU0', (code) => {
          const i = code.local('i', { start: 0 });
          const [again, done] = [code.label(), code.label()];
          code.step('cell', [set(cell, 1)]);
          code.here(again);
          code.branch('i == turns', eq(get(i), turns), () => code.goto(done));
          code.ride('i++', [set(i, add(get(i), 1))]);
          code.goto(again);
          code.here(done);
          code.step('cell = i', [set(cell, get(i))]);
        });
        p.thread('CPU1', (code) => code.step('cell', [set(cell, 2)]));
      });
    expect(agree(loop(7)).safety).toEqual({ word: 'SAFE' });
    expect(agree(loop(1_000_000)).safety).toEqual({ word: 'BUG', bug: 'endless-local-loop' });
    // The interpreter gives up after so many nodes, to the node.
    for (const turns of [24_999, 33_332, 33_333, 33_334, 49_999]) agree(loop(turns));
  });

  it('an invariant that runs into trouble itself', () => {
    const p = program((b) => {
      const [x, never] = [b.cell('x'), b.cell('never', { start: 2 ** 60 })];
      b.thread('CPU0', (code) => code.step('x = 1', [set(x, 1)]));
      b.invariant('I', { kind: 'strict' }, (code, result) => {
        code.branch(
          'x',
          get(x),
          () => code.result(result, get(never)),
          () => code.result(result, con(1)),
        );
      });
    });
    expect(agree(p).safety).toEqual({ word: 'BUG', bug: 'uninitialised-read' });
  });

  it('a choice, of which some values are blocked', () => {
    const p = program((b) => {
      const cell = b.cell('cell');
      b.thread('CPU0', (code) => {
        const into = code.local('into', { start: 0 });
        code.step('choose', [set(cell, get(into))], {
          kind: 'choose',
          choice: { count: 5, into },
          when: lt(get(into), 3),
        });
      });
    });
    expect(agree(p).transitions).toBe(3);
  });
});

describe('what the engines find hard', () => {
  const both = (code: string): string => `${code}
[[mm::thread]] void CPU0(void) { work(1); }
[[mm::thread]] void CPU1(void) { work(2); }
`;
  const models = {
    'values beyond 32 bits, and beyond what a double holds': both(`
long far = 0x7fffffffffffffffl;
unsigned long top = 0xfedcba9876543210ul;
long long turns = -9007199254740993ll;
[[mm::invariant("I1")]] bool odd(void) { return far != 5; }
static void work(int n)
{
	far += n;
	top = top * 3 + n;
	turns = turns * turns - far;
	top ^= (unsigned long)turns >> (n & 63);
	far = (long)(top / (n + 1u)) % 1000003;
}`),
    'variables that were never written, and ranges': both(`
int seen;
[[mm::range(0, 2)]] int small;
static void work(int n)
{
	int mine[2];
	mine[0] = n;
	small = small + n;
	seen = mine[small - n];
}`),
    'a pool that runs empty, and pointers into what was freed': both(`
struct node { int value; struct node *next; };
[[mm::pool]] struct node nodes[1];
struct node *head;
static void work(int n)
{
	struct node *mine = alloc(nodes);
	mine->value = n;
	mine->next = head;
	head = mine;
	if (head->next)
		n = head->next->value;
	free(mine);
}`),
  };
  it.each([
    ['values beyond 32 bits, and beyond what a double holds', []],
    ['variables that were never written, and ranges', ['range', 'uninitialised-read']],
    ['a pool that runs empty, and pointers into what was freed', ['use-after-free']],
  ] as const)('%s', async (name, kinds) => {
    const { program: p } = await compileText(models[name]);
    const all = agree(p);
    const found = all.findings.map(({ wrong }) =>
      wrong.kind === 'trouble' ? wrong.trouble.kind : wrong.kind,
    );
    expect(found.sort()).toEqual(kinds);
    expect(all.limit?.what).toBe(name.includes('pool') ? 'pool' : undefined);
  });

  it('more invariants than a mask has bits, of every kind', () => {
    const p = program((b) => {
      const cell = b.cell('cell');
      for (const name of ['CPU0', 'CPU1']) {
        b.thread(name, (code) => {
          for (let i = 0; i < 3; i += 1)
            code.operation(`op${i}`, () => {
              code.step('cell++', [set(cell, add(get(cell), 1))]);
              code.step('cell++', [set(cell, add(get(cell), 1))]);
            });
        });
      }
      for (let i = 0; i < 75; i += 1) {
        const operation = b.operation(`op${i % 3}`);
        const kinds = [
          { kind: 'strict' },
          { kind: 'idle', operations: i % 2 === 0 ? [operation] : [operation, b.operation('op0')] },
          { kind: 'ensures', operation },
        ] as const;
        b.invariant(`I${i}`, kinds[i % 5 === 0 ? 0 : 1 + (i % 2)]!, (code, result) =>
          code.result(result, lt(get(cell), i === 40 || i === 73 ? 9 : 3 + (i % 10))),
        );
      }
    });
    expect(agree(p, {}, ['wasm']).findings.length).toBeGreaterThan(40);
    expect(explore(p, { engine: 'generated' }).engine.used).toBe('interpreter');
  });

  it('as many threads as there can be', () => {
    const p = program((b) => {
      const cell = b.cell('cell');
      for (let i = 0; i < 31; i += 1)
        b.thread(`CPU${i}`, (code) =>
          code.step('cell', [set(cell, i % 3)], i > 1 ? { when: eq(get(cell), 7) } : {}),
        );
    });
    expect(agree(p).safety).toEqual({ word: 'DEADLOCK' });
  });

  it('a counter that takes ever more bits', () => {
    const p = program((b) => {
      const cells = [b.cell('up'), b.cell('far', { start: 2 ** 40 })] as const;
      b.thread('CPU0', (code) => {
        const again = code.label();
        code.here(again);
        code.step('up++', [set(cells[0], add(get(cells[0]), 1))]);
        code.branch('up < 3000', lt(get(cells[0]), 3000), () => code.goto(again));
      });
      b.thread('CPU1', (code) => {
        const again = code.label();
        code.here(again);
        code.step('far += up', [
          set(cells[1], {
            op: 'binary',
            fn: 'add',
            type: { bits: 64, signed: true },
            a: get(cells[1]),
            b: get(cells[0]),
          }),
        ]);
        code.goto(again);
      });
    });
    expect(agree(p, { maxStates: 20_000 }).states).toBeGreaterThan(20_000);
  });
});

test('random C, of every type and width, beside another thread', async () => {
  await withSeed(async (rng) => {
    for (let run = 0; run < 8; run += 1) {
      const { text } = randomC(rng.below(2 ** 31));
      const other = '[[mm::thread]] void other(void) { g0 = 1; g1 ^= g2; arr[1] = (int)g3; }';
      const { program: p } = await compileText(`${text}\n${other}\n`);
      agree(p, { maxStates: 3000 });
    }
  });
}, 60_000);

test('random programs, bigints and all', async () => {
  await withSeed((rng) => {
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        agree(randomProgram(seed), { maxStates: 3000 });
      }),
      { numRuns: 100, seed: rng.below(2 ** 31) },
    );
  });
}, 60_000);

/** Values at which arithmetic of some width turns over, or leaves what a double holds. */
const EDGES: readonly Num[] = [
  0,
  1,
  2,
  7,
  63,
  64,
  127,
  128,
  255,
  2 ** 15,
  2 ** 16,
  2 ** 31 - 1,
  2 ** 31,
  2 ** 32 - 1,
];
const FAR_EDGES: readonly Num[] = [
  -1,
  -128,
  -(2 ** 31),
  2 ** 53 - 1,
  1 - 2 ** 53,
  2n ** 53n,
  2n ** 63n,
  2n ** 64n - 1n,
  2 ** 60,
];
const OPERATORS: readonly BinaryOp[] = ['add', 'sub', 'mul', 'div', 'mod', 'and', 'or', 'xor', 'shl', 'shr', 'eq', 'ne', 'lt', 'le', 'gt', 'ge']; // prettier-ignore

function randomExpr(rng: Rng, cells: readonly VarId[], depth: number): Expr {
  if (depth === 0) return rng.below(3) === 0 ? con(rng.pick(EDGES)) : get(rng.pick(cells));
  const type: IntType = { bits: rng.pick([8, 16, 32, 64]), signed: rng.below(2) === 0 };
  const operand = (): Expr => ({ op: 'cast', to: type, a: randomExpr(rng, cells, depth - 1) });
  const raw = (): Expr => randomExpr(rng, cells, depth - 1);
  switch (rng.below(8)) {
    case 0:
      return { op: 'unary', fn: rng.pick(['neg', 'bitnot', 'not']), type, a: operand() };
    case 1:
      return { op: 'cond', test: raw(), a: raw(), b: raw() };
    case 2:
      return { op: rng.pick(['both', 'either']), a: raw(), b: raw() };
    case 3:
      return { op: 'cast', to: 'bool', a: raw() };
    default:
      return { op: 'binary', fn: rng.pick(OPERATORS), type, a: operand(), b: operand() };
  }
}

test('arithmetic of every width, at its edges', async () => {
  await withSeed((rng) => {
    for (let run = 0; run < 150; run += 1) {
      const p = program((b) => {
        const starts = [...Array.from({ length: 4 }, () => rng.pick(EDGES)), rng.pick(FAR_EDGES)];
        const cells = starts.map((start, i) =>
          b.cell(`c${i}`, { start, ...(i === 3 ? { range: [0, 99] } : {}) }),
        );
        b.thread('CPU0', (code) => {
          const local = code.local('local', { start: 0 });
          code.step('begin', []);
          for (let i = 0; i < 3; i += 1) {
            code.ride('local = …', [
              set(local, rng.below(4) === 0 ? copy(cells[4]!) : randomExpr(rng, cells, 2)),
            ]);
            code.step(
              'cell = local',
              [set(rng.pick(cells), get(local))],
              rng.below(2) === 0 ? { dead: [local] } : {},
            );
            code.step('cell = …', [set(rng.pick(cells), randomExpr(rng, [...cells, local], 3))]);
          }
        });
        b.invariant('I', { kind: 'strict' }, (code, result) =>
          code.result(result, randomExpr(rng, cells, 2)),
        );
      });
      agree(p);
    }
  });
}, 60_000);

test('limits cut both off at the same state', async () => {
  const { program: p } = await compileShipped('frlock', 'truncate');
  for (const limit of [
    { maxStates: 700 },
    { maxBytes: 100_000, every: 64 },
    { isExpired: () => true, every: 500 },
  ]) {
    expect(agree(p, limit).safety.word).toBe('LIMIT');
  }
});

describe('two faults and a truncation', () => {
  const scenario = `
#define NR_PAGES 3
#include "protocols/2003-counter.c"
#include <scenario.h>
[[mm::thread]] void CPU0(void) { truncate(&inode, 0); }
[[mm::thread]] void CPU1(void) { while (fault(&vma, 0, READ) == VM_FAULT_RETRY) ; }
[[mm::thread]] void CPU2(void) { while (fault(&vma, 0, READ) == VM_FAULT_RETRY) ; }
`;
  it('is the same model, whichever engine takes it, and when', async () => {
    const { program: p } = await compileText(scenario);
    const all = outcome(p, 'interpreter', { everything: true });
    expect(all.states).toBeGreaterThan(100_000);
    expect(outcome(p, 'generated', { everything: true })).toEqual(all);
    expect(outcome(p, 'wasm', { everything: true })).toEqual(all);
    expect(outcome(p, 'auto', { everything: true })).toEqual(all);
    expect(explore(p).engine).toEqual({ used: 'wasm', why: null });
  }, 60_000);
});
