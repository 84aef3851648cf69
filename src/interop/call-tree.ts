// SPDX-License-Identifier: GPL-2.0-only
// Owns the calls of a recorded run: which steps belong to one call of a function, read off the stacks of the sites.

import { must } from '../base/assert.ts';
import type { Event, Frame, Recording, Site } from '../model/recording.ts';

/** One call of one function, from its first step to its last. */
export interface Call {
  readonly thread: number;
  readonly fn: string;
  /** The file in which the function is written. */
  readonly file: string;
  /** Where it was called; null for the thread's own function. */
  readonly from: Frame | null;
  readonly parent: Call | null;
  /** 0 for the thread's own function. */
  readonly depth: number;
  /** Its steps, those of the functions that it calls included; ascending. */
  readonly steps: readonly number[];
  readonly isOperation: boolean;
}

interface Open extends Call {
  readonly key: string;
  readonly steps: number[];
}

/**
 * For each event the innermost call it belongs to. A function called again from the same place, with no step of the
 * caller between, counts as one call; an operation never does.
 */
export function callTree({ events, sites }: Recording): readonly Call[] {
  const stacks = new Map<number, Open[]>();
  return events.map((event, index) => {
    const site = must(sites[event.site], `site ${event.site}`);
    const stack = stacks.get(event.thread) ?? [];
    stacks.set(event.thread, stack);
    enter(stack, event, site);
    for (const call of stack) call.steps.push(index + 1);
    const innermost = must(stack.at(-1), 'a call');
    const ending = stack.findIndex((call) => event.ends.includes(call.fn));
    if (ending >= 0) stack.length = ending;
    return innermost;
  });
}

/** All calls around a step, outermost first. */
export function callsAround(innermost: Call): readonly Call[] {
  return innermost.parent === null ? [innermost] : [...callsAround(innermost.parent), innermost];
}

/** Brings the stack of a thread to where the event is. */
function enter(stack: Open[], event: Event, { stack: frames, fn, file }: Site): void {
  const levels = [...frames.map((frame) => ({ fn: frame.fn, file: frame.file })), { fn, file }];
  for (const [depth, level] of levels.entries()) {
    const from = frames[depth - 1] ?? null;
    const key = `${level.fn} ${from === null ? '' : `${from.file}:${from.line}:${from.col}`}`;
    const isOperation = event.begins.includes(level.fn);
    if (stack[depth]?.key === key && !isOperation) continue;
    stack.length = depth;
    stack.push({
      thread: event.thread,
      ...level,
      from,
      parent: stack.at(-1) ?? null,
      depth,
      steps: [],
      isOperation,
      key,
    });
  }
  stack.length = levels.length;
}
