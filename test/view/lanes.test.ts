// SPDX-License-Identifier: GPL-2.0-only

import { expect, test } from 'vitest';
import { ASCII, UNICODE } from '../../src/view/glyphs.ts';
import { laneIndexOf } from '../../src/view/lane-index.ts';
import { lanesView } from '../../src/view/lanes.ts';
import { rowText } from '../../src/view/span.ts';
import { sampleRecording } from '../support/sample-recording.ts';
import { block, lanes, sceneFrom } from './sample-scene.ts';

test('one column a thread, time down, the bad step marked and told', () => {
  expect(lanes(sceneFrom(), 13, { width: 100, height: 30 })).toBe(
    block(`
      |  0  start
      |                                                    | fault()
      |  1                                                 |  index >= inode.i_size  no (1)
      |  2                                                 |  page = mapping->page_tree[index]  = page[0]
      |     | truncate()                                   |
      |  3  |  inode->i_size = size  1 -> 0                |
      |     | zap_page_range()                             |
      |  4  |  spin_lock(&mm->page_table_lock)             |
      |  5  |                                              |  atomic_inc(&page->count)  1 -> 2
      |  6  |  pte_present(pte[index])  no                 : waits mm.page_table_lock
      |  7  |  spin_unlock(&mm->page_table_lock)           |
      |     | truncate()                                   |
      |  8  |  page = inode->i_data.page_tree[~  = page[0] |
      |  9  |  inode->i_data.page_tree[0] = NULL           |
      | 10  |  page->mapping = NULL  inode.i_data -> NULL  |
      | 11  |                                              |  spin_lock(&mm->page_table_lock)
      | 12  |                                              |  pte_none(pte[index])  yes
      |>13! |                                              |  set_pte(&pte[index], mk~  -> page[0] prese~
      |   ! I1: pte[0] maps page[0], which truncate has removed from the file
      | 14  |  atomic_dec(&page->count)  2 -> 1            |
      |       truncate returns                             |
      |     I1 reported: false since 13, judged while no truncate is in flight
      | 15                                                 |  spin_unlock(&mm->page_table_lock)
      |                                                      fault returns
      |     end
    `),
  );
});

test('where there is room, a lone step in a helper is told with its name', () => {
  expect(lanes(sceneFrom(), 0, { width: 140, height: 30 })).toContain(
    'page_cache_get: atomic_inc(&page->count)  1 -> 2',
  );
});

test('a thread that waits is told of once and then drawn as waiting', () => {
  const recording = sampleRecording();
  const scene = sceneFrom({ ...recording, events: recording.events.slice(0, 7), verdict: null });
  const text = lanes(scene, 7, { width: 100, height: 30 }, UNICODE);
  expect(text.match(/waits mm\.page_table_lock/g)).toHaveLength(1);
  expect(text).toContain('  6  │  pte_present(pte[index])  no                 ┊ waits mm.page_table_lock');
  expect(text).toContain('> 7  │  spin_unlock(&mm->page_table_lock)           │');
  expect(text).toContain('INCOMPLETE');
});

test('narrow screens have one column for all threads', () => {
  expect(lanes(sceneFrom(), 6, { width: 40, height: 8 })).toBe(
    block(`
      |     CPU0 truncate()
      |  3  CPU0 inode->i_size = size  1 -> 0
      |     CPU0 zap_page_range()
      |  4  CPU0 spin_lock(&mm->page_table_loc~
      |  5  CPU1 atomic_inc(&page->cou~  1 -> 2
      |> 6  CPU0 pte_present(pte[index])  no
      |  7  CPU0 spin_unlock(&mm->page_table_l~
      |     CPU0 truncate()
    `),
  );
});

test('the heads stand above their columns', () => {
  const scene = sceneFrom();
  const { head, rows } = lanesView(
    scene,
    laneIndexOf(scene.recording),
    3,
    { width: 80, height: 9, scroll: 0 },
    ASCII,
  );
  const text = rowText(head);
  expect(text.indexOf('CPU0 truncate')).toBe(7);
  expect(rows.map(rowText).some((row) => row.indexOf('truncate()') === 7)).toBe(true);
  expect(rows.map(rowText).some((row) => row.indexOf('fault()') === text.indexOf('CPU1'))).toBe(true);
});

test('the window scrolls, and says where it is', () => {
  const scene = sceneFrom();
  const index = laneIndexOf(scene.recording);
  const area = { width: 80, height: 5, scroll: 0 };
  expect(lanesView(scene, index, 0, area, ASCII)).toMatchObject({ top: 0, total: 25 });
  expect(lanesView(scene, index, 0, { ...area, scroll: 4 }, ASCII)).toMatchObject({ top: 4 });
  expect(lanesView(scene, index, 0, { ...area, scroll: 99 }, ASCII)).toMatchObject({ top: 20 });
  expect(lanesView(scene, index, 15, area, ASCII).rows).toHaveLength(5);
});

test('many threads', () => {
  const recording = sampleRecording();
  const more = ['CPU2', 'CPU3', 'CPU4'].map((name) => ({ name, role: 'idle' }));
  const start = more.map(() => ({ at: null, waitsFor: null }));
  const scene = sceneFrom({
    ...recording,
    threads: [...recording.threads, ...more],
    start: [...recording.start, ...start],
  });
  expect(lanes(scene, 3, { width: 120, height: 5 })).toContain(' 3  |  inode->i_s~  1 -> 0 |');
  expect(lanes(scene, 3, { width: 80, height: 5 })).toContain(' 3  CPU0 inode->i_size = size  1 -> 0');
});
