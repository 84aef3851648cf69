// SPDX-License-Identifier: GPL-2.0-only

import { expect, test } from 'vitest';
import type { Event, MemoryObject } from '../../src/model/recording.ts';
import { useText } from '../../src/view/locks.ts';
import { sampleRecording } from '../support/sample-recording.ts';
import { block, sceneFrom, state } from './sample-scene.ts';

const size = { width: 60, height: 20 };

test('memory, threads and locks; what plays no part is hidden, and said to be', () => {
  expect(state(sceneFrom(), 6, size)).toBe(
    block(`
      |  pte[0]   none
      |  page[0]  mapping inode.i_data  count 2
      |  inode    i_size 0  page_tree[0] page[0]
      |  1 object, 4 fields hidden, e shows
      |
      |  CPU0 in zap_page_range()
      |       (size=0)
      |  CPU1 waits mm.page_table_lock
      |       index=0  page=page[0]  (mapping=inode.i_data)
      |  mm.page_table_lock  held by CPU0, CPU1 waits
    `),
  );
});

test('changes and violations have a sign, old and new value, and a word', () => {
  expect(state(sceneFrom(), 13, size)).toBe(
    block(`
      |! pte[0]   none -> page[0] present write  <- I1: stale
      |! page[0]  mapping NULL  count 2  <- I1: truncated
      |  inode    i_size 0  page_tree[0] NULL
      |  1 object, 4 fields hidden, e shows
      |
      |  CPU0 in page_cache_release()
      |       page=page[0]  (size=0)
      |  CPU1 in fault()
      |       (page=page[0])  (mapping=inode.i_data)  (index=0)
      |  mm.page_table_lock  held by CPU1
    `),
  );
  expect(state(sceneFrom(), 10, size)).toContain('~ page[0]  mapping inode.i_data -> NULL  count 2');
});

test('with room the words are a sentence', () => {
  const text = state(sceneFrom(), 14, { width: 90, height: 20 });
  expect(text).toContain('! pte[0]   page[0] present write  <- I1: stale, maps truncated page[0]');
  expect(text).toContain('! page[0]  mapping NULL  count 2 -> 1  <- I1: truncated, still mapped by pte[0]');
});

test('all shows everything but the parts of built-ins', () => {
  const text = state(sceneFrom(), 0, { width: 90, height: 20 }, true);
  expect(text).toContain('page[1]  mapping uninitialised');
  expect(text).toContain('rss 0');
  expect(text).not.toContain('hidden');
  expect(text).not.toContain('__state');
});

test('side by side where it is wide and low', () => {
  const text = state(sceneFrom(), 6, { width: 80, height: 5 });
  expect(text.split('\n')[1]).toMatch(/^ {2}page\[0\] {2}mapping inode.i_data {2}count 2 +\| {7}\(size=0\)$/);
});

test('locks are told in fewer words where there is little room', () => {
  const use = {
    lock: {
      name: 'inode.i_data.truncate_lock.lock',
      object: 'inode',
      owner: undefined,
      readers: [],
      queue: [],
      takers: [],
    },
    holder: 'CPU0',
    readers: [],
    waiters: ['CPU1', 'CPU2'],
  };
  expect(useText(use, 80)).toBe('inode.i_data.truncate_lock.lock  held by CPU0, CPU1, CPU2 wait');
  expect(useText(use, 50)).toBe('truncate_lock.lock  held by CPU0, CPU1, CPU2 wait');
  expect(useText(use, 30)).toBe('truncate_lock.lock: CPU0, CPU1, CPU2 wait');
  expect(useText({ ...use, holder: undefined, readers: ['CPU0'], waiters: [] }, 80)).toContain(
    'read by CPU0',
  );
  expect(useText({ ...use, holder: undefined, waiters: [] }, 80)).toBe(
    'inode.i_data.truncate_lock.lock  free',
  );
});

/** Two elements of a struct array inside an object: one a word, one written in pieces. */
function withInnerArrays() {
  const recording = sampleRecording();
  const int = { kind: 'int', bits: 32, signed: true } as const;
  const flag = { kind: 'bool' } as const;
  const table: MemoryObject = {
    name: 'table',
    type: 'struct table',
    words: ['.slot[0]'],
    cells: ['[0]', '[1]'].flatMap((index) => [
      { field: `.slot${index}.nr`, type: int, start: 0 },
      { field: `.slot${index}.busy`, type: flag, start: 0 },
    ]),
  };
  const [first, ...events] = recording.events as [Event, ...Event[]];
  const write = (field: string) => ({ cell: `table.slot${field}`, old: 0, new: 1 });
  const opened: Event = { ...first, writes: [write('[0].nr'), write('[0].busy'), write('[1].busy')] };
  return { ...recording, objects: [...recording.objects, table], events: [opened, ...events] };
}

test('elements of struct arrays inside objects have rows of their own, as words when they are words', () => {
  const text = state(sceneFrom(withInnerArrays()), 1, size);
  expect(text).toContain('~ table.slot[0]  none -> nr=1 busy');
  expect(text).toContain('~ table.slot[1]  busy false -> true');
});

test('a semaphore has no owner: who took it last and did not let it go holds it', () => {
  const recording = sampleRecording();
  const count = { kind: 'int', bits: 32, signed: true } as const;
  const thread = { kind: 'thread' } as const;
  const sem: MemoryObject = {
    name: 'sem',
    type: 'struct semaphore',
    locks: [{ field: '', type: 'struct semaphore', queue: ['.waiters.queue[0]'] }],
    cells: [
      { field: '.count', type: count, start: 1 },
      { field: '.waiters.queue[0]', type: thread, start: null },
      { field: '.waiters.__granted[0]', type: { kind: 'bool' }, start: 0 },
    ],
  };
  const [one, two, three, four, ...rest] = recording.events as [Event, Event, Event, Event, ...Event[]];
  const down: Event = { ...one, kind: 'acquire', writes: [{ cell: 'sem.count', old: 1, new: 0 }] };
  const queue: Event = {
    ...three,
    kind: 'queue',
    writes: [...three.writes, { cell: 'sem.waiters.queue[0]', old: null, new: '@CPU0' }],
    waits: [{ thread: 0, on: 'sem.waiters.__granted[0]' }],
  };
  const scene = sceneFrom({
    ...recording,
    objects: [...recording.objects, sem],
    events: [down, two, queue, four, ...rest],
  });
  expect(state(scene, 0, size, true)).toContain('sem  free');
  expect(state(scene, 1, size)).toContain('~ sem  held by CPU1');
  expect(state(scene, 3, size)).toContain('~ sem  held by CPU1, CPU0 waits');
  expect(state(scene, 3, size)).toContain('CPU0 waits sem');
  expect(state(scene, 1, size)).not.toContain('count 0');
});
