// SPDX-License-Identifier: GPL-2.0-only
// Owns the driver of end-to-end tests: a program in a real pseudo-terminal, and the screen as a terminal emulator sees it.

import pty from '@lydell/node-pty';
import xterm from '@xterm/headless';

export interface TerminalOptions {
  readonly cols?: number;
  readonly rows?: number;
  /** Added to a small clean environment; undefined removes. CI is never set: it would make Ink silent. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly cwd?: string;
}

export interface Exit {
  readonly code: number;
  /** Number of the signal that ended it; 0 for none. */
  readonly signal: number;
}

export interface Cell {
  readonly text: string;
  readonly bold: boolean;
  readonly inverse: boolean;
  /** -1 is the default; 0-15 are the ANSI colours. */
  readonly foreground: number;
  readonly background: number;
}

const KEEP = ['PATH', 'HOME', 'USER', 'SHELL', 'TMPDIR'];
const DEFAULT_WAIT = 10_000;

export class TerminalDriver {
  /** Everything the program has written, as text. */
  output = '';
  /** Writes that arrived; each is one read from the terminal. */
  chunks = 0;
  readonly exited: Promise<Exit>;
  private readonly emulator: xterm.Terminal;
  private readonly process: pty.IPty;
  private pending = 0;
  private lastChange = Date.now();
  private exit: Exit | undefined;

  constructor(argv: readonly string[], options: TerminalOptions) {
    const { cols = 80, rows = 24 } = options;
    this.emulator = new xterm.Terminal({ cols, rows, scrollback: 1000, allowProposedApi: true });
    const [file = 'true', ...args] = argv;
    const kept = Object.fromEntries(KEEP.map((name) => [name, process.env[name]]));
    const wanted = {
      ...kept,
      LANG: 'C.UTF-8',
      ...options.env,
      TERM: options.env?.['TERM'] ?? 'xterm-256color',
    };
    const env = Object.fromEntries(Object.entries(wanted).filter(([, value]) => value !== undefined));
    this.process = pty.spawn(file, args, {
      ...{ name: wanted.TERM, cols, rows, env: env as Record<string, string> },
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    });
    this.process.onData((data) => {
      this.output += data;
      this.chunks++;
      this.pending++;
      this.emulator.write(data, () => {
        this.pending--;
        this.lastChange = Date.now();
      });
    });
    // Answers of the emulator (cursor position, device attributes) go back to the program.
    this.emulator.onData((data) => this.process.write(data));
    this.exited = new Promise((resolve) => {
      this.process.onExit(({ exitCode, signal }) => {
        this.exit = { code: exitCode, signal: signal ?? 0 };
        resolve(this.exit);
      });
    });
  }

  get pid(): number {
    return this.process.pid;
  }

  /** Bytes written so far. */
  get bytes(): number {
    return Buffer.byteLength(this.output);
  }

  /** Types into the terminal: characters, or escape sequences as a keyboard sends them. */
  send(keys: string): void {
    this.process.write(keys);
  }

  /**
   * Types, waits for an answer (some keys have none: then for `patience` ms), and then until the screen has been quiet
   * for a while; the bytes that the keys cost.
   */
  async press(keys: string, quiet = 60, patience = 1500): Promise<number> {
    const before = this.bytes;
    const start = Date.now();
    this.send(keys);
    while (this.bytes === before && this.exit === undefined && Date.now() - start < patience) await sleep(2);
    await this.settle(quiet);
    return this.bytes - before;
  }

  /** The lines of the screen as one sees them, without trailing blanks. */
  screen(): string[] {
    const { active } = this.emulator.buffer;
    return Array.from({ length: this.emulator.rows }, (_, y) => {
      return (active.getLine(active.baseY + y)?.translateToString(true) ?? '').trimEnd();
    });
  }

  text(): string {
    return this.screen().join('\n');
  }

  /** Every cell with its attributes: what two screens must share to look alike. */
  cells(): Cell[][] {
    const { active } = this.emulator.buffer;
    return Array.from({ length: this.emulator.rows }, (_, y) => {
      const line = active.getLine(active.baseY + y);
      return Array.from({ length: this.emulator.cols }, (_, x): Cell => {
        const cell = line?.getCell(x);
        return {
          text: cell?.getChars() || ' ',
          bold: Boolean(cell?.isBold()),
          inverse: Boolean(cell?.isInverse()),
          foreground: cell?.isFgDefault() === false ? cell.getFgColor() : -1,
          background: cell?.isBgDefault() === false ? cell.getBgColor() : -1,
        };
      });
    });
  }

  get onAlternateScreen(): boolean {
    return this.emulator.buffer.active.type === 'alternate';
  }

  /** By the last word that the program had on it. */
  get cursorVisible(): boolean {
    return this.output.lastIndexOf('\u001B[?25h') >= this.output.lastIndexOf('\u001B[?25l');
  }

  /** Resolves when the screen shows the text (or matches); rejects with the screen when it does not in time. */
  async waitFor(wanted: string | RegExp, timeout = DEFAULT_WAIT): Promise<void> {
    const end = Date.now() + timeout;
    const found = (): boolean =>
      typeof wanted === 'string' ? this.text().includes(wanted) : wanted.test(this.text());
    while (this.pending > 0 || !found()) {
      if (Date.now() > end || (this.exit !== undefined && this.pending === 0 && !found())) {
        const how =
          this.exit === undefined ? `after ${timeout} ms` : `and it exited with ${JSON.stringify(this.exit)}`;
        throw new Error(`not on the screen ${how}: ${String(wanted)}\n${framed(this.screen())}`);
      }
      await sleep(5);
    }
  }

  /** Resolves when nothing has been written for `quiet` ms, counted from now on. */
  async settle(quiet = 60): Promise<void> {
    const start = Date.now();
    while (this.pending > 0 || Date.now() - Math.max(start, this.lastChange) < quiet) await sleep(5);
  }

  resize(cols: number, rows: number): void {
    this.emulator.resize(cols, rows);
    this.process.resize(cols, rows);
  }

  kill(signal: string): void {
    this.process.kill(signal);
  }

  /** Closes the terminal under the program, as a dropped connection does. */
  hangUp(): void {
    // In node-pty, but not in its types.
    (this.process as pty.IPty & { destroy(): void }).destroy();
  }

  /** Ends the program if it still runs. */
  async close(): Promise<void> {
    if (this.exit === undefined) this.process.kill('SIGKILL');
    await this.exited;
    this.emulator.dispose();
  }
}

/** Starts a program in a new terminal. */
export function openInTerminal(argv: readonly string[], options: TerminalOptions = {}): TerminalDriver {
  return new TerminalDriver(argv, options);
}

export function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}

/** A screen in a frame, for messages of failed tests. */
export function framed(lines: readonly string[]): string {
  const width = Math.max(...lines.map((line) => line.length), 10);
  const edge = `+${'-'.repeat(width)}+`;
  return [edge, ...lines.map((line) => `|${line.padEnd(width)}|`), edge].join('\n');
}
