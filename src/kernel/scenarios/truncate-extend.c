/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * truncate-extend.c - the file is cut to nothing and grows back to its old size
 * while a page is faulted in.
 *
 * The same question as in truncate.c, but looking at i_size a second time is no
 * answer here: by then it may be what it was at first (A, B, A), while the page
 * is another one.
 */
#include <scenario.h>

[[mm::thread]] void CPU0(void)
{
	truncate(&inode, 0);
	truncate(&inode, FILE_PAGES * PAGE_SIZE);
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
