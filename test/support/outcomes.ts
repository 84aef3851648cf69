// SPDX-License-Identifier: GPL-2.0-only
// Owns the outcomes of a litmus test: what its registers (ghosts) and cells hold where every thread has ended, all stores
// have reached memory and no load is open.

import type { Num, Program } from '../../src/lang/program.ts';
import { Machine } from '../../src/machine/machine.ts';

export interface Outcomes {
  /** "r0=1 r1=0", names in the order asked for, sorted. */
  readonly all: readonly string[];
  readonly states: number;
}

/** Visits every state. Throws when a step is trouble: litmus tests have none. */
export function outcomes(program: Program, names: readonly string[]): Outcomes {
  const machine = new Machine(program);
  if (machine.start() !== null) throw new Error('trouble at the start');
  const { vector } = machine.memory;
  const ids = names.map((name) => program.vars.findIndex((v) => v.name === name));
  const found = new Set<string>();
  const seen = new Map<string, Num[]>();
  const todo: Num[][] = [];
  const come = (): void => {
    const key = vector.join();
    if (seen.has(key)) return;
    const state = [...vector];
    seen.set(key, state);
    todo.push(state);
  };
  come();
  for (let state = todo.pop(); state !== undefined; state = todo.pop()) {
    state.forEach((value, slot) => (vector[slot] = value));
    machine.forget();
    let isLast = true;
    for (let thread = 0; thread < program.threads.length; thread += 1) {
      let choice = 0;
      do {
        const outcome = machine.take(thread, choice);
        if (outcome === 'blocked') continue;
        if (outcome !== 'moved') throw new Error(outcome.message);
        isLast = false;
        come();
        machine.undo();
      } while (++choice < machine.choices);
    }
    const isEnd = program.threads.every(({ daemon }, thread) => daemon || machine.memory.hasEnded(thread));
    const isOpen = (program.open ?? []).some((id) => vector[id] !== 0);
    if (isLast && isEnd && !isOpen)
      found.add(names.map((name, i) => `${name}=${vector[ids[i]!] ?? 0}`).join(' '));
  }
  return { all: [...found].sort(), states: seen.size };
}
