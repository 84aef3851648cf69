// SPDX-License-Identifier: GPL-2.0-only
// Owns a terminal emulator inside a test: what bytes look like, cell by cell.

import xterm from '@xterm/headless';
import type { Output } from '../../src/tui/screen.ts';

/** An emulator that a Screen can write to. */
export class Emulator implements Output {
  bytes = '';
  private readonly terminal: xterm.Terminal;
  private readonly listeners = new Set<() => void>();

  constructor(columns: number, rows: number) {
    this.terminal = new xterm.Terminal({ cols: columns, rows, allowProposedApi: true });
  }

  get columns(): number {
    return this.terminal.cols;
  }

  get rows(): number {
    return this.terminal.rows;
  }

  write(data: string): boolean {
    this.bytes += data;
    this.terminal.write(data);
    return true;
  }

  on(_event: 'resize', listener: () => void): void {
    this.listeners.add(listener);
  }

  off(_event: 'resize', listener: () => void): void {
    this.listeners.delete(listener);
  }

  resize(columns: number, rows: number): void {
    this.terminal.resize(columns, rows);
    for (const listener of [...this.listeners]) listener();
  }

  /** Resolves when all that was written has been understood. */
  settle(): Promise<void> {
    return new Promise((resolve) => {
      this.terminal.write('', resolve);
    });
  }

  /** One string a line: each cell as its text and attributes. */
  async cells(): Promise<string[]> {
    await this.settle();
    const { active } = this.terminal.buffer;
    return Array.from({ length: this.rows }, (_, y) => {
      const line = active.getLine(active.baseY + y);
      return Array.from({ length: this.columns }, (_, x) => {
        const cell = line?.getCell(x);
        if (cell === undefined) return ' ';
        const flags = [cell.isBold(), cell.isDim(), cell.isItalic(), cell.isUnderline(), cell.isInverse()];
        const look = `${flags.map((flag) => (flag ? 1 : 0)).join('')}/${cell.getFgColorMode()}.${cell.getFgColor()}/${cell.getBgColorMode()}.${cell.getBgColor()}`;
        const text = cell.getWidth() === 0 ? '' : cell.getChars() || ' ';
        return look === '00000/0.-1/0.-1' ? text : `${text}<${look}>`;
      }).join('');
    });
  }

  /** The lines as text. */
  async text(): Promise<string[]> {
    await this.settle();
    const { active } = this.terminal.buffer;
    return Array.from({ length: this.rows }, (_, y) =>
      (active.getLine(active.baseY + y)?.translateToString(true) ?? '').trimEnd(),
    );
  }
}

/** What a terminal of this size shows when the whole frame is written plainly. */
export async function plainly(frame: string, columns: number, rows: number): Promise<string[]> {
  const emulator = new Emulator(columns, rows);
  const lines = frame.split('\n').slice(0, rows);
  emulator.write('\u001B[?7l' + lines.map((line, y) => `\u001B[${y + 1}H${line}\u001B[m`).join(''));
  return emulator.cells();
}
