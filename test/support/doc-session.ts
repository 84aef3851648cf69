// SPDX-License-Identifier: GPL-2.0-only
// Owns the running of a page of docs/ as its reader would: files are written, commands run, keys pressed, in order, in
// one empty folder. What comes out is the page again, with what really happened in the place of what it says.
//   ```c NAME.c          the reader writes this file
//   ```diff NAME.c       and changes it so
//   ```console           "$ mmreplay ..." and what it prints; "$ echo $?"; cp; other commands are only read
//   ```screen FILE KEYS  the debugger on FILE at 80x24 after these keys

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { EXIT } from '../../src/cli/exit-codes.ts';
import type { Io } from '../../src/cli/io.ts';
import { run } from '../../src/cli/run.ts';
import { blocksOf, type Block } from './markdown.ts';
import { openInTerminal } from './terminal.ts';

export const root = fileURLToPath(new URL('../..', import.meta.url));

/** Runs the page; gives its text as it should be. Where only times differ, the page is right as it stands. */
export async function rerun(markdown: string): Promise<string> {
  const before = process.cwd();
  const folder = mkdtempSync(path.join(os.tmpdir(), 'mmreplay-docs-'));
  process.chdir(folder);
  try {
    const lines = markdown.split('\n');
    let shift = 0;
    for (const block of blocksOf(markdown)) {
      const real = await runBlock(block);
      if (withoutTimes(real) === withoutTimes(block.text)) continue;
      const fresh = real.split('\n');
      lines.splice(block.line + shift, block.length, ...fresh);
      shift += fresh.length - block.length;
    }
    return lines.join('\n');
  } finally {
    process.chdir(before);
    rmSync(folder, { recursive: true, force: true });
  }
}

async function runBlock({ words, text }: Block): Promise<string> {
  const [kind, name = ''] = words;
  if (kind === 'c' && name.endsWith('.c')) writeFileSync(name, `${text}\n`);
  if (kind === 'diff') writeFileSync(name, patched(readFileSync(name, 'utf8'), text));
  if (kind === 'console') return runCommands(text);
  if (kind === 'screen') return screenOf(name, words.slice(2));
  return text;
}

async function runCommands(text: string): Promise<string> {
  const out: string[] = [];
  let code = 0;
  for (const line of text.split('\n').filter((each) => each.startsWith('$ '))) {
    out.push(line);
    const [program = '', ...argv] = line.slice(2).split(' ');
    if (program === 'mmreplay') {
      const ran = await mmreplay(argv);
      code = ran.code;
      out.push(...ran.lines);
    } else if (line === '$ echo $?') {
      out.push(String(code));
    } else if (program === 'cp') {
      const [from = '', to = ''] = argv;
      writeFileSync(to, readFileSync(path.join(root, from.replace(/^.*?(?=src\/)/, ''))));
    }
  }
  return out.join('\n');
}

/** Runs a command line in this process, without a terminal. */
async function mmreplay(argv: readonly string[]): Promise<{ code: number; lines: readonly string[] }> {
  let printed = '';
  const output = { write: (text: string) => void (printed += text), isTTY: false };
  const io: Io = {
    stdout: output,
    stderr: output,
    stdin: (async function* () {})(),
    env: {},
    now: () => performance.now(),
    onInterrupt: () => () => {},
    terminal: () => null,
  };
  const code = await run(argv, io);
  if (code === EXIT.bug) throw new Error(printed);
  return { code, lines: printed === '' ? [] : printed.replace(/\n$/, '').split('\n') };
}

/** Puts the lines of a diff with '+' where those with '-' and ' ' stand. They must stand there once. */
function patched(text: string, diff: string): string {
  const lines = diff.split('\n').filter((line) => !/^(?:---|\+\+\+|@@)/.test(line));
  const side = (sign: string): string =>
    lines
      .filter((line) => line === '' || line.startsWith(sign) || line.startsWith(' '))
      .map((line) => line.slice(1))
      .join('\n');
  const parts = text.split(side('-'));
  if (parts.length !== 2)
    throw new Error(`the lines of the diff stand ${parts.length - 1} times in the file`);
  return parts.join(side('+'));
}

async function screenOf(file: string, keys: readonly string[]): Promise<string> {
  const terminal = openInTerminal([process.execPath, path.join(root, 'bin/mmreplay.js'), file], { cwd: '.' });
  try {
    await terminal.waitFor(/\bhelp\b/);
    await terminal.settle(250);
    for (const key of keys) await terminal.press(key, 250);
    return terminal
      .screen()
      .map((line) => line.trimEnd())
      .join('\n')
      .trimEnd();
  } finally {
    await terminal.close();
  }
}

function withoutTimes(text: string): string {
  return text.replaceAll(/\b[\d,.]+ m?s\b/g, 'some time');
}
