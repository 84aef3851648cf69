/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * counter.c - the single counter of 2003 (src/kernel/protocols/2003-counter.c),
 * cut down to what the race is about: what counter.pml is in Promela, here for
 * any number of faulting threads (-D FAULTERS=4) and pages (-D PAGES=2).
 *
 * The bench searches it where the whole model would fit no machine.
 */
#ifndef FAULTERS
#define FAULTERS 1
#endif
#ifndef PAGES
#define PAGES 1
#endif
/* Each page of the file can be read anew once. */
#define READ_ANEW PAGES

/* Pages are numbered from 1; 0 is none. Page i + 1 is cached at offset i. */
int page_tree[PAGES] = {
	1,
#if PAGES > 1
	2,
#endif
#if PAGES > 2
	3,
#endif
#if PAGES > 3
	4,
#endif
};
int pte[PAGES];
[[mm::ghost]] bool gone[2 * PAGES + 1];	/* was the file's, and is no more */
bool is_read[PAGES];			/* the page at offset i has been read anew */
int i_size = PAGES;
int truncate_count;
spinlock_t page_table_lock, tree_lock;

[[mm::operation]] void truncate(void)
{
	int i, page;

	i_size = 0;
	truncate_count++;
	for (i = 0; i < PAGES; i++) {
		spin_lock(&page_table_lock);
		if (pte[i])
			pte[i] = 0;
		spin_unlock(&page_table_lock);
	}
	for (i = 0; i < PAGES; i++) {
		spin_lock(&tree_lock);
		page = page_tree[i];
		page_tree[i] = 0;
		gone[page] = true;
		spin_unlock(&tree_lock);
	}
}

[[mm::operation]] void fault(int i)
{
	int page, sequence;

	sequence = truncate_count;
nopage:
	if (i >= i_size)
		return;
	spin_lock(&tree_lock);
	page = page_tree[i];
	spin_unlock(&tree_lock);
	if (!page) {
		spin_lock(&tree_lock);
		if (!page_tree[i]) {
			if (is_read[i]) {
				spin_unlock(&tree_lock);
				return;
			}
			is_read[i] = true;
			page_tree[i] = PAGES + i + 1;
		}
		page = page_tree[i];
		spin_unlock(&tree_lock);
	}
	spin_lock(&page_table_lock);
	if (sequence != truncate_count) {
		sequence = truncate_count;
		spin_unlock(&page_table_lock);
		goto nopage;
	}
	if (!pte[i])
		pte[i] = page;
	spin_unlock(&page_table_lock);
}

[[mm::thread]] void CPU0(void)
{
	truncate();
}

[[mm::thread(FAULTERS)]] void fault_cpu(int n)
{
	fault(choose(PAGES));
}

[[mm::invariant("I1", "idle", "truncate")]] bool no_pte_maps_a_page_that_is_gone(void)
{
	int i;

	for (i = 0; i < PAGES; i++)
		if (pte[i] && gone[pte[i]])
			return violated("pte[%d] maps page %d, which is gone", i, pte[i]);
	return true;
}
