// SPDX-License-Identifier: GPL-2.0-only
// Owns the verdicts: every row of the catalogue by complete search, and the mail's own diagram found again.

import { describe, expect, it } from 'vitest';
import { must } from '../../src/base/assert.ts';
import { explore } from '../../src/explore/search.ts';
import { verify } from '../../src/explore/verify.ts';
import { rows, type Verdict } from '../../src/kernel/catalogue.ts';
import type { Safety } from '../../src/model/recording.ts';
import { record } from '../../src/workbench/record.ts';
import { following } from '../../src/workbench/schedulers.ts';
import { witnessesOf } from '../../src/workbench/witnesses.ts';
import { compileShipped } from '../support/compile.ts';

function asSafety(verdict: Verdict): Safety {
  switch (verdict.safety) {
    case 'RACY':
      return { word: 'RACY', invariants: must(verdict.invariants, 'invariants of a finding') };
    case 'BUG':
      return { word: 'BUG', bug: must(verdict.kind, 'kind of a bug') };
    case 'EXPOSE':
      return { word: 'EXPOSE', what: verdict.kind === 'zero' ? 'zero' : 'uninit' };
    default:
      return { word: verdict.safety };
  }
}

describe('complete search finds what the catalogue says', () => {
  it.each(
    rows.map((row) => [`${row.protocol} ${row.scenario} ${row.defines.join(' ')}`.trim(), row] as const),
  )('%s', async (_, row) => {
    const { program } = await compileShipped(row.protocol, row.scenario, row.defines);
    const found = verify(program);
    expect(found.safety).toEqual(asSafety(row.finding));
    expect(found.safety.word, `the reference, ${row.reference.section}`).toBe(row.reference.safety);
    expect(found.progress.word).toBe(row.finding.progress ?? 'unchecked');
    if (row.finding.safety !== 'SAFE') return;
    expect(found.isComplete).toBe(true);
    const { progress } = row.reference;
    if (progress !== undefined && progress !== row.finding.progress)
      expect(row.note, 'why it differs').toContain(found.progress.word);
    const reached = witnessesOf(program, found.coverage).filter((witness) => witness.reached);
    expect(reached.map((witness) => witness.name).sort()).toEqual([...row.witnesses].sort());
  });
});

describe('the second diagram of the mail of 23 June 2003', () => {
  // Typed in from the mail: CPU 0 is the truncate, CPU 1 the fault; "page" becomes anonymous when it loses its mapping.
  const MAIL: readonly (readonly [cpu: 0 | 1, block: string])[] = [
    [0, 'increment counter'],
    [1, 'read counter'],
    [1, '->nopage returns "page"'],
    [0, '"page" becomes anonymous'],
    [1, 'read counter again -> still the same'],
    [1, 'install "page" in the address space'],
  ];

  it('is the shortest race when the count comes before i_size', async () => {
    const { program, model } = await compileShipped('counter', 'truncate', ['COUNT_BEFORE_I_SIZE']);
    const { schedule } = must(explore(program).findings[0], 'a race');
    const recording = record(program, model, following(schedule));
    const blocks: [number, string][] = [];
    let counts = 0;
    for (const event of recording.events) {
      const wrote = (cell: string): boolean => event.writes.some((write) => write.cell === cell);
      const read = (cell: string): boolean =>
        event.reads.some((r) => r.cell === cell) && event.writes.length === 0;
      if (wrote('inode.i_data.truncate_count.counter')) blocks.push([event.thread, 'increment counter']);
      if (read('inode.i_data.truncate_count.counter')) {
        counts++;
        const same = event.checks[0];
        blocks.push([
          event.thread,
          counts === 1
            ? 'read counter'
            : `read counter again -> ${same?.outcome ? 'different' : 'still the same'}`,
        ]);
      }
      if (
        event.locals.some((local) => local.name.endsWith('do_no_page.new_page') && local.value === '&page[0]')
      ) {
        blocks.push([event.thread, '->nopage returns "page"']);
      }
      if (event.writes.some((w) => w.cell === 'page[0].mapping' && w.new === null))
        blocks.push([event.thread, '"page" becomes anonymous']);
      if (event.writes.some((w) => w.cell === 'mm.pte[0].page' && w.new === '&page[0]'))
        blocks.push([event.thread, 'install "page" in the address space']);
    }
    expect(blocks).toEqual(MAIL);
  });
});
