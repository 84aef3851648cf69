// SPDX-License-Identifier: GPL-2.0-only
// Owns the text form of schedules.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { UserError } from '../../src/base/user-error.ts';
import { formatSchedule, parseSchedule } from '../../src/explore/schedule.ts';

const steps = fc.array(
  fc.record({ thread: fc.integer({ min: 0, max: 12 }), choice: fc.integer({ min: 0, max: 3 }) }),
);

test('a schedule is written by runs', () => {
  const schedule = [0, 0, 0, 1].map((thread) => ({ thread, choice: 0 }));
  expect(formatSchedule([...schedule, { thread: 1, choice: 2 }, { thread: 1, choice: 2 }])).toBe(
    '0*3 1 1:2*2',
  );
  expect(formatSchedule([])).toBe('');
});

test('parse is the inverse of format', () => {
  fc.assert(
    fc.property(steps, (schedule) => {
      expect(parseSchedule(formatSchedule(schedule))).toEqual(schedule);
    }),
  );
});

test('any way of writing it has one canonical text', () => {
  expect(formatSchedule(parseSchedule(' 0 0*2\t0:0\n1:01 1:1*1 '))).toBe('0*4 1:1*2');
});

test.each([
  ['0 x', 3, 'found "x"'],
  ['0 1*', 3, 'found "1*"'],
  ['-1', 1, 'found "-1"'],
  ['0  1:2:3', 4, 'found "1:2:3"'],
  ['2*0', 1, 'repeats a step no times'],
  ['0 1*99999999999', 3, 'longer than'],
])('%j is refused at column %d: %s', (text, column, what) => {
  const parse = (): unknown => parseSchedule(text);
  expect(parse).toThrow(UserError);
  expect(parse).toThrow(new RegExp(`^bad schedule at column ${column}: .*${what.replaceAll('*', '\\*')}`));
});
