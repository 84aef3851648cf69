// SPDX-License-Identifier: GPL-2.0-only
// Owns what the text of a Program says about values that were not seen: constants that are assigned, outcomes of
// comparisons, and what is copied from one variable to another.

import type { Assign, Expr, Node, Num, Program, VarId } from '../lang/program.ts';

const COMPARISONS: readonly string[] = ['eq', 'ne', 'lt', 'le', 'gt', 'ge'];

/**
 * Adds to the values of each variable those that an assignment by name may give it, through any number of copies.
 * Arithmetic and what is reached by a pointer or a subscript is left out: nothing is known of that but what was seen.
 * More than can really come up. `values` is changed. Costs some passes over the code.
 */
export function spreadAlongAssignments(program: Program, values: readonly Set<Num>[]): void {
  const flows: { readonly to: VarId; readonly from: VarId }[] = [];
  const look = (to: VarId, value: Expr): void => {
    if (value.op === 'const') values[to]!.add(value.value);
    else if ((value.op === 'get' || value.op === 'copy') && isByName(value.place)) {
      flows.push({ to, from: value.place.base });
    } else if (value.op === 'cond') {
      look(to, value.a);
      look(to, value.b);
    } else if (isTruth(value)) {
      values[to]!.add(0).add(1);
    } else if (value.op === 'cast' && value.to !== 'bool') {
      look(to, value.a);
    }
  };
  for (const assign of assignments(program))
    if ('to' in assign && isByName(assign.to)) look(assign.to.base, assign.value);
  for (let grew = true; grew;) {
    grew = false;
    for (const { to, from } of flows) {
      const before = values[to]!.size;
      for (const value of values[from]!) values[to]!.add(value);
      if (values[to]!.size > before) grew = true;
    }
  }
}

/** Numbers that were seen to count: as far again as they came. */
export function spreadCounts(program: Program, values: readonly Set<Num>[]): void {
  for (const [id, { shown }] of program.vars.entries()) {
    const seen = values[id]!;
    const small = [...seen].filter(
      (value): value is number => typeof value === 'number' && value < MOST_COUNTED,
    );
    const most = Math.max(...small);
    if (shown.as !== 'int' || small.length < 3 || most < 2) continue;
    for (let value = 0; value <= Math.min(MOST_COUNTED, 2 * most + 1); value += 1) seen.add(value);
  }
}

/** What is larger is no count: a size in bytes, a time, an address. */
const MOST_COUNTED = 127;

function isByName({ ptr, index }: { readonly ptr?: Expr; readonly index?: readonly unknown[] }): boolean {
  return ptr === undefined && (index === undefined || index.length === 0);
}

function isTruth(value: Expr): boolean {
  switch (value.op) {
    case 'same':
    case 'stale':
    case 'both':
    case 'either':
      return true;
    case 'unary':
      return value.fn === 'not';
    case 'binary':
      return COMPARISONS.includes(value.fn);
    case 'cast':
      return value.to === 'bool';
    default:
      return false;
  }
}

function* assignments({ threads, invariants }: Program): Generator<Assign> {
  const codes: (readonly Node[])[] = [...threads, ...invariants].map(({ code }) => code);
  for (const code of codes) for (const { edges } of code) for (const edge of edges) yield* edge.do;
}
