// SPDX-License-Identifier: GPL-2.0-only
// Owns the invariants in Promela: when each must be judged, and its code as one deterministic step full of jumps.

import {
  END,
  type Expr,
  type InvariantProgram,
  type Place,
  type Program,
  type TroubleKind,
  type VarId,
} from '../lang/program.ts';
import { bugName, ifThen, pruned, type PromelaStatements, type Statement } from './promela-statements.ts';
import type { PromelaTerms } from './promela-terms.ts';
import type { PromelaValues } from './promela-values.ts';

/** The invariants of one Program. */
export class PromelaChecks {
  readonly #program: Program;
  readonly #values: PromelaValues;
  readonly #terms: PromelaTerms;
  readonly #statements: PromelaStatements;
  /** Of each invariant the cells that it may read. */
  readonly #reads: readonly ReadonlySet<VarId>[];

  constructor(program: Program, values: PromelaValues, terms: PromelaTerms, statements: PromelaStatements) {
    this.#program = program;
    this.#values = values;
    this.#terms = terms;
    this.#statements = statements;
    this.#reads = program.invariants.map((invariant) => this.#readsOf(invariant));
  }

  /** The bit that is set while a thread stands inside what an idle invariant waits for; null: it never does. */
  flag(thread: number, invariant: number): string | null {
    const { name, code } = this.#program.threads[thread]!;
    const { when } = this.#program.invariants[invariant]!;
    if (when.kind !== 'idle' || !code.some((_, pc) => this.isInside(thread, pc, invariant))) return null;
    const operations = when.operations.filter((op) => code.some(({ inflight }) => inflight.includes(op)));
    const names = operations.map((op) => this.#program.operations[op]);
    return `${name}_in_${names.join('_')}`.replace(/\W+/g, '_');
  }

  /** Flags of a thread, with the values they have where it stands at `pc`. */
  flags(thread: number, pc: number): ReadonlyMap<string, boolean> {
    const all = this.#program.invariants.flatMap((_, index): [string, boolean][] => {
      const name = this.flag(thread, index);
      return name === null ? [] : [[name, this.isInside(thread, pc, index)]];
    });
    return new Map(all);
  }

  isInside(thread: number, pc: number, invariant: number): boolean {
    const { when } = this.#program.invariants[invariant]!;
    const inflight = pc === END ? [] : (this.#program.threads[thread]!.code[pc]?.inflight ?? []);
    return when.kind === 'idle' && inflight.some((operation) => when.operations.includes(operation));
  }

  /**
   * The invariants that a step of `thread` from `from` to `to`, which may write `cells`, can make false that were true,
   * or is the first to have judged.
   */
  concerned(
    thread: number,
    from: number,
    to: number,
    cells: ReadonlySet<VarId>,
    ended: readonly number[],
  ): readonly number[] {
    return this.#program.invariants.flatMap(({ when }, index): number[] => {
      if (when.kind === 'ensures') return ended.includes(when.operation) ? [index] : [];
      if (this.isInside(thread, to, index)) return [];
      const isFresh = this.isInside(thread, from, index);
      return isFresh || [...cells].some((id) => this.#reads[index]!.has(id)) ? [index] : [];
    });
  }

  /** Those that are judged in state 0 already. */
  get ofStates(): ReadonlySet<number> {
    const { invariants } = this.#program;
    return new Set([...invariants.keys()].filter((index) => invariants[index]!.when.kind !== 'ensures'));
  }

  get hasEnsures(): boolean {
    return this.#program.invariants.some(({ when }) => when.kind === 'ensures');
  }

  /**
   * Judges these invariants where the state, or the operations just ended, ask for it. `prefix` keeps the labels of
   * several copies in one proctype apart.
   */
  judge(prefix: string, indices: ReadonlySet<number>): readonly Statement[] {
    return this.#program.invariants.flatMap((invariant, index): Statement[] => {
      if (!indices.has(index)) return [];
      const guard = this.#when(invariant, index);
      const steps = pruned(this.#code(invariant, prefix));
      const judged = { steps, comment: `${invariant.name}: ${invariant.fn}()` };
      return [guard === null ? judged : ifThen(guard, [judged])];
    });
  }

  #when({ when }: InvariantProgram, index: number): string | null {
    if (when.kind === 'strict') return null;
    if (when.kind === 'ensures') return `(just_ended & ${2 ** when.operation})`;
    const flags = this.#program.threads.flatMap((_, thread) => this.flag(thread, index) ?? []);
    return flags.length === 0 ? null : flags.map((flag) => `!${flag}`).join(' && ');
  }

  #code(invariant: InvariantProgram, prefix: string): readonly Statement[] {
    const { code, entry, result } = invariant;
    const name = this.#values.name(result);
    const label = (pc: number): string => `${prefix}${invariant.name}_${pc === END ? 'judged' : pc}`;
    const fall = (kind: TroubleKind): readonly Statement[] => {
      this.#statements.bugs.add(kind);
      return [`assert(!${bugName(kind)})`, `${name} = 1`, `goto ${label(END)}`];
    };
    const reached = new Set<number>();
    const queue = [entry];
    for (let pc = queue.pop(); pc !== undefined; pc = queue.pop()) {
      if (pc === END || reached.has(pc)) continue;
      reached.add(pc);
      queue.push(...code[pc]!.edges.flatMap((edge) => (edge.fail ? [] : [edge.next])));
    }
    const order = [entry, ...[...reached].filter((pc) => pc !== entry).sort((a, b) => a - b)];
    const blocks = order.flatMap((pc): Statement[] => {
      const { edges } = code[pc]!;
      const from = (at: number): readonly Statement[] => {
        const edge = edges[at];
        if (edge === undefined) return ['assert(false)'];
        const leave = edge.fail ? [] : [`goto ${label(edge.next)}`];
        const body = [...this.#statements.edge(edge, fall), ...leave];
        if (edge.when === null) return body;
        const checks = this.#statements.checks(this.#terms.risks(edge.when), fall);
        const guard = this.#terms.condition(edge.when);
        return [
          ...checks,
          {
            options: [
              { guard, body },
              { guard: null, body: from(at + 1) },
            ],
          },
        ];
      };
      return [`${label(pc)}:`, ...from(0)];
    });
    return [
      `${name} = 0`,
      ...blocks,
      `${label(END)}:`,
      `holds_${invariant.name} = ${name}`,
      `assert(holds_${invariant.name})`,
      // Not for the judging: the same values in every state, should SPIN have to take them for a part of it.
      `${name} = 0`,
      `holds_${invariant.name} = 0`,
    ];
  }

  #readsOf({ code }: InvariantProgram): ReadonlySet<VarId> {
    const reads = new Set<VarId>();
    const place = (p: Place): void => {
      if (p.ptr) expr(p.ptr);
      for (const { value } of p.index ?? []) expr(value);
    };
    const expr = (e: Expr): void => {
      if ('place' in e) {
        place(e.place);
        if (e.op !== 'addr') for (const { id } of this.#terms.candidates(e.place)) reads.add(id);
      }
      if ('test' in e) expr(e.test);
      if ('a' in e) expr(e.a);
      if ('b' in e) expr(e.b);
    };
    for (const { when, do: assigns } of code.flatMap(({ edges }) => edges)) {
      if (when) expr(when);
      for (const a of assigns) {
        if ('stale' in a) continue;
        place(a.to);
        expr(a.value);
      }
    }
    return reads;
  }
}
