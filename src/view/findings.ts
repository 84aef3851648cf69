// SPDX-License-Identifier: GPL-2.0-only
// Owns what a recording's verdict says, in words and by step: one finding for each invariant or other trouble.

import type { InvariantWhen, Recording, Safety } from '../model/recording.ts';

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
  readonly cells: readonly string[];
}

/** The findings of a recording, earliest first; none when it is SAFE or INCOMPLETE. */
export function findingsOf({ verdict, events }: Recording): readonly Finding[] {
  if (verdict === null) return [];
  const inside = (step: number): number => Math.max(0, Math.min(step, events.length));
  const found = verdict.violations.map((v): Finding => {
    const at = { since: inside(v.since), step: inside(v.step) };
    return { name: v.invariant, invariant: true, when: v.when, ...at, message: v.message, cells: v.cells };
  });
  if (found.length === 0 && verdict.step !== null) {
    const at = { since: inside(verdict.since ?? verdict.step), step: inside(verdict.step) };
    const cycle = verdict.waitsFor.map((w) => `${w.thread} waits ${w.lock} (${w.holders.join(', ')})`);
    const message = [verdict.message, ...cycle].filter((part) => part !== '').join('; ');
    const name = safetyText(verdict.safety);
    found.push({ name, invariant: false, when: undefined, ...at, message, cells: verdict.cells });
  }
  return found.sort((a, b) => a.since - b.since || a.step - b.step);
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

/** The whole verdict: "RACY I1", "SAFE, SPIN", "INCOMPLETE". */
export function verdictText({ verdict }: Recording): string {
  if (verdict === null) return 'INCOMPLETE';
  const progress = verdict.progress === 'ok' || verdict.progress === 'unchecked' ? '' : verdict.progress;
  const safety = safetyText(verdict.safety);
  return progress === '' ? safety : `${safety}, ${progress}`;
}

/** When an invariant is judged, in words that follow "I1 is judged …". */
export function whenText(when: InvariantWhen): string {
  if (when.kind === 'strict') return 'in every state';
  if (when.kind === 'ensures') return `when ${when.operation} returns`;
  return `while no ${when.operations.join(' or ')} is in flight`;
}
