// SPDX-License-Identifier: GPL-2.0-only
// The values that an exporter fits its types to: all of them after a complete search, nearly all after a part of one.
import { expect, test } from 'vitest';
import { observeValues } from '../../src/workbench/observe-values.ts';
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
  const partly = observeValues(program, 300);
  expect([complete.isComplete, partly.isComplete]).toEqual([true, false]);
  expect(partly.states).toBeLessThan(complete.states / 3);
  // Nothing but what is really there; and more than the first 300 states by themselves have: the count is the last step.
  const count = program.vars.findIndex(({ name }) => name === 'inode.i_data.truncate_count.counter');
  expect([...(partly.values[count] ?? [])]).toEqual([0, 1]);
  for (const [id, some] of partly.values.entries())
    for (const value of some)
      expect(
        complete.values[id],
        `${id} ${program.vars[id]?.name} ${String(program.vars[id]?.thread)}`,
      ).toContain(value);
  expect(observeValues(program, 300)).toEqual(partly);
});
