// SPDX-License-Identifier: GPL-2.0-only
// Owns a small builder for Programs written by hand, as an assembler for the language that lang compiles to.

import {
  END,
  UNINIT,
  type Assign,
  type BinaryOp,
  type Edge,
  type Expr,
  type Fail,
  type IntType,
  type InvariantProgram,
  type LockInfo,
  type Node,
  type Num,
  type ObjectInfo,
  type Place,
  type PoolInfo,
  type Program,
  type ProgramSite,
  type ShownAs,
  type StepKind,
  type Target,
  type ThreadProgram,
  type TroubleKind,
  type Var,
  type VarId,
} from '../../src/lang/program.ts';

export const s32: IntType = { bits: 32, signed: true };
export const u32: IntType = { bits: 32, signed: false };
export const int: ShownAs = { as: 'int', bits: 32, signed: true };
export const bool: ShownAs = { as: 'bool' };
export const thread: ShownAs = { as: 'thread' };
export const pointerTo = (to: string): ShownAs => ({ as: 'pointer', to });

// ---- expressions; where an operand may be a number, it is a constant ----

export const con = (value: Num): Expr => ({ op: 'const', value });
export const at = (base: VarId): Place => ({ base });
export const get = (place: VarId | Place): Expr => ({
  op: 'get',
  place: typeof place === 'number' ? at(place) : place,
});
/** A member of a struct copied as a whole. */
export const copy = (id: VarId): Expr => ({ op: 'copy', place: at(id) });
export const addr = (base: VarId): Expr => ({ op: 'addr', place: at(base) });
/** The field `offset` of the object that `ptr` points at. */
export const field = (ptr: Expr, of: string, offset = 0): Place => ({ ptr, base: offset, of });
export const element = (base: VarId, value: Expr, length: number): Place => ({
  base,
  index: [{ value, stride: 1, length }],
});
const binary = (fn: BinaryOp, a: Expr, b: Expr | number): Expr => ({
  op: 'binary',
  fn,
  type: s32,
  a,
  b: typeof b === 'number' ? con(b) : b,
});
export const add = (a: Expr, b: Expr | number): Expr => binary('add', a, b);
export const sub = (a: Expr, b: Expr | number): Expr => binary('sub', a, b);
export const eq = (a: Expr, b: Expr | number): Expr => binary('eq', a, b);
export const ne = (a: Expr, b: Expr | number): Expr => binary('ne', a, b);
export const lt = (a: Expr, b: Expr | number): Expr => binary('lt', a, b);
export const not = (a: Expr): Expr => ({ op: 'unary', fn: 'not', type: s32, a });
export const both = (a: Expr, b: Expr): Expr => ({ op: 'both', a, b });
export const either = (a: Expr, b: Expr): Expr => ({ op: 'either', a, b });
export const same = (a: Expr, b: Expr): Expr => ({ op: 'same', a, b });
export const set = (to: VarId | Place, value: Expr | number): Assign => ({
  to: typeof to === 'number' ? at(to) : to,
  value: typeof value === 'number' ? con(value) : value,
});

export interface VarOptions {
  readonly shown?: ShownAs;
  readonly start?: Num;
  readonly ghost?: true;
  readonly constant?: true;
  readonly hidden?: true;
  readonly range?: readonly [number, number];
}

export interface StepOptions {
  readonly kind?: StepKind;
  readonly when?: Expr;
  readonly lock?: VarId;
  readonly choice?: { readonly count: number; readonly into: VarId };
  readonly dead?: readonly VarId[];
  /** Edges tried before the one of the step itself. */
  readonly before?: readonly Partial<Edge>[];
}

/** A place in the code that is known later. */
class Label {
  pc = END;
}

type Draft = Omit<Node, 'edges'> & { edges: (Omit<Edge, 'next'> & { next: Label | 'fall' })[] };

const FALL = { when: null, do: [], dead: [], next: 'fall' } as const;

/** Emits the flat code of one thread or invariant, top to bottom. */
export class Code {
  readonly #program: ProgramBuilder;
  readonly #owner: number;
  readonly #name: string;
  readonly #nodes: Draft[] = [];
  readonly #inflight: number[] = [];

  constructor(program: ProgramBuilder, owner: number, name: string) {
    this.#program = program;
    this.#owner = owner;
    this.#name = name;
  }

  /** This thread as a value. */
  get me(): Expr {
    return con(this.#owner + 1);
  }

  local(name: string, options: VarOptions = {}): VarId {
    return this.#program.variable(`${this.#name}.${name}`, { start: UNINIT, ...options }, this.#owner);
  }

  label(): Label {
    return new Label();
  }

  /** The code that follows is where `label` leads. */
  here(label: Label): void {
    label.pc = this.#nodes.length;
  }

  /** One step: an access unless told otherwise. */
  step(text: string, assigns: readonly Assign[], options: StepOptions = {}): void {
    const { kind = 'access', when, lock, choice, dead = [], before = [] } = options;
    this.#emit(text, {
      step: kind,
      ...(lock === undefined ? {} : { lock: at(lock) }),
      ...(choice === undefined ? {} : { choice }),
      edges: [
        ...before.map((edge) => ({ ...FALL, ...edge, next: 'fall' as const })),
        { ...FALL, when: when ?? null, do: assigns, dead },
      ],
    });
  }

  /** Local work. */
  ride(text: string, assigns: readonly Assign[], dead: readonly VarId[] = []): void {
    this.#emit(text, { edges: [{ ...FALL, do: assigns, dead }] });
  }

  /** A step that goes on at one of two places: the edge taken first is the one whose guard holds. */
  fork(
    text: string,
    options: StepOptions,
    first: { when: Expr; do: readonly Assign[]; to: Label },
    rest: readonly Assign[],
  ): void {
    this.#emit(text, {
      step: options.kind ?? 'access',
      ...(options.lock === undefined ? {} : { lock: at(options.lock) }),
      edges: [
        { ...FALL, when: first.when, do: first.do, next: first.to },
        { ...FALL, do: rest },
      ],
    });
  }

  goto(label: Label): void {
    this.#emit('goto', { edges: [{ ...FALL, next: label }] });
  }

  /** Local work that makes the event one of this kind. */
  becomes(kind: StepKind): void {
    this.#emit('becomes', { kind, edges: [FALL] });
  }

  /** `if (condition) then else otherwise`: a step when `kind` is given, else local. Dead is buried on both sides. */
  branch(
    text: string,
    condition: Expr,
    then: () => void,
    otherwise: () => void = () => {},
    options: { readonly kind?: StepKind; readonly dead?: readonly VarId[] } = {},
  ): void {
    const no = new Label();
    const end = new Label();
    const dead = options.dead ?? [];
    this.#emit(text, {
      step: options.kind ?? null,
      check: true,
      edges: [
        { ...FALL, when: condition, dead },
        { ...FALL, dead, next: no },
      ],
    });
    then();
    this.goto(end);
    this.here(no);
    otherwise();
    this.here(end);
  }

  /** `assert(condition)`: specification. */
  assert(text: string, condition: Expr, kind: TroubleKind = 'assert'): void {
    const fail: Fail = { kind, message: text };
    this.#emit(text, {
      spec: true,
      check: true,
      edges: [
        { ...FALL, when: condition },
        { ...FALL, fail },
      ],
    });
  }

  /** A ghost assignment: specification. */
  ghost(text: string, assigns: readonly Assign[]): void {
    this.#emit(text, { spec: true, edges: [{ ...FALL, do: assigns }] });
  }

  fail(kind: TroubleKind, message: string): void {
    this.#emit(message, { edges: [{ ...FALL, fail: { kind, message } }] });
  }

  /** Everything that `body` emits is in flight as one run of the operation. */
  operation(name: string, body: () => void): void {
    const operation = this.#program.operation(name);
    this.#emit(`begin ${name}`, { begin: operation, edges: [FALL] });
    this.#inflight.push(operation);
    body();
    this.#emit(`end ${name}`, { end: operation, edges: [FALL] });
    this.#inflight.pop();
  }

  /** `return value`, in an invariant. */
  result(into: VarId, value: Expr, says?: Node['says']): void {
    this.#emit('return', { ...(says ? { says } : {}), edges: [{ ...FALL, do: [set(into, value)] }] });
  }

  spinLock(lock: VarId): void {
    this.step('spin_lock', [set(lock, this.me)], { kind: 'acquire', lock, when: not(get(lock)) });
  }

  spinUnlock(lock: VarId): void {
    const fail = (kind: TroubleKind): Fail => ({ kind, message: 'spin_unlock' });
    this.step('spin_unlock', [set(lock, 0)], {
      kind: 'release',
      lock,
      before: [
        { when: not(get(lock)), fail: fail('double-unlock') },
        { when: ne(get(lock), this.me), fail: fail('unlock-by-non-owner') },
      ],
    });
  }

  /** A fair mutex: queue and grant are events, release hands over. */
  mutexLock(mutex: Mutex): void {
    const { owner, queue } = mutex;
    const taken = new Label();
    const free: Edge['do'] = [set(owner, this.me)];
    this.fork(
      'mutex_lock',
      { kind: 'acquire', lock: owner },
      { when: not(get(owner)), do: free, to: taken },
      [],
    );
    const slot = this.local('slot', { hidden: true, start: 0 });
    const search = new Label();
    const found = new Label();
    this.becomes('queue');
    this.here(search);
    this.#emit('slot', {
      edges: [{ ...FALL, when: not(get(element(queue[0]!, get(slot), queue.length))), next: found }, FALL],
    });
    this.ride('slot++', [set(slot, add(get(slot), 1))]);
    this.goto(search);
    this.here(found);
    this.ride('queue', [set(element(queue[0]!, get(slot), queue.length), this.me)], [slot]);
    this.step('mutex_lock', [], { kind: 'grant', lock: owner, when: eq(get(owner), this.me) });
    this.here(taken);
  }

  mutexUnlock({ owner, queue }: Mutex): void {
    const shift = queue.map((cell, i) => set(cell, i + 1 < queue.length ? get(queue[i + 1]!) : con(0)));
    this.step('mutex_unlock', [set(owner, get(queue[0]!)), ...shift], { kind: 'release', lock: owner });
  }

  /** The finished code. */
  nodes(): readonly Node[] {
    const count = this.#nodes.length;
    const resolve = (next: Label | 'fall', pc: number): number => {
      const target = next === 'fall' ? pc + 1 : next.pc;
      return target >= count ? END : target;
    };
    return this.#nodes.map((node, pc) => ({
      ...node,
      edges: node.edges.map((edge) => ({ ...edge, next: resolve(edge.next, pc) })),
    }));
  }

  #emit(text: string, part: Partial<Draft> & { edges: readonly Draft['edges'][number][] }): void {
    const site = this.#program.site(this.#name, text);
    this.#nodes.push({ site, step: null, inflight: [...this.#inflight], ...part, edges: [...part.edges] });
  }
}

export interface Mutex {
  readonly owner: VarId;
  readonly queue: readonly VarId[];
}

export interface Pool {
  readonly name: string;
  readonly members: readonly VarId[];
  readonly states: readonly VarId[];
  readonly type: string;
  readonly size: number;
}

/** Builds one Program: cells first, then threads, then invariants. */
export class ProgramBuilder {
  readonly #vars: Var[] = [];
  readonly #objects: ObjectInfo[] = [];
  readonly #targets: Target[] = [];
  readonly #pools: PoolInfo[] = [];
  readonly #locks: LockInfo[] = [];
  readonly #threads: ThreadProgram[] = [];
  readonly #operations: string[] = [];
  readonly #invariants: InvariantProgram[] = [];
  readonly #sites: ProgramSite[] = [];
  #cells = -1;

  variable(name: string, { shown = int, start = 0, ...rest }: VarOptions, owner?: number): VarId {
    return (
      this.#vars.push({ name, shown, start, ...(owner === undefined ? {} : { thread: owner }), ...rest }) - 1
    );
  }

  /** A global variable: an object of one cell. */
  cell(name: string, options: VarOptions = {}): VarId {
    const first = this.variable(name, options);
    const type = options.shown?.as === 'pointer' ? `${options.shown.to} *` : 'int';
    this.#object({ name, type, first, size: 1 });
    return first;
  }

  /** A struct: gives the variable of each field. */
  struct<F extends string>(
    name: string,
    type: string,
    fields: Readonly<Record<F, VarOptions>>,
    word?: true,
  ): Record<F, VarId> {
    const first = this.#vars.length;
    const names = Object.keys(fields) as F[];
    const ids = names.map((key) => [key, this.variable(`${name}.${key}`, fields[key])] as const);
    this.#object({ name, type, first, size: names.length, ...(word ? { word } : {}) });
    return Object.fromEntries(ids) as Record<F, VarId>;
  }

  /** A pool of structs, none of them allocated. */
  pool(name: string, type: string, count: number, fields: readonly string[], typeStable = false): Pool {
    const members: VarId[] = [];
    const states: VarId[] = [];
    for (let i = 0; i < count; i += 1) {
      members.push(this.#vars.length);
      for (const key of fields) this.variable(`${name}[${i}].${key}`, { start: UNINIT });
      states.push(this.variable(`${name}[${i}].__state`, {}));
      this.#object({ name: `${name}[${i}]`, type, first: members[i]!, size: fields.length, pool: name });
    }
    this.#pools.push({ name, type, members, states, size: fields.length, typeStable });
    return { name, members, states, type, size: fields.length };
  }

  spinlock(name: string): VarId {
    const owner = this.cell(name, { shown: thread });
    this.#locks.push({ first: owner, size: 1, type: 'spinlock_t', path: name, owner });
    return owner;
  }

  mutex(name: string, waiters: number): Mutex {
    const first = this.#vars.length;
    const owner = this.variable(`${name}.owner`, { shown: thread });
    const queue = Array.from({ length: waiters }, (_, i) =>
      this.variable(`${name}.queue[${i}]`, { shown: thread }),
    );
    this.#object({ name, type: 'struct mutex', first, size: 1 + waiters });
    this.#locks.push({ first, size: 1 + waiters, type: 'struct mutex', path: name, owner, queue });
    return { owner, queue };
  }

  operation(name: string): number {
    const known = this.#operations.indexOf(name);
    return known >= 0 ? known : this.#operations.push(name) - 1;
  }

  thread(name: string, write: (code: Code) => void, options: { readonly daemon?: true } = {}): void {
    this.#closeCells();
    const from = this.#vars.length;
    const code = new Code(this, this.#threads.length, name);
    write(code);
    this.#threads.push({
      name,
      fn: name,
      role: name,
      daemon: options.daemon ?? false,
      twins: this.#threads.length,
      code: code.nodes(),
      entry: code.nodes().length > 0 ? 0 : END,
      locals: [from, this.#vars.length],
    });
  }

  /** `write` emits code that ends with `result(into, …)`. */
  invariant(name: string, when: InvariantProgram['when'], write: (code: Code, into: VarId) => void): void {
    this.#closeCells();
    const from = this.#vars.length;
    const code = new Code(this, -1, name);
    const result = code.local('result', { start: 0 });
    const site = this.site(name, name);
    write(code, result);
    const scratch = [from, this.#vars.length] as const;
    this.#invariants.push({ name, fn: name, when, code: code.nodes(), entry: 0, result, scratch, site });
  }

  site(fn: string, text: string): number {
    return (
      this.#sites.push({ file: 'test.c', line: this.#sites.length + 1, col: 1, fn, text, stack: [] }) - 1
    );
  }

  /** Every variable that holds pointers, so far. */
  pointers(): readonly VarId[] {
    return this.#vars.flatMap(({ shown }, id) => (shown.as === 'pointer' ? [id] : []));
  }

  build(): Program {
    return {
      protocol: 'test',
      scenario: 'test',
      defines: [],
      sources: [{ name: 'test.c', text: '' }],
      vars: this.#vars,
      cells: this.#cells < 0 ? this.#vars.length : this.#cells,
      objects: this.#objects,
      targets: this.#targets,
      pools: this.#pools,
      locks: this.#locks,
      threads: this.#threads,
      operations: this.#operations,
      invariants: this.#invariants,
      sites: this.#sites,
    };
  }

  #closeCells(): void {
    if (this.#cells < 0) this.#cells = this.#vars.length;
  }

  #object(object: ObjectInfo): void {
    const index = this.#objects.push(object) - 1;
    const { first, size, type, name } = object;
    this.#targets.push({ first, size, type, path: name, object: index });
  }
}

export function program(write: (builder: ProgramBuilder) => void): Program {
  const builder = new ProgramBuilder();
  write(builder);
  return builder.build();
}
