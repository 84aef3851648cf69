/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * memory.h - page tables (mm/memory.c): the way into a fault, and the zap.
 */
#ifndef MEMORY_H
#define MEMORY_H

#include <contract.h>

/*
 * From the address to the pte. Called with mmap_sem held for read.
 * handle_pte_fault is folded in: what a fault on a present pte does (dirty bit,
 * copy on write) plays no part here.
 */
static inline int handle_mm_fault(struct mm_struct *mm,
				  struct vm_area_struct *vma,
				  unsigned long address, int write_access)
{
	pte_t *pte = pte_offset(mm, address);

	spin_lock(&mm->page_table_lock);
	if (pte_none(*pte))
		return do_no_page(mm, vma, address, write_access, pte);
	spin_unlock(&mm->page_table_lock);
	return VM_FAULT_MINOR;
}

/*
 * Clears the ptes of [address, address + size). Looks at the ptes only: the
 * page lock means nothing here, and no shortcut is taken before
 * page_table_lock, so that whoever holds it either has set its pte before (and
 * it is cleared) or finds what this zap has announced. The TLB is not modelled;
 * it is flushed before the lock is dropped.
 */
static inline void zap_page_range(struct mm_struct *mm, unsigned long address,
				  unsigned long size)
{
	unsigned long end = address + size;

	spin_lock(&mm->page_table_lock);
	for (; address < end; address += PAGE_SIZE) {
		pte_t *ptep = pte_offset(mm, address);
		pte_t pte = *ptep;

		if (pte_none(pte))
			continue;
		pte_clear(ptep);
		mm->rss--;
		if (pte_dirty(pte))
			set_page_dirty(pte_page(pte));
		page_cache_release(pte_page(pte));
	}
	spin_unlock(&mm->page_table_lock);
}

#endif
