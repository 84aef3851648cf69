// SPDX-License-Identifier: GPL-2.0-only
// Owns what lowering one thread (or invariant) carries along: frames, variables, sites, and how a node is emitted.

import { must } from '../../base/assert.ts';
import type { Expr as CExpr, CType, FunctionSym, LinkedModel, Span, Stmt, VarSym } from '../ast.ts';
import { scalarsOf, shownAs } from './c-layout.ts';
import { Code, Label, type Jump, type NodeDraft } from './code.ts';
import { cellsOf, type AddressedPlaces } from './constant-cells.ts';
import { getVar } from './ir.ts';
import type { CellVar, Memory } from './memory.ts';
import type { Expr, Place, ProgramSite, ShownAs, StepKind, VarId } from '../program.ts';

/**
 * How shared accesses of a frame are lowered: each a step of its own; all within the one step of an atomic function;
 * or, in specification, without any step.
 */
export type Mode = 'steps' | 'atomic' | 'spec';

/** Where an lvalue lies, as far as steps are concerned. */
export type Where = 'local' | 'constant' | 'ghost' | 'shared';

/** An lvalue, ready to be read or written. */
export interface Located {
  readonly place: Place;
  readonly where: Where;
}

/** One function being inlined. */
export interface Frame {
  readonly fn: FunctionSym;
  readonly mode: Mode;
  readonly caller: Frame | null;
  /** The call in the caller's text. */
  readonly call: Span;
  /** Set when the steps of this frame belong to a call further out: that call, and the frame it stands in. */
  readonly opaque: { readonly at: Span; readonly frame: Frame } | null;
  /** Parameters that are another name for a local of a caller (`&local` was passed). */
  readonly aliases: Map<VarSym, Located>;
  /** Where the result goes: one variable for each scalar of the return type. */
  readonly result: VarId;
  readonly exit: Label;
  readonly labels: Map<string, Label>;
  readonly breaks: Label[];
  readonly continues: Label[];
  readonly cases: Map<Stmt, Label>;
  /** Operations in flight inside it. */
  readonly operations: readonly number[];
}

/** A mistake of the model's author that only lowering can see. */
export interface Refusal {
  readonly at: Span;
  readonly message: string;
  readonly reason: string;
  readonly hint: string;
}

/** What all threads and invariants of one Program share. */
export class ProgramDraft {
  readonly sites: ProgramSite[] = [];
  readonly operations: string[] = [];
  readonly refusals: Refusal[] = [];
  readonly vars: CellVar[];
  /** Lists of pointer variables that `free` makes stale, filled when all variables are known. By type of the pool. */
  readonly pointersInto = new Map<string, VarId[]>();
  readonly model: LinkedModel;
  readonly memory: Memory;
  readonly addressed: AddressedPlaces;
  private readonly siteNumbers = new Map<string, number>();

  constructor(model: LinkedModel, memory: Memory, addressed: AddressedPlaces) {
    this.model = model;
    this.memory = memory;
    this.addressed = addressed;
    this.vars = memory.vars;
  }

  site(site: ProgramSite): number {
    const key = JSON.stringify(site);
    const known = this.siteNumbers.get(key);
    if (known !== undefined) return known;
    const number = this.sites.push(site) - 1;
    this.siteNumbers.set(key, number);
    return number;
  }

  operation(name: string): number {
    const known = this.operations.indexOf(name);
    return known >= 0 ? known : this.operations.push(name) - 1;
  }

  pointerVars(poolType: string): VarId[] {
    const known = this.pointersInto.get(poolType) ?? [];
    this.pointersInto.set(poolType, known);
    return known;
  }

  get functionNames(): Record<string, number> {
    return Object.fromEntries([
      ['NULL', 0],
      ...[...this.memory.functionValue].map(([fn, n]) => [fn.name, n] as const),
    ]);
  }
}

/** `key` is the call expression: results of different calls are kept apart by it. */
export type Inline = (
  l: Lowering,
  fn: FunctionSym,
  args: readonly CExpr[],
  at: Span,
  key: object,
) => readonly Expr[];

/** Lowers one thread or one invariant. The functions that know C's constructs are in lower-*.ts. */
export class Lowering {
  readonly code = new Code();
  readonly draft: ProgramDraft;
  /** Index of the thread; -1 for an invariant. */
  readonly thread: number;
  /** Inlines a call; its result is a value for each scalar of the return type. Set by `lower`, which knows all parts. */
  readonly inline: Inline;
  frame!: Frame;
  /** Prefix of scratch names of an invariant; '' for a thread. */
  private readonly prefix: string;
  private readonly locals = new Map<object, Map<number, VarId>>();

  constructor(draft: ProgramDraft, thread: number, prefix: string, inline: Inline) {
    this.draft = draft;
    this.thread = thread;
    this.prefix = prefix;
    this.inline = inline;
  }

  get mode(): Mode {
    return this.frame.mode;
  }

  // ---- variables

  /** First variable of a local; laid out at its first mention. One set a function: no recursion, so no two at once. */
  local(sym: VarSym): VarId {
    const names = this.draft.functionNames;
    return this.variable(sym, 0, () =>
      scalarsOf(sym.type).map((s) => ({
        name: `${this.prefix}${sym.fn}.${sym.unique}${s.path}`,
        shown: shownAs(s.type, names),
        ...(this.frame.opaque ? { hidden: true as const } : {}),
        ...((s.range ?? sym.range) ? { range: must(s.range ?? sym.range, 'range') } : {}),
      })),
    );
  }

  /** A hidden temporary for the value (of `type`) of a construct; `n` tells several of one construct apart. */
  temp(of: object, type: CType, n = 0): VarId {
    const names = this.draft.functionNames;
    return this.variable(of, n, () =>
      scalarsOf(type).map((s) => ({ name: '__t', shown: shownAs(s.type, names), hidden: true as const })),
    );
  }

  private variable(
    key: object,
    n: number,
    make: () => { name: string; shown: ShownAs; hidden?: true; range?: readonly [number, number] }[],
  ): VarId {
    const numbered = this.locals.get(key) ?? new Map<number, VarId>();
    this.locals.set(key, numbered);
    const known = numbered.get(n);
    if (known !== undefined) return known;
    const first = this.draft.vars.length;
    for (const v of make()) this.draft.vars.push({ ...v, start: 0, thread: this.thread } as CellVar);
    numbered.set(n, first);
    return first;
  }

  // ---- where things are

  where(lvalue: CExpr): Where {
    const { memory } = this.draft;
    let root = lvalue;
    while (root.kind === 'member' || root.kind === 'index') root = root.of;
    if (root.kind === 'name') {
      if (!memory.firstOf.has(root.sym)) return 'local';
    } else if (root.kind === 'deref') {
      const alias = this.aliasOf(root.pointer);
      if (alias) return alias.where;
    } else {
      return 'local';
    }
    const ranges = cellsOf(lvalue, memory, this.draft.addressed);
    const cells = ranges.flatMap(([from, size]) => this.draft.vars.slice(from, from + size));
    if (!cells.length) return 'shared';
    if (cells.every((c) => c.ghost)) return 'ghost';
    return cells.every((c) => c.constant) ? 'constant' : 'shared';
  }

  /** The local that a pointer expression is another name for: `&local` itself, or a parameter bound to one. */
  aliasOf(pointer: CExpr): Located | undefined {
    if (pointer.kind === 'cast') return this.aliasOf(pointer.a);
    return pointer.kind === 'name' ? this.frame.aliases.get(pointer.sym) : undefined;
  }

  // ---- sites

  /** The site of a construct of the current frame; opaque frames lend their outermost call. */
  site(at: Span): number {
    const shown = this.frame.opaque;
    const frame = shown?.frame ?? this.frame;
    const span = shown?.at ?? at;
    const stack = [];
    for (let f: Frame = frame; f.caller; f = f.caller) {
      stack.unshift({ fn: f.caller.fn.name, file: f.call.file, line: f.call.line, col: f.call.col });
    }
    return this.draft.site({
      file: span.file,
      line: span.line,
      col: span.col,
      fn: frame.fn.name,
      text: this.draft.model.textOf(span),
      stack,
    });
  }

  // ---- emission

  emit(at: Span, edges: Jump[], more: Partial<NodeDraft> = {}): void {
    this.code.emit({ site: this.site(at), step: null, inflight: this.frame.operations, edges, ...more });
  }

  /** A riding node that jumps. */
  jump(at: Span, to: Label): void {
    this.emit(at, [{ to }]);
  }

  /** A riding node that sets one local variable. */
  set(at: Span, id: VarId, value: Expr): Expr {
    this.emit(at, [{ do: [{ to: { base: id }, value }] }]);
    return getVar(id);
  }

  /** Kind of node for an access in this frame: a step, or riding inside one. */
  accessStep(where: Where): StepKind | null {
    return where === 'shared' && this.mode === 'steps' ? 'access' : null;
  }

  refuse(at: Span, message: string, reason: string, hint: string): void {
    this.draft.refusals.push({ at, message, reason, hint });
  }
}
