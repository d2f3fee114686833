/*
 * Copies of the state.  SQLite's backup reads the source in one read transaction: a consistent moment, without the lock, and without another
 * descriptor on the database file (closing one would drop SQLite's locks).
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fs.h"
#include "store/db.h"
#include "store/upkeep.h"

struct copy {
	struct arena *a;
	const char *path, *dir, *temporary;
	sqlite3 *db;
};

static void
copy_end(struct copy *c)
{
	(void)sqlite3_close(c->db);
	if (c->temporary != NULL) {
		(void)unlink(c->temporary);
		(void)unlink(arena_printf(c->a, "%s-wal", c->temporary));
		(void)unlink(arena_printf(c->a, "%s-shm", c->temporary));
	}
	arena_free(c->a);
}
#define AUTO_COPY __attribute__((cleanup(copy_end))) struct copy

static bool
fail(const struct copy *c, const char *what, struct err *err)
{
	err_set(err, ERR_IO, NOWHERE, "cannot %s the backup '%s': %s", what, c->path,
	        c->db != NULL ? sqlite3_errmsg(c->db) : strerror(errno));
	return err_hint(err, "Is there room, and may you write the folder?");
}

/* An existing file may go only if the caller says so, and the state itself never. */
static bool
may_take(const struct store *s, struct copy *c, bool force, struct err *err)
{
	static const char *const suffix[] = {"", "-wal", "-shm", "-journal", ".lock"};
	struct stat there, own;

	if (lstat(c->path, &there) != 0)
		return errno == ENOENT || fail(c, "look for", err);
	for (size_t i = 0; i < LEN(suffix); i++)
		if (stat(arena_printf(c->a, "%s%s", s->path, suffix[i]), &own) == 0 &&
		    own.st_dev == there.st_dev && own.st_ino == there.st_ino)
			return err_set(err, ERR_USAGE, NOWHERE, "'%s' is the state itself", c->path);
	if (!S_ISREG(there.st_mode))
		return err_set(err, ERR_USAGE, NOWHERE, "'%s' is not a regular file", c->path);
	if (force)
		return true;
	err_set(err, ERR_USAGE, NOWHERE, "'%s' is there already", c->path);
	return err_hint(err, "Name another file, or replace it with --force.");
}

/* Where the file is to be, with no link on the way. */
static bool
find_place(struct copy *c, struct err *err)
{
	const char *slash = strrchr(c->path, '/'), *name = slash != NULL ? slash + 1 : c->path;
	char *real = realpath(fs_dirname(c->a, c->path), NULL);

	if (name[0] == '\0' || real == NULL) {
		free(real);
		err_set(err, ERR_USAGE, NOWHERE, "there is no folder for the backup '%s'", c->path);
		return err_hint(err, "Give the path of a file in a folder that exists.");
	}
	c->dir = arena_str(c->a, sv_of(real));
	free(real);
	c->path = fs_join(c->a, c->dir, sv_of(name));
	return true;
}

static bool
open_temporary(struct copy *c, struct err *err)
{
	char *name = arena_printf(c->a, "%s.XXXXXX", c->path);
	int fd = mkostemp(name, O_CLOEXEC); /* 0600 */
	int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE |
	            SQLITE_OPEN_NOFOLLOW;

	if (fd < 0)
		return fail(c, "write", err);
	c->temporary = name;
	(void)close(fd);
	return sqlite3_open_v2(name, &c->db, flags, NULL) == SQLITE_OK || fail(c, "open", err);
}

static bool
fill(struct store *s, struct copy *c, struct err *err)
{
	sqlite3_backup *b = sqlite3_backup_init(c->db, "main", s->db, "main");

	if (b == NULL)
		return fail(c, "begin", err);

	int rc = sqlite3_backup_step(b, -1);

	if (sqlite3_backup_finish(b) != SQLITE_OK || rc != SQLITE_DONE)
		return fail(c, "write", err);
	/* One file, with nothing beside it. */
	return sqlite3_exec(c->db, "PRAGMA journal_mode = DELETE", NULL, NULL, NULL) == SQLITE_OK ||
	       fail(c, "finish", err);
}

static bool
examine(struct copy *c, struct err *err)
{
	sqlite3_stmt *stmt = NULL;
	bool ok = sqlite3_prepare_v2(c->db, "PRAGMA integrity_check(1)", -1, &stmt, NULL) == SQLITE_OK &&
	          sqlite3_step(stmt) == SQLITE_ROW;
	const char *said = ok ? (const char *)sqlite3_column_text(stmt, 0) : NULL;

	if (!ok) {
		fail(c, "examine", err);
	} else if (said == NULL || strcmp(said, "ok") != 0) {
		err_set(err, ERR_STORE, NOWHERE, "the copy is damaged, as the state is: %s",
		        said != NULL ? said : "?");
		ok = err_hint(err, "An earlier backup stays as it is.  weir store check tells more.");
	}
	sqlite3_finalize(stmt);
	return ok;
}

/* Names are taken at once: somebody may have made the file meanwhile. */
static bool
take_name(struct copy *c, bool force, struct err *err)
{
	AUTO_FD dir = open(c->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	AUTO_FD fd = open(c->temporary, O_RDONLY | O_CLOEXEC);

	if (dir < 0 || fd < 0 || fsync(fd) != 0)
		return fail(c, "sync", err);
	if (force ? rename(c->temporary, c->path) != 0 : link(c->temporary, c->path) != 0) {
		/* File systems without links: looked for once more, as well as can be. */
		if (force || errno == EEXIST || access(c->path, F_OK) == 0 ||
		    rename(c->temporary, c->path) != 0)
			return fail(c, "name", err);
	}
	if (fsync(dir) != 0)
		return fail(c, "sync the folder of", err);
	return true;
}

bool
store_backup(struct store *s, const char *path, bool force, int64_t *bytes, struct err *err)
{
	AUTO_COPY c = {.a = arena_new(), .path = path};
	struct stat st;

	if (db_is_in_memory(s)) {
		err_set(err, ERR_NOTHING, NOWHERE, "there is no state yet at '%s'", s->path);
		return err_hint(err, "It comes with the first weir check.");
	}
	if (!find_place(&c, err) || !may_take(s, &c, force, err) || !open_temporary(&c, err) ||
	    !fill(s, &c, err) || !examine(&c, err))
		return false;
	if (sqlite3_close(c.db) != SQLITE_OK)
		return fail(&c, "close", err);
	c.db = NULL;
	if (stat(c.temporary, &st) != 0)
		return fail(&c, "look at", err);
	if (!take_name(&c, force, err))
		return false;
	*bytes = st.st_size;
	return true;
}
