// SPDX-License-Identifier: GPL-2.0-only
// Owns the recording of what a search has found.

import { towardsQuiescence } from '../explore/run.ts';
import type { Finding } from '../explore/search.ts';
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

function deadlockAt({ wrong, depth }: Finding): number | undefined {
  return wrong.kind === 'deadlock' ? depth : undefined;
}
