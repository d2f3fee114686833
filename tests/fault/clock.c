/*
 * Preloaded under the program: a wall clock that the test moves.
 *
 *	CLOCK_FILE=FILE     two 64-bit integers: what is added to the wall clock, in microseconds; and unless it is 0, the instant (UTC
 *	                    microseconds) at which it stands still
 *
 * The monotonic clock is left alone, as it is when somebody sets a machine's clock.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

static const volatile int64_t *moved;
static int (*real)(clockid_t which, struct timespec *ts);

__attribute__((constructor)) static void
begin(void)
{
	const char *path = getenv("CLOCK_FILE");
	const int fd = path != NULL ? open(path, O_RDONLY | O_CLOEXEC) : -1;
	void *p = fd >= 0 ? mmap(NULL, 2 * sizeof(*moved), PROT_READ, MAP_SHARED, fd, 0) : MAP_FAILED;

	if (path != NULL && p == MAP_FAILED)
		abort();
	if (fd >= 0)
		close(fd);
	real = (int (*)(clockid_t, struct timespec *))dlsym(RTLD_NEXT, "clock_gettime");
	moved = path != NULL ? p : NULL;
}

int
clock_gettime(clockid_t which, struct timespec *ts)
{
	int64_t us;

	if (real == NULL)
		real = (int (*)(clockid_t, struct timespec *))dlsym(RTLD_NEXT, "clock_gettime");
	if (real(which, ts) != 0)
		return -1;
	if (moved == NULL || (which != CLOCK_REALTIME && which != CLOCK_REALTIME_COARSE))
		return 0;
	us = moved[1] != 0 ? moved[1] : (int64_t)ts->tv_sec * 1000000 + ts->tv_nsec / 1000 + moved[0];
	ts->tv_sec = us / 1000000;
	ts->tv_nsec = us % 1000000 * 1000;
	return 0;
}
