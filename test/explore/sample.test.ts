// SPDX-License-Identifier: GPL-2.0-only
// Random runs: judged in full, repeatable, shortened to what can be replayed; and never a finding that is none.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { keyOf } from '../../src/explore/findings.ts';
import { replay } from '../../src/explore/run.ts';
import { LONGEST_RUN, sample, type SampleOptions } from '../../src/explore/sample.ts';
import { formatSchedule } from '../../src/explore/schedule.ts';
import { explore } from '../../src/explore/search.ts';
import type { Program } from '../../src/lang/program.ts';
import { Machine } from '../../src/machine/machine.ts';
import {
  abba,
  fairMutex,
  freedInUse,
  lockedUpdate,
  lostUpdate,
  trouble,
} from '../support/example-programs.ts';
import { add, con, get, program, set } from '../support/programs.ts';
import { randomProgram } from '../support/random-program.ts';

const uniform = { kind: 'uniform' } as const;
const pct = (changes: number) => ({ kind: 'pct', changes }) as const;
const some = (more: Partial<SampleOptions> = {}): SampleOptions => ({
  runs: 200,
  seed: 1,
  how: uniform,
  ...more,
});

test.each([['uniform', uniform] as const, ['pct', pct(2)] as const])(
  '%s: a lost update is met, counted, and shortened to the shortest schedule',
  (_, how) => {
    const result = sample(lostUpdate(), some({ how }));
    expect(result.safety).toEqual({ word: 'RACY', invariants: ['I1'] });
    expect(result.findings[0]).toMatchObject({ depth: 4, message: 'counter is 1 after 2 increments' });
    expect(['0 1*2 0', '1 0*2 1']).toContain(formatSchedule(result.findings[0]!.schedule));
    const [met] = result.sampling.met;
    expect(met!.runs).toBeGreaterThan(10);
    expect(met!.first).toBeGreaterThan(0);
    expect(result.isComplete).toBe(false);
  },
);

test('without a violation it is LIMIT, which says so', () => {
  const result = sample(lockedUpdate(), some());
  expect(result).toMatchObject({
    safety: { word: 'LIMIT', limit: 'runs' },
    findings: [],
    limit: { what: 'runs' },
  });
  expect(result.limit?.advice).toContain('prove nothing');
  expect(result.states).toBe(16);
  expect(result.sampling).toMatchObject({ runs: 200, newStates: 0, cut: 0, met: [] });
});

test.each<[string, Program]>([
  ['DEADLOCK', abba()],
  ['DEADLOCK', abba({ bystander: true })],
  ['DEADLOCK', abba({ owned: false })],
  ['BUG', freedInUse()],
  ...Object.values(trouble).map((make): [string, Program] => ['BUG', make()]),
])('%s is found by chance, too', (word, p) => {
  const result = sample(p, some());
  expect(result.safety.word).toBe(word);
  expect(result.findings[0]?.depth).toBe(explore(p).findings[0]?.depth);
  const wordsOf = (message = ''): string => message.replaceAll(/\d+/g, 'N');
  expect(wordsOf(result.findings[0]?.message)).toBe(wordsOf(explore(p).findings[0]?.message));
});

test('wrong from the start', () => {
  const p = program((b) => {
    b.cell('cell');
    b.thread('CPU0', (code) => code.assert('never', con(0)));
  });
  expect(sample(p, some())).toMatchObject({
    safety: { word: 'BUG', bug: 'assert' },
    findings: [{ depth: 0, schedule: [] }],
  });
});

test('a run that never ends is cut, and counted', () => {
  const p = program((b) => {
    const cell = b.cell('cell');
    b.thread('CPU0', (code) => {
      const again = code.label();
      code.here(again);
      code.step('cell = cell', [set(cell, add(get(cell), con(0)))]);
      code.goto(again);
    });
  });
  const result = sample(p, some({ runs: 3 }));
  expect(result.sampling.cut).toBe(3);
  expect(result.depth).toBe(LONGEST_RUN);
});

test('run i is the same whatever runs come after it', () => {
  const [few, many] = [50, 500].map((runs) => sample(lostUpdate(), some({ runs })));
  expect(many!.sampling.met[0]?.first).toBe(few!.sampling.met[0]?.first);
  expect(sample(fairMutex(3), some())).toEqual(sample(fairMutex(3), some()));
  expect(sample(fairMutex(4), some({ seed: 2 })).transitions).not.toBe(
    sample(fairMutex(4), some()).transitions,
  );
});

test('limits and interrupts: what was seen so far', () => {
  const big = fairMutex(4);
  const runs = 1e9;
  expect(sample(big, some({ runs, isExpired: () => true })).limit?.what).toBe('time');
  expect(sample(big, some({ runs, isInterrupted: () => true })).limit?.what).toBe('interrupted');
  expect(sample(big, some({ runs: 5000, maxBytes: 1 })).limit?.what).toBe('memory');
});

test('random programs: what is found is real, and nothing is found in a SAFE one', () => {
  fc.assert(
    fc.property(fc.integer(), fc.integer({ min: 0, max: 3 }), (seed, changes) => {
      const p = randomProgram(seed);
      const how = changes === 0 ? uniform : pct(changes);
      const result = sample(p, some({ runs: 30, how }));
      const all = explore(p, { everything: true, maxStates: 3000 });
      if (all.limit?.what === 'states') return;
      const depths = new Map(all.findings.map(({ wrong, depth }) => [keyOf(wrong), depth]));
      for (const { wrong, depth, schedule } of result.findings) {
        expect(depths.get(keyOf(wrong)), keyOf(wrong)).toBeLessThanOrEqual(depth);
        const machine = new Machine(p);
        machine.start();
        expect(replay(machine, schedule).trouble).toEqual(
          wrong.kind === 'trouble' && wrong.trouble.thread >= 0 ? wrong.trouble : null,
        );
      }
    }),
    { numRuns: 200 },
  );
});
