// SPDX-License-Identifier: GPL-2.0-only
// Owns the quoting of words in commands that we print: what stands there can be pasted into a shell.

/** The word as it is when no shell would touch it, else in single quotes. */
export function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
