// SPDX-License-Identifier: GPL-2.0-only

import { expect, test } from 'vitest';
import { ASCII } from '../../src/view/glyphs.ts';
import { sourceView } from '../../src/view/source.ts';
import { sampleRecording } from '../support/sample-recording.ts';
import { block, sceneFrom, source } from './sample-scene.ts';

test('the line that ran, and where the threads stand', () => {
  expect(source(sceneFrom(), 6, { width: 60, height: 5 })).toBe(
    block(`
      |23     {
      |24         spin_lock(&mm->page_table_lock);
      |25*        if (pte_present(pte[index]))
      |26             pte_clear(&pte[index]);
      |27  0>     spin_unlock(&mm->page_table_lock);
    `),
  );
});

test('a call that a thread is inside of is marked in the file of the caller', () => {
  // After step 13 CPU0 stands in page_cache_release(), in the header, called from line 39.
  expect(source(sceneFrom(), 13, { width: 60, height: 40 })).toMatch(
    /^39  0: {5}page_cache_release\(page\);$/m,
  );
});

test('at the start nothing has run: the first step is where its thread stands', () => {
  const text = source(sceneFrom(), 0, { width: 60, height: 3 });
  expect(text).toContain(' 9  1>     if (index >= inode.i_size)');
  expect(text).not.toContain('*');
});

test('the accessed text stands out in its line, also through folded blanks and tabs', () => {
  const scene = sceneFrom();
  const { rows } = sourceView(scene, 13, { width: 100, height: 3, scroll: 0 }, ASCII);
  const marked = rows.flatMap((row) => row.filter((s) => s.role === 'current' && s.text.trim().length > 1));
  expect(marked.map((s) => s.text)).toEqual(['set_pte(&pte[index], mk_pte(page, 1))']);
});

test('title facts', () => {
  const view = sourceView(sceneFrom(), 5, { width: 60, height: 5, scroll: 0 }, ASCII);
  expect(view).toMatchObject({ file: 'include/sample.h', fn: 'page_cache_get', line: 10, total: 22 });
});

test('a trace without its sources says so', () => {
  expect(source(sceneFrom({ ...sampleRecording(), sources: [] }), 1, { width: 60, height: 5 })).toBe(
    'the trace does not hold protocols/sample-stock.c',
  );
});
