// SPDX-License-Identifier: GPL-2.0-only
// Owns the checks of DEADLOCK: by every kind of lock, while others run, for daemons, and beside trouble.

import { describe, expect, test } from 'vitest';
import { formatSchedule } from '../../src/explore/schedule.ts';
import { explore } from '../../src/explore/search.ts';
import { compileText } from '../support/compile.ts';

const BEAT = '[[mm::thread]] [[mm::daemon]] void timer(void) { for (;;) beat = 1 - READ_ONCE(beat); }';

/**
 * Kinds of findings of a search that goes on to the end; then message and schedule of the first one's finding, if that
 * is a deadlock. (A search that goes on knows of a thread that is stuck before all are: it may find it nearer.)
 */
async function deadlocks(text: string): Promise<readonly string[]> {
  const { program } = await compileText(text);
  const { findings } = explore(program, { everything: true });
  const [first] = explore(program).findings;
  const kinds = findings.map(({ wrong }) => (wrong.kind === 'trouble' ? wrong.trouble.kind : wrong.kind));
  if (first?.wrong.kind !== 'deadlock') return kinds;
  expect(first.depth).toBeGreaterThanOrEqual(findings.find(({ wrong }) => wrong.kind === 'deadlock')!.depth);
  return [...kinds, first.message, formatSchedule(first.schedule)];
}

describe('a thread that can never step again', () => {
  test.each([
    [
      'ABBA by semaphores, which have no owner, while a timer runs',
      `int beat; struct semaphore a = __SEMAPHORE_INITIALIZER(1), b = __SEMAPHORE_INITIALIZER(1);
[[mm::thread]] void CPU0(void) { down(&a); down(&b); up(&b); up(&a); }
[[mm::thread]] void CPU1(void) { down(&b); down(&a); up(&a); up(&b); }
${BEAT}`,
      ['deadlock', 'CPU1 waits for a', '0 1*2'],
    ],
    [
      'a bit lock taken twice, while a timer runs',
      `int beat; bit_lock_t lock;
[[mm::thread]] void CPU0(void) { bit_lock(&lock); bit_lock(&lock); }
${BEAT}`,
      ['deadlock', 'CPU0 waits for lock', '0'],
    ],
    [
      'two wait for one completion',
      `struct completion done;
[[mm::thread]] void CPU0(void) { wait_for_completion(&done); }
[[mm::thread]] void CPU1(void) { wait_for_completion(&done); }
[[mm::thread]] void CPU2(void) { complete(&done); }`,
      ['deadlock', 'CPU1 waits for done', '2 0'],
    ],
    [
      'a wake-up between the test and the queue is lost',
      `int flag; wait_queue_head_t wq;
[[mm::thread]] void CPU0(void)
{
	if (!READ_ONCE(flag)) {
		prepare_to_wait(&wq);
		schedule_on(&wq);
		finish_wait(&wq);
	}
}
[[mm::thread]] void CPU1(void) { WRITE_ONCE(flag, 1); wake_up(&wq); }`,
      ['deadlock', 'CPU0 waits for wq.woken[0]', '0 1*2 0'],
    ],
    [
      'the same with the queue first',
      `int flag; wait_queue_head_t wq;
[[mm::thread]] void CPU0(void) { wait_event(wq, READ_ONCE(flag)); }
[[mm::thread]] void CPU1(void) { WRITE_ONCE(flag, 1); wake_up(&wq); }`,
      [],
    ],
    [
      'a reader behind a writer that queues behind a reader',
      `struct rw_semaphore sem; struct completion done;
[[mm::thread]] void CPU0(void) { down_read(&sem); wait_for_completion(&done); up_read(&sem); }
[[mm::thread]] void CPU1(void) { down_write(&sem); up_write(&sem); }
[[mm::thread]] void CPU2(void) { down_read(&sem); complete(&done); up_read(&sem); }`,
      [
        'deadlock',
        'CPU0 waits for done; CPU1 waits for sem, held by CPU0; CPU2 waits for sem, held by CPU0 and CPU1',
        '0 1 2',
      ],
    ],
    [
      'an idle daemon is none',
      `struct semaphore work = __SEMAPHORE_INITIALIZER(0); int n;
[[mm::thread]] [[mm::daemon]] void disk(void) { for (;;) { down(&work); n = 1; } }
[[mm::thread]] void CPU0(void) { n = 2; }`,
      [],
    ],
    [
      'daemons that hold what the other wants are not idle',
      `spinlock_t a, b; int n;
[[mm::thread]] [[mm::daemon]] void disk(void) { for (;;) { spin_lock(&a); spin_lock(&b); spin_unlock(&b); spin_unlock(&a); } }
[[mm::thread]] [[mm::daemon]] void net(void) { for (;;) { spin_lock(&b); spin_lock(&a); spin_unlock(&a); spin_unlock(&b); } }
[[mm::thread]] void CPU0(void) { n = 2; }`,
      ['deadlock', 'disk waits for b, held by net; net waits for a, held by disk', '0 1'],
    ],
    [
      'who could be woken beyond trouble only is not called stuck',
      `struct completion done;
[[mm::thread]] void CPU0(void) { wait_for_completion(&done); }
[[mm::thread]] void CPU1(void) { BUG_ON(READ_ONCE(done.done) == 0); complete(&done); }`,
      ['BUG_ON'],
    ],
    [
      'but locks with holders are not released by what others run into',
      `spinlock_t a, b; int n;
[[mm::thread]] void CPU0(void) { spin_lock(&a); spin_lock(&b); spin_unlock(&b); spin_unlock(&a); }
[[mm::thread]] void CPU1(void) { spin_lock(&b); spin_lock(&a); spin_unlock(&a); spin_unlock(&b); }
[[mm::thread]] void CPU2(void) { n = 1; n = 2; n = 3; BUG_ON(n == 3); }`,
      ['deadlock', 'BUG_ON', 'CPU0 waits for b, held by CPU1; CPU1 waits for a, held by CPU0', '0 1'],
    ],
  ])('%s', async (_, text, expected) => {
    expect(await deadlocks(text)).toEqual(expected);
  });
});
