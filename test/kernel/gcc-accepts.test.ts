// SPDX-License-Identifier: GPL-2.0-only
// A real C compiler reads every shipped model, in every variant. This needs gcc, and fails without it.

import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { protocols, rows, scenarios } from '../../src/kernel/catalogue.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const FLAGS = ['-std=c2x', '-Wall', '-Werror', '-Wno-attributes=mm::', '-fsyntax-only', '-x', 'c'];
const MODEL = ['-include', 'src/kernel/shim.h', '-I', 'src/kernel/include'];

/** What gcc says about a file; '' when it accepts it. */
function gcc(file: string, defines: readonly string[]): string {
  const args = [...FLAGS, ...MODEL, ...defines.map((d) => `-D${d}`), file];
  const run = spawnSync('gcc', args, { cwd: root, encoding: 'utf8', env: { ...process.env, LC_ALL: 'C' } });
  if (run.error)
    return `gcc cannot be run (${run.error.message}); install it, the models are C and must stay so`;
  return run.status === 0 ? '' : `gcc ${args.join(' ')}\n${run.stderr}`;
}

const stems = (folder: string): string[] =>
  readdirSync(path.join(root, 'src/kernel', folder))
    .filter((name) => name.endsWith('.c'))
    .map((name) => name.slice(0, -2))
    .toSorted();

const allDefines = [...new Set(rows.flatMap((row) => row.defines))];

const builds = protocols.flatMap(({ stem, variants }) =>
  ['', ...variants.map((v) => v.define)].map((define) => ({ stem, define })),
);

test.each(builds)('gcc accepts the protocol $stem $define', ({ stem, define }) => {
  expect(gcc(`src/kernel/protocols/${stem}.c`, define ? [define] : [])).toBe('');
});

test.each(
  scenarios.flatMap(({ stem }) =>
    ['', ...allDefines, 'FILE_PAGES=2', 'MAP_PRIVATE'].map((define) => [stem, define]),
  ),
)('gcc accepts the scenario %s %s', (stem, define) => {
  expect(gcc(`src/kernel/scenarios/${stem}.c`, define ? [define] : [])).toBe('');
});

test('gcc accepts the prelude, which the shim includes', () => {
  expect(gcc('/dev/null', [])).toBe('');
});

test('gcc sees what it reads: a mistake in a model is one to gcc', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'mmreplay-gcc-'));
  try {
    const file = path.join(folder, 'wrong.c');
    writeFileSync(file, '#include <linux-2.4.h>\nint f(struct page *p) { return p->no_such_field; }\n');
    expect(gcc(file, [])).toMatch(/no_such_field/);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('the catalogue and the folders name the same models', () => {
  expect(protocols.map((p) => p.stem).toSorted()).toEqual(stems('protocols'));
  expect(scenarios.map((s) => s.stem).toSorted()).toEqual(stems('scenarios'));
  for (const row of rows) {
    const protocol = protocols.find((p) => p.stem === row.protocol);
    expect(scenarios.map((s) => s.stem)).toContain(row.scenario);
    for (const define of row.defines) expect(protocol?.variants.map((v) => v.define)).toContain(define);
  }
});
