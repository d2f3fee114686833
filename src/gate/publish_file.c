/*
 * Files and folders: renamed over the old ones, which is one step for whoever opens them.  Two folders change
 * places in one step; what was the asset's in the old one goes, and nothing else.
 */
#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/log.h"
#include "catalog/partition.h"
#include "gate/publish.h"

static bool
file_fits(const struct asset *asset)
{
	return asset->path.n > 0;
}

static bool
fail(const struct publishing *p, const char *verb, const char *path, struct err *err)
{
	return err_set(err, ERR_IO, p->asset->publish.loc, "cannot %s '%s': %m", verb, path);
}

static bool
place(struct publishing *p, struct sv pattern, const char **ret, struct err *err)
{
	struct arena *a = p->w->a;

	if (p->p != NULL && !partition_path(a, p->asset, p->p, pattern, &pattern, err))
		return false;
	*ret = arena_str(a, run_path(a, p->asset, pattern));
	return true;
}

/* The folder of the path, or the nearest one above it that is there: what is missing will be made in it. */
static bool
device_of(struct publishing *p, const char *path, dev_t *ret, struct err *err)
{
	struct arena *a = p->w->a;
	const char *dir = fs_dirname(a, path);
	struct stat st;

	while (stat(dir, &st) != 0) {
		const char *above = fs_dirname(a, dir);

		if (errno != ENOENT || strcmp(above, dir) == 0)
			return fail(p, "look at", dir, err);
		dir = above;
	}
	*ret = st.st_dev;
	return true;
}

/* A link as the target stays one: what it leads to is replaced. */
static bool
follow_target(struct publishing *p, struct err *err)
{
	char *real;
	struct stat st;

	if (lstat(p->to, &st) != 0 || !S_ISLNK(st.st_mode))
		return true;
	real = realpath(p->to, NULL);
	if (real == NULL)
		return fail(p, "follow the link", p->to, err);
	p->to = arena_str(p->w->a, sv_of(real));
	free(real);
	return true;
}

static bool
file_prepare(struct publishing *p, struct err *err)
{
	struct arena *a = p->w->a;
	dev_t from, to;
	const char *slash;

	if (!place(p, p->asset->publish.stage, &p->from, err) ||
	    !place(p, p->asset->publish.to, &p->to, err) || !follow_target(p, err) ||
	    !device_of(p, p->from, &from, err) || !device_of(p, p->to, &to, err))
		return false;
	if (from != to) {
		err_set(err, ERR_USAGE, p->asset->publish.loc,
		        "the stage '%s' and '%s' lie on different file systems", p->from, p->to);
		return err_hint(err, "a file can only be replaced in one step by one on its own file system");
	}
	slash = strrchr(p->from, '/');
	p->lock_path = arena_printf(a, "%s/.%s.weir-lock", fs_dirname(a, p->from),
	                            slash != NULL ? slash + 1 : p->from);
	return fs_mkdirs(fs_dirname(a, p->from), 0777, err);
}

static bool
file_clear(struct publishing *p, const char **aside, struct err *err)
{
	struct stat st;

	if (lstat(p->from, &st) != 0)
		return errno == ENOENT || fail(p, "look at", p->from, err);
	*aside = arena_printf(p->w->a, "%s.left-%s", p->from, p->run_id);
	return rename(p->from, *aside) == 0 || fail(p, "move aside", p->from, err);
}

/*
 * Everything in a file or folder, in a stable order
 * -------------------------------------------------------------
 */

static int
by_name(const FTSENT **a, const FTSENT **b)
{
	return strcmp((*a)->fts_name, (*b)->fts_name);
}

typedef bool visit_fn(struct publishing *p, const FTSENT *e, struct hasher *h, struct err *err);

static bool
visit(struct publishing *p, const char *root, visit_fn *fn, struct hasher *h, struct err *err)
{
	char *path[] = {arena_str(p->w->a, sv_of(root)), NULL};
	FTS *walk = fts_open(path, FTS_PHYSICAL | FTS_NOCHDIR, by_name);
	const FTSENT *e;
	bool ok = walk != NULL || fail(p, "list", root, err);

	while (ok && (errno = 0, e = fts_read(walk)) != NULL) {
		if (e->fts_info == FTS_ERR || e->fts_info == FTS_DNR || e->fts_info == FTS_NS) {
			errno = e->fts_errno;
			ok = fail(p, "read", e->fts_path, err);
		} else {
			ok = fn(p, e, h, err);
		}
	}
	if (ok && errno != 0)
		ok = fail(p, "list", root, err);
	if (walk != NULL)
		(void)fts_close(walk);
	return ok;
}

/* Renaming changes none of this, writing does. */
static bool
add_identity(struct publishing *p UNUSED, const FTSENT *e, struct hasher *h, struct err *err UNUSED)
{
	const struct stat *st = e->fts_statp;

	if (e->fts_info == FTS_D || e->fts_info == FTS_DP)
		return true;
	hasher_add_i64(h, e->fts_level);
	if (e->fts_level > 0)
		hasher_add(h, (struct sv){e->fts_name, e->fts_namelen});
	hasher_add_i64(h, (int64_t)st->st_ino);
	hasher_add_i64(h, (int64_t)st->st_dev);
	hasher_add_i64(h, st->st_size);
	hasher_add_i64(h, st->st_mtim.tv_sec);
	hasher_add_i64(h, st->st_mtim.tv_nsec);
	return true;
}

static bool
file_identity(struct publishing *p, bool staged, struct sv *ret, struct err *err)
{
	struct hasher h;
	char hex[HASH_HEX];
	bool ok;

	hasher_init(&h);
	ok = visit(p, staged ? p->from : p->to, add_identity, &h, err);
	hasher_end(&h, hex);
	if (ok)
		*ret = arena_sv(p->w->a, sv_of(hex));
	return ok;
}

static bool
sync_path(struct publishing *p, const char *path, int flags, struct err *err)
{
	AUTO_FD fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | flags);

	if (fd < 0)
		return fail(p, "open", path, err);
	/* Some file systems cannot sync folders and say so; they keep no promise that we could break. */
	return fsync(fd) == 0 || (flags != 0 && (errno == EINVAL || errno == ENOTSUP)) ||
	       fail(p, "write out", path, err);
}

static bool
make_durable(struct publishing *p, const FTSENT *e, struct hasher *h UNUSED, struct err *err)
{
	switch (e->fts_info) {
	case FTS_D:
		return true;
	case FTS_F:
		return sync_path(p, e->fts_path, 0, err);
	case FTS_DP:
		return sync_path(p, e->fts_path, O_DIRECTORY, err);
	default:
		err_set(err, ERR_IO, p->asset->publish.loc, "the stage holds '%s', which is no regular file",
		        e->fts_path);
		return err_hint(err, "links and pipes do not carry over: write the data itself");
	}
}

/* Who could read the old output can read the new one.  The group may not be ours to give: then it is not. */
static bool
take_permissions(struct publishing *p, const struct stat *old, struct err *err)
{
	(void)!chown(p->from, (uid_t)-1, old->st_gid);
	return chmod(p->from, old->st_mode & 07777) == 0 || fail(p, "set the permissions of", p->from, err);
}

static bool
file_settle(struct publishing *p, struct err *err)
{
	struct stat st, old;

	if (lstat(p->from, &st) != 0) {
		if (errno != ENOENT)
			return fail(p, "look at", p->from, err);
		err_set(err, ERR_NOT_FOUND, p->asset->publish.loc,
		        "the command ended well, but nothing lies at its stage '%s'", p->from);
		return err_hint(err, "it must write there: the path is in WEIR_STAGE");
	}
	if (!S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode))
		return err_set(err, ERR_IO, p->asset->publish.loc,
		               "the stage '%s' is neither file nor folder", p->from);
	if (stat(p->to, &old) == 0) {
		if ((old.st_mode & S_IFMT) != (st.st_mode & S_IFMT)) {
			err_set(err, ERR_IO, p->asset->publish.loc,
			        "the stage '%s' is a %s, but '%s' is none", p->from,
			        S_ISDIR(st.st_mode) ? "folder" : "file", p->to);
			return err_hint(err, "one can only take the place of its like");
		}
		if (!take_permissions(p, &old, err))
			return false;
	}
	return visit(p, p->from, make_durable, NULL, err);
}

/*
 * The old output
 * ------------------------------------------------------------------------------------------------
 */

static bool
drop_empty(struct publishing *p UNUSED, const FTSENT *e, struct hasher *h UNUSED, struct err *err UNUSED)
{
	if (e->fts_info == FTS_DP)
		(void)rmdir(e->fts_path); /* what is not empty stays */
	return true;
}

/* The old folder lies at the stage now.  Its files that were the asset's go; others may be somebody's. */
static void
drop_old(struct publishing *p, const struct dataset *old, const char *named)
{
	struct sv prefix = sv_of(named);
	struct err err = {0};

	for (size_t i = 0; i < old->parts.n; i++) {
		struct sv path = sv_of(old->parts.v[i].path);

		if (sv_starts(path, prefix))
			(void)unlink(arena_printf(p->w->a, "%s%s", p->from, path.p + prefix.n));
	}
	if (!visit(p, p->from, drop_empty, NULL, &err) || fs_exists(p->from))
		log_warn("'%s' keeps what was in the old folder and is not of '" SV_FMT "'", p->from,
		         SV_ARG(p->asset->key));
}

static bool
exchange(struct publishing *p, struct err *err)
{
	struct dataset old = {0};
	const char *named;

	if (!place(p, p->asset->publish.to, &named, err))
		return false;
	if (!run_dataset(p->w->a, p->w->catalog, p->asset, p->p, &old, NULL))
		old.parts.n = 0;
	if (renameat2(AT_FDCWD, p->from, AT_FDCWD, p->to, RENAME_EXCHANGE) != 0) {
		(void)fail(p, "exchange with the stage the folder", p->to, err);
		return err_hint(err, "this needs a file system that can exchange two folders in one step");
	}
	drop_old(p, &old, named);
	return true;
}

static bool
move(struct publishing *p, struct err *err)
{
	struct stat st;
	bool folder = lstat(p->from, &st) == 0 && S_ISDIR(st.st_mode);

	if (folder && fs_exists(p->to))
		return exchange(p, err);
	/*
	 * A file takes the place of the old one, which is never gone in between; a folder that of none, or of
	 * an empty one.
	 */
	return rename(p->from, p->to) == 0 || fail(p, "move the stage to", p->to, err);
}

static bool
file_swap(struct publishing *p, struct sv judged, struct sv *identity, struct err *err)
{
	struct arena *a = p->w->a;

	/* In this order: what is unmoved after its identity was taken is what was judged. */
	if (!fs_mkdirs(fs_dirname(a, p->to), 0777, err) || !file_identity(p, true, identity, err) ||
	    !publish_unmoved(p, judged, err) || !move(p, err))
		return false;
	for (int i = 0; i < 2; i++) {
		struct err e = {0};

		/* The new output is there; only a power cut could bring the old one back, whole. */
		if (!sync_path(p, fs_dirname(a, i == 0 ? p->to : p->from), O_DIRECTORY, &e))
			log_warn("%s", e.msg);
	}
	return true;
}

const struct publisher publisher_file = {
	.fits = file_fits,
	.prepare = file_prepare,
	.clear = file_clear,
	.settle = file_settle,
	.identity = file_identity,
	.swap = file_swap,
};
