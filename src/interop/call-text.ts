// SPDX-License-Identifier: GPL-2.0-only
// Owns reading back from the sources of a recording what stands around a step: "page = find_get_page(mapping, pgoff)".

import type { Frame, SourceFile } from '../model/recording.ts';

/** No call that a person wants to read is longer; also bounds the work on a damaged source. */
const LONGEST = 400;

export interface CallText {
  /** White space folded, without the semicolon; with the variable, when the result is assigned to one. */
  readonly text: string;
  /** The same without its arguments: "page = find_get_page(...)". */
  readonly short: string;
  readonly isAssigned: boolean;
}

type Position = Pick<Frame, 'file' | 'line' | 'col'>;

/** The call at which `frame` stands. undefined when none stands there (the source is missing, or it is a bare macro). */
export function callText(sources: readonly SourceFile[], frame: Frame): CallText | undefined {
  const text = linesAt(sources, frame)
    .join('\n')
    .slice(frame.col - 1, frame.col - 1 + LONGEST);
  const open = /^[\w\s.[\]>*-]*?\w\s*\(/.exec(text);
  if (open === null) return undefined;
  const target = assignedTo(sources, frame);
  let depth = 0;
  for (let at = open[0].length - 1; at < text.length; at++) {
    if (text[at] === '(') depth++;
    if (text[at] === ')') depth--;
    if (depth > 0) continue;
    const call = text.slice(0, at + 1).replace(/\s+/g, ' ');
    const short = /\(\s*\)$/.test(call) ? call : `${open[0]}...)`;
    return { text: target + call, short: target + short, isAssigned: target !== '' };
  }
  return undefined;
}

/** "page = " when what stands at this position is assigned to page, also where page is declared; '' otherwise. */
export function assignedTo(sources: readonly SourceFile[], at: Position): string {
  const [line = ''] = linesAt(sources, at);
  return /([A-Za-z_][\w.>[\]-]* = )$/.exec(line.slice(0, at.col - 1))?.[1] ?? '';
}

function linesAt(sources: readonly SourceFile[], { file, line }: Position): readonly string[] {
  const text = sources.find(({ name }) => name === file)?.text;
  return text?.split('\n').slice(line - 1, line + 9) ?? [];
}
