// SPDX-License-Identifier: GPL-2.0-only
// Owns the small Programs that the tests of machine and explore share: one for each thing that can go wrong.

import type { Program } from '../../src/lang/program.ts';
import {
  add,
  addr,
  bool,
  both,
  con,
  copy,
  either,
  eq,
  field,
  get,
  ne,
  not,
  pointerTo,
  program,
  same,
  set,
  type Code,
  type Pool,
  type ProgramBuilder,
} from './programs.ts';
import type { VarId } from '../../src/lang/program.ts';

/** Two threads do `counter++` in two steps each; when both have finished it must be 2. */
export function lostUpdate(): Program {
  return program((p) => {
    const counter = p.cell('counter');
    const increment = (code: Code): void =>
      code.operation('increment', () => {
        const value = code.local('value');
        code.step('value = counter', [set(value, get(counter))]);
        code.step('counter = value + 1', [set(counter, add(get(value), 1))], { dead: [value] });
      });
    const done = p.cell('done', { ghost: true });
    for (const name of ['CPU0', 'CPU1']) {
      p.thread(name, (code) => {
        increment(code);
        code.ghost('done++', [set(done, add(get(done), 1))]);
      });
    }
    p.invariant('I1', { kind: 'idle', operations: [p.operation('increment')] }, (code, result) => {
      const says = {
        format: 'counter is %d after %d increments',
        args: [counter, done].map((id) => ({
          value: get(id),
          show: { as: 'int', bits: 32, signed: true } as const,
        })),
      };
      code.result(result, eq(get(counter), get(done)), says);
    });
  });
}

/** The same under a spinlock: safe. */
export function lockedUpdate(threads = 2): Program {
  return program((p) => {
    const counter = p.cell('counter');
    const lock = p.spinlock('lock');
    for (let i = 0; i < threads; i += 1) {
      p.thread(`CPU${i}`, (code) =>
        code.operation('increment', () => {
          const value = code.local('value');
          code.spinLock(lock);
          code.step('value = counter', [set(value, get(counter))]);
          code.step('counter = value + 1', [set(counter, add(get(value), 1))], { dead: [value] });
          code.spinUnlock(lock);
        }),
      );
    }
    p.invariant('I1', { kind: 'idle', operations: [p.operation('increment')] }, (code, result) => {
      const all = code.label();
      code.branch(
        'counter == threads',
        eq(get(counter), threads),
        () => code.result(result, con(1)),
        () => code.branch('not all have run', ne(get(counter), threads), () => code.result(result, con(1))),
      );
      code.here(all);
    });
  });
}

/** Threads take a fair mutex around one write each. */
export function fairMutex(threads = 2): Program {
  return program((p) => {
    const mutex = p.mutex('sem', threads);
    const inside = p.cell('inside');
    for (let i = 0; i < threads; i += 1) {
      p.thread(`CPU${i}`, (code) => {
        code.mutexLock(mutex);
        code.step('inside = me', [set(inside, i + 1)]);
        code.assert('inside == me', eq(get(inside), i + 1));
        code.step('inside = 0', [set(inside, 0)]);
        code.mutexUnlock(mutex);
      });
    }
  });
}

/** Two locks taken in opposite order; a bystander may go on for ever. */
export function abba(options: { readonly bystander?: boolean; readonly owned?: boolean } = {}): Program {
  const { bystander = false, owned = true } = options;
  return program((p) => {
    const [a, b] = owned ? [p.spinlock('a'), p.spinlock('b')] : [p.cell('a'), p.cell('b')];
    const beat = p.cell('beat');
    for (const [name, first, second] of [
      ['CPU0', a, b],
      ['CPU1', b, a],
    ] as const) {
      p.thread(name, (code) => {
        if (owned) {
          code.spinLock(first);
          code.spinLock(second);
          code.spinUnlock(second);
          code.spinUnlock(first);
        } else {
          for (const lock of [first, second]) code.step('take', [set(lock, 1)], { when: not(get(lock)) });
          for (const lock of [second, first]) code.step('give', [set(lock, 0)]);
        }
      });
    }
    if (!bystander) return;
    p.thread(
      'timer',
      (code) => {
        const again = code.label();
        code.here(again);
        code.step('beat = !beat', [set(beat, not(get(beat)))]);
        code.goto(again);
      },
      { daemon: true },
    );
  });
}

/** A pool with an allocator written out: alloc chooses among the members that are not allocated, free makes stale. */
export class PoolCode {
  readonly #builder: ProgramBuilder;
  readonly pool: Pool;

  constructor(builder: ProgramBuilder, pool: Pool) {
    this.#builder = builder;
    this.pool = pool;
  }

  alloc(code: Code, into: VarId): void {
    const { members, states } = this.pool;
    const which = code.local('which', { hidden: true, start: 0 });
    const isFree = states.map((state, i) => both(eq(get(which), i), ne(get(state), 1)));
    const allTaken = states.map((state) => eq(get(state), 1)).reduce(both);
    code.step('alloc', [], {
      kind: 'alloc',
      choice: { count: members.length, into: which },
      when: isFree.reduce(either),
      before: [{ when: allTaken, fail: { kind: 'limit', message: `pool ${this.pool.name} is empty` } }],
    });
    members.forEach((first, i) => {
      code.branch('which', eq(get(which), i), () =>
        code.ride('alloc', [set(states[i]!, 1), set(into, addr(first))], [which]),
      );
    });
  }

  /** A step that frees what `pointer` points at. The state cell follows the member's fields. */
  free(code: Code, pointer: VarId): void {
    const { size, type } = this.pool;
    code.step(
      'free',
      [set(field(get(pointer), type, size), 2), { stale: get(pointer), size, vars: this.pointers() }],
      {
        kind: 'free',
      },
    );
  }

  pointers(): readonly VarId[] {
    return this.#builder.pointers();
  }
}

/** CPU0 publishes a page and frees it again while CPU1 looks at it. */
export function freedInUse(typeStable = false): Program {
  return program((p) => {
    const pool = p.pool('page', 'struct page', 2, ['index', 'count'], typeStable);
    const shared = p.cell('shared', { shown: pointerTo('struct page') });
    const pages = new PoolCode(p, pool);
    p.thread('CPU1', (code) => {
      const seen = code.local('seen', { shown: pointerTo('struct page') });
      const index = code.local('index');
      code.step('seen = shared', [set(seen, get(shared))]);
      code.branch('seen', not(same(get(seen), con(0))), () =>
        code.step('index = seen->index', [set(index, get(field(get(seen), 'struct page')))], {
          dead: [seen, index],
        }),
      );
    });
    p.thread('CPU0', (code) => {
      const page = code.local('page', { shown: pointerTo('struct page') });
      pages.alloc(code, page);
      code.step('page->index = 7', [set(field(get(page), 'struct page'), 7)]);
      code.step('shared = page', [set(shared, get(page))]);
      pages.free(code, page);
    });
  });
}

/** One thread that runs into a certain trouble in its second step. */
export const trouble = {
  'null-dereference': () =>
    program((p) => {
      const page = p.cell('page', { shown: pointerTo('struct page') });
      p.struct('other', 'struct page', { flags: {}, mapping: {} });
      p.thread('CPU0', (code) => {
        const seen = code.local('seen', { shown: pointerTo('struct page') });
        const mapping = code.local('mapping');
        code.step('seen = page', [set(seen, get(page))]);
        code.step('mapping = seen->mapping', [set(mapping, get(field(get(seen), 'struct page', 1)))]);
      });
    }),
  'uninitialised-read': () =>
    program((p) => {
      const pair = p.struct('pair', 'struct pair', { a: { start: 2 ** 60 }, b: {} });
      p.thread('CPU0', (code) => {
        const seen = code.local('seen');
        code.step('seen = pair.a', [set(seen, copy(pair.a))]);
        code.step('pair.b = seen + 1', [set(pair.b, add(get(seen), 1))]);
      });
    }),
  range: () =>
    program((p) => {
      const count = p.cell('count', { range: [0, 1] });
      p.thread('CPU0', (code) => {
        code.step('count++', [set(count, add(get(count), 1))]);
        code.step('count++', [set(count, add(get(count), 1))]);
      });
    }),
  'endless-local-loop': () =>
    program((p) => {
      const cell = p.cell('cell');
      p.thread('CPU0', (code) => {
        code.step('cell = 1', [set(cell, 1)]);
        code.step('cell = 2', [set(cell, 2)]);
        const again = code.label();
        code.here(again);
        code.ride('for (;;)', []);
        code.goto(again);
      });
    }),
  assert: () =>
    program((p) => {
      const cell = p.cell('cell', { shown: bool });
      p.thread('CPU0', (code) => {
        code.step('cell = 1', [set(cell, 1)]);
        code.step('cell = 0', [set(cell, 0)]);
        code.assert('cell', get(cell));
      });
    }),
} as const;
