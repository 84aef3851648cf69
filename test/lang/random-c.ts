// SPDX-License-Identifier: GPL-2.0-only
// Owns random sequential programs of the C subset, without undefined behaviour, for comparison with gcc.

import { Rng } from '../../src/base/rng.ts';

/** One generated program: `text` is a model with one thread; `cells` are the globals to compare, as C expressions. */
export interface RandomProgram {
  readonly text: string;
  readonly cells: readonly string[];
}

const TYPES = [
  'signed char', 'unsigned char', 'short', 'unsigned short', 'int', 'unsigned int', 'long', 'unsigned long', 'long long', 'unsigned long long', 'bool', 'char',
]; // prettier-ignore

interface Scope {
  /** Readable scalar lvalues. */
  readonly reads: string[];
  /** Assignable scalar lvalues. */
  readonly writes: string[];
  loops: number;
}

export function randomProgram(seed: number): RandomProgram {
  return new Generator(new Rng(seed)).program();
}

class Generator {
  private names = 0;
  private readonly rng: Rng;
  private readonly functions: { name: string; params: number; byPointer: boolean }[] = [];
  private readonly globals: string[] = [];
  private readonly lines: string[] = [];
  private labels = 0;

  constructor(rng: Rng) {
    this.rng = rng;
  }

  program(): RandomProgram {
    const cells: string[] = [];
    this.lines.push('enum colour { RED, GREEN = 5, BLUE };', 'typedef unsigned int word_t;');
    this.lines.push(`struct inner { ${this.type()} a; ${this.type()} b[3]; };`);
    this.lines.push(
      `struct outer { ${this.type()} x; struct inner in; struct inner two[2]; enum colour c; ${this.type()} *p; };`,
    );
    this.lines.push('struct ops { int (*first)(int a); int (*second)(int a); };');
    for (let i = 0; i < 6; i++) {
      const name = `g${i}`;
      this.lines.push(`${this.type()} ${name} = ${this.literal()};`);
      cells.push(name);
      this.globals.push(name);
    }
    this.lines.push(`${this.type()} arr[4] = { ${this.literal()}, [2] = ${this.literal()} };`);
    this.lines.push(
      `struct outer s = { .x = ${this.literal()}, .in = { .b = { 1, ${this.literal()} } }, .c = GREEN };`,
      'struct outer t;',
    );
    for (let i = 0; i < 4; i++) cells.push(`arr[${i}]`);
    for (const o of ['s', 't']) {
      cells.push(`${o}.x`, `${o}.in.a`, `${o}.c`, `${o}.two[0].a`, `${o}.two[1].b[2]`);
      for (let i = 0; i < 3; i++) cells.push(`${o}.in.b[${i}]`);
    }
    this.globals.push(
      ...cells.filter((c) => c.startsWith('s.') || c.startsWith('t.') || c.startsWith('arr')),
    );
    this.lines.push(
      'static int twice(int a) { return (int)((unsigned int)a * 2u); }',
      'static int minus(int a) { return (int)(0u - (unsigned int)a); }',
    );
    this.lines.push(
      'static const struct ops ops_a = { .first = twice, .second = minus };',
      'static const struct ops ops_b = { .first = minus };',
    );
    for (let i = 0; i < 3; i++) this.addFunction(i);
    const scope: Scope = { reads: [...this.globals], writes: [...this.globals], loops: 0 };
    this.lines.push('[[mm::thread]] void run(void)', '{');
    this.lines.push('\tconst struct ops *ops = &ops_a;', '\tstruct outer *po = &s;', '\tstruct inner copy;');
    scope.reads.push('po->x', 'po->in.a');
    scope.writes.push('po->x', 'po->in.b[1]');
    this.body(scope, 1, 10);
    this.lines.push(
      `\tif (${this.expr(scope, 2)}) ops = &ops_b;`,
      '\tif (ops->second)',
      '\t\tg1 = ops->second((int)g2);',
      '\tg2 = ops->first((int)g1);',
    );
    this.lines.push('\tcopy = s.in;', '\tt.in = copy;', '\tt.two[1] = po->in;', '\tpo = &t;');
    this.body(scope, 1, 6);
    this.lines.push('}');
    return { text: `${this.lines.join('\n')}\n`, cells };
  }

  private addFunction(i: number): void {
    const params = 1 + this.rng.below(2);
    const byPointer = i === 2;
    const names = Array.from({ length: params }, (_, k) => `a${k}`);
    const head = names.map((n) => `${this.type()} ${n}`).concat(byPointer ? ['long *out'] : []);
    const scope: Scope = {
      reads: [...this.globals, ...names],
      writes: [...this.globals, ...names],
      loops: 0,
    };
    if (byPointer) scope.reads.push('*out');
    if (byPointer) scope.writes.push('*out');
    this.lines.push(`static inline ${this.type()} f${i}(${head.join(', ')})`, '{');
    this.body(scope, 1, 4);
    if (this.rng.below(2))
      this.lines.push(`\tif (${this.expr(scope, 1)})`, `\t\treturn ${this.expr(scope, 1)};`);
    this.lines.push(`\treturn ${this.expr(scope, 2)};`, '}');
    this.functions.push({ name: `f${i}`, params, byPointer });
  }

  private body(outer: Scope, depth: number, count: number): void {
    const scope: Scope = { reads: [...outer.reads], writes: [...outer.writes], loops: outer.loops };
    const locals = 1 + this.rng.below(3);
    for (let i = 0; i < locals; i++) {
      const name = this.rng.below(6) === 0 && depth > 1 ? 'v0' : `v${this.names++}`;
      this.put(
        depth,
        `${this.type()} ${name} = ${this.expr({ ...scope, reads: scope.reads.filter((r) => r !== name) }, 2)};`,
      );
      if (!scope.reads.includes(name)) scope.reads.push(name);
      if (!scope.writes.includes(name)) scope.writes.push(name);
      if (name === 'v0') break;
    }
    for (let i = 0; i < count; i++) this.statement(scope, depth);
  }

  private put(depth: number, text: string): void {
    this.lines.push('\t'.repeat(depth) + text);
  }

  private statement(scope: Scope, depth: number): void {
    const pick = this.rng.below(depth > 3 ? 6 : 14);
    const to = this.rng.pick(scope.writes);
    if (pick < 3) return this.put(depth, `${to} = ${this.expr(scope, 3)};`);
    if (pick < 5)
      return this.put(
        depth,
        `${to} ${this.rng.pick(['+=', '-=', '*=', '&=', '|=', '^='])} ${this.expr(scope, 2)};`,
      );
    if (pick === 5)
      return this.put(
        depth,
        this.rng
          .pick([`${to}++;`, `--${to};`, `++${to};`, `${to}--;`])
          .replace('*out++', '(*out)++')
          .replace('*out--', '(*out)--'),
      );
    if (pick < 8) {
      this.put(depth, `if (${this.expr(scope, 2)}) {`);
      this.body(scope, depth + 1, 2);
      this.put(depth, '} else {');
      this.body(scope, depth + 1, 1);
      return this.put(depth, '}');
    }
    if (pick === 8) return this.loop(scope, depth);
    if (pick === 9) return this.switchOn(scope, depth);
    if (pick === 10) return this.call(scope, depth, to);
    if (pick === 11) return this.put(depth, `${to} = (${this.expr(scope, 1)}, ${this.expr(scope, 1)});`);
    if (pick === 12) {
      const label = `l${this.labels++}`;
      this.put(depth, `if (${this.expr(scope, 1)})`);
      this.put(depth + 1, `goto ${label};`);
      this.put(depth, `${to} = ${this.expr(scope, 2)};`);
      return this.put(0, `${label}: ;`);
    }
    this.put(depth, `arr[(unsigned int)(${this.expr(scope, 1)}) % 4u] = ${this.expr(scope, 2)};`);
  }

  private loop(scope: Scope, depth: number): void {
    if (scope.loops > 1) return this.put(depth, ';');
    const i = `i${this.names++}`;
    const inner: Scope = { reads: [...scope.reads, i], writes: scope.writes, loops: scope.loops + 1 };
    const times = 1 + this.rng.below(4);
    const form = this.rng.below(3);
    if (form === 0) this.put(depth, `for (int ${i} = 0; ${i} < ${times}; ${i}++) {`);
    else if (form === 1)
      this.lines.push(
        `${'\t'.repeat(depth)}{ int ${i} = 0;`,
        `${'\t'.repeat(depth)}while (${i}++ < ${times}) {`,
      );
    else this.lines.push(`${'\t'.repeat(depth)}{ int ${i} = 0;`, `${'\t'.repeat(depth)}do {`);
    this.body(inner, depth + 1, 2);
    if (this.rng.below(2))
      this.put(
        depth + 1,
        `if (${this.expr(inner, 1)}) ${form === 0 ? this.rng.pick(['break', 'continue']) : 'break'};`,
      );
    if (form === 0) this.put(depth, '}');
    else if (form === 1) this.put(depth, '} }');
    else this.put(depth, `} while (++${i} < ${times}); }`);
  }

  private switchOn(scope: Scope, depth: number): void {
    this.put(depth, `switch ((${this.expr(scope, 2)}) & 3) {`);
    for (const k of [0, 1, 2]) {
      this.put(depth, `case ${k}:`);
      this.put(depth + 1, `${this.rng.pick(scope.writes)} = ${this.expr(scope, 2)};`);
      if (this.rng.below(2)) this.put(depth + 1, 'break;');
    }
    this.put(depth, 'default:');
    this.put(depth + 1, `${this.rng.pick(scope.writes)} ^= 1;`);
    this.put(depth, '}');
  }

  private call(scope: Scope, depth: number, to: string): void {
    const f = this.functions.length ? this.rng.pick(this.functions) : undefined;
    if (!f) return this.put(depth, ';');
    const args = Array.from({ length: f.params }, () => this.expr(scope, 1));
    if (!f.byPointer) return this.put(depth, `${to} = ${f.name}(${args.join(', ')});`);
    const out = `o${this.names++}`;
    this.put(depth, `{ long ${out} = ${this.literal()};`);
    this.put(depth, `${to} = ${f.name}(${[...args, `&${out}`].join(', ')});`);
    this.put(depth, `${this.rng.pick(this.globals)} ^= ${out}; }`);
  }

  private type(): string {
    return this.rng.pick(TYPES);
  }

  private literal(): string {
    return this.rng.pick([
      '0',
      '1',
      '-1',
      '2',
      '7',
      '100',
      '-128',
      '255',
      '65535',
      '-40000',
      '0x7fffffff',
      '2147483648u',
      '0xffffffffu',
      '0x7fffffffffffffffl',
      '9007199254740993ll',
      '0xfedcba9876543210ul',
      "'A'",
      'GREEN',
      'BLUE',
      '(int)sizeof(long)',
    ]);
  }

  private expr(scope: Scope, depth: number): string {
    if (depth === 0 || this.rng.below(5) === 0)
      return this.rng.below(3) === 0 ? this.literal() : this.rng.pick(scope.reads);
    const a = (): string => this.expr(scope, depth - 1);
    switch (this.rng.below(13)) {
      case 0:
        return `(${a()} + ${a()})`;
      case 1:
        return `(${a()} - ${a()})`;
      case 2:
        return `(${a()} * ${a()})`;
      case 3:
        return `(${a()} / ((${a()} & 7) + 1))`;
      case 4:
        return `(${a()} % ((${a()} & 7) + 1))`;
      case 5:
        return `(${a()} ${this.rng.pick(['&', '|', '^'])} ${a()})`;
      case 6:
        return `(${a()} ${this.rng.pick(['<<', '>>'])} (${a()} & 7))`;
      case 7:
        return `(${a()} ${this.rng.pick(['<', '<=', '>', '>=', '==', '!='])} ${a()})`;
      case 8:
        return `(${a()} ${this.rng.pick(['&&', '||'])} ${a()})`;
      case 9:
        return `(${a()} ? ${a()} : ${a()})`;
      case 10:
        return `(${this.rng.pick(['-', '~', '!'])}(${a()}))`;
      case 11:
        return `((${this.type()})${a()})`;
      default:
        return `arr[(unsigned int)${a()} % 4u]`;
    }
  }
}
