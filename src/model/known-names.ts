// SPDX-License-Identifier: GPL-2.0-only
// Owns the check that an event names only threads, sites and cells that the header of its recording has.

import { memoryMap } from './memory-map.ts';
import type { Event, Header } from './recording.ts';
import { RefusedEvent } from './refused-event.ts';

/** The part of a header that a step needs. */
export type Ground = Pick<Header, 'threads' | 'objects' | 'sites' | 'start'>;

/** Throws RefusedEvent at the first thread, site or cell of `event` that `ground` does not know. */
export function checkNames(event: Event, step: number, ground: Ground): void {
  const map = memoryMap(ground.objects);
  const thread = (part: string, index: number): void => {
    if (ground.threads[index] === undefined)
      throw outside(step, part, index, 'thread', ground.threads.length);
  };
  const site = (part: string, index: number): void => {
    if (ground.sites[index] === undefined) throw outside(step, part, index, 'site', ground.sites.length);
  };
  const cell = (part: string, path: string): void => {
    if (!map.has(path)) throw new RefusedEvent(step, part, path, 'a cell of the objects in the header');
  };
  thread('thread', event.thread);
  site('site', event.site);
  for (const read of event.reads) cell('reads', read.cell);
  for (const write of event.writes) cell('writes', write.cell);
  for (const local of event.locals) if (local.thread !== undefined) thread('locals', local.thread);
  for (const check of event.checks) site('checks', check.site);
  if (event.next !== null) site('next', event.next);
  for (const wait of event.waits) {
    thread('waits', wait.thread);
    if (wait.on !== null) cell('waits', wait.on);
  }
}

function outside(step: number, part: string, found: number, what: string, count: number): RefusedEvent {
  const expected = count === 0 ? `no ${what}: the header has none` : `a ${what}, 0 to ${count - 1}`;
  return new RefusedEvent(step, part, found, expected);
}
