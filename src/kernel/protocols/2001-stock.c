/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * 2001-stock.c - nothing serialises ->nopage against truncate.
 *
 * Who:	mainline 2.4 from January 2001 on, and 2.5 up to 2.6.0-test2. 2.2 has
 *	the same race in another order (it drops the pages first and unmaps them
 *	after).
 * Mails: Dave McCracken reported the race on 13 May 2003
 *	(<154080000.1052858685@baldur.austin.ibm.com>). Andrew Morton knew it: a
 *	kernel summit had found that an application which does this is racing
 *	with itself anyway. Andrea Arcangeli called it a corruption of the VM
 *	that must be fixed, and did (2003-frlock.c).
 * Claim: none. The order within truncate is meant to be enough: i_size first,
 *	so that new faults are refused; then the ptes; then the pages.
 * Disputed: whether it matters. A fault that has looked at i_size and has its
 *	page does not look again. It sleeps in disk I/O, or is interrupted, and
 *	truncate passes it by: i_size, zap (there is nothing to zap yet), page
 *	gone. Then the pte is set. The process has a page that is no longer the
 *	file's; what it stores there after the file has grown again is never
 *	written.
 */
#include <contract.h>
#include <linux-2.4.h>

/*
 * Called with page_table_lock held, which only keeps the page table alive. It
 * is dropped for ->nopage, which may sleep, and whatever happens to the file
 * from then on is not noticed.
 */
int do_no_page(struct mm_struct *mm, struct vm_area_struct *vma,
	       unsigned long address, int write_access, pte_t *page_table)
{
	struct page *new_page;
	pte_t entry;

	spin_unlock(&mm->page_table_lock);

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
		inode->i_size = offset;
		return 0;
	}
	inode->i_size = offset;
	pgoff = (offset + PAGE_CACHE_SIZE - 1) >> PAGE_CACHE_SHIFT;
	spin_lock(&mapping->i_shared_lock);
	vmtruncate_list(mapping->i_mmap, pgoff);
	vmtruncate_list(mapping->i_mmap_shared, pgoff);
	spin_unlock(&mapping->i_shared_lock);
	truncate_inode_pages(mapping, offset);
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
 * Mainline 2.4 never does this: its invalidate_inode_pages2 leaves the ptes
 * alone. A distributed file system has to, and does it with what there is: the
 * zap of truncate (which unmaps up to the end: more than asked, and harmless)
 * without the new i_size.
 */
[[mm::operation]]
int invalidate(struct address_space *mapping, loff_t start, loff_t len)
{
	unsigned long pgoff = start >> PAGE_CACHE_SHIFT;

	down(&mapping->host->i_sem);
	spin_lock(&mapping->i_shared_lock);
	vmtruncate_list(mapping->i_mmap, pgoff);
	vmtruncate_list(mapping->i_mmap_shared, pgoff);
	spin_unlock(&mapping->i_shared_lock);
	invalidate_inode_pages2_range(mapping, pgoff,
				      (start + len) >> PAGE_CACHE_SHIFT);
	up(&mapping->host->i_sem);
	return 0;
}
