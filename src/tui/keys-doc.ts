// SPDX-License-Identifier: GPL-2.0-only
// Owns docs/KEYS.md, made from the table of keys; a test says when the file is stale.

import { groups, keysText, type Binding } from './keymap.ts';

const HEAD = `# Keys of the debugger

<!-- Generated from src/tui/keymap.ts. Refresh it with: UPDATE_KEYS=1 npx vitest run test/tui/keymap.test.ts -->

Lower case goes forward, upper case goes back. Digits before a key are a count: \`10s\` steps ten times, \`42G\` goes to
step 42, \`3\` then Tab goes to pane 3. Every key is also a command: \`:step 10\`, \`:42\`, \`:state\`, \`:q\`.
`;

/** The whole file. */
export function keysMarkdown(): string {
  const parts = groups().map(({ group, bindings }) => `\n## ${group}\n\n${table(bindings)}`);
  return `${HEAD}${parts.join('')}`;
}

/** A Markdown table with aligned columns, as prettier writes it. */
function table(bindings: readonly Binding[]): string {
  const rows = bindings.map((b) => [
    b.keys.length === 1 ? code(keysText(b)) : keysText(b).split(' ').map(code).join(' '),
    code(`:${b.name}`),
    b.count === undefined ? b.text : `${b.text}; with a count: ${b.count}`,
  ]);
  const all = [['key', 'command', 'what it does'], ...rows];
  const widths = [0, 1, 2].map((column) => Math.max(...all.map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[], fill: string): string =>
    `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0, fill)).join(' | ')} |\n`;
  return line(all[0] ?? [], ' ') + line(['', '', ''], '-') + rows.map((row) => line(row, ' ')).join('');
}

function code(text: string): string {
  return `\`${text}\``;
}
