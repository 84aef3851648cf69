// SPDX-License-Identifier: GPL-2.0-only
// Owns schedules and their text form: for each step the thread that takes it and the choice it makes.

import { UserError } from '../base/user-error.ts';
import type { Option } from '../machine/machine.ts';

/** Which thread steps, and with which choice; from the start. */
export type Schedule = readonly Option[];

/** More steps than any schedule that a person pastes. */
const LONGEST = 1_000_000;

/**
 * "0*3 1 1:2*4": thread 0 three times, thread 1 once, thread 1 with choice 2 four times. Choice 0 is not written.
 * Steps that are alike are always drawn together, so equal schedules have equal texts.
 */
export function formatSchedule(schedule: Schedule): string {
  const words: string[] = [];
  for (let i = 0; i < schedule.length;) {
    const { thread, choice } = schedule[i]!;
    let end = i + 1;
    while (end < schedule.length && schedule[end]!.thread === thread && schedule[end]!.choice === choice)
      end += 1;
    words.push(`${thread}${choice > 0 ? `:${choice}` : ''}${end - i > 1 ? `*${end - i}` : ''}`);
    i = end;
  }
  return words.join(' ');
}

/** The inverse of formatSchedule; white space may be of any kind. Throws UserError `schedule-syntax`. */
export function parseSchedule(text: string): Schedule {
  const steps: Option[] = [];
  for (const { 0: word, index } of text.matchAll(/\S+/g)) {
    const parts = /^(\d+)(?::(\d+))?(?:\*(\d+))?$/.exec(word);
    if (parts === null) throw syntaxError(index, `found "${word}"`);
    const [thread, choice, times] = [parts[1], parts[2] ?? '0', parts[3] ?? '1'].map(Number);
    if (times === 0) throw syntaxError(index, `"${word}" repeats a step no times`);
    if (steps.length + times! > LONGEST)
      throw syntaxError(index, `"${word}" makes it longer than ${LONGEST} steps`);
    for (let i = 0; i < times!; i += 1) steps.push({ thread: thread!, choice: choice! });
  }
  return steps;
}

function syntaxError(index: number, what: string): UserError {
  return new UserError(
    'schedule-syntax',
    `bad schedule at column ${index + 1}: ${what}`,
    'Write one word for each run of steps: 0 (thread 0 once), 1*12 (thread 1 twelve times), 1:2 (thread 1 with choice 2).',
  );
}
