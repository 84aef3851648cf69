// SPDX-License-Identifier: GPL-2.0-only
// Owns the rows of a diagram: which steps and calls are said, in which lane, how deep, and what is marked.

import { must } from '../base/assert.ts';
import type { Recording, Site, Verdict } from '../model/recording.ts';
import { troubleSite } from '../model/trouble-place.ts';
import { waitText } from './deadlock-words.ts';
import { callsAround, callTree, type Call } from './call-tree.ts';
import { essentialSteps } from './lkml-essential.ts';
import { Folding } from './lkml-fold.ts';
import { foldedWords, stepWords, type Words } from './lkml-words.ts';

export interface Row {
  readonly thread: number;
  /** Calls shown around it. */
  readonly depth: number;
  readonly text: string;
  /** Follows the text; carets do not run below it. */
  readonly outcome: string;
  /** Stands for the text where that does not fit on one line. */
  readonly short?: string;
  /** A row of carets goes below. */
  readonly marked: boolean;
}

export type Detail = 'all' | 'essential';

export interface Rows {
  readonly rows: readonly Row[];
  /** Steps up to the last one that are in no row. */
  readonly leftOut: number;
}

/**
 * `all` goes to the end of the recording and has a row for every step. `essential` ends where the violation was
 * reported and keeps what bears on it: calls that hold nothing of their own are passed over, quiet ones are folded.
 */
export function diagramRows(recording: Recording, detail: Detail): Rows {
  const { events, verdict } = recording;
  const last = detail === 'all' ? events.length : (verdict?.step ?? events.length);
  const said = messagesBySince(verdict, last);
  const chosen = detail === 'all' ? undefined : new Set([...essentialSteps(recording, last), ...said.keys()]);
  const calls = callTree(recording);
  const folding = new Folding(recording, chosen, new Set(said.keys()));
  const isShown = (step: number): boolean => step <= last && (chosen === undefined || chosen.has(step));
  const holders = chosen === undefined ? undefined : holdersOf(calls, folding, isShown);

  const rows = (said.get(0) ?? []).map((message) => note(0, 0, message));
  const entered = new Set<Call>();
  /** Those entered that have a row of their own, with their steps below it. */
  const headed = new Set<Call>();
  let shown = 0;
  for (const [index, innermost] of calls.slice(0, last).entries()) {
    const step = index + 1;
    const { thread } = innermost;
    if (verdict?.loop === step) rows.push(note(thread, 0, '<from here on, for ever:>'));
    if (!isShown(step)) continue;
    shown++;
    const folded = folding.around(innermost);
    if (folded !== undefined && entered.has(folded.call)) continue;
    const around = callsAround(folded?.under ?? innermost).filter(
      (call) => call.depth > 0 && (holders === undefined || holders.has(call)),
    );
    for (const [depth, call] of around.entries()) {
      if (!entered.has(call)) rows.push(note(thread, depth, `${call.fn}()`));
      entered.add(call);
      headed.add(call);
    }
    if (folded !== undefined) entered.add(folded.call);
    const words: Words = folded === undefined ? stepWords(recording, step) : foldedWords(recording, folded);
    const waits = queuedForEver(recording, step, last);
    const messages = said.get(step) ?? waits;
    const failing = messages && failingSite(recording, step);
    const row = { thread, depth: around.length, ...words, marked: messages !== undefined };
    if (waits !== undefined) row.outcome = '';
    const end = failing === undefined ? around.length : depthOf(failing, around);
    if (failing === undefined) rows.push(row);
    else rows.push({ ...row, marked: false }, { ...note(thread, end, failing.text), marked: true });
    rows.push(...(messages ?? []).map((message) => note(thread, end, message)));
  }
  rows.push(...blocked(recording, last, calls, headed));
  const final = calls[last - 1];
  if (verdict?.loop !== undefined && last === events.length && final !== undefined)
    rows.push(note(final.thread, 0, '<and on at the first step of these>'));
  return { rows, leftOut: last - shown };
}

/** Calls with a row directly inside them, and operations. */
function holdersOf(
  calls: readonly Call[],
  folding: Folding,
  isShown: (step: number) => boolean,
): ReadonlySet<Call> {
  const holders = new Set<Call>();
  for (const [index, innermost] of calls.entries()) {
    if (!isShown(index + 1)) continue;
    holders.add(folding.around(innermost)?.under ?? innermost);
    for (const call of callsAround(innermost)) if (call.isOperation) holders.add(call);
  }
  return holders;
}

function note(thread: number, depth: number, text: string): Row {
  return { thread, depth, text, outcome: '', marked: false };
}

/** Step since when something is wrong -> what. Deadlocks are said at the end, where every thread stands. */
function messagesBySince(verdict: Verdict | null, last: number): ReadonlyMap<number, readonly string[]> {
  const said = new Map<number, string[]>();
  const say = (since: number, message: string): unknown =>
    said.set(since, [...(said.get(since) ?? []), message]);
  for (const { since, step, invariant, message } of verdict?.violations ?? []) {
    if (step <= last) say(since, `${invariant}: ${message}`);
  }
  if (verdict === null || verdict.since === null || verdict.waitsFor.length > 0 || said.size > 0) return said;
  const { safety, since, message } = verdict;
  const detail =
    safety.word === 'BUG' ? `(${safety.bug})` : safety.word === 'EXPOSE' ? `(${safety.what})` : '';
  say(since, `${safety.word}${detail}: ${message}`);
  return said;
}

/** Trouble met on the way on from the step: its place, when it is another than the step's. */
function failingSite(recording: Recording, step: number): Site | undefined {
  const { events, sites } = recording;
  const place = troubleSite(recording);
  if (place === null || step !== events.length || place === events[step - 1]?.site) return undefined;
  return sites[place];
}

/** How many of these nested calls a place lies in. */
function depthOf({ stack, fn }: Site, around: readonly Call[]): number {
  const levels = [...stack.map((frame) => frame.fn), fn];
  const out = around.findIndex((call) => levels[call.depth] !== call.fn);
  return out < 0 ? around.length : out;
}

/** A thread of a deadlock that stands in a queue says so where it joined it. */
function queuedForEver(
  { verdict, threads, events }: Recording,
  step: number,
  last: number,
): string[] | undefined {
  const event = must(events[step - 1], `event ${step}`);
  const all = verdict?.waitsFor ?? [];
  const wait = all.find(({ thread }) => thread === threads[event.thread]?.name);
  if (wait === undefined || event.kind !== 'queue') return undefined;
  const goesOn = events.slice(step, last).some(({ thread }) => thread === event.thread);
  return goesOn ? undefined : [`<- ${waitText(wait, all)}`];
}

/** The other threads of a deadlock, each at the line where it stays. */
function blocked(
  { verdict, threads, events, sites, start }: Recording,
  last: number,
  calls: readonly Call[],
  headed: ReadonlySet<Call>,
): Row[] {
  const all = verdict?.waitsFor ?? [];
  return all.flatMap((wait) => {
    const thread = threads.findIndex(({ name }) => name === wait.thread);
    const index = events.slice(0, last).findLastIndex((event) => event.thread === thread);
    const final = events[index];
    const site = sites[(final === undefined ? start[thread]?.at : final.next) ?? -1];
    if (thread < 0 || site === undefined || final?.kind === 'queue') return [];
    const innermost = calls[index];
    const around = innermost === undefined ? [] : callsAround(innermost);
    const depth = depthOf(
      site,
      around.filter((call) => headed.has(call)),
    );
    return [
      { ...note(thread, depth, site.text), marked: true },
      note(thread, depth, `<- ${waitText(wait, all)}`),
    ];
  });
}
