// SPDX-License-Identifier: GPL-2.0-only
// Owns the state on the screen.

import { memo, type ReactNode } from 'react';
import { span } from '../../view/span.ts';
import { stateView } from '../../view/state-view.ts';
import { areaOf, Pane, type PaneProps } from './pane.tsx';

export const StatePane = memo(function StatePane(props: PaneProps & { readonly all: boolean }): ReactNode {
  const { session, cursor, glyphs, all } = props;
  const { rows, top, total, changed } = stateView(session.scene, cursor, areaOf(props), all, glyphs);
  const when = cursor === 0 ? 'at the start' : `after step ${cursor}`;
  const detail = [
    span(`${glyphs.rule} `, 'dim'),
    span(`${when} `),
    span(changed === 0 ? '' : `~ ${changed} changed `, 'changed'),
    span(all ? 'all shown ' : '', 'dim'),
  ];
  return <Pane props={props} name="state" content={{ detail, rows, top, total }} />;
});
