/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * linux-2.5.h - the memory manager of late 2.5 and 2.6.0-test: a lock for the
 * page cache of each file, a semaphore for the lists of mappings, and a
 * truncate_inode_pages in two passes. (The lists are list_heads there, and the
 * rmap chains are another bookkeeping of ptes; neither matters here.)
 */
#ifndef LINUX_2_5_H
#define LINUX_2_5_H

#include <fs.h>

#define tree_lock(mapping) (&(mapping)->page_lock)

#include <filemap.h>
#include <memory.h>

/*
 * Unmaps hlen pages from hba on (0: to the end), in every mapping of the list.
 * Called with i_shared_sem held.
 */
static inline void invalidate_mmap_range_list(struct vm_area_struct *vp,
					      unsigned long hba,
					      unsigned long hlen)
{
	for (; vp; vp = vp->vm_next_share) {
		/* vp maps the pages [vba, vea); of them [zba, zea) are hit. */
		unsigned long vba = vp->vm_pgoff;
		unsigned long vea = vba + vma_pages(vp);
		unsigned long zba = max(vba, hba);
		unsigned long zea = hlen ? min(vea, hba + hlen) : vea;
		unsigned long skip = (zba - vba) << PAGE_SHIFT;

		if (zba < zea)
			zap_page_range(vp->vm_mm, vp->vm_start + skip,
				       (zea - zba) << PAGE_SHIFT);
	}
}

/*
 * The first cached page at or after *next, with a reference, and *next moves
 * behind it: pagevec_lookup, page by page.
 */
static inline struct page *find_get_next_page(struct address_space *mapping,
					      unsigned long *next)
{
	struct page *page = NULL;

	spin_lock(&mapping->page_lock);
	while (!page && *next < FILE_PAGES) {
		page = mapping->page_tree[*next];
		*next += 1;
	}
	if (page)
		page_cache_get(page);
	spin_unlock(&mapping->page_lock);
	return page;
}

/*
 * Drops every cached page from lstart on: first what can be had without
 * waiting, then the rest, over and over until a whole pass finds nothing.
 * Called with i_sem held.
 */
static inline void truncate_inode_pages(struct address_space *mapping,
					loff_t lstart)
{
	unsigned long start, next;
	struct page *page;
	bool found;

	start = (lstart + PAGE_CACHE_SIZE - 1) >> PAGE_CACHE_SHIFT;
	next = start;
	while ((page = find_get_next_page(mapping, &next)) != NULL) {
		if (!TestSetPageLocked(page)) {
			if (page->mapping == mapping)
				truncate_complete_page(page);
			unlock_page(page);
		}
		page_cache_release(page);
		cond_resched();
	}

	do {
		found = false;
		next = start;
		while ((page = find_get_next_page(mapping, &next)) != NULL) {
			lock_page(page);
			if (page->mapping == mapping)
				truncate_complete_page(page);
			unlock_page(page);
			page_cache_release(page);
			found = true;
		}
	} while (found);
}

#endif
