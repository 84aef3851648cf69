// SPDX-License-Identifier: GPL-2.0-only
// Owns random concurrent models in C: locks kept well and badly, twins, pointers, pools, operations and invariants.

import { Rng } from '../../src/base/rng.ts';

const CELLS = ['x', 'y', 'z', 'box[0].v', 'box[1].v', 'b->v'];

/** What else there is in C and in the prelude: a model has a few of them. Each has what it declares, and statements. */
const THEMES: readonly {
  readonly global: string;
  readonly local?: string;
  readonly lines: readonly string[];
}[] = [
  {
    global: 'wait_queue_head_t wq;',
    lines: [
      'wake_up(&wq);',
      'x = 1; wake_up(&wq);',
      'wait_event(wq, y == 0);',
      'prepare_to_wait(&wq); finish_wait(&wq);',
    ],
  },
  {
    global: 'struct completion done;',
    lines: ['complete(&done);', 'wait_for_completion(&done);', 'complete_all(&done);'],
  },
  {
    global: 'int guarded;',
    lines: [
      'synchronize_rcu();',
      'rcu_read_lock(); x = guarded; rcu_read_unlock();',
      'guarded = 1;',
      'rcu_read_lock(); rcu_read_unlock();',
    ],
  },
  {
    global:
      'struct item { int v; struct list_head link; }; struct item it[2]; struct list_head list = LIST_HEAD_INIT(list);',
    local: 'struct item *e = container_of(list.next, struct item, link); struct list_head *at = &e->link;',
    lines: [
      'list_add(&it[0].link, &list);',
      'e = list_entry(list.next, struct item, link);',
      'at = &e->link;',
      'at->next = &it[1].link; at->prev = &it[1].link;',
      'if (at != &list) e->v = 1;',
      'x = list.next == &it[1].link;',
      'y = list.prev == &it[1].link;',
      'at = &list;',
      'if (!list_empty(&list)) y = 2;',
    ],
  },
  {
    global: 'spinlock_t sp[2]; int under[2];',
    local: 'spinlock_t *p = &sp[0]; int way = 1;',
    lines: [
      'p = &sp[x & 1];',
      'way = choose(2); p = &sp[way];',
      'spin_lock(p); under[0]++; under[0] &= 3; spin_unlock(p);',
      'spin_lock(&sp[way]); under[way] = 2; x = under[way]; spin_unlock(&sp[way]);',
      'spin_lock(&sp[1]); under[1] = 0; under[1] = y; spin_unlock(&sp[1]);',
      'if (spin_trylock(p)) spin_unlock(p);',
    ],
  },
  {
    global: 'struct mutex mx[2]; int kept[2];',
    local: 'struct mutex *mp = &mx[0];',
    lines: [
      'mp = &mx[x & 1];',
      'mutex_lock(mp); kept[0] = x; kept[0] ^= 1; mutex_unlock(mp);',
      'mutex_lock(&mx[0]); kept[0] = 1; x = kept[0]; kept[1] = 2; mutex_unlock(&mx[0]);',
      'if (mutex_trylock(&mx[1])) { kept[1] = 1; kept[1] = 0; mutex_unlock(&mx[1]); }',
    ],
  },
  {
    global:
      'struct percpu { int a; int b; }; struct percpu per[NR_THREADS]; int grid[NR_THREADS][2]; thread_t who; struct percpu *some; int *mine;',
    lines: [
      'per[smp_processor_id()].a = 1;',
      'per[smp_processor_id()].b = x;',
      'y = per[smp_processor_id()].b;',
      'x = per[x & 1].b;',
      'x = per[choose(2)].a;',
      'grid[smp_processor_id()][1] ^= 1;',
      'x = grid[smp_processor_id()][y & 1];',
      'who = current;',
      'if (who == current) x = 2;',
      'if (!who) who = current;',
      'who = NULL;',
      'if (!mine) mine = &grid[smp_processor_id()][0];',
      'if (mine == &grid[smp_processor_id()][0]) x = 1;',
      'some = &per[smp_processor_id()];',
      'if (some) some->a = 2;',
    ],
  },
  {
    global:
      'enum colour { RED, GREEN, BLUE }; struct pair { u8 a; enum colour colour; struct box *to; }; struct pair one, two; [[mm::range(0, 3)]] int few;',
    local: 'struct pair here = { 0 };',
    lines: [
      'one = two;',
      'here = one;',
      'two = here;',
      'here.a--; one = here;',
      'one.colour = GREEN;',
      'if (two.colour == GREEN) x = 1;',
      'two.to = &box[1];',
      'if (one.to) one.to->v = 1;',
      'b = here.to ? here.to : b;',
      'one.a = one.a - 128;',
      'few = x;',
      'two.a += 255;',
    ],
  },
  {
    global: 'int flag, only; atomic_t count; seqlock_t seq; unsigned long bits;',
    local: 'int i = 0;',
    lines: [
      'for (i = 0; i < 2; i++) x = choose(2);',
      'for (i = 0; i < 2; i++) flag ^= 1;',
      'if (only) x = 3;',
      'if (atomic_inc_return(&count) > 2) atomic_set(&count, 0);',
      'write_seqlock(&seq); y ^= 1; write_sequnlock(&seq);',
      'if (test_and_set_bit(1, &bits)) clear_bit(1, &bits);',
      'bit();',
      'while (flag) cond_resched();',
    ],
  },
  {
    global: 'bit_lock_t pg; int data; struct rw_semaphore two_way; int shared_by;',
    lines: [
      'bit_lock(&pg); data = x; data ^= 1; bit_unlock(&pg);',
      'if (bit_trylock(&pg)) bit_unlock(&pg);',
      'bit_wait(&pg);',
      'down_write(&two_way); shared_by = x; shared_by = 1; downgrade_write(&two_way); y = shared_by; up_read(&two_way);',
      'if (down_read_trylock(&two_way)) { x = shared_by; up_read(&two_way); }',
      'down_write(&two_way); shared_by = 0; x = shared_by; up_write(&two_way);',
    ],
  },
];

/** A model of two or three threads, small enough for a search to come to its end; mostly. Same seed, same text. */
export function randomConcurrentC(seed: number): string {
  return new Writer(new Rng(seed)).model();
}

class Writer {
  readonly #rng: Rng;
  /** Statements that may still be written. */
  #budget = 0;
  #label = 0;
  /** Spinlocks held around what is being written: nothing there should sleep. Mostly. */
  #atomic = 0;
  readonly #themes: typeof THEMES;
  /** Of six statements so many are about the themes. */
  readonly #share: number;

  constructor(rng: Rng) {
    this.#rng = rng;
    this.#themes = Array.from({ length: rng.below(3) }, () => rng.pick(THEMES));
    if (this.#themes[0] === this.#themes[1]) this.#themes = this.#themes.slice(1);
    this.#share = 1 + rng.below(5);
  }

  model(): string {
    const twins = this.#one(['', '(2)', '(2)', '(3)']);
    const parameter = twins === '' ? 'void' : 'int n';
    return [
      'struct box { spinlock_t lock; int v; };',
      'struct obj { int v; };',
      'spinlock_t l, k; struct mutex m; struct semaphore s = __SEMAPHORE_INITIALIZER(1); struct rw_semaphore rw;',
      'struct box box[2]; struct box *head = &box[0]; struct box *const first = &box[0];',
      `[[mm::pool]] ${this.#one(['', '[[mm::type_stable]] '])}struct obj obj[2]; struct obj *shared;`,
      `int x, y, z; int own[4]; ${this.#one(['', '[[mm::ghost]] '])}int seen;`,
      ...this.#themes.map(({ global }) => global),
      '[[mm::atomic]] void bit(void) { x ^= 1; y = x; }',
      this.#function('[[mm::operation]] void inner(struct box *b)', 2),
      this.#function('[[mm::operation]] void op(struct box *b)', 3),
      this.#function('void helper(struct box *b)', 2),
      `[[mm::thread${twins}]] void cpu(${parameter})\n{\n\tstruct box *b = ${this.#one(['&box[0]', '&box[1]', 'head', 'first'])};\n${this.#locals()}${this.#body(5, 1, true)}}`,
      `[[mm::thread]] ${this.#one(['', '[[mm::daemon]] '])}void other(void)\n{\n\tstruct box *b = ${this.#one(['&box[0]', '&box[1]', 'head', 'first'])};\n${this.#locals()}${this.#body(4, 1, true)}}`,
      ...this.#invariants(),
    ].join('\n');
  }

  #function(head: string, statements: number): string {
    return `${head}\n{\n${this.#locals()}${this.#body(statements, 1, false)}}`;
  }

  #locals(): string {
    return this.#themes.map(({ local = '' }) => (local === '' ? '' : `\t${local}\n`)).join('');
  }

  #body(budget: number, depth: number, mayCall: boolean): string {
    this.#budget = budget;
    let text = '';
    while (this.#budget > 0) text += this.#statement(depth, mayCall);
    return text;
  }

  #block(depth: number, mayCall: boolean): string {
    const count = 1 + this.#rng.below(2);
    return Array.from({ length: count }, () => this.#statement(depth, mayCall)).join('');
  }

  #statement(depth: number, mayCall: boolean): string {
    this.#budget -= 1;
    const tab = '\t'.repeat(depth);
    const line = (text: string): string => `${tab}${text}\n`;
    const inside = (): string => this.#block(depth, mayCall);
    if (this.#themes.length > 0 && this.#rng.below(6) < this.#share)
      return line(this.#one(this.#one(this.#themes).lines));
    let kind = this.#rng.below(depth > 3 ? 5 : 20);
    if (this.#atomic > 0 && kind >= 9 && kind < 15 && this.#rng.below(12) > 0) kind = 0;
    switch (kind) {
      case 0:
      case 1:
        return line(`${this.#cell()} = (${this.#value()} + ${this.#rng.below(2)}) & 3;`);
      case 2:
        return line(`own[smp_processor_id()] = ${this.#value()};`);
      case 3:
        return line(
          this.#one(['seen = 1;', `assert(${this.#condition()});`, 'WITNESS', 'barrier();']).replace(
            'WITNESS',
            `witness("w${this.#label++}");`,
          ),
        );
      case 4:
        return line(`${this.#cell()} ${this.#one(['|=', '^='])} 1;`);
      case 5:
      case 6:
        return `${line(`if (${this.#condition()}) {`)}${this.#statement(depth + 1, mayCall)}${line('}')}`;
      case 7:
        return line(
          mayCall && this.#atomic === 0 ? this.#one(['op(b);', 'helper(b);', 'inner(b);']) : 'barrier();',
        );
      case 8: {
        const lock = this.#one(['&l', '&k', '&b->lock']);
        const locked = this.#spinning(() => this.#statement(depth + 1, mayCall));
        return `${line(`if (spin_trylock(${lock})) {`)}${locked}${line(`\tspin_unlock(${lock});`)}${line('}')}`;
      }
      case 9:
        return line(this.#one(['b = head;', 'head = b;', 'b = &box[1];', 'head = &box[1];']));
      case 10: {
        const object = `o${this.#label++}`;
        const use = this.#one([`shared = ${object};`, `${object}->v = 1;`, '']);
        return `${line('{')}${line(`\tstruct obj *${object} = alloc(obj);`)}${line(`\t${use}`)}${line(`\tfree(${object});`)}${line('}')}`;
      }
      case 11:
        return line(
          this.#one(['if (shared) shared->v = 2;', `x = choose(2);`, 'while (!z) cond_resched();']),
        );
      case 12:
        return `${line('mutex_lock(&m);')}${inside()}${line('mutex_unlock(&m);')}`;
      case 13:
        return `${line('down(&s);')}${inside()}${line('up(&s);')}`;
      case 14: {
        const way = this.#one(['read', 'read', 'write']);
        return `${line(`down_${way}(&rw);`)}${inside()}${line(`up_${way}(&rw);`)}`;
      }
      default: {
        const lock = this.#one(['&l', '&l', '&k', '&b->lock', '&first->lock', '&box[1].lock']);
        const unlock = this.#rng.below(60) === 0 ? '&k' : lock;
        return `${line(`spin_lock(${lock});`)}${this.#spinning(inside)}${line(`spin_unlock(${unlock});`)}`;
      }
    }
  }

  #spinning(write: () => string): string {
    this.#atomic += 1;
    const text = write();
    this.#atomic -= 1;
    return text;
  }

  #cell(): string {
    return this.#one(CELLS);
  }

  #value(): string {
    return this.#one([...CELLS, '1', '2', 'own[smp_processor_id()]']);
  }

  #condition(): string {
    return `${this.#cell()} ${this.#one(['==', '!=', '<'])} ${this.#one(['0', '1', this.#cell()])}`;
  }

  #invariants(): string[] {
    const all = [
      '[[mm::invariant("S3", "strict")]] bool s3(void) { return x != 1 || y != 0; }',
      '[[mm::invariant("S1", "strict")]] bool s1(void) { return x + y != 5; }',
      '[[mm::invariant("S2", "strict")]] bool s2(void) { return box[0].v < 3 || seen; }',
      '[[mm::invariant("E1", "ensures", "op")]] bool e1(void) { return z != 2; }',
      '[[mm::invariant("I1", "idle", "op")]] bool i1(void) { return y != 3; }',
      '[[mm::invariant("I2", "idle", "op")]] bool i2(void) { return x == 0 || y < 3; }',
    ];
    return all.filter(() => this.#rng.below(3) === 0);
  }

  #one<T>(list: readonly T[]): T {
    return this.#rng.pick(list);
  }
}
