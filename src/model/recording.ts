// SPDX-License-Identifier: GPL-2.0-only
// Owns the shape of a recorded run in memory: what a trace file holds, and all that replay, view and tui ever see.

import type { Value } from './value.ts';

/** How the value of a cell is to be read and shown. */
export type CellType =
  | { readonly kind: 'int'; readonly bits: 8 | 16 | 32 | 64; readonly signed: boolean }
  | { readonly kind: 'bool' }
  | { readonly kind: 'enum'; readonly name: string; readonly names: Readonly<Record<string, number>> }
  | { readonly kind: 'pointer'; readonly to: string }
  | { readonly kind: 'thread' };

/** One field of one object. Its path is `object.name + field`: "page[1]" + ".mapping", "nr_free" + "", "map" + "[2]". */
export interface Cell {
  readonly field: string;
  readonly type: CellType;
  readonly start: Value;
  /** Specification only: written without a step. */
  readonly ghost?: true;
  /** No thread can write it after the start. */
  readonly constant?: true;
}

/** One object of the start state: a global, an element of a global array of structs, or a member of a pool. */
export interface MemoryObject {
  readonly name: string;
  /** C type: "struct page", "pte_t", "int". */
  readonly type: string;
  /** The object is one memory word: its cells are read and written in one step, and shown as one. */
  readonly word?: true;
  /** Fields of it that are words themselves, shown as one value each: ".pte[0]" of an mm with a page table. */
  readonly words?: readonly string[];
  /** The pool it belongs to. A pool member has a cell ".__state": 0 never used, 1 allocated, 2 freed. */
  readonly pool?: string;
  /** What kind of lock it is or holds is known by the types below; locks name their parts here. */
  readonly locks?: readonly Lock[];
  readonly cells: readonly Cell[];
}

/** A lock inside an object: which of the object's fields tell who holds it and who waits. */
export interface Lock {
  /** Field of the object: ".page_table_lock", or "" when the object is itself the lock. */
  readonly field: string;
  readonly type: string;
  /** Fields holding a thread value, null when free. */
  readonly owner?: string;
  /** Fields counting holds, one a thread in thread order (readers of an rw_semaphore). */
  readonly readers?: readonly string[];
  /** Fields of the FIFO queue, first to be served first; each a thread value or null. */
  readonly queue?: readonly string[];
}

export interface Thread {
  readonly name: string;
  /** What it does, for the head of its lane: the operations it calls, or its own function. */
  readonly role: string;
  readonly daemon?: true;
}

/** A frame of the call stack of a site, outermost first. */
export interface Frame {
  readonly fn: string;
  /** Where this frame stands: the call of the next inner frame. 1-based. */
  readonly file: string;
  readonly line: number;
  readonly col: number;
}

/** A place of the model's source where a thread can stand or a condition is tested. 1-based lines and columns. */
export interface Site {
  readonly file: string;
  readonly line: number;
  readonly col: number;
  /** The innermost function. */
  readonly fn: string;
  /** The source text of the access or condition, white space folded: "page->mapping = NULL". */
  readonly text: string;
  /** Callers, outermost first, without the innermost function. */
  readonly stack: readonly Frame[];
}

export type EventKind =
  | 'read'
  | 'write'
  | 'update' // read, modify and write in one step
  | 'acquire'
  | 'release'
  | 'queue'
  | 'grant'
  | 'wait'
  | 'wake'
  | 'barrier'
  | 'settle'
  | 'flush'
  | 'choose'
  | 'alloc'
  | 'free'
  | 'begin' // an operation that makes no shared access at all
  | 'end';

export interface Read {
  readonly cell: string;
  readonly value: Value;
}

export interface Write {
  readonly cell: string;
  readonly old: Value;
  readonly new: Value;
}

/** Steps (1-based event numbers) whose reads a value came from, ascending, without repeats. */
export type Provenance = readonly number[];

export interface LocalSet {
  /** "function.variable"; unique among the frames a thread can have at once. */
  readonly name: string;
  readonly value: Value;
  readonly from: Provenance;
  /** Whose local it is, when not the event's own thread: a free marks the pointers of all threads stale. */
  readonly thread?: number;
}

/** A condition of the source that was tested in this step (if, while, ?:, assert …). */
export interface Check {
  readonly site: number;
  readonly outcome: boolean;
  readonly from: Provenance;
}

/** A step that has happened. Step numbers are 1-based: events[0] is step 1; state 0 is the start. */
export interface Event {
  readonly thread: number;
  readonly site: number;
  readonly kind: EventKind;
  /** Value of the `choose` or `alloc` decided in this step. */
  readonly choice?: number;
  readonly reads: readonly Read[];
  readonly writes: readonly Write[];
  readonly locals: readonly LocalSet[];
  /** Locals that no later code reads: shown grey from here on. */
  readonly dead: readonly string[];
  readonly checks: readonly Check[];
  /** Operations that began with, or ended with, this step. */
  readonly begins: readonly string[];
  readonly ends: readonly string[];
  /** Where the thread stands after the step: a site, or null when it has ended. */
  readonly next: number | null;
  /** Threads that this step made wait or go on; `on` is the cell waited for, null = no longer waiting. */
  readonly waits: readonly { readonly thread: number; readonly on: string | null }[];
}

export type InvariantWhen =
  | { readonly kind: 'strict' }
  | { readonly kind: 'idle'; readonly operations: readonly string[] }
  | { readonly kind: 'ensures'; readonly operation: string };

/** One invariant found false. */
export interface Violation {
  readonly invariant: string;
  readonly when: InvariantWhen;
  /** Step at which it was reported. */
  readonly step: number;
  /** First step of the unbroken false stretch that ends at `step`. */
  readonly since: number;
  readonly message: string;
  /** Cells read on the false path. */
  readonly cells: readonly string[];
}

export type Safety =
  | { readonly word: 'SAFE' }
  | { readonly word: 'RACY'; readonly invariants: readonly string[] }
  | { readonly word: 'BUG'; readonly bug: string }
  | { readonly word: 'DEADLOCK' }
  | { readonly word: 'EXPOSE'; readonly what: 'zero' | 'uninit' }
  | { readonly word: 'LIMIT'; readonly limit: string };

export type Progress = 'ok' | 'unchecked' | 'LIVELOCK' | 'SPIN';

/** "thread waits for lock, which holder holds": one edge of a wait-for cycle. */
export interface WaitsFor {
  readonly thread: string;
  readonly lock: string;
  readonly holders: readonly string[];
}

/** What was found in the recorded run itself (not in all schedules: that is explore's report). */
export interface Verdict {
  readonly safety: Safety;
  readonly progress: Progress;
  /** Step at which the violation was reported; null when this run shows none. */
  readonly step: number | null;
  /** The step to look at: where the state first went wrong. */
  readonly since: number | null;
  readonly message: string;
  readonly violations: readonly Violation[];
  /** Cells involved, those of all violations together. */
  readonly cells: readonly string[];
  readonly waitsFor: readonly WaitsFor[];
  /** A lasso: after the last step the run goes on at this step for ever. */
  readonly loop?: number;
}

export interface ModelInfo {
  readonly protocol: string;
  readonly scenario: string;
  readonly defines: readonly string[];
  readonly memory: 'sc' | 'tso' | 'weak';
  /** SHA-256 of the preprocessed inputs; equal hashes, equal models. */
  readonly hash: string;
  /** Version of the language semantics that recorded it. */
  readonly semantics: number;
}

export interface SourceFile {
  /** Logical name: "protocols/2003-frlock.c", "include/linux-2.4.h", "my-fix.c". Never a path of a machine. */
  readonly name: string;
  readonly text: string;
}

export interface Recording {
  readonly model: ModelInfo;
  readonly sources: readonly SourceFile[];
  readonly threads: readonly Thread[];
  readonly objects: readonly MemoryObject[];
  readonly sites: readonly Site[];
  /** Where each thread stands at the start (site null: it has nothing to do) and the cell it waits for, if any. */
  readonly start: readonly { readonly at: number | null; readonly waitsFor: string | null }[];
  /** Short text from which the run can be recorded again. */
  readonly schedule: string;
  readonly events: readonly Event[];
  /** null: the trace is INCOMPLETE (its writer did not finish). */
  readonly verdict: Verdict | null;
}

/** A recording before its first event: all that is known when a run starts. */
export type Header = Omit<Recording, 'events' | 'verdict'>;
