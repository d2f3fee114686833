#include "base/fs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

static bool
fail(struct err *err, const char *verb, const char *path)
{
	enum err_code code = errno == ENOENT || errno == ENOTDIR ? ERR_NOT_FOUND : ERR_IO;

	return err_set(err, code, NOWHERE, "cannot %s '%s': %m", verb, path);
}

static bool
too_large(struct err *err, const char *path, size_t max)
{
	return err_set(err, ERR_LIMIT, NOWHERE, "'%s' is larger than %zu bytes", path, max);
}

/* Reads to the end of the file: st_size is only a guess, as the file may grow, or lie in /proc and have 0. */
static bool
read_all(struct arena *a, int fd, const char *path, size_t guess, size_t max, struct sv *ret, struct err *err)
{
	size_t cap = guess + 1, n = 0;
	char *p = arena_alloc(a, cap + 1);

	for (;;) {
		ssize_t got = read(fd, p + n, cap - n);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return fail(err, "read", path);
		if (got == 0)
			break;
		n += (size_t)got;
		if (n > max)
			return too_large(err, path, max);
		if (n == cap) {
			size_t more = MIN(MAX(cap, (size_t)4096), max - n + 1);

			p = arena_grow(a, p, cap + 1, cap + more + 1);
			cap += more;
		}
	}
	p[n] = '\0';
	*ret = (struct sv){p, n};
	return true;
}

bool
fs_read(struct arena *a, const char *path, size_t max, struct sv *ret, struct err *err)
{
	/* Opening a FIFO would wait for its writer; O_NONBLOCK means nothing for regular files. */
	AUTO_FD fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct stat st;

	if (fd < 0)
		return fail(err, "open", path);
	if (fstat(fd, &st) != 0)
		return fail(err, "read", path);
	if (!S_ISREG(st.st_mode))
		return err_set(err, ERR_IO, NOWHERE, "'%s' is not a regular file", path);
	max = MIN(max, (size_t)INT64_MAX / 4);
	if ((uintmax_t)st.st_size > max)
		return too_large(err, path, max);
	return read_all(a, fd, path, (size_t)st.st_size, max, ret, err);
}

bool
fs_write_all(int fd, struct sv s)
{
	while (s.n > 0) {
		ssize_t n = write(fd, s.p, s.n);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return false;
		s = sv_skip(s, (size_t)n);
	}
	return true;
}

int
fs_temporary(struct arena *a, const char *path, char **ret)
{
	for (int tries = 0; tries < 16; tries++) {
		uint64_t random;

		if (getrandom(&random, sizeof(random), 0) != (ssize_t)sizeof(random))
			return -1;
		*ret = arena_printf(a, "%s.%016jx.tmp", path, (uintmax_t)random);

		int fd = open(*ret, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);

		if (fd >= 0 || errno != EEXIST)
			return fd;
	}
	return -1;
}

static bool
fill(int fd, struct sv text, unsigned mode)
{
	return fs_write_all(fd, text) && fchmod(fd, (mode_t)mode) == 0 && fsync(fd) == 0;
}

bool
fs_sync_folder(const char *path)
{
	AUTO(arena) a = arena_new();
	AUTO_FD fd = open(fs_dirname(a, path), O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	/* Some file systems cannot sync folders and say so; they keep no promise that we could break. */
	return fd >= 0 && (fsync(fd) == 0 || errno == EINVAL || errno == ENOTSUP);
}

/* rename replaces what is there, link does not.  Where a file system has no links, the name is made first and then filled. */
static bool
place_new(const char *tmp, const char *path, struct sv text, unsigned mode)
{
	if (link(tmp, path) == 0)
		return true;
	if (errno != EPERM && errno != ENOTSUP && errno != ENOSYS)
		return false;

	AUTO_FD fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);

	return fd >= 0 && fill(fd, text, mode);
}

static bool
write_file(const char *path, struct sv text, unsigned mode, bool is_new, struct err *err)
{
	AUTO(arena) a = arena_new();
	char *tmp = NULL;
	int fd = fs_temporary(a, path, &tmp);

	if (fd < 0)
		return fail(err, "write", path);

	bool ok = fill(fd, text, mode);
	int why = errno;

	/* Network file systems report a failed write no earlier than here. */
	if (close(fd) != 0 && ok) {
		why = errno;
		ok = false;
	}
	if (ok && (is_new ? !place_new(tmp, path, text, mode) : rename(tmp, path) != 0)) {
		why = errno;
		ok = false;
	}
	if (!ok || is_new)
		(void)unlink(tmp);
	if (!ok) {
		errno = why;
		return is_new && why == EEXIST ? err_set(err, ERR_USAGE, NOWHERE, "'%s' exists already", path)
		                               : fail(err, "write", path);
	}
	if (!fs_sync_folder(path))
		return fail(err, "sync the folder of", path);
	return true;
}

bool
fs_write(const char *path, struct sv text, unsigned mode, struct err *err)
{
	return write_file(path, text, mode, false, err);
}

bool
fs_write_new(const char *path, struct sv text, unsigned mode, struct err *err)
{
	return write_file(path, text, mode, true, err);
}

bool
fs_mkdirs(const char *path, unsigned mode, struct err *err)
{
	AUTO(arena) a = arena_new();
	char *copy = arena_str(a, sv_of(path));

	for (char *p = copy; *p != '\0';) {
		p += strspn(p, "/");
		p += strcspn(p, "/");

		char was = *p;

		*p = '\0';
		if (mkdir(copy, (mode_t)mode) != 0) {
			const int why = errno;

			/* A folder that exists may also answer with EROFS or EACCES. */
			if (!fs_is_dir(copy)) {
				errno = why;
				return fail(err, "create the folder", copy);
			}
		}
		*p = was;
	}
	return true;
}

bool
fs_exists(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0;
}

bool
fs_is_dir(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

/* Appends the components of path to dst but "." and empty ones; returns the new end. */
static char *
add_components(char *start, char *dst, struct sv path)
{
	while (path.n > 0) {
		struct sv part = sv_cut(&path, '/');

		if (part.n == 0 || sv_is(part, "."))
			continue;
		if (dst > start && dst[-1] != '/')
			*dst++ = '/';
		dst = mempcpy(dst, part.p, part.n);
	}
	return dst;
}

char *
fs_join(struct arena *a, const char *dir, struct sv name)
{
	struct sv head = sv_of(dir);
	bool name_absolute = name.n > 0 && name.p[0] == '/';
	char *path = arena_alloc(a, head.n + name.n + 3), *end = path;

	if (name_absolute || (head.n > 0 && head.p[0] == '/'))
		*end++ = '/';
	if (!name_absolute)
		end = add_components(path, end, head);
	end = add_components(path, end, name);
	if (end == path)
		*end = '.';
	return path;
}

char *
fs_dirname(struct arena *a, const char *path)
{
	size_t n = strlen(path);

	while (n > 1 && path[n - 1] == '/')
		n--;
	while (n > 0 && path[n - 1] != '/')
		n--;
	if (n == 0)
		return arena_str(a, SV("."));
	while (n > 1 && path[n - 1] == '/')
		n--;
	return arena_str(a, (struct sv){path, n});
}

static char *
real_path(struct arena *a, const char *path)
{
	char *real = realpath(path, NULL), *ret = real != NULL ? arena_str(a, sv_of(real)) : NULL;

	free(real);
	return ret;
}

char *
fs_resolve(struct arena *a, const char *path)
{
	char *ret = real_path(a, path), *folder, *real;
	struct sv name = sv_of(path);

	if (ret != NULL)
		return ret;
	folder = fs_dirname(a, path);
	/* Even the folder that we are in may be gone. */
	if (strcmp(folder, path) == 0 || path[0] == '\0')
		return arena_str(a, name);
	while (name.n > 0 && name.p[name.n - 1] == '/')
		name.n--;
	while (memchr(name.p, '/', name.n) != NULL)
		name = sv_skip(name, 1);
	ret = fs_resolve(a, folder);
	ret = sv_is(name, "..") ? fs_dirname(a, ret) : fs_join(a, ret, name);
	/* "link" of "new/../link" is there although "new" is not. */
	real = real_path(a, ret);
	return real != NULL ? real : ret;
}
