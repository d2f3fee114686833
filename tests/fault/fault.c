/*
 * Preloaded under the program: makes the Nth call of a kind fail, or the Nth and all after it.
 *
 *	FAULT=memory:17          the 17th allocation
 *	FAULT=write:3:sticky     the third writing call and all later ones (write, pwrite, ftruncate, fsync, rename, open for writing …)
 *	FAULT=read:5             the fifth reading call on a regular file
 *	FAULT_ERRNO=28           what it fails with: ENOSPC; default EIO
 *	FAULT_WHILE=FILE         only while that file is there: faults that come and go
 *	FAULT_COUNT=FILE         nothing fails; the number of calls of the kind is written there when the program ends
 *
 * Standard streams are left alone, so that what the program says can be read.  Compiled with -DNO_MEMORY it leaves allocations alone, which
 * a sanitizer does itself.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#ifndef NO_MEMORY
void *__libc_malloc(size_t n);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *p, size_t n);
#endif

enum kind { NONE, MEMORY, WRITE, READ };
static enum kind kind;
static long at;
static bool sticky, ready;
static int error = EIO;
static atomic_long calls;
static const char *count_file, *while_file;

/* The environment is read when the library is loaded; calls before that are the loader's. */
__attribute__((constructor)) static void
begin(void)
{
	const char *spec = getenv("FAULT"), *code = getenv("FAULT_ERRNO");

	if (spec == NULL)
		return;
	if (code != NULL)
		error = atoi(code);
	count_file = getenv("FAULT_COUNT");
	while_file = getenv("FAULT_WHILE");
	kind = strncmp(spec, "memory", 6) == 0 ? MEMORY : strncmp(spec, "write", 5) == 0 ? WRITE : READ;
	spec = strchr(spec, ':');
	at = spec != NULL ? atol(spec + 1) : 0;
	sticky = spec != NULL && strstr(spec, "sticky") != NULL;
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
	if (fd < 0 || write(fd, text, (size_t)snprintf(text, sizeof(text), "%ld\n", atomic_load(&calls))) < 0)
		abort();
	close(fd);
}

static bool
fails(enum kind k)
{
	long n;

	if (!ready || kind != k || (while_file != NULL && access(while_file, F_OK) != 0))
		return false;
	n = atomic_fetch_add(&calls, 1) + 1;
	if (at == 0 || (sticky ? n < at : n != at))
		return false;
	errno = k == MEMORY ? ENOMEM : error;
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
	return fails(MEMORY) ? NULL : __libc_malloc(n);
}

void *
calloc(size_t n, size_t size)
{
	return fails(MEMORY) ? NULL : __libc_calloc(n, size);
}

void *
realloc(void *p, size_t n)
{
	return fails(MEMORY) ? NULL : __libc_realloc(p, n);
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
WRAP(WRITE, int, ftruncate, fd, (int fd, off_t n), (fd, n))
WRAP(WRITE, int, ftruncate64, fd, (int fd, off64_t n), (fd, n))
WRAP(WRITE, int, fsync, fd, (int fd), (fd))
WRAP(WRITE, int, fdatasync, fd, (int fd), (fd))
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
