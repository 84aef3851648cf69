// SPDX-License-Identifier: GPL-2.0-only
// Owns the way from a command line to the Program of the model that it names: lowered at build time, or compiled.

import { createHash } from 'node:crypto';
import type { MemoryModel } from '../machine/memory-model.ts';
import type { Model } from '../workbench/compile.ts';
import { readLowered, type Texts } from '../workbench/lowered.ts';
import { identityOf, PRELUDE, type ModelNames } from '../workbench/model-identity.ts';
import type { ModelArguments } from './arguments.ts';
import type { Io } from './io.ts';
import { ModelFiles } from './model-files.ts';
import { readLoweredText, readPrelude, readShipped } from './shipped.ts';

/** Warnings go to stderr. Throws UserError for names and files, RefusedModel for C with errors. */
export async function loadModel(wanted: ModelArguments, io: Pick<Io, 'stderr' | 'env'>): Promise<Model> {
  const files = new ModelFiles(wanted.includeDirs);
  const protocol = files.entry('protocol', wanted.protocol);
  const scenario = files.entry('scenario', wanted.scenario);
  const { defines, includeDirs, memory } = wanted;
  if (includeDirs.length === 0 && !files.hasOwn && io.env[ALWAYS_PARSE] === undefined) {
    const names = { protocol: protocol.name, scenario: scenario.name, defines };
    const lowered = loadLowered(names);
    if (lowered !== undefined) return inMemoryOrder(lowered, names, memory);
  }
  // The parser of C is slow to load, and most commands go without it.
  const { compileModel } = await import('./compile-model.ts');
  const input = { protocol, scenario, defines, readSource: files.include, prelude: readPrelude(), memory };
  return compileModel(input, io.stderr);
}

/** Models are lowered for sequential consistency; the others are made of that, and only when asked for. */
async function inMemoryOrder(lowered: Model, names: ModelNames, memory: MemoryModel): Promise<Model> {
  if (memory === 'sc') return lowered;
  const { withMemoryOrder } = await import('../machine/memory-order/memory-order.ts');
  return {
    ...lowered,
    program: withMemoryOrder(lowered.program, memory),
    model: identityOf({ ...names, memory }, lowered.program.sources, SHIPPED_TEXTS.sha256),
  };
}

/** Set to anything, shipped models are parsed, too: for measuring, and for a doubt whether both ways agree. */
export const ALWAYS_PARSE = 'MMREPLAY_PARSE';

/** A shipped model as the build lowered it; undefined: there is none, or a file of it has been edited since. */
export function loadLowered(names: ModelNames): Model | undefined {
  const text = readLoweredText(names);
  return text === undefined ? undefined : readLowered(text, names, SHIPPED_TEXTS);
}

/** What logical names mean as long as only shipped files are read. */
export const SHIPPED_TEXTS: Texts = {
  textOf: (name) => {
    if (name === PRELUDE) return readPrelude();
    // A header beside the file that includes it would be taken instead.
    const header = /^include\/(.+)$/.exec(name)?.[1];
    const isShadowed =
      header !== undefined &&
      (readShipped(`protocols/${header}`) ?? readShipped(`scenarios/${header}`)) !== undefined;
    return isShadowed ? undefined : readShipped(name);
  },
  sha256: (text) => createHash('sha256').update(text).digest('hex'),
};
