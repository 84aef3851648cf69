// SPDX-License-Identifier: GPL-2.0-only
// Programs lowered at build time: each is the one that the parser gives, to the last value, and a stale one is no one's.
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { brotliDecompressSync } from 'node:zlib';
import { describe, expect, test, vi } from 'vitest';
import { modelsToLower } from '../../scripts/lower-models.ts';
import { SHIPPED_TEXTS } from '../../src/cli/load-model.ts';
import { readPrelude, shippedNames } from '../../src/cli/shipped.ts';
import { rows } from '../../src/kernel/catalogue.ts';
import type { Program } from '../../src/lang/program.ts';
import { readLowered, stillRight, writeLowered, type Texts } from '../../src/workbench/lowered.ts';
import { stemOf } from '../../src/workbench/model-identity.ts';
import { temporaryFolder } from '../cli/fake-io.ts';
import { compileShipped, compileText } from '../support/compile.ts';

// Many processes, each of a second; on a busy machine of several.
vi.setConfig({ testTimeout: 120_000 });

const root = fileURLToPath(new URL('../..', import.meta.url));
const inFolder = temporaryFolder();

const all = [...modelsToLower()].flatMap(([file, models]) => models.map((names) => ({ file, names })));

test('every row of the catalogue is lowered, and every protocol in every scenario', () => {
  const named = new Set(
    all.map(({ names: { protocol, scenario, defines } }) => [protocol, scenario, ...defines].join()),
  );
  for (const { protocol, scenario, defines } of rows)
    expect(named).toContain([`protocols/${protocol}.c`, `scenarios/${scenario}.c`, ...defines].join());
  for (const protocol of shippedNames('protocol'))
    for (const scenario of shippedNames('scenario'))
      expect(named).toContain(`protocols/${protocol}.c,scenarios/${scenario}.c`);
});

describe('what the build has lowered is what the parser gives', () => {
  test.each(
    all.map(
      ({ file, names }) =>
        [
          `${stemOf(names.protocol)} ${stemOf(names.scenario)} ${names.defines.join(' ')}`.trim(),
          file,
          names,
        ] as const,
    ),
  )('%s', async (_name, file, names) => {
    const path = `${root}dist/${file}`;
    expect(existsSync(path), `dist/${file}: npm run build`).toBe(true);
    const found = readLowered(brotliDecompressSync(readFileSync(path)).toString(), names, SHIPPED_TEXTS);
    const { program, model, knownDefines } = await compileShipped(
      ...([stemOf(names.protocol), stemOf(names.scenario)] as const),
      names.defines,
    );
    expect(found).toStrictEqual({ program, model, knownDefines });
  });
});

/** A small model, lowered, and the texts that it was made of. */
async function small(
  text: string,
): Promise<{ lowered: string; texts: Texts; names: typeof NAMES; program: Program }> {
  const compiled = await compileText(text);
  const known = new Map(compiled.program.sources.map((source) => [source.name, source.text]));
  const texts = { ...SHIPPED_TEXTS, textOf: (name: string) => known.get(name) };
  const lowered = writeLowered([{ ...compiled, names: NAMES }], 'this compiler');
  return { lowered, texts, names: NAMES, program: compiled.program };
}

const NAMES = { protocol: 'model.c', scenario: 'model.c', defines: [] };
const COUNTING = `#include <frlock.h>
int x; [[mm::thread]] void CPU0(void) { x = 1; }`;

test('constants of 64 bits survive', async () => {
  const text = `unsigned long long x = 0xfffffffffffffffeULL;
[[mm::thread]] void CPU0(void) { x = x + 0x123456789abcdef1ULL; }`;
  const { program } = await compileText(text);
  const bigints = (value: unknown): unknown[] =>
    typeof value === 'bigint'
      ? [value]
      : typeof value === 'object' && value
        ? Object.values(value).flatMap(bigints)
        : [];
  expect(bigints(program)).toEqual([0xfffffffffffffffen, 0x123456789abcdef1n]);
  const { lowered, texts } = await small(text);
  expect(readLowered(lowered, NAMES, texts)?.program).toStrictEqual(program);
});

describe('nothing is given', () => {
  test('as it is, it is given', async () => {
    const { lowered, texts, program } = await small(COUNTING);
    expect(readLowered(lowered, NAMES, texts)?.program).toStrictEqual(program);
    expect(stillRight(lowered, 'this compiler', texts)).toEqual([NAMES]);
    expect(stillRight(lowered, 'another compiler', texts)).toEqual([]);
  });

  test.each(['model.c', 'include/frlock.h', 'prelude.h'])(
    'when %s is another one by a blank',
    async (changed) => {
      const { lowered, texts } = await small(COUNTING);
      expect(texts.textOf(changed)?.length, 'a source of the model').toBeGreaterThan(10);
      const textOf = (name: string): string | undefined => {
        const text = texts.textOf(name);
        return name === changed ? `${text} ` : text;
      };
      expect(readLowered(lowered, NAMES, { ...texts, textOf })).toBeUndefined();
      expect(stillRight(lowered, 'this compiler', { ...texts, textOf })).toEqual([]);
    },
  );

  test('when a file is gone', async () => {
    const { lowered, texts } = await small(COUNTING);
    const textOf = (name: string) => (name === 'include/frlock.h' ? undefined : texts.textOf(name));
    expect(readLowered(lowered, NAMES, { ...texts, textOf })).toBeUndefined();
  });

  test('for another variant, even one that changes nothing', async () => {
    const { lowered, texts } = await small(COUNTING);
    expect(readLowered(lowered, { ...NAMES, defines: ['X'] }, texts)).toBeUndefined();
    expect(readLowered(lowered, { ...NAMES, scenario: 'other.c' }, texts)).toBeUndefined();
  });

  test('of a text in another form', async () => {
    const { lowered, texts } = await small(COUNTING);
    expect(
      readLowered(lowered.replace('mmreplay-lowered 1', 'mmreplay-lowered 0'), NAMES, texts),
    ).toBeUndefined();
  });
});

test('the same models are written in the same bytes', async () => {
  const [one, other] = [await small(COUNTING), await small(COUNTING)];
  expect(one.lowered).toBe(other.lowered);
});

describe('the built program', () => {
  /** A copy of the program, to be spoilt. */
  function copy(name: string): { folder: string; run: (...args: string[]) => ReturnType<typeof spawnSync> } {
    const folder = inFolder(name);
    for (const part of ['bin', 'dist', 'package.json'])
      cpSync(`${root}${part}`, `${folder}/${part}`, { recursive: true });
    return {
      folder,
      run: (...args) =>
        spawnSync(process.execPath, [`${folder}/bin/mmreplay.js`, ...args], {
          cwd: folder,
          encoding: 'utf8',
        }),
    };
  }

  test('does not so much as look for the parser of a shipped model', () => {
    const { folder, run } = copy('no-parser');
    for (const name of readdirSync(`${folder}/dist`))
      if (/\.wasm$|^compile-model-/.test(name)) rmSync(`${folder}/dist/${name}`);
    expect(run('explore', 'counter', 'truncate', '-D', 'COUNT_AFTER_ZAP')).toMatchObject({
      status: 1,
      stderr: '',
    });
    // A variant that no row has, and a folder of headers, want the parser.
    expect(run('explore', 'counter', 'truncate', '-D', 'COUNT_AFTER_ZAP=2').status).toBe(70);
    expect(run('explore', 'counter', 'truncate', '-I', 'dist').status).toBe(70);
  });

  test('reads an edited file anew', () => {
    const { folder, run } = copy('edited');
    expect(run('explore', 'counter', 'truncate').stdout).toMatch(/^SAFE, LIVELOCK /);
    // The patch without its count.
    const file = `${folder}/dist/kernel/protocols/2003-counter.c`;
    writeFileSync(file, readFileSync(file, 'utf8').replace('atomic_inc(&mapping->truncate_count);', ';'));
    expect(run('explore', 'counter', 'truncate').stdout).toMatch(/^RACY /);
    const prelude = `${folder}/dist/lang/prelude.h`;
    writeFileSync(prelude, `${readPrelude()}\n#error edited\n`);
    const refused = run('explore', 'stock', 'truncate');
    expect(refused.status).toBe(2);
    expect(refused.stderr).toContain('edited');
  });

  test('gives the same trace either way', () => {
    const trace = (name: string, env: Record<string, string>): string => {
      const args = ['bin/mmreplay.js', 'record', 'counter', 'invalidate', '-o', inFolder(name)];
      execFileSync(process.execPath, args, { cwd: root, env: { ...process.env, ...env }, stdio: 'ignore' });
      return readFileSync(inFolder(name), 'utf8');
    };
    expect(trace('lowered.json', {})).toBe(trace('parsed.json', { MMREPLAY_PARSE: '1' }));
  });
});
