// SPDX-License-Identifier: GPL-2.0-only
// Owns the folding of calls into one row: `page = find_get_page(mapping, pgoff)` instead of what happens inside.

import { must } from '../base/assert.ts';
import type { Recording } from '../model/recording.ts';
import { callText, type CallText } from './call-text.ts';
import { callsAround, type Call } from './call-tree.ts';
import { isLocking } from './run-slice.ts';

/** A call in place of its steps. */
export interface Folded extends CallText {
  readonly call: Call;
  /** The call that the row stands in: calls that hold nothing but this one are passed over. */
  readonly under: Call;
  /** The one step inside whose result is worth saying; null when there is none. */
  readonly telling: number | null;
}

/**
 * Decides about calls of functions of headers, which people know by name. One that is a single step of the run is
 * always folded. With `chosen` (the steps to be shown) also one that no chosen step of another thread interrupts, that
 * changes nothing of interest and looks at one thing at most.
 */
export class Folding {
  readonly #recording: Recording;
  readonly #chosen: ReadonlySet<number> | undefined;
  readonly #marked: ReadonlySet<number>;
  readonly #known = new Map<Call, Folded | undefined>();
  /** The chosen steps of each call. */
  readonly #inside = new Map<Call, readonly number[]>();

  constructor(recording: Recording, chosen: ReadonlySet<number> | undefined, marked: ReadonlySet<number>) {
    this.#recording = recording;
    this.#chosen = chosen;
    this.#marked = marked;
  }

  /** The call whose row stands for this step; undefined when the step has a row of its own. */
  around(innermost: Call): Folded | undefined {
    const calls = callsAround(innermost);
    for (const [depth, call] of calls.entries()) {
      const folded = this.#fold(call);
      if (folded === undefined) continue;
      if (call.steps.length === 1) return folded;
      // The inner call that holds everything worth showing says it better.
      const steps = this.#shown(call);
      const inner = calls.slice(depth + 1).filter((c) => this.#shown(c).length === steps.length);
      const best = inner.reduce((known, c) => this.#fold(c) ?? known, folded);
      return { ...best, under: folded.under };
    }
    return undefined;
  }

  #fold(call: Call): Folded | undefined {
    if (!this.#known.has(call)) this.#known.set(call, this.#decide(call));
    return this.#known.get(call);
  }

  #decide(call: Call): Folded | undefined {
    if (call.from === null || call.isOperation || !call.file.endsWith('.h')) return undefined;
    const steps = this.#shown(call);
    const [first, last] = [steps[0], steps.at(-1)];
    if (first === undefined || last === undefined) return undefined;
    const isSingle = call.steps.length === 1;
    if (isSingle ? this.#decidesInside(call, first) : !this.#isQuiet(call, steps)) return undefined;
    const text = callText(this.#recording.sources, call.from);
    if (text === undefined) return undefined;
    const telling = isSingle ? first : (steps.find((step) => !isLocking(this.#event(step))) ?? null);
    return { ...text, call, under: must(call.parent, 'a caller'), telling };
  }

  /** The test that a single step makes inside the function must be seen. */
  #decidesInside(call: Call, step: number): boolean {
    const { sites } = this.#recording;
    return this.#event(step).checks.some(({ site }) => {
      const { fn, stack } = must(sites[site], `site ${site}`);
      return stack.length >= call.depth && [...stack.map((frame) => frame.fn), fn][call.depth] === call.fn;
    });
  }

  #isQuiet(call: Call, steps: readonly number[]): boolean {
    if (this.#chosen === undefined) return false;
    const [first, last] = [must(steps[0], 'first step'), must(steps.at(-1), 'last step')];
    for (let step = first; step <= last; step++) {
      if (this.#chosen.has(step) && this.#event(step).thread !== call.thread) return false;
    }
    const accesses = steps.filter((step) => !isLocking(this.#event(step)));
    const kinds = steps.map((step) => this.#event(step).kind);
    const isBalanced =
      kinds.filter((kind) => kind === 'release').length * 2 === kinds.length - accesses.length;
    const changes = accesses.some((step) => this.#event(step).writes.length > 0 || this.#marked.has(step));
    return isBalanced && accesses.length <= 1 && !changes;
  }

  #shown(call: Call): readonly number[] {
    if (this.#chosen === undefined) return call.steps;
    const known = this.#inside.get(call);
    if (known !== undefined) return known;
    const steps = call.steps.filter((step) => this.#chosen?.has(step));
    this.#inside.set(call, steps);
    return steps;
  }

  #event(step: number): Recording['events'][number] {
    return must(this.#recording.events[step - 1], `event ${step}`);
  }
}
