/*
 * Rows of a table as batches of vectors, in its natural order: by rowid where there is one, else as SQLite gives them.
 *
 * Which index SQLite walks depends on the columns that are asked for, and with it the order.  So where no rowid can be named, all
 * columns are asked for, always; otherwise only those that are needed.
 */
#include <stdlib.h>

#include "engine/sqlite.h"

enum {
	WORDS = BITMAP_WORDS(VECTOR_ROWS),
	DECIMAL_I64 = 18,     /* digits that 64 bits hold */
	BATCH_BYTES = 8 << 20 /* of texts: a batch of long ones ends early */
};

/* One column of a batch. */
struct stream_column {
	const struct column *column;
	bool presence;       /* null or not is all that is asked */
	int at;              /* column of the result */
	struct value *value; /* [VECTOR_ROWS]: of the column's type where it fits, else as stored */
	uint64_t valid[WORDS], bad[WORDS];
	struct vector v;
	void *data; /* what v points to, for VECTOR_ROWS rows of any representation */
	struct sv *raw;
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
		k->at = (int)k->column->index;
		return;
	}
	if (s->ncol > 1)
		buf_puts(&q->text, ", ");
	k->at = (int)(s->ncol - 1);
	sql_ident(q, &dialect_sqlite, k->column->name);
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
		*k = (struct stream_column){.column = &schema->col[i], .presence = need[i] == NEED_PRESENCE};
		k->value = ARENA_ARRAY(s->a, struct value, VECTOR_ROWS);
		k->raw = ARENA_ARRAY(s->a, struct sv, VECTOR_ROWS);
		k->data = ARENA_ARRAY(s->a, __int128, VECTOR_ROWS);
		s->vector[i] = &k->v;
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
	uint32_t i = s->rows;
	struct value stored, v;

	if (k->presence) {
		if (sqlite3_column_type(stmt, k->at) != SQLITE_NULL)
			bit_set(k->valid, i);
		return;
	}
	stored = sqlite_result(stmt, k->at);
	if (stored.kind == VALUE_NULL)
		return;
	s->c->streamed_bytes += stored.kind == VALUE_TEXT || stored.kind == VALUE_BINARY ? (int64_t)stored.s.n
	                                                                                 : 8;
	if (sqlite_fit(k->column, stored, s->texts, &v)) {
		k->value[i] = keep_text(s, v);
		if (v.kind != VALUE_NULL)
			bit_set(k->valid, i);
	} else {
		k->value[i] = keep_text(s, stored);
		bit_set(k->bad, i);
	}
}

static enum rep
rep_of(struct type t)
{
	switch (t.kind) {
	case TYPE_BOOLEAN:
		return REP_BITS;
	case TYPE_NUMBER:
		return REP_F64;
	case TYPE_STRING:
	case TYPE_BINARY:
		return REP_TEXT;
	case TYPE_DECIMAL:
		return t.precision >= 1 && t.precision <= DECIMAL_I64 ? REP_I64 : REP_I128;
	case TYPE_INTEGER:
	case TYPE_DATE:
	case TYPE_TIMESTAMP:
	case TYPE_TIMESTAMPTZ:
		return REP_I64;
	default:
		return REP_VALUE;
	}
}

static void
pack_value(struct vector *v, uint32_t i, struct value x)
{
	switch (v->rep) {
	case REP_BITS:
		if (x.b)
			bit_set(v->bits, i);
		break;
	case REP_I64:
		v->i64[i] = x.kind == VALUE_DECIMAL ? (int64_t)x.d.coeff : x.i;
		break;
	case REP_I128:
		v->i128[i] = x.d.coeff;
		break;
	case REP_F64:
		v->f64[i] = x.r;
		break;
	default:
		v->text[i] = x.s;
	}
}

/* For messages and samples: what stands where a value does not fit. */
static void
show_misfits(struct stream *s, struct stream_column *k)
{
	for (uint32_t i = 0; i < s->rows; i++) {
		struct buf text;

		if (!bit_get(k->bad, i))
			continue;
		if (k->value[i].kind == VALUE_TEXT) {
			k->raw[i] = k->value[i].s;
			continue;
		}
		buf_init(&text, 1 << 20);
		(void)value_to_text(k->value[i], &text);
		k->raw[i] = arena_sv(s->texts, buf_sv(&text));
		buf_fini(&text);
	}
	k->v.raw = k->raw;
}

/* Misfits are errors where the catalog declares the type, else values of their own kind. */
static void
pack(struct stream *s, struct stream_column *k)
{
	const struct column *c = k->column;
	uint64_t any = 0;

	k->v = (struct vector){.rep = REP_PRESENCE, .type = c->type, .rows = s->rows, .valid = k->valid};
	if (k->presence)
		return;
	for (size_t w = 0; w < WORDS; w++)
		any |= k->bad[w];
	k->v.rep = any != 0 && !c->declared ? REP_VALUE : rep_of(c->type);
	k->v.i64 = k->data;
	if (any != 0 && c->declared) {
		k->v.error = k->bad;
		show_misfits(s, k);
	}
	if (k->v.rep == REP_VALUE) {
		for (size_t w = 0; w < WORDS && !c->declared; w++)
			k->valid[w] |= k->bad[w];
		k->v.type = (struct type){.kind = TYPE_VARIANT};
		k->v.value = k->value;
		return;
	}
	memset(k->data, 0, VECTOR_ROWS * sizeof(__int128));
	for (uint32_t i = 0; i < s->rows; i++)
		if (bit_get(k->valid, i))
			pack_value(&k->v, i, k->value[i]);
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
		pack(s, &s->col[i]);
	if (!fn(ctx, &b, stop, err))
		return false;
	for (uint32_t i = 0; i < s->ncol; i++) {
		memset(s->col[i].valid, 0, sizeof(s->col[i].valid));
		memset(s->col[i].bad, 0, sizeof(s->col[i].bad));
		memset(s->col[i].value, 0, s->rows * sizeof(struct value));
	}
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
