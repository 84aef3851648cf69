// SPDX-License-Identifier: GPL-2.0-only
// Owns what a person wants to know of a lock: its name, who holds it, who waits.

import type { Event, Recording } from '../model/recording.ts';
import type { State } from '../model/state.ts';
import { threadOf, type Value } from '../model/value.ts';
import { widthOf } from './text.ts';
import { turnAt, type Turn } from './turns.ts';

/** A lock of the recording, by the path people write: "mm.page_table_lock". */
export interface NamedLock {
  readonly name: string;
  readonly object: string;
  readonly owner: string | undefined;
  readonly readers: readonly string[];
  readonly queue: readonly string[];
  /** Of a lock without owner (semaphore, bit lock) the thread that took it last and has not let it go, by step. */
  readonly takers: readonly Turn<number | null>[];
}

export interface Locks {
  readonly all: readonly NamedLock[];
  /** Cell path to the lock it lies in. */
  readonly of: ReadonlyMap<string, NamedLock>;
  /** Cells that are told as the lock and not shown by themselves: all of a lock but the flag of a bit lock. */
  readonly parts: ReadonlySet<string>;
}

/** The locks of a recording. Cost: one pass over the events. */
export function locksOf(recording: Pick<Recording, 'objects' | 'events'>): Locks {
  const all: NamedLock[] = [];
  const of = new Map<string, NamedLock>();
  const parts = new Set<string>();
  const takers = new Map<NamedLock, Turn<number | null>[]>();
  for (const object of recording.objects) {
    for (const { field, owner, readers = [], queue = [] } of object.locks ?? []) {
      const turns: Turn<number | null>[] = [];
      const lock: NamedLock = {
        name: object.name + field,
        object: object.name,
        owner,
        readers,
        queue,
        takers: turns,
      };
      all.push(lock);
      takers.set(lock, turns);
      const isBit = owner === undefined && readers.length === 0 && queue.length === 0;
      for (const cell of object.cells) {
        const rest = cell.field.startsWith(field) ? cell.field.slice(field.length) : 'x';
        if (/^\w/.test(rest)) continue;
        of.set(object.name + cell.field, lock);
        if (!isBit) parts.add(object.name + cell.field);
      }
    }
  }
  recording.events.forEach((event, index) => {
    for (const lock of new Set(event.writes.flatMap(({ cell }) => of.get(cell) ?? []))) {
      if (lock.owner !== undefined || lock.readers.length > 0) continue;
      const taker = takerAfter(event);
      if (taker !== undefined) takers.get(lock)?.push({ from: index + 1, value: taker });
    }
  });
  return { all, of, parts };
}

function takerAfter({ kind, thread }: Event): number | null | undefined {
  if (kind === 'acquire' || kind === 'grant') return thread;
  return kind === 'release' ? null : undefined;
}

/** What a thread waits for, in words: the lock's name, else the cell itself. */
export function waitedFor(locks: Locks, cell: string): string {
  return locks.of.get(cell)?.name ?? cell.replace(/\.__\w+(\[\d+\])?$/, '');
}

/** Who holds a lock and who waits for it, by thread name. */
export interface LockUse {
  readonly lock: NamedLock;
  readonly holder: string | undefined;
  readonly readers: readonly string[];
  readonly waiters: readonly string[];
}

export function lockUse(recording: Recording, locks: Locks, lock: NamedLock, state: State): LockUse {
  const fields = state.objects[lock.object] ?? {};
  const value = (field: string): Value => fields[field] ?? null;
  const name = (thread: number): string => recording.threads[thread]?.name ?? `thread ${thread}`;
  const queued = lock.queue.flatMap((field) => threadOf(value(field)) ?? []);
  const waiting = state.threads.flatMap(({ waitsFor }, thread) => {
    return waitsFor !== null && locks.of.get(waitsFor) === lock ? [name(thread)] : [];
  });
  const taker = turnAt(lock.takers, state.step) ?? null;
  return {
    lock,
    holder:
      lock.owner === undefined ? (taker === null ? undefined : name(taker)) : threadOf(value(lock.owner)),
    readers: lock.readers.flatMap((field, thread) => (Number(value(field) ?? 0) > 0 ? [name(thread)] : [])),
    waiters: [...queued, ...waiting.filter((thread) => !queued.includes(thread))],
  };
}

export function isFree({ holder, readers, waiters }: LockUse): boolean {
  return holder === undefined && readers.length === 0 && waiters.length === 0;
}

/** "mm.page_table_lock  held by CPU1, CPU0 waits", or the same in fewer words where there is less room. */
export function useText(use: LockUse, columns: number): string {
  const { lock, holder, readers, waiters } = use;
  const parts = lock.name.split('.');
  // "lock" alone says nothing: "truncate_lock.lock".
  const short = parts.slice(parts.at(-1) === 'lock' ? -2 : -1).join('.');
  if (isFree(use)) return `${lock.name}  free`;
  const uses = (by: string, read: string): string => {
    const told: string[] = [];
    if (holder !== undefined) told.push(`${by}${holder}`);
    if (readers.length > 0) told.push(`${read}${readers.join(', ')}`);
    if (waiters.length > 0) told.push(`${waiters.join(', ')} wait${waiters.length === 1 ? 's' : ''}`);
    return told.join(', ');
  };
  const texts = [
    `${lock.name}  ${uses('held by ', 'read by ')}`,
    `${short}  ${uses('held by ', 'read by ')}`,
    `${short}: ${uses('', 'read ')}`,
  ];
  return texts.find((text) => widthOf(text) <= columns) ?? texts[2] ?? '';
}
