// SPDX-License-Identifier: GPL-2.0-only
// Owns the half of the verdict that is about progress: from the graph of a search to the word, the run and the message.

import { assert, must } from '../base/assert.ts';
import type { Program } from '../lang/program.ts';
import { threadsIn } from '../machine/locks.ts';
import { Machine, type Option } from '../machine/machine.ts';
import { Waiting } from '../machine/waiting.ts';
import { endlessRuns, type Duty, type EndlessRuns } from './fair-cycles.ts';
import { nearestLoop, type Loop } from './lasso.ts';
import type { Schedule } from './schedule.ts';
import type { Explored } from './search.ts';
import type { StateGraph } from './state-graph.ts';
import type { Lasso, ProgressVerdict } from './verify.ts';

/** What the graph is about, when it is one of merged steps: runs are told in the Program's own. */
export interface Unmerged {
  readonly program: Program;
  readonly unmerge: (schedule: Schedule) => Schedule;
}

/** Judges progress, if the search saw everything and found nothing wrong. Cost: see Components and nearestLoop. */
export function progressOf(
  program: Program,
  { exploration, graph, store, packing }: Explored,
  isExpired?: () => boolean,
  unmerged: Unmerged = { program, unmerge: (schedule) => schedule },
): ProgressVerdict {
  const unchecked = (message: string): ProgressVerdict => ({ word: 'unchecked', lasso: null, message });
  if (program.open !== undefined) return unchecked('loads that stay open may have guessed wrong for ever');
  if (exploration.findings.length > 0) return unchecked('the search ended with the violation');
  if (!exploration.isComplete) return unchecked('the search was cut off');
  const { mortal, operations } = dutiesOf(program);
  const duties: Duty[] = [{ threads: mortal, isInside: null }];
  for (const { thread, operation } of operations) {
    const inside = restsInside(program, thread, operation);
    const pcOf = pcReader(program, { store, packing }, thread);
    duties.push({ threads: 1 << thread, isInside: (state) => inside.has(pcOf(state)) });
  }
  const endless = endlessRuns(graph, store.count, duties, isExpired);
  if (endless === 'expired') return unchecked('no time was left for it');
  if (endless === null) return { word: 'ok', lasso: null, message: '' };
  return verdictOn(unmerged, graph, endless);
}

/** Threads that are no daemons, as a mask; and the operations that daemons run. */
function dutiesOf({ threads }: Program): {
  readonly mortal: number;
  readonly operations: readonly { readonly thread: number; readonly operation: number }[];
} {
  let mortal = 0;
  const operations = threads.flatMap(({ daemon, code }, thread) => {
    if (!daemon) mortal |= 1 << thread;
    if (!daemon) return [];
    const all = new Set(code.flatMap(({ inflight }) => [...inflight]));
    return [...all].sort((a, b) => a - b).map((operation) => ({ thread, operation }));
  });
  return { mortal, operations };
}

/** The pcs at which the operation is in flight. */
function restsInside({ threads }: Program, thread: number, operation: number): ReadonlySet<number> {
  const { code } = must(threads[thread], 'a thread');
  return new Set(code.flatMap(({ inflight }, pc) => (inflight.includes(operation) ? [pc] : [])));
}

/** Reads where a thread stands out of packed states, without unpacking the rest. */
function pcReader(
  program: Program,
  { store, packing }: Pick<Explored, 'store' | 'packing'>,
  thread: number,
): (state: number) => number {
  const { field, values } = must(packing.slot(program.vars.length + thread), 'the slot of a pc');
  const pieces = [field, ...field.more];
  return (state) => {
    const { words } = store;
    const at = store.offset(state);
    let code = 0;
    for (const { word, shift, mask, low } of pieces) code |= ((words[at + word]! >>> shift) & mask) << low;
    return values[code] as number;
  };
}

function verdictOn({ program, unmerge }: Unmerged, graph: StateGraph, endless: EndlessRuns): ProgressVerdict {
  const walked = nearestLoop(graph, endless, program.threads.length);
  const prefix = unmerge(walked.prefix);
  const loop = unmerge([...walked.prefix, ...walked.loop]).slice(prefix.length);
  const found = { ...walked, prefix, loop };
  const turn = watchTurn(program, found);
  const { thread, operation } = culpritOf(found, turn);
  const schedule = [...found.prefix, ...found.loop];
  const lasso: Lasso = { schedule, loop: found.prefix.length + 1, thread, operation };
  return { word: endless.word, lasso, message: describe(program, endless.word, found, turn, lasso) };
}

/** What can be seen of each thread in one turn of the loop. */
interface Turn {
  readonly steps: boolean;
  readonly hasEnded: boolean;
  /** In flight all the while, outermost first. */
  readonly keeps: readonly number[];
  /** Operations that end in it, and so begin again. */
  readonly repeats: readonly number[];
  /** Name of what it waits for before the first step of the loop; null when it can step there, or nobody can tell. */
  readonly waitsFor: string | null;
}

function watchTurn(program: Program, { prefix, loop }: Loop): readonly Turn[] {
  const machine = new Machine(program);
  assert(machine.start() === null, 'a start without trouble');
  const take = ({ thread, choice }: Option): void =>
    assert(machine.take(thread, choice) === 'moved', 'a step of the graph');
  prefix.forEach(take);
  const inFlight = (thread: number): readonly number[] =>
    program.threads[thread]?.code[machine.memory.pc(thread)]?.inflight ?? [];
  const waiting = new Waiting(machine);
  const turns = program.threads.map((_, thread) => {
    const wait = waiting.of(thread);
    const cell = wait?.cell ?? null;
    return {
      steps: loop.some((option) => option.thread === thread),
      hasEnded: machine.memory.hasEnded(thread),
      keeps: inFlight(thread),
      repeats: new Set<number>(),
      waitsFor: wait?.lock?.path ?? (cell === null ? null : (program.vars[cell]?.name ?? null)),
    };
  });
  for (const option of loop) {
    take(option);
    for (const operation of machine.ended) turns[option.thread]?.repeats.add(operation);
    turns.forEach((turn, thread) => {
      turn.keeps = turn.keeps.filter((operation) => inFlight(thread).includes(operation));
    });
  }
  return turns.map((turn) => ({ ...turn, repeats: [...turn.repeats].sort((a, b) => a - b) }));
}

/** Of the threads that do not get done one that goes round, with an operation in flight all the while, if there is one. */
function culpritOf({ duty }: Loop, turns: readonly Turn[]): Pick<Lasso, 'thread' | 'operation'> {
  const rank = ({ steps, keeps }: Turn): number => (steps ? 0 : 2) + (keeps.length > 0 ? 0 : 1);
  const undone = threadsIn(duty.threads).flatMap((thread) => {
    const turn = must(turns[thread], 'a thread');
    return turn.hasEnded ? [] : [{ thread, turn }];
  });
  const first = undone.toSorted((a, b) => rank(a.turn) - rank(b.turn) || a.thread - b.thread)[0];
  const { thread, turn } = must(first, 'a thread that does not get done');
  return { thread, operation: turn.keeps[0] ?? null };
}

/** "CPU1's fault can go round for ever (steps 12-19), but only while CPU0 is not run". */
function describe(
  program: Program,
  word: EndlessRuns['word'],
  { loop, able }: Loop,
  turns: readonly Turn[],
  lasso: Lasso,
): string {
  const name = (thread: number): string => must(program.threads[thread], 'a thread').name;
  const operationName = (operation: number): string => must(program.operations[operation], 'an operation');
  const { steps, repeats, waitsFor } = must(turns[lasso.thread], 'a thread');
  const who = name(lasso.thread) + (lasso.operation === null ? '' : `'s ${operationName(lasso.operation)}`);
  const last = lasso.loop + loop.length - 1;
  const where = last === lasso.loop ? `step ${last}` : `steps ${lasso.loop}-${last}`;
  const what = lasso.operation === null ? listed(repeats.map(operationName)) : '';
  const again = what === '' ? '' : `: ${what} again and again`;
  const idle = threadsIn(able).filter((thread) => turns[thread]?.steps === false);
  const fairness =
    word === 'LIVELOCK'
      ? 'however fair the scheduler is'
      : `but only while ${listed(idle.map(name))} ${idle.length === 1 ? 'is' : 'are'} not run`;
  if (steps) return `${who} can go round for ever (${where}${again}), ${fairness}`;
  const on = waitsFor === null ? '' : ` for ${waitsFor}`;
  return `${who} can wait for ever${on} while others go round (${where}), ${fairness}`;
}

function listed(names: readonly string[]): string {
  return names.length < 3
    ? names.join(' and ')
    : `${names.slice(0, -1).join(', ')} and ${names.at(-1) ?? ''}`;
}
