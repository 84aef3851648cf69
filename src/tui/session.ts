// SPDX-License-Identifier: GPL-2.0-only
// Owns what stays the same while a trace is open: the recording made ready to look at, and its look.

import type { Recording } from '../model/recording.ts';
import { Timeline } from '../replay/timeline.ts';
import { ASCII, UNICODE, type Glyphs } from '../view/glyphs.ts';
import { laneIndexOf, type LaneIndex } from '../view/lane-index.ts';
import { pageTop } from '../view/row.ts';
import { eventOf, sceneOf, type Scene } from '../view/scene.ts';
import { sourceView } from '../view/source.ts';
import { stateView } from '../view/state-view.ts';
import type { PaneName } from './commands.ts';
import { helpRows } from './help.ts';
import { contentHeight, layoutOf } from './layout.ts';
import type { Theme } from './theme.ts';
import type { Facts, UiState } from './ui-state.ts';

export interface Session {
  readonly scene: Scene;
  readonly lanes: LaneIndex;
  readonly theme: Theme;
  /** How the header names the trace: a file's name, usually. */
  readonly name: string;
  /** What the reader of the trace had to say: "the last line is cut off". */
  readonly notices: readonly string[];
}

export function sessionOf(
  recording: Recording,
  theme: Theme,
  name: string,
  notices: readonly string[],
): Session {
  const scene = sceneOf(new Timeline(recording));
  return { scene, lanes: laneIndexOf(recording), theme, name, notices };
}

export function glyphsOf(ui: UiState): Glyphs {
  return ui.ascii ? ASCII : UNICODE;
}

/** What the reducer asks about this session. */
export function factsOf(session: Session): Facts {
  const { scene } = session;
  const { timeline, loop } = scene;
  return {
    steps: scene.steps,
    loop,
    nextStepOf: (thread, step) => timeline.nextStepOf(thread, step),
    previousStepOf: (thread, step) => timeline.previousStepOf(thread, step),
    threadAt: (step) => (eventOf(scene, step) ?? eventOf(scene, 1))?.thread ?? 0,
    nextViolation: (step) =>
      timeline.nextViolation(step) ?? (loop !== undefined && step < loop ? loop : undefined),
    previousViolation: (step) =>
      timeline.previousViolation(step) ?? (loop !== undefined && step > loop ? loop : undefined),
    firstViolation: timeline.firstViolation ?? loop,
    extent: (ui, pane) => extentOf(session, ui, pane),
  };
}

function extentOf(session: Session, ui: UiState, pane: PaneName | 'help') {
  const threads = session.scene.recording.threads.length;
  const layout = layoutOf({ ...ui, threads });
  if (pane === 'help')
    return { top: 0, height: layout.help.height, total: helpRows(session.notices, layout.columns).length };
  const rect = layout.panes[pane];
  const height = contentHeight(rect);
  const area = { width: rect?.width ?? 0, height, scroll: 0 };
  if (pane === 'lanes') {
    const total = session.lanes.rows.length;
    return { top: pageTop(session.lanes.rowOf[ui.cursor] ?? 0, height, total), height, total };
  }
  if (pane === 'timeline') return { top: 0, height, total: height };
  const glyphs = glyphsOf(ui);
  const view =
    pane === 'source'
      ? sourceView(session.scene, ui.cursor, area, glyphs)
      : stateView(session.scene, ui.cursor, area, ui.showAll, glyphs);
  return { top: view.top, height, total: view.total };
}
