// SPDX-License-Identifier: GPL-2.0-only
// The authority on architecture and tidiness: the layer table of docs/ARCHITECTURE.md, and habits that no other tool
// checks. Every check maps a tree of files to offences ('file:line: what to do'); at the end the checks check themselves.
import { expect, test } from 'vitest';
import {
  codeOf,
  cyclesOf,
  importsOf,
  reachedFrom,
  repository,
  type Import,
  type SourceTree,
} from './support/source-tree.ts';

type Check = (tree: SourceTree) => string[];

/** layer -> [the layers (or single files) it may import, the packages it may import]; '*' is anything. */
const LAYERS: Readonly<Record<string, readonly [string, string]>> = {
  base: ['', ''],
  model: ['base', 'immer'],
  lang: ['base', 'web-tree-sitter'],
  kernel: ['base', ''],
  machine: ['base model lang/program.ts', ''],
  explore: ['base model machine lang/program.ts', ''],
  trace: ['base model', 'zod'],
  workbench: ['base model lang kernel machine explore trace', ''],
  replay: ['base model', ''],
  interop: ['base model replay lang/program.ts', ''],
  view: ['base model replay', 'string-width'],
  tui: ['base model replay view', 'react ink #ink-output string-width'],
  cli: ['*', 'yargs node:*'],
};
/** The only file below cli that touches the machine it runs on. */
const IMPURE_FILE = 'src/trace/file.ts';
const IMPURE_LAYERS = ['tui', 'cli'];
const BANNED: readonly (readonly [RegExp, string])[] = [
  [/(?<![\w$])Date\b|(?<![\w$.])performance\s*\./, 'the same run gives the same bytes: pass the time in'],
  [/\bMath\s*\.\s*random\b/, 'use src/base/rng.ts, whose seed can be printed'],
  [/(?<![\w$.])process\s*[.[]/, 'take what you need as an argument; cli passes it in'],
  [/\bset(?:Timeout|Interval|Immediate)\b/, 'no timers here: return, and let tui or cli wait'],
  [/(?<![\w$.])console\s*[.[]/, 'return a value; cli prints'],
];
const MAX_LINES = 500;
const SPDX = '// SPDX-License-Identifier: GPL-2.0-only';
const LEFTOVER = new RegExp(`\\b(?:FIX${'ME'}|XX${'X'})\\b`);
const MACHINE_PATH = /(?<![\w./~-])(?:\/(?:home|root|work|Users)|[A-Z]:\\+Users)[/\\]+[\w.-]/;

const TS = /\.tsx?$/;
const layerOf = (file: string) => /^src\/([^/]+)\/./.exec(file)?.[1];

/** What is wrong with one import of a src file, or undefined. */
function importOffence(tree: SourceTree, file: string, { target, kind }: Import): string | undefined {
  const from = layerOf(file) ?? '';
  const [layers = [], packages = []] = (LAYERS[from] ?? []).map((list) => list.split(' '));
  if (target === 'package.json') return undefined;
  if (target.startsWith('src/') || target.startsWith('..')) {
    const to = layerOf(target) ?? '';
    if (!tree.has(target)) return `there is no ${target}; name the file that exists, with its .ts or .tsx`;
    if (to === 'tui' && from === 'cli' && kind === 'static')
      return 'load tui by import() only: it is slow to start';
    if (to === from || layers.includes('*') || layers.includes(to) || layers.includes(target.slice(4)))
      return undefined;
    return `${from} may import ${layers.join(', ') || 'no layer'}, not ${target}; pass it in, or move the code`;
  }
  const name = /^(?:@[^/]+\/)?[^/]+/.exec(target.replace(/^node:.*/, 'node:*'))?.[0] ?? '';
  if (packages.includes(name) || (file === IMPURE_FILE && name === 'node:*')) return undefined;
  return `${from} may import the packages: ${packages.join(', ') || 'none'}, not ${target}; pass in what you need`;
}

const checkLayers: Check = (tree) =>
  [...tree.keys()]
    .filter((file) => file.startsWith('src/') && TS.test(file))
    .flatMap((file) => {
      if (!LAYERS[layerOf(file) ?? '']) return [`${file}:1: belongs to no layer; move it into one of src/*/`];
      return importsOf(tree, file).flatMap((found) => {
        const offence = importOffence(tree, file, found);
        return offence ? [`${file}:${found.line}: ${offence}`] : [];
      });
    });

const checkCycles: Check = (tree) =>
  cyclesOf(tree).map(
    ({ trail, line }) =>
      `${trail.at(-2)}:${line}: cycle ${trail.join(' -> ')}; move what both need into a third file`,
  );

const checkUnreferenced: Check = (tree) => {
  const isRoot = (file: string) => file === 'src/cli/main.ts' || /^(?:test|scripts)\//.test(file);
  const reached = reachedFrom(tree, [...tree.keys()].filter(isRoot));
  return [...tree.keys()]
    .filter((file) => /^src\/.*(?<!\.d)\.tsx?$/.test(file) && !reached.has(file))
    .map((file) => `${file}:1: nothing imports it; delete it, or use or test it`);
};

/** The checks of one file by itself. */
const checkFiles: Check = (tree) =>
  [...tree].flatMap(([file, text]) => {
    const lines = text.split('\n');
    const offences: string[] = [];
    const blame = (line: number, what: string) => offences.push(`${file}:${line}: ${what}`);
    const blameLines = (code: string, pattern: RegExp, what: string) =>
      code.split('\n').forEach((line, index) => pattern.test(line) && blame(index + 1, what));

    blameLines(text, LEFTOVER, 'do it now, or write down in docs/ why not');
    blameLines(text, MACHINE_PATH, 'a path of one machine; make it relative');
    blameLines(text, /[ \t]$/, 'trailing blanks; remove them');
    if (/^(?:src|test|scripts)\/.*\.(?:tsx?|mjs|c|h)$/.test(file)) {
      const isKebab = file.split('/').every((part) => /^[a-z0-9]+(?:[-.][a-z0-9]+)*$/.test(part));
      if (!isKebab) blame(1, 'name files and folders in kebab-case');
      if (/\/(?:utils?|helpers?|types)\.\w+$/.test(file)) blame(1, 'name the file after what it owns');
    }
    if (TS.test(file) && lines.length - 1 > MAX_LINES)
      blame(MAX_LINES, `over ${MAX_LINES} lines; split it by what it owns`);
    if (/^src\/kernel\/.*\.[ch]$/.test(file) && !/^\/[*/]/.test(text))
      blame(1, 'begin with a comment: SPDX, source');
    if (!file.startsWith('src/') || !TS.test(file)) return offences;
    if (lines[0] !== SPDX) blame(1, `begin with: ${SPDX}`);
    if (!/^\/[*/]/.test(lines[1] ?? '')) blame(2, 'continue with a comment that says what the file owns');
    blameLines(codeOf(text, 'blank'), /^export default\b|\bas default\b/, 'export it by name');
    if (!IMPURE_LAYERS.includes(layerOf(file) ?? '') && file !== IMPURE_FILE) {
      for (const [pattern, what] of BANNED) blameLines(codeOf(text, 'blank'), pattern, what);
    }
    return offences;
  });

const check: Check = (tree) =>
  [checkLayers, checkCycles, checkUnreferenced, checkFiles].flatMap((run) => run(tree));

test('the repository is tidy', () => {
  const offences = check(repository());
  if (offences.length > 0) expect.fail(`${offences.length} offences\n${offences.join('\n')}`);
});

const HEAD = `${SPDX}\n// Owns an example.\n`;
const AROUND = {
  'src/view/c.ts': `import './a.ts';`,
  'src/view/b.ts': '',
  'src/tui/b.ts': '',
  'src/lang/ast.ts': '',
  'src/lang/program.ts': '',
};
/** A file, the offence that must be found in it, and its text after HEAD. */
test.each([
  ['src/model/a.ts', '3: model may import base, not src/view/b.ts', `import {\n  b,\n} from '../view/b.ts';`],
  ['src/model/a.ts', '3: model may import base', `import type { B } from '../view/b.ts';`],
  ['src/model/a.ts', '4: model may import base', `\nexport * from '../view/b.ts';`],
  ['src/model/a.ts', 'nothing', `// import '../view/b.ts';\nexport const s = 'Date'; /* Date */`],
  ['src/model/a.ts', '3: there is no src/model/b.js', `import './b.js';`],
  ['src/model/a.ts', 'nothing', `import { produce } from 'immer';`],
  ['src/model/a.ts', '3: model may import the packages: immer, not node:fs', `import fs from 'node:fs';`],
  ['src/machine/a.ts', 'nothing', `import '../lang/program.ts';`],
  [
    'src/machine/a.ts',
    '3: machine may import base, model, lang/',
    `import type { A } from '../lang/ast.ts';`,
  ],
  ['src/cli/main.ts', '3: load tui by import() only', `import '../tui/b.ts';`],
  ['src/cli/main.ts', 'nothing', `import type { B } from '../tui/b.ts';\nvoid import('../tui/b.ts');`],
  ['src/trace/file.ts', 'nothing', `import fs from 'node:fs';\nprocess.cwd();`],
  ['src/odd.ts', '1: belongs to no layer', ''],
  ['src/view/a.ts', '3: cycle src/view/c.ts -> src/view/a.ts -> src/view/c.ts', `import './c.ts';`],
  ['src/view/a.ts', 'nothing', `import type { C } from './c.ts';`],
  ['src/view/a.ts', '3: the same run', 'const now = `${new Date()}`;'],
  ['src/view/a.ts', '3: use src/base/rng.ts', 'const n = Math.random();'],
  ['src/view/a.ts', '3: take what you need', 'const id = process.pid;'],
  ['src/view/a.ts', '3: no timers', 'setTimeout(stop, 1);'],
  ['src/view/a.ts', '3: return a value', 'console.log(1);'],
  ['src/view/a.ts', '3: export it by name', 'export default 1;'],
  ['src/view/a.ts', '500: over 500 lines', '\n'.repeat(MAX_LINES)],
  ['src/view/Two_Words.ts', '1: name files and folders in kebab-case', ''],
  ['src/view/utils.ts', '1: name the file after what it owns', ''],
  ['src/view/a.ts', '3: a path of one machine', `const p = '${['', 'home', 'ann', 'x'].join('/')}';`],
  ['src/view/a.ts', '3: do it now', `// ${'FIX'}${'ME'}`],
  ['src/view/a.ts', '4: trailing blanks', '\n '],
])('%s is told: %s', (file, said, text) => {
  const tree = new Map(
    Object.entries({ ...AROUND, [file]: text }).map(([name, body]) => [name, HEAD + body]),
  );
  tree.set('test/all.test.ts', [...tree.keys()].map((name) => `import '../${name}';`).join('\n'));
  const offences = check(tree).filter((offence) => offence.startsWith(`${file}:`));
  expect(offences).toEqual(said === 'nothing' ? [] : [expect.stringContaining(`${file}:${said}`)]);
});

test('a file without its opening comments, or without a user, is told so', () => {
  expect(
    check(
      new Map([
        ['src/view/a.ts', 'let a;\nlet b;'],
        ['src/kernel/a.h', 'int a;'],
      ]),
    ),
  ).toEqual([
    'src/view/a.ts:1: nothing imports it; delete it, or use or test it',
    `src/view/a.ts:1: begin with: ${SPDX}`,
    'src/view/a.ts:2: continue with a comment that says what the file owns',
    'src/kernel/a.h:1: begin with a comment: SPDX, source',
  ]);
});
