// SPDX-License-Identifier: GPL-2.0-only
// Owns putting a Program together again: new cells behind the old ones, locals renumbered, and threads added at the end.

import type { Assign, InvariantProgram, Program, ThreadProgram, Var, VarId } from '../../lang/program.ts';
import type { Additions } from './buffers.ts';
import { Rewriting } from './rewriting.ts';

export interface Rewritten {
  /** The threads there were, in order, with their code rewritten; `locals` still as they were. */
  readonly threads: readonly ThreadProgram[];
  /** Threads that carry stores to memory or settle loads. */
  readonly pseudo: readonly ThreadProgram[];
  /** Locals added, at the numbers from `firstLocal` on. */
  readonly locals?: readonly Var[];
  readonly open?: readonly VarId[];
}

/** `rewrite` gets the numbers that variables have in the result, and that of the first local it may add. */
export function assemble(
  program: Program,
  additions: Additions,
  memory: 'tso' | 'weak',
  rewrite: (rewriting: Rewriting, firstLocal: VarId) => Rewritten,
  judge: (invariant: InvariantProgram) => InvariantProgram = (invariant) => invariant,
): Program {
  const { cells, vars } = program;
  const added = additions.vars.length;
  const rewriting = new Rewriting((id) => (id < cells ? id : id + added));
  const { threads, pseudo, locals = [], open } = rewrite(rewriting, vars.length + added);
  const all = [...vars.slice(0, cells), ...additions.vars, ...vars.slice(cells), ...locals];
  const copiesOf = new Map<VarId, VarId[]>();
  all.forEach(({ shown, of }, id) => {
    if (shown.as === 'pointer' && of !== undefined) copiesOf.set(of, [...(copiesOf.get(of) ?? []), id]);
  });
  // What is freed turns stale in the buffers, too.
  const withCopies = (a: Assign): Assign =>
    'stale' in a ? { ...a, vars: [...a.vars, ...a.vars.flatMap((id) => copiesOf.get(id) ?? [])] } : a;
  return {
    ...program,
    vars: all,
    cells: cells + added,
    objects: [...program.objects, ...additions.objects],
    threads: [
      ...threads.map((thread, index): ThreadProgram => ({
        ...thread,
        twins: index, // each has a buffer of its own: they are not to be exchanged
        locals: [rewriting.move(thread.locals[0]), rewriting.move(thread.locals[1])],
        code: thread.code.map((node) => ({
          ...node,
          edges: node.edges.map((edge) => ({ ...edge, do: edge.do.map(withCopies) })),
        })),
      })),
      ...pseudo,
    ],
    invariants: program.invariants.map((invariant) => judge(rewriting.invariant(invariant))),
    memory,
    ...(open === undefined || open.length === 0 ? {} : { open }),
  };
}
