/* A fixed pool of threads that runs numbered jobs: one parallel loop at a time. */
#ifndef WEIR_BASE_POOL_H
#define WEIR_BASE_POOL_H

#include "base/base.h"

struct pool;

struct pool *pool_new(unsigned threads); /* at least 1; the calling thread is one of them */
void pool_free(struct pool *p);
DEFINE_CLEANUP(pool, pool_free)
unsigned pool_threads(const struct pool *p);
unsigned pool_cpus(void); /* processors this process may use (affinity, cgroup quota) */

/*
 * Calls job(ctx, i, thread) for i in [0, n), i ascending as they are taken, thread in [0, pool_threads).
 * A job that returns false stops new ones from being taken.  Returns false if any did.
 */
MUST_CHECK bool pool_run(struct pool *p, int64_t n, bool (*job)(void *ctx, int64_t i, unsigned thread),
                         void *ctx);

#endif
