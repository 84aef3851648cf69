// SPDX-License-Identifier: GPL-2.0-only
// Owns the claims of the reductions: they make a search smaller, and its verdict stays what it was.

import { describe, expect, it, test } from 'vitest';
import { must } from '../../src/base/assert.ts';
import { mergeSteps } from '../../src/explore/reduce/merge.ts';
import { ALL_REDUCTIONS, NO_REDUCTION, reduce, type Reductions } from '../../src/explore/reduce/reduction.ts';
import { findTwins } from '../../src/explore/reduce/twins.ts';
import { explore, type Exploration } from '../../src/explore/search.ts';
import { rows } from '../../src/kernel/catalogue.ts';
import type { Program } from '../../src/lang/program.ts';
import { Invariants } from '../../src/machine/invariants.ts';
import { Machine } from '../../src/machine/machine.ts';
import { compileShipped, compileText } from '../support/compile.ts';
import { withSeed } from '../support/seed.ts';
import { randomConcurrentC } from './random-concurrent-c.ts';

const EACH: readonly (readonly [string, Reductions])[] = [
  ['lock sections', { ...NO_REDUCTION, locks: true }],
  ['local steps', { ...NO_REDUCTION, local: true }],
  ['symmetry', { ...NO_REDUCTION, symmetry: true }],
  ['persistent sets', { ...NO_REDUCTION, persistent: true }],
  ['all but lock sections', { ...ALL_REDUCTIONS, locks: false }],
  ['all but local steps', { ...ALL_REDUCTIONS, local: false }],
  ['all but symmetry', { ...ALL_REDUCTIONS, symmetry: false }],
  ['all but persistent sets', { ...ALL_REDUCTIONS, persistent: false }],
  ['all', ALL_REDUCTIONS],
];

/** Everything that can go wrong, by name, in alphabetical order. */
function wrongs(program: Program, { findings }: Exploration): readonly string[] {
  const names = findings.map(({ wrong }) => {
    switch (wrong.kind) {
      case 'invariant':
        return must(program.invariants[wrong.invariant], 'an invariant').name;
      case 'trouble':
        return wrong.trouble.kind;
      case 'deadlock':
        return 'deadlock';
    }
  });
  return [...new Set(names)].sort();
}

function search(program: Program, reductions: Reductions): Exploration {
  const reduced = reduce(program, reductions);
  const found = explore(reduced.program, { everything: true, ...reduced });
  return {
    ...found,
    findings: found.findings.map((finding) => ({ ...finding, schedule: reduced.unmerge(finding.schedule) })),
  };
}

/** The same can go wrong, the same lines are run, and the schedules are ones of the Program itself. */
function expectSameVerdict(program: Program, full: Exploration, name: string, reductions: Reductions): void {
  const small = search(program, reductions);
  const hasTrouble = full.findings.some(({ wrong }) => wrong.kind === 'trouble');
  expect(small.states, name).toBeLessThanOrEqual(full.states);
  if (hasTrouble) {
    // Trouble ends a run, and may end it before others have done their worst: see `reduce`.
    expect(small.findings.length, name).toBeGreaterThan(0);
    for (const what of wrongs(program, small)) expect(wrongs(program, full), name).toContain(what);
  } else {
    expect(wrongs(program, small), name).toEqual(wrongs(program, full));
    expect(small.coverage, name).toEqual(full.coverage);
  }
  for (const { wrong, schedule } of small.findings) {
    const end = runTo(program, schedule);
    if (wrong.kind === 'trouble') expect(end.trouble, name).toBe(wrong.trouble.kind);
    if (wrong.kind === 'invariant' && must(program.invariants[wrong.invariant], 'it').when.kind !== 'ensures')
      expect(end.violated, name).toContain(wrong.invariant);
  }
  const alike = ({ findings }: Exploration): readonly unknown[] =>
    findings.map(({ wrong, depth }) => [
      wrong.kind,
      wrong.kind === 'invariant' ? wrong.invariant : '',
      depth,
    ]);
  const isOnlySymmetry = !reductions.locks && !reductions.local && !reductions.persistent;
  if (isOnlySymmetry) expect(alike(small), `${name}: shortest`).toEqual(alike(full));
}

function runTo(
  program: Program,
  schedule: readonly { readonly thread: number; readonly choice: number }[],
): { trouble: string | null; violated: readonly number[] } {
  const machine = new Machine(program);
  let trouble: string | null = machine.start()?.kind ?? null;
  for (const { thread, choice } of schedule) {
    const outcome = machine.take(thread, choice);
    expect(outcome).not.toBe('blocked');
    if (typeof outcome !== 'string') trouble = outcome.kind;
  }
  const invariants = new Invariants(program, machine.memory);
  const violated = program.invariants.flatMap((_, index) =>
    trouble === null && invariants.isIdle(index) && invariants.judge(index) === 'violated' ? [index] : [],
  );
  return { trouble, violated };
}

describe('every row of the catalogue has the same verdict', () => {
  it.each(
    rows.map((row) => [`${row.protocol} ${row.scenario} ${row.defines.join(' ')}`.trim(), row] as const),
  )('%s', async (_, { protocol, scenario, defines }) => {
    const { program } = await compileShipped(protocol, scenario, defines);
    const full = explore(program, { everything: true });
    for (const [name, reductions] of EACH) expectSameVerdict(program, full, name, reductions);
    expect(search(program, ALL_REDUCTIONS).states).toBeLessThan(full.states * 0.6);
  });
});

test('random models have the same verdict', async () => {
  await withSeed(async (rng) => {
    let judged = 0;
    for (let run = 0; run < 30; run += 1) {
      const seed = rng.below(2 ** 31);
      const { program } = await compileText(randomConcurrentC(seed));
      const full = explore(program, { everything: true, maxStates: 1500 });
      if (full.limit?.what === 'states') continue;
      judged += 1;
      for (const [name, reductions] of EACH)
        expectSameVerdict(program, full, `${name}, model ${seed}`, reductions);
    }
    expect(judged).toBeGreaterThan(0);
  });
}, 120_000);

/** The source texts before which each thread may rest, by the name of the thread. */
async function rests(
  text: string,
  options = { locks: true, local: true },
): Promise<Record<string, string[]>> {
  const { program } = await compileText(text);
  const { threads, sites } = mergeSteps(program, options);
  const textsOf = (code: Program['threads'][number]['code']): string[] =>
    code.filter(({ step }) => step !== null).map(({ site }) => must(sites[site], 'a site').text);
  return Object.fromEntries(threads.map(({ name, code }) => [name, textsOf(code)]));
}

describe('what is one step', () => {
  const LOCKED = 'spin_lock(&l); x = 1; y = x; spin_unlock(&l);';

  it('a section of a lock that protects all it accesses', async () => {
    expect(
      await rests(`spinlock_t l; int x, y;
[[mm::thread]] void A(void) { ${LOCKED} }
[[mm::thread]] void B(void) { ${LOCKED} }`),
    ).toEqual({ A: ['spin_lock(&l)'], B: ['spin_lock(&l)'] });
  });

  it('not when somebody accesses one of the cells without the lock', async () => {
    expect(
      await rests(`spinlock_t l; int x, y;
[[mm::thread]] void A(void) { ${LOCKED} }
[[mm::thread]] void B(void) { y = 2; }`),
    ).toEqual({ A: ['spin_lock(&l)'], B: ['y = 2'] }); // one such access may still be the middle of a section
    expect(
      await rests(`spinlock_t l; int x, y;
[[mm::thread]] void A(void) { ${LOCKED} }
[[mm::thread]] void B(void) { y = 2; x = 3; }`),
    ).toEqual({ A: ['spin_lock(&l)', 'x', 'y = x'], B: ['y = 2', 'x = 3'] });
  });

  it('not when somebody only tries the lock, or looks whether it is taken', async () => {
    for (const look of ['if (spin_trylock(&l)) spin_unlock(&l);', 'z = spin_is_locked(&l);']) {
      const found = await rests(`spinlock_t l; int x, y, z;
[[mm::thread]] void A(void) { ${LOCKED} }
[[mm::thread]] void B(void) { ${look} z = 1; }
[[mm::thread]] void C(void) { z = 2; }`);
      expect(found['A']).toContain('spin_unlock(&l)');
    }
  });

  it('not across another lock of the same type, told apart by its object', async () => {
    const found = await rests(`struct box { spinlock_t lock; int v; }; struct box box[2];
void add(struct box *a, struct box *b) { spin_lock(&a->lock); b->v = b->v + 1; spin_unlock(&a->lock); }
[[mm::thread]] void A(void) { add(&box[0], &box[0]); add(&box[1], &box[1]); }
[[mm::thread]] void B(void) { add(&box[0], &box[0]); add(&box[0], &box[1]); }`);
    // box[0].v is always under its own lock; box[1].v is under either.
    expect(found['A']).toEqual(['spin_lock(&a->lock)', 'spin_lock(&a->lock)', 'b->v = b->v + 1']);
  });

  it('what an invariant can see is a step that nothing hides', async () => {
    const found = await rests(`spinlock_t l; int x, y;
[[mm::thread]] void A(void) { ${LOCKED} }
[[mm::thread]] void B(void) { ${LOCKED} }
[[mm::invariant("I", "strict")]] bool i(void) { return x == y; }`);
    expect(found['A']).toEqual(['spin_lock(&l)', 'y = x']);
  });

  it('the sleeping part of a mutex is a step, what it protects is not', async () => {
    const section = 'mutex_lock(&m); x++; y = x; mutex_unlock(&m);';
    expect(
      await rests(`struct mutex m; int x, y;
[[mm::thread]] void A(void) { ${section} }
[[mm::thread]] void B(void) { ${section} }`),
    ).toMatchObject({ A: ['mutex_lock(&m)', 'mutex_lock(&m)', 'mutex_unlock(&m)'] });
  });

  it('not what others find through container_of, where no such object stands', async () => {
    const { program } = await compileText(`struct item { int v; struct list_head link; };
struct list_head list = LIST_HEAD_INIT(list); struct item it; int x, y, z;
[[mm::thread]] void A(void) {
	struct item *p = container_of(&list, struct item, link);
	struct list_head *q = &p->link;
	q->next = &it.link;
	q->prev = &it.link;
}
[[mm::thread]] void B(void) {
	y = list.next == &it.link;
	z = list.prev == &it.link;
	if (y && !z) x = 1;
}
[[mm::invariant("I", "strict")]] bool i(void) { return x != 1; }`);
    const full = explore(program, { everything: true });
    expect(wrongs(program, full)).toEqual(['I']);
    for (const [name, reductions] of EACH) expectSameVerdict(program, full, name, reductions);
  });

  it('what only one thread accesses rides with the step before it', async () => {
    expect(
      await rests(`int mine, ours;
[[mm::thread]] void A(void) { ours = 1; mine = 2; mine++; ours = mine; }
[[mm::thread]] void B(void) { ours = 2; }`),
    ).toEqual({ A: ['ours = 1', 'ours = mine'], B: ['ours = 2'] });
  });

  it('a semaphore that is never contended in this scenario counts as one thread’s own', async () => {
    const found = await rests(`struct rw_semaphore rw; int ours;
[[mm::thread]] void A(void) { ours = 1; down_read(&rw); up_read(&rw); ours = 2; }
[[mm::thread]] void B(void) { ours = 3; down_read(&rw); up_read(&rw); ours = 4; }`);
    expect(found['A']).not.toContain('up_read(&rw)');
  });

  it('a loop keeps a place to rest', async () => {
    const found = await rests(`spinlock_t l; int x;
[[mm::thread]] void A(void) { spin_lock(&l); while (x < 3) x++; spin_unlock(&l); }
[[mm::thread]] void B(void) { spin_lock(&l); x = 0; spin_unlock(&l); }`);
    expect(must(found['A'], 'A').length).toBe(2);
  });

  it('each half can be switched off', async () => {
    const text = `spinlock_t l; int x, mine, ours;
[[mm::thread]] void A(void) { spin_lock(&l); x = 1; spin_unlock(&l); ours = 1; mine = 1; }
[[mm::thread]] void B(void) { spin_lock(&l); x = 2; spin_unlock(&l); ours = 2; }`;
    const all = ['spin_lock(&l)', 'x = 1', 'spin_unlock(&l)', 'ours = 1', 'mine = 1'];
    expect(await rests(text, { locks: false, local: false })).toMatchObject({ A: all });
    expect(await rests(text, { locks: false, local: true })).toMatchObject({ A: all.slice(0, 4) });
    expect(await rests(text, { locks: true, local: true })).toMatchObject({
      A: ['spin_lock(&l)', 'ours = 1'],
    });
  });
});

describe('which threads may be exchanged', () => {
  const expectSame = async (text: string): Promise<void> => {
    const { program } = await compileText(text);
    const full = explore(program, { everything: true });
    for (const [name, reductions] of EACH) expectSameVerdict(program, full, name, reductions);
  };

  const twins = async (text: string): Promise<{ groups: readonly number[][]; why: readonly string[] }> => {
    const { program } = await compileText(text);
    const { groups, why } = findTwins(program);
    return { groups: groups.map(({ threads }) => [...threads]), why };
  };

  it('those of one function, whatever locks they take', async () => {
    expect(
      await twins(`spinlock_t l; struct mutex m; struct semaphore s = __SEMAPHORE_INITIALIZER(1); struct rw_semaphore rw;
[[mm::thread(3)]] void cpu(int n) {
	spin_lock(&l); spin_unlock(&l); mutex_lock(&m); mutex_unlock(&m); down(&s); up(&s);
	down_read(&rw); up_read(&rw); down_write(&rw); up_write(&rw);
}
[[mm::thread]] void other(void) { down_read(&rw); up_read(&rw); }`),
    ).toEqual({ groups: [[0, 1, 2]], why: [] });
  });

  it('also where each has an element of its own', async () => {
    const text = (use: string): string => `int tlb[2], x;
[[mm::thread(2)]] void cpu(int n) { tlb[smp_processor_id()] = 1; ${use} }`;
    expect(await twins(text(''))).toEqual({ groups: [[0, 1]], why: [] });
    expect(await twins(text('x = tlb[0];'))).toMatchObject({
      groups: [],
      why: ['tlb[0] belongs to one thread, but is found by other means, too'],
    });
  });

  it('also where each has a struct of its own, of which they use some members', async () => {
    const text = `struct per { int a, b; }; struct per per[NR_THREADS]; int x;
[[mm::thread(2)]] void cpu(int n) { x = per[smp_processor_id()].b; per[smp_processor_id()].a = 1; per[smp_processor_id()].b = 2; }
[[mm::thread]] void other(void) { per[smp_processor_id()].a = 3; x = per[smp_processor_id()].a; }`;
    expect(await twins(text)).toEqual({ groups: [[0, 1]], why: [] });
    await expectSame(text);
  });

  it('also where rows and columns of an array are theirs: who waits for which reader of RCU', async () => {
    const text = `int x, y;
[[mm::thread(2)]] void cpu(int n) { rcu_read_lock(); x = y; rcu_read_unlock(); y = 1; synchronize_rcu(); x = 0; }
[[mm::thread]] void other(void) { synchronize_rcu(); y = 0; rcu_read_lock(); x = 2; rcu_read_unlock(); }
[[mm::invariant("I", "strict")]] bool i(void) { return x != 1; }`;
    expect(await twins(text)).toEqual({ groups: [[0, 1]], why: [] });
    await expectSame(text);
  });

  it('not when some have no element, or the address of one is a value, or its number is computed', async () => {
    const cases = {
      'int own[2]; [[mm::thread(3)]] void cpu(int n) { own[smp_processor_id()] = 1; }':
        'own[0] has no element for some of them',
      'int own[2], x; int *p; [[mm::thread(2)]] void cpu(int n) { if (!p) p = &own[smp_processor_id()]; else if (p == &own[smp_processor_id()]) x = 1; if (p == &own[smp_processor_id()]) x = 2; }':
        'the address of what belongs to one thread is a value',
      'int own[2], x; [[mm::thread(2)]] void cpu(int n) { own[smp_processor_id()] = 1; x = own[choose(2)]; }':
        'own[0] belongs to one thread, but is found by other means, too',
    };
    for (const [text, why] of Object.entries(cases)) {
      expect(await twins(text)).toEqual({ groups: [], why: [why] });
      await expectSame(text);
    }
  });

  it('not when they are told who they are', async () => {
    const cases = {
      'int x; [[mm::thread(2)]] void cpu(int n) { x = n; }': 'cpu0 and cpu1 do not run the same code',
      'int x; [[mm::thread(2)]] void cpu(int n) { x = smp_processor_id(); }':
        'which thread it is goes into x',
      'int x; [[mm::thread(2)]] void cpu(int n) { if (smp_processor_id() == 1) x = 1; }':
        'the number of a thread is computed with',
    };
    for (const [text, why] of Object.entries(cases))
      expect(await twins(text)).toEqual({ groups: [], why: [why] });
  });

  it('n of them have n! times fewer states, in the limit', async () => {
    const { program } = await compileText(`int x;
[[mm::thread(4)]] void cpu(int n) { x = (x + 1) & 3; x = (x + 1) & 3; }`);
    const [full, small] = [NO_REDUCTION, { ...NO_REDUCTION, symmetry: true }].map(
      (reductions) => search(program, reductions).states,
    );
    expect(must(full, 'states') / must(small, 'states')).toBeGreaterThan(10);
  });
});
