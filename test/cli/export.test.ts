// SPDX-License-Identifier: GPL-2.0-only
// `mmreplay export`: the text of a model for SPIN, where it goes, and what is refused. What SPIN says of it is tested in
// test/interop/spin.test.ts.
import { readFileSync, writeFileSync } from 'node:fs';
import { expect, test, vi } from 'vitest';
import { mmreplay, temporaryFolder } from './fake-io.ts';

// Each search for values takes some hundred milliseconds, and many times that beside a C compiler at work.
vi.setConfig({ testTimeout: 60_000 });
const inFolder = temporaryFolder();
const MODEL = ['export', 'counter', 'truncate', '--to', 'promela'];

test('prints Promela with the lines of the model, and the same text every time', async () => {
  const { code, out, err } = await mmreplay(MODEL);
  expect({ code, err }).toEqual({ code: 0, err: '' });
  expect(out).toContain('proctype CPU0() /* CPU0() */');
  expect(/at_1: \/\* scenarios\/truncate\.c:\d+: truncate\(&inode, 0\) \*\//.test(out)).toBe(true);
  expect(out).toContain('bit inode_i_size = 1; /* inode.i_size */');
  expect((await mmreplay(MODEL)).out).toBe(out);
});

test('-o FILE gets what is printed otherwise', async () => {
  const file = inFolder('counter.pml');
  expect(await mmreplay([...MODEL, '-o', file])).toEqual({ code: 0, out: '', err: '' });
  expect(readFileSync(file, 'utf8')).toBe((await mmreplay(MODEL)).out);
});

test('-D makes the variant', async () => {
  const { out } = await mmreplay([...MODEL, '-D', 'COUNT_AFTER_ZAP']);
  expect(out).toContain('-D COUNT_AFTER_ZAP');
});

test('says when the search for values was cut off', async () => {
  const { code, err } = await mmreplay([...MODEL, '--max-states', '100']);
  expect(code).toBe(0);
  expect(err).toContain('raise --max-states');
});

test.each([
  [['export', 'counter', 'truncate'], 'export needs --to promela'],
  [['export', 'counter', 'truncate', '--to', 'tla'], "--to takes promela, not 'tla'"],
  [['export', 'counter', '--to', 'promela'], 'export needs a SCENARIO, too'],
  [[...MODEL, '-o', '/nowhere/counter.pml'], 'cannot be written: its directory does not exist'],
])('%j is refused', async (argv, message) => {
  const { code, out, err } = await mmreplay(argv);
  expect({ code, out }).toEqual({ code: 2, out: '' });
  expect(err).toContain(message);
});

test('a number that Promela has not is refused, with the variable', async () => {
  const file = inFolder('wide.c');
  writeFileSync(
    file,
    `long long size;

[[mm::thread]] void CPU0(void)
{
	size = 1LL << 40;
}
`,
  );
  const { code, err } = await mmreplay(['export', file, file, '--to', 'promela']);
  expect(code).toBe(2);
  expect(err).toContain('size is 1099511627776, and Promela has no integers beyond 32 bits');
});
