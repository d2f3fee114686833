/*
 * Threads wait on a condition for the next loop, take job numbers from an atomic counter until it is used
 * up, and report back; the calling thread takes jobs as well.
 *
 *	caller   pool_run: set the loop, round++ ── takes jobs ── waits for busy == 0
 *	thread   waits for round to change ──────── takes jobs ── busy--
 *
 * The lock orders everything but the counter: what a job wrote is visible when pool_run returns.
 */
#include "base/pool.h"

#include <assert.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/num.h"

struct worker {
	struct pool *pool;
	pthread_t id;
	unsigned number; /* from 1: the calling thread is 0 */
};

struct pool {
	unsigned threads, started; /* the second counts workers only */
	struct worker *workers;

	pthread_mutex_t lock;
	pthread_cond_t begin, done;
	uint64_t round; /* guarded by the lock, as are busy and quit */
	unsigned busy;
	bool quit;

	/* The loop; written by the caller while no worker is busy. */
	bool (*job)(void *ctx, int64_t i, unsigned thread);
	void *ctx;
	int64_t n;
	_Atomic int64_t next;
	atomic_bool failed;
};

static void
take_jobs(struct pool *p, unsigned thread)
{
	while (!atomic_load_explicit(&p->failed, memory_order_relaxed)) {
		int64_t i = atomic_fetch_add_explicit(&p->next, 1, memory_order_relaxed);

		if (i >= p->n)
			return;
		if (!p->job(p->ctx, i, thread))
			atomic_store_explicit(&p->failed, true, memory_order_relaxed);
	}
}

static void *
work(void *arg)
{
	struct worker *w = arg;
	struct pool *p = w->pool;
	uint64_t seen = 0;

	pthread_mutex_lock(&p->lock);
	for (;;) {
		while (p->round == seen && !p->quit)
			pthread_cond_wait(&p->begin, &p->lock);
		if (p->quit)
			break;
		seen = p->round;
		pthread_mutex_unlock(&p->lock);

		take_jobs(p, w->number);

		pthread_mutex_lock(&p->lock);
		if (--p->busy == 0)
			pthread_cond_signal(&p->done);
	}
	pthread_mutex_unlock(&p->lock);
	return NULL;
}

struct pool *
pool_new(unsigned threads)
{
	struct pool *p = xcalloc(1, sizeof(*p));

	p->threads = MAX(threads, 1u);
	p->workers = xcalloc(p->threads, sizeof(*p->workers));
	pthread_mutex_init(&p->lock, NULL);
	pthread_cond_init(&p->begin, NULL);
	pthread_cond_init(&p->done, NULL);
	return p;
}

void
pool_free(struct pool *p)
{
	if (p == NULL)
		return;
	pthread_mutex_lock(&p->lock);
	assert(p->busy == 0);
	p->quit = true;
	pthread_cond_broadcast(&p->begin);
	pthread_mutex_unlock(&p->lock);
	for (unsigned i = 0; i < p->started; i++)
		pthread_join(p->workers[i].id, NULL);
	pthread_cond_destroy(&p->done);
	pthread_cond_destroy(&p->begin);
	pthread_mutex_destroy(&p->lock);
	free(p->workers);
	free(p);
}

unsigned
pool_threads(const struct pool *p)
{
	return p->threads;
}

/*
 * Starts the threads that are still missing, as many as the loop can use.  If the system gives no more,
 * the loop runs with those there are, at the worst with the caller alone.
 */
static void
start_workers(struct pool *p, int64_t n)
{
	sigset_t all, old;

	if (p->started + 1 >= p->threads || p->started + 1 >= n)
		return;
	/* Signals are for the main thread. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	while (p->started + 1 < p->threads && p->started + 1 < n) {
		struct worker *w = &p->workers[p->started];

		*w = (struct worker){.pool = p, .number = p->started + 1};
		if (pthread_create(&w->id, NULL, work, w) != 0)
			break;
		p->started++;
	}
	pthread_sigmask(SIG_SETMASK, &old, NULL);
}

bool
pool_run(struct pool *p, int64_t n, bool (*job)(void *ctx, int64_t i, unsigned thread), void *ctx)
{
	pthread_mutex_lock(&p->lock);
	assert(p->busy == 0); /* one loop at a time, and no loop inside a job */
	p->job = job;
	p->ctx = ctx;
	p->n = n;
	atomic_store_explicit(&p->next, 0, memory_order_relaxed);
	atomic_store_explicit(&p->failed, false, memory_order_relaxed);
	/* Under the lock, so that a new thread finds the round already begun or not at all. */
	start_workers(p, n);
	p->busy = p->started;
	p->round++;
	pthread_cond_broadcast(&p->begin);
	pthread_mutex_unlock(&p->lock);

	take_jobs(p, 0);

	pthread_mutex_lock(&p->lock);
	while (p->busy > 0)
		pthread_cond_wait(&p->done, &p->lock);
	pthread_mutex_unlock(&p->lock);
	return !atomic_load_explicit(&p->failed, memory_order_relaxed);
}

static bool
read_small(const char *path, char *text, size_t size)
{
	AUTO_FD fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd >= 0 ? read(fd, text, size - 1) : -1;

	if (n < 0)
		return false;
	text[n] = '\0';
	return true;
}

/* The processors that "QUOTA PERIOD" in cpu.max comes to, rounded up; UINT_MAX for "max" or no such file. */
static unsigned
quota(const char *folder)
{
	char path[4200], text[64];
	uint64_t microseconds, period;

	(void)snprintf(path, sizeof(path), "/sys/fs/cgroup%s/cpu.max", folder);
	if (!read_small(path, text, sizeof(text)))
		return UINT32_MAX;

	struct sv rest = sv_trim(sv_of(text)), first = sv_cut(&rest, ' ');

	if (!num_u64(first, &microseconds) || !num_u64(rest, &period) || period == 0)
		return UINT32_MAX;

	uint64_t cpus = microseconds / period + (microseconds % period != 0);

	return (unsigned)MIN(MAX(cpus, UINT64_C(1)), (uint64_t)UINT32_MAX);
}

/* The least quota on the way from our cgroup (v2, the line "0::/path") up to the root. */
static unsigned
cgroup_cpus(void)
{
	char text[4096];
	unsigned least = quota("");

	if (!read_small("/proc/self/cgroup", text, sizeof(text)))
		return least;
	for (struct sv rest = sv_of(text); rest.n > 0;) {
		struct sv line = sv_cut(&rest, '\n');

		if (!sv_starts(line, SV("0::/")))
			continue;
		line = sv_skip(line, strlen("0::"));

		char folder[4096];

		memcpy(folder, line.p, line.n);
		folder[line.n] = '\0';
		for (char *slash; (slash = strrchr(folder, '/')) != NULL; *slash = '\0') {
			unsigned cpus = quota(folder);

			least = MIN(least, cpus);
		}
	}
	return least;
}

unsigned
pool_cpus(void)
{
	cpu_set_t set;
	unsigned limit = cgroup_cpus();
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);

	/* Fails where there are more processors than the set has bits; then all of them count. */
	if (sched_getaffinity(0, sizeof(set), &set) == 0)
		cpus = CPU_COUNT(&set);
	cpus = MAX(cpus, 1L);
	return (unsigned long)cpus < limit ? (unsigned)cpus : limit;
}
