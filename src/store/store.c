#include "store/store.h"

#include <assert.h>
#include <stdlib.h>

#include "store/db.h"
#include "store/migrate.h"
#include "store/place.h"

enum {
	LOCK_WAIT_MS = 30000,
	BUSY_WAIT_MS =
		5000, /* for SQLite's own locks: recovery after a crash, and programs that are not weir */
	CHECKPOINT_PAGES = 256, /* of 4 KiB: the WAL is carried over once it is larger than 1 MiB */
	/* A service writes so much that each commit would carry over, and the same pages again and again. */
	CHECKPOINT_PAGES_SERVING = 2048
};

static int
note_wal_pages(void *ctx, sqlite3 *db UNUSED, const char *name UNUSED, int pages)
{
	struct store *s = ctx;

	s->wal_pages = pages;
	return SQLITE_OK;
}

/* What must hold on every connection, before the file is looked at. */
static bool
configure(struct store *s, struct err *err)
{
	static const struct {
		int option, on;
	} options[] = {
		{SQLITE_DBCONFIG_DEFENSIVE, 1},
		{SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0},
		{SQLITE_DBCONFIG_DQS_DML, 0},
		{SQLITE_DBCONFIG_DQS_DDL, 0},
		{SQLITE_DBCONFIG_ENABLE_FKEY, 1},
		{SQLITE_DBCONFIG_ENABLE_TRIGGER, 0},
		{SQLITE_DBCONFIG_ENABLE_VIEW, 0},
		{SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0},
		/* Else whoever closes last would checkpoint, with the lock or without. */
		{SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1},
	};

	for (size_t i = 0; i < LEN(options); i++)
		if (sqlite3_db_config(s->db, options[i].option, options[i].on, (int *)NULL) != SQLITE_OK)
			return db_fail(s, "set up the state database", err);
	(void)sqlite3_limit(s->db, SQLITE_LIMIT_ATTACHED, 0);
	(void)sqlite3_extended_result_codes(s->db, 1);
	(void)sqlite3_busy_timeout(s->db, BUSY_WAIT_MS);
	/* Also turns automatic checkpoints off, which use the same hook. */
	(void)sqlite3_wal_hook(s->db, note_wal_pages, s);
	return sqlite3_prepare_v3(s->db, "ROLLBACK", -1, SQLITE_PREPARE_PERSISTENT, &s->rollback, NULL) ==
	               SQLITE_OK ||
	       db_fail(s, "set up the state database", err);
}

static bool
connect_file(struct store *s, bool write, struct err *err)
{
	int flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE | SQLITE_OPEN_NOFOLLOW;

	flags |= write ? SQLITE_OPEN_READWRITE : SQLITE_OPEN_READONLY;
	return sqlite3_open_v2(s->path, &s->db, flags, NULL) == SQLITE_OK
	               ? configure(s, err)
	               : db_fail(s, "open the state database", err);
}

static bool
connect_memory(struct store *s, struct err *err)
{
	int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_MEMORY | SQLITE_OPEN_NOMUTEX;

	if (sqlite3_open_v2(":memory:", &s->db, flags, NULL) != SQLITE_OK)
		return db_fail(s, "open a database in memory", err);
	return configure(s, err) && migrate_locked(s, migrations, migration_count, err);
}

/* Opening for writing may recover what a crash left behind, and migrates: nobody else may write meanwhile. */
static bool
open_writer_locked(struct store *s, struct err *err)
{
	size_t version;

	/* The version first: a file that is not ours must be left as it is. */
	return connect_file(s, true, err) && migrate_version(s, &version, err) &&
	       db_exec(s, "PRAGMA journal_mode = WAL", "use a write-ahead log", err) &&
	       db_exec(s, "PRAGMA synchronous = FULL", "set up the state database", err) &&
	       (version == migration_count || migrate_locked(s, migrations, migration_count, err));
}

static bool
open_writer(struct store *s, struct err *err)
{
	if (!lock_open(arena_printf(s->a, "%s.lock", s->path), &s->lock, err) ||
	    !lock_take(s->lock, LOCK_WAIT_MS, err))
		return false;

	bool ok = open_writer_locked(s, err);

	lock_release(s->lock);
	return ok;
}

/* The service has brought the file to its own version; a command of another one must keep its hands off. */
static bool
open_beside(struct store *s, struct err *err)
{
	size_t version;

	if (!connect_file(s, false, err) || !migrate_version(s, &version, err))
		return false;
	s->handed = true;
	if (version == migration_count)
		return true;
	err_set(err, ERR_STORE, NOWHERE, "the service that works with '%s' is of an older weir", s->path);
	return err_hint(err, "Start the service anew with this version, or use the service's.");
}

static void
disconnect(struct store *s)
{
	for (size_t i = 0; i < s->nstatement; i++)
		sqlite3_finalize(s->statement[i].stmt);
	s->nstatement = 0;
	sqlite3_finalize(STEAL(s->rollback));
	s->handed = false;

	int rc = sqlite3_close(s->db);

	assert(rc == SQLITE_OK);
	(void)rc;
	s->db = NULL;
}

/* A file that has been made but not filled yet counts as none; one of an older weir is migrated first. */
static bool
open_reader(struct store *s, struct err *err)
{
	size_t version;

	if (!connect_file(s, false, err) || !migrate_version(s, &version, err))
		return false;
	if (version == migration_count)
		return true;
	disconnect(s);
	if (version == 0)
		return connect_memory(s, err);
	if (session_is_there(s->path))
		return open_beside(s, err);
	if (!open_writer(s, err))
		return err_prefix(err, "the state database is of an older weir");
	disconnect(s);
	lock_close(STEAL(s->lock));
	return connect_file(s, false, err);
}

/* Which file it is must be known before the first write. */
static bool
open_file(struct store *s, struct err *err)
{
	s->on_file = true;
	if (session_is_there(s->path))
		return open_beside(s, err);
	if (!open_writer(s, err))
		return false;
	return stat(s->path, &s->file) == 0 ||
	       err_set(err, ERR_STORE, NOWHERE, "cannot look at the state database '%s': %m", s->path);
}

bool
store_open_anew(struct store *s, struct err *err)
{
	for (sqlite3_stmt *q = NULL; (q = sqlite3_next_stmt(s->db, q)) != NULL;)
		if (sqlite3_stmt_busy(q))
			return err_set(err, ERR_STORE, NOWHERE,
			               "the service that worked with '%s' ended in the middle", s->path);
	disconnect(s);
	lock_close(STEAL(s->lock));
	return open_file(s, err);
}

bool
store_open(struct sv url, enum store_mode mode, struct sv env, const struct clock *clock, struct store **ret,
           struct err *err)
{
	AUTO(store) s = xcalloc(1, sizeof(*s));
	struct place place;

	s->a = arena_new();
	s->mode = mode;
	s->env = arena_sv(s->a, env);
	s->clock = clock;
	if (!place_find(s->a, url, mode == STORE_WRITE, &place, err))
		return false;
	s->path = place.path != NULL ? place.path : ":memory:";

	bool ok;

	if (place.path == NULL || (mode == STORE_READ && place.absent))
		ok = connect_memory(s, err);
	else
		ok = mode == STORE_READ ? open_reader(s, err) : open_file(s, err);
	if (!ok)
		return false;
	*ret = STEAL(s);
	return true;
}

void
store_close(struct store *s)
{
	if (s == NULL)
		return;
	if (s->in_transaction)
		store_rollback(s);
	disconnect(s);
	lock_close(s->lock);
	arena_free(s->a);
	free(s);
}

/* A removed file takes writes as before, and what is written is gone with the last descriptor. */
static bool
still_there(const struct store *s, const char *what, struct err *err)
{
	struct stat now;

	if (s->lock == NULL ||
	    (stat(s->path, &now) == 0 && now.st_dev == s->file.st_dev && now.st_ino == s->file.st_ino))
		return true;
	err_set(err, ERR_STORE, NOWHERE,
	        "the state database '%s' was removed or replaced while it was in use%s", s->path, what);
	return err_hint(
		err,
		"What others stored before is lost as well, unless there is a backup (weir store backup).");
}

/*
 * What was begun must not stay: who reads would take what was never stored for what is, and nothing could begin again.  The statement was
 * prepared when the file was opened, as there may be no memory for it now.
 */
static void
roll_back(struct store *s)
{
	/* After some errors SQLite has rolled back already. */
	for (int tries = 2; tries > 0 && sqlite3_get_autocommit(s->db) == 0; tries--) {
		(void)sqlite3_step(s->rollback);
		(void)sqlite3_reset(s->rollback);
	}
	if (sqlite3_get_autocommit(s->db) == 0)
		give_up("cannot take back what could not be stored: %s ('%s')", sqlite3_errmsg(s->db),
		        s->path);
}

static bool
begin(struct store *s, struct err *err)
{
	assert(!s->in_transaction && !s->reading);
	if (s->mode != STORE_WRITE)
		return err_set(err, ERR_STORE, NOWHERE, "the state database '%s' was opened for reading only",
		               s->path);
	if (s->on_file && !s->serving) {
		if (!session_begin(s->path, &s->session, err))
			return false;
		if (s->session != NULL) {
			s->in_transaction = true;
			s->failed = false;
			return true;
		}
		if (s->handed && !store_open_anew(s, err))
			return false;
		/* A service may have come in that moment. */
		if (s->handed)
			return begin(s, err);
	}
	if (s->lock != NULL && !lock_take(s->lock, s->serving ? BUSY_WAIT_MS : LOCK_WAIT_MS, err))
		return false;
	if (!still_there(s, "", err)) {
		lock_release(s->lock);
		return false;
	}
	if (!db_exec(s, "BEGIN IMMEDIATE", "begin a transaction", err)) {
		if (s->lock != NULL)
			lock_release(s->lock);
		return false;
	}
	s->in_transaction = true;
	s->failed = false;
	return true;
}

bool
store_begin(struct store *s, struct err *err)
{
	if (begin(s, err))
		return true;
	s->trouble = true;
	return false;
}

static void
end_session(struct store *s)
{
	session_close(STEAL(s->session));
	s->in_transaction = false;
	s->failed = false;
}

/*
 * Waits for no reader and copies what it may; the rest is left to a later commit.  The commit is safe in the log already, so that a failure here
 * loses nothing, and the next commit tries again.
 *
 * A service, whose connection lasts, begins the log anew by itself once all of it was copied.  A command cannot know what the one before it
 * copied: it would read all of the log, copy that again and write behind it; so it cuts the log off.
 */
static void
checkpoint_locked(struct store *s)
{
	if (s->wal_pages <= (s->serving ? CHECKPOINT_PAGES_SERVING : CHECKPOINT_PAGES))
		return;
	(void)sqlite3_busy_timeout(s->db, 0);
	(void)sqlite3_wal_checkpoint_v2(
		s->db, NULL, s->serving ? SQLITE_CHECKPOINT_PASSIVE : SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
	(void)sqlite3_busy_timeout(s->db, BUSY_WAIT_MS);
}

static bool
commit(struct store *s, struct err *err)
{
	assert(s->in_transaction);
	if (s->failed) {
		store_rollback(s);
		return err_set(err, ERR_STORE, NOWHERE,
		               "nothing was stored, as a part of it could not be ('%s')", s->path);
	}
	if (s->session != NULL) {
		bool ok = session_commit(s->session, err);

		end_session(s);
		return ok;
	}
	if (!db_exec(s, "COMMIT", "store", err)) {
		store_rollback(s);
		return false;
	}
	s->in_transaction = false;
	checkpoint_locked(s);
	if (s->lock != NULL)
		lock_release(s->lock);
	return still_there(s, ": nothing was stored", err);
}

bool
store_commit(struct store *s, struct err *err)
{
	s->trouble = !commit(s, err);
	return !s->trouble;
}

/* What has nothing to do with what was to be written. */
static bool
is_trouble(int code)
{
	static const int codes[] = {SQLITE_FULL,    SQLITE_IOERR,    SQLITE_BUSY,
	                            SQLITE_LOCKED,  SQLITE_NOMEM,    SQLITE_READONLY,
	                            SQLITE_CORRUPT, SQLITE_CANTOPEN, SQLITE_NOTADB};

	for (size_t i = 0; i < LEN(codes); i++)
		if (codes[i] == (code & 0xFF))
			return true;
	return false;
}

void
store_rollback(struct store *s)
{
	if (!s->in_transaction)
		return;
	if (s->session != NULL) {
		end_session(s);
		return;
	}
	s->trouble = s->trouble || is_trouble(sqlite3_errcode(s->db));
	roll_back(s);
	s->in_transaction = false;
	s->failed = false;
	if (s->lock != NULL)
		lock_release(s->lock);
}

void
store_reads_begin(struct store *s)
{
	/* Without it all goes the same way, only slower. */
	if (!s->in_transaction)
		s->reading = sqlite3_exec(s->db, "BEGIN", NULL, NULL, NULL) == SQLITE_OK;
}

void
store_reads_end(struct store *s)
{
	/* Unlike a commit it always ends the transaction; there is nothing in it. */
	if (s->reading)
		roll_back(s);
	s->reading = false;
}

bool
store_in_trouble(const struct store *s)
{
	return s->trouble;
}

/* A number is written anew; that it is the same does not keep SQLite from writing its page. */
bool
store_try(struct store *s, struct err *err)
{
	char sql[40];

	sqlite3_snprintf((int)sizeof(sql), sql, "PRAGMA user_version = %d", (int)migration_count);
	if (!store_begin(s, err))
		return false;
	if (!db_exec(s, sql, "store", err)) {
		store_rollback(s);
		return false;
	}
	return store_commit(s, err);
}

bool
write_begin(struct store *s, bool *own, struct err *err)
{
	*own = !s->in_transaction;
	return !*own || store_begin(s, err);
}

bool
write_end(struct store *s, bool own, bool ok, struct err *err)
{
	if (!own) {
		s->failed = s->failed || !ok;
		return ok;
	}
	if (ok)
		return store_commit(s, err);
	store_rollback(s);
	return false;
}
