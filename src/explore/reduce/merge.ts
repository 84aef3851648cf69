// SPDX-License-Identifier: GPL-2.0-only
// Owns the merging of steps: a Program with fewer places to rest, in which the same can go wrong.

import { must } from '../../base/assert.ts';
import { END, type Node, type Pc, type Program } from '../../lang/program.ts';
import { Movers, type Mover, type MoverOptions } from './movers.ts';

/** What may have happened since the thread last rested, as a set of bits. */
const BEFORE = 1; // only steps that can be put off: the other threads may as well have gone first
const AFTER = 2; // more than that: what follows must be something that could have come at once
const CLOSED = 4; // nothing may follow

/**
 * The same Program, in which runs of steps [right or both]* any [left or both]* of one thread are one step: between
 * them the thread rests nowhere. All its nodes stand where they stood; some are steps no more. Every state of the
 * result is one of the Program; whatever violates an invariant, is trouble or a deadlock in one shows in the other
 * (Lipton 1975; Flanagan and Qadeer, PLDI 2003), and so does whether operations end. Cost: see Movers.
 */
export function mergeSteps(program: Program, options: MoverOptions): Program {
  const movers = new Movers(program, options);
  const isEnsured = program.operations.map((_, operation) =>
    program.invariants.some(({ when }) => when.kind === 'ensures' && when.operation === operation),
  );
  const threads = program.threads.map((thread, index) => {
    const section = new Sections(thread.code, (pc) => movers.of(index, pc), isEnsured);
    const code = section.merge(thread.entry);
    return { ...thread, code };
  });
  return { ...program, threads };
}

/** One thread's code. Nodes are only ever added to those kept, so it comes to an end. */
class Sections {
  readonly #code: readonly Node[];
  readonly #movers: readonly (Mover | null)[];
  readonly #isEnsured: readonly boolean[];
  /** Step nodes that stay steps. */
  readonly #kept: Set<Pc>;

  constructor(code: readonly Node[], moverOf: (pc: Pc) => Mover, isEnsured: readonly boolean[]) {
    this.#code = code;
    this.#movers = code.map(({ step }, pc) => (step === null ? null : moverOf(pc)));
    this.#isEnsured = isEnsured;
    this.#kept = new Set(code.flatMap((node, pc) => (node.step !== null && mustRest(node) ? [pc] : [])));
  }

  merge(entry: Pc): readonly Node[] {
    for (let before = -1; before !== this.#kept.size;) {
      before = this.#kept.size;
      this.#keepWhatCannotFollow(entry);
      this.#cutLoops();
    }
    return this.#code.map((node, pc) =>
      node.step === null || this.#kept.has(pc) ? node : ridingNode(node, node.step),
    );
  }

  #rests(pc: Pc): boolean {
    return this.#kept.has(pc) || must(this.#code[pc], 'a node').begin !== undefined;
  }

  /** Follows all ways, with what may have happened since the last rest, and keeps the steps that may not follow it. */
  #keepWhatCannotFollow(entry: Pc): void {
    const at = this.#code.map(() => 0);
    const todo: Pc[] = [];
    const arrive = (pc: Pc, phases: number): void => {
      if (pc === END || ((at[pc] ?? 0) | phases) === at[pc]) return;
      at[pc]! |= phases;
      todo.push(pc);
    };
    // Threads start one after the other: what rides at the start is done before anybody steps.
    arrive(entry, CLOSED);
    for (let pc = todo.pop(); pc !== undefined; pc = todo.pop()) {
      const node = must(this.#code[pc], 'a node');
      const mover = this.#movers[pc] ?? null;
      const phases = at[pc] ?? 0;
      if (mover !== null && !this.#kept.has(pc) && !mayFollow(mover, phases)) this.#kept.add(pc);
      for (const { next, fail } of node.edges) {
        if (fail === undefined) arrive(next, this.#after(pc, node, mover, phases));
      }
    }
  }

  #after(pc: Pc, node: Node, mover: Mover | null, phases: number): number {
    // An operation that begins here does so with its first step, which must be the node to wait at.
    if (node.begin !== undefined && mover === null) return CLOSED;
    const isEnd = node.end !== undefined && this.#isEnsured[node.end] === true;
    if (isEnd) return CLOSED;
    if (mover === null) return phases;
    const before = this.#rests(pc) ? BEFORE : phases;
    return mover === 'right' || mover === 'both' ? before : AFTER;
  }

  /** A loop must have a place to rest where it had one: keeps a step of each that has lost them all. */
  #cutLoops(): void {
    const colour = this.#code.map(() => 0);
    for (let start = 0; start < this.#code.length; start += 1) {
      const path: { pc: Pc; edge: number }[] = colour[start] === 0 ? [{ pc: start, edge: 0 }] : [];
      colour[start] ||= 1;
      for (let top = path.at(-1); top !== undefined; top = path.at(-1)) {
        const next = this.#rests(top.pc) ? undefined : this.#code[top.pc]?.edges[top.edge]?.next;
        const isDone = this.#rests(top.pc) || top.edge >= must(this.#code[top.pc], 'a node').edges.length;
        top.edge += 1;
        if (isDone) {
          colour[top.pc] = 2;
          path.pop();
        } else if (next !== undefined && next !== END) {
          if (colour[next] === 0) {
            colour[next] = 1;
            path.push({ pc: next, edge: 0 });
          } else if (colour[next] === 1) {
            const loop = path.slice(path.findIndex(({ pc }) => pc === next)).map(({ pc }) => pc);
            const step = loop.find((pc) => this.#movers[pc] !== null);
            if (step !== undefined) this.#kept.add(step);
          }
        }
      }
    }
  }
}

/** A step that may have to wait, or has a choice, is one that a thread must be able to rest before. */
function mustRest({ edges, choice, begin }: Node): boolean {
  const isAlways = edges.some(({ when }) => when === null || (when.op === 'const' && when.value !== 0));
  return !isAlways || choice !== undefined || begin !== undefined;
}

function mayFollow(mover: Mover, phases: number): boolean {
  if ((phases & CLOSED) !== 0) return false;
  switch (mover) {
    case 'both':
    case 'left':
      return true;
    case 'right':
    case 'none':
      return (phases & AFTER) === 0;
  }
}

function ridingNode({ step, ...node }: Node, kind: Node['step']): Node {
  // Its kind goes with it, for what still speaks of kinds; `access` is what a node is by itself.
  void step;
  return kind === null || kind === 'access' ? { ...node, step: null } : { ...node, step: null, kind };
}
