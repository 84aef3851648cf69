// SPDX-License-Identifier: GPL-2.0-only
// Owns the same laws on runs that nobody chose: random schedules of every shipped model.

import { describe, expect, it } from 'vitest';
import { randomly } from '../../src/explore/run.ts';
import { rows } from '../../src/kernel/catalogue.ts';
import { conform } from '../../src/workbench/conform.ts';
import { record } from '../../src/workbench/record.ts';
import { checkAgreement } from '../support/agreement.ts';
import { compileShipped } from '../support/compile.ts';
import { checkLaws } from '../support/laws.ts';
import { withSeed } from '../support/seed.ts';

describe('a random run keeps the laws', () => {
  it.each(rows.map((row) => [`${row.protocol} ${row.scenario} ${row.defines.join(' ')}`.trim(), row] as const))('%s', async (_, row) => {
    const { program, model } = await compileShipped(row.protocol, row.scenario, row.defines);
    await withSeed(async (rng) => {
      const recording = record(program, model, randomly(rng.next()));
      checkAgreement(recording, program);
      expect(conform(recording, program, model)).toBeNull();
      await checkLaws(recording);
    });
  });
});
