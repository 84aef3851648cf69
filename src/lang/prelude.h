/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * prelude.h - what every model may use without an #include: the kernel's basic types, locks, atomics, wait queues,
 * RCU and lists, written in the language itself, so that there is one semantics.
 *
 * A function here is opaque: its steps belong to the line that calls it. [[mm::step("kind")]] makes a function one
 * step of that kind; __await(cond) at its start makes it block until cond holds. A step function that touches only
 * ghost cells is no step at all (might_sleep, preempt_disable). Names with two underscores are not for models.
 *
 * __order says what a function orders under --memory tso and weak, where its kind does not say it: acquire, grant and
 * wait are acquire; release and wake are release; an access that returns a value is a full barrier, any other orders
 * nothing. docs/MEMORY_ORDER.md has the table.
 */

typedef signed char s8;
typedef unsigned char u8;
typedef short s16;
typedef unsigned short u16;
typedef int s32;
typedef unsigned int u32;
typedef long long s64;
typedef unsigned long long u64;
typedef unsigned long size_t;
typedef long ssize_t;
typedef long long loff_t;
typedef unsigned long pgoff_t;
typedef unsigned int gfp_t;
typedef unsigned long sector_t;

#define current __current()
#define smp_processor_id() (__current() - 1)
#define likely(x) (x)
#define unlikely(x) (x)
#define barrier() do { } while (0)
#define smp_mb__before_atomic() smp_mb()
#define smp_mb__after_atomic() smp_mb()
#define BUG_ON(cond) do { if (cond) BUG(); } while (0)
#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define container_of(ptr, type, member) ((type *)__container_of(ptr, offsetof(type, member)))
#define for_each_object(p, pool) for (p = pool_first(pool); p; p = pool_next(pool, p))
#define min(a, b) ((a) < (b) ? (a) : (b))
#define max(a, b) ((a) > (b) ? (a) : (b))

/* ---- atomic context ------------------------------------------------------------------------------------------ */

[[mm::ghost]] int __preempt_count[NR_THREADS];

[[mm::atomic]] void preempt_disable(void)
{
	__preempt_count[current - 1]++;
}

[[mm::atomic]] void preempt_enable(void)
{
	__preempt_count[current - 1]--;
}

[[mm::atomic]] void might_sleep(void)
{
	if (__preempt_count[current - 1])
		__fail("sleep-in-atomic", "may sleep while a spinlock is held");
}

#define cond_resched() might_sleep()

/* Blocks until cond holds; in atomic context it goes on at once, to be caught there. */
#define __sleep_until(cond)						\
	do {								\
		__await((cond) || __preempt_count[current - 1]);	\
		might_sleep();						\
	} while (0)

/* ---- spinlock_t: owned, not fair ----------------------------------------------------------------------------- */

[[mm::lock]] typedef struct {
	[[mm::owner]] thread_t owner;
} spinlock_t;

#define SPIN_LOCK_UNLOCKED { .owner = 0 }

[[mm::step("acquire")]] void spin_lock(spinlock_t *lock)
{
	__await(!lock->owner);
	lock->owner = current;
	preempt_disable();
}

[[mm::step("acquire")]] bool spin_trylock(spinlock_t *lock)
{
	if (lock->owner) {
		__event("access");
		return false;
	}
	lock->owner = current;
	preempt_disable();
	return true;
}

[[mm::step("release")]] void spin_unlock(spinlock_t *lock)
{
	__order("store");
	if (!lock->owner)
		__fail("double-unlock", "the spinlock is not locked");
	if (lock->owner != current)
		__fail("unlock-by-non-owner", "the spinlock is held by another thread");
	lock->owner = 0;
	preempt_enable();
}

#define spin_lock_irq(lock) spin_lock(lock)
#define spin_unlock_irq(lock) spin_unlock(lock)
#define spin_is_locked(lock) (READ_ONCE((lock)->owner) != 0)

/* ---- the FIFO of the sleeping locks: release hands over ------------------------------------------------------- */

struct __fifo {
	[[mm::queue]] thread_t queue[NR_THREADS];
	bool __granted[NR_THREADS];
};

[[mm::atomic]] void __fifo_push(struct __fifo *fifo)
{
	int i = 0;

	while (fifo->queue[i])
		i++;
	fifo->queue[i] = current;
}

/* The first in the queue leaves it and may go on; 0 when nobody waits. */
[[mm::atomic]] thread_t __fifo_grant(struct __fifo *fifo)
{
	thread_t head = fifo->queue[0];
	int i;

	if (!head)
		return 0;
	for (i = 0; i + 1 < NR_THREADS && fifo->queue[i]; i++)
		fifo->queue[i] = fifo->queue[i + 1];
	if (i + 1 == NR_THREADS)
		fifo->queue[i] = 0;
	fifo->__granted[head - 1] = true;
	return head;
}

/* ---- struct mutex: owned, fair --------------------------------------------------------------------------------- */

struct [[mm::lock]] mutex {
	[[mm::owner]] thread_t owner;
	struct __fifo waiters;
};

[[mm::step("acquire")]] bool __mutex_lock(struct mutex *lock)
{
	might_sleep();
	if (lock->owner) {
		__fifo_push(&lock->waiters);
		__event("queue");
		return false;
	}
	lock->owner = current;
	return true;
}

[[mm::step("grant")]] void __mutex_wait(struct mutex *lock)
{
	__await(lock->waiters.__granted[current - 1]);
	lock->waiters.__granted[current - 1] = false;
}

void mutex_lock(struct mutex *lock)
{
	if (!__mutex_lock(lock))
		__mutex_wait(lock);
}

[[mm::step("acquire")]] bool mutex_trylock(struct mutex *lock)
{
	if (lock->owner) {
		__event("access");
		return false;
	}
	lock->owner = current;
	return true;
}

[[mm::step("release")]] void mutex_unlock(struct mutex *lock)
{
	if (!lock->owner)
		__fail("double-unlock", "the mutex is not locked");
	if (lock->owner != current)
		__fail("unlock-by-non-owner", "the mutex is held by another thread");
	lock->owner = __fifo_grant(&lock->waiters);
}

/* ---- struct semaphore: counts, fair, has no owner -------------------------------------------------------------- */

struct [[mm::lock]] semaphore {
	int count;
	struct __fifo waiters;
};

#define __SEMAPHORE_INITIALIZER(n) { .count = (n) }

[[mm::step("acquire")]] bool __down(struct semaphore *sem)
{
	might_sleep();
	if (sem->count <= 0) {
		__fifo_push(&sem->waiters);
		__event("queue");
		return false;
	}
	sem->count--;
	return true;
}

[[mm::step("grant")]] void __down_wait(struct semaphore *sem)
{
	__await(sem->waiters.__granted[current - 1]);
	sem->waiters.__granted[current - 1] = false;
}

void down(struct semaphore *sem)
{
	if (!__down(sem))
		__down_wait(sem);
}

/* 0 when taken, as in the kernel. */
[[mm::step("acquire")]] int down_trylock(struct semaphore *sem)
{
	if (sem->count <= 0) {
		__event("access");
		return 1;
	}
	sem->count--;
	return 0;
}

[[mm::step("release")]] void up(struct semaphore *sem)
{
	if (!__fifo_grant(&sem->waiters))
		sem->count++;
}

/* ---- struct rw_semaphore: owned, fair: a queued writer blocks later readers ------------------------------------ */

struct [[mm::lock]] rw_semaphore {
	[[mm::owner]] thread_t writer;
	[[mm::readers]] int readers[NR_THREADS];
	struct __fifo waiters;
	bool __wants_write[NR_THREADS];
};

[[mm::atomic]] bool __rwsem_is_read(struct rw_semaphore *sem)
{
	int i;

	for (i = 0; i < NR_THREADS; i++)
		if (sem->readers[i])
			return true;
	return false;
}

[[mm::atomic]] void __rwsem_wake(struct rw_semaphore *sem)
{
	thread_t head;

	while ((head = sem->waiters.queue[0]) && !sem->writer) {
		if (sem->__wants_write[head - 1]) {
			if (__rwsem_is_read(sem))
				return;
			sem->writer = head;
			sem->__wants_write[head - 1] = false;
		} else {
			sem->readers[head - 1]++;
		}
		__fifo_grant(&sem->waiters);
	}
}

[[mm::step("acquire")]] bool __down_read(struct rw_semaphore *sem)
{
	might_sleep();
	if (sem->writer || sem->waiters.queue[0]) {
		__fifo_push(&sem->waiters);
		__event("queue");
		return false;
	}
	sem->readers[current - 1]++;
	return true;
}

[[mm::step("acquire")]] bool __down_write(struct rw_semaphore *sem)
{
	might_sleep();
	if (sem->writer || sem->waiters.queue[0] || __rwsem_is_read(sem)) {
		sem->__wants_write[current - 1] = true;
		__fifo_push(&sem->waiters);
		__event("queue");
		return false;
	}
	sem->writer = current;
	return true;
}

[[mm::step("grant")]] void __rwsem_wait(struct rw_semaphore *sem)
{
	__await(sem->waiters.__granted[current - 1]);
	sem->waiters.__granted[current - 1] = false;
}

void down_read(struct rw_semaphore *sem)
{
	if (!__down_read(sem))
		__rwsem_wait(sem);
}

void down_write(struct rw_semaphore *sem)
{
	if (!__down_write(sem))
		__rwsem_wait(sem);
}

/* 1 when taken, as in the kernel. */
[[mm::step("acquire")]] int down_read_trylock(struct rw_semaphore *sem)
{
	if (sem->writer || sem->waiters.queue[0]) {
		__event("access");
		return 0;
	}
	sem->readers[current - 1]++;
	return 1;
}

[[mm::step("acquire")]] int down_write_trylock(struct rw_semaphore *sem)
{
	if (sem->writer || sem->waiters.queue[0] || __rwsem_is_read(sem)) {
		__event("access");
		return 0;
	}
	sem->writer = current;
	return 1;
}

[[mm::step("release")]] void up_read(struct rw_semaphore *sem)
{
	if (!sem->readers[current - 1])
		__fail("unlock-by-non-owner", "the rw_semaphore is not held for reading by this thread");
	sem->readers[current - 1]--;
	__rwsem_wake(sem);
}

[[mm::step("release")]] void up_write(struct rw_semaphore *sem)
{
	if (!sem->writer)
		__fail("double-unlock", "the rw_semaphore is not held for writing");
	if (sem->writer != current)
		__fail("unlock-by-non-owner", "the rw_semaphore is held for writing by another thread");
	sem->writer = 0;
	__rwsem_wake(sem);
}

[[mm::step("release")]] void downgrade_write(struct rw_semaphore *sem)
{
	if (sem->writer != current)
		__fail("unlock-by-non-owner", "the rw_semaphore is not held for writing by this thread");
	sem->writer = 0;
	sem->readers[current - 1]++;
	__rwsem_wake(sem);
}

/* ---- bit_lock_t: one bit, no owner (the page lock: I/O completion unlocks what it never locked), not fair ------- */

[[mm::lock]] typedef struct {
	bool locked;
} bit_lock_t;

[[mm::step("acquire")]] void bit_lock(bit_lock_t *lock)
{
	__sleep_until(!lock->locked);
	lock->locked = true;
}

[[mm::step("acquire")]] bool bit_trylock(bit_lock_t *lock)
{
	if (lock->locked) {
		__event("access");
		return false;
	}
	lock->locked = true;
	return true;
}

[[mm::step("release")]] void bit_unlock(bit_lock_t *lock)
{
	if (!lock->locked)
		__fail("double-unlock", "the bit lock is not locked");
	lock->locked = false;
}

/* Waits until nobody holds it, without taking it. */
[[mm::step("wait")]] void bit_wait(bit_lock_t *lock)
{
	__sleep_until(!lock->locked);
}

#define bit_is_locked(lock) READ_ONCE((lock)->locked)

/* ---- struct completion ----------------------------------------------------------------------------------------- */

struct [[mm::lock]] completion {
	int done;
	bool __all;
};

[[mm::step("wait")]] void wait_for_completion(struct completion *x)
{
	__sleep_until(x->done > 0);
	if (!x->__all)
		x->done--;
}

[[mm::step("wake")]] void complete(struct completion *x)
{
	x->done++;
}

[[mm::step("wake")]] void complete_all(struct completion *x)
{
	x->done = 1;
	x->__all = true;
}

/* ---- wait queues: a wake-up between the test and the sleep is not lost, one before it is ------------------------ */

typedef struct {
	bool waiting[NR_THREADS];
	bool woken[NR_THREADS];
} wait_queue_head_t;

[[mm::step("queue")]] void prepare_to_wait(wait_queue_head_t *wq)
{
	__order("full");
	wq->waiting[current - 1] = true;
	wq->woken[current - 1] = false;
}

[[mm::step("wait")]] void __sleep_on(wait_queue_head_t *wq)
{
	__sleep_until(wq->woken[current - 1]);
}

[[mm::step("access")]] void finish_wait(wait_queue_head_t *wq)
{
	wq->waiting[current - 1] = false;
	wq->woken[current - 1] = false;
}

[[mm::step("wake")]] void wake_up(wait_queue_head_t *wq)
{
	int i;

	for (i = 0; i < NR_THREADS; i++)
		if (wq->waiting[i])
			wq->woken[i] = true;
}

#define wake_up_all(wq) wake_up(wq)
#define schedule_on(wq) __sleep_on(wq)
#define wait_event(wq, condition)				\
	do {							\
		for (;;) {					\
			prepare_to_wait(&(wq));			\
			if (condition)				\
				break;				\
			__sleep_on(&(wq));			\
		}						\
		finish_wait(&(wq));				\
	} while (0)

/* ---- seqcount_t, seqlock_t -------------------------------------------------------------------------------------- */

typedef struct {
	unsigned sequence;
} seqcount_t;

unsigned read_seqcount_begin(seqcount_t *s)
{
	unsigned ret;

	do
		ret = READ_ONCE(s->sequence);
	while (ret & 1);
	smp_rmb();
	return ret;
}

bool read_seqcount_retry(seqcount_t *s, unsigned start)
{
	smp_rmb();
	return READ_ONCE(s->sequence) != start;
}

void write_seqcount_begin(seqcount_t *s)
{
	s->sequence++;
	smp_wmb();
}

void write_seqcount_end(seqcount_t *s)
{
	smp_wmb();
	s->sequence++;
}

typedef struct {
	seqcount_t seqcount;
	spinlock_t lock;
} seqlock_t;

#define read_seqbegin(sl) read_seqcount_begin(&(sl)->seqcount)
#define read_seqretry(sl, start) read_seqcount_retry(&(sl)->seqcount, start)

void write_seqlock(seqlock_t *sl)
{
	spin_lock(&sl->lock);
	write_seqcount_begin(&sl->seqcount);
}

void write_sequnlock(seqlock_t *sl)
{
	write_seqcount_end(&sl->seqcount);
	spin_unlock(&sl->lock);
}

/* ---- atomic_t: void operations order nothing, value-returning ones are full barriers ---------------------------- */

typedef struct {
	int counter;
} atomic_t;

#define ATOMIC_INIT(i) { .counter = (i) }
#define atomic_read(v) READ_ONCE((v)->counter)
#define atomic_set(v, i) WRITE_ONCE((v)->counter, i)

[[mm::step("access")]] void atomic_add(int i, atomic_t *v)
{
	v->counter += i;
}

[[mm::step("access")]] void atomic_sub(int i, atomic_t *v)
{
	v->counter -= i;
}

[[mm::step("access")]] void atomic_inc(atomic_t *v)
{
	v->counter++;
}

[[mm::step("access")]] void atomic_dec(atomic_t *v)
{
	v->counter--;
}

[[mm::step("access")]] int atomic_add_return(int i, atomic_t *v)
{
	return v->counter += i;
}

[[mm::step("access")]] int atomic_sub_return(int i, atomic_t *v)
{
	return v->counter -= i;
}

[[mm::step("access")]] int atomic_inc_return(atomic_t *v)
{
	return ++v->counter;
}

[[mm::step("access")]] int atomic_dec_return(atomic_t *v)
{
	return --v->counter;
}

[[mm::step("access")]] bool atomic_dec_and_test(atomic_t *v)
{
	return --v->counter == 0;
}

[[mm::step("access")]] bool atomic_inc_not_zero(atomic_t *v)
{
	if (!v->counter)
		return false;
	v->counter++;
	return true;
}

[[mm::step("access")]] int atomic_xchg(atomic_t *v, int i)
{
	int old = v->counter;

	v->counter = i;
	return old;
}

[[mm::step("access")]] int atomic_cmpxchg(atomic_t *v, int old, int new)
{
	int found = v->counter;

	if (found == old)
		v->counter = new;
	return found;
}

/* ---- refcount_t: a count that must not come back from zero ------------------------------------------------------ */

typedef struct {
	int refs;
} refcount_t;

#define REFCOUNT_INIT(n) { .refs = (n) }
#define refcount_read(r) READ_ONCE((r)->refs)
#define refcount_set(r, n) WRITE_ONCE((r)->refs, n)

[[mm::step("access")]] void refcount_inc(refcount_t *r)
{
	if (!r->refs)
		__fail("use-after-free", "refcount_inc: the count is 0, the object may be freed already");
	r->refs++;
}

[[mm::step("access")]] bool refcount_inc_not_zero(refcount_t *r)
{
	if (!r->refs)
		return false;
	r->refs++;
	return true;
}

[[mm::step("access")]] bool refcount_dec_and_test(refcount_t *r)
{
	if (!r->refs)
		__fail("use-after-free", "refcount_dec_and_test: the count is 0 already");
	return --r->refs == 0;
}

/* ---- bit operations ----------------------------------------------------------------------------------------------- */

#define test_bit(nr, addr) ((READ_ONCE(*(addr)) >> (nr)) & 1)

[[mm::step("access")]] void set_bit(int nr, unsigned long *addr)
{
	*addr |= 1UL << nr;
}

[[mm::step("access")]] void clear_bit(int nr, unsigned long *addr)
{
	*addr &= ~(1UL << nr);
}

[[mm::step("access")]] bool test_and_set_bit(int nr, unsigned long *addr)
{
	bool old = (*addr >> nr) & 1;

	*addr |= 1UL << nr;
	return old;
}

[[mm::step("access")]] bool test_and_clear_bit(int nr, unsigned long *addr)
{
	bool old = (*addr >> nr) & 1;

	*addr &= ~(1UL << nr);
	return old;
}

/* ---- RCU: synchronize_rcu waits for the readers it finds inside -------------------------------------------------- */

struct __rcu {
	int nesting[NR_THREADS];
	bool __waits[NR_THREADS][NR_THREADS];
	int __pending[NR_THREADS];
};

struct __rcu __rcu;

[[mm::step("acquire")]] void rcu_read_lock(void)
{
	__order("mark");
	__rcu.nesting[current - 1]++;
}

[[mm::step("release")]] void rcu_read_unlock(void)
{
	int i;

	if (!__rcu.nesting[current - 1])
		__fail("double-unlock", "rcu_read_unlock without rcu_read_lock");
	if (--__rcu.nesting[current - 1])
		return;
	for (i = 0; i < NR_THREADS; i++)
		if (__rcu.__waits[i][current - 1]) {
			__rcu.__waits[i][current - 1] = false;
			__rcu.__pending[i]--;
		}
}

[[mm::step("queue")]] void __rcu_snapshot(void)
{
	__order("full");
	int i;

	might_sleep();
	for (i = 0; i < NR_THREADS; i++)
		if (__rcu.nesting[i]) {
			__rcu.__waits[current - 1][i] = true;
			__rcu.__pending[current - 1]++;
		}
}

[[mm::step("grant")]] void __rcu_wait(void)
{
	__order("full");
	__await(!__rcu.__pending[current - 1]);
}

void synchronize_rcu(void)
{
	__rcu_snapshot();
	__rcu_wait();
}

#define rcu_dereference(p) READ_ONCE(p)
#define rcu_assign_pointer(p, v) smp_store_release(&(p), v)

/* ---- lists --------------------------------------------------------------------------------------------------------- */

struct list_head {
	struct list_head *next, *prev;
};

#define LIST_HEAD_INIT(name) { &(name), &(name) }
#define list_entry(ptr, type, member) container_of(ptr, type, member)
#define list_empty(head) (READ_ONCE((head)->next) == (head))
#define list_for_each(pos, head) for (pos = (head)->next; pos != (head); pos = pos->next)
#define list_for_each_entry(pos, head, type, member)			\
	for (pos = list_entry((head)->next, type, member);		\
	     &pos->member != (head);					\
	     pos = list_entry(pos->member.next, type, member))

void INIT_LIST_HEAD(struct list_head *list)
{
	list->next = list;
	list->prev = list;
}

void __list_add(struct list_head *entry, struct list_head *prev, struct list_head *next)
{
	next->prev = entry;
	entry->next = next;
	entry->prev = prev;
	prev->next = entry;
}

void list_add(struct list_head *entry, struct list_head *head)
{
	__list_add(entry, head, head->next);
}

void list_add_tail(struct list_head *entry, struct list_head *head)
{
	__list_add(entry, head->prev, head);
}

void list_del(struct list_head *entry)
{
	struct list_head *next = entry->next;
	struct list_head *prev = entry->prev;

	next->prev = prev;
	prev->next = next;
	entry->next = NULL;
	entry->prev = NULL;
}
