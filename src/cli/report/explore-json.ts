// SPDX-License-Identifier: GPL-2.0-only
// Owns what `mmreplay explore --json` prints.

import { formatSchedule } from '../../explore/schedule.ts';
import { safetyText } from '../../view/findings.ts';
import { unreachedLines, witnessesOf } from '../../workbench/witnesses.ts';
import { nameOf, type Explored } from './explore-text.ts';

export function exploreJson({ program, model, exploration, milliseconds, diagram }: Explored): unknown {
  const { safety, progress, findings, states, transitions, depth, isComplete, limit, coverage } = exploration;
  return {
    format: 'mmreplay-explore',
    version: '1.0',
    model,
    verdict: { text: safetyText(safety), safety, progress: progress.word },
    progress: {
      word: progress.word,
      message: progress.message,
      lasso: progress.lasso && {
        thread: program.threads[progress.lasso.thread]?.name,
        operation: progress.lasso.operation === null ? null : program.operations[progress.lasso.operation],
        steps: progress.lasso.schedule.length,
        loop: progress.lasso.loop,
        schedule: formatSchedule(progress.lasso.schedule),
      },
    },
    findings: findings.map((finding) => ({
      name: nameOf(program, finding),
      message: finding.message,
      steps: finding.depth,
      schedule: formatSchedule(finding.schedule),
    })),
    states,
    transitions,
    depth,
    complete: isComplete,
    limit,
    milliseconds: Math.round(milliseconds),
    witnesses: witnessesOf(program, coverage),
    unreached: isComplete
      ? unreachedLines(program, coverage).map(({ file, line, text }) => ({ file, line, text }))
      : [],
    diagram: diagram?.lines.slice(1, -1) ?? [],
    leftOut: diagram?.leftOut ?? 0,
  };
}
