// SPDX-License-Identifier: GPL-2.0-only
// Owns, for traces of --memory tso and weak, which beginnings belong into a diagram: of stores that were overtaken while
// they waited, and of loads whose end is drawn.

import { memoryMap, type MemoryMap } from '../model/memory-map.ts';
import type { Event, Recording } from '../model/recording.ts';
import { isLocking } from './run-slice.ts';
import { isPendingValue, OPEN_LOADS } from '../model/store-buffer.ts';

/**
 * Steps to be drawn besides `chosen`; `found` are those that bear on the outcome. Cost: stores times the steps while they
 * wait.
 */
export function delayedSteps(
  recording: Recording,
  events: readonly Event[],
  found: readonly number[],
  chosen: ReadonlySet<number>,
): readonly number[] {
  if (recording.model.memory === 'sc') return [];
  const map = memoryMap(recording.objects);
  const guesses = found.filter(
    (step) => events[step - 1]!.kind !== 'settle' && opensLoad(map, events[step - 1]!),
  );
  const drawn = new Set([...chosen, ...guesses]);
  return events.flatMap((_, index) => {
    const step = index + 1;
    if (drawn.has(step)) return chosen.has(step) ? [] : [step];
    return isOvertaken(recording, events, step, drawn) || hasOtherEnd(map, events, step, drawn) ? [step] : [];
  });
}

function opensLoad(map: MemoryMap, { writes }: Event): boolean {
  return writes.some(({ cell }) => map.get(cell)?.object.type === OPEN_LOADS);
}

/** A store waits while its thread reads on, or while another thread reads what it is to change. */
function isOvertaken(
  { objects }: Recording,
  events: readonly Event[],
  step: number,
  chosen: ReadonlySet<number>,
): boolean {
  const event = events[step - 1]!;
  if (event.kind === 'flush' || isLocking(event)) return false;
  const map = memoryMap(objects);
  const stored = event.writes.flatMap(({ cell }) => {
    const place = map.get(cell);
    return place !== undefined && isPendingValue(place.object, place.cell.field)
      ? [place.cell.field.replace(/^\.|'+$/g, '')]
      : [];
  });
  const uses = (other: Event, cell: string): boolean =>
    [...other.reads, ...other.writes].some((access) => access.cell === cell);
  return stored.some((cell) => {
    if (!events.some((other) => other.thread !== event.thread && uses(other, cell))) return false;
    for (let later = step + 1; later <= events.length; later += 1) {
      const other = events[later - 1]!;
      if (other.thread === event.thread && other.kind === 'flush' && uses(other, cell)) return false;
      if (!chosen.has(later)) continue;
      if (other.thread === event.thread ? other.kind === 'read' : uses(other, cell)) return true;
    }
    return false;
  });
}

/** A load stays open or settles, and its other end is drawn. */
function hasOtherEnd(
  map: MemoryMap,
  events: readonly Event[],
  step: number,
  chosen: ReadonlySet<number>,
): boolean {
  const { thread, site, kind } = events[step - 1]!;
  const isEnd = (event: Event | undefined, what: 'opens' | 'settles'): boolean => {
    if (event === undefined || event.thread !== thread || event.site !== site) return false;
    if (what === 'settles' || event.kind === 'settle') return what === 'settles' && event.kind === 'settle';
    return opensLoad(map, event);
  };
  if (kind === 'settle')
    return chosen.has(events.findLastIndex((other, i) => i < step - 1 && isEnd(other, 'opens')) + 1);
  return (
    isEnd(events[step - 1], 'opens') &&
    chosen.has(events.findIndex((other, i) => i >= step && isEnd(other, 'settles')) + 1)
  );
}
