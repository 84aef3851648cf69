// SPDX-License-Identifier: GPL-2.0-only
// Owns the way back from a schedule of merged steps to one of the Program as it was written.

import { assert } from '../../base/assert.ts';
import type { Program } from '../../lang/program.ts';
import { isRest } from '../../machine/code.ts';
import { Machine, type Option } from '../../machine/machine.ts';
import type { Schedule } from '../schedule.ts';

/**
 * The same run, step by step: after each merged step the thread stands where it stood after it, in the same state. Cost:
 * that of the run.
 */
export function unmerge(program: Program, merged: Program, schedule: Schedule): Schedule {
  const machine = new Machine(program);
  machine.start();
  const steps: Option[] = [];
  for (const { thread, choice } of schedule) {
    const { code = [] } = merged.threads[thread] ?? {};
    const rests = (): boolean => {
      const node = code[machine.memory.pc(thread)];
      return node === undefined || isRest(node);
    };
    let next: Option = { thread, choice };
    do {
      const outcome = machine.take(next.thread, next.choice);
      assert(outcome !== 'blocked', `step ${steps.length + 1} of an unmerged schedule is blocked`);
      steps.push(next);
      if (outcome !== 'moved') return steps;
      next = { thread, choice: 0 };
    } while (!rests());
  }
  return steps;
}
