// SPDX-License-Identifier: GPL-2.0-only
// Owns what `inspect` finds out about a recording, as data: the shape that `inspect --json` prints
// (docs/schema/inspect.schema.json) and that the text report is made from.

import { must } from '../../base/assert.ts';
import { lkmlDiagram } from '../../interop/lkml.ts';
import { applyAll, initialState } from '../../model/apply.ts';
import { memoryMap } from '../../model/memory-map.ts';
import type { ModelInfo, Recording, Safety, Verdict } from '../../model/recording.ts';
import type { State } from '../../model/state.ts';
import { troubleSite } from '../../model/trouble-place.ts';
import type { Value } from '../../model/value.ts';
import type { Notice, OpenedTrace } from '../../trace/run-reader.ts';
import { safetyText } from '../../view/findings.ts';

/** A step, so that a person finds it: who did what, and where that stands. Of trouble: where the run ended in it. */
export interface StepReference {
  readonly step: number;
  readonly thread: string;
  readonly text: string;
  readonly file: string;
  readonly line: number;
}

/** A cell that the violation involves. */
export interface InvolvedCell {
  readonly cell: string;
  /** Its value since when the state is wrong, and when that was reported: see src/model/value.ts. */
  readonly since: Value;
  readonly step: Value;
  /** Its last write up to the report; null when the run did not write it. */
  readonly written: StepReference | null;
}

export interface InspectReport {
  readonly format: 'mmreplay-inspect';
  readonly version: '1.0';
  readonly model: ModelInfo;
  readonly threads: readonly { readonly name: string; readonly role: string; readonly daemon: boolean }[];
  readonly steps: number;
  readonly schedule: string;
  /** null: the trace is INCOMPLETE. */
  readonly verdict: (Verdict & { readonly text: string }) | null;
  /** The step to look at; null when nothing is wrong, or when it was so from the start. */
  readonly violatingStep: StepReference | null;
  readonly cells: readonly InvolvedCell[];
  /** Lines of the CPU0/CPU1 diagram, without the blank lines around it. */
  readonly diagram: readonly string[];
  /** Steps that the diagram leaves out. */
  readonly leftOut: number;
  readonly notices: readonly Notice[];
}

/** Cost: replays the run twice at most, and draws it. */
export function inspectReport({ recording, notices }: OpenedTrace, full: boolean): InspectReport {
  const { model, threads, events, schedule, verdict } = recording;
  const { lines, leftOut } = lkmlDiagram(recording, full ? 'all' : 'essential');
  const { protocol, scenario, defines, memory, hash, semantics } = model;
  return {
    format: 'mmreplay-inspect',
    version: '1.0',
    model: { protocol, scenario, defines, memory, hash, semantics },
    threads: threads.map(({ name, role, daemon }) => ({ name, role, daemon: daemon === true })),
    steps: events.length,
    schedule,
    verdict: verdict && { text: safetyText(verdict.safety), ...verdict },
    violatingStep: verdict?.since ? stepReference(recording, verdict.since, troubleSite(recording)) : null,
    cells: involvedCells(recording),
    diagram: lines.slice(1, -1),
    leftOut,
    notices,
  };
}

/** Is there a violation in it? LIMIT is none: nothing was found. */
export function isViolation(safety: Safety): boolean {
  return safety.word !== 'SAFE' && safety.word !== 'LIMIT';
}

/** `place` is the site to name; without it that of the step's access. */
function stepReference(
  { events, threads, sites }: Recording,
  step: number,
  place: number | null = null,
): StepReference {
  const event = must(events[step - 1], `event ${step}`);
  const site = place ?? event.site;
  const { text, file, line } = must(sites[site], `site ${site}`);
  return { step, thread: must(threads[event.thread], `thread ${event.thread}`).name, text, file, line };
}

function involvedCells(recording: Recording): InvolvedCell[] {
  const { verdict, events, objects } = recording;
  if (verdict === null || verdict.step === null) return [];
  const { step, since } = verdict;
  const start = initialState(recording);
  const atSince = applyAll(start, events.slice(0, since ?? step), recording);
  const atStep = applyAll(atSince, events.slice(since ?? step, step), recording);
  const map = memoryMap(objects);
  const valueIn = (state: State, cell: string): Value => {
    const { object, cell: field } = must(map.get(cell), `cell ${cell}`);
    return must(state.objects[object.name], object.name)[field.field] ?? null;
  };
  return verdict.cells.map((cell) => {
    const last =
      events.slice(0, step).findLastIndex((event) => event.writes.some((write) => write.cell === cell)) + 1;
    return {
      cell,
      since: valueIn(atSince, cell),
      step: valueIn(atStep, cell),
      written: last === 0 ? null : stepReference(recording, last),
    };
  });
}
