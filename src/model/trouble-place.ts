// SPDX-License-Identifier: GPL-2.0-only
// Owns the place of the trouble that ended a run, which need not be the place of the run's last access.

import type { Recording } from './recording.ts';

/**
 * Index of the site at which a run ended in trouble (BUG, EXPOSE); null when it did not, or when what failed was an
 * invariant. A thread in trouble stands in the middle of its step: the access of the step is done, and what failed is
 * where the thread stands, at times the same place, at times further on (`free(page); cond_resched();` is one step).
 */
export function troubleSite({ verdict, events }: Recording): number | null {
  const isTrouble = verdict?.safety.word === 'BUG' || verdict?.safety.word === 'EXPOSE';
  if (!isTrouble || verdict.step !== events.length) return null;
  // The machine names the invariant that it could not evaluate; the thread has done its step and is in no trouble.
  if (verdict.message.startsWith('in invariant ')) return null;
  return events.at(-1)?.next ?? null;
}
