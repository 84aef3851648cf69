// SPDX-License-Identifier: GPL-2.0-only
// Owns the checks of progress on bare graphs: by the definition, edge set by edge set, on random small ones.

import { expect, test } from 'vitest';
import type { Rng } from '../../src/base/rng.ts';
import { endlessRuns, type Duty } from '../../src/explore/fair-cycles.ts';
import { nearestLoop, type Loop } from '../../src/explore/lasso.ts';
import { StateGraph } from '../../src/explore/state-graph.ts';
import { withSeed } from '../support/seed.ts';

interface Arrow {
  readonly from: number;
  readonly to: number;
  readonly thread: number;
  readonly choice: number;
}

interface Sample {
  readonly graph: StateGraph;
  readonly states: number;
  readonly threads: number;
  readonly arrows: readonly Arrow[];
}

/** A graph of these arrows, its states numbered anew, breadth first from 0; what is not reached is left out. */
function sampleOf(arrows: readonly Arrow[], threads: number): Sample {
  const graph = new StateGraph();
  const numbers = new Map([[0, 0]]);
  const depths = [0];
  const kept: Arrow[] = [];
  for (const [state, from] of numbers) {
    const depth = depths[from]!;
    if (graph.layers[depth] === undefined) graph.layers.push(from);
    const leaving = arrows
      .filter((arrow) => arrow.from === state)
      .sort((a, b) => a.thread - b.thread || a.choice - b.choice);
    for (const { to, thread, choice } of leaving) {
      if (!numbers.has(to)) {
        depths[numbers.size] = depth + 1;
        numbers.set(to, numbers.size);
      }
      graph.addEdge(thread, choice, numbers.get(to)!);
      kept.push({ from, to: numbers.get(to)!, thread, choice });
    }
    graph.closeState(0);
  }
  graph.layers.push(numbers.size);
  return { graph, states: numbers.size, threads, arrows: kept };
}

function randomSample(rng: Rng): Sample {
  const threads = 1 + rng.below(3);
  const states = 1 + rng.below(6);
  const arrows = new Map<string, Arrow>();
  for (let i = 1 + rng.below(11); i > 0; i -= 1) {
    const [from, thread, choice] = [rng.below(states), rng.below(threads), rng.below(4) === 0 ? 1 : 0];
    arrows.set(`${from} ${thread} ${choice}`, { from, to: rng.below(states), thread, choice });
  }
  return sampleOf([...arrows.values()], threads);
}

/** Whether from every end of these arrows every other can be reached through them. */
function isStronglyConnected(arrows: readonly Arrow[]): boolean {
  const states = new Set(arrows.flatMap(({ from, to }) => [from, to]));
  return [...states].every((start) => {
    const reached = new Set([start]);
    for (const state of reached) for (const { from, to } of arrows) if (from === state) reached.add(to);
    return reached.size === states.size;
  });
}

interface Endless {
  readonly isFair: boolean;
  /** The nearest state of it. */
  readonly nearest: number;
}

/** Every set of arrows that a run can go along for ever, each infinitely often, in which the duty stays undone. */
function allEndless({ graph, arrows }: Sample, { threads, isInside }: Duty): readonly Endless[] {
  const found: Endless[] = [];
  for (let subset = 1; subset < 1 << arrows.length; subset += 1) {
    const chosen = arrows.filter((_, i) => (subset >> i) & 1);
    if (!isStronglyConnected(chosen)) continue;
    const states = new Set(chosen.map(({ from }) => from));
    if (isInside !== null && ![...states].every(isInside)) continue;
    const step = (thread: number): boolean => chosen.some((arrow) => arrow.thread === thread);
    const isFair = arrows.every(({ from, thread }) => !states.has(from) || step(thread));
    const isOurs = chosen.some(({ thread }) => (threads >> thread) & 1);
    if (isFair ? isInside !== null && !isOurs : !isOurs) continue;
    found.push({ isFair, nearest: Math.min(...[...states].map((state) => graph.depthOf(state))) });
  }
  return found;
}

/** The states that a loop goes through, from its entry; checks that it is one. */
function statesOf({ graph }: Sample, { prefix, loop }: Loop): readonly number[] {
  const after = (state: number, { thread, choice }: Loop['loop'][number]): number => {
    for (let edge = graph.firstEdge(state); edge < graph.firstEdge(state + 1); edge += 1)
      if (graph.threadOf(edge) === thread && graph.choiceOf(edge) === choice) return graph.targetOf(edge);
    throw new Error(`no such step from state ${state}`);
  };
  const entry = prefix.reduce(after, 0);
  const states = [entry];
  for (const step of loop) states.push(after(states.at(-1)!, step));
  expect(states.pop()).toBe(entry);
  return states;
}

function isFairLoop({ arrows }: Sample, states: readonly number[], loop: Loop['loop']): boolean {
  return arrows.every(({ from, thread }) => !states.includes(from) || loop.some((s) => s.thread === thread));
}

/** Closed walks of up to `most` steps from `entry` that keep the duty undone. */
function* walks(sample: Sample, entry: number, most: number): Generator<readonly Arrow[]> {
  let layer: (readonly Arrow[])[] = [[]];
  for (let length = 1; length <= most; length += 1) {
    layer = layer.flatMap((walk) => {
      const at = walk.at(-1)?.to ?? entry;
      return sample.arrows.filter(({ from }) => from === at).map((arrow) => [...walk, arrow]);
    });
    yield* layer.filter((walk) => walk.at(-1)?.to === entry);
  }
}

test('random graphs: the word is the one of the definition, the loop the nearest and shortest', async () => {
  const words = { LIVELOCK: 0, SPIN: 0, none: 0 };
  await withSeed((rng) => {
    for (let i = 0; i < 4000; i += 1) {
      const sample = randomSample(rng);
      const all = (1 << sample.threads) - 1;
      const insideMask = rng.below(64);
      const duties: Duty[] =
        rng.below(3) > 0
          ? [{ threads: 1 + rng.below(all), isInside: null }]
          : [{ threads: 1 << rng.below(sample.threads), isInside: (s) => ((insideMask >> s) & 1) === 1 }];
      const duty = duties[0]!;
      const expected = allEndless(sample, duty);
      const fair = expected.filter(({ isFair }) => isFair);
      const worst = fair.length > 0 ? fair : expected;
      const found = endlessRuns(sample.graph, sample.states, duties);
      const word = fair.length > 0 ? 'LIVELOCK' : expected.length > 0 ? 'SPIN' : 'none';
      words[word] += 1;
      if (found === null) {
        expect(word).toBe('none');
        continue;
      }
      if (found === 'expired') throw new Error('there is no clock');
      expect(found.word).toBe(word);
      const loop = nearestLoop(sample.graph, found, sample.threads);
      expect(loop.prefix.length).toBe(Math.min(...worst.map(({ nearest }) => nearest)));
      const states = statesOf(sample, loop);
      const isOurs = (thread: number): boolean => ((duty.threads >> thread) & 1) === 1;
      const isGood = (through: readonly number[], steps: Loop['loop']): boolean =>
        (duty.isInside === null || through.every(duty.isInside)) &&
        (word === 'SPIN' || isFairLoop(sample, through, steps)) &&
        ((word === 'LIVELOCK' && duty.isInside === null) || steps.some(({ thread }) => isOurs(thread)));
      expect(isGood(states, loop.loop)).toBe(true);
      if (loop.loop.length > 7) continue;
      for (const walk of walks(sample, states[0]!, loop.loop.length - 1)) {
        expect(
          isGood(
            walk.map(({ from }) => from),
            walk,
          ),
        ).toBe(false);
      }
    }
  });
  // The samples are worth their name.
  for (const count of Object.values(words)) expect(count).toBeGreaterThan(50);
});

test('a chain of a million states is judged in time and without recursion', () => {
  const graph = new StateGraph();
  const states = 1_000_000;
  for (let state = 0; state < states; state += 1) {
    graph.layers[state] = state;
    graph.addEdge(0, 0, state + 1 < states ? state + 1 : 0);
    if (state % 7 === 3) graph.addEdge(1, 0, state - 1);
    graph.closeState(0);
  }
  const found = endlessRuns(graph, states, [{ threads: 1, isInside: null }]);
  expect(found).toMatchObject({ word: 'LIVELOCK' });
  const alone = endlessRuns(graph, states, [{ threads: 2, isInside: () => true }]);
  expect(alone).toMatchObject({ word: 'LIVELOCK' });
  expect(endlessRuns(graph, states, [{ threads: 1, isInside: null }], () => true)).toBe('expired');
});

test('where more threads step than the shortest loop can be looked for, there is a loop still', () => {
  const threads = 14;
  const arrows = Array.from({ length: threads }, (_, thread): Arrow[] => [
    { from: 0, to: thread + 1, thread, choice: 0 },
    { from: thread + 1, to: 0, thread, choice: 0 },
  ]).flat();
  const sample = sampleOf(arrows, threads);
  const found = endlessRuns(sample.graph, sample.states, [{ threads: 1, isInside: null }]);
  if (found === null || found === 'expired') throw new Error('a loop');
  const loop = nearestLoop(sample.graph, found, threads);
  expect(found.word).toBe('LIVELOCK');
  expect(loop.loop.length).toBe(2 * threads);
  expect(isFairLoop(sample, statesOf(sample, loop), loop.loop)).toBe(true);
});
