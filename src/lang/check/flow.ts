// SPDX-License-Identifier: GPL-2.0-only
// Owns one question about a function: can control reach its end without a return?

import type { Expr, Stmt } from '../ast.ts';
import type { Unit } from './context.ts';
import { isUnknown } from './c-types.ts';
import type { FunctionEntry } from '../declare/scope.ts';
import type { Node } from '../parse/node.ts';

/** Reports a function with a result whose end can be reached. */
export function checkFlow(u: Unit, entry: FunctionEntry, body: Node): void {
  const { returns } = entry.type;
  if (returns.kind === 'void' || isUnknown(returns) || !entry.sym.body) return;
  if (!new Flow().reachesEnd(entry.sym.body)) return;
  const end: Node = { ...body, first: body.last };
  const hint = 'return a value on every path';
  u.error(end, { message: `the end of '${entry.sym.name}' can be reached without a return`, hint });
}

class Flow {
  /** For each enclosing loop or switch: has a reachable break been seen? */
  readonly #breaks: boolean[] = [];

  reachesEnd(body: Stmt): boolean {
    return this.#after(body, true);
  }

  /** Is the place after a statement reachable, when the statement is (`reached`)? */
  #after(s: Stmt, reached: boolean): boolean {
    switch (s.kind) {
      case 'block':
        return s.body.reduce((r, inner) => this.#after(inner, r), reached);
      case 'label':
      case 'case':
      case 'default':
        // Whether some goto leads here is not followed: a label without one is rare.
        return true;
      case 'return':
      case 'goto':
      case 'continue':
        return false;
      case 'break':
        if (reached) this.#breaks[this.#breaks.length - 1] = true;
        return false;
      case 'expr':
        return reached && !ends(s.expr);
      case 'if': {
        const test = truthOf(s.test);
        const then = this.#after(s.then, reached && test !== false);
        const otherwise = s.otherwise
          ? this.#after(s.otherwise, reached && test !== true)
          : reached && test !== true;
        return then || otherwise;
      }
      case 'while':
      case 'for': {
        const test = s.test ? truthOf(s.test) : true;
        const broken = this.#inside(s.body, reached && test !== false);
        return broken || (reached && test !== true);
      }
      case 'do': {
        this.#breaks.push(false);
        const again = this.#after(s.body, reached);
        const broken = this.#breaks.pop() ?? false;
        const leaves = truthOf(s.test) !== true && (again || hasContinue(s.body));
        return broken || leaves;
      }
      case 'switch': {
        this.#breaks.push(false);
        const through = this.#after(s.body, false);
        const broken = this.#breaks.pop() ?? false;
        return broken || through || (reached && !hasDefault(s.body));
      }
      default:
        return reached;
    }
  }

  #inside(body: Stmt, reached: boolean): boolean {
    this.#breaks.push(false);
    this.#after(body, reached);
    return this.#breaks.pop() ?? false;
  }
}

/** Does control never come back from this expression? */
function ends(e: Expr): boolean {
  return e.kind === 'builtin' && (e.name === 'BUG' || e.name === '__fail');
}

function truthOf(e: Expr): boolean | undefined {
  return e.kind === 'number' && !isUnknown(e.type) ? BigInt(e.value) !== 0n : undefined;
}

function innerOf(s: Stmt): readonly Stmt[] {
  if (s.kind === 'block') return s.body;
  if (s.kind === 'if') return s.otherwise ? [s.then, s.otherwise] : [s.then];
  return [];
}

function hasContinue(s: Stmt): boolean {
  if (s.kind === 'switch') return hasContinue(s.body);
  return s.kind === 'continue' || innerOf(s).some(hasContinue);
}

function hasDefault(s: Stmt): boolean {
  if (s.kind === 'while' || s.kind === 'do' || s.kind === 'for') return hasDefault(s.body);
  return s.kind === 'default' || innerOf(s).some(hasDefault);
}
