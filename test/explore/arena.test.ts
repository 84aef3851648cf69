// SPDX-License-Identifier: GPL-2.0-only
// Owns the laws of a search's memory: blocks do not overlap and keep what they hold, and its end is a verdict.
import { afterEach, expect, test, vi } from 'vitest';
import { Rng } from '../../src/base/rng.ts';
import { Arena, Chunks, HEADER } from '../../src/explore/arena.ts';
import { OutOfMemory } from '../../src/explore/memory-budget.ts';
import { explore, type Engine } from '../../src/explore/search.ts';
import { EDGE_COUNT, NOWHERE, StateGraph } from '../../src/explore/state-graph.ts';
import { platform, type LinearMemory } from '../../src/explore/wasm/platform.ts';
import { must } from '../../src/base/assert.ts';
import { compileText } from '../support/compile.ts';

afterEach(() => {
  vi.restoreAllMocks();
});

test('blocks begin with zeros, keep what is written, and are handed out again, wherever the memory moves', () => {
  const arena = new Arena();
  const rng = new Rng(7);
  const blocks: { at: number; size: number; mark: number }[] = [];
  for (let i = 1; i < 2000; i += 1) {
    if (i === 500) expect(arena.memory).not.toBeNull();
    if (blocks.length > 0 && rng.below(3) === 0) {
      const [{ at, size, mark }] = blocks.splice(rng.below(blocks.length), 1) as [(typeof blocks)[0]];
      expect(arena.words.subarray(at, at + size).every((word) => word === mark)).toBe(true);
      arena.free(at, size);
    } else {
      const size = 1 + rng.below(2000);
      const at = arena.allocate(size);
      expect(at).toBeGreaterThanOrEqual(HEADER);
      expect(arena.words.subarray(at, at + size).every((word) => word === 0)).toBe(true);
      arena.words.fill(i, at, at + size);
      blocks.push({ at, size, mark: i });
    }
  }
  for (const { at, size, mark } of blocks)
    expect(arena.words.subarray(at, at + size).every((word) => word === mark)).toBe(true);
  expect(arena.memory?.buffer).toBe(arena.words.buffer);
});

test('a list in chunks stays where it is while it grows, and gives all back', () => {
  const arena = new Arena();
  const chunks = new Chunks(arena, 20, 2, 4);
  const first = (chunks.grow(), chunks.at(0));
  for (let i = 1; i < 100; i += 1) chunks.grow();
  expect(chunks.at(0)).toBe(first);
  expect(arena.words[21]).toBe(400);
  expect(arena.words[arena.words[20]! / 4 + 99]).toBe(4 * chunks.at(99));
  expect(new Set(Array.from({ length: 100 }, (_, i) => chunks.at(i))).size).toBe(100);
  chunks.release();
  expect(chunks.size).toBe(0);
});

test('a graph over many chunks tells what was put in', () => {
  const graph = new StateGraph();
  let edges = 0;
  for (let state = 0; state < 10_000; state += 1) {
    for (let i = 0; i < state % 4; i += 1) graph.addEdge(i, state % 2048, i === 2 ? NOWHERE : state + i);
    graph.closeState(state % 2 === 0 ? 0x7fff_ffff : 1);
  }
  for (let state = 0; state < 10_000; state += 1) {
    expect(graph.firstEdge(state)).toBe(edges);
    for (let i = 0; i < state % 4; i += 1, edges += 1) {
      const edge = [graph.threadOf(edges), graph.choiceOf(edges), graph.targetOf(edges)];
      expect(edge).toEqual([i, state % 2048, i === 2 ? NOWHERE : state + i]);
    }
    expect(graph.endedIn(state)).toBe(state % 2 === 0 ? 0x7fff_ffff : 1);
  }
  expect([graph.expanded, graph.edgeCount, graph.firstEdge(20_000)]).toEqual([10_000, edges, edges]);
});

test('a graph that lacks the last edges of its states takes those states back', () => {
  const arena = new Arena();
  const graph = new StateGraph(arena);
  for (let state = 0; state < 5; state += 1) {
    for (let i = 0; i < 3; i += 1) graph.addEdge(i, 0, state + i);
    graph.closeState(7);
  }
  arena.words[EDGE_COUNT] = 8; // two of state 2 are there
  graph.tear();
  expect([graph.expanded, graph.edgeCount, graph.firstEdge(2), graph.firstEdge(3)]).toEqual([3, 8, 6, 8]);
  expect([graph.endedIn(1), graph.endedIn(2)]).toEqual([7, 0]);
  graph.tear();
  expect(graph.expanded).toBe(3);
  arena.words[EDGE_COUNT] = 3;
  graph.tear();
  expect([graph.expanded, graph.edgeCount]).toEqual([1, 3]);
});

const scenario = `
#define NR_PAGES 2
#include "protocols/2003-counter.c"
#include <scenario.h>
[[mm::thread]] void CPU0(void) { truncate(&inode, 0); }
[[mm::thread]] void CPU1(void) { while (fault(&vma, 0, READ) == VM_FAULT_RETRY) ; }
[[mm::thread]] void CPU2(void) { while (fault(&vma, 0, READ) == VM_FAULT_RETRY) ; }
`;

test('where memory ends, at any growth of it, the verdict is LIMIT, and no engine falls', async () => {
  const { program } = await compileText(scenario);
  const all = explore(program, { everything: true });
  const { prototype } = must(platform, 'WebAssembly').Memory as unknown as { prototype: LinearMemory };
  const really = prototype.grow;
  for (const engine of ['interpreter', 'wasm'] satisfies readonly Engine[]) {
    let wasRefused = true;
    for (let left = 0; wasRefused; left += 1) {
      wasRefused = false;
      let granted = 0;
      vi.spyOn(prototype, 'grow').mockImplementation(function grown(this: LinearMemory, pages) {
        if (granted >= left) {
          wasRefused = true;
          throw new RangeError('no more');
        }
        granted += 1;
        return really.call(this, pages);
      });
      const result = explore(program, { engine, everything: true });
      vi.restoreAllMocks();
      expect(result.safety).toEqual(wasRefused ? { word: 'LIMIT', limit: 'memory' } : all.safety);
      if (!wasRefused) expect(result.states).toBe(all.states);
      else expect(result.isComplete).toBe(false);
    }
  }
}, 60_000);

test('without address space for a linear memory a search does with arrays', async () => {
  const { program } = await compileText(scenario);
  const all = explore(program);
  expect(all.engine.used).toBe('wasm');
  vi.spyOn(must(platform, 'WebAssembly'), 'Memory').mockImplementation(function refused() {
    throw new RangeError('no address space');
  });
  const { engine, ...rest } = explore(program);
  expect(engine.used).toBe('interpreter');
  expect(engine.why).toContain('address space');
  expect({ ...rest, engine: all.engine }).toEqual(all);
});

test('an array that cannot be had is the same', () => {
  const arena = new Arena();
  expect(() => arena.allocate(2 ** 40)).toThrow(OutOfMemory);
});
