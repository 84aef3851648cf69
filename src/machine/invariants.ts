// SPDX-License-Identifier: GPL-2.0-only
// Owns the judging of one state by the invariants of a Program. Judging is pure: the vector is as before.

import { assert } from '../base/assert.ts';
import {
  END,
  UNINIT,
  type InvariantProgram,
  type Node,
  type Num,
  type Pc,
  type Program,
  type VarId,
} from '../lang/program.ts';
import { compileCode, enabledEdge, nodeAt, type CompiledNode } from './code.ts';
import { Evaluator, type Compute } from './evaluate.ts';
import type { Memory } from './memory.ts';
import { formatMessage, type Said } from './message.ts';
import type { Taint, Tracer } from './tracer.ts';
import { asTrouble, Fault, type Trouble } from './trouble.ts';
import { Values } from './values.ts';

/** What an invariant says of a state; trouble when its own code runs into some. */
export type Judgement = 'holds' | 'violated' | Trouble;

/** Why an invariant is false. */
export interface Reason {
  /** In the words of the model. */
  readonly message: string;
  /** Cells that the evaluation read, by first read, without constants. */
  readonly cells: readonly VarId[];
}

/** An invariant that visits so many nodes in one evaluation does not end. */
export const LONGEST_EVALUATION = 1_000_000;

/** The invariants of one Program, over one Memory. Indices are those of Program.invariants. */
export class Invariants {
  readonly #program: Program;
  readonly #memory: Memory;
  readonly #codes: readonly (readonly CompiledNode[])[];
  /** By invariant, thread and pc: 1 where a thread rests inside an operation that must be idle. */
  readonly #inside: readonly (readonly Uint8Array[])[];
  #watched: WatchedInvariants | undefined;

  constructor(program: Program, memory: Memory) {
    this.#program = program;
    this.#memory = memory;
    const evaluator = new Evaluator(program, memory, null);
    this.#codes = program.invariants.map(({ code }) => compileCode(code, evaluator));
    this.#inside = program.invariants.map(({ when }) =>
      program.threads.map(({ code }) =>
        Uint8Array.from(code, ({ inflight }) =>
          when.kind === 'idle' && inflight.some((operation) => when.operations.includes(operation)) ? 1 : 0,
        ),
      ),
    );
  }

  /** Evaluates one invariant in the state as it is. Cost: the nodes it visits. */
  judge(index: number): Judgement {
    const invariant = this.#program.invariants[index]!;
    return evaluate(invariant, this.#codes[index]!, this.#memory, null);
  }

  /** Whether none of the operations of an `idle` invariant is in flight; true for invariants of other kinds. */
  isIdle(index: number): boolean {
    const inside = this.#inside[index]!;
    for (let thread = 0; thread < inside.length; thread += 1) {
      if (inside[thread]![this.#memory.pc(thread)] === 1) return false; // END is outside the table, and idle
    }
    return true;
  }

  /** Why an invariant that does not hold does not. Evaluates it again, watched; slow. */
  explain(index: number): Reason {
    this.#watched ??= new WatchedInvariants(this.#program, this.#memory);
    return this.#watched.explain(index);
  }
}

/** Runs the code of an invariant, then sets its scratch back. */
function evaluate(
  invariant: InvariantProgram,
  code: readonly CompiledNode[],
  memory: Memory,
  visit: ((node: CompiledNode) => void) | null,
): Judgement {
  const mark = memory.logged;
  let site = invariant.site;
  try {
    let visited = 0;
    for (let pc: Pc = invariant.entry; pc !== END;) {
      const compiled = nodeAt(code, pc);
      site = compiled.node.site;
      visited += 1;
      if (visited > LONGEST_EVALUATION)
        throw new Fault('endless-local-loop', `${invariant.name} does not come to an end`);
      visit?.(compiled);
      const edge = compiled.edges[enabledEdge(compiled)];
      assert(edge !== undefined, `node ${pc} of invariant ${invariant.name} has no enabled edge`);
      if (edge.fail !== undefined) throw new Fault(edge.fail.kind, edge.fail.message);
      edge.perform();
      pc = edge.next;
    }
    return memory.vector[invariant.result] === 0 ? 'violated' : 'holds';
  } catch (error) {
    const trouble = asTrouble(error, -1, site);
    return { ...trouble, message: `in invariant ${invariant.name}: ${trouble.message}` };
  } finally {
    memory.rollback(mark);
  }
}

/** The same invariants, compiled to be watched. */
class WatchedInvariants {
  readonly #program: Program;
  readonly #memory: Memory;
  readonly #values: Values;
  readonly #reads = new CellReads();
  readonly #codes: readonly (readonly CompiledNode[])[];

  constructor(program: Program, memory: Memory) {
    this.#program = program;
    this.#memory = memory;
    this.#values = new Values(program);
    const evaluator = new Evaluator(program, memory, this.#reads);
    this.#codes = program.invariants.map(({ code }) => compileCode(code, evaluator));
  }

  explain(index: number): Reason {
    const invariant = this.#program.invariants[index]!;
    let said: string | undefined;
    this.#reads.seen.clear();
    const judgement = evaluate(invariant, this.#codes[index]!, this.#memory, (compiled) => {
      said = this.#say(compiled) ?? said;
    });
    const { cells, vars } = this.#program;
    return {
      message: typeof judgement === 'string' ? (said ?? `${invariant.fn}() is false`) : judgement.message,
      cells: [...this.#reads.seen].filter((id) => id < cells && vars[id]?.constant !== true),
    };
  }

  #say({ node, says }: CompiledNode): string | undefined {
    if (node.says === undefined) return undefined;
    const args = node.says.args.map(({ show }, i): Said => ({ show, value: computeOr(says[i]!, UNINIT) }));
    return formatMessage(node.says.format, args, this.#values);
  }
}

/** The value, or `otherwise` when it cannot be had: a message must not fail over its arguments. */
function computeOr(compute: Compute, otherwise: Num): Num {
  try {
    return compute();
  } catch (error) {
    if (error instanceof Fault) return otherwise;
    throw error;
  }
}

/** Collects the variables that are read. */
class CellReads implements Tracer {
  readonly seen = new Set<VarId>();
  readonly #none: Taint = new Set();

  read(id: VarId): void {
    this.seen.add(id);
  }
  enterAddress(): Taint {
    return this.#none;
  }
  gathered(): Taint {
    return this.#none;
  }
  node(_thread: number, _pc: Pc, _node: Node): void {}
  edge(): void {}
  fresh(): void {}
  store(_id: VarId, _old: Num, _value: Num): void {}
  markStale(): void {}
  choose(): void {}
  dead(): void {}
}
