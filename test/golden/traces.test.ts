// SPDX-License-Identifier: GPL-2.0-only
// Owns the shipped traces: each is what its model does today, byte for byte, keeps the laws, and is explained.

import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { recordRow, traceName, violatingRows } from '../../scripts/catalogue-traces.ts';
import { readTrace } from '../../src/trace/file.ts';
import { encode } from '../../src/trace/encode.ts';
import { compileEmbedded } from '../../src/workbench/compile.ts';
import { conform } from '../../src/workbench/conform.ts';
import { checkAgreement } from '../support/agreement.ts';
import { testTools } from '../support/compile.ts';
import { checkLaws } from '../support/laws.ts';
import { must } from '../../src/base/assert.ts';

const folder = new URL('../../traces/', import.meta.url);
const shipped = readdirSync(folder).filter((name) => name.endsWith('.json'));

it('there is one trace for each violation of the catalogue, and no other', () => {
  expect(shipped.toSorted()).toEqual(violatingRows().map(traceName).toSorted());
});

it('traces/README.md says what to look for in each', () => {
  const readme = readFileSync(new URL('README.md', folder), 'utf8');
  for (const name of shipped) expect(readme, name).toContain(`\`${name}\``);
});

describe.each(violatingRows().map((row) => [traceName(row), row] as const))('%s', (name, row) => {
  const bytes = readFileSync(new URL(name, folder), 'utf8');

  it('is not stale (else: npm run traces)', async () => {
    expect([...encode(await recordRow(row), 'json')].join('') === bytes, `${name} is stale: npm run traces`).toBe(true);
  });

  it('keeps the laws of recordings', async () => {
    const { recording } = await readTrace(new URL(name, folder).pathname);
    await checkLaws(recording);
  });

  it('conforms to the model inside it, whose packed state agrees with the tree at every step', async () => {
    const { recording, notices } = await readTrace(new URL(name, folder).pathname);
    expect(notices).toEqual([]);
    const compiled = must(compileEmbedded(recording, await testTools()), 'the sources in the trace');
    if (!compiled.ok) throw new Error('the model in the trace does not compile');
    expect(conform(recording, compiled.program, compiled.model)).toBeNull();
    checkAgreement(recording, compiled.program);
  });

  it('shows the violation of its row', async () => {
    const { recording } = await readTrace(new URL(name, folder).pathname);
    const verdict = must(recording.verdict, 'verdict');
    expect(verdict.safety.word).toBe(row.finding.safety);
    expect(must(verdict.since, 'since')).toBeLessThanOrEqual(must(verdict.step, 'step'));
  });
});
