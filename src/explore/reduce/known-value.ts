// SPDX-License-Identifier: GPL-2.0-only
// Owns the value of an expression of which only some variables are known.

import type { Expr, Num, Place } from '../../lang/program.ts';
import { binaryOf, castTo, toBool, unaryOf } from '../../machine/integers.ts';
import { Fault } from '../../machine/trouble.ts';

/** Gives the value of what stands at a place; undefined when it is not known. */
type Known = (place: Place) => Num | undefined;

/** The value, as the machine would compute it; undefined when it cannot be known, or computing it is trouble. */
export function evaluateKnown(e: Expr, known: Known): Num | undefined {
  const of = (part: Expr): Num | undefined => evaluateKnown(part, known);
  switch (e.op) {
    case 'const':
      return e.value;
    case 'get':
    case 'copy':
      return known(e.place);
    case 'unary':
      return apply([of(e.a)], ([a]) => unaryOf(e.fn, e.type)(a!));
    case 'binary':
      return apply([of(e.a), of(e.b)], ([a, b]) => binaryOf(e.fn, e.type)(a!, b!));
    case 'cast':
      return apply([of(e.a)], ([a]) => (e.to === 'bool' ? toBool : castTo(e.to))(a!));
    case 'cond': {
      const test = of(e.test);
      if (test !== undefined) return of(test === 0 ? e.b : e.a);
      const [a, b] = [of(e.a), of(e.b)];
      return a === b ? a : undefined;
    }
    case 'both':
      return together(of(e.a), of(e.b), (value) => value === 0);
    case 'either':
      return together(of(e.a), of(e.b), (value) => value !== 0);
    case 'addr':
    case 'same':
    case 'stale':
    case 'back':
      return undefined;
  }
}

/** `decides`: a value of either operand that is enough. What computing the other may run into is not a value. */
function together(a: Num | undefined, b: Num | undefined, decides: (value: Num) => boolean): Num | undefined {
  if (a !== undefined && decides(a)) return a === 0 ? 0 : 1;
  if (b !== undefined && decides(b)) return b === 0 ? 0 : 1;
  return a === undefined || b === undefined ? undefined : b === 0 ? 0 : 1;
}

function apply(
  operands: readonly (Num | undefined)[],
  compute: (values: readonly Num[]) => Num,
): Num | undefined {
  const values = operands.filter((value) => value !== undefined);
  if (values.length < operands.length) return undefined;
  try {
    return compute(values);
  } catch (error) {
    if (error instanceof Fault) return undefined;
    throw error;
  }
}
