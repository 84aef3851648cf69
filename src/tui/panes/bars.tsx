// SPDX-License-Identifier: GPL-2.0-only
// Owns the lines outside the panes: header, message, status, the wall between columns, and the help over the panes.

import { memo, type ReactNode } from 'react';
import type { Glyphs } from '../../view/glyphs.ts';
import { headerRow } from '../../view/header.ts';
import { messageRows } from '../../view/message.ts';
import { span } from '../../view/span.ts';
import { helpRows } from '../help.ts';
import type { Rect } from '../layout.ts';
import type { Session } from '../session.ts';
import { statusRow } from '../status.ts';
import type { UiState } from '../ui-state.ts';
import { Lines } from './line.tsx';

interface BarProps {
  readonly session: Session;
  readonly rect: Rect;
  readonly glyphs: Glyphs;
}

export const Header = memo(function Header({
  session,
  rect,
  glyphs,
  cursor,
}: BarProps & { cursor: number }): ReactNode {
  const row = headerRow(session.scene, session.name, cursor, rect.width, glyphs);
  return <Lines rect={rect} rows={[row]} theme={session.theme} glyphs={glyphs} />;
});

export const Message = memo(function Message({
  session,
  rect,
  glyphs,
  cursor,
}: BarProps & { cursor: number }): ReactNode {
  const rows = messageRows(session.scene, cursor, rect.width, rect.height, glyphs);
  return <Lines rect={rect} rows={rows} theme={session.theme} glyphs={glyphs} />;
});

export const Status = memo(function Status({
  session,
  rect,
  glyphs,
  ui,
}: BarProps & { ui: UiState }): ReactNode {
  return <Lines rect={rect} rows={[statusRow(ui)]} theme={session.theme} glyphs={glyphs} />;
});

export const Wall = memo(function Wall({ session, rect, glyphs }: BarProps): ReactNode {
  const rows = Array.from({ length: rect.height }, () => [span(glyphs.wall, 'dim')]);
  return <Lines rect={rect} rows={rows} theme={session.theme} glyphs={glyphs} />;
});

export const Help = memo(function Help({
  session,
  rect,
  glyphs,
  top,
}: BarProps & { top: number }): ReactNode {
  const rows = helpRows(session.notices, rect.width).slice(top, top + rect.height);
  return <Lines rect={rect} rows={rows} theme={session.theme} glyphs={glyphs} />;
});
