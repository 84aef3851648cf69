// SPDX-License-Identifier: GPL-2.0-only
// Litmus tests of --memory sc, tso and weak. The answers are typed in from the sources named, before the first run: SC by
// definition; x86-TSO from Owens, Sarkar and Sewell, "A better x86 memory model: x86-TSO" (2009); the kernel's model
// (LKMM) from tools/memory-model: litmus-tests/*.litmus with their Result lines, Documentation/explanation.txt and
// Documentation/atomic_t.txt.

import { describe, expect, it } from 'vitest';
import { explore } from '../../src/explore/search.ts';
import { withMemoryOrder } from '../../src/machine/memory-order/memory-order.ts';
import { MEMORY_MODELS } from '../../src/machine/memory-model.ts';
import { compileText } from '../support/compile.ts';
import { inC, observed, oracle, randomLitmus } from '../support/litmus.ts';
import { axioms } from '../support/litmus-axioms.ts';
import { outcomes } from '../support/outcomes.ts';
import { withSeed } from '../support/seed.ts';

type Answer = 'never' | 'sometimes';

interface Test {
  readonly name: string;
  readonly source: string;
  /** Threads, in C. `r0 = x` in braces: { r0 x } loads x into register r0. */
  readonly threads: readonly string[];
  /** Registers and cells, as they must be for the outcome to count. */
  readonly exists: string;
  readonly tso: Answer;
  readonly lkmm: Answer;
  /** Where `weak` differs from the kernel's model: docs/MEMORY_ORDER.md says why. */
  readonly weak?: Answer;
  /** Where `tso` differs from x86-TSO. */
  readonly ourTso?: Answer;
  readonly globals?: string;
}

const MP = 'r0=1 r1=0';
const LKMM = 'tools/memory-model/litmus-tests';
const W = (cell: string, value: number | string): string => `WRITE_ONCE(${cell}, ${value});`;
const R = (register: string, cell: string): string =>
  `int v_${register} = READ_ONCE(${cell}); ${register} = v_${register};`;
const acquire = (register: string, cell: string): string =>
  `int v_${register} = smp_load_acquire(&${cell}); ${register} = v_${register};`;
const release = (cell: string, value: number | string): string => `smp_store_release(&${cell}, ${value});`;
const [mb, rmb, wmb] = ['smp_mb();', 'smp_rmb();', 'smp_wmb();'];
const lock = 'spin_lock(&l);';
const unlock = 'spin_unlock(&l);';

const sb = (between: string): readonly string[] => [
  W('x', 1) + between + R('r0', 'y'),
  W('y', 1) + between + R('r1', 'x'),
];
const mp = (write: string, read: string): readonly string[] => [
  W('x', 1) + write + W('y', 1),
  R('r0', 'y') + read + R('r1', 'x'),
];
const lb = (p0: string, p1: string): readonly string[] => [R('r0', 'x') + p0, R('r1', 'y') + p1];
const iriw = (between: string): readonly string[] => [
  W('x', 1),
  R('r0', 'x') + between + R('r1', 'y'),
  W('y', 1),
  R('r2', 'y') + between + R('r3', 'x'),
];
const IRIW = 'r0=1 r1=0 r2=1 r3=0';

const TESTS: readonly Test[] = [
  // ---- store buffering
  { name: 'SB', source: `${LKMM}/SB+poonceonces; Owens SB`, threads: sb(''), exists: 'r0=0 r1=0', tso: 'sometimes', lkmm: 'sometimes' },
  { name: 'SB+mbs', source: `${LKMM}/SB+fencembonceonces; Owens 3.1`, threads: sb(mb), exists: 'r0=0 r1=0', tso: 'never', lkmm: 'never' },
  { name: 'SB+mb+po', source: 'Owens: a fence on one side does not do', threads: [sb(mb)[0]!, sb('')[1]!], exists: 'r0=0 r1=0', tso: 'sometimes', lkmm: 'sometimes' },
  { name: 'SB+wmbs', source: 'memory-barriers.txt: wmb orders no load', threads: sb(wmb), exists: 'r0=0 r1=0', tso: 'sometimes', lkmm: 'sometimes' },
  { name: 'SB+rfi', source: `${LKMM}/SB+rfionceonce-poonceonces; Owens 2.3`, threads: [W('x', 1) + R('r2', 'x') + R('r0', 'y'), W('y', 1) + R('r3', 'y') + R('r1', 'x')], exists: 'r0=0 r1=0 r2=1 r3=1', tso: 'sometimes', lkmm: 'sometimes' },
  { name: 'SB+releases', source: 'explanation.txt: a release orders nothing after it; on x86 it is a store', threads: [release('x', 1) + R('r0', 'y'), release('y', 1) + R('r1', 'x')], exists: 'r0=0 r1=0', tso: 'sometimes', lkmm: 'sometimes' },
  { name: 'SB+release+acquire', source: 'explanation.txt: release and acquire are no full barriers', threads: [release('x', 1) + acquire('r0', 'y'), release('y', 1) + acquire('r1', 'x')], exists: 'r0=0 r1=0', tso: 'sometimes', lkmm: 'sometimes' },
  { name: 'SB+inc_returns', source: 'atomic_t.txt: value-returning operations are fully ordered', threads: sb('atomic_inc_return(&c);'), globals: 'atomic_t c;', exists: 'r0=0 r1=0', tso: 'never', lkmm: 'never' },
  { name: 'SB+incs', source: 'atomic_t.txt: operations without a value are unordered; x86: a locked instruction', threads: sb('atomic_inc(&c);'), globals: 'atomic_t c;', exists: 'r0=0 r1=0', tso: 'never', lkmm: 'sometimes' },
  { name: 'SB of incs', source: 'atomic_t.txt, as above', threads: ['atomic_inc(&a);' + R('r0', 'b.counter'), 'atomic_inc(&b);' + R('r1', 'a.counter')], globals: 'atomic_t a, b;', exists: 'r0=0 r1=0', tso: 'never', lkmm: 'sometimes' },
  { name: 'SB+xchgs', source: 'atomic_t.txt: xchg is fully ordered; x86: locked', threads: ['xchg(&x, 1);' + R('r0', 'y'), 'xchg(&y, 1);' + R('r1', 'x')], exists: 'r0=0 r1=0', tso: 'never', lkmm: 'never' },
  { name: 'SB+unlocks', source: 'explanation.txt: unlock is a release; Owens 2.1: an unlock is a store', threads: [`spin_lock(&l); ${W('x', 1)} spin_unlock(&l); ${R('r0', 'y')}`, `spin_lock(&m); ${W('y', 1)} spin_unlock(&m); ${R('r1', 'x')}`], globals: 'spinlock_t l, m;', exists: 'r0=0 r1=0', tso: 'sometimes', lkmm: 'sometimes' },
  { name: 'SB+failing cmpxchgs', source: 'atomic_t.txt: unordered on failure; x86: lock cmpxchg', threads: sb('cmpxchg(&c, 7, 8);'), globals: 'int c;', exists: 'r0=0 r1=0', tso: 'never', lkmm: 'sometimes', weak: 'never' },
  { name: 'SB+rcu', source: 'explanation.txt: rcu_read_unlock orders nothing but grace periods; x86: no instruction', threads: sb('rcu_read_lock(); rcu_read_unlock();'), exists: 'r0=0 r1=0', tso: 'sometimes', lkmm: 'sometimes', ourTso: 'never', weak: 'never' },
  { name: 'SB+rcu_read_lock', source: 'explanation.txt, as above', threads: sb('rcu_read_lock();'), exists: 'r0=0 r1=0', tso: 'sometimes', lkmm: 'sometimes' },
  {
    name: 'SB+incs with barriers',
    source: 'atomic_t.txt: smp_mb__after_atomic makes a void operation a full barrier',
    threads: sb('atomic_inc(&c); smp_mb__after_atomic();'),
    globals: 'atomic_t c;',
    exists: 'r0=0 r1=0',
    tso: 'never',
    lkmm: 'never',
  },
  // ---- message passing, each barrier removed in turn
  { name: 'MP', source: `${LKMM}/MP+poonceonces`, threads: mp('', ''), exists: MP, tso: 'never', lkmm: 'sometimes' },
  { name: 'MP+wmb+rmb', source: `${LKMM}/MP+fencewmbonceonce+fencermbonceonce`, threads: mp(wmb, rmb), exists: MP, tso: 'never', lkmm: 'never' },
  { name: 'MP+wmb+po', source: 'memory-barriers.txt: SMP barrier pairing', threads: mp(wmb, ''), exists: MP, tso: 'never', lkmm: 'sometimes' },
  { name: 'MP+po+rmb', source: 'memory-barriers.txt: SMP barrier pairing', threads: mp('', rmb), exists: MP, tso: 'never', lkmm: 'sometimes' },
  { name: 'MP+mbs', source: 'memory-barriers.txt', threads: mp(mb, mb), exists: MP, tso: 'never', lkmm: 'never' },
  { name: 'MP+release+acquire', source: `${LKMM}/MP+pooncerelease+poacquireonce`, threads: [W('x', 1) + release('y', 1), acquire('r0', 'y') + R('r1', 'x')], exists: MP, tso: 'never', lkmm: 'never' },
  { name: 'MP+release+po', source: 'memory-barriers.txt: SMP barrier pairing', threads: [W('x', 1) + release('y', 1), R('r0', 'y') + R('r1', 'x')], exists: MP, tso: 'never', lkmm: 'sometimes' },
  { name: 'MP+wmb+ctrl', source: 'memory-barriers.txt: control dependencies order no loads', threads: [mp(wmb, '')[0]!, `r1 = 9; ${R('r0', 'y')} if (v_r0) { ${R('r1', 'x')} }`], exists: MP, tso: 'never', lkmm: 'sometimes' },
  { name: 'MP+assign+dereference', source: `${LKMM}/MP+onceassign+derefonce`, threads: [W('x', 1) + 'rcu_assign_pointer(p, &x);', 'int *v = rcu_dereference(p); r0 = v == &x; int w = READ_ONCE(*v); r1 = w;'], globals: 'int z; int *p = &z;', exists: MP, tso: 'never', lkmm: 'never' },
  { name: 'MP+once+dereference', source: 'explanation.txt: the writer needs a release', threads: [W('x', 1) + W('p', '&x'), 'int *v = rcu_dereference(p); r0 = v == &x; int w = READ_ONCE(*v); r1 = w;'], globals: 'int z; int *p = &z;', exists: MP, tso: 'never', lkmm: 'sometimes' },
  { name: 'MP+locks', source: `${LKMM}/MP+polocks`, threads: [W('x', 1) + lock + W('y', 1) + unlock, lock + R('r0', 'y') + unlock + R('r1', 'x')], globals: 'spinlock_t l;', exists: MP, tso: 'never', lkmm: 'never' },
  { name: 'MP+inc', source: 'atomic_t.txt: atomic_inc does not order what is around it', threads: mp('atomic_inc(&c);', rmb), globals: 'atomic_t c;', exists: MP, tso: 'never', lkmm: 'sometimes' },
  { name: 'MP+read_lock', source: 'explanation.txt: taking a lock is an acquire only', threads: [`${W('x', 1)} spin_lock(&l); ${W('y', 1)}`, R('r0', 'y') + rmb + R('r1', 'x')], globals: 'spinlock_t l;', exists: MP, tso: 'never', lkmm: 'sometimes' },
  { name: 'MP with a word first', source: 'MP+poonceonces of one machine word', threads: [`${W('x', 1)} ${wmb} w = (word_t) { .a = 1 };`, `word_t v = w; r0 = v.a; ${R('r1', 'x')}`], globals: '[[mm::word]] typedef struct { int a, b; } word_t; word_t w;', exists: MP, tso: 'never', lkmm: 'sometimes', weak: 'never' },
  // ---- load buffering
  { name: 'LB', source: `${LKMM}/LB+poonceonces`, threads: lb(W('y', 1), W('x', 1)), exists: 'r0=1 r1=1', tso: 'never', lkmm: 'sometimes' },
  { name: 'LB+datas', source: 'explanation.txt: data dependencies; no values out of thin air', threads: lb(W('y', 'v_r0'), W('x', 'v_r1')), exists: 'r0=1 r1=1', tso: 'never', lkmm: 'never' },
  { name: 'LB+data+po', source: 'explanation.txt: one dependency does not close the cycle', threads: lb(W('y', 'v_r0'), W('x', 1)), exists: 'r0=1 r1=1', tso: 'never', lkmm: 'sometimes' },
  { name: 'LB+ctrls', source: 'explanation.txt: control dependencies to stores', threads: lb(`if (v_r0) ${W('y', 1)}`, `if (v_r1) ${W('x', 1)}`), exists: 'r0=1 r1=1', tso: 'never', lkmm: 'never' },
  { name: 'LB+mb+ctrl', source: `${LKMM}/LB+fencembonceonce+ctrlonceonce`, threads: lb(`if (v_r0) ${W('y', 1)}`, mb + W('x', 1)), exists: 'r0=1 r1=1', tso: 'never', lkmm: 'never' },
  { name: 'LB+mb+data', source: 'explanation.txt: data dependencies', threads: lb(W('y', 'v_r0'), mb + W('x', 1)), exists: 'r0=1 r1=1', tso: 'never', lkmm: 'never' },
  { name: 'LB with the next value fetched', source: 'LB+poonceonces: a store does not depend on what comes after it', threads: lb(W('y', 1) + W('z', 'v_r0'), W('x', 1)), globals: 'int z;', exists: 'r0=1 r1=1', tso: 'never', lkmm: 'sometimes' },
  { name: 'LB+after the branch', source: 'explanation.txt: only what lies in an arm of the if depends on it', threads: lb(`if (v_r0) r2 = 1; ${W('y', 1)}`, W('x', 1)), exists: 'r0=1 r1=1', tso: 'never', lkmm: 'sometimes' },
  { name: 'LB+acquire+release', source: `${LKMM}/LB+poacquireonce+pooncerelease`, threads: [acquire('r0', 'x') + W('y', 1), R('r1', 'y') + release('x', 1)], exists: 'r0=1 r1=1', tso: 'never', lkmm: 'never' },
  { name: 'LB+dep;rfi', source: 'explanation.txt: a dependency goes on through a store that is forwarded', threads: [R('r0', 'x') + W('z', 'v_r0') + R('r2', 'z') + W('y', 'v_r2'), R('r1', 'y') + W('x', 'v_r1')], globals: 'int z;', exists: 'r0=1 r1=1', tso: 'never', lkmm: 'never' },
  { name: 'LB+rmbs', source: 'explanation.txt: rmb orders loads with loads only', threads: lb(rmb + W('y', 1), rmb + W('x', 1)), exists: 'r0=1 r1=1', tso: 'never', lkmm: 'sometimes', weak: 'never' },
  // ---- S, R, 2+2W
  { name: 'S', source: `${LKMM}/S+poonceonces`, threads: [W('x', 2) + W('y', 1), R('r0', 'y') + W('x', 1)], exists: 'r0=1 x=2', tso: 'never', lkmm: 'sometimes' },
  { name: 'S+wmb+acquire', source: `${LKMM}/S+fencewmbonceonce+poacquireonce`, threads: [W('x', 2) + wmb + W('y', 1), acquire('r0', 'y') + W('x', 1)], exists: 'r0=1 x=2', tso: 'never', lkmm: 'never' },
  { name: 'R', source: `${LKMM}/R+poonceonces; Owens`, threads: [W('x', 1) + W('y', 1), W('y', 2) + R('r0', 'x')], exists: 'r0=0 y=2', tso: 'sometimes', lkmm: 'sometimes' },
  { name: 'R+mbs', source: `${LKMM}/R+fencembonceonces`, threads: [W('x', 1) + mb + W('y', 1), W('y', 2) + mb + R('r0', 'x')], exists: 'r0=0 y=2', tso: 'never', lkmm: 'never' },
  { name: '2+2W', source: 'explanation.txt: stores to different cells propagate in any order; x86: a FIFO', threads: [W('x', 1) + W('y', 2), W('y', 1) + W('x', 2)], exists: 'x=1 y=1', tso: 'never', lkmm: 'sometimes' },
  { name: '2+2W+mbs', source: 'memory-barriers.txt: general barriers restore SC', threads: [W('x', 1) + mb + W('y', 2), W('y', 1) + mb + W('x', 2)], exists: 'x=1 y=1', tso: 'never', lkmm: 'never' },
  // ---- three and four threads
  { name: 'WRC', source: `${LKMM}/WRC+poonceonces+Once`, threads: [W('x', 1), R('r0', 'x') + W('y', 1), R('r1', 'y') + R('r2', 'x')], exists: 'r0=1 r1=1 r2=0', tso: 'never', lkmm: 'sometimes' },
  { name: 'WRC+release+rmb', source: `${LKMM}/WRC+pooncerelease+fencermbonceonce+Once`, threads: [W('x', 1), R('r0', 'x') + release('y', 1), R('r1', 'y') + rmb + R('r2', 'x')], exists: 'r0=1 r1=1 r2=0', tso: 'never', lkmm: 'never' },
  { name: 'ISA2', source: `${LKMM}/ISA2+poonceonces`, threads: [W('x', 1) + W('y', 1), R('r0', 'y') + W('z', 1), R('r1', 'z') + R('r2', 'x')], globals: 'int z;', exists: 'r0=1 r1=1 r2=0', tso: 'never', lkmm: 'sometimes' },
  { name: 'ISA2+release+acquire', source: `${LKMM}/ISA2+pooncerelease+poacquirerelease+poacquireonce`, threads: [W('x', 1) + release('y', 1), acquire('r0', 'y') + release('z', 1), acquire('r1', 'z') + R('r2', 'x')], globals: 'int z;', exists: 'r0=1 r1=1 r2=0', tso: 'never', lkmm: 'never' },
  { name: 'Z6.0', source: `${LKMM}/Z6.0+pooncerelease+poacquirerelease+fencembonceonce`, threads: [W('x', 1) + release('y', 1), acquire('r0', 'y') + release('z', 1), W('z', 2) + mb + R('r1', 'x')], globals: 'int z;', exists: 'r0=1 r1=0 z=2', tso: 'never', lkmm: 'sometimes', weak: 'never' },
  { name: 'IRIW', source: `${LKMM}/IRIW+poonceonces+OnceOnce; Owens amd6`, threads: iriw(''), exists: IRIW, tso: 'never', lkmm: 'sometimes' },
  { name: 'IRIW+mbs', source: `${LKMM}/IRIW+fencembonceonces+OnceOnce`, threads: iriw(mb), exists: IRIW, tso: 'never', lkmm: 'never' },
  { name: 'IRIW+rmbs', source: 'explanation.txt: only strong fences make stores reach all CPUs at once', threads: iriw(rmb), exists: IRIW, tso: 'never', lkmm: 'sometimes', weak: 'never' },
  { name: 'release as wmb', source: 'explanation.txt: a release orders what is before it with itself only', threads: [W('x', 1) + release('z', 1) + W('y', 1), R('r0', 'y') + rmb + R('r1', 'x')], globals: 'int z;', exists: MP, tso: 'never', lkmm: 'sometimes', weak: 'never' },
  // ---- one cell
  { name: 'CoRR', source: `${LKMM}/CoRR+poonceonce+Once`, threads: [W('x', 1), R('r0', 'x') + R('r1', 'x')], exists: MP, tso: 'never', lkmm: 'never' },
  { name: 'CoRW', source: `${LKMM}/CoRW+poonceonce+Once`, threads: [R('r0', 'x') + W('x', 1), W('x', 2)], exists: 'r0=2 x=2', tso: 'never', lkmm: 'never' },
  { name: 'CoWR', source: `${LKMM}/CoWR+poonceonce+Once`, threads: [W('x', 1) + R('r0', 'x'), W('x', 2)], exists: 'r0=2 x=1', tso: 'never', lkmm: 'never' },
  { name: 'CoWW', source: `${LKMM}/CoWW+poonceonce`, threads: [W('x', 1) + W('x', 2)], exists: 'x=1', tso: 'never', lkmm: 'never' },
  { name: 'n5', source: 'Owens n5; coherence', threads: [W('x', 1) + R('r0', 'x'), W('x', 2) + R('r1', 'x')], exists: 'r0=2 r1=1', tso: 'never', lkmm: 'never' },
  { name: 'n6', source: 'Owens n6', threads: [W('x', 1) + R('r0', 'x') + R('r1', 'y'), W('y', 2) + W('x', 2)], exists: 'r0=1 r1=0 x=1', tso: 'sometimes', lkmm: 'sometimes' },
  { name: 'atomics do not lose counts', source: 'atomic_t.txt: they are atomic', threads: ['atomic_inc(&c);', 'atomic_inc(&c);'], globals: 'atomic_t c;', exists: 'c.counter=1', tso: 'never', lkmm: 'never' },
]; // prettier-ignore

function textOf({ threads, globals = '' }: Test): string {
  const code = threads.map((body, i) => `[[mm::thread]] void P${i}(void) { ${body} }`);
  return `${globals}\nint x, y;\n[[mm::ghost]] int r0, r1, r2, r3;\n${code.join('\n')}\n`;
}

describe('litmus tests have the published answers', () => {
  it.each(TESTS.map((test) => [test.name, test] as const))('%s', async (_, test) => {
    const { program } = await compileText(textOf(test));
    const names = test.exists.split(' ').map((one) => one.split('=')[0]!);
    const expected = { sc: 'never', tso: test.ourTso ?? test.tso, weak: test.weak ?? test.lkmm };
    const found = MEMORY_MODELS.map((memory) => {
      const { all } = outcomes(withMemoryOrder(program, memory), names);
      expect(all.length).toBeGreaterThan(0);
      return [memory, all.includes(test.exists) ? 'sometimes' : 'never'];
    });
    expect(Object.fromEntries(found), `${test.source}\n${textOf(test)}`).toEqual(expected);
  });

  it('weak is never weaker than the kernel’s model, and where it is stronger the docs say so', () => {
    const differing = TESTS.filter(({ weak, lkmm }) => weak !== undefined && weak !== lkmm);
    expect(differing.every(({ lkmm }) => lkmm === 'sometimes')).toBe(true);
    expect(differing.map(({ name }) => name)).toEqual(
      ['SB+failing cmpxchgs', 'SB+rcu', 'MP with a word first', 'LB+rmbs', 'Z6.0', 'IRIW+rmbs', 'release as wmb'], // prettier-ignore
    );
  });
});

describe('random programs have exactly the outcomes of', () => {
  it.each(['sc', 'tso'] as const)(
    'an enumerator of our own: %s',
    async (memory) => {
      await withSeed(async (rng) => {
        for (let i = 0; i < 60; i += 1) {
          const litmus = randomLitmus(rng);
          const { program } = await compileText(inC(litmus));
          const { all } = outcomes(withMemoryOrder(program, memory), observed(litmus));
          expect(all, inC(litmus)).toEqual(oracle(litmus, memory));
        }
      });
    },
    60_000,
  );

  it('axioms: weak', async () => {
    await withSeed(async (rng) => {
      for (let i = 0; i < 60; i += 1) {
        const litmus = randomLitmus(rng);
        const { program } = await compileText(inC(litmus));
        const { all } = outcomes(withMemoryOrder(program, 'weak'), observed(litmus));
        expect(all, inC(litmus)).toEqual(axioms(litmus));
      }
    });
  }, 60_000);

  it('is a test that can fail: the three models differ on random programs', async () => {
    await withSeed((rng) => {
      let [tso, weak] = [0, 0];
      for (let i = 0; i < 300; i += 1) {
        const litmus = randomLitmus(rng);
        const count = { sc: oracle(litmus, 'sc').length, tso: oracle(litmus, 'tso').length };
        if (count.tso > count.sc) tso += 1;
        if (i < 60 && axioms(litmus).length > count.tso) weak += 1;
      }
      expect(Math.min(tso, weak)).toBeGreaterThan(0);
    });
  }, 60_000);
});

describe('both engines walk the same states', () => {
  it.each(['SB', 'MP+assign+dereference', 'LB+dep;rfi', 'MP+locks', 'SB of incs'])('%s', async (name) => {
    const { program } = await compileText(textOf(TESTS.find((test) => test.name === name)!));
    for (const memory of ['tso', 'weak'] as const) {
      const there = withMemoryOrder(program, memory);
      const [a, b] = (['interpreter', 'generated'] as const).map((engine) =>
        explore(there, { engine, everything: true }),
      );
      expect(b?.states).toBe(a?.states);
      expect(b?.transitions).toBe(a?.transitions);
      expect(b?.safety).toEqual(a?.safety);
    }
  });
});
