// SPDX-License-Identifier: GPL-2.0-only
// Owns the small vocabulary of style: what a piece of text means, never how it looks. tui/theme.ts gives it a look.

import { plain } from './text.ts';

/**
 * `dim` is there but not the point; `strong` catches the eye; `current` is the step under the cursor and the code it
 * ran; `changed` is what that step changed; `violation` is where an invariant is false; `alert` is a whole line about
 * it; `key` is a key to press; `title` names a pane and `focus` the pane that has the keys.
 */
export type Role =
  | 'plain'
  | 'dim'
  | 'strong'
  | 'title'
  | 'focus'
  | 'current'
  | 'changed'
  | 'violation'
  | 'alert'
  | 'key'
  | ThreadRole;

export type ThreadRole = 'thread0' | 'thread1' | 'thread2' | 'thread3' | 'thread4' | 'thread5';

/** A piece of text without control characters, and what it means. */
export interface Span {
  readonly text: string;
  readonly role: Role;
}

/** One line of a pane, left to right. */
export type Row = readonly Span[];

/** The only way to make a span: whatever a trace holds, no control character leaves view. */
export function span(text: string, role: Role = 'plain'): Span {
  return { text: plain(text), role };
}

const THREAD_ROLES: readonly ThreadRole[] = [
  'thread0',
  'thread1',
  'thread2',
  'thread3',
  'thread4',
  'thread5',
];

/** The role of a thread; it repeats after six. */
export function threadRole(thread: number): ThreadRole {
  return THREAD_ROLES[thread % THREAD_ROLES.length] ?? 'thread0';
}

/** The text of a row, for tests and for terminals without styles. */
export function rowText(row: Row): string {
  return row.map((s) => s.text).join('');
}
