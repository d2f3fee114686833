/*
 * A ring of blocks between the thread that unpacks and the one that reads:
 *
 *	 taken            made
 *	   │ full │ full │  │ free │        made - taken <= BLOCKS
 *
 * A block belongs to the reader from the moment that it is counted in `made` until it is counted in `taken`, else to the other
 * thread, so that bytes are copied without the lock.  An error of unpacking comes behind the bytes before it.
 */
#include "source/ahead.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>

#include "source/input.h"

enum { BLOCKS = 4 };
#define BLOCK_BYTES ((size_t)256 * 1024)

struct ahead {
	struct input *in; /* the thread's, while it runs */
	pthread_t thread;
	char *block[BLOCKS];
	size_t n[BLOCKS]; /* bytes in it; 0 in the last one: the end, or a failure */
	size_t at;        /* what the reader had of its block */

	pthread_mutex_t lock;
	pthread_cond_t news;
	/* Guarded by the lock. */
	uint64_t made, taken;
	bool stop;
	bool failed; /* with err; set before the last block is counted */
	struct err err;
};

/* Waits for a free block; false: nobody wants one any more. */
static bool
wait_for_room(struct ahead *a)
{
	bool ok;

	pthread_mutex_lock(&a->lock);
	while (a->made - a->taken == BLOCKS && !a->stop)
		pthread_cond_wait(&a->news, &a->lock);
	ok = !a->stop;
	pthread_mutex_unlock(&a->lock);
	return ok;
}

static void *
unpack(void *arg)
{
	struct ahead *a = arg;
	bool more = true;

	for (uint64_t k = 0; more && wait_for_room(a); k++) {
		size_t *n = &a->n[k % BLOCKS];
		struct err err;

		*n = 0;

		bool ok = input_unpack(a->in, a->block[k % BLOCKS], BLOCK_BYTES, n, &err);

		more = ok && *n > 0;
		pthread_mutex_lock(&a->lock);
		if (!ok) {
			a->failed = true;
			a->err = err;
			*n = 0;
		}
		a->made++;
		pthread_cond_signal(&a->news);
		pthread_mutex_unlock(&a->lock);
	}
	return NULL;
}

/* The reader's block; waits for it.  False with *err if there is none, as unpacking failed. */
static bool
wait_for_block(struct ahead *a, size_t *k, struct err *err)
{
	bool ok;

	pthread_mutex_lock(&a->lock);
	while (a->made == a->taken)
		pthread_cond_wait(&a->news, &a->lock);
	*k = a->taken % BLOCKS;
	ok = a->n[*k] > 0 || !a->failed;
	if (!ok && err != NULL)
		*err = a->err;
	pthread_mutex_unlock(&a->lock);
	return ok;
}

static void
give_back(struct ahead *a)
{
	a->at = 0;
	pthread_mutex_lock(&a->lock);
	a->taken++;
	pthread_cond_signal(&a->news);
	pthread_mutex_unlock(&a->lock);
}

bool
ahead_read(struct ahead *a, char *dst, size_t n, size_t *got, struct err *err)
{
	size_t done = 0;

	while (done < n) {
		size_t k, some;

		if (!wait_for_block(a, &k, err))
			return false;
		if (a->n[k] == 0)
			break; /* the end, which stays where it is */
		some = MIN(n - done, a->n[k] - a->at);
		memcpy(dst + done, a->block[k] + a->at, some);
		done += some;
		a->at += some;
		if (a->at == a->n[k])
			give_back(a);
	}
	*got = done;
	return true;
}

static void
ahead_free(struct ahead *a)
{
	for (size_t i = 0; i < BLOCKS; i++)
		free(a->block[i]);
	pthread_mutex_destroy(&a->lock);
	pthread_cond_destroy(&a->news);
	free(a);
}

void
ahead_stop(struct ahead *a)
{
	if (a == NULL)
		return;
	pthread_mutex_lock(&a->lock);
	a->stop = true;
	pthread_cond_signal(&a->news);
	pthread_mutex_unlock(&a->lock);
	pthread_join(a->thread, NULL);
	ahead_free(a);
}

void
input_ahead(struct input *in)
{
	struct ahead *a;
	sigset_t all, old;

	if (in->kind == NULL || in->ahead != NULL || in->out_total > 0)
		return;
	a = xcalloc(1, sizeof(*a));
	a->in = in;
	for (size_t i = 0; i < BLOCKS; i++)
		a->block[i] = xmalloc(BLOCK_BYTES);
	pthread_mutex_init(&a->lock, NULL);
	pthread_cond_init(&a->news, NULL);
	/* Signals are for the main thread. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);

	int rc = pthread_create(&a->thread, NULL, unpack, a);

	pthread_sigmask(SIG_SETMASK, &old, NULL);
	if (rc != 0)
		ahead_free(a);
	else
		in->ahead = a;
}
