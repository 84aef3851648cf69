// SPDX-License-Identifier: GPL-2.0-only
// `mmreplay list`: what comes with mmreplay, for people and machines.
import { expect, test } from 'vitest';
import { shippedNames } from '../../src/cli/shipped.ts';
import { protocols } from '../../src/kernel/catalogue.ts';
import { mmreplay } from './fake-io.ts';

test('every protocol with its variants, every scenario, on 80 columns of ASCII', async () => {
  const { code, out } = await mmreplay(['list']);
  expect(code).toBe(0);
  for (const name of [...shippedNames('protocol'), ...shippedNames('scenario')])
    expect(out).toContain(`  ${name}`);
  for (const { define } of protocols.flatMap(({ variants }) => variants))
    expect(out).toContain(`-D ${define}`);
  for (const line of out.split('\n')) expect(line).toMatch(/^[\x20-\x7e]{0,79}$/);
});

test('--json', async () => {
  const report = JSON.parse((await mmreplay(['list', '--json'])).out);
  expect(report).toMatchObject({ format: 'mmreplay-list', version: '1.0' });
  expect(report.protocols.map(({ name }: { name: string }) => name).sort()).toEqual(shippedNames('protocol'));
  expect(report.scenarios.map(({ name }: { name: string }) => name).sort()).toEqual(shippedNames('scenario'));
});
