// SPDX-License-Identifier: GPL-2.0-only
// The diagram of hand-written recordings, and the rules of kernel mails that every diagram keeps.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { layOut, wrap } from '../../src/interop/lkml-columns.ts';
import type { Row } from '../../src/interop/lkml-rows.ts';
import { lkmlDiagram } from '../../src/interop/lkml.ts';
import type { Event, Recording, Site, Verdict } from '../../src/model/recording.ts';
import { sampleRecording } from '../support/sample-recording.ts';
import { expectMailable } from './mailable.ts';

describe('the sample', () => {
  test('in essence: up to the report, without what does not bear on it', () => {
    const { lines, leftOut } = lkmlDiagram(sampleRecording(), 'essential');
    expect(`\n${lines.join('\n')}`).toBe(`

CPU0                                    CPU1
----                                    ----
                                        fault()
                                          index >= inode.i_size: no
                                          page = mapping->page_tree[index]
                                            -> page[0]
truncate()
  inode->i_size = size  -> 0
  zap_page_range()
    spin_lock(&mm->page_table_lock)
    pte_present(pte[index]): no
    spin_unlock(&mm->page_table_lock)
  inode->i_data.page_tree[0] = NULL
  page->mapping = NULL
                                          spin_lock(&mm->page_table_lock)
                                          pte_none(pte[index]): yes
                                          set_pte(&pte[index],
                                            mk_pte(page, 1))  -> page[0]
                                          ^^^^^^^^^^^^^^^^^^^^
                                          I1: pte[0] maps page[0], which
                                            truncate has removed from the
                                            file
`);
    expect(leftOut).toBe(3);
    expectMailable(lines);
  });

  test('in full: every step to the end, a small function of a header as its call', () => {
    const { lines, leftOut } = lkmlDiagram(sampleRecording(), 'all');
    expect(leftOut).toBe(0);
    expect(lines.map((line) => line.trim())).toContain('page_cache_get(page)');
    expect(lines.at(-2)?.trim()).toBe('spin_unlock(&mm->page_table_lock)');
    expectMailable(lines);
  });

  test('the same recording gives the same text, and is not changed', () => {
    const recording = sampleRecording();
    const once = lkmlDiagram(recording, 'all');
    expect(lkmlDiagram(recording, 'all')).toEqual(once);
    expect(recording).toEqual(sampleRecording());
  });

  test('INCOMPLETE: without a verdict nothing is marked', () => {
    const { lines } = lkmlDiagram({ ...sampleRecording(), verdict: null }, 'all');
    expect(lines.join('\n')).not.toMatch(/\^\^\^\^|I1/);
    expectMailable(lines);
  });

  test('a run without a step draws nothing', () => {
    expect(lkmlDiagram({ ...sampleRecording(), events: [], verdict: null }, 'all').lines).toEqual([]);
  });
});

/** A recording of steps said in one word each: who, and the text; enough for the drawing. */
function recordingOf(
  names: readonly string[],
  steps: readonly [number, string, Partial<Event>?][],
  verdict?: Partial<Verdict>,
): Recording {
  const sites = steps.map(([, text], index): Site => ({
    file: 'x.c',
    line: index + 1,
    col: 1,
    fn: 'run',
    text,
    stack: [],
  }));
  const events = steps.map(([thread, , more], index): Event => {
    const nothing = {
      reads: [],
      writes: [],
      locals: [],
      dead: [],
      checks: [],
      begins: [],
      ends: [],
      waits: [],
    };
    return { thread, site: index, kind: 'write', next: null, ...nothing, ...more };
  });
  const safe = {
    safety: { word: 'SAFE' },
    progress: 'unchecked',
    step: null,
    since: null,
    message: '',
  } as const;
  return {
    ...{ ...sampleRecording(), sources: [], objects: [], schedule: '' },
    threads: names.map((name) => ({ name, role: 'run' })),
    start: names.map(() => ({ at: null, waitsFor: null })),
    sites,
    events,
    verdict: { ...safe, violations: [], cells: [], waitsFor: [], ...verdict },
  };
}

test('a deadlock ends with each thread where it stays, and what it waits for', () => {
  const locks: Recording['objects'] = ['a', 'b'].map((name) => ({
    name,
    type: 'spinlock_t',
    locks: [{ field: '', type: 'spinlock_t', owner: '.owner' }],
    cells: [{ field: '.owner', type: { kind: 'thread' }, start: null }],
  }));
  const taking = (lock: string, who: string, next: number): Partial<Event> => ({
    kind: 'acquire',
    reads: [{ cell: `${lock}.owner`, value: null }],
    writes: [{ cell: `${lock}.owner`, old: null, new: who }],
    next,
  });
  const recording = recordingOf(
    ['CPU0', 'CPU1'],
    [
      [0, 'spin_lock(&a)', taking('a', '@CPU0', 1)],
      [1, 'spin_lock(&b)', taking('b', '@CPU1', 0)],
    ],
    {
      safety: { word: 'DEADLOCK' },
      step: 2,
      since: 2,
      waitsFor: [
        { thread: 'CPU0', lock: 'b', holders: ['CPU1'] },
        { thread: 'CPU1', lock: 'a', holders: ['CPU0'] },
      ],
    },
  );
  const { lines, leftOut } = lkmlDiagram({ ...recording, objects: locks }, 'essential');
  expect(lines).toEqual([
    '',
    'CPU0                            CPU1',
    '----                            ----',
    'spin_lock(&a)',
    '                                spin_lock(&b)',
    'spin_lock(&b)',
    '^^^^^^^^^^^^^',
    '<- waits for b, held by CPU1',
    '                                spin_lock(&a)',
    '                                ^^^^^^^^^^^^^',
    '                                <- waits for a, held by CPU0',
    '',
  ]);
  expect(leftOut).toBe(0);
});

test('a thread that locks twice stands in the call where it waits', () => {
  const recording = recordingOf(
    ['CPU0'],
    [[0, 'spin_lock(&a)', { kind: 'acquire', next: 0, begins: ['work'] }]],
    {
      ...{ safety: { word: 'DEADLOCK' }, step: 1, since: 1 },
      waitsFor: [{ thread: 'CPU0', lock: 'a', holders: ['CPU0'] }],
    },
  );
  const sites = recording.sites.map((site) => ({
    ...{ ...site, fn: 'work' },
    stack: [{ fn: 'CPU0', file: 'm.c', line: 9, col: 1 }],
  }));
  expect(lkmlDiagram({ ...recording, sites }, 'all').lines.slice(3, -1)).toEqual([
    'work()',
    '  spin_lock(&a)',
    '  spin_lock(&a)',
    '  ^^^^^^^^^^^^^',
    '  <- waits for a, held by itself',
  ]);
});

test('who stands in a queue for ever says so where it joined', () => {
  const recording = recordingOf(
    ['CPU0', 'CPU1'],
    [
      [0, 'down_read(&sem)', { kind: 'acquire', writes: [{ cell: 'sem.readers[0]', old: 0, new: 1 }] }],
      [
        1,
        'down_write(&sem)',
        { kind: 'queue', next: 1, writes: [{ cell: 'sem.queue[0]', old: null, new: '@CPU1' }] },
      ],
      [
        0,
        'down_read(&sem)',
        { kind: 'queue', next: 2, writes: [{ cell: 'sem.queue[1]', old: null, new: '@CPU0' }] },
      ],
    ],
    {
      safety: { word: 'DEADLOCK' },
      step: 3,
      since: 3,
      waitsFor: [
        { thread: 'CPU0', lock: 'sem', holders: ['CPU1'] },
        { thread: 'CPU1', lock: 'sem', holders: ['CPU0'] },
      ],
    },
  );
  expect(lkmlDiagram(recording, 'all').lines.slice(3, -1)).toEqual([
    'down_read(&sem)',
    '                                down_write(&sem)',
    '                                ^^^^^^^^^^^^^^^^',
    '                                <- waits for sem, behind CPU0',
    'down_read(&sem)',
    '^^^^^^^^^^^^^^^',
    '<- waits for sem, behind CPU1',
  ]);
});

test('what the caller tests of a small function stands in its row', () => {
  const { lines } = lkmlDiagram(
    recordingOf(
      ['CPU0'],
      [
        [
          0,
          'sequence != atomic_read(&count)',
          { kind: 'read', checks: [{ site: 0, outcome: true, from: [1] }] },
        ],
        [0, 'page == NULL', { kind: 'read', checks: [{ site: 1, outcome: false, from: [2] }] }],
        [0, 'down_read(&sem)', { kind: 'queue' }],
        [0, 'down_read(&sem)', { kind: 'grant' }],
        [0, 'choose(2)', { kind: 'choose', choice: 1 }],
      ],
    ),
    'all',
  );
  expect(lines.slice(3, -1)).toEqual([
    'sequence != atomic_read(&count): different',
    'page == NULL: no',
    'down_read(&sem)  (queued)',
    'down_read(&sem)  (granted)',
    'choose(2)  -> 1',
  ]);
});

test('trouble is named at its step; a state wrong from the start is said first', () => {
  const bug = {
    safety: { word: 'BUG', bug: 'null-dereference' },
    step: 1,
    since: 1,
    message: 'page is NULL',
  } as const;
  expect(
    lkmlDiagram(recordingOf(['CPU0'], [[0, 'page->count']], bug), 'essential').lines.slice(3, -1),
  ).toEqual(['page->count', '^^^^^^^^^^^', 'BUG(null-dereference): page is NULL']);
  const always = { ...bug, safety: { word: 'RACY', invariants: ['I1'] }, step: 0, since: 0 } as const;
  expect(lkmlDiagram(recordingOf(['CPU0'], [[0, 'x = 1']], always), 'all').lines.slice(3, -1)).toEqual([
    '  RACY: page is NULL',
    '  x = 1',
  ]);
});

test.each([
  ['---'],
  ['From here on'],
  ['Index: 3'],
  ['diff -u'],
  ['# note'],
  ['Signed-off-by: nobody'],
  ['x: yes'],
])('a row that would begin like %j moves the whole diagram in', (text) => {
  const { lines } = lkmlDiagram(recordingOf(['CPU0', 'CPU1'], [[0, text], [1, 'y = 1']]), 'all'); // prettier-ignore
  expectMailable(lines);
  expect(lines[1]).toMatch(/^ {2}CPU0 +CPU1$/);
  expect(lines[3]).toBe(`  ${text}`);
});

test('three and four lanes stand beside each other, more go below each other', () => {
  const steps = (count: number): [number, string][] =>
    Array.from({ length: count }, (_, i) => [i, `spin_lock(&mm->page_table_lock[${i}])`]);
  for (const count of [3, 4, 6]) {
    const names = Array.from({ length: count }, (_, i) => `CPU${i}`);
    const { lines } = lkmlDiagram(recordingOf(names, steps(count)), 'all');
    expectMailable(lines);
    if (count < 6) expect(lines[1]?.split(/ {2,}/)).toEqual(names);
    else expect(lines[1]).toBe('CPU0  spin_lock(&mm->page_table_lock[0])');
  }
});

test('threads that do nothing have no lane', () => {
  const { lines } = lkmlDiagram(recordingOf(['CPU0', 'kswapd', 'CPU1'], [[0, 'x = 1'], [2, 'y = 1']]), 'all'); // prettier-ignore
  expect(lines[1]).toMatch(/^CPU0 +CPU1$/);
});

test('text that is not ASCII, tabs and line ends do no harm', () => {
  const { lines } = lkmlDiagram(recordingOf(['CPU\u00e9'], [[0, 'x\t=\n"\u00fc\u{1f600}"']]), 'all');
  expectMailable(lines);
  expect(lines.slice(1, -1)).toEqual(['CPU?', '----', 'x = "???"']);
});

describe('laws', () => {
  const text = fc.string({ unit: fc.constantFrom(...'abc->(),. =&[]:#^'.split('')), maxLength: 120 });
  const row = fc.record({
    thread: fc.nat(4),
    depth: fc.nat(12),
    text,
    outcome: fc.constantFrom('', ': yes', '  -> page[0]'),
    marked: fc.boolean(),
  });

  test('whatever the rows are, the lines can be mailed', () => {
    fc.assert(
      fc.property(fc.array(row, { maxLength: 12 }), (rows: Row[]) => {
        expectMailable(['', ...layOut(['CPU0', 'CPU1', 'a-very-long-name-of-a-thread', 'x', 'y'], rows), '']);
      }),
    );
  });

  test('wrapping loses nothing but blanks, and keeps to the width', () => {
    fc.assert(
      fc.property(text, fc.integer({ min: 14, max: 75 }), (words, width) => {
        const lines = wrap(words, width);
        expect(lines.join('').replaceAll(' ', '')).toBe(words.replaceAll(' ', ''));
        for (const line of lines) expect(line.length).toBeLessThanOrEqual(width);
      }),
    );
  });
});
