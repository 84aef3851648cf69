// SPDX-License-Identifier: GPL-2.0-only
// Owns what a search has found wrong: of each kind the shortest distance, and every way to meet it at that distance.

import type { TroubleKind } from '../lang/program.ts';
import type { Option } from '../machine/machine.ts';
import type { Trouble } from '../machine/trouble.ts';

/** Where something is wrong: in a state, or (`step` given) in a step that leaves it. */
export interface Goal {
  readonly state: number;
  readonly step: Option | null;
}

/** What is wrong. Trouble of one kind is one finding, wherever it shows; the first met stands for all. */
export type Wrong =
  | { readonly kind: 'invariant'; readonly invariant: number }
  | { readonly kind: 'trouble'; readonly trouble: Trouble }
  | { readonly kind: 'deadlock' };

/** One kind of finding at its shortest distance. */
export interface Found {
  readonly wrong: Wrong;
  /** Steps from the start to the moment it shows, the step into trouble included. */
  readonly depth: number;
  readonly goals: readonly Goal[];
}

interface Collected extends Found {
  readonly goals: Goal[];
}

export class Findings {
  readonly #byKey = new Map<string, Collected>();

  /** Notes a finding. Depths must come in ascending order. */
  add(wrong: Wrong, depth: number, goal: Goal): void {
    const key = keyOf(wrong);
    const known = this.#byKey.get(key);
    if (known === undefined) this.#byKey.set(key, { wrong, depth, goals: [goal] });
    else if (known.depth === depth) known.goals.push(goal);
  }

  /** Adds what was found after the search, in any order: nearer goals replace those known, equally near ones join. */
  addLate(found: Found): void {
    const key = keyOf(found.wrong);
    const known = this.#byKey.get(key);
    if (known === undefined || found.depth < known.depth) {
      this.#byKey.set(key, { ...found, goals: [...found.goals] });
    } else if (found.depth === known.depth) {
      known.goals.push(...found.goals);
    }
  }

  /** All kinds found, nearest first; of equal distance by weight: bug, exposure, deadlock, race. */
  all(): readonly Found[] {
    return [...this.#byKey.values()].sort((a, b) => a.depth - b.depth || weight(a.wrong) - weight(b.wrong));
  }

  /** The distance of the nearest; Infinity when there is none. A model that is too small is no finding. */
  get nearest(): number {
    return Math.min(...this.all().map(({ wrong, depth }) => (isLimit(wrong) ? Infinity : depth)));
  }
}

/** The pool of the model was empty: it cannot be said what would have come. */
export function isLimit(wrong: Wrong): boolean {
  return wrong.kind === 'trouble' && wrong.trouble.kind === 'limit';
}

/** `expose(zero)` or `expose(uninit)`: wrong data was seen, though nothing broke. */
export function exposed(kind: TroubleKind): 'zero' | 'uninit' | null {
  if (kind === 'expose-zero') return 'zero';
  return kind === 'expose-uninit' ? 'uninit' : null;
}

/** Equal for what is one kind of finding. */
export function keyOf(wrong: Wrong): string {
  switch (wrong.kind) {
    case 'invariant':
      return `invariant ${wrong.invariant}`;
    case 'trouble':
      return `trouble ${wrong.trouble.kind}`;
    case 'deadlock':
      return 'deadlock';
  }
}

function weight(wrong: Wrong): number {
  switch (wrong.kind) {
    case 'trouble':
      if (isLimit(wrong)) return 9;
      return exposed(wrong.trouble.kind) === null ? 0 : 1;
    case 'deadlock':
      return 2;
    case 'invariant':
      return 3;
  }
}
