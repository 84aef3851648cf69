// SPDX-License-Identifier: GPL-2.0-only
// Owns the binary form of a WebAssembly module: functions in, bytes out.

import { Bytes, int, unsigned, type Code, type Local, type ValueType } from './instructions.ts';

export interface Signature {
  readonly params: readonly ValueType[];
  readonly results: readonly ValueType[];
}

/** A function being written: its parameters are locals 0.., and it can have more. */
export class FunctionWriter {
  readonly signature: Signature;
  readonly #locals: ValueType[] = [];
  body: Code = [];

  constructor(params: readonly ValueType[], results: readonly ValueType[]) {
    this.signature = { params, results };
  }

  /** A new local; 0 when the function begins. */
  local(type: ValueType): Local {
    return this.signature.params.length + this.#locals.push(type) - 1;
  }

  /** New locals by name. */
  locals<Name extends string>(type: ValueType, ...names: readonly Name[]): Readonly<Record<Name, Local>> {
    const entries = names.map((name) => [name, this.local(type)] as const);
    return Object.fromEntries(entries) as Record<Name, Local>;
  }

  /** As it stands in the module, without its length. */
  get bytes(): Bytes {
    const bytes = new Bytes();
    bytes.add([unsigned(this.#locals.length), this.#locals.map((type) => [1, type]), this.body, 0x0b]);
    return bytes;
  }
}

/** A module of functions. They work in a memory and with a table that are imported as `env.memory` and `env.table`. */
export class ModuleWriter {
  readonly #types: Signature[] = [];
  readonly #imports: { readonly name: string; readonly type: number }[] = [];
  readonly #functions: { readonly type: number; readonly bytes: Bytes }[] = [];
  readonly #exports: { readonly name: string; readonly index: number }[] = [];
  #elements: { readonly at: number; readonly functions: readonly number[] } | null = null;

  /** The number of a type, which it has from now on. */
  type({ params, results }: Signature): number {
    const known = this.#types.findIndex(
      (type) => type.params.join() === params.join() && type.results.join() === results.join(),
    );
    return known >= 0 ? known : this.#types.push({ params, results }) - 1;
  }

  /** A function that `env` provides; gives its index. All imports come before the first `add`. */
  import(name: string, params: readonly ValueType[], results: readonly ValueType[]): number {
    return this.#imports.push({ name, type: this.type({ params, results }) }) - 1;
  }

  /** Gives the function's index. */
  add(writer: FunctionWriter, name?: string): number {
    const { bytes } = writer; // now: the tree of its code is large, and need not live on
    const type = this.type(writer.signature);
    const index = this.#imports.length + this.#functions.push({ type, bytes }) - 1;
    if (name !== undefined) this.#exports.push({ name, index });
    return index;
  }

  /** Puts functions into the table, from place `at` on. */
  fillTable(at: number, functions: readonly number[]): void {
    this.#elements = { at, functions };
  }

  get bytes(): Uint8Array {
    const env = text('env');
    const module = new Bytes();
    module.add([0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00]);
    const section = (id: number, count: number, items: Code): void => {
      const content = new Bytes();
      content.add([unsigned(count), items]);
      module.add(id);
      module.addCounted(content);
    };
    const types = this.#types.map(({ params, results }) => [0x60, list(params), list(results)]);
    section(1, types.length, types);
    section(2, 2 + this.#imports.length, [
      [env, text('memory'), 0x02, 0x00, 0x00],
      [env, text('table'), 0x01, 0x70, 0x00, 0x00],
      this.#imports.map(({ name, type }) => [env, text(name), 0x00, unsigned(type)]),
    ]);
    const functions = this.#functions.map(({ type }) => unsigned(type));
    section(3, functions.length, functions);
    const names = this.#exports.map(({ name, index }) => [text(name), 0x00, unsigned(index)]);
    section(7, names.length, names);
    if (this.#elements !== null) {
      const { at, functions: filled } = this.#elements;
      section(9, 1, [0x00, int(at), 0x0b, list(filled.map(unsigned))]);
    }
    const code = new Bytes();
    code.add(unsigned(this.#functions.length));
    for (const { bytes } of this.#functions) code.addCounted(bytes);
    module.add(10);
    module.addCounted(code);
    return module.all;
  }
}

function list(items: readonly Code[]): Code {
  return [unsigned(items.length), items];
}

function text(name: string): Code {
  return list(Array.from(name, (letter) => letter.charCodeAt(0)));
}
