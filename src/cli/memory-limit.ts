// SPDX-License-Identifier: GPL-2.0-only
// Owns the memory that a search may take when nobody says: so much that no machine has to kill a process for it.

import os from 'node:os';

/** Below this nothing but the smallest models can be explored. */
const LEAST = 64 * 2 ** 20;

/** Half of the memory there is, and no more than three quarters of what is free. In bytes. */
export function defaultMemoryLimit(): number {
  const free = Math.min(os.freemem(), process.availableMemory());
  return Math.max(LEAST, Math.floor(Math.min(memory() / 2, free * 0.75)));
}

/** More than this no search can have, whatever is asked for: the kernel would end it. In bytes. */
export function largestMemoryLimit(): number {
  return Math.floor(memory() * 0.9);
}

/** What the machine has, or what its container allows. */
function memory(): number {
  const machine = os.totalmem();
  const allowed = process.constrainedMemory();
  return allowed > 0 && allowed < machine ? allowed : machine;
}
