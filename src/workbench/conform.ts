// SPDX-License-Identifier: GPL-2.0-only
// Owns the question whether a recording is what a model does: the schedule is run again, and everything compared.

import { UserError } from '../base/user-error.ts';
import { replay } from '../explore/run.ts';
import { parseSchedule } from '../explore/schedule.ts';
import type { Program } from '../lang/program.ts';
import { Machine } from '../machine/machine.ts';
import type { ModelInfo, Recording } from '../model/recording.ts';
import { firstDifference, type Difference } from './first-difference.ts';
import { record } from './record.ts';
import { following } from './schedulers.ts';

/**
 * The first thing that the recording (left) says otherwise than the model does (right): "model.hash", "schedule",
 * "event 12.writes[0].new", "verdict.since". null: it conforms. Events missing at the end of an INCOMPLETE recording
 * are no difference. `program` and `model` are the recording's embedded sources, compiled again.
 */
export function conform(recording: Recording, program: Program, model: ModelInfo): Difference | null {
  const again = runAgain(recording, program, model);
  if ('where' in again) return again;
  const { events, verdict, ...header } = again;
  for (const key of Object.keys(header) as (keyof typeof header)[]) {
    // A .jsonl that was cut short has the schedule of the whole run, or of none of it.
    if (key === 'schedule' && recording.verdict === null) continue;
    const found = firstDifference(recording[key], header[key], key);
    if (found !== null) return found;
  }
  for (let index = 0; index < Math.max(events.length, recording.events.length); index++) {
    if (index >= recording.events.length && recording.verdict === null) return null;
    const found = firstDifference(recording.events[index], events[index], `event ${index + 1}`);
    if (found !== null) return found;
  }
  return recording.verdict === null ? null : firstDifference(recording.verdict, verdict, 'verdict');
}

function runAgain(recording: Recording, program: Program, model: ModelInfo): Recording | Difference {
  try {
    const schedule = parseSchedule(recording.schedule);
    const machine = new Machine(program);
    if (machine.start() === null) replay(machine, schedule);
    const { safety, step } = recording.verdict ?? { safety: { word: 'SAFE' }, step: null };
    const deadlockAt = safety.word === 'DEADLOCK' && step !== null ? step : undefined;
    return record(program, model, following(schedule), deadlockAt);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return { where: 'schedule', left: recording.schedule, right: error.message };
  }
}
