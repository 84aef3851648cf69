// SPDX-License-Identifier: GPL-2.0-only
// Owns which cells are only ever accessed under one spinlock. While it is held nobody else can change them, so when a
// load of one is made does not matter.

import {
  END,
  POINTER_BASE,
  type Pc,
  type Program,
  type ThreadProgram,
  type VarId,
} from '../../lang/program.ts';
import type { Accesses, Step } from './accesses.ts';

/** The cells that are, at every access of every thread. Cost: nodes times locks. */
export function protectedCells(program: Program, accesses: readonly Accesses[]): ReadonlySet<VarId> {
  const locks = new Map<VarId, Set<VarId>>();
  program.threads.forEach((thread, index) => {
    const access = accesses[index]!;
    const held = heldLocks(program, thread, access);
    for (const step of access.steps.values()) {
      const here = held[step.pc] ?? new Set();
      for (const { cells } of step.accesses) {
        for (const cell of cells) {
          const known = locks.get(cell);
          locks.set(cell, known === undefined ? new Set(here) : common(known, here));
        }
      }
    }
  });
  return new Set([...locks].flatMap(([cell, held]) => (held.size > 0 ? [cell] : [])));
}

/** Of each node the spinlocks that the thread holds whenever it is there. */
function heldLocks(
  program: Program,
  { code, entry }: ThreadProgram,
  access: Accesses,
): readonly (Set<VarId> | undefined)[] {
  const held: (Set<VarId> | undefined)[] = code.map(() => undefined);
  if (entry === END) return held;
  held[entry] = new Set();
  const todo: Pc[] = [entry];
  for (let pc = todo.pop(); pc !== undefined; pc = todo.pop()) {
    const after = behind(program, access.steps.get(pc), access, held[pc]!);
    for (const { next, fail } of code[pc]!.edges) {
      if (fail !== undefined || next === END) continue;
      const known = held[next];
      const both = known === undefined ? after : common(known, after);
      if (known !== undefined && both.size === known.size) continue;
      held[next] = new Set(both);
      todo.push(next);
    }
  }
  return held;
}

function behind(program: Program, step: Step | undefined, access: Accesses, held: Set<VarId>): Set<VarId> {
  const { lock, step: kind, edges } = step?.node ?? {};
  if (step === undefined || lock === undefined || (kind !== 'acquire' && kind !== 'release')) return held;
  const first = lockAt(step, access);
  const isSpinlock = program.locks.some((info) => info.first === first && info.type === 'spinlock_t');
  if (kind === 'release')
    return first === undefined ? new Set() : new Set([...held].filter((lock) => lock !== first));
  const blocks = edges?.every(({ when }) => when !== null) === true;
  return first !== undefined && isSpinlock && blocks ? new Set([...held, first]) : held;
}

/** The lock that a step is about, when only one is possible. */
function lockAt({ pc, node }: Step, access: Accesses): VarId | undefined {
  const ptr = node.lock?.ptr;
  if (ptr === undefined) return node.lock?.base;
  if (ptr.op === 'const' && typeof ptr.value === 'number') return (ptr.value >> 1) - POINTER_BASE;
  if (ptr.op !== 'get' || ptr.place.ptr !== undefined) return undefined;
  const value = access.known[pc]?.get(ptr.place.base);
  return typeof value === 'number' && value !== 0 ? (value >> 1) - POINTER_BASE : undefined;
}

function common(a: ReadonlySet<VarId>, b: ReadonlySet<VarId>): Set<VarId> {
  return new Set([...a].filter((lock) => b.has(lock)));
}
