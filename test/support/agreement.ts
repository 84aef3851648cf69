// SPDX-License-Identifier: GPL-2.0-only
// Owns the law that joins both representations: the machine's packed state and the tree that is folded from the events.

import { expect } from 'vitest';
import { parseSchedule } from '../../src/explore/schedule.ts';
import type { Program } from '../../src/lang/program.ts';
import { Recorder } from '../../src/machine/recorder.ts';
import type { Recording } from '../../src/model/recording.ts';
import type { State } from '../../src/model/state.ts';
import { Timeline } from '../../src/replay/timeline.ts';

/** What the machine knows of the locals that the tree shows as living; it has forgotten the dead ones. */
export function living(tree: State, machine: State): State['threads'] {
  return machine.threads.map((thread, index) => {
    const shown = tree.threads[index]?.locals ?? {};
    const locals = Object.entries(shown).map(([name, local]) => [
      name,
      local.dead ? local : thread.locals[name],
    ]);
    return { ...thread, locals: Object.fromEntries(locals) };
  });
}

/** Runs the recording's schedule on its Program and compares memory, places, waits and living locals at every step. */
export function checkAgreement(recording: Recording, program: Program): void {
  const timeline = new Timeline(recording);
  const recorder = new Recorder(program);
  const compare = (step: number): void => {
    const tree = timeline.stateAt(step);
    const machine = recorder.state();
    expect(tree.objects, `memory after step ${step}`).toEqual(machine.objects);
    const placed = living(tree, machine).map((thread) => ({
      ...thread,
      at: thread.at === null ? null : program.sites[thread.at],
    }));
    const shown = tree.threads.map((thread) => ({
      ...thread,
      at: thread.at === null ? null : recording.sites[thread.at],
    }));
    expect(shown, `threads after step ${step}`).toEqual(placed);
  };
  compare(0);
  parseSchedule(recording.schedule).forEach(({ thread, choice }, i) => {
    recorder.step(thread, choice);
    compare(i + 1);
  });
}
