// SPDX-License-Identifier: GPL-2.0-only
// Owns constant expressions: where C demands an integer constant, and which initialisers a static variable may have.

import type { Expr, ExprInit, Init } from '../ast.ts';
import type { Unit } from './context.ts';
import { isInteger, isUnknown } from './c-types.ts';
import type { Complaint } from '../diagnostics/diagnostics.ts';
import type { Node } from '../parse/node.ts';

/** The value of an integer constant expression; undefined after a complaint. `what` begins the message. */
export function constantInteger(
  u: Unit,
  node: Node,
  what: string,
  complaint?: Complaint,
): bigint | undefined {
  const e = u.parts.operand(u, node);
  if (isUnknown(e.type)) return undefined;
  if (e.kind === 'number' && isInteger(e.type)) return BigInt(e.value);
  u.error(node, complaint ?? { message: `${what} must be an integer constant` });
  return undefined;
}

/** A static initialiser, or undefined after a complaint at the part that is not constant. */
export function staticInit(u: Unit, init: ExprInit, node: Node): Init | undefined {
  const bad = firstVariable(init);
  if (!bad) return flattened(init) as Init;
  u.reporter.error(
    { at: bad.at.file === '' ? u.at(node) : bad.at },
    {
      message: 'the initial value is not constant',
      reason: 'the start state exists before any thread runs: constants and addresses of globals',
      hint: 'assign it in the function that needs it',
    },
  );
  return undefined;
}

/** `{ .lock = (spinlock_t){ … } }`: the literal's own items. */
function flattened(init: ExprInit): ExprInit {
  if (init.kind === 'expr') return init.expr.kind === 'compound' ? flattened(init.expr.init) : init;
  if (init.kind === 'array')
    return { ...init, items: new Map([...init.items].map(([k, v]) => [k, flattened(v)])) };
  return { ...init, items: new Map([...init.items].map(([k, v]) => [k, flattened(v)])) };
}

function firstVariable(init: ExprInit): Expr | undefined {
  if (init.kind === 'expr') return isConstant(init.expr) ? undefined : init.expr;
  for (const item of init.items.values()) {
    const found = firstVariable(item);
    if (found) return found;
  }
  return undefined;
}

function isConstant(e: Expr): boolean {
  switch (e.kind) {
    case 'number':
    case 'function':
      return true;
    case 'cast':
      return isConstant(e.a);
    case 'address':
      return isStaticPlace(e.of);
    case 'compound':
      return firstVariable(e.init) === undefined;
    default:
      return isUnknown(e.type);
  }
}

function isStaticPlace(e: Expr): boolean {
  switch (e.kind) {
    case 'name':
      return e.sym.storage === 'global' || e.sym.storage === 'static-local';
    case 'member':
      return isStaticPlace(e.of);
    case 'index':
      return isStaticPlace(e.of) && e.index.kind === 'number';
    default:
      return false;
  }
}
