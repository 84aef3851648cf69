// SPDX-License-Identifier: GPL-2.0-only
// Owns a screen line as cells: parsing a line of styled text, and the fewest bytes that turn one line into another.

import stringWidth from 'string-width';

/** A line of exactly `columns` cells. A wide character has an empty string in the cell after it. */
export interface CellLine {
  readonly glyphs: string[];
  /** SGR parameters of each cell in a fixed order: "1;31"; empty for the default look. */
  readonly styles: string[];
}

const ESC = '\u001B';
/** A move within the line costs at least four bytes: up to that many equal cells are rewritten instead. */
const BRIDGE = 4;
const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });

export function blankLine(columns: number): CellLine {
  return { glyphs: new Array<string>(columns).fill(' '), styles: new Array<string>(columns).fill('') };
}

/** The cells of a line of text with SGR sequences; what is beyond `columns` is dropped, other sequences are too. */
export function parseLine(line: string, columns: number): CellLine {
  const cells = blankLine(columns);
  const pen = new Pen();
  let x = 0;
  let at = 0;
  while (at < line.length && x < columns) {
    const code = line.charCodeAt(at);
    if (code === 0x1b) {
      at = skipSequence(line, at, pen);
    } else if (isNarrow(code)) {
      cells.glyphs[x] = line.charAt(at);
      cells.styles[x] = pen.style;
      at++;
      x++;
    } else {
      const end = nextPlain(line, at);
      for (const { segment } of graphemes.segment(line.slice(at, end))) {
        const width = stringWidth(segment);
        if (width === 0 || x + width > columns) continue;
        cells.glyphs[x] = segment;
        cells.styles[x] = pen.style;
        for (let half = 1; half < width; half++) {
          cells.glyphs[x + half] = '';
          cells.styles[x + half] = pen.style;
        }
        x += width;
      }
      at = end;
    }
  }
  return cells;
}

/** Printable ASCII, box drawing and the other line art of ours: one column, and nothing combines before it. */
function isNarrow(code: number): boolean {
  return (
    (code >= 0x20 && code < 0x7f) || (code >= 0x2500 && code < 0x2580) || code === 0x2026 || code === 0xb7
  );
}

/** End of the run that starts with a character outside ASCII: at the next sequence, or one ASCII character later. */
function nextPlain(line: string, from: number): number {
  let at = from + 1;
  while (at < line.length && line.charCodeAt(at) >= 0x7f) at++;
  return at;
}

function skipSequence(line: string, from: number, pen: Pen): number {
  const kind = line.charAt(from + 1);
  if (kind === '[') {
    let end = from + 2;
    while (end < line.length && !(line.charCodeAt(end) >= 0x40 && line.charCodeAt(end) <= 0x7e)) end++;
    if (line.charAt(end) === 'm') pen.apply(line.slice(from + 2, end));
    return end + 1;
  }
  if (kind === ']') {
    const bell = line.indexOf('\u0007', from);
    const string = line.indexOf(`${ESC}\\`, from);
    if (bell >= 0 && (string < 0 || bell < string)) return bell + 1;
    return string >= 0 ? string + 2 : line.length;
  }
  return from + 2;
}

/** The graphic rendition while a line is read. */
class Pen {
  style = '';
  private readonly flags = new Set<number>();
  private foreground = '';
  private background = '';

  apply(parameters: string): void {
    const codes = parameters === '' ? [0] : parameters.split(/[;:]/).map(Number);
    for (let i = 0; i < codes.length; i++) {
      const code = codes[i] ?? 0;
      if (code === 38 || code === 48) {
        const length = codes[i + 1] === 5 ? 3 : 5;
        const colour = codes.slice(i, i + length).join(';');
        if (code === 38) this.foreground = colour;
        else this.background = colour;
        i += length - 1;
      } else {
        this.set(code);
      }
    }
    const flags = [...this.flags].sort((a, b) => a - b).map(String);
    this.style = [...flags, this.foreground, this.background].filter((part) => part !== '').join(';');
  }

  private set(code: number): void {
    if (code === 0) {
      this.flags.clear();
      this.foreground = '';
      this.background = '';
    } else if (code <= 9) {
      this.flags.add(code);
    } else if (code === 22) {
      this.flags.delete(1);
      this.flags.delete(2);
    } else if (code > 22 && code <= 29) {
      this.flags.delete(code - 20);
    } else if ((code >= 30 && code <= 37) || (code >= 90 && code <= 97)) {
      this.foreground = String(code);
    } else if (code === 39) {
      this.foreground = '';
    } else if ((code >= 40 && code <= 47) || (code >= 100 && code <= 107)) {
      this.background = String(code);
    } else if (code === 49) {
      this.background = '';
    }
  }
}

/** Collects the bytes of one frame; knows where the cursor is and how it writes, so that little needs to be said. */
export class Patch {
  bytes = '';
  private x = -1;
  private y = -1;
  private style = '';

  /** Turns line `y` from `old` into `next`. Both have `columns` cells. */
  line(y: number, old: CellLine, next: CellLine, columns: number): void {
    const end = blankTail(next, columns);
    const oldEnd = blankTail(old, columns);
    for (let x = 0; x < end; x++) {
      if (old.glyphs[x] === next.glyphs[x] && old.styles[x] === next.styles[x]) continue;
      if (next.glyphs[x] === '') continue;
      this.moveTo(x, y, next);
      this.put(next.glyphs[x] ?? ' ', next.styles[x] ?? '', columns);
    }
    if (oldEnd <= end) return;
    if (oldEnd - end <= 3) {
      for (let x = end; x < oldEnd; x++) {
        this.moveTo(x, y, next);
        this.put(' ', '', columns);
      }
      return;
    }
    this.moveTo(end, y, next);
    this.pen('');
    this.bytes += `${ESC}[K`;
  }

  /** Ends the frame with the default look. */
  finish(): string {
    this.pen('');
    return this.bytes;
  }

  private put(glyph: string, style: string, columns: number): void {
    this.pen(style);
    this.bytes += glyph;
    // Terminals differ in how wide they draw what is not ASCII, and in where the cursor is after the last column.
    this.x = glyph.length === 1 && glyph >= ' ' && glyph < '\u2E80' && this.x + 1 < columns ? this.x + 1 : -1;
  }

  private moveTo(x: number, y: number, next: CellLine): void {
    if (this.y === y && this.x === x) return;
    if (this.y === y && this.x >= 0 && x > this.x) {
      if (this.bridge(x, next)) return;
      this.bytes += `${ESC}[${x - this.x === 1 ? '' : x - this.x}C`;
    } else {
      this.bytes += x === 0 ? `${ESC}[${y + 1}H` : `${ESC}[${y + 1};${x + 1}H`;
    }
    this.x = x;
    this.y = y;
  }

  /** Rewrites the few equal cells up to `x` when they look like what is being written anyway. */
  private bridge(x: number, next: CellLine): boolean {
    if (x - this.x > BRIDGE) return false;
    for (let i = this.x; i < x; i++) {
      if (next.styles[i] !== this.style || !/^[\x20-\x7e]$/.test(next.glyphs[i] ?? '')) return false;
    }
    this.bytes += next.glyphs.slice(this.x, x).join('');
    this.x = x;
    return true;
  }

  private pen(style: string): void {
    if (style === this.style) return;
    if (style === '') this.bytes += `${ESC}[m`;
    else this.bytes += this.style === '' ? `${ESC}[${style}m` : `${ESC}[0;${style}m`;
    this.style = style;
  }
}

/** Column from which on the line is blank in the default look. */
function blankTail(line: CellLine, columns: number): number {
  let end = columns;
  while (end > 0 && line.glyphs[end - 1] === ' ' && line.styles[end - 1] === '') end--;
  return end;
}
