// SPDX-License-Identifier: GPL-2.0-only
// Owns the way from a Program to a WebAssembly module: a function for each step and each invariant, and what judges.

import type { Node, Program } from '../../lang/program.ts';
import { isRest } from '../../machine/code.ts';
import { LONGEST_EVALUATION } from '../../machine/invariants.ts';
import { LONGEST_LOCAL_RUN } from '../../machine/machine.ts';
import { isPlain } from '../generated/invariants.ts';
import { ExpressionWriter, Scope, type Constants, type Places } from './expressions.ts';
import { aheadFunction, holdsFunction, judgeStateFunction, judgeStepFunction } from './judging-code.ts';
import * as w from './instructions.ts';
import { I32 } from './instructions.ts';
import { invariantFunction, UNJUDGED } from './invariants.ts';
import { FunctionWriter, ModuleWriter } from './module.ts';
import { OwnVariables } from '../code/own-variables.ts';
import { makeStaleFunction, StatementWriter } from './statements.ts';
import { ASK, type Mark } from '../code/steps.ts';
import { stepFunction } from './steps.ts';
import type { Values64 } from './values.ts';

/** Entries in the list of changes before a step is left to the interpreter. */
const MOST_WRITES = 1 << 12;
/** Coverage flags that are given memory at once. */
const FLAGS = 1 << 10;

export interface ProgramCode {
  /** Exports `judgeState`, `judgeStep`, `holds` and `ahead`; wants `judged`. */
  readonly bytes: Uint8Array;
  /** By thread: where its step functions, one for each pc, begin in the table. */
  readonly steps: readonly number[];
  /** Entries of the table. */
  readonly tableSize: number;
  /** The address of each coverage flag, a byte, and what it stands for. */
  readonly flags: readonly {
    readonly at: number;
    readonly thread: number;
    readonly marks: readonly Mark[];
  }[];
}

/** How many entries the list of changes must have room for. */
export function mostChanges(program: Program): number {
  const entries = program.threads.flatMap(({ code }) =>
    code.flatMap(({ edges }) =>
      edges.map(
        (edge) => edge.dead.length + edge.do.reduce((sum, a) => sum + ('stale' in a ? a.vars.length : 1), 0),
      ),
    ),
  );
  // One pass through the code of a step meets each node twice at most, and writes its own variables back.
  return MOST_WRITES + 2 * entries.reduce((sum, count) => sum + count, 0) + program.vars.length + 2;
}

/** Writes the code. Cost: some ten microseconds a node. */
export function programCode(
  program: Program,
  places: Places,
  constants: Constants,
  values: Values64,
): ProgramCode {
  const module = new ModuleWriter();
  const judged = module.import('judged', [I32, I32, I32, I32, I32], []);
  const nothing = new FunctionWriter([], []);
  const expressions = new ExpressionWriter(program, places, constants, new Scope(nothing, w.NOTHING, []));
  const staling = module.add(makeStaleFunction(places));
  const statements = new StatementWriter(program, places, constants, expressions, () => staling);
  const nowhere = new FunctionWriter([I32], [I32]);
  nowhere.body = w.int(ASK);
  const none = module.add(nowhere);

  const own = new OwnVariables(program);
  const flags: ProgramCode['flags'][number][] = [];
  const steps: number[] = [];
  const table: number[] = [];
  program.threads.forEach((threadProgram, thread) => {
    const { code } = threadProgram;
    const context = {
      places,
      expressions,
      statements,
      flag: (marks: readonly Mark[]) => {
        const block = Math.floor(flags.length / FLAGS);
        const at = constants.place(`flags ${block}`, () => new ArrayBuffer(FLAGS)) + (flags.length % FLAGS);
        flags.push({ at, thread, marks });
        return at;
      },
      due: (operation: number) => dueAfter(program, operation),
      longest: LONGEST_LOCAL_RUN,
      mostWrites: MOST_WRITES,
      ownWrites: (nodes: readonly Node[]) => own.writtenIn(nodes, threadProgram.locals),
    };
    steps.push(table.length);
    const pcSlot = program.vars.length + thread;
    for (const [pc, node] of code.entries())
      table.push(isRest(node) ? module.add(stepFunction(code, pc, pcSlot, context)) : none);
  });
  module.fillTable(0, table);

  const invariants = program.invariants.map((invariant) => {
    const context = {
      expressions,
      statements,
      longest: LONGEST_EVALUATION,
      start: (id: number) => w.long(values.of(program.vars[id]?.start ?? 0)),
    };
    if (isPlain(invariant)) return module.add(invariantFunction(invariant, context));
    const unjudged = new FunctionWriter([], [I32]);
    unjudged.body = w.int(UNJUDGED);
    return module.add(unjudged);
  });
  module.add(judgeStateFunction(program, places, constants, invariants, judged), 'judgeState');
  module.add(holdsFunction(program, places, constants, invariants), 'holds');
  module.add(judgeStepFunction(program, places, invariants, judged), 'judgeStep');
  module.add(aheadFunction(program, places), 'ahead');
  return { bytes: module.bytes, steps, tableSize: table.length, flags };
}

/** The invariants to be judged when an operation ends. */
function dueAfter({ invariants }: Program, operation: number): readonly number[] {
  return invariants.flatMap(({ when }, index) =>
    when.kind === 'ensures' && when.operation === operation ? [index] : [],
  );
}
