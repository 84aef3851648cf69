// SPDX-License-Identifier: GPL-2.0-only
// Owns the CPU0/CPU1 diagram of a recorded run, as kernel developers draw it in mails and changelogs.

import type { Recording } from '../model/recording.ts';
import { layOut } from './lkml-columns.ts';
import { diagramRows, type Detail } from './lkml-rows.ts';

export interface Diagram {
  /** A blank line, the diagram, a blank line; empty when there is nothing to draw. */
  readonly lines: readonly string[];
  /** Steps that were left out of it. */
  readonly leftOut: number;
}

/**
 * Time runs down, one column a thread, nesting is call depth, carets mark the step since which the state is wrong.
 * `essential` leaves out what does not bear on the outcome. At most 75 columns; spaces, ASCII, no trailing blanks, no
 * line that git am, git commit or a mail program would take for something else. The same recording gives the same text.
 */
export function lkmlDiagram(recording: Recording, detail: Detail): Diagram {
  const { rows, leftOut } = diagramRows(recording, detail);
  const lines = layOut(
    recording.threads.map(({ name }) => name),
    rows,
  );
  return { lines: lines.length === 0 ? [] : ['', ...lines, ''], leftOut };
}
