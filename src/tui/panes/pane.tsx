// SPDX-License-Identifier: GPL-2.0-only
// Owns what all panes have in common: a title rule, lines below it, and the props they are drawn from.

import type { ReactNode } from 'react';
import { titleRow } from '../../view/title.ts';
import type { Glyphs } from '../../view/glyphs.ts';
import type { Row } from '../../view/span.ts';
import { PANES, type PaneName } from '../commands.ts';
import { contentHeight, type PaneRect } from '../layout.ts';
import type { Session } from '../session.ts';
import { Lines } from './line.tsx';

/** All that a pane depends on; equal props, equal pane. */
export interface PaneProps {
  readonly session: Session;
  readonly rect: PaneRect;
  readonly cursor: number;
  readonly scroll: number;
  readonly focused: boolean;
  readonly glyphs: Glyphs;
}

/** A pane's content: the left part of its title, the rows seen, and where they stand in the whole. */
export interface PaneContent {
  readonly detail: Row;
  readonly rows: readonly Row[];
  readonly top: number;
  readonly total: number;
}

export function areaOf({ rect, scroll }: PaneProps): { width: number; height: number; scroll: number } {
  return { width: rect.width, height: contentHeight(rect), scroll };
}

export function Pane({
  props,
  name,
  content,
}: {
  props: PaneProps;
  name: PaneName;
  content: PaneContent;
}): ReactNode {
  const { session, rect, focused, glyphs } = props;
  const { detail, rows, top, total } = content;
  const height = contentHeight(rect);
  const title = { number: PANES.indexOf(name) + 1, name, focused, detail, top, height, total };
  const head = rect.title ? [titleRow(title, rect.width, glyphs)] : [];
  return <Lines rect={rect} rows={[...head, ...rows]} theme={session.theme} glyphs={glyphs} />;
}
