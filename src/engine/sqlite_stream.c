/*
 * Rows of a table as batches of vectors, in its natural order: by rowid where there is one, else as SQLite gives them.
 *
 * Which index SQLite walks depends on the columns that are asked for, and with it the order.  So where no rowid can be named, all
 * columns are asked for, always; otherwise only those that are needed.
 */
#include <stdlib.h>

#include "engine/sqlite.h"
#include "scan/stack.h"

enum { BATCH_BYTES = 8 << 20 /* of texts: a batch of long ones ends early */ };

/* One column of a batch. */
struct stream_column {
	struct stack stack;
	int at; /* column of the result */
};

struct stream {
	struct sqlite_connection *c;
	struct arena *a;     /* as long as the stream */
	struct arena *texts; /* as long as the batch */
	struct stream_column *col;
	uint32_t ncol;
	const struct vector **vector; /* by column index */
	uint32_t rows;
	int64_t before; /* rows of the batches before */
};

static void
add_name(struct sql *q, struct stream *s, struct stream_column *k, bool all)
{
	if (all) {
		k->at = (int)k->stack.column->index;
		return;
	}
	if (s->ncol > 1)
		buf_puts(&q->text, ", ");
	k->at = (int)(s->ncol - 1);
	sql_ident(q, &dialect_sqlite, k->stack.column->name);
}

static bool
choose_columns(struct stream *s, const unsigned *need, struct sv *sql, struct err *err)
{
	const struct schema *schema = &s->c->schema;
	bool all = s->c->rowid == NULL, ok;
	struct sql q;

	sql_init(&q, s->a);
	s->col = ARENA_ARRAY(s->a, struct stream_column, schema->n);
	s->vector = ARENA_ARRAY(s->a, const struct vector *, schema->n);
	buf_puts(&q.text, all ? "SELECT *" : "SELECT ");
	for (uint32_t i = 0; i < schema->n; i++) {
		struct stream_column *k = &s->col[s->ncol];

		if (need[i] == 0 || schema->col[i].missing)
			continue;
		stack_init(&k->stack, s->a, &schema->col[i], need[i] == NEED_PRESENCE);
		s->vector[i] = &k->stack.v;
		s->ncol++;
		add_name(&q, s, k, all);
	}
	if (s->ncol == 0 && !all)
		buf_puts(&q.text, "1");
	buf_printf(&q.text, " FROM " SV_FMT, SV_ARG(s->c->from));
	if (!all)
		buf_printf(&q.text, " ORDER BY %s", s->c->rowid);
	ok = buf_check(&q.text, "a query", err);
	if (ok)
		*sql = arena_sv(s->a, buf_sv(&q.text));
	sql_fini(&q);
	return ok;
}

static struct value
keep_text(struct stream *s, struct value v)
{
	if (v.kind == VALUE_TEXT || v.kind == VALUE_BINARY)
		v.s = arena_sv(s->texts, v.s);
	return v;
}

static void
read_cell(struct stream *s, struct stream_column *k, struct sqlite3_stmt *stmt)
{
	struct value stored, v;

	if (k->stack.presence) {
		if (sqlite3_column_type(stmt, k->at) != SQLITE_NULL)
			bit_set(k->stack.valid, s->rows);
		return;
	}
	stored = sqlite_result(stmt, k->at);
	if (stored.kind == VALUE_NULL)
		return;
	s->c->streamed_bytes += stored.kind == VALUE_TEXT || stored.kind == VALUE_BINARY ? (int64_t)stored.s.n
	                                                                                 : 8;
	if (sqlite_fit(k->stack.column, stored, s->texts, &v))
		stack_put(&k->stack, s->rows, keep_text(s, v));
	else
		stack_put_misfit(&k->stack, s->rows, keep_text(s, stored));
}

static bool
hand_over(struct stream *s, sqlite_batch_fn *fn, void *ctx, bool *stop, struct err *err)
{
	const struct sqlite_connection *c = s->c;
	struct batch b = {.rows = s->rows, .at.row = s->before, .column = s->vector, .ncolumn = c->schema.n};

	if (s->rows == 0)
		return true;
	if (c->o.byte_limit > 0 && c->streamed_bytes > c->o.byte_limit)
		return err_set(err, ERR_LIMIT, c->d->loc,
		               "reading '" SV_FMT "' takes more than the %jd bytes that its source allows",
		               SV_ARG(c->d->key), (intmax_t)c->o.byte_limit);
	for (uint32_t i = 0; i < s->ncol; i++)
		stack_pack(&s->col[i].stack, s->rows, s->texts);
	if (!fn(ctx, &b, stop, err))
		return false;
	for (uint32_t i = 0; i < s->ncol; i++)
		stack_clear(&s->col[i].stack, s->rows);
	arena_reset(s->texts);
	s->before += s->rows;
	s->rows = 0;
	return true;
}

static bool
stream(struct stream *s, struct sqlite3_stmt *stmt, sqlite_batch_fn *fn, void *ctx, struct err *err)
{
	static const char what[] = "read rows";
	bool row = true, stop = false;

	while (!stop) {
		if (!sqlite_db_step(&s->c->db, stmt, what, &row, err))
			return false;
		if (!row)
			return hand_over(s, fn, ctx, &stop, err);
		for (uint32_t i = 0; i < s->ncol; i++)
			read_cell(s, &s->col[i], stmt);
		s->rows++;
		if ((s->rows == VECTOR_ROWS || arena_used(s->texts) > BATCH_BYTES) &&
		    !hand_over(s, fn, ctx, &stop, err))
			return false;
	}
	return true;
}

bool
sqlite_stream(struct sqlite_connection *c, const unsigned *need, sqlite_batch_fn *fn, void *ctx,
              struct err *err)
{
	__attribute__((cleanup(sqlite3_stmt_cleanup))) struct sqlite3_stmt *stmt = NULL;
	AUTO(arena) a = arena_new();
	AUTO(arena) texts = arena_new();
	struct stream s = {.c = c, .a = a, .texts = texts};
	struct sv sql;

	return choose_columns(&s, need, &sql, err) &&
	       sqlite_db_prepare(&c->db, sql, "read rows", &stmt, err) && stream(&s, stmt, fn, ctx, err);
}
