// SPDX-License-Identifier: GPL-2.0-only
// Owns the rules that a diagram must keep to survive mail, git and checkpatch.
import { expect } from 'vitest';

/** What git am, git commit, mail programs and checkpatch ask of every line. */
export function expectMailable(lines: readonly string[]): void {
  for (const line of lines) {
    expect(line.length, line).toBeLessThanOrEqual(75);
    expect(line).toMatch(/^[\x20-\x7e]*$/);
    expect(line).not.toMatch(/ $/);
    expect(line).not.toMatch(/^(---(\s|$)|diff -|Index: |>?From |#|[\w-]+: )/);
  }
  if (lines.length > 0) expect([lines[0], lines.at(-1)]).toEqual(['', '']);
}
