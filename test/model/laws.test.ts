// SPDX-License-Identifier: GPL-2.0-only
import { test } from 'vitest';
import { checkLaws } from '../support/laws.ts';
import { randomRecording } from '../support/random-recording.ts';
import { sampleRecording } from '../support/sample-recording.ts';
import { withSeed } from '../support/seed.ts';

test('the sample keeps the laws', () => checkLaws(sampleRecording()));

test('a recording without events keeps the laws', () =>
  checkLaws({ ...sampleRecording(), events: [], verdict: null }));

test('random recordings keep the laws', () =>
  withSeed(async (rng) => {
    for (let round = 0; round < 25; round += 1) await checkLaws(randomRecording(rng, rng.below(40)));
  }));

test('a recording longer than the distance of checkpoints keeps the laws', () =>
  withSeed((rng) => checkLaws(randomRecording(rng, 2500))));
