// SPDX-License-Identifier: GPL-2.0-only

import { expect, test } from 'vitest';
import { Screen } from '../../src/tui/screen.ts';
import { Emulator } from './emulator.ts';

function opened(synchronised = true) {
  const emulator = new Emulator(20, 4);
  const screen = new Screen(emulator, synchronised);
  screen.enter();
  return { emulator, screen };
}

/** Bytes that `act` makes the screen write. */
function bytesOf(emulator: Emulator, act: () => void): string {
  const before = emulator.bytes.length;
  act();
  return emulator.bytes.slice(before);
}

test('frames are shown as they are', async () => {
  const { emulator, screen } = opened();
  screen.write('one\ntwo\nthree\nfour');
  expect(await emulator.text()).toEqual(['one', 'two', 'three', 'four']);
  screen.write('one\n2\nthree\nfour and more than fits into it');
  expect(await emulator.text()).toEqual(['one', '2', 'three', 'four and more than f']);
  screen.write('one');
  expect(await emulator.text()).toEqual(['one', '', '', '']);
});

test('a frame is one synchronised write of what changed', () => {
  const { emulator, screen } = opened();
  screen.write('step 1\nsame');
  expect(bytesOf(emulator, () => screen.write('step 2\nsame'))).toBe(
    '\u001B[?2026h\u001B[1;6H2\u001B[?2026l',
  );
  expect(bytesOf(emulator, () => screen.write('step 2\nsame'))).toBe('');
  const plain = opened(false);
  plain.screen.write('step 1');
  expect(bytesOf(plain.emulator, () => plain.screen.write('step 2'))).toBe('\u001B[1;6H2');
});

test('what Ink writes besides frames does not reach the terminal', () => {
  const { emulator, screen } = opened();
  expect(bytesOf(emulator, () => screen.write('\u001B[?25h'))).toBe('');
  expect(bytesOf(emulator, () => screen.write('\n'))).toBe('');
  expect(bytesOf(emulator, () => screen.write(''))).toBe('');
  let called = false;
  screen.write('', () => (called = true));
  expect(called).toBe(true);
});

test('it never scrolls: no line feed and no wrapping', () => {
  const { emulator, screen } = opened();
  screen.write(Array.from({ length: 9 }, () => 'x'.repeat(30)).join('\n'));
  expect(emulator.bytes).not.toContain('\n');
  expect(emulator.bytes).toContain('\u001B[?7l');
});

test('a new size: the screen is cleared, the application hears of it before Ink', async () => {
  const { emulator, screen } = opened();
  screen.write('one\ntwo');
  const heard: string[] = [];
  screen.onResize = () => heard.push(`application ${screen.columns}x${screen.rows}`);
  screen.on('resize', () => heard.push('ink'));
  emulator.resize(10, 2);
  expect(heard).toEqual(['application 10x2', 'ink']);
  screen.write('one\ntwo');
  expect(await emulator.text()).toEqual(['one', 'two']);
});

test('redrawing repairs a screen that something else has written to', async () => {
  const { emulator, screen } = opened();
  screen.write('one\ntwo');
  emulator.write('\u001B[1;1Hgarbage everywhere');
  screen.redraw();
  expect(await emulator.text()).toEqual(['one', 'two', '', '']);
});

test('after closing nothing is written', () => {
  const { emulator, screen } = opened();
  screen.write('one');
  screen.close();
  expect(bytesOf(emulator, () => screen.write('two'))).toBe('');
  expect(bytesOf(emulator, () => emulator.resize(9, 9))).toBe('');
});

test('a terminal that does not know its size has the usual one', () => {
  const out = { columns: 0, rows: 0, write: () => true, on: () => {}, off: () => {} };
  const screen = new Screen(out, true);
  expect([screen.columns, screen.rows]).toEqual([80, 24]);
});
