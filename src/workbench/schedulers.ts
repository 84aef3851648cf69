// SPDX-License-Identifier: GPL-2.0-only
// Owns the schedulers that a workbench adds to those of explore: one after another, and the choice of a telling run.

import { Rng } from '../base/rng.ts';
import { drive, randomly, type Scheduler } from '../explore/run.ts';
import type { Schedule } from '../explore/schedule.ts';
import type { Program } from '../lang/program.ts';
import { hasOpenLoads, Machine } from '../machine/machine.ts';

/** The steps of a schedule, which must be possible, then what `next` says; without it the run stops there. */
export function following(schedule: Schedule, next?: Scheduler): Scheduler {
  let step = 0;
  return (options, machine) => schedule[step++] ?? next?.(options, machine) ?? null;
}

/** Random, but a thread goes on for a while before another has its turn: easier to read. */
function unhurried(seed: number): Scheduler {
  const rng = new Rng(seed);
  let current = -1;
  return (options) => {
    if (rng.below(6) === 0 || !options.some(({ thread }) => thread === current))
      current = rng.pick(options).thread;
    return rng.pick(options.filter(({ thread }) => thread === current));
  };
}

/**
 * A random run, the same for the same seed. Where loads may guess (--memory weak), a run whose guesses prove wrong is none,
 * and another is tried.
 */
export function guessingRight(program: Program, seed: number): Scheduler {
  if (program.open === undefined) return randomly(seed);
  const seeds = new Rng(seed);
  for (let tries = 0; tries < TRIES; tries += 1) {
    const machine = new Machine(program);
    if (machine.start() !== null) break;
    const { schedule } = drive(machine, randomly(seeds.below(2 ** 31)), LONGEST);
    if (!hasOpenLoads(program, machine.memory.vector)) return following(schedule);
  }
  return randomly(seed);
}

/** Seeds tried by `telling`, and the longest run it looks at. */
const TRIES = 64;
const LONGEST = 1_000;

/**
 * Of a number of random runs the one that reaches the most witnesses (installs a page, retries, refuses), the shortest
 * of these: what a safe run is worth looking at for. Always the same one for the same Program.
 */
export function telling(program: Program): Schedule {
  let best: { schedule: Schedule; witnesses: number } | undefined;
  for (let seed = 1; seed <= TRIES; seed++) {
    const machine = new Machine(program);
    if (machine.start() !== null) return [];
    const { schedule } = drive(machine, unhurried(seed), LONGEST);
    if (hasOpenLoads(program, machine.memory.vector)) continue; // it guessed wrong
    const witnesses = witnessesOf(machine);
    const isBetter =
      best === undefined ||
      witnesses > best.witnesses ||
      (witnesses === best.witnesses && schedule.length < best.schedule.length);
    if (isBetter) best = { schedule, witnesses };
  }
  return best?.schedule ?? [];
}

function witnessesOf({ program, coverage }: Machine): number {
  const reached = program.threads.flatMap(({ code }, thread) =>
    code.flatMap(({ witness }, pc) =>
      witness !== undefined && coverage[thread]?.[pc] !== 0 ? [witness] : [],
    ),
  );
  return new Set(reached).size;
}
