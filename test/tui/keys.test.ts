// SPDX-License-Identifier: GPL-2.0-only

import type { Key } from 'ink';
import { expect, test } from 'vitest';
import { keysOf } from '../../src/tui/keys.ts';

const none: Key = {
  ...{ upArrow: false, downArrow: false, leftArrow: false, rightArrow: false },
  ...{ pageDown: false, pageUp: false, home: false, end: false },
  ...{ return: false, escape: false, ctrl: false, shift: false, tab: false, backspace: false, delete: false },
  ...{ meta: false, super: false, hyper: false, capsLock: false, numLock: false },
};

test('characters typed fast arrive together and are keys one by one', () => {
  expect(keysOf('jjj', none)).toEqual(['j', 'j', 'j']);
  expect(keysOf('10s', none)).toEqual(['1', '0', 's']);
  expect(keysOf(':42\r', none)).toEqual([':', '4', '2', 'enter']);
  expect(keysOf('s\r\n', none)).toEqual(['s', 'enter']);
  expect(keysOf('s\u0003', none)).toEqual(['s', 'ctrl+c']);
  expect(keysOf('日本', none)).toEqual(['日', '本']);
});

test('named keys', () => {
  expect(keysOf('', { ...none, rightArrow: true })).toEqual(['right']);
  expect(keysOf('', { ...none, escape: true })).toEqual(['escape']);
  expect(keysOf('\t', { ...none, tab: true })).toEqual(['tab']);
  expect(keysOf('', { ...none, tab: true, shift: true })).toEqual(['shift+tab']);
  expect(keysOf('\r', { ...none, return: true })).toEqual(['enter']);
  expect(keysOf('d', { ...none, ctrl: true })).toEqual(['ctrl+d']);
  expect(keysOf('x', { ...none, meta: true })).toEqual(['alt+x']);
  expect(keysOf(' ', none)).toEqual(['space']);
});

test('sequences of unknown keys are no keys', () => {
  expect(keysOf('', none)).toEqual([]);
  // Ink hands on what it does not know without its ESC: focus, mouse, keypad, rare function keys.
  for (const rest of ['[I', '[<0;10;10M', 'Oq', '[25~', '[99q']) expect(keysOf(rest, none)).toEqual([]);
  expect(keysOf('[', none)).toEqual(['[']);
  expect(keysOf('O', none)).toEqual(['O']);
});
