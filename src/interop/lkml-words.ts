// SPDX-License-Identifier: GPL-2.0-only
// Owns the words of one row of a diagram: the text of a step or call, and what came of it: "inode->i_size", "-> 1".

import { must } from '../base/assert.ts';
import { memoryMap } from '../model/memory-map.ts';
import type { Check, Event, Recording, Site } from '../model/recording.ts';
import { isBuffer, isPendingFunction, isPendingValue, OPEN_LOADS } from '../model/store-buffer.ts';
import { isPointer, type Value } from '../model/value.ts';
import { describeValue } from '../model/wording.ts';
import { assignedTo } from './call-text.ts';
import type { Folded } from './lkml-fold.ts';

/** `text` as in the source; `outcome` follows it: ": yes", "  -> page[0]", "  (queued)" or nothing. */
export interface Words {
  readonly text: string;
  readonly outcome: string;
  /** A shorter text, where the full one does not fit on a line. */
  readonly short?: string;
}

/** A step by itself. */
export function stepWords(recording: Recording, step: number): Words {
  const event = eventAt(recording, step);
  const site = must(recording.sites[event.site], `site ${event.site}`);
  return wordsOf(recording, step, textOf(recording, site, event), false);
}

/** A call in place of its steps. */
export function foldedWords(recording: Recording, { text, short, isAssigned, call, telling }: Folded): Words {
  if (telling === null) return { text, outcome: '', short };
  if (call.steps.length === 1) return wordsOf(recording, telling, text, true);
  if (isAssigned) return { ...wordsOf(recording, telling, text, true), short };
  const { reads } = eventAt(recording, telling);
  const value = pick(recording.objects, reads);
  return {
    text,
    short,
    outcome: value === '' ? '' : `  (${commonPath(reads.map(({ cell }) => cell))}: ${value})`,
  };
}

/** "mm.pte[0]" of "mm.pte[0].page" and "mm.pte[0].dirty"; a single cell is itself. */
function commonPath(cells: readonly string[]): string {
  const [first = '', ...others] = cells;
  if (others.length === 0) return first;
  let end = first.length;
  while (!others.every((cell) => cell.startsWith(first.slice(0, end)))) end--;
  return first.slice(0, end).replace(/\.\w*$/, '');
}

function wordsOf(recording: Recording, step: number, text: string, isCall: boolean): Words {
  const condition = conditionOf(recording, step, text);
  if (condition !== undefined) return condition;
  const result = resultOf(recording, eventAt(recording, step), text, isCall);
  return { text, outcome: result === '' ? '' : `  ${result}` };
}

function eventAt({ events }: Recording, step: number): Event {
  return must(events[step - 1], `event ${step}`);
}

/**
 * The text of the access, with the variable that takes its value: "sequence = atomic_read(&count)". For
 * `struct page *page = lookup()` the site says `*page = lookup()`, which would be another thing.
 */
function textOf({ sources }: Recording, site: Site, { locals }: Event): string {
  const isSet = (name: string | undefined): boolean =>
    locals.some((local) => local.name === `${site.fn}.${name}`);
  const declared = /^\*+(\w+) = /.exec(site.text)?.[1];
  if (isSet(declared)) return site.text.replace(/^\*+/, '');
  const target = assignedTo(sources, site);
  return isSet(/^\w+/.exec(target)?.[0]) ? target + site.text : site.text;
}

/** The condition that the step's access is part of. */
function conditionOf({ sites, events }: Recording, step: number, text: string): Words | undefined {
  const conditionText = (check: Check): string =>
    must(sites[check.site], `site ${check.site}`).text.replace(/^(?:un)?likely\((.*)\)$/, '$1');
  const check = events[step - 1]?.checks.find(
    (c) => c.from.includes(step) && conditionText(c).includes(text),
  );
  if (check === undefined) return undefined;
  const condition = conditionText(check);
  return { text: condition, outcome: `: ${outcomeWord(condition, check.outcome)}` };
}

/** "equal" or "different" for a comparison of two things, "yes" or "no" for any other condition. */
export function outcomeWord(condition: string, outcome: boolean): string {
  const sides = /^([^=!<>?]+)([=!]=)([^=!<>?]+)$/.exec(condition.replaceAll('->', '.'));
  const isConstant = (side: string | undefined): boolean =>
    /^\s*(?:NULL|\d\w*|[A-Z][A-Z0-9_]+)\s*$/.test(side ?? '');
  const isCompound = /&&|\|\|/.test(condition);
  if (sides === null || isCompound || isConstant(sides[1]) || isConstant(sides[3]))
    return outcome ? 'yes' : 'no';
  return outcome === (sides[2] === '==') ? 'equal' : 'different';
}

function resultOf(recording: Recording, event: Event, text: string, isCall: boolean): string {
  const result = appliesLater(recording, event) ? '' : memoryResult(recording, event, text, isCall);
  const delay = delayOf(recording, event);
  return result === '' || delay === '' ? result + delay : `${result} ${delay}`;
}

/** What waits is no value yet. */
function appliesLater({ objects }: Recording, { kind, writes }: Event): boolean {
  const map = memoryMap(objects);
  return (
    kind !== 'flush' &&
    writes.some(({ cell }) => {
      const place = map.get(cell);
      return place !== undefined && isPendingFunction(place.object, place.cell.field);
    })
  );
}

/** With --memory tso or weak: what is not done yet when the step is. */
function delayOf({ objects }: Recording, { kind, writes }: Event): string {
  if (kind === 'flush' || kind === 'settle') return '';
  const map = memoryMap(objects);
  const places = writes.flatMap(({ cell }) => map.get(cell) ?? []);
  if (places.some(({ object, cell }) => isPendingValue(object, cell.field))) return '(waits)';
  return places.some(({ object }) => object.type === OPEN_LOADS) ? '(open)' : '';
}

function memoryResult(recording: Recording, event: Event, text: string, isCall: boolean): string {
  switch (event.kind) {
    case 'queue':
      return '(queued)';
    case 'grant':
      return '(granted)';
    case 'flush':
      return '(reaches memory)';
    case 'read':
    case 'settle':
      return arrow(pick(recording.objects, event.reads), text);
    case 'write':
    case 'update':
      return arrow(writtenValue(recording, event, text, isCall), text);
    case 'choose':
      return arrow(event.choice === undefined ? '' : String(event.choice), text);
    case 'alloc': {
      const pointer = event.locals.find(({ value }) => isPointer(value));
      return arrow(pointer === undefined ? '' : describeValue(pointer.value), text);
    }
    case 'acquire':
    case 'release':
    case 'wait':
    case 'wake':
    case 'barrier':
    case 'free':
    case 'begin':
    case 'end':
      return '';
  }
}

/** Nothing when the text already ends in the value: "page->mapping = NULL". */
function arrow(value: string, text: string): string {
  const said = /=\s*([^=]+)$/.exec(text)?.[1]?.trim();
  return value === '' || said === value ? '' : `-> ${value}`;
}

function writtenValue({ objects }: Recording, event: Event, text: string, isCall: boolean): string {
  const values = event.writes.map((write) => ({ cell: write.cell, value: write.new }));
  // "SetPageUptodate(page)" needs no "-> true".
  const isFlag = values.every(({ cell }) => memoryMap(objects).get(cell)?.cell.type.kind === 'bool');
  if (isFlag && !text.includes(' = ')) return '';
  // What a called function did to a counter says little; which page it stored says all.
  return pick(objects, isCall ? values.filter(({ value }) => isPointer(value)) : values);
}

/** One value for all cells of a step: of the several cells of a memory word the pointer is what it holds. */
function pick(objects: Recording['objects'], values: readonly { cell: string; value: Value }[]): string {
  const map = memoryMap(objects);
  const shown = values.flatMap(({ cell, value }) => {
    const place = map.get(cell);
    if (place === undefined || place.cell.ghost === true) return [];
    if (isBuffer(place.object) && !isPendingValue(place.object, place.cell.field)) return [];
    return [{ type: place.cell.type, value }];
  });
  const chosen = shown.find(({ value }) => isPointer(value)) ?? shown[0];
  if (chosen === undefined) return '';
  const isEmpty = shown.every(({ value }) => value === null || value === 0);
  return shown.length > 1 && isEmpty ? 'none' : describeValue(chosen.value, chosen.type);
}
