/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * truncate-faults.c - several threads of one process fault the same page in
 * while its file is cut to nothing.
 *
 * The question of truncate.c, and whether the faults help each other into it:
 * one may find the pte of another, or the page that another has read anew.
 *
 * -D FAULTERS=N: so many of them, all alike; 0 is the truncation by itself.
 */
#ifndef FAULTERS
#define FAULTERS 2
#endif

/* Each may hold the old page while it reads a new one. */
#ifndef NR_PAGES
#define NR_PAGES (FILE_PAGES + FAULTERS)
#endif

#include <scenario.h>

[[mm::thread]] void CPU0(void)
{
	truncate(&inode, 0);
}

#if FAULTERS > 0
[[mm::thread(FAULTERS)]] void fault_cpu(int n)
{
	/*
	 * A load from the first page. A CPU whose fault came to nothing
	 * executes the load again.
	 */
	while (fault(&vma, 0, READ) == VM_FAULT_RETRY)
		;
}
#endif
