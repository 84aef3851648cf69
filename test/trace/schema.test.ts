// SPDX-License-Identifier: GPL-2.0-only
import { expect, test } from 'vitest';
import { z } from 'zod';
import type { Rng } from '../../src/base/rng.ts';
import { encode } from '../../src/trace/encode.ts';
import { toRecord } from '../../src/trace/event-record.ts';
import { isEventRecord } from '../../src/trace/event-shape.ts';
import { documentSchema, eventSchema } from '../../src/trace/schema.ts';
import { randomRecording } from '../support/random-recording.ts';
import { sampleRecording } from '../support/sample-recording.ts';
import { withSeed } from '../support/seed.ts';

test('the published JSON Schema is the one in force', async () => {
  const schema = z.toJSONSchema(documentSchema, { io: 'input' });
  const published = {
    $schema: schema.$schema,
    title: 'A trace of mmreplay, version 1',
    description:
      'docs/TRACE_FORMAT.md says what the fields mean. Made by test/trace/schema.test.ts: run it with -u.',
    ...schema,
  };
  await expect(`${JSON.stringify(published, null, 2)}\n`).toMatchFileSnapshot(
    '../../docs/schema/trace.schema.json',
  );
});

test('what we write fits the schema as it stands, key order included', () => {
  const document: unknown = JSON.parse([...encode(sampleRecording(), 'json')].join(''));
  expect(JSON.stringify(documentSchema.parse(document))).toBe(JSON.stringify(document));
});

const junk: readonly unknown[] = [
  -1, 0, 1, 1.5, 2 ** 53, -0, '', '?', '&', '&x', '@', '12', '-', '-3', '1.5', 'a', 'a.b', '.b', 'a.', 'read', 'x\n.y', '&\n',
  null, true, false, {}, [], [1], [2, 1], ['a'], ['a.b'], [['a', 1]], [['a', 1, 2]], [[0, true, []]], [['a.b', 1, []]],
  [['a.b', 1, [], 0]], [['a.b', 1, [], -1]], [['a.b', 1, [], 0, 0]], [[0, null]], [[0, 'a']], [[0, '']],
]; // prettier-ignore

/** Replaces, adds or removes something somewhere in parsed JSON. */
function damage(rng: Rng, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || rng.below(4) === 0)
    return structuredClone(rng.pick(junk));
  if (Array.isArray(value)) {
    const copy: unknown[] = [...value];
    const at = rng.below(copy.length + 1);
    if (rng.below(4) === 0) copy.splice(at, 1);
    else copy[at] = damage(rng, copy[at]);
    return copy;
  }
  const copy: Record<string, unknown> = { ...value };
  const key = rng.pick([...Object.keys(eventSchema.shape), 'unknown']);
  if (rng.below(4) === 0) delete copy[key];
  else copy[key] = damage(rng, copy[key]);
  return copy;
}

test('the fast check accepts exactly what the schema accepts', () =>
  withSeed((rng) => {
    const accepted = [0, 0];
    for (let round = 0; round < 300; round += 1) {
      for (const [index, event] of randomRecording(rng, 10).events.entries()) {
        const whole: unknown = toRecord(event, index + 1);
        const damaged = damage(rng, whole);
        for (const record of [whole, damaged]) {
          const expected = eventSchema.safeParse(record).success;
          expect(isEventRecord(record), JSON.stringify(record)).toBe(expected);
          accepted[Number(expected)]! += 1;
        }
      }
    }
    expect(Math.min(...accepted), 'both answers were given often').toBeGreaterThan(500);
  }));

test.each(junk.map((value) => [JSON.stringify(value), value]))(
  'the fast check and the schema agree on %s',
  (_, value) => {
    expect(isEventRecord(value)).toBe(eventSchema.safeParse(value).success);
    for (const key of Object.keys(eventSchema.shape)) {
      const record = { step: 1, thread: 0, site: 0, kind: 'read', next: null, [key]: value };
      expect(isEventRecord(record), JSON.stringify(record)).toBe(eventSchema.safeParse(record).success);
    }
  },
);
