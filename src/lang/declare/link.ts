// SPDX-License-Identifier: GPL-2.0-only
// Owns linking: counting the threads before types are read, and finding what is used or promised but never defined.

import type { Unit } from '../check/context.ts';
import { threadsStartedBy } from './attributes.ts';
import type { FunctionEntry, ModelSymbols, VarEntry } from './scope.ts';
import type { Reporter } from '../diagnostics/diagnostics.ts';
import { nearest } from '../diagnostics/suggest.ts';
import type { Syntax } from '../parse/parse.ts';

/** Threads of the whole model: each function with mm::thread or mm::daemon counts once, also when both units see it. */
export function countThreads(units: readonly Syntax[]): number {
  const counts = new Map<string, number>();
  for (const { attributes, tokens } of units) {
    const starts = new Set(attributes.list.map((a) => a.next));
    for (const next of starts) {
      const started = threadsStartedBy(attributes.list.filter((a) => a.next === next));
      if (started === 0) continue;
      let i = next;
      while (i < tokens.length && tokens[i + 1]?.text !== '(' && tokens[i]?.text !== ';') i++;
      counts.set(tokens[i]?.text ?? '', started);
    }
  }
  let total = 0;
  for (const n of counts.values()) total += n;
  return total;
}

/** Reports what is used but not defined. */
export function checkLinked(symbols: ModelSymbols, units: readonly Unit[], reporter: Reporter): void {
  const defined = symbols.functions.filter((f) => f.definedAt).map((f) => f.sym.name);
  const files = units.map((u) => u.name).join(' nor ');
  const missing = (entry: FunctionEntry | VarEntry): string =>
    units.length > 1
      ? `neither ${files} defines '${entry.sym.name}'`
      : `${files} does not define '${entry.sym.name}'`;
  for (const f of symbols.functions) {
    if (f.definedAt) continue;
    if (f.sym.thread && !f.usedAt) {
      reporter.error(f.declaredAt, { message: `thread '${f.sym.name}' is declared, but not defined` });
    }
    if (!f.usedAt) continue;
    const meant = nearest(f.sym.name, defined);
    const hint =
      meant === undefined ? `write '${f.sym.name}' in one of the files` : `did you mean '${meant}'?`;
    const notes = [{ text: 'declared here', at: f.declaredAt.at }];
    reporter.error(f.usedAt, {
      message: `undefined function '${f.sym.name}'`,
      reason: missing(f),
      hint,
      notes,
    });
  }
  for (const v of symbols.variables) {
    if (v.definedAt || !v.usedAt) continue;
    const names = symbols.variables
      .filter((o) => o.definedAt && o.sym.storage === 'global')
      .map((o) => o.sym.name);
    const meant = nearest(v.sym.name, names);
    const hint =
      meant === undefined ? `define '${v.sym.name}' in one of the files` : `did you mean '${meant}'?`;
    const notes = [{ text: 'declared here', at: v.declaredAt.at }];
    reporter.error(v.usedAt, {
      message: `undefined variable '${v.sym.name}'`,
      reason: missing(v),
      hint,
      notes,
    });
  }
}

/** Verdicts name invariants, lanes name threads: each name must mean one. */
export function checkNames(symbols: ModelSymbols, reporter: Reporter): void {
  const seen = new Map<string, FunctionEntry>();
  for (const f of symbols.functions) {
    const { invariant, thread, body } = f.sym;
    if (!body) continue;
    const key = invariant
      ? `invariant '${invariant.name}'`
      : thread
        ? `thread '${thread.name ?? f.sym.name}'`
        : undefined;
    const before = key === undefined ? undefined : seen.get(key);
    if (key === undefined) continue;
    if (!before) {
      seen.set(key, f);
      continue;
    }
    const notes = [{ text: 'the other is here', at: before.sym.at }];
    reporter.error(
      { at: f.sym.at },
      { message: `there are two of ${key}`, hint: 'give one another name', notes },
    );
  }
}

/** A model in which nothing runs is a mistake, unless others hide where the threads went. */
export function checkThreads(symbols: ModelSymbols, units: readonly Unit[], reporter: Reporter): void {
  if (symbols.threadCount > 0 || reporter.hasErrors) return;
  const last = units.at(-1);
  if (!last) return;
  reporter.error(
    { at: { file: last.name, line: 1, col: 1, endLine: 1, endCol: 2 } },
    {
      message: 'no function is a thread',
      reason: 'a scenario says what each CPU runs',
      hint: 'write [[mm::thread]] void CPU0(void) { ... }',
    },
  );
}
