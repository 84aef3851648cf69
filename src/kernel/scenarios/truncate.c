/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * truncate.c - a page is faulted in while its file is cut to nothing.
 *
 * Can the process end up with a page that is no longer the file's? It may get
 * the page before the truncation (then the pte is cleared), or be refused after
 * it; both are fine.
 */
#include <scenario.h>

[[mm::thread]] void CPU0(void)
{
	truncate(&inode, 0);
}

[[mm::thread]] void CPU1(void)
{
	/*
	 * A load from the first page. A CPU whose fault came to nothing
	 * executes the load again.
	 */
	while (fault(&vma, 0, READ) == VM_FAULT_RETRY)
		;
}
