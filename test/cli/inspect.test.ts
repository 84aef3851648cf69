// SPDX-License-Identifier: GPL-2.0-only
// `mmreplay inspect` and, without a terminal, `mmreplay FILE`: what they print, and what they say to bad files.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import type { Recording } from '../../src/model/recording.ts';
import { writeTrace } from '../../src/trace/file.ts';
import { sampleRecording } from '../support/sample-recording.ts';
import { mmreplay, temporaryFolder } from './fake-io.ts';

const at = temporaryFolder();
const schema = z.fromJSONSchema(
  JSON.parse(readFileSync(new URL('../../docs/schema/inspect.schema.json', import.meta.url), 'utf8')),
);

function trace(name: string, recording: Recording = sampleRecording()): string {
  writeTrace(at(name), recording);
  return at(name);
}

const safe = {
  safety: { word: 'SAFE' },
  progress: 'unchecked',
  step: null,
  since: null,
  message: '',
} as const;
const nothing = { violations: [], cells: [], waitsFor: [] };

test('model, verdict, diagram, what it involves', async () => {
  const { code, out, err } = await mmreplay(['inspect', trace('race.json')]);
  expect({ code, err }).toEqual({ code: 1, err: '' });
  const [before, after] = out.split(/\nCPU0 [^]*?\n\n/);
  expect(before).toBe(`RACY I1  sample-stock sample-truncate

  I1        pte[0] maps page[0], which truncate has removed from the file
  judged    while no truncate is in flight
  since     step 13, CPU1: set_pte(&pte[index], mk_pte(page, 1))
            (protocols/sample-stock.c:17)
  reported  after step 14
  progress  unchecked
  run       15 steps of 2 threads: CPU0 truncate, CPU1 fault
`);
  expect(after).toBe(`  (3 steps left out that do not bear on the outcome; --full draws all)

What it involves:

  cell             step 13          last     written
  pte[0]           page[0] present  step 13  CPU1: set_pte(&pte[index],
                                             mk_pte(page, 1))
  page[0].mapping  NULL             step 10  CPU0: page->mapping = NULL

  schedule  1x2 0x2 1 0x5 1x3 0 1
`);
  for (const line of out.split('\n')) expect(line).toMatch(/^[\x20-\x7e]{0,79}$/);
});

test('BUG: since where the run ended in trouble', async () => {
  const argv = ['record', 'frlock', 'truncate', '-D', 'FRLOCK_SPIN', '-o', at('spin.json')];
  const { out: recorded } = await mmreplay(argv);
  expect(recorded).toMatch(/^ {2}step 28: cond_resched\(\): may sleep while a spinlock is held$/m);
  const { out } = await mmreplay(['inspect', at('spin.json')]);
  expect(out).toMatch(/^ {2}since +step 28, CPU0: cond_resched\(\) {2}\(include\/linux-2\.4\.h:68\)$/m);
  expect(out).toMatch(/^ {2}inode\.i_data\.truncate_lock\.lock\.owner +CPU0 +step 4 /m);
  const report = JSON.parse((await mmreplay(['inspect', '--json', at('spin.json')])).out);
  expect(report.violatingStep).toEqual({
    ...{ step: 28, thread: 'CPU0', text: 'cond_resched()', file: 'include/linux-2.4.h', line: 68 },
  });
});

test('what a trace says cannot move the cursor', async () => {
  const evil = '\u001b[2J\u0007';
  const recording = sampleRecording();
  const { model, threads, sites, verdict } = recording;
  const file = trace('evil.json', {
    ...recording,
    model: { ...model, protocol: evil, defines: [evil] },
    threads: threads.map((thread) => ({ ...thread, name: evil + thread.name, role: evil })),
    sites: sites.map((site) => ({ ...site, text: evil + site.text, file: evil + site.file })),
    schedule: evil,
    verdict: verdict && {
      ...verdict,
      safety: { word: 'RACY', invariants: [evil] },
      message: evil,
      violations: verdict.violations.map((violation) => ({ ...violation, invariant: evil, message: evil })),
    },
  });
  for (const argv of [['inspect', file], [file], ['inspect', '--json', file]]) {
    expect((await mmreplay(argv)).out).toMatch(/^[\n\x20-\x7e]+$/);
  }
});

test('--full draws every step', async () => {
  const { out } = await mmreplay(['inspect', '--full', trace('full.json')]);
  expect(out).toContain('page_cache_release(page)');
  expect(out).not.toContain('left out');
});

test('colours only on a terminal that wants them', async () => {
  const file = trace('colour.json');
  const red = '\u001b[1;31mRACY I1';
  expect((await mmreplay(['inspect', file], { tty: true })).out).toContain(red);
  for (const env of [{ NO_COLOR: '1' }, { TERM: 'dumb' }]) {
    expect((await mmreplay(['inspect', file], { tty: true, env })).out).toMatch(/^RACY I1/);
  }
});

test('exit codes: 1 for a violation, 0 for none, LIMIT and INCOMPLETE', async () => {
  const verdicts: [Recording['verdict'], number, RegExp][] = [
    [{ ...safe, ...nothing }, 0, /^no violation  sample-stock/],
    [{ ...safe, ...nothing, safety: { word: 'LIMIT', limit: 'pool page' } }, 0, /^LIMIT\(pool page\)/],
    [null, 0, /^INCOMPLETE/],
    [
      { ...safe, ...nothing, safety: { word: 'BUG', bug: 'range' }, step: 3, since: 3, message: 'no' },
      1,
      /^BUG\(range\)/,
    ],
    [
      { ...safe, ...nothing, safety: { word: 'DEADLOCK' }, step: 0, since: 0, message: 'all wait' },
      1,
      /^DEADLOCK/,
    ],
  ];
  for (const [verdict, expected, first] of verdicts) {
    const { code, out } = await mmreplay(['inspect', trace('some.json', { ...sampleRecording(), verdict })]);
    expect(code).toBe(expected);
    expect(out).toMatch(first);
  }
});

test('steps that are all left out of the diagram are told', async () => {
  const { events, ...header } = sampleRecording();
  const recording = { ...header, verdict: { ...safe, ...nothing }, events: [{ ...events[0]!, checks: [] }] };
  const { out } = await mmreplay(['inspect', trace('dull.json', recording)]);
  expect(out).not.toContain('CPU0  ');
  expect(out).toMatch(/\n\n {2}\(1 step left out that does not bear on the outcome; --full draws all\)\n\n/);
});

test('notices stand in the table', async () => {
  const { out } = await mmreplay(['inspect', trace('none.json', { ...sampleRecording(), verdict: null })]);
  expect(out).toMatch(/^ {2}run {5}15 steps .*\n {2}notice {2}INCOMPLETE: the trace has no verdict/m);
});

test('a thread that waits for itself', async () => {
  const verdict: Recording['verdict'] = {
    ...{ ...safe, ...nothing, step: 15, since: 15, safety: { word: 'DEADLOCK' } },
    waitsFor: [{ thread: 'CPU0', lock: 'inode.i_sem', holders: ['CPU0'] }],
  };
  const { out } = await mmreplay(['inspect', trace('self.json', { ...sampleRecording(), verdict })]);
  expect(out).toMatch(/^ {2}CPU0 +waits for inode\.i_sem, held by itself$/m);
});

test('a deadlock says who waits for what', async () => {
  const verdict: Recording['verdict'] = {
    ...{ ...safe, ...nothing, step: 15, since: 15, safety: { word: 'DEADLOCK' } },
    waitsFor: [{ thread: 'CPU0', lock: 'inode.i_sem', holders: ['CPU1'] }],
  };
  const { out } = await mmreplay(['inspect', trace('deadlock.json', { ...sampleRecording(), verdict })]);
  expect(out).toMatch(/^ {2}CPU0 +waits for inode\.i_sem, held by CPU1$/m);
});

describe('--json', () => {
  test('keeps to its schema, for every verdict', async () => {
    for (const verdict of [sampleRecording().verdict, null, { ...safe, ...nothing }]) {
      const { out } = await mmreplay([
        'inspect',
        '--json',
        trace('json.json', { ...sampleRecording(), verdict }),
      ]);
      expect(schema.safeParse(JSON.parse(out)).error).toBeUndefined();
    }
    expect(schema.safeParse({ format: 'mmreplay-inspect' }).success).toBe(false);
  });

  test('says who wrote what, and what it was', async () => {
    const { code, out } = await mmreplay(['inspect', '--json', trace('cells.json')]);
    expect(code).toBe(1);
    const report = JSON.parse(out);
    expect(report.violatingStep).toEqual({
      step: 13,
      thread: 'CPU1',
      text: 'set_pte(&pte[index], mk_pte(page, 1))',
      file: 'protocols/sample-stock.c',
      line: 17,
    });
    expect(report.cells).toContainEqual({
      cell: 'page[0].mapping',
      since: null,
      step: null,
      written: expect.objectContaining({ step: 10, thread: 'CPU0' }),
    });
    expect(report.diagram[0]).toMatch(/^CPU0 +CPU1$/);
  });
});

describe('a trace by any way', () => {
  test.each(['a.json', 'a.jsonl', 'a.json.gz', 'a.jsonl.gz'])('%s', async (name) => {
    expect((await mmreplay(['inspect', trace(name)])).out).toMatch(/^RACY I1/);
  });

  test('a pipe', async () => {
    const stdin = readFileSync(trace('pipe.json'), 'utf8');
    expect((await mmreplay(['inspect', '-'], { stdin })).out).toMatch(/^RACY I1/);
  });

  test('without a terminal, mmreplay FILE prints the report and exits 0', async () => {
    const file = trace('open.json');
    const { out } = await mmreplay(['inspect', file]);
    expect(await mmreplay([file])).toEqual({ code: 0, out, err: '' });
  });
});

describe('bad files: exit code 2, one message, no stack', () => {
  const bad = {
    'empty.json': '',
    'text.json': 'hello',
    'other.json': '{"name": "mmreplay"}',
    'race.c': 'int x;\n',
  };
  for (const [name, text] of Object.entries(bad)) writeFileSync(at(name), text);
  mkdirSync(at('folder'));
  const whole = readFileSync(trace('whole.json'), 'utf8');
  writeFileSync(at('cut.json'), whole.slice(0, whole.length / 2));

  test.each([
    ['missing.json', /missing\.json/],
    ['folder', /a directory, not a trace/],
    ['empty.json', /the file is empty/],
    ['text.json', /not JSON/],
    ['other.json', /JSON, but not a trace/],
    ['cut.json', /the trace ends in the middle/],
  ])('%s', async (name, message) => {
    for (const argv of [['inspect', at(name)], ['inspect', '--json', at(name)], [at(name)]]) {
      const { code, out, err } = await mmreplay(argv);
      expect({ code, out }).toEqual({ code: 2, out: '' });
      expect(err).toMatch(/^mmreplay: /);
      expect(err).toMatch(message);
      expect(err).not.toMatch(/\bat .*\.ts:/);
    }
  });

  test.each([
    ['explor', 'Did you mean the command explore? See: mmreplay explore --help'],
    ['stock', 'stock is a protocol; to look for a race in it: mmreplay explore stock SCENARIO'],
    ['invalidate', 'invalidate is a scenario; to try it out: mmreplay explore PROTOCOL invalidate'],
  ])('%s, typed where a trace belongs', async (word, hint) => {
    const { code, err } = await mmreplay([word]);
    expect(code).toBe(2);
    expect(err.split('\n')[1]).toBe(`  ${hint}`);
  });

  test('a C file, typed where a trace belongs', async () => {
    const { code, err } = await mmreplay([at('race.c')]);
    expect(code).toBe(2);
    expect(err).toBe(
      `mmreplay: ${at('race.c')}: C, not a trace\n  mmreplay explore ${at('race.c')} SCENARIO looks for a race in it.\n`,
    );
  });
});
