#include "store/place.h"

#include <errno.h>
#include <linux/magic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/fs.h"

#ifndef CIFS_SUPER_MAGIC
#define CIFS_SUPER_MAGIC 0xFF534D42
#endif
#ifndef SMB2_SUPER_MAGIC
#define SMB2_SUPER_MAGIC 0xFE534D42
#endif

static bool
path_of_url(struct sv url, struct sv *path, struct err *err)
{
	struct sv rest = url, scheme = sv_cut(&rest, ':');

	if (sv_is(scheme, "sqlite"))
		url = rest;
	else if (sv_starts(rest, SV("//"))) {
		err_set(err, ERR_UNSUPPORTED, NOWHERE, "a store at '" SV_FMT "://' is not built yet",
		        SV_ARG(scheme));
		return err_hint(err, "Give a path, sqlite:PATH, or :memory:.");
	}
	if (url.n == 0 || url.p[url.n - 1] == '/' || memchr(url.p, '\0', url.n) != NULL) {
		err_set(err, ERR_USAGE, NOWHERE, "'" SV_FMT "' is not the path of a file", SV_ARG(url));
		return err_hint(err, "Give a path, sqlite:PATH, or :memory:.");
	}
	*path = url;
	return true;
}

/* Root may keep files for others, and look at theirs. */
static bool
foreign(const struct stat *st)
{
	return st->st_uid != geteuid() && st->st_uid != 0 && geteuid() != 0;
}

/* What is there must be ours alone.  *absent is set if nothing is there. */
static bool
trust_file(const char *path, bool *absent, struct err *err)
{
	struct stat st;

	*absent = false;
	if (lstat(path, &st) != 0) {
		*absent = errno == ENOENT;
		return *absent || err_set(err, ERR_STORE, NOWHERE, "cannot look at '%s': %m", path);
	}
	if (S_ISLNK(st.st_mode)) {
		err_set(err, ERR_STORE, NOWHERE, "'%s' is a symbolic link", path);
		return err_hint(err, "Give the path of the state database itself.");
	}
	if (!S_ISREG(st.st_mode))
		return err_set(err, ERR_STORE, NOWHERE, "'%s' is not a regular file", path);
	if (foreign(&st)) {
		err_set(err, ERR_STORE, NOWHERE, "'%s' belongs to another user (id %ju)", path,
		        (uintmax_t)st.st_uid);
		return err_hint(err, "State decides what may run: keep a store of your own.");
	}
	if ((st.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
		err_set(err, ERR_STORE, NOWHERE, "others may write '%s' (mode %04o)", path,
		        (unsigned)st.st_mode & 07777u);
		return err_hint(err, "State decides what may run: chmod 600 it.");
	}
	return true;
}

static bool
trust_folder(const char *dir, struct err *err)
{
	struct stat st;
	struct statfs fs;

	if (stat(dir, &st) != 0 || statfs(dir, &fs) != 0)
		return err_set(err, ERR_STORE, NOWHERE, "cannot look at '%s': %m", dir);
	/*
	 * Groups may write: many systems give every user a group, and project folders its write permission.
	 */
	if ((st.st_mode & S_IWOTH) != 0 && (st.st_mode & S_ISVTX) == 0) {
		err_set(err, ERR_STORE, NOWHERE, "everybody may write the folder '%s'", dir);
		return err_hint(err, "Whoever can exchange the state decides what may run: chmod o-w it.");
	}

	unsigned long type = (unsigned long)fs.f_type & 0xFFFFFFFFUL;

	if (type == NFS_SUPER_MAGIC || type == CIFS_SUPER_MAGIC || type == SMB2_SUPER_MAGIC) {
		err_set(err, ERR_STORE, NOWHERE, "the folder '%s' is on a network file system", dir);
		return err_hint(
			err,
			"SQLite's locks do not hold there: keep the store on a local disk (--store PATH).");
	}
	return true;
}

/* mknod makes the file without opening it, and never follows or replaces anything. */
static bool
make_file(const char *path, struct err *err)
{
	if (mknod(path, S_IFREG | 0600, 0) == 0 || errno == EEXIST)
		return true;
	err_set(err, ERR_STORE, NOWHERE, "cannot create '%s': %m", path);
	return err_hint(err, "Choose another place with --store, or :memory: to keep nothing.");
}

/* SQLite's own files: whoever can plant them can change what the database says. */
static bool
trust_companions(struct arena *a, const char *path, struct err *err)
{
	static const char *const suffix[] = {"-wal", "-shm", "-journal", ".lock"};

	for (size_t i = 0; i < LEN(suffix); i++) {
		bool absent;

		if (!trust_file(arena_printf(a, "%s%s", path, suffix[i]), &absent, err))
			return false;
	}
	return true;
}

bool
place_find(struct arena *a, struct sv url, bool create, struct place *ret, struct err *err)
{
	struct sv name;
	bool absent;

	if (sv_is(url, ":memory:") || sv_is(url, "sqlite::memory:")) {
		*ret = (struct place){.path = NULL, .absent = true};
		return true;
	}
	if (!path_of_url(url, &name, err))
		return false;

	const char *given = arena_str(a, name), *slash = strrchr(given, '/');
	const char *dir = fs_dirname(a, given);

	if (create && !fs_mkdirs(dir, 0700, err)) {
		if (err != NULL)
			err->code = ERR_STORE;
		return err_hint(err, "Choose another place with --store, or :memory: to keep nothing.");
	}

	char *real = realpath(dir, NULL);

	if (real == NULL && !create && (errno == ENOENT || errno == ENOTDIR)) {
		*ret = (struct place){.path = given, .absent = true};
		return true;
	}
	if (real == NULL)
		return err_set(err, ERR_STORE, NOWHERE, "cannot look at '%s': %m", dir);
	dir = arena_str(a, sv_of(real));
	free(real);

	const char *path = fs_join(a, dir, sv_of(slash != NULL ? slash + 1 : given));
	struct stat st;

	if (!trust_folder(dir, err) || (create && !make_file(path, err)) || !trust_file(path, &absent, err) ||
	    !trust_companions(a, path, err))
		return false;
	if (!absent && stat(path, &st) != 0)
		return err_set(err, ERR_STORE, NOWHERE, "cannot look at '%s': %m", path);
	*ret = (struct place){.path = path, .absent = absent || st.st_size == 0};
	return true;
}
