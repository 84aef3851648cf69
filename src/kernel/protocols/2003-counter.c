/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * 2003-counter.c - one counter per file: truncate counts, a fault looks before
 * ->nopage and before it sets the pte.
 *
 * Who:	Dave McCracken and Paul E. McKenney, June 2003; merged in 2.6.0-test3
 *	(3e63f0be in the BitKeeper history) on top of invalidate_mmap_range
 *	(5096494f), which a distributed file system calls when another node
 *	writes.
 * Mails: Andrea Arcangeli's objection of 20 June 2003, McKenney's answer of 22
 *	June, and Andrea's second diagram of 23 June ("Re: [PATCH] Fix
 *	vmtruncate race and distributed filesystem race").
 * Claim: (McKenney) whoever counts has already changed what ->nopage looks at.
 *	So a fault that begins after the count is refused by ->nopage, and one
 *	that began before finds another count; if it has passed that check, the
 *	zap comes after and clears its pte.
 * Disputed: (Arcangeli) a fault that begins after the count finds it unchanged
 *	at the end, although the page has become anonymous in between; one
 *	counter cannot say that a truncation is going on. Both are right. Andrea
 *	counts in do_truncate, before i_size; the patch counts after i_size and
 *	before the first zap, and there his schedule does not exist. But where
 *	i_size does not change, ->nopage has nothing to refuse: the merged patch
 *	is safe for truncate and not for invalidate.
 *
 * Variants: where truncate counts. Each step up or down from the merged place
 *	opens the race.
 *	-D COUNT_BEFORE_I_SIZE	before i_size changes, as Andrea reads it
 *	(none)			between i_size and the first zap, under
 *				i_shared_sem, as merged
 *	-D COUNT_AFTER_ZAP	when all ptes are gone, before the pages go
 *	-D COUNT_AFTER_REMOVAL	when the pages have gone too
 */
#include <contract.h>
#include <linux-2.5.h>

#if !defined(COUNT_BEFORE_I_SIZE) && !defined(COUNT_AFTER_ZAP) && \
	!defined(COUNT_AFTER_REMOVAL)
#define COUNT_BEFORE_ZAP
#endif

/*
 * Called with page_table_lock held; it is dropped for ->nopage, which may
 * sleep. If the file has been counted since, the page may be of no file any
 * more: drop it, take the new count, and ask ->nopage again.
 */
int do_no_page(struct mm_struct *mm, struct vm_area_struct *vma,
	       unsigned long address, int write_access, pte_t *page_table)
{
	struct inode *inode = vma->vm_file->f_dentry->d_inode;
	struct address_space *mapping = inode->i_mapping;
	struct page *new_page;
	pte_t entry;
	int sequence;

	spin_unlock(&mm->page_table_lock);

	sequence = atomic_read(&mapping->truncate_count);
	smp_rmb();	/* the count before all that ->nopage reads */
retry:
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
	if (unlikely(sequence != atomic_read(&mapping->truncate_count))) {
		witness("retry");
		sequence = atomic_read(&mapping->truncate_count);
		spin_unlock(&mm->page_table_lock);
		page_cache_release(new_page);
		goto retry;
	}
	/*
	 * Whoever counts from now on zaps after we have dropped
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

/*
 * Unmaps a range of the file from every process; holelen 0 is to the end. The
 * caller has made ->nopage refuse it.
 */
static void invalidate_mmap_range(struct address_space *mapping,
				  loff_t holebegin, loff_t holelen)
{
	unsigned long hba = holebegin >> PAGE_SHIFT;
	unsigned long hlen = (holelen + PAGE_SIZE - 1) >> PAGE_SHIFT;

	down(&mapping->i_shared_sem);
#ifdef COUNT_BEFORE_ZAP
	atomic_inc(&mapping->truncate_count);
#endif
	invalidate_mmap_range_list(mapping->i_mmap, hba, hlen);
	invalidate_mmap_range_list(mapping->i_mmap_shared, hba, hlen);
#ifdef COUNT_AFTER_ZAP
	atomic_inc(&mapping->truncate_count);
#endif
	up(&mapping->i_shared_sem);
}

/* Called with i_sem held. */
static int vmtruncate(struct inode *inode, loff_t offset)
{
	struct address_space *mapping = inode->i_mapping;

	if (inode->i_size < offset) {
		/* The file grows: there is nothing to take away. */
		inode->i_size = offset;
		return 0;
	}
#ifdef COUNT_BEFORE_I_SIZE
	atomic_inc(&mapping->truncate_count);
#endif
	inode->i_size = offset;
	invalidate_mmap_range(mapping, offset + PAGE_SIZE - 1, 0);
	truncate_inode_pages(mapping, offset);
#ifdef COUNT_AFTER_REMOVAL
	atomic_inc(&mapping->truncate_count);
#endif
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
 * invalidate_inode_pages2 with the zap that later kernels gave it, under i_sem
 * as O_DIRECT calls it. i_size stays, so that ->nopage goes on handing out the
 * page until it has left the page cache.
 */
[[mm::operation]]
int invalidate(struct address_space *mapping, loff_t start, loff_t len)
{
	down(&mapping->host->i_sem);
#ifdef COUNT_BEFORE_I_SIZE
	atomic_inc(&mapping->truncate_count);
#endif
	invalidate_mmap_range(mapping, start, len);
	invalidate_inode_pages2_range(mapping, start >> PAGE_CACHE_SHIFT,
				      (start + len) >> PAGE_CACHE_SHIFT);
#ifdef COUNT_AFTER_REMOVAL
	atomic_inc(&mapping->truncate_count);
#endif
	up(&mapping->host->i_sem);
	return 0;
}
