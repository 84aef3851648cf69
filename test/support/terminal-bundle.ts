// SPDX-License-Identifier: GPL-2.0-only
// Owns the bundling of a TypeScript program for the end-to-end tests, resolved as scripts/build.mjs does.

import { build } from 'esbuild';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Bundles `entry` (a path from the root) into a new temporary folder; the path of the program that node can run. */
export async function bundleForTerminal(entry: string): Promise<string> {
  const folder = mkdtempSync(path.join(tmpdir(), 'mmreplay-'));
  const outfile = path.join(folder, 'program.mjs');
  await build({
    absWorkingDir: root,
    entryPoints: [entry],
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20.19',
    jsx: 'automatic',
    define: { 'process.env.NODE_ENV': '"production"' },
    banner: { js: "import{createRequire as $c}from'node:module';const require=$c(import.meta.url);" },
    plugins: [
      {
        name: 'detours',
        setup({ onResolve, onLoad }) {
          onResolve({ filter: /^#ink-output$/ }, () => ({
            path: path.join(root, 'node_modules/ink/build/output.js'),
          }));
          onResolve({ filter: /^(\.\/devtools\.js|react-devtools-core)$/ }, () => ({
            path: 'none',
            namespace: 'empty',
          }));
          onLoad({ filter: /./, namespace: 'empty' }, () => ({ contents: 'export default {};' }));
        },
      },
    ],
    logLevel: 'error',
  });
  return outfile;
}
