// SPDX-License-Identifier: GPL-2.0-only
// Owns what is one step: the rules of docs/LANGUAGE.md, each on a few lines of C.

import { describe, expect, it } from 'vitest';
import { explore } from '../../src/explore/search.ts';
import { Recorder } from '../../src/machine/recorder.ts';
import type { Event } from '../../src/model/recording.ts';
import { compilePair, compileText } from '../support/compile.ts';

/** Runs the threads in the given order (then the rest, lowest first), choosing 0, and gives the events. */
async function eventsOf(text: string, order: readonly number[] = []): Promise<Event[]> {
  const { program } = await compileText(text);
  const recorder = new Recorder(program);
  const events: Event[] = [];
  for (const thread of order) events.push(recorder.step(thread, 0).event);
  for (let options = recorder.options(); options[0] && events.length < 200; options = recorder.options()) {
    const { thread, choice } = options[0];
    events.push(recorder.step(thread, choice).event);
  }
  return events;
}

const shared =
  'int x, y = 1, z; struct s { int a, b; } p, q; [[mm::word]] typedef struct { int page; bool dirty; } pte_t; pte_t pte, other;';
/** Makes every global writable by another thread that never gets to it, so that reading it is a step. */
const writer =
  'bool never; [[mm::thread, mm::daemon]] void other_cpu(void) { wait_queue_head_t *w = &wq; schedule_on(w); x = y = z = 0; p.a = p.b = q.a = q.b = 0; pte = (pte_t){}; other = (pte_t){}; } wait_queue_head_t wq;';

async function steps(body: string, more = ''): Promise<string[]> {
  const text = `${shared} wait_queue_head_t wq;\n${more}\n${writer.replace(' wait_queue_head_t wq;', '')}\n[[mm::thread]] void cpu(void) { ${body} }`;
  const events = await eventsOf(text);
  const cpu = events.filter((e) => e.thread === 1);
  return cpu.map(
    (e) =>
      `${e.kind} ${[...e.reads.map((r) => r.cell), ...e.writes.map((w) => `${w.cell}=${w.new}`)].join(' ')}`,
  );
}

describe('one access to shared memory is one step', () => {
  it('a store', async () => expect(await steps('x = 5;')).toEqual(['write x=5']));
  it('counter++ is a load and a store', async () =>
    expect(await steps('y++;')).toEqual(['read y', 'write y=2']));
  it('the right side of an assignment comes first', async () =>
    expect(await steps('x += y;')).toEqual(['read y', 'read x', 'write x=1']));
  it('operands go left to right', async () =>
    expect(await steps('x = y - z;')).toEqual(['read y', 'read z', 'write x=1']));
  it('arguments go left to right', async () =>
    expect(await steps('x = f(z, y);', 'static int f(int a, int b) { return a - b; }')).toEqual([
      'read z',
      'read y',
      'write x=-1',
    ]));
  it('&& does not look at the right when the left is false', async () =>
    expect(await steps('if (z && y) x = 1;')).toEqual(['read z']));
  it('?: looks at one side only', async () =>
    expect(await steps('x = y ? z : p.a;')).toEqual(['read y', 'read z', 'write x=0']));
  it('a chain of assignments writes from the right, and reads nothing back', async () =>
    expect(await steps('x = z = 3;')).toEqual(['write z=3', 'write x=3']));
  it('locals are free', async () =>
    expect(await steps('int a = 1; a++; a *= 3; x = a;')).toEqual(['write x=6']));
});

describe('structs', () => {
  it('a plain struct is copied field by field: it can tear', async () =>
    expect(await steps('p = q;')).toEqual(['read q.a', 'read q.b', 'write p.a=0', 'write p.b=0']));
  it('a word is read in one step and written in one step', async () =>
    expect(await steps('pte = other;')).toEqual([
      'read other.page other.dirty',
      'write pte.page=0 pte.dirty=0',
    ]));
  it('a compound literal makes a word', async () =>
    expect(await steps('pte = (pte_t){ .page = 7 };')).toEqual(['write pte.page=7 pte.dirty=0']));
  it('one field of a word is one step', async () =>
    expect(await steps('x = pte.page;')).toEqual(['read pte.page', 'write x=0']));
});

describe('words', () => {
  it('READ_ONCE, WRITE_ONCE, xchg and cmpxchg take a word whole', async () =>
    expect(
      await steps(
        'pte_t a = READ_ONCE(pte); a.page = 3; WRITE_ONCE(pte, a); a = xchg(&pte, other); x = a.page; a = cmpxchg(&pte, other, a); x = pte.page;',
      ),
    ).toEqual([
      'read pte.page pte.dirty',
      'write pte.page=3 pte.dirty=0',
      'read other.page other.dirty',
      'update pte.page pte.dirty pte.page=0 pte.dirty=0',
      'write x=3',
      'read other.page other.dirty',
      'update pte.page pte.dirty pte.page=3 pte.dirty=0',
      'read pte.page',
      'write x=3',
    ]));
});

describe('lists', () => {
  it('list_for_each_entry and container_of find what was added, wherever the head lies', async () => {
    const text = `struct list_head head = LIST_HEAD_INIT(head); struct item { int a, b, c; struct list_head link; } one = { .c = 5 }, two = { .c = 7 }; int sum;
      [[mm::thread]] void cpu(void) { struct item *p; list_add(&one.link, &head); list_add_tail(&two.link, &head);
        list_for_each_entry(p, &head, struct item, link) sum += p->c; assert(sum == 12); list_del(&one.link); sum = 0;
        list_for_each_entry(p, &head, struct item, link) sum += p->c; }`;
    const events = await eventsOf(text);
    expect(
      events
        .flatMap((e) => e.writes)
        .filter((w) => w.cell === 'sum')
        .map((w) => w.new),
    ).toEqual([5, 12, 0, 7]);
  });
});

describe('what takes no step', () => {
  it('reading a cell that nobody writes', async () =>
    expect(await steps('x = never_written + 1;', 'int never_written = 4;')).toEqual(['write x=5']));
  it('a ghost: it is written with the step before it', async () =>
    expect(await steps('x = 1; seen = y; x = 2;', '[[mm::ghost]] int seen;')).toEqual([
      'write x=1 seen=1',
      'write x=2',
    ]));
  it('assert', async () =>
    expect(await steps('x = 1; assert(y == 1); x = 2;')).toEqual(['write x=1', 'write x=2']));
  it('might_sleep, cond_resched and preempt_disable', async () =>
    expect(await steps('x = 1; might_sleep(); cond_resched(); preempt_disable();')).toEqual([
      'write x=1 __preempt_count[1]=1',
    ]));
  it('barriers, under sc', async () =>
    expect(await steps('x = 1; smp_mb(); y = 2;')).toEqual(['write x=1', 'write y=2']));
});

describe('atomic helpers', () => {
  it('are one step, whatever they touch', async () =>
    expect(
      await steps('swap();', '[[mm::atomic]] static void swap(void) { int t = x; x = y; y = t; }'),
    ).toEqual(['update x y x=1 y=0']));
  it('are shown where they are called', async () => {
    const text =
      'int x; [[mm::atomic]] static void twice(void) { x++; x++; }\n[[mm::thread]] void cpu(void) {\n\ttwice();\n}';
    const { program } = await compileText(text);
    const recorder = new Recorder(program);
    const { event } = recorder.step(0, 0);
    expect(program.sites[event.site]).toMatchObject({ line: 3, col: 2, text: 'twice()', fn: 'cpu' });
    expect(event.writes).toEqual([{ cell: 'x', old: 0, new: 2 }]);
    expect(recorder.options()).toEqual([]);
  });
  it('atomic_inc and cmpxchg are one step', async () => {
    const more = 'atomic_t n;';
    const body = 'atomic_inc(&n); x = atomic_dec_and_test(&n); z = cmpxchg(&y, 1, 9);';
    const text = `${shared} ${more} [[mm::thread]] void cpu(void) { ${body} }`;
    expect((await eventsOf(text)).map((e) => e.kind)).toEqual([
      'update',
      'update',
      'write',
      'update',
      'write',
    ]);
  });
});

describe('locks', () => {
  const pair = (lock: string, take: string, drop: string): string =>
    `${lock}; int x; [[mm::thread]] void a(void) { ${take}; x = 1; ${drop}; } [[mm::thread]] void b(void) { ${take}; x = 2; ${drop}; }`;

  it('an uncontended sleeping lock is one event', async () => {
    const events = await eventsOf(pair('struct mutex m', 'mutex_lock(&m)', 'mutex_unlock(&m)'));
    expect(events.map((e) => e.kind)).toEqual(['acquire', 'write', 'release', 'acquire', 'write', 'release']);
  });
  it('a contended one is two: queue and grant; release hands over', async () => {
    const events = await eventsOf(pair('struct mutex m', 'mutex_lock(&m)', 'mutex_unlock(&m)'), [0, 1]);
    expect(events.map((e) => `${e.thread} ${e.kind}`)).toEqual([
      '0 acquire', '1 queue', '0 write', '0 release', '1 grant', '1 write', '1 release',
    ]); // prettier-ignore
    expect(events[3]?.writes.find((w) => w.cell === 'm.owner')).toEqual({
      cell: 'm.owner',
      old: '@a',
      new: '@b',
    });
  });
  it('a spinlock that is held makes wait, with one event when it is free', async () => {
    const events = await eventsOf(pair('spinlock_t l', 'spin_lock(&l)', 'spin_unlock(&l)'), [0]);
    expect(events.map((e) => `${e.thread} ${e.kind}`)).toEqual([
      '0 acquire',
      '0 write',
      '0 release',
      '1 acquire',
      '1 write',
      '1 release',
    ]);
    expect(events[0]?.waits).toEqual([{ thread: 1, on: 'l.owner' }]);
    expect(events[2]?.waits).toEqual([{ thread: 1, on: null }]);
  });
  it('a queued writer blocks later readers of an rw_semaphore, in FIFO order', async () => {
    const text = `struct rw_semaphore s; int x;
      [[mm::thread]] void r1(void) { down_read(&s); x = 1; up_read(&s); }
      [[mm::thread]] void w(void) { down_write(&s); x = 2; up_write(&s); }
      [[mm::thread]] void r2(void) { down_read(&s); x = 3; up_read(&s); }`;
    const events = await eventsOf(text, [0, 1, 2]);
    expect(events.slice(0, 3).map((e) => e.kind)).toEqual(['acquire', 'queue', 'queue']);
    const grants = events.filter((e) => e.kind === 'grant').map((e) => e.thread);
    expect(grants).toEqual([1, 2]);
  });
});

describe('operations', () => {
  const text = `int x, y; [[mm::operation]] void set(int v) { int twice = v * 2; x = v; x = twice; }
    [[mm::thread]] void cpu(void) { y = 1; set(3); y = 2; }`;
  it('begin with their first step and end with their last', async () => {
    const events = await eventsOf(text);
    expect(
      events.map((e) => [...e.begins.map((b) => `+${b}`), ...e.ends.map((b) => `-${b}`)].join()),
    ).toEqual(['', '+set', '-set', '']);
  });
  it('are not in flight before their first step: an idle invariant is judged there', async () => {
    const { program } = await compileText(
      `${text} [[mm::invariant("I", "idle", "set")]] bool I(void) { return x != 3; }`,
    );
    expect(explore(program).safety).toEqual({ word: 'SAFE' });
  });
  it('a strict invariant is judged inside them', async () => {
    const { program } = await compileText(
      `${text} [[mm::invariant("I", "strict")]] bool I(void) { return x != 3; }`,
    );
    const found = explore(program);
    expect(found.safety).toEqual({ word: 'RACY', invariants: ['I'] });
    expect(found.findings[0]?.depth).toBe(2);
  });
});

describe('choices, pools and trouble', () => {
  const safetyOf = async (text: string): Promise<unknown> =>
    explore((await compileText(text)).program).safety;
  const pool = 'struct obj { int v; }; [[mm::pool]] struct obj obj[2]; struct obj *keep; int x;';

  it('choose takes every value', async () =>
    expect(await safetyOf('int x; [[mm::thread]] void f(void) { x = choose(4); assert(x != 3); }')).toEqual({
      word: 'BUG',
      bug: 'assert',
    }));
  it('alloc may give a freed object again: ABA', async () =>
    expect(
      await safetyOf(
        `${pool} [[mm::thread]] void f(void) { struct obj *a = alloc(obj), *b; free(a); b = alloc(obj); assert(a != b); }`,
      ),
    ).toEqual({ word: 'BUG', bug: 'assert' }));
  it('choose and alloc are steps: an atomic function has no room for them', async () => {
    const inside = (what: string): Promise<unknown> =>
      compileText(
        `${pool} [[mm::atomic]] static void a(void) { x = 1; ${what}; } [[mm::thread]] void f(void) { a(); }`,
      );
    await expect(inside('x = choose(3)')).rejects.toThrow(
      "'choose' inside an atomic function is not in the subset",
    );
    await expect(inside('keep = alloc(obj)')).rejects.toThrow(
      "'alloc' inside an atomic function is not in the subset",
    );
  });
  it('a stale pointer must not be followed', async () =>
    expect(
      await safetyOf(
        `${pool} [[mm::thread]] void f(void) { keep = alloc(obj); keep->v = 1; free(keep); x = keep->v; }`,
      ),
    ).toEqual({
      word: 'BUG',
      bug: 'use-after-free',
    }));
  it('a pool that is too small is a LIMIT', async () =>
    expect(
      await safetyOf(`${pool} [[mm::thread]] void f(void) { for (;;) keep = alloc(obj); }`),
    ).toMatchObject({ word: 'LIMIT' }));
  it('what alloc gives is not initialised', async () =>
    expect(await safetyOf(`${pool} [[mm::thread]] void f(void) { keep = alloc(obj); x = keep->v; }`)).toEqual(
      { word: 'BUG', bug: 'uninitialised-read' },
    ));
  it.each([
    ['null-dereference', 'struct obj *p = keep; x = p->v;', ''],
    ['double-free', 'struct obj *p = alloc(obj); free(p); free(p);', ''],
    ['uninitialised-read', 'int a; if (x) a = 1; x = a;', ''],
    ['range', 'small = 9;', '[[mm::range(0, 7)]] int small;'],
    ['range', 'x = 5; list[x] = 1;', 'int list[3];'],
    [
      'unlock-by-non-owner',
      'if (spin_is_locked(&l)) spin_unlock(&l);',
      'spinlock_t l; [[mm::thread]] void g(void) { spin_lock(&l); }',
    ],
    ['double-unlock', 'spin_lock(&l); spin_unlock(&l); spin_unlock(&l);', 'spinlock_t l;'],
    ['sleep-in-atomic', 'spin_lock(&l); mutex_lock(&m);', 'spinlock_t l; struct mutex m;'],
    ['sleep-in-atomic', 'spin_lock(&l); cond_resched();', 'spinlock_t l;'],
    ['division-by-zero', 'x = 1 / x;', ''],
    ['BUG_ON', 'BUG_ON(!x);', ''],
    ['endless-local-loop', 'for (;;) ;', ''],
  ])('%s: %s', async (bug, body, more) =>
    expect(await safetyOf(`${pool} ${more} [[mm::thread]] void f(void) { ${body} }`)).toEqual({
      word: 'BUG',
      bug,
    }),
  );
  it('taking a lock twice is a DEADLOCK', async () =>
    expect(
      await safetyOf('struct mutex m; [[mm::thread]] void f(void) { mutex_lock(&m); mutex_lock(&m); }'),
    ).toEqual({ word: 'DEADLOCK' }));
  it('a wake-up before the sleep is lost, one between the test and the sleep is not', async () => {
    const wait = (how: string): string =>
      `wait_queue_head_t wq; bool done; [[mm::thread]] void a(void) { ${how} } [[mm::thread]] void b(void) { done = true; wake_up(&wq); }`;
    expect(await safetyOf(wait('wait_event(wq, done);'))).toEqual({ word: 'SAFE' });
    expect(await safetyOf(wait('if (!done) { prepare_to_wait(&wq); schedule_on(&wq); }'))).toEqual({
      word: 'DEADLOCK',
    });
  });
  it('synchronize_rcu waits for the readers it found, not for later ones', async () => {
    const text = (free: string): string =>
      `struct obj { int v; }; [[mm::pool]] struct obj obj[1] = { [0] = { .v = 1 } }; struct obj *head = &obj[0]; int x;
       [[mm::thread]] void reader(void) { struct obj *p; rcu_read_lock(); p = rcu_dereference(head); if (p) x = p->v; rcu_read_unlock(); }
       [[mm::thread]] void writer(void) { struct obj *old = head; rcu_assign_pointer(head, NULL); ${free} }`;
    expect(await safetyOf(text('synchronize_rcu(); free(old);'))).toEqual({ word: 'SAFE' });
    expect(await safetyOf(text('free(old);'))).toEqual({ word: 'BUG', bug: 'use-after-free' });
  });
});

it('a model without a thread is told so, and nothing else', async () => {
  const refusal = compileText('int x;');
  await expect(refusal).rejects.toThrow('no function is a thread');
  await expect(refusal).rejects.not.toThrow('prelude.h');
});

describe('two files', () => {
  it('may each have a static of the same name: they are two objects with two names', async () => {
    const { program } = await compilePair(
      'static int x = 1; static int list[2]; void work(void) { x++; list[1] = x; }',
      'static int x = 7; static int list[2]; void work(void); [[mm::thread]] void cpu(void) { work(); x++; list[0] = x; }',
    );
    expect(program.objects.map((object) => object.name)).toEqual([
      'x',
      'list',
      'scenario.c:x',
      'scenario.c:list',
    ]);
    const recorder = new Recorder(program);
    for (let options = recorder.options(); options[0]; options = recorder.options()) recorder.step(0, 0);
    const { objects } = recorder.state();
    expect([objects['x']?.[''], objects['scenario.c:x']?.['']]).toEqual([2, 8]);
  });
});
