// SPDX-License-Identifier: GPL-2.0-only
// Owns the lowering of the shipped models at build time: every row of the catalogue, and every protocol in every
// scenario. Run by scripts/build.mjs; prints the files of dist/ that it stands for, as JSON.

import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { brotliCompressSync, brotliDecompressSync, constants } from 'node:zlib';
import { compilerTools } from '../src/cli/compile-model.ts';
import { SHIPPED_TEXTS } from '../src/cli/load-model.ts';
import { ModelFiles } from '../src/cli/model-files.ts';
import { loweredFile, logicalName, readPrelude, shippedNames } from '../src/cli/shipped.ts';
import { rows } from '../src/kernel/catalogue.ts';
import { formatDiagnostics } from '../src/lang/front.ts';
import { compile } from '../src/workbench/compile.ts';
import { sameNames, stillRight, writeLowered, type Lowered } from '../src/workbench/lowered.ts';
import type { ModelNames } from '../src/workbench/model-identity.ts';

const root = new URL('../', import.meta.url).pathname;

/** What turns C into a Program, the two packages of the parser included: another one makes everything again. */
function compilerStamp(): string {
  const hash = createHash('sha256');
  const packages = ['tree-sitter-c/tree-sitter-c.wasm', 'web-tree-sitter/web-tree-sitter.wasm'];
  const files = [
    ...['src/base', 'src/lang', 'src/workbench'].flatMap((folder) =>
      readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' })
        .filter((name) => name.endsWith('.ts'))
        .map((name) => `${folder}/${name}`),
    ),
    ...packages.map((name) => `node_modules/${name}`),
    'scripts/lower-models.ts',
  ];
  for (const file of files.sort()) hash.update(`${file}\n`).update(readFileSync(path.join(root, file)));
  return hash.digest('hex');
}

/** In one list for each file: all models that are lowered, the catalogue's first. */
export function modelsToLower(): ReadonlyMap<string, readonly ModelNames[]> {
  const found = new Map<string, ModelNames[]>();
  const add = (protocol: string, scenario: string, defines: readonly string[]): void => {
    const names = {
      protocol: logicalName('protocol', protocol),
      scenario: logicalName('scenario', scenario),
      defines,
    };
    const file = loweredFile(names);
    const others = found.get(file) ?? [];
    if (!others.some((other) => sameNames(other, names))) found.set(file, [...others, names]);
  };
  for (const { protocol, scenario, defines } of rows) add(protocol, scenario, defines);
  for (const protocol of shippedNames('protocol'))
    for (const scenario of shippedNames('scenario')) add(protocol, scenario, []);
  return found;
}

/** undefined: refused, or with warnings that a user should see; such a model goes through the parser every time. */
async function lowered(names: ModelNames): Promise<Lowered | undefined> {
  const files = new ModelFiles([]);
  const [protocol, scenario] = [names.protocol, names.scenario].map((name) => ({
    name,
    text: SHIPPED_TEXTS.textOf(name) ?? '',
  }));
  if (protocol === undefined || scenario === undefined) return undefined;
  const input = {
    protocol,
    scenario,
    defines: names.defines,
    readSource: files.include,
    prelude: readPrelude(),
  };
  const compiled = compile(input, await compilerTools());
  if (!compiled.ok && rows.some((row) => isModelOf(row, names)))
    throw new Error(formatDiagnostics(compiled.diagnostics));
  if (!compiled.ok || compiled.warnings.length > 0) return undefined;
  return { ...compiled, names };
}

function isModelOf(row: (typeof rows)[number], names: ModelNames): boolean {
  const protocol = logicalName('protocol', row.protocol);
  const scenario = logicalName('scenario', row.scenario);
  return sameNames({ protocol, scenario, defines: row.defines }, names);
}

export async function main([dist = '']: readonly string[]): Promise<number> {
  const made = compilerStamp();
  const written: string[] = [];
  for (const [file, models] of modelsToLower()) {
    const target = path.join(dist, file);
    if (existsSync(target)) {
      const right = stillRight(brotliDecompressSync(readFileSync(target)).toString(), made, SHIPPED_TEXTS);
      if (models.length === right.length && models.every((names, i) => sameNames(names, right[i]!))) {
        written.push(file);
        continue;
      }
    }
    const all = (await Promise.all(models.map(lowered))).filter((model) => model !== undefined);
    if (all.length === 0) continue;
    const text = Buffer.from(writeLowered(all, made));
    const params = {
      [constants.BROTLI_PARAM_LGWIN]: 24,
      [constants.BROTLI_PARAM_SIZE_HINT]: text.length,
      [constants.BROTLI_PARAM_QUALITY]: 9,
    };
    mkdirSync(path.dirname(target), { recursive: true });
    const temporary = `${target}.tmp-${process.pid}`;
    writeFileSync(temporary, brotliCompressSync(text, { params }));
    renameSync(temporary, target);
    written.push(file);
  }
  process.stdout.write(`${JSON.stringify(written)}\n`);
  return 0;
}
