// SPDX-License-Identifier: GPL-2.0-only
// Owns what a step did, in a few words: the source text, and what came of it.

import type { Place } from '../model/memory-map.ts';
import type { Event } from '../model/recording.ts';
import { isBuffer, isPendingFunction, isPendingValue, OPEN_LOADS } from '../model/store-buffer.ts';
import { describeValue } from '../model/wording.ts';
import { isHidden, wordText, type Part } from './parts.ts';
import { eventOf, siteOf, type Scene } from './scene.ts';

export interface EventText {
  /** The source text of the access: "page->mapping = NULL". */
  readonly what: string;
  /** What came of it: "inode.i_data -> NULL", "= 1", "no (1)"; empty when the text says it all. */
  readonly outcome: string;
  /** The same in fewer words: only what is new. */
  readonly short: string;
  /** Memory changed. */
  readonly changes: boolean;
}

/** A change of one cell, or of one word, by name. */
export interface Change {
  readonly name: string;
  readonly from: string;
  readonly to: string;
}

/** A value read, of one cell or of one word, by name. */
export interface Sample {
  readonly name: string;
  readonly value: string;
}

/** What a step wrote, words as one; parts of locks and of built-ins, and specification, left out. */
export function changesOf(scene: Scene, step: number): readonly Change[] {
  const event = eventOf(scene, step);
  const changes: Change[] = [];
  const words = new Set<Part>();
  for (const write of event?.writes ?? []) {
    const part = shownPart(scene, write.cell);
    if (part === undefined) continue;
    if (part.word) {
      words.add(part);
      continue;
    }
    const type = scene.map.get(write.cell)?.cell.type;
    changes.push({
      name: write.cell,
      from: describeValue(write.old, type),
      to: describeValue(write.new, type),
    });
  }
  for (const part of words) {
    const at = (state: number): string => wordText(part, scene.timeline.stateAt(state));
    changes.push({ name: part.name, from: at(step - 1), to: at(step) });
  }
  return changes;
}

/** What a step read, words as one; parts of locks and of built-ins, and specification, left out. */
export function samplesOf(scene: Scene, step: number): readonly Sample[] {
  const event = eventOf(scene, step);
  const samples: Sample[] = [];
  const words = new Set<Part>();
  for (const { cell, value } of event?.reads ?? []) {
    const part = shownPart(scene, cell);
    if (part === undefined) continue;
    if (part.word) words.add(part);
    else samples.push({ name: cell, value: describeValue(value, scene.map.get(cell)?.cell.type) });
  }
  // A step that reads a word reads it before it writes.
  for (const part of words)
    samples.push({ name: part.name, value: wordText(part, scene.timeline.stateAt(step - 1)) });
  return samples;
}

function shownPart(scene: Scene, path: string): Part | undefined {
  const place = scene.map.get(path);
  if (place === undefined || place.cell.ghost === true || isBuffer(place.object)) return undefined;
  if (scene.locks.of.has(path) || isHidden(place.cell.field)) return undefined;
  return scene.parts.of.get(path);
}

/** The step in a few words, for its lane. Unknown steps give empty texts. */
export function eventText(scene: Scene, step: number): EventText {
  const event = eventOf(scene, step);
  if (event === undefined) return { what: '', outcome: '', short: '', changes: false };
  const what = siteOf(scene, event.site)?.text ?? '';
  const changes = changesOf(scene, step);
  const outcome = outcomeOf(scene, step, event, changes);
  const short = changes.length === 0 ? outcome : changes.map((c) => `-> ${c.to}`).join(', ');
  return { what, outcome, short, changes: changes.length > 0 };
}

function outcomeOf(scene: Scene, step: number, event: Event, changes: readonly Change[]): string {
  const told = bufferOutcome(scene, event, changes);
  if (told !== null) return told;
  if (changes.length > 0) {
    return changes.map((c) => (c.from === c.to ? `stays ${c.to}` : `${c.from} -> ${c.to}`)).join(', ');
  }
  switch (event.kind) {
    case 'acquire':
    case 'release':
    case 'barrier':
      return '';
    case 'queue':
      return 'queued';
    case 'grant':
      return 'granted';
    case 'wait':
      return 'sleeps';
    case 'choose':
      return `= ${event.choice ?? '?'}`;
    case 'read':
    case 'write':
    case 'update':
    case 'wake':
    case 'settle':
    case 'flush':
    case 'alloc':
    case 'free':
    case 'begin':
    case 'end':
      return readOutcome(scene, step, event);
  }
}

/** What a step did to a store buffer or to an open load; null when it has to do with neither. */
function bufferOutcome(scene: Scene, event: Event, changes: readonly Change[]): string | null {
  const written = (isWanted: (place: Place) => boolean): Event['writes'] =>
    event.writes.filter(({ cell }) => {
      const place = scene.map.get(cell);
      return place !== undefined && isWanted(place);
    });
  const say = (write: Event['writes'][number]): string =>
    describeValue(write.new, scene.map.get(write.cell)?.cell.type);
  if (event.kind === 'flush')
    return ['reaches memory', ...changes.map((c) => `${c.name}: ${c.from} -> ${c.to}`)].join(', ');
  if (event.kind === 'settle') {
    const read = event.reads.at(-1);
    return read === undefined
      ? 'settles'
      : `settles, = ${describeValue(read.value, scene.map.get(read.cell)?.cell.type)}`;
  }
  if (written(({ object, cell }) => isPendingFunction(object, cell.field)).length > 0)
    return 'waits in the store buffer';
  const stored = written(({ object, cell }) => isPendingValue(object, cell.field)).map(say);
  if (stored.length > 0) return `${stored.join(' ')} waits in the store buffer`;
  if (written(({ object }) => object.type === OPEN_LOADS).length === 0) return null;
  const guess = event.locals.map(({ value }) => describeValue(value)).join(', ');
  return guess === '' ? 'stays open' : `stays open, guess ${guess}`;
}

function readOutcome(scene: Scene, step: number, event: Event): string {
  const shown = samplesOf(scene, step)
    .map((sample) => sample.value)
    .join(', ');
  const check = event.checks.find((c) => c.site === event.site);
  if (check === undefined) return shown === '' ? '' : `= ${shown}`;
  const answer = check.outcome ? 'yes' : 'no';
  return /^[-\d]+$/.test(shown) ? `${answer} (${shown})` : answer;
}
