// SPDX-License-Identifier: GPL-2.0-only
// The model that the bench has in Promela, written by hand from the mails: SPIN must find in it what the catalogue says
// of the C, for every place of the count.

import { execFile, spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { rows } from '../../src/kernel/catalogue.ts';
import { temporaryFolder } from '../cli/fake-io.ts';

const HAS_SPIN = spawnSync('spin', ['-V']).status === 0;
const run = promisify(execFile);
const inFolder = temporaryFolder();
const model = fileURLToPath(new URL('../../bench/counter.pml', import.meta.url));

const wanted = rows.filter(
  ({ protocol, scenario }) => protocol === '2003-counter' && ['truncate', 'invalidate'].includes(scenario),
);

describe.skipIf(!HAS_SPIN)('bench/counter.pml', { concurrent: true }, () => {
  it('is asked about every place of the count', () => expect(wanted.length).toBeGreaterThanOrEqual(8));

  it.each(wanted.map((row) => [row.scenario, row.defines.join(), row] as const))(
    '%s %s',
    async (scenario, _, { defines, finding }) => {
      const cwd = inFolder([scenario, ...defines].join('-'));
      mkdirSync(cwd);
      const macros = [...defines, ...(scenario === 'invalidate' ? ['INVALIDATE'] : [])].map(
        (name) => `-D${name}`,
      );
      const spin = await run('spin', [...macros, '-a', '-o1', '-o2', '-o3', model], { cwd });
      expect(spin.stdout + spin.stderr, 'spin warns of nothing').toBe('');
      await run('gcc', ['-O0', '-DSAFETY', '-DNOREDUCE', '-o', 'pan', 'pan.c'], { cwd });
      const { stdout } = await run('./pan', ['-n'], { cwd });
      expect(stdout).not.toContain('max search depth too small');
      const failed = /assertion violated .*\(pte==0\)/.test(stdout);
      expect({ failed, errors: /errors: (\d+)/.exec(stdout)?.[1] }).toEqual(
        finding.safety === 'SAFE' ? { failed: false, errors: '0' } : { failed: true, errors: '1' },
      );
    },
    60_000,
  );
});
