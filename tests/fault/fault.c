/*
 * Preloaded under the program: makes the Nth call of a kind fail, or the Nth and all after it.
 *
 *	FAULT=memory:17          the 17th allocation
 *	FAULT=write:3:sticky     the third writing call and all later ones (write, pwrite, ftruncate, fsync, rename, open for writing …)
 *	FAULT=read:5             the fifth reading call on a regular file
 *	FAULT_ERRNO=28           what it fails with: ENOSPC; default EIO
 *	FAULT_WHILE=FILE         only while that file is there: faults that come and go
 *	FAULT_COUNT=FILE         nothing fails; the number of calls of the kind is written there when the program ends
 *	FAULT_PLAN=FILE          instead of all of these: what fails stands there (struct plan), shared by the processes that a service
 *	                         consists of, and is changed while they run
 *	FAULT_TELL=1             each fault tells on the standard error who met it
 *
 * Standard streams are left alone, so that what the program says can be read.  Compiled with -DNO_MEMORY it leaves allocations alone, which
 * a sanitizer does itself.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <execinfo.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#ifndef NO_MEMORY
void *__libc_malloc(size_t n);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *p, size_t n);
/* A sanitizer's, where the program has one. */
void *__interceptor_malloc(size_t n) __attribute__((weak));
void *__interceptor_calloc(size_t n, size_t size) __attribute__((weak));
void *__interceptor_realloc(void *p, size_t n) __attribute__((weak));
#endif

/* SYNC is a part of WRITE. */
enum kind { NONE, MEMORY, WRITE, READ, SYNC };

/* Of 64-bit numbers, as a test in another language writes them. */
struct plan {
	_Atomic int64_t kind;
	int64_t error;
	int64_t at; /* 0: nothing fails, calls are counted */
	int64_t sticky;
	int64_t process; /* 0: whichever of them */
	_Atomic int64_t calls, hits;
};

static struct plan own, *plan = &own;
static bool ready, tells;
static const char *count_file, *while_file;

static void
map_plan(const char *path)
{
	const int fd = open(path, O_RDWR | O_CLOEXEC);
	void *p = fd >= 0 ? mmap(NULL, sizeof(*plan), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0) : MAP_FAILED;

	if (p == MAP_FAILED)
		abort();
	close(fd);
	plan = p;
	ready = true;
}

/* The environment is read when the library is loaded; calls before that are the loader's. */
__attribute__((constructor)) static void
begin(void)
{
	const char *spec = getenv("FAULT"), *code = getenv("FAULT_ERRNO"), *path = getenv("FAULT_PLAN");
	void *frame[1];

	tells = getenv("FAULT_TELL") != NULL;
	if (tells)
		(void)backtrace(frame, 1); /* the first call allocates */
	if (path != NULL)
		map_plan(path);
	if (spec == NULL)
		return;
	own.error = code != NULL ? atoi(code) : EIO;
	count_file = getenv("FAULT_COUNT");
	while_file = getenv("FAULT_WHILE");
	own.kind = strncmp(spec, "memory", 6) == 0 ? MEMORY : strncmp(spec, "write", 5) == 0 ? WRITE : READ;
	spec = strchr(spec, ':');
	own.at = spec != NULL ? atol(spec + 1) : 0;
	own.sticky = spec != NULL && strstr(spec, "sticky") != NULL;
	ready = true;
}

__attribute__((destructor)) static void
end(void)
{
	char text[32];
	int fd;

	ready = false;
	if (count_file == NULL)
		return;
	fd = open(count_file, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	if (fd < 0 || write(fd, text, (size_t)snprintf(text, sizeof(text), "%ld\n", (long)own.calls)) < 0)
		abort();
	close(fd);
}

static void
tell(int64_t n)
{
	static _Thread_local bool telling;
	void *frame[32];

	if (telling)
		return;
	telling = true;
	dprintf(2, "fault: call %lld of process %d fails:\n", (long long)n, (int)getpid());
	backtrace_symbols_fd(frame, backtrace(frame, 32), 2);
	telling = false;
}

static bool
fails(enum kind k)
{
	const int64_t wanted = plan->kind;
	int64_t n;

	if (!ready || (wanted != k && (wanted != WRITE || k != SYNC)) ||
	    (plan->process != 0 && plan->process != getpid()) ||
	    (while_file != NULL && access(while_file, F_OK) != 0))
		return false;
	n = ++plan->calls;
	if (plan->at == 0 || (plan->sticky ? n < plan->at : n != plan->at))
		return false;
	plan->hits++;
	if (tells)
		tell(n);
	errno = k == MEMORY ? ENOMEM : (int)plan->error;
	return true;
}

static bool
regular(int fd)
{
	struct stat st;

	return fd > 2 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode);
}

#ifndef NO_MEMORY
void *
malloc(size_t n)
{
	return fails(MEMORY)                  ? NULL
	       : __interceptor_malloc != NULL ? __interceptor_malloc(n)
	                                      : __libc_malloc(n);
}

void *
calloc(size_t n, size_t size)
{
	return fails(MEMORY)                  ? NULL
	       : __interceptor_calloc != NULL ? __interceptor_calloc(n, size)
	                                      : __libc_calloc(n, size);
}

void *
realloc(void *p, size_t n)
{
	return fails(MEMORY)                   ? NULL
	       : __interceptor_realloc != NULL ? __interceptor_realloc(p, n)
	                                       : __libc_realloc(p, n);
}
#endif

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

#define WRAP(kind_, type, name, fd, params, args) \
	type name params                          \
	{                                         \
		static __typeof__(&name) real;    \
		if (real == NULL)                 \
			real = REAL(name);        \
		if (regular(fd) && fails(kind_))  \
			return -1;                \
		return real args;                 \
	}

WRAP(WRITE, ssize_t, write, fd, (int fd, const void *p, size_t n), (fd, p, n))
WRAP(WRITE, ssize_t, pwrite, fd, (int fd, const void *p, size_t n, off_t o), (fd, p, n, o))
WRAP(WRITE, ssize_t, pwrite64, fd, (int fd, const void *p, size_t n, off64_t o), (fd, p, n, o))
WRAP(WRITE, ssize_t, writev, fd, (int fd, const struct iovec *v, int n), (fd, v, n))
WRAP(WRITE, int, ftruncate, fd, (int fd, off_t n), (fd, n))
WRAP(WRITE, int, ftruncate64, fd, (int fd, off64_t n), (fd, n))
WRAP(SYNC, int, fsync, fd, (int fd), (fd))
WRAP(SYNC, int, fdatasync, fd, (int fd), (fd))
WRAP(READ, ssize_t, read, fd, (int fd, void *p, size_t n), (fd, p, n))
WRAP(READ, ssize_t, pread, fd, (int fd, void *p, size_t n, off_t o), (fd, p, n, o))
WRAP(READ, ssize_t, pread64, fd, (int fd, void *p, size_t n, off64_t o), (fd, p, n, o))

int
rename(const char *from, const char *to)
{
	return fails(WRITE) ? -1 : REAL(rename)(from, to);
}

int
unlink(const char *path)
{
	return fails(WRITE) ? -1 : REAL(unlink)(path);
}

/* A file that is opened for writing, or made, may not be there, or may not be allowed. */
#define OPEN(name)                                                   \
	int name(const char *path, int flags, ...)                   \
	{                                                            \
		va_list ap;                                          \
		va_start(ap, flags);                                 \
		mode_t mode = (mode_t)va_arg(ap, int);               \
		va_end(ap);                                          \
		if ((flags & O_ACCMODE) != O_RDONLY && fails(WRITE)) \
			return -1;                                   \
		return REAL(name)(path, flags, mode);                \
	}

OPEN(open)
OPEN(open64)
