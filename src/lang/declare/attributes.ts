// SPDX-License-Identifier: GPL-2.0-only
// Owns what each mm:: attribute means on the thing that it stands before, and which things it may stand before.

import type { Field, FunctionSym } from '../ast.ts';
import type { Unit } from '../check/context.ts';
import type { Attribute } from '../parse/attributes.ts';
import { evaluateCondition, unescape } from '../preprocess/condition.ts';
import type { Token } from '../preprocess/tokens.ts';

/** Where each attribute belongs, in words. */
const BELONGS: Readonly<Record<string, string>> = {
  thread: 'a function',
  daemon: 'a function',
  operation: 'a function',
  atomic: 'a function',
  step: 'a function',
  invariant: 'a function',
  pool: 'a global array of structs',
  type_stable: 'a pool',
  ghost: 'a variable or a field',
  range: 'an integer variable or field',
  word: 'a struct or its typedef',
  lock: 'a struct or its typedef',
  owner: 'a field',
  readers: 'a field',
  queue: 'a field',
};

export type FunctionTraits = Pick<FunctionSym, 'atomic' | 'step' | 'operation' | 'thread' | 'invariant'>;
export interface VariableTraits {
  pool: boolean;
  typeStable: boolean;
  ghost: boolean;
  range?: readonly [number, number];
}
export type FieldTraits = Pick<Field, 'ghost' | 'range' | 'part'>;
export interface StructTraits {
  word: boolean;
  lock: boolean;
}

/** Reports each attribute that does not belong on `what`; gives the others. */
function fitting(
  u: Unit,
  attributes: readonly Attribute[],
  allowed: readonly string[],
  what: string,
): Attribute[] {
  return attributes.filter((a) => {
    if (allowed.includes(a.name)) return true;
    const message = `[[mm::${a.name}]] does not belong on ${what}`;
    u.reporter.error(a.where, { message, reason: `it describes ${BELONGS[a.name] ?? 'something else'}` });
    return false;
  });
}

function noArguments(u: Unit, a: Attribute): void {
  if (a.args) u.reporter.error(a.where, { message: `[[mm::${a.name}]] takes no arguments` });
}

export function functionTraits(u: Unit, attributes: readonly Attribute[]): FunctionTraits {
  let traits: FunctionTraits = { atomic: false, operation: false };
  const known = ['thread', 'daemon', 'operation', 'atomic', 'step', 'invariant'];
  for (const a of fitting(u, attributes, known, 'a function')) {
    switch (a.name) {
      case 'thread':
      case 'daemon': {
        const daemon = a.name === 'daemon' || (traits.thread?.daemon ?? false);
        traits = { ...traits, thread: { ...traits.thread, ...threadArguments(u, a), daemon } };
        break;
      }
      case 'operation':
      case 'atomic':
        noArguments(u, a);
        traits = { ...traits, [a.name]: true };
        break;
      case 'step': {
        const kind = stringOf(a.args?.[0]);
        traits = { ...traits, atomic: true, ...(kind === undefined ? {} : { step: kind }) };
        break;
      }
      default: {
        const invariant = invariantArguments(u, a);
        if (invariant) traits = { ...traits, invariant };
      }
    }
  }
  return traits;
}

function threadArguments(u: Unit, a: Attribute): { name?: string; count?: number } {
  const result: { name?: string; count?: number } = {};
  for (const arg of a.args ?? []) {
    const name = stringOf(arg);
    const count = name === undefined ? threadCountOf(arg) : undefined;
    if (name !== undefined && name !== '') result.name = name;
    else if (count !== undefined) result.count = count;
    else {
      const hint = `write [[mm::${a.name}]], [[mm::${a.name}("kswapd")]] or [[mm::${a.name}(3)]]`;
      u.reporter.error(arg[0] ?? a.where, {
        message: `mm::${a.name} takes a name in quotes or a number of threads`,
        hint,
      });
    }
  }
  return result;
}

/** The number of identical threads that an argument of mm::thread asks for: 1 to 64. */
function threadCountOf(arg: readonly Token[]): number | undefined {
  if (arg.some((t) => t.kind === 'name')) return undefined;
  const result = evaluateCondition(arg);
  return 'value' in result && result.value >= 1n && result.value <= 64n ? Number(result.value) : undefined;
}

/** How many threads one attribute list starts; 0 when it holds neither mm::thread nor mm::daemon. */
export function threadsStartedBy(attributes: readonly Attribute[]): number {
  const starts = attributes.filter((a) => a.name === 'thread' || a.name === 'daemon');
  if (starts.length === 0) return 0;
  for (const a of starts) {
    for (const arg of a.args ?? []) {
      const count = threadCountOf(arg);
      if (count !== undefined) return count;
    }
  }
  return 1;
}

function invariantArguments(u: Unit, a: Attribute): FunctionSym['invariant'] {
  const [name, when = 'strict', ...operations] = (a.args ?? []).map((arg) => stringOf(arg) ?? '');
  const good = a.args?.every((arg) => (stringOf(arg) ?? '') !== '') ?? false;
  const hint =
    'write mm::invariant("I1"), mm::invariant("I1", "idle", "truncate") or mm::invariant("I1", "ensures", "truncate")';
  if (!good || !name) {
    u.reporter.error(a.where, { message: 'mm::invariant takes a name and a kind in quotes', hint });
    return undefined;
  }
  if (when !== 'strict' && when !== 'idle' && when !== 'ensures') {
    u.reporter.error(a.where, {
      message: `an invariant is "strict", "idle" or "ensures", not "${when}"`,
      hint,
    });
    return undefined;
  }
  if ((when === 'strict') !== (operations.length === 0)) {
    const message =
      when === 'strict'
        ? 'a strict invariant names no operations'
        : `"${when}" needs the names of operations`;
    u.reporter.error(a.where, {
      message,
      reason: 'strict holds in every state; idle and ensures hold around operations',
      hint,
    });
    return undefined;
  }
  return { name, when, operations };
}

export function variableTraits(
  u: Unit,
  attributes: readonly Attribute[],
  what: string,
  allowed: readonly string[],
): VariableTraits {
  const traits: VariableTraits = { pool: false, typeStable: false, ghost: false };
  for (const a of fitting(u, attributes, allowed, what)) {
    if (a.name === 'range') {
      const range = rangeArguments(u, a);
      if (range) traits.range = range;
      continue;
    }
    noArguments(u, a);
    if (a.name === 'pool') traits.pool = true;
    if (a.name === 'type_stable') traits.typeStable = true;
    if (a.name === 'ghost') traits.ghost = true;
  }
  return traits;
}

export function fieldTraits(u: Unit, attributes: readonly Attribute[]): FieldTraits {
  let traits: FieldTraits = { ghost: false };
  for (const a of fitting(u, attributes, ['ghost', 'range', 'owner', 'readers', 'queue'], 'a field')) {
    if (a.name === 'range') {
      const range = rangeArguments(u, a);
      if (range) traits = { ...traits, range };
      continue;
    }
    noArguments(u, a);
    if (a.name === 'ghost') traits = { ...traits, ghost: true };
    if (a.name === 'owner' || a.name === 'readers' || a.name === 'queue')
      traits = { ...traits, part: a.name };
  }
  return traits;
}

export function structTraits(u: Unit, attributes: readonly Attribute[], what: string): StructTraits {
  const traits: StructTraits = { word: false, lock: false };
  for (const a of fitting(u, attributes, ['word', 'lock'], what)) {
    noArguments(u, a);
    traits[a.name as 'word' | 'lock'] = true;
  }
  return traits;
}

function rangeArguments(u: Unit, a: Attribute): readonly [number, number] | undefined {
  const bounds = (a.args ?? []).map((arg) => constantOf(u, arg));
  const [low, high] = bounds;
  if (bounds.length !== 2 || low === undefined || high === undefined) {
    u.reporter.error(a.where, {
      message: 'mm::range takes two integer constants',
      hint: 'write mm::range(0, 3)',
    });
    return undefined;
  }
  if (low > high) {
    u.reporter.error(a.where, {
      message: `the range from ${low} to ${high} is empty`,
      hint: 'write the smaller bound first',
    });
    return undefined;
  }
  return [low, high];
}

/** The value of an integer expression of literals and enumerators. */
function constantOf(u: Unit, arg: readonly Token[]): number | undefined {
  let known = true;
  const tokens = arg.map((t): Token => {
    if (t.kind !== 'name') return t;
    const entry = u.scope.name(t.text);
    const value =
      t.text === 'NR_THREADS'
        ? BigInt(u.symbols.threads)
        : entry?.kind === 'enumerator'
          ? entry.value
          : undefined;
    if (value === undefined) known = false;
    return { ...t, kind: 'number', text: String(value ?? 0n) };
  });
  const negative = tokens.flatMap((t) =>
    t.text.startsWith('-') && t.text.length > 1
      ? [
          { ...t, text: '-' },
          { ...t, text: t.text.slice(1) },
        ]
      : [t],
  );
  const result = evaluateCondition(negative);
  if (!known || !('value' in result)) return undefined;
  return Number.isSafeInteger(Number(result.value)) ? Number(result.value) : undefined;
}

/** The text of an argument that is one string literal (or several side by side). */
function stringOf(arg: readonly Token[] | undefined): string | undefined {
  if (!arg || arg.length === 0 || arg.some((t) => t.kind !== 'string')) return undefined;
  return arg.map((t) => unescape(t.text.slice(1, -1))).join('');
}
