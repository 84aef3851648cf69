// SPDX-License-Identifier: GPL-2.0-only
// Owns the checks of the search: known models get their verdict, and random ones what a naive search says.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Program } from '../../src/lang/program.ts';
import type { Wrong } from '../../src/explore/findings.ts';
import { replay } from '../../src/explore/run.ts';
import { formatSchedule, type Schedule } from '../../src/explore/schedule.ts';
import { explore, type Exploration } from '../../src/explore/search.ts';
import { Machine } from '../../src/machine/machine.ts';
import {
  abba,
  fairMutex,
  lockedUpdate,
  lostUpdate,
  trouble,
  freedInUse,
} from '../support/example-programs.ts';
import { add, con, eq, get, lt, not, program, set } from '../support/programs.ts';
import { randomProgram } from '../support/random-program.ts';
import { naiveSearch, type NaiveState } from './naive-search.ts';

const shortest = (result: Exploration): string => {
  const [first] = result.findings;
  return first === undefined ? '' : formatSchedule(first.schedule);
};

test('a lost update is RACY, by the shortest schedule with the fewest switches, in thread order', () => {
  const result = explore(lostUpdate());
  expect(result.safety).toEqual({ word: 'RACY', invariants: ['I1'] });
  expect(shortest(result)).toBe('0 1*2 0');
  expect(result.findings[0]?.message).toBe('counter is 1 after 2 increments');
  expect(result.isComplete).toBe(false);
});

test('under a lock it is SAFE, after a complete search whose numbers are known', () => {
  const result = explore(lockedUpdate());
  expect(result).toMatchObject({
    safety: { word: 'SAFE' },
    findings: [],
    isComplete: true,
    limit: null,
    queue: 0,
  });
  // Four steps each, one thread inside at a time: 1 + 2 * (3 + 1 + 3) + 1 states.
  expect([result.states, result.transitions]).toEqual([16, 16]);
});

test.each([2, 3, 4])('a fair mutex excludes %d threads', (threads) => {
  expect(explore(fairMutex(threads)).safety).toEqual({ word: 'SAFE' });
});

test.each([
  ['owned locks', {}, 'CPU0 waits for b, held by CPU1; CPU1 waits for a, held by CPU0'],
  [
    'owned locks, while a daemon runs',
    { bystander: true },
    'CPU0 waits for b, held by CPU1; CPU1 waits for a, held by CPU0',
  ],
  ['flags without owner', { owned: false }, 'CPU0 waits for b; CPU1 waits for a'],
  [
    'flags without owner, while a daemon runs',
    { owned: false, bystander: true },
    'CPU0 waits for b; CPU1 waits for a',
  ],
])('ABBA by %s is a DEADLOCK', (_, options, message) => {
  const result = explore(abba(options));
  expect(result.safety).toEqual({ word: 'DEADLOCK' });
  expect(result.findings).toMatchObject([{ depth: 2, message }]);
  expect(shortest(result)).toBe('0 1');
});

test('a daemon that waits for ever is no deadlock, a thread that does is one', () => {
  const waiting = (daemon: boolean): Program =>
    program((p) => {
      const work = p.cell('work');
      p.thread(
        'disk',
        (code) => code.step('wait', [set(work, 0)], { kind: 'wait', when: get(work) }),
        daemon ? { daemon } : {},
      );
    });
  expect(explore(waiting(true)).safety).toEqual({ word: 'SAFE' });
  expect(explore(waiting(false)).safety).toEqual({ word: 'DEADLOCK' });
});

test('a thread that locks twice waits for itself', () => {
  const p = program((b) => {
    const lock = b.spinlock('lock');
    b.thread('CPU0', (code) => {
      code.spinLock(lock);
      code.spinLock(lock);
    });
  });
  expect(explore(p).findings).toMatchObject([{ depth: 1, message: 'CPU0 waits for lock, held by CPU0' }]);
});

test.each(Object.keys(trouble) as (keyof typeof trouble)[])('%s is a BUG with the step into it', (kind) => {
  const result = explore(trouble[kind]());
  expect(result.safety).toEqual({ word: 'BUG', bug: kind });
  expect(shortest(result)).toBe('0*2');
});

test('a use after free needs a pointer sampled before; in type-stable memory it is none', () => {
  expect(explore(freedInUse())).toMatchObject({ safety: { word: 'BUG', bug: 'use-after-free' } });
  expect(explore(freedInUse(true))).toMatchObject({ safety: { word: 'SAFE' } });
});

test('trouble at the start is a finding of no steps', () => {
  const p = program((b) => {
    b.cell('cell');
    b.thread('CPU0', (code) => code.assert('never', con(0)));
  });
  expect(explore(p)).toMatchObject({
    safety: { word: 'BUG', bug: 'assert' },
    findings: [{ depth: 0, schedule: [] }],
  });
});

test('expose is a verdict of its own', () => {
  const p = program((b) => {
    const cell = b.cell('cell');
    b.thread('CPU0', (code) => {
      code.step('cell = 1', [set(cell, 1)]);
      code.assert('expose(zero)', con(0), 'expose-zero');
    });
  });
  expect(explore(p).safety).toEqual({ word: 'EXPOSE', what: 'zero' });
});

test('all kinds of invariant are judged in one run, and a race names those violated at the shortest distance', () => {
  const p = program((b) => {
    const [x, before] = [b.cell('x'), b.cell('before', { ghost: true })];
    b.thread('CPU0', (code) => {
      code.operation('op', () => {
        code.ghost('before = x', [set(before, get(x))]);
        code.step('x++', [set(x, add(get(x), 1))]);
      });
      code.step('x = 5', [set(x, 5)]);
    });
    const op = b.operation('op');
    b.invariant('strict', { kind: 'strict' }, (code, result) => code.result(result, lt(get(x), 5)));
    b.invariant('idle', { kind: 'idle', operations: [op] }, (code, result) =>
      code.result(result, not(eq(get(x), 1))),
    );
    b.invariant('ensured', { kind: 'ensures', operation: op }, (code, result) =>
      code.result(result, eq(get(x), get(before))),
    );
  });
  expect(explore(p).safety).toEqual({ word: 'RACY', invariants: ['idle', 'ensured'] });
  const all = explore(p, { everything: true });
  expect(all.safety).toEqual({ word: 'RACY', invariants: ['idle', 'ensured'] });
  expect(all.findings.map(({ depth }) => depth)).toEqual([1, 1, 2]);
});

test('a search that is cut off says LIMIT, what cut it off, and what to try', () => {
  const big = fairMutex(4);
  expect(explore(big, { maxStates: 100 })).toMatchObject({
    safety: { word: 'LIMIT', limit: 'states' },
    isComplete: false,
  });
  expect(explore(big, { isExpired: () => true, every: 10 })).toMatchObject({
    safety: { word: 'LIMIT', limit: 'time' },
  });
  const full = explore(big, { maxBytes: 1, every: 10 });
  expect(full.limit?.advice).toContain('smaller');
});

test('an empty pool is LIMIT, unless something is wrong elsewhere', () => {
  const empty = (race: boolean): Program =>
    program((p) => {
      const cell = p.cell('cell');
      p.thread('CPU0', (code) => {
        code.step('cell = 1', [set(cell, 1)]);
        code.fail('limit', 'pool page is empty; enlarge the array');
      });
      p.thread('CPU1', (code) => {
        for (let i = 0; i < 3; i += 1) code.step('cell', [set(cell, 2 + i)]);
      });
      if (race) p.invariant('I', { kind: 'strict' }, (code, result) => code.result(result, lt(get(cell), 4)));
    });
  const result = explore(empty(false));
  expect(result).toMatchObject({ safety: { word: 'LIMIT', limit: 'pool' }, isComplete: false, findings: [] });
  expect(result.limit?.advice).toMatch(
    /^At step 1 of a schedule, in CPU0: pool page is empty; enlarge the array \(.*, test\.c:\d+\)\. What comes/,
  );
  expect(explore(empty(true)).safety).toEqual({ word: 'RACY', invariants: ['I'] });
});

test('more choices or threads than can be numbered are the user’s to reduce', () => {
  const wide = program((p) => {
    p.cell('cell');
    p.thread('CPU0', (code) => {
      const into = code.local('into');
      code.step('choose', [], { kind: 'choose', choice: { count: 5000, into } });
    });
  });
  expect(() => explore(wide)).toThrow('test.c:1: a choice among 5000, and 2048 is the most');
  expect(() => explore(lockedUpdate(32))).toThrow('the scenario has 32 threads, and 31 is the most');
});

test('progress is told as often as asked', () => {
  const told: number[] = [];
  explore(fairMutex(3), { every: 16, onProgress: ({ states, queue }) => told.push(states - queue) });
  expect(told.length).toBeGreaterThan(2);
  expect(told.every((expanded) => expanded % 16 === 0)).toBe(true);
});

test('coverage tells the lines no schedule reaches and the outcomes of conditions', () => {
  const p = program((b) => {
    const cell = b.cell('cell');
    b.thread('CPU0', (code) => {
      code.step('cell = 1', [set(cell, 1)]);
      code.branch(
        'cell == 2',
        eq(get(cell), 2),
        () => code.step('never', [set(cell, 3)]),
        () => {},
        { kind: 'access' },
      );
    });
  });
  const { coverage } = explore(p);
  const text = (site: number) => p.sites[site]?.text;
  expect(coverage.unreached.map(text)).toContain('never');
  expect(coverage.reached.map(text)).toEqual(expect.arrayContaining(['cell = 1', 'cell == 2']));
  expect(coverage.checks).toMatchObject([{ wasTrue: false, wasFalse: true }]);
});

test('a blocked step is no coverage of its line', () => {
  const { coverage } = explore(abba());
  expect(coverage.unreached.length).toBeGreaterThan(0);
});

/** Name of a finding as the naive search calls it. */
function nameOf(p: Program, wrong: Wrong): string {
  if (wrong.kind === 'invariant') return `invariant ${p.invariants[wrong.invariant]?.name}`;
  return wrong.kind === 'trouble' ? `trouble ${wrong.trouble.kind}` : 'deadlock';
}

/** By what is wrong: the shortest distance. */
function naiveDepths(states: ReadonlyMap<string, NaiveState>): Map<string, number> {
  const depths = new Map<string, number>();
  const note = (wrong: string, depth: number): void => {
    depths.set(wrong, Math.min(depth, depths.get(wrong) ?? Infinity));
  };
  for (const { depth, wrong, steps } of states.values()) {
    for (const what of wrong) note(what, depth);
    for (const step of steps) for (const what of step.wrong) note(what, depth + 1);
  }
  return depths;
}

/** All shortest schedules to `what`, in thread order. */
function naiveSchedules(
  states: ReadonlyMap<string, NaiveState>,
  what: string,
  depth: number,
): readonly Schedule[] {
  const from = (key: string, left: number): Schedule[] => {
    const state = states.get(key)!;
    if (left === 0) return state.wrong.includes(what) ? [[]] : [];
    return state.steps.flatMap(({ thread, choice, to, wrong }) => {
      const tails = to === null ? [] : from(to, left - 1);
      if (left === 1 && wrong.includes(what) && tails.length === 0) tails.push([]);
      return tails.map((tail) => [{ thread, choice }, ...tail]);
    });
  };
  return from([...states.keys()][0]!, depth);
}

const switches = (schedule: Schedule): number =>
  schedule.filter(({ thread }, i) => i > 0 && thread !== schedule[i - 1]?.thread).length;

test('random programs: states, transitions, findings and schedules are those of a naive search', () => {
  fc.assert(
    fc.property(fc.integer(), (seed) => {
      const p = randomProgram(seed);
      const result = explore(p, { everything: true });
      if (result.states > 1500) return;
      const naive = naiveSearch(p);
      expect(result.states).toBe(naive.size);
      expect(result.transitions).toBe([...naive.values()].reduce((sum, { steps }) => sum + steps.length, 0));
      const depths = naiveDepths(naive);
      const found = new Map(result.findings.map(({ wrong, depth }) => [nameOf(p, wrong), depth]));
      depths.delete('trouble limit'); // no finding
      expect(found).toEqual(depths);
      for (const { wrong, depth, schedule } of result.findings) {
        expect(schedule.length).toBe(depth);
        if (depth > 9) continue;
        const all = naiveSchedules(naive, nameOf(p, wrong), depth);
        const fewest = Math.min(...all.map(switches));
        expect(schedule).toEqual(all.find((one) => switches(one) === fewest));
      }
    }),
    { numRuns: 150 },
  );
}, 60_000);

test('random programs: stopping at the first violation gives the same verdict, and its schedule can be replayed', () => {
  fc.assert(
    fc.property(fc.integer(), (seed) => {
      const p = randomProgram(seed);
      const all = explore(p, { everything: true });
      const first = explore(p);
      const [nearest] = all.findings;
      if (nearest === undefined) {
        expect(first.safety).toEqual(all.safety);
        return;
      }
      const [found] = first.findings;
      // Only a deadlock by other means than locks with owners may show later than it begins.
      if (nearest.wrong.kind !== 'deadlock') {
        expect(first.safety).toEqual(all.safety);
        expect(found).toEqual(nearest);
      }
      const machine = new Machine(p);
      machine.start();
      const run = replay(machine, found!.schedule);
      expect(run.trouble).toEqual(found!.wrong.kind === 'trouble' ? found!.wrong.trouble : null);
    }),
    { numRuns: 300 },
  );
});

test('memory limits of all sizes: never more than allowed, and what was found before is right', () => {
  const big = fairMutex(4);
  const whole = explore(big);
  for (let maxBytes = 60_000; maxBytes < 3 * whole.bytes; maxBytes = Math.ceil(maxBytes * 1.3)) {
    const result = explore(big, { maxBytes });
    expect(result.bytes).toBeLessThanOrEqual(maxBytes);
    if (result.limit === null) expect(result.states).toBe(whole.states);
    else expect(result).toMatchObject({ safety: { word: 'LIMIT', limit: 'memory' }, isComplete: false });
  }
});

test('random programs under any memory limit: a violation found is one that there is', () => {
  fc.assert(
    fc.property(fc.integer(), fc.integer({ min: 40_000, max: 120_000 }), (seed, maxBytes) => {
      const p = randomProgram(seed);
      const free = explore(p, { everything: true, maxStates: 5000 });
      const tight = explore(p, { everything: true, maxStates: 5000, maxBytes });
      for (const finding of tight.findings) {
        const known = free.findings.find(({ wrong }) => nameOf(p, wrong) === nameOf(p, finding.wrong));
        expect(finding.depth).toBeGreaterThanOrEqual(known?.depth ?? Infinity);
      }
    }),
    { numRuns: 150 },
  );
});
