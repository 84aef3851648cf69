// SPDX-License-Identifier: GPL-2.0-only
// Owns the opening and closing of the debugger: the door through which cli comes in.

import { render } from 'ink';
import { assert } from '../base/assert.ts';
import type { Recording } from '../model/recording.ts';
import { App } from './app.tsx';
import type { Effect } from './commands.ts';
import { installRowCache } from './row-cache.ts';
import { Screen } from './screen.ts';
import { factsOf, sessionOf } from './session.ts';
import { Store } from './store.ts';
import { Terminal } from './terminal.ts';
import { themeOf } from './theme.ts';
import { initialUi } from './ui-state.ts';

export interface OpenOptions {
  /** Both must be terminals; when the trace comes through a pipe, cli opens the terminal for the keys. */
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: NodeJS.WriteStream;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** How the header names the trace. */
  readonly name: string;
  /** Step to start at; 0 when absent. */
  readonly at?: number;
  /** ASCII line art whatever the locale says. */
  readonly ascii?: boolean;
  /** What the reader had to say about the trace, shown at the start and in the help. */
  readonly notices?: readonly string[];
}

/** The conventional exit code of a program that Ctrl-C ended. */
const INTERRUPTED = 130;
/** Terminals that are told nothing but what they have known for forty years. */
const PLAIN_TERMINALS = /^(linux|vt\d+|ansi|cons25)/;

/**
 * Opens the debugger on a recording and resolves with the exit code when the user leaves it (0; 130 after Ctrl-C).
 * An error of our own rejects, after the terminal has been given back. A signal ends the process, the terminal restored.
 */
export async function open(recording: Recording, options: OpenOptions): Promise<number> {
  const { stdin, stdout, env, notices = [] } = options;
  assert(stdin.isTTY && stdout.isTTY, 'the debugger needs a terminal; cli prints the report without one');
  const session = sessionOf(recording, themeOf(!env['NO_COLOR']), options.name, notices);
  const screen = new Screen(stdout, !PLAIN_TERMINALS.test(env['TERM'] ?? ''));
  const leaving = deferred<number>();
  const perform = (effect: Effect): void => {
    if (effect.kind === 'quit') leaving.resolve(0);
    else if (effect.kind === 'interrupt') leaving.resolve(INTERRUPTED);
    else if (effect.kind === 'suspend') terminal.suspend();
    else screen.redraw();
  };
  const ui = initialUi(
    { columns: screen.columns, rows: screen.rows },
    {
      ascii: options.ascii ?? !speaksUtf8(env),
      cursor: Math.max(0, Math.min(options.at ?? 0, session.scene.steps)),
      message: notices[0] ?? '',
    },
  );
  const store = new Store(ui, factsOf(session), perform);
  const terminal = new Terminal({ stdin, stdout }, screen, leaving.reject);
  screen.onResize = () => store.command({ kind: 'resize', columns: screen.columns, rows: screen.rows });
  installRowCache();
  terminal.take();
  try {
    const app = render(<App session={session} store={store} />, {
      stdin,
      stdout: screen as unknown as NodeJS.WriteStream,
      debug: true,
      interactive: true,
      exitOnCtrlC: false,
      patchConsole: false,
    });
    app.waitUntilExit().catch(leaving.reject);
    try {
      return await leaving.promise;
    } finally {
      screen.close();
      app.unmount();
    }
  } finally {
    terminal.giveBack();
  }
}

/** By the locale, in the order that the C library asks. */
function speaksUtf8(env: OpenOptions['env']): boolean {
  const locale = [env['LC_ALL'], env['LC_CTYPE'], env['LANG']].find(
    (value) => value !== undefined && value !== '',
  );
  return /utf-?8/i.test(locale ?? '');
}

function deferred<T>(): {
  promise: Promise<T>;
  resolve: (value: T) => void;
  reject: (error: unknown) => void;
} {
  let resolve: (value: T) => void = () => {};
  let reject: (error: unknown) => void = () => {};
  const promise = new Promise<T>((onResolve, onReject) => {
    resolve = onResolve;
    reject = onReject;
  });
  return { promise, resolve, reject };
}
