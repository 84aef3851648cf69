/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * contract.h - what a protocol gives and a scenario may call.
 *
 * A protocol is one way of serialising faults against whatever takes pages out
 * of a file. It defines three functions. A scenario is a start state and
 * threads that call them; it knows nothing of how they work, so that any
 * scenario can be linked with any protocol. Both are kernel code: locks that
 * the real callers hold are taken inside.
 *
 *   fault(vma, address, write_access)
 *	The CPU found no usable pte for a load (READ) or a store (WRITE) at
 *	address, a page boundary inside vma. Holds mm->mmap_sem for read, as the
 *	fault handler of every architecture does. Returns VM_FAULT_MAJOR: a pte
 *	was installed; VM_FAULT_MINOR: there was one already; VM_FAULT_SIGBUS:
 *	the file has no such page; VM_FAULT_RETRY: none of these, and the caller
 *	must fault again, as a CPU does by itself.
 *
 *   truncate(inode, size)
 *	truncate(2): sets the size of the file, larger or smaller; what is
 *	beyond is unmapped and leaves the page cache. Holds inode->i_sem.
 *	Returns 0.
 *
 *   invalidate(mapping, start, len)
 *	The cached pages of [start, start + len), page-aligned and inside the
 *	file, are stale: another node has written them, or O_DIRECT has. They
 *	are unmapped and leave the page cache; i_size stays. Returns 0.
 *
 * Each run of one of them is an operation: it is in flight from its first step
 * to its last.
 *
 * A protocol that uses the fault path of memory.h (handle_mm_fault) also
 * defines do_no_page.
 *
 * Witnesses: a protocol says witness("install") where a pte has been set,
 * witness("retry") where a fault noticed a truncation and starts over,
 * witness("refuse") where it gives up because the page is beyond the end. A
 * search that finds nothing wrong lists those it has reached: a protocol that
 * never installs a page is safe, and useless.
 */
#ifndef CONTRACT_H
#define CONTRACT_H

#include <fs.h>

[[mm::operation]]
int fault(struct vm_area_struct *vma, unsigned long address, int write_access);
[[mm::operation]]
int truncate(struct inode *inode, loff_t size);
[[mm::operation]]
int invalidate(struct address_space *mapping, loff_t start, loff_t len);

/*
 * There is no pte for address: finds the page and installs it. Called with
 * page_table_lock held, returns without it. page_table is where the pte
 * belongs. Returns one of VM_FAULT_*.
 */
int do_no_page(struct mm_struct *mm, struct vm_area_struct *vma,
	       unsigned long address, int write_access, pte_t *page_table);

/* The vm_ops of a mapped file. filemap.h has the ordinary one. */
extern const struct vm_operations_struct generic_file_vm_ops;

#endif
