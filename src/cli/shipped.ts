// SPDX-License-Identifier: GPL-2.0-only
// Owns where the files lie that come with mmreplay: kernel models (as C, and lowered), the
// prelude of the language, the parser's WASM.

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { brotliDecompressSync } from 'node:zlib';
import { stemOf, type ModelNames } from '../workbench/model-identity.ts';

export type Kind = 'protocol' | 'scenario';

/** The folder of this file: dist/ in the bundle (which is flat), src/cli/ when run as TypeScript. */
const here = new URL('.', import.meta.url);
/** Whether this is the built program. */
export const isBundle = existsSync(new URL('kernel/include', here));
const above = isBundle ? here : new URL('..', here);
const kernel = new URL('kernel/', above);

/** Logical name of a shipped model: "protocols/2003-frlock.c". */
export function logicalName(kind: Kind, name: string): string {
  return `${kind}s/${name}.c`;
}

/** Names of all shipped models of a kind, sorted. */
export function shippedNames(kind: Kind): string[] {
  const folder = new URL(`${kind}s/`, kernel);
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((file) => file.endsWith('.c'))
    .map((file) => file.slice(0, -2))
    .sort();
}

/** Text of "protocols/x.c", "scenarios/x.c" or "include/x.h"; undefined when there is no such file. */
export function readShipped(logical: string): string | undefined {
  const file = new URL(logical, kernel);
  // A name with `..` in it must not lead out of the models.
  if (!file.href.startsWith(kernel.href) || !existsSync(file)) return undefined;
  return readFileSync(file, 'utf8');
}

/** The C text that every model is read with. */
export function readPrelude(): string {
  return readFileSync(new URL('lang/prelude.h', above), 'utf8');
}

/** Where the build puts what it has lowered of a protocol in a scenario, all variants in one: below dist/. */
export function loweredFile({ protocol, scenario }: Pick<ModelNames, 'protocol' | 'scenario'>): string {
  return `lowered/${stemOf(protocol)}.${stemOf(scenario)}.br`;
}

/** Unpacked; undefined where nothing was built, or nothing lowered of these two. About 1 ms. */
export function readLoweredText(names: Pick<ModelNames, 'protocol' | 'scenario'>): string | undefined {
  const file = new URL(loweredFile(names), here);
  if (!existsSync(file)) return undefined;
  return brotliDecompressSync(readFileSync(file), { chunkSize: 1 << 20 }).toString('utf8');
}

/** tree-sitter itself, and its grammar of C. */
export async function readWasm(): Promise<{ readonly runtime: Uint8Array; readonly grammar: Uint8Array }> {
  const [runtime, grammar] = await Promise.all([
    readFile(wasmPath('web-tree-sitter')),
    readFile(wasmPath('tree-sitter-c')),
  ]);
  return { runtime, grammar };
}

function wasmPath(name: string): string {
  if (isBundle) return fileURLToPath(new URL(`${name}.wasm`, here));
  return createRequire(import.meta.url).resolve(`${name}/${name}.wasm`);
}
