// SPDX-License-Identifier: GPL-2.0-only

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { blankLine, parseLine, Patch } from '../../src/tui/cells.ts';
import { Emulator, plainly } from './emulator.ts';

const ESC = '\u001B';

test('a line becomes cells with canonical styles', () => {
  const line = parseLine(`a${ESC}[1m${ESC}[31mb${ESC}[39mc${ESC}[22md`, 6);
  expect(line.glyphs).toEqual(['a', 'b', 'c', 'd', ' ', ' ']);
  expect(line.styles).toEqual(['', '1;31', '1', '', '', '']);
});

test('a wide character takes two cells, and none when only one is left', () => {
  expect(parseLine('a字b', 5).glyphs).toEqual(['a', '字', '', 'b', ' ']);
  expect(parseLine('ab字', 3).glyphs).toEqual(['a', 'b', ' ']);
});

test('sequences that are not about looks are dropped', () => {
  expect(parseLine(`a${ESC}[2Jb${ESC}]0;title\u0007c${ESC}]8;;x${ESC}\\d`, 5).glyphs.join('')).toBe('abcd ');
});

test('nothing changed, nothing written', () => {
  const patch = new Patch();
  const line = parseLine('same', 10);
  patch.line(3, line, parseLine('same', 10), 10);
  expect(patch.finish()).toBe('');
});

test('only what changed is written, and where', () => {
  const patch = new Patch();
  patch.line(4, parseLine('step 9 of 20', 20), parseLine('step 10 of 20', 20), 20);
  expect(patch.finish()).toBe(`${ESC}[5;6H10 of 20`);
  const tail = new Patch();
  tail.line(0, parseLine('a long line that goes', 30), parseLine('a', 30), 30);
  expect(tail.finish()).toBe(`${ESC}[1;2H${ESC}[K`);
});

const codes = [
  '',
  `${ESC}[1m`,
  `${ESC}[2m`,
  `${ESC}[7m`,
  `${ESC}[33m`,
  `${ESC}[97m${ESC}[41m`,
  `${ESC}[0m`,
  `${ESC}[22m`,
  `${ESC}[38;5;208m`,
];
const piece = fc.tuple(
  fc.constantFrom(...codes),
  fc.constantFrom('a', 'bc', '  ', '字', '│', '…', 'é', '日本', 'x y z'),
);
const line = fc.array(piece, { maxLength: 14 }).map((pieces) => pieces.flat().join(''));

test('a character that the terminal draws narrower than we think does not shift what follows', async () => {
  const emulator = new Emulator(10, 1);
  const patch = new Patch();
  patch.line(0, blankLine(10), parseLine('a👍bc', 10), 10);
  emulator.write(patch.finish());
  // This emulator draws the thumb in one column, most terminals in two.
  expect((await emulator.cells())[0]).toBe('a👍 bc     ');
});

test('any screen turns into any other', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(line, line), { minLength: 1, maxLength: 4 }), async (pairs) => {
      const columns = 17;
      const emulator = new Emulator(columns, pairs.length);
      emulator.write(`${ESC}[?7l`);
      const first = new Patch();
      pairs.forEach(([old], y) => first.line(y, blankLine(columns), parseLine(old, columns), columns));
      emulator.write(first.finish());
      const second = new Patch();
      pairs.forEach(([old, next], y) =>
        second.line(y, parseLine(old, columns), parseLine(next, columns), columns),
      );
      emulator.write(second.finish());
      // The emulator draws what does not fit at the right edge; parseLine leaves it out.
      const wanted = pairs.map(([, next]) => shown(next, columns)).join('\n');
      expect(await emulator.cells()).toEqual(await plainly(wanted, columns, pairs.length));
    }),
    { numRuns: 300 },
  );
});

/** The line without what is beyond the right edge. */
function shown(text: string, columns: number): string {
  const { glyphs, styles } = parseLine(text, columns);
  return glyphs.map((glyph, x) => (glyph === '' ? '' : `${ESC}[0;${styles[x] ?? ''}m${glyph}`)).join('');
}
