/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * mm-invariants.h - what must hold between a file and its ptes. Included by
 * every scenario.
 *
 * Both are judged in every state in which nothing that takes pages out of the
 * file is in flight: before its end the old ptes may still be there, and in the
 * classic race the bad pte is set after truncate has returned.
 */
#ifndef MM_INVARIANTS_H
#define MM_INVARIANTS_H

#include <fs.h>

extern struct inode inode;

/* Every mapping of a file: the private ones, then the shared ones. */
#define for_each_vma(vma, mapping) \
	for (vma = first_vma(mapping); vma; vma = next_vma(mapping, vma))

#define for_each_address(address, vma) \
	for (address = vma->vm_start; address < vma->vm_end; \
	     address += PAGE_SIZE)

static inline struct vm_area_struct *first_vma(struct address_space *mapping)
{
	return mapping->i_mmap ? mapping->i_mmap : mapping->i_mmap_shared;
}

static inline struct vm_area_struct *next_vma(struct address_space *mapping,
					      struct vm_area_struct *vma)
{
	if (vma->vm_next_share || (vma->vm_flags & VM_SHARED))
		return vma->vm_next_share;
	return mapping->i_mmap_shared;
}

/* I1: a pte of the file maps the page that the page cache has at its place. */
[[mm::invariant("I1", "idle", "truncate", "invalidate")]]
bool pte_maps_the_cached_page(void)
{
	struct address_space *mapping = &inode.i_data;
	struct vm_area_struct *vma;
	unsigned long address;

	for_each_vma(vma, mapping)
		for_each_address(address, vma) {
			pte_t *pte = pte_offset(vma->vm_mm, address);
			unsigned long index = linear_page_index(vma, address);
			struct page *page = pte->page;

			if (!page || page->anon)
				continue;
			if (!page->mapping)
				return violated("%p maps %p, which has been removed from the page cache",
						pte, page);
			if (page != mapping->page_tree[index])
				return violated("%p maps %p, but the page cache has %p there",
						pte, page,
						mapping->page_tree[index]);
		}
	return true;
}

/* I2: no pte of the file maps a page beyond its end. */
[[mm::invariant("I2", "idle", "truncate", "invalidate")]]
bool no_pte_beyond_the_end(void)
{
	struct address_space *mapping = &inode.i_data;
	struct vm_area_struct *vma;
	unsigned long address, size;

	size = (inode.i_size + PAGE_SIZE - 1) >> PAGE_SHIFT;
	for_each_vma(vma, mapping)
		for_each_address(address, vma) {
			pte_t *pte = pte_offset(vma->vm_mm, address);
			unsigned long index = linear_page_index(vma, address);
			struct page *page = pte->page;

			if (page && !page->anon && index >= size)
				return violated("%p maps %p beyond the end of the file, which has %d pages",
						pte, page, (int)size);
		}
	return true;
}

#endif
