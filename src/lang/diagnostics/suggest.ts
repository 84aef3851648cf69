// SPDX-License-Identifier: GPL-2.0-only
// Owns "did you mean": the known name nearest to a misspelt one.

/** Edits (insert, delete, replace, swap of neighbours) between two words, case ignored. O(len * len). */
function distance(a: string, b: string): number {
  const rows: number[][] = [];
  for (let i = 0; i <= a.length; i++) {
    const row: number[] = [i];
    for (let j = 1; j <= b.length; j++) {
      if (i === 0) {
        row.push(j);
        continue;
      }
      const above = rows[i - 1] ?? [];
      const same = a[i - 1] === b[j - 1];
      let best = Math.min((above[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (above[j - 1] ?? 0) + (same ? 0 : 1));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        best = Math.min(best, (rows[i - 2]?.[j - 2] ?? 0) + 1);
      }
      row.push(best);
    }
    rows.push(row);
  }
  return rows[a.length]?.[b.length] ?? 0;
}

/** The nearest of `known`, when it is near enough to be meant; undefined otherwise. */
export function nearest(word: string, known: Iterable<string>): string | undefined {
  const wanted = word.toLowerCase();
  let best: string | undefined;
  let bestCost = Math.max(1, Math.floor(word.length / 3)) + 1;
  for (const candidate of known) {
    if (candidate === word) continue;
    if (Math.abs(candidate.length - word.length) >= bestCost) continue;
    const cost = distance(wanted, candidate.toLowerCase());
    if (cost < bestCost) [best, bestCost] = [candidate, cost];
  }
  return best;
}

/** A hint of the form "did you mean 'x'?", ready to be spread into a complaint. */
export function didYouMean(word: string, known: Iterable<string>): { hint?: string } {
  const found = nearest(word, known);
  return found === undefined ? {} : { hint: `did you mean '${found}'?` };
}
