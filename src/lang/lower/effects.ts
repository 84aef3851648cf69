// SPDX-License-Identifier: GPL-2.0-only
// Owns two questions about an expression: does evaluating it change anything, and does it need a step of its own?

import type { Expr } from '../ast.ts';
import type { Lowering } from './lowering.ts';
import { isLvalue, operandsOf } from '../walk.ts';

const PURE_BUILTINS: ReadonlySet<string> = new Set([
  'stale',
  'pool_first',
  'pool_next',
  'container',
  '__current',
  'READ_ONCE',
]);

/** Assignments, calls and built-ins that are steps or speak. */
export function hasEffects(e: Expr): boolean {
  switch (e.kind) {
    case 'assign':
    case 'assign-op':
    case 'increment':
    case 'call':
    case 'call-indirect':
      return true;
    case 'builtin':
      return !PURE_BUILTINS.has(e.name) || e.args.some(hasEffects);
    default:
      return operandsOf(e).some(hasEffects);
  }
}

/** Can the whole expression be evaluated in one go, without a step and without effects? */
export function isPlain(l: Lowering, e: Expr): boolean {
  return !hasEffects(e) && (l.mode !== 'steps' || !readsShared(l, e));
}

/** Does evaluating `e` read a shared cell? (Taking an address does not, but finding the place may.) */
function readsShared(l: Lowering, e: Expr): boolean {
  switch (e.kind) {
    case 'name':
    case 'deref':
    case 'member':
    case 'index':
      return (isLvalue(e) && l.where(e) === 'shared') || placeReadsShared(l, e);
    case 'address':
      return placeReadsShared(l, e.of);
    default:
      return operandsOf(e).some((inner) => readsShared(l, inner));
  }
}

function placeReadsShared(l: Lowering, e: Expr): boolean {
  switch (e.kind) {
    case 'deref':
      return l.aliasOf(e.pointer) === undefined && readsShared(l, e.pointer);
    case 'member':
      return isLvalue(e.of) ? placeReadsShared(l, e.of) : readsShared(l, e.of);
    case 'index':
      return placeReadsShared(l, e.of) || readsShared(l, e.index);
    default:
      return false;
  }
}
