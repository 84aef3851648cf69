// SPDX-License-Identifier: GPL-2.0-only
// Owns the code that says which invariants are judged in a state and after a step, and who is in whose way at a lock.

import { END, type InvariantProgram, type LockInfo, type Program } from '../../lang/program.ts';
import type { Constants, Places } from './expressions.ts';
import * as w from './instructions.ts';
import { I32, type Code, type Local } from './instructions.ts';
import { HOLDS } from './invariants.ts';
import { FunctionWriter } from './module.ts';
import { DUE } from './steps.ts';

/** () -> 1, or 0 when judging the state would tell something: nobody is told. */
export function holdsFunction(
  program: Program,
  places: Places,
  constants: Constants,
  functions: readonly number[],
): FunctionWriter {
  const fn = new FunctionWriter([], [I32]);
  const judge = judgements(program, places, constants, functions, fn, () => w.giveBack(w.int(0)));
  fn.body = [judge, w.int(1)];
  return fn;
}

/** (state) -> nothing: judges strict invariants, and idle ones where nobody is inside. */
export function judgeStateFunction(
  program: Program,
  places: Places,
  constants: Constants,
  functions: readonly number[],
  judged: number,
): FunctionWriter {
  const fn = new FunctionWriter([I32], []);
  fn.body = judgements(program, places, constants, functions, fn, (index, judgement) =>
    w.call(judged, [w.int(index), w.get(judgement), w.get(0), w.int(-1), w.int(0)]),
  );
  return fn;
}

/** Judges what is to be judged in a state; `tell` is done for each that does not hold. */
function judgements(
  program: Program,
  places: Places,
  constants: Constants,
  functions: readonly number[],
  fn: FunctionWriter,
  tell: (index: number, judgement: Local) => Code,
): Code {
  const judgement = fn.local(I32);
  const sets = idleSets(program);
  const silenced = Array.from({ length: Math.ceil(sets.length / 32) }, (_, word) => {
    const local = fn.local(I32);
    const ofThreads = program.threads.map((_, thread) => {
      const masks = constants.place(
        `busy ${thread} ${word}`,
        () => busyMasks(program, thread, sets, word).buffer,
      );
      const pc = w.narrow(w.load64(w.int(0), places.vector + 8 * (program.vars.length + thread)));
      return w.load32(w.shiftLeft(w.sub(pc, w.int(END)), w.int(2)), masks);
    });
    return { local, code: w.set(local, ofThreads.reduce(w.or, w.int(0))) };
  });
  const judge = program.invariants.map((invariant, index): Code => {
    if (invariant.when.kind === 'ensures') return w.NOTHING;
    const code = judgeOne(functions[index]!, judgement, tell(index, judgement));
    const set = sets.indexOf(operationsOf(invariant));
    if (set < 0) return code;
    const isBusy = w.and(w.get(silenced[set >> 5]!.local), w.int(1 << (set & 31)));
    return w.when(w.isZero(isBusy), code);
  });
  return [silenced.map(({ code }) => code), judge];
}

/** (state, thread, choice) -> nothing: judges the invariants that are due after the step. */
export function judgeStepFunction(
  program: Program,
  places: Places,
  functions: readonly number[],
  judged: number,
): FunctionWriter {
  const fn = new FunctionWriter([I32, I32, I32], []);
  const judgement = fn.local(I32);
  fn.body = program.invariants.map(({ when }, index): Code => {
    if (when.kind !== 'ensures') return w.NOTHING;
    const due = w.load32(w.int(0), places.cells + DUE + 4 * (index >> 5));
    const args = [w.int(index), w.get(judgement), w.get(0), w.get(1), w.get(2)];
    return w.when(
      w.and(due, w.int(1 << (index & 31))),
      judgeOne(functions[index]!, judgement, w.call(judged, args)),
    );
  });
  return fn;
}

function judgeOne(invariant: number, judgement: Local, tell: Code): Code {
  return w.when(w.differ(w.tee(judgement, w.call(invariant, [])), w.int(HOLDS)), tell);
}

/** (first variable of a lock, thread) -> the threads that must go on before: see Locks.aheadOf. */
export function aheadFunction(program: Program, places: Places): FunctionWriter {
  const fn = new FunctionWriter([I32, I32], [I32]);
  const [first, waiter] = [0, 1];
  const [mask, bit] = [fn.local(I32), fn.local(I32)];
  const holds = (cell: number): Code => w.load64(w.int(0), places.vector + 8 * cell);
  const threadBit = (cell: number): Code =>
    w.select(
      w.int(0),
      w.shiftLeft(w.int(1), w.sub(w.narrow(holds(cell)), w.int(1))),
      w.isZero64(holds(cell)),
    );
  const ahead = ({ owner, readers = [], queue = [] }: LockInfo): Code => {
    const done = w.newLabel();
    return [
      w.set(mask, owner === undefined ? w.int(0) : threadBit(owner)),
      readers.map((cell, thread) =>
        w.set(mask, w.or(w.get(mask), w.select(w.int(0), w.int(1 << thread), w.isZero64(holds(cell))))),
      ),
      w.block(
        done,
        queue.map((cell) => [
          w.set(bit, threadBit(cell)),
          w.jumpIf(
            w.or(w.isZero(w.get(bit)), w.equal(w.get(bit), w.shiftLeft(w.int(1), w.get(waiter)))),
            done,
          ),
          w.set(mask, w.or(w.get(mask), w.get(bit))),
        ]),
      ),
      w.giveBack(w.get(mask)),
    ];
  };
  const locks = new Map(program.locks.map((lock) => [lock.first, lock]));
  const each = [...locks].map(([at, lock]) => w.when(w.equal(w.get(first), w.int(at)), ahead(lock)));
  fn.body = [each, w.int(0)];
  return fn;
}

/** The sets of operations that some idle invariant wants to be idle. */
function idleSets({ invariants }: Program): readonly string[] {
  return [...new Set(invariants.flatMap((one) => (one.when.kind === 'idle' ? [operationsOf(one)] : [])))];
}

function operationsOf({ when }: InvariantProgram): string {
  return when.kind === 'idle' ? when.operations.join() : 'none';
}

/** By pc - END: which of the sets have an operation in flight while the thread rests there. */
function busyMasks(
  program: Program,
  thread: number,
  sets: readonly string[],
  word: number,
): Int32Array<ArrayBuffer> {
  const { code } = program.threads[thread]!;
  const masks = new Int32Array(code.length + 1);
  code.forEach(({ inflight }, pc) => {
    sets.slice(32 * word, 32 * word + 32).forEach((set, bit) => {
      const operations = set === '' ? [] : set.split(',').map(Number);
      if (inflight.some((operation) => operations.includes(operation))) masks[pc - END]! |= 1 << bit;
    });
  });
  return masks;
}
