// SPDX-License-Identifier: GPL-2.0-only
// Owns the memory that a search may take when nobody says: so much that no machine has to kill a process for it.

import os from 'node:os';

/** Below this nothing but the smallest models can be explored. */
const LEAST = 64 * 2 ** 20;

/** Half of the machine's memory, or of what its container allows, and no more than three quarters of what is free. In bytes. */
export function defaultMemoryLimit(): number {
  const machine = os.totalmem();
  const allowed = process.constrainedMemory();
  const total = allowed > 0 && allowed < machine ? allowed : machine;
  const free = Math.min(os.freemem(), process.availableMemory());
  return Math.max(LEAST, Math.floor(Math.min(total / 2, free * 0.75)));
}
