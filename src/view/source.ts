// SPDX-License-Identifier: GPL-2.0-only
// Owns the source pane: the file of the current step, with every thread's place in the gutter and the access marked.

import type { Site, SourceFile } from '../model/recording.ts';
import type { Glyphs } from './glyphs.ts';
import { clipRow, scrolledTop, windowTop } from './row.ts';
import { eventOf, siteOf, type Scene } from './scene.ts';
import { span, threadRole, type Row, type Span } from './span.ts';
import { plain } from './text.ts';

export interface SourceView {
  /** File shown: "protocols/2003-frlock.c"; empty when the trace has no source for the step. */
  readonly file: string;
  /** Function of the marked line. */
  readonly fn: string;
  readonly line: number;
  readonly rows: readonly Row[];
  readonly top: number;
  readonly total: number;
}

/** Below this width a tab is four columns, not eight. */
const WIDE = 76;

/**
 * The file around the code that the current step ran (at step 0: that the first step will run; where the step ended in
 * trouble further on: the place of that). In the gutter `*` marks the line that ran, `!` that of the trouble, `1>` where
 * thread 1 stands, `1:` a call that thread 1 is inside of.
 */
export function sourceView(
  scene: Scene,
  step: number,
  area: { readonly width: number; readonly height: number; readonly scroll: number },
  glyphs: Glyphs,
): SourceView {
  const event = eventOf(scene, step) ?? eventOf(scene, 1);
  const trouble = scene.findings.find((finding) => finding.step === step && step > 0)?.place;
  const access = siteOf(scene, event?.site ?? null);
  const site = trouble ?? access;
  const file = scene.recording.sources.find((s) => s.name === site?.file);
  if (site === undefined || file === undefined) {
    const why = site === undefined ? 'no code here' : `the trace does not hold ${site.file}`;
    return {
      file: site?.file ?? '',
      fn: site?.fn ?? '',
      line: 0,
      rows: [[span(why, 'dim')]],
      top: 0,
      total: 1,
    };
  }
  const lines = linesOf(file);
  const places = placesIn(scene, step, file.name);
  const automatic = windowTop(scene.ran.get(file.name) ?? [], site.line, area.height, lines.length);
  const top = scrolledTop(automatic, area.scroll, area.height, lines.length);
  const tab = area.width >= WIDE ? 8 : 4;
  const digits = String(lines.length).length;
  const rows = lines.slice(top, top + area.height).map((line, index) => {
    const number = top + index + 1;
    const ran = step > 0 && access?.file === file.name && number === access.line;
    const sign = number === trouble?.line ? span('!', 'violation') : span(ran ? '*' : ' ', 'current');
    const gutter = gutterOf(scene, places, number, sign, digits);
    const text = number === site.line ? markAccess(line, site, tab) : [span(expand(line, tab))];
    return clipRow([...gutter, ...text], area.width, glyphs);
  });
  return { file: file.name, fn: site.fn, line: site.line, rows, top, total: lines.length };
}

const split = new WeakMap<SourceFile, readonly string[]>();

function linesOf(file: SourceFile): readonly string[] {
  const known = split.get(file);
  if (known !== undefined) return known;
  const lines = file.text.replace(/\n$/, '').split('\n');
  split.set(file, lines);
  return lines;
}

interface Place {
  readonly thread: number;
  readonly line: number;
  /** The thread stands here itself, not in a function called from here. */
  readonly innermost: boolean;
}

function placesIn(scene: Scene, step: number, file: string): Place[] {
  return scene.timeline.stateAt(step).threads.flatMap(({ at }, thread): Place[] => {
    const site = siteOf(scene, at);
    if (site === undefined) return [];
    const calls = site.stack
      .filter((f) => f.file === file)
      .map((f) => ({ thread, line: f.line, innermost: false }));
    return site.file === file ? [...calls, { thread, line: site.line, innermost: true }] : calls;
  });
}

/** One character for a thread: the digit its name ends in when that tells all threads apart, else its number. */
export function threadMark(scene: Scene, thread: number): string {
  const ends = scene.recording.threads.map(({ name }) => /\d$/.exec(name)?.[0]);
  const distinct = !ends.includes(undefined) && new Set(ends).size === ends.length;
  return (distinct ? ends[thread] : undefined) ?? (thread % 36).toString(36);
}

function gutterOf(scene: Scene, places: readonly Place[], line: number, mark: Span, digits: number): Span[] {
  const room = Math.min(4, scene.recording.threads.length) + 1;
  const here = places.filter((place) => place.line === line);
  const standing = here.filter((place) => place.innermost);
  const marked = (standing.length > 0 ? standing : here).slice(0, room - 1);
  const sign = standing.length > 0 ? '>' : marked.length > 0 ? ':' : ' ';
  const marks = marked.map(({ thread }) => span(threadMark(scene, thread), threadRole(thread)));
  return [
    span(String(line).padStart(digits), 'dim'),
    mark,
    span(' '.repeat(room - 1 - marks.length)),
    ...marks,
    span(`${sign} `, 'strong'),
  ];
}

/** Tabs to columns; the text itself stays as it is. */
function expand(line: string, tab: number): string {
  if (!line.includes('\t')) return line;
  let out = '';
  for (const character of line) {
    out += character === '\t' ? ' '.repeat(tab - (out.length % tab)) : character;
  }
  return out;
}

/** The line with the accessed text standing out. Its text is folded in the site, so blanks match any blanks. */
function markAccess(line: string, site: Site, tab: number): Span[] {
  const start = site.col - 1;
  const pattern = site.text
    .split(' ')
    .map((word) => word.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
    .join('\\s+');
  const found = new RegExp(`^${pattern}`).exec(line.slice(start));
  const end = found === null || found[0] === '' ? line.length : start + found[0].length;
  const from = found === null ? line.length - line.trimStart().length : start;
  const whole = plain(expand(line, tab));
  const [a, b] = [
    plain(expand(line.slice(0, from), tab)).length,
    plain(expand(line.slice(0, end), tab)).length,
  ];
  return [span(whole.slice(0, a)), span(whole.slice(a, b), 'current'), span(whole.slice(b))];
}
