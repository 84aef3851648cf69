// SPDX-License-Identifier: GPL-2.0-only
// Owns what a user can ask for. Keys and `:` lines become commands, the reducer makes them happen.

/** The panes, in the order of Tab and of their numbers. */
export const PANES = ['lanes', 'source', 'state', 'timeline'] as const;
export type PaneName = (typeof PANES)[number];

/** `by` is a direction (1, -1) or, for pages, a part of a page; a count before the key multiplies it. */
export type Command =
  | {
      readonly kind: 'step' | 'threadStep' | 'violation' | 'focus' | 'line' | 'page' | 'zoom';
      readonly by: number;
    }
  | { readonly kind: 'end'; readonly which: 'first' | 'last' }
  | { readonly kind: 'goto'; readonly step: number }
  | { readonly kind: 'pane'; readonly pane: PaneName }
  | { readonly kind: 'firstViolation' | 'showAll' | 'ascii' | 'help' | 'prompt' | 'close' }
  | { readonly kind: 'resize'; readonly columns: number; readonly rows: number }
  | { readonly kind: 'say'; readonly text: string }
  | Effect;

/** Commands that do something outside the state. */
export type Effect = { readonly kind: 'quit' | 'interrupt' | 'suspend' | 'redraw' };
