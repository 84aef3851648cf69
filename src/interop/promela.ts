// SPDX-License-Identifier: GPL-2.0-only
// Owns a whole Program as Promela, for SPIN: the head with its variables, a proctype for each thread, and init.

import type { Program, VarId } from '../lang/program.ts';
import { PromelaChecks } from './promela-checks.ts';
import { bugName, PromelaStatements, written } from './promela-statements.ts';
import { PromelaThread } from './promela-steps.ts';
import { PromelaTerms } from './promela-terms.ts';
import { PromelaValues, type KnownValues } from './promela-values.ts';

/**
 * Promela in which one step of the Program is one atomic sequence. A value outside `known` fails an assertion, so the
 * answer is SPIN's own whether `known` is complete or not. Throws UserError for what Promela cannot say: integers beyond
 * 32 bits, and loops or writes through pointers between the begin of an operation and its first step.
 */
export function promela(program: Program, known: KnownValues): string {
  const values = new PromelaValues(program, known);
  const terms = new PromelaTerms(program, values);
  for (const id of program.vars.keys()) if (!terms.isConstant(id)) values.numbers(id); // the error names the variable
  const statements = new PromelaStatements(program, values, terms);
  const checks = new PromelaChecks(program, values, terms, statements);
  const threads = program.threads.map((_, index) => {
    const thread = new PromelaThread({ program, terms, statements, checks }, index);
    return { name: thread.name, lines: thread.lines(known.start.pcs[index]!) };
  });
  const start = checks.judge('start_', checks.ofStates); // before the head, which lists the bugs
  const lines = [
    ...title(program, known, values),
    ...MACROS,
    ...variables(program, known, values),
    ...helpers(program, known, statements, checks),
    ...threads.flatMap((thread) => ['', ...thread.lines]),
    ...guesses(program, values),
    '',
    'init',
    '{',
    '  atomic {',
    ...written(
      [
        ...start,
        ...threads.map(({ name }) => `run ${name}()`),
        ...(program.open === undefined ? [] : ['run wrong_guesses()']),
      ],
      '    ',
    ),
    '  }',
    '}',
  ];
  return `${lines.join('\n')}\n`;
}

/** A path on which a load's guess never proves right stops nowhere, so that SPIN does not call its end a deadlock. */
function guesses({ open }: Program, values: PromelaValues): string[] {
  if (open === undefined) return [];
  const isOpen = open.map((id) => `${values.name(id)} != 0`).join(' || ');
  return ['', 'proctype wrong_guesses()', '{', 'end_guesses:', '  do', `  :: ${isOpen}`, '  od', '}'];
}

function title(program: Program, known: KnownValues, values: PromelaValues): string[] {
  const { protocol, scenario, defines } = program;
  const model = [protocol, scenario, ...defines.map((define) => `-D ${define}`)].join(' ');
  const legend = values.legend();
  return [
    '/* SPDX-License-Identifier: GPL-2.0-only */',
    '/*',
    ` * ${model.replaceAll('*/', '')}, written by mmreplay export --to promela.`,
    ' *',
    ' * Each atomic sequence is one step: one access to shared memory and the local work behind it.',
    ...(known.isComplete
      ? []
      : [' * Types come from a search that was cut off: an assertion fails where one is too narrow.']),
    ...(legend.length > 0
      ? [' * Pointers: 0 is NULL; 1 more than listed: what it points at has been freed.']
      : []),
    ...legend.map((line) => ` *   ${line}`),
    ' */',
  ];
}

/**
 * With COUNT a step into trouble is taken back, so that it leads to no state, as in mmreplay: what the step has written
 * gets its old values, and the thread rests where it did. SPIN's own way back from there writes the same once more.
 */
const MACROS = [
  // SPIN's multi-core and breadth-first searches take no hidden variables.
  '#ifdef NO_HIDDEN',
  '#define hidden',
  '#endif',
  '#ifdef COUNT',
  'c_decl { static char before[65536]; };',
  '#define STEP c_code { memcpy(before, (char *) &now, vsize); };',
  '#define trouble(bug, rest) assert(!bug); c_code { memcpy((char *) &now, before, vsize); }; goto rest',
  '#else',
  '#define STEP',
  '#define trouble(bug, rest) assert(!bug); false',
  '#endif',
];

/** Hidden variables are no part of the state: those that hold something in the middle of steps only. */
function variables(program: Program, known: KnownValues, values: PromelaValues): string[] {
  const declared = (id: VarId): string => {
    const { thread, name } = program.vars[id]!;
    const isHidden =
      thread === -1 || (thread !== undefined && known.isComplete && known.isSteady[id] === true);
    const start = values.start(id) === 0 ? '' : ` = ${values.start(id)}`;
    const comment = thread === undefined ? ` /* ${name} */` : '';
    return `${isHidden ? 'hidden ' : ''}${values.type(id, isHidden)} ${values.name(id)}${start};${comment}`;
  };
  const used = program.vars.map((_, id) => id).filter((id) => values.isUsed(id));
  return ['', ...used.map(declared)];
}

/** Variables of the frame: why assertions fail, what is judged, and where a step goes on after that. */
function helpers(
  program: Program,
  known: KnownValues,
  statements: PromelaStatements,
  checks: PromelaChecks,
): string[] {
  const flags = program.threads.flatMap((_, thread) => [...checks.flags(thread, known.start.pcs[thread]!)]);
  const judged = program.invariants.map(({ name }) => `hidden byte holds_${name};`);
  return [
    '',
    ...flags.map(([flag, isSet]) => `bit ${flag}${isSet ? ' = 1' : ''};`),
    ...[...statements.bugs].sort().map((kind) => `hidden byte ${bugName(kind)} = 1;`),
    ...(program.invariants.length > 0 ? [...judged, 'hidden short going_to;'] : []),
    ...(checks.hasEnsures ? ['hidden int just_ended;'] : []),
  ];
}
