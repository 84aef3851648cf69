// SPDX-License-Identifier: GPL-2.0-only
// Builds dist/: one ESM bundle split at its dynamic imports, the two .wasm files, the C sources (prelude, kernel
// models), the models lowered, the JSON schemas and the licences of what was bundled. All JavaScript lies flat in dist/, so that in every
// chunk new URL('.', import.meta.url) is dist/. Prints one line, or the errors.
// A file is written only when it changed, and by rename: a running mmreplay or a second build is not disturbed.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const ENTRY = 'src/cli/main.ts';
/** What `mmreplay --help` must not load: only code behind a dynamic import() may need these. */
const LAZY_PACKAGES = ['ink', 'react', 'web-tree-sitter', 'yoga-layout'];

const root = fileURLToPath(new URL('..', import.meta.url));
const dist = path.join(root, 'dist');
const started = performance.now();
const written = new Set();

function put(name, contents) {
  const target = path.join(dist, name);
  written.add(target);
  if (existsSync(target) && readFileSync(target).equals(contents)) return;
  mkdirSync(path.dirname(target), { recursive: true });
  const temporary = `${target}.tmp-${process.pid}`;
  writeFileSync(temporary, contents);
  renameSync(temporary, target);
}

function filesBelow(folder) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name));
}

function copyTree(from, to, wanted) {
  const folder = path.join(root, from);
  for (const file of filesBelow(folder).filter((name) => wanted.test(name))) {
    put(path.join(to, path.relative(folder, file)), readFileSync(file));
  }
}

/** Resolves what the packages' exports maps do not offer. */
const detours = {
  name: 'detours',
  setup({ onResolve, onLoad }) {
    // See tsconfig.json: the row cache replaces a class that Ink does not export.
    onResolve({ filter: /^#ink-output$/ }, () => ({
      path: path.join(root, 'node_modules/ink/build/output.js'),
    }));
    // Ink's link to React's developer tools, for DEV=true: react-devtools-core and a web socket, which nobody has.
    onResolve({ filter: /^(\.\/devtools\.js|react-devtools-core)$/ }, () => ({
      path: 'no-devtools',
      namespace: 'empty',
    }));
    onLoad({ filter: /./, namespace: 'empty' }, () => ({ contents: 'export default {};' }));
  },
};

/** `node_modules/@a/b/c.js` -> `@a/b`; undefined for our own files. */
function packageOf(input) {
  return /.*node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(input)?.[1];
}

/** One text of sentences, each naming a file of ours that drags a lazy package into the start of every command. */
function eagerImports({ inputs, outputs }) {
  const reached = new Set();
  const pending = Object.keys(outputs).filter((name) => outputs[name].entryPoint === ENTRY);
  for (let name = pending.pop(); name; name = pending.pop()) {
    if (reached.has(name)) continue;
    reached.add(name);
    const eager = outputs[name].imports.filter(
      (found) => found.kind === 'import-statement' && !found.external,
    );
    pending.push(...eager.map((found) => found.path));
  }
  const files = [...reached].flatMap((name) => Object.keys(outputs[name].inputs));
  const culprits = files.flatMap((file) =>
    (packageOf(file) ? [] : inputs[file].imports)
      .filter((found) => found.kind !== 'dynamic-import' && LAZY_PACKAGES.includes(packageOf(found.path)))
      .map((found) => `${file} imports ${packageOf(found.path)}`),
  );
  return [...new Set(culprits)].map(
    (culprit) =>
      `${culprit}, and ${ENTRY} reaches it without a dynamic import(): every start would load it\n`,
  );
}

/** The licences of all packages that the bundle contains, as they ask for. */
function licences(inputs) {
  const packages = new Set([...Object.keys(inputs).map(packageOf), 'tree-sitter-c'].filter(Boolean));
  return [...packages]
    .sort((a, b) => (a < b ? -1 : 1))
    .map((name) => {
      const folder = path.join(root, 'node_modules', name);
      const about = JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8'));
      const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry));
      const text = file ? readFileSync(path.join(folder, file), 'utf8').trim() : '(ships no licence text)';
      return `${name} ${about.version} (${about.license})\n\n${text}\n`;
    });
}

async function bundle() {
  const { metafile, outputFiles } = await build({
    absWorkingDir: root,
    entryPoints: [
      { in: ENTRY, out: 'mmreplay' },
      // A thread of its own, so a file of its own.
      { in: 'src/cli/matrix-worker.ts', out: 'matrix-worker' },
    ],
    outdir: 'dist',
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20.19',
    jsx: 'automatic',
    chunkNames: '[name]-[hash]',
    // Identifiers stay, so that the stack of a bug of ours can be read in a mail. With a checkout,
    // `node --enable-source-maps bin/mmreplay.js` shows the lines too; the maps are not published.
    minifyWhitespace: true,
    minifySyntax: true,
    sourcemap: 'linked',
    sourcesContent: false,
    legalComments: 'none',
    charset: 'utf8',
    define: { 'process.env.NODE_ENV': '"production"' },
    // Bundled CommonJS (react, yargs' parts) calls require() for Node's own modules.
    banner: {
      js: "import{createRequire as $createRequire}from'node:module';const require=$createRequire(import.meta.url);",
    },
    plugins: [detours],
    metafile: true,
    write: false,
    logLevel: 'error',
  });
  const eager = eagerImports(metafile);
  if (eager.length > 0) throw new Error(eager.join(''));
  for (const file of outputFiles) put(path.relative(dist, file.path), file.contents);
  put('LICENSES.txt', Buffer.from(licences(metafile.inputs).join(`\n${'-'.repeat(78)}\n\n`)));
}

/** A process of its own: the compiler is TypeScript. What is still right there is kept. */
function lowerModels() {
  const script = ['scripts/run.mjs', 'scripts/lower-models.ts', dist];
  const { status, stdout, stderr } = spawnSync(process.execPath, script, { cwd: root, encoding: 'utf8' });
  if (status !== 0) throw new Error(`a shipped model cannot be lowered\n${stderr}`);
  for (const name of JSON.parse(stdout)) written.add(path.join(dist, name));
}

try {
  await bundle();
  lowerModels();
  for (const wasm of ['tree-sitter-c/tree-sitter-c.wasm', 'web-tree-sitter/web-tree-sitter.wasm']) {
    put(path.basename(wasm), readFileSync(path.join(root, 'node_modules', wasm)));
  }
  // C lies below dist/ as it lies below src/.
  for (const part of ['lang', 'kernel']) {
    copyTree(`src/${part}`, part, /\.[ch]$/);
  }
  copyTree('docs/schema', 'schema', /\.json$/);
  for (const file of filesBelow(dist)) {
    if (!written.has(file) && !file.includes('.tmp-')) rmSync(file, { force: true });
  }
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  console.log(`dist: ${written.size} files in ${seconds} s`);
} catch (error) {
  // esbuild has printed its own errors, which come with `errors`.
  if (!error.errors) console.error(`build: ${error.message}`);
  process.exitCode = 1;
}
