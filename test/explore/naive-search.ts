// SPDX-License-Identifier: GPL-2.0-only
// Owns a search so simple that it can be believed: states as strings in a Map, everything recomputed, nothing clever.

import { END, type Num, type Program } from '../../src/lang/program.ts';
import { Invariants } from '../../src/machine/invariants.ts';
import { Machine, type Option } from '../../src/machine/machine.ts';
import { Waiting } from '../../src/machine/waiting.ts';

export interface NaiveStep extends Option {
  /** Key of the state it leads to; null when it runs into trouble. */
  readonly to: string | null;
  /** What is wrong in or at the end of the step itself: "trouble kind", "ensures name". */
  readonly wrong: readonly string[];
}

export interface NaiveState {
  readonly depth: number;
  readonly steps: readonly NaiveStep[];
  /** What is wrong in the state: "invariant name", "deadlock". */
  readonly wrong: string[];
  readonly ended: readonly boolean[];
}

/** Every reachable state by its key, in breadth-first order. Cost: far too much for more than 10^4 states. */
export function naiveSearch(program: Program): ReadonlyMap<string, NaiveState> {
  const machine = new Machine(program);
  const states = new Map<string, NaiveState>();
  if (machine.start() !== null) return states;
  const { memory } = machine;
  const key = (): string => memory.vector.map(String).join();
  let layer = new Map([[key(), [...memory.vector]]]);
  for (let depth = 0; layer.size > 0; depth += 1) {
    const next = new Map<string, Num[]>();
    for (const [name, vector] of layer) {
      vector.forEach((value, slot) => memory.write(slot, value));
      const wrong = [
        ...brokenInvariants(machine),
        ...(new Waiting(machine).cycle() === null ? [] : ['deadlock']),
      ];
      const steps = machine.options().map(({ thread, choice }): NaiveStep => {
        const outcome = machine.take(thread, choice);
        const to = outcome === 'moved' ? key() : null;
        if (to !== null) next.set(to, [...memory.vector]);
        const found = typeof outcome === 'string' ? brokenPromises(machine) : [`trouble ${outcome.kind}`];
        machine.undo();
        return { thread, choice, to, wrong: found };
      });
      const ended = program.threads.map((_, thread) => memory.pc(thread) === END);
      states.set(name, { depth, steps, wrong: [...wrong], ended });
    }
    layer = new Map([...next].filter(([name]) => !states.has(name)));
  }
  markDeadlocks(program, states);
  return states;
}

/**
 * By the definition: some thread that is no daemon has not ended, and steps in no continuation. What comes after trouble
 * nobody knows: it may be anything.
 */
function markDeadlocks(program: Program, states: ReadonlyMap<string, NaiveState>): void {
  program.threads.forEach(({ daemon }, thread) => {
    if (daemon) return;
    const able = new Set(
      [...states]
        .filter(([, s]) => s.steps.some((step) => step.thread === thread || step.to === null))
        .map(([k]) => k),
    );
    for (let size = -1; size !== able.size;) {
      size = able.size;
      for (const [name, { steps }] of states)
        if (steps.some(({ to }) => to !== null && able.has(to))) able.add(name);
    }
    for (const [name, state] of states) {
      if (!able.has(name) && !state.ended[thread] && !state.wrong.includes('deadlock'))
        state.wrong.push('deadlock');
    }
  });
}

function brokenInvariants({ program, memory }: Machine): readonly string[] {
  const invariants = new Invariants(program, memory);
  return program.invariants.flatMap(({ name, when }, index) => {
    if (when.kind === 'ensures' || !invariants.isIdle(index)) return [];
    return invariants.judge(index) === 'violated' ? [`invariant ${name}`] : [];
  });
}

function brokenPromises({ program, memory, ended }: Machine): readonly string[] {
  const invariants = new Invariants(program, memory);
  return program.invariants.flatMap(({ name, when }, index) => {
    if (when.kind !== 'ensures' || !ended.includes(when.operation)) return [];
    return invariants.judge(index) === 'violated' ? [`invariant ${name}`] : [];
  });
}
