// SPDX-License-Identifier: GPL-2.0-only
// Owns how a protocol or scenario is named on the command line: a name, a part of one, or a file.

import { UserError } from '../base/user-error.ts';
import { nearest } from '../lang/diagnostics/suggest.ts';
import type { Kind } from './shipped.ts';

export type Named = { readonly file: string } | { readonly name: string };

/** What ends in .c or has a / in it is the user's file; everything else must be a name, or a part of just one. */
export function resolveName(kind: Kind, given: string, names: readonly string[]): Named {
  if (given.endsWith('.c') || given.includes('/')) return { file: given };
  if (names.includes(given)) return { name: given };
  const wanted = given.toLowerCase();
  const fitting = given === '' ? [] : names.filter((name) => name.toLowerCase().includes(wanted));
  const [only] = fitting;
  if (only !== undefined && fitting.length === 1) return { name: only };
  if (fitting.length > 1) {
    const list = fitting.join(', ');
    throw new UserError(
      `${kind}-ambiguous`,
      `'${given}' fits more than one ${kind}: ${list}`,
      'Say more of it, or the whole name.',
    );
  }
  const meant = nearest(given, names) ?? nearestPart(given, names);
  throw new UserError(
    `${kind}-unknown`,
    `there is no ${kind} '${given}'${meant === undefined ? '' : `; did you mean ${meant}?`}`,
    meant === undefined
      ? `The ${kind}s are ${names.join(', ')}.\nA file of yours is named with .c at its end.`
      : "'mmreplay list' shows all. A file of yours is named with .c at its end.",
  );
}

/** "frlok" is near to "frlock", a part of 2003-frlock. */
function nearestPart(given: string, names: readonly string[]): string | undefined {
  const whole = new Map(names.flatMap((name) => parts(name).map((part) => [part, name] as const)));
  const part = nearest(given, whole.keys());
  return part === undefined ? undefined : whole.get(part);
}

/** "2003-single-counter": 2003, single, counter, single-counter, 2003-single. */
function parts(name: string): string[] {
  const words = name.split('-');
  return words.flatMap((_, from) =>
    words.slice(from).map((_word, length) => words.slice(from, from + length + 1).join('-')),
  );
}
