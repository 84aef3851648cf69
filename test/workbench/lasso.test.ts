// SPDX-License-Identifier: GPL-2.0-only
// Owns the checks of recorded lassos: the loop closes, in memory and in a file.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { verify } from '../../src/explore/verify.ts';
import type { Program } from '../../src/lang/program.ts';
import { applyAll, initialState } from '../../src/model/apply.ts';
import { stateDifference } from '../../src/model/loop.ts';
import type { ModelInfo, Recording } from '../../src/model/recording.ts';
import { decode } from '../../src/trace/decode.ts';
import { encode } from '../../src/trace/encode.ts';
import { recordLasso } from '../../src/workbench/violation.ts';
import { compileShipped, compileText } from '../support/compile.ts';
import { checkLaws } from '../support/laws.ts';
import { loopingProgram } from '../support/looping-program.ts';

const MODEL: ModelInfo = {
  protocol: 'p',
  scenario: 's',
  defines: [],
  memory: 'sc',
  hash: '00',
  semantics: 1,
};

/** The lasso of a Program that has one; checks that a reader takes it. */
function lassoOf(program: Program, model = MODEL): Recording | null {
  const { progress } = verify(program, { maxStates: 10_000 });
  if (progress.lasso === null) return null;
  const recording = recordLasso(program, model, progress);
  expect(recording.verdict).toMatchObject({
    safety: { word: 'SAFE' },
    progress: progress.word,
    loop: progress.lasso.loop,
    message: progress.message,
    step: null,
  });
  const text = [...encode(recording, 'jsonl')].join('');
  expect(decode(text, 'x').recording.verdict?.loop).toBe(progress.lasso.loop);
  return recording;
}

test('random programs: the state after the last step is the one before the loop', () => {
  fc.assert(
    fc.property(fc.integer(), (seed) => {
      lassoOf(loopingProgram(seed));
    }),
    { numRuns: 400 },
  );
});

test.each([
  ['2003-frlock', 'invalidate', ['NO_BACKOFF'], 'SPIN'],
  ['2003-frlock', 'truncate', [], 'LIVELOCK'],
  ['2003-counter', 'truncate-extend', [], 'LIVELOCK'],
])('%s %s %j: a law-abiding recording', async (protocol, scenario, defines, word) => {
  const { program, model } = await compileShipped(protocol, scenario, defines);
  const recording = lassoOf(program, model)!;
  expect(recording.verdict?.progress).toBe(word);
  await checkLaws(recording);
});

test('locals of a loop body, calls and pointers', async () => {
  const { program } = await compileText(`
struct item { int n; struct item *next; };
struct item item[2] = { { 1, &item[1] }, { 2, &item[0] } };
int stop;
static int value(struct item *it) { int n = READ_ONCE(it->n); return n; }
[[mm::operation]] void walk(void)
{
	struct item *it = &item[0];
	for (;;) {
		int before = value(it);
		int after;
		it = READ_ONCE(it->next);
		after = value(it);
		if (before == after || READ_ONCE(stop))
			break;
	}
}
[[mm::thread]] void CPU0(void) { walk(); }
[[mm::thread]] void CPU1(void) { stop = 1; }`);
  const recording = lassoOf(program)!;
  expect(recording.verdict?.progress).toBe('SPIN');
  await checkLaws(recording);
});

test('a difference between two states is named', async () => {
  const { program } = await compileText(`int x; int y;
[[mm::operation]] void op(void) { int a = READ_ONCE(x); y = 1; x = a; }
[[mm::thread]] void CPU0(void) { op(); }`);
  const recording = recordLasso(program, MODEL, {
    ...{ word: 'SPIN', message: '' },
    lasso: { schedule: [0, 0].map((thread) => ({ thread, choice: 0 })), loop: 2, thread: 0, operation: 0 },
  });
  const at = (step: number) => applyAll(initialState(recording), recording.events.slice(0, step), recording);
  const difference = (a: number, b: number) => stateDifference(at(a), at(b), recording.threads)?.what;
  expect(difference(1, 1)).toBeUndefined();
  expect(difference(1, 2)).toBe('y');
  expect(difference(0, 1)).toBe('CPU0: site');
  expect(() => decode([...encode(recording, 'json')].join(''), 'x')).toThrow(
    'x: verdict: loop: found 2, expected the states to be the same, but y is 0 before step 2 and 1 after step 2',
  );
});
