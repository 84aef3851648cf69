/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * filemap.h - the page cache (mm/filemap.c): finding, reading and dropping
 * pages, and ->nopage of ordinary files.
 *
 * Included by linux-2.4.h and linux-2.5.h, which say first what protects the
 * cache: tree_lock(mapping).
 */
#ifndef FILEMAP_H
#define FILEMAP_H

#include <fs.h>

/* The page at offset with a reference, or NULL. */
static inline struct page *find_get_page(struct address_space *mapping,
					 unsigned long offset)
{
	struct page *page;

	spin_lock(tree_lock(mapping));
	page = mapping->page_tree[offset];
	if (page)
		page_cache_get(page);
	spin_unlock(tree_lock(mapping));
	return page;
}

/* Makes page the locked page at offset; not 0 when someone else was faster. */
static inline int add_to_page_cache(struct page *page,
				    struct address_space *mapping,
				    unsigned long offset)
{
	int error = 1;

	spin_lock(tree_lock(mapping));
	if (!mapping->page_tree[offset]) {
		SetPageLocked(page);
		page->index = offset;
		page->mapping = mapping;
		page_cache_get(page);
		mapping->page_tree[offset] = page;
		error = 0;
	}
	spin_unlock(tree_lock(mapping));
	return error;
}

/*
 * Takes a locked page out of the cache. Whoever still has it has a page of no
 * file.
 */
static inline void remove_from_page_cache(struct page *page)
{
	struct address_space *mapping = page->mapping;

	spin_lock(tree_lock(mapping));
	mapping->page_tree[page->index] = NULL;
	page->mapping = NULL;
	spin_unlock(tree_lock(mapping));
}

/*
 * Reads a locked page; the end of the I/O unlocks it. The reader plays the disk
 * here: everyone else sees the page locked, then unlocked and up to date, at
 * any time later, which is all that can be seen of a disk.
 */
static inline void readpage(struct page *page)
{
	SetPageUptodate(page);
	unlock_page(page);
}

/* Brings a page that is not cached into the cache. */
static inline void page_cache_read(struct address_space *mapping,
				   unsigned long offset)
{
	struct page *page = alloc_page();

	if (add_to_page_cache(page, mapping, offset) == 0)
		readpage(page);
	page_cache_release(page);
}

/*
 * The page for address, with a reference and without any lock: what it is when
 * the caller looks at it nobody knows. NOPAGE_SIGBUS beyond the end of the
 * file. (The kernel lets a debugger read on there; here is none.)
 */
static inline struct page *filemap_nopage(struct vm_area_struct *area,
					  unsigned long address, int unused)
{
	struct inode *inode = area->vm_file->f_dentry->d_inode;
	struct address_space *mapping = inode->i_mapping;
	unsigned long pgoff = linear_page_index(area, address);
	unsigned long size;
	struct page *page;

retry_all:
	size = (inode->i_size + PAGE_CACHE_SIZE - 1) >> PAGE_CACHE_SHIFT;
	if (pgoff >= size)
		return NOPAGE_SIGBUS;

retry_find:
	page = find_get_page(mapping, pgoff);
	if (!page) {
		page_cache_read(mapping, pgoff);
		goto retry_find;
	}
	if (PageUptodate(page))
		return page;

	/*
	 * Being read, or being truncated: whoever does it holds the page lock.
	 */
	lock_page(page);
	if (!page->mapping) {
		unlock_page(page);
		page_cache_release(page);
		goto retry_all;
	}
	if (PageUptodate(page)) {
		unlock_page(page);
		return page;
	}
	readpage(page);
	wait_on_page_locked(page);
	if (PageUptodate(page))
		return page;

	/* This disk has no errors: truncated since. */
	page_cache_release(page);
	goto retry_all;
}

const struct vm_operations_struct generic_file_vm_ops = {
	.nopage = filemap_nopage,
};

/* Drops a locked page and what it holds from its file. */
static inline void truncate_complete_page(struct page *page)
{
	ClearPageDirty(page);
	ClearPageUptodate(page);
	remove_from_page_cache(page);
	page_cache_release(page);
}

/*
 * Drops the cached pages of [start, end), waiting for each page lock. Does not
 * look for ptes: the caller has.
 */
static inline void invalidate_inode_pages2_range(struct address_space *mapping,
						 unsigned long start,
						 unsigned long end)
{
	unsigned long index;

	for (index = start; index < end; index++) {
		struct page *page = find_get_page(mapping, index);

		if (!page)
			continue;
		lock_page(page);
		if (page->mapping == mapping)
			truncate_complete_page(page);
		unlock_page(page);
		page_cache_release(page);
	}
}

#endif
