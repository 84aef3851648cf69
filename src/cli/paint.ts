// SPDX-License-Identifier: GPL-2.0-only
// Owns the little emphasis that reports have on a terminal: a verdict stands out. Everywhere else, plain text.

import type { Io, Output } from './io.ts';

export interface Paint {
  good(text: string): string;
  bad(text: string): string;
  strong(text: string): string;
}

const plain: Paint = { good: (text) => text, bad: (text) => text, strong: (text) => text };

const colours: Paint = {
  good: (text) => `\u001b[1;32m${text}\u001b[0m`,
  bad: (text) => `\u001b[1;31m${text}\u001b[0m`,
  strong: (text) => `\u001b[1m${text}\u001b[0m`,
};

/** Colours on a terminal that has them, unless NO_COLOR is set (https://no-color.org). */
export function paintFor(output: Output, env: Io['env']): Paint {
  const refused = (env['NO_COLOR'] ?? '') !== '' || env['TERM'] === 'dumb';
  return output.isTTY && !refused ? colours : plain;
}
