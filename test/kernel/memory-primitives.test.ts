// SPDX-License-Identifier: GPL-2.0-only
// What the primitives of the prelude promise holds under every memory model; and without its barriers it does not.

import { expect, it } from 'vitest';
import { explore } from '../../src/explore/search.ts';
import { MEMORY_MODELS } from '../../src/machine/memory-model.ts';
import { withMemoryOrder } from '../../src/machine/memory-order/memory-order.ts';
import { compileText } from '../support/compile.ts';

const EVERYWHERE = ['SAFE', 'SAFE', 'SAFE'];

/** Verdicts under sc, tso and weak. */
const MODELS: readonly (readonly [name: string, text: string, verdicts: readonly string[]])[] = [
  [
    'a mutex protects a count',
    `struct mutex m; int n; [[mm::ghost]] int done;
[[mm::thread(2)]] void t(int i) { mutex_lock(&m); n++; mutex_unlock(&m); done++; }
[[mm::invariant("I")]] bool counted(void) { return done < 2 || n == 2; }`,
    EVERYWHERE,
  ],
  [
    'readers see no writer at work',
    `struct rw_semaphore s; int n; int a[2];
[[mm::thread]] void r(void) { down_read(&s); int v = n; int w = n; BUG_ON(v != w); up_read(&s); }
[[mm::thread]] void w(void) { down_write(&s); n++; n++; up_write(&s); }`,
    EVERYWHERE,
  ],
  [
    'RCU publishes and reclaims',
    `struct o { int v; };
[[mm::pool]] struct o pool[2]; struct o *g;
[[mm::thread]] void r(void) { rcu_read_lock(); struct o *p = rcu_dereference(g); if (p) { int v = p->v; BUG_ON(v != 7); } rcu_read_unlock(); }
[[mm::thread]] void w(void) { struct o *n = alloc(pool); n->v = 7; rcu_assign_pointer(g, n); struct o *old = g; g = NULL; synchronize_rcu(); free(old); }`,
    EVERYWHERE,
  ],
  [
    'published without a release',
    `struct o { int v; };
[[mm::pool]] struct o pool[2]; struct o *g;
[[mm::thread]] void r(void) { rcu_read_lock(); struct o *p = rcu_dereference(g); if (p) { int v = p->v; BUG_ON(v != 7); } rcu_read_unlock(); }
[[mm::thread]] void w(void) { struct o *n = alloc(pool); n->v = 7; WRITE_ONCE(g, n); }`,
    ['SAFE', 'SAFE', 'BUG'],
  ],
  [
    'a completion says that the data are there',
    `struct completion c; int d;
[[mm::thread]] void a(void) { d = 1; complete(&c); }
[[mm::thread]] void b(void) { wait_for_completion(&c); int v = d; BUG_ON(!v); }`,
    EVERYWHERE,
  ],
  [
    'wait_event and wake_up',
    `wait_queue_head_t q; int cond_; int d;
[[mm::thread]] void a(void) { d = 1; smp_wmb(); cond_ = 1; wake_up(&q); }
[[mm::thread]] void b(void) { wait_event(q, cond_); smp_rmb(); int v = d; BUG_ON(!v); }`,
    EVERYWHERE,
  ],
  [
    'a seqlock',
    `seqlock_t l; int a, b;
[[mm::thread]] void w(void) { write_seqlock(&l); a = 1; b = 1; write_sequnlock(&l); }
[[mm::thread]] void r(void) { unsigned s; int x, y; do { s = read_seqbegin(&l); x = a; y = b; } while (read_seqretry(&l, s)); BUG_ON(x != y); }`,
    EVERYWHERE,
  ],
  [
    'a seqlock without the writer’s barriers',
    `seqcount_t l; int a, b;
[[mm::thread]] void w(void) { l.sequence++; a = 1; b = 1; l.sequence++; }
[[mm::thread]] void r(void) { unsigned s; int x, y; do { s = read_seqcount_begin(&l); x = a; y = b; } while (read_seqcount_retry(&l, s)); BUG_ON(x != y); }`,
    ['SAFE', 'SAFE', 'BUG'],
  ],
  [
    'Dekker with smp_mb',
    `int x, y; int in;
[[mm::thread]] void a(void) { x = 1; smp_mb(); if (!READ_ONCE(y)) { in++; assert(in == 1); in--; } }
[[mm::thread]] void b(void) { y = 1; smp_mb(); if (!READ_ONCE(x)) { in++; assert(in == 1); in--; } }`,
    EVERYWHERE,
  ],
  [
    'Dekker without smp_mb',
    `int x, y; int in;
[[mm::thread]] void a(void) { x = 1; if (!READ_ONCE(y)) { in++; assert(in == 1); in--; } }
[[mm::thread]] void b(void) { y = 1; if (!READ_ONCE(x)) { in++; assert(in == 1); in--; } }`,
    ['SAFE', 'BUG', 'BUG'],
  ],
  [
    'a daemon that waits for ever',
    `struct semaphore work = __SEMAPHORE_INITIALIZER(0); int done;
[[mm::thread]] void C(void) { up(&work); }
[[mm::thread]] [[mm::daemon]] void disk(void) { for (;;) { down(&work); done = 1 - done; smp_mb(); } }`,
    EVERYWHERE,
  ],
  [
    'a cell with a range',
    `[[mm::range(1,3)]] int n = 1; int m;
[[mm::thread]] void a(void) { n = 2; m = n; n = 3; }
[[mm::thread]] void b(void) { int v = n; int w = m; m = v + w; }`,
    EVERYWHERE,
  ],
  [
    'a list under a spinlock',
    `struct node { struct list_head l; int v; }; struct list_head head = LIST_HEAD_INIT(head); struct node n1; spinlock_t k;
[[mm::thread]] void a(void) { spin_lock(&k); list_add(&n1.l, &head); spin_unlock(&k); }
[[mm::thread]] void b(void) { spin_lock(&k); struct list_head *p; for (p = head.next; p != &head; p = p->next) ; spin_unlock(&k); }`,
    EVERYWHERE,
  ],
];

it.each(MODELS)('%s', async (_, text, verdicts) => {
  const { program } = await compileText(text);
  const found = MEMORY_MODELS.map((memory) => explore(withMemoryOrder(program, memory)).safety.word);
  expect(found).toEqual(verdicts);
});
