// SPDX-License-Identifier: GPL-2.0-only
// Owns the way from a scheduler to a Recording: the run, judged while it happens, and its verdict.

import { must } from '../base/assert.ts';
import { exposed } from '../explore/findings.ts';
import type { Scheduler } from '../explore/run.ts';
import { formatSchedule } from '../explore/schedule.ts';
import type { Program } from '../lang/program.ts';
import type { Option } from '../machine/machine.ts';
import { Recorder, type Recorded } from '../machine/recorder.ts';
import type { Trouble } from '../machine/trouble.ts';
import { keepUsedSites } from './used-sites.ts';
import type {
  Event,
  ModelInfo,
  Recording,
  Safety,
  Verdict,
  Violation,
  WaitsFor,
} from '../model/recording.ts';
import { threadOf } from '../model/value.ts';

/** Longer runs help nobody: a random run of a model that never ends is cut here. */
const LONGEST_RUN = 10_000;

/** What went wrong first. */
interface Finding {
  readonly safety: Safety;
  readonly step: number;
  readonly since: number;
  readonly message: string;
  readonly cells: readonly string[];
  readonly waitsFor: readonly WaitsFor[];
}

/**
 * Runs the Program as the scheduler says, until it says null, nobody can step, trouble ends the run, or after `longest`
 * steps (10,000). The verdict is about this run alone. Deterministic: equal schedulers give equal recordings.
 *
 * A single run cannot show that a thread which waits while others go on will wait for ever, unless it waits in a cycle
 * of lock holders. A search can: `deadlockAt` is the step after which it found so.
 */
export function record(
  program: Program,
  model: ModelInfo,
  scheduler: Scheduler,
  deadlockAt?: number,
  longest: number = LONGEST_RUN,
): Recording {
  const recorder = new Recorder(program);
  const schedule: Option[] = [];
  const events: Event[] = [];
  const violations: Violation[] = [];
  let finding: Finding | null = null;
  const judge = ({ event, trouble, violations: found }: Recorded): void => {
    violations.push(...found);
    finding ??= findingOf(recorder, event, trouble, found);
    if (recorder.steps === deadlockAt) finding ??= stuck(recorder);
  };
  judge(recorder.atStart);
  while (schedule.length < longest) {
    const options = recorder.options();
    const chosen = options.length === 0 ? null : scheduler(options, recorder.machine);
    if (chosen === null) break;
    const recorded = recorder.step(chosen.thread, chosen.choice);
    schedule.push(chosen);
    events.push(recorded.event);
    judge(recorded);
  }
  if (recorder.options().length === 0 && !recorder.hasOpenLoads) finding ??= stuck(recorder);
  const { header, start } = recorder;
  return keepUsedSites({
    ...{ model, ...header, start, schedule: formatSchedule(schedule), events },
    verdict: verdictOf(finding, violations),
  });
}

function verdictOf(finding: Finding | null, violations: readonly Violation[]): Verdict {
  const cells = [
    ...new Set([...(finding?.cells ?? []), ...violations.flatMap((violation) => violation.cells)]),
  ];
  return {
    safety: finding?.safety ?? { word: 'SAFE' },
    progress: 'unchecked',
    step: finding?.step ?? null,
    since: finding?.since ?? null,
    message: finding?.message ?? '',
    violations,
    cells,
    waitsFor: finding?.waitsFor ?? [],
  };
}

function findingOf(
  recorder: Recorder,
  event: Event | null,
  trouble: Trouble | null,
  found: readonly Violation[],
): Finding | null {
  const step = recorder.steps;
  const first = found[0];
  if (first !== undefined) {
    return {
      safety: { word: 'RACY', invariants: found.map(({ invariant }) => invariant) },
      step,
      since: Math.min(...found.map(({ since }) => since)),
      message: found.map(({ message }) => message).join('; '),
      cells: [],
      waitsFor: [],
    };
  }
  if (trouble !== null) {
    const cells = cellsOf(recorder, event, trouble);
    return { safety: safetyOf(trouble), step, since: step, message: trouble.message, cells, waitsFor: [] };
  }
  if (recorder.hasOpenLoads) return null;
  const { cycle } = recorder.waits();
  return cycle === null ? null : deadlock(recorder, cycle);
}

/** What trouble is about: the spinlocks that forbid a sleep; else what the step accessed. */
function cellsOf(recorder: Recorder, event: Event | null, { kind, thread }: Trouble): string[] {
  const held = kind === 'sleep-in-atomic' ? spinlocksOf(recorder, thread) : [];
  return held.length > 0 ? held : [...(event?.reads ?? []), ...(event?.writes ?? [])].map(({ cell }) => cell);
}

/** The owner cells of the spinlocks that a thread holds. */
function spinlocksOf(recorder: Recorder, thread: number): string[] {
  const { objects } = recorder.state();
  const name = recorder.program.threads[thread]?.name;
  return recorder.header.objects.flatMap((object) =>
    (object.locks ?? []).flatMap(({ type, owner }) => {
      const holder = owner === undefined ? undefined : threadOf(objects[object.name]?.[owner] ?? null);
      return type === 'spinlock_t' && holder !== undefined && holder === name ? [object.name + owner] : [];
    }),
  );
}

/** A deadlock when there are threads that wait, daemons aside. */
function stuck(recorder: Recorder): Finding | null {
  const isDaemon = (name: string): boolean =>
    recorder.program.threads.some((t) => t.name === name && t.daemon);
  const waiting = recorder.waits().all.filter(({ thread }) => !isDaemon(thread));
  return waiting.length === 0 ? null : deadlock(recorder, waiting);
}

function deadlock(recorder: Recorder, waitsFor: readonly WaitsFor[]): Finding {
  const { threads } = recorder.state();
  const cells = waitsFor.flatMap(({ thread }) => {
    const index = recorder.program.threads.findIndex(({ name }) => name === thread);
    return must(threads[index], `thread ${thread}`).waitsFor ?? [];
  });
  const say = ({ thread, lock, holders }: WaitsFor): string =>
    `${thread} waits for ${lock}${holders.length === 0 ? '' : ` (${holders.join(', ')})`}`;
  return {
    safety: { word: 'DEADLOCK' },
    step: recorder.steps,
    since: recorder.steps,
    message: waitsFor.map(say).join('; '),
    cells: [...new Set(cells)],
    waitsFor,
  };
}

function safetyOf({ kind }: Trouble): Safety {
  // All that a model itself can run out of.
  if (kind === 'limit') return { word: 'LIMIT', limit: 'pool' };
  const what = exposed(kind);
  return what === null ? { word: 'BUG', bug: kind } : { word: 'EXPOSE', what };
}
