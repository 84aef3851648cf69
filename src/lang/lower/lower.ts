// SPDX-License-Identifier: GPL-2.0-only
// Owns the way from a checked model to its Program: memory, threads, invariants, and what is known only at the end.

import { must } from '../../base/assert.ts';
import type { FunctionSym, LinkedModel } from '../ast.ts';
import { coalesce, Label, tidy } from './code.ts';
import { markConstantCells, typesInside } from './constant-cells.ts';
import { getVar, num } from './ir.ts';
import { markDeadLocals } from './liveness.ts';
import { inline, rootFrame } from './call.ts';
import { statement } from './statement.ts';
import { Lowering, ProgramDraft, type Refusal } from './lowering.ts';
import { layOut, reach } from './memory.ts';
import type { InvariantProgram, Node, Program, ThreadProgram } from '../program.ts';

export interface ProgramNames {
  readonly protocol: string;
  readonly scenario: string;
  readonly defines: readonly string[];
}

export type Lowered =
  | { readonly ok: true; readonly program: Program }
  | { readonly ok: false; readonly refusals: readonly Refusal[] };

/** Lowers a linked model. Cost: the size of all code after inlining. */
export function lower(model: LinkedModel, names: ProgramNames): Lowered {
  const reachable = reach(model);
  const memory = layOut(model, reachable);
  const draft = new ProgramDraft(model, memory, markConstantCells(model, reachable, memory));
  const cells = draft.vars.length;

  const threads = lowerThreads(draft);
  const invariants = model.functions.filter((fn) => fn.invariant).map((fn) => lowerInvariant(draft, fn));
  if (draft.refusals.length) return { ok: false, refusals: draft.refusals };
  fillPointerLists(draft);

  return {
    ok: true,
    program: {
      ...names,
      sources: model.sources,
      vars: draft.vars,
      cells,
      objects: memory.objects,
      targets: memory.targets,
      pools: [...memory.pools.values()],
      locks: memory.locks,
      threads,
      operations: draft.operations,
      invariants,
      sites: draft.sites,
    },
  };
}

function lowerThreads(draft: ProgramDraft): ThreadProgram[] {
  const threads: ThreadProgram[] = [];
  let twins = 0;
  for (const fn of draft.model.functions) {
    if (!fn.thread) continue;
    const count = fn.thread.count ?? 1;
    for (let n = 0; n < count; n++) {
      const base = fn.thread.name ?? fn.name;
      const name = count > 1 ? `${base}${n}` : base;
      const other = threads.find((thread) => thread.name === name);
      if (other !== undefined) refuseName(draft, fn, name, other.fn);
      threads.push(lowerThread(draft, fn, { index: threads.length, name, twins, n }));
    }
    twins++;
  }
  return threads;
}

/** A name is how threads are told apart everywhere: in lanes, owners of locks, messages. */
function refuseName(draft: ProgramDraft, fn: FunctionSym, name: string, other: string): void {
  new Lowering(draft, 0, '', inline).refuse(
    fn.at,
    `two threads are named '${name}'`,
    `one comes from ${other}(), one from ${fn.name}()`,
    'rename a function, or name the thread: [[mm::thread("kswapd")]]',
  );
}

function lowerThread(
  draft: ProgramDraft,
  fn: FunctionSym,
  as: { index: number; name: string; twins: number; n: number },
): ThreadProgram {
  const from = draft.vars.length;
  const l = new Lowering(draft, as.index, '', inline);
  l.frame = rootFrame(fn, 'steps', 0, l.code.end);
  const param = fn.params[0];
  if (param) l.set(fn.at, l.local(param), num(as.n));
  statement(l, must(fn.body, `body of ${fn.name}`));
  const nodes = l.code.resolve();
  const locals = [from, draft.vars.length] as const;
  markDeadLocals(nodes, ...locals);
  coalesce(nodes);
  const { code, entry } = tidy(nodes);
  return {
    name: as.name,
    fn: fn.name,
    role: roleOf(draft, fn, code),
    daemon: fn.thread?.daemon ?? false,
    twins: as.twins,
    code,
    entry,
    locals,
  };
}

/** What a thread does, for the head of its lane: its operations in the order of its code. */
function roleOf(draft: ProgramDraft, fn: FunctionSym, code: readonly Node[]): string {
  const names = new Set(
    code.flatMap((node) =>
      node.begin === undefined ? [] : [must(draft.operations[node.begin], 'operation')],
    ),
  );
  return names.size ? [...names].join(', ') : fn.name;
}

function lowerInvariant(draft: ProgramDraft, fn: FunctionSym): InvariantProgram {
  const declared = must(fn.invariant, 'invariant');
  const from = draft.vars.length;
  const l = new Lowering(draft, -1, `${declared.name}.`, inline);
  const exit = new Label();
  l.frame = rootFrame(fn, 'spec', 0, exit);
  const result = l.temp(fn, fn.returns);
  l.frame = rootFrame(fn, 'spec', result, exit);
  statement(l, must(fn.body, `body of ${fn.name}`));
  l.code.place(exit);
  l.emit(fn.at, [{ do: [{ to: { base: result }, value: getVar(result) }], to: l.code.end }]);
  const nodes = l.code.resolve();
  const scratch = [from, draft.vars.length] as const;
  markDeadLocals(nodes, ...scratch, [result]);
  coalesce(nodes);
  const { code, entry } = tidy(nodes);
  const operations = declared.operations.map((name) => draft.operation(name));
  const when =
    declared.when === 'strict'
      ? ({ kind: 'strict' } as const)
      : declared.when === 'idle'
        ? ({ kind: 'idle', operations } as const)
        : ({ kind: 'ensures', operation: must(operations[0], 'operation') } as const);
  return { name: declared.name, fn: fn.name, when, code, entry, result, scratch, site: l.site(fn.at) };
}

/** Now that all variables are known: which of them `free` of a pool's object makes stale. Scratch holds nothing then. */
function fillPointerLists(draft: ProgramDraft): void {
  for (const [type, list] of draft.pointersInto) {
    const inside = typesInside(draft.memory, type);
    for (const [id, v] of draft.vars.entries()) {
      const pointer = v.shown.as === 'pointer' && (v.shown.to === 'void' || inside.has(v.shown.to));
      if (pointer && v.thread !== -1) list.push(id);
    }
  }
}
