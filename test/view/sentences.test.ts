// SPDX-License-Identifier: GPL-2.0-only

import { describe, expect, test } from 'vitest';
import type { Recording, Verdict } from '../../src/model/recording.ts';
import { ASCII } from '../../src/view/glyphs.ts';
import { headerRow } from '../../src/view/header.ts';
import { rowText } from '../../src/view/span.ts';
import { timelineRows } from '../../src/view/timeline-bar.ts';
import { titleRow } from '../../src/view/title.ts';
import { sampleRecording } from '../support/sample-recording.ts';
import { block, lanes, lines, message, sceneFrom, state } from './sample-scene.ts';

const header = (step: number, width: number, recording?: Recording): string =>
  rowText(headerRow(sceneFrom(recording), 'sample.json', step, width, ASCII));

describe('header', () => {
  test('position and verdict are there at every width', () => {
    expect(header(6, 120)).toMatch(
      /^ sample.json {3}sample-truncate under sample-stock {3}step 6\/15 {2}CPU0 .*RACY I1 @13 {2}! shows it $/,
    );
    expect(header(6, 80)).toMatch(/^ sample.json {3}step 6\/15 {2}CPU0 .*RACY I1 @13 {2}! shows it $/);
    expect(header(6, 40)).toMatch(/^ step 6\/15 {2}CPU0 +RACY I1 @13$/);
    expect(header(6, 20)).toBe('6/15     RACY I1 @13');
  });

  test('what is left out depends on the width only', () => {
    for (let width = 10; width < 140; width++) {
      const layouts = Array.from({ length: 16 }, (_, step) =>
        header(step, width).replace(/step.*|\d+\/15.*/, ''),
      );
      expect(new Set(layouts).size, `${width} columns`).toBe(1);
    }
  });

  test('it says when one is there', () => {
    expect(header(13, 80)).toContain('RACY I1 @13 HERE');
    expect(header(14, 80)).toContain('RACY I1 @13  since then');
    expect(header(0, 80)).toContain('step 0/15  start');
  });
});

describe('message', () => {
  test('the bad step names invariant, step, pte and page', () => {
    expect(message(sceneFrom(), 13)).toBe(
      block(`
      | !! I1 VIOLATED at step 13: pte[0] maps page[0], which truncate has removed
      |    from the file
      | CPU1: pte[0] none -> page[0] present write
      `),
    );
  });

  test('each kind of step', () => {
    const scene = sceneFrom();
    expect(message(scene, 1)).toBe(
      ' CPU1: reads inode.i_size = 1; index >= inode.i_size is false; fault begins',
    );
    expect(message(scene, 3)).toBe(' CPU0: inode.i_size 1 -> 0; truncate begins');
    expect(message(scene, 4)).toBe(' CPU0: takes mm.page_table_lock');
    expect(message(scene, 5)).toBe(' CPU1: page[0].count 1 -> 2; CPU1 waits mm.page_table_lock');
    expect(message(scene, 6)).toBe(' CPU0: reads pte[0] = none; pte_present(pte[index]) is false');
    expect(message(scene, 7)).toBe(' CPU0: releases mm.page_table_lock; CPU1 can go on');
    expect(message(scene, 14)).toContain('I1 false since step 13');
    expect(message(scene, 14)).toContain('CPU0: page[0].count 2 -> 1; truncate returns; I1 is reported');
  });

  test('the start tells a newcomer what to do', () => {
    expect(message(sceneFrom(), 0)).toBe(
      block(`
      | Nothing has happened yet. s steps, ! goes to step 13, where I1 becomes false:
      | pte[0] maps page[0], which truncate has removed from the file
      `),
    );
  });
});

function withVerdict(more: Partial<Verdict> | null): Recording {
  const recording = sampleRecording();
  const none: Verdict = {
    safety: { word: 'SAFE' },
    progress: 'unchecked',
    step: null,
    since: null,
    message: '',
    violations: [],
    cells: [],
    waitsFor: [],
  };
  return { ...recording, verdict: more === null ? null : { ...none, ...more } };
}

describe('other verdicts', () => {
  test('SAFE', () => {
    const recording = withVerdict({});
    expect(header(3, 80, recording)).toMatch(/no violation $/);
    expect(message(sceneFrom(recording), 0)).toBe(' Nothing has happened yet. s steps.');
    expect(state(sceneFrom(recording), 13, { width: 60, height: 20 })).not.toContain('!');
  });

  test('INCOMPLETE', () => {
    expect(header(3, 80, withVerdict(null))).toMatch(/INCOMPLETE $/);
  });

  test('BUG without an invariant', () => {
    const recording = withVerdict({
      safety: { word: 'BUG', bug: 'null-dereference' },
      ...{ step: 8, since: 8, message: 'page is NULL', cells: ['inode.i_data.page_tree[0]'] },
    });
    expect(header(8, 80, recording)).toContain('BUG(null-dereference) @8 HERE');
    expect(message(sceneFrom(recording), 8)).toContain(' !! BUG(null-dereference) at step 8: page is NULL');
    expect(state(sceneFrom(recording), 8, { width: 60, height: 20 })).toContain(
      '! inode    i_size 0  page_tree[0] page[0]  <- BUG',
    );
  });

  test('DEADLOCK with its cycle', () => {
    const waitsFor = [
      { thread: 'CPU0', lock: 'inode.i_sem', holders: ['CPU1'] },
      { thread: 'CPU1', lock: 'mm.mmap_sem', holders: ['CPU0'] },
    ];
    const recording = withVerdict({
      safety: { word: 'DEADLOCK' },
      step: 15,
      since: 15,
      message: 'no thread can go on',
      waitsFor,
    });
    const text = message(sceneFrom(recording), 15, 120);
    expect(text).toContain(
      '!! DEADLOCK at step 15: no thread can go on; CPU0 waits inode.i_sem (CPU1); CPU1 waits',
    );
  });

  test('a cycle that the message tells is not told twice', () => {
    const recording = withVerdict({
      safety: { word: 'DEADLOCK' },
      ...{ step: 15, since: 15, message: 'CPU0 waits for inode.i_sem (CPU1)' },
      waitsFor: [{ thread: 'CPU0', lock: 'inode.i_sem', holders: ['CPU1'] }],
    });
    expect(message(sceneFrom(recording), 15, 120)).toMatch(/: CPU0 waits for inode\.i_sem \(CPU1\)$/m);
  });

  test('SPIN and a lasso', () => {
    const lasso = withVerdict({ progress: 'SPIN', loop: 4, message: 'CPU1 can go round for ever' });
    expect(header(3, 80, lasso)).toMatch(/no violation, SPIN @4 {2}! shows it $/);
    expect(header(4, 80, lasso)).toMatch(/no violation, SPIN @4 {2}the loop $/);
    const scene = sceneFrom(lasso);
    expect(message(scene, 0, 80)).toContain('! goes to step 4, where it goes round:\n SPIN: CPU1 can go');
    expect(message(scene, 3, 80)).not.toContain('SPIN');
    expect(message(scene, 4, 80)).toMatch(/^ @@ SPIN: CPU1 can go round for ever\n CPU0: /);
    expect(message(scene, 9, 80)).toContain(' @@ SPIN: CPU1 can go round for ever');
    expect(message(scene, 15, 80)).toContain(' @@ after this step comes step 4 again, for ever');
    expect(header(3, 80, withVerdict({ progress: 'LIVELOCK', loop: 4 }))).toMatch(
      / LIVELOCK @4 {2}! shows it $/,
    );
    const bar = (step: number, width: number, height: number): string =>
      lines(timelineRows(scene, step, width, height, ASCII));
    expect(bar(6, 80, 1)).toBe('  0|  1  1  0( 0  1> 0  0  0  0  0  1  1  1  0  1)15->4');
    expect(bar(5, 44, 1)).toBe('  0| 1 1 0(0>1 0 0 0 0 0 1 1 1 0 1)15->4');
    expect(bar(6, 30, 1)).toBe('  0|11001>000011101)15->4');
    expect(bar(13, 60, 3).split('\n')[2]).toBe('                (------------ for ever -----^ step 13');
    expect(bar(2, 60, 3).split('\n')[2]).toBe('           ^ step 2 --------- for ever ------------)');
    expect(lanes(scene, 4, { width: 80, height: 12 })).toMatch(/^ {5}SPIN: steps 4 to 15 for ever$/m);
  });

  test('several findings share the room', () => {
    const recording = sampleRecording();
    const { verdict } = recording;
    const one = verdict?.violations[0];
    if (verdict === null || one === undefined) throw new Error('the sample is racy');
    const violations = ['I1', 'I2', 'I3'].map((invariant) => ({ ...one, invariant }));
    const scene = sceneFrom({ ...recording, verdict: { ...verdict, violations } });
    expect(message(scene, 13, 80, 2)).toBe(
      ' !! I1 VIOLATED at step 13: pte[0] maps page[0], which truncate has removed fro~\n !! and 2 more: I2, I3',
    );
    expect(message(scene, 13, 80, 4).split('\n')).toHaveLength(4);
  });

  test('a finding ends when what it is about changes', () => {
    const recording = sampleRecording();
    const last = recording.events.at(-1);
    if (last === undefined) throw new Error('the sample has events');
    const cured = { ...last, writes: [...last.writes, { cell: 'pte[0].present', old: 1, new: 0 }] };
    const scene = sceneFrom({ ...recording, events: [...recording.events.slice(0, -1), cured] });
    expect(message(scene, 14)).toContain('I1 false since step 13');
    expect(message(scene, 15)).not.toContain('I1');
  });
});

describe('timeline', () => {
  const bar = (step: number, width: number, height: number): string =>
    lines(timelineRows(sceneFrom(), step, width, height, ASCII));

  test('in one line: which thread, where one is, where it goes wrong', () => {
    expect(bar(6, 80, 1)).toBe('  0|  1  1  0  0  1> 0  0  0  0  0  1  1 !1  0  1|15');
    expect(bar(13, 80, 1)).toContain('  1  1>!1  0');
    expect(bar(0, 80, 1)).toMatch(/^ >0\|/);
    expect(bar(13, 40, 1)).toBe('  0| 1 1 0 0 1 0 0 0 0 0 1 1>! 0 1|15');
    expect(bar(6, 30, 1)).toBe('  0|11001>000011!01|15');
  });

  test('longer than the screen: a column stands for several steps', () => {
    expect(bar(6, 16, 1)).toBe('  0|10>0011!1|15'.replace('0011!1', '001!1'));
  });

  test('with room, a line for each thread', () => {
    expect(bar(13, 60, 3)).toBe(
      block(`
      | CPU0   .  .  #  #  .  #  #  #  #  #  .  .  .  #  .
      | CPU1   #  #  .  .  #  .  .  .  .  .  #  #  !  .  #
      |                                            ^ step 13
      `),
    );
  });
});

test('titles give way in order: which lines are seen, then the detail; number and name stay', () => {
  const scene = sceneFrom();
  const title = {
    number: 2,
    name: 'source',
    focused: false,
    detail: headerRow(scene, 'x', 0, 20, ASCII),
    top: 4,
    height: 5,
    total: 40,
  };
  expect(rowText(titleRow({ ...title, focused: true, detail: [] }, 40, ASCII))).toBe(
    '============== 5-9 of 40 = 2 source ='.padStart(40, '='),
  );
  expect(rowText(titleRow({ ...title, detail: [] }, 16, ASCII))).toMatch(/-- 2 source -$/);
  expect(rowText(titleRow(title, 30, ASCII))).not.toContain('of 40');
});
