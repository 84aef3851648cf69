// SPDX-License-Identifier: GPL-2.0-only
// Owns the map from a Program's cell layout to what people see: objects with fields, locks, threads, and the tree state.

import { assert, must } from '../base/assert.ts';
import type { LockInfo, ObjectInfo, Program, ShownAs, VarId } from '../lang/program.ts';
import type {
  Cell,
  CellType,
  InvariantWhen,
  Lock,
  MemoryObject,
  Recording,
  Thread,
} from '../model/recording.ts';
import type { LocalValue, State, ThreadState } from '../model/state.ts';
import type { Memory } from './memory.ts';
import { Values } from './values.ts';

/** The part of a recording's header that the Program alone decides. */
export type ProgramHeader = Pick<Recording, 'sources' | 'threads' | 'objects' | 'sites'>;

/** Start values are those of `start`, which is to be the memory in state 0. Cost: the size of the Program. */
export function headerOf(program: Program, start: Memory): ProgramHeader {
  const values = new Values(program);
  return {
    sources: program.sources,
    threads: realThreads(program).map(({ name, role, daemon }): Thread => ({
      name,
      role,
      ...(daemon ? { daemon } : {}),
    })),
    objects: cellsByObject(program).map(({ object, cells }) =>
      memoryObject(program, object, cells, start, values),
    ),
    sites: program.sites,
  };
}

/** The state of the machine as a tree, as seen after `step` steps. For tests and forks: costs the size of the Program. */
export function treeOf(
  program: Program,
  memory: Memory,
  step: number,
  waitsFor: (thread: number) => string | null,
): State {
  const values = new Values(program);
  const value = (id: VarId) => values.of(id, must(memory.vector[id], 'a variable'));
  return {
    step,
    objects: Object.fromEntries(
      cellsByObject(program).map(({ object, cells }) => [
        object.name,
        Object.fromEntries(cells.map((id) => [fieldOf(program, object, id), value(id)])),
      ]),
    ),
    threads: realThreads(program).map((thread, index): ThreadState => {
      const node = thread.code[memory.pc(index)];
      const locals: Record<string, LocalValue> = {};
      for (let id = thread.locals[0]; id < thread.locals[1]; id += 1) {
        const local = must(program.vars[id], 'a local');
        if (!local.hidden) locals[local.name] = { value: value(id), dead: false };
      }
      return {
        at: node?.site ?? null,
        waitsFor: waitsFor(index),
        operations: (node?.inflight ?? []).map((operation) =>
          must(program.operations[operation], 'an operation'),
        ),
        locals,
      };
    }),
  };
}

/** Threads that someone wrote. What carries stores to memory for them comes behind, and is part of its thread for people. */
export function realThreads({ threads }: Program): Program['threads'] {
  return threads.filter(({ of }) => of === undefined);
}

/** When an invariant is judged, with the names of its operations. */
export function whenOf(program: Program, invariant: number): InvariantWhen {
  const { when } = must(program.invariants[invariant], 'an invariant');
  const name = (operation: number): string => must(program.operations[operation], 'an operation');
  switch (when.kind) {
    case 'strict':
      return when;
    case 'idle':
      return { kind: 'idle', operations: when.operations.map(name) };
    case 'ensures':
      return { kind: 'ensures', operation: name(when.operation) };
  }
}

/** The cells of each object, in order of address; a pool member's state comes last. Every cell lies in one object. What is never shown is left out. */
function cellsByObject(
  program: Program,
): readonly { readonly object: ObjectInfo; readonly cells: readonly VarId[] }[] {
  const stateOf = new Map<VarId, VarId>();
  for (const pool of program.pools) {
    pool.members.forEach((first, i) =>
      stateOf.set(first, must(pool.states[i], 'the state of a pool member')),
    );
  }
  const owned = new Set<VarId>();
  const result = program.objects.map((object) => {
    const cells = Array.from({ length: object.size }, (_, i) => object.first + i);
    const state = object.pool === undefined ? undefined : stateOf.get(object.first);
    if (state !== undefined && !cells.includes(state)) cells.push(state);
    for (const id of cells) owned.add(id);
    return { object, cells: cells.filter((id) => program.vars[id]?.hidden !== true) };
  });
  for (let id = 0; id < program.cells; id += 1) {
    assert(owned.has(id), `cell ${program.vars[id]?.name} lies in no object`);
  }
  return result.filter(({ cells }) => cells.length > 0);
}

function fieldOf(program: Program, object: ObjectInfo, id: VarId): string {
  return within(object, must(program.vars[id], 'a cell').name);
}

/** The part of a path after the object's name. */
function within(object: ObjectInfo, path: string): string {
  assert(path.startsWith(object.name), `${path} lies in ${object.name} but is not named so`);
  return path.slice(object.name.length);
}

function memoryObject(
  program: Program,
  object: ObjectInfo,
  cells: readonly VarId[],
  start: Memory,
  values: Values,
): MemoryObject {
  const isInside = ({ first }: LockInfo): boolean =>
    first >= object.first && first < object.first + object.size;
  const locks = program.locks.filter(isInside).map((lock) => lockOf(program, object, lock));
  const words = program.targets
    .filter((t) => t.word && program.objects[t.object] === object && t.path !== object.name)
    .map((t) => within(object, t.path));
  return {
    name: object.name,
    type: object.type,
    ...(object.word ? { word: true } : {}),
    ...(words.length > 0 ? { words } : {}),
    ...(object.pool === undefined ? {} : { pool: object.pool }),
    ...(locks.length > 0 ? { locks } : {}),
    cells: cells.map((id): Cell => {
      const { shown, ghost, constant } = must(program.vars[id], 'a cell');
      return {
        field: fieldOf(program, object, id),
        type: cellType(shown),
        start: values.of(id, must(start.vector[id], 'a variable')),
        ...(ghost ? { ghost } : {}),
        ...(constant ? { constant } : {}),
      };
    }),
  };
}

function lockOf(program: Program, object: ObjectInfo, lock: LockInfo): Lock {
  const fields = (ids: readonly VarId[]): readonly string[] => ids.map((id) => fieldOf(program, object, id));
  return {
    field: within(object, lock.path),
    type: lock.type,
    ...(lock.owner === undefined ? {} : { owner: fieldOf(program, object, lock.owner) }),
    ...(lock.readers === undefined ? {} : { readers: fields(lock.readers) }),
    ...(lock.queue === undefined ? {} : { queue: fields(lock.queue) }),
  };
}

function cellType(shown: ShownAs): CellType {
  switch (shown.as) {
    case 'int':
      return { kind: 'int', bits: shown.bits, signed: shown.signed };
    case 'bool':
      return { kind: 'bool' };
    case 'enum':
      return { kind: 'enum', name: shown.name, names: shown.names };
    case 'pointer':
      return { kind: 'pointer', to: shown.to };
    case 'thread':
      return { kind: 'thread' };
  }
}
