// SPDX-License-Identifier: GPL-2.0-only
// Owns what is used of the WebAssembly that comes with JavaScript: its types, and whether it is there.

/** A linear memory; `buffer` is another one after each `grow`, which throws RangeError when there is no more. */
export interface LinearMemory {
  readonly buffer: ArrayBuffer;
  grow(pages: number): number;
}

export type Exports = Readonly<Record<string, (...args: number[]) => number>>;

interface Platform {
  readonly Memory: new (limits: { readonly initial: number; readonly maximum: number }) => LinearMemory;
  readonly Table: new (of: { readonly element: 'anyfunc'; readonly initial: number }) => object;
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (
    module: object,
    imports: Readonly<Record<string, Readonly<Record<string, unknown>>>>,
  ) => { readonly exports: Exports };
}

declare const WebAssembly: Platform | undefined;

/** null where JavaScript runs without a compiler, as under `node --jitless`. */
export const platform: Platform | null = typeof WebAssembly === 'undefined' ? null : WebAssembly;

export const PAGE_BYTES = 1 << 16;
/** Four gigabytes: all that a 32-bit address reaches. */
export const MOST_PAGES = 1 << 16;
