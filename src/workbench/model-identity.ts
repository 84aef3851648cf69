// SPDX-License-Identifier: GPL-2.0-only
// Owns the identity of a model: its names, and the hash of all that went in. Known without compiling anything.

import type { Program } from '../lang/program.ts';
import type { MemoryModel } from '../machine/memory-model.ts';
import type { ModelInfo } from '../model/recording.ts';

/** Version of what C means here. It goes up when an old schedule would no longer give the old run. */
export const SEMANTICS = 1;

/** The logical name of the prelude, in every trace. */
export const PRELUDE = 'prelude.h';

/** A model before it is compiled: logical names ("protocols/2003-frlock.c"), and what stood behind -D. */
export interface ModelNames {
  readonly protocol: string;
  readonly scenario: string;
  readonly defines: readonly string[];
  /** Default: sc. */
  readonly memory?: MemoryModel;
}

/** SHA-256 of a text, in hexadecimal. */
export type Sha256 = (text: string) => string;

/** `sources` is every text that the model was read from, in the order of its Program. */
export function identityOf(
  { protocol, scenario, defines, memory = 'sc' }: ModelNames,
  sources: Program['sources'],
  sha256: Sha256,
): ModelInfo {
  const texts = sources.map(({ name, text }) => [name, text]);
  const inputs = [SEMANTICS, protocol, scenario, defines, texts, ...(memory === 'sc' ? [] : [memory])];
  return {
    protocol: stemOf(protocol),
    scenario: stemOf(scenario),
    defines,
    memory,
    hash: sha256(JSON.stringify(inputs)),
    semantics: SEMANTICS,
  };
}

/** "protocols/2003-frlock.c" -> "2003-frlock". */
export function stemOf(name: string): string {
  return name.replace(/^.*\//, '').replace(/\.c$/, '');
}
