// SPDX-License-Identifier: GPL-2.0-only
// Owns the value of the integer expressions of #if and #elif (and of attribute arguments), in 64 bits.

import type { Token } from './tokens.ts';

/** Why an expression has no value, and at which token. */
export interface ConditionError {
  readonly message: string;
  readonly token: Token | undefined;
}

const LEVELS: readonly (readonly string[])[] = [
  ['||'],
  ['&&'],
  ['|'],
  ['^'],
  ['&'],
  ['==', '!='],
  ['<', '<=', '>', '>='],
  ['<<', '>>'],
  ['+', '-'],
  ['*', '/', '%'],
];

class Stop extends Error {
  readonly token: Token | undefined;
  constructor(message: string, token: Token | undefined) {
    super(message);
    this.token = token;
  }
}

/** Evaluates tokens that hold no macros any more; a name left over is 0, as in C. `defined` is resolved before. */
export function evaluateCondition(tokens: readonly Token[]): { value: bigint } | { error: ConditionError } {
  let i = 0;
  /** Inside an operand that && or || does not look at. */
  let unread = 0;
  const peek = (): string => tokens[i]?.text ?? '';
  const fail = (message: string): never => {
    throw new Stop(message, tokens[i] ?? tokens[i - 1]);
  };
  const primary = (): bigint => {
    const t = tokens[i];
    if (!t) return fail('the expression ends too early');
    i++;
    if (t.text === '(') {
      const value = ternary();
      if (peek() !== ')') fail(`expected ')'`);
      i++;
      return value;
    }
    if (t.text === '!') return primary() === 0n ? 1n : 0n;
    if (t.text === '-') return BigInt.asIntN(64, -primary());
    if (t.text === '+') return primary();
    if (t.text === '~') return ~primary();
    if (t.kind === 'name') return t.text === 'true' ? 1n : 0n;
    const literal = t.kind === 'number' || t.kind === 'char' ? literalValue(t.text) : undefined;
    if (literal !== undefined) return literal;
    i--;
    return fail(`'${t.text}' cannot stand here: only integers, operators and defined() can`);
  };
  const binary = (level: number): bigint => {
    const ops = LEVELS[level];
    if (!ops) return primary();
    let left = binary(level + 1);
    while (ops.includes(peek())) {
      const op = peek();
      i++;
      const decided = (op === '&&' && left === 0n) || (op === '||' && left !== 0n);
      if (decided) unread++;
      const right = binary(level + 1);
      if (decided) unread--;
      if ((op === '/' || op === '%') && right === 0n) {
        if (unread === 0) fail('division by zero');
        left = 0n;
        continue;
      }
      left = BigInt.asIntN(64, apply(op, left, right));
    }
    return left;
  };
  const ternary = (): bigint => {
    const test = binary(0);
    if (peek() !== '?') return test;
    i++;
    const a = ternary();
    if (peek() !== ':') fail(`expected ':'`);
    i++;
    const b = ternary();
    return test === 0n ? b : a;
  };
  try {
    const value = ternary();
    if (i < tokens.length) fail(`'${peek()}' does not belong here`);
    return { value };
  } catch (e) {
    if (e instanceof Stop) return { error: { message: e.message, token: e.token } };
    throw e;
  }
}

function apply(op: string, a: bigint, b: bigint): bigint {
  const truth = (x: boolean): bigint => (x ? 1n : 0n);
  switch (op) {
    case '||': return truth(a !== 0n || b !== 0n); // prettier-ignore
    case '&&': return truth(a !== 0n && b !== 0n); // prettier-ignore
    case '|': return a | b; // prettier-ignore
    case '^': return a ^ b; // prettier-ignore
    case '&': return a & b; // prettier-ignore
    case '==': return truth(a === b); // prettier-ignore
    case '!=': return truth(a !== b); // prettier-ignore
    case '<': return truth(a < b); // prettier-ignore
    case '<=': return truth(a <= b); // prettier-ignore
    case '>': return truth(a > b); // prettier-ignore
    case '>=': return truth(a >= b); // prettier-ignore
    case '<<': return b >= 0n && b < 64n ? a << b : 0n; // prettier-ignore
    case '>>': return b >= 0n && b < 64n ? a >> b : 0n; // prettier-ignore
    case '+': return a + b; // prettier-ignore
    case '-': return a - b; // prettier-ignore
    case '*': return a * b; // prettier-ignore
    case '/': return a / b; // prettier-ignore
    default: return a % b; // prettier-ignore
  }
}

const ESCAPES: Readonly<Record<string, number>> = { n: 10, t: 9, r: 13, a: 7, b: 8, f: 12, v: 11, e: 27 };

/** Value of an integer or character literal, without its type; undefined when it is neither. */
export function literalValue(text: string): bigint | undefined {
  if (text.endsWith("'")) {
    const ch = unescape(text.slice(text.indexOf("'") + 1, -1));
    return ch.length === 1 ? BigInt.asIntN(8, BigInt(ch.charCodeAt(0))) : undefined;
  }
  const m = /^(0[xX][\da-fA-F']+|0[bB][01']+|[\d']+)([uU]?(?:ll?|LL?)?|(?:ll?|LL?)[uU])$/.exec(text);
  if (!m) return undefined;
  const digits = (m[1] ?? '').replaceAll("'", '');
  if (/^0[0-7]+$/.test(digits)) return BigInt(`0o${digits.slice(1)}`);
  return /^0\d/.test(digits) ? undefined : BigInt(digits);
}

/** The characters of a literal's inside, escapes resolved. */
export function unescape(inside: string): string {
  return inside.replaceAll(/\\(x[\da-fA-F]+|[0-7]{1,3}|[^])/g, (_, e: string) => {
    if (/^x/.test(e)) return String.fromCharCode(Number.parseInt(e.slice(1), 16) & 0xff);
    if (/^[0-7]/.test(e)) return String.fromCharCode(Number.parseInt(e, 8) & 0xff);
    const code = ESCAPES[e];
    return code === undefined ? e : String.fromCharCode(code);
  });
}
