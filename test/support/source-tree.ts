// SPDX-License-Identifier: GPL-2.0-only
// Owns the repository seen as text: which files there are, and what each imports. Regular expressions suffice because
// prettier fixes the form of the code; TypeScript 7 offers no stable parser.
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** Path from the root of the repository, with '/' -> the text of the file. */
export type SourceTree = ReadonlyMap<string, string>;

export type Import = { target: string; kind: 'static' | 'type' | 'dynamic'; line: number };

/** The text with comments blanked out and, when asked, strings too (templates stay: they hold code). */
export function codeOf(text: string, strings: 'keep' | 'blank'): string {
  const token = /(`(?:\\.|[^`\\])*`)|("(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*')|\/\/[^\n]*|\/\*[^]*?\*\//g;
  return text.replace(token, (all: string, template?: string, string?: string) =>
    template || (string && strings === 'keep') ? all : all.replace(/[^\n]/g, ' '),
  );
}

const lineOf = (text: string, index: number) => text.slice(0, index).split('\n').length;

/** Every import and re-export of a file; relative ones as paths in the tree. */
export function importsOf(tree: SourceTree, file: string): Import[] {
  if (!/\.(?:tsx?|m?js)$/.test(file)) return [];
  const code = codeOf(tree.get(file) ?? '', 'keep');
  const target = (name: string) => (name.startsWith('.') ? path.posix.join(path.dirname(file), name) : name);
  const fixed = /^(?:import|export)\s+(type\s+)?(?:[\w$*{}\s,]+?\s+from\s+)?['"]([^'"]+)['"]/gm;
  const dynamic = /\bimport\(\s*['"]([^'"]+)['"]\s*\)/g;
  return [
    ...[...code.matchAll(fixed)].map((m): Import => {
      return { target: target(m[2] ?? ''), kind: m[1] ? 'type' : 'static', line: lineOf(code, m.index) };
    }),
    ...[...code.matchAll(dynamic)].map((m): Import => {
      return { target: target(m[1] ?? ''), kind: 'dynamic', line: lineOf(code, m.index) };
    }),
  ];
}

/** Each cycle of static imports once, as a trail that ends where it began; `line` is where it closes. */
export function cyclesOf(tree: SourceTree): { trail: string[]; line: number }[] {
  const cycles: { trail: string[]; line: number }[] = [];
  const done = new Set<string>();
  const visit = (file: string, trail: string[], line: number) => {
    const start = trail.indexOf(file);
    if (start >= 0) cycles.push({ trail: [...trail.slice(start), file], line });
    if (start >= 0 || done.has(file)) return;
    for (const { target, kind, line: at } of importsOf(tree, file)) {
      if (kind === 'static' && tree.has(target)) visit(target, [...trail, file], at);
    }
    done.add(file);
  };
  for (const file of tree.keys()) visit(file, [], 1);
  return cycles;
}

/** The roots and every file that they import, by whatever kind of import and however indirectly. */
export function reachedFrom(tree: SourceTree, roots: readonly string[]): Set<string> {
  const reached = new Set<string>();
  const visit = (file: string) => {
    if (reached.has(file) || !tree.has(file)) return;
    reached.add(file);
    for (const { target } of importsOf(tree, file)) visit(target);
  };
  roots.forEach(visit);
  return reached;
}

/** All text files that belong to the repository, tracked already or not yet. */
export function repository(): SourceTree {
  const root = fileURLToPath(new URL('../..', import.meta.url));
  const skipped = /^(?:node_modules|dist|coverage|package-lock\.json|\.(?!ci$).*)$/;
  const filesIn = (folder: string): string[] =>
    readdirSync(path.join(root, folder), { withFileTypes: true })
      .filter((entry) => !skipped.test(entry.name))
      .flatMap((entry) => {
        const name = path.posix.join(folder, entry.name);
        return entry.isDirectory() ? filesIn(name) : [name];
      });
  const isText = (file: string) => /\.(?:tsx?|m?js|[ch]|json|md|ya?ml)$|^\.ci\//.test(file);
  return new Map(
    filesIn('')
      .filter(isText)
      .map((file) => [file, readFileSync(path.join(root, file), 'utf8')]),
  );
}
