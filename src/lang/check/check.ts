// SPDX-License-Identifier: GPL-2.0-only
// Owns checking a model: its units one after the other, then what only the whole shows.

import type { LinkedModel } from '../ast.ts';
import { type Parts, Unit } from './context.ts';
import { convert } from './convert.ts';
import { expression, fieldOf, memberPath, operand } from './expression.ts';
import { checkGraph } from './graph.ts';
import { initialiser } from './init.ts';
import { typeName } from '../declare/declarator.ts';
import { declareFile } from '../declare/file.ts';
import { checkLinked, checkNames, checkThreads, countThreads } from '../declare/link.ts';
import { ModelSymbols } from '../declare/scope.ts';
import type { Reporter } from '../diagnostics/diagnostics.ts';
import type { Syntax } from '../parse/parse.ts';

const PARTS: Parts = { expression, operand, convert, initialiser, fieldOf, memberPath, typeName };

export interface ParsedUnit {
  readonly name: string;
  readonly syntax: Syntax;
}

/** Types, links and judges. What is wrong goes to the reporter; the model is whole only when nothing was. */
export function check(
  units: readonly ParsedUnit[],
  prelude: string | undefined,
  reporter: Reporter,
): LinkedModel {
  const symbols = new ModelSymbols(countThreads(units.map((u) => u.syntax)), prelude);
  const checked = units.map((u) => new Unit(u.name, prelude, u.syntax, symbols, reporter, PARTS));
  for (const u of checked) declareFile(u);
  checkLinked(symbols, checked, reporter);
  checkNames(symbols, reporter);
  checkGraph(symbols, reporter);
  checkThreads(symbols, checked, reporter);
  return {
    globals: symbols.variables.filter((v) => v.definedAt).map((v) => v.sym),
    functions: symbols.functions.filter((f) => f.sym.body).map((f) => f.sym),
    structs: symbols.structs,
    threadCount: symbols.threadCount,
    textOf: (at) => reporter.files.textOf(at),
    sources: [],
  };
}
