// SPDX-License-Identifier: GPL-2.0-only
// `mmreplay explore` and `mmreplay record`: verdicts, exit codes, files, and what is said to everything wrong.
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { readTrace } from '../../src/trace/file.ts';
import { mmreplay, temporaryFolder } from './fake-io.ts';

const at = temporaryFolder();
const schema = z.fromJSONSchema(
  JSON.parse(readFileSync(new URL('../../docs/schema/explore.schema.json', import.meta.url), 'utf8')),
);

/** Two threads, one counter, no lock: a model in one file. */
const LOST_UPDATE = `
int counter;
[[mm::ghost]] int done;
[[mm::operation]] void increment(void)
{
	counter++;
	done++;
}
[[mm::invariant("I1", "idle", "increment")]] bool all_counted(void)
{
	return counter == done || violated("counter is %d after %d increments", counter, done);
}
[[mm::thread]] void CPU0(void) { increment(); }
[[mm::thread]] void CPU1(void) { increment(); }
`;

/** Safe where each store is in memory before the next load. */
const STORE_BUFFERING = `
int x, y;
[[mm::ghost]] int r0 = 1, r1 = 1;
[[mm::thread]] void CPU0(void) { WRITE_ONCE(x, 1); int v = READ_ONCE(y); r0 = v; }
[[mm::thread]] void CPU1(void) { WRITE_ONCE(y, 1); int v = READ_ONCE(x); r1 = v; }
[[mm::invariant("I1")]] bool one_saw_the_other(void) { return r0 || r1; }
`;

describe('explore', () => {
  test('a violation: verdict, diagram, how to go on; exit code 1', async () => {
    const { code, out, err } = await mmreplay(['explore', 'stock', 'truncate']);
    expect({ code, err }).toEqual({ code: 1, err: '' });
    expect(out).toMatch(/^RACY I1, I2 {2}2001-stock truncate\n\n {2}I1 +mm\.pte\[0\] maps page\[0\]/);
    expect(out).toMatch(/^ {2}judged +while no truncate or invalidate is in flight$/m);
    expect(out).toMatch(
      /^ {2}searched +[\d,]+ states, [\d,]+ transitions in \d+ ms: every schedule of up to \d+$/m,
    );
    expect(out).toMatch(/^ {2}progress +unchecked$/m);
    expect(out).toMatch(/^CPU0 +CPU1$/m);
    expect(out).toMatch(/^ +set_pte\(page_table, entry\).*\n +\^{4,}\n +I1: mm\.pte\[0\] maps page\[0\]/m);
    expect(out).toMatch(
      /\nTo go on:\n\n {2}mmreplay record stock truncate -o race\.json\n {2}mmreplay race\.json\n$/,
    );
    for (const line of out.split('\n')) expect(line).toMatch(/^[\x20-\x7e]{0,79}$/);
  });

  test('SAFE: what held, what was reached; exit code 0', async () => {
    const { code, out } = await mmreplay(['explore', 'frlock', 'invalidate']);
    expect(code).toBe(0);
    expect(out).toMatch(/^SAFE {2}2003-frlock invalidate\n/);
    expect(out).toMatch(/^ {2}held +I1, I2, no BUG, no EXPOSE, no DEADLOCK$/m);
    expect(out).toMatch(/^ {2}reached +retry, install$/m);
    expect(out).toMatch(/: every schedule$/m);
    expect(out).toMatch(/^ {2}progress +ok$/m);
    expect(out).not.toMatch(/CPU0 +CPU1|To go on/);
  });

  test('SAFE, though a witness was not reached', async () => {
    const { code, out } = await mmreplay(['explore', 'frlock', 'invalidate']);
    expect(code).toBe(0);
    expect(out).toMatch(/^ {2}NOT reached +refuse: no schedule comes there$/m);
  });

  test('-D makes variants; they are named in every report', async () => {
    const { code, out } = await mmreplay(['explore', 'frlock', 'truncate', '-DFRLOCK_SPIN']);
    expect(code).toBe(1);
    expect(out).toMatch(/^BUG\(sleep-in-atomic\) {2}2003-frlock truncate -D FRLOCK_SPIN\n/);
    expect(out).toContain('mmreplay record frlock truncate -D FRLOCK_SPIN -o race.json');
    expect(out).toMatch(/^ {2}at +cond_resched\(\) {2}\(include\/linux-2\.4\.h:68\)$/m);
  });

  test('LIMIT: what was covered, what to try; exit code 3', async () => {
    const { code, out } = await mmreplay(['explore', 'frlock', 'truncate', '--max-states', '50']);
    expect(code).toBe(3);
    expect(out).toMatch(/^LIMIT\(states\) {2}2003-frlock truncate\n/);
    expect(out).toMatch(/^ {2}LIMIT +Allow more states/m);
    expect(out).toMatch(/^ {2}held so far/m);
  });

  test('--memory: another model, in the verdict and in the trace; a trace can be recorded from its schedule', async () => {
    const file = at('buffering.c');
    writeFileSync(file, STORE_BUFFERING);
    expect((await mmreplay(['explore', file, file])).code).toBe(0);
    const trace = at('buffering.json');
    const { code, out } = await mmreplay(['explore', file, file, '--memory', 'tso', '-o', trace]);
    expect(code).toBe(1);
    expect(out).toMatch(/^RACY I1 {2}buffering buffering \(memory order tso\)\n/);
    expect(out).toContain('WRITE_ONCE(x, 1)  -> 1 (waits)');
    const { recording } = await readTrace(trace);
    expect(recording.model.memory).toBe('tso');
    const again = at('again.json');
    const same = ['--memory', 'tso', '--schedule', recording.schedule, '-o', again];
    expect((await mmreplay(['record', file, file, ...same])).code).toBe(0);
    expect(readFileSync(again, 'utf8')).toBe(readFileSync(trace, 'utf8'));
    for (const memory of ['sc', 'tso', 'weak'])
      expect(
        (await mmreplay(['record', file, file, '--memory', memory, '--seed', '3', '-o', again])).code,
      ).toBe(0);
  });

  test('--json', async () => {
    const racy = JSON.parse((await mmreplay(['explore', 'stock', 'invalidate', '--json'])).out);
    expect(racy).toMatchObject({
      format: 'mmreplay-explore',
      model: { protocol: '2001-stock', scenario: 'invalidate' },
      verdict: { text: 'RACY I1', safety: { word: 'RACY', invariants: ['I1'] }, progress: 'unchecked' },
      findings: [{ name: 'I1', steps: expect.any(Number), schedule: expect.stringMatching(/^[\d*: ]+$/) }],
      limit: null,
    });
    expect(racy.diagram[0]).toMatch(/^CPU0 +CPU1$/);
    const safe = JSON.parse((await mmreplay(['explore', 'frlock', 'invalidate', '--json'])).out);
    expect(safe).toMatchObject({ verdict: { text: 'SAFE' }, complete: true, findings: [], diagram: [] });
    expect(safe.witnesses).toContainEqual({ name: 'install', reached: true });
  });

  test('on a terminal a long search shows a line of life, and wipes it', async () => {
    const count = 'void count(void) { int i; for (i = 0; i < 70; i++) n = i; }';
    const threads = [0, 1].map((cpu) => `[[mm::thread]] void CPU${cpu}(void) { count(); }`);
    writeFileSync(at('long.c'), ['int n;', count, ...threads].join('\n'));
    const argv = ['explore', at('long.c'), at('long.c')];
    const { err } = await mmreplay(argv, { slow: 2000 });
    const wipe = '\r\u001b[K';
    expect(err.startsWith(wipe) && err.endsWith(wipe)).toBe(true);
    expect(err.replaceAll(wipe, '')).toMatch(/^[\d,]+ states, depth \d+, [\d,]+\/s, \d+ MB, [\d,]+ to go/);
    const narrow = (await mmreplay(argv, { slow: 2000, columns: 24 })).err.split(wipe);
    expect(narrow.find((line) => line !== '')).toMatch(/^[\d,]+ states, depth \d+$/);
    expect((await mmreplay(argv)).err).toBe('');
  });

  test('LIMIT of every kind names options to try', async () => {
    const cut = async (...options: string[]) => mmreplay(['explore', 'frlock', 'truncate', ...options]);
    for (const [options, what, advice] of [
      [['--max-states', '50'], 'states', '--max-states'],
      [['--memory-limit', '1k'], 'memory', '--memory-limit'],
      [['--preemptions', '1'], 'preemptions', '--preemptions 2'],
      [['--random', '20'], 'runs', '--random N'],
    ] as const) {
      const { code, out } = await cut(...options);
      expect(code).toBe(3);
      expect(out).toContain(`LIMIT(${what})  2003-frlock truncate\n`);
      expect(out).toContain(advice);
      for (const line of out.split('\n')) expect(line).toMatch(/^[\x20-\x7e]{0,79}$/);
    }
    const argv = ['explore', 'frlock', 'truncate', '-D', 'FILE_PAGES=2', '--random', '100000'];
    expect((await mmreplay([...argv, '--time-limit', '100ms'])).out).toMatch(/^LIMIT\(time\)/);
    expect((await mmreplay(argv, { interrupted: true })).out).toMatch(/^LIMIT\(interrupted\)/);
  });

  test('--preemptions: a race with the fewest, and SAFE where no schedule has more', async () => {
    const argv = ['explore', 'counter', 'truncate', '-D', 'COUNT_AFTER_ZAP', '--preemptions', '4'];
    const { code, out } = await mmreplay(argv);
    expect(code).toBe(1);
    expect(out).toMatch(/^ {2}fewest +2 preemptions; 51 steps, 3 context switches$/m);
    expect(out.replaceAll(/\s+/g, ' ')).toContain(': every schedule with at most 1 preemption ');
    expect(out).toMatch(
      /^ {2}mmreplay record counter truncate -D COUNT_AFTER_ZAP --schedule '[^']+' -o race\.json$/m,
    );
    const safe = await mmreplay(['explore', 'frlock', 'invalidate', '--preemptions', '30']);
    expect(safe.code).toBe(0);
    expect(safe.out).toMatch(/^SAFE /);
    expect(safe.out.replaceAll(/\s+/g, ' ')).toContain(
      ': every schedule; none needs more than 4 preemptions',
    );
  });

  test('--random: how often, how much was seen, and the same again', async () => {
    const argv = ['explore', 'stock', 'truncate', '--random', '300', '--seed', '7'];
    const [first, second] = [await mmreplay(argv), await mmreplay(argv)];
    expect(first.code).toBe(1);
    expect(second.out).toBe(first.out);
    expect(first.out).toMatch(/^ {2}met +I1 in \d+ runs, first in run \d+$/m);
    expect(first.out).toMatch(/^ {2}sampled +300 random runs \(seed 7\), [\d,]+ steps in /m);
    expect(first.out).toMatch(/^ {2}covered +\d+ distinct states \(\d+ new/m);
    expect(first.out).toMatch(/^ {2}shortened +43 steps/m);
    const changed = await mmreplay(['explore', 'frlock', 'invalidate', '--random', '50', '--pct', '2']);
    expect(changed.out.replaceAll(/\s+/g, ' ')).toContain('(seed 1, priorities changed 2 times)');
  });

  test('--all: every violation once, with the lines that race; the trace is the first', async () => {
    const { code, out } = await mmreplay(['explore', 'stock', 'truncate', '--all', '-o', at('all.json')]);
    expect(code).toBe(1);
    expect(out.match(/^ {2}races with /gm)).toHaveLength(3);
    expect(out).toMatch(/^ {2}step +set_pte\(page_table, entry\) {2}\(protocols\/2001-stock\.c:64\)$/m);
    expect(out).toMatch(/^ {2}all +3 distinct violations; the diagram shows the first$/m);
    const { recording } = await readTrace(at('all.json'));
    expect(recording.verdict?.safety.word).toBe('RACY');
  });

  test('what --json prints is as docs/schema/explore.schema.json says', async () => {
    for (const options of [
      [],
      ['--all'],
      ['--random', '100'],
      ['--random', '100', '--pct', '2'],
      ['--preemptions', '1'],
      ['--max-states', '60'],
    ]) {
      for (const protocol of ['stock', 'frlock']) {
        const { out, code } = await mmreplay(['explore', protocol, 'truncate', '--json', ...options]);
        expect([0, 1, 3]).toContain(code);
        const printed: unknown = JSON.parse(out);
        expect(() => schema.parse(printed), `${protocol} ${options.join(' ')}`).not.toThrow();
      }
    }
    expect(schema.safeParse({ format: 'mmreplay-explore' }).success).toBe(false);
  });

  test("the user's own file, as a model in one piece", async () => {
    writeFileSync(at('lost.c'), LOST_UPDATE);
    const { code, out } = await mmreplay(['explore', at('lost.c'), at('lost.c')]);
    expect(code).toBe(1);
    expect(out).toMatch(/^RACY I1 {2}lost lost\n/);
    expect(out).toContain('counter is 1 after 2 increments');
  });

  test('the commands to go on with can be pasted into a shell', async () => {
    writeFileSync(at('my fix.c'), LOST_UPDATE);
    const file = `'${at('my fix.c')}'`;
    const argv = ['explore', at('my fix.c'), at('my fix.c')];
    const { out } = await mmreplay(argv);
    expect(out).toContain(`\n  mmreplay record ${file} ${file} -o race.json\n`);
    const { out: written } = await mmreplay([...argv, '-o', at('my race.json')]);
    expect(written).toMatch(new RegExp(`\n\n {2}mmreplay '${at('my race.json')}'\n$`));
  });

  test('-o writes the violation and its aftermath; the trace holds no path of this machine', async () => {
    writeFileSync(at('mine.c'), LOST_UPDATE);
    const { code, out } = await mmreplay(['explore', at('mine.c'), at('mine.c'), '-o', at('race.json')]);
    expect(code).toBe(1);
    expect(out).toMatch(new RegExp(`To go on:\\n\\n {2}mmreplay ${at('race.json')}\\n$`));
    const { recording } = await readTrace(at('race.json'));
    expect(recording.verdict?.safety).toEqual({ word: 'RACY', invariants: ['I1'] });
    expect(readFileSync(at('race.json'), 'utf8')).not.toContain(at());
  });

  test('-o without a violation writes nothing, and says so', async () => {
    const { code, err } = await mmreplay(['explore', 'frlock', 'invalidate', '-o', at('none.json')]);
    expect(code).toBe(0);
    expect(err).toBe(`mmreplay: no violation, so ${at('none.json')} is not written\n`);
    expect(existsSync(at('none.json'))).toBe(false);
  });
});

/** Two threads take two locks in opposite order, and give way when the second is taken. */
const GIVE_WAY = `
spinlock_t a, b;
[[mm::operation]] void both(spinlock_t *first, spinlock_t *second)
{
	for (;;) {
		spin_lock(first);
		if (spin_trylock(second))
			break;
		spin_unlock(first);
	}
	spin_unlock(second);
	spin_unlock(first);
}
[[mm::thread]] void CPU0(void) { both(&a, &b); }
[[mm::thread]] void CPU1(void) { both(&b, &a); }
`;

describe('a run that never ends', () => {
  test('LIVELOCK: exit code 1, the loop drawn, told and written', async () => {
    writeFileSync(at('way.c'), GIVE_WAY);
    const argv = ['explore', at('way.c'), at('way.c')];
    const { code, out } = await mmreplay([...argv, '-o', at('way.json')]);
    expect(code).toBe(1);
    expect(out).toMatch(/^SAFE, LIVELOCK {2}way way\n/);
    expect(out.replace(/\s+/g, ' ')).toContain(
      "progress LIVELOCK: CPU0's both can go round for ever (steps 3-8), however fair the scheduler is loop after step 8 it goes on at step 3, for ever schedule 0 1 0*3 1*3 ",
    );
    expect(out).toMatch(/\n<from here on, for ever:>\n[^]*\n +<and on at the first step of these>\n/);
    expect(out).toContain(`\n  mmreplay ${at('way.json')}\n`);
    const { recording } = await readTrace(at('way.json'));
    expect(recording.verdict).toMatchObject({ safety: { word: 'SAFE' }, progress: 'LIVELOCK', loop: 3 });
    const { code: inspected, out: report } = await mmreplay(['inspect', at('way.json')]);
    expect(inspected).toBe(1);
    expect(report).toMatch(/^LIVELOCK {2}way way\n\n {2}progress {2}LIVELOCK: CPU0's both can go round/);
    expect(report).toMatch(/^ {2}loop +after step 8 it goes on at step 3, for ever$/m);
    const { out: text } = await mmreplay([...argv, '--json']);
    expect(JSON.parse(text)).toMatchObject({
      verdict: { text: 'SAFE', progress: 'LIVELOCK' },
      progress: { word: 'LIVELOCK', lasso: { thread: 'CPU0', operation: 'both', steps: 8, loop: 3 } },
    });
  });

  test('SPIN changes no exit code', async () => {
    const argv = ['frlock', 'invalidate', '-D', 'NO_BACKOFF'];
    const { code, out } = await mmreplay(['explore', ...argv, '-o', at('spin.json')]);
    expect(code).toBe(0);
    expect(out).toMatch(/^SAFE, SPIN {2}2003-frlock invalidate -D NO_BACKOFF\n/);
    expect(out).toMatch(/^ {2}progress +SPIN: CPU1 can go round for ever/m);
    const { code: inspected, out: report } = await mmreplay(['inspect', at('spin.json')]);
    expect(inspected).toBe(0);
    expect(report).toMatch(/^no violation, SPIN {2}2003-frlock/);
  });

  test('record writes the same lasso; its schedule alone is a run like any other', async () => {
    writeFileSync(at('way2.c'), GIVE_WAY);
    const model = [at('way2.c'), at('way2.c')];
    const { code, out } = await mmreplay(['record', ...model, '-o', at('way2.json')]);
    expect(code).toBe(0);
    expect(out).toMatch(/: way2 way2, 8 steps, LIVELOCK\n {2}CPU0's both can go round for ever/);
    expect(out).toMatch(/it goes on at step 3\n/);
    await mmreplay(['explore', ...model, '-o', at('way3.json')]);
    expect(readFileSync(at('way3.json'), 'utf8')).toBe(readFileSync(at('way2.json'), 'utf8'));
    const { schedule } = (await readTrace(at('way2.json'))).recording;
    const { out: plain } = await mmreplay([
      'record',
      ...model,
      '--schedule',
      schedule,
      '-o',
      at('way4.json'),
    ]);
    expect(plain).toContain('8 steps, no violation in this run\n');
  });
});

describe('record', () => {
  test('the shortest violation, on to quiescence; exit code 0', async () => {
    const { code, out, err } = await mmreplay(['record', 'stock', 'truncate', '-o', at('stock.json')]);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toMatch(/: 2001-stock truncate, \d+ steps, RACY I1, I2\n {2}step \d+: mm\.pte\[0\] maps/);
    const { recording } = await readTrace(at('stock.json'));
    const { events, verdict } = recording;
    expect(events.length).toBeGreaterThan(verdict?.step ?? 0);
    expect(events.at(-1)?.next).toBeNull();
  });

  test('twice the same command, twice the same bytes', async () => {
    for (const name of ['one.json.gz', 'two.json.gz'])
      await mmreplay(['record', 'stock', 'invalidate', '-o', at(name)]);
    expect(readFileSync(at('one.json.gz')).equals(readFileSync(at('two.json.gz')))).toBe(true);
  });

  test('its schedule, given back, is the same run', async () => {
    await mmreplay(['record', 'stock', 'truncate', '-o', at('first.json')]);
    const { schedule } = (await readTrace(at('first.json'))).recording;
    await mmreplay(['record', 'stock', 'truncate', '--schedule', schedule, '-o', at('second.json')]);
    expect(readFileSync(at('second.json'), 'utf8')).toBe(readFileSync(at('first.json'), 'utf8'));
  });

  test('a schedule that ends early: the summary says who could go on', async () => {
    const schedule = ['record', 'stock', 'truncate', '-o', at('early.json'), '--schedule'];
    const { out } = await mmreplay([...schedule, '0*3']);
    expect(out).toMatch(
      /3 steps, no violation in this run\n {2}the run is not at its end: after step 3 CPU0, CPU1 could go on\n/,
    );
    const { recording } = await readTrace(at('early.json'));
    expect(recording.events).toHaveLength(3);
  });

  test('--seed: a random run, always the same', async () => {
    const runs = await Promise.all(
      [1, 1, 2].map(async (seed, index) => {
        await mmreplay([
          'record',
          'frlock',
          'truncate',
          '--seed',
          String(seed),
          '-o',
          at(`seed-${index}.jsonl`),
        ]);
        return readFileSync(at(`seed-${index}.jsonl`), 'utf8');
      }),
    );
    expect(runs[0]).toBe(runs[1]);
    expect(runs[0]).not.toBe(runs[2]);
  });

  test('a trace that goes to a device: nothing but the trace goes to standard output', async () => {
    const { code, out, err } = await mmreplay(['record', 'stock', 'truncate', '-o', '/dev/null']);
    expect({ code, out }).toEqual({ code: 0, out: '' });
    expect(err).toMatch(/^\/dev\/null: 2001-stock truncate, \d+ steps, RACY I1, I2\n/);
  });

  test('every schedule SAFE: says so, writes nothing, exit code 0', async () => {
    const { code, out } = await mmreplay(['record', 'frlock', 'invalidate', '-o', at('safe.json')]);
    expect(code).toBe(0);
    expect(out).toMatch(/^Every schedule is SAFE \([\d,]+ states\): there is nothing to record/);
    expect(out).toContain('--safe-run records one of the safe runs.');
    expect(existsSync(at('safe.json'))).toBe(false);
  });

  test('--safe-run records one of them, in which something happens', async () => {
    const { code } = await mmreplay([
      'record',
      'frlock',
      'truncate',
      '--safe-run',
      '-o',
      at('safe-run.json'),
    ]);
    expect(code).toBe(0);
    const { code: shown, out } = await mmreplay(['inspect', at('safe-run.json')]);
    expect(shown).toBe(0);
    expect(out).toMatch(/^no violation {2}2003-frlock truncate/);
    expect(out).toContain('different');
  });

  test('a search cut off: nothing written, exit code 3', async () => {
    const { code, out } = await mmreplay([
      'record',
      'frlock',
      'truncate',
      '--max-states',
      '9',
      '-o',
      at('limit.json'),
    ]);
    expect(code).toBe(3);
    expect(out).toMatch(/^LIMIT: no violation in the \d+ states/);
    expect(existsSync(at('limit.json'))).toBe(false);
  });
});

describe('everything wrong: exit code 2, one message, nothing written', () => {
  writeFileSync(at('bad.c'), 'int x = ;\n');
  writeFileSync(at('half.c'), '[[mm::thread]] void CPU0(void) { nowhere(); }\n');
  mkdirSync(at('folder'));
  writeFileSync(at('locked.json'), 'old');

  test.each<[string[], RegExp]>([
    [
      ['explore', 'stokc', 'truncate'],
      /^mmreplay: there is no protocol 'stokc'; did you mean 2001-stock\?\n/,
    ],
    [
      ['explore', 'stock', 'trunkate'],
      /^mmreplay: there is no scenario 'trunkate'; did you mean truncate\?\n/,
    ],
    [
      ['explore', '2003', 'truncate'],
      /^mmreplay: '2003' fits more than one protocol: 2003-counter, 2003-frlock\n/,
    ],
    [['explore', at('missing.c'), 'truncate'], /missing\.c: no such file\n$/],
    [['explore', at('folder/'), 'truncate'], /is a directory, not a C file\n$/],
    [
      ['explore', at('bad.c'), 'truncate'],
      /^bad\.c:1:9: error: [^]*\nint x = ;\n {8}\^[^]*\nmmreplay: \d+ errors? in the model\n$/,
    ],
    [['explore', at('half.c'), at('half.c')], /half\.c:1:\d+: error: .*nowhere/],
    [['explore', 'stock', 'truncate', '-D', 'NO_SUCH_VARIANT'], /error: unused -D NO_SUCH_VARIANT/],
    [['explore', 'stock', 'truncate', '-I', at('nowhere')], /there is no such directory\n$/],
    [
      ['explore', 'stock', 'truncate', '-o', at('nowhere/x.json')],
      /cannot be written: its directory does not exist\n/,
    ],
    [['record', 'stock', 'truncate', '-o', at('folder.json/x.json')], /cannot be written/],
    [
      ['record', 'stock', 'truncate', '-o', at('x.json'), '--schedule', '0x3'],
      /bad schedule at column 1: found "0x3"/,
    ],
    [['record', 'stock', 'truncate', '-o', at('x.json'), '--schedule', '7'], /there is no thread 7/],
    [
      ['record', 'stock', 'truncate', '-o', at('x.json'), '--schedule', '0*999'],
      /step \d+ of the schedule: CPU0 has ended/,
    ],
  ])('%j', async (argv, message) => {
    const before = readdirSync(at());
    const { code, out, err } = await mmreplay(argv);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toMatch(message);
    expect(err).not.toMatch(/\n +at .*\.ts:/);
    expect(readdirSync(at())).toEqual(before);
  });

  test('an old file stays as it was when there is nothing to write, or no way', async () => {
    await mmreplay(['record', 'frlock', 'invalidate', '-o', at('locked.json')]);
    await mmreplay(['record', 'stock', 'truncate', '-o', at('locked.json'), '--schedule', '7']);
    expect(readFileSync(at('locked.json'), 'utf8')).toBe('old');
  });
});
