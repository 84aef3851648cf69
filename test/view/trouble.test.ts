// SPDX-License-Identifier: GPL-2.0-only
// A run that ended in trouble further on than its last access: every text and pane points at the place of the trouble.
import { describe, expect, test } from 'vitest';
import { must } from '../../src/base/assert.ts';
import { explore } from '../../src/explore/search.ts';
import { lkmlDiagram } from '../../src/interop/lkml.ts';
import type { Recording } from '../../src/model/recording.ts';
import { troubleSite } from '../../src/model/trouble-place.ts';
import { recordAftermath } from '../../src/workbench/violation.ts';
import { compileText } from '../support/compile.ts';
import { block, lanes, message, sceneFrom, source, state } from './sample-scene.ts';

const GLOBALS = `
int counter;
int *shared = &counter;
spinlock_t lock;
[[mm::thread]] void CPU1(void) { counter = 0; shared = &counter; }
`;

/** The shortest violation of a model whose CPU0 calls work(), which is `body`. */
async function broken(body: string, more = ''): Promise<Recording> {
  const { program, model } = await compileText(
    `${GLOBALS}${more}[[mm::operation]] void work(void)\n{\n${body}\n}\n[[mm::thread]] void CPU0(void) { work(); }\n`,
  );
  return recordAftermath(program, model, must(explore(program).findings[0], 'a finding'));
}

const place = (recording: Recording): string | undefined =>
  recording.sites[troubleSite(recording) ?? -1]?.text;

const asleep = (): Promise<Recording> => broken('\tspin_lock(&lock);\n\tcounter = 7;\n\tcond_resched();');

test.each([
  ['\tcounter = 7;\n\tassert(counter == 8);', 'assert', 'assert(counter == 8)'],
  ['\tcounter = 7;\n\tBUG();', 'BUG_ON', 'BUG()'],
  ['\tspin_lock(&lock);\n\tcounter = 7;\n\tcond_resched();', 'sleep-in-atomic', 'cond_resched()'],
  ['\tshared = NULL;\n\tcounter = *shared;', 'null-dereference', '*shared'],
])('%j ends in BUG(%s) at %s', async (body, bug, text) => {
  const recording = await broken(body);
  expect(recording.verdict?.safety).toEqual({ word: 'BUG', bug });
  expect(place(recording)).toBe(text);
});

describe('what is no trouble of a thread has no place', () => {
  test('a race', async () => {
    const invariant = '[[mm::invariant("X", "strict")]] bool x(void) { return counter < 7; }\n';
    const recording = await broken('\tcounter = 7;\n\tcounter = 8;', invariant);
    expect(recording.verdict?.safety.word).toBe('RACY');
    expect(troubleSite(recording)).toBeNull();
  });

  test('an invariant that cannot be evaluated: the diagram marks the step that made it so', async () => {
    const invariant = '[[mm::invariant("X", "strict")]] bool x(void) { return *shared < 9; }\n';
    const recording = await broken('\tshared = NULL;\n\tcounter = 8;', invariant);
    expect(recording.verdict?.message).toMatch(/^in invariant X: NULL/);
    expect(troubleSite(recording)).toBeNull();
    const { lines } = lkmlDiagram(recording, 'all');
    const marked = lines.findIndex((line) => /^ +\^{4,}$/.test(line));
    expect(lines[marked - 1]).toContain('shared = NULL');
  });
});

test('a sleep in atomic context involves the spinlock that is held, not what the step happened to write', async () => {
  expect((await asleep()).verdict?.cells).toEqual(['lock.owner']);
});

test('the lanes, the source, the state and the message say where', async () => {
  const scene = sceneFrom(await asleep());
  expect(lanes(scene, 2, { width: 80, height: 9 })).toContain(
    '   ! BUG(sleep-in-atomic) in cond_resched(): may sleep while a spinlock is held',
  );
  expect(message(scene, 2)).toContain(
    block(`
      | !! BUG(sleep-in-atomic) at step 2: cond_resched(): may sleep while a spinlock
      |    is held
    `),
  );
  expect(message(scene, 0)).toContain('\n cond_resched(): may sleep while a spinlock is held');
  expect(source(scene, 2, { width: 60, height: 3 })).toBe(
    block(`
      | 9*        counter = 7;
      |10! 0>     cond_resched();
      |11     }
    `),
  );
  expect(source(scene, 1, { width: 60, height: 3 })).not.toContain('!');
  expect(state(scene, 2, { width: 80, height: 6 })).toMatch(/! lock {2}held by CPU0$/m);
  expect(state(scene, 1, { width: 80, height: 6 })).toMatch(/~ lock {2}held by CPU0$/m);
});

test('a start state that is wrong says so at the start', async () => {
  const invariant =
    '[[mm::invariant("X", "strict")]] bool x(void) { return counter > 0 || violated("no"); }\n';
  const scene = sceneFrom(await broken('\tcounter = 7;', invariant));
  expect(lanes(scene, 0, { width: 60, height: 2 })).toBe('> 0! start\n   ! X: no');
  expect(message(scene, 0)).toBe(
    block(`
      | !! X VIOLATED at step 0: no
      | Nothing has happened yet. s steps.
    `),
  );
});
