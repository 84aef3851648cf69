/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * mm.h - pages, page tables and mappings: what every kernel of the catalogue
 * has in common.
 *
 * Here is what the argument about faults and truncation needs, and no more: one
 * level of page table, no swap, no LRU lists, no data in the pages. Field and
 * function names are the kernel's.
 */
#ifndef MM_H
#define MM_H

/*
 * A page holds one byte unless told otherwise, so that file sizes, offsets and
 * addresses count pages: i_size 1 is a file of one page. All code converts with
 * PAGE_SHIFT as the kernel does, and works for larger pages.
 */
#ifndef PAGE_SHIFT
#define PAGE_SHIFT 0
#endif
#define PAGE_SIZE (1L << PAGE_SHIFT)
#define PAGE_CACHE_SHIFT PAGE_SHIFT
#define PAGE_CACHE_SIZE PAGE_SIZE

/*
 * The largest file, in pages. -D FILE_PAGES=2 asks the same question of a file
 * of two pages.
 */
#ifndef FILE_PAGES
#define FILE_PAGES 1
#endif
#define NR_PTES FILE_PAGES

struct address_space;
struct file;
struct vm_area_struct;

/* ---- struct page ---- */

struct page {
	struct address_space *mapping;	/* of which file, or NULL */
	unsigned long index;		/* where in that file, in pages */
	atomic_t count;			/* references: cache, ptes, users */
	bit_lock_t PG_locked;
	bool PG_uptodate;
	bool PG_dirty;
	/*
	 * A private copy of a page (copy on write). The kernels of these years
	 * cannot tell one from a truncated page, both have no mapping; the
	 * invariants must.
	 */
	[[mm::ghost]] bool anon;
};

/*
 * All memory; the scenario says how much there is. Page structs are never
 * unmapped: whoever keeps an old pointer reads whatever the page is now.
 */
[[mm::pool]] [[mm::type_stable]] extern struct page page[];

#define PageLocked(page)	bit_is_locked(&(page)->PG_locked)
#define lock_page(page)		bit_lock(&(page)->PG_locked)
#define unlock_page(page)	bit_unlock(&(page)->PG_locked)
/* Says whether it was locked before. Never sleeps. */
#define TestSetPageLocked(page)	(!bit_trylock(&(page)->PG_locked))
#define SetPageLocked(page)	bit_trylock(&(page)->PG_locked)
#define wait_on_page_locked(page) bit_wait(&(page)->PG_locked)

#define PageUptodate(page)	((page)->PG_uptodate)
#define SetPageUptodate(page)	((page)->PG_uptodate = true)
#define ClearPageUptodate(page)	((page)->PG_uptodate = false)
#define PageDirty(page)		((page)->PG_dirty)
#define set_page_dirty(page)	((page)->PG_dirty = true)
#define ClearPageDirty(page)	((page)->PG_dirty = false)

#define page_cache_get(page)	atomic_inc(&(page)->count)
#define put_page_testzero(page)	atomic_dec_and_test(&(page)->count)
/* Drops a reference; the last one frees the page. */
#define page_cache_release(page)		\
	do {					\
		if (put_page_testzero(page))	\
			__free_page(page);	\
	} while (0)

static inline void __free_page(struct page *page)
{
	assert(!page->mapping);
	free(page);
}

/* One step: a page that has just been allocated is nobody else's. */
[[mm::atomic]]
static inline void prep_new_page(struct page *page)
{
	page->mapping = NULL;
	page->index = 0;
	atomic_set(&page->count, 1);
	page->PG_locked.locked = false;
	page->PG_uptodate = false;
	page->PG_dirty = false;
	page->anon = false;
}

static inline struct page *alloc_page(void)
{
	struct page *new_page = alloc(page);

	prep_new_page(new_page);
	return new_page;
}

/* No data in the pages: copying one only tells the invariants what it is. */
#define copy_user_highpage(to, from, address) ((to)->anon = true)

/* ---- page tables ---- */

/*
 * One machine word: set_pte is a single store. No page is no mapping
 * (pte_none).
 */
[[mm::word]] typedef struct {
	struct page *page;
	bool write;
	bool dirty;
} pte_t;

#define pte_none(pte)		(!(pte).page)
#define pte_present(pte)	((pte).page != NULL)
#define pte_page(pte)		((pte).page)
#define pte_dirty(pte)		((pte).dirty)
#define mk_pte(page_)		((pte_t) { .page = (page_) })
#define set_pte(ptep, pte)	(*(ptep) = (pte))
#define pte_clear(ptep)		(*(ptep) = (pte_t) { .page = NULL })

static inline pte_t pte_mkdirty(pte_t pte)
{
	pte.dirty = true;
	return pte;
}

static inline pte_t pte_mkwrite(pte_t pte)
{
	pte.write = true;
	return pte;
}

struct mm_struct {
	struct rw_semaphore mmap_sem;	/* protects the list of vmas */
	spinlock_t page_table_lock;	/* protects ptes and rss */
	unsigned long rss;		/* pages mapped */
	pte_t pte[NR_PTES];
};

#define pte_offset(mm, address)	(&(mm)->pte[(address) >> PAGE_SHIFT])

/* ---- mappings ---- */

#define VM_SHARED 8

struct vm_operations_struct {
	struct page *(*nopage)(struct vm_area_struct *area,
			       unsigned long address, int unused);
};

struct vm_area_struct {
	struct mm_struct *vm_mm;
	unsigned long vm_start;		/* first address ... */
	unsigned long vm_end;		/* ... and the one after the last */
	unsigned long vm_flags;
	const struct vm_operations_struct *vm_ops;
	unsigned long vm_pgoff;		/* the page of the file at vm_start */
	struct file *vm_file;
	struct vm_area_struct *vm_next_share;	/* next in i_mmap(_shared) */
};

#define vma_pages(vma) (((vma)->vm_end - (vma)->vm_start) >> PAGE_SHIFT)
#define linear_page_index(vma, address) \
	((((address) - (vma)->vm_start) >> PAGE_SHIFT) + (vma)->vm_pgoff)

/*
 * What ->nopage returns when the file has no such page: it ends, or the page
 * cannot be read.
 */
#define NOPAGE_SIGBUS ((struct page *)NULL)

/* What a fault can come to. */
#define VM_FAULT_SIGBUS	0	/* no such page: the process gets a signal */
#define VM_FAULT_MINOR	1	/* someone else had installed the page */
#define VM_FAULT_MAJOR	2	/* the page has been installed */
#define VM_FAULT_RETRY	3	/* none of these: the CPU has to fault again */

/* write_access of a fault. */
#define READ	0
#define WRITE	1

#endif
