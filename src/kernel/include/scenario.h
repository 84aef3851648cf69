/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * scenario.h - what most scenarios start from: one file, cached and up to date,
 * and one process that has mapped it and not touched it yet. A scenario that
 * starts from something else includes contract.h and mm-invariants.h, and
 * defines its own objects.
 *
 * The file is mapped MAP_SHARED, unless MAP_PRIVATE is defined before the
 * #include.
 */
#ifndef SCENARIO_H
#define SCENARIO_H

#include <contract.h>
#include <mm-invariants.h>

/*
 * Enough memory for every page of the file, the one that a fault reads anew
 * while it still holds the old one, and its private copy.
 */
#ifndef NR_PAGES
#ifdef MAP_PRIVATE
#define NR_PAGES (FILE_PAGES + 2)
#else
#define NR_PAGES (FILE_PAGES + 1)
#endif
#endif

extern struct vm_area_struct vma;

/* A page that was read long ago: only the page cache holds it. */
#define CACHED_PAGE(offset) \
	{ .mapping = &inode.i_data, .index = (offset), \
	  .count = ATOMIC_INIT(1), .PG_uptodate = true }

[[mm::pool]] [[mm::type_stable]] struct page page[NR_PAGES] = {
	CACHED_PAGE(0),
#if FILE_PAGES > 1
	CACHED_PAGE(1),
#endif
};

struct inode inode = {
	.i_sem = __SEMAPHORE_INITIALIZER(1),
	.i_size = FILE_PAGES * PAGE_SIZE,
	.i_mapping = &inode.i_data,
	.i_data = {
		.host = &inode,
		.page_tree = {
			&page[0],
#if FILE_PAGES > 1
			&page[1],
#endif
		},
#ifdef MAP_PRIVATE
		.i_mmap = &vma,
#else
		.i_mmap_shared = &vma,
#endif
		ADDRESS_SPACE_UNLOCKED,
	},
};

struct dentry dentry = { .d_inode = &inode };
struct file file = { .f_dentry = &dentry };
struct mm_struct mm;

struct vm_area_struct vma = {
	.vm_mm = &mm,
	.vm_start = 0,
	.vm_end = FILE_PAGES * PAGE_SIZE,
#ifndef MAP_PRIVATE
	.vm_flags = VM_SHARED,
#endif
	.vm_ops = &generic_file_vm_ops,
	.vm_pgoff = 0,
	.vm_file = &file,
};

#endif
