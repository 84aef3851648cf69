// SPDX-License-Identifier: GPL-2.0-only
// Owns the promise of the README: each shipped trace, opened in a real terminal of 80x24, shows its bad step in words.

import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { must } from '../../src/base/assert.ts';
import { decode } from '../../src/trace/decode.ts';
import { openInTerminal } from '../support/terminal.ts';

const root = new URL('../../', import.meta.url).pathname;
const names = readdirSync(`${root}traces`).filter((name) => name.endsWith('.json'));

describe.each(names)('%s', (name) => {
  const { recording } = decode(readFileSync(`${root}traces/${name}`, 'utf8'), name);
  const verdict = must(recording.verdict, 'verdict');
  const since = must(verdict.since, 'since');

  it('opens, goes to the violating step with !, and says what is wrong', async () => {
    const terminal = openInTerminal([process.execPath, `${root}bin/mmreplay.js`, `${root}traces/${name}`], {
      cols: 80,
      rows: 24,
    });
    await terminal.waitFor('? help');
    expect(terminal.screen().join('\n')).toContain('step 0/');
    terminal.send('!');
    await terminal.waitFor('HERE');
    const screen = terminal.screen();
    const text = screen.join('\n');
    expect(text).toContain(`step ${since}/${recording.events.length}`);
    expect(
      screen.some((line) => line.startsWith(`>${since}!`)),
      text,
    ).toBe(true);
    if (verdict.safety.word === 'RACY') {
      const [first] = verdict.violations.filter((violation) => violation.since === since);
      expect(text).toContain(`${must(first, 'violation').invariant} VIOLATED`);
      // The pte and the page are marked, each on a line of its own.
      expect(
        screen.some((line) => /^! mm\.pte\[0\]/.test(line)),
        text,
      ).toBe(true);
      expect(
        screen.some((line) => /^! (page\[0\]|inode)/.test(line)),
        text,
      ).toBe(true);
      expect(text).toMatch(/mm\.pte\[0\] maps page\[0\]/);
    } else {
      expect(text).toContain('BUG(sleep-in-atomic)');
    }
    terminal.send('q');
    expect((await terminal.exited).code).toBe(0);
  });
});
