/*
 * The second look: one more walk over the rows finds, for every failing check at once, the rows to show and their values, and ends when all
 * are found.
 *
 * Rows are known by number where the metric came from the rows; by the tuples that occur more than once; or, where SQLite only
 * counted, by the condition itself.
 */
#include "engine/sample.h"
#include "engine/sqlite.h"
#include "scan/eval.h"
#include "scan/failing.h"

enum rows_by { BY_NUMBER, BY_KEYS, BY_CONDITION };

struct sampling {
	const struct bound *b;
	struct verdict *v;
	enum rows_by by;
	const struct keyset *keys;
	const struct column **col;
	uint32_t ncol;
	uint32_t keep, n; /* rows wanted, rows found */
	LIST(int64_t) row;
	LIST(struct value) value; /* [n * ncol] */
};

struct look {
	struct arena *a;
	struct sampling *s;
	uint32_t n, open; /* open: those that still want rows */
	struct eval *eval;
};

static bool
is_wanted(const struct bound *b, const struct verdict *v)
{
	if (v->outcome == OUTCOME_ERROR || !v->has_counts || v->unexpected_count == 0 || b->ndomain == 0 ||
	    b->unexpected == NULL)
		return false;
	return b->duplicate || v->nfirst > 0 || b->unexpected->kind == &metric_count_true;
}

static void
sampling_init(struct sampling *s, const struct bound *b, struct verdict *v, const struct metric_value *value)
{
	*s = (struct sampling){.b = b, .v = v};
	if (b->duplicate) {
		s->by = BY_KEYS;
		s->keep = check_keep(b->check);
		s->keys = value[b->unexpected->id].keys;
	} else if (v->nfirst > 0) {
		s->by = BY_NUMBER;
		s->keep = v->nfirst;
	} else {
		s->by = BY_CONDITION;
		s->keep = b->unexpected->params.keep;
	}
}

static void
sampling_needs(const struct sampling *s, unsigned *need)
{
	for (uint32_t i = 0; i < s->ncol; i++)
		need[s->col[i]->index] |= NEED_PRESENCE | NEED_TEXT | NEED_VALUE;
	if (s->by == BY_NUMBER)
		return;
	if (s->b->unexpected->where != NULL)
		expr_needs(s->b->unexpected->where, sqlite_add_need, need);
	for (uint32_t i = 0; i < s->b->unexpected->nargs; i++)
		expr_needs(s->b->unexpected->arg[i], sqlite_add_need, need);
}

static void
take_row(struct look *l, struct sampling *s, const struct batch *b, uint32_t i)
{
	*LIST_ADD(l->a, &s->row) = b->at.row + i;
	for (uint32_t j = 0; j < s->ncol; j++) {
		struct value v = value_copy(l->a, vector_shown(b->column[s->col[j]->index], i));

		*LIST_ADD(l->a, &s->value) = v;
	}
	if (++s->n == s->keep)
		l->open--;
}

/* The tuple of row i; a lone null is in no group, but among others null equals null. */
static bool
in_group(const struct sampling *s, const struct vector *const *arg, uint32_t n, uint32_t i)
{
	struct value tuple[METRIC_ARGS_MAX];

	for (uint32_t k = 0; k < n; k++) {
		if (arg[k]->error != NULL && bit_get(arg[k]->error, i))
			return false;
		tuple[k] = vector_value(arg[k], i);
		if (n == 1 && tuple[k].kind == VALUE_NULL)
			return false;
	}
	return s->keys != NULL && keyset_has(s->keys, tuple_hash(tuple, n));
}

static bool
find_rows(struct look *l, struct sampling *s, const struct batch *b, struct err *err)
{
	const struct metric *m = s->b->unexpected;
	const struct vector *arg[METRIC_ARGS_MAX] = {NULL}, *v = NULL;
	struct truth where = {0}, cond = {0};
	const uint32_t nargs = m->nargs;

	for (uint32_t k = 0; k < nargs; k++)
		if (!eval_expr(l->eval, m->arg[k], &arg[k], err))
			return false;
	if (m->where != NULL) {
		if (!eval_expr(l->eval, m->where, &v, err))
			return false;
		eval_truth(l->eval, m->where, v, &where);
	}
	if (s->by == BY_CONDITION)
		eval_truth(l->eval, m->arg[0], arg[0], &cond);
	for (uint32_t i = 0; i < b->rows && s->n < s->keep; i++) {
		if (m->where != NULL && !bit_get(where.t, i))
			continue;
		if (s->by == BY_CONDITION ? bit_get(cond.t, i) : in_group(s, arg, nargs, i))
			take_row(l, s, b, i);
	}
	return true;
}

static void
pick_rows(struct look *l, struct sampling *s, const struct batch *b)
{
	while (s->n < s->keep && s->v->first[s->n].row < b->at.row + b->rows)
		take_row(l, s, b, (uint32_t)(s->v->first[s->n].row - b->at.row));
}

static bool
look_batch(void *ctx, const struct batch *b, bool *stop, struct err *err)
{
	struct look *l = ctx;

	eval_batch(l->eval, b);
	for (uint32_t i = 0; i < l->n; i++) {
		struct sampling *s = &l->s[i];

		if (s->n == s->keep)
			continue;
		if (s->by == BY_NUMBER)
			pick_rows(l, s, b);
		else if (!find_rows(l, s, b, err))
			return false;
	}
	*stop = l->open == 0;
	return true;
}

static bool
failing_batch(void *ctx, const struct batch *b, bool *stop, struct err *err)
{
	struct finder *x = ctx;

	if (!finder_batch(x, b, b->at.row, err))
		return false;
	*stop = !finder_flush(x);
	return true;
}

bool
sqlite_failing(struct connection *base, const struct failing *f, struct err *err)
{
	struct sqlite_connection *c = sqlite_of(base);
	AUTO(arena) own = arena_new();
	AUTO(finder) x = finder_new(f);
	unsigned *need = ARENA_ARRAY(own, unsigned, MAX(c->schema.n, 1u));

	failing_needs(f, need);
	return sqlite_stream(c, need, failing_batch, x, err);
}

bool
sqlite_sample(struct connection *base, const struct bound *const *b, struct verdict *const *v, uint32_t n,
              const struct metric_value *value, const struct column *const *key, uint32_t nkey,
              struct arena *a, struct err *err)
{
	struct sqlite_connection *c = sqlite_of(base);
	AUTO(arena) own = arena_new();
	AUTO(eval) eval = eval_new();
	unsigned *need = ARENA_ARRAY(own, unsigned, MAX(c->schema.n, 1u));
	struct look l = {.a = own, .s = ARENA_ARRAY(own, struct sampling, MAX(n, 1u)), .eval = eval};

	eval_set_values(eval, value);
	for (uint32_t i = 0; i < n; i++) {
		struct sampling *s = &l.s[l.n];

		if (!is_wanted(b[i], v[i]))
			continue;
		sampling_init(s, b[i], v[i], value);
		if (s->keep == 0)
			continue;
		s->col = sample_columns(own, b[i], key, nkey, &s->ncol);
		sampling_needs(s, need);
		l.n++;
	}
	l.open = l.n;
	if (l.n > 0 && !sqlite_stream(c, need, look_batch, &l, err))
		return false;
	for (uint32_t i = 0; i < l.n; i++) {
		struct sampling *s = &l.s[i];
		struct row_at *at = ARENA_ARRAY(a, struct row_at, MAX(s->n, 1u));

		for (uint32_t k = 0; k < s->n; k++)
			at[k].row = s->row.v[k];
		for (size_t k = 0; k < s->value.n; k++)
			s->value.v[k] = value_copy(a, s->value.v[k]);
		sample_fill(a, s->b, s->v, at, s->row.v, s->n, s->value.v, key, nkey);
	}
	return true;
}
