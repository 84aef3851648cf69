// SPDX-License-Identifier: GPL-2.0-only
// Owns the line art: the signs of panes and lanes, once for UTF-8 terminals and once in ASCII.

export interface Glyphs {
  /** Only printable ASCII may reach the terminal. */
  readonly ascii: boolean;
  /** Ends a clipped text. */
  readonly more: string;
  /** Rule of a pane's title, and of the pane that has the keys. */
  readonly rule: string;
  readonly focusRule: string;
  /** Between panes side by side. */
  readonly wall: string;
  /** In a lane: the thread is inside an operation / waits. */
  readonly inFlight: string;
  readonly waits: string;
  /** In the timeline: a thread's step, and no step. */
  readonly tick: string;
  readonly noTick: string;
  readonly here: string;
}

export const UNICODE: Glyphs = {
  ascii: false,
  more: '…',
  rule: '─',
  focusRule: '━',
  wall: '│',
  inFlight: '│',
  waits: '┊',
  tick: '■',
  noTick: '·',
  here: '▲',
};

export const ASCII: Glyphs = {
  ascii: true,
  more: '~',
  rule: '-',
  focusRule: '=',
  wall: '|',
  inFlight: '|',
  waits: ':',
  tick: '#',
  noTick: '.',
  here: '^',
};
