// SPDX-License-Identifier: GPL-2.0-only
// Owns how each role looks: 16 ANSI colours or none, and always something besides colour (a sign, bold, inverse).

import { toAscii } from '../view/text.ts';
import type { Role, Row } from '../view/span.ts';

/** Turns rows into text with SGR sequences. */
export interface Theme {
  paint(row: Row, ascii: boolean): string;
}

/** SGR code to the code that ends it. */
const ENDS: Readonly<Record<number, number>> = { 1: 22, 2: 22, 4: 24, 7: 27 };

const PLAIN: Readonly<Record<Role, readonly number[]>> = {
  plain: [],
  dim: [2],
  strong: [1],
  title: [1],
  focus: [1],
  current: [1, 7],
  changed: [1],
  violation: [1],
  alert: [1, 7],
  key: [1],
  thread0: [],
  thread1: [],
  thread2: [],
  thread3: [],
  thread4: [],
  thread5: [],
};

/** No dark blue, which many terminals make unreadable; red and green never stand for two sides of one thing. */
const COLOUR: Readonly<Record<Role, readonly number[]>> = {
  ...PLAIN,
  focus: [1, 36],
  changed: [33],
  violation: [1, 31],
  alert: [1, 97, 41],
  key: [1],
  thread0: [36],
  thread1: [35],
  thread2: [32],
  thread3: [94],
  thread4: [93],
  thread5: [95],
};

/** `colour` false: bold, dim and inverse only (NO_COLOR). */
export function themeOf(colour: boolean): Theme {
  const looks = colour ? COLOUR : PLAIN;
  return {
    paint(row, ascii) {
      let line = '';
      for (const { text, role } of merged(row)) {
        const shown = ascii ? toAscii(text) : text;
        const codes = looks[role];
        const on = codes.map((code) => `\u001B[${code}m`).join('');
        const off = [...codes]
          .reverse()
          .map((code) => `\u001B[${endOf(code)}m`)
          .join('');
        line += on + shown + off;
      }
      return line;
    },
  };
}

function endOf(code: number): number {
  if (ENDS[code] !== undefined) return ENDS[code];
  return (code >= 40 && code <= 47) || code >= 100 ? 49 : 39;
}

function merged(row: Row): { text: string; role: Role }[] {
  const out: { text: string; role: Role }[] = [];
  for (const { text, role } of row) {
    const last = out.at(-1);
    if (text === '') continue;
    if (last !== undefined && last.role === role) last.text += text;
    else out.push({ text, role });
  }
  return out;
}
