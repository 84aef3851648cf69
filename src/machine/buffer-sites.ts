// SPDX-License-Identifier: GPL-2.0-only
// Owns where the stores and loads stand in the source that wait between a thread and memory, so that a flush or a settle
// can be told as what it is: the end of something that was begun there.

import type { Num, Program, VarId } from '../lang/program.ts';

/** Follows one run: it must hear of every write. */
export class BufferSites {
  readonly #program: Program;
  /** By thread and cell: the sites of the stores that wait, the oldest first. By variable: that of an open load. */
  readonly #stores = new Map<string, number[]>();
  readonly #loads = new Map<VarId, number>();
  #site: number | null = null;
  /** The step has left a load open. */
  hasOpened = false;

  constructor(program: Program) {
    this.#program = program;
  }

  /** A step begins. */
  begin(): void {
    this.#site = null;
    this.hasOpened = false;
  }

  /** `thread` writes a cell, at `site` of its own code. */
  write(thread: number, id: VarId, value: Num, site: number): void {
    const written = this.#program.vars[id];
    const owner = this.#program.threads[thread]?.of;
    if (owner === undefined) {
      if (written?.buffer !== thread) return;
      if (written.pending === true && written.of !== undefined) {
        const key = `${thread} ${written.of}`;
        this.#stores.set(key, [...(this.#stores.get(key) ?? []), site]);
      } else if (written.shown.as === 'enum' && value !== 0) {
        this.#loads.set(id, site);
        this.hasOpened = this.#program.memory === 'weak';
      }
    } else if (written?.buffer === undefined) {
      this.#site = this.#stores.get(`${owner} ${id}`)?.shift() ?? this.#site;
    } else if (written.shown.as === 'enum') {
      this.#site ??= this.#loads.get(id) ?? null;
    }
  }

  /** Where the store or load stands that the step brought to its end; null for steps of threads themselves. */
  siteOf(): number | null {
    return this.#site;
  }
}
