// SPDX-License-Identifier: GPL-2.0-only
// What the documents promise: links lead somewhere, commands exist, tables are those of the code, and pages that show
// a session show what really happens. To bring the sessions up to date: npm run build, then
// UPDATE_DOCS=1 npx vitest run test/docs.test.ts
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import about from '../package.json' with { type: 'json' };
import { UserError } from '../src/base/user-error.ts';
import { COMMANDS, parseArguments } from '../src/cli/arguments.ts';
import { EXIT } from '../src/cli/exit-codes.ts';
import { rerun, root } from './support/doc-session.ts';
import { anchorsOf, blocksOf, linksOf, proseOf, tableRows } from './support/markdown.ts';

const read = (name: string): string => readFileSync(path.join(root, name), 'utf8');
const pages = [
  'README.md',
  'CONTRIBUTING.md',
  'CHANGELOG.md',
  ...readdirSync(path.join(root, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
  ...(existsSync(path.join(root, 'traces/README.md')) ? ['traces/README.md'] : []),
];

test.each(pages)('links of %s', (page) => {
  const broken = linksOf(read(page)).flatMap(({ target, line }) => {
    const [file = '', anchor] = target.split('#');
    const to = file === '' ? page : path.posix.join(path.posix.dirname(page), file);
    if (!existsSync(path.join(root, to))) return [`${page}:${line}: there is no ${to}`];
    if (anchor === undefined || !to.endsWith('.md') || anchorsOf(read(to)).has(anchor)) return [];
    return [`${page}:${line}: ${to} has no heading #${anchor}`];
  });
  expect(broken).toEqual([]);
});

/** Commands in code, without the prompt and what a shell does around them. */
function commandsOf(markdown: string): string[] {
  const lines = blocksOf(markdown)
    .filter(({ words }) => !['screen', 'c', 'diff', 'json', 'jsonl'].includes(words[0] ?? ''))
    .flatMap(({ text, words }) =>
      text.split('\n').filter((line) => words[0] !== 'console' || line.startsWith('$ ')),
    );
  const spans = proseOf(markdown).flatMap((line) =>
    [...line.matchAll(/`([^`]+)`/g)].map(([, code = '']) => code),
  );
  return [...lines, ...spans]
    .map((line) =>
      line
        .trim()
        .replace(/^\$ /, '')
        .replace(/\s+#.*$|\s{2,}.*$/, ''),
    )
    .flatMap((line) => line.split(/ && | \| /))
    .filter((line) => /^(?:mmreplay|npm run|npx vitest run) \S/.test(line));
}

test.each(pages)('commands of %s', (page) => {
  for (const command of commandsOf(read(page))) {
    const [program, ...words] = command.split(' ');
    if (program === 'npm') expect(Object.keys(about.scripts), command).toContain(words[1]);
    else if (program === 'npx') {
      for (const file of words.filter((word) => word.startsWith('test/')))
        expect(existsSync(path.join(root, file)), command).toBe(true);
    } else if (words.length === 1 || words.includes('…')) {
      expect([...COMMANDS, 'FILE', '--help'], command).toContain(words[0]?.replace(/^.*\.json$/, 'FILE'));
    } else {
      try {
        parseArguments(words.map((word) => (word === 'FILE' ? 'trace.json' : word)));
      } catch (error) {
        expect.fail(`${command}: ${error instanceof UserError ? error.message : String(error)}`);
      }
    }
  }
});

test('the README begins with the two commands', () => {
  const [first] = blocksOf(read('README.md'));
  expect(first?.line).toBeLessThan(20);
  const commands = first?.text.split('\n').map((line) => line.replace(/\s+#.*$/, '').trim());
  expect(commands).toEqual(['npm ci && npm run demo', 'npm ci && npm test']);
  expect(read('.ci/run')).toContain('\nnpm ci && npm test\n');
});

test('the README has the exit codes', () => {
  const codes = tableRows(read('README.md'), ['code', 'means']).map(({ cells }) => Number(cells[0]));
  expect(codes).toEqual(Object.values(EXIT));
});

test('ARCHITECTURE has the layer table of the tidy test', () => {
  const entry = /^ {2}(\w+): \['([^']*)', '([^']*)'\],$/gm;
  const layers = [...read('test/tidy.test.ts').matchAll(entry)].map((m) =>
    m.slice(1).map((cell) => (cell === '*' ? 'all; tui by import() only' : cell)),
  );
  expect(layers.length).toBeGreaterThan(10);
  const rows = tableRows(read('docs/ARCHITECTURE.md'), ['layer', 'may import', 'packages']);
  expect(rows.map(({ cells }) => cells)).toEqual(layers);
});

test('LANGUAGE has the contract as contract.h declares it', () => {
  const folded = (text: string): string => text.replaceAll(/\s+/g, ' ');
  const header = folded(read('src/kernel/include/contract.h'));
  const rows = tableRows(read('docs/LANGUAGE.md'), ['function', 'is']);
  expect(rows.length).toBe(header.split(');').length - 1);
  for (const { cells } of rows) expect(header).toContain(`${cells[0]};`);
});

test('LANGUAGE names the headers of the kernel', () => {
  const names = readdirSync(path.join(root, 'src/kernel/include'));
  const page = read('docs/LANGUAGE.md');
  expect(names.filter((name) => !page.includes(`\`${name}\``))).toEqual([]);
});

test('LANGUAGE names every function and type of the prelude', () => {
  const prelude = read('src/lang/prelude.h').replaceAll(/\/\*[^]*?\*\//g, '');
  const page = read('docs/LANGUAGE.md');
  const names = [
    ...[...prelude.matchAll(/^(?:\[\[[^\]]*\]\] )?(?:\w+ )+\**(\w+)\(/gm)].map(([, name = '']) => name),
    ...[...prelude.matchAll(/^} (\w+);/gm)].map(([, name = '']) => name),
    ...[...prelude.matchAll(/^#define (\w+)/gm)].map(([, name = '']) => name),
  ].filter((name) => !name.startsWith('__'));
  expect(names.length).toBeGreaterThan(80);
  const missing = names.filter((name) => !new RegExp(`\\b${name}\\b`).test(page));
  expect(missing).toEqual([]);
});

test('LANGUAGE names every built-in, attribute and kind of trouble', () => {
  const page = read('docs/LANGUAGE.md');
  const builtins = [...read('src/lang/check/builtin.ts').matchAll(/^ {2}\['([a-zA-Z]\w+)', \{ name/gm)];
  const attributes = /const KNOWN = \[([^]*?)\];/.exec(read('src/lang/parse/attributes.ts'))?.[1] ?? '';
  const kinds = /export type TroubleKind =([^]*?);/.exec(read('src/lang/program.ts'))?.[1] ?? '';
  const names = [
    ...builtins.map(([, name = '']) => `${name}(`),
    ...[...attributes.matchAll(/'(\w+)'/g)].map(([, name = '']) => `[[mm::${name}`),
    ...[...kinds.matchAll(/'([\w-]+)'/g)]
      .map(([, kind = '']) => kind)
      .filter((kind) => !/^expose|^limit/.test(kind)),
  ];
  expect(names.length).toBeGreaterThan(40);
  expect(names.filter((name) => !page.includes(name))).toEqual([]);
});

describe('sessions', () => {
  test.each(['README.md', 'docs/FIRST_RACE.md', 'docs/LANGUAGE.md'])(
    '%s shows what happens',
    async (page) => {
      const real = await rerun(read(page));
      if (process.env['UPDATE_DOCS'] !== undefined) writeFileSync(path.join(root, page), real);
      expect(read(page)).toBe(real);
    },
    120_000,
  );
});
