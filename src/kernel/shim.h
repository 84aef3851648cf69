/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * shim.h - lets a C compiler read the models, and editors with it: declares what the language itself provides.
 * mmreplay never reads this file.
 *
 *	gcc -std=c2x -Wall -Werror -Wno-attributes=mm:: -include src/kernel/shim.h -I src/kernel/include -fsyntax-only FILE.c
 */
#ifndef SHIM_H
#define SHIM_H

#include <stdbool.h>
#include <stddef.h>

typedef int thread_t;

#define NR_THREADS 4

thread_t __current(void);
void __shim_use(long value);

/* Of a pool it is the member's address that counts, of a format its arguments. */
#define choose(n) ((int)((n) - 1))
#define alloc(pool) (&(pool)[0])
#define pool_first(pool) (&(pool)[0])
#define pool_next(pool, pointer) ((pointer) ? &(pool)[0] : NULL)
#define stale(pointer) ((pointer) == NULL)
void free(void *pointer);
[[gnu::format(printf, 1, 2)]] bool violated(const char *format, ...);
void witness(const char *name);

#define assert(cond) __shim_use((cond) ? 1 : 0)
[[gnu::noreturn]] void BUG(void);
enum __shim_exposed { zero, uninit };
#define expose(what) __shim_use(what)

#define READ_ONCE(x) (x)
#define WRITE_ONCE(x, value) ((x) = (value))
#define smp_load_acquire(pointer) (*(pointer))
#define smp_store_release(pointer, value) (*(pointer) = (value))
#define xchg(pointer, value) ({ typeof(*(pointer)) __old = *(pointer); *(pointer) = (value); __old; })
#define cmpxchg(pointer, old, new)				\
	({							\
		typeof(*(pointer)) __found = *(pointer);	\
		if (__found == (old))				\
			*(pointer) = (new);			\
		__found;					\
	})
#define smp_mb() __shim_use(0)
#define smp_rmb() __shim_use(0)
#define smp_wmb() __shim_use(0)

/* The prelude's own. */
#define __await(cond) __shim_use((cond) ? 1 : 0)
#define __event(kind) __shim_use(sizeof(kind))
#define __order(order) __shim_use(sizeof(order))
#define __fail(kind, message) __shim_use(sizeof(kind) + sizeof(message))
#define __container_of(pointer, offset) ((void *)((char *)(pointer) - (offset)))

#include "../lang/prelude.h"

#endif
