// SPDX-License-Identifier: GPL-2.0-only
// Owns short ways to look at a recording in view tests.

import type { Recording } from '../../src/model/recording.ts';
import { Timeline } from '../../src/replay/timeline.ts';
import { ASCII, type Glyphs } from '../../src/view/glyphs.ts';
import { laneIndexOf } from '../../src/view/lane-index.ts';
import { lanesView } from '../../src/view/lanes.ts';
import { messageRows } from '../../src/view/message.ts';
import { sceneOf, type Scene } from '../../src/view/scene.ts';
import { sourceView } from '../../src/view/source.ts';
import { rowText, type Row } from '../../src/view/span.ts';
import { stateView } from '../../src/view/state-view.ts';
import { sampleRecording } from '../support/sample-recording.ts';

export function sceneFrom(recording: Recording = sampleRecording()): Scene {
  return sceneOf(new Timeline(recording));
}

/** Rows as lines without trailing blanks, below one another. */
export function lines(rows: readonly Row[]): string {
  return rows.map((row) => rowText(row).trimEnd()).join('\n');
}

/** What follows the first `|` of each line of a template. */
export function block(text: string): string {
  return text
    .split('\n')
    .slice(1, -1)
    .map((line) => line.replace(/^ *\|/, ''))
    .join('\n');
}

interface Size {
  readonly width: number;
  readonly height: number;
  readonly scroll?: number;
}

export function lanes(scene: Scene, cursor: number, size: Size, glyphs: Glyphs = ASCII): string {
  return lines(lanesView(scene, laneIndexOf(scene.recording), cursor, { scroll: 0, ...size }, glyphs).rows);
}

export function state(scene: Scene, step: number, size: Size, all = false): string {
  return lines(stateView(scene, step, { scroll: 0, ...size }, all, ASCII).rows);
}

export function source(scene: Scene, step: number, size: Size): string {
  return lines(sourceView(scene, step, { scroll: 0, ...size }, ASCII).rows);
}

export function message(scene: Scene, step: number, width = 80, height = 3): string {
  return lines(messageRows(scene, step, width, height, ASCII)).trimEnd();
}
