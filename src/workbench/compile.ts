// SPDX-License-Identifier: GPL-2.0-only
// Owns the way from C text to a Program with its identity: front end, lowering, and the hash of what went in.

import { Reporter } from '../lang/diagnostics/diagnostics.ts';
import { SourceFiles } from '../lang/diagnostics/source.ts';
import { front, type CParser, type Diagnostic, type ReadSource, type Source } from '../lang/front.ts';
import { lower, type Lowered } from '../lang/lower/lower.ts';
import type { Program } from '../lang/program.ts';
import type { MemoryModel } from '../machine/memory-model.ts';
import { withMemoryOrder } from '../machine/memory-order/memory-order.ts';
import type { ModelInfo, Recording } from '../model/recording.ts';
import { identityOf, PRELUDE, stemOf, type Sha256 } from './model-identity.ts';

export interface ModelInput {
  readonly protocol: Source;
  /** May be the same file as the protocol: a model in one piece. */
  readonly scenario: Source;
  /** NAME or NAME=VALUE each, as after -D. */
  readonly defines: readonly string[];
  readonly readSource: ReadSource;
  /** Text of the prelude. */
  readonly prelude: string;
  /** Default: sc. */
  readonly memory?: MemoryModel;
}

export interface Tools {
  readonly parser: CParser;
  readonly sha256: Sha256;
}

/** A Program with its identity. */
export interface Model {
  readonly program: Program;
  readonly model: ModelInfo;
  /** Macros that the model asks about, sorted: what -D can change. */
  readonly knownDefines: readonly string[];
}

export type Compiled =
  | (Model & { readonly ok: true; readonly warnings: readonly Diagnostic[] })
  | { readonly ok: false; readonly diagnostics: readonly Diagnostic[] };

/**
 * Never throws for a mistake in the C: that comes back as diagnostics. Costs some 100 ms, most of it parsing; `weak`
 * some seconds more for a large model, and throws UserError `too-many-loads`.
 */
export function compile(
  { protocol, scenario, defines, readSource, prelude, memory = 'sc' }: ModelInput,
  tools: Tools,
): Compiled {
  const units = protocol.name === scenario.name ? [protocol] : [protocol, scenario];
  const checked = front({
    ...{ units, defines, readSource, parser: tools.parser },
    prelude: { name: PRELUDE, text: prelude },
  });
  if (!checked.ok) return checked;
  const names = { protocol: stemOf(protocol.name), scenario: stemOf(scenario.name), defines };
  const lowered = lower(checked.model, names);
  if (!lowered.ok) return { ok: false, diagnostics: diagnosticsOf(lowered, checked.model.sources) };
  const program = withMemoryOrder(lowered.program, memory);
  const files = { protocol: protocol.name, scenario: scenario.name, defines, memory };
  const model = identityOf(files, program.sources, tools.sha256);
  return { ok: true, program, model, knownDefines: checked.knownDefines, warnings: checked.warnings };
}

/** The model that a recording embeds, compiled again; undefined when its sources are not all there. */
export function compileEmbedded({ model, sources }: Recording, tools: Tools): Compiled | undefined {
  const find = (...names: string[]): Source | undefined =>
    names.flatMap((name) => sources.find((source) => source.name === name) ?? [])[0];
  const protocol = find(`protocols/${model.protocol}.c`, `${model.protocol}.c`);
  const scenario = find(`scenarios/${model.scenario}.c`, `${model.scenario}.c`);
  const prelude = find(PRELUDE);
  if (protocol === undefined || scenario === undefined || prelude === undefined) return undefined;
  const readSource: ReadSource = (wanted, from) =>
    find(beside(wanted, from), normal(wanted), `include/${normal(wanted)}`);
  const { defines, memory } = model;
  return compile({ protocol, scenario, defines, readSource, prelude: prelude.text, memory }, tools);
}

function diagnosticsOf(
  lowered: Lowered & { readonly ok: false },
  sources: Program['sources'],
): readonly Diagnostic[] {
  const files = new SourceFiles();
  for (const source of sources) files.add(source);
  const reporter = new Reporter(files);
  for (const { at, ...complaint } of lowered.refusals) reporter.error({ at }, complaint);
  return reporter.all('error');
}

/** The logical name of `wanted` beside the file `from`. */
function beside(wanted: string, from: string): string {
  return normal(from.replace(/[^/]*$/, '') + wanted);
}

/** "a/./b/../c.h" -> "a/c.h" */
function normal(name: string): string {
  const parts: string[] = [];
  for (const part of name.split('/')) {
    if (part === '..' && parts.length > 0 && parts.at(-1) !== '..') parts.pop();
    else if (part !== '.' && part !== '') parts.push(part);
  }
  return parts.join('/');
}
