// SPDX-License-Identifier: GPL-2.0-only
// Owns the protocols of 2001 to 2003: no serialisation, the counter, the frlock; a fault against truncate and invalidate.

import type { Family, Mail, ProgressWord, Protocol, Row, Scenario, Verdict } from './row.ts';

const RACE_REPORT: Mail = {
  from: 'Dave McCracken',
  date: '2003-05-13',
  id: '<154080000.1052858685@baldur.austin.ibm.com>',
  says: 'reports the race of page fault against truncate',
};

const FRLOCK_PATCH: Mail = {
  from: 'Andrea Arcangeli',
  date: '2003-06-01',
  subject:
    'Re: Always passing mm and vma down (was: [RFC][PATCH] Convert do_no_page() to a hook to avoid DFS race)',
  says: 'attaches 9999_truncate-nopage-race-1, the frlock around the whole truncation, for 2.4-aa',
};

const protocols: readonly Protocol[] = [
  {
    stem: '2001-stock',
    year: 2001,
    title: 'Stock: nothing serialises a fault against truncate (2.4)',
    authors: ['mainline'],
    mails: [RACE_REPORT, FRLOCK_PATCH],
    claim: 'None; the order i_size, ptes, pages is meant to be enough.',
    disputed:
      'Whether it matters: corruption of the VM (Arcangeli), or an application racing with itself (Morton).',
    variants: [],
  },
  {
    stem: '2003-counter',
    year: 2003,
    title: 'Single counter: truncate counts, a fault compares (merged in 2.6.0-test3)',
    authors: ['Dave McCracken', 'Paul E. McKenney'],
    mails: [
      {
        from: 'Andrea Arcangeli',
        date: '2003-06-20',
        says: 'objects that one increment in do_truncate cannot catch a truncation already under way (first diagram)',
      },
      {
        from: 'Paul E. McKenney',
        date: '2003-06-22',
        says: 'answers that the data are updated before the count, so that ->nopage already refuses',
      },
      {
        from: 'Andrea Arcangeli',
        date: '2003-06-23',
        subject: 'Re: [PATCH] Fix vmtruncate race and distributed filesystem race',
        says: 'draws the schedule with truncate_inode_pages in it (second diagram)',
      },
    ],
    claim:
      'Whoever counts has already made ->nopage refuse, so a fault either sees another count or is refused.',
    disputed:
      'One counter cannot say that a truncation is under way (Arcangeli). It depends on where it is incremented.',
    variants: [
      { define: 'COUNT_BEFORE_I_SIZE', description: 'count before i_size changes, as Arcangeli reads it' },
      { define: 'COUNT_AFTER_ZAP', description: 'count when the ptes are gone, before the pages go' },
      { define: 'COUNT_AFTER_REMOVAL', description: 'count when the pages have gone too' },
    ],
  },
  {
    stem: '2003-frlock',
    year: 2003,
    title: 'frlock: two counters around the whole truncation (2.4-aa)',
    authors: ['Andrea Arcangeli'],
    mails: [
      {
        from: 'Andrea Arcangeli',
        date: '2003-05-15',
        id: '<20030515004915.GR1429@dualathlon.random>',
        says: 'first draft, two bare counters',
      },
      FRLOCK_PATCH,
      {
        from: 'Andrea Arcangeli',
        date: '2003-06-23',
        subject: 'Re: [PATCH] Fix vmtruncate race and distributed filesystem race',
        says: 'defends waiting on i_sem, and would rather wait on i_alloc_sem',
      },
    ],
    claim: 'No fault that overlaps a truncation anywhere sets a pte, whether i_size moves or not.',
    disputed:
      'The wait on i_sem in the fault path: bad layering (reviewers) against wasted CPU time (Arcangeli).',
    variants: [
      { define: 'NO_BACKOFF', description: 'retry at once, without waiting on i_sem' },
      {
        define: 'FRLOCK_SPIN',
        description: "the writer's lock is a spinlock, as posted: it sleeps with it held",
      },
    ],
  },
];

const scenarios: readonly Scenario[] = [
  {
    stem: 'truncate',
    question:
      'A page is faulted in while its file is cut to nothing: can the process keep a page that is no longer the file’s?',
  },
  {
    stem: 'truncate-extend',
    question:
      'The same, and the file grows back to its old size at once: is a second look at i_size fooled (ABA)?',
  },
  {
    stem: 'truncate-faults',
    question:
      'As truncate, with several threads (-D FAULTERS=2) that fault in the same page: do they help each other into it?',
  },
  {
    stem: 'invalidate',
    question: 'A page inside the file is unmapped and dropped while it is faulted in; i_size never changes.',
  },
];

const WITNESSES: Readonly<Record<string, readonly string[]>> = {
  truncate: ['install', 'retry', 'refuse'],
  'truncate-extend': ['install', 'retry', 'refuse'],
  // Nothing inside the file is ever refused.
  invalidate: ['install', 'retry'],
};

const ALL_SCENARIOS = ['truncate', 'truncate-extend', 'invalidate'] as const;

/** The page that a stale pte maps has no mapping (I1), and after a truncation it is beyond the end as well (I2). */
function stalePte(scenario: string): Verdict {
  return { safety: 'RACY', invariants: scenario === 'invalidate' ? ['I1'] : ['I1', 'I2'] };
}

/**
 * What filemap_nopage and truncate_inode_pages of 2.4 do to each other whatever the protocol (reference: F4 goes "back
 * to F4" without another look at i_size, T5 restarts while it finds pages). invalidate does not come back for more.
 */
const REREADS: Readonly<Record<string, ProgressWord>> = {
  truncate: 'LIVELOCK',
  'truncate-extend': 'LIVELOCK',
};
const REREAD =
  'LIVELOCK: a ->nopage that has passed the i_size test reads the page again each time it has been dropped, and truncate restarts each time it finds one; every lap both make steps. The reference does not speak of it.';

const safe = (
  protocol: string,
  scenario: string,
  defines: readonly string[],
  more: {
    readonly section: string;
    /** As the reference has it. */
    readonly progress?: ProgressWord;
    readonly claimed?: Row['claimed'];
    readonly note: string;
  },
): Row => ({
  protocol,
  scenario,
  defines,
  reference: { safety: 'SAFE', ...(more.progress ? { progress: more.progress } : {}), section: more.section },
  finding: { safety: 'SAFE', progress: REREADS[scenario] ?? more.progress ?? 'ok' },
  ...(more.claimed ? { claimed: more.claimed } : {}),
  witnesses: WITNESSES[scenario] ?? [],
  note: scenario in REREADS ? `${more.note} ${REREAD}` : more.note,
});

const racy = (
  protocol: string,
  scenario: string,
  defines: readonly string[],
  more: {
    readonly invariants?: readonly string[];
    readonly section: string;
    readonly claimed?: Row['claimed'];
    readonly note: string;
  },
): Row => ({
  protocol,
  scenario,
  defines,
  reference: {
    safety: 'RACY',
    ...(more.invariants ? { invariants: more.invariants } : {}),
    section: more.section,
  },
  finding: stalePte(scenario),
  ...(more.claimed ? { claimed: more.claimed } : {}),
  witnesses: [],
  note: more.note,
});

const counterMisplaced = (define: string, note: string): Row[] =>
  ALL_SCENARIOS.map((scenario) =>
    racy('2003-counter', scenario, [define], {
      section: scenario === 'truncate' ? '§2' : '§11',
      note: scenario === 'invalidate' ? 'No i_size moves, so no place of the count helps.' : note,
    }),
  );

const MCKENNEY = { safety: 'SAFE', by: 'McKenney, 22 June 2003' } as const;
const ARCANGELI = { safety: 'SAFE', by: 'Arcangeli, 1 June 2003' } as const;

const rows: readonly Row[] = [
  racy('2001-stock', 'truncate', [], {
    invariants: ['I1'],
    section: '§1',
    claimed: { safety: 'RACY', by: 'McCracken, 13 May 2003' },
    note: 'The fault has its page; the whole of truncate passes; then the pte is set. The page has no mapping (I1), and its place is beyond the end (I2).',
  }),
  racy('2001-stock', 'truncate-extend', [], {
    section: '§1, §11',
    note: 'As truncate, and stores through the stale pte are lost once the file has grown again (I3 and I12, not modelled yet).',
  }),
  racy('2001-stock', 'invalidate', [], {
    section: '§11',
    note: 'As truncate, without even an i_size that would refuse the page.',
  }),
  safe('2003-counter', 'truncate', [], {
    section: '§2, §11',
    claimed: MCKENNEY,
    note: 'A fault that samples the new count already finds the new i_size; one that sampled the old count sees it change, or is zapped.',
  }),
  safe('2003-counter', 'truncate-extend', [], {
    section: '§2, §11',
    note: 'i_size may come back, the count does not.',
  }),
  racy('2003-counter', 'invalidate', [], {
    invariants: ['I1', 'I3'],
    section: '§2',
    claimed: MCKENNEY,
    note: 'Between count and removal ->nopage still hands out the page; McKenney’s argument needs a file system whose ->nopage refuses it. I3 (not modelled yet) follows: the next fault gets another page.',
  }),
  ...counterMisplaced(
    'COUNT_BEFORE_I_SIZE',
    'The fault samples the new count and still finds the old i_size: the second diagram of 23 June 2003.',
  ).map((row): Row =>
    row.scenario === 'truncate'
      ? {
          ...row,
          reference: { safety: 'RACY', invariants: ['I1'], section: '§2' },
          claimed: { safety: 'RACY', by: 'Arcangeli, 23 June 2003' },
        }
      : row,
  ),
  ...counterMisplaced('COUNT_AFTER_ZAP', 'The fault sets its pte between the zap and the count.'),
  ...counterMisplaced('COUNT_AFTER_REMOVAL', 'The fault sets its pte between the zap and the count.'),
  ...ALL_SCENARIOS.flatMap((scenario): Row[] => [
    safe('2003-frlock', scenario, [], {
      section: '§3, §11',
      ...(scenario === 'truncate' ? { claimed: ARCANGELI } : {}),
      note: 'SAFE for a writer’s lock that may sleep, and a zap that always takes page_table_lock.',
    }),
    safe('2003-frlock', scenario, ['NO_BACKOFF'], {
      section: '§3',
      progress: 'SPIN',
      note: 'The CPU faults in circles until truncate is done: wasted time, no wrong pte.',
    }),
    {
      protocol: '2003-frlock',
      scenario,
      defines: ['FRLOCK_SPIN'],
      reference: { safety: 'BUG', kind: 'sleep-in-atomic', section: '§3' },
      finding: { safety: 'BUG', kind: 'sleep-in-atomic' },
      ...(scenario === 'truncate' ? { claimed: ARCANGELI } : {}),
      witnesses: [],
      note: 'As posted: page locks and rescheduling under the writer’s spinlock. i_sem keeps it harmless, a second writer never spins.',
    },
  ]),
];

export const truncate2003: Family = { protocols, scenarios, rows };
