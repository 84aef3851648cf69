// SPDX-License-Identifier: GPL-2.0-only
// Owns the one table of keys: from it come what a key does, the help, the status line, `:` commands and docs/KEYS.md.

import type { Command } from './commands.ts';

export type KeyGroup = 'Time' | 'Violations' | 'Panes' | 'Screen' | 'Leaving';

export interface Binding {
  /** Also the `:` command. */
  readonly name: string;
  /** Canonical names of keys: "s", "S", "right", "ctrl+d", "shift+tab". */
  readonly keys: readonly string[];
  readonly command: Command;
  readonly group: KeyGroup;
  readonly text: string;
  /** What a count before the key means, if it takes one. */
  readonly count?: string;
  /** Stands in the status line: the keys as written there, and a word or two. Earlier ones survive on narrow screens. */
  readonly status?: { readonly keys: string; readonly word: string; readonly rank: number };
}

export const KEYMAP: readonly Binding[] = [
  {
    name: 'step',
    keys: ['s', 'right'],
    command: { kind: 'step', by: 1 },
    group: 'Time',
    text: 'step forward, whichever thread it is; from the end of a loop to its first step',
    count: 'that many steps',
    status: { keys: 's/S', word: 'step', rank: 1 },
  },
  {
    name: 'back',
    keys: ['S', 'left'],
    command: { kind: 'step', by: -1 },
    group: 'Time',
    text: 'step back',
    count: 'that many steps',
  },
  {
    name: 'thread-step',
    keys: ['.'],
    command: { kind: 'threadStep', by: 1 },
    group: 'Time',
    text: 'next step of the same thread',
    count: 'that many of its steps',
    status: { keys: './,', word: 'same thread', rank: 5 },
  },
  {
    name: 'thread-back',
    keys: [','],
    command: { kind: 'threadStep', by: -1 },
    group: 'Time',
    text: 'previous step of the same thread',
    count: 'that many of its steps',
  },
  {
    name: 'first',
    keys: ['g', 'home'],
    command: { kind: 'end', which: 'first' },
    group: 'Time',
    text: 'the start',
    count: 'that step',
    status: { keys: 'g/G', word: 'first/last', rank: 6 },
  },
  {
    name: 'last',
    keys: ['G', 'end'],
    command: { kind: 'end', which: 'last' },
    group: 'Time',
    text: 'the last step',
    count: 'that step',
  },
  {
    name: 'violation',
    keys: ['!'],
    command: { kind: 'firstViolation' },
    group: 'Violations',
    text: 'the first bad step: where an invariant became false, the run went wrong, or begins to go round',
    status: { keys: '!', word: 'bad step', rank: 2 },
  },
  {
    name: 'next-violation',
    keys: ['v'],
    command: { kind: 'violation', by: 1 },
    group: 'Violations',
    text: 'next place where something went wrong or was reported',
    count: 'that many places on',
    status: { keys: 'v/V', word: 'next/previous', rank: 7 },
  },
  {
    name: 'previous-violation',
    keys: ['V'],
    command: { kind: 'violation', by: -1 },
    group: 'Violations',
    text: 'previous place where something went wrong or was reported',
    count: 'that many places back',
  },
  {
    name: 'next-pane',
    keys: ['tab'],
    command: { kind: 'focus', by: 1 },
    group: 'Panes',
    text: 'next pane',
    count: 'the pane of that number',
    status: { keys: 'Tab', word: 'pane', rank: 4 },
  },
  {
    name: 'previous-pane',
    keys: ['shift+tab'],
    command: { kind: 'focus', by: -1 },
    group: 'Panes',
    text: 'previous pane',
  },
  {
    name: 'down',
    keys: ['j', 'down'],
    command: { kind: 'line', by: 1 },
    group: 'Panes',
    text: 'one line down in this pane; in the lanes that is a step',
    count: 'that many lines',
  },
  {
    name: 'up',
    keys: ['k', 'up'],
    command: { kind: 'line', by: -1 },
    group: 'Panes',
    text: 'one line up in this pane; in the lanes that is a step back',
    count: 'that many lines',
  },
  {
    name: 'half-down',
    keys: ['ctrl+d'],
    command: { kind: 'page', by: 0.5 },
    group: 'Panes',
    text: 'scroll half a page down; the position stays',
  },
  {
    name: 'half-up',
    keys: ['ctrl+u'],
    command: { kind: 'page', by: -0.5 },
    group: 'Panes',
    text: 'scroll half a page up',
  },
  {
    name: 'page-down',
    keys: ['pagedown'],
    command: { kind: 'page', by: 1 },
    group: 'Panes',
    text: 'scroll a page down',
  },
  {
    name: 'page-up',
    keys: ['pageup'],
    command: { kind: 'page', by: -1 },
    group: 'Panes',
    text: 'scroll a page up',
  },
  {
    name: 'enlarge',
    keys: ['+'],
    command: { kind: 'zoom', by: 1 },
    group: 'Panes',
    text: 'more room for this pane; twice: all of the screen',
  },
  {
    name: 'shrink',
    keys: ['_'],
    command: { kind: 'zoom', by: -1 },
    group: 'Panes',
    text: 'less room for it again',
  },
  {
    name: 'all',
    keys: ['e'],
    command: { kind: 'showAll' },
    group: 'Panes',
    text: 'show all fields and locks in the state pane, or only those that matter in this trace',
  },
  {
    name: 'ascii',
    keys: ['~'],
    command: { kind: 'ascii' },
    group: 'Screen',
    text: 'line art in ASCII or Unicode',
  },
  {
    name: 'redraw',
    keys: ['ctrl+l'],
    command: { kind: 'redraw' },
    group: 'Screen',
    text: 'draw the screen again',
  },
  {
    name: 'help',
    keys: ['?'],
    command: { kind: 'help' },
    group: 'Screen',
    text: 'this help',
    status: { keys: '?', word: 'help', rank: 0 },
  },
  {
    name: 'command',
    keys: [':'],
    command: { kind: 'prompt' },
    group: 'Screen',
    text: 'command line: a step number, a pane (:state), or a name from this list (:step 10)',
  },
  {
    name: 'close',
    keys: ['escape'],
    command: { kind: 'close' },
    group: 'Leaving',
    text: 'close help, message or command line; forget a count; back to the lanes',
  },
  {
    name: 'quit',
    keys: ['q', 'Q'],
    command: { kind: 'quit' },
    group: 'Leaving',
    text: 'quit; from help: close it',
    status: { keys: 'q', word: 'quit', rank: 3 },
  },
  {
    name: 'suspend',
    keys: ['ctrl+z'],
    command: { kind: 'suspend' },
    group: 'Leaving',
    text: 'suspend; fg comes back to the same place',
  },
  {
    name: 'interrupt',
    keys: ['ctrl+c'],
    command: { kind: 'interrupt' },
    group: 'Leaving',
    text: 'quit at once',
  },
];

const byKey = new Map(KEYMAP.flatMap((binding) => binding.keys.map((key) => [key, binding])));

export function bindingOf(key: string): Binding | undefined {
  return byKey.get(key);
}

const SPOKEN: Readonly<Record<string, string>> = {
  right: 'Right',
  left: 'Left',
  up: 'Up',
  down: 'Down',
  home: 'Home',
  end: 'End',
  tab: 'Tab',
  'shift+tab': 'Shift-Tab',
  pagedown: 'PgDn',
  pageup: 'PgUp',
  escape: 'Esc',
  enter: 'Enter',
  backspace: 'Backspace',
  delete: 'Delete',
  space: 'Space',
};

/** A key as people write it: "ctrl+d" is "Ctrl-D". */
export function keyText(key: string): string {
  const spoken = SPOKEN[key];
  if (spoken !== undefined) return spoken;
  if (key.startsWith('ctrl+')) return `Ctrl-${key.slice(5).toUpperCase()}`;
  if (key.startsWith('alt+')) return `Alt-${keyText(key.slice(4))}`;
  return key;
}

export function keysText(binding: Binding): string {
  return binding.keys.map(keyText).join(' ');
}

/** The bindings of each group, in the order of the table. */
export function groups(): readonly { readonly group: KeyGroup; readonly bindings: readonly Binding[] }[] {
  const names = [...new Set(KEYMAP.map((binding) => binding.group))];
  return names.map((group) => ({ group, bindings: KEYMAP.filter((binding) => binding.group === group) }));
}
