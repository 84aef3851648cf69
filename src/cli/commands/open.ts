// SPDX-License-Identifier: GPL-2.0-only
// Owns `mmreplay FILE`: the debugger, or the report where no debugger can be drawn.

import path from 'node:path';
import { UserError } from '../../base/user-error.ts';
import { nearest } from '../../lang/diagnostics/suggest.ts';
import { readTrace } from '../../trace/file.ts';
import type { OpenedTrace } from '../../trace/run-reader.ts';
import { COMMANDS, type OpenArguments } from '../arguments.ts';
import { EXIT } from '../exit-codes.ts';
import { print, type Io } from '../io.ts';
import { resolveName } from '../model-names.ts';
import { paintFor } from '../paint.ts';
import { inspectReport } from '../report/inspect-report.ts';
import { inspectText } from '../report/inspect-text.ts';
import { shippedNames, type Kind } from '../shipped.ts';

/** Resolves with the exit code of the debugger, or 0 after the report. Throws UserError as readTrace does. */
export async function open({ file }: OpenArguments, io: Io): Promise<number> {
  const terminal = io.terminal();
  try {
    // Loaded while the trace is read: the first frame comes sooner.
    const debug = terminal === null ? null : import('../../tui/open.tsx');
    const trace = await read(file, io);
    if (terminal === null || debug === null) {
      print(
        io.stdout,
        ...inspectText(inspectReport(trace, false), trace.recording, paintFor(io.stdout, io.env)),
      );
      return EXIT.fine;
    }
    return await (
      await debug
    ).open(trace.recording, {
      ...terminal,
      env: io.env,
      name: file === '-' ? 'standard input' : path.basename(file),
      notices: trace.notices.map(({ message }) => message),
    });
  } finally {
    // The keyboard must not keep the process alive.
    terminal?.stdin.unref();
  }
}

/** Whoever types a command or a model where a trace belongs is told what to type. */
async function read(file: string, io: Io): Promise<OpenedTrace> {
  try {
    return await readTrace(file, io.stdin);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    if (error.code === 'trace-not-json' && file.endsWith('.c')) {
      throw new UserError(
        'trace-not-json',
        `${file}: C, not a trace`,
        `mmreplay explore ${file} SCENARIO looks for a race in it.`,
      );
    }
    const hint = error.code === 'trace-not-found' ? hintFor(file) : undefined;
    throw hint === undefined ? error : new UserError(error.code, error.message, hint);
  }
}

function hintFor(word: string): string | undefined {
  if (/[./]/.test(word)) return undefined;
  const command = nearest(word, COMMANDS);
  if (command !== undefined) return `Did you mean the command ${command}? See: mmreplay ${command} --help`;
  if (isName('protocol', word))
    return `${word} is a protocol; to look for a race in it: mmreplay explore ${word} SCENARIO`;
  if (isName('scenario', word))
    return `${word} is a scenario; to try it out: mmreplay explore PROTOCOL ${word}`;
  return undefined;
}

function isName(kind: Kind, word: string): boolean {
  try {
    return 'name' in resolveName(kind, word, shippedNames(kind));
  } catch {
    return false;
  }
}
