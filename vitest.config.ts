// SPDX-License-Identifier: GPL-2.0-only
// Owns how the tests run. `npm test` builds first, because some tests look at dist/; `npx vitest` does not.
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  resolve: {
    // See tsconfig.json: Ink's exports map hides this file.
    alias: { '#ink-output': fileURLToPath(new URL('node_modules/ink/build/output.js', import.meta.url)) },
  },
  test: {
    include: ['test/**/*.test.{ts,tsx}'],
    testTimeout: 20_000,
    hookTimeout: 20_000,
    // Processes, not worker threads: node-pty is an addon, and tests may change directory.
    pool: 'forks',
    // The default leaves one core idle, which on two cores is half the machine.
    maxWorkers: '100%',
    reporters: ['default'],
  },
});
