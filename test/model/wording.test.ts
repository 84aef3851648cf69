// SPDX-License-Identifier: GPL-2.0-only
import { expect, test } from 'vitest';
import type { CellType, MemoryObject } from '../../src/model/recording.ts';
import type { Value } from '../../src/model/value.ts';
import { describeValue, describeWord } from '../../src/model/wording.ts';
import { sampleRecording } from '../support/sample-recording.ts';

const int: CellType = { kind: 'int', bits: 32, signed: true };
const bool: CellType = { kind: 'bool' };
const thread: CellType = { kind: 'thread' };
const pointer: CellType = { kind: 'pointer', to: 'struct page' };
const colour: CellType = { kind: 'enum', name: 'fault', names: { VM_FAULT_SIGBUS: 0, VM_FAULT_MINOR: 1 } };

test.each<readonly [Value, CellType | undefined, string]>([
  [17, int, '17'],
  [0, int, '0'],
  ['18446744073709551615', int, '18446744073709551615'],
  [1, bool, 'true'],
  [0, bool, 'false'],
  [1, undefined, '1'],
  [1, colour, 'VM_FAULT_MINOR'],
  [5, colour, '5'],
  [null, pointer, 'NULL'],
  [null, undefined, 'NULL'],
  [null, thread, 'nobody'],
  ['&page[1]', pointer, 'page[1]'],
  ['&page[1]!', pointer, 'page[1] (stale)'],
  ['@CPU0', thread, 'CPU0'],
  ['?', int, 'uninitialised'],
])('%j of type %j is %s', (value, type, text) => {
  expect(describeValue(value, type)).toBe(text);
});

test('a word says what is set in it', () => {
  const pte = sampleRecording().objects.find((o) => o.name === 'pte[0]') as MemoryObject;
  expect(describeWord(pte, { '.page': null, '.present': 0, '.write': 0 })).toBe('none');
  expect(describeWord(pte, { '.page': '&page[0]', '.present': 1, '.write': 1 })).toBe(
    'page[0] present write',
  );
  expect(describeWord(pte, { '.page': '&page[0]!', '.present': 0, '.write': 1 })).toBe(
    'page[0] (stale) write',
  );
  const entry: MemoryObject = {
    ...pte,
    cells: [
      { field: '.swap', type: int, start: 0 },
      { field: '.present', type: bool, start: 0 },
      { field: '.__hidden', type: int, start: 7 },
    ],
  };
  expect(describeWord(entry, { '.swap': 3, '.present': '?', '.__hidden': 7 })).toBe(
    'swap=3 present=uninitialised',
  );
});
