// SPDX-License-Identifier: GPL-2.0-only
// Owns the laws of the visited set: nothing is lost or taken for another, while it and its layout grow.
import { expect, test } from 'vitest';
import { Rng } from '../../src/base/rng.ts';
import { StateStore } from '../../src/explore/state-store.ts';
import type { Num } from '../../src/lang/program.ts';
import { Machine } from '../../src/machine/machine.ts';
import { Packing } from '../../src/machine/packing.ts';
import { lockedUpdate } from '../support/example-programs.ts';

test('it is a set, in the order of discovery, through thousands of states and every growth of the layout', () => {
  const p = lockedUpdate(8);
  const start = new Machine(p).memory.vector;
  const packing = new Packing(p, start);
  const store = new StateStore(packing);
  let scratch = new Int32Array(packing.words);
  const add = (vector: readonly Num[]): number => {
    scratch.fill(0);
    if (!packing.pack(vector, scratch, 0)) {
      store.relayout();
      scratch = new Int32Array(packing.words);
      expect(packing.pack(vector, scratch, 0)).toBe(true);
    }
    return store.add(scratch, 0);
  };

  const rng = new Rng(1);
  const known = new Map<string, number>();
  const layouts = new Set<number>();
  for (let i = 0; i < 20_000; i += 1) {
    // Ever larger values in ever more slots: fields grow all the way.
    const vector = start.map((v, slot) =>
      packing.slots.includes(slot) && slot * 900 < i ? rng.below(2 + i / 500) : v,
    );
    const index = add(vector);
    const expected = known.get(vector.join()) ?? known.size;
    expect(index).toBe(expected);
    expect(store.added).toBe(expected === known.size);
    known.set(vector.join(), expected);
    layouts.add(packing.words);
  }
  expect(store.count).toBe(known.size);
  expect(layouts.size).toBeGreaterThan(2);
  for (const [text, index] of known) {
    const vector = [...start];
    packing.unpack(store.words, store.offset(index), vector);
    if (vector.join() !== text) expect.fail(`state ${index} is ${vector.join()}, was ${text}`);
  }
});
