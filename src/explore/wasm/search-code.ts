// SPDX-License-Identifier: GPL-2.0-only
// Owns the code of the search loop: states are loaded, stepped, packed, looked up and added without leaving it.

import { END } from '../../lang/program.ts';
import { EDGES, EDGES_SHIFT, EDGE_COUNT, EXPANDED, NODES, NODES_SHIFT, THREAD_BITS } from '../state-graph.ts';
import { COUNT, STATES, STATES_SHIFT, TABLE, TABLE_MASK } from '../state-store.ts';
import * as w from './instructions.ts';
import { I32, type Code, type Local } from './instructions.ts';
import type { Places } from './expressions.ts';
import { FunctionWriter, ModuleWriter } from './module.ts';
import { KEPT, keptBytes, loadFunction, MOST_KEPT, packFunction, type PackedPlaces } from './packing-code.ts';
import { BLOCKED } from '../code/steps.ts';
import { CHOICES, DUE, LOCK, WRITTEN } from './steps.ts';

/** Cells that JavaScript sets or reads, in bytes from `Places.cells`. Not 0: the width of a state has changed. */
export const STALE = 16;
/** Where the search stands when it is left for that reason: thread, choice, and the masks of threads. */
export const THREAD = 20;
export const CHOICE = 24;
export const ABLE = 28;
export const ENDED = 32;
export const WAITING = 36;
export const AHEAD = 40;

/** What `search` gives: all states up to the last were expanded (or there are enough), or the width has changed. */
export const DONE = 0;
export const REWRITE = 1;

export interface SearchPlaces extends Places, PackedPlaces {
  /** By thread: the place of its step functions in the table. */
  readonly steps: number;
  /** By thread: whom it waits for on a lock. */
  readonly waits: number;
}

export interface SearchShape {
  readonly places: SearchPlaces;
  readonly threads: number;
  /** Slot of the first thread's pc. */
  readonly pcs: number;
  /** Threads that are no daemons. */
  readonly mortal: number;
  /** Words of masks of invariants; 0 when none is judged at the end of an operation. */
  readonly dueWords: number;
  readonly hasStateInvariants: boolean;
  readonly hasLocks: boolean;
}

/** The module: `search(state, until, most, isResumed)` and `rehash(table, mask)`. */
export function searchModule(shape: SearchShape): Uint8Array {
  const module = new ModuleWriter();
  const step = module.type({ params: [I32], results: [I32] });
  const calls = {
    step,
    ask: module.import('ask', [I32, I32, I32], [I32]),
    insertNew: module.import('insertNew', [I32, I32], [I32]),
    deadlocked: module.import('deadlocked', [I32, I32, I32, I32], []),
    growStates: module.import('growStates', [], []),
    growTable: module.import('growTable', [], []),
    growEdges: module.import('growEdges', [], []),
    growNodes: module.import('growNodes', [], []),
    judgeState: module.import('judgeState', [I32], []),
    holds: module.import('holds', [], [I32]),
    judgeStep: module.import('judgeStep', [I32, I32, I32], []),
    ahead: module.import('ahead', [I32, I32], [I32]),
  };
  const load = module.add(loadFunction(shape.places));
  const pack = module.add(packFunction(shape.places));
  const hash = module.add(hashFunction(shape.places.width));
  const insert = module.add(insertFunction(shape.places.width, calls));
  const enter = module.add(enterFunction(shape.places, calls, insert));
  module.add(rehashFunction(shape.places.width, hash), 'rehash');
  module.add(searchFunction(shape, { ...calls, load, pack, hash, insert, enter }), 'search');
  return module.bytes;
}

type Calls = Readonly<
  Record<
    | 'step' | 'ask' | 'insertNew' | 'deadlocked' | 'growStates' | 'growTable' | 'growEdges' | 'growNodes'
    | 'judgeState' | 'holds' | 'judgeStep' | 'ahead', number>>; // prettier-ignore

const header = (word: number): Code => w.load32(w.int(0), 4 * word);
const setHeader = (word: number, value: Code): Code => w.store32(w.int(0), 4 * word, value);

/** Chunk `index` of a list whose directory stands in a word of the header. */
function chunk(word: number, index: Code): Code {
  return w.load32(w.add(header(word), w.shiftLeft(index, w.int(2))));
}

/** Where a state stands. */
function stateAt(state: Local, width: number): Code {
  const inside = w.mul(w.and(w.get(state), w.int((1 << STATES_SHIFT) - 1)), w.int(4 * width));
  return w.add(chunk(STATES, w.shiftRightUnsigned(w.get(state), w.int(STATES_SHIFT))), inside);
}

/** Address -> hash, as in state-store.ts. */
function hashFunction(width: number): FunctionWriter {
  const fn = new FunctionWriter([I32], [I32]);
  const at = 0;
  const [h, k] = [fn.local(I32), fn.local(I32)];
  const mix = (local: Local, word: number, factor: number, shift: number): Code => [
    w.set(local, w.mul(w.xor(w.get(local), w.load32(w.get(at), 4 * word)), w.int(factor))),
    shift === 0 ? w.NOTHING : fold(local, shift),
  ];
  const fold = (local: Local, shift: number): Code =>
    w.set(local, w.xor(w.get(local), w.shiftRightUnsigned(w.get(local), w.int(shift))));
  const code: Code[] = [w.set(h, w.int(0x2f0b4a27)), w.set(k, w.int(0x3c6ef372))];
  for (let word = 0; word < width; word += 1) {
    const isLast = word === width - 1 && word % 2 === 0;
    if (word % 2 === 1) code.push(mix(k, word, 0xcc9e2d51, 16));
    else code.push(mix(h, word, 0x85ebca6b, isLast ? 0 : 15));
  }
  const other = w.mul(w.get(k), w.int(0x1b873593));
  fn.body = [
    code,
    fold(h, 15),
    w.set(h, w.mul(w.xor(w.get(h), other), w.int(0xc2b2ae35))),
    w.xor(w.get(h), w.shiftRightUnsigned(w.get(h), w.int(16))),
  ];
  return fn;
}

/** (a record) -> the index of its state, which is added when it is new: the count of states tells. */
function insertFunction(width: number, calls: Calls): FunctionWriter {
  const fn = new FunctionWriter([I32], [I32]);
  const record = 0;
  const names = ['h', 'mask', 'table', 'place', 'found', 'state', 'at', 'count'] as const;
  const { h, mask, table, place, found, state, at, count } = fn.locals(I32, ...names);
  const [again, free] = [w.newLabel(), w.newLabel()];
  const entry = w.add(w.get(table), w.shiftLeft(w.get(place), w.int(2)));
  const above = (value: Code): Code => w.and(value, w.xor(w.get(mask), w.int(-1)));
  const differences: Code[] = [];
  const copy: Code[] = [];
  for (let word = 0; word < width; word += 2) {
    const isPair = word + 1 < width;
    const [load, xor, store] = isPair ? [w.load64, w.xor64, w.store64] : [w.load32, w.xor, w.store32];
    const here = load(w.get(record), KEPT.state + 4 * word);
    const difference = xor(load(w.get(at), 4 * word), here);
    differences.push(isPair ? difference : w.widenUnsigned(difference));
    copy.push(store(w.get(at), 4 * word, here));
  }
  fn.body = [
    w.set(count, header(COUNT)),
    w.when(w.equal(w.get(count), header(STATES + 1)), w.call(calls.growStates, [])),
    // At most three quarters of the table are taken.
    w.when(
      w.moreUnsigned(
        w.shiftLeft(w.add(w.get(count), w.int(1)), w.int(2)),
        w.mul(w.add(header(TABLE_MASK), w.int(1)), w.int(3)),
      ),
      w.call(calls.growTable, []),
    ),
    w.set(h, w.load32(w.get(record), KEPT.hash)),
    w.set(mask, header(TABLE_MASK)),
    w.set(table, header(TABLE)),
    w.set(place, w.and(w.get(h), w.get(mask))),
    w.block(
      free,
      w.loop(again, [
        w.jumpIf(w.isZero(w.tee(found, w.load32(entry))), free),
        w.when(w.isZero(above(w.xor(w.get(found), w.get(h)))), [
          w.set(state, w.sub(w.and(w.get(found), w.get(mask)), w.int(1))),
          w.set(at, stateAt(state, width)),
          w.when(w.isZero64(differences.reduce(w.or64)), w.giveBack(w.get(state))),
        ]),
        w.set(place, w.and(w.add(w.get(place), w.int(1)), w.get(mask))),
        w.jump(again),
      ]),
    ),
    w.set(at, stateAt(count, width)),
    copy,
    w.store32(entry, 0, w.or(above(w.get(h)), w.add(w.get(count), w.int(1)))),
    setHeader(COUNT, w.add(w.get(count), w.int(1))),
    w.get(count),
  ];
  return fn;
}

/** Adds an edge to state `to`; overwrites `edge` and `at`. */
function addEdge(calls: Calls, to: Local, label: Code, edge: Local, at: Local): Code {
  const inChunk = w.and(w.get(edge), w.int((1 << EDGES_SHIFT) - 1));
  return [
    w.set(edge, header(EDGE_COUNT)),
    w.when(w.equal(w.get(edge), header(EDGES + 1)), w.call(calls.growEdges, [])),
    w.set(at, chunk(EDGES, w.shiftRightUnsigned(w.get(edge), w.int(EDGES_SHIFT)))),
    w.store32(w.add(w.get(at), w.shiftLeft(inChunk, w.int(2))), 0, w.get(to)),
    w.store16(w.add(w.get(at), w.shiftLeft(inChunk, w.int(1))), 4 << EDGES_SHIFT, label),
    setHeader(EDGE_COUNT, w.add(w.get(edge), w.int(1))),
  ];
}

/**
 * (how many) -> 0: inserts the states kept, in their order, with their edges. Where they belong in the table lies far
 * apart in memory: all places are looked at first, so that the processor waits for many at a time.
 */
function enterFunction({ kept, width }: PackedPlaces, calls: Calls, insert: number): FunctionWriter {
  const fn = new FunctionWriter([I32], [I32]);
  const names = ['record', 'end', 'found', 'mask', 'state', 'to', 'edge', 'at'] as const;
  const { record, end, found, mask, state, to, edge, at } = fn.locals(I32, ...names);
  const hash = w.load32(w.get(record), KEPT.hash);
  const entry = w.add(header(TABLE), w.shiftLeft(w.and(hash, w.get(mask)), w.int(2)));
  const isLike = w.and(
    w.lessUnsigned(w.xor(w.get(found), hash), w.add(w.get(mask), w.int(1))),
    w.differ(w.get(found), w.int(0)),
  );
  const each = (body: Code): Code => {
    const next = w.newLabel();
    return [
      w.set(record, w.int(kept)),
      w.loop(next, [
        body,
        w.set(record, w.add(w.get(record), w.int(keptBytes(width)))),
        w.jumpIf(w.differ(w.get(record), w.get(end)), next),
      ]),
    ];
  };
  fn.body = [
    w.set(end, w.add(w.mul(w.get(0), w.int(keptBytes(width))), w.int(kept))),
    w.set(mask, header(TABLE_MASK)),
    each(w.store32(w.get(record), KEPT.touched, w.load32(entry))),
    each([
      w.set(found, w.load32(w.get(record), KEPT.touched)),
      w.when(isLike, [
        w.set(state, w.sub(w.and(w.get(found), w.get(mask)), w.int(1))),
        w.store32(w.get(record), KEPT.touched, w.load32(stateAt(state, width))),
      ]),
    ]),
    each([
      w.set(to, w.call(insert, [w.get(record)])),
      addEdge(calls, to, w.load32(w.get(record), KEPT.label), edge, at),
    ]),
    w.int(0),
  ];
  return fn;
}

/** (address of a table of zeros, its mask) -> 0: enters all states. */
function rehashFunction(width: number, hash: number): FunctionWriter {
  const fn = new FunctionWriter([I32, I32], [I32]);
  const [table, mask] = [0, 1];
  const [state, h, place] = [fn.local(I32), fn.local(I32), fn.local(I32)];
  const [next, probe, done] = [w.newLabel(), w.newLabel(), w.newLabel()];
  const entry = w.add(w.get(table), w.shiftLeft(w.get(place), w.int(2)));
  const above = w.and(w.get(h), w.xor(w.get(mask), w.int(-1)));
  fn.body = [
    w.block(
      done,
      w.loop(next, [
        w.jumpIf(w.equal(w.get(state), header(COUNT)), done),
        w.set(h, w.call(hash, [stateAt(state, width)])),
        w.set(place, w.and(w.get(h), w.get(mask))),
        w.loop(
          probe,
          w.when(w.load32(entry), [
            w.set(place, w.and(w.add(w.get(place), w.int(1)), w.get(mask))),
            w.jump(probe),
          ]),
        ),
        w.set(state, w.add(w.get(state), w.int(1))),
        w.store32(entry, 0, w.or(above, w.get(state))),
        w.jump(next),
      ]),
    ),
    w.int(0),
  ];
  return fn;
}

/** (first state, end, most states there may be, whether a state was left unfinished) -> DONE or REWRITE. */
function searchFunction(
  shape: SearchShape,
  calls: Calls & Readonly<Record<'load' | 'pack' | 'hash' | 'insert' | 'enter', number>>,
): FunctionWriter {
  const { places, threads, pcs } = shape;
  const { vector, base, changed, cells } = places;
  const fn = new FunctionWriter([I32, I32, I32, I32], [I32]);
  const [state, until, most, isResumed] = [0, 1, 2, 3];
  const { thread, choice, able, ended, waiting, ahead, pc, result, to, count, i, edge } = fn.locals(
    I32,
    'thread',
    'choice',
    'able',
    'ended',
    'waiting',
    'ahead',
    'pc',
    'result',
    'to',
    'count',
    'i',
    'edge',
  );
  const slot = fn.local(I32);
  const { kept } = fn.locals(I32, 'kept');
  const cell = (offset: number): Code => w.load32(w.int(0), cells + offset);
  const setCell = (offset: number, value: Code): Code => w.store32(w.int(0), cells + offset, value);
  const bit = w.shiftLeft(w.int(1), w.get(thread));
  const mark = (mask: Local): Code => w.set(mask, w.or(w.get(mask), bit));
  const clear = (...all: readonly Local[]): Code => all.map((local) => w.set(local, w.int(0)));
  const [nextState, nextThread, nextChoice] = [w.newLabel(), w.newLabel(), w.newLabel()];

  const undo = (bytes: Code): Code => {
    const again = w.newLabel();
    const at = w.shiftLeft(w.load32(w.get(i), changed), w.int(3));
    return [
      w.set(i, bytes),
      w.loop(
        again,
        w.when(w.get(i), [
          w.set(i, w.sub(w.get(i), w.int(4))),
          w.store64(w.tee(slot, at), vector, w.load64(w.get(slot), base)),
          w.jump(again),
        ]),
      ),
    ];
  };

  const label = w.or(w.shiftLeft(w.get(choice), w.int(THREAD_BITS)), w.get(thread));
  const dues = Array.from({ length: shape.dueWords }, (_, word) => DUE + 4 * word);
  const isDue = dues.map(cell).reduce(w.or, w.int(0));
  const position = w.add(w.load32(w.shiftLeft(w.get(thread), w.int(2)), places.steps), w.get(pc));
  const take: Code = [
    dues.map((offset) => setCell(offset, w.int(0))),
    w.set(result, w.callIndirect(calls.step, position, [w.get(choice)])),
  ];
  const record = w.add(w.mul(w.get(kept), w.int(keptBytes(places.width))), w.int(places.kept));
  const setHash = (at: Code): Code =>
    w.store32(at, KEPT.hash, w.call(calls.hash, [w.add(at, w.int(KEPT.state))]));
  const enterAll: Code = w.when(w.get(kept), [w.drop(w.call(calls.enter, [w.get(kept)])), clear(kept)]);

  /** Keeps the state that the step has led to, to be entered with others. */
  const keep: Code = [
    setHash(record),
    w.store32(record, KEPT.label, label),
    undo(w.get(result)),
    w.set(kept, w.add(w.get(kept), w.int(1))),
    w.when(w.equal(w.get(kept), w.int(MOST_KEPT)), enterAll),
  ];

  /** Enters the state at once: it has a new value, or something is to be told about it. */
  const arrive: Code = [
    w.when(w.get(kept), [undo(w.get(result)), enterAll, take]),
    w.set(count, header(COUNT)),
    w.when(
      w.call(calls.pack, [w.get(result), record]),
      [setHash(record), w.set(to, w.call(calls.insert, [record]))],
      w.set(to, w.call(calls.insertNew, [w.get(state), w.get(result)])),
    ),
    addEdge(calls, to, label, edge, i),
    shape.hasStateInvariants
      ? w.when(w.equal(w.get(to), w.get(count)), w.call(calls.judgeState, [w.get(to)]))
      : w.NOTHING,
    dues.length === 0
      ? w.NOTHING
      : w.when(isDue, w.call(calls.judgeStep, [w.get(state), w.get(thread), w.get(choice)])),
    undo(w.get(result)),
  ];
  const isPacked = w.call(calls.pack, [w.get(result), record]);
  const isQuiet = shape.hasStateInvariants
    ? w.either(I32, w.call(calls.holds, []), isPacked, w.int(0))
    : isPacked;
  const isKept = dues.length === 0 ? isQuiet : w.either(I32, isDue, w.int(0), isQuiet);

  const saved: readonly (readonly [Local, number])[] = [
    [thread, THREAD], [choice, CHOICE], [able, ABLE], [ended, ENDED], [waiting, WAITING], [ahead, AHEAD],
  ]; // prettier-ignore
  const leave: Code = [
    setCell(STALE, w.int(0)),
    saved.map(([local, offset]) => setCell(offset, w.get(local))),
    w.giveBack(w.int(REWRITE)),
  ];

  const choices: Code = w.loop(nextChoice, [
    take,
    w.when(
      w.more(w.get(result), w.int(0)),
      [mark(able), w.when(isKept, keep, arrive)],
      w.when(w.equal(w.get(result), w.int(BLOCKED)), undo(cell(WRITTEN)), [
        enterAll,
        w.when(w.call(calls.ask, [w.get(state), w.get(thread), w.get(choice)]), mark(able)),
      ]),
    ),
    w.set(choice, w.add(w.get(choice), w.int(1))),
    w.when(cell(STALE), leave),
    w.jumpIf(w.less(w.get(choice), cell(CHOICES)), nextChoice),
  ]);

  const wait: Code = shape.hasLocks
    ? w.when(w.and(w.isZero(w.and(w.get(able), bit)), w.notLess(cell(LOCK), w.int(0))), [
        w.set(i, w.call(calls.ahead, [cell(LOCK), w.get(thread)])),
        w.store32(w.shiftLeft(w.get(thread), w.int(2)), places.waits, w.get(i)),
        mark(waiting),
        w.set(ahead, w.or(w.get(ahead), w.get(i))),
      ])
    : w.NOTHING;

  const ofThread: Code = [
    w.set(pc, w.narrow(w.load64(w.shiftLeft(w.get(thread), w.int(3)), vector + 8 * pcs))),
    w.when(w.equal(w.get(pc), w.int(END)), mark(ended), [
      w.when(w.isZero(w.get(choice)), setCell(CHOICES, w.int(1))),
      w.when(w.less(w.get(choice), cell(CHOICES)), choices),
      wait,
    ]),
    clear(choice),
    w.set(thread, w.add(w.get(thread), w.int(1))),
  ];

  const isStuck = w.and(
    w.isZero(w.get(able)),
    w.differ(w.and(w.int(shape.mortal), w.xor(w.get(ended), w.int(-1))), w.int(0)),
  );
  const isTangled = w.differ(w.and(w.get(waiting), w.get(ahead)), w.int(0));
  const inside = w.and(w.get(state), w.int((1 << NODES_SHIFT) - 1));
  const close: Code = [
    w.when(
      w.or(isStuck, isTangled),
      w.call(calls.deadlocked, [w.get(state), w.get(able), w.get(ended), w.get(waiting)]),
    ),
    w.set(
      i,
      w.add(
        chunk(NODES, w.shiftRightUnsigned(w.get(state), w.int(NODES_SHIFT))),
        w.shiftLeft(inside, w.int(3)),
      ),
    ),
    // The states kept have an edge each.
    w.store32(w.get(i), 0, w.add(header(EDGE_COUNT), w.get(kept))),
    w.store32(w.get(i), 4, w.get(ended)),
    w.set(state, w.add(w.get(state), w.int(1))),
    setHeader(EXPANDED, w.get(state)),
  ];

  const open: Code = [
    w.when(w.notLess(w.get(state), w.get(until)), [enterAll, w.giveBack(w.int(DONE))]),
    w.when(w.more(w.add(header(COUNT), w.get(kept)), w.get(most)), enterAll),
    w.when(w.more(header(COUNT), w.get(most)), w.giveBack(w.int(DONE))),
    w.when(w.equal(w.get(state), header(NODES + 1)), w.call(calls.growNodes, [])),
    w.drop(w.call(calls.load, [stateAt(state, places.width)])),
    clear(thread, choice, able, ended, waiting, ahead),
  ];

  fn.body = [
    w.loop(nextState, [
      w.when(
        w.get(isResumed),
        [saved.map(([local, offset]) => w.set(local, cell(offset))), clear(isResumed)],
        open,
      ),
      w.loop(nextThread, [ofThread, w.jumpIf(w.less(w.get(thread), w.int(threads)), nextThread)]),
      close,
      w.jump(nextState),
    ]),
    w.unreachable,
  ];
  return fn;
}
