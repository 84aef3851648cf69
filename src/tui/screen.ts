// SPDX-License-Identifier: GPL-2.0-only
// Owns what is on the terminal: takes whole frames from Ink and writes only the cells that differ, each frame at once.

import { blankLine, Patch, parseLine, type CellLine } from './cells.ts';

const ESC = '\u001B';
/** Mode 2026: the terminal shows what comes between these two at once, or ignores them. */
const BEGIN = `${ESC}[?2026h`;
const END = `${ESC}[?2026l`;
const DEFAULT_SIZE = { columns: 80, rows: 24 };

/** The part of a stream that a screen writes to: process.stdout, or anything of its shape. */
export interface Output {
  readonly columns?: number | undefined;
  readonly rows?: number | undefined;
  write(data: string): boolean;
  on(event: 'resize', listener: () => void): unknown;
  off(event: 'resize', listener: () => void): unknown;
}

/**
 * The stdout given to Ink, with `debug: true`: Ink then writes each frame whole, and nothing else that matters. The
 * screen owns the alternate screen, the cursor, synchronised output and resizing; Ink's own sequences are dropped.
 */
export class Screen {
  readonly isTTY = true;
  readonly writable = true;
  /** Called before Ink hears of a new size, so that the first frame of that size is already the right one. */
  onResize: () => void = () => {};
  private readonly out: Output;
  private readonly synchronised: boolean;
  private readonly listeners = new Set<() => void>();
  private lines: string[] = [];
  private cells: CellLine[] = [];
  private shown = { columns: 0, rows: 0 };
  private open = false;

  constructor(out: Output, synchronised: boolean) {
    this.out = out;
    this.synchronised = synchronised;
  }

  /** A pseudo-terminal may report no size at all. */
  get columns(): number {
    return this.out.columns || DEFAULT_SIZE.columns;
  }

  get rows(): number {
    return this.out.rows || DEFAULT_SIZE.rows;
  }

  /** Takes the screen: alternate buffer, no cursor, no wrapping at the right edge. */
  enter(): void {
    this.open = true;
    this.out.write(`${ESC}[?1049h${ESC}[?25l${ESC}[?7l`);
    this.forget();
    this.out.on('resize', this.resized);
  }

  /** What gives the screen back as it was found; also safe to write when it was never taken. */
  leaveSequence(): string {
    return `${END}${ESC}[m${ESC}[?7h${ESC}[${this.rows}H\r\n${ESC}[?25h${ESC}[?1049l`;
  }

  /** Writes nothing from now on, whatever Ink sends. The caller writes `leaveSequence`. */
  close(): void {
    this.open = false;
    this.out.off('resize', this.resized);
  }

  /** The next frame is drawn whole, on a cleared screen. */
  forget(): void {
    this.shown = { columns: 0, rows: 0 };
  }

  /** Draws the last frame again, whole. */
  redraw(): void {
    this.forget();
    this.draw(this.lines);
  }

  /** Ink's way in. Control sequences without text are none of Ink's business here. */
  write(data: string, ...rest: unknown[]): boolean {
    // oxlint-disable-next-line no-control-regex
    const isFrame = data.replace(/\u001B\[[0-9;?]*[A-Za-z]/g, '').trim() !== '';
    if (isFrame) this.draw(data.split('\n'));
    const done = rest.at(-1);
    if (typeof done === 'function') done();
    return true;
  }

  on(event: string, listener: () => void): this {
    if (event === 'resize') this.listeners.add(listener);
    return this;
  }

  off(event: string, listener: () => void): this {
    if (event === 'resize') this.listeners.delete(listener);
    return this;
  }

  private readonly resized = (): void => {
    this.forget();
    this.onResize();
    for (const listener of [...this.listeners]) listener();
  };

  private draw(lines: string[]): void {
    if (!this.open) return;
    const { columns, rows } = this;
    const whole = this.shown.columns !== columns || this.shown.rows !== rows;
    if (whole) {
      this.cells = Array.from({ length: rows }, () => blankLine(columns));
      this.shown = { columns, rows };
    }
    const patch = new Patch();
    if (whole) patch.bytes += `${ESC}[m${ESC}[2J`;
    for (let y = 0; y < rows; y++) {
      const line = lines[y] ?? '';
      const old = this.cells[y];
      if (old === undefined || (!whole && line === (this.lines[y] ?? ''))) continue;
      const next = parseLine(line, columns);
      patch.line(y, old, next, columns);
      this.cells[y] = next;
    }
    this.lines = lines;
    const bytes = patch.finish();
    if (bytes !== '') this.out.write(this.synchronised ? BEGIN + bytes + END : bytes);
  }
}
