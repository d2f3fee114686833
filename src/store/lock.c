#include "store/lock.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/clock.h"

struct lock {
	int fd;
	bool held;
	char *path;
};

bool
lock_open(const char *path, struct lock **ret, struct err *err)
{
	AUTO_FD fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, 0600);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) != 0) {
		err_set(err, ERR_STORE, NOWHERE, "cannot open the lock '%s': %m", path);
		return err_hint(err, "Writing state needs the right to write in that folder.");
	}
	if (!S_ISREG(st.st_mode))
		return err_set(err, ERR_STORE, NOWHERE, "the lock '%s' is not a regular file", path);

	struct lock *l = xcalloc(1, sizeof(*l));

	l->fd = fd;
	l->path = xstrdup(path);
	fd = -1;
	*ret = l;
	return true;
}

void
lock_close(struct lock *l)
{
	if (l == NULL)
		return;
	if (l->held)
		lock_release(l);
	close(l->fd);
	free(l->path);
	free(l);
}

/* For people only: a holder that died leaves its number, but not the lock. */
static void
write_holder(struct lock *l)
{
	char text[24];
	int n = snprintf(text, sizeof(text), "%ld\n", (long)getpid());

	if (ftruncate(l->fd, 0) != 0 || pwrite(l->fd, text, (size_t)n, 0) != n)
		return;
}

long
lock_holder(const struct lock *l)
{
	char text[24] = "";
	ssize_t n = pread(l->fd, text, sizeof(text) - 1, 0);

	return n > 0 ? strtol(text, NULL, 10) : 0;
}

static bool
report_holder(const struct lock *l, int64_t wait_ms, struct err *err)
{
	const long pid = lock_holder(l);

	if (pid > 0)
		err_set(err, ERR_STORE, NOWHERE, "process %ld has held the lock '%s' for over %.1f s", pid,
		        l->path, (double)wait_ms / 1e3);
	else
		err_set(err, ERR_STORE, NOWHERE, "another process has held the lock '%s' for over %.1f s",
		        l->path, (double)wait_ms / 1e3);
	return err_hint(err, "Nothing was written. Wait for that process to end, or stop it.");
}

bool
lock_take(struct lock *l, int64_t wait_ms, struct err *err)
{
	int64_t end_ns = clock_mono_ns() + wait_ms * 1000000;
	long pause_ns = 500000;

	assert(!l->held);
	/*
	 * flock has no time limit of its own, and an alarm would be felt by the whole process: so look again
	 * and again.
	 */
	while (flock(l->fd, LOCK_EX | LOCK_NB) != 0) {
		if (errno != EWOULDBLOCK && errno != EINTR)
			return err_set(err, ERR_STORE, NOWHERE, "cannot lock '%s': %m", l->path);
		if (clock_mono_ns() >= end_ns)
			return report_holder(l, wait_ms, err);
		nanosleep(&(struct timespec){.tv_nsec = pause_ns}, NULL);
		pause_ns = MIN(pause_ns * 2, 20000000L);
	}
	l->held = true;
	write_holder(l);
	return true;
}

bool
lock_try(struct lock *l, bool *taken, struct err *err)
{
	int rc;

	assert(!l->held);
	do
		rc = flock(l->fd, LOCK_EX | LOCK_NB);
	while (rc != 0 && errno == EINTR);
	if (rc != 0 && errno != EWOULDBLOCK)
		return err_set(err, ERR_STORE, NOWHERE, "cannot lock '%s': %m", l->path);
	*taken = l->held = rc == 0;
	if (l->held)
		write_holder(l);
	return true;
}

void
lock_release(struct lock *l)
{
	assert(l->held);
	l->held = false;
	/*
	 * Closing the file would end the lock as well, so there is nothing that a failure could leave behind.
	 */
	(void)flock(l->fd, LOCK_UN);
}
