// SPDX-License-Identifier: GPL-2.0-only
// The calls of a run, and their texts as read back from the embedded sources.
import { describe, expect, test } from 'vitest';
import { must } from '../../src/base/assert.ts';
import { assignedTo, callText } from '../../src/interop/call-text.ts';
import { callsAround, callTree } from '../../src/interop/call-tree.ts';
import { sampleRecording } from '../support/sample-recording.ts';

describe('call tree', () => {
  const calls = callTree(sampleRecording());

  test('each step lies in its functions, the outermost being the thread’s own', () => {
    const path = (step: number): string =>
      callsAround(must(calls[step - 1], 'call'))
        .map(({ fn }) => fn)
        .join(' ');
    expect(path(1)).toBe('CPU1 fault');
    expect(path(5)).toBe('CPU1 fault page_cache_get');
    expect(path(6)).toBe('CPU0 truncate zap_page_range');
    expect(path(14)).toBe('CPU0 truncate page_cache_release');
  });

  test('a call knows its steps, whatever other threads do between them', () => {
    const zap = must(calls[5], 'call');
    expect(zap).toMatchObject({ fn: 'zap_page_range', steps: [4, 6, 7], isOperation: false, depth: 2 });
    expect(must(zap.parent, 'caller')).toMatchObject({
      fn: 'truncate',
      isOperation: true,
      steps: [3, 4, 6, 7, 8, 9, 10, 14],
    });
  });

  test('an operation that begins again is another call', () => {
    const { events, ...header } = sampleRecording();
    const [first, ...rest] = events.filter(({ thread }) => thread === 1);
    const ended = must(first, 'event');
    const twice = callTree({ ...header, events: [ended, ended, ...rest] });
    expect(new Set(twice.map((call) => callsAround(call)[1])).size).toBe(2);
  });
});

describe('call text', () => {
  const text = `
	page = find_get_page(mapping,
			     pgoff);
	struct page *new = alloc_page();
	vma->vm_ops->nopage(vma, (address & MASK), 0);
	a.b[1] = f(x);
	LOCK;
	if (x == g())
		;
`;
  const sources = [{ name: 'x.c', text }];
  const at = (line: number, col: number): { fn: string; file: string; line: number; col: number } => ({
    fn: 'f',
    file: 'x.c',
    line,
    col,
  });

  test.each([
    [2, 9, 'page = find_get_page(mapping, pgoff)', 'page = find_get_page(...)'],
    [4, 21, 'new = alloc_page()', 'new = alloc_page()'],
    [5, 2, 'vma->vm_ops->nopage(vma, (address & MASK), 0)', 'vma->vm_ops->nopage(...)'],
    [6, 11, 'a.b[1] = f(x)', 'a.b[1] = f(...)'],
    [8, 11, 'g()', 'g()'],
  ])('%i:%i', (line, col, full, short) => {
    expect(callText(sources, at(line, col))).toEqual({ text: full, short, isAssigned: full.includes(' = ') });
  });

  test('nothing where no call stands, or no source', () => {
    expect(callText(sources, at(7, 2))).toBeUndefined();
    expect(callText(sources, at(99, 1))).toBeUndefined();
    expect(callText([], at(2, 9))).toBeUndefined();
    expect(assignedTo([], at(2, 9))).toBe('');
  });
});
