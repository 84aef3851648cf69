// SPDX-License-Identifier: GPL-2.0-only
// Owns how much memory a search may take: asked before an array grows, so that the limit is never passed.

/** There is no memory left for the search, by its limit or by the machine's. Caught by the search, which then says LIMIT. */
export class OutOfMemory extends Error {
  override readonly name = 'OutOfMemory';
}

export class MemoryBudget {
  readonly #limit: number;
  #used = 0;

  /** In bytes; Infinity: only what the machine refuses is refused. */
  constructor(limit = Infinity) {
    this.#limit = limit;
  }

  /**
   * What `make` allocates, in exchange for an array of `before` bytes. Both are alive while the old is copied, and that
   * is what counts against the limit; a first array (`before` 0) is never refused. Throws OutOfMemory when there is no room, or when V8 cannot have it.
   */
  grow<T extends { readonly byteLength: number }>(before: number, bytes: number, make: () => T): T {
    if (before > 0 && this.#used + bytes > this.#limit) throw new OutOfMemory('the memory limit');
    const made = allocated(make);
    this.#used += made.byteLength - before;
    return made;
  }

  /** Counts a block of memory. Throws OutOfMemory when there is no room for it. */
  take(bytes: number): void {
    if (this.#used + bytes > this.#limit) throw new OutOfMemory('the memory limit');
    this.#used += bytes;
  }

  /** The same for what there must be in any case. */
  count(bytes: number): void {
    this.#used += bytes;
  }

  give(bytes: number): void {
    this.#used -= bytes;
  }

  /** The factor by which an array may grow: 2, less near the limit. Throws OutOfMemory when not even a little is left. */
  factor(bytes: number): number {
    const factor = [2, 1.5, 1.125].find((by) => this.#used + by * bytes <= this.#limit);
    if (factor === undefined) throw new OutOfMemory('the memory limit');
    return factor;
  }
}

/** V8 reports memory that it cannot have, and arrays longer than it knows, as a RangeError. */
function allocated<T>(make: () => T): T {
  try {
    return make();
  } catch (error) {
    if (error instanceof RangeError) throw new OutOfMemory(error.message);
    throw error;
  }
}
