// SPDX-License-Identifier: GPL-2.0-only
// Owns the laws of the WebAssembly encoder: numbers as the format wants them, and functions that compute what they say.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import * as w from '../../../src/explore/wasm/instructions.ts';
import { I32, I64, type Code, type ValueType } from '../../../src/explore/wasm/instructions.ts';
import { must } from '../../../src/base/assert.ts';
import { platform } from '../../../src/explore/wasm/platform.ts';
import { FunctionWriter, ModuleWriter } from '../../../src/explore/wasm/module.ts';

function bytes(code: Code): readonly number[] {
  const all = new w.Bytes();
  all.add(code);
  return [...all.all];
}

/** Makes a function of parameters of one type, in a memory of one page. */
function run(
  type: ValueType,
  params: number,
  write: (fn: FunctionWriter, module: ModuleWriter) => Code,
): (...args: (number | bigint)[]) => unknown {
  const module = new ModuleWriter();
  const twice = module.import('twice', [I32], [I32]);
  expect(twice).toBe(0);
  const addOne = new FunctionWriter([I32], [I32]);
  addOne.body = w.add(w.get(0), w.int(1));
  const inTable = module.add(addOne);
  module.fillTable(2, [inTable]);
  const fn = new FunctionWriter(
    Array.from({ length: params }, () => type),
    [type],
  );
  fn.body = write(fn, module);
  module.add(fn, 'run');
  const { Memory, Table, Module, Instance } = must(platform, 'WebAssembly');
  const memory = new Memory({ initial: 1, maximum: 1 });
  const table = new Table({ element: 'anyfunc', initial: 3 });
  const env = { memory, table, twice: (n: number) => 2 * n };
  const { exports } = new Instance(new Module(module.bytes), { env });
  return exports['run'] as unknown as (...args: (number | bigint)[]) => unknown;
}

test('numbers are written in groups of seven bits', () => {
  expect([0, 127, 128, 300, 16383, 16384, 2 ** 32 - 1].map((n) => bytes(w.unsigned(n)))).toEqual([
    [0],
    [127],
    [0x80, 1],
    [0xac, 2],
    [0xff, 0x7f],
    [0x80, 0x80, 1],
    [0xff, 0xff, 0xff, 0xff, 0x0f],
  ]);
  expect([0n, 63n, 64n, -1n, -64n, -65n, 128n].map((n) => bytes(w.signed(n)))).toEqual([
    [0],
    [63],
    [0xc0, 0],
    [0x7f],
    [0x40],
    [0xbf, 0x7f],
    [0x80, 1],
  ]);
});

test('constants of every size come back', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), fc.integer(), (long, int) => {
      expect(run(I64, 0, () => w.long(long))()).toBe(long);
      expect(run(I32, 0, () => w.int(int))()).toBe(int);
    }),
    { numRuns: 50 },
  );
  for (let shift = 0; shift < 63; shift += 1)
    for (const by of [-1n, 0n, 1n])
      for (const sign of [1n, -1n]) {
        const value = sign * (1n << BigInt(shift)) + by;
        expect(run(I64, 0, () => w.long(value))()).toBe(value);
        if (shift < 31) expect(run(I32, 0, () => w.int(Number(value)))()).toBe(Number(value));
      }
});

test('memory is read where it was written, at near and far addresses', () => {
  for (const at of [0, 127, 128, 16383, 16384, 65_000]) {
    const there = run(I64, 1, (fn) => {
      const low = fn.local(I32);
      return [
        w.store64(w.int(0), at, w.get(0)),
        w.set(low, w.load32(w.int(0), at)),
        w.storeByte(w.int(8), at, w.int(7)),
        w.store16(w.int(10), at, w.int(258)),
        w.add64(w.load64(w.int(0), at), w.widenUnsigned(w.sub(w.loadByte(w.int(8), at), w.int(7)))),
        w.drop(w.get(low)),
      ];
    });
    expect(there(0x1234_5678_9abc_def0n)).toBe(0x1234_5678_9abc_def0n);
  }
});

test('jumps leave, repeat and choose the block they name', () => {
  const sum = run(I32, 1, (fn) => {
    const { total } = fn.locals(I32, 'total');
    const [again, done] = [w.newLabel(), w.newLabel()];
    return [
      w.block(
        done,
        w.loop(again, [
          w.jumpIf(w.isZero(w.get(0)), done),
          w.when(w.equal(w.get(0), w.int(3)), w.set(total, w.add(w.get(total), w.int(100)))),
          w.set(total, w.add(w.get(total), w.get(0))),
          w.set(0, w.sub(w.get(0), w.int(1))),
          w.jump(again),
        ]),
      ),
      w.get(total),
    ];
  });
  expect([0, 2, 4].map((n) => sum(n))).toEqual([0, 3, 110]);
  const pick = run(I32, 1, () => {
    const labels = [w.newLabel(), w.newLabel(), w.newLabel()] as const;
    const inside = w.block(labels[0], w.jumpTable(w.get(0), labels));
    const middle = w.block(labels[1], [inside, w.giveBack(w.int(10))]);
    return [w.block(labels[2], [middle, w.giveBack(w.int(11))]), w.int(12)];
  });
  expect([0, 1, 2, 99].map((n) => pick(n))).toEqual([10, 11, 12, 12]);
  const either = run(I32, 1, () => w.either(I32, w.get(0), w.int(1), w.select(w.int(2), w.int(3), w.get(0))));
  expect([5, 0].map((n) => either(n))).toEqual([1, 3]);
});

test('functions are called by index, through the table, and where they are imported', () => {
  const called = run(I32, 1, (_, module) => {
    const type = module.type({ params: [I32], results: [I32] });
    return w.call(0, [w.callIndirect(type, w.int(2), [w.call(1, [w.get(0)])])]);
  });
  expect(called(5)).toBe(14);
});
