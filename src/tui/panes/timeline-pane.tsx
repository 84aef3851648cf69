// SPDX-License-Identifier: GPL-2.0-only
// Owns the timeline on the screen.

import { memo, type ReactNode } from 'react';
import { timelineRows } from '../../view/timeline-bar.ts';
import { areaOf, Pane, type PaneProps } from './pane.tsx';

export const TimelinePane = memo(function TimelinePane(props: PaneProps): ReactNode {
  const { session, cursor, glyphs } = props;
  const { width, height } = areaOf(props);
  const rows = timelineRows(session.scene, cursor, width, height, glyphs);
  return <Pane props={props} name="timeline" content={{ detail: [], rows, top: 0, total: rows.length }} />;
});
