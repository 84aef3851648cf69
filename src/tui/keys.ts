// SPDX-License-Identifier: GPL-2.0-only
// Owns the translation of what Ink reports of the keyboard into names of keys.

import type { Key } from 'ink';
import { characters } from '../view/text.ts';

const NAMED: readonly (readonly [keyof Key, string])[] = [
  ['upArrow', 'up'],
  ['downArrow', 'down'],
  ['leftArrow', 'left'],
  ['rightArrow', 'right'],
  ['pageDown', 'pagedown'],
  ['pageUp', 'pageup'],
  ['home', 'home'],
  ['end', 'end'],
  ['return', 'enter'],
  ['escape', 'escape'],
  ['backspace', 'backspace'],
  ['delete', 'delete'],
];

/** What Ink leaves of a sequence that it does not know (a mouse, a rare function key), its ESC gone: no typed keys. */
const UNKNOWN_SEQUENCE = /^(?:\[[0-?]*[ -/]*[@-~]|O[A-Za-z])$/;

/** The keys of one input event, in order: printable keys typed fast arrive as one event ("jjj"). */
export function keysOf(input: string, key: Key): string[] {
  if (key.tab) return [key.shift ? 'shift+tab' : 'tab'];
  const named = NAMED.find(([name]) => key[name] === true)?.[1];
  if (named !== undefined) return [named];
  if (UNKNOWN_SEQUENCE.test(input)) return [];
  const typed = characters(input);
  if (key.ctrl && typed.length === 1) return [`ctrl+${input.toLowerCase()}`];
  if (key.meta && typed.length === 1) return [`alt+${input}`];
  return typed.map(characterKey);
}

/** A control character inside a longer input is still the key that it is when typed alone. */
function characterKey(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  if (/^[\r\n]/.test(character)) return 'enter';
  if (character === '\t') return 'tab';
  if (character === ' ') return 'space';
  if (code === 0x7f || code === 0x08) return 'backspace';
  if (code === 0x1b) return 'escape';
  if (code < 0x20) return `ctrl+${String.fromCharCode(code + 0x60)}`;
  return character;
}
