// SPDX-License-Identifier: GPL-2.0-only
// Owns the printf of invariants: the words with which a model says what is wrong.

import { UNINIT, type Num, type ShownAs } from '../lang/program.ts';
import type { Values } from './values.ts';

export interface Said {
  readonly value: Num;
  readonly show: ShownAs;
}

/**
 * Puts the values into the format. %d and %u and %i print an integer or enum's number (bool as 0 or 1), %x in
 * hexadecimal, %p and %s in words (objects, threads, enum names, true and false), %% a per cent sign. Flags, widths and
 * length modifiers are read over. A conversion without a value is left as it stands.
 */
export function formatMessage(format: string, args: readonly Said[], values: Values): string {
  let next = 0;
  return format.replace(
    /%(?:[-+ #0]*\d*(?:\.\d+)?(?:hh|h|ll|l|z|j|t)?([diuxXps])|%)/g,
    (whole, conversion?: string) => {
      if (conversion === undefined) return '%';
      const arg = args[next];
      next += 1;
      return arg === undefined ? whole : convert(conversion, arg, values);
    },
  );
}

function convert(conversion: string, { value, show }: Said, values: Values): string {
  const isNumber = (show.as === 'int' || show.as === 'bool' || show.as === 'enum') && value !== UNINIT;
  if (!isNumber || conversion === 'p' || conversion === 's') return values.say(value, show);
  if (conversion === 'x') return value.toString(16);
  if (conversion === 'X') return value.toString(16).toUpperCase();
  return value.toString();
}
