// SPDX-License-Identifier: GPL-2.0-only
// Owns a process that is none: what a command prints is kept, and there is no terminal unless one is given.
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll } from 'vitest';
import type { Io, TerminalStreams } from '../../src/cli/io.ts';
import { run } from '../../src/cli/run.ts';

export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

export interface Around {
  readonly env?: Readonly<Record<string, string>>;
  readonly stdin?: string;
  readonly terminal?: TerminalStreams;
  readonly tty?: boolean;
  /** Ctrl-C comes as soon as somebody listens for it. */
  readonly interrupted?: boolean;
  /** Width of the terminal that stderr is. */
  readonly columns?: number;
  /** Milliseconds that pass between two looks at the clock; then stderr is a terminal, too. */
  readonly slow?: number;
}

/** Runs a command line in this process. */
export async function mmreplay(argv: readonly string[], around: Around = {}): Promise<Ran> {
  let [out, err, clock] = ['', '', 0];
  const { tty = false, slow } = around;
  const io: Io = {
    stdout: { write: (text) => void (out += text), isTTY: tty },
    stderr: { write: (text) => void (err += text), isTTY: slow !== undefined, columns: around.columns },
    stdin: (async function* () {
      yield Buffer.from(around.stdin ?? '');
    })(),
    env: around.env ?? {},
    now: () => (clock += slow ?? 10),
    onInterrupt: (listener) => {
      if (around.interrupted) listener();
      return () => {};
    },
    terminal: () => around.terminal ?? null,
  };
  const code = await run(argv, io);
  return { code, out, err };
}

/** A folder that is gone after the tests of the file. */
export function temporaryFolder(): (...names: string[]) => string {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'mmreplay-test-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return (...names) => path.join(folder, ...names);
}
