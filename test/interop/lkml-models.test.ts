// SPDX-License-Identifier: GPL-2.0-only
// The diagrams of the shipped models: what a reader of the 2003 mails must find in them, in that order.
import { describe, expect, test } from 'vitest';
import { must } from '../../src/base/assert.ts';
import { shippedNames } from '../../src/cli/shipped.ts';
import { explore } from '../../src/explore/search.ts';
import { lkmlDiagram } from '../../src/interop/lkml.ts';
import type { Recording } from '../../src/model/recording.ts';
import { record } from '../../src/workbench/record.ts';
import { following, telling } from '../../src/workbench/schedulers.ts';
import { recordAftermath } from '../../src/workbench/violation.ts';
import { compileShipped } from '../support/compile.ts';
import { expectMailable } from './mailable.ts';

async function recorded(protocol: string, scenario: string, ...defines: string[]): Promise<Recording> {
  const { program, model } = await compileShipped(protocol, scenario, defines);
  const [finding] = explore(program).findings;
  if (finding === undefined) return record(program, model, following(telling(program)));
  return recordAftermath(program, model, finding);
}

/** The lines of a diagram in which these words stand, each after the one before. */
function expectInOrder(lines: readonly string[], words: readonly RegExp[]): void {
  let from = 0;
  for (const word of words) {
    const found = lines.findIndex((line, index) => index >= from && word.test(line));
    expect(found, `${word} after line ${from} of\n${lines.join('\n')}`).toBeGreaterThanOrEqual(0);
    from = found + 1;
  }
}

test("Andrea's second diagram of 23 June 2003: one counter, incremented before i_size", async () => {
  const { lines, leftOut } = lkmlDiagram(
    await recorded('counter', 'truncate', 'COUNT_BEFORE_I_SIZE'),
    'essential',
  );
  // "increment counter | read counter | ->nopage returns "page" | "page" becomes anonymous | read counter again ->
  // still the same | install "page" in the address space"
  const left = (text: string): RegExp => new RegExp(`^ {0,12}${text}`);
  const right = (text: string): RegExp => new RegExp(`^ {30,}${text}`);
  expectInOrder(lines, [
    left('atomic_inc\\('),
    right('sequence ='),
    right('page = find_get_page\\(.*-> page\\[0\\]|-> page\\[0\\]'),
    left('inode->i_size = offset'),
    left('page->mapping = NULL'),
    right('sequence !='),
    right('.*equal'),
    right('set_pte\\(page_table, entry\\)'),
    right('\\^{4,}'),
    right('I1: '),
  ]);
  // Fit for a mail: the steps that nobody would write there are left out.
  expect(lines.length).toBeLessThan(45);
  expect(leftOut).toBeGreaterThan(15);
});

test('stock: what happens between the look at i_size and the pte', async () => {
  const { lines } = lkmlDiagram(await recorded('stock', 'truncate'), 'essential');
  expectInOrder(lines, [
    /fault\(\)$/,
    /filemap_nopage\(\)$/,
    /inode->i_size {2}-> 1$/,
    /^truncate\(\)$/,
    /inode->i_size = offset/,
    /zap_page_range\(/,
    /page->mapping = NULL$/,
    /pte_none\(\*page_table\): yes$/,
    /set_pte\(page_table, entry\)/,
    /\^{4,}$/,
    /I1: mm\.pte\[0\] maps page\[0\]/,
    /I2: mm\.pte\[0\] maps page\[0\]/,
  ]);
  // Counting references is not what it is about.
  expect(lines.join('\n')).not.toMatch(/page_cache_get|rss/);
});

test('frlock, a safe run: the retry and why', async () => {
  const { lines } = lkmlDiagram(await recorded('frlock', 'truncate'), 'essential');
  expectInOrder(lines, [
    /fr_read_begin\(/,
    /fr_write_lock\(\)$/,
    /fr_read_end\(/,
    /different$/,
    /fr_write_unlock\(\)$/,
    /fr_read_begin\(/,
  ]);
});

describe.each(shippedNames('protocol'))('%s', (protocol) => {
  test.each(shippedNames('scenario'))('with %s can be mailed', async (scenario) => {
    const recording = await recorded(protocol, scenario);
    const short = lkmlDiagram(recording, 'essential');
    const full = lkmlDiagram(recording, 'all');
    expectMailable(short.lines);
    expectMailable(full.lines);
    expect(full.leftOut).toBe(0);
    expect(short.lines.length).toBeLessThan(full.lines.length);
    const marks = must(recording.verdict, 'verdict').violations.length > 0;
    for (const { lines } of [short, full]) expect(lines.some((line) => /\^{4}/.test(line))).toBe(marks);
  });
});
