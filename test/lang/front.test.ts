// SPDX-License-Identifier: GPL-2.0-only
// Owns the proof that every construct of the subset is accepted, and becomes the tree that C means.

import { describe, expect, test } from 'vitest';
import { accept, bodyOf, fn, globalInit, realPrelude, run } from './front-support.ts';

const DECLARATIONS = `
struct page { struct page *next; int count; unsigned long flags; unsigned char small; bool dirty; int arr[4]; struct { int x; } in; };
enum colour { RED, GREEN = 5, BLUE };
struct page page[4];
int g; unsigned int u; long l; unsigned long ul; char c; short s; bool b; enum colour col; u8 byte; size_t sz;
struct page *ptr;
`;

/** The one statement of `void f(void) { ... }`, or several, in short form. */
function body(text: string, before = DECLARATIONS): string[] {
  return bodyOf(accept(`${before}\nvoid f(struct page *p, int n) { ${text} }`), 'f');
}

describe('expressions', () => {
  test.each([
    ['g = 1;', 'g = 1;'],
    ['g = c + s;', 'g = ((int)c + (int)s);'],
    ['g = u + l;', 'g = (int)((long)u + l);'],
    ['ul = l + ul;', 'ul = ((unsigned long)l + ul);'],
    ['g = u < n;', 'g = (u < (unsigned int)n);'],
    ['c = 300;', 'c = 44:char;'],
    ['byte = -1;', 'byte = 255:unsigned char;'],
    ['b = 2;', 'b = 1:bool;'],
    ['b = g;', 'b = (bool)g;'],
    ['b = ptr;', 'b = (bool)(ptr != 0:struct page *);'],
    ['g = -g; g = ~c; g = !ptr; g = +s;', 'g = -g; g = ~(int)c; g = !ptr; g = (int)s;'],
    ['g = 1 + 2 * 3 - (7 & 3);', 'g = 4;'],
    ['ul = 1UL << 40;', 'ul = 1099511627776:unsigned long;'],
    ['ul = 0xffffffffffffffff;', 'ul = 18446744073709551615:unsigned long;'],
    [
      'l = 0x80000000; l = 2147483648; l = 017; l = 0b101;',
      'l = 2147483648:long; l = 2147483648:long; l = 15:long; l = 5:long;',
    ],
    ["g = 'a'; g = '\\n'; g = '\\xff';", 'g = 97; g = 10; g = -1;'],
    ['g = g << l;', 'g = (g << (int)l);'],
    ['ul <<= 3; c += 1; u -= l;', 'ul <<=[unsigned long] 3:unsigned long; c +=[int] 1; u -=[long] l;'],
    ['g++; --u; c--; ++b;', 'g++; --u; c--; ++b;'],
    ['g = RED + BLUE; col = GREEN; g = col;', 'g = 6; col = 5:enum colour; g = (int)col;'],
    ['g = p == NULL || !p->next && 1;', 'g = ((p == 0:struct page *) || (!p->next && 1));'],
    [
      'p = p ? p->next : NULL; p = nullptr; p = 0;',
      'p = (p ? p->next : 0:struct page *); p = 0:struct page *; p = 0:struct page *;',
    ],
    ['g = (n, 2);', 'g = (n, 2);'],
    ['p->arr[n] = page[1].in.x; (*p).count = 3;', 'p->arr[n] = page[1].in.x; p->count = 3;'],
    ['p = &page[n]; p = page; p = &*p; p = &p[0];', 'p = &page[n]; p = &page[0]; p = p; p = p;'],
    ['p[0].count = 1; *p = page[2]; p->in = page[0].in;', 'p->count = 1; *p = page[2]; p->in = page[0].in;'],
    [
      'void *v = p; p = v; p = (struct page *)v;',
      'void * v = (void *)p; p = (struct page *)v; p = (struct page *)v;',
    ],
    ['g = sizeof(struct page) + sizeof(int) + sizeof n + sizeof(page);', 'g = 248;'],
    ['g = sizeof(page) / sizeof(page[0]);', 'g = 4;'],
    [
      'g = (u8)300; g = (int)ul; g = (bool)g; g = (unsigned char)c;',
      'g = 44; g = (int)ul; g = (int)(bool)g; g = (int)(unsigned char)c;',
    ],
    ['(void)n; (void)0;', '(void)n; (void)0;'],
    [
      'page[0] = (struct page){ .count = n, .arr = { 1, [2] = 3 } };',
      'page[0] = (struct page){.count=n, .arr={[0]=1, [2]=3}};',
    ],
    [
      'g = READ_ONCE(p->count); WRITE_ONCE(p->count, u);',
      'g = READ_ONCE(p->count); WRITE_ONCE(p->count, (int)u);',
    ],
    [
      'ptr = xchg(&ptr, NULL); g = cmpxchg(&g, 1, c);',
      'ptr = xchg(&ptr, 0:struct page *); g = cmpxchg(&g, 1, (int)c);',
    ],
    [
      'g = smp_load_acquire(&p->count); smp_store_release(&ptr, p);',
      'g = smp_load_acquire(&p->count); smp_store_release(&ptr, p);',
    ],
    ['smp_mb(); smp_rmb(); smp_wmb();', 'smp_mb(); smp_rmb(); smp_wmb();'],
    [
      'g = choose(3); assert(g < 3); BUG(); BUG("why"); expose(zero); expose(uninit); witness("retry");',
      'g = choose(3); assert((g < 3)); BUG(); BUG("why"); expose("zero"); expose("uninit"); witness("retry");',
    ],
    [
      'g = NR_THREADS; b = current == 0; b = !current;',
      'g = 1; b = (bool)(__current() == 0:thread_t); b = (bool)!__current();',
    ],
  ])('%s', (text, wanted) => {
    expect(body(text).join(' ')).toBe(wanted);
  });

  test('a parenthesised name before - + & * ( is no cast, and a typedef name is', () => {
    const text =
      'g = (g) - 1; g = (n) & (g); g = (n) + (g) * 2; g = (u8)-1; g = (u8)(n); g = (g) * (n); g = sizeof(g) - 1;';
    expect(body(text)).toEqual([
      'g = (g - 1);', 'g = (n & g);', 'g = (n + (g * 2));', 'g = 255;', 'g = (int)(unsigned char)n;', 'g = (g * n);', 'g = 3;',
    ]); // prettier-ignore
  });

  test('casts of parenthesised calls and elements', () => {
    const text = 'g = (f2(1)) - 1; g = (page[1].count) & 3; g = (int)(f2(2)) - (n); g = ((g)) - 1;';
    const before = `${DECLARATIONS} int f2(int a) { return a; }`;
    expect(body(text, before)).toEqual([
      'g = (f2(1) - 1);', 'g = (page[1].count & 3);', 'g = (f2(2) - n);', 'g = (g - 1);',
    ]); // prettier-ignore
  });

  test('literals have the type that C gives them', () => {
    const before = 'int g;';
    const at = (literal: string): string =>
      body(`g = sizeof(${literal}) * 10 + (1 ? ${literal} : 0 < 0);`, before).join();
    expect(at('1')).toMatch('g = 41;');
    expect(
      body('g = -1 < 1u; g = -1 < 1l; g = -1l < 1u; g = 0xffffffff > -1; g = 4294967295 > -1;', before).join(
        ' ',
      ),
    ).toBe('g = 0; g = 1; g = 1; g = 0; g = 1;');
  });

  test('container_of names the member path', () => {
    const text = `struct list { struct list *next; }; struct item { int a; struct { int z; struct list link; } in; };
      struct item item; struct item *get(struct list *l) { return container_of(l, struct item, in.link); }
      int off(void) { return offsetof(struct item, in.link); }`;
    const model = accept(text);
    expect(bodyOf(model, 'get')).toEqual(['return container(in.link, l);']);
    expect(bodyOf(model, 'off')).toEqual(['return 16;']);
  });

  test('typeof', () => {
    const text = `${DECLARATIONS}
      #define swap(a, b) do { typeof(a) tmp = a; a = b; b = tmp; } while (0)
      void f(typeof(ptr) p) { typeof(*p) copy = *p; typeof(int *) q = &p->count; swap(g, n2); copy.count = *q; }`;
    expect(bodyOf(accept(`int n2; ${text}`), 'f').slice(0, 3)).toEqual([
      'struct page copy = *p;',
      'int * q = &p->count;',
      'do { int tmp = g; g = n2; n2 = tmp; } while (0);',
    ]);
  });

  test('pools', () => {
    const text = `struct page { int a; }; [[mm::pool, mm::type_stable]] struct page pool[3];
      void f(void) { struct page *p = alloc(pool); free(p); }
      [[mm::invariant("I")]] bool inv(void) { struct page *p; for (p = pool_first(pool); p; p = pool_next(pool, p)) if (stale(p)) return violated("%p", p); return true; }`;
    const model = accept(text);
    expect(bodyOf(model, 'f')).toEqual(['struct page * p = alloc(pool);', 'free(p);']);
    expect(bodyOf(model, 'inv')[1]).toBe(
      'for (p = pool_first(pool); p; p = pool_next(pool, p)) if (stale(p)) return violated("%p", p);',
    );
    expect(model.globals.find((g) => g.name === 'pool')).toMatchObject({ pool: true, typeStable: true });
  });
});

describe('statements', () => {
  test.each([
    ['if (n) g = 1; else if (p) g = 2; else { g = 3; }', 'if (n) g = 1; else if (p) g = 2; else { g = 3; }'],
    [
      'while (n) n--; do { n++; continue; } while (n < 3);',
      'while (n) n--; do { n++; continue; } while ((n < 3));',
    ],
    ['for (n = 0; n < 3; n++) ; for (;;) break;', 'for (n = 0; (n < 3); n++) empty; for (; ; ) break;'],
    ['for (int i = 0, j = 1; i < j; i++) g = i;', 'for ({ int i = 0; int j = 1; } (i < j); i++) g = i;'],
    [
      'switch (c) { case 1: case RED: g = 1; break; default: g = 2; case 3: { g = 4; } }',
      'switch ((int)c) { case 1: case 0: g = 1; break; default: g = 2; case 3: { g = 4; } }',
    ],
    [
      'switch (n) { case 1: while (n) { case 2: n--; } }',
      'switch (n) { case 1: while (n) { case 2: n--; } }',
    ],
    [
      'retry: if (n) goto out; n = 1; goto retry; out:',
      'retry: if (n) goto out; n = 1; goto retry; out: empty;',
    ],
    [
      'switch (n) { case 1: int x = 1; g = x; break; default: }',
      'switch (n) { case 1: int x = 1; g = x; break; default: empty; }',
    ],
    ['int g = 1; { int g = 2; g++; } g++;', "int g = 1; { int g'2 = 2; g'2++; } g++;"],
    [
      'int a[2] = { 1 }, *q, m; q = &g; m = a[n] + *q;',
      'int [2] a = {[0]=1}; int * q; int m; q = &g; m = (a[n] + *q);',
    ],
    ['int a[] = { 1, 2, 3 }; g = sizeof(a);', 'int [3] a = {[0]=1, [1]=2, [2]=3}; g = 12;'],
    ['static int calls = 3; calls++;', 'calls++;'],
    [';;', 'empty; empty;'],
    ['return;', 'return;'],
    [
      '[[maybe_unused]] int x = 1; switch (x) { case 1: [[fallthrough]]; default: ; }',
      'int x = 1; switch (x) { case 1: empty; default: empty; }',
    ],
    ['if (n) return; else ; { }', 'if (n) return; else empty; {  }'],
    [
      'typedef int local_t; local_t x = 3; struct pt { int x, y; } pt = { 1, 2 }; enum { A = 7 }; x = A + pt.y;',
      'int x = 3; struct pt pt = {.x=1, .y=2}; x = (7 + pt.y);',
    ],
  ])('%s', (text, wanted) => {
    expect(body(text).join(' ')).toBe(wanted);
  });

  test('static locals are globals of the model, with their function', () => {
    const model = accept('int f(void) { static int calls = 3; return calls++; }');
    expect(model.globals.find((g) => g.name === 'calls')).toMatchObject({
      storage: 'static-local',
      fn: 'f',
      unique: 'calls',
    });
  });

  test('a function that cannot reach its end needs no return there', () => {
    accept('int f(int n) { for (;;) { if (n) return 1; } }');
    accept('int f(int n) { switch (n) { case 1: return 1; default: return 2; } }');
    accept('int f(int n) { if (n) return 1; else return 2; }');
    accept('int f(int n) { retry: if (n) return 1; goto retry; }');
    accept('int f(int n) { do { return n; } while (0); }');
    accept('int f(int n) { if (n) return 1; BUG(); }');
  });
});

describe('declarations', () => {
  test('static initialisers', () => {
    const model = accept(`struct ops { int (*read)(int); void (*none)(void); };
      static int rd(int a) { return a; }
      const struct ops ops = { .read = rd }, more = { &rd, NULL };
      struct in { int a[2]; struct in *self; }; struct out { struct in in; int n; struct in two[2]; };
      struct in in = { { 1 }, &in };
      struct out out = { .in.a[1] = 7, .in.self = &in, .two[0 ... 1] = { .self = &out.two[1] }, .n = sizeof(int) };
      int arr[2][2] = { 1, 2, 3, 4 }, open[] = { [3] = 1 };
      int *const cell = &arr[1][0]; struct out elided = { 1, 2, 0, 5 };
      spinlock_t lock = { .owner = 0 }; enum e { X = -1 } e = X; bool flag = 5;`);
    const all = ['ops', 'more', 'in', 'out', 'arr', 'open', 'cell', 'elided', 'lock', 'e', 'flag'];
    expect(all.map((n) => `${n}: ${globalInit(model, n)}`)).toMatchInlineSnapshot(`
      [
        "ops: struct ops = {.read=&rd}",
        "more: struct ops = {.read=&rd, .none=0:void (*)(void)}",
        "in: struct in = {.a={[0]=1}, .self=&in}",
        "out: struct out = {.in={.a={[1]=7}, .self=&in}, .two={[0]={.self=&out.two[1]}, [1]={.self=&out.two[1]}}, .n=4}",
        "arr: int [2][2] = {[0]={[0]=1, [1]=2}, [1]={[0]=3, [1]=4}}",
        "open: int [4] = {[3]=1}",
        "cell: int * = &arr[1][0]",
        "elided: struct out = {.in={.a={[0]=1, [1]=2}, .self=0:struct in *}, .n=5}",
        "lock: spinlock_t = {.owner=0:thread_t}",
        "e: enum e = -1:enum e",
        "flag: bool = 1:bool",
      ]
    `);
  });

  test('anonymous structs: names, braces and layout', () => {
    const model =
      accept(`struct s { char a; struct { int b; char c; }; char d; } s = { 1, { 2, 3 }, 4 }, t = { 1, 2, 3, 4 }, v = { .c = 5 };
      int size = sizeof(struct s), at = offsetof(struct s, d); int f(struct s *p) { return p->b + p->d; }`);
    expect(['s', 't', 'v', 'size', 'at'].map((n) => globalInit(model, n))).toEqual([
      'struct s = {.a=1:char, .b=2, .c=3:char, .d=4:char}',
      'struct s = {.a=1:char, .b=2, .c=3:char, .d=4:char}',
      'struct s = {.c=5:char}',
      'int = 16',
      'int = 12',
    ]);
  });

  test('declarators', () => {
    const model =
      accept(`int (*fp)(int, struct x *), *ap[3], (*pa)[3], m[2][3]; unsigned long long int a; long int long b;
      signed c; unsigned d; unsigned short e; const char *f; char *const g = NULL; signed char h; long unsigned i; _Bool j;`);
    expect(
      model.globals
        .filter((v) => !v.name.startsWith('__'))
        .map((v) => `${v.name}: ${globalInit(model, v.unique)}`),
    ).toMatchInlineSnapshot(`
      [
        "fp: int (*)(int, struct x *)",
        "ap: int *[3]",
        "pa: int (*)[3]",
        "m: int [2][3]",
        "a: unsigned long long",
        "b: long long",
        "c: int",
        "d: unsigned int",
        "e: unsigned short",
        "f: const char *",
        "g: char * = 0:char *",
        "h: signed char",
        "i: unsigned long",
        "j: bool",
      ]
    `);
  });

  test('attributes', () => {
    const model = accept(`
      [[mm::word]] typedef struct { struct page *page; bool dirty; } pte_t;
      struct [[mm::word]] two { int a, b; };
      struct page { [[mm::range(-1, 3)]] int state; [[mm::ghost]] int seen; int count [[mm::range(0, 3)]]; };
      [[mm::ghost]] int old; [[mm::range(0, NR_THREADS)]] int users; pte_t pte[2];
      [[mm::operation]] void truncate(void) { old = users; }
      [[mm::atomic]] static void set(pte_t *p, pte_t v) { *p = v; }
      [[mm::thread]] void CPU0(void) { truncate(); set(&pte[0], (pte_t){ .dirty = true }); }
      [[mm::thread("kswapd"), mm::daemon]] void scan(void) { }
      [[mm::thread(2)]] void cpu(int n) { users = n; }
      [[mm::invariant("I1")]] bool i1(void) { return true; }
      [[mm::invariant("I2", "idle", "truncate")]] bool i2(void) { return old == users; }
      [[mm::invariant("I3", "ensures", "truncate")]] bool i3(void) { return !pte[0].page; }`);
    const struct = (name: string) => model.structs.find((s) => s.name === name);
    expect(struct('pte_t')).toMatchObject({ word: true, lock: false });
    expect(struct('struct two')).toMatchObject({ word: true });
    expect(struct('spinlock_t')).toMatchObject({ lock: true, fields: [{ name: 'owner', part: 'owner' }] });
    expect(struct('struct page')?.fields.map((f) => [f.name, f.range, f.ghost])).toEqual([
      ['state', [-1, 3], false],
      ['seen', undefined, true],
      ['count', [0, 3], false],
    ]);
    expect(model.threadCount).toBe(5);
    expect(fn(model, 'CPU0').thread).toEqual({ daemon: false });
    expect(fn(model, 'scan').thread).toEqual({ name: 'kswapd', daemon: true });
    expect(fn(model, 'cpu').thread).toEqual({ count: 2, daemon: false });
    expect(fn(model, 'truncate').operation).toBe(true);
    expect(fn(model, 'set')).toMatchObject({ atomic: true, opaque: true, isStatic: true });
    expect(fn(model, 'spin_lock')).toMatchObject({ atomic: true, opaque: true, step: 'acquire' });
    expect(fn(model, 'i1').invariant).toEqual({ name: 'I1', when: 'strict', operations: [] });
    expect(fn(model, 'i2').invariant).toEqual({ name: 'I2', when: 'idle', operations: ['truncate'] });
    expect(fn(model, 'i3').invariant).toEqual({ name: 'I3', when: 'ensures', operations: ['truncate'] });
    expect(model.globals.find((g) => g.name === 'users')?.range).toEqual([0, 5]);
  });

  test('NR_THREADS counts the threads of both files', () => {
    const result = run('', {
      units: {
        'a.c': '[[mm::thread]] void a(void) { }\nint x[NR_THREADS];',
        'b.c': '[[mm::thread(3)]] void b(int n) { }',
      },
    });
    expect(result.ok && globalInit(result.model, 'x')).toBe('int [4]');
  });

  test('&local and arrays may be arguments; what is assigned or has its address taken is marked', () => {
    const model = accept(`void set(int *p) { *p = 1; } void first(int *p, int v) { p = 0; v++; }
      int f(int a) { int x, arr[2]; struct { int y; } s; set(&x); set(&s.y); set(arr); set(&arr[1]); set((&x)); first(&a, x); return x; }`);
    expect(fn(model, 'first').params.map((p) => [p.name, p.assigned, p.addressTaken])).toEqual([
      ['p', true, false],
      ['v', true, false],
    ]);
    expect(fn(model, 'f').locals.map((p) => [p.name, p.addressTaken])).toEqual([
      ['x', true],
      ['arr', true],
      ['s', true],
    ]);
    expect(fn(model, 'f').params[0]).toMatchObject({ addressTaken: true, assigned: true });
  });

  test('recursive types, forward declarations, tentative and extern', () => {
    accept(`struct a; struct b { struct a *a; struct c *c; }; struct a { struct b b; }; struct c { int x; };
      int f(struct c *); extern int e; int t; int t; int e = 2; static int later(void); int g(void) { return later() + e + t; }
      static int later(void) { return 1; } int f(struct c *c) { return c->x; } int use(struct b *b) { return f(b->c); }`);
  });

  test('indirect calls through ops tables', () => {
    const model =
      accept(`struct vma; struct ops { int (*nopage)(struct vma *, int); }; struct vma { const struct ops *ops; };
      int call(struct vma *v) { int (*fn)(struct vma *, int) = v->ops->nopage; if (!fn) return 0; return v->ops->nopage(v, 1) + (*v->ops->nopage)(v, 2) + fn(v, 3); }`);
    expect(bodyOf(model, 'call').at(-1)).toBe(
      'return (((*v->ops->nopage)(v, 1) + (*v->ops->nopage)(v, 2)) + (*fn)(v, 3));',
    );
  });
});

test('the real prelude and everything that it offers', () => {
  const text = `#define NR 2
    spinlock_t lock; struct mutex m; struct semaphore sem; struct rw_semaphore rw; wait_queue_head_t wq; atomic_t a;
    struct list_head head = LIST_HEAD_INIT(head); struct entry { int x; struct list_head link; } entry[NR];
    [[mm::thread(2)]] void cpu(int n) {
      struct entry *e;
      spin_lock(&lock); spin_unlock(&lock); mutex_lock(&m); mutex_unlock(&m); down(&sem); up(&sem);
      down_read(&rw); up_read(&rw); atomic_inc(&a); wait_event(wq, atomic_read(&a) > 0); wake_up(&wq);
      list_for_each_entry(e, &head, struct entry, link) e->x = n;
      BUG_ON(n > 1); synchronize_rcu(); cond_resched();
    }`;
  const result = run(text, { prelude: realPrelude });
  expect(result.ok ? [] : result.diagnostics).toEqual([]);
});
