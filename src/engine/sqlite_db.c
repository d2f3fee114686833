/*
 * A database that is only looked at: read-only, one snapshot from the first statement to the last, and an authorizer that allows
 * nothing but reading, whatever the SQL of the catalog says.
 *
 * The file is opened by SQLite alone.  Opening it ourselves, and closing it again, would drop the locks that SQLite holds on it.
 */
#include <strings.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "engine/sqlite.h"

enum {
	BUSY_WAIT_MS = 5000,
	PROGRESS_STEPS = 20000, /* instructions of the virtual machine between two looks at the clock */
	LENGTH_MAX = 256 << 20, /* bytes of a value */
	QUERY_MAX = 1 << 20     /* bytes of a user's query */
};

static bool
is_name(const char *s, const char *name)
{
	return s != NULL && sv_ieq(sv_of(s), sv_of(name));
}

/* Full-text tables read these when they are looked at. */
static bool
harmless_pragma(const char *name, const char *value)
{
	return value == NULL && (is_name(name, "data_version") || is_name(name, "page_size"));
}

static int
authorize(void *ctx, int action, const char *first, const char *second, const char *database UNUSED,
          const char *trigger UNUSED)
{
	const struct sqlite_db *d = ctx;

	switch (action) {
	case SQLITE_SELECT:
	case SQLITE_READ:
	case SQLITE_RECURSIVE:
		return SQLITE_OK;
	case SQLITE_FUNCTION:
		if (is_name(second, "load_extension") ||
		    (d->users && second != NULL && strncasecmp(second, "weir_", 5) == 0))
			return SQLITE_DENY;
		return SQLITE_OK;
	case SQLITE_PRAGMA:
		return harmless_pragma(first, second) ? SQLITE_OK : SQLITE_DENY;
	default:
		return SQLITE_DENY;
	}
}

static int
past_deadline(void *ctx)
{
	const struct sqlite_db *d = ctx;

	return clock_mono_ns() > d->deadline_ns;
}

bool
sqlite_db_refused(const struct sqlite_db *d)
{
	int code = sqlite3_errcode(d->db) & 0xff;

	return code == SQLITE_ERROR || code == SQLITE_TOOBIG || code == SQLITE_RANGE;
}

static enum err_code
code_of(int rc)
{
	switch (rc & 0xff) {
	case SQLITE_NOTADB:
	case SQLITE_CORRUPT:
		return ERR_FORMAT;
	case SQLITE_INTERRUPT:
		return ERR_TIMEOUT;
	case SQLITE_TOOBIG:
	case SQLITE_NOMEM:
		return ERR_LIMIT;
	case SQLITE_ERROR:
	case SQLITE_AUTH:
		return ERR_EVAL;
	default:
		return ERR_IO;
	}
}

bool
sqlite_db_fail(const struct sqlite_db *d, const char *what, struct err *err)
{
	int rc = sqlite3_errcode(d->db);

	switch (rc & 0xff) {
	case SQLITE_NOTADB:
		return err_set(err, ERR_FORMAT, d->loc, "'" SV_FMT "' is not a SQLite database",
		               SV_ARG(d->path));
	case SQLITE_INTERRUPT:
		err_set(err, ERR_TIMEOUT, d->loc, "cannot %s: the time that its source allows is over", what);
		return err_hint(err, "give more with limits: {seconds: …}");
	case SQLITE_AUTH:
		err_set(err, ERR_EVAL, d->loc, "cannot %s: %s", what, sqlite3_errmsg(d->db));
		return err_hint(err, "SQL may only read tables and views here");
	default:
		break;
	}
	err_set(err, code_of(rc), d->loc, "cannot %s: %s ('" SV_FMT "')", what, sqlite3_errmsg(d->db),
	        SV_ARG(d->path));
	if ((rc & 0xff) == SQLITE_BUSY)
		return err_hint(err, "a writer kept it locked for %d s", BUSY_WAIT_MS / 1000);
	if ((rc & 0xff) == SQLITE_READONLY)
		return err_hint(err,
		                "a writer crashed: open it once with a program that may write, to roll back");
	if ((rc & 0xff) == SQLITE_CANTOPEN)
		return err_hint(
			err, "a database in WAL mode needs a folder that can be written, or its -shm file");
	return false;
}

/* The bytes of a path that have a meaning in a URI are escaped. */
static void
put_uri(struct buf *b, struct sv path)
{
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/";

	buf_puts(b, path.n > 0 && path.p[0] == '/' ? "file://" : "file:");
	for (size_t i = 0; i < path.n; i++) {
		if (memchr(plain, path.p[i], sizeof(plain) - 1) != NULL)
			buf_putc(b, path.p[i]);
		else
			buf_printf(b, "%%%02X", (unsigned char)path.p[i]);
	}
	buf_puts(b, "?mode=ro&cache=private");
}

static bool
is_readable_file(const struct sqlite_db *d, struct err *err)
{
	AUTO(arena) a = arena_new();
	struct stat st;

	if (memchr(d->path.p, '\0', d->path.n) != NULL || stat(arena_str(a, d->path), &st) != 0) {
		err_set(err, ERR_NOT_FOUND, d->loc, "there is no database '" SV_FMT "'", SV_ARG(d->path));
		return err_hint(err, "has it been made, and is the source's url right?");
	}
	if (!S_ISREG(st.st_mode))
		return err_set(err, ERR_IO, d->loc, "'" SV_FMT "' is not a regular file", SV_ARG(d->path));
	return true;
}

void
sqlite_db_deadline(struct sqlite_db *d, int64_t deadline_ns)
{
	d->deadline_ns = deadline_ns;
	sqlite3_progress_handler(d->db, PROGRESS_STEPS, deadline_ns != 0 ? past_deadline : NULL, d);
}

static bool
configure(struct sqlite_db *d, struct err *err)
{
	static const struct {
		int option, on;
	} options[] = {
		{SQLITE_DBCONFIG_DEFENSIVE, 1},
		{SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0},
		/* A misspelt "column" must not be a string. */
		{SQLITE_DBCONFIG_DQS_DML, 0},
		{SQLITE_DBCONFIG_ENABLE_TRIGGER, 0},
		{SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0},
		{SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1},
	};

	for (size_t i = 0; i < LEN(options); i++)
		if (sqlite3_db_config(d->db, options[i].option, options[i].on, (int *)NULL) != SQLITE_OK)
			return sqlite_db_fail(d, "set up the database", err);
	(void)sqlite3_limit(d->db, SQLITE_LIMIT_ATTACHED, 0);
	(void)sqlite3_limit(d->db, SQLITE_LIMIT_LENGTH, LENGTH_MAX);
	(void)sqlite3_extended_result_codes(d->db, 1);
	(void)sqlite3_busy_timeout(d->db, BUSY_WAIT_MS);
	sqlite_db_deadline(d, d->deadline_ns);
	return true;
}

/* BEGIN takes no lock; the first read does. */
static bool
take_snapshot(struct sqlite_db *d, struct err *err)
{
	static const char what[] = "read the database";
	__attribute__((cleanup(sqlite3_stmt_cleanup))) struct sqlite3_stmt *s = NULL;
	bool row = false;

	if (sqlite3_exec(d->db, "BEGIN", NULL, NULL, NULL) != SQLITE_OK ||
	    sqlite3_exec(d->db, "SELECT count(*) FROM sqlite_schema", NULL, NULL, NULL) != SQLITE_OK)
		return sqlite_db_fail(d, what, err);
	if (!sqlite_db_prepare(d, SV("PRAGMA encoding"), what, &s, err) ||
	    !sqlite_db_step(d, s, what, &row, err))
		return false;
	d->utf8 = row && is_name((const char *)sqlite3_column_text(s, 0), "UTF-8");
	return sqlite3_set_authorizer(d->db, authorize, d) == SQLITE_OK || sqlite_db_fail(d, what, err);
}

bool
sqlite_db_open(struct sqlite_db *d, struct sv path, struct loc loc, int64_t deadline_ns, struct err *err)
{
	int flags = SQLITE_OPEN_READONLY | SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE;
	AUTO(buf) uri = buf_new(16 << 10);

	*d = (struct sqlite_db){.path = path, .loc = loc, .deadline_ns = deadline_ns};
	if (!is_readable_file(d, err))
		return false;
	put_uri(uri, path);
	if (!buf_check(uri, "the path of a database", err))
		return false;
	if (sqlite3_open_v2(buf_str(uri), &d->db, flags, NULL) != SQLITE_OK)
		return sqlite_db_fail(d, "open the database", err);
	return configure(d, err) && take_snapshot(d, err);
}

void
sqlite_db_close(struct sqlite_db *d)
{
	(void)sqlite3_close_v2(d->db); /* ends the transaction, which has nothing to lose */
	d->db = NULL;
}

bool
sqlite_db_prepare(struct sqlite_db *d, struct sv sql, const char *what, struct sqlite3_stmt **ret,
                  struct err *err)
{
	if (sql.n > INT32_MAX)
		return err_set(err, ERR_LIMIT, d->loc, "cannot %s: the statement is too long", what);
	return sqlite3_prepare_v2(d->db, sql.p, (int)sql.n, ret, NULL) == SQLITE_OK ||
	       sqlite_db_fail(d, what, err);
}

bool
sqlite_db_step(struct sqlite_db *d, struct sqlite3_stmt *s, const char *what, bool *row, struct err *err)
{
	int rc = sqlite3_step(s);

	if (rc != SQLITE_ROW && rc != SQLITE_DONE)
		return sqlite_db_fail(d, what, err);
	*row = rc == SQLITE_ROW;
	return true;
}

/* Nothing but white space, comments and semicolons? */
static bool
is_blank(struct sqlite_db *d, const char *p)
{
	while (*p != '\0') {
		__attribute__((cleanup(sqlite3_stmt_cleanup))) struct sqlite3_stmt *s = NULL;
		const char *tail;

		if (sqlite3_prepare_v2(d->db, p, -1, &s, &tail) != SQLITE_OK || s != NULL || tail == p)
			return false;
		p = tail;
	}
	return true;
}

static bool
prepare_users(struct sqlite_db *d, const char *sql, struct sqlite3_stmt **ret, const char **tail,
              struct err *err)
{
	static const char what[] = "use the query";
	bool ok;

	d->users = true;
	ok = sqlite3_prepare_v2(d->db, sql, -1, ret, tail) == SQLITE_OK;
	if (!ok)
		(void)sqlite_db_fail(d, what, err);
	else if (*ret == NULL)
		ok = err_set(err, ERR_EVAL, d->loc, "the query is empty");
	else if (!is_blank(d, *tail))
		ok = err_set(err, ERR_EVAL, d->loc, "the query is more than one statement");
	else if (sqlite3_column_count(*ret) == 0 || !sqlite3_stmt_readonly(*ret))
		ok = err_set(err, ERR_EVAL, d->loc, "the query gives no rows");
	d->users = false;
	return ok;
}

bool
sqlite_db_query(struct sqlite_db *d, struct arena *a, struct sv text, struct sv *ret,
                struct sqlite3_stmt **stmt, struct err *err)
{
	__attribute__((cleanup(sqlite3_stmt_cleanup))) struct sqlite3_stmt *s = NULL;
	const char *sql = arena_str(a, text), *tail;
	struct sv one;

	if (text.n > QUERY_MAX)
		return err_set(err, ERR_LIMIT, d->loc, "the query is longer than %d KiB", QUERY_MAX >> 10);
	if (text.n > 0 && memchr(text.p, '\0', text.n) != NULL)
		return err_set(err, ERR_EVAL, d->loc, "the query holds a NUL byte");
	if (!prepare_users(d, sql, &s, &tail, err))
		return false;
	one = sv_trim((struct sv){sql, (size_t)(tail - sql)});
	while (one.n > 0 && one.p[one.n - 1] == ';')
		one = sv_trim((struct sv){one.p, one.n - 1});
	*ret = one;
	if (stmt != NULL)
		*stmt = STEAL(s);
	return true;
}

bool
sqlite_bind(struct sqlite3_stmt *s, int i, struct value v)
{
	switch (v.kind) {
	case VALUE_INT:
		return sqlite3_bind_int64(s, i, v.i) == SQLITE_OK;
	case VALUE_REAL:
		return sqlite3_bind_double(s, i, v.r) == SQLITE_OK;
	case VALUE_TEXT:
		return sqlite3_bind_text64(s, i, v.s.p != NULL ? v.s.p : "", v.s.n, SQLITE_STATIC,
		                           SQLITE_UTF8) == SQLITE_OK;
	case VALUE_BINARY:
		return sqlite3_bind_blob64(s, i, v.s.p != NULL ? v.s.p : "", v.s.n, SQLITE_STATIC) ==
		       SQLITE_OK;
	default:
		return sqlite3_bind_null(s, i) == SQLITE_OK;
	}
}
