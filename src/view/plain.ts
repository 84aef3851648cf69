// SPDX-License-Identifier: GPL-2.0-only
// Owns what of a text is safe to show on a terminal. Needs no package, for the command line loads it at every start.

/** Printable ASCII and our own line art: one column and one code unit each. */
export const NARROW = /^[\x20-\x7e\u00b7\u2026\u2500-\u257f\u25a0\u25b2]*$/;
/** Controls, invisible formatting (bidi, zero width, tags), line separators, halves of characters. */
const UNSAFE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;
/** Variation selectors: terminals disagree on the width they make. */
const VARIANTS = /[\ufe00-\ufe0f]/g;

/** The text with all that could move a cursor or reorder a line made visible: ESC is `^[`, U+202E is `<202e>`. */
export function plain(text: string): string {
  if (NARROW.test(text)) return text;
  return text.replace(VARIANTS, '').replace(UNSAFE, visible);
}

function visible(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  if (character === '\t' || character === '\n' || character === '\r') return ' ';
  if (code < 0x20) return `^${String.fromCharCode(code + 0x40)}`;
  if (code === 0x7f) return '^?';
  return `<${code.toString(16)}>`;
}
