// SPDX-License-Identifier: GPL-2.0-only
// Owns what a step is: what rides with what, who can step, which trouble is found, and that undo is exact.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { END, type Program, type TroubleKind } from '../../src/lang/program.ts';

import { Rng } from '../../src/base/rng.ts';
import { Machine } from '../../src/machine/machine.ts';
import { Waiting } from '../../src/machine/waiting.ts';
import { abba, fairMutex, lostUpdate, trouble, freedInUse } from '../support/example-programs.ts';
import {
  add,
  addr,
  con,
  element,
  eq,
  field,
  get,
  not,
  pointerTo,
  program,
  same,
  set,
} from '../support/programs.ts';
import { randomProgram } from '../support/random-program.ts';

function started(p: Program): Machine {
  const machine = new Machine(p);
  expect(machine.start()).toBeNull();
  return machine;
}

/** Takes the steps, all of which must succeed. */
function take(machine: Machine, ...threads: readonly number[]): void {
  for (const thread of threads) expect(machine.take(thread, 0)).toBe('moved');
}

const value = (machine: Machine, name: string) =>
  machine.memory.vector[machine.program.vars.findIndex((v) => v.name === name)];

test('local work rides with the step before it, and before the first step it is done at the start', () => {
  const machine = started(
    program((p) => {
      const cell = p.cell('cell');
      p.thread('CPU0', (code) => {
        const x = code.local('x');
        code.ride('x = 1', [set(x, 1)]);
        code.step('cell = x', [set(cell, get(x))]);
        code.ride('x = 2', [set(x, 2)]);
        code.ride('x = 3', [set(x, add(get(x), 1))]);
        code.step('cell = x', [set(cell, get(x))]);
      });
    }),
  );
  expect(value(machine, 'CPU0.x')).toBe(1);
  take(machine, 0);
  expect([value(machine, 'cell'), value(machine, 'CPU0.x')]).toEqual([1, 3]);
  take(machine, 0);
  expect([value(machine, 'cell'), machine.memory.pc(0)]).toEqual([3, END]);
  expect(machine.take(0, 0)).toBe('blocked');
});

test('what stands between the begin of an operation and its first step rides with that step', () => {
  const machine = started(
    program((p) => {
      const [cell, ghost] = [p.cell('cell'), p.cell('ghost', { ghost: true })];
      p.thread('CPU0', (code) => {
        code.operation('op', () => {
          code.ghost('ghost = 1', [set(ghost, 1)]);
          code.step('cell = 1', [set(cell, 1)], { when: not(get(cell)) });
        });
        code.operation('empty', () => code.ghost('ghost = 2', [set(ghost, 2)]));
      });
      p.thread('CPU1', (code) => code.step('cell = 1', [set(cell, 1)]));
    }),
  );
  const begin = machine.memory.pc(0);
  expect([value(machine, 'ghost'), machine.options().length]).toEqual([0, 2]);
  take(machine, 1);
  expect(machine.take(0, 0), 'the step is blocked, so the begin is not done either').toBe('blocked');
  expect([value(machine, 'ghost'), machine.memory.pc(0)]).toEqual([0, begin]);
  machine.undo();
  take(machine, 0);
  expect([value(machine, 'ghost'), value(machine, 'cell'), machine.ended]).toEqual([1, 1, [0]]);
  take(machine, 0);
  expect([value(machine, 'ghost'), machine.ended, machine.memory.pc(0)]).toEqual([2, [1], END]);
});

test('a free choice gives one option for each value whose edges are enabled', () => {
  const machine = started(
    program((p) => {
      const cell = p.cell('cell');
      p.thread('CPU0', (code) => {
        const which = code.local('which');
        code.step('choose', [set(cell, get(which))], {
          kind: 'choose',
          choice: { count: 4, into: which },
          when: not(eq(get(which), 1)),
        });
      });
    }),
  );
  expect(machine.options()).toEqual([0, 2, 3].map((choice) => ({ thread: 0, choice })));
  expect(machine.take(0, 1)).toBe('blocked');
  expect(machine.take(0, 4)).toBe('blocked');
  expect(machine.take(0, 3)).toBe('moved');
  expect(value(machine, 'cell')).toBe(3);
});

test('only the first edge whose guard holds is taken', () => {
  const machine = started(
    program((p) => {
      const cell = p.cell('cell');
      p.thread('CPU0', (code) => {
        const one = code.label();
        code.fork('if (!cell)', {}, { when: not(get(cell)), do: [set(cell, 1)], to: one }, [set(cell, 2)]);
        code.here(one);
      });
    }),
  );
  take(machine, 0);
  expect(value(machine, 'cell')).toBe(1);
});

test.each(Object.entries(trouble) as [TroubleKind, () => Program][])(
  '%s is found in the second step',
  (kind, make) => {
    const machine = started(make());
    take(machine, 0);
    const before = [...machine.memory.vector];
    const outcome = machine.take(0, 0);
    expect(outcome).toMatchObject({ kind, thread: 0 });
    machine.undo();
    expect(machine.memory.vector).toEqual(before);
  },
);

test('trouble before the first step is told by start', () => {
  const p = program((b) => {
    b.cell('cell');
    b.thread('CPU0', (code) => code.assert('never', con(0)));
  });
  expect(new Machine(p).start()).toMatchObject({ kind: 'assert', message: 'never', site: 0 });
});

test('messages of trouble name what a person knows', () => {
  const message = (p: Program, ...threads: number[]): string => {
    const machine = started(p);
    take(machine, ...threads.slice(0, -1));
    const outcome = machine.take(threads.at(-1)!, 0);
    return typeof outcome === 'string' ? outcome : outcome.message;
  };
  expect(message(trouble['null-dereference'](), 0, 0)).toBe(
    'NULL pointer to struct page dereferenced for its .mapping',
  );
  expect(message(trouble.range(), 0, 0)).toBe('count becomes 2, outside its range 0..1');
  expect(message(trouble['uninitialised-read'](), 0, 0)).toBe('CPU0.seen is read but was never written');
  expect(message(freedInUse(), 1, 1, 1, 0, 1, 0)).toBe(
    'page[0].index is used through a stale pointer: page[0] was freed',
  );
});

test('a stale pointer equals its fresh self, is seen by stale(), and may be followed in a type-stable pool', () => {
  const machine = started(freedInUse(true));
  take(machine, 1, 1, 1, 0, 1);
  const seen = value(machine, 'CPU1.seen') as number;
  expect(seen % 2).toBe(1);
  take(machine, 0);
  const both = (op: 'same' | 'stale', ...args: number[]) =>
    machine.evaluator.expr({ op, a: con(args[0]!), b: con(args[1] ?? 0) } as never)();
  expect([both('same', seen, seen - 1), both('stale', seen), both('stale', seen - 1)]).toEqual([1, 1, 0]);
});

test('container_of: back to the object, NULL stays NULL, and astray pointers are caught at their use', () => {
  const of = 'struct page';
  const p = program((b) => {
    const head = b.cell('head');
    const page = b.struct('page', of, { flags: {}, lru: {} });
    b.thread('CPU0', () => {});
    expect([head, page.lru]).toEqual([0, 2]);
  });
  const { evaluator } = started(p);
  const back = (a: number) => ({ op: 'back', a: con(a), offset: 1 }) as const;
  const lru = evaluator.expr(addr(2))() as number;
  expect(evaluator.expr(back(lru))()).toBe(evaluator.expr(addr(1))());
  expect(evaluator.expr(back(0))()).toBe(0);
  const use = (a: number) => () => evaluator.expr(get(field(back(a), of)))();
  expect(use(lru)()).toBe(0);
  expect(use(0)).toThrow('NULL pointer to struct page');
  expect(use(lru - 2), 'points at head, which is no page').toThrow('a pointer to struct page points at head');
});

test('&p->field of NULL is NULL, and a subscript outside the array is trouble', () => {
  const p = program((b) => {
    b.struct('array', 'int[2]', { x: {}, y: {} });
    b.cell('beyond');
  });
  const { evaluator } = started(p);
  expect(evaluator.expr({ op: 'addr', place: field(con(0), 'struct page', 1) })()).toBe(0);
  expect(evaluator.expr(get(element(0, con(1), 2)))()).toBe(0);
  for (const index of [-1, 2]) {
    expect(() => evaluator.expr(get(element(0, con(index), 2)))()).toThrow(
      `subscript ${index} is outside 0..1`,
    );
  }
});

test('a blocked thread waits for a cell, and on a lock for its holders', () => {
  const machine = started(abba());
  take(machine, 0, 1);
  const waiting = new Waiting(machine);
  const [a, b] = machine.program.locks.map((lock) => lock.first);
  expect(waiting.all()).toMatchObject([
    { thread: 0, cell: b, holders: [1] },
    { thread: 1, cell: a, holders: [0] },
  ]);
  expect(waiting.cycle()?.map((wait) => wait.thread)).toEqual([0, 1]);
});

test('who queues for a fair lock waits for the holder and for those ahead', () => {
  const machine = started(fairMutex(3));
  take(machine, 1, 2, 0);
  const waiting = new Waiting(machine);
  expect(waiting.all().map(({ thread, holders }) => [thread, holders])).toEqual([
    [0, [1, 2]],
    [2, [1]],
  ]);
  expect(waiting.cycle()).toBeNull();
});

test('a condition of several parts is waited for at the part that is false', () => {
  const machine = started(
    program((p) => {
      const [a, b] = [p.cell('a', { start: 1 }), p.cell('b')];
      const page = p.cell('page', { shown: pointerTo('int'), start: 0 });
      p.thread('CPU0', (code) =>
        code.step('wait', [], { kind: 'wait', when: { op: 'both', a: get(a), b: get(b) } }),
      );
      p.thread('CPU1', (code) =>
        code.step('wait', [], {
          kind: 'wait',
          when: { op: 'both', a: not(same(get(page), con(0))), b: get(field(get(page), 'int')) },
        }),
      );
      p.thread('CPU2', (code) => code.step('wait', [], { kind: 'wait', when: con(0) }));
    }),
  );
  const names = new Waiting(machine)
    .all()
    .map(({ cell }) => (cell === null ? null : machine.program.vars[cell]?.name));
  expect(names).toEqual(['b', 'page', null]);
});

test('trying what is possible is no coverage', () => {
  const machine = started(lostUpdate());
  expect(machine.options().length).toBe(2);
  const covered = () => machine.coverage.map((edges) => edges.filter((mask) => mask !== 0).length);
  expect(covered()).toEqual([0, 0]);
  take(machine, 0);
  expect(covered()).toEqual([2, 0]);
});

test('lost updates can be had step by step', () => {
  const machine = started(lostUpdate());
  take(machine, 0, 1, 0, 1);
  expect([value(machine, 'counter'), value(machine, 'done')]).toEqual([1, 2]);
  expect(machine.options()).toEqual([]);
});

test('undo restores every state exactly, whatever the steps were', () => {
  fc.assert(
    fc.property(fc.integer(), fc.integer(), (seed, walk) => {
      const machine = new Machine(randomProgram(seed));
      if (machine.start() !== null) return;
      const rng = new Rng(walk);
      const states: (readonly unknown[])[] = [];
      for (let i = 0; i < 40; i += 1) {
        const options = machine.options();
        if (options.length === 0) break;
        const { thread, choice } = rng.pick(options);
        states.push([...machine.memory.vector]);
        if (typeof machine.take(thread, choice) !== 'string') break;
      }
      for (const state of states.toReversed()) {
        machine.undo();
        expect(machine.memory.vector).toEqual(state);
      }
    }),
    { numRuns: 300 },
  );
});
