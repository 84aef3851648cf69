// SPDX-License-Identifier: GPL-2.0-only
// Owns the terminal while the debugger has it: taking it, and giving it back on every way out there is.

import type { Screen } from './screen.ts';

/** Signals that end the program; the terminal is given back first, then the signal does what it always does. */
const DEADLY = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'] as const;
type Stream = NodeJS.ReadStream & { fd: number };

export interface TerminalStreams {
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: NodeJS.WriteStream;
}

/**
 * Raw mode is on from the start to the end; that Ink switches it too does no harm.
 * `onError` is called for errors that nothing caught.
 */
export class Terminal {
  private readonly streams: TerminalStreams;
  private readonly screen: Screen;
  private readonly onError: (error: unknown) => void;
  private taken = false;

  constructor(streams: TerminalStreams, screen: Screen, onError: (error: unknown) => void) {
    this.streams = streams;
    this.screen = screen;
    this.onError = onError;
  }

  take(): void {
    this.taken = true;
    this.streams.stdin.on('error', this.lost);
    this.streams.stdin.on('end', this.lost);
    this.streams.stdout.on('error', this.lost);
    for (const signal of DEADLY) process.prependListener(signal, this.die);
    process.on('SIGCONT', this.continued);
    process.on('uncaughtException', this.onError);
    process.on('unhandledRejection', this.onError);
    process.on('exit', this.giveBackScreen);
    // Before the first frame, so that keys typed ahead are not echoed into it.
    this.streams.stdin.setRawMode(true);
    this.screen.enter();
  }

  /** Gives everything back; may be called more than once. */
  giveBack(): void {
    if (!this.taken) return;
    this.giveBackScreen();
    this.taken = false;
    this.streams.stdin.off('end', this.lost);
    for (const signal of DEADLY) process.off(signal, this.die);
    process.off('SIGCONT', this.continued);
    process.off('uncaughtException', this.onError);
    process.off('unhandledRejection', this.onError);
    process.off('exit', this.giveBackScreen);
    // The listeners for 'error' stay: a terminal that is gone reports it once more when the streams are closed.
  }

  /** Ctrl-Z: stops the whole job, as the terminal would; goes on here when the shell says so. */
  suspend(): void {
    this.giveBackScreen();
    // Sending the signal to the group stops a wrapper (npx, a shell script) too. This call returns after SIGCONT.
    process.kill(0, 'SIGTSTP');
    this.continued();
  }

  /** Also when somebody else stopped and continued the process (kill -STOP): the screen is not as we left it. */
  private readonly continued = (): void => {
    this.streams.stdin.setRawMode(true);
    this.screen.close();
    this.screen.enter();
    this.screen.redraw();
  };

  private readonly giveBackScreen = (): void => {
    this.screen.close();
    try {
      if (this.streams.stdin.isTTY) this.streams.stdin.setRawMode(false);
      writeNow(this.streams.stdout, this.screen.leaveSequence());
    } catch {
      // The terminal is gone; there is nothing to give back.
    }
  };

  /**
   * The other end of the terminal is closed (a dropped ssh connection): reading finds that out before SIGHUP arrives.
   * An ordinary exit would not do: Node 20 aborts when it cannot reset a terminal that is gone.
   */
  private readonly lost = (): void => this.die('SIGHUP');

  private readonly die = (signal: NodeJS.Signals): void => {
    this.giveBackScreen();
    // Other listeners (Ink's) would draw, or keep the signal from ending the process.
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  };
}

/** Writes before returning, even while the process exits. A terminal that is gone makes it throw. */
function writeNow(stdout: NodeJS.WriteStream, text: string): void {
  const fd = (stdout as unknown as Stream).fd;
  if (typeof fd === 'number') process.getBuiltinModule('fs').writeSync(fd, text);
  else stdout.write(text);
}
