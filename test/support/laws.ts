// SPDX-License-Identifier: GPL-2.0-only
// Owns the laws that every recording must keep, whoever made it: `await checkLaws(recording)` in each test that has one.

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freeze } from 'immer';
import { expect } from 'vitest';
import { must } from '../../src/base/assert.ts';
import type { Rng } from '../../src/base/rng.ts';
import { apply, initialState } from '../../src/model/apply.ts';
import { memoryMap } from '../../src/model/memory-map.ts';
import type { Recording } from '../../src/model/recording.ts';
import type { State } from '../../src/model/state.ts';
import { undo } from '../../src/model/undo.ts';
import { diffStates } from '../../src/replay/diff.ts';
import { Timeline } from '../../src/replay/timeline.ts';
import { decode } from '../../src/trace/decode.ts';
import { encode } from '../../src/trace/encode.ts';
import { readTrace, writeTrace } from '../../src/trace/file.ts';
import { withSeed } from './seed.ts';

/** Fails the test when the recording breaks a law. The recording is frozen by it: replaying must not change anything. */
export async function checkLaws(recording: Recording): Promise<void> {
  freeze(recording, true);
  const states = fold(recording);
  checkUndo(recording, states);
  await withSeed((rng) => checkSeeking(recording, states, rng));
  checkWrites(recording, states);
  checkText(recording);
  await checkFiles(recording);
}

/** All states, each made from the one before, all of them frozen to the bottom. */
function fold(recording: Recording): readonly State[] {
  const states = [initialState(recording)];
  for (const event of recording.events) {
    states.push(apply(must(states.at(-1), 'last state'), event, recording));
  }
  states.forEach((state, step) => expect(isDeeplyFrozen(state), `state ${step} is frozen`).toBe(true));
  return states;
}

function checkUndo(recording: Recording, states: readonly State[]): void {
  for (let step = states.length - 1; step > 0; step -= 1) {
    const back = undo(must(states[step], 'state'), recording);
    // As text, so that the order of the locals counts too.
    expect(JSON.stringify(back), `undo of step ${step}`).toBe(JSON.stringify(states[step - 1]));
    expect(isDeeplyFrozen(back), `state before ${step} is frozen`).toBe(true);
  }
}

/** Seeks near and far, forward and back, in a new random order each time. */
function checkSeeking(recording: Recording, states: readonly State[], rng: Rng): void {
  const timeline = new Timeline(recording);
  let step = 0;
  for (let seek = 0; seek < Math.min(300, 20 + 2 * states.length); seek += 1) {
    const near = rng.pick([step - 1, step, step + 1]);
    step = rng.below(3) === 0 || states[near] === undefined ? rng.below(states.length) : near;
    expect(timeline.stateAt(step), `stateAt(${step})`).toEqual(states[step]);
  }
}

/** The index of writes, the list of changed cells and the difference of neighbours all tell the same story. */
function checkWrites(recording: Recording, states: readonly State[]): void {
  const timeline = new Timeline(recording);
  const map = memoryMap(recording.objects);
  states.forEach((state, step) => {
    for (const [path, { object, cell }] of map) {
      const writer = timeline.writes.last(path, step);
      const value =
        writer === undefined
          ? cell.start
          : timeline.eventAt(writer)?.writes.findLast((w) => w.cell === path)?.new;
      expect(state.objects[object.name]?.[cell.field], `${path} at step ${step}, written by ${writer}`).toBe(
        value,
      );
    }
    if (step === 0) return;
    const changed = diffStates(recording, must(states[step - 1], 'state'), state).map(
      (change) => change.cell,
    );
    expect(timeline.changedCells(step), `cells changed by step ${step}`).toEqual(
      expect.arrayContaining(changed),
    );
  });
}

function checkText(recording: Recording): void {
  for (const form of ['json', 'jsonl'] as const) {
    const text = [...encode(recording, form)].join('');
    const read = decode(text, `law.${form}`).recording;
    expect(read, `decode(encode()) as ${form}`).toEqual(recording);
    expect([...encode(read, form)].join(''), `the same bytes again as ${form}`).toBe(text);
  }
}

async function checkFiles(recording: Recording): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'mmreplay-laws-'));
  try {
    for (const name of ['a.json', 'a.jsonl', 'a.json.gz', 'a.jsonl.gz']) {
      const path = join(directory, name);
      writeTrace(path, recording);
      const opened = await readTrace(path);
      expect(opened.recording, `read back from ${name}`).toEqual(recording);
      writeTrace(`${path}.again${name.slice(1)}`, opened.recording);
      expect(
        readFileSync(`${path}.again${name.slice(1)}`).equals(readFileSync(path)),
        `same bytes in ${name}`,
      ).toBe(true);
    }
  } finally {
    rmSync(directory, { recursive: true });
  }
}

function isDeeplyFrozen(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return true;
  return Object.isFrozen(value) && Object.values(value).every(isDeeplyFrozen);
}
