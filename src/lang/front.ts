// SPDX-License-Identifier: GPL-2.0-only
// Owns the front end as others see it: from the text of a protocol and a scenario to a linked, checked model.

import type { LinkedModel } from './ast.ts';
import { check, type ParsedUnit } from './check/check.ts';
import { type Diagnostic, Reporter } from './diagnostics/diagnostics.ts';
import { SourceFiles } from './diagnostics/source.ts';
import { type CParser, parse } from './parse/parse.ts';
import { COMMAND_LINE, commandLineMacros, reportUnusedDefines } from './preprocess/define.ts';
import type { TestedMacros } from './preprocess/macros.ts';
import { preprocess, type ReadSource, type Source } from './preprocess/preprocess.ts';

export { type CParser, loadParser } from './parse/parse.ts';
export { type Diagnostic, formatDiagnostics } from './diagnostics/diagnostics.ts';
export type { ReadSource, Source } from './preprocess/preprocess.ts';

export interface FrontInput {
  /** Protocol and scenario: separate translation units, linked. */
  readonly units: readonly Source[];
  /** "NAME" or "NAME=VALUE", as after -D. */
  readonly defines: readonly string[];
  readonly readSource: ReadSource;
  /** Read first in every unit; the only file in which attributes and built-ins of the prelude are allowed. */
  readonly prelude: Source;
  readonly parser: CParser;
}

export type FrontResult =
  | {
      readonly ok: true;
      readonly model: LinkedModel;
      /** Macros that conditionals of the model ask about, sorted: what -D can change. */
      readonly knownDefines: readonly string[];
      /** From #warning. */
      readonly warnings: readonly Diagnostic[];
    }
  | { readonly ok: false; readonly diagnostics: readonly Diagnostic[] };

/**
 * Preprocesses, parses, checks and links. Never throws for a mistake in the model: those come back as diagnostics,
 * all of one run together, sorted by place. About 100 ms for a protocol with headers.
 */
export function front(input: FrontInput): FrontResult {
  const reporter = new Reporter(new SourceFiles());
  try {
    return run(input, reporter);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    // The stack is used up: no model that people read nests this deeply.
    const at = { file: input.units[0]?.name ?? '', line: 1, col: 1, endLine: 1, endCol: 2 };
    reporter.error(
      { at },
      { message: 'brackets or operators are nested too deeply', hint: 'use local variables and functions' },
    );
    return { ok: false, diagnostics: reporter.all('error') };
  }
}

function run(input: FrontInput, reporter: Reporter): FrontResult {
  const { files } = reporter;
  for (const unit of input.units) files.add(unit);
  const macros = commandLineMacros(input.defines, files, reporter);
  const used = new Set<string>();
  const tested: TestedMacros = new Map();
  const { prelude, parser, readSource } = input;
  const units = input.units.map((unit): ParsedUnit => {
    const read = preprocess({ unit, prelude, macros, readSource, files, reporter });
    for (const name of read.used) used.add(name);
    for (const [name, at] of read.tested) if (!tested.has(name)) tested.set(name, at);
    return { name: unit.name, syntax: parse(read.tokens, parser, reporter, prelude.name) };
  });
  reportUnusedDefines(macros, used, tested, reporter);
  // After a syntax error the tree is not to be trusted: what checking says of it would be noise.
  const model = units.some((u) => u.syntax.failed) ? undefined : check(units, prelude.name, reporter);
  if (!model || reporter.hasErrors) return { ok: false, diagnostics: reporter.all('error') };
  const shown = files.all().filter((f) => f.name !== prelude.name && f.name !== COMMAND_LINE);
  const sources = [...shown, ...files.all().filter((f) => f.name === prelude.name)].map(({ name, text }) => ({
    name,
    text,
  }));
  return {
    ok: true,
    model: { ...model, sources },
    knownDefines: [...tested.keys()].toSorted(),
    warnings: reporter.all('warning'),
  };
}

/** The macros that a file and its headers ask about: the variants that `mmreplay list` shows. */
export function definesOf(
  input: Pick<FrontInput, 'prelude' | 'readSource'> & { readonly unit: Source },
): string[] {
  const files = new SourceFiles();
  const reporter = new Reporter(files);
  const macros = commandLineMacros([], files, reporter);
  const { tested } = preprocess({ ...input, macros, files, reporter });
  return [...tested.keys()].toSorted();
}
