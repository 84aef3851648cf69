// SPDX-License-Identifier: GPL-2.0-only
// Owns what a search has seen of a model, as its author speaks of it: witnesses, and lines that nobody reaches.

import type { Coverage } from '../explore/coverage.ts';
import type { Program, ProgramSite } from '../lang/program.ts';

/** `witness("retry")` in the source: was it reached in any schedule? */
export interface Witness {
  readonly name: string;
  readonly reached: boolean;
}

/** In the order of the source. */
export function witnessesOf(program: Program, coverage: Coverage): readonly Witness[] {
  const reached = new Set(coverage.reached);
  const found = new Map<string, boolean>();
  for (const { code } of program.threads) {
    for (const { witness, site } of code) {
      if (witness !== undefined) found.set(witness, (found.get(witness) ?? false) || reached.has(site));
    }
  }
  return [...found].map(([name, isReached]) => ({ name, reached: isReached }));
}

/**
 * Places of the protocol and the scenario that no schedule reaches, whichever thread or call leads there. Headers are
 * left out: they hold more than any one model needs. One place a line, in order.
 */
export function unreachedLines(program: Program, coverage: Coverage): readonly ProgramSite[] {
  const line = ({ file, line: number }: ProgramSite): string => `${file}:${number}`;
  const sites = (indices: readonly number[]): ProgramSite[] =>
    indices.flatMap((index) => program.sites[index] ?? []);
  const reached = new Set(sites(coverage.reached).map(line));
  const lost = new Map<string, ProgramSite>();
  for (const site of sites(coverage.unreached)) {
    if (site.file.endsWith('.c') && !reached.has(line(site)) && !lost.has(line(site)))
      lost.set(line(site), site);
  }
  return [...lost.values()].sort((a, b) => (a.file === b.file ? a.line - b.line : a.file < b.file ? -1 : 1));
}

/** How many lines of the protocol and the scenario there are that a thread could execute, and how many of them were. */
export function linesOf(
  program: Program,
  coverage: Coverage,
): { readonly reached: number; readonly all: number } {
  const lines = (indices: readonly number[]): string[] =>
    indices.flatMap((index) => {
      const site = program.sites[index];
      return site === undefined || !site.file.endsWith('.c') ? [] : [`${site.file}:${site.line}`];
    });
  const reached = new Set(lines(coverage.reached));
  return { reached: reached.size, all: new Set([...reached, ...lines(coverage.unreached)]).size };
}
