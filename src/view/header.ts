// SPDX-License-Identifier: GPL-2.0-only
// Owns the first line of the screen: which trace, which step of how many, which thread, and the verdict.

import { verdictText } from './findings.ts';
import type { Glyphs } from './glyphs.ts';
import { clipRow, rowWidth, spread } from './row.ts';
import { activeFindings, eventOf, threadName, type Scene } from './scene.ts';
import { span, threadRole, type Row } from './span.ts';
import { clip, plain, widthOf } from './text.ts';

/** What stands behind a verdict at most: "  ! shows it ". */
const HINT = 13;

/**
 * One row: name, position and verdict. On narrow screens the name gives way, then the hint, then words; never the rest.
 * What is left out depends on the width only, so that nothing comes and goes while stepping.
 */
export function headerRow(scene: Scene, name: string, step: number, width: number, glyphs: Glyphs): Row {
  const thread = eventOf(scene, step)?.thread;
  const who =
    thread === undefined ? span('start', 'dim') : span(threadName(scene, thread), threadRole(thread));
  const number = span(`${step}/${scene.steps}`, 'strong');
  const position: Row = [span('step '), number, span('  '), who];
  const { protocol, scenario, defines } = scene.recording.model;
  const model = [scenario, 'under', protocol, ...defines.map((define) => `-D ${define}`)].join(' ');
  const file = [span(' '), span(name, 'strong'), span('   ')];
  const brief = [span(' '), span(clip(plain(name), 14, glyphs.more), 'strong'), span('  ')];
  const names = [...file, span(model, 'dim'), span('   ')];
  const { verdict, hint } = verdictSpans(scene, step);
  const room =
    width - widthOf(verdictText(scene.recording)) - widthOf(` @${scene.steps}`) - positionWidth(scene);
  const head = [names, file, brief, [span(' ')]].find((row) => rowWidth(row) + HINT <= room);
  if (head !== undefined)
    return spread([...head, ...position, span('  ')], [...verdict, ...hint], width, glyphs);
  const left = room >= 2 ? [span(' '), ...position, span(' ')] : [number, span(' ')];
  if (rowWidth(left) + rowWidth(verdict) > width) return clipRow([...left, ...verdict], width, glyphs);
  return spread(left, verdict, width, glyphs);
}

/** Columns of the longest position: "step 15/15  CPU1  ". */
function positionWidth(scene: Scene): number {
  const names = scene.recording.threads.map((thread) => widthOf(thread.name));
  return 'step /'.length + 2 * String(scene.steps).length + 4 + Math.max('start'.length, ...names);
}

/** "RACY I1 @13" and what to do about it: "! shows it"; on the bad step itself "HERE". */
function verdictSpans(scene: Scene, step: number): { readonly verdict: Row; readonly hint: Row } {
  const first = scene.findings[0];
  const text = verdictText(scene.recording);
  if (first === undefined && scene.loop !== undefined) {
    const isWrong = scene.recording.verdict?.progress === 'LIVELOCK';
    const verdict = [span(`${text} @${scene.loop}`, isWrong ? 'violation' : 'strong')];
    if (step >= scene.loop) return { verdict, hint: [span('  the loop ', 'dim')] };
    return { verdict, hint: [span('  '), span('!', 'key'), span(' shows it ', 'dim')] };
  }
  if (first === undefined) {
    const isCalm = scene.recording.verdict?.safety.word === 'SAFE';
    return { verdict: [span(text, isCalm ? 'plain' : 'strong')], hint: [span(' ')] };
  }
  const verdict = [span(`${text} @${first.since}`, 'violation')];
  if (step === first.since) return { verdict: [...verdict, span(' HERE', 'violation')], hint: [span(' ')] };
  if (activeFindings(scene, step).length > 0) return { verdict, hint: [span('  since then ', 'dim')] };
  return { verdict, hint: [span('  '), span('!', 'key'), span(' shows it ', 'dim')] };
}
