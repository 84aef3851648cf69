// SPDX-License-Identifier: GPL-2.0-only
// Owns the process: its streams, its terminal, its exit code. The entry of the bundle; importing it runs it.

import { openSync } from 'node:fs';
import type { Writable } from 'node:stream';
import { ReadStream } from 'node:tty';
import { EXIT } from './exit-codes.ts';
import type { Io, Output, TerminalStreams } from './io.ts';
import { run } from './run.ts';

/** A reader that has seen enough (`| head`) and a terminal that is gone are no errors. */
const NOBODY_THERE = ['EPIPE', 'EIO'];

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

function outputOf(stream: Writable & { isTTY?: boolean; columns?: number }): Output {
  stream.on('error', ({ code = 'unknown' }: NodeJS.ErrnoException) => {
    if (NOBODY_THERE.includes(code)) return;
    process.once('exit', () => (process.exitCode = EXIT.usage));
    if (stream !== process.stderr) process.stderr.write(`mmreplay: the output cannot be written (${code})\n`);
  });
  return {
    write: (text) => void stream.write(text),
    isTTY: stream.isTTY === true,
    get columns() {
      return stream.columns;
    },
  };
}

/** A signal that has been heard once ends the process the next time, as it would have the first time. */
function onInterrupt(listener: () => void): () => void {
  const undo = (): void => {
    for (const signal of SIGNALS) process.off(signal, heard);
  };
  const heard = (): void => {
    undo();
    listener();
  };
  for (const signal of SIGNALS) process.on(signal, heard);
  return undo;
}

/** Keys come from standard input, or from the terminal itself while a trace comes through the pipe. */
function terminal(): TerminalStreams | null {
  const { stdin, stdout, env } = process;
  if (!stdout.isTTY || env['TERM'] === 'dumb') return null;
  if (stdin.isTTY) return { stdin, stdout };
  try {
    return { stdin: new ReadStream(openSync('/dev/tty', 'r')), stdout };
  } catch {
    return null;
  }
}

const io: Io = {
  stdout: outputOf(process.stdout),
  stderr: outputOf(process.stderr),
  // Not touched before it is asked for: a program that never reads must not hold on to its input.
  get stdin() {
    return process.stdin;
  },
  env: process.env,
  now: () => performance.now(),
  onInterrupt,
  terminal,
};

// Not process.exit(): what is still on its way to a pipe would be lost.
process.exitCode = await run(process.argv.slice(2), io);
