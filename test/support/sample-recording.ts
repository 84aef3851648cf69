// SPDX-License-Identifier: GPL-2.0-only
// Owns a small recording written by hand: CPU1 faults while CPU0 truncates, and a pte ends up mapping a truncated page.

import type {
  Cell,
  CellType,
  Event,
  MemoryObject,
  Read,
  Recording,
  Site,
  Write,
} from '../../src/model/recording.ts';
import type { Value } from '../../src/model/value.ts';
import { frame, sampleSources, site } from './sample-sources.ts';

const stock = 'protocols/sample-stock.c';
const header = 'include/sample.h';
const scenario = 'scenarios/sample-truncate.c';
const CPU0 = 0;
const CPU1 = 1;

const inFault = [frame(scenario, 'CPU1', 'fault(')];
const inTruncate = [frame(scenario, 'CPU0', 'truncate(')];
const inZap = [...inTruncate, frame(stock, 'truncate', 'zap_page_range(')];

/** Sites by a short name; their order here is their number in the recording. */
const sites = {
  faultSize: site(stock, 'fault', 'index >= inode.i_size', inFault),
  faultLookup: site(stock, 'fault', 'page = mapping->page_tree[index]', inFault),
  faultNoPage: site(stock, 'fault', '!page', inFault),
  faultGet: site(header, 'page_cache_get', 'atomic_inc(&page->count)', [
    ...inFault,
    frame(stock, 'fault', 'page_cache_get('),
  ]),
  faultLock: site(stock, 'fault', 'spin_lock(&mm->page_table_lock)', inFault),
  faultNone: site(stock, 'fault', 'pte_none(pte[index])', inFault),
  faultSet: site(stock, 'fault', 'set_pte(&pte[index], mk_pte(page, 1))', inFault),
  faultUnlock: site(stock, 'fault', 'spin_unlock(&mm->page_table_lock)', inFault),
  truncSize: site(stock, 'truncate', 'inode->i_size = size', inTruncate),
  zapLock: site(stock, 'zap_page_range', 'spin_lock(&mm->page_table_lock)', inZap),
  zapPresent: site(stock, 'zap_page_range', 'pte_present(pte[index])', inZap),
  zapUnlock: site(stock, 'zap_page_range', 'spin_unlock(&mm->page_table_lock)', inZap),
  truncLookup: site(stock, 'truncate', 'page = inode->i_data.page_tree[0]', inTruncate),
  truncRemove: site(stock, 'truncate', 'inode->i_data.page_tree[0] = NULL', inTruncate),
  truncMapping: site(stock, 'truncate', 'page->mapping = NULL', inTruncate),
  truncPut: site(header, 'page_cache_release', 'atomic_dec(&page->count)', [
    ...inTruncate,
    frame(stock, 'truncate', 'page_cache_release('),
  ]),
} satisfies Record<string, Site>;

type SiteName = keyof typeof sites;
const siteNames = Object.keys(sites) as SiteName[];
const at = (name: SiteName): number => siteNames.indexOf(name);

const int: CellType = { kind: 'int', bits: 32, signed: true };
const bool: CellType = { kind: 'bool' };
const thread: CellType = { kind: 'thread' };
const to = (type: string): CellType => ({ kind: 'pointer', to: type });
const poolState: CellType = { kind: 'int', bits: 8, signed: false };

function cell(field: string, type: CellType, start: Value): Cell {
  return { field, type, start };
}

function page(index: number, inFile: boolean): MemoryObject {
  return {
    name: `page[${index}]`,
    type: 'struct page',
    pool: 'page',
    cells: [
      cell('.__state', poolState, inFile ? 1 : 0),
      cell('.mapping', to('struct address_space'), inFile ? '&inode.i_data' : '?'),
      cell('.index', int, inFile ? index : '?'),
      cell('.count', int, inFile ? 1 : '?'),
      cell('.locked', bool, inFile ? 0 : '?'),
    ],
  };
}

const objects: readonly MemoryObject[] = [
  {
    name: 'inode',
    type: 'struct inode',
    cells: [
      cell('.i_size', int, 1),
      cell('.i_data.page_tree[0]', to('struct page'), '&page[0]'),
      cell('.i_data.page_tree[1]', to('struct page'), null),
    ],
  },
  page(0, true),
  page(1, false),
  {
    name: 'pte[0]',
    type: 'pte_t',
    word: true,
    cells: [cell('.page', to('struct page'), null), cell('.present', bool, 0), cell('.write', bool, 0)],
  },
  {
    name: 'mm',
    type: 'struct mm_struct',
    locks: [{ field: '.page_table_lock', type: 'spinlock_t', owner: '.page_table_lock.owner' }],
    cells: [cell('.page_table_lock.owner', thread, null), { ...cell('.rss', int, 0), constant: true }],
  },
];

const lock = 'mm.page_table_lock.owner';
const emptyPte: readonly Read[] = [
  { cell: 'pte[0].page', value: null },
  { cell: 'pte[0].present', value: 0 },
  { cell: 'pte[0].write', value: 0 },
];

const read = (name: string, value: Value): Read => ({ cell: name, value });
const write = (name: string, old: Value, value: Value): Write => ({ cell: name, old, new: value });

/** An event with nothing in it but what `more` says. */
function event(
  who: number,
  where: SiteName,
  kind: Event['kind'],
  next: SiteName | null,
  more: Partial<Event>,
): Event {
  return {
    thread: who,
    site: at(where),
    kind,
    reads: [],
    writes: [],
    locals: [],
    dead: [],
    checks: [],
    begins: [],
    ends: [],
    next: next === null ? null : at(next),
    waits: [],
    ...more,
  };
}

const events: readonly Event[] = [
  // 1: the fault samples i_size …
  event(CPU1, 'faultSize', 'read', 'faultLookup', {
    begins: ['fault'],
    reads: [read('inode.i_size', 1)],
    locals: [
      { name: 'fault.index', value: 0, from: [] },
      { name: 'fault.mapping', value: '&inode.i_data', from: [] },
    ],
    checks: [{ site: at('faultSize'), outcome: false, from: [1] }],
  }),
  // 2: … and finds the page, still in the file.
  event(CPU1, 'faultLookup', 'read', 'faultGet', {
    reads: [read('inode.i_data.page_tree[0]', '&page[0]')],
    locals: [{ name: 'fault.page', value: '&page[0]', from: [2] }],
    dead: ['fault.mapping'],
    checks: [{ site: at('faultNoPage'), outcome: false, from: [2] }],
  }),
  // 3: truncate shrinks the file; the fault has already looked.
  event(CPU0, 'truncSize', 'write', 'zapLock', {
    begins: ['truncate'],
    writes: [write('inode.i_size', 1, 0)],
    locals: [{ name: 'truncate.size', value: 0, from: [] }],
    dead: ['truncate.size'],
  }),
  event(CPU0, 'zapLock', 'acquire', 'zapPresent', {
    reads: [read(lock, null)],
    writes: [write(lock, null, '@CPU0')],
  }),
  // 5: from here on CPU1 waits for the lock that CPU0 holds.
  event(CPU1, 'faultGet', 'update', 'faultLock', {
    reads: [read('page[0].count', 1)],
    writes: [write('page[0].count', 1, 2)],
    waits: [{ thread: CPU1, on: lock }],
  }),
  // 6: nothing is mapped yet, so there is nothing to zap.
  event(CPU0, 'zapPresent', 'read', 'zapUnlock', {
    reads: emptyPte,
    checks: [{ site: at('zapPresent'), outcome: false, from: [6] }],
  }),
  event(CPU0, 'zapUnlock', 'release', 'truncLookup', {
    reads: [read(lock, '@CPU0')],
    writes: [write(lock, '@CPU0', null)],
    waits: [{ thread: CPU1, on: null }],
  }),
  event(CPU0, 'truncLookup', 'read', 'truncRemove', {
    reads: [read('inode.i_data.page_tree[0]', '&page[0]')],
    locals: [{ name: 'truncate.page', value: '&page[0]', from: [8] }],
  }),
  event(CPU0, 'truncRemove', 'write', 'truncMapping', {
    writes: [write('inode.i_data.page_tree[0]', '&page[0]', null)],
  }),
  // 10: the page leaves the file.
  event(CPU0, 'truncMapping', 'write', 'truncPut', {
    writes: [write('page[0].mapping', '&inode.i_data', null)],
  }),
  event(CPU1, 'faultLock', 'acquire', 'faultNone', {
    reads: [read(lock, null)],
    writes: [write(lock, null, '@CPU1')],
  }),
  event(CPU1, 'faultNone', 'read', 'faultSet', {
    reads: emptyPte,
    checks: [{ site: at('faultNone'), outcome: true, from: [12] }],
  }),
  // 13: the pte maps a page that is no longer in the file.
  event(CPU1, 'faultSet', 'write', 'faultUnlock', {
    writes: [
      write('pte[0].page', null, '&page[0]'),
      write('pte[0].present', 0, 1),
      write('pte[0].write', 0, 1),
    ],
    dead: ['fault.page', 'fault.index'],
  }),
  // 14: truncate returns, and I1 is found false.
  event(CPU0, 'truncPut', 'update', null, {
    reads: [read('page[0].count', 2)],
    writes: [write('page[0].count', 2, 1)],
    dead: ['truncate.page'],
    ends: ['truncate'],
  }),
  event(CPU1, 'faultUnlock', 'release', null, {
    reads: [read(lock, '@CPU1')],
    writes: [write(lock, '@CPU1', null)],
    ends: ['fault'],
  }),
];

const cells = ['pte[0].present', 'pte[0].page', 'page[0].mapping'];
const message = 'pte[0] maps page[0], which truncate has removed from the file';

/**
 * 15 steps of two threads; RACY I1: wrong since step 13 (CPU1 sets the pte), reported at step 14 (truncate returns).
 * CPU1 waits for the page table lock from step 5 to step 7. A fresh object each time, safe to alter in a test.
 */
export function sampleRecording(): Recording {
  const recording: Recording = {
    model: {
      protocol: 'sample-stock',
      scenario: 'sample-truncate',
      defines: [],
      memory: 'sc',
      hash: '0'.repeat(64),
      semantics: 1,
    },
    sources: sampleSources,
    threads: [
      { name: 'CPU0', role: 'truncate' },
      { name: 'CPU1', role: 'fault' },
    ],
    objects,
    sites: Object.values(sites),
    start: [
      { at: at('truncSize'), waitsFor: null },
      { at: at('faultSize'), waitsFor: null },
    ],
    schedule: '1x2 0x2 1 0x5 1x3 0 1',
    events,
    verdict: {
      safety: { word: 'RACY', invariants: ['I1'] },
      progress: 'unchecked',
      step: 14,
      since: 13,
      message,
      violations: [
        {
          invariant: 'I1',
          when: { kind: 'idle', operations: ['truncate'] },
          step: 14,
          since: 13,
          message,
          cells,
        },
      ],
      cells,
      waitsFor: [],
    },
  };
  // Not structuredClone, which keeps what is shared shared: altering one type would alter others.
  return JSON.parse(JSON.stringify(recording)) as Recording;
}
