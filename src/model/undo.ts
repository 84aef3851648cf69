// SPDX-License-Identifier: GPL-2.0-only
// Owns the inverse of the reducer: the state before an event, made from the state after it.

import { produce } from 'immer';
import { assert, must } from '../base/assert.ts';
import { replace, type MutableState } from './apply.ts';
import type { Event, Recording } from './recording.ts';
import type { LocalValue, State } from './state.ts';

/**
 * The state before the last event of `state`: `undo(apply(s, e), recording)` deep-equals s when e is the recording's
 * event number s.step + 1. Deeply frozen; shares with `state` all that the event did not touch.
 * Memory comes back from the old values in the event. What an event overwrites without saying (where its thread stood,
 * locals, waits) is found by looking back through the earlier events. Cost: usually a few events, at worst all of them.
 * Throws RefusedEvent when memory is not what the event left. `state` must not be the start.
 */
export function undo(state: State, recording: Recording): State {
  const step = state.step;
  assert(step > 0, 'there is nothing to undo at the start');
  const event = must(recording.events[step - 1], `event ${step}`);
  return produce(state, (draft) => retreat(draft, event, recording));
}

function retreat(draft: MutableState, event: Event, recording: Recording): void {
  const step = draft.step;
  const before = step - 1;
  for (const { cell, old, new: value } of event.writes.toReversed()) {
    replace(draft, step, recording, cell, value, old);
  }
  const thread = must(draft.threads[event.thread], 'the thread of an applied event');
  thread.operations.push(...event.ends.toReversed());
  thread.operations.length -= event.begins.length;
  thread.at = stoodAt(recording, event.thread, before);
  for (const wait of event.waits) {
    must(draft.threads[wait.thread], 'a waiting thread').waitsFor = waitedFor(recording, wait.thread, before);
  }
  for (const [owner, name] of touchedLocals(event)) {
    const { locals } = must(draft.threads[owner], 'the owner of a local');
    if (!Object.hasOwn(locals, name)) continue; // said to be dead, but never set
    const value = localBefore(recording, owner, name, before);
    if (value === undefined) delete locals[name];
    else locals[name] = value;
  }
  draft.step = before;
}

/** Thread and name of each local that the event sets or kills. */
function touchedLocals(event: Event): readonly (readonly [number, string])[] {
  const set = event.locals.map(({ name, thread }) => [thread ?? event.thread, name] as const);
  const killed = event.dead.map((name) => [event.thread, name] as const);
  return [...set, ...killed];
}

/** Where the thread stood after step `at`. */
function stoodAt(recording: Recording, thread: number, at: number): number | null {
  for (let step = at; step > 0; step -= 1) {
    const event = recording.events[step - 1];
    if (event?.thread === thread) return event.next;
  }
  return must(recording.start[thread], `start of thread ${thread}`).at;
}

/** The cell the thread waited for after step `at`. */
function waitedFor(recording: Recording, thread: number, at: number): string | null {
  for (let step = at; step > 0; step -= 1) {
    const { waits } = must(recording.events[step - 1], `event ${step}`);
    const wait = waits.length === 0 ? undefined : waits.findLast((w) => w.thread === thread);
    if (wait !== undefined) return wait.on;
  }
  return must(recording.start[thread], `start of thread ${thread}`).waitsFor;
}

/** The local as it was after step `at`; undefined when it had never been set. */
function localBefore(recording: Recording, thread: number, name: string, at: number): LocalValue | undefined {
  let dead = false;
  for (let step = at; step > 0; step -= 1) {
    const event = must(recording.events[step - 1], `event ${step}`);
    if (event.locals.length === 0 && event.dead.length === 0) continue;
    if (event.thread === thread && event.dead.includes(name)) dead = true;
    const set = event.locals.findLast((l) => l.name === name && (l.thread ?? event.thread) === thread);
    if (set !== undefined) return { value: set.value, dead };
  }
  return undefined;
}
