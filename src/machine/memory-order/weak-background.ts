// SPDX-License-Identifier: GPL-2.0-only
// Owns the threads of `--memory weak` that nobody wrote: one carries a thread's stores to memory, one settles its loads.

import type { Assign, Edge, Expr, Node, ThreadProgram, VarId } from '../../lang/program.ts';
import type { Shapes } from './buffers.ts';
import { Rewriting } from './rewriting.ts';
import { arrival } from './tso.ts';
import { all, binary, con, cond, held, is, isNot, set } from './terms.ts';
import type { OpenLoad, StoreCells, WeakThread } from './weak-plan.ts';

/** Carries any store to memory that nothing holds back; of one cell the oldest first. */
export function flusher(weak: WeakThread, shapes: Shapes, into: VarId): ThreadProgram {
  const stores = weak.stores!;
  const { copies, length, epochs, masks, functions } = stores;
  const edges = stores.shapes.flatMap((number, choice): Edge[] => {
    const { first, size } = shapes.all[number - 1]!;
    const cells = Array.from({ length: size }, (_, i) => first + i);
    const ready = [
      is(into, choice),
      isNot(copies.count(first), 0),
      ...(epochs === null ? [] : [is(epochs.of(0, first), 0)]),
      ...(masks === null ? [] : [is(masks(0, first), 0)]),
    ];
    const end: Assign[] = [
      ...cells.flatMap((cell) => shifts(stores, cell)),
      set(length, binary('sub', held(length), 1)),
      ...(epochs === null ? [] : [set(epochs.counts, binary('sub', held(epochs.counts), 1))]),
    ];
    const next = epochs === null ? 0 : 1;
    const plain: Edge = {
      when: all([...ready, functions === null ? null : is(functions(0, first), 0)]),
      do: [...cells.flatMap((cell) => arrival(copies, cell)), ...end],
      dead: [into],
      next,
    };
    if (functions === null || size > 1) return [plain];
    const applied = weak.functions.flatMap((_, f): Edge[] => {
      const value = applicationOf(weak, f, first);
      if (value === undefined) return [];
      const list = [set(copies.value(0, first), value), ...arrival(copies, first), ...end];
      return [{ when: all([...ready, is(functions(0, first), f + 1)]), do: list, dead: [into], next }];
    });
    return [plain, ...applied];
  });
  const site = siteOf(weak, ({ pc }) => ['store', 'unlock', 'bump'].includes(weak.manner(pc)));
  const carry: Node = {
    site,
    step: 'flush',
    choice: { count: stores.shapes.length, into },
    edges,
    inflight: [],
  };
  return pseudo(
    weak,
    `stores of ${weak.thread.name}`,
    'store buffer',
    epochs === null ? [carry] : [carry, nextEpoch(site, stores)],
  );
}

/** When nothing of the oldest epoch waits any more, the next becomes the oldest. */
function nextEpoch(site: number, { copies, length, epochs, bound }: StoreCells): Node {
  const { now, counts, of } = epochs!;
  const older = (id: VarId): Assign => set(id, cond(isNot(id, 0), binary('sub', held(id), 1), con(0)));
  const down: Assign[] = [
    ...Array.from({ length: bound.most }, (_, i) => set(counts + i, held(counts + i + 1))),
    set(counts + bound.most, 0),
    older(now),
    ...[...copies.cells].flatMap((cell) =>
      Array.from({ length: copies.depth }, (_, slot) => older(of(slot, cell))),
    ),
  ];
  const edge = (when: Expr | null, list: readonly Assign[]): Edge => ({ when, do: list, dead: [], next: 0 });
  return {
    ...{ site, step: null, inflight: [] },
    edges: [edge(is(length, 0), [set(now, 0)]), edge(is(counts, 0), down), edge(null, [])],
  };
}

/** What stands beside the values moves up with them. */
function shifts({ copies, epochs, masks, functions }: StoreCells, cell: VarId): Assign[] {
  const regions = [
    ...(epochs === null ? [] : [epochs.of]),
    ...(masks === null ? [] : [masks]),
    ...(functions === null ? [] : [functions]),
  ];
  return regions.flatMap((region) =>
    Array.from({ length: copies.depth }, (_, slot) =>
      set(region(slot, cell), slot + 1 === copies.depth ? con(0) : held(region(slot + 1, cell))),
    ),
  );
}

/** What function `f` makes of what a cell holds; undefined when it is never applied to that cell. */
function applicationOf(weak: WeakThread, f: number, cell: VarId): Expr | undefined {
  const { pc, place, value } = weak.functions[f]!;
  const step = weak.access.steps.get(pc)!;
  if (!weak.written(step).includes(cell)) return undefined;
  const own = JSON.stringify(place);
  const asIs = new Rewriting((id) => id);
  return asIs.expr(value, (read) =>
    JSON.stringify(read) === own ? { op: 'get', place: { base: cell } } : undefined,
  );
}

/** Settles any open load whose guess is what the thread would read now. */
export function settler(weak: WeakThread, shapes: Shapes, into: VarId): ThreadProgram {
  const edges = weak.loads.flatMap((load, choice) =>
    load.cells.map((cell): Edge => {
      const here = [is(into, choice), is(load.where, shapes.known(cell, 1)!), matches(weak, load, cell)];
      return { when: all(here), do: closed(weak, load), dead: [into], next: 0 };
    }),
  );
  const site = siteOf(weak, ({ pc }) => weak.loads.some((load) => load.pc === pc));
  const node: Node = {
    site,
    step: 'settle',
    choice: { count: weak.loads.length, into },
    edges,
    inflight: [],
  };
  return pseudo(weak, `loads of ${weak.thread.name}`, 'open loads', [node]);
}

function matches(weak: WeakThread, { guess }: OpenLoad, cell: VarId): Expr | null {
  const equal = (id: Expr): Expr => binary('eq', id, held(guess));
  const { stores } = weak;
  if (stores === null || !stores.copies.cells.has(cell)) return equal(held(cell));
  const { copies, masks, functions } = stores;
  const count = copies.count(cell);
  const newest = (region: (slot: number, cell: VarId) => VarId): Expr => {
    const last = binary('sub', held(count), 1);
    const [first, second] = [region(0, cell), copies.depth > 1 ? region(1, cell) : 0];
    if (copies.depth === 1) return held(first);
    return {
      op: 'copy',
      place: { base: first, index: [{ value: last, stride: second - first, length: copies.depth }] },
    };
  };
  const waiting = all([
    masks === null ? null : binary('eq', newest(masks), 0),
    functions === null ? null : binary('eq', newest(functions), 0),
    equal(newest((slot, of) => copies.value(slot, of))),
  ]);
  return cond(isNot(count, 0), waiting!, equal(held(cell)));
}

function closed(weak: WeakThread, { number, where, guess }: OpenLoad): Assign[] {
  const { stores } = weak;
  const bit = weak.bits.get(number);
  const masks = bit === undefined ? null : (stores?.masks ?? null);
  const cleared =
    masks === null
      ? []
      : [...stores!.copies.cells].flatMap((cell) =>
          Array.from({ length: stores!.copies.depth }, (_, slot) => {
            const mask = masks(slot, cell);
            return set(
              mask,
              cond(
                binary('ne', binary('and', held(mask), bit!), 0),
                binary('sub', held(mask), bit!),
                held(mask),
              ),
            );
          }),
        );
  return [set(where, 0), set(guess, 0), set(weak.open!, binary('sub', held(weak.open!), 1)), ...cleared];
}

function siteOf(weak: WeakThread, isOne: (step: { readonly pc: number }) => boolean): number {
  return weak.steps.find(isOne)!.node.site;
}

function pseudo(
  { index, thread: { fn } }: WeakThread,
  name: string,
  role: string,
  code: readonly Node[],
): ThreadProgram {
  return { name, fn, role, daemon: true, twins: -1, code, entry: 0, locals: [0, 0], of: index };
}
