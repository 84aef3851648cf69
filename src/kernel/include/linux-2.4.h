/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * linux-2.4.h - the memory manager of 2.4.20 and around: one pagecache_lock for
 * all files, a spinlock for the lists of mappings, and a truncate_inode_pages
 * that starts its walk over after each page.
 */
#ifndef LINUX_2_4_H
#define LINUX_2_4_H

#include <fs.h>

spinlock_t pagecache_lock = SPIN_LOCK_UNLOCKED;
#define tree_lock(mapping) (&pagecache_lock)

#include <filemap.h>
#include <memory.h>

#define TryLockPage(page) TestSetPageLocked(page)
#define UnlockPage(page) unlock_page(page)
#define wait_on_page(page) wait_on_page_locked(page)

/*
 * Unmaps all pages from pgoff on, in every mapping of the list. Called with
 * i_shared_lock held.
 */
static inline void vmtruncate_list(struct vm_area_struct *mpnt,
				   unsigned long pgoff)
{
	for (; mpnt; mpnt = mpnt->vm_next_share) {
		unsigned long start = mpnt->vm_start;

		if (pgoff > mpnt->vm_pgoff)
			start += (pgoff - mpnt->vm_pgoff) << PAGE_SHIFT;
		if (start < mpnt->vm_end)
			zap_page_range(mpnt->vm_mm, start,
				       mpnt->vm_end - start);
	}
}

/*
 * Drops every cached page from lstart on. A page that someone else has locked
 * (it is being read) is waited for, which sleeps. Called with i_sem held.
 */
static inline void truncate_inode_pages(struct address_space *mapping,
					loff_t lstart)
{
	unsigned long start, offset;

	start = (lstart + PAGE_CACHE_SIZE - 1) >> PAGE_CACHE_SHIFT;
	spin_lock(&pagecache_lock);
restart:
	for (offset = start; offset < FILE_PAGES; offset++) {
		struct page *page = mapping->page_tree[offset];
		int failed;

		if (!page)
			continue;
		page_cache_get(page);
		failed = TryLockPage(page);
		spin_unlock(&pagecache_lock);
		if (!failed) {
			truncate_complete_page(page);
			UnlockPage(page);
		} else {
			wait_on_page(page);
		}
		page_cache_release(page);
		cond_resched();
		spin_lock(&pagecache_lock);
		goto restart;
	}
	spin_unlock(&pagecache_lock);
}

#endif
