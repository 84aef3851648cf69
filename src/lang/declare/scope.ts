// SPDX-License-Identifier: GPL-2.0-only
// Owns names and what they stand for: scopes of a translation unit, and the symbols that both units share.

import type { EnumDecl, FunctionSym, StructDecl, VarSym } from '../ast.ts';
import type { CType } from '../ast.ts';
import type { FunctionCType, Qualified } from '../check/c-types.ts';
import type { Where } from '../diagnostics/diagnostics.ts';

/** A symbol while it is being put together. */
export type Building<T> = { -readonly [K in keyof T]: T[K] };

export interface FunctionEntry {
  readonly kind: 'function';
  readonly sym: Building<FunctionSym>;
  type: FunctionCType;
  /** Name of the protocol or scenario file in whose unit it was declared. */
  readonly unit: string;
  readonly declaredAt: Where;
  definedAt: Where | undefined;
  /** First call. */
  usedAt: Where | undefined;
}

export interface VarEntry {
  readonly kind: 'var';
  readonly sym: Building<VarSym>;
  readonly unit: string;
  readonly declaredAt: Where;
  definedAt: Where | undefined;
  usedAt: Where | undefined;
  /** Declared by `extern` or by a definition with external linkage. */
  readonly external: boolean;
}

export interface TypedefEntry {
  readonly kind: 'typedef';
  readonly type: Qualified;
  readonly declaredAt: Where;
}

export interface EnumeratorEntry {
  readonly kind: 'enumerator';
  readonly value: bigint;
  readonly type: CType;
  readonly declaredAt: Where;
}

export type Entry = FunctionEntry | VarEntry | TypedefEntry | EnumeratorEntry;

export type TagEntry =
  | { readonly kind: 'struct'; readonly decl: StructDecl; readonly declaredAt: Where }
  | { readonly kind: 'enum'; readonly decl: EnumDecl; complete: boolean; readonly declaredAt: Where };

export class Scope {
  readonly parent: Scope | undefined;
  readonly names = new Map<string, Entry>();
  readonly tags = new Map<string, TagEntry>();

  constructor(parent?: Scope) {
    this.parent = parent;
  }

  name(name: string): Entry | undefined {
    return this.names.get(name) ?? this.parent?.name(name);
  }

  tag(name: string): TagEntry | undefined {
    return this.tags.get(name) ?? this.parent?.tag(name);
  }

  /** Every name that can be used here. */
  *known(): Generator<string, void> {
    yield* this.names.keys();
    if (this.parent) yield* this.parent.known();
  }

  *knownTags(): Generator<string, void> {
    yield* this.tags.keys();
    if (this.parent) yield* this.parent.knownTags();
  }

  /** The scope of the whole file. */
  get file(): Scope {
    return this.parent?.file ?? this;
  }
}

/** What a declaration at file scope introduced: bound again when the other unit reads the same declaration. */
export interface Bindings {
  readonly names: ReadonlyMap<string, Entry>;
  readonly tags: ReadonlyMap<string, TagEntry>;
}

/** Everything known about the model, over both translation units. */
export class ModelSymbols {
  /** With external linkage, by name. */
  readonly externals = new Map<string, FunctionEntry | VarEntry>();
  /** All functions and file-scope or static variables, in order of declaration. */
  readonly functions: FunctionEntry[] = [];
  readonly variables: VarEntry[] = [];
  readonly structs: StructDecl[] = [];
  /** Declarations at file scope by place and text: the same in both units is one thing. */
  readonly items = new Map<string, Bindings>();
  /** Places of struct and enum bodies, to notice a header read in two ways. */
  readonly bodies = new Map<string, string>();

  /** Threads of the whole model: NR_THREADS. */
  readonly threadCount: number;
  /** NR_THREADS: without any thread, which is reported later, the arrays of the prelude must still make sense. */
  readonly threads: number;
  /** Logical name of the prelude. */
  readonly prelude: string | undefined;

  constructor(threadCount: number, prelude: string | undefined) {
    this.threadCount = threadCount;
    this.threads = Math.max(1, threadCount);
    this.prelude = prelude;
  }
}
