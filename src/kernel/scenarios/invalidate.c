/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * invalidate.c - a page inside the file is unmapped and dropped from the page
 * cache while it is faulted in.
 *
 * The file keeps its size, so that nothing in ->nopage refuses the page while
 * it is being dropped. Can the process end up with the old page? Other
 * processes will be given a new one for the same place.
 */
#include <scenario.h>

[[mm::thread]] void CPU0(void)
{
	invalidate(&inode.i_data, 0, PAGE_SIZE);
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
