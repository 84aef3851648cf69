// SPDX-License-Identifier: GPL-2.0-only
// A second opinion: SPIN explores every row of the catalogue as `mmreplay export` writes it. It must find what we find,
// and count exactly as many states.

import { execFile, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { must } from '../../src/base/assert.ts';
import { explore, type Finding } from '../../src/explore/search.ts';
import { promela } from '../../src/interop/promela.ts';
import { rows } from '../../src/kernel/catalogue.ts';
import type { Program } from '../../src/lang/program.ts';
import { observeValues } from '../../src/workbench/observe-values.ts';
import { withMemoryOrder } from '../../src/machine/memory-order/memory-order.ts';
import { temporaryFolder } from '../cli/fake-io.ts';
import { compileShipped, compileText } from '../support/compile.ts';

const HAS_SPIN = spawnSync('spin', ['-V']).status === 0;
const ADVICE = 'SPIN is not installed, so there is no second opinion: apt-get install spin (as root)';
const run = promisify(execFile);
const inFolder = temporaryFolder();

/**
 * SPIN stores one state more than we do: the one before `init` judges state 0 and starts the threads, in one atomic
 * sequence. Otherwise places correspond one to one: a thread that has ended rests in `end_ended` and never dies, and
 * `init` has no more steps.
 */
const BEFORE_INIT = 1;

interface Opinion {
  readonly states: number;
  /** What failed, by name: "holds_I1", "bug_assert", "invalid end state"; in alphabetical order. */
  readonly wrong: readonly string[];
}

/** Exports, compiles and runs. COUNT takes steps into trouble back; see src/interop/promela.ts. */
async function spinSays(program: Program, name: string, count: boolean): Promise<Opinion> {
  const folder = inFolder(name.replace(/\W+/g, '-'));
  if (!existsSync(folder)) mkdirSync(folder);
  const known = observeValues(program, 100_000);
  writeFileSync(`${folder}/model.pml`, promela(program, { ...known, start: must(known.start, 'state 0') }));
  const inside = { cwd: folder, maxBuffer: 2 ** 28 };
  // -o1 -o2 -o3: no reduction by data flow, dead variables or merged statements.
  const spin = await run(
    'spin',
    [...(count ? ['-DCOUNT'] : []), '-a', '-o1', '-o2', '-o3', 'model.pml'],
    inside,
  );
  expect(spin.stdout + spin.stderr, 'spin warns of nothing').toBe('');
  const gcc = await run('gcc', ['-O0', '-DSAFETY', '-DNOREDUCE', '-o', 'pan', 'pan.c'], inside);
  expect(gcc.stderr, 'gcc warns of nothing').toBe('');
  // -c0: go on after errors.
  const { stdout } = await run('./pan', [...(count ? ['-c0'] : []), '-n', '-m100000', '-w18'], inside);
  expect(stdout).not.toContain('max search depth too small');
  const failed = [...stdout.matchAll(/assertion violated +(?:!\( *\(?)?(\w+)/g)].map(([, what]) =>
    must(what, 'a name'),
  );
  if (stdout.includes('invalid end state (')) failed.push('invalid end state');
  const states = must(/(\d+) states, stored/.exec(stdout)?.[1], 'the number of states');
  return { states: Number(states), wrong: [...new Set(failed)].sort() };
}

/** Findings as SPIN names them, in alphabetical order. */
function namesOf(program: Program, findings: readonly Finding[]): readonly string[] {
  const names = findings.map(({ wrong }) => {
    switch (wrong.kind) {
      case 'invariant':
        return `holds_${program.invariants[wrong.invariant]?.name}`;
      case 'trouble':
        return `bug_${wrong.trouble.kind.replaceAll('-', '_')}`;
      case 'deadlock':
        return 'invalid end state';
    }
  });
  return [...new Set(names)].sort();
}

it('SPIN is there where it must be', () => {
  if (process.env['CI']) expect(HAS_SPIN, ADVICE).toBe(true);
  else if (!HAS_SPIN) process.stderr.write(`${ADVICE}\n`);
});

describe.skipIf(!HAS_SPIN)(
  HAS_SPIN ? 'SPIN finds what we find' : `skipped: ${ADVICE}`,
  { concurrent: true },
  () => {
    it.each(
      rows.map((row) => [`${row.protocol} ${row.scenario} ${row.defines.join(' ')}`.trim(), row] as const),
    )(
      '%s',
      async (name, { protocol, scenario, defines, finding }) => {
        const { program } = await compileShipped(protocol, scenario, defines);
        const ours = explore(program, { everything: true });
        const opinion = await spinSays(program, name, true);
        expect(opinion).toEqual({
          states: ours.states + BEFORE_INIT,
          wrong: namesOf(program, ours.findings),
        });
        const nearest = namesOf(program, explore(program).findings);
        expect(nearest.length > 0).toBe(finding.safety !== 'SAFE');
        expect(opinion.wrong).toEqual(expect.arrayContaining([...nearest]));
      },
      180_000,
    );

    it.each([
      ['2003-counter', 'truncate', [], []],
      ['2003-counter', 'invalidate', [], ['holds_I1']],
      ['2003-frlock', 'truncate', ['FRLOCK_SPIN'], ['bug_sleep_in_atomic']],
    ])(
      'as it is used, without -DCOUNT: %s %s %j',
      async (protocol, scenario, defines, wrong) => {
        const { program } = await compileShipped(protocol, scenario, defines);
        const name = `plain ${protocol} ${scenario}`;
        expect((await spinSays(program, name, false)).wrong).toEqual(wrong);
      },
      180_000,
    );

    it.each(
      Object.entries(REORDERED).flatMap(([name, text]) =>
        (['tso', 'weak'] as const).map((memory) => [`${name} ${memory}`, memory, text] as const),
      ),
    )(
      'with --memory: %s',
      async (name, memory, text) => {
        const program = withMemoryOrder((await compileText(text)).program, memory);
        const ours = explore(program, { everything: true });
        expect(await spinSays(program, name, true)).toEqual({
          states: ours.states + BEFORE_INIT,
          wrong: namesOf(program, ours.findings),
        });
      },
      180_000,
    );

    it.each(Object.entries(SMALL()))(
      '%s',
      async (name, { text, wrong }) => {
        const { program } = await compileText(text);
        const ours = explore(program, { everything: true });
        expect(namesOf(program, ours.findings)).toEqual(wrong);
        expect(await spinSays(program, name, true)).toEqual({ states: ours.states + BEFORE_INIT, wrong });
      },
      180_000,
    );
  },
);

/** What CPUs may reorder: each is violated under one of the two memory models, or both. */
const REORDERED = {
  'store buffering': `int x, y; [[mm::ghost]] int r0 = 9, r1 = 9;
[[mm::thread]] void CPU0(void) { x = 1; int v = y; r0 = v; }
[[mm::thread]] void CPU1(void) { y = 1; int v = x; r1 = v; }
[[mm::invariant("I1")]] bool sb(void) { return r0 || r1; }`,
  'message passing': `int x, y; [[mm::ghost]] int r0, r1 = 9;
[[mm::thread]] void CPU0(void) { x = 1; smp_wmb(); y = 1; }
[[mm::thread]] void CPU1(void) { int v = y; int w = x; r0 = v; r1 = w; }
[[mm::invariant("I1")]] bool mp(void) { return !r0 || r1; }`,
  'a lock and a counter': `spinlock_t l; int n; atomic_t a;
[[mm::thread]] void CPU0(void) { spin_lock(&l); n++; spin_unlock(&l); atomic_inc(&a); }
[[mm::thread]] void CPU1(void) { spin_lock(&l); n++; spin_unlock(&l); atomic_inc(&a); }
[[mm::invariant("I1")]] bool both(void) { return a.counter < 2 || n == 2; }`,
};

/** One thing each that the catalogue has not. */
function SMALL(): Record<string, { text: string; wrong: readonly string[] }> {
  return {
    'a deadlock': {
      text: `spinlock_t a, b;
[[mm::thread]] void CPU0(void) { spin_lock(&a); spin_lock(&b); spin_unlock(&b); spin_unlock(&a); }
[[mm::thread]] void CPU1(void) { spin_lock(&b); spin_lock(&a); spin_unlock(&a); spin_unlock(&b); }`,
      wrong: ['invalid end state'],
    },
    'a daemon that waits for ever': {
      text: `struct semaphore work = __SEMAPHORE_INITIALIZER(0); int done;
[[mm::thread]] void CPU0(void) { up(&work); }
[[mm::thread]] [[mm::daemon]] void disk(void) { for (;;) { down(&work); done = 1 - done; } }`,
      wrong: [],
    },
    'a choice, an operation and what it ensures': {
      text: `int n;
[[mm::operation]] void set(void) { n = choose(3); }
[[mm::thread]] void CPU0(void) { set(); set(); }
[[mm::thread]] void CPU1(void) { n = 0; }
[[mm::invariant("I1", "ensures", "set")]] bool small(void) { return n < 2; }
[[mm::invariant("I2")]] bool smaller(void) { return n < 3; }`,
      wrong: ['holds_I1'],
    },
  };
}
