// SPDX-License-Identifier: GPL-2.0-only
// Owns the recording of what a search has found.

import { must } from '../base/assert.ts';
import { towardsQuiescence } from '../explore/run.ts';
import type { Finding } from '../explore/search.ts';
import type { ProgressVerdict } from '../explore/verify.ts';
import type { Program } from '../lang/program.ts';
import type { ModelInfo, Recording } from '../model/recording.ts';
import { record } from './record.ts';
import { following } from './schedulers.ts';

/** The finding's schedule, and no step more: for drawing. */
export function recordFinding(program: Program, model: ModelInfo, finding: Finding): Recording {
  return record(program, model, following(finding.schedule), deadlockAt(finding));
}

/** The same, and on until nobody can step: the aftermath is worth seeing. For traces. */
export function recordAftermath(program: Program, model: ModelInfo, finding: Finding): Recording {
  const last = finding.schedule.at(-1)?.thread ?? 0;
  return record(program, model, following(finding.schedule, towardsQuiescence(last)), deadlockAt(finding));
}

/**
 * The way to the loop, and one turn of it: the run then goes on at `verdict.loop`, for ever. For drawing, and for traces.
 * `progress` is the verdict of a search, with its lasso.
 */
export function recordLasso(program: Program, model: ModelInfo, progress: ProgressVerdict): Recording {
  const { schedule, loop } = must(progress.lasso, 'a lasso');
  const recording = record(program, model, following(schedule), undefined, schedule.length);
  const verdict = must(recording.verdict, 'the verdict of a finished run');
  const { word, message } = progress;
  return { ...recording, verdict: { ...verdict, progress: word, message, loop } };
}

function deadlockAt({ wrong, depth }: Finding): number | undefined {
  return wrong.kind === 'deadlock' ? depth : undefined;
}
