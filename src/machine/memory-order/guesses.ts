// SPDX-License-Identifier: GPL-2.0-only
// Owns which values a load may guess: all that memory can hold. They are found by running the model.

import { UNINIT, type Num, type Program, type VarId } from '../../lang/program.ts';
import { Machine } from '../machine.ts';
import { weakly } from './weak.ts';
import type { Guesses } from './weak-plan.ts';

/** States visited in one round before the search for values is cut off: a second or two. */
const MOST_STATES = 30_000;

/**
 * Starts from the values that memory holds at the start, and goes through the states that loads with these guesses lead
 * to, for new values in memory; over and over until there are none. A value that a store makes of a wrong guess never
 * gets to memory, so this ends. Deterministic: a trace can be run again from its model alone.
 */
export function guessesFor(program: Program, mostStates = MOST_STATES): Guesses {
  const values = new Map<VarId, Set<Num>>();
  for (const id of program.vars.keys())
    if (id < program.cells) values.set(id, new Set([program.vars[id]!.start]));
  visit(program, values, mostStates); // most values show without any reordering, in far fewer states
  for (;;) {
    const isAll = visit(weakly(program, asGuesses(values, true)), values, mostStates);
    if (isAll === 'nothing new') return asGuesses(values, true);
    if (isAll === 'cut off') return asGuesses(values, false);
  }
}

function asGuesses(values: ReadonlyMap<VarId, ReadonlySet<Num>>, isComplete: boolean): Guesses {
  const lists = [...values].map(([id, set]) => [id, [...set].filter((value) => value !== UNINIT)] as const);
  return { values: new Map(lists), isComplete };
}

/** Adds the values that the cells hold in the states of a Program. */
function visit(
  program: Program,
  values: Map<VarId, Set<Num>>,
  mostStates: number,
): 'nothing new' | 'more' | 'cut off' {
  const machine = new Machine(program);
  if (machine.start() !== null) return 'nothing new';
  const { vector } = machine.memory;
  const start = [...vector];
  /** Slots that have ever held another value than at the start, ascending. */
  let varying: number[] = [];
  const seen = new Set<string>();
  const todo: (readonly (readonly [slot: number, value: Num])[])[] = [];
  let isNew = false;
  const come = (): void => {
    const { changed, logged } = machine.memory;
    for (let i = 0; i < logged; i += 1) {
      const slot = changed[i]!;
      if (vector[slot] !== start[slot] && !varying.includes(slot))
        varying = [...varying, slot].sort((a, b) => a - b);
    }
    const state = varying.flatMap((slot) =>
      vector[slot] === start[slot] ? [] : [[slot, vector[slot]!] as const],
    );
    const key = state.join(';');
    if (seen.has(key)) return;
    seen.add(key);
    todo.push(state);
    for (const [id, value] of state) {
      const known = values.get(id);
      if (known === undefined || known.has(value)) continue;
      known.add(value);
      isNew = true;
    }
  };
  come();
  for (let next = 0; next < todo.length; next += 1) {
    if (seen.size > mostStates) return 'cut off';
    for (const slot of varying) vector[slot] = start[slot]!;
    for (const [slot, value] of todo[next]!) vector[slot] = value;
    machine.forget();
    for (let thread = 0; thread < program.threads.length; thread += 1) {
      let choice = 0;
      do {
        const outcome = machine.take(thread, choice);
        if (outcome === 'blocked') continue;
        if (outcome === 'moved') come();
        machine.undo();
      } while (++choice < machine.choices);
    }
  }
  return isNew ? 'more' : 'nothing new';
}
