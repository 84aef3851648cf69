// SPDX-License-Identifier: GPL-2.0-only
// Owns the last line of the screen: what is being typed, a message, or the keys worth knowing.

import { span, type Row } from '../view/span.ts';
import { characters, widthOf } from '../view/text.ts';
import { PANES } from './commands.ts';
import { KEYMAP, type Binding } from './keymap.ts';
import type { UiState } from './ui-state.ts';

/** One row of at most `columns`, but for messages, which the caller clips. */
export function statusRow(ui: UiState): Row {
  if (ui.prompt !== undefined) {
    const hint = ui.prompt === '' ? [span('   a step number, a pane, or a command; Esc leaves', 'dim')] : [];
    return [span(` :${endOf(ui.prompt, ui.columns - 3)}`, 'strong'), span(' ', 'current'), ...hint];
  }
  if (ui.count !== '') {
    const count = Number(ui.count);
    const pane = PANES[count - 1];
    const tab = pane === undefined ? '' : `Tab goes to the ${pane}, `;
    const hint = `  now a key: s steps ${count}, G goes to step ${count}, ${tab}Esc forgets`;
    return [span(` ${ui.count}`, 'strong'), span(hint, 'dim')];
  }
  if (ui.message !== '') return [span(` ${ui.message}`, 'strong')];
  if (ui.help !== undefined)
    return [
      span(' j k PgDn PgUp', 'key'),
      span(' scroll  ', 'dim'),
      span('Esc', 'key'),
      span(' closes the help', 'dim'),
    ];
  return keyRow(ui.columns);
}

/** The end of a text, where the typing goes on: as much as fits into `columns`. */
function endOf(text: string, columns: number): string {
  const kept = characters(text);
  while (kept.length > 0 && widthOf(kept.join('')) > columns) kept.shift();
  return kept.join('');
}

/** The keys with the best ranks that fit, in the order of the table. */
function keyRow(columns: number): Row {
  const ranked = KEYMAP.filter((b) => b.status !== undefined).sort((a, b) => rank(a) - rank(b));
  const kept = new Set<Binding>();
  let room = columns - 1;
  for (const binding of ranked) {
    const width = (binding.status?.keys.length ?? 0) + (binding.status?.word.length ?? 0) + 3;
    if (width > room + 2) break;
    kept.add(binding);
    room -= width;
  }
  const entries = KEYMAP.filter((b) => kept.has(b));
  return entries.flatMap((b, index) => [
    span(`${index === 0 ? ' ' : '  '}${b.status?.keys ?? ''}`, 'key'),
    span(` ${b.status?.word ?? ''}`, 'dim'),
  ]);
}

const rank = (binding: Binding): number => binding.status?.rank ?? Infinity;
