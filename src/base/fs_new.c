#include "base/fs_new.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/fs.h"

enum { BUFFER_BYTES = 1 << 16 };

struct fs_new {
	struct arena *a;
	const char *path;
	char *tmp; /* NULL: it has its own name */
	int fd;
	struct buf *waiting;
};

static bool
fail(const struct fs_new *f, struct err *err)
{
	return err_set(err, ERR_IO, NOWHERE, "cannot write '%s': %m", f->path);
}

bool
fs_new_open(const char *path, struct fs_new **ret, struct err *err)
{
	struct fs_new *f = xcalloc(1, sizeof(*f));

	f->a = arena_new();
	f->path = arena_str(f->a, sv_of(path));
	f->waiting = buf_new(SIZE_MAX / 4);
	f->fd = fs_temporary(f->a, path, &f->tmp);
	if (f->fd >= 0) {
		*ret = f;
		return true;
	}
	(void)fail(f, err);
	f->tmp = NULL;
	fs_new_free(f);
	return false;
}

static bool
write_out(struct fs_new *f, struct err *err)
{
	if (!fs_write_all(f->fd, buf_sv(f->waiting)))
		return fail(f, err);
	buf_clear(f->waiting);
	return true;
}

bool
fs_new_add(struct fs_new *f, struct sv text, struct err *err)
{
	(void)buf_add(f->waiting, text);
	return buf_check(f->waiting, "a row", err) && (f->waiting->n < BUFFER_BYTES || write_out(f, err));
}

/* Who could read the old file can read the new one.  The group may not be ours to give: then it is not. */
static bool
take_permissions(const struct fs_new *f, struct err *err)
{
	struct stat old;

	if (stat(f->path, &old) != 0 || !S_ISREG(old.st_mode) || (old.st_mode & 07777) == 0600)
		return true;
	(void)!fchown(f->fd, (uid_t)-1, old.st_gid);
	return fchmod(f->fd, old.st_mode & 07777) == 0 || fail(f, err);
}

bool
fs_new_commit(struct fs_new *f, struct err *err)
{
	int fd;

	if (!write_out(f, err) || !take_permissions(f, err))
		return false;
	if (fsync(f->fd) != 0)
		return fail(f, err);
	fd = f->fd;
	f->fd = -1;
	/* Network file systems report a failed write no earlier than here. */
	if (close(fd) != 0 || rename(f->tmp, f->path) != 0)
		return fail(f, err);
	f->tmp = NULL;
	return fs_sync_folder(f->path) ||
	       err_set(err, ERR_IO, NOWHERE, "cannot sync the folder of '%s': %m", f->path);
}

void
fs_new_free(struct fs_new *f)
{
	if (f == NULL)
		return;
	if (f->fd >= 0)
		(void)close(f->fd);
	if (f->tmp != NULL)
		(void)unlink(f->tmp);
	buf_free(f->waiting);
	arena_free(f->a);
	free(f);
}
