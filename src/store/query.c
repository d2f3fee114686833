#include <assert.h>
#include <math.h>
#include <string.h>

#include "store/db.h"

static const struct {
	int code;
	const char *hint;
} hints[] = {
	{SQLITE_BUSY, "Another program uses the file; only weir should write it."},
	{SQLITE_CANTOPEN, "Is the folder there, and may you write it?"},
	{SQLITE_CORRUPT,
         "The file is damaged: move it and its -wal aside, or restore a backup of all of them."},
	{SQLITE_FULL, "The disk is full. What was stored before is safe."},
	{SQLITE_IOERR, "The disk or file system failed. What was stored before is safe."},
	{SQLITE_NOTADB, "The file was not made by weir: name another with --store."},
	{SQLITE_PERM, "May you write the file and its folder?"},
	{SQLITE_READONLY, "May you write the file and its folder?"},
};

bool
db_fail(const struct store *s, const char *what, struct err *err)
{
	int code = s->db != NULL ? sqlite3_errcode(s->db) : SQLITE_NOMEM;

	err_set(err, ERR_STORE, NOWHERE, "cannot %s: %s ('%s')", what,
	        s->db != NULL ? sqlite3_errmsg(s->db) : sqlite3_errstr(code), s->path);
	for (size_t i = 0; i < LEN(hints); i++)
		if (hints[i].code == (code & 0xFF))
			return err_hint(err, "%s", hints[i].hint);
	return err_hint(err, "`weir doctor` looks at the state database.");
}

bool
db_exec(struct store *s, const char *sql, const char *what, struct err *err)
{
	if (s->session != NULL)
		return session_exec(s->session, sql, err);
	return sqlite3_exec(s->db, sql, NULL, NULL, NULL) == SQLITE_OK || db_fail(s, what, err);
}

int64_t
db_last_rowid(const struct store *s)
{
	return s->session != NULL ? session_last_rowid(s->session) : sqlite3_last_insert_rowid(s->db);
}

int64_t
db_changes(const struct store *s)
{
	return s->session != NULL ? session_changes(s->session) : sqlite3_changes64(s->db);
}

static bool
session_int(struct session *c, const char *sql, int *ret, struct err *err)
{
	struct remote *r = remote_new(c, sql);
	bool row = false, ok = remote_step(r, &row, err);

	if (ok && row)
		*ret = (int)remote_value(r, 0)->i;
	else if (ok)
		ok = err_set(err, ERR_STORE, NOWHERE, "cannot read the state database: no answer to '%s'",
		             sql);
	remote_free(r);
	return ok;
}

bool
db_pragma_int(struct store *s, const char *sql, int *ret, struct err *err)
{
	sqlite3_stmt *stmt = NULL;

	if (s->session != NULL)
		return session_int(s->session, sql, ret, err);

	bool ok = sqlite3_prepare_v2(s->db, sql, -1, &stmt, NULL) == SQLITE_OK &&
	          sqlite3_step(stmt) == SQLITE_ROW;

	if (!ok)
		db_fail(s, "read the state database", err);
	else
		*ret = sqlite3_column_int(stmt, 0);
	sqlite3_finalize(stmt);
	return ok;
}

bool
db_is_in_memory(const struct store *s)
{
	const char *file = sqlite3_db_filename(s->db, "main");

	return file == NULL || file[0] == '\0';
}

static sqlite3_stmt *
statement(struct store *s, const char *sql)
{
	for (size_t i = 0; i < s->nstatement; i++)
		if (s->statement[i].sql == sql)
			return s->statement[i].stmt;
	assert(s->nstatement < STATEMENTS_MAX);

	sqlite3_stmt *stmt = NULL;

	if (sqlite3_prepare_v3(s->db, sql, -1, SQLITE_PREPARE_PERSISTENT, &stmt, NULL) != SQLITE_OK)
		return NULL;
	s->statement[s->nstatement].sql = sql;
	s->statement[s->nstatement++].stmt = stmt;
	return stmt;
}

bool
query_begin(struct store *s, struct query *q, const char *sql, const char *what, struct err *err)
{
	*q = (struct query){.s = s, .stmt = statement(s, sql), .what = what, .next = 1};
	if (q->stmt == NULL)
		return db_fail(s, what, err);
	assert(!sqlite3_stmt_busy(q->stmt));
	if (s->session != NULL)
		q->remote = remote_new(s->session, sql);

	const char *first = sqlite3_bind_parameter_name(q->stmt, 1);

	if (first != NULL && strcmp(first, ":env") == 0)
		query_text(q, s->env);
	return true;
}

void
query_end(struct query *q)
{
	remote_free(STEAL(q->remote));
	if (q->stmt == NULL)
		return;
	/* Repeats the error of the last step, which was reported there. */
	(void)sqlite3_reset(q->stmt);
	(void)sqlite3_clear_bindings(q->stmt);
	q->stmt = NULL;
}

static void
bind(struct query *q, struct wire_value v)
{
	const int i = q->next++;
	int rc = SQLITE_OK;

	if (q->remote != NULL) {
		remote_bind(q->remote, &v);
		return;
	}
	switch (v.type) {
	case WIRE_NULL:
		rc = sqlite3_bind_null(q->stmt, i);
		break;
	case WIRE_I64:
		rc = sqlite3_bind_int64(q->stmt, i, v.i);
		break;
	case WIRE_REAL:
		rc = sqlite3_bind_double(q->stmt, i, v.r);
		break;
	case WIRE_TEXT:
		/* A null pointer would be bound as null. */
		rc = sqlite3_bind_text64(q->stmt, i, v.text.p != NULL ? v.text.p : "", v.text.n,
		                         SQLITE_STATIC, SQLITE_UTF8);
		break;
	}
	assert(rc != SQLITE_RANGE && rc != SQLITE_MISUSE);
	if (rc != SQLITE_OK)
		q->rc = rc;
}

void
query_text(struct query *q, struct sv v)
{
	bind(q, (struct wire_value){.type = WIRE_TEXT, .text = v});
}

void
query_i64(struct query *q, int64_t v)
{
	bind(q, (struct wire_value){.type = WIRE_I64, .i = v});
}

void
query_limit(struct query *q, size_t max)
{
	query_i64(q, (int64_t)MIN(max, (size_t)INT64_MAX));
}

void
query_time(struct query *q, int64_t t_us)
{
	if (t_us == TIME_NONE)
		bind(q, (struct wire_value){.type = WIRE_NULL});
	else
		query_i64(q, t_us);
}

void
query_real(struct query *q, double v)
{
	bind(q, isnan(v) ? (struct wire_value){.type = WIRE_NULL}
	                 : (struct wire_value){.type = WIRE_REAL, .r = v});
}

enum step
query_step(struct query *q, struct err *err)
{
	assert(q->next == sqlite3_bind_parameter_count(q->stmt) + 1);

	if (q->remote != NULL) {
		bool row;

		return !remote_step(q->remote, &row, err) ? STEP_ERROR : row ? STEP_ROW : STEP_DONE;
	}

	int rc = q->rc == SQLITE_OK ? sqlite3_step(q->stmt) : q->rc;

	if (rc == SQLITE_ROW)
		return STEP_ROW;
	if (rc == SQLITE_DONE)
		return STEP_DONE;
	db_fail(q->s, q->what, err);
	return STEP_ERROR;
}

bool
query_run(struct query *q, struct err *err)
{
	enum step step = query_step(q, err);

	assert(step != STEP_ROW);
	return step == STEP_DONE;
}

bool
query_send(struct query *q, struct err *err)
{
	assert(q->next == sqlite3_bind_parameter_count(q->stmt) + 1);
	return q->remote != NULL ? remote_send(q->remote, err) : query_run(q, err);
}

/* As SQLite turns one type into another. */
static struct sv
text_of(const struct wire_value *v, struct arena *a)
{
	switch (v->type) {
	case WIRE_NULL:
		break;
	case WIRE_I64:
		return arena_svf(a, "%lld", (long long)v->i);
	case WIRE_REAL:
		return arena_svf(a, "%.15g", v->r);
	case WIRE_TEXT:
		return arena_sv(a, v->text);
	}
	return arena_sv(a, (struct sv){0});
}

struct sv
column_text(const struct query *q, struct arena *a, int i)
{
	if (q->remote != NULL)
		return text_of(remote_value(q->remote, i), a);

	const bool null = sqlite3_column_type(q->stmt, i) == SQLITE_NULL;
	const void *p = sqlite3_column_text(q->stmt, i);
	int n = sqlite3_column_bytes(q->stmt, i);

	/* An empty text would be another answer. */
	if (p == NULL && !null)
		give_up("out of memory (for what is stored)");

	return arena_sv(a, (struct sv){p, p != NULL ? (size_t)n : 0});
}

int64_t
column_i64(const struct query *q, int i)
{
	if (q->remote == NULL)
		return sqlite3_column_int64(q->stmt, i);

	const struct wire_value *v = remote_value(q->remote, i);

	return v->type == WIRE_REAL ? (int64_t)v->r : v->i;
}

static bool
column_is_null(const struct query *q, int i)
{
	return q->remote != NULL ? remote_value(q->remote, i)->type == WIRE_NULL
	                         : sqlite3_column_type(q->stmt, i) == SQLITE_NULL;
}

int64_t
column_time(const struct query *q, int i)
{
	return column_is_null(q, i) ? TIME_NONE : column_i64(q, i);
}

double
column_real(const struct query *q, int i)
{
	if (column_is_null(q, i))
		return (double)NAN;
	if (q->remote == NULL)
		return sqlite3_column_double(q->stmt, i);

	const struct wire_value *v = remote_value(q->remote, i);

	return v->type == WIRE_REAL ? v->r : (double)v->i;
}

int
column_name(const struct query *q, int i, const char *const *names, size_t n)
{
	struct sv text;

	if (column_is_null(q, i))
		return -1;
	if (q->remote != NULL)
		text = remote_value(q->remote, i)->text;
	else
		text = sv_of((const char *)sqlite3_column_text(q->stmt, i));
	for (size_t k = 0; k < n; k++)
		if (sv_is(text, names[k]))
			return (int)k;
	return -1;
}

bool
column_fail(const struct query *q, const char *what, struct err *err)
{
	err_set(err, ERR_STORE, NOWHERE, "cannot %s: a stored %s is unknown ('%s')", q->what, what,
	        q->s->path);
	return err_hint(err, "The file was changed by other hands or is damaged; `weir doctor` looks at it.");
}
