// SPDX-License-Identifier: GPL-2.0-only
// Owns which locals hold one known value wherever a thread stands: of a function that is called with &lock, its
// parameter. So it is known which cells an access through a pointer can mean.

import {
  END,
  POINTER_BASE,
  type Assign,
  type Edge,
  type Expr,
  type Node,
  type Num,
  type Place,
  type Pc,
  type Program,
  type ThreadProgram,
  type VarId,
} from '../../lang/program.ts';

/** Locals with their value. A local that is not in it can have any. */
export type Known = ReadonlyMap<VarId, Num>;

/** The value of a cell that never changes; undefined for any other. */
type Constant = (id: VarId) => Num | undefined;

/** For each node what is known before it is taken; undefined where nothing leads. Cost: nodes times locals, a few times. */
export function knownLocals(
  program: Program,
  { code, entry, locals }: ThreadProgram,
): readonly (Known | undefined)[] {
  const known: (Map<VarId, Num> | undefined)[] = code.map(() => undefined);
  const constant = constantsOf(program);
  if (entry === END) return known;
  const [from, to] = locals;
  const start = Array.from(
    { length: to - from },
    (_, i) => [from + i, program.vars[from + i]!.start] as const,
  );
  known[entry] = new Map(start);
  const todo: Pc[] = [entry];
  for (let pc = todo.pop(); pc !== undefined; pc = todo.pop()) {
    const node = code[pc]!;
    for (const edge of node.edges) {
      if (edge.fail !== undefined || edge.next === END) continue;
      if (meet(known, edge.next, after(node, edge, known[pc]!, constant))) todo.push(edge.next);
    }
  }
  return known;
}

/** Draws what is known on one more way into what is known at `pc`; true when that is less than before. */
function meet(known: (Map<VarId, Num> | undefined)[], pc: Pc, now: Map<VarId, Num>): boolean {
  const before = known[pc];
  if (before === undefined) {
    known[pc] = now;
    return true;
  }
  let isLess = false;
  for (const [id, value] of before) {
    if (now.get(id) === value) continue;
    before.delete(id);
    isLess = true;
  }
  return isLess;
}

function after(node: Node, edge: Edge, before: Known, constant: Constant): Map<VarId, Num> {
  const now = new Map(before);
  if (node.choice !== undefined) now.delete(node.choice.into);
  for (const a of edge.do) learn(now, a, constant);
  for (const id of edge.dead) now.set(id, 0);
  return now;
}

/** Brings what is known up to date with one assignment. */
export function learn(known: Map<VarId, Num>, a: Assign, constant: Constant = () => undefined): void {
  if ('stale' in a) {
    for (const id of a.vars) known.delete(id);
    return;
  }
  if (a.to.ptr !== undefined) return; // no pointer leads to a local
  const value = a.to.index === undefined ? valueOf(a.value, known, constant) : undefined;
  for (const id of spread([a.to.base], a.to)) {
    if (value === undefined) known.delete(id);
    else known.set(id, value);
  }
}

/** The value of an expression, when it is known. */
function valueOf(e: Expr, known: Known, constant: Constant): Num | undefined {
  switch (e.op) {
    case 'const':
      return e.value;
    case 'get':
    case 'copy': {
      const { ptr, base, index } = e.place;
      if (index !== undefined) return undefined;
      if (ptr === undefined) return known.get(base) ?? constant(base);
      const from = valueOf(ptr, known, constant);
      return typeof from === 'number' && from !== 0 ? constant((from >> 1) - POINTER_BASE + base) : undefined;
    }
    case 'addr': {
      const { ptr, base, index } = e.place;
      if (ptr === undefined || index !== undefined) return undefined;
      const from = valueOf(ptr, known, constant);
      return typeof from === 'number' && from !== 0 ? from + 2 * base : from;
    }
    default:
      return undefined;
  }
}

/** Cells that no thread writes and no free turns stale. */
function constantsOf(program: Program): Constant {
  const stale = new Set(
    program.threads.flatMap(({ code }) =>
      code.flatMap(({ edges }) =>
        edges.flatMap((edge) => edge.do.flatMap((a) => ('stale' in a ? a.vars : []))),
      ),
    ),
  );
  return (id) => {
    const cell = program.vars[id];
    return id < program.cells && cell?.constant === true && !stale.has(id) ? cell.start : undefined;
  };
}

/** The variables that subscripts of a place reach from these. */
function spread(from: readonly VarId[], place: Place): readonly VarId[] {
  let ids = from;
  for (const { stride, length } of place.index ?? [])
    ids = ids.flatMap((id) => Array.from({ length }, (_, i) => id + i * stride));
  return ids;
}

/** The cells that places can mean, in one Program. */
export class Places {
  readonly constant: Constant;
  readonly #program: Program;
  readonly #firsts = new Map<string, readonly VarId[]>();

  constructor(program: Program) {
    this.#program = program;
    this.constant = constantsOf(program);
  }

  /** All cells that the place can mean, ascending; none for a local. */
  cells(place: Place, known: Known): readonly VarId[] {
    const { cells } = this.#program;
    const from =
      place.ptr === undefined
        ? [place.base]
        : this.#targets(place.ptr, place.of, known).map((first) => first + place.base);
    return [...new Set(spread(from, place))].filter((id) => id >= 0 && id < cells).sort((a, b) => a - b);
  }

  #targets(pointer: Expr, type: string | undefined, known: Known): readonly VarId[] {
    const value = valueOf(pointer, known, this.constant);
    if (typeof value === 'number') return value === 0 ? [] : [(value >> 1) - POINTER_BASE];
    const key = type ?? '';
    const firsts =
      this.#firsts.get(key) ??
      this.#program.targets.flatMap((target) =>
        type === undefined || target.type === type ? [target.first] : [],
      );
    this.#firsts.set(key, firsts);
    return firsts;
  }
}
