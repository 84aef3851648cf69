// SPDX-License-Identifier: GPL-2.0-only
// Owns single runs: replayed, random, and on to quiescence.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { UserError } from '../../src/base/user-error.ts';
import type { Program } from '../../src/lang/program.ts';
import { drive, randomly, replay, towardsQuiescence } from '../../src/explore/run.ts';
import { formatSchedule, parseSchedule } from '../../src/explore/schedule.ts';
import { Machine } from '../../src/machine/machine.ts';
import { abba, lockedUpdate, lostUpdate, trouble, freedInUse } from '../support/example-programs.ts';
import { con, eq, get, not, program, set } from '../support/programs.ts';
import { randomProgram } from '../support/random-program.ts';

function started(p: Program): Machine {
  const machine = new Machine(p);
  machine.start();
  return machine;
}

const replayed = (p: Program, text: string) => replay(started(p), parseSchedule(text));

test('a schedule is replayed to where it ends', () => {
  expect(replayed(lostUpdate(), '0 1*2')).toMatchObject({ end: 'stopped', trouble: null });
  expect(replayed(lostUpdate(), '0 1*2 0')).toMatchObject({ end: 'quiescent' });
  expect(replayed(trouble.range(), '0*2')).toMatchObject({ end: 'trouble', trouble: { kind: 'range' } });
});

test.each([
  [lockedUpdate(), '0 1', 'step 2 of the schedule: CPU1 cannot step: it waits for lock', '0 (CPU0)'],
  [lockedUpdate(), '0*5', 'step 5 of the schedule: CPU0 has ended', '1 (CPU1)'],
  [lockedUpdate(), '7', 'step 1 of the schedule: there is no thread 7', '0 (CPU0), 1 (CPU1)'],
  [freedInUse(), '1:5', 'step 1 of the schedule: CPU0 has no choice 5 here, only 0, 1', '0 (CPU1), 1 (CPU0)'],
  [abba(), '0 1 0', 'step 3 of the schedule: CPU0 cannot step: it waits for b', 'Nobody can step here'],
  [trouble.range(), '0*3', 'step 2 of the schedule ends the run (range: count becomes 2', 'Cut the schedule'],
])('a step that cannot be taken is explained (%#)', (p, text, message, hint) => {
  const error = ((): unknown => {
    try {
      return replayed(p, text);
    } catch (thrown) {
      return thrown;
    }
  })();
  expect(error).toBeInstanceOf(UserError);
  expect((error as UserError).message).toContain(message);
  expect((error as UserError).hint).toContain(hint);
});

test('the same seed gives the same run, and replaying it gives the same state', () => {
  fc.assert(
    fc.property(fc.integer(), fc.integer(), (seed, walk) => {
      const p = randomProgram(seed);
      if (new Machine(p).start() !== null) return;
      const [a, b, c] = [started(p), started(p), started(p)];
      const run = drive(a, randomly(walk), 100);
      expect(drive(b, randomly(walk), 100)).toEqual(run);
      expect(replay(c, parseSchedule(formatSchedule(run.schedule))).trouble).toEqual(run.trouble);
      expect(c.memory.vector).toEqual(a.memory.vector);
    }),
    { numRuns: 100 },
  );
});

test('random runs find the lost update', () => {
  const ends = [...Array(50).keys()].map((seed) => {
    const machine = started(lostUpdate());
    drive(machine, randomly(seed), 100);
    return machine.memory.vector[0];
  });
  expect(new Set(ends)).toEqual(new Set([1, 2]));
});

test('on to quiescence: the current thread first, then the others in turn', () => {
  const machine = started(lockedUpdate(3));
  replay(machine, parseSchedule('1'));
  const run = drive(machine, towardsQuiescence(1), 1000);
  expect(run).toMatchObject({ end: 'quiescent' });
  expect(formatSchedule(run.schedule)).toBe('1*3 2*4 0*4');
});

test('a thread that turns in a circle lets another go on; daemons run only when they must', () => {
  const machine = started(
    program((p) => {
      const [flag, beat] = [p.cell('flag'), p.cell('beat')];
      p.thread('spinner', (code) => {
        const again = code.label();
        code.here(again);
        code.step('beat', [set(beat, not(get(beat)))]);
        code.branch(
          'flag',
          eq(get(flag), 0),
          () => code.goto(again),
          () => {},
          { kind: 'access' },
        );
      });
      p.thread(
        'disk',
        (code) => {
          const again = code.label();
          code.here(again);
          code.step('flag = 1', [set(flag, con(1))]);
          code.goto(again);
        },
        { daemon: true },
      );
    }),
  );
  const run = drive(machine, towardsQuiescence(0), 1000);
  expect(run.end).toBe('stopped');
  expect(machine.memory.hasEnded(0)).toBe(true);
  expect(formatSchedule(run.schedule)).toBe('0*4 1 0*2');
});

test('on to quiescence ends for every random program', () => {
  fc.assert(
    fc.property(fc.integer(), (seed) => {
      const p = randomProgram(seed);
      const machine = new Machine(p);
      if (machine.start() !== null) return;
      const run = drive(machine, towardsQuiescence(0), 5000);
      expect(run.schedule.length).toBeLessThan(5000);
    }),
    { numRuns: 100 },
  );
});
