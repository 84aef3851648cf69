// SPDX-License-Identifier: GPL-2.0-only
// Owns the source on the screen; file and function are its title.

import { memo, type ReactNode } from 'react';
import { sourceView } from '../../view/source.ts';
import { span } from '../../view/span.ts';
import { areaOf, Pane, type PaneProps } from './pane.tsx';

export const SourcePane = memo(function SourcePane(props: PaneProps): ReactNode {
  const { session, cursor, glyphs } = props;
  const { file, fn, line, rows, top, total } = sourceView(session.scene, cursor, areaOf(props), glyphs);
  const where = line === 0 ? [] : [span(`${fn}() `, 'title')];
  const detail = [
    span(`${glyphs.rule} `, 'dim'),
    span(line === 0 ? `${file} ` : `${file}:${line} `),
    ...where,
  ];
  return <Pane props={props} name="source" content={{ detail, rows, top, total }} />;
});
