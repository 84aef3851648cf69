// SPDX-License-Identifier: GPL-2.0-only
// Owns the text of the help: the keys, from their table, and the signs on the screen.

import { span, type Row } from '../view/span.ts';
import { wrap } from '../view/text.ts';
import { groups, keysText } from './keymap.ts';

const SIGNS: readonly (readonly [string, string])[] = [
  ['>', 'lanes, timeline: the current step; the panes show the state after it'],
  ['!', 'the step from which an invariant is false; a cell or page that it is about'],
  ['~', 'state: changed by the current step, old -> new'],
  ['*', 'source: the line that the current step ran; ! where it went wrong'],
  ['1>', 'source: thread 1 stands here; 1: it is inside this call'],
  ['│ |', 'lanes: the thread is inside an operation (fault, truncate)'],
  ['┊ :', 'lanes: the thread waits'],
  ['(x=0)', 'state: a local that no later code reads'],
  ['+2', 'state: so many fields more than fit'],
];

/** All lines of the help, for a screen of this width. */
export function helpRows(notices: readonly string[], columns: number): readonly Row[] {
  const keys = groups().map(({ group, bindings }) => ({
    group,
    entries: bindings.map((b): readonly [string, string] => [keysText(b), b.text]),
  }));
  const all = [...keys, { group: 'Signs', entries: SIGNS }];
  const rows: Row[] = all.flatMap(({ group, entries }): Row[] => [
    [span(` ${group}`, 'title')],
    ...entries.flatMap(([key, text]) => entry(key, text, columns)),
    [],
  ]);
  const counts =
    'Digits before a key are a count: 10s steps ten times, 13G goes to step 13, 2 Tab to pane 2.';
  rows.unshift(...wrap(counts, columns - 2).map((line): Row => [span(` ${line}`)]), []);
  const told = notices.flatMap((notice) =>
    wrap(notice, columns - 3).map((line): Row => [span(`   ${line}`)]),
  );
  return told.length === 0 ? rows : [[span(' About this trace', 'title')], ...told, [], ...rows];
}

function entry(key: string, text: string, columns: number): Row[] {
  const indent = columns >= 60 ? 16 : 11;
  return wrap(text, Math.max(10, columns - indent - 1)).map((line, index): Row => {
    const head = index === 0 ? `   ${key} `.padEnd(indent) : ' '.repeat(indent);
    return [span(head, 'key'), span(line)];
  });
}
