// SPDX-License-Identifier: GPL-2.0-only
// Runs a script written in TypeScript: node scripts/run.mjs scripts/traces.ts [arguments]. Node 20 cannot by itself.
import { mkdtempSync, rmSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));
const [script, ...rest] = process.argv.slice(2);
// Inside the repository, so that packages are found; every source keeps its own folder for import.meta.url.
const folder = mkdtempSync(path.join(root, 'node_modules', '.run-'));
const keepOwnUrl = {
  name: 'keep-own-url',
  setup({ onLoad }) {
    onLoad({ filter: /\/(src|scripts)\/.*\.tsx?$/ }, async ({ path: file }) => {
      const { readFile } = await import('node:fs/promises');
      const contents = await readFile(file, 'utf8');
      return {
        contents: contents.replaceAll('import.meta.url', JSON.stringify(pathToFileURL(file).href)),
        loader: file.endsWith('x') ? 'tsx' : 'ts',
      };
    });
  },
};
try {
  const outfile = path.join(folder, 'script.mjs');
  await build({
    entryPoints: [path.resolve(script)],
    bundle: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
    outfile,
    logLevel: 'error',
    plugins: [keepOwnUrl],
  });
  process.argv = [process.argv[0], script, ...rest];
  const { main } = await import(pathToFileURL(outfile).href);
  process.exitCode = (await main(rest)) ?? 0;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
