// SPDX-License-Identifier: GPL-2.0-only
// Owns which nodes one step of a thread goes through: those before its step node, that one, and those behind it.

import { END, type Node, type Pc } from '../lang/program.ts';

/** Before the step node of a step, or at and behind it. */
export type Phase = 'before' | 'after';

/** All nodes of the steps from one place of rest. Building it costs their number. */
export class PromelaRegion {
  readonly #code: readonly Node[];
  readonly #from: Pc;
  /** How often each (phase, pc) is led to. */
  readonly #ways = new Map<string, number>();
  /** Nodes in it, the step nodes included. */
  readonly nodes = new Set<Node>();
  /** Its step nodes. */
  readonly steps = new Set<Node>();

  constructor(code: readonly Node[], from: Pc) {
    this.#code = code;
    this.#from = from;
    this.#visit(from, this.first);
  }

  /** The phase in which the node at the place of rest is taken. */
  get first(): Phase {
    return this.#code[this.#from]!.step === null ? 'before' : 'after';
  }

  /** Whether a step that comes to `pc` in this phase ends there. */
  isEnd(pc: Pc, phase: Phase): boolean {
    if (pc === END) return true;
    return isRest(this.#code[pc]!) && (phase === 'after' || this.#code[pc]!.step === null);
  }

  /** Whether several ways lead to the node, or a loop. */
  isShared(pc: Pc, phase: Phase): boolean {
    return (this.#ways.get(`${phase} ${pc}`) ?? 0) > 1;
  }

  /** The phase of what comes behind the node. */
  behind(pc: Pc, phase: Phase): Phase {
    return this.#code[pc]!.step === null ? phase : 'after';
  }

  #visit(pc: Pc, phase: Phase): void {
    const node = this.#code[pc]!;
    this.nodes.add(node);
    if (node.step !== null) this.steps.add(node);
    const next = this.behind(pc, phase);
    for (const edge of node.edges) {
      if (edge.fail !== undefined || this.isEnd(edge.next, next)) continue;
      const key = `${next} ${edge.next}`;
      const ways = this.#ways.get(key) ?? 0;
      this.#ways.set(key, ways + 1);
      if (ways === 0) this.#visit(edge.next, next);
    }
  }
}

/** A thread rests before a step and before the begin of an operation. */
function isRest(node: Node): boolean {
  return node.step !== null || node.begin !== undefined;
}
