// SPDX-License-Identifier: GPL-2.0-only
// Owns the claims of `verify`: the same verdict, the same shortest schedule and the same lasso, whatever is reduced.

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ALL_REDUCTIONS, NO_REDUCTION, type Reductions } from '../../src/explore/reduce/reduction.ts';
import { verify } from '../../src/explore/verify.ts';
import { rows } from '../../src/kernel/catalogue.ts';
import { recordLasso } from '../../src/workbench/violation.ts';
import { compileShipped, compileText } from '../support/compile.ts';

const SOME: readonly Reductions[] = [
  { ...NO_REDUCTION, symmetry: true },
  { ...NO_REDUCTION, locks: true, local: true },
  ALL_REDUCTIONS,
];

describe('every row of the catalogue: reductions change nothing that is told', () => {
  it.each(
    rows.map((row) => [`${row.protocol} ${row.scenario} ${row.defines.join(' ')}`.trim(), row] as const),
  )('%s', async (_, { protocol, scenario, defines }) => {
    const { program, model } = await compileShipped(protocol, scenario, defines);
    const plain = verify(program, { reduce: NO_REDUCTION });
    expect(plain.reduced).toBe(null);
    expect(verify(program)).toEqual(plain); // a small search is not reduced
    for (const by of SOME) {
      const reduced = verify(program, { reduce: by });
      expect(reduced.safety).toEqual(plain.safety);
      expect(reduced.findings).toEqual(plain.findings);
      expect(reduced.isShortest).toBe(true);
      expect(reduced.progress.word).toBe(plain.progress.word);
      if (plain.findings.length === 0) expect(reduced.coverage).toEqual(plain.coverage);
      // Its steps are those of the model itself, and it closes: recording it checks both.
      if (reduced.progress.lasso !== null) {
        const { events, verdict } = recordLasso(program, model, reduced.progress);
        expect(events.length).toBe(reduced.progress.lasso.schedule.length);
        expect(verdict?.loop).toBe(reduced.progress.lasso.loop);
      }
    }
  });
});

describe('a search that grows', () => {
  const counter = readFileSync(new URL('../../bench/counter.c', import.meta.url), 'utf8');
  const model = (...defines: string[]): ReturnType<typeof compileText> => compileText(counter, defines);

  it('is begun again with reductions, and says so', async () => {
    const { program } = await model('FAULTERS=4', 'PAGES=2');
    const plain = verify(program, { reduce: NO_REDUCTION });
    expect(plain.states).toBeGreaterThan(500_000);
    const found = verify(program);
    expect(found.safety).toEqual({ word: 'SAFE' });
    expect(found.progress.word).toBe('ok');
    expect(found.reduced?.by).toEqual({ ...ALL_REDUCTIONS, persistent: false });
    expect(found.states).toBeLessThan(plain.states / 50);
    expect(found.coverage).toEqual(plain.coverage);
  });

  it('keeps to the limit of states that was asked for', async () => {
    const { program } = await model('FAULTERS=4', 'PAGES=2');
    const cut = verify(program, { maxStates: 1000 });
    expect(cut).toMatchObject({ safety: { word: 'LIMIT', limit: 'states' }, reduced: null });
    expect(cut.states).toBeLessThan(1100);
  });

  it('is begun again when it takes too much memory, too', async () => {
    const { program } = await model('FAULTERS=3', 'PAGES=2');
    const maxBytes = 5_000_000;
    const plain = verify(program, { reduce: NO_REDUCTION, maxBytes });
    expect(plain.safety).toEqual({ word: 'LIMIT', limit: 'memory' });
    expect(verify(program, { maxBytes }).safety).toEqual({ word: 'SAFE' });
  });

  it('still finds the shortest, and says when it could not look for it', async () => {
    const racy = counter
      .replace('truncate_count++;', '')
      .replace('i_size = 0;', 'i_size = 0; truncate_count++;');
    const late = racy.replace('page = page_tree[i];\n\t\tpage_tree[i] = 0;', 'page = page_tree[i];');
    const { program } = await compileText(late.replace('if (sequence != truncate_count) {', 'if (0) {'), [
      'FAULTERS=3',
    ]);
    const plain = verify(program, { reduce: NO_REDUCTION });
    expect(plain.safety.word).toBe('RACY');
    const reduced = verify(program, { reduce: ALL_REDUCTIONS });
    expect(reduced.findings[0]?.depth).toBe(plain.findings[0]?.depth);
    expect(reduced).toMatchObject({ safety: plain.safety, isShortest: true });
    const few = verify(program, { reduce: ALL_REDUCTIONS, maxStates: Math.floor(reduced.states * 0.7) });
    expect(few).toMatchObject({ safety: plain.safety, isShortest: false });
    expect(few.findings[0]?.depth).toBeGreaterThanOrEqual(plain.findings[0]!.depth);
  });
});
