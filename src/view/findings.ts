// SPDX-License-Identifier: GPL-2.0-only
// Owns what a recording's verdict says, in words and by step: one finding for each invariant or other trouble.

import type { InvariantWhen, Recording, Safety, Site, Verdict } from '../model/recording.ts';
import { troubleSite } from '../model/trouble-place.ts';

/** One thing that went wrong. */
export interface Finding {
  /** "I1", "BUG(null-dereference)", "DEADLOCK". */
  readonly name: string;
  /** True when `name` is an invariant's. */
  readonly invariant: boolean;
  readonly when: InvariantWhen | undefined;
  /** The step to look at, and the step at which it was reported. */
  readonly since: number;
  readonly step: number;
  readonly message: string;
  /** Where the run ended in trouble, when that is further on than the access of its last step. */
  readonly place: Site | undefined;
  readonly cells: readonly string[];
}

/** The findings of a recording, earliest first; none when it is SAFE or INCOMPLETE. */
export function findingsOf(recording: Recording): readonly Finding[] {
  const { verdict, events } = recording;
  if (verdict === null) return [];
  const inside = (step: number): number => Math.max(0, Math.min(step, events.length));
  const found = verdict.violations.map((v): Finding => {
    const at = { since: inside(v.since), step: inside(v.step) };
    const { invariant: name, when, message, cells } = v;
    return { name, invariant: true, when, ...at, message, place: undefined, cells };
  });
  if (found.length === 0 && verdict.step !== null) {
    const at = { since: inside(verdict.since ?? verdict.step), step: inside(verdict.step) };
    // The recorder's message tells the cycle; that of another writer may not.
    const untold = verdict.waitsFor.filter(
      (w) => !verdict.message.includes(`${w.thread} waits for ${w.lock}`),
    );
    const cycle = untold.map((w) => `${w.thread} waits ${w.lock} (${w.holders.join(', ')})`);
    const message = [verdict.message, ...cycle].filter((part) => part !== '').join('; ');
    const name = safetyText(verdict.safety);
    const place = placeAfter(recording);
    found.push({ name, invariant: false, when: undefined, ...at, message, place, cells: verdict.cells });
  }
  return found.sort((a, b) => a.since - b.since || a.step - b.step);
}

function placeAfter(recording: Recording): Site | undefined {
  const place = troubleSite(recording);
  return place === null || place === recording.events.at(-1)?.site ? undefined : recording.sites[place];
}

/** What a finding says; the place of trouble comes first where the step itself does not show it. */
export function findingText({ place, message }: Finding): string {
  return place === undefined ? message : `${place.text}: ${message}`;
}

/** The verdict's safety word as it stands in headers and reports: "RACY I1, I2", "BUG(range)", "EXPOSE(zero)". */
export function safetyText(safety: Safety): string {
  switch (safety.word) {
    case 'RACY':
      return `RACY ${safety.invariants.join(', ')}`;
    case 'BUG':
      return `BUG(${safety.bug})`;
    case 'EXPOSE':
      return `EXPOSE(${safety.what})`;
    case 'LIMIT':
      return `LIMIT(${safety.limit})`;
    case 'SAFE':
    case 'DEADLOCK':
      return safety.word;
  }
}

/**
 * The whole verdict of a run: "RACY I1", "LIVELOCK", "no violation, SPIN", "INCOMPLETE". SAFE is what only a search can
 * say, and SPIN is no violation.
 */
export function verdictText({ verdict }: Pick<Recording, 'verdict'>): string {
  if (verdict === null) return 'INCOMPLETE';
  const progress = verdict.progress === 'ok' || verdict.progress === 'unchecked' ? '' : verdict.progress;
  if (verdict.safety.word === 'SAFE' && progress === 'LIVELOCK') return progress;
  const safety = verdict.safety.word === 'SAFE' ? 'no violation' : safetyText(verdict.safety);
  return progress === '' ? safety : `${safety}, ${progress}`;
}

/** Is there a violation in the run: of safety, or a LIVELOCK? LIMIT is none: nothing was found. */
export function isBad({ safety, progress }: Pick<Verdict, 'safety' | 'progress'>): boolean {
  return progress === 'LIVELOCK' || (safety.word !== 'SAFE' && safety.word !== 'LIMIT');
}

/** When an invariant is judged, in words that follow "I1 is judged …". */
export function whenText(when: InvariantWhen): string {
  if (when.kind === 'strict') return 'in every state';
  if (when.kind === 'ensures') return `when ${when.operation} returns`;
  return `while no ${when.operations.join(' or ')} is in flight`;
}
