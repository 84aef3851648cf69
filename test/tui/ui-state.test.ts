// SPDX-License-Identifier: GPL-2.0-only

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { KEYMAP } from '../../src/tui/keymap.ts';
import { factsOf, sessionOf } from '../../src/tui/session.ts';
import { themeOf } from '../../src/tui/theme.ts';
import { initialUi, pressKey, run, type UiState } from '../../src/tui/ui-state.ts';
import { sampleRecording } from '../support/sample-recording.ts';

const facts = factsOf(sessionOf(sampleRecording(), themeOf(false), 'sample', []));
const start = initialUi({ columns: 80, rows: 24 });

/** Types keys, separated by blanks. */
function type(keys: string, from: UiState = start): UiState {
  return keys
    .split(' ')
    .filter((key) => key !== '')
    .reduce((ui, key) => pressKey(ui, key, facts).ui, from);
}

describe('time', () => {
  test.each([
    ['s', 1],
    ['right right', 2],
    ['s s S', 1],
    ['left', 0],
    ['G', 15],
    ['G g', 0],
    ['1 0 s', 10],
    ['1 0 s 3 S', 7],
    ['1 3 G', 13],
    ['9 9 s', 15],
    ['j j k', 1],
    ['3 j', 3],
  ])('%s goes to step %i', (keys, step) => {
    expect(type(keys).cursor).toBe(step);
  });

  test('the same thread: CPU1 has steps 1, 2, 5, 11, 12, 13, 15', () => {
    expect(type('s . .').cursor).toBe(5);
    expect(type('s 4 .').cursor).toBe(12);
    expect(type('s . . ,').cursor).toBe(2);
    expect(type('.').cursor).toBe(1);
    expect(type('s ,')).toMatchObject({ cursor: 1, message: 'this is the first step of this thread' });
    expect(type('G .')).toMatchObject({ cursor: 15, message: 'this thread makes no further step' });
  });

  test('the ends say so', () => {
    expect(type('S').message).toBe('this is the start');
    expect(type('G s').message).toBe('this is the last step');
    expect(type('9 9 G').message).toBe('the trace has 15 steps');
  });
});

describe('a loop from step 4 on', () => {
  const recording = sampleRecording();
  const verdict = {
    ...recording.verdict!,
    ...{ safety: { word: 'SAFE' }, violations: [], step: null, since: null },
  };
  const lasso = { ...recording, verdict: { ...verdict, progress: 'SPIN', loop: 4 } } as typeof recording;
  const loopFacts = factsOf(sessionOf(lasso, themeOf(false), 'sample', []));
  const typed = (keys: string): UiState =>
    keys.split(' ').reduce((ui, key) => pressKey(ui, key, loopFacts).ui, start);

  test.each([
    ['G s', 4],
    ['G s s', 5],
    ['G 1 2 s', 15],
    ['G 1 3 s', 4],
    ['G s S', 3],
    ['9 9 G', 15],
    ['!', 4],
    ['v', 4],
    ['G V', 4],
  ])('%s goes to step %i', (keys, step) => {
    expect(typed(keys).cursor).toBe(step);
  });

  test('going round says so', () => {
    expect(typed('G s').message).toBe('round again: after step 15 comes step 4');
    expect(typed('G j').message).toBe('round again: after step 15 comes step 4');
    expect(typed('1 4 G s').message).toBe('');
    // CPU1 has steps 1, 2, 5, 11, 12, 13, 15.
    expect(typed('G .')).toMatchObject({ cursor: 5, message: 'round again: after step 15 comes step 4' });
    expect(typed('1 1 G . .')).toMatchObject({ cursor: 13, message: '' });
  });
});

describe('violations', () => {
  test.each([
    ['!', 13],
    ['v', 13],
    ['v v', 14],
    ['G V', 14],
    ['G V V', 13],
    ['2 v', 14],
  ])('%s goes to step %i', (keys, step) => {
    expect(type(keys).cursor).toBe(step);
  });

  test('a trace in which nothing goes wrong', () => {
    const recording = { ...sampleRecording(), verdict: null };
    const calm = factsOf(sessionOf(recording, themeOf(false), 'sample', []));
    for (const key of ['!', 'v', 'V']) {
      expect(pressKey(start, key, calm).ui).toMatchObject({
        cursor: 0,
        message: 'nothing goes wrong in this trace',
      });
    }
  });
});

describe('panes', () => {
  test('one that a small screen has no room for says so', () => {
    const small = initialUi({ columns: 40, rows: 12 });
    const message = 'no room for the timeline: + + makes it';
    expect(type('4 tab', small)).toMatchObject({ focus: 'timeline', message });
    expect(type('shift+tab', small)).toMatchObject({ focus: 'timeline', message });
    expect(type('2 tab', small)).toMatchObject({ focus: 'source', message: '' });
    expect(type('4 tab')).toMatchObject({ focus: 'timeline', message: '' });
    expect(type('4 tab + +', small)).toMatchObject({ zoom: 2, message: '' });
  });

  test('Tab goes round, a count goes to a number', () => {
    expect(type('tab').focus).toBe('source');
    expect(type('tab tab tab tab').focus).toBe('lanes');
    expect(type('shift+tab').focus).toBe('timeline');
    expect(type('3 tab').focus).toBe('state');
    expect(type('9 tab').message).toBe('there are 4 panes');
  });

  test('j and k scroll panes that are not about time', () => {
    const down = type('tab j j');
    expect(down).toMatchObject({ cursor: 0, scroll: { source: 2 } });
    expect(type('k', down).scroll.source).toBe(1);
    expect(type('s', down).scroll.source).toBe(0);
  });

  test('scrolling stops at the ends, and the way back starts there', () => {
    const bottom = type('tab 9 9 j');
    expect(type('j', bottom)).toMatchObject({ scroll: bottom.scroll, message: 'end of source' });
    expect(type('k', bottom).scroll.source).toBe(bottom.scroll.source - 1);
  });

  test('pages scroll the lanes without moving the cursor', () => {
    expect(type('pagedown')).toMatchObject({ cursor: 0, scroll: { lanes: 8 } });
    expect(type('ctrl+d')).toMatchObject({ cursor: 0, scroll: { lanes: 4 } });
    expect(type('pagedown pageup').scroll.lanes).toBe(0);
    expect(type('pagedown s').scroll.lanes).toBe(0);
  });

  test('zoom', () => {
    expect(type('+').zoom).toBe(1);
    expect(type('+ + +').zoom).toBe(2);
    expect(type('+ + _').zoom).toBe(1);
    expect(type('_').zoom).toBe(0);
    expect(type('tab + escape')).toMatchObject({ zoom: 0, focus: 'lanes' });
  });

  test('switches', () => {
    expect(type('~').ascii).toBe(true);
    expect(type('~ ~').ascii).toBe(false);
    expect(type('e').showAll).toBe(true);
  });
});

describe('help', () => {
  test('opens, scrolls, closes, and lets go for keys of the debugger', () => {
    expect(type('?').help).toEqual({ top: 0 });
    expect(type('? j j').help).toEqual({ top: 2 });
    expect(type('? j k k').help).toEqual({ top: 0 });
    expect(type('? G g').help).toEqual({ top: 0 });
    for (const key of ['escape', 'q', '?']) expect(type(`? ${key}`).help).toBeUndefined();
    expect(pressKey(type('?'), 'q', facts).effect).toBeUndefined();
    expect(type('? !')).toMatchObject({ help: undefined, cursor: 13 });
  });
});

describe('command line', () => {
  const enter = (line: string): UiState =>
    type([':', ...line.split('').map((c) => (c === ' ' ? 'space' : c)), 'enter'].join(' '));

  test.each([
    ['13', { cursor: 13 }],
    ['state', { focus: 'state' }],
    ['step', { cursor: 1 }],
    ['step 10', { cursor: 10 }],
    ['viol', { cursor: 13 }],
    ['G', { cursor: 15 }],
    ['nonsense', { message: 'no such command: nonsense - ? for help' }],
    ['step x', { message: 'not a number: x' }],
    ['s', { cursor: 1 }],
    ['st', { message: ':st could be state, step' }],
    ['', { cursor: 0, prompt: undefined }],
  ])(':%s', (line, expected) => {
    expect(enter(line)).toMatchObject(expected);
  });

  test('editing', () => {
    expect(type(': 1 2 backspace').prompt).toBe('1');
    expect(type(': 1 2 ctrl+u').prompt).toBe('');
    expect(type(': backspace').prompt).toBeUndefined();
    expect(type(': 1 escape')).toMatchObject({ prompt: undefined, cursor: 0 });
    expect(type(': up').prompt).toBe('');
    expect(type(': \u001B').prompt).toBe('^[');
  });

  test('it can quit, and Ctrl-C always can', () => {
    expect(pressKey(type(': q'), 'enter', facts).effect).toEqual({ kind: 'quit' });
    expect(pressKey(type(': q'), 'ctrl+c', facts).effect).toEqual({ kind: 'interrupt' });
  });
});

test('an unknown key says so, gently, and the next key clears it', () => {
  expect(type('x').message).toBe('no such key: x - ? for help');
  expect(type('1 0 x')).toMatchObject({ message: 'no such key: x - ? for help', count: '', cursor: 0 });
  expect(type('\u009B').message).toBe('no such key: <9b> - ? for help');
  expect(type('x s').message).toBe('');
});

test('effects leave the state alone', () => {
  for (const [key, kind] of [
    ['q', 'quit'],
    ['Q', 'quit'],
    ['ctrl+c', 'interrupt'],
    ['ctrl+z', 'suspend'],
    ['ctrl+l', 'redraw'],
  ] as const) {
    expect(pressKey(start, key, facts)).toEqual({ ui: start, effect: { kind } });
  }
});

test('resizing keeps the place', () => {
  const { ui } = run(type('!'), { kind: 'resize', columns: 40, rows: 12 }, facts);
  expect(ui).toMatchObject({ cursor: 13, columns: 40, rows: 12 });
});

test('no sequence of keys breaks anything', () => {
  const keys = [
    ...KEYMAP.flatMap((binding) => binding.keys),
    ...['0', '1', '2', '5', '9', 'x', 'y', 'z'],
    'enter',
    'backspace',
    'space',
  ];
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...keys), { maxLength: 60 }), (typed) => {
      const ui = typed.reduce((state, key) => pressKey(state, key, facts).ui, start);
      expect(ui.cursor).toBeGreaterThanOrEqual(0);
      expect(ui.cursor).toBeLessThanOrEqual(15);
      expect(ui.count).toMatch(/^\d{0,9}$/);
    }),
  );
});
