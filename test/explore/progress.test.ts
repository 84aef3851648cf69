// SPDX-License-Identifier: GPL-2.0-only
// Owns the checks of the verdict on progress: models whose loops are known, and random ones against a naive judgement.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatSchedule } from '../../src/explore/schedule.ts';
import { verify, type Verified } from '../../src/explore/verify.ts';
import { Machine } from '../../src/machine/machine.ts';
import type { Program } from '../../src/lang/program.ts';
import { compileText } from '../support/compile.ts';
import { lostUpdate } from '../support/example-programs.ts';
import { loopingProgram } from '../support/looping-program.ts';
import { naiveSearch, type NaiveState } from './naive-search.ts';

async function verifyText(text: string): Promise<Verified & { readonly program: Program }> {
  const { program } = await compileText(text);
  return { ...verify(program), program };
}

/** After the last step of a lasso the machine must stand where it stood before the first of the loop. */
function checkLasso(program: Program, { progress }: Verified): void {
  const { schedule, loop } = progress.lasso!;
  const machine = new Machine(program);
  machine.start();
  let before = '';
  schedule.forEach(({ thread, choice }, index) => {
    if (index + 1 === loop) before = machine.memory.vector.join();
    expect(machine.take(thread, choice)).toBe('moved');
  });
  expect(machine.memory.vector.join()).toBe(before);
}

const WAIT_FOR_FLAG = `int flag;
[[mm::operation]] void wait(void) { while (!READ_ONCE(flag)) ; }
[[mm::thread]] void CPU0(void) { wait(); }
[[mm::thread]] void CPU1(void) { WRITE_ONCE(flag, 1); }`;

describe('a model has its progress', () => {
  test.each<readonly [string, string, Verified['progress']['word'], string, string]>([
    [
      'a flag is waited for',
      WAIT_FOR_FLAG,
      'SPIN',
      "CPU0's wait can go round for ever (step 2), but only while CPU1 is not run",
      '0*2 loop 2',
    ],
    [
      'the same asleep',
      `int flag; wait_queue_head_t wq;
[[mm::thread]] void CPU0(void) { wait_event(wq, READ_ONCE(flag)); }
[[mm::thread]] void CPU1(void) { WRITE_ONCE(flag, 1); wake_up(&wq); }`,
      'ok',
      '',
      '',
    ],
    [
      'two threads give way to each other',
      `spinlock_t a, b;
[[mm::operation]] void both(spinlock_t *first, spinlock_t *second)
{
	for (;;) {
		spin_lock(first);
		if (spin_trylock(second))
			break;
		spin_unlock(first);
	}
	spin_unlock(second);
	spin_unlock(first);
}
[[mm::thread]] void CPU0(void) { both(&a, &b); }
[[mm::thread]] void CPU1(void) { both(&b, &a); }`,
      'LIVELOCK',
      "CPU0's both can go round for ever (steps 3-8), however fair the scheduler is",
      '0 1 0*3 1*3 loop 3',
    ],
    [
      'a writer leaves a seqlock odd, and readers retry outside the operation',
      `seqcount_t seq; int data;
[[mm::operation]] int look(void)
{
	unsigned start = READ_ONCE(seq.sequence);

	if (start & 1)
		return -1;
	return READ_ONCE(data);
}
[[mm::operation]] void leak(void) { write_seqcount_begin(&seq); data = 1; }
[[mm::thread]] void CPU0(void) { leak(); }
[[mm::thread]] void CPU1(void) { while (look() < 0) ; }`,
      'LIVELOCK',
      'CPU1 can go round for ever (step 4: look again and again), however fair the scheduler is',
      '0*3 1 loop 4',
    ],
    [
      'the writer closes it',
      `seqcount_t seq; int data;
[[mm::operation]] int look(void)
{
	unsigned start;
	int seen;

	do {
		start = read_seqcount_begin(&seq);
		seen = READ_ONCE(data);
	} while (read_seqcount_retry(&seq, start));
	return seen;
}
[[mm::thread]] void CPU0(void) { write_seqcount_begin(&seq); data = 1; write_seqcount_end(&seq); }
[[mm::thread]] void CPU1(void) { look(); }`,
      'SPIN',
      "CPU1's look can go round for ever (step 4), but only while CPU0 is not run",
      '0*2 1*2 loop 4',
    ],
    [
      'a daemon goes round for ever, operation after operation',
      `int beat;
[[mm::operation]] void tick(void) { beat = 1 - beat; }
[[mm::operation]] void work(void) { beat = 1; }
[[mm::thread]] [[mm::daemon]] void timer(void) { for (;;) tick(); }
[[mm::thread]] void CPU0(void) { work(); }`,
      'ok',
      '',
      '',
    ],
    [
      'a daemon whose operation never ends',
      `int beat;
[[mm::operation]] void tick(void) { for (;;) beat = 1 - READ_ONCE(beat); }
[[mm::thread]] [[mm::daemon]] void timer(void) { tick(); }`,
      'LIVELOCK',
      "timer's tick can go round for ever (steps 2-5), however fair the scheduler is",
      '0*5 loop 2',
    ],
    [
      'a daemon waits inside an operation while another goes round',
      `int beat; struct semaphore work = __SEMAPHORE_INITIALIZER(0);
[[mm::operation]] void io(void) { down(&work); }
[[mm::thread]] [[mm::daemon]] void timer(void) { for (;;) beat = 1 - READ_ONCE(beat); }
[[mm::thread]] [[mm::daemon]] void disk(void) { io(); }`,
      'ok',
      '',
      '',
    ],
    [
      'a lock is free again and again: strong fairness gives it away',
      `spinlock_t lock;
[[mm::operation]] void work(void) { spin_lock(&lock); spin_unlock(&lock); }
[[mm::thread]] [[mm::daemon]] void hog(void) { for (;;) work(); }
[[mm::thread]] void CPU0(void) { work(); }`,
      'ok',
      '',
      '',
    ],
    [
      'who only tries may find it taken every time',
      `spinlock_t lock;
[[mm::operation]] void work(void) { while (!spin_trylock(&lock)) ; spin_unlock(&lock); }
[[mm::thread]] [[mm::daemon]] void hog(void) { for (;;) { spin_lock(&lock); spin_unlock(&lock); } }
[[mm::thread]] void CPU0(void) { work(); }`,
      'LIVELOCK',
      "CPU0's work can go round for ever (steps 3-5), however fair the scheduler is",
      '0 1 0*2 1 loop 3',
    ],
    [
      'a thread waits for a lock whose holder goes round for ever',
      `spinlock_t lock; int flag;
[[mm::thread]] void CPU0(void) { spin_lock(&lock); while (!READ_ONCE(flag)) ; spin_unlock(&lock); }
[[mm::thread]] void CPU1(void) { spin_lock(&lock); WRITE_ONCE(flag, 1); spin_unlock(&lock); }`,
      'unchecked',
      'the search ended with the violation',
      '',
    ],
    [
      'choices are not fair: the completion that may never come',
      `struct completion done;
[[mm::operation]] void sync(void) { wait_for_completion(&done); }
[[mm::thread]] [[mm::daemon]] void disk(void) { while (choose(2) == 0) ; complete(&done); }
[[mm::thread]] void CPU0(void) { sync(); }`,
      'LIVELOCK',
      'CPU0 can wait for ever for done while others go round (step 1), however fair the scheduler is',
      '0 loop 1',
    ],
    [
      'choices are not fair: a loop that need not end',
      `int n;
[[mm::operation]] void retry(void) { while (choose(2)) n = 0; }
[[mm::thread]] void CPU0(void) { retry(); }`,
      'LIVELOCK',
      "CPU0's retry can go round for ever (steps 2-3), however fair the scheduler is",
      '0:1 0 0:1 loop 2',
    ],
    ['nothing goes round', 'int n; [[mm::thread]] void CPU0(void) { n = 1; n = 2; }', 'ok', '', ''],
  ])('%s', async (_, text, word, message, lasso) => {
    const { program, ...found } = await verifyText(text);
    const { schedule = [], loop = 0 } = found.progress.lasso ?? {};
    const said = found.progress.lasso === null ? '' : `${formatSchedule(schedule)} loop ${loop}`;
    expect([found.progress.word, found.progress.message, said]).toEqual([word, message, lasso]);
    if (found.progress.lasso !== null) checkLasso(program, found);
  });
});

test('nothing is said after a violation or half a search', () => {
  expect(verify(lostUpdate()).progress).toMatchObject({ word: 'unchecked', lasso: null });
  expect(verify(lostUpdate(), { maxStates: 3 }).progress.word).toBe('unchecked');
});

/** By the definition, on graphs so small that every set of states can be tried; null when it is not. */
function naiveWord(p: Program, states: ReadonlyMap<string, NaiveState>): string | null {
  const all = [...states];
  // States on a cycle: those that lead back to themselves.
  const reaches = (from: string): ReadonlySet<string> => {
    const seen = new Set<string>();
    const next = [from];
    for (const state of next) {
      for (const { to } of states.get(state)!.steps)
        if (to !== null && !seen.has(to)) {
          next.push(to);
          seen.add(to);
        }
    }
    return seen;
  };
  const cyclic = all.map(([key]) => key).filter((key) => reaches(key).has(key));
  if (cyclic.length === 0) return 'ok';
  if (cyclic.length > 10) return null;
  let word = 'ok';
  for (let subset = 1; subset < 1 << cyclic.length; subset += 1) {
    const chosen = new Set(cyclic.filter((_, i) => (subset >> i) & 1));
    const inner = [...chosen].flatMap((key) =>
      states
        .get(key)!
        .steps.flatMap(({ thread, to }) => (to !== null && chosen.has(to) ? [{ key, thread, to }] : [])),
    );
    const isConnected = [...chosen].every((start) => {
      const seen = new Set<string>();
      const next = [start];
      for (const state of next)
        for (const { key, to } of inner)
          if (key === state && !seen.has(to)) {
            next.push(to);
            seen.add(to);
          }
      return seen.size === chosen.size;
    });
    if (!isConnected) continue;
    const steppers = new Set(inner.map(({ thread }) => thread));
    const isFair = [...chosen].every((key) =>
      states.get(key)!.steps.every(({ thread }) => steppers.has(thread)),
    );
    const undone = p.threads.flatMap(({ daemon }, thread) => {
      const inside = [...chosen].map((key) => states.get(key)!.inflight[thread]!);
      const keeps = inside[0]!.some((operation) => inside.every((one) => one.includes(operation)));
      const lasts = daemon ? keeps : ![...chosen].some((key) => states.get(key)!.ended[thread]);
      return lasts ? [{ daemon, steps: steppers.has(thread) }] : [];
    });
    if (isFair && undone.some(({ daemon, steps }) => steps || !daemon)) return 'LIVELOCK';
    if (undone.some(({ steps }) => steps)) word = 'SPIN';
  }
  return word;
}

test('random programs: the word is the one of a naive judgement, and the lasso closes', () => {
  const words: Record<string, number> = {};
  fc.assert(
    fc.property(fc.integer(), (seed) => {
      const p = loopingProgram(seed);
      const found = verify(p, { maxStates: 400 });
      const { word, lasso } = found.progress;
      if (lasso !== null) checkLasso(p, found);
      if (word === 'unchecked') return;
      const expected = naiveWord(p, naiveSearch(p));
      if (expected === null) return;
      expect(word).toBe(expected);
      words[word] = (words[word] ?? 0) + 1;
    }),
    { numRuns: 1500 },
  );
  // The programs are worth their name.
  for (const word of ['ok', 'SPIN', 'LIVELOCK']) expect(words[word], word).toBeGreaterThan(2);
});
