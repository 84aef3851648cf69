// SPDX-License-Identifier: GPL-2.0-only
// What a user gets from `npm install mmreplay`: the right files, nothing else, and a program that runs from them.
// Looks at dist/ as it is: `npm test` builds it first, `npx vitest` does not.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));
const about = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'));
// Without what `npm test` tells its children of itself, and without CI, which would change the program's output.
const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^npm_|^CI$/i.test(name)));

function npm(cwd: string, ...args: string[]): string {
  return execFileSync('npm', [...args, '--ignore-scripts'], { cwd, env, encoding: 'utf8', stdio: 'pipe' });
}

/** Paths below a folder of the repository, as the package names them. */
function filesBelow(folder: string, wanted: RegExp): string[] {
  return readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' })
    .map((name) => path.posix.join(folder, name))
    .filter((name) => wanted.test(name));
}

describe('npm pack', () => {
  let files: string[];
  beforeAll(() => {
    const [{ files: packed }] = JSON.parse(npm(root, 'pack', '--dry-run', '--json'));
    files = packed.map((file: { path: string }) => file.path);
  });

  test('lists what a user needs', () => {
    const models = filesBelow('src', /\.[ch]$/).map((name) => name.replace('src/', 'dist/'));
    const schemas = filesBelow('docs/schema', /\.json$/).map((name) => name.replace('docs/', 'dist/'));
    expect(models, 'prelude and kernel models').not.toEqual([]);
    expect(schemas, 'the JSON Schema of a trace').not.toEqual([]);
    expect(files).toEqual(
      expect.arrayContaining([
        ...['package.json', 'README.md', 'LICENSE', 'CHANGELOG.md', 'bin/mmreplay.js', 'dist/mmreplay.js'],
        ...['dist/tree-sitter-c.wasm', 'dist/web-tree-sitter.wasm', 'dist/LICENSES.txt'],
        ...['dist/lowered/2003-counter.truncate.br'],
        ...['traces/stock-truncate.json', 'docs/LANGUAGE.md', 'docs/TRACE_FORMAT.md', 'docs/KEYS.md'],
        ...models,
        ...schemas,
      ]),
    );
    expect(
      files.some((file) => /^dist\/[\w-]+-[A-Z0-9]{8}\.js$/.test(file)),
      'chunks',
    ).toBe(true);
  });

  test('lists nothing else', () => {
    const known =
      /^(?:(?:package\.json|LICENSE|README\.md|CHANGELOG\.md|bin\/mmreplay\.js)$|dist\/[\w.-]+\.(?:js|wasm|txt)$|dist\/(?:kernel|lang)\/.*\.[ch]$|dist\/lowered\/[\w.-]+\.br$|(?:dist\/schema|traces|docs)\/)/;
    expect(files.filter((file) => !known.test(file) || file.endsWith('.map'))).toEqual([]);
  });

  test('asks for no other package', () => {
    expect(about.dependencies ?? {}).toEqual({});
  });
});

describe('the installed package', () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'mmreplay-package-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  beforeAll(() => {
    npm(root, 'pack', '--pack-destination', folder);
    writeFileSync(path.join(folder, 'package.json'), '{ "private": true }');
    npm(folder, 'install', '--offline', '--no-audit', '--no-fund', `./mmreplay-${about.version}.tgz`);
  }, 60_000);

  const run = (...args: string[]) =>
    spawnSync(path.join(folder, 'node_modules/.bin/mmreplay'), args, { cwd: folder, env, encoding: 'utf8' });

  test('brings no other package', () => {
    expect(readdirSync(path.join(folder, 'node_modules')).filter((name) => !name.startsWith('.'))).toEqual([
      'mmreplay',
    ]);
  });

  test('a trace goes through a pipe, and nothing else with it', () => {
    const script = '"$0" record stock truncate -o /dev/stdout | "$0" inspect -';
    const bin = path.join(folder, 'node_modules/.bin/mmreplay');
    const { status, stdout, stderr } = spawnSync('sh', ['-c', script, bin], {
      cwd: folder,
      env,
      encoding: 'utf8',
    });
    expect(status).toBe(1);
    expect(stdout).toMatch(/^RACY I1, I2 {2}2001-stock truncate\n/);
    expect(stderr).toMatch(/^\/dev\/stdout: 2001-stock truncate, \d+ steps, RACY I1, I2\n/);
  });

  test.each([
    { args: ['--version'], status: 0, says: about.version as string },
    { args: ['--help'], status: 0, says: 'explore' },
    { args: ['list'], status: 0, says: 'stock' },
    { args: ['explore', 'stock', 'truncate'], status: 1, says: 'RACY' },
  ])('mmreplay $args ends with $status', ({ args, status, says }) => {
    const result = run(...args);
    expect(result, result.stderr).toMatchObject({ status });
    expect(result.stdout).toContain(says);
  });
});
