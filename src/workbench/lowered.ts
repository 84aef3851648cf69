// SPDX-License-Identifier: GPL-2.0-only
// Owns Programs that were lowered before they are asked for: their text, and the proof that one is not stale.

import { must } from '../base/assert.ts';
import type { Num, Program } from '../lang/program.ts';
import type { Model } from './compile.ts';
import { identityOf, type ModelNames, type Sha256 } from './model-identity.ts';

/** The Program of one model, without the texts of its sources: those lie beside it anyway, and must be read to judge it. */
interface Entry {
  readonly names: ModelNames;
  /** As ModelInfo.hash: over the texts of all sources, the names and the version of the semantics. */
  readonly hash: string;
  /** Logical names, in the order of Program.sources. */
  readonly sources: readonly string[];
  readonly knownDefines: readonly string[];
  /** Some number in it is a bigint, written as Bigint below. */
  readonly hasBigints: boolean;
}

/** The first line of a text of lowered Programs; behind it stands one line of JSON for each entry. */
interface Head {
  readonly format: typeof FORMAT;
  /** The compiler that made it, as the builder names it: for the builder only. */
  readonly made: string;
  readonly entries: readonly Entry[];
}

const FORMAT = 'mmreplay-lowered 1';

/** The only value that JSON has no word for. No object of a Program has a key like this with a text under it. */
interface Bigint {
  readonly $bigint: string;
}

export interface Lowered extends Model {
  readonly names: ModelNames;
}

/** Models of which all but the texts of the sources is written. Equal models, equal bytes. */
export function writeLowered(models: readonly Lowered[], made: string): string {
  const bodies = models.map(({ program }) => {
    const { sources: _, ...rest } = program;
    let hasBigints = false;
    const json = JSON.stringify(rest, (_key, value: unknown) => {
      if (typeof value !== 'bigint') return value;
      hasBigints = true;
      return { $bigint: String(value) } satisfies Bigint;
    });
    return { json, hasBigints };
  });
  const entries = models.map(({ names, model, program, knownDefines }, index): Entry => {
    const { hasBigints } = must(bodies[index], 'a body');
    const sources = program.sources.map(({ name }) => name);
    return { names, hash: model.hash, sources, knownDefines, hasBigints };
  });
  const head: Head = { format: FORMAT, made, entries };
  return [head, ...bodies].map((line) => ('json' in line ? line.json : JSON.stringify(line))).join('\n');
}

/** How the reader gets at what a Program was made of. */
export interface Texts {
  /** The text that a logical name means now; undefined: there is none. */
  readonly textOf: (name: string) => string | undefined;
  readonly sha256: Sha256;
}

/**
 * The model of these names out of what `writeLowered` wrote; undefined when it is not among them, or when any text that
 * it was made of is another one now. Costs 2 to 5 ms, most of it JSON; much less when there is nothing to be had.
 */
export function readLowered(text: string, wanted: ModelNames, texts: Texts): Model | undefined {
  const head = headOf(text);
  const index = head?.entries.findIndex(({ names }) => sameNames(names, wanted)) ?? -1;
  const entry = head?.entries[index];
  const sources = entry && freshSources(entry, texts);
  if (entry === undefined || sources === undefined) return undefined;
  const body = JSON.parse(lineOf(text, index + 1)) as Omit<Program, 'sources'>;
  const rest = entry.hasBigints ? (withBigints(body) as Omit<Program, 'sources'>) : body;
  return {
    program: { ...rest, sources },
    model: identityOf(wanted, sources, texts.sha256),
    knownDefines: entry.knownDefines,
  };
}

/** Which models stand in a text, each with what made it; for the builder, which keeps what is still right. */
export function stillRight(text: string, made: string, texts: Texts): readonly ModelNames[] {
  const head = headOf(text);
  if (head === undefined || head.made !== made) return [];
  return head.entries.flatMap((entry) => (freshSources(entry, texts) === undefined ? [] : [entry.names]));
}

export function sameNames(a: ModelNames, b: ModelNames): boolean {
  return (
    a.protocol === b.protocol &&
    a.scenario === b.scenario &&
    a.defines.length === b.defines.length &&
    a.defines.every((define, index) => define === b.defines[index])
  );
}

function headOf(text: string): Head | undefined {
  const head = JSON.parse(lineOf(text, 0)) as Head;
  return head.format === FORMAT ? head : undefined;
}

/** Lines count from 0. Nothing in JSON breaks a line. */
function lineOf(text: string, line: number): string {
  let from = 0;
  for (let skipped = 0; skipped < line; skipped += 1) from = text.indexOf('\n', from) + 1;
  const to = text.indexOf('\n', from);
  return text.slice(from, to < 0 ? undefined : to);
}

/** The texts as they are now; undefined when the hash over them is another one. */
function freshSources({ names, hash, sources }: Entry, texts: Texts): Program['sources'] | undefined {
  const found: { name: string; text: string }[] = [];
  for (const name of sources) {
    const text = texts.textOf(name);
    if (text === undefined) return undefined;
    found.push({ name, text });
  }
  return identityOf(names, found, texts.sha256).hash === hash ? found : undefined;
}

function withBigints(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(withBigints);
  if ('$bigint' in value && typeof value.$bigint === 'string') return BigInt(value.$bigint) satisfies Num;
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, withBigints(part)]));
}
