// SPDX-License-Identifier: GPL-2.0-only

import { readFileSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { bindingOf, groups, KEYMAP, keysText, keyText } from '../../src/tui/keymap.ts';
import { keysMarkdown } from '../../src/tui/keys-doc.ts';

test('no key and no name stands for two things', () => {
  const keys = KEYMAP.flatMap((binding) => binding.keys);
  expect(new Set(keys).size).toBe(keys.length);
  const names = KEYMAP.map((binding) => binding.name);
  expect(new Set(names).size).toBe(names.length);
});

test('digits are counts, never keys', () => {
  expect(KEYMAP.flatMap((binding) => binding.keys).filter((key) => /^\d$/.test(key))).toEqual([]);
});

test('lower case forward, upper case back', () => {
  for (const [forward, back] of [
    ['s', 'S'],
    ['v', 'V'],
  ] as const) {
    expect(bindingOf(forward)?.command).toMatchObject({ by: 1 });
    expect(bindingOf(back)?.command).toMatchObject({ by: -1 });
  }
});

test('keys are written as people say them', () => {
  expect(keyText('ctrl+d')).toBe('Ctrl-D');
  expect(keyText('alt+x')).toBe('Alt-x');
  expect(keyText('x')).toBe('x');
  expect(keysText(bindingOf('pagedown') ?? KEYMAP[0]!)).toBe('PgDn');
});

test('every binding stands in one group', () => {
  expect(groups().flatMap(({ bindings }) => bindings)).toHaveLength(KEYMAP.length);
});

test('docs/KEYS.md is what the table says', () => {
  const file = new URL('../../docs/KEYS.md', import.meta.url);
  if (process.env['UPDATE_KEYS'] !== undefined) writeFileSync(file, keysMarkdown());
  expect(readFileSync(file, 'utf8'), 'stale: UPDATE_KEYS=1 npx vitest run test/tui/keymap.test.ts').toBe(
    keysMarkdown(),
  );
});
