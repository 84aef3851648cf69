// SPDX-License-Identifier: GPL-2.0-only
// The list of all violations: each once, with the lines that race, and a schedule that shows it.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { listingAll, type ListedAll } from '../../src/explore/all-violations.ts';
import { keyOf } from '../../src/explore/findings.ts';
import { explore, runToEnd } from '../../src/explore/search.ts';
import type { Program } from '../../src/lang/program.ts';
import { Invariants } from '../../src/machine/invariants.ts';
import { Machine } from '../../src/machine/machine.ts';
import { abba, freedInUse, lockedUpdate, lostUpdate } from '../support/example-programs.ts';
import { compileShipped } from '../support/compile.ts';
import { randomProgram } from '../support/random-program.ts';

const list = (p: Program): ListedAll => runToEnd(listingAll(p));
const linesOf = (p: Program, lines: readonly number[]): string[] =>
  lines.map((site) => p.sites[site]?.text ?? '');

test('nothing wrong: nothing listed', () => {
  expect(list(lockedUpdate())).toMatchObject({ distinct: [], isComplete: true, safety: { word: 'SAFE' } });
});

test('a lost update is one violation, by the line that both threads run', () => {
  const { distinct } = list(lostUpdate());
  expect(distinct).toHaveLength(1);
  expect(distinct[0]).toMatchObject({ depth: 4, message: 'counter is 1 after 2 increments' });
  expect(distinct[0]!.ways).toBeGreaterThan(1);
});

test('a deadlock is told by where each thread waits, a use after free by access and free', () => {
  const deadlock = list(abba()).distinct;
  expect(deadlock).toHaveLength(1);
  expect(deadlock[0]?.lines).toHaveLength(2);
  const p = freedInUse();
  const [freed, ...others] = list(p).distinct;
  expect(others).toEqual([]);
  expect(linesOf(p, freed!.lines)).toHaveLength(2);
});

test('the stock kernel: set_pte races with what the fault looked at before', async () => {
  const { program } = await compileShipped('2001-stock', 'truncate');
  const { distinct } = list(program);
  const told = distinct.map(({ wrong, lines }) => [
    wrong.kind === 'invariant' ? program.invariants[wrong.invariant]?.name : wrong.kind,
    ...linesOf(program, lines),
  ]);
  expect(told).toEqual([
    ['I2', 'set_pte(page_table, entry)', 'inode->i_size = offset'],
    ['I1', 'set_pte(page_table, entry)', 'mapping->page_tree[page->index] = NULL'],
    ['I1', 'set_pte(page_table, entry)', 'page->mapping = NULL'],
  ]);
});

test('a BUG is not taken for a deadlock of those who wait for its thread', async () => {
  const { program } = await compileShipped('2003-frlock', 'truncate', ['FRLOCK_SPIN']);
  const all = list(program);
  expect(all.safety).toEqual(explore(program).safety);
  expect(all.distinct.map(({ wrong }) => wrong.kind)).not.toContain('deadlock');
});

test('random programs: every kind is listed, the nearest at its distance, each with a schedule that ends in it', () => {
  fc.assert(
    fc.property(fc.integer(), (seed) => {
      const p = randomProgram(seed);
      if (explore(p, { everything: true, maxStates: 1500 }).limit?.what === 'states') return;
      const { findings, distinct } = list(p);
      const hasDaemon = p.threads.some(({ daemon }) => daemon);
      for (const { wrong, depth } of findings) {
        if (hasDaemon && wrong.kind === 'deadlock') continue;
        if (wrong.kind === 'trouble' && wrong.trouble.thread < 0) continue;
        const alike = distinct.filter((one) => keyOf(one.wrong) === keyOf(wrong));
        expect(Math.min(...alike.map((one) => one.depth)), keyOf(wrong)).toBe(depth);
      }
      for (const { wrong, schedule, depth } of distinct) {
        expect(schedule.length).toBe(depth);
        const machine = new Machine(p);
        machine.start();
        const outcomes = schedule.map(({ thread, choice }) => machine.take(thread, choice));
        if (wrong.kind === 'trouble' && wrong.trouble.thread >= 0)
          expect(outcomes.at(-1)).toMatchObject({ kind: wrong.trouble.kind });
        if (wrong.kind === 'invariant')
          expect(new Invariants(p, machine.memory).judge(wrong.invariant)).toBe('violated');
      }
      const keys = distinct.map(
        ({ wrong, lines }) =>
          `${keyOf(wrong)} ${lines
            .map((site) => `${p.sites[site]?.file}:${p.sites[site]?.line}`)
            .sort()
            .join()}`,
      );
      expect(new Set(keys).size).toBe(keys.length);
    }),
    { numRuns: 150 },
  );
});
