// SPDX-License-Identifier: GPL-2.0-only
// Owns what a command may touch of the process it runs in. Tests pass their own; main.ts passes the real ones.

export interface Output {
  write(text: string): void;
  readonly isTTY: boolean;
  /** Its width, where it has one. */
  readonly columns?: number | undefined;
}

/** What the debugger draws on and reads keys from. */
export interface TerminalStreams {
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: NodeJS.WriteStream;
}

export interface Io {
  readonly stdout: Output;
  readonly stderr: Output;
  readonly stdin: AsyncIterable<Uint8Array>;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Milliseconds from any fixed moment: for durations only. */
  readonly now: () => number;
  /** Calls the listener at the first Ctrl-C or SIGTERM, instead of ending; the second ends. Gives the way to undo that. */
  readonly onInterrupt: (listener: () => void) => () => void;
  /** null where no debugger can be drawn: no terminal, or one that understands no escape codes (TERM=dumb). */
  readonly terminal: () => TerminalStreams | null;
}

/** Writes lines, each with its newline. */
export function print(output: Output, ...lines: readonly string[]): void {
  if (lines.length > 0) output.write(`${lines.join('\n')}\n`);
}
