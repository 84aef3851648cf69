// SPDX-License-Identifier: GPL-2.0-only
import { expect, test } from 'vitest';
import { BugError } from '../../src/base/assert.ts';
import type { Recording } from '../../src/model/recording.ts';
import { diffStates } from '../../src/replay/diff.ts';
import { Timeline } from '../../src/replay/timeline.ts';
import { sampleRecording } from '../support/sample-recording.ts';

const timeline = new Timeline(sampleRecording());

test('positions go from the start to the last event', () => {
  expect(timeline.length).toBe(15);
  expect(timeline.stateAt(0).step).toBe(0);
  expect(timeline.stateAt(15).step).toBe(15);
  expect(timeline.eventAt(0)).toBeUndefined();
  expect(timeline.eventAt(1)?.begins).toEqual(['fault']);
  expect(timeline.eventAt(16)).toBeUndefined();
  for (const wrong of [-1, 16, 1.5, NaN]) expect(() => timeline.stateAt(wrong)).toThrow(BugError);
});

test('a state asked for again is the same object; going back shares with what was shown', () => {
  const fresh = new Timeline(sampleRecording());
  const after = fresh.stateAt(10);
  expect(fresh.stateAt(10)).toBe(after);
  const before = fresh.stateAt(9);
  expect(before.objects['inode']).toBe(after.objects['inode']);
  expect(before.objects['page[0]']).not.toBe(after.objects['page[0]']);
});

test('steps of a thread', () => {
  const stepsOf = (thread: number): number[] => {
    const steps = [];
    for (let s = timeline.nextStepOf(thread, 0); s !== undefined; s = timeline.nextStepOf(thread, s))
      steps.push(s);
    return steps;
  };
  expect(stepsOf(0)).toEqual([3, 4, 6, 7, 8, 9, 10, 14]);
  expect(stepsOf(1)).toEqual([1, 2, 5, 11, 12, 13, 15]);
  expect(timeline.previousStepOf(1, 11)).toBe(5);
  expect(timeline.previousStepOf(1, 1)).toBeUndefined();
  expect(timeline.previousStepOf(0, 15)).toBe(14);
  expect(timeline.nextStepOf(7, 0)).toBeUndefined();
});

test('violations: where it went wrong, and where it was reported', () => {
  expect(timeline.violations).toEqual([13, 14]);
  expect(timeline.firstViolation).toBe(13);
  expect(timeline.nextViolation(0)).toBe(13);
  expect(timeline.nextViolation(13)).toBe(14);
  expect(timeline.nextViolation(14)).toBeUndefined();
  expect(timeline.previousViolation(15)).toBe(14);
  expect(timeline.previousViolation(13)).toBeUndefined();
});

test('violations of a verdict with several parts, with none, and of no verdict', () => {
  const { verdict, ...rest } = sampleRecording() as Recording & {
    verdict: NonNullable<Recording['verdict']>;
  };
  const [violation] = verdict.violations;
  const more = { ...verdict, violations: [violation!, { ...violation!, since: 9, step: 15 }] };
  expect(new Timeline({ ...rest, verdict: more }).violations).toEqual([9, 13, 14, 15]);
  expect(new Timeline({ ...rest, verdict: more }).firstViolation).toBe(13);
  const deadlock = { ...verdict, violations: [], step: 12, since: null };
  expect(new Timeline({ ...rest, verdict: deadlock }).firstViolation).toBe(12);
  expect(new Timeline({ ...rest, verdict: { ...deadlock, step: null } }).firstViolation).toBeUndefined();
  expect(new Timeline({ ...rest, verdict: null }).violations).toEqual([]);
});

test('writes of a cell', () => {
  const { writes } = timeline;
  expect(writes.of('mm.page_table_lock.owner')).toEqual([4, 7, 11, 15]);
  expect(writes.of('page[1].count')).toEqual([]);
  expect(writes.next('page[0].count', 0)).toBe(5);
  expect(writes.next('page[0].count', 5)).toBe(14);
  expect(writes.next('page[0].count', 14)).toBeUndefined();
  expect(writes.previous('page[0].count', 14)).toBe(5);
  expect(writes.previous('page[0].count', 5)).toBeUndefined();
  expect(writes.last('page[0].count', 5)).toBe(5);
  expect(writes.last('page[0].count', 13)).toBe(5);
  expect(writes.last('page[0].count', 4)).toBeUndefined();
});

test('a step that writes a cell twice counts once', () => {
  const sample = sampleRecording();
  const writes = [
    { cell: 'mm.rss', old: 0, new: 1 },
    { cell: 'mm.rss', old: 1, new: 0 },
  ];
  const twice = new Timeline({ ...sample, events: [{ ...sample.events[0]!, writes }], verdict: null });
  expect(twice.writes.of('mm.rss')).toEqual([1]);
  expect(twice.changedCells(1)).toEqual(['mm.rss']);
});

test('cells changed by a step, and between any two', () => {
  expect(timeline.changedCells(13)).toEqual(['pte[0].page', 'pte[0].present', 'pte[0].write']);
  expect(timeline.changedCells(1)).toEqual([]);
  expect(timeline.changedCells(0)).toEqual([]);
  const recording = sampleRecording();
  expect(diffStates(recording, timeline.stateAt(2), timeline.stateAt(10))).toEqual([
    { cell: 'inode.i_size', before: 1, after: 0 },
    { cell: 'inode.i_data.page_tree[0]', before: '&page[0]', after: null },
    { cell: 'page[0].mapping', before: '&inode.i_data', after: null },
    { cell: 'page[0].count', before: 1, after: 2 },
  ]);
  expect(diffStates(recording, timeline.stateAt(10), timeline.stateAt(2))[0]).toEqual({
    cell: 'inode.i_size',
    before: 0,
    after: 1,
  });
});

test('a long run: far seeks, either way, and a bounded number of kept states', () => {
  const sample = sampleRecording();
  const [event] = sample.events;
  const events = Array.from({ length: 10_000 }, (_, i) => ({
    ...event!,
    begins: [],
    writes: [{ cell: 'mm.rss', old: i, new: i + 1 }],
  }));
  const long = new Timeline({ ...sample, events, verdict: null });
  long.prepare();
  for (const step of [10_000, 0, 5_000, 4_999, 5_000, 5_001, 1_023, 1_024, 1_025, 9_999, 1]) {
    expect(long.stateAt(step).objects['mm']?.['.rss']).toBe(step);
  }
  const kept = long.stateAt(7_000);
  for (let step = 0; step < 200; step += 1) long.stateAt(step);
  expect(long.stateAt(7_000)).not.toBe(kept);
  expect(long.stateAt(7_000)).toEqual(kept);
  expect(long.writes.previous('mm.rss', 7_000)).toBe(6_999);
});
