// SPDX-License-Identifier: GPL-2.0-only
import { describe, expect, test } from 'vitest';
import { apply, applyAll, initialState } from '../../src/model/apply.ts';
import { memoryMap } from '../../src/model/memory-map.ts';
import type { Event } from '../../src/model/recording.ts';
import { RefusedEvent } from '../../src/model/refused-event.ts';
import { undo } from '../../src/model/undo.ts';
import { sampleRecording } from '../support/sample-recording.ts';

const recording = sampleRecording();
const stateAt = (step: number) =>
  applyAll(initialState(recording), recording.events.slice(0, step), recording);

test('the start is what the header says', () => {
  const start = initialState(recording);
  expect(start.step).toBe(0);
  expect(start.objects['page[0]']).toEqual({
    '.__state': 1,
    '.mapping': '&inode.i_data',
    '.index': 0,
    '.count': 1,
    '.locked': 0,
  });
  expect(start.threads).toEqual([
    { at: 8, waitsFor: null, operations: [], locals: {} },
    { at: 0, waitsFor: null, operations: [], locals: {} },
  ]);
});

test('a step in the middle', () => {
  expect(stateAt(6).threads).toEqual([
    {
      at: 11,
      waitsFor: null,
      operations: ['truncate'],
      locals: { 'truncate.size': { value: 0, dead: true } },
    },
    {
      at: 4,
      waitsFor: 'mm.page_table_lock.owner',
      operations: ['fault'],
      locals: {
        'fault.index': { value: 0, dead: false },
        'fault.mapping': { value: '&inode.i_data', dead: true },
        'fault.page': { value: '&page[0]', dead: false },
      },
    },
  ]);
  expect(stateAt(6).objects['mm']).toEqual({ '.page_table_lock.owner': '@CPU0', '.rss': 0 });
});

test('the end: the pte maps a page that is not in the file', () => {
  const { step, objects, threads } = stateAt(15);
  expect(step).toBe(15);
  expect(objects['pte[0]']).toEqual({ '.page': '&page[0]', '.present': 1, '.write': 1 });
  expect(objects['page[0]']).toMatchObject({ '.mapping': null, '.count': 1 });
  expect(objects['inode']).toMatchObject({ '.i_size': 0, '.i_data.page_tree[0]': null });
  expect(threads.map(({ at, waitsFor, operations }) => [at, waitsFor, operations])).toEqual([
    [null, null, []],
    [null, null, []],
  ]);
});

test('what an event does not touch is shared with the state before', () => {
  const before = stateAt(9);
  const after = apply(before, recording.events[9]!, recording);
  expect(after.objects['page[0]']).not.toBe(before.objects['page[0]']);
  for (const name of ['inode', 'page[1]', 'pte[0]', 'mm'])
    expect(after.objects[name]).toBe(before.objects[name]);
  expect(after.threads[1]).toBe(before.threads[1]);
});

test('two writes of one cell in one event follow each other', () => {
  const writes = [
    { cell: 'mm.rss', old: 0, new: 1 },
    { cell: 'mm.rss', old: 1, new: 2 },
  ];
  const twice: Event = { ...recording.events[0]!, writes };
  const after = apply(initialState(recording), twice, recording);
  expect(after.objects['mm']?.['.rss']).toBe(2);
  expect(undo(after, { ...recording, events: [twice] })).toEqual(initialState(recording));
});

test('a free can mark the local of another thread stale', () => {
  const before = stateAt(8);
  const locals = [{ name: 'fault.page', value: '&page[0]!', from: [2], thread: 1 }];
  const after = apply(before, { ...recording.events[8]!, kind: 'free', locals }, recording);
  expect(after.threads[1]?.locals['fault.page']).toEqual({ value: '&page[0]!', dead: false });
  expect(after.threads[0]?.locals).toEqual(before.threads[0]?.locals);
});

test('a dead local lives again when it is set', () => {
  const [first] = recording.events;
  const killed = apply(
    initialState(recording),
    { ...first!, dead: ['fault.index', 'never.set', 'constructor'] },
    recording,
  );
  expect(killed.threads[1]?.locals['fault.index']).toEqual({ value: 0, dead: true });
  expect(Object.keys(killed.threads[1]?.locals ?? {})).toEqual(['fault.index', 'fault.mapping']);
  const again = apply(killed, { ...first!, begins: [] }, recording);
  expect(again.threads[1]?.locals['fault.index']).toEqual({ value: 0, dead: false });
});

describe('apply refuses', () => {
  const event = recording.events[9]!; // page[0].mapping: &inode.i_data -> NULL
  const cases: readonly (readonly [string, Partial<Event>, Partial<RefusedEvent>])[] = [
    ['an unknown thread', { thread: 2 }, { part: 'thread', found: 2, expected: 'a thread, 0 to 1' }],
    ['a negative thread', { thread: -1 }, { part: 'thread', found: -1 }],
    ['an unknown site', { site: 16 }, { part: 'site', found: 16, expected: 'a site, 0 to 15' }],
    ['an unknown next site', { next: 99 }, { part: 'next', found: 99 }],
    ['an unknown cell read', { reads: [{ cell: 'inode.x', value: 0 }] }, { part: 'reads', found: 'inode.x' }],
    ['an object for a cell', { reads: [{ cell: 'inode', value: 0 }] }, { part: 'reads', found: 'inode' }],
    ['an unknown cell written', { writes: [{ cell: 'page[7].count', old: 0, new: 0 }] }, { part: 'writes', found: 'page[7].count' }],
    [
      'an old value that is not there',
      { writes: [{ cell: 'page[0].mapping', old: null, new: null }] },
      { part: 'page[0].mapping before the step', found: null, expected: '"&inode.i_data", its value then' },
    ],
    ['a stale pointer for a good one', { writes: [{ cell: 'page[0].mapping', old: '&inode.i_data!', new: null }] }, { found: '&inode.i_data!' }],
    ['text for a number', { writes: [{ cell: 'mm.rss', old: '0', new: 1 }] }, { found: '0' }],
    ['an unknown site of a check', { checks: [{ site: 50, outcome: true, from: [] }] }, { part: 'checks', found: 50 }],
    ['an unknown owner of a local', { locals: [{ name: 'a.b', value: 0, from: [], thread: 5 }] }, { part: 'locals', found: 5 }],
    ['an unknown waiter', { waits: [{ thread: 4, on: null }] }, { part: 'waits', found: 4 }],
    ['an unknown cell waited for', { waits: [{ thread: 1, on: 'mm.page_table_lock' }] }, { part: 'waits', found: 'mm.page_table_lock' }],
    ['an end without a begin', { ends: ['truncate', 'truncate'] }, { part: 'ends', found: 'truncate', expected: 'nothing: no operation is in flight' }],
    ['an end of another operation', { ends: ['fault'] }, { part: 'ends', found: 'fault', expected: 'truncate' }],
  ]; // prettier-ignore

  test.each(cases)('%s, and changes nothing', (_, change, expected) => {
    const before = stateAt(9);
    const copy = structuredClone(before);
    let error: unknown;
    try {
      apply(before, { ...event, ...change }, recording);
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(RefusedEvent);
    expect(error).toMatchObject({ step: 10, ...expected });
    expect(before).toEqual(copy);
  });
});

test('undo refuses a state that the event did not leave', () => {
  const after = stateAt(10);
  const other = {
    ...after,
    objects: { ...after.objects, 'page[0]': { ...after.objects['page[0]'], '.mapping': '?' } },
  };
  expect(() => undo(other, recording)).toThrow(RefusedEvent);
});

test('undo keeps what the event did not touch', () => {
  const after = stateAt(10);
  const back = undo(after, recording);
  for (const name of ['inode', 'page[1]', 'pte[0]', 'mm'])
    expect(back.objects[name]).toBe(after.objects[name]);
  expect(back.threads[1]).toBe(after.threads[1]);
});

test('the memory map finds every cell by its path, once for each list of objects', () => {
  const map = memoryMap(recording.objects);
  expect(map).toBe(memoryMap(recording.objects));
  expect(map.size).toBe(3 + 5 + 5 + 3 + 2);
  expect(map.get('inode.i_data.page_tree[1]')).toMatchObject({
    object: { name: 'inode' },
    cell: { field: '.i_data.page_tree[1]' },
  });
  expect(map.get('inode')).toBeUndefined();
});
