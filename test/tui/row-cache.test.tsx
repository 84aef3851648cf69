// SPDX-License-Identifier: GPL-2.0-only

import { Box, renderToString, Text, Transform } from 'ink';
import type { ReactElement } from 'react';
import { afterEach, expect, test } from 'vitest';
import { Rng } from '../../src/base/rng.ts';
import { installRowCache, removeRowCache } from '../../src/tui/row-cache.ts';

const COLUMNS = 40;
const TEXTS = [
  'word',
  'two words',
  '日本',
  'e\u0301',
  '👍 ok',
  '│',
  '',
  ' ',
  'long enough to be wrapped or cut',
  'a\nb',
];
const COLOURS = ['red', 'cyan', undefined] as const;

afterEach(removeRowCache);

function randomTree(rng: Rng, depth: number): ReactElement {
  const kind = rng.below(depth > 3 ? 2 : 6);
  if (kind === 0) {
    const colour = rng.pick(COLOURS);
    const wrap = rng.pick(['wrap', 'truncate'] as const);
    return (
      <Text
        wrap={wrap}
        bold={rng.below(2) === 0}
        inverse={rng.below(4) === 0}
        {...(colour ? { color: colour } : {})}
      >
        {rng.pick(TEXTS)}
      </Text>
    );
  }
  if (kind === 1) {
    const text = rng.pick(TEXTS).replaceAll('\n', ' ');
    return <Transform transform={(_, index) => `${text}${index}`}>{' '.repeat(8)}</Transform>;
  }
  const children = Array.from({ length: rng.below(4) }, (_, key) => (
    <Box key={key}>{randomTree(rng, depth + 1)}</Box>
  ));
  if (kind === 2) {
    return (
      <Box
        position="absolute"
        left={rng.below(20)}
        top={rng.below(6)}
        width={12}
        height={3}
        flexDirection="column"
      >
        {children}
      </Box>
    );
  }
  if (kind === 3) {
    return (
      <Box width={rng.below(20) + 1} height={rng.below(4) + 1} overflow="hidden" flexDirection="column">
        {children}
      </Box>
    );
  }
  return (
    <Box
      flexDirection={rng.pick(['row', 'column'] as const)}
      {...(rng.below(3) === 0 ? { borderStyle: 'single' as const } : {})}
    >
      {children}
    </Box>
  );
}

test('frames are the same with and without the cache', () => {
  const seed = Number(process.env['SEED'] ?? 20030623);
  const rng = new Rng(seed);
  for (let round = 0; round < 600; round++) {
    const before = rng.state;
    const tree = (
      <Box width={COLUMNS} height={10}>
        {randomTree(rng, 0)}
      </Box>
    );
    removeRowCache();
    const stock = renderToString(tree, { columns: COLUMNS });
    expect(installRowCache(), 'Ink is built as expected').toBe(true);
    const cached = renderToString(tree, { columns: COLUMNS });
    const again = renderToString(tree, { columns: COLUMNS });
    expect(cached, `SEED=${before}`).toBe(stock);
    expect(again, `SEED=${before}`).toBe(stock);
  }
});

test('a row is composed again when only its transform changes', () => {
  expect(installRowCache()).toBe(true);
  const frame = (text: string) => (
    <Box width={COLUMNS} height={2} flexDirection="column">
      <Transform transform={() => text}>{' '.repeat(COLUMNS)}</Transform>
      <Transform transform={() => 'same'}>{' '.repeat(COLUMNS)}</Transform>
    </Box>
  );
  expect(renderToString(frame('one'), { columns: COLUMNS })).toBe('one\nsame');
  expect(renderToString(frame('two'), { columns: COLUMNS })).toBe('two\nsame');
});
