// SPDX-License-Identifier: GPL-2.0-only

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { clip, cut, fit, plain, toAscii, widthOf, wrap } from '../../src/view/text.ts';

test('control characters become visible', () => {
  expect(plain('a\u001B[31mb')).toBe('a^[[31mb');
  expect(plain('bell\u0007 del\u007F')).toBe('bell^G del^?');
  expect(plain('csi\u009B2J')).toBe('csi<9b>2J');
  expect(plain('a\tb\nc\rd')).toBe('a b c d');
  expect(plain('abc\u202Edef')).toBe('abc<202e>def');
  expect(plain('zero\u200Bwidth')).toBe('zero<200b>width');
  expect(plain('half \uD800 pair')).toBe('half <d800> pair');
});

test('what is harmless stays as it is', () => {
  expect(plain('page->mapping = NULL')).toBe('page->mapping = NULL');
  expect(plain('日本 é ä')).toBe('日本 é ä');
});

test('no text can move the cursor', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      expect(plain(text)).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u);
    }),
  );
});

test('width counts columns, not characters', () => {
  expect(widthOf('page[1]')).toBe(7);
  expect(widthOf('日本')).toBe(4);
  expect(widthOf('│ ── …')).toBe(6);
  expect(widthOf('e\u0301')).toBe(1);
});

test('clipping says that there is more', () => {
  expect(clip('spin_lock(&lock)', 16, '…')).toBe('spin_lock(&lock)');
  expect(clip('spin_lock(&lock)', 10, '…')).toBe('spin_lock…');
  expect(clip('spin_lock(&lock)', 10, '~')).toBe('spin_lock~');
  expect(clip('日本語', 5, '…')).toBe('日本…');
  expect(clip('日本語', 4, '…')).toBe('日…');
  expect(clip('abc', 0, '…')).toBe('');
  expect(cut('日本', 3)).toBe('日');
});

test('a fitted text has exactly its columns', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.integer({ min: 1, max: 30 }), (text, columns) => {
      expect(widthOf(fit(plain(text), columns, '…'))).toBe(columns);
    }),
  );
});

test('wrapping keeps every word', () => {
  expect(wrap('one two three', 7)).toEqual(['one two', 'three']);
  expect(wrap('abcdefgh', 3)).toEqual(['abc', 'def', 'gh']);
  expect(wrap('', 3)).toEqual(['']);
  fc.assert(
    fc.property(
      fc.array(fc.stringMatching(/^[a-z]{1,12}$/)),
      fc.integer({ min: 1, max: 20 }),
      (words, columns) => {
        const lines = wrap(words.join(' '), columns);
        expect(lines.every((line) => line.length <= columns)).toBe(true);
        expect(lines.join('').replaceAll(' ', '')).toBe(words.join(''));
      },
    ),
  );
});

test('ASCII terminals get a question mark for each column they cannot show', () => {
  expect(toAscii('page 日本 é')).toBe('page ???? ?');
});
