// SPDX-License-Identifier: GPL-2.0-only
// Owns how it is said who waits for what: "waits for mm.mmap_sem, held by CPU0, behind CPU2".

import type { WaitsFor } from '../model/recording.ts';

/** `all` tells which of the holders only stand ahead in the queue: they wait for the same lock. */
export function waitText({ thread: waiter, lock, holders }: WaitsFor, all: readonly WaitsFor[]): string {
  // Nobody stands ahead of himself: who is among the holders of what he waits for has it already.
  const isAhead = (thread: string): boolean =>
    thread !== waiter && all.some((other) => other.thread === thread && other.lock === lock);
  const ahead = holders.filter(isAhead);
  const holding = holders
    .filter((thread) => !isAhead(thread))
    .map((thread) => (thread === waiter ? 'itself' : thread));
  const parts = [
    `waits for ${lock === '' ? 'what nobody can change' : lock}`,
    ...(holding.length > 0 ? [`held by ${holding.join(' and ')}`] : []),
    ...(ahead.length > 0 ? [`behind ${ahead.join(' and ')}`] : []),
  ];
  return parts.join(', ');
}
