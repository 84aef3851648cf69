// SPDX-License-Identifier: GPL-2.0-only
// Owns what events say of steps, and the laws that bind the recorder to the machine and to the tree state.
import { living } from '../support/agreement.ts';
import { addressValue } from '../../src/lang/lower/ir.ts';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Rng } from '../../src/base/rng.ts';
import type { Program } from '../../src/lang/program.ts';
import { Machine } from '../../src/machine/machine.ts';
import { Recorder } from '../../src/machine/recorder.ts';
import { apply, initialState } from '../../src/model/apply.ts';
import type { Event } from '../../src/model/recording.ts';
import { abba, fairMutex, lostUpdate, trouble, freedInUse } from '../support/example-programs.ts';
import { add, eq, field, get, lt, pointerTo, program, set, type Code } from '../support/programs.ts';
import { randomProgram } from '../support/random-program.ts';

/** The events of these steps. */
function record(p: Program, ...steps: readonly (number | [number, number])[]): readonly Event[] {
  const recorder = new Recorder(p);
  return steps.map((step) => {
    const [thread, choice] = typeof step === 'number' ? [step, 0] : step;
    return recorder.step(thread, choice).event;
  });
}

const oneThread = (write: (code: Code, cells: readonly number[]) => void): Program =>
  program((p) => {
    const cells = ['a', 'b', 'c'].map((name) => p.cell(name));
    p.thread('CPU0', (code) => write(code, cells));
  });

test('an event tells reads, writes, locals with the steps they came from, dead locals, begin and end', () => {
  const [, second, third] = record(lostUpdate(), 0, 1, 0);
  expect(second).toMatchObject({
    thread: 1,
    kind: 'read',
    reads: [{ cell: 'counter', value: 0 }],
    writes: [],
    locals: [{ name: 'CPU1.value', value: 0, from: [2] }],
    dead: [],
    begins: ['increment'],
    ends: [],
  });
  expect(third).toMatchObject({
    thread: 0,
    kind: 'write',
    reads: [],
    writes: [
      { cell: 'counter', old: 0, new: 1 },
      { cell: 'done', old: 0, new: 1 },
    ],
    dead: ['CPU0.value'],
    ends: ['increment'],
    next: null,
  });
});

test('a value comes from the steps whose shared reads made it, through locals and hidden temporaries', () => {
  const p = oneThread((code, [a, b, c]) => {
    const [x, y, z] = [code.local('x', { hidden: true }), code.local('y'), code.local('z')];
    code.step('x = a', [set(x, get(a!))]);
    code.step('y = b', [set(y, get(b!))]);
    code.ride('z = x + y', [set(z, add(get(x), get(y)))]);
    code.ride('y = 5', [set(y, 5)]);
    code.step('c = z', [set(c!, get(z))]);
    code.branch('z < 3', lt(get(z), 3), () => {});
  });
  const events = record(p, 0, 0, 0);
  expect(events.map(({ locals }) => locals.map(({ name, from }) => [name, from]))).toEqual([
    [],
    [
      ['CPU0.y', []],
      ['CPU0.z', [1, 2]],
    ],
    [],
  ]);
  expect(events[2]?.checks).toMatchObject([{ outcome: true, from: [1, 2] }]);
});

test('the pointer by which a shared cell was reached is not where its value comes from; for a constant it is', () => {
  const p = program((b) => {
    const page = b.struct('page', 'struct page', { count: {}, index: { constant: true, start: 4 } });
    const shared = b.cell('shared', { shown: pointerTo('struct page'), start: addressValue(page.count) });
    b.thread('CPU0', (code) => {
      const seen = code.local('seen', { shown: pointerTo('struct page') });
      const [count, index] = [code.local('count'), code.local('index')];
      code.step('seen = shared', [set(seen, get(shared))]);
      code.step('count = seen->count', [set(count, get(field(get(seen), 'struct page')))]);
      code.ride('index = seen->index', [set(index, get(field(get(seen), 'struct page', 1)))]);
    });
  });
  const [, second] = record(p, 0, 0);
  expect(second?.reads).toEqual([{ cell: 'page.count', value: 0 }]);
  expect(second?.locals).toEqual([
    { name: 'CPU0.count', value: 0, from: [2] },
    { name: 'CPU0.index', value: 4, from: [1] },
  ]);
});

test('accesses of one step are told once: a read of what the step itself wrote is none', () => {
  const p = oneThread((code, [a, b]) => {
    code.step('a++ twice', [set(a!, add(get(a!), 1)), set(a!, add(get(a!), 1)), set(b!, get(a!))]);
    code.step('a = a', [set(a!, get(a!))]);
  });
  const [update, same] = record(p, 0, 0);
  expect(update).toMatchObject({
    kind: 'update',
    reads: [{ cell: 'a', value: 0 }],
    writes: [
      { cell: 'a', old: 0, new: 2 },
      { cell: 'b', old: 0, new: 2 },
    ],
  });
  expect(same?.writes).toEqual([{ cell: 'a', old: 2, new: 2 }]);
});

test('specification reads without being seen, and its ghosts are written', () => {
  const p = program((b) => {
    const [a, ghost] = [b.cell('a'), b.cell('ghost', { ghost: true })];
    b.thread('CPU0', (code) => {
      code.step('a = 1', [set(a, 1)]);
      code.ghost('ghost = a', [set(ghost, get(a))]);
      code.assert('a == 1', eq(get(a), 1));
    });
  });
  expect(record(p, 0)).toMatchObject([
    {
      kind: 'write',
      reads: [],
      writes: [{ cell: 'a' }, { cell: 'ghost', new: 1 }],
      checks: [{ outcome: true, from: [1] }],
    },
  ]);
});

test('what a thread does before its first step is told with its first event', () => {
  const p = oneThread((code, [a]) => {
    const x = code.local('x');
    code.ride('x = 3', [set(x, 3)]);
    code.branch('x == 3', eq(get(x), 3), () => {});
    code.step('a = x', [set(a!, get(x))], { dead: [x] });
  });
  expect(record(p, 0)).toMatchObject([
    { locals: [{ name: 'CPU0.x', value: 3, from: [] }], checks: [{ outcome: true }], dead: ['CPU0.x'] },
  ]);
});

test('a contended mutex queues, is handed over and granted; waits tell who waits for which cell', () => {
  const events = record(fairMutex(), 0, 1, 0, 0, 0, 1);
  expect(events.map(({ kind }) => kind)).toEqual(['acquire', 'queue', 'write', 'write', 'release', 'grant']);
  expect(events.map(({ waits }) => waits)).toEqual([
    [],
    [{ thread: 1, on: 'sem.owner' }],
    [],
    [],
    [{ thread: 1, on: null }],
    [],
  ]);
  expect(events[4]?.writes[0]).toEqual({ cell: 'sem.owner', old: '@CPU0', new: '@CPU1' });
});

test('a free tells every pointer that it turned stale, those in the locals of other threads too', () => {
  const events = record(freedInUse(), [1, 1], 1, 1, 0, 1);
  expect(events[0]).toMatchObject({
    kind: 'alloc',
    choice: 1,
    writes: [{ cell: 'page[1].__state', old: 0, new: 1 }],
  });
  expect(events[4]).toMatchObject({
    kind: 'free',
    writes: [
      { cell: 'page[1].__state', old: 1, new: 2 },
      { cell: 'shared', old: '&page[1]', new: '&page[1]!' },
    ],
    locals: [
      { name: 'CPU1.seen', value: '&page[1]!', thread: 0, from: [4] },
      { name: 'CPU0.page', value: '&page[1]!' },
    ],
  });
});

test('a step into trouble is an event like any other: what it did before stands, and it is the last', () => {
  const recorder = new Recorder(trouble['uninitialised-read']());
  recorder.step(0, 0);
  const { event, trouble: found } = recorder.step(0, 0);
  expect(found).toMatchObject({ kind: 'uninitialised-read', thread: 0, site: event.next });
  expect(event).toMatchObject({ kind: 'write', writes: [], waits: [] });
  expect(recorder.options()).toEqual([]);
});

test('a deadlock is told with its cycle', () => {
  const recorder = new Recorder(abba());
  recorder.step(0, 0);
  const { event } = recorder.step(1, 0);
  expect(event.waits).toEqual([
    { thread: 0, on: 'b' },
    { thread: 1, on: 'a' },
  ]);
  expect(recorder.waits().cycle).toEqual([
    { thread: 'CPU0', lock: 'b', holders: ['CPU1'] },
    { thread: 'CPU1', lock: 'a', holders: ['CPU0'] },
  ]);
});

test('a violation is reported where it is judged, since where the state went wrong', () => {
  const recorder = new Recorder(lostUpdate());
  const found = [0, 1, 0, 1].map((thread) => recorder.step(thread, 0).violations);
  expect(found).toMatchObject([
    [],
    [],
    [],
    [
      {
        invariant: 'I1',
        when: { kind: 'idle', operations: ['increment'] },
        step: 4,
        since: 4,
        message: 'counter is 1 after 2 increments',
        cells: ['counter', 'done'],
      },
    ],
  ]);
});

test('since is the first step of the unbroken false stretch, judged or not; a stretch is reported once', () => {
  const p = program((b) => {
    const bad = b.cell('bad');
    b.thread('CPU0', (code) => {
      code.operation('work', () => {
        for (const value of [1, 0, 1, 2]) code.step(`bad = ${value}`, [set(bad, value)]);
      });
      code.operation('rest', () => code.step('bad = 3', [set(bad, 3)]));
    });
    const clean = (code: Code, result: number): void => code.result(result, eq(get(bad), 0));
    b.invariant('idle', { kind: 'idle', operations: [b.operation('work')] }, clean);
    b.invariant('strict', { kind: 'strict' }, clean);
    b.invariant('ensured', { kind: 'ensures', operation: b.operation('rest') }, clean);
  });
  const recorder = new Recorder(p);
  const found = [1, 2, 3, 4, 5].map(() =>
    recorder.step(0, 0).violations.map(({ invariant, step, since }) => [invariant, step, since]),
  );
  expect(found).toEqual([[['strict', 1, 1]], [], [['strict', 3, 3]], [['idle', 4, 3]], [['ensured', 5, 3]]]);
});

test('the header names objects, fields, locks and pools', () => {
  const { header, start } = new Recorder(freedInUse());
  expect(header.objects.map(({ name, cells }) => [name, cells.map(({ field: f }) => f)])).toEqual([
    ['page[0]', ['.index', '.count', '.__state']],
    ['page[1]', ['.index', '.count', '.__state']],
    ['shared', ['']],
  ]);
  expect(header.objects[0]?.cells[0]).toEqual({
    field: '.index',
    type: { kind: 'int', bits: 32, signed: true },
    start: '?',
  });
  expect(start.map(({ waitsFor }) => waitsFor)).toEqual([null, null]);
  const [sem] = new Recorder(fairMutex()).header.objects;
  expect(sem?.locks).toEqual([
    { field: '', type: 'struct mutex', owner: '.owner', queue: ['.queue[0]', '.queue[1]'] },
  ]);
});

test('recording a step is taking it, and folding the events gives the state of the machine', () => {
  fc.assert(
    fc.property(fc.integer(), fc.integer(), (seed, walk) => {
      const p = randomProgram(seed);
      const machine = new Machine(p);
      const recorder = new Recorder(p);
      expect(machine.start()).toEqual(recorder.atStart.trouble);
      const ground = { ...recorder.header, start: recorder.start };
      let tree = initialState(ground);
      const rng = new Rng(walk);
      for (let i = 0; i < 60; i += 1) {
        expect(recorder.machine.memory.vector).toEqual(machine.memory.vector);
        expect(tree.objects).toEqual(recorder.state().objects);
        expect(tree.threads).toEqual(living(tree, recorder.state()));
        const options = recorder.options();
        expect(options).toEqual(machine.options());
        if (options.length === 0) break;
        const { thread, choice } = rng.pick(options);
        const { event, trouble: found } = recorder.step(thread, choice);
        expect(machine.take(thread, choice)).toEqual(found ?? 'moved');
        tree = apply(tree, event, ground);
        if (found !== null) break;
      }
    }),
    { numRuns: 300 },
  );
});
