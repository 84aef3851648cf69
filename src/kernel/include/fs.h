/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * fs.h - a file as the memory manager sees it: inode, page cache, and the list
 * of its mappings.
 *
 * One struct address_space serves all kernels, so that a scenario can be linked
 * with a protocol of any year. A protocol uses the fields of its time; the
 * others never change and cost nothing. A protocol that needs a field of its
 * own: copy this header next to it, add the field, and run with -I.
 */
#ifndef FS_H
#define FS_H

#include <mm.h>
#include <frlock.h>

struct inode;

struct address_space {
	struct inode *host;
	struct page *page_tree[FILE_PAGES];	/* the page of each index */
	spinlock_t page_lock;			/* 2.5: protects page_tree */
	struct vm_area_struct *i_mmap;		/* private mappings */
	struct vm_area_struct *i_mmap_shared;	/* shared mappings */
	spinlock_t i_shared_lock;		/* 2.4: protects both lists */
	struct semaphore i_shared_sem;		/* 2.5: protects both lists */
	frlock_t truncate_lock;			/* 2.4-aa */
	atomic_t truncate_count;		/* 2.6.0-test3 */
};

struct inode {
	struct semaphore i_sem;			/* held by write and truncate */
	loff_t i_size;
	struct address_space *i_mapping;	/* &i_data */
	struct address_space i_data;
};

struct dentry {
	struct inode *d_inode;
};

struct file {
	struct dentry *f_dentry;
};

/*
 * Kernels that read i_size without a lock on 32 bits write it with this; here
 * it is one store.
 */
#define i_size_write(inode, size) ((inode)->i_size = (size))

/*
 * The page cache's own locks, unlocked, and the counters at the start. For
 * static initialisers.
 */
#define ADDRESS_SPACE_UNLOCKED				\
	.page_lock = SPIN_LOCK_UNLOCKED,		\
	.i_shared_lock = SPIN_LOCK_UNLOCKED,		\
	.i_shared_sem = __SEMAPHORE_INITIALIZER(1),	\
	.truncate_lock = FRLOCK_UNLOCKED,		\
	.truncate_count = ATOMIC_INIT(0)

#endif
