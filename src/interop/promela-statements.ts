// SPDX-License-Identifier: GPL-2.0-only
// Owns assignments and trouble in Promela: lines of text, each a statement without the separator behind it.

import {
  UNINIT,
  type Assign,
  type Edge,
  type Expr,
  type Program,
  type TroubleKind,
  type VarId,
} from '../lang/program.ts';
import type { Candidate, PromelaTerms, Risk } from './promela-terms.ts';
import { variableAt, type PromelaValues } from './promela-values.ts';

/** Statements, one a line, or blocks of them; joined and indented by `written`. */
export type Statement =
  | string
  | { readonly options: readonly Option[] }
  /** A d_step. The comment says what it is for. */
  | { readonly steps: readonly Statement[]; readonly comment: string };
/** One way through an `if`; guard null: else. */
export interface Option {
  readonly guard: string | null;
  readonly body: readonly Statement[];
}

/** The name of the variable that an assertion about trouble of this kind names. */
export function bugName(kind: TroubleKind): string {
  return `bug_${kind.replaceAll('-', '_')}`;
}

/** The statements of one Program. */
export class PromelaStatements {
  /** Kinds of trouble that any statement can run into. */
  readonly bugs = new Set<TroubleKind>();
  readonly #program: Program;
  readonly #values: PromelaValues;
  readonly #terms: PromelaTerms;

  constructor(program: Program, values: PromelaValues, terms: PromelaTerms) {
    this.#program = program;
    this.#values = values;
    this.#terms = terms;
  }

  /** Trouble ends a step that began at the label `rest`, and leaves no state behind. */
  trouble(kind: TroubleKind, rest: string): Statement {
    this.bugs.add(kind);
    return `trouble(${bugName(kind)}, ${rest})`;
  }

  /** Nothing where no risk is there. `fall` is what to do in trouble. */
  checks(risks: readonly Risk[], fall: (kind: TroubleKind) => readonly Statement[]): readonly Statement[] {
    const seen = new Set<string>();
    return risks.flatMap(({ when, kind }): Statement[] => {
      if (seen.has(when)) return [];
      seen.add(when);
      return [ifThen(when, fall(kind))];
    });
  }

  /** What an edge does, its dead locals included; for one that fails, the trouble. */
  edge(edge: Edge, fall: (kind: TroubleKind) => readonly Statement[]): readonly Statement[] {
    if (edge.fail !== undefined) return fall(edge.fail.kind);
    const done = edge.do.flatMap((a) => ('stale' in a ? this.#makeStale(a) : this.#store(a, fall)));
    return [...done, ...edge.dead.map((id) => `${this.#values.name(id)} = 0`)];
  }

  /** Cells that an edge may write. */
  written(edge: Edge): readonly VarId[] {
    return edge.do.flatMap((a) => ('stale' in a ? a.vars : this.#terms.candidates(a.to).map(({ id }) => id)));
  }

  #store(
    { to, value }: Extract<Assign, { to: unknown }>,
    fall: (kind: TroubleKind) => readonly Statement[],
  ): readonly Statement[] {
    const candidates = this.#terms.candidates(to);
    const checks = this.checks([...this.#terms.risks(value), ...this.#terms.placeRisks(to)], fall);
    const [last, ...others] = candidates.toReversed();
    if (last === undefined) return [...checks, ...fall('limit')];
    const writes = others.toReversed().map((candidate) => {
      return { guard: candidate.when, body: this.#write(candidate, value, fall) };
    });
    const body = this.#write(last, value, fall);
    return [...checks, ...(writes.length === 0 ? body : [{ options: [...writes, { guard: null, body }] }])];
  }

  #write(
    { id }: Candidate,
    value: Expr,
    fall: (kind: TroubleKind) => readonly Statement[],
  ): readonly Statement[] {
    const isPointer = this.#values.isPointer(id);
    const text = this.#terms.text(value, undefined, isPointer);
    return [...this.#fits(id, value, text, fall), `${this.#values.name(id)} = ${text}`];
  }

  /** Asserts that the value is one of those for which type and cases were made, unless that is plain. */
  #fits(
    id: VarId,
    value: Expr,
    text: string,
    fall: (kind: TroubleKind) => readonly Statement[],
  ): readonly Statement[] {
    const { range } = this.#program.vars[id]!;
    const isPointer = this.#values.isPointer(id);
    const possible = this.#terms.possible(value);
    const checks: Statement[] = [];
    const isBeyond = (v: number | bigint): boolean => v !== UNINIT && (v < range![0] || v > range![1]);
    if (range !== undefined && (possible === null || [...possible].some(isBeyond)))
      checks.push(ifThen(`(${text} < ${range[0]} || ${text} > ${range[1]})`, fall('range')));
    const known = this.#values.values(id);
    if (possible !== null && [...possible].every((v) => known.has(v))) return checks;
    if (possible !== null && ![...possible].some((v) => known.has(v))) return [...checks, ...fall('limit')];
    const numbers = [...known].map((v) => this.#values.number(v, isPointer)).sort((a, b) => a - b);
    return [...checks, `assert(${isOneOf(text, numbers)})`];
  }

  /** Every pointer that still holds the freed object gets the stale bit. */
  #makeStale({ stale, size, vars }: Extract<Assign, { stale: unknown }>): readonly Statement[] {
    const freed = this.#terms.text(stale, undefined, true);
    const possible = [...(this.#terms.possible(stale) ?? [])].filter((value) => value !== 0);
    const objects = new Set(possible.map(variableAt));
    const marks: Statement[] = [];
    const never: string[] = [];
    for (const id of vars) {
      const name = this.#values.name(id);
      const known = this.#values.values(id);
      for (const held of known) {
        const isThere = held !== 0 && held !== UNINIT && (Number(held) & 1) === 0;
        const first = isThere ? [...objects].find((at) => isInside(variableAt(held), at, size)) : undefined;
        if (first === undefined) continue;
        const those = possible.filter((value) => variableAt(value) === first);
        const it = those.map((value) => `${freed} == ${this.#values.number(value, true)}`).join(' || ');
        const number = this.#values.number(held, true);
        const isHeld = objects.size === 1 ? `${name} == ${number}` : `((${it}) && ${name} == ${number})`;
        if (known.has(Number(held) + 1)) marks.push(`${name} = (${isHeld} -> ${number + 1} : ${name})`);
        else never.push(isHeld);
      }
    }
    return [...marks, ...(never.length > 0 ? [`assert(!(${never.join(' || ')}))`] : [])];
  }
}

function isInside(id: VarId, first: VarId, size: number): boolean {
  return id >= first && id < first + size;
}

export function ifThen(guard: string, body: readonly Statement[]): Statement {
  return {
    options: [
      { guard, body },
      { guard: null, body: [] },
    ],
  };
}

/**
 * Without what cannot be reached: behind a jump or trouble up to the next label, and ways that are never or always taken.
 * What no known value leads to goes with it, for there is trouble before.
 */
export function pruned(statements: readonly Statement[]): readonly Statement[] {
  const kept: Statement[] = [];
  let isReached = true;
  for (const statement of statements) {
    if (isLabel(statement)) isReached = true;
    if (!isReached) continue;
    const live = prunedOne(statement);
    kept.push(...live);
    const last = live.at(-1);
    if (last !== undefined && isLeaving(last)) isReached = false;
  }
  return kept;
}

function prunedOne(statement: Statement): readonly Statement[] {
  if (typeof statement === 'string') return [statement];
  return 'steps' in statement
    ? [{ ...statement, steps: pruned(statement.steps) }]
    : prunedIf(statement.options);
}

function prunedIf(options: readonly Option[]): readonly Statement[] {
  const possible = options.filter(({ guard }) => guard !== '0');
  const sure = possible.findIndex(({ guard }) => guard === null || guard === '1');
  const kept = possible.slice(0, sure < 0 ? undefined : sure + 1);
  const live = kept.map(({ guard, body }) => ({ guard: guard === '1' ? null : guard, body: pruned(body) }));
  const [only] = live;
  return live.length === 1 && only?.guard === null ? only.body : [{ options: live }];
}

function isLabel(statement: Statement): boolean {
  return typeof statement === 'string' && statement.endsWith(':');
}

/** Never goes on to the statement behind it. */
function isLeaving(statement: Statement): boolean {
  if (typeof statement === 'string') return /^(?:goto |trouble\()/.test(statement);
  if ('steps' in statement) return false;
  const { options } = statement;
  return options.every(({ body }) => body.length > 0 && isLeaving(body.at(-1)!));
}

/** The lines of statements, two blanks an indentation. A label ends in ":" and takes no separator; no jump leads to the next line. */
export function written(statements: readonly Statement[], indent: string): readonly string[] {
  const needed = statements.filter((statement, index) => {
    const isJump = typeof statement === 'string' && statement.startsWith('goto ');
    return !isJump || statements[index + 1] !== `${statement.slice(5)}:`;
  });
  return needed.flatMap((statement, index) => {
    const separator = index + 1 < needed.length ? ';' : '';
    if (typeof statement === 'string') {
      return [`${indent}${statement}${isLabel(statement) ? '' : separator}`];
    }
    if ('steps' in statement) {
      const head = `${indent}d_step { /* ${statement.comment} */`;
      return [head, ...written(statement.steps, `${indent}  `), `${indent}}${separator}`];
    }
    const lines = statement.options.flatMap(({ guard, body }) => {
      const head = `${indent}:: ${guard ?? 'else'}`;
      const [only] = body;
      if (only === undefined) return [head];
      if (body.length === 1 && typeof only === 'string') return [`${head} -> ${only}`];
      return [`${head} ->`, ...written(body, `${indent}   `)];
    });
    return [`${indent}if`, ...lines, `${indent}fi${separator}`];
  });
}

function isOneOf(text: string, numbers: readonly number[]): string {
  const sorted = [...new Set(numbers)].sort((a, b) => a - b);
  const [from = 0] = sorted;
  const to = sorted.at(-1) ?? 0;
  if (sorted.length > 2 && to - from + 1 === sorted.length) return `${text} >= ${from} && ${text} <= ${to}`;
  return sorted.length === 0 ? 'false' : sorted.map((number) => `${text} == ${number}`).join(' || ');
}
