// SPDX-License-Identifier: GPL-2.0-only
// --memory tso and weak, from C text to a verdict and a trace: what is judged while loads are open, what a full buffer
// means, and that a recording tells the truth and can be run again from itself.

import { describe, expect, it } from 'vitest';
import { must } from '../../src/base/assert.ts';
import { explore } from '../../src/explore/search.ts';
import { parseSchedule } from '../../src/explore/schedule.ts';
import { lkmlDiagram } from '../../src/interop/lkml.ts';
import { readPrelude } from '../../src/cli/shipped.ts';
import { ModelFiles } from '../../src/cli/model-files.ts';
import { Recorder } from '../../src/machine/recorder.ts';
import { randomly } from '../../src/explore/run.ts';
import type { MemoryModel } from '../../src/machine/memory-model.ts';
import { applyAll, initialState } from '../../src/model/apply.ts';
import { compile, compileEmbedded, type Compiled } from '../../src/workbench/compile.ts';
import { conform } from '../../src/workbench/conform.ts';
import { record } from '../../src/workbench/record.ts';
import { following, guessingRight } from '../../src/workbench/schedulers.ts';
import { recordAftermath } from '../../src/workbench/violation.ts';
import { testTools } from '../support/compile.ts';
import { checkLaws } from '../support/laws.ts';
import { eventText } from '../../src/view/event-text.ts';
import { sceneFrom } from '../view/sample-scene.ts';

async function under(memory: MemoryModel, text: string): Promise<Compiled & { ok: true }> {
  const unit = { name: 'model.c', text };
  const readSource = new ModelFiles([]).include;
  const input = { protocol: unit, scenario: unit, defines: [], readSource, prelude: readPrelude(), memory };
  const compiled = compile(input, await testTools());
  return must(compiled.ok ? compiled : undefined, 'a model');
}

const STORE_BUFFERING = `int x, y;
[[mm::ghost]] int r0 = 9, r1 = 9;
[[mm::thread]] void CPU0(void) { WRITE_ONCE(x, 1); int v = READ_ONCE(y); r0 = v; }
[[mm::thread]] void CPU1(void) { WRITE_ONCE(y, 1); int v = READ_ONCE(x); r1 = v; }
[[mm::invariant("SB")]] bool sb(void) { return r0 != 0 || r1 != 0; }`;

const MESSAGE = `int data, flag;
[[mm::thread]] void CPU0(void) { WRITE_ONCE(data, 1); smp_wmb(); WRITE_ONCE(flag, 1); }
[[mm::thread]] void CPU1(void) { int f = READ_ONCE(flag); int d = READ_ONCE(data); BUG_ON(f && !d); }`;

describe('what is judged', () => {
  it('trouble that a guess leads to counts when the guess has proved right', async () => {
    for (const [memory, word] of [
      ['sc', 'SAFE'],
      ['tso', 'SAFE'],
      ['weak', 'BUG'],
    ] as const)
      expect(explore((await under(memory, MESSAGE)).program).safety.word).toBe(word);
  });

  it('trouble behind a guess that never proves right does not', async () => {
    const { program } = await under(
      'weak',
      `int x, y, z;
[[mm::thread]] void CPU0(void) { int v = READ_ONCE(x); int w = READ_ONCE(y); BUG_ON(v == 2 && w == 0); }
[[mm::thread]] void CPU1(void) { WRITE_ONCE(y, 1); WRITE_ONCE(x, 1); smp_mb(); WRITE_ONCE(z, 1); }
[[mm::thread]] void CPU2(void) { int v = READ_ONCE(z); if (v == 2) WRITE_ONCE(x, 2); }`,
    );
    const found = explore(program, { everything: true });
    expect(found.safety).toEqual({ word: 'SAFE' });
    expect(found.isComplete).toBe(true);
  });

  it('a wrong guess is no deadlock, and a deadlock under open loads is still found', async () => {
    const waits = (
      lock: string,
    ): string => `int x, y; struct semaphore never = __SEMAPHORE_INITIALIZER(${lock});
[[mm::thread]] void CPU0(void) { int v = READ_ONCE(x); int w = READ_ONCE(y); if (v + w) down(&never); }
[[mm::thread]] void CPU1(void) { WRITE_ONCE(x, 1); }`;
    expect(explore((await under('weak', waits('1'))).program).safety).toEqual({ word: 'SAFE' });
    expect(explore((await under('weak', waits('0'))).program).safety).toEqual({ word: 'DEADLOCK' });
  });

  it('locks whose release is still on its way are no cycle', async () => {
    const { program } = await under(
      'tso',
      `spinlock_t a, b;
[[mm::thread]] void CPU0(void) { spin_lock(&a); spin_unlock(&a); spin_lock(&b); spin_unlock(&b); }
[[mm::thread]] void CPU1(void) { spin_lock(&b); spin_unlock(&b); spin_lock(&a); spin_unlock(&a); }`,
    );
    expect(explore(program).safety).toEqual({ word: 'SAFE' });
    const weak = await under('weak', program.sources.find(({ name }) => name === 'model.c')!.text);
    expect(explore(weak.program).safety).toEqual({ word: 'SAFE' });
  });

  it('a real cycle of locks is one under every memory model', async () => {
    for (const memory of ['sc', 'tso', 'weak'] as const) {
      const { program } = await under(
        memory,
        `spinlock_t a, b;
[[mm::thread]] void CPU0(void) { spin_lock(&a); spin_lock(&b); spin_unlock(&b); spin_unlock(&a); }
[[mm::thread]] void CPU1(void) { spin_lock(&b); spin_lock(&a); spin_unlock(&a); spin_unlock(&b); }`,
      );
      expect(explore(program).safety).toEqual({ word: 'DEADLOCK' });
    }
  });

  it.each(['tso', 'weak'] as const)(
    'a loop that fills the store buffer is LIMIT, with advice: %s',
    async (memory) => {
      const loop = (barrier: string): string => `int x, y;
[[mm::thread]] void CPU0(void) { while (!READ_ONCE(y)) { WRITE_ONCE(x, 1); ${barrier} } }
[[mm::thread]] void CPU1(void) { WRITE_ONCE(y, 1); }`;
      const found = explore((await under(memory, loop(''))).program);
      expect(found.safety).toEqual({ word: 'LIMIT', limit: 'pool' });
      expect(found.limit?.advice).toContain('put a barrier into the loop');
      expect(explore((await under(memory, loop('smp_mb();'))).program).safety).toEqual({ word: 'SAFE' });
    },
  );

  it('an object that is freed turns stale in the store buffer, too', async () => {
    const { program } = await under(
      'tso',
      `struct page { int n; };
[[mm::pool]] struct page page[1]; struct page *p; int done;
[[mm::thread]] void CPU0(void) { struct page *mine = alloc(page); mine->n = 1; p = mine; done = 1; struct page *own = p; free(own); }
[[mm::thread]] void CPU1(void) { struct page *seen = p; if (seen) { int n = seen->n; BUG_ON(n != 1); } }`,
    );
    expect(explore(program).safety).toEqual({ word: 'BUG', bug: 'use-after-free' });
  });
});

describe('recordings', () => {
  it.each([
    ['tso', STORE_BUFFERING],
    ['weak', STORE_BUFFERING],
    ['weak', MESSAGE],
  ] as const)('%s: the shortest violation keeps the laws and conforms to itself', async (memory, text) => {
    const { program, model } = await under(memory, text);
    const recording = recordAftermath(program, model, must(explore(program).findings[0], 'a finding'));
    expect(recording.model.memory).toBe(memory);
    expect(recording.threads.map(({ name }) => name)).toEqual(['CPU0', 'CPU1']);
    await checkLaws(structuredClone(recording));
    const again = must(compileEmbedded(recording, await testTools()), 'embedded sources');
    expect(again.ok && conform(recording, again.program, again.model)).toBe(null);
  });

  it('are shown with what waits and what is a guess', async () => {
    const { program, model } = await under('weak', MESSAGE);
    const found = must(explore(program).findings[0], 'a finding');
    const scene = sceneFrom(record(program, model, following(found.schedule)));
    expect(scene.recording.events.map((_, i) => eventText(scene, i + 1).outcome)).toEqual([
      '1 waits in the store buffer',
      '1 waits in the store buffer',
      'stays open, guess 1',
      '= 0',
      'reaches memory, data: 0 -> 1',
      'reaches memory, flag: 0 -> 1',
      'settles, = 1',
      '',
    ]);
  });

  it('tell a flush and a settle as events of the thread whose store or load it is, where that stands', async () => {
    const { program, model } = await under('weak', MESSAGE);
    const found = must(explore(program).findings[0], 'a finding');
    const recording = record(program, model, following(found.schedule));
    const told = recording.events.map(
      ({ thread, kind, site }) => `${thread} ${kind} ${recording.sites[site]?.text}`,
    );
    expect(told).toEqual(
      [
        '0 write WRITE_ONCE(data, 1)',
        '0 write WRITE_ONCE(flag, 1)',
        '1 read f = READ_ONCE(flag)',
        '1 read d = READ_ONCE(data)',
        '0 flush WRITE_ONCE(data, 1)',
        '0 flush WRITE_ONCE(flag, 1)',
        '1 settle READ_ONCE(flag)',
        '1 barrier BUG_ON(f && !d)',
      ].map((line) => line.replace('1 read f = ', '1 read ').replace('1 read d = ', '1 read ')),
    );
    const lines = lkmlDiagram(recording, 'all').lines.join('\n');
    expect(lines).toContain('WRITE_ONCE(data, 1)  -> 1 (waits)');
    expect(lines).toContain('WRITE_ONCE(data, 1)  (reaches memory)');
    expect(lines).toContain('f = READ_ONCE(flag)  (open)');
  });

  it.each(['tso', 'weak'] as const)(
    '%s: random runs agree with the machine, state by state, and never end on a wrong guess',
    async (memory) => {
      const { program, model } = await under(memory, MESSAGE);
      for (let seed = 1; seed <= 20; seed += 1) {
        const run = record(program, model, guessingRight(program, seed));
        expect(['SAFE', 'BUG']).toContain(run.verdict?.safety.word);
        const recorder = new Recorder(program);
        const schedule = parseSchedule(run.schedule);
        for (const { thread, choice } of schedule) recorder.step(thread, choice);
        expect(recorder.hasOpenLoads).toBe(false);
        const { objects } = applyAll(initialState(run), run.events, run);
        expect(objects).toEqual(recorder.state().objects);
      }
    },
  );

  it('a random run that guesses wrong is no deadlock', async () => {
    const { program, model } = await under('weak', MESSAGE);
    for (let seed = 1; seed <= 20; seed += 1)
      expect(record(program, model, randomly(seed)).verdict?.safety.word).not.toBe('DEADLOCK');
  });
});

describe('words', () => {
  it.each(['tso', 'weak'] as const)(
    '%s: a word is stored whole, a part of it in its turn',
    async (memory) => {
      const { program } = await under(
        memory,
        `[[mm::word]] typedef struct { int a, b; } word_t;
word_t w; int x;
[[mm::thread]] void CPU0(void) { w = (word_t) { .a = 1, .b = 1 }; w.a = 2; w = (word_t) { .a = 3, .b = 3 }; word_t own = w; BUG_ON(own.a != 3 || own.b != 3); }
[[mm::thread]] void CPU1(void) { word_t v = w; x = 1; BUG_ON(v.a != v.b && !(v.a == 2 && v.b == 1)); }`,
      );
      const found = explore(program);
      expect(found.safety).toEqual({ word: 'SAFE' });
      expect(found.isComplete).toBe(true);
    },
  );
});
