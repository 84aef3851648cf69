/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * 2003-frlock.c - a lock around the whole truncation, which a fault can see is
 * held without taking it.
 *
 * Who:	Andrea Arcangeli, for 2.4-aa: patch 9999_truncate-nopage-race-1,
 *	attached to his mail of 1 June 2003 ("Re: Always passing mm and vma
 *	down"). A first draft with two bare counters is of 15 May
 *	(<20030515004915.GR1429@dualathlon.random>).
 * Claim: no fault that overlaps a truncation anywhere between its first look
 *	and its last sets a pte. One counter could not promise that
 *	(2003-counter.c); two, one before and one after the window, do. Works
 *	for anything that unmaps and then drops pages, whether i_size moves or
 *	not, as long as the zap goes through page_table_lock.
 * Disputed: the wait. A fault that loses waits for truncate by taking and
 *	dropping i_sem. Reviewers disliked the layering, and Andrew Morton
 *	wanted it dropped; without it (-D NO_BACKOFF) the CPU faults over and
 *	over until truncate is done, which is no denial of service, says Andrea
 *	(23 June 2003), but a waste that is easily avoided. What the wait adds,
 *	nobody mentioned: i_sem under mmap_sem, where write() takes them the
 *	other way round. And the writer's lock: as posted it is a spinlock, held
 *	while truncate_inode_pages sleeps on page locks.
 *
 * Variants:
 *	-D NO_BACKOFF	retry at once, without waiting on i_sem
 *	-D FRLOCK_SPIN	the writer's lock is a spinlock, as posted: BUG, it
 *			sleeps in atomic context
 */
#include <contract.h>
#include <linux-2.4.h>

/*
 * Called with page_table_lock held; it is dropped for ->nopage, which may
 * sleep. If a truncation was under way when we began, or has begun since, the
 * page may be of no file any more: the CPU has to fault again.
 */
int do_no_page(struct mm_struct *mm, struct vm_area_struct *vma,
	       unsigned long address, int write_access, pte_t *page_table)
{
	struct inode *inode = vma->vm_file->f_dentry->d_inode;
	struct address_space *mapping = inode->i_mapping;
	struct page *new_page;
	pte_t entry;
	unsigned truncate_sequence;

	spin_unlock(&mm->page_table_lock);

	truncate_sequence = fr_read_begin(&mapping->truncate_lock);

	new_page = vma->vm_ops->nopage(vma, address, 0);
	if (new_page == NOPAGE_SIGBUS) {
		witness("refuse");
		return VM_FAULT_SIGBUS;
	}

	/* A store to a private mapping: break the sharing at once. */
	if (write_access && !(vma->vm_flags & VM_SHARED)) {
		struct page *page = alloc_page();

		copy_user_highpage(page, new_page, address);
		page_cache_release(new_page);
		new_page = page;
	}

	spin_lock(&mm->page_table_lock);
	if (truncate_sequence != fr_read_end(&mapping->truncate_lock)) {
		witness("retry");
		spin_unlock(&mm->page_table_lock);
#ifndef NO_BACKOFF
		/*
		 * Truncate may take long and holds i_sem: sleep until it is
		 * done, instead of faulting in circles.
		 */
		down(&inode->i_sem);
		up(&inode->i_sem);
#endif
		page_cache_release(new_page);
		/*
		 * The mail says "minor fault" here, and the CPU finds out by
		 * itself that the pte is still missing.
		 */
		return VM_FAULT_RETRY;
	}
	/*
	 * Whoever takes the frlock from now on zaps after we have dropped
	 * page_table_lock.
	 */
	if (!pte_none(*page_table)) {
		/* Another thread of this process was faster. */
		spin_unlock(&mm->page_table_lock);
		page_cache_release(new_page);
		return VM_FAULT_MINOR;
	}
	mm->rss++;
	entry = mk_pte(new_page);
	if (write_access)
		entry = pte_mkwrite(pte_mkdirty(entry));
	set_pte(page_table, entry);
	witness("install");
	spin_unlock(&mm->page_table_lock);
	return VM_FAULT_MAJOR;
}

/* Called with i_sem held. */
static int vmtruncate(struct inode *inode, loff_t offset)
{
	struct address_space *mapping = inode->i_mapping;
	unsigned long pgoff;

	if (inode->i_size < offset) {
		/* The file grows: there is nothing to take away. */
		i_size_write(inode, offset);
		return 0;
	}
	i_size_write(inode, offset);
	pgoff = (offset + PAGE_CACHE_SIZE - 1) >> PAGE_CACHE_SHIFT;
	fr_write_lock(&mapping->truncate_lock);
	spin_lock(&mapping->i_shared_lock);
	vmtruncate_list(mapping->i_mmap, pgoff);
	vmtruncate_list(mapping->i_mmap_shared, pgoff);
	spin_unlock(&mapping->i_shared_lock);
	truncate_inode_pages(mapping, offset);
	fr_write_unlock(&mapping->truncate_lock);
	/* From here on the file system frees the blocks. */
	return 0;
}

[[mm::operation]]
int fault(struct vm_area_struct *vma, unsigned long address, int write_access)
{
	struct mm_struct *mm = vma->vm_mm;
	int ret;

	down_read(&mm->mmap_sem);
	ret = handle_mm_fault(mm, vma, address, write_access);
	up_read(&mm->mmap_sem);
	return ret;
}

[[mm::operation]]
int truncate(struct inode *inode, loff_t size)
{
	int error;

	down(&inode->i_sem);
	error = vmtruncate(inode, size);
	up(&inode->i_sem);
	return error;
}

/*
 * Not in the patch, which is about truncate; the same lock around the same
 * steps, less i_size. (The zap unmaps up to the end of the file: more than
 * asked, and harmless.)
 */
[[mm::operation]]
int invalidate(struct address_space *mapping, loff_t start, loff_t len)
{
	unsigned long pgoff = start >> PAGE_CACHE_SHIFT;

	down(&mapping->host->i_sem);
	fr_write_lock(&mapping->truncate_lock);
	spin_lock(&mapping->i_shared_lock);
	vmtruncate_list(mapping->i_mmap, pgoff);
	vmtruncate_list(mapping->i_mmap_shared, pgoff);
	spin_unlock(&mapping->i_shared_lock);
	invalidate_inode_pages2_range(mapping, pgoff,
				      (start + len) >> PAGE_CACHE_SHIFT);
	fr_write_unlock(&mapping->truncate_lock);
	up(&mapping->host->i_sem);
	return 0;
}
