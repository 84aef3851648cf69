// SPDX-License-Identifier: GPL-2.0-only
// Owns the compiling of a model from its C: the parser, and what it says. Loaded only when no lowered Program fits.

import { createHash } from 'node:crypto';
import { UserError } from '../base/user-error.ts';
import { formatDiagnostics, loadParser } from '../lang/front.ts';
import { compile, type Compiled, type ModelInput, type Tools } from '../workbench/compile.ts';
import { RefusedModel } from './errors.ts';
import { print, type Output } from './io.ts';
import { readWasm } from './shipped.ts';

/** Warnings go to `stderr`. Throws RefusedModel for C with errors. Some 300 ms in a fresh process. */
export async function compileModel(
  input: ModelInput,
  stderr: Output,
): Promise<Compiled & { readonly ok: true }> {
  const compiled = compile(input, await compilerTools());
  if (!compiled.ok)
    throw new RefusedModel(formatDiagnostics(compiled.diagnostics), compiled.diagnostics.length);
  if (compiled.warnings.length > 0) print(stderr, formatDiagnostics(compiled.warnings));
  return compiled;
}

let tools: Promise<Tools> | undefined;

/** Loads the parser, once a process: about 30 ms. */
export function compilerTools(): Promise<Tools> {
  tools ??= readWasm().then(async (wasm) => ({
    parser: await loadParser(wasm).catch(refuseWithoutRoom),
    sha256: (text) => createHash('sha256').update(text).digest('hex'),
  }));
  return tools;
}

/** Node reserves some 10 GB of addresses for each WebAssembly memory, however little of them is used. */
function refuseWithoutRoom(error: unknown): never {
  if (!(error instanceof RangeError)) throw error;
  throw new UserError(
    'no-address-space',
    'the C parser cannot have its memory: the address space of this process is limited',
    'Raise or lift the limit (ulimit -v unlimited); --memory-limit bounds what a search takes.',
  );
}
