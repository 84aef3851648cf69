// SPDX-License-Identifier: GPL-2.0-only
// Owns all that the selectors need to know of a recording and that does not depend on where one looks: built once.

import { memoryMap, type MemoryMap } from '../model/memory-map.ts';
import type { Event, Recording, Site } from '../model/recording.ts';
import type { State } from '../model/state.ts';
import type { Value } from '../model/value.ts';
import type { Timeline } from '../replay/timeline.ts';
import { findingsOf, type Finding } from './findings.ts';
import { locksOf, type Locks } from './locks.ts';
import { partsOf, type Parts } from './parts.ts';

export interface Scene {
  readonly timeline: Timeline;
  readonly recording: Recording;
  /** Number of steps; states are 0..steps. */
  readonly steps: number;
  readonly map: MemoryMap;
  readonly locks: Locks;
  readonly parts: Parts;
  readonly findings: readonly Finding[];
  /** Of a run that never ends: the step at which it goes on after the last one. */
  readonly loop: number | undefined;
  /** Cells that some step reads or writes, or that the verdict is about; and those that some step writes. */
  readonly touched: ReadonlySet<string>;
  readonly written: ReadonlySet<string>;
  /** File to the lines that steps ran, ascending. */
  readonly ran: ReadonlyMap<string, readonly number[]>;
}

/** Cost: one pass over the events. */
export function sceneOf(timeline: Timeline): Scene {
  const { recording } = timeline;
  const touched = new Set<string>(recording.verdict?.cells);
  const written = new Set<string>();
  for (const event of recording.events) {
    for (const { cell } of event.reads) touched.add(cell);
    for (const { cell } of event.writes) written.add(cell);
  }
  for (const cell of written) touched.add(cell);
  return {
    timeline,
    recording,
    steps: recording.events.length,
    map: memoryMap(recording.objects),
    locks: locksOf(recording),
    parts: partsOf(recording),
    findings: findingsOf(recording),
    loop: recording.verdict?.loop,
    touched,
    written,
    ran: linesRun(recording),
  };
}

function linesRun({ events, sites }: Recording): Map<string, readonly number[]> {
  const lines = new Map<string, Set<number>>();
  for (const index of new Set(events.map((event) => event.site))) {
    const site = sites[index];
    if (site === undefined) continue;
    const known = lines.get(site.file);
    if (known === undefined) lines.set(site.file, new Set([site.line]));
    else known.add(site.line);
  }
  return new Map([...lines].map(([file, set]) => [file, [...set].sort((a, b) => a - b)]));
}

/** The event of a step (1-based); undefined for step 0 and beyond the end. */
export function eventOf(scene: Scene, step: number): Event | undefined {
  return scene.recording.events[step - 1];
}

export function siteOf(scene: Scene, site: number | null): Site | undefined {
  return site === null ? undefined : scene.recording.sites[site];
}

export function threadName(scene: Scene, thread: number): string {
  return scene.recording.threads[thread]?.name ?? `thread ${thread}`;
}

/**
 * The findings that hold in the state after `step`: from `since` to the step that reported it, and after that for as
 * long as none of the cells it is about has changed.
 */
export function activeFindings(scene: Scene, step: number): readonly Finding[] {
  return scene.findings.filter((finding) => {
    if (step < finding.since) return false;
    if (step <= finding.step) return true;
    const [then, now] = [scene.timeline.stateAt(finding.step), scene.timeline.stateAt(step)];
    return finding.cells.every((cell) => valueAt(scene, then, cell) === valueAt(scene, now, cell));
  });
}

/** The value of a cell by its path; undefined for a path that does not exist. */
export function valueAt(scene: Scene, state: State, path: string): Value | undefined {
  const place = scene.map.get(path);
  return place === undefined ? undefined : state.objects[place.object.name]?.[place.cell.field];
}
