// SPDX-License-Identifier: GPL-2.0-only
// Owns the list of lane rows: which row is which step, where function names stand, and where each thread is in flight
// or waits. Built once for a recording, from its events alone.

import type { Recording, Site } from '../model/recording.ts';
import { findingsOf, type Finding } from './findings.ts';
import type { Turn } from './turns.ts';

/**
 * A row of the lanes. `start` is step 0; `call` names the function that the thread's next steps run in; `step` is a
 * step; `ends` says which operations returned with the step above; `since` and `found` tell of a finding: where it
 * became true, and where it was reported. `loop` stands above the first step of a loop that never ends.
 */
export type LaneRow =
  | ActRow
  | { readonly kind: 'start' | 'end' | 'loop'; readonly step: number }
  | { readonly kind: 'since' | 'found'; readonly step: number; readonly finding: Finding };

/** A row in the lane of one thread. */
export type ActRow =
  | { readonly kind: 'step' | 'ends'; readonly step: number }
  | { readonly kind: 'call'; readonly step: number; readonly thread: number; readonly fn: string };

export interface LaneIndex {
  readonly rows: readonly LaneRow[];
  /** Row of each step, 0 included. */
  readonly rowOf: readonly number[];
  /** Steps whose function is told beside the step, because the thread runs just this step in it. */
  readonly inline: ReadonlyMap<number, string>;
  /** For each thread, ascending: from this step on it is in an operation, or not. */
  readonly flights: readonly (readonly Turn<boolean>[])[];
  /** For each thread, ascending: from this step on it waits for this cell, or for nothing. */
  readonly waits: readonly (readonly Turn<string | null>[])[];
}

/** Cost: one pass over the events. */
export function laneIndexOf(recording: Recording): LaneIndex {
  const { events } = recording;
  const findings = findingsOf(recording);
  const rows: LaneRow[] = [{ kind: 'start', step: 0 }];
  for (const finding of findings) if (finding.since === 0) rows.push({ kind: 'since', step: 0, finding });
  const rowOf: number[] = [0];
  const { headed, inline } = headings(recording);
  events.forEach((event, index) => {
    const step = index + 1;
    const fn = headed.get(step);
    if (step === recording.verdict?.loop) rows.push({ kind: 'loop', step });
    if (fn !== undefined) rows.push({ kind: 'call', step, thread: event.thread, fn });
    rowOf.push(rows.length);
    rows.push({ kind: 'step', step });
    for (const finding of findings) if (finding.since === step) rows.push({ kind: 'since', step, finding });
    if (event.ends.length > 0) rows.push({ kind: 'ends', step });
    for (const finding of findings) {
      if (finding.step === step && finding.since !== step) rows.push({ kind: 'found', step, finding });
    }
  });
  rows.push({ kind: 'end', step: events.length });
  return { rows, rowOf, inline, flights: flightsOf(recording), waits: waitsOf(recording) };
}

const stackOf = (site: Site | undefined): string =>
  site === undefined ? '' : [...site.stack.map((f) => `${f.fn}:${f.line}:${f.col}`), site.fn].join('>');

/**
 * Where a function's name is told: above the first of two or more steps that a thread runs in it, beside a lone one.
 * A lone step leaves the thread's heading standing.
 */
function headings({ events, sites, threads }: Recording) {
  const headed = new Map<number, string>();
  const inline = new Map<number, string>();
  for (let thread = 0; thread < threads.length; thread++) {
    const own: { step: number; fn: string; stack: string }[] = [];
    events.forEach((event, index) => {
      if (event.thread !== thread) return;
      const site = sites[event.site];
      own.push({ step: index + 1, fn: site?.fn ?? '', stack: stackOf(site) });
    });
    let standing: string | undefined;
    own.forEach(({ step, fn, stack }, index) => {
      if (stack === standing) return;
      const lone =
        standing !== undefined && own[index + 1]?.stack !== stack && own[index - 1]?.stack !== stack;
      if (lone) {
        inline.set(step, fn);
      } else {
        headed.set(step, fn);
        standing = stack;
      }
    });
  }
  return { headed, inline };
}

function flightsOf({ events, threads }: Recording): Turn<boolean>[][] {
  const turns = threads.map((): Turn<boolean>[] => []);
  const depth = threads.map(() => 0);
  events.forEach(({ thread, begins, ends }, index) => {
    const before = depth[thread] ?? 0;
    const after = before + begins.length - ends.length;
    depth[thread] = after;
    if (before > 0 !== after > 0) turns[thread]?.push({ from: index + 1, value: after > 0 });
  });
  return turns;
}

function waitsOf({ events, start }: Recording): Turn<string | null>[][] {
  const turns = start.map(({ waitsFor }): Turn<string | null>[] => [{ from: 0, value: waitsFor }]);
  events.forEach(({ waits }, index) => {
    for (const { thread, on } of waits) turns[thread]?.push({ from: index + 1, value: on });
  });
  return turns;
}
