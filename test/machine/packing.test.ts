// SPDX-License-Identifier: GPL-2.0-only
// Owns the laws of packed states: unpack is the inverse of pack, whatever the values and however the layout grew.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Rng } from '../../src/base/rng.ts';
import { UNINIT, type Num } from '../../src/lang/program.ts';
import { Machine } from '../../src/machine/machine.ts';
import { Packing } from '../../src/machine/packing.ts';
import { lockedUpdate } from '../support/example-programs.ts';
import { program, set } from '../support/programs.ts';
import { randomProgram } from '../support/random-program.ts';

/** Packs, widening as often as it takes. */
function pack(packing: Packing, vector: readonly Num[]): Int32Array {
  const words = new Int32Array(packing.words);
  if (packing.pack(vector, words, 0)) return words;
  packing.widen();
  return pack(packing, vector);
}

function unpack(packing: Packing, words: Int32Array, like: readonly Num[]): Num[] {
  const vector = [...like];
  packing.unpack(words, 0, vector);
  return vector;
}

test('a variable that never changes takes no bit, a bool one, and a field never straddles two words', () => {
  const p = lockedUpdate();
  const packing = new Packing(p, new Machine(p).memory.vector);
  expect([packing.bits, packing.words]).toEqual([0, 1]);
  const start = new Machine(p).memory.vector;
  const locked = start.map((v, i) => (i === 1 ? 1 : v));
  expect(packing.pack(locked, new Int32Array(1), 0)).toBe(false);
  packing.widen();
  expect(packing.bits).toBe(1);
  expect(pack(packing, locked)).not.toEqual(pack(packing, start));
});

test('constants and the scratch of invariants are not packed, but a constant that a free can turn stale is', () => {
  const p = program((b) => {
    const fixed = b.cell('fixed', { constant: true });
    const staled = b.cell('staled', { constant: true });
    const free = { stale: { op: 'const', value: 2 }, size: 1, vars: [staled] } as const;
    b.thread('CPU0', (code) => code.step('free', [free, set(fixed, 0)]));
    b.invariant('I', { kind: 'strict' }, (code, result) => code.result(result, { op: 'const', value: 1 }));
  });
  const names = new Packing(p, new Machine(p).memory.vector).slots.map((slot) => p.vars[slot]?.name ?? 'pc');
  expect(names).toEqual(['staled', 'pc']);
});

const num: fc.Arbitrary<Num> = fc.oneof(
  fc.integer({ min: 0, max: 70 }),
  fc.integer(),
  fc.maxSafeInteger(),
  fc.constant(UNINIT),
  fc.bigInt({ min: 2n ** 53n, max: 2n ** 64n }),
);

test('unpack is the inverse of pack for any values, before and after the layout grew', () => {
  const p = lockedUpdate(3);
  const size = new Machine(p).memory.vector.length;
  const packed = [...Array(size).keys()].filter((i) => p.vars[i]?.thread !== -1);
  const vectors = fc.array(fc.array(num, { minLength: size, maxLength: size }), {
    minLength: 1,
    maxLength: 60,
  });
  fc.assert(
    fc.property(vectors, (states) => {
      const start = new Machine(p).memory.vector;
      const packing = new Packing(p, start);
      let kept: Int32Array[] = [];
      states.forEach((state, i) => {
        let words = new Int32Array(packing.words);
        if (!packing.pack(state, words, 0) && !(i % 3 > 0 && packing.extend())) {
          const move = packing.widen(40);
          kept = kept.map((old) => {
            const moved = new Int32Array(packing.words);
            move(old, 0, moved, 0);
            return moved;
          });
          words = new Int32Array(packing.words);
        }
        expect(packing.pack(state, words, 0)).toBe(true);
        kept.push(words);
        const back = unpack(packing, kept[i >> 1]!, start);
        for (const slot of packed) expect(back[slot]).toBe(states[i >> 1]![slot]);
      });
    }),
    { numRuns: 100 },
  );
});

test('patching the slots that a step changed gives what packing the whole state gives', () => {
  fc.assert(
    fc.property(fc.integer(), fc.integer(), (seed, walk) => {
      const p = randomProgram(seed);
      const machine = new Machine(p);
      if (machine.start() !== null) return;
      const { memory } = machine;
      const start = [...memory.vector];
      const packing = new Packing(p, start);
      const rng = new Rng(walk);
      for (let i = 0; i < 30; i += 1) {
        const options = machine.options();
        if (options.length === 0) break;
        const words = pack(packing, memory.vector).slice();
        machine.forget();
        const { thread, choice } = rng.pick(options);
        machine.take(thread, choice);
        if (packing.patch(memory.changed, memory.logged, memory.vector, words, 0)) {
          expect(words).toEqual(pack(packing, memory.vector));
        }
        expect(unpack(packing, pack(packing, memory.vector), start)).toEqual(memory.vector);
      }
    }),
    { numRuns: 200 },
  );
});
