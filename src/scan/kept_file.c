#include "scan/kept_file.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fs.h"
#include "config.h"
#include "metric/packed.h"

/* With the version of weir: what is kept is what that made of the bytes, and another may read them otherwise, or not at all. */
#define KEPT_MAGIC "weir kept states 4 of " PACKAGE_VERSION "\n"

enum { MAGIC_BYTES = sizeof(KEPT_MAGIC) - 1, TAIL_BYTES = 24, TOLD_S = 6 * 60 * 60 };

/* Reading ------------------------------------------------------------------------------------------------- */

static bool
read_all(int fd, int64_t at, char *dst, size_t n)
{
	while (n > 0) {
		ssize_t some = pread(fd, dst, n, at);

		if (some < 0 && errno == EINTR)
			continue;
		if (some <= 0)
			return false;
		dst += some;
		at += some;
		n -= (size_t)some;
	}
	return true;
}

static bool
is_hash(struct sv bytes, struct hash128 want)
{
	struct hash128 h = hash128(bytes);

	return h.lo == want.lo && h.hi == want.hi;
}

/* False: it is of no use. */
static bool
read_index(struct arena *a, int fd, int64_t size, struct sv *ret)
{
	char magic[MAGIC_BYTES], tail[TAIL_BYTES];
	int64_t end = size - TAIL_BYTES;
	struct hash128 h;
	uint64_t n;

	if (end < MAGIC_BYTES || !read_all(fd, 0, magic, MAGIC_BYTES) ||
	    memcmp(magic, KEPT_MAGIC, MAGIC_BYTES) != 0 || !read_all(fd, end, tail, TAIL_BYTES))
		return false;

	struct unpack u = unpack_of((struct sv){tail, TAIL_BYTES});

	n = unpack_word(&u);
	h.lo = unpack_word(&u);
	h.hi = unpack_word(&u);
	if (n > KEPT_INDEX_MAX || (int64_t)n > end - MAGIC_BYTES)
		return false;

	char *p = arena_alloc(a, (size_t)n);

	*ret = (struct sv){p, (size_t)n};
	return read_all(fd, end - (int64_t)n, p, (size_t)n) && is_hash(*ret, h);
}

bool
kept_file_open(struct arena *a, const char *path, int *fd, struct sv *index, const char **why)
{
	AUTO_FD in = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	struct stat st;

	*why = NULL;
	if (in < 0) {
		if (errno != ENOENT && errno != ENOTDIR)
			*why = "it cannot be read";
		return false;
	}
	if (fstat(in, &st) != 0 || !S_ISREG(st.st_mode)) {
		*why = "it is no file";
		return false;
	}
	if (!read_index(a, in, st.st_size, index)) {
		*why = "it is damaged, or of another version";
		return false;
	}
	/* Who prunes goes by the time; once a day is enough, and who may only read tells nobody. */
	if ((int64_t)st.st_mtim.tv_sec < clock_now_us(&clock_system) / US_PER_S - TOLD_S)
		(void)futimens(in, NULL);
	*fd = in;
	in = -1;
	return true;
}

bool
kept_file_read(int fd, const struct kept_place *p, struct buf *b)
{
	char *room = buf_reserve(b, (size_t)p->size);

	if (room == NULL || !read_all(fd, p->at, room, (size_t)p->size) ||
	    !is_hash((struct sv){room, (size_t)p->size}, p->hash))
		return false;
	buf_commit(b, (size_t)p->size);
	return true;
}

bool
kept_file_check(int fd, const struct kept_place *p)
{
	AUTO(buf) b = buf_new((size_t)p->size);

	return kept_file_read(fd, p, b);
}

/* Writing ------------------------------------------------------------------------------------------------- */

struct kept_writer {
	char *path;
	char *beside; /* its name until it takes the other; NULL = it has none yet */
	int fd;
	int64_t size;
};

static bool
fail(const struct kept_writer *w, struct err *err)
{
	return err_set(err, ERR_IO, NOWHERE, "cannot write '%s': %m", w->path);
}

/* Names of processes differ, and those of one after the other. */
static char *
name_beside(const char *path)
{
	size_t n = strlen(path) + 64;
	char *name = xmalloc(n);

	snprintf(name, n, "%s.%jd.%jd.new", path, (intmax_t)getpid(), (intmax_t)clock_mono_ns());
	return name;
}

/* Without a name, so that a process that is killed leaves nothing; where there are no such files, with one. */
static bool
open_new(struct kept_writer *w, const char *folder)
{
	w->fd = open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	if (w->fd >= 0 || (errno != EOPNOTSUPP && errno != EISDIR && errno != EINVAL && errno != ENOENT))
		return w->fd >= 0;
	w->beside = name_beside(w->path);
	w->fd = open(w->beside, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	return w->fd >= 0;
}

static bool
add_bytes(struct kept_writer *w, struct sv bytes, struct err *err)
{
	if (!fs_write_all(w->fd, bytes))
		return fail(w, err);
	w->size += (int64_t)bytes.n;
	return true;
}

struct kept_writer *
kept_writer_new(const char *path, struct err *err)
{
	AUTO(kept_writer) w = xcalloc(1, sizeof(*w));
	AUTO(arena) a = arena_new();
	const char *folder = fs_dirname(a, path);

	w->fd = -1;
	w->path = xstrdup(path);
	if (!fs_mkdirs(folder, 0700, err))
		return NULL;
	if (!open_new(w, folder)) {
		fail(w, err);
		return NULL;
	}
	return add_bytes(w, SV(KEPT_MAGIC), err) ? STEAL(w) : NULL;
}

void
kept_writer_free(struct kept_writer *w)
{
	if (w == NULL)
		return;
	if (w->beside != NULL)
		(void)unlink(w->beside);
	if (w->fd >= 0)
		close(w->fd);
	free(w->beside);
	free(w->path);
	free(w);
}

bool
kept_writer_add(struct kept_writer *w, struct sv bytes, struct kept_place *ret, struct err *err)
{
	*ret = (struct kept_place){.at = w->size, .size = (int64_t)bytes.n, .hash = hash128(bytes)};
	return add_bytes(w, bytes, err);
}

/* Where the kernel cannot copy from file to file. */
static bool
copy_through(struct kept_writer *w, int fd, int64_t at, int64_t size, struct err *err)
{
	char bytes[1 << 16];

	while (size > 0) {
		size_t n = (size_t)MIN(size, (int64_t)sizeof(bytes));

		if (!read_all(fd, at, bytes, n))
			return fail(w, err);
		if (!add_bytes(w, (struct sv){bytes, n}, err))
			return false;
		at += (int64_t)n;
		size -= (int64_t)n;
	}
	return true;
}

bool
kept_writer_copy(struct kept_writer *w, int fd, struct kept_place *p, struct err *err)
{
	int64_t from = p->at, left = p->size;

	p->at = w->size;
	while (left > 0) {
		off_t at = from;
		ssize_t n = copy_file_range(fd, &at, w->fd, NULL, (size_t)left, 0);

		if (n <= 0)
			return copy_through(w, fd, from, left, err);
		from += n;
		left -= n;
		w->size += n;
	}
	return true;
}

int64_t
kept_writer_size(const struct kept_writer *w)
{
	return w->size;
}

int
kept_writer_fd(const struct kept_writer *w)
{
	return w->fd;
}

/* A file without a name gets one, by the one that the kernel has for it. */
static bool
give_name(struct kept_writer *w)
{
	char own[64];

	if (w->beside != NULL)
		return true;
	snprintf(own, sizeof(own), "/proc/self/fd/%d", w->fd);
	w->beside = name_beside(w->path);
	return linkat(AT_FDCWD, own, AT_FDCWD, w->beside, AT_SYMLINK_FOLLOW) == 0;
}

bool
kept_writer_end(struct kept_writer *w, struct sv index, int *fd, struct err *err)
{
	AUTO(buf) tail = buf_new(TAIL_BYTES);
	struct hash128 h = hash128(index);

	pack_word(tail, index.n);
	pack_word(tail, h.lo);
	pack_word(tail, h.hi);
	if (!add_bytes(w, index, err) || !add_bytes(w, buf_sv(tail), err))
		return false;
	if (!give_name(w) || rename(w->beside, w->path) != 0)
		return fail(w, err);
	free(STEAL(w->beside));
	*fd = w->fd;
	w->fd = -1;
	return true;
}
