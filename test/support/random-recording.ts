// SPDX-License-Identifier: GPL-2.0-only
// Owns recordings that no program would make: random events that use every part of the format on the sample's objects.

import { must } from '../../src/base/assert.ts';
import type { Rng } from '../../src/base/rng.ts';
import type { Event, EventKind, LocalSet, Recording, Write } from '../../src/model/recording.ts';
import type { Value } from '../../src/model/value.ts';
import { sampleRecording } from './sample-recording.ts';

const kinds: readonly EventKind[] = ['read', 'write', 'update', 'acquire', 'release', 'queue', 'grant', 'wait', 'wake', 'choose', 'free', 'settle']; // prettier-ignore
const values: readonly Value[] = [
  0,
  1,
  -7,
  '18446744073709551615',
  null,
  '&page[0]',
  '&page[1]!',
  '@CPU1',
  '?',
];
const locals = ['fault.page', 'fault.index', 'truncate.page', 'zap.i'];

/** A valid recording of `length` events; the same generator gives the same recording. */
export function randomRecording(rng: Rng, length: number): Recording {
  const sample = sampleRecording();
  const memory = new Map(
    sample.objects.flatMap((o) => o.cells.map((c) => [o.name + c.field, c.start] as const)),
  );
  const cells = [...memory.keys()];
  const operations: string[][] = sample.threads.map(() => []);
  const several = <T>(make: () => T): T[] => Array.from({ length: Math.max(0, rng.below(5) - 2) }, make);

  const randomEvent = (step: number): Event => {
    const thread = rng.below(sample.threads.length);
    const from = (): number[] => several(() => 1 + rng.below(step)).sort((a, b) => a - b).filter((s, i, all) => s !== all[i - 1]); // prettier-ignore
    const write = (): Write => {
      const cell = rng.pick(cells);
      const [old, value] = [memory.get(cell) ?? null, rng.pick(values)];
      memory.set(cell, value);
      return { cell, old, new: value };
    };
    const set = (): LocalSet => ({
      name: rng.pick(locals),
      value: rng.pick(values),
      from: from(),
      ...(rng.below(5) === 0 && { thread: rng.below(sample.threads.length) }),
    });
    const inFlight = must(operations[thread], 'operations');
    const begins = several(() => rng.pick(['fault', 'truncate', 'invalidate']));
    inFlight.push(...begins);
    const ends = inFlight.splice(inFlight.length - rng.below(inFlight.length + 1)).reverse();
    return {
      thread,
      site: rng.below(sample.sites.length),
      kind: rng.pick(kinds),
      ...(rng.below(6) === 0 && { choice: rng.below(3) }),
      reads: several(() => ({ cell: rng.pick(cells), value: rng.pick(values) })),
      writes: several(write),
      locals: several(set),
      dead: several(() => rng.pick(locals)),
      checks: several(() => ({
        site: rng.below(sample.sites.length),
        outcome: rng.below(2) === 0,
        from: from(),
      })),
      begins,
      ends,
      next: rng.below(8) === 0 ? null : rng.below(sample.sites.length),
      waits: several(() => ({ thread: rng.below(2), on: rng.below(2) === 0 ? null : rng.pick(cells) })),
    };
  };
  const events = Array.from({ length }, (_, i) => randomEvent(i + 1));
  return {
    ...sample,
    events,
    verdict:
      rng.below(4) === 0
        ? null
        : { ...must(sample.verdict, 'verdict'), step: null, since: null, violations: [] },
  };
}
