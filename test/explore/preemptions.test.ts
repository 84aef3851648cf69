// SPDX-License-Identifier: GPL-2.0-only
// The search by preemptions: fewest preemptions, then fewest steps, as a naive search counts them.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Wrong } from '../../src/explore/findings.ts';
import {
  searchingByPreemptions,
  type Bounded,
  type PreemptionOptions,
} from '../../src/explore/preemptions.ts';
import { formatSchedule, type Schedule } from '../../src/explore/schedule.ts';
import { explore, runToEnd } from '../../src/explore/search.ts';
import type { Program } from '../../src/lang/program.ts';
import { Machine } from '../../src/machine/machine.ts';
import { fairMutex, lockedUpdate, lostUpdate } from '../support/example-programs.ts';
import { randomProgram } from '../support/random-program.ts';
import { naiveSearch, type NaiveState } from './naive-search.ts';

const search = (p: Program, options: PreemptionOptions): Bounded =>
  runToEnd(searchingByPreemptions(p, options));

/** Switches away from a thread that could have gone on. */
function preemptionsOf(p: Program, schedule: Schedule): number {
  const machine = new Machine(p);
  machine.start();
  let count = 0;
  schedule.forEach(({ thread, choice }, index) => {
    const last = schedule[index - 1]?.thread ?? thread;
    if (last !== thread && machine.optionsOf(last).length > 0) count += 1;
    machine.take(thread, choice);
  });
  return count;
}

test('a lost update needs one preemption, and without one there is none', () => {
  const result = search(lostUpdate(), { most: 3 });
  expect(result.safety).toEqual({ word: 'RACY', invariants: ['I1'] });
  expect(result.preemptions).toMatchObject({ complete: 0, found: 1, isAll: false });
  expect(formatSchedule(result.findings[0]!.schedule)).toBe('0 1*2 0');
  const none = search(lostUpdate(), { most: 0 });
  expect(none.safety).toEqual({ word: 'LIMIT', limit: 'preemptions' });
  expect(none.preemptions).toMatchObject({ complete: 0, found: null, isAll: false });
  expect(none.limit?.advice).toContain('--preemptions 1');
});

test('where no schedule has more preemptions, every state was seen', () => {
  for (const p of [lockedUpdate(), fairMutex(3)]) {
    const result = search(p, { most: 99 });
    expect(result.preemptions.isAll).toBe(true);
    expect(result.states).toBe(explore(p).states);
    expect(result).toMatchObject({ findings: [], limit: null });
  }
});

test('limits and interrupts', () => {
  const big = fairMutex(4);
  expect(search(big, { most: 99, maxStates: 100 }).limit?.what).toBe('states');
  expect(search(big, { most: 99, maxBytes: 1 }).limit?.what).toBe('memory');
  expect(search(big, { most: 99, isExpired: () => true }).limit?.what).toBe('time');
  expect(search(big, { most: 99, isInterrupted: () => true }).limit?.what).toBe('interrupted');
});

const nameOf = (p: Program, wrong: Wrong): string => {
  if (wrong.kind === 'invariant') return `invariant ${p.invariants[wrong.invariant]?.name}`;
  return wrong.kind === 'trouble' ? `trouble ${wrong.trouble.kind}` : 'deadlock';
};

/** The fewest preemptions to anything wrong but an empty pool, and the fewest steps with so many: by plain relaxation. */
function naiveFewest(states: ReadonlyMap<string, NaiveState>): { preemptions: number; steps: number } | null {
  const isWrong = (wrong: readonly string[]): boolean => wrong.some((what) => what !== 'trouble limit');
  const [start = ''] = states.keys();
  /** By state and last thread: preemptions * 1000 + steps. */
  const best = new Map([[`${start}|-1`, 0]]);
  let found = Infinity;
  for (let pending = [...best.keys()]; pending.length > 0;) {
    const next = new Set<string>();
    for (const pair of pending) {
      const cost = best.get(pair)!;
      const [key = '', last = ''] = pair.split('|');
      const state = states.get(key)!;
      if (isWrong(state.wrong)) found = Math.min(found, cost);
      const isAble = state.steps.some(({ thread }) => thread === Number(last));
      for (const { thread, to, wrong } of state.steps) {
        const after = cost + 1 + (isAble && thread !== Number(last) ? 1000 : 0);
        if (isWrong(wrong)) found = Math.min(found, after);
        const name = `${to}|${thread}`;
        if (to === null || after >= (best.get(name) ?? Infinity)) continue;
        best.set(name, after);
        next.add(name);
      }
    }
    pending = [...next];
  }
  return found === Infinity ? null : { preemptions: Math.floor(found / 1000), steps: found % 1000 };
}

test('random programs: the fewest preemptions, of these the fewest steps', () => {
  let compared = 0;
  fc.assert(
    fc.property(fc.integer(), (seed) => {
      const p = randomProgram(seed);
      // Daemons that lock each other out, and deadlocks that show before nobody can step, are told differently.
      if (p.threads.some(({ daemon }) => daemon)) return;
      if (explore(p, { maxStates: 600 }).limit?.what === 'states') return;
      const naive = naiveSearch(p);
      if (naive.size === 0 || [...naive.values()].some(({ wrong }) => wrong.includes('deadlock'))) return;
      const result = search(p, { most: 50 });
      const fewest = naiveFewest(naive);
      expect(result.preemptions.found).toBe(fewest === null ? null : fewest.preemptions);
      for (const { wrong, depth, schedule } of result.findings) {
        expect(nameOf(p, wrong)).not.toBe('');
        expect(schedule.length).toBe(depth);
        expect(preemptionsOf(p, schedule)).toBe(result.preemptions.found);
      }
      expect(result.findings[0]?.depth).toBe(fewest?.steps);
      if (fewest === null) expect(result.states).toBe(naive.size);
      compared += 1;
    }),
    { numRuns: 200 },
  );
  expect(compared).toBeGreaterThan(20);
});
