// SPDX-License-Identifier: GPL-2.0-only
// The values that an exporter fits its types to: all of them after a complete search, nearly all after a part of one.
import { expect, test } from 'vitest';
import { observeValues } from '../../src/workbench/observe-values.ts';
import { spreadAlongAssignments, spreadCounts } from '../../src/workbench/value-flow.ts';
import { spreadOverEquals } from '../../src/workbench/value-symmetry.ts';
import { compileShipped, compileText } from '../support/compile.ts';

test('a complete search sees every value, the ones in the middle of steps included', async () => {
  const { program } = await compileText(`int x; int y;
[[mm::thread]] void CPU0(void) { x = choose(3); y = x * 2; }
[[mm::thread]] void CPU1(void) { x = 7; }`);
  const { values, isComplete } = observeValues(program, 1000);
  const of = (name: string): number[] =>
    [...(values[program.vars.findIndex((v) => v.name === name)] ?? [])].map(Number).sort((a, b) => a - b);
  expect({ isComplete, x: of('x'), y: of('y') }).toEqual({
    isComplete: true,
    ...{ x: [0, 1, 2, 7], y: [0, 2, 4, 14] },
  });
});

test('a search that is cut off goes on with random runs, which find what lies deep', async () => {
  const { program } = await compileShipped('counter', 'truncate', ['COUNT_AFTER_REMOVAL']);
  const complete = observeValues(program, 100_000);
  const partly = observeValues(program, 1000);
  expect([complete.isComplete, partly.isComplete]).toEqual([true, false]);
  expect(partly.states).toBeLessThan(complete.states / 2);
  // The count is the last thing that truncate does: the first states are far from it.
  const of = ({ values }: typeof partly, name: string) => [
    ...(values[program.vars.findIndex((v) => v.name === name)] ?? []),
  ];
  expect(of(partly, 'inode.i_data.truncate_count.counter')).toEqual([0, 1]);
  const missed = complete.values.flatMap((all, id) =>
    [...all].some((v) => !partly.values[id]?.has(v)) ? [id] : [],
  );
  expect(missed.length / program.vars.length).toBeLessThan(0.01);
  expect(observeValues(program, 1000)).toEqual(partly);
});

test('what one twin or one page was seen to hold, the others may hold, too; and what is assigned, is held', async () => {
  const { program } = await compileText(`struct page { int n; struct page *next; };
[[mm::pool]] struct page page[2]; struct page *first = &page[0]; int x; bool never; int copy;
[[mm::thread(2)]] void cpu(int n) { int mine = x; x = mine + 1; first = &page[0]; if (x > 100) { never = 1; copy = 42; } }`);
  const id = (name: string): number => program.vars.findIndex((v) => v.name === name);
  const values = program.vars.map(({ start }) => new Set([start]));
  const [mine] = program.vars.flatMap(({ thread, name }, at) =>
    thread === 0 && name === 'cpu.mine' ? [at] : [],
  );
  const [other] = program.vars.flatMap(({ thread, name }, at) =>
    thread === 1 && name === 'cpu.mine' ? [at] : [],
  );
  values[mine!]!.add(5);
  values[id('page[0].n')]!.add(9);
  spreadOverEquals(program, values);
  spreadAlongAssignments(program, values);
  expect(values[other!]).toContain(5);
  expect(values[id('page[1].n')]).toContain(9);
  expect(values[id('first')]?.size).toBe(2);
  expect(values[id('never')]).toEqual(new Set([0, 1]));
  expect(values[id('copy')]).toEqual(new Set([0, 42]));
  values[id('x')] = new Set([0, 1, 2]);
  spreadCounts(program, values);
  expect(values[id('x')]).toEqual(new Set([0, 1, 2, 3, 4, 5]));
});
