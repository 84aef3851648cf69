// SPDX-License-Identifier: GPL-2.0-only
// Owns the way from a Program to functions: the text of all its steps and invariants, made JavaScript once.

import { POINTER_BASE, UNINIT, type Node, type Program } from '../../lang/program.ts';
import { isRest } from '../../machine/code.ts';
import { LONGEST_EVALUATION } from '../../machine/invariants.ts';
import { LONGEST_LOCAL_RUN } from '../../machine/machine.ts';
import { ExpressionWriter, PRELUDE, type Tables } from './expressions.ts';
import { invariantBody, isPlain } from './invariants.ts';
import { MAKE_STALE, StatementWriter } from './statements.ts';
import { OwnVariables } from '../code/own-variables.ts';
import { ASK, type Mark } from '../code/steps.ts';
import { stepBody } from './steps.ts';

/** Thrown by generated code for what the interpreter must do. */
export const ASKED = Symbol('ask the interpreter');

/** Sets of invariants are bit masks. */
const MOST_INVARIANTS = 31;
/** Entries in the list of changes before a step is left to the interpreter. */
const MOST_WRITES = 1 << 14;

/** Gives the pc after the step, or BLOCKED or ASK. Throws ASKED. */
export type StepFunction = (choice: number) => number;
/** Gives HOLDS, VIOLATED or ASK. Throws ASKED. */
export type InvariantFunction = () => number;

/** Where the code works. */
export interface Workplace {
  readonly vector: Float64Array;
  readonly changed: Int32Array;
  readonly results: Int32Array;
  readonly flags: Uint8Array;
}

/** The text of a Program, not yet bound to a place to work in. */
export interface Generated {
  readonly text: string;
  /** How long the list of changes must be. */
  readonly mostWrites: number;
  /** What each coverage flag stands for. */
  readonly marks: readonly { readonly thread: number; readonly marks: readonly Mark[] }[];
  readonly bind: (place: Workplace) => Bound;
}

export interface Bound {
  /** By thread and pc. Where no thread rests, a step is left to the interpreter. */
  readonly steps: readonly (readonly StepFunction[])[];
  readonly invariants: readonly InvariantFunction[];
}

/** Why there can be no code for a Program: a reason for people; null when there can. */
export function whyNotGenerated(program: Program): string | null {
  if (program.invariants.length > MOST_INVARIANTS) return `it has more than ${MOST_INVARIANTS} invariants`;
  try {
    // oxlint-disable-next-line typescript/no-implied-eval -- whether it can be done is the question
    new Function('return 0');
  } catch {
    return 'this JavaScript does not allow code to be generated';
  }
  return null;
}

/** Writes the code. Cost: a few microseconds a node. */
export function generate(program: Program): Generated {
  const tables: Tables = new Map();
  const expressions = new ExpressionWriter(program, tables);
  const statements = new StatementWriter(program, tables, expressions);
  const marks: Generated['marks'][number][] = [];
  const own = new OwnVariables(program);
  const steps = program.threads.map((threadProgram, thread) => {
    const { code } = threadProgram;
    const context = {
      ownWrites: (nodes: readonly Node[]) => own.writtenIn(nodes, threadProgram.locals),
      expressions,
      statements,
      flag: (list: readonly Mark[]) => marks.push({ thread, marks: list }) - 1,
      due: (operation: number) => dueAfter(program, operation),
      longest: LONGEST_LOCAL_RUN,
      mostWrites: MOST_WRITES,
    };
    return code.map((node, pc) =>
      isRest(node) ? `function t${thread}_${pc}(c){\n${stepBody(code, pc, context)}\n}` : '',
    );
  });
  const invariants = program.invariants.map((invariant, index) => {
    const context = {
      expressions,
      statements,
      longest: LONGEST_EVALUATION,
      start: (id: number) => expressions.number({ op: 'const', value: program.vars[id]?.start ?? 0 }),
    };
    const body = isPlain(invariant) ? invariantBody(invariant, context) : `return ${ASK};`;
    return `function i${index}(){\n${body}\n}`;
  });
  // Tables, not one large switch: that would be compiled anew for each node that is come to late.
  const stepTables = steps.map((list, thread) => {
    const names = list.map((text, pc) => (text === '' ? 'none' : `t${thread}_${pc}`));
    return `[${names.join()}]`;
  });
  const text = [
    `const U=${UNINIT},BASE=${POINTER_BASE};`,
    PRELUDE,
    MAKE_STALE,
    expressions.followers(),
    `function none(){return ${ASK};}`,
    ...steps.flat(),
    ...invariants,
    `return {steps:[${stepTables.join()}],invariants:[${invariants.map((_, index) => `i${index}`).join()}]};`,
  ].join('\n');
  return {
    text,
    mostWrites: MOST_WRITES + statements.entries + program.vars.length + 1,
    marks,
    bind: (place) => bind(text, tables, place),
  };
}

function bind(text: string, tables: Tables, { vector, changed, results, flags }: Workplace): Bound {
  const ask = (): never => {
    throw ASKED; // an Error would cost a stack trace each time, and nobody sees it
  };
  const given = { V: vector, L: changed, R: results, C: flags, ask, ...Object.fromEntries(tables) };
  // Constants, so that the compiler knows each array by its address. The text holds nothing of the model but numbers.
  // oxlint-disable-next-line typescript/no-implied-eval -- making code is what this file is for
  const make = new Function('given', `"use strict";const {${Object.keys(given).join()}}=given;\n${text}`);
  return (make as (values: unknown) => Bound)(given);
}

/** The invariants to be judged when an operation ends, as a mask. */
function dueAfter({ invariants }: Program, operation: number): number {
  return invariants.reduce(
    (mask, { when }, index) =>
      when.kind === 'ensures' && when.operation === operation ? mask | (1 << index) : mask,
    0,
  );
}
