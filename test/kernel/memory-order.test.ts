// SPDX-License-Identifier: GPL-2.0-only
// What the protocols of 2003 come to where CPUs reorder: every row of the catalogue on x86-TSO, and the question of the
// count on a weak machine.

import { describe, expect, it } from 'vitest';
import { explore } from '../../src/explore/search.ts';
import { rows } from '../../src/kernel/catalogue.ts';
import { withMemoryOrder } from '../../src/machine/memory-order/memory-order.ts';
import { readPrelude } from '../../src/cli/shipped.ts';
import { ModelFiles } from '../../src/cli/model-files.ts';
import { compile } from '../../src/workbench/compile.ts';
import { compileShipped, testTools } from '../support/compile.ts';
import { must } from '../../src/base/assert.ts';

describe('x86-TSO changes no verdict of the catalogue', () => {
  it.each(
    rows.map((row) => [`${row.protocol} ${row.scenario} ${row.defines.join(' ')}`.trim(), row] as const),
  )('%s', async (_, row) => {
    const { program } = await compileShipped(row.protocol, row.scenario, row.defines);
    const { safety, isComplete } = explore(withMemoryOrder(program, 'tso'));
    expect(safety.word).toBe(row.finding.safety);
    if (safety.word === 'RACY') expect(safety.invariants).toEqual(row.finding.invariants);
    if (safety.word === 'SAFE') expect(isComplete).toBe(true);
  });
});

describe('on a weak machine', () => {
  it('frlock is safe: its barriers are all there', async () => {
    const { program } = await compileShipped('frlock', 'truncate');
    const found = explore(withMemoryOrder(program, 'weak'));
    expect(found.safety).toEqual({ word: 'SAFE' });
    expect(found.isComplete).toBe(true);
  }, 120_000);

  // Later 2.6 kernels have it, in unmap_mapping_range: "serialize i_size write against truncate_count write".
  it.each([
    [
      'the counter needs a barrier that it did not have in 2003: i_size must be out before the count',
      '',
      'RACY',
    ],
    ['with that barrier the counter is safe', 'smp_wmb(); ', 'SAFE'],
  ])(
    '%s',
    async (_, barrier, word) => {
      const files = new ModelFiles([]);
      const { name, text } = files.entry('protocol', 'counter');
      const count = 'atomic_inc(&mapping->truncate_count)';
      expect(text).toContain(count);
      const compiled = compile(
        {
          protocol: { name, text: text.replaceAll(count, barrier + count) },
          scenario: files.entry('scenario', 'truncate'),
          ...{ defines: [], readSource: files.include, prelude: readPrelude(), memory: 'weak' },
        },
        await testTools(),
      );
      const { program } = must(compiled.ok ? compiled : undefined, 'a model');
      expect(explore(program).safety.word).toBe(word);
    },
    120_000,
  );
});
