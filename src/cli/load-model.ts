// SPDX-License-Identifier: GPL-2.0-only
// Owns the compiling of the model that a command line names.

import { createHash } from 'node:crypto';
import { formatDiagnostics, loadParser } from '../lang/front.ts';
import { compile, type Compiled, type Tools } from '../workbench/compile.ts';
import type { ModelArguments } from './arguments.ts';
import { RefusedModel } from './errors.ts';
import { print, type Io } from './io.ts';
import { ModelFiles } from './model-files.ts';
import { readPrelude, readWasm } from './shipped.ts';

/** Warnings go to stderr. Throws UserError for names and files, RefusedModel for C with errors. */
export async function loadModel(wanted: ModelArguments, io: Io): Promise<Compiled & { readonly ok: true }> {
  const files = new ModelFiles(wanted.includeDirs);
  const protocol = files.entry('protocol', wanted.protocol);
  const scenario = files.entry('scenario', wanted.scenario);
  const { defines, memory } = wanted;
  const compiled = compile(
    { protocol, scenario, defines, readSource: files.include, prelude: readPrelude(), memory },
    await compilerTools(),
  );
  if (!compiled.ok)
    throw new RefusedModel(formatDiagnostics(compiled.diagnostics), compiled.diagnostics.length);
  if (compiled.warnings.length > 0) print(io.stderr, formatDiagnostics(compiled.warnings));
  return compiled;
}

let tools: Promise<Tools> | undefined;

/** Loads the parser, once a process: about 30 ms. */
export function compilerTools(): Promise<Tools> {
  tools ??= readWasm().then(async (wasm) => ({
    parser: await loadParser(wasm),
    sha256: (text) => createHash('sha256').update(text).digest('hex'),
  }));
  return tools;
}
