// SPDX-License-Identifier: GPL-2.0-only
// From a scheduler to a Recording with its verdict, on the small Programs of machine and explore.
import { describe, expect, test } from 'vitest';
import { must } from '../../src/base/assert.ts';
import { randomly, towardsQuiescence } from '../../src/explore/run.ts';
import { parseSchedule } from '../../src/explore/schedule.ts';
import { explore } from '../../src/explore/search.ts';
import type { Program } from '../../src/lang/program.ts';
import type { ModelInfo, Recording } from '../../src/model/recording.ts';
import { conform } from '../../src/workbench/conform.ts';
import { record } from '../../src/workbench/record.ts';
import { following, telling } from '../../src/workbench/schedulers.ts';
import { recordAftermath, recordFinding } from '../../src/workbench/violation.ts';
import { abba, fairMutex, lockedUpdate, lostUpdate, freedInUse } from '../support/example-programs.ts';
import { compileText } from '../support/compile.ts';
import { checkLaws } from '../support/laws.ts';

const model: ModelInfo = {
  protocol: 'p',
  scenario: 's',
  defines: [],
  memory: 'sc',
  hash: '00',
  semantics: 1,
};

function scheduled(program: Program, text: string): Recording {
  return record(program, model, following(parseSchedule(text)));
}

/** The shortest violation, with what comes after it. */
function shortest(program: Program): Recording {
  return recordAftermath(program, model, must(explore(program).findings[0], 'a finding'));
}

describe('the verdict', () => {
  test('RACY: the invariants, since when, and the cells', () => {
    const { verdict, events } = shortest(lostUpdate());
    expect(verdict).toMatchObject({
      safety: { word: 'RACY', invariants: ['I1'] },
      progress: 'unchecked',
      step: 4,
      since: 4,
      message: 'counter is 1 after 2 increments',
      cells: ['counter', 'done'],
      waitsFor: [],
    });
    expect(events).toHaveLength(4);
  });

  test('SAFE: nothing to say', () => {
    expect(scheduled(lockedUpdate(), '0*4 1*4').verdict).toEqual({
      ...{ safety: { word: 'SAFE' }, progress: 'unchecked', step: null, since: null, message: '' },
      ...{ violations: [], cells: [], waitsFor: [] },
    });
  });

  test('BUG: at its step, which ends the run', () => {
    const { verdict, events } = shortest(freedInUse());
    expect(verdict).toMatchObject({ safety: { word: 'BUG', bug: 'use-after-free' }, step: 6, since: 6 });
    expect(events).toHaveLength(6);
  });

  test('LIMIT: a pool that ran empty, as the search calls it', async () => {
    const { program } = await compileText(
      'struct page { int count; };\n[[mm::pool]] struct page page[1];\n' +
        '[[mm::thread]] void CPU0(void) { alloc(page)->count = 1; alloc(page)->count = 2; }\n',
    );
    const { verdict } = scheduled(program, '0*3');
    expect(verdict).toMatchObject({ safety: { word: 'LIMIT', limit: 'pool' }, step: 3 });
    expect(verdict?.message).toContain('the pool page is empty');
  });

  test('DEADLOCK: the cycle of those who wait', () => {
    const { verdict } = shortest(abba());
    expect(verdict).toMatchObject({
      safety: { word: 'DEADLOCK' },
      step: 2,
      since: 2,
      waitsFor: [
        { thread: 'CPU0', lock: 'b', holders: ['CPU1'] },
        { thread: 'CPU1', lock: 'a', holders: ['CPU0'] },
      ],
    });
    expect(verdict?.cells.length).toBe(2);
  });

  test('DEADLOCK without owners, while a daemon goes on: only a search knows', () => {
    const program = abba({ owned: false, bystander: true });
    const finding = must(explore(program).findings[0], 'a finding');
    expect(recordFinding(program, model, finding).verdict).toMatchObject({
      safety: { word: 'DEADLOCK' },
      step: finding.depth,
    });
    expect(scheduled(program, '0 1').verdict).toMatchObject({ safety: { word: 'SAFE' } });
  });

  test('nobody can step, and not only daemons are left: DEADLOCK', () => {
    expect(scheduled(abba({ owned: false }), '0 1').verdict).toMatchObject({
      safety: { word: 'DEADLOCK' },
      step: 2,
    });
  });

  test('the first that is found decides, later ones are kept', () => {
    const { verdict, events } = shortest(lostUpdate());
    expect(verdict?.violations.every(({ step }) => step <= events.length)).toBe(true);
  });
});

describe('the run', () => {
  test('the schedule of a recording gives the recording again', () => {
    const random = record(fairMutex(3), model, randomly(5));
    expect(scheduled(fairMutex(3), random.schedule)).toEqual(random);
  });

  test('a violation is recorded with its aftermath, or without', () => {
    const program = abba({ bystander: true });
    const finding = must(explore(program).findings[0], 'a finding');
    expect(recordFinding(program, model, finding).events).toHaveLength(2);
    expect(recordAftermath(program, model, finding).events.length).toBeGreaterThan(2);
  });

  test('a run that never ends is cut', () => {
    const endless = record(
      abba({ bystander: true }),
      model,
      (options) => options.find(({ thread }) => thread === 2) ?? null,
    );
    expect(endless.events).toHaveLength(10_000);
  });

  test('a telling run is always the same', () => {
    expect(telling(lockedUpdate())).toEqual(telling(lockedUpdate()));
    expect(telling(lockedUpdate()).length).toBeGreaterThan(0);
  });

  test.each(Object.entries({ lostUpdate: lostUpdate(), abba: abba(), freedInUse: freedInUse() }))(
    'every law holds: %s',
    async (_, program) => {
      await checkLaws(shortest(program));
      await checkLaws(record(program, model, towardsQuiescence(0)));
    },
  );
});

describe('conform', () => {
  const program = lostUpdate();
  const recording = shortest(program);
  const altered = (change: (copy: { -readonly [K in keyof Recording]: any }) => void): Recording => {
    const copy = structuredClone(recording);
    change(copy);
    return copy;
  };

  test('what the model recorded conforms to it', () => {
    expect(conform(recording, program, model)).toBeNull();
    const deadlock = abba({ owned: false, bystander: true });
    expect(conform(shortest(deadlock), deadlock, model)).toBeNull();
  });

  test('an INCOMPLETE recording conforms as far as it goes', () => {
    expect(
      conform({ ...recording, events: recording.events.slice(0, 2), verdict: null }, program, model),
    ).toBeNull();
  });

  test.each<[string, Recording]>([
    ['model.hash', altered((r) => (r.model.hash = 'ff'))],
    ['threads[0].name', altered((r) => (r.threads[0].name = 'cpu'))],
    ['event 2.writes[0].new', altered((r) => (r.events[1].writes = [{ cell: 'counter', old: 0, new: 7 }]))],
    ['event 4.next', altered((r) => (r.events[3].next = 0))],
    ['event 5', altered((r) => r.events.push(r.events[0]))],
    ['verdict.since', altered((r) => (r.verdict.since = 3))],
    ['schedule', altered((r) => (r.schedule = '0*9'))],
    ['schedule', altered((r) => (r.schedule = 'first 0, then 1'))],
  ])('the first difference is named: %s', (where, other) => {
    expect(conform(other, program, model)?.where).toContain(where.split('[')[0]);
    expect(conform(other, program, model)).not.toBeNull();
  });
});
