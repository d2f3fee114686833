#include "metric/spill.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"

/* Small enough not to count beside any budget, large enough for few calls. */
enum { BUFFER_BYTES = 32 << 10 };

struct spill {
	int fd;
	char *folder;
	int64_t written; /* bytes in the file */
	size_t n;        /* bytes in the buffer */
	char *buffer;    /* NULL between flushes */
};

static bool
spill_fail(const char *what, const char *folder, int error, struct err *err)
{
	err_set(err, ERR_IO, NOWHERE, "cannot %s a temporary file in '%s': %s", what, folder,
	        strerror(error));
	if (error == ENOSPC || error == EDQUOT || error == EFBIG)
		return err_hint(err, "Make room there, set TMPDIR to a folder with more, or give more memory "
		                     "with --memory.");
	return err_hint(err, "Set TMPDIR to a folder that can be written to, or give more memory with "
	                     "--memory.");
}

/* Where the file system cannot make a file without a name: one with a name, which is taken away at once. */
static int
open_named(const char *folder)
{
	size_t n = strlen(folder) + sizeof("/weir-XXXXXX");
	char *path = xmalloc(n);
	int fd, error;

	snprintf(path, n, "%s/weir-XXXXXX", folder);
	fd = mkostemp(path, O_CLOEXEC);
	if (fd >= 0 && unlink(path) != 0) {
		error = errno;
		(void)close(fd);
		errno = error;
		fd = -1;
	}
	free(path);
	return fd;
}

static int
open_in(const char *folder)
{
	int fd = open(folder, O_TMPFILE | O_RDWR | O_EXCL | O_CLOEXEC, 0600);

	if (fd < 0 && (errno == EOPNOTSUPP || errno == EISDIR || errno == EINVAL))
		return open_named(folder);
	return fd;
}

struct spill *
spill_new(const char *folder, struct err *err)
{
	const char *tmp = getenv("TMPDIR");
	struct spill *s;
	int fd;

	if (tmp != NULL && tmp[0] != '\0')
		folder = tmp;
	else if (folder == NULL)
		folder = "/var/tmp";
	fd = open_in(folder);
	if (fd < 0) {
		spill_fail("make", folder, errno, err);
		return NULL;
	}
	s = xcalloc(1, sizeof(*s));
	s->fd = fd;
	s->folder = xstrdup(folder);
	return s;
}

void
spill_free(struct spill *s)
{
	if (s == NULL)
		return;
	(void)close(s->fd);
	free(s->folder);
	free(s->buffer);
	free(s);
}

static bool
write_out(struct spill *s, const char *p, size_t n, struct err *err)
{
	while (n > 0) {
		ssize_t some = pwrite(s->fd, p, n, s->written);

		if (some < 0 && errno == EINTR)
			continue;
		if (some <= 0)
			return spill_fail("write", s->folder, some < 0 ? errno : ENOSPC, err);
		s->written += some;
		p += some;
		n -= (size_t)some;
	}
	return true;
}

static bool
empty_buffer(struct spill *s, struct err *err)
{
	size_t n = s->n;

	s->n = 0;
	return write_out(s, s->buffer, n, err);
}

bool
spill_write(struct spill *s, const void *p, size_t n, struct err *err)
{
	if (s->buffer == NULL)
		s->buffer = xmalloc(BUFFER_BYTES);
	if (n > BUFFER_BYTES - s->n && !empty_buffer(s, err))
		return false;
	if (n >= BUFFER_BYTES)
		return write_out(s, p, n, err);
	if (n > 0)
		memcpy(s->buffer + s->n, p, n);
	s->n += n;
	return true;
}

bool
spill_flush(struct spill *s, struct err *err)
{
	if (s->buffer != NULL && !empty_buffer(s, err))
		return false;
	free(s->buffer);
	s->buffer = NULL;
	return true;
}

bool
spill_read(const struct spill *s, int64_t at, void *p, size_t n, struct err *err)
{
	char *to = p;

	while (n > 0) {
		ssize_t some = pread(s->fd, to, n, at);

		if (some < 0 && errno == EINTR)
			continue;
		if (some <= 0)
			return spill_fail("read", s->folder, some < 0 ? errno : EIO, err);
		at += some;
		to += some;
		n -= (size_t)some;
	}
	return true;
}

int64_t
spill_size(const struct spill *s)
{
	return s->written + (int64_t)s->n;
}
