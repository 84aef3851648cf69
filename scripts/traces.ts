// SPDX-License-Identifier: GPL-2.0-only
// Owns `npm run traces`: records every trace of traces/ anew, byte for byte reproducibly, and drops what is no longer one.

import { readdirSync, rmSync } from 'node:fs';
import { writeTrace } from '../src/trace/file.ts';
import { recordRow, traceName, violatingRows } from './catalogue-traces.ts';

export async function main(): Promise<number> {
  const folder = new URL('../traces/', import.meta.url).pathname;
  const wanted = new Set<string>();
  for (const row of violatingRows()) {
    const name = traceName(row);
    wanted.add(name);
    writeTrace(`${folder}${name}`, await recordRow(row));
    process.stdout.write(`${name}\n`);
  }
  for (const name of readdirSync(folder))
    if (name.endsWith('.json') && !wanted.has(name)) rmSync(`${folder}${name}`);
  return 0;
}
