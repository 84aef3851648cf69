/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * frlock.h - a lock for readers who may retry and must not write: two counters
 * around the writer's work.
 *
 * The writer counts up pre_sequence when it comes in and post_sequence when it
 * leaves; they differ while it is inside. A reader takes post_sequence first
 * (the last writer that has *finished*) and compares it with pre_sequence at
 * the end (the last writer that has *started*). They are equal only if no
 * writer was inside when the reader began and none has come in since. That is
 * more than one counter can say: with one, a writer that was already inside
 * goes unnoticed.
 *
 * After the frlocks of early 2003; 2.6's seqlock is of the same family, with
 * one counter that is odd while a writer is inside.
 */
#ifndef FRLOCK_H
#define FRLOCK_H

typedef struct {
	unsigned pre_sequence;
	unsigned post_sequence;
#ifdef FRLOCK_SPIN
	spinlock_t lock;	/* as posted: the writer must not sleep */
#else
	struct semaphore lock;	/* the writer may sleep */
#endif
} frlock_t;

#ifdef FRLOCK_SPIN
#define FRLOCK_UNLOCKED { .lock = SPIN_LOCK_UNLOCKED }
#else
#define FRLOCK_UNLOCKED { .lock = __SEMAPHORE_INITIALIZER(1) }
#endif

static inline void fr_write_lock(frlock_t *rw)
{
#ifdef FRLOCK_SPIN
	spin_lock(&rw->lock);
#else
	down(&rw->lock);
#endif
	rw->pre_sequence++;
	smp_wmb();
}

static inline void fr_write_unlock(frlock_t *rw)
{
	smp_wmb();
	rw->post_sequence++;
#ifdef FRLOCK_SPIN
	spin_unlock(&rw->lock);
#else
	up(&rw->lock);
#endif
}

static inline unsigned fr_read_begin(frlock_t *rw)
{
	unsigned sequence = rw->post_sequence;

	smp_rmb();
	return sequence;
}

static inline unsigned fr_read_end(frlock_t *rw)
{
	smp_rmb();
	return rw->pre_sequence;
}

#endif
