// SPDX-License-Identifier: GPL-2.0-only
// Owns the C text that the sample recording stands on, and the making of its sites: positions are found, never typed.

import { must } from '../../src/base/assert.ts';
import type { Frame, Site, SourceFile } from '../../src/model/recording.ts';

const protocol = `/* protocols/sample-stock.c: faults and truncation serialised by nothing. */
#include <sample.h>

[[mm::operation]] int fault(struct mm_struct *mm, int index)
{
	struct address_space *mapping = &inode.i_data;
	struct page *page;

	if (index >= inode.i_size)
		return VM_FAULT_SIGBUS;
	page = mapping->page_tree[index];
	if (!page)
		return VM_FAULT_SIGBUS;
	page_cache_get(page);
	spin_lock(&mm->page_table_lock);
	if (pte_none(pte[index]))
		set_pte(&pte[index], mk_pte(page, 1));
	spin_unlock(&mm->page_table_lock);
	return VM_FAULT_MINOR;
}

static void zap_page_range(struct mm_struct *mm, int index)
{
	spin_lock(&mm->page_table_lock);
	if (pte_present(pte[index]))
		pte_clear(&pte[index]);
	spin_unlock(&mm->page_table_lock);
}

[[mm::operation]] void truncate(struct inode *inode, int size)
{
	struct page *page;

	inode->i_size = size;
	zap_page_range(&mm, 0);
	page = inode->i_data.page_tree[0];
	inode->i_data.page_tree[0] = NULL;
	page->mapping = NULL;
	page_cache_release(page);
}
`;

const header = `/* sample.h: as much of a 2.4 kernel as one page needs. */
struct address_space { struct page *page_tree[2]; };
struct inode { int i_size; struct address_space i_data; };
struct page { struct address_space *mapping; int index; int count; bool locked; };
[[mm::word]] typedef struct { struct page *page; bool present; bool write; } pte_t;
struct mm_struct { spinlock_t page_table_lock; int rss; };

static void page_cache_get(struct page *page)
{
	atomic_inc(&page->count);
}

static void page_cache_release(struct page *page)
{
	atomic_dec(&page->count);
}

/* Once truncate is over, no pte maps a page that has left the file. */
[[mm::invariant("I1", "idle", "truncate")]] bool no_pte_maps_a_truncated_page(void)
{
	return !(pte[0].present && pte[0].page->mapping == NULL);
}
`;

const scenario = `/* scenarios/sample-truncate.c: one CPU cuts the file to nothing while the other touches its first page. */
[[mm::thread]] void CPU0(void)
{
	truncate(&inode, 0);
}

[[mm::thread]] void CPU1(void)
{
	fault(&mm, 0);
}
`;

export const sampleSources: readonly SourceFile[] = [
  { name: 'protocols/sample-stock.c', text: protocol },
  { name: 'include/sample.h', text: header },
  { name: 'scenarios/sample-truncate.c', text: scenario },
];

/** 1-based place of `text` in `file`, searched from the body of function `fn` on. */
function place(file: string, fn: string, text: string): { file: string; line: number; col: number } {
  const source = must(
    sampleSources.find((s) => s.name === file),
    file,
  ).text;
  const body = source.indexOf(`{`, source.search(new RegExp(`\\b${fn}\\(.*\\)\\n\\{`)));
  const at = source.indexOf(text, body);
  if (body < 0 || at < 0) throw new Error(`sample sources: no "${text}" in ${fn} of ${file}`);
  const before = source.slice(0, at).split('\n');
  return { file, line: before.length, col: must(before.at(-1), 'last line').length + 1 };
}

/** A frame: function `fn` stands at its call `text`. */
export function frame(file: string, fn: string, text: string): Frame {
  return { fn, ...place(file, fn, text) };
}

/** The site of the access or condition `text` in `fn`, called through `stack`. */
export function site(file: string, fn: string, text: string, stack: readonly Frame[]): Site {
  return { ...place(file, fn, text), fn, text, stack };
}
