// SPDX-License-Identifier: GPL-2.0-only
// Owns single runs: a scheduler is asked, the machine steps, until the run ends by itself.

import { Rng } from '../base/rng.ts';
import { UserError } from '../base/user-error.ts';
import type { Machine, Option } from '../machine/machine.ts';
import type { Trouble } from '../machine/trouble.ts';
import { Waiting } from '../machine/waiting.ts';
import type { Schedule } from './schedule.ts';

/** Chooses the next step among those possible (never none), or stops the run with null. */
export type Scheduler = (options: readonly Option[], machine: Machine) => Option | null;

export interface Run {
  /** Every step taken, the one into trouble included. */
  readonly schedule: Schedule;
  /** quiescent: no thread can step. stopped: the scheduler said so, or the bound was reached. */
  readonly end: 'quiescent' | 'trouble' | 'stopped';
  readonly trouble: Trouble | null;
}

/** Steps the machine from where it stands, at most `bound` times. The steps stay done, and can be undone. */
export function drive(machine: Machine, scheduler: Scheduler, bound: number): Run {
  const schedule: Option[] = [];
  while (schedule.length < bound) {
    const options = machine.options();
    if (options.length === 0) return { schedule, end: 'quiescent', trouble: null };
    const chosen = scheduler(options, machine);
    if (chosen === null) break;
    const outcome = machine.take(chosen.thread, chosen.choice);
    schedule.push(chosen);
    if (typeof outcome !== 'string') return { schedule, end: 'trouble', trouble: outcome };
  }
  return { schedule, end: 'stopped', trouble: null };
}

/** Every possible thread equally likely, then every choice of it. Same seed, same run. */
export function randomly(seed: number): Scheduler {
  const rng = new Rng(seed);
  return (options) => {
    const thread = rng.pick([...new Set(options.map((option) => option.thread))]);
    return rng.pick(options.filter((option) => option.thread === thread));
  };
}

/**
 * On to quiescence, the same way every time: the current thread (`first`, to begin with) as long as it can, then the
 * next in round-robin order; daemons only when nobody else can. Where a thread would do in a state what it did there
 * before, another is tried, so retry loops end; when nothing new is left, or all but daemons have ended, it stops.
 */
export function towardsQuiescence(first: number): Scheduler {
  let current = first;
  const done = new Map<string, Set<number>>();
  return (options, machine) => {
    const { threads } = machine.program;
    if (threads.every((thread, index) => thread.daemon || machine.memory.hasEnded(index))) return null;
    const state = machine.memory.vector.join();
    const tried = done.get(state) ?? new Set();
    done.set(state, tried);
    const rank = ({ thread }: Option): number =>
      (threads[thread]?.daemon ? threads.length : 0) + ((thread - current + threads.length) % threads.length);
    const fresh = options.filter(({ thread }) => !tried.has(thread));
    const chosen = fresh.toSorted((a, b) => rank(a) - rank(b) || a.choice - b.choice)[0];
    if (chosen === undefined) return null;
    tried.add(chosen.thread);
    current = chosen.thread;
    return chosen;
  };
}

/**
 * Takes the steps of a schedule one by one. Throws UserError `schedule-impossible` at the first that cannot be taken,
 * which says what the thread waits for and who could step instead. A step into trouble must be the last.
 */
export function replay(machine: Machine, schedule: Schedule): Run {
  for (const [index, { thread, choice }] of schedule.entries()) {
    const isKnown = machine.program.threads[thread] !== undefined;
    const outcome = isKnown ? machine.take(thread, choice) : 'blocked';
    if (outcome === 'blocked') throw impossible(machine, index + 1, thread, choice);
    if (outcome === 'moved') continue;
    if (index + 1 === schedule.length) return { schedule, end: 'trouble', trouble: outcome };
    throw new UserError(
      'schedule-impossible',
      `step ${index + 1} of the schedule ends the run (${outcome.kind}: ${outcome.message}), but ${schedule.length - index - 1} more steps follow`,
      `Cut the schedule after step ${index + 1}.`,
    );
  }
  const isQuiet = machine.options().length === 0;
  return { schedule, end: isQuiet ? 'quiescent' : 'stopped', trouble: null };
}

function impossible(machine: Machine, step: number, thread: number, choice: number): UserError {
  const { threads, vars } = machine.program;
  const name = (index: number): string => threads[index]?.name ?? `thread ${index}`;
  const say = (why: string): UserError => {
    const able = [...new Set(machine.options().map((option) => option.thread))];
    const list = able.map((index) => `${index} (${name(index)})`).join(', ');
    return new UserError(
      'schedule-impossible',
      `step ${step} of the schedule: ${why}`,
      able.length > 0 ? `These can step here: ${list}.` : 'Nobody can step here: the run has ended.',
    );
  };
  if (threads[thread] === undefined) return say(`there is no thread ${thread}`);
  if (machine.memory.hasEnded(thread)) return say(`${name(thread)} has ended`);
  const choices = machine.optionsOf(thread).map((option) => option.choice);
  if (choices.length > 0)
    return say(`${name(thread)} has no choice ${choice} here, only ${choices.join(', ')}`);
  const cell = new Waiting(machine).of(thread)?.cell;
  const on = cell === null || cell === undefined ? 'a condition that nothing can change' : vars[cell]?.name;
  return say(`${name(thread)} cannot step: it waits for ${on}`);
}
