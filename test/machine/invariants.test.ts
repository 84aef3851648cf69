// SPDX-License-Identifier: GPL-2.0-only
// Owns how invariants are judged: purely, with a reason in words and the cells that were read.
import { addressValue } from '../../src/lang/lower/ir.ts';
import { expect, test } from 'vitest';
import type { Program } from '../../src/lang/program.ts';
import { UNINIT } from '../../src/lang/program.ts';
import { Invariants } from '../../src/machine/invariants.ts';
import { Memory } from '../../src/machine/memory.ts';
import { formatMessage } from '../../src/machine/message.ts';
import { Values } from '../../src/machine/values.ts';
import {
  add,
  bool,
  con,
  element,
  eq,
  field,
  get,
  int,
  lt,
  pointerTo,
  program,
  set,
  thread,
} from '../support/programs.ts';

/** for (i = 0; i < 3; i++) if (array[i] == 7) return false; return true; */
function noSeven(): Program {
  return program((p) => {
    const array = p.struct('array', 'int[3]', { x: {}, y: { start: 7 }, z: {} });
    const limit = p.cell('limit', { constant: true, start: 3 });
    p.thread('CPU0', () => {});
    p.invariant('I1', { kind: 'strict' }, (code, result) => {
      const i = code.local('i', { start: 0 });
      const [again, found, end] = [code.label(), code.label(), code.label()];
      code.here(again);
      code.branch('i < limit', lt(get(i), get(limit)), () => {
        code.branch('array[i] == 7', eq(get(element(array.x, get(i), 3)), 7), () => code.goto(found));
        code.ride('i++', [set(i, add(get(i), 1))]);
        code.goto(again);
      });
      code.result(result, con(1));
      code.goto(end);
      code.here(found);
      code.result(result, con(0), { format: 'array[%d] is seven', args: [{ value: get(i), show: int }] });
      code.here(end);
    });
  });
}

test('a false invariant says why, and which cells it read on the way; nothing changes', () => {
  const p = noSeven();
  const memory = new Memory(p);
  const invariants = new Invariants(p, memory);
  const before = [...memory.vector];
  expect(invariants.judge(0)).toBe('violated');
  expect(invariants.explain(0)).toEqual({ message: 'array[1] is seven', cells: [0, 1] });
  expect(memory.vector).toEqual(before);
  expect(memory.logged).toBe(0);
  memory.write(1, 6);
  expect(invariants.judge(0)).toBe('holds');
});

test('without words of its own it is called by its function', () => {
  const p = program((b) => {
    b.thread('CPU0', () => {});
    b.invariant('I1', { kind: 'strict' }, (code, result) => code.result(result, con(0)));
  });
  expect(new Invariants(p, new Memory(p)).explain(0)).toEqual({ message: 'I1() is false', cells: [] });
});

test('trouble in an invariant is told as such, and trouble in its words alone does no harm', () => {
  const p = program((b) => {
    const page = b.cell('page', { shown: pointerTo('struct page') });
    const flags = get(field(get(page), 'struct page'));
    b.thread('CPU0', () => {});
    b.invariant('deep', { kind: 'strict' }, (code, result) => code.result(result, flags));
    b.invariant('shallow', { kind: 'strict' }, (code, result) =>
      code.result(result, con(0), { format: 'flags are %d', args: [{ value: flags, show: int }] }),
    );
  });
  const invariants = new Invariants(p, new Memory(p));
  expect(invariants.judge(0)).toMatchObject({
    kind: 'null-dereference',
    thread: -1,
    message: 'in invariant deep: NULL pointer to struct page dereferenced',
  });
  expect(invariants.judge(1)).toBe('violated');
  expect(invariants.explain(1).message).toBe('flags are uninitialised');
});

test('an invariant that does not end is trouble', () => {
  const p = program((b) => {
    b.thread('CPU0', () => {});
    b.invariant('I1', { kind: 'strict' }, (code) => {
      const again = code.label();
      code.here(again);
      code.goto(again);
    });
  });
  expect(new Invariants(p, new Memory(p)).judge(0)).toMatchObject({ kind: 'endless-local-loop' });
});

test('messages are formatted as by printf, with names for what has one', () => {
  const p = program((b) => {
    b.struct('inode', 'struct inode', { size: {} });
    b.struct('page[1]', 'struct page', { flags: {} });
    b.thread('CPU0', () => {});
  });
  const state = { as: 'enum', name: 'state', names: { CLEAN: 0, DIRTY: 1 } } as const;
  const say = (format: string, ...args: Parameters<typeof formatMessage>[1]): string =>
    formatMessage(format, args, new Values(p));
  const page = pointerTo('struct page');
  expect(say('%d%% of %lu, %#x', ...[7, 2n ** 63n, 255].map((value) => ({ value, show: int })))).toBe(
    '7% of 9223372036854775808, ff',
  );
  expect(
    say('%p %p %p', ...[addressValue(1), addressValue(1) + 1, 0].map((value) => ({ value, show: page }))),
  ).toBe('page[1] page[1] (freed) NULL');
  expect(say('%s %s', { value: 1, show: thread }, { value: 0, show: thread })).toBe('CPU0 nobody');
  expect(
    say('%d %s, %d %s', ...[1, 1].flatMap((value) => [state, state].map((show) => ({ value, show })))),
  ).toBe('1 DIRTY, 1 DIRTY');
  expect(say('%d %s', { value: 1, show: bool }, { value: 0, show: bool })).toBe('1 false');
  expect(say('%d', { value: UNINIT, show: int })).toBe('uninitialised');
  expect(say('%d and %d', { value: 1, show: int })).toBe('1 and %d');
});
