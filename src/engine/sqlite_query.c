/* A query of a check's: how many rows it returns, and the first of them. */
#include "base/clock.h"
#include "engine/sqlite.h"

static const char what[] = "run the query of the check";

enum { QUERY_SECONDS = 300, QUERY_BYTES = 4 << 20 };

/* {batch}, as in Great Expectations, and {table}: what the asset's rows are, as something that stands behind FROM. */
static void
put_query(const struct sqlite_connection *c, struct sv text, struct buf *b)
{
	static const struct sv marks[] = {{"{batch}", 7}, {"{table}", 7}};
	bool plain = c->d->query.n == 0 && c->d->where.n == 0;

	while (text.n > 0) {
		size_t skip = 0;

		for (size_t i = 0; i < LEN(marks); i++)
			if (sv_starts(text, marks[i]))
				skip = marks[i].n;
		if (skip == 0)
			buf_putc(b, *text.p);
		else if (plain)
			buf_add(b, c->from);
		else
			buf_printf(b, "(SELECT * FROM " SV_FMT "\n)", SV_ARG(c->from));
		text = sv_skip(text, MAX(skip, 1u));
	}
}

/* In parentheses, columns of one name get names of their own. */
static bool
prepare(struct sqlite_connection *c, struct arena *a, struct sv text, struct sqlite3_stmt **ret,
        struct err *err)
{
	AUTO(buf) sql = buf_new(QUERY_BYTES);
	struct sv one;

	put_query(c, text, sql);
	if (!buf_check(sql, "the query", err) || !sqlite_db_query(&c->db, a, buf_sv(sql), &one, NULL, err))
		return false;
	buf_clear(sql);
	buf_printf(sql, "SELECT * FROM (" SV_FMT "\n)", SV_ARG(one));
	return buf_check(sql, "the query", err) && sqlite_db_prepare(&c->db, buf_sv(sql), what, ret, err);
}

static struct value
row_object(struct arena *a, struct sqlite3_stmt *s)
{
	uint32_t n = (uint32_t)sqlite3_column_count(s);
	struct value *v = ARENA_ARRAY(a, struct value, 2 * n);

	for (uint32_t i = 0; i < n; i++) {
		v[2 * i] = value_text(arena_sv(a, sv_of(sqlite3_column_name(s, (int)i))));
		v[2 * i + 1] = value_copy(a, sqlite_result(s, (int)i));
	}
	return (struct value){.kind = VALUE_OBJECT, .n = n, .list = v};
}

static bool
count_rows(struct sqlite_connection *c, const struct metric *m, struct arena *a, struct metric_value *ret,
           struct err *err)
{
	__attribute__((cleanup(sqlite3_stmt_cleanup))) struct sqlite3_stmt *s = NULL;
	struct value *list = ARENA_ARRAY(a, struct value, m->params.keep);
	struct metric_value v = {.list = list};
	bool row;

	if (!prepare(c, a, m->arg[0]->literal.s, &s, err))
		return false;
	for (;;) {
		if (!sqlite_db_step(&c->db, s, what, &row, err))
			return false;
		if (!row)
			break;
		if (v.nlist < m->params.keep)
			list[v.nlist++] = row_object(a, s);
		v.count++;
	}
	v.v = value_int(v.count);
	v.list_cut = v.nlist < v.count;
	*ret = v;
	return true;
}

void
sqlite_query_rows(struct sqlite_connection *c, const struct metric *m, struct arena *a,
                  struct metric_value *ret)
{
	bool limited = c->db.deadline_ns != 0;
	struct err err = {0};

	if (!limited)
		sqlite_db_deadline(&c->db, clock_mono_ns() + QUERY_SECONDS * INT64_C(1000000000));
	if (!count_rows(c, m, a, ret, &err)) {
		*ret = (struct metric_value){.failed = true, .err = err};
		/* The check's own place says more than the source's. */
		ret->err.loc = NOWHERE;
	}
	if (!limited)
		sqlite_db_deadline(&c->db, 0);
	buf_printf(&c->explained, "query of a check: " SV_FMT "\n", SV_ARG(m->arg[0]->literal.s));
}
