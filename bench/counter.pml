/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * counter.pml - the single counter of 2003 (src/kernel/protocols/2003-counter.c)
 * as one would write it for SPIN by hand: what the race is about and nothing
 * else, one access to shared memory a step.
 *
 * The bench has it beside the exported models, which carry everything that the
 * C says. Left out: reference counts, flags and rss, mmap_sem (nobody writes
 * it), the page lock, and all but one page of the file.
 *
 *	spin -a counter.pml; gcc -O2 -DSAFETY -o pan pan.c; ./pan
 *
 * -DINVALIDATE: i_size stays, as in scenarios/invalidate.c.
 * -DCOUNT_BEFORE_I_SIZE, -DCOUNT_AFTER_ZAP, -DCOUNT_AFTER_REMOVAL: the count at
 * another place, as there.
 */
#if !defined(COUNT_BEFORE_I_SIZE) && !defined(COUNT_AFTER_ZAP) && !defined(COUNT_AFTER_REMOVAL)
#define COUNT_BEFORE_ZAP
#endif

#define NR_PAGES 2

/* Pages are numbered from 1; 0 is none. Page 1 is in the page cache. */
byte pte;			/* the page that the pte maps */
byte page_tree = 1;		/* the page of offset 0 in the page cache */
bool gone[NR_PAGES + 1];	/* page->mapping is NULL, and was the file's */
byte next_page = 2;		/* the next one to be read from disk */
byte i_size = 1;
byte truncate_count;
bool i_sem, i_shared_sem, page_table_lock, tree_lock;
bool in_flight;			/* a truncate or invalidate */

inline lock(l) { atomic { !l -> l = true } }
inline unlock(l) { l = false }

/* I1: no pte maps a page that has left the page cache. */
#define I1 (in_flight || pte == 0 || !gone[pte])

inline remove()
{
	lock(tree_lock);
	page = page_tree;
	unlock(tree_lock);
	if
	:: page != 0 ->
		lock(tree_lock);
		page_tree = 0;
		gone[page] = true;
		unlock(tree_lock)
	:: else
	fi
}

active proctype CPU0()
{
	byte page;

	atomic { !i_sem -> i_sem = true; in_flight = true }
#ifdef COUNT_BEFORE_I_SIZE
	truncate_count++;
#endif
#ifndef INVALIDATE
	i_size = 0;
#endif
	lock(i_shared_sem);
#ifdef COUNT_BEFORE_ZAP
	truncate_count++;
#endif
	lock(page_table_lock);
	if
	:: pte != 0 -> pte = 0
	:: pte == 0
	fi;
	unlock(page_table_lock);
#ifdef COUNT_AFTER_ZAP
	truncate_count++;
#endif
	unlock(i_shared_sem);
	remove();
#ifdef COUNT_AFTER_REMOVAL
	truncate_count++;
#endif
	atomic { i_sem = false; in_flight = false; page = 0; assert(I1) }
}

active proctype CPU1()
{
	byte page, sequence, size;

	sequence = truncate_count;
nopage:
	size = i_size;
	if
	:: size == 0 -> goto refused
	:: else
	fi;
	lock(tree_lock);
	page = page_tree;
	unlock(tree_lock);
	if
	:: page == 0 ->
		/* Read from disk, and added unless another was faster. */
		lock(tree_lock);
		if
		:: atomic { page_tree == 0 -> page = next_page; next_page++ };
			page_tree = page
		:: page_tree != 0 -> page = page_tree
		fi;
		unlock(tree_lock)
	:: else
	fi;
	lock(page_table_lock);
	if
	:: sequence != truncate_count ->
		sequence = truncate_count;
		unlock(page_table_lock);
		goto nopage
	:: else
	fi;
	if
	:: pte == 0 -> atomic { pte = page; assert(I1) }
	:: pte != 0
	fi;
	unlock(page_table_lock);
refused:
	skip
}
