// SPDX-License-Identifier: GPL-2.0-only
// Ctrl-C, the word of life, and limits, in a real terminal: the built program on a model too large to finish.
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { openInTerminal, type TerminalDriver } from '../support/terminal.ts';
import { temporaryFolder } from './fake-io.ts';

const at = temporaryFolder();
const program = path.join(import.meta.dirname, '../../bin/mmreplay.js');

/** Four threads that count: more states than anybody waits for. */
const HUGE = `
int counter[4];
[[mm::operation]] void count(int n)
{
	for (int i = 0; i < 200; i++)
		counter[n]++;
}
[[mm::invariant("I1", "strict")]] bool fits(void)
{
	return counter[0] <= 200;
}
${[0, 1, 2, 3].map((n) => `[[mm::thread]] void CPU${n}(void) { count(${n}); }`).join('\n')}
`;
writeFileSync(at('huge.c'), HUGE);

let terminal: TerminalDriver;
afterEach(async () => {
  await terminal.close();
});

function explore(cols: number, ...options: string[]): TerminalDriver {
  const argv = [process.execPath, program, 'explore', at('huge.c'), at('huge.c'), ...options];
  return (terminal = openInTerminal(argv, { cols }));
}

const LIFE = /[\d,]+ (?:states|runs), (?:depth )?[\d,]+/;

test('Ctrl-C: what is known so far, exit code 3, a clean screen', async () => {
  explore(80);
  await terminal.waitFor(LIFE);
  terminal.send('\u0003');
  expect(await terminal.exited).toEqual({ code: 3, signal: 0 });
  const text = terminal.text();
  expect(text).toMatch(/^(?:\^C)?LIMIT\(interrupted\) {2}huge huge$/m);
  const words = text.replaceAll(/\s+/g, ' ');
  expect(words).toMatch(/: every schedule of up to \d+ (?:merged )?steps; [\d,]+ states? not followed yet/);
  expect(text).not.toMatch(/\/s, /);
  expect(terminal.cursorVisible).toBe(true);
}, 30_000);

test.each([
  ['SIGTERM', []],
  ['SIGINT', ['--random', '100000000']],
  ['SIGINT', ['--preemptions', '100']],
  ['SIGINT', ['--all']],
])(
  '%s %j: the same',
  async (signal, options) => {
    explore(80, ...options);
    await terminal.waitFor(LIFE);
    terminal.kill(signal);
    await terminal.waitFor('LIMIT(interrupted)  huge huge');
    expect(await terminal.exited).toEqual({ code: 3, signal: 0 });
  },
  30_000,
);

test('40 columns: the word of life stays on its line', async () => {
  explore(40, '--time-limit', '3s');
  await terminal.waitFor(LIFE);
  await terminal.waitFor('LIMIT(time)');
  await terminal.exited;
  // Had it wrapped, its first half would still stand there.
  expect(terminal.screen()[0]).toBe('LIMIT(time)  huge huge');
}, 30_000);
