// SPDX-License-Identifier: GPL-2.0-only
// Owns random concurrent models in C: locks kept well and badly, twins, pointers, pools, operations and invariants.

import { Rng } from '../../src/base/rng.ts';

const CELLS = ['x', 'y', 'z', 'box[0].v', 'box[1].v', 'b->v'];

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

  constructor(rng: Rng) {
    this.#rng = rng;
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
      this.#function('[[mm::operation]] void op(struct box *b)', 4),
      this.#function('void helper(struct box *b)', 3),
      `[[mm::thread${twins}]] void cpu(${parameter})\n{\n\tstruct box *b = ${this.#one(['&box[0]', '&box[1]', 'head', 'first'])};\n${this.#body(7, 1, true)}}`,
      `[[mm::thread]] ${this.#one(['', '[[mm::daemon]] '])}void other(void)\n{\n\tstruct box *b = ${this.#one(['&box[0]', '&box[1]', 'head', 'first'])};\n${this.#body(6, 1, true)}}`,
      ...this.#invariants(),
    ].join('\n');
  }

  #function(head: string, statements: number): string {
    return `${head}\n{\n${this.#body(statements, 1, false)}}`;
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
        return line(mayCall && this.#atomic === 0 ? this.#one(['op(b);', 'helper(b);']) : 'barrier();');
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
      '[[mm::invariant("S1", "strict")]] bool s1(void) { return x + y != 5; }',
      '[[mm::invariant("S2", "strict")]] bool s2(void) { return box[0].v < 3 || seen; }',
      '[[mm::invariant("E1", "ensures", "op")]] bool e1(void) { return z != 2; }',
      '[[mm::invariant("I1", "idle", "op")]] bool i1(void) { return y != 3; }',
      '[[mm::invariant("I2", "idle", "op")]] bool i2(void) { return x == 0 || y < 3; }',
    ];
    return all.filter(() => this.#rng.below(3) === 0);
  }

  #one(list: readonly string[]): string {
    return this.#rng.pick(list);
  }
}
