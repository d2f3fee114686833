/*
 * Failing rows as rows of a table, behind those that are there already.
 *
 * They are collected in a database of the connection's own, which SQLite keeps in a temporary file, and go over in one transaction at the end: the
 * database that others use is locked for no longer than that takes.
 */
#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <unistd.h>

#include "run/quarantine_write.h"

enum { BUSY_WAIT_MS = 30000, SQL_BYTES = 16 << 20, CELL_BYTES = 1 << 30 };

struct sqlite_writer {
	struct quarantine_writer base;
	const struct quarantine_place *p;
	sqlite3 *db;
	sqlite3_stmt *insert;
	struct buf *text;
};

static bool
fail(const struct sqlite_writer *w, struct err *err)
{
	const int rc = sqlite3_errcode(w->db) & 0xff;

	err_set(err, ERR_IO, NOWHERE, "cannot write to " SV_FMT ": %s", SV_ARG(w->p->shown),
	        sqlite3_errmsg(w->db));
	if (rc == SQLITE_BUSY || rc == SQLITE_LOCKED)
		return err_hint(err, "another program holds the database");
	return false;
}

static bool
run_sql(struct sqlite_writer *w, const struct buf *sql, struct err *err)
{
	return buf_check(sql, "a statement", err) &&
	       (sqlite3_exec(w->db, buf_str(sql), NULL, NULL, NULL) == SQLITE_OK || fail(w, err));
}

static void
put_name(struct buf *b, struct sv name)
{
	buf_putc(b, '"');
	for (size_t i = 0; i < name.n; i++) {
		if (name.p[i] == '"')
			buf_putc(b, '"');
		/* SQL ends at a NUL. */
		buf_putc(b, name.p[i] != '\0' ? name.p[i] : '_');
	}
	buf_putc(b, '"');
}

/* "weir_row","weir_file",…,"id" */
static void
put_columns(const struct sqlite_writer *w, struct buf *b)
{
	for (int i = 0; i < ASIDES; i++)
		buf_printf(b, "%s\"%s%s\"", i > 0 ? "," : "", w->p->prefix, aside_names[i]);
	for (uint32_t i = 0; i < w->p->ncol; i++) {
		buf_putc(b, ',');
		put_name(b, w->p->col[i]->name);
	}
}

static void
sqlite_free(struct quarantine_writer *base)
{
	struct sqlite_writer *w = CONTAINER_OF(base, struct sqlite_writer, base);

	(void)sqlite3_finalize(w->insert);
	(void)sqlite3_close(w->db);
	buf_free(w->text);
	free(w);
}

static bool
prepare(struct sqlite_writer *w, struct err *err)
{
	AUTO(buf) sql = buf_new(SQL_BYTES);

	if (sqlite3_open_v2("", &w->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, NULL) != SQLITE_OK)
		return fail(w, err);
	(void)sqlite3_busy_timeout(w->db, BUSY_WAIT_MS);
	/* It is thrown away: no journal, and nothing to sync. */
	buf_puts(sql, "PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; CREATE TABLE rows(");
	put_columns(w, sql);
	buf_puts(sql, "); BEGIN");
	if (!run_sql(w, sql, err))
		return false;
	buf_clear(sql);
	buf_puts(sql, "INSERT INTO rows VALUES(?");
	for (uint32_t i = 1; i < ASIDES + w->p->ncol; i++)
		buf_puts(sql, ",?");
	buf_putc(sql, ')');
	return buf_check(sql, "a statement", err) &&
	       (sqlite3_prepare_v2(w->db, buf_str(sql), -1, &w->insert, NULL) == SQLITE_OK || fail(w, err));
}

static bool
sqlite_open(const struct quarantine_place *p, struct quarantine_writer **ret, struct err *err)
{
	struct sqlite_writer *w = xcalloc(1, sizeof(*w));

	*w = (struct sqlite_writer){.base.form = &quarantine_sqlite, .p = p, .text = buf_new(CELL_BYTES)};
	if (!prepare(w, err)) {
		sqlite_free(&w->base);
		return false;
	}
	*ret = &w->base;
	return true;
}

static bool
bind_text(struct sqlite_writer *w, int at, struct sv s)
{
	return sqlite3_bind_text64(w->insert, at, s.n > 0 ? s.p : "", s.n, SQLITE_TRANSIENT, SQLITE_UTF8) ==
	       SQLITE_OK;
}

static bool
bind_optional(struct sqlite_writer *w, int at, struct sv s)
{
	return s.n > 0 ? bind_text(w, at, s) : sqlite3_bind_null(w->insert, at) == SQLITE_OK;
}

/* A list as JSON, which json_each takes apart. */
static bool
bind_checks(struct sqlite_writer *w, int at, const struct quarantine_row *r)
{
	struct json_writer j;

	buf_clear(w->text);
	json_write_init(&j, w->text, 0);
	json_array(&j);
	for (uint32_t i = 0; i < r->ncheck; i++)
		json_sv(&j, r->check[i]);
	json_array_end(&j);
	return bind_text(w, at, buf_sv(w->text));
}

static bool
bind_cell(struct sqlite_writer *w, int at, const struct failing_cell *c)
{
	switch (c->v.kind) {
	case VALUE_NULL:
		return sqlite3_bind_null(w->insert, at) == SQLITE_OK;
	case VALUE_BOOL:
		return sqlite3_bind_int(w->insert, at, c->v.b) == SQLITE_OK;
	case VALUE_INT:
		return sqlite3_bind_int64(w->insert, at, c->v.i) == SQLITE_OK;
	case VALUE_REAL:
		return sqlite3_bind_double(w->insert, at, c->v.r) == SQLITE_OK;
	case VALUE_BINARY:
		return sqlite3_bind_blob64(w->insert, at, c->v.s.n > 0 ? c->v.s.p : "", c->v.s.n,
		                           SQLITE_TRANSIENT) == SQLITE_OK;
	default:
		buf_clear(w->text);
		quarantine_text(c, w->text);
		return bind_text(w, at, buf_sv(w->text));
	}
}

static bool
sqlite_row(struct quarantine_writer *base, const struct quarantine_row *r, struct err *err)
{
	struct sqlite_writer *w = CONTAINER_OF(base, struct sqlite_writer, base);
	char time[RFC3339_MAX];
	bool ok = sqlite3_bind_int64(w->insert, 1 + ASIDE_ROW, r->row) == SQLITE_OK &&
	          bind_optional(w, 1 + ASIDE_FILE, r->file) && bind_checks(w, 1 + ASIDE_CHECKS, r) &&
	          bind_text(w, 1 + ASIDE_RUN, w->p->run_id) && bind_text(w, 1 + ASIDE_ASSET, w->p->asset) &&
	          bind_optional(w, 1 + ASIDE_PARTITION, w->p->partition) &&
	          bind_text(w, 1 + ASIDE_TIME, sv_of(rfc3339_seconds(w->p->at_us, time)));

	for (uint32_t i = 0; ok && i < w->p->ncol; i++)
		ok = bind_cell(w, 1 + ASIDES + (int)i, &r->cell[i]);
	if (!ok || sqlite3_step(w->insert) != SQLITE_DONE || sqlite3_reset(w->insert) != SQLITE_OK)
		return fail(w, err);
	return buf_check(w->text, "a value", err);
}

/* Rows may hold what is not for everybody. */
static bool
make_file(const struct sqlite_writer *w, struct err *err)
{
	AUTO_FD fd = open(w->p->path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	return fd >= 0 || errno == EEXIST ||
	       err_set(err, ERR_IO, NOWHERE, "cannot write '%s': %m", w->p->path);
}

static bool
attach(struct sqlite_writer *w, struct err *err)
{
	sqlite3_stmt *s = NULL;
	bool ok = sqlite3_prepare_v2(w->db, "ATTACH ? AS there", -1, &s, NULL) == SQLITE_OK &&
	          sqlite3_bind_text(s, 1, w->p->path, -1, SQLITE_STATIC) == SQLITE_OK &&
	          sqlite3_step(s) == SQLITE_DONE;

	if (!ok)
		(void)fail(w, err);
	(void)sqlite3_finalize(s);
	return ok;
}

/* The state has one writer, and that is the store. */
static bool
is_no_state(struct sqlite_writer *w, struct err *err)
{
	sqlite3_stmt *s = NULL;
	bool ok = sqlite3_prepare_v2(w->db, "PRAGMA there.application_id", -1, &s, NULL) == SQLITE_OK &&
	          sqlite3_step(s) == SQLITE_ROW;
	const bool state = ok && sqlite3_column_int(s, 0) == STORE_APPLICATION_ID;

	if (!ok)
		(void)fail(w, err);
	(void)sqlite3_finalize(s);
	if (!ok || !state)
		return ok;
	err_set(err, ERR_IO, NOWHERE, "'%s' is a state of weir's own", w->p->path);
	return err_hint(err, "name another database");
}

/* The columns that the table has must be these, in any order: no row is half written. */
static bool
columns_fit(struct sqlite_writer *w, struct err *err)
{
	AUTO(arena) a = arena_new();
	const char *table = arena_str(a, w->p->table);
	sqlite3_stmt *s = NULL;
	bool ok = sqlite3_prepare_v2(w->db,
	                             "SELECT (SELECT count(*) FROM pragma_table_info(?1, 'there')) = ?2 AND "
	                             "NOT EXISTS (SELECT lower(name) FROM pragma_table_info('rows', 'main') "
	                             "EXCEPT SELECT lower(name) FROM pragma_table_info(?1, 'there'))",
	                             -1, &s, NULL) == SQLITE_OK &&
	          sqlite3_bind_text(s, 1, table, -1, SQLITE_STATIC) == SQLITE_OK &&
	          sqlite3_bind_int64(s, 2, (int64_t)w->p->ncol + ASIDES) == SQLITE_OK &&
	          sqlite3_step(s) == SQLITE_ROW;
	const bool fit = ok && sqlite3_column_int(s, 0) != 0;

	if (!ok)
		(void)fail(w, err);
	(void)sqlite3_finalize(s);
	if (!ok || fit)
		return ok;
	err_set(err, ERR_IO, NOWHERE, "the table of " SV_FMT " has other columns than the failing rows",
	        SV_ARG(w->p->shown));
	return err_hint(err, "name another table, for example with {asset} in it, or rename this one");
}

static bool
hand_over(struct sqlite_writer *w, struct err *err)
{
	AUTO(buf) sql = buf_new(SQL_BYTES);

	buf_puts(sql, "CREATE TABLE IF NOT EXISTS there.");
	put_name(sql, w->p->table);
	buf_putc(sql, '(');
	put_columns(w, sql);
	buf_putc(sql, ')');
	if (!run_sql(w, sql, err) || !columns_fit(w, err))
		return false;
	buf_clear(sql);
	buf_puts(sql, "INSERT INTO there.");
	put_name(sql, w->p->table);
	buf_putc(sql, '(');
	put_columns(w, sql);
	buf_puts(sql, ") SELECT * FROM main.rows ORDER BY rowid");
	return run_sql(w, sql, err);
}

static bool
execute(struct sqlite_writer *w, const char *sql, struct err *err)
{
	return sqlite3_exec(w->db, sql, NULL, NULL, NULL) == SQLITE_OK || fail(w, err);
}

static bool
sqlite_commit(struct quarantine_writer *base, struct err *err)
{
	struct sqlite_writer *w = CONTAINER_OF(base, struct sqlite_writer, base);

	return execute(w, "COMMIT", err) && make_file(w, err) && attach(w, err) && is_no_state(w, err) &&
	       execute(w, "PRAGMA there.synchronous=FULL", err) && execute(w, "BEGIN IMMEDIATE", err) &&
	       hand_over(w, err) && execute(w, "COMMIT", err);
}

const struct quarantine_form quarantine_sqlite = {
	.appends = true,
	.open = sqlite_open,
	.row = sqlite_row,
	.commit = sqlite_commit,
	.free = sqlite_free,
};
