// SPDX-License-Identifier: GPL-2.0-only
// Owns keeping a recording small: of all places of the model's source, those that its run speaks of.

import { must } from '../base/assert.ts';
import type { Recording } from '../model/recording.ts';

/** The same recording with only the sites that threads stood at, stepped at or tested; order kept, numbers new. */
export function keepUsedSites(recording: Recording): Recording {
  const { sites, start, events } = recording;
  const used = new Set<number>(start.flatMap(({ at }) => at ?? []));
  for (const event of events) {
    used.add(event.site);
    if (event.next !== null) used.add(event.next);
    for (const check of event.checks) used.add(check.site);
  }
  const order = [...used].sort((a, b) => a - b);
  const numbers = new Map(order.map((site, number) => [site, number]));
  const renumber = (site: number): number => must(numbers.get(site), `site ${site}`);
  return {
    ...recording,
    sites: order.map((site) => must(sites[site], `site ${site}`)),
    start: start.map(({ at, waitsFor }) => ({ at: at === null ? null : renumber(at), waitsFor })),
    events: events.map((event) => ({
      ...event,
      site: renumber(event.site),
      next: event.next === null ? null : renumber(event.next),
      checks: event.checks.map((check) => ({ ...check, site: renumber(check.site) })),
    })),
  };
}
