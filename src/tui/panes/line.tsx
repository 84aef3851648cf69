// SPDX-License-Identifier: GPL-2.0-only
// Owns the only way text reaches the screen: one memoised text node a line, in boxes whose size is known beforehand.

import { Box, Transform } from 'ink';
import { memo, type ReactNode } from 'react';
import type { Glyphs } from '../../view/glyphs.ts';
import { clipRow } from '../../view/row.ts';
import type { Row } from '../../view/span.ts';
import type { Rect } from '../layout.ts';
import type { Theme } from '../theme.ts';

/**
 * One line of the screen: styled text that fits its box. To Ink the node holds blanks, which it measures once; the text
 * itself comes in by the transform. So Ink neither measures every line of every frame nor keeps every text for ever.
 */
const Line = memo(function Line({
  text,
  width,
}: {
  readonly text: string;
  readonly width: number;
}): ReactNode {
  return <Transform transform={() => text}>{' '.repeat(Math.max(1, width))}</Transform>;
});

/** A rectangle of lines; missing ones are blank. */
export function Lines(props: {
  readonly rect: Rect;
  readonly rows: readonly Row[];
  readonly theme: Theme;
  readonly glyphs: Glyphs;
}): ReactNode {
  const { rect, rows, theme, glyphs } = props;
  const lines = Array.from({ length: rect.height }, (_, index) => {
    return theme.paint(clipRow(rows[index] ?? [], rect.width, glyphs), glyphs.ascii);
  });
  return (
    <Box
      position="absolute"
      left={rect.x}
      top={rect.y}
      width={rect.width}
      height={rect.height}
      flexDirection="column"
    >
      {lines.map((text, index) => (
        <Line key={index} text={text} width={rect.width} />
      ))}
    </Box>
  );
}
