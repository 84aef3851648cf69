// SPDX-License-Identifier: GPL-2.0-only
// Owns the cross-check of lang and machine by a compiler we did not write: random sequential programs end alike.

import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { Machine } from '../../src/machine/machine.ts';
import { compileText } from '../support/compile.ts';
import { randomProgram, type RandomProgram } from './random-c.ts';

const PROGRAMS = 60;
const first = Number(process.env['MMREPLAY_SEED'] ?? Math.floor(Math.random() * 1_000_000));
const folder = mkdtempSync(path.join(tmpdir(), 'mmreplay-gcc-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Values of the cells when the one thread has ended, as decimal text. A global that nothing uses is no cell: null. */
async function ours(program: RandomProgram): Promise<(string | null)[]> {
  const { program: compiled } = await compileText(program.text);
  const machine = new Machine(compiled);
  expect(machine.start()).toBeNull();
  for (let steps = 0; !machine.memory.hasEnded(0); steps++) {
    expect(steps).toBeLessThan(100_000);
    expect(machine.take(0, 0)).toBe('moved');
    machine.forget();
  }
  return program.cells.map((cell) => {
    const id = compiled.vars.findIndex((v) => v.name === cell);
    return id < 0 ? null : String(machine.memory.vector[id]);
  });
}

function gccs(program: RandomProgram, name: string): string[] {
  const source = path.join(folder, `${name}.c`);
  const binary = path.join(folder, name);
  const prints = program.cells.map(
    (cell) =>
      `\tif ((__typeof__(${cell}))-1 < (__typeof__(${cell}))1) printf("%lld\\n", (long long)${cell}); else printf("%llu\\n", (unsigned long long)${cell});`,
  );
  const main = ['int main(void)', '{', '\trun();', ...prints, '\treturn 0;', '}', ''].join('\n');
  writeFileSync(source, `#include <stdio.h>\n#include <stdbool.h>\n${program.text}${main}`);
  const flags = ['-std=gnu2x', '-O0', '-fwrapv', '-w', '-Wno-attributes=mm::'];
  execFileSync('gcc', [...flags, source, '-o', binary]);
  return execFileSync(binary, { encoding: 'utf8' }).trim().split('\n');
}

describe(`random sequential programs end as gcc's do (MMREPLAY_SEED=${first})`, () => {
  it.each(Array.from({ length: PROGRAMS }, (_, i) => first + i))('seed %i', async (seed) => {
    const program = randomProgram(seed);
    const found = await ours(program);
    const expected = gccs(program, `p${seed}`).map((value, i) => (found[i] === null ? null : value));
    expect(found.filter((value) => value !== null).length).toBeGreaterThan(10);
    expect(found, program.text).toEqual(expected);
  });
});
