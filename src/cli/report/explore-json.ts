// SPDX-License-Identifier: GPL-2.0-only
// Owns what `mmreplay explore --json` prints: docs/schema/explore.schema.json.

import { formatSchedule } from '../../explore/schedule.ts';
import type { Finding } from '../../explore/search.ts';
import type { Program } from '../../lang/program.ts';
import { safetyText } from '../../view/findings.ts';
import { linesOf, unreachedLines, witnessesOf } from '../../workbench/witnesses.ts';
import type { Searched } from '../search.ts';
import { nameOf } from './explore-method.ts';
import type { Explored } from './explore-text.ts';

export function exploreJson(explored: Explored): unknown {
  const { program, model, exploration, milliseconds, diagram, distinct, sampling } = explored;
  const { safety, progress, findings, states, transitions, depth, queue, isComplete, limit, coverage } =
    exploration;
  const lines = linesOf(program, coverage);
  return {
    format: 'mmreplay-explore',
    version: '1.0',
    model,
    verdict: { text: safetyText(safety), safety, progress: progress.word },
    method: methodJson(explored),
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
    findings: findings.map((finding, index) => {
      const met = sampling?.met[index];
      return {
        ...findingJson(program, finding),
        ...(met === undefined ? {} : { runs: met.runs, firstRun: met.first }),
      };
    }),
    ...(distinct === undefined
      ? {}
      : {
          distinct: distinct.map((one) => ({
            ...findingJson(program, one),
            lines: one.lines.flatMap((site) => {
              const place = program.sites[site];
              return place === undefined ? [] : { file: place.file, line: place.line, text: place.text };
            }),
            ways: one.ways,
          })),
        }),
    states,
    transitions,
    depth,
    queue,
    complete: isComplete,
    limit,
    milliseconds: Math.round(milliseconds),
    reduced: exploration.reduced,
    shortest: exploration.isShortest,
    lines: { reached: lines.reached, all: lines.all },
    witnesses: witnessesOf(program, coverage),
    unreached: isComplete
      ? unreachedLines(program, coverage).map(({ file, line, text }) => ({ file, line, text }))
      : [],
    diagram: diagram?.lines.slice(1, -1) ?? [],
    leftOut: diagram?.leftOut ?? 0,
  };
}

function findingJson(program: Program, finding: Finding): object {
  return {
    name: nameOf(program, finding),
    message: finding.message,
    steps: finding.depth,
    schedule: formatSchedule(finding.schedule),
  };
}

function methodJson({ sampling, preemptions, distinct }: Searched): object {
  if (sampling !== undefined) {
    const { how, seed, wanted, runs, cut, newStates } = sampling;
    const changes = how.kind === 'pct' ? how.changes : null;
    return { kind: 'random', seed, changes, wanted, runs, cut, newStates };
  }
  if (preemptions !== undefined) {
    const { most, complete, found, isAll } = preemptions;
    return { kind: 'preemptions', most, complete, found, all: isAll };
  }
  return { kind: distinct === undefined ? 'complete' : 'all' };
}
