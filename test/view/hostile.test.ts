// SPDX-License-Identifier: GPL-2.0-only

import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Recording } from '../../src/model/recording.ts';
import { ASCII, UNICODE } from '../../src/view/glyphs.ts';
import { headerRow } from '../../src/view/header.ts';
import { laneIndexOf } from '../../src/view/lane-index.ts';
import { lanesView } from '../../src/view/lanes.ts';
import { messageRows } from '../../src/view/message.ts';
import { rowWidth } from '../../src/view/row.ts';
import { sourceView } from '../../src/view/source.ts';
import { rowText, type Row } from '../../src/view/span.ts';
import { stateView } from '../../src/view/state-view.ts';
import { timelineRows } from '../../src/view/timeline-bar.ts';
import { sampleRecording } from '../support/sample-recording.ts';
import { sceneFrom } from './sample-scene.ts';

/** All rows of all panes. */
function everything(recording: Recording, step: number, width: number, height: number): Row[] {
  const scene = sceneFrom(recording);
  const area = { width, height, scroll: 0 };
  return [UNICODE, ASCII].flatMap((glyphs) => [
    headerRow(scene, 'na\u001B[2Jme', step, width, glyphs),
    ...lanesView(scene, laneIndexOf(recording), step, area, glyphs).rows,
    ...sourceView(scene, step, area, glyphs).rows,
    ...stateView(scene, step, area, step % 2 === 0, glyphs).rows,
    ...timelineRows(scene, step, width, height, glyphs),
    ...messageRows(scene, step, width, height, glyphs),
  ]);
}

/** Puts poison into every string that a person has written; names that hold the trace together stay consistent. */
function poisoned(poison: string): Recording {
  const text = JSON.stringify(sampleRecording());
  const bad = JSON.stringify(poison).slice(1, -1);
  return JSON.parse(
    text
      .replaceAll('page[0]', `page${bad}[0]`)
      .replaceAll('CPU1', `CPU1${bad}`)
      .replaceAll('truncate', `trunc${bad}ate`)
      .replaceAll('spin_lock', `spin${bad}_lock`)
      .replaceAll('page_table_lock', `page_table${bad}_lock`)
      .replaceAll('i_size', `i_${bad}size`),
  ) as Recording;
}

test.each([
  ['escape sequences', '\u001B[31;1m\u001B]0;title\u0007\u001B[2J'],
  ['C1 controls', '\u009B2J\u0090q\u009C'],
  ['bidirectional overrides', '\u202E\u2066\u200F'],
  ['line breaks', '\r\n\u2028\u0085'],
  ['wide and combining characters', '日本\u0301👨‍👩‍👧'],
  ['half characters', '\uD83D'],
])('%s never leave view, and nothing gets too wide', (_, poison) => {
  const recording = poisoned(poison);
  for (const step of [0, 5, 6, 13, 14, 15]) {
    for (const row of everything(recording, step, 60, 8)) {
      expect(rowText(row)).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u);
      expect(rowWidth(row)).toBeLessThanOrEqual(60);
    }
  }
});

test('any size', () => {
  const recording = sampleRecording();
  const size = fc.integer({ min: 1, max: 220 });
  fc.assert(
    fc.property(fc.nat(15), size, fc.integer({ min: 1, max: 70 }), (step, width, height) => {
      for (const row of everything(recording, step, width, height)) {
        expect(rowWidth(row)).toBeLessThanOrEqual(width);
      }
    }),
    { numRuns: 60 },
  );
});
