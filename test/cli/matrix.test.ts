// SPDX-License-Identifier: GPL-2.0-only
// `mmreplay matrix`: the whole catalogue as one table; what differs stands out, and decides the exit code.
import { spawnSync } from 'node:child_process';
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test, vi } from 'vitest';
import * as z from 'zod';
import { must } from '../../src/base/assert.ts';
import { differences } from '../../src/cli/matrix-row.ts';
import { matrixJson, matrixRow, exitCodeOfMatrix, type Matrix } from '../../src/cli/report/matrix-report.ts';
import { matrixMarkdown, matrixText } from '../../src/cli/report/matrix-text.ts';
import { paintFor } from '../../src/cli/paint.ts';
import { rows, type Row } from '../../src/kernel/catalogue.ts';
import { openInTerminal } from '../support/terminal.ts';
import { mmreplay, temporaryFolder } from './fake-io.ts';

// Many processes, each of a second; on a busy machine of several.
vi.setConfig({ testTimeout: 120_000 });

const root = fileURLToPath(new URL('../..', import.meta.url));
const at = temporaryFolder();
const schema = z.fromJSONSchema(
  JSON.parse(readFileSync(new URL('../../docs/schema/matrix.schema.json', import.meta.url), 'utf8')),
);
const words = (line: string): string[] => line.split(' ');
const plainPaint = paintFor({ write: () => undefined, isTTY: false }, {});

/** The built program, in a process with threads. */
function built(line: string, folder = root, env: Record<string, string> = {}) {
  const { CI: _, COLUMNS: __, ...clean } = process.env;
  return spawnSync(process.execPath, [`${folder}/bin/mmreplay.js`, ...words(line)], {
    cwd: folder,
    encoding: 'utf8',
    env: { ...clean, ...env },
  });
}

describe('every row of the catalogue', () => {
  const { status, stdout, stderr } = built('matrix --json --no-time');
  const report = JSON.parse(stdout);

  test('is what the catalogue says, in its order', () => {
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(
      report.rows.map(
        ({ protocol, scenario, defines, expected, outcome }: Row & Record<string, unknown>) => ({
          ...{ protocol, scenario, defines, finding: expected, outcome },
        }),
      ),
    ).toEqual(
      rows.map(({ protocol, scenario, defines, finding }) => ({
        ...{ protocol, scenario, defines, finding, outcome: 'as expected' },
      })),
    );
    expect(report.summary.outcomes['as expected']).toBe(rows.length);
  });

  test('keeps to the schema', () => {
    expect(schema.safeParse(report).error).toBeUndefined();
    expect(schema.safeParse({ ...report, rows: [{}] }).success).toBe(false);
    const timed = JSON.parse(built('matrix stock --json').stdout);
    expect(schema.safeParse(timed).error).toBeUndefined();
    expect(timed.rows[0].milliseconds).toEqual(expect.any(Number));
    expect(timed.summary.milliseconds).toEqual(expect.any(Number));
  });

  test('gives the same bytes with any number of threads, and in this one', async () => {
    expect(built('matrix --json --no-time -j1').stdout).toBe(stdout);
    expect(built('matrix --json --no-time -j 5').stdout).toBe(stdout);
    expect((await mmreplay(words('matrix --json --no-time'))).out).toBe(stdout);
  });

  test.each(['', ' --markdown'])('prints the same bytes twice%s, without times', (form) => {
    const line = `matrix --no-time${form}`;
    expect(built(line).stdout).toBe(built(`${line} -j 3`).stdout);
  });

  test('says as explore does how a violation comes about', async () => {
    const { schedule, steps, hash } = report.rows[0];
    const { out } = await mmreplay(words('explore stock truncate --json'));
    const { findings, model } = JSON.parse(out);
    expect({ schedule, steps, hash }).toEqual({
      ...{ schedule: findings[0].schedule, steps: findings[0].steps, hash: model.hash },
    });
  });
});

describe('the table', () => {
  test('names a protocol and variant once, its scenarios below, on 80 columns of ASCII', async () => {
    const { code, out, err } = await mmreplay(words('matrix stock counter --no-time'));
    expect({ code, err }).toEqual({ code: 0, err: '' });
    for (const line of out.split('\n')) expect(line).toMatch(/^[\x20-\x7e]{0,79}$/);
    const blocks = out
      .split('\n\n')
      .map((block) => block.split('\n').map((line) => line.replaceAll(/ +/g, ' ')));
    expect(blocks[0]?.[0]).toBe('2001-stock claimed found states steps');
    expect(blocks[0]?.[1]).toMatch(/^ truncate RACY McCracken RACY I1, I2 [\d,]+ 43$/);
    expect(blocks.map(([name]) => name)).toContain('2003-counter -D COUNT_AFTER_ZAP');
    const counter = blocks.find(([name]) => name === '2003-counter') ?? [];
    expect(counter).toContainEqual(
      expect.stringMatching(/^ truncate SAFE McKenney SAFE, LIVELOCK [\d,]+ 71$/),
    );
    expect(counter).toContainEqual(expect.stringMatching(/^x invalidate SAFE McKenney RACY I1 [\d,]+ 41$/));
    const wanted = rows.filter(({ protocol }) => /stock|counter/.test(protocol));
    expect(out).toContain(
      `\nx  not what the mails say\n${wanted.length} rows: ${wanted.length} as expected; `,
    );
    expect(out).toMatch(/\d claims\s+of the\s+mails: \d+ so, \d+ not\.\n$/);
  });

  test('has all columns where there is room, in the order of the catalogue', async () => {
    const { out } = await mmreplay(words('matrix frlock --scenario truncate'), { env: { COLUMNS: '200' } });
    const [heading = '', ...lines] = out.split('\n');
    const heads = 'protocol variant scenario claimed-by-the-mails expected found progress states time steps';
    expect(heading.trim().split(/ {2,}/)).toEqual(words(heads).map((head) => head.replaceAll('-', ' ')));
    expect(lines[0]).toMatch(
      /^ {2}2003-frlock {2,}truncate {2,}SAFE Arcangeli, 1 June 2003 {2,}SAFE, LIVELOCK {2,}SAFE {2,}LIVELOCK .* 51$/,
    );
    expect(lines[2]).toMatch(/^x 2003-frlock {2,}FRLOCK_SPIN .* BUG\(sleep-in-atomic\) .* 28$/);
  });

  test.each([20, 60, 70, 79, 100, 150])('at %i columns no line is longer', async (columns) => {
    const { out } = await mmreplay(words('matrix counter'), { env: { COLUMNS: String(columns) } });
    const table = out.slice(0, out.lastIndexOf('\n\n'));
    expect(Math.max(...table.split('\n').map(({ length }) => length))).toBeLessThanOrEqual(
      Math.max(60, columns - 1),
    );
  });

  test('as Markdown every line has as many cells as the heading', async () => {
    const { out } = await mmreplay(words('matrix --markdown --no-time'));
    const table = out.split('\n').filter((line) => line.startsWith('|'));
    expect(table.length).toBe(rows.length + 2);
    for (const line of table) expect(line.split(/(?<!\\)\|/).length).toBe(11);
  });
});

describe('what is not as expected', () => {
  /** A matrix of the first rows, each changed. */
  function matrixOf(...changes: Parameters<typeof matrixRow>[1][]): Matrix {
    return {
      rows: changes.map((answer, index) => matrixRow(must(rows[index], 'a row'), answer)),
      took: null,
    };
  }
  const found = {
    model: { protocol: '', scenario: '', defines: [], memory: 'sc', hash: '', semantics: 1 },
    safety: { word: 'RACY', invariants: ['I1', 'I2'] },
    progress: 'unchecked',
    ...{
      states: 705,
      transitions: 1244,
      schedule: '1*43',
      steps: 43,
      advice: null,
      differences: [],
      milliseconds: 1,
    },
  } as const;
  const same = { found };
  const other = {
    found: { ...found, safety: { word: 'SAFE' }, differences: ['expected RACY I1, I2'] },
  } as const;
  const limit = {
    found: { ...found, safety: { word: 'LIMIT', limit: 'states' }, advice: 'Allow more.' },
  } as const;
  const bug = { bug: 'Error: oops\n    at there' };

  test.each([
    ['0: nothing', [same, same], 0],
    ['3: LIMIT', [same, limit], 3],
    ['3: not run', [same, undefined], 3],
    ['4: another finding, and that goes before LIMIT', [limit, other, undefined], 4],
    ['70: our own bug, before all', [limit, other, bug], 70],
  ])('exit code %s', (_, changes, code) => {
    const matrix = matrixOf(...changes);
    expect(exitCodeOfMatrix(matrix)).toBe(code);
    expect(schema.safeParse(matrixJson(matrix)).error).toBeUndefined();
  });

  test('is marked, with what was expected and how to see it', () => {
    const lines = matrixText(matrixOf(same, other, limit, bug, undefined), 79, plainPaint);
    expect(lines.join('\n')).toMatchInlineSnapshot(`
      "2001-stock         claimed         found            states  steps
        truncate         RACY McCracken  RACY I1, I2         705     43
      ! truncate-extend                  SAFE                705     43
          expected RACY I1, I2
      ? invalidate                       LIMIT(states)       705     43

      2003-counter
      ! truncate         SAFE McKenney   bug of mmreplay              -
      ? truncate-extend                  not run                      -

      !  not what the catalogue expects; see
         mmreplay explore 2001-stock truncate-extend
         mmreplay explore 2003-counter truncate
      ?  not known: the search was cut off, or never begun
         Allow more.
      5 rows: 1 as expected, 1 DIFFERS, 1 LIMIT, 1 bug of mmreplay, 1 not run; 2,115
      states. 1 claim of the mails: 1 so, 0 not."
    `);
  });

  test('is told below the wide table, too', () => {
    const lines = matrixText(matrixOf(same, other), 200, plainPaint);
    expect(lines).toContain('   mmreplay explore 2001-stock truncate-extend  (expected RACY I1, I2)');
  });

  test('is bold in Markdown', () => {
    const [, , first, second] = matrixMarkdown(matrixOf(same, other));
    expect(first).not.toContain('**');
    expect(second).toContain('| **SAFE; expected RACY I1, I2** |');
  });

  const safe = { finding: { safety: 'SAFE' }, witnesses: ['install', 'retry'] } as const;
  const reached = ['install', 'retry', 'refuse'].map((name) => ({ name, reached: name !== 'refuse' }));
  test.each([
    [safe, { word: 'SAFE' }, 'ok', []],
    [{ ...safe, witnesses: ['refuse'] }, { word: 'SAFE' }, 'ok', ['never reached refuse']],
    [{ ...safe, witnesses: ['gone'] }, { word: 'SAFE' }, 'ok', ['never reached gone']],
    [
      { finding: { safety: 'SAFE', progress: 'SPIN' }, witnesses: [] },
      { word: 'SAFE' },
      'ok',
      ['expected progress SPIN, and found ok'],
    ],
    [
      { finding: { safety: 'RACY', invariants: ['I2', 'I1'] }, witnesses: ['gone'] },
      { word: 'RACY', invariants: ['I1', 'I2'] },
      'unchecked',
      [],
    ],
    [
      { finding: { safety: 'RACY', invariants: ['I1'] }, witnesses: [] },
      { word: 'RACY', invariants: ['I1', 'I2'] },
      'unchecked',
      ['expected RACY I1'],
    ],
    [
      { finding: { safety: 'BUG', kind: 'range' }, witnesses: [] },
      { word: 'BUG', bug: 'assert' },
      'unchecked',
      ['expected BUG(range)'],
    ],
    [
      { finding: { safety: 'EXPOSE', kind: 'zero' }, witnesses: [] },
      { word: 'EXPOSE', what: 'zero' },
      'unchecked',
      [],
    ],
    [safe, { word: 'LIMIT', limit: 'states' }, 'unchecked', []],
  ] as const)('%j against %j, %s: %j', (row, safety, progress, told) => {
    expect(
      differences(row, { safety, progress: { word: progress, lasso: null, message: '' } }, reached),
    ).toEqual(told);
  });

  test('shows when the models are not those of the catalogue: a protocol without its count, one that is no C', () => {
    const folder = at('spoilt');
    for (const part of ['bin', 'dist', 'package.json'])
      cpSync(`${root}${part}`, `${folder}/${part}`, { recursive: true });
    const spoil = (name: string, how: (text: string) => string): void => {
      const file = `${folder}/dist/kernel/protocols/${name}.c`;
      writeFileSync(file, how(readFileSync(file, 'utf8')));
    };
    spoil('2003-counter', (text) => text.replace('atomic_inc(&mapping->truncate_count);', ';'));
    const counter = built('matrix counter --scenario truncate --no-time', folder);
    expect(counter).toMatchObject({ status: 4, stderr: '' });
    expect(counter.stdout).toMatch(
      /\n! truncate {2}SAFE McKenney {3}RACY I1, I2 +[\d,]+ +48\n {4}expected SAFE\n/,
    );
    expect(counter.stdout).toMatch(/\n\d+ rows: \d+ as expected, 1 DIFFERS;/);

    spoil('2001-stock', (text) => `${text}int oops = ;\n`);
    const both = built('matrix stock counter --scenario truncate --no-time', folder);
    expect(both.status).toBe(70);
    expect(both.stdout).toContain('1 DIFFERS, 1 bug of mmreplay');
    expect(both.stderr).toContain('  command: mmreplay explore 2001-stock truncate\n');
    expect(both.stderr).toContain('protocols/2001-stock.c:136:');
  });
});

test('a thread that dies takes one row along, and no other', () => {
  const folder = at('deadly');
  for (const part of ['bin', 'dist', 'package.json'])
    cpSync(`${root}${part}`, `${folder}/${part}`, { recursive: true });
  const worker = `${folder}/dist/matrix-worker.js`;
  const deadly = `import{parentPort as ours}from'node:worker_threads';
ours.on('message',({index})=>{if(index===1)process.exit(9)});`;
  writeFileSync(worker, `${deadly}\n${readFileSync(worker, 'utf8')}`);
  for (const jobs of ['1', '2']) {
    const { status, stdout, stderr } = built(`matrix stock --json --no-time -j${jobs}`, folder);
    expect(status).toBe(70);
    const outcomes = JSON.parse(stdout).rows.map(({ outcome }: { outcome: string }) => outcome);
    expect(outcomes).toEqual(
      outcomes.map((_: string, index: number) => (index === 1 ? 'bug' : 'as expected')),
    );
    expect(stderr).toContain(`  command: mmreplay explore ${rows[1]?.protocol} ${rows[1]?.scenario}\n`);
    expect(stderr).toContain('the thread ended without an answer');
  }
});

test.each([
  ['matrix frlok', "there is no protocol 'frlok'; did you mean 2003-frlock?"],
  ['matrix --scenario trunkate', "there is no scenario 'trunkate'; did you mean truncate?"],
  ['matrix my.c', "the matrix is about the models that come with mmreplay, not about files: 'my.c'"],
  ['matrix -j0', '--jobs takes a whole number from 1 on, not 0'],
  ['matrix --json --markdown', '--json and --markdown are two forms: give one of them'],
])('%s is refused', async (line, message) => {
  const { code, out, err } = await mmreplay(words(line));
  expect({ code, out, err: err.split('\n')[0] }).toEqual({ code: 2, out: '', err: `mmreplay: ${message}` });
});

describe('on a terminal of 80x24', () => {
  const start = (line: string) =>
    openInTerminal([process.execPath, `${root}bin/mmreplay.js`, ...words(line)]);

  test('it says how far it is, wipes that, and leaves the table', async () => {
    const terminal = start('matrix stock counter --scenario truncate');
    expect(await terminal.exited).toEqual({ code: 0, signal: 0 });
    await terminal.settle(50);
    expect(terminal.output).toMatch(/\d of \d+ rows; 200[13]-\w+ truncate/);
    const screen = terminal.screen().map((line) => line.trimEnd());
    expect(screen[0]).toMatch(/^2001-stock {2}claimed {9}found {2,}states {2,}time {2}steps$/);
    expect(screen.filter((line) => /of \d+ rows;/.test(line))).toEqual([]);
    expect(screen.join('\n')).toMatch(/\d+ rows: \d+ as expected;/);
    await terminal.close();
  });

  test('Ctrl-C prints what is done', async () => {
    const terminal = start('matrix -j1');
    await terminal.waitFor(new RegExp(`[2-9] of ${rows.length} rows`));
    terminal.send('\u0003');
    expect(await terminal.exited).toEqual({ code: 3, signal: 0 });
    await terminal.settle(50);
    expect(terminal.output).toMatch(/\n\d+ rows: \d+ as expected, \d+ not run;/);
    expect(terminal.output).toMatch(/\? [\w-]+ .* not run/);
    await terminal.close();
  });
});
