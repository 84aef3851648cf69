// SPDX-License-Identifier: GPL-2.0-only
// Owns the promise that the front end never throws: damaged models are refused with a place, whatever the damage.

import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { Rng } from '../../src/base/rng.ts';
import { formatDiagnostics } from '../../src/lang/front.ts';
import { withSeed } from '../support/seed.ts';
import { realPrelude, run } from './front-support.ts';

const kernel = new URL('../../src/kernel/', import.meta.url);
const MODEL = `
struct page { struct page *next; int count; int arr[4]; struct { int x; } in; };
enum colour { RED, GREEN = 5 };
typedef int (*fn_t)(struct page *, int);
struct ops { fn_t fn; };
[[mm::pool, mm::type_stable]] struct page page[4];
[[mm::word]] typedef struct { struct page *page; bool dirty; } pte_t;
pte_t pte[2] = { { &page[0] }, [1] = { .dirty = true } };
[[mm::ghost]] int old; [[mm::range(0, 3)]] int users;
static int foo(struct page *p, int n) { return p->count + n; }
const struct ops ops = { .fn = foo, };
#define TWICE(x) ((x) * 2)
#define DO(x) do { x; } while (0)
#if defined(A) || TWICE(1) == 2
int bar(struct page *p, int n)
{
	struct page *q = p ? p->next : NULL;
	typeof(n) k = sizeof(*p), arr[3] = { 1, 2 };
	static int calls;
retry:
	switch (n) {
	case 1: k++;
	case RED + 7: { DO(k--); break; }
	default: goto out;
	}
	for (int i = 0; i < 3; i++) if (arr[i]) continue; else break;
	do { k <<= 1; } while (k < TWICE(n) && !q);
	while (q) { q = q->next; if (calls++ > 3) goto retry; }
	*(&pte[0]) = (pte_t){ .page = q };
	old = users;
	assert(old == users);
out:
	return (k) - (n) + ops.fn(p, (int)k);
}
#endif
[[mm::operation]] static void op(void) { bar(alloc(page), choose(2)); }
[[mm::thread(2)]] void cpu(int n) { users = n; op(); }
[[mm::invariant("I1", "idle", "op")]] bool inv(void) { struct page *p; for_each_object(p, page) if (stale(p)) return violated("%p", p); return old >= 0; }
`;
const WORDS = [
  ...'( ) { } [ ] ; , * & ? : = == + - -> . [[ ]] " \' ## ... ! && /* */ \\'.split(' '),
  ...'int struct enum union if else while for do switch case default break return goto typedef typeof sizeof'.split(' '),
  ...'const static extern void NULL 0 1.5 x page n k p pte_t alloc choose asm offsetof mm::ghost]]'.split(' '),
  '\n#if 1\n', '\n#endif\n', '\n#define X\n', '\n#else\n', '\n#include "x.h"\n',
]; // prettier-ignore

function damage(text: string, rng: Rng): string {
  const words = text.match(/\w+|\s+|[^\w\s]/g) ?? [];
  for (let n = 1 + rng.below(4); n > 0; n--) {
    const at = rng.below(words.length);
    const word = ` ${rng.pick(WORDS)} `;
    const kind = rng.below(5);
    if (kind === 0) words.splice(at, 1 + rng.below(3));
    else if (kind === 1) words.splice(at, 0, word);
    else if (kind === 2) words[at] = word;
    else if (kind === 3) words[at] = words[rng.below(words.length)] as string;
    else words.length = Math.max(1, at);
  }
  return words.join('');
}

test('the model before the damage is accepted', () => {
  const result = run(MODEL, { prelude: realPrelude });
  expect(result.ok ? '' : formatDiagnostics(result.diagnostics)).toBe('');
});

test('damaged models are accepted or refused at a place, and never throw', async () => {
  const filemap = readFileSync(new URL('include/filemap.h', kernel), 'utf8');
  await withSeed((rng) => {
    for (let i = 0; i < 60; i++) {
      const text = damage(i % 6 === 0 ? filemap : MODEL, rng);
      const result = run(text, { prelude: realPrelude });
      if (result.ok) continue;
      expect(result.diagnostics.length).toBeGreaterThan(0);
      for (const d of result.diagnostics) {
        expect(d.at.line, text).toBeGreaterThan(0);
        expect(d.at.col, text).toBeGreaterThan(0);
        expect(d.message, text).not.toBe('');
      }
    }
  });
});
