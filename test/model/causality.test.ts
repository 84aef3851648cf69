// SPDX-License-Identifier: GPL-2.0-only
import { expect, test } from 'vitest';
import { Causality } from '../../src/model/causality.ts';
import type { Recording } from '../../src/model/recording.ts';
import { randomRecording } from '../support/random-recording.ts';
import { sampleRecording } from '../support/sample-recording.ts';
import { withSeed } from '../support/seed.ts';

test('in the sample, the fault that saw the page does not know that it left the file', () => {
  const causality = new Causality(sampleRecording());
  // CPU1 read i_size and the page tree before CPU0 wrote them: nothing orders these.
  expect(causality.concurrent(1, 3)).toBe(true);
  expect(causality.concurrent(2, 9)).toBe(true);
  // CPU0 zaps under the lock that CPU1 takes next …
  expect(causality.happensBefore(6, 13)).toBe(true);
  expect(causality.happensBefore(3, 13)).toBe(true);
  // … but removes the page without it.
  expect(causality.concurrent(10, 13)).toBe(true);
  // CPU0 drops the reference count that CPU1 raised.
  expect(causality.happensBefore(5, 14)).toBe(true);
  expect(causality.happensBefore(11, 14)).toBe(false);
});

test('clocks count the steps of each thread', () => {
  const causality = new Causality(sampleRecording());
  expect(causality.clock(1)).toEqual([0, 1]);
  expect(causality.clock(3)).toEqual([1, 0]);
  expect(causality.clock(7)).toEqual([4, 0]);
  expect(causality.clock(11)).toEqual([4, 4]);
  expect(causality.clock(15)).toEqual([4, 7]);
});

test('a release comes before the next acquire even when the acquire lists no reads', () => {
  const sample = sampleRecording();
  const events = sample.events.map((event) => ({ ...event, reads: [] }));
  const causality = new Causality({ ...sample, events });
  expect(causality.happensBefore(7, 11)).toBe(true);
  expect(causality.concurrent(5, 14)).toBe(true);
});

test('a step is neither before itself nor beside itself', () => {
  const causality = new Causality(sampleRecording());
  expect(causality.happensBefore(4, 4)).toBe(false);
  expect(causality.concurrent(4, 4)).toBe(false);
});

/** The order again, from its definition: all direct edges, then their transitive closure. */
function ordersOf({ events }: Recording): readonly ReadonlySet<number>[] {
  const lock = 'mm.page_table_lock.owner';
  const before: Set<number>[] = [];
  events.forEach((event, index) => {
    const earlier = new Set<number>();
    const observed = [
      ...event.reads.map((r) => r.cell),
      ...event.writes.map((w) => w.cell).filter((c) => c === lock),
    ];
    const edges = [
      events.findLastIndex((e, i) => i < index && e.thread === event.thread),
      ...observed.map((cell) =>
        events.findLastIndex((e, i) => i < index && e.writes.some((w) => w.cell === cell)),
      ),
    ];
    for (const edge of edges.filter((e) => e >= 0))
      for (const step of [edge, ...(before[edge] ?? [])]) earlier.add(step);
    before.push(earlier);
  });
  return before;
}

test('vector clocks agree with the transitive closure', () =>
  withSeed((rng) => {
    for (let round = 0; round < 20; round += 1) {
      const recording = randomRecording(rng, 30);
      const causality = new Causality(recording);
      ordersOf(recording).forEach((earlier, b) => {
        for (let a = 0; a < recording.events.length; a += 1) {
          expect(causality.happensBefore(a + 1, b + 1), `${a + 1} before ${b + 1}`).toBe(earlier.has(a));
        }
      });
    }
  }));
