#include "serve/inbox.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/clock.h"

struct inbox {
	pthread_mutex_t lock;
	struct task *first, **last;
	int64_t depth;
	int64_t first_ns; /* when the first was put there */
	bool closed;
	int fd;
};

bool
inbox_new(struct inbox **ret, struct err *err)
{
	struct inbox *b;
	int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);

	if (fd < 0)
		return err_set(err, ERR_IO, NOWHERE, "cannot make an event descriptor: %m");
	b = xcalloc(1, sizeof(*b));
	pthread_mutex_init(&b->lock, NULL);
	b->last = &b->first;
	b->fd = fd;
	*ret = b;
	return true;
}

void
inbox_free(struct inbox *b)
{
	if (b == NULL)
		return;
	close(b->fd);
	pthread_mutex_destroy(&b->lock);
	free(b);
}

bool
inbox_put(struct inbox *b, struct task *t)
{
	bool first, open;

	t->next = NULL;
	pthread_mutex_lock(&b->lock);
	open = !b->closed;
	first = open && b->first == NULL;
	if (first)
		b->first_ns = clock_mono_ns();
	if (open) {
		*b->last = t;
		b->last = &t->next;
		b->depth++;
	}
	pthread_mutex_unlock(&b->lock);
	/* Only the first wakes the keeper, which takes all.  The counter cannot overflow, so this cannot fail. */
	if (first && write(b->fd, &(uint64_t){1}, sizeof(uint64_t)) < 0 && errno != EAGAIN)
		give_up("cannot wake the keeper: %m");
	return open;
}

struct task *
inbox_take(struct inbox *b)
{
	struct task *all;
	uint64_t count;

	/* Before looking: what comes in between wakes the keeper once more, which does no harm. */
	if (read(b->fd, &count, sizeof(count)) < 0 && errno != EAGAIN)
		give_up("cannot read an event descriptor: %m");
	pthread_mutex_lock(&b->lock);
	all = b->first;
	b->first = NULL;
	b->last = &b->first;
	b->depth = 0;
	pthread_mutex_unlock(&b->lock);
	return all;
}

int
inbox_fd(const struct inbox *b)
{
	return b->fd;
}

void
inbox_close(struct inbox *b)
{
	pthread_mutex_lock(&b->lock);
	b->closed = true;
	pthread_mutex_unlock(&b->lock);
}

int64_t
inbox_depth(const struct inbox *b)
{
	struct inbox *self = (struct inbox *)(uintptr_t)b;
	int64_t n;

	pthread_mutex_lock(&self->lock);
	n = b->depth;
	pthread_mutex_unlock(&self->lock);
	return n;
}

int64_t
inbox_age_ns(const struct inbox *b)
{
	struct inbox *self = (struct inbox *)(uintptr_t)b;
	int64_t ns;

	pthread_mutex_lock(&self->lock);
	ns = b->first != NULL ? clock_mono_ns() - b->first_ns : 0;
	pthread_mutex_unlock(&self->lock);
	return ns;
}
