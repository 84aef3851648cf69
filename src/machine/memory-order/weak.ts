// SPDX-License-Identifier: GPL-2.0-only
// Owns `--memory weak`: one memory, in front of it stores that wait and loads that stay open. docs/MEMORY_ORDER.md says
// what each may overtake.

import {
  END,
  type Edge,
  type InvariantProgram,
  type Node,
  type Program,
  type ThreadProgram,
  type Var,
  type VarId,
} from '../../lang/program.ts';
import { Accesses } from './accesses.ts';
import { assemble } from './assembly.ts';
import { Additions, Shapes } from './buffers.ts';
import { protectedCells } from './protection.ts';
import { any, isNot, set } from './terms.ts';
import { flusher, settler } from './weak-background.ts';
import { layOut, registerShapes, WeakThread, type Guesses } from './weak-plan.ts';
import { WeakCode } from './weak-code.ts';

/** The same model on a machine that keeps no more order than the kernel's memory model asks for. */
export function weakly(program: Program, guesses: Guesses): Program {
  const accesses = program.threads.map((thread) => new Accesses(program, thread));
  const threads = program.threads.map((_, index) => new WeakThread(program, index, accesses[index]!));
  const isFixed = fixedCells(program, accesses);
  const additions = new Additions(program);
  const shapes = new Shapes();
  for (const weak of threads) registerShapes(weak, shapes);
  shapes.addTables(additions);
  for (const weak of threads) layOut(weak, additions, shapes, guesses, isFixed);
  const open = threads.flatMap((weak) => weak.open ?? []);
  return assemble(
    program,
    additions,
    'weak',
    (rewriting, firstLocal) => {
      const locals: Var[] = [];
      const choice = (thread: number): VarId => {
        locals.push({
          name: '__choice',
          shown: { as: 'int', bits: 16, signed: false },
          start: 0,
          thread,
          hidden: true,
        });
        return firstLocal + locals.length - 1;
      };
      const rewritten = threads.map((weak) => {
        const into = weak.loads.length > 0 ? choice(weak.index) : -1;
        return {
          ...weak.thread,
          code: new WeakCode(weak, shapes, rewriting, into, guesses.isComplete).code(),
        };
      });
      const pseudo: ThreadProgram[] = [];
      for (const weak of threads) {
        const next = program.threads.length + pseudo.length;
        if (weak.stores !== null) pseudo.push(flusher(weak, shapes, choice(next)));
      }
      for (const weak of threads) {
        const next = program.threads.length + pseudo.length;
        if (weak.loads.length > 0) pseudo.push(settler(weak, shapes, choice(next)));
      }
      return { threads: rewritten, pseudo, locals, open };
    },
    (invariant) => silentWhileOpen(invariant, open),
  );
}

/** While a load is open the path may turn out impossible: every invariant holds then. */
function silentWhileOpen(invariant: InvariantProgram, open: readonly VarId[]): InvariantProgram {
  if (open.length === 0) return invariant;
  const { code, entry, result, site } = invariant;
  const edges: Edge[] = [
    { when: any(open.map((id) => isNot(id, 0))), do: [set(result, 1)], dead: [], next: END },
    { when: null, do: [], dead: [], next: entry },
  ];
  const first: Node = { site, step: null, spec: true, edges, inflight: [] };
  return { ...invariant, code: [...code, first], entry: code.length };
}

/** Whether nobody else can change the cell while a thread reads it: so it makes no difference when it does. */
function fixedCells(
  program: Program,
  accesses: readonly Accesses[],
): (cell: VarId, thread: number) => boolean {
  const writers = new Map<VarId, Set<number>>();
  const note = (cell: VarId, thread: number): void => {
    const known = writers.get(cell) ?? new Set();
    writers.set(cell, known.add(thread));
  };
  accesses.forEach((access, thread) => {
    for (const { accesses: all } of access.steps.values())
      for (const { isWrite, cells } of all) if (isWrite) for (const cell of cells) note(cell, thread);
    for (const { edges } of program.threads[thread]!.code)
      for (const a of edges.flatMap((edge) => edge.do))
        if ('stale' in a) for (const cell of a.vars) note(cell, thread);
  });
  const locked = protectedCells(program, accesses);
  return (cell, thread) =>
    locked.has(cell) || [...(writers.get(cell) ?? [])].every((writer) => writer === thread);
}
