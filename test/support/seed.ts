// SPDX-License-Identifier: GPL-2.0-only
// Owns the seeds of randomised tests: another one in each run, said when the test fails, and taken back to repeat it.

import { Rng } from '../../src/base/rng.ts';

/** Runs a randomised test. When it fails, its seed is printed; MMREPLAY_SEED=… runs it again the same way. */
export async function withSeed(run: (rng: Rng) => void | Promise<void>): Promise<void> {
  const seed = Number(process.env['MMREPLAY_SEED'] ?? Date.now() >>> 0);
  try {
    await run(new Rng(seed));
  } catch (error) {
    console.error(`To repeat this failure: MMREPLAY_SEED=${seed}`);
    throw error;
  }
}
