// SPDX-License-Identifier: GPL-2.0-only
// Owns the lanes on the screen; the heads of the columns are its title.

import { memo, type ReactNode } from 'react';
import { lanesView } from '../../view/lanes.ts';
import { areaOf, Pane, type PaneProps } from './pane.tsx';

export const LanesPane = memo(function LanesPane(props: PaneProps): ReactNode {
  const { session, cursor, glyphs } = props;
  const { head, rows, top, total } = lanesView(session.scene, session.lanes, cursor, areaOf(props), glyphs);
  return <Pane props={props} name="lanes" content={{ detail: head, rows, top, total }} />;
});
