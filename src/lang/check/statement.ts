// SPDX-License-Identifier: GPL-2.0-only
// Owns statements: control flow and what it may jump to.

import type { Expr, Stmt } from '../ast.ts';
import { constantInteger } from './constant.ts';
import type { CurrentFunction, Unit } from './context.ts';
import { cast, integerOperand, testable } from './convert.ts';
import { constant, INT, isUnknown, nameOf, promoted, wrap } from './c-types.ts';
import { localDeclaration, localTypedef } from '../declare/local.ts';
import { didYouMean } from '../diagnostics/suggest.ts';
import { child, named, type Node } from '../parse/node.ts';

/** The statements that one node stands for. */
export function statement(u: Unit, node: Node): Stmt[] {
  const at = u.at(node);
  switch (node.type) {
    case 'compound_statement':
      return [block(u, node)];
    case 'expression_statement':
      return expressionStatement(u, node);
    case 'declaration':
      return localDeclaration(u, node);
    case 'type_definition':
      localTypedef(u, node);
      return [];
    case 'struct_specifier':
    case 'enum_specifier':
      localTypedef(u, node);
      return [];
    case 'if_statement': {
      const test = condition(u, node);
      const then = branch(u, child(node, 'consequence'));
      const otherwise = child(node, 'alternative');
      const inner = otherwise && named(otherwise).at(-1);
      return [{ kind: 'if', test, then, ...(inner ? { otherwise: branch(u, inner) } : {}), at }];
    }
    case 'while_statement': {
      const test = condition(u, node);
      return [{ kind: 'while', test, body: loopBody(u, node), at }];
    }
    case 'do_statement': {
      const body = loopBody(u, node);
      return [{ kind: 'do', body, test: condition(u, node), at }];
    }
    case 'for_statement':
      return [u.block(() => forStatement(u, node))];
    case 'switch_statement':
      return [switchStatement(u, node)];
    case 'case_statement':
      return caseStatement(u, node);
    case 'labeled_statement':
      return labeled(u, node);
    case 'break_statement':
    case 'continue_statement':
      return [leave(u, node)];
    case 'goto_statement': {
      const labelNode = child(node, 'label') as Node;
      const label = u.text(labelNode);
      // `goto *p` has been refused already.
      if (labelNode.first === labelNode.last) u.fn?.gotos.push({ label, where: u.where(labelNode) });
      return [{ kind: 'goto', label, at }];
    }
    case 'return_statement':
      return [returnStatement(u, node)];
    case 'attributed_statement':
      return named(node).flatMap((c) => (c.type === 'attribute_declaration' ? [] : statement(u, c)));
    case 'function_definition':
      u.error(child(node, 'declarator') ?? node, {
        message: 'a function inside a function is not in the subset',
        reason: 'it is an extension of gcc',
        hint: 'move it out, and pass what it needs',
      });
      return [];
    default:
      u.error(node, { message: `'${u.shown(node)}' is not in the subset as a statement` });
      return [];
  }
}

/** `{ ... }` with a scope of its own. */
export function block(u: Unit, node: Node): Stmt {
  return u.block(() => blockBody(u, node));
}

/** `{ ... }` in the scope that is open already: the body of a function, with its parameters. */
export function blockBody(u: Unit, node: Node): Stmt {
  return { kind: 'block', body: named(node).flatMap((c) => statement(u, c)), at: u.at(node) };
}

function single(u: Unit, list: Stmt[], node: Node): Stmt {
  const [first] = list;
  return list.length === 1 && first ? first : { kind: 'block', body: list, at: u.at(node) };
}

function branch(u: Unit, node: Node | undefined): Stmt {
  if (!node) return { kind: 'empty', at: { file: '', line: 1, col: 1, endLine: 1, endCol: 1 } };
  return u.block(() => single(u, statement(u, node), node));
}

function condition(u: Unit, node: Node): Expr {
  const test = child(node, 'condition') as Node;
  return testable(u, u.parts.operand(u, test), test);
}

function loopBody(u: Unit, node: Node): Stmt {
  u.fn?.loops.push('loop');
  const body = branch(u, child(node, 'body'));
  u.fn?.loops.pop();
  return body;
}

function expressionStatement(u: Unit, node: Node): Stmt[] {
  const at = u.at(node);
  const inner = named(node)[0];
  if (!inner) return [{ kind: 'empty', at }];
  if (isStaticAssert(u, inner)) {
    staticAssert(u, inner);
    return [];
  }
  const expr = u.parts.expression(u, inner);
  if (expr.kind === 'string') u.error(inner, { message: 'a string alone does nothing' });
  return [{ kind: 'expr', expr, at: expr.at }];
}

function isStaticAssert(u: Unit, node: Node): boolean {
  const callee = child(node, 'function');
  return (
    node.type === 'call_expression' &&
    callee !== undefined &&
    /^(_Static_assert|static_assert)$/.test(u.text(callee))
  );
}

/** `static_assert(constant, "text");`, also at file scope. */
export function staticAssert(u: Unit, node: Node): boolean {
  if (!isStaticAssert(u, node)) return false;
  const [test, text] = named(child(node, 'arguments') as Node);
  const value = test && constantInteger(u, test, 'static_assert');
  if (value !== 0n || !test) return true;
  const said = text ? `: ${u.text(text).replaceAll('"', '')}` : '';
  u.error(test, { message: `static assertion failed${said}` });
  return true;
}

function forStatement(u: Unit, node: Node): Stmt {
  const at = u.at(node);
  const first = child(node, 'initializer');
  let init: Stmt | undefined;
  if (first?.type === 'declaration') init = single(u, localDeclaration(u, first), first);
  else if (first) {
    const expr = u.parts.expression(u, first);
    init = { kind: 'expr', expr, at: expr.at };
  }
  const testNode = child(node, 'condition');
  const test = testNode && testable(u, u.parts.operand(u, testNode), testNode);
  const stepNode = child(node, 'update');
  const step = stepNode && u.parts.expression(u, stepNode);
  const body = loopBody(u, node);
  return {
    kind: 'for',
    ...(init ? { init } : {}),
    ...(test ? { test } : {}),
    ...(step ? { step } : {}),
    body,
    at,
  };
}

function switchStatement(u: Unit, node: Node): Stmt {
  const valueNode = child(node, 'condition') as Node;
  const given = u.parts.operand(u, valueNode);
  const int = integerOperand(u, given, valueNode, 'switch');
  const type = int ? promoted(int.type) : INT;
  const value = int ? cast(int, type) : given;
  u.fn?.loops.push('switch');
  u.fn?.switches.push({ type, cases: new Map(), hasDefault: false });
  const body = branch(u, child(node, 'body'));
  u.fn?.switches.pop();
  u.fn?.loops.pop();
  return { kind: 'switch', value, body, at: u.at(node) };
}

function caseStatement(u: Unit, node: Node): Stmt[] {
  const valueNode = child(node, 'value');
  const rest = named(node).filter((c) => c !== valueNode);
  const labelAt = u.at({ ...node, children: [], last: valueNode ? valueNode.last : node.first });
  const current = u.fn?.switches.at(-1);
  const label: Stmt[] = [];
  if (!current) {
    u.error(
      { ...node, last: node.first },
      { message: `'${valueNode ? 'case' : 'default'}' outside a switch` },
    );
  } else if (!valueNode) {
    if (current.hasDefault)
      u.error({ ...node, last: node.first }, { message: 'this switch has two defaults' });
    current.hasDefault = true;
    label.push({ kind: 'default', at: labelAt });
  } else {
    const found = constantInteger(u, valueNode, 'the value of a case');
    if (found !== undefined) {
      const value = wrap(found, current.type);
      const before = current.cases.get(value);
      if (before)
        u.error(valueNode, {
          message: `case ${value} stands twice in this switch`,
          notes: [{ text: 'first here', at: before.at }],
        });
      current.cases.set(value, u.where(valueNode));
      label.push({ kind: 'case', value: constant(value), at: labelAt });
    }
  }
  return [...label, ...rest.flatMap((c) => statement(u, c))];
}

function labeled(u: Unit, node: Node): Stmt[] {
  const labelNode = child(node, 'label') as Node;
  const label = u.text(labelNode);
  const before = u.fn?.labels.get(label);
  if (before)
    u.error(labelNode, {
      message: `label '${label}' stands twice`,
      notes: [{ text: 'first here', at: before.at }],
    });
  else u.fn?.labels.set(label, u.where(labelNode));
  const rest = named(node).filter((c) => c !== labelNode);
  return [{ kind: 'label', label, at: u.at(labelNode) }, ...rest.flatMap((c) => statement(u, c))];
}

function leave(u: Unit, node: Node): Stmt {
  const kind = node.type === 'break_statement' ? 'break' : 'continue';
  const loops = u.fn?.loops ?? [];
  if (kind === 'break' ? loops.length === 0 : !loops.includes('loop')) {
    u.error(node, { message: `'${kind}' outside a loop${kind === 'break' ? ' or switch' : ''}` });
  }
  return { kind, at: u.at(node) };
}

function returnStatement(u: Unit, node: Node): Stmt {
  const at = u.at(node);
  const valueNode = named(node)[0];
  const fn = u.fn?.entry;
  const returns = fn?.type.returns ?? INT;
  const name = fn?.sym.name ?? '';
  if (!valueNode) {
    if (returns.kind !== 'void' && !isUnknown(returns)) {
      u.error(node, { message: `'${name}' must return a value of type '${nameOf(returns)}'` });
    }
    return { kind: 'return', at };
  }
  const value = u.parts.operand(u, valueNode);
  if (returns.kind === 'void') {
    if (value.type.kind !== 'void' && !isUnknown(value.type)) {
      u.error(valueNode, { message: `'${name}' returns void, and this returns a value` });
    } else if (!isUnknown(value.type)) {
      return {
        kind: 'block',
        body: [
          { kind: 'expr', expr: value, at: value.at },
          { kind: 'return', at },
        ],
        at,
      };
    }
    return { kind: 'return', at };
  }
  return { kind: 'return', value: u.parts.convert(u, value, returns, valueNode, 'return'), at };
}

/** At the end of a function: every goto needs its label. */
export function checkLabels(u: Unit, fn: CurrentFunction): void {
  for (const { label, where } of fn.gotos) {
    if (fn.labels.has(label)) continue;
    u.reporter.error(where, {
      message: `label '${label}' is not in '${fn.entry.sym.name}'`,
      ...didYouMean(label, fn.labels.keys()),
    });
  }
}
