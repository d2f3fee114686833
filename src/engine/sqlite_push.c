/*
 * Metrics as SQL.  One query computes all that SQLite can say:
 *
 *	SELECT count(*), max((+`n`)) FILTER (WHERE …), …,
 *	       count(*) FILTER (WHERE NOT (`n` IS NULL OR typeof(`n`) = 'integer')), …
 *	FROM `orders` WHERE (…)
 *
 * The last columns count, for each column used, the values that are stored otherwise than its type says.  Where there are any, or where
 * a function met a row that it could not compute, SQLite's answer means nothing, and the metrics concerned are computed from
 * the rows, as are those that SQLite cannot say.  So one bad value costs time, never another check's result.
 */
#include <inttypes.h>

#include "engine/sqlite.h"

enum { COLUMNS_MAX = 1000 }; /* of a result; SQLite allows 2000 */

/* Why a metric is computed from the rows. */
static const char *const cannot_say = "SQLite cannot say it";
static const char *const not_plain = "a column holds values of other kinds than its type";
static const char *const not_computed = "a row could not be computed";
static const char *const not_prepared = "SQLite refused the query";
static const char *const by_bytes = "the database's texts are not in UTF-8, so SQLite orders them otherwise";

struct pushed {
	const struct metric *m;
	int at;             /* its first column of the result */
	const char *stream; /* why it has to be streamed; NULL: it has not */
};

struct push {
	struct sqlite_connection *c;
	struct arena *a;
	struct sql q;
	struct pushed *metric;
	uint32_t n;
	int ncolumn;
	int *check; /* by index in the schema: the column of the result that counts what does not fit, or -1 */
	int64_t *unfit; /* by index in the schema: what it counted */
	struct metric_value *value;
};

void
sqlite_add_need(void *need, const struct column *c, unsigned bits)
{
	unsigned *needs = need;

	/* Whether a value fits its declared type must not depend on what else is asked. */
	if (bits != 0 && c->declared && c->type.kind != TYPE_STRING)
		bits |= NEED_VALUE;
	needs[c->index] |= bits;
}

static unsigned *
needs_of(struct push *p, const struct metric *m)
{
	unsigned *need = ARENA_ARRAY(p->a, unsigned, MAX(p->c->schema.n, 1u));

	for (uint32_t i = 0; i < m->nargs; i++)
		expr_needs(m->arg[i], sqlite_add_need, need);
	if (m->where != NULL)
		expr_needs(m->where, sqlite_add_need, need);
	return need;
}

/* Misfits need no SQL of their own: the counts of what does not fit say that there are none, or it is streamed. */
static bool
is_misfits(const struct metric *m)
{
	return m->kind == &metric_misfits && m->arg[0]->kind == EXPR_COLUMN;
}

static bool
print_metric(struct push *p, const struct metric *m)
{
	size_t text = p->q.text.n, params = p->q.params.n, opaque = p->q.opaque.n;

	if (p->ncolumn > 0)
		buf_puts(&p->q.text, ", ");
	if (m->kind->sql(&p->q, &dialect_sqlite, m) && !p->q.text.full)
		return true;
	p->q.text.n = text;
	p->q.text.full = false;
	if (p->q.text.p != NULL)
		p->q.text.p[text] = '\0';
	p->q.params.n = params;
	p->q.opaque.n = opaque;
	return false;
}

static void
add_metric(struct push *p, const struct metric *m)
{
	struct pushed *to = &p->metric[p->n++];
	unsigned *need = needs_of(p, m);

	*to = (struct pushed){.m = m, .at = p->ncolumn};
	for (uint32_t i = 0; i < p->c->schema.n && !p->c->db.utf8; i++)
		if (need[i] != 0 && p->c->schema.col[i].type.kind != TYPE_INTEGER &&
		    p->c->schema.col[i].type.kind != TYPE_NUMBER)
			to->stream = by_bytes;
	if (!is_misfits(m) && m->kind->sql == NULL)
		to->stream = cannot_say;
	if (to->stream != NULL)
		return;
	if (!is_misfits(m)) {
		if (!print_metric(p, m)) {
			to->stream = cannot_say;
			return;
		}
		p->ncolumn += (int)m->kind->sql_columns;
	}
	for (uint32_t i = 0; i < p->c->schema.n; i++)
		if (need[i] != 0)
			p->check[i] = 0;
}

/* A template with $ for the column. */
static void
print_plain(struct push *p, const char *plain, struct sv name)
{
	for (; *plain != '\0'; plain++)
		if (*plain == '$')
			sql_ident(&p->q, &dialect_sqlite, name);
		else
			buf_putc(&p->q.text, *plain);
}

static void
print_checks(struct push *p)
{
	for (uint32_t i = 0; i < p->c->schema.n; i++) {
		const struct column *c = &p->c->schema.col[i];
		const char *plain = sqlite_plain(c->type);

		if (p->check[i] < 0)
			continue;
		buf_puts(&p->q.text,
		         p->ncolumn > 0 ? ", count(*) FILTER (WHERE NOT (" : "count(*) FILTER (WHERE NOT (");
		sql_ident(&p->q, &dialect_sqlite, c->name);
		buf_puts(&p->q.text, " IS NULL OR ");
		if (plain != NULL) {
			print_plain(p, plain, c->name);
		} else {
			buf_printf(&p->q.text, "weir_fits(%" PRIu32 ", ", i);
			sql_ident(&p->q, &dialect_sqlite, c->name);
			buf_putc(&p->q.text, ')');
		}
		buf_puts(&p->q.text, "))");
		p->check[i] = p->ncolumn++;
	}
}

static bool
run(struct push *p, struct sqlite3_stmt *stmt, struct value *row, struct err *err)
{
	static const char what[] = "compute";
	bool got, bound = true;

	for (size_t i = 0; i < p->q.params.n; i++)
		bound = bound && sqlite_bind(stmt, (int)i + 1, p->q.params.v[i]);
	if (!bound)
		return sqlite_db_fail(&p->c->db, what, err);
	if (!sqlite_db_step(&p->c->db, stmt, what, &got, err))
		return false;
	if (!got)
		return err_set(err, ERR_INTERNAL, NOWHERE, "an aggregate query gave no row");
	for (int i = 0; i < p->ncolumn; i++)
		row[i] = value_copy(p->a, sqlite_result(stmt, i));
	return true;
}

/* *refused: SQLite did not take the statement, or could not compute it; *err says why.  False: the data cannot be read. */
static bool
query(struct push *p, struct value *row, bool *refused, struct err *err)
{
	__attribute__((cleanup(sqlite3_stmt_cleanup))) struct sqlite3_stmt *stmt = NULL;
	struct sqlite_connection *c = p->c;
	bool ok;

	buf_printf(&p->q.text, " FROM " SV_FMT, SV_ARG(c->from));
	*refused = !buf_check(&p->q.text, "the query", err);
	if (*refused)
		return true;
	c->query = &p->q;
	c->failed = ARENA_ARRAY(p->a, bool, p->q.opaque.n + 1);
	ok = sqlite_db_prepare(&c->db, buf_sv(&p->q.text), "compute", &stmt, err) && run(p, stmt, row, err);
	c->query = NULL;
	*refused = !ok && sqlite_db_refused(&c->db);
	return ok || *refused;
}

static const char *
reason_to_stream(struct push *p, const struct metric *m)
{
	const unsigned *need = needs_of(p, m);

	for (uint32_t i = 0; i < p->c->schema.n; i++)
		if (need[i] != 0 && p->unfit[i] > 0)
			return not_plain;
	for (size_t k = 0; k < p->q.opaque.n; k++) {
		if (!p->c->failed[k])
			continue;
		for (uint32_t i = 0; i < m->nargs; i++)
			if (expr_contains(m->arg[i], p->q.opaque.v[k]))
				return not_computed;
		if (expr_contains(m->where, p->q.opaque.v[k]))
			return not_computed;
	}
	return NULL;
}

static void
take_results(struct push *p, const struct value *row, struct arena *a)
{
	for (uint32_t i = 0; i < p->c->schema.n; i++)
		if (p->check[i] >= 0 && row[p->check[i]].kind == VALUE_INT)
			p->unfit[i] = row[p->check[i]].i;
	for (uint32_t i = 0; i < p->n; i++) {
		struct pushed *x = &p->metric[i];
		struct metric_value *v = &p->value[x->m->id];

		if (x->stream == NULL)
			x->stream = reason_to_stream(p, x->m);
		if (x->stream != NULL)
			continue;
		*v = (struct metric_value){0};
		if (is_misfits(x->m))
			v->v = value_int(0);
		else
			x->m->kind->sql_final(&row[x->at], x->m, a, v);
	}
}

static void
explain_query(struct push *p, const char *refused)
{
	struct buf *b = &p->c->explained;

	buf_printf(b, "sql: %s\n", buf_str(&p->q.text));
	for (size_t i = 0; i < p->q.params.n; i++) {
		buf_printf(b, "  ?%zu = ", i + 1);
		(void)value_to_text(p->q.params.v[i], b);
		buf_putc(b, '\n');
	}
	for (size_t i = 0; i < p->q.opaque.n; i++) {
		buf_printf(b, "  weir_op(%zu) = ", i);
		expr_print(p->q.opaque.v[i], b);
		buf_putc(b, '\n');
	}
	if (refused != NULL)
		buf_printf(b, "  refused: %s\n", refused);
}

/* As many of the metrics as one query holds; *done: how many were looked at. */
static bool
push_some(struct push *p, const struct metric *const *m, uint32_t n, struct arena *a, uint32_t *done,
          struct err *err)
{
	uint32_t first = p->n, nschema = p->c->schema.n;
	struct value *row;
	struct err why = {0};
	bool refused = false;

	sql_init(&p->q, p->a);
	buf_puts(&p->q.text, "SELECT ");
	p->ncolumn = 0;
	for (uint32_t i = 0; i < nschema; i++) {
		p->check[i] = -1;
		p->unfit[i] = 0;
	}
	for (*done = 0; *done < n && p->ncolumn < COLUMNS_MAX; ++*done)
		add_metric(p, m[*done]);
	print_checks(p);
	if (p->ncolumn == 0)
		return true;
	row = ARENA_ARRAY(p->a, struct value, (size_t)p->ncolumn);
	if (!query(p, row, &refused, &why)) {
		if (err != NULL)
			*err = why;
		return false;
	}
	explain_query(p, refused ? why.msg : NULL);

	struct push now = *p;

	now.metric += first;
	now.n -= first;
	for (uint32_t i = 0; i < now.n && refused; i++)
		if (now.metric[i].stream == NULL)
			now.metric[i].stream = not_prepared;
	if (!refused)
		take_results(&now, row, a);
	return true;
}

struct passing {
	struct pass *pass;
};

static bool
pass_batch(void *ctx, const struct batch *b, bool *stop UNUSED, struct err *err)
{
	struct passing *p = ctx;

	return pass_update(p->pass, b, err);
}

/* The rest, over the rows. */
static bool
stream_metrics(struct sqlite_connection *c, const struct metric *const *m, uint32_t n, struct arena *a,
               struct metric_value *value, struct err *err)
{
	AUTO(pass_plan) plan = pass_plan_new(m, n, value);
	AUTO(merge) merge = merge_new(plan, c->o.memory_bytes);
	AUTO(pass) pass = pass_new(plan, c->o.memory_bytes);
	AUTO(arena) own = arena_new();
	unsigned *need = ARENA_ARRAY(own, unsigned, MAX(c->schema.n, 1u));
	struct passing p = {.pass = pass};

	pass_plan_spill(plan, c->o.spill_folder);
	for (uint32_t i = 0; i < c->schema.n; i++)
		need[i] = pass_plan_need(plan, i);
	if (!sqlite_stream(c, need, pass_batch, &p, err))
		return false;
	merge_cut(merge, pass_cut(pass), 0);
	merge_pass(merge, pass);
	merge_final(merge, a, value);
	return true;
}

static bool
stream_rest(struct push *p, struct arena *a, struct err *err)
{
	const struct metric **rest = ARENA_ARRAY(p->a, const struct metric *, MAX(p->n, 1u));
	struct buf *b = &p->c->explained;
	uint32_t n = 0;

	for (uint32_t i = 0; i < p->n; i++) {
		if (p->metric[i].stream == NULL)
			continue;
		rest[n++] = p->metric[i].m;
		buf_puts(b, "from the rows: ");
		metric_print(p->metric[i].m, b);
		buf_printf(b, ": %s\n", p->metric[i].stream);
	}
	return n == 0 || stream_metrics(p->c, rest, n, a, p->value, err);
}

/* A database has all that it takes to answer exactly: what stands for less is computed as what it stands for. */
static const struct metric *
exactly(struct sqlite_connection *c, struct arena *a, const struct metric *m)
{
	struct metric *twin;

	if (m->kind->exact == NULL)
		return m;
	twin = ARENA_NEW(a, struct metric);
	*twin = *m;
	twin->kind = m->kind->exact;
	buf_puts(&c->explained, "exact all the same: ");
	metric_print(m, &c->explained);
	buf_putc(&c->explained, '\n');
	return twin;
}

bool
sqlite_evaluate(struct connection *base, const struct metric *const *m, uint32_t n, struct arena *a,
                struct metric_value *value, struct err *err)
{
	struct sqlite_connection *c = sqlite_of(base);
	AUTO(arena) own = arena_new();
	struct push p = {.c = c, .a = own, .value = value};
	const struct metric **of_rows = ARENA_ARRAY(own, const struct metric *, MAX(n, 1u));
	uint32_t done, nrows = 0;

	p.metric = ARENA_ARRAY(own, struct pushed, MAX(n, 1u));
	p.check = ARENA_ARRAY(own, int, MAX(c->schema.n, 1u));
	p.unfit = ARENA_ARRAY(own, int64_t, MAX(c->schema.n, 1u));
	for (uint32_t i = 0; i < n; i++) {
		if (m[i]->kind != &metric_query_rows)
			of_rows[nrows++] = exactly(c, own, m[i]);
	}
	for (uint32_t at = 0; at < nrows; at += done) {
		bool ok = push_some(&p, of_rows + at, nrows - at, a, &done, err);

		sql_fini(&p.q);
		if (!ok)
			return false;
	}
	if (!stream_rest(&p, a, err))
		return false;
	/* Last, since they may use up the time that is left. */
	for (uint32_t i = 0; i < n; i++)
		if (m[i]->kind == &metric_query_rows)
			sqlite_query_rows(c, m[i], a, &value[m[i]->id]);
	return true;
}
