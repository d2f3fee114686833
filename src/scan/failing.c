/*
 * A row breaks a check if it was counted as unexpected: its condition is true, its tuple occurs again, its place was kept, or it cannot be
 * computed where that counts as much (expect/judge.c).
 */
#include "scan/failing.h"

#include <stdlib.h>

#include "scan/eval.h"

struct found_rows {
	struct arena *a;
	LIST(struct failing_row) row;
};

struct finder {
	const struct failing *f;
	struct eval *eval[FAILING_ROUNDS];
	struct found_rows *held;
	uint64_t *hit; /* [ncheck * EVAL_WORDS]: rows of the batch, by check */
	uint64_t any[EVAL_WORDS];
	size_t words; /* of a row's set of checks */
};

struct finder *
finder_new(const struct failing *f)
{
	struct finder *x = xcalloc(1, sizeof(*x));

	x->f = f;
	x->words = BITMAP_WORDS(f->ncheck);
	x->hit = xcalloc(MAX(f->ncheck, 1u), sizeof(uint64_t[EVAL_WORDS]));
	for (int i = 0; i < FAILING_ROUNDS; i++) {
		x->eval[i] = eval_new();
		eval_set_values(x->eval[i], f->value[i]);
	}
	return x;
}

void
found_rows_free(struct found_rows *r)
{
	if (r == NULL)
		return;
	arena_free(r->a);
	free(r);
}

void
finder_free(struct finder *x)
{
	if (x == NULL)
		return;
	for (int i = 0; i < FAILING_ROUNDS; i++)
		eval_free(x->eval[i]);
	found_rows_free(x->held);
	free(x->hit);
	free(x);
}

static void
add_need(void *ctx, const struct column *c, unsigned need)
{
	unsigned *needs = ctx;

	needs[c->index] |= need;
}

static void
metric_needs(const struct metric *m, unsigned *need)
{
	if (m == NULL)
		return;
	if (m->where != NULL)
		expr_needs(m->where, add_need, need);
	for (uint32_t i = 0; i < m->nargs; i++)
		expr_needs(m->arg[i], add_need, need);
}

void
failing_needs(const struct failing *f, unsigned *need)
{
	for (uint32_t i = 0; i < f->ncol; i++)
		need[f->col[i]->index] |= NEED_PRESENCE | NEED_TEXT | NEED_VALUE;
	for (uint32_t i = 0; i < f->n; i++) {
		metric_needs(f->v[i].bound->unexpected, need);
		metric_needs(f->v[i].bound->nonnull, need);
		if (f->v[i].bound->where != NULL)
			expr_needs(f->v[i].bound->where, add_need, need);
	}
}

/* What one check makes of a batch. */
struct matching {
	struct eval *e;
	const struct batch *b;
	const struct failing_check *c;
	const struct metric_value *value; /* of its unexpected rows */
	size_t words;
	uint64_t selected[EVAL_WORDS], errors[EVAL_WORDS], found[EVAL_WORDS];
	struct err *err;
};

/* Rows where a filter is true, and where it cannot be computed; NULL: all, and none. */
static bool
filter(struct matching *m, const struct expr *where, uint64_t *yes, uint64_t *errors)
{
	const struct vector *v;
	struct truth t = {0};

	if (where == NULL) {
		memset(yes, 0, sizeof(t.t));
		bits_fill(yes, m->b->rows);
		return true;
	}
	if (!eval_expr(m->e, where, &v, m->err))
		return false;
	eval_truth(m->e, where, v, &t);
	for (size_t w = 0; w < m->words; w++) {
		yes[w] = t.t[w];
		errors[w] |= t.e[w];
	}
	return true;
}

/* Rows of which an argument cannot be computed. */
static bool
add_errors(struct matching *m, const struct metric *metric)
{
	for (uint32_t k = 0; metric != NULL && k < metric->nargs; k++) {
		const struct vector *v;
		struct truth t = {0};

		if (!eval_expr(m->e, metric->arg[k], &v, m->err))
			return false;
		if (metric->kind == &metric_count_true)
			eval_truth(m->e, metric->arg[k], v, &t);
		for (size_t w = 0; w < m->words; w++)
			m->errors[w] |= t.e[w] | (v->error != NULL ? v->error[w] : 0);
	}
	return true;
}

/* The tuple of row i; a lone null is in no group, but among others null equals null. */
static bool
occurs_again(const struct matching *m, const struct vector *const *arg, uint32_t i)
{
	const struct metric *metric = m->c->bound->unexpected;
	struct value tuple[METRIC_ARGS_MAX];

	for (uint32_t k = 0; k < metric->nargs; k++) {
		if (arg[k]->error != NULL && bit_get(arg[k]->error, i))
			return false;
		tuple[k] = vector_value(arg[k], i);
		if (metric->nargs == 1 && tuple[k].kind == VALUE_NULL)
			return false;
	}
	return m->value->keys != NULL && keyset_has(m->value->keys, tuple_hash(tuple, metric->nargs));
}

static bool
find_repeated(struct matching *m)
{
	const struct metric *metric = m->c->bound->unexpected;
	const struct vector *arg[METRIC_ARGS_MAX];

	for (uint32_t k = 0; k < metric->nargs; k++)
		if (!eval_expr(m->e, metric->arg[k], &arg[k], m->err))
			return false;
	for (uint32_t i = 0; i < m->b->rows; i++)
		if (bit_get(m->selected, i) && occurs_again(m, arg, i))
			bit_set(m->found, i);
	return true;
}

/* Rows whose places were kept, all of them. */
static bool
find_places(struct matching *m)
{
	const struct metric_value *v = m->value;
	const struct row_at at = m->b->at;
	uint32_t lo = 0, hi = v->nfirst;

	if (v->count > v->nfirst)
		return err_set(m->err, ERR_INTERNAL, m->c->bound->check->loc,
		               "the places of %u of %jd rows are known", v->nfirst, (intmax_t)v->count);
	while (lo < hi) {
		uint32_t mid = lo + (hi - lo) / 2;

		if (v->first[mid].part < at.part ||
		    (v->first[mid].part == at.part && v->first[mid].row < at.row))
			lo = mid + 1;
		else
			hi = mid;
	}
	for (; lo < v->nfirst && v->first[lo].part == at.part && v->first[lo].row < at.row + m->b->rows; lo++)
		bit_set(m->found, (uint32_t)(v->first[lo].row - at.row));
	return true;
}

static bool
find_true(struct matching *m)
{
	const struct expr *cond = m->c->bound->unexpected->arg[0];
	const struct vector *v;
	struct truth t = {0};

	if (!eval_expr(m->e, cond, &v, m->err))
		return false;
	eval_truth(m->e, cond, v, &t);
	for (size_t w = 0; w < m->words; w++)
		m->found[w] = t.t[w] & m->selected[w];
	return true;
}

static bool
find_misfits(struct matching *m)
{
	const struct vector *v;

	if (!eval_expr(m->e, m->c->bound->unexpected->arg[0], &v, m->err))
		return false;
	for (size_t w = 0; w < m->words && v->error != NULL; w++)
		m->found[w] = v->error[w] & m->selected[w];
	return true;
}

static const struct {
	const struct metric_kind *kind;
	bool (*find)(struct matching *m);
} ways[] = {
	{&metric_count_true, find_true},     {&metric_duplicates, find_repeated},
	{&metric_misfits, find_misfits},     {&metric_neighbours, find_repeated},
	{&metric_out_of_order, find_places},
};

static bool
find(struct matching *m)
{
	const struct bound *b = m->c->bound;

	for (size_t i = 0; i < LEN(ways); i++)
		if (ways[i].kind == b->unexpected->kind)
			return ways[i].find(m);
	return err_set(m->err, ERR_INTERNAL, b->check->loc, "rows of the metric '%s' cannot be found again",
	               b->unexpected->kind->name);
}

/* Sets the rows of the batch that break a check, among others that are set already. */
static bool
match(struct finder *x, const struct batch *b, const struct failing_check *c, uint64_t *hit, struct err *err)
{
	const struct bound *bound = c->bound;
	struct matching m = {.e = x->eval[c->round],
	                     .b = b,
	                     .c = c,
	                     .value = &x->f->value[c->round][bound->unexpected->id],
	                     .words = BITMAP_WORDS(b->rows),
	                     .err = err};
	uint64_t counted[EVAL_WORDS], unused[EVAL_WORDS] = {0};

	if (!filter(&m, bound->unexpected->where, m.selected, m.errors) || !find(&m))
		return false;
	if (!bound->check->expectation->misfits_pass &&
	    (!add_errors(&m, bound->unexpected) || !add_errors(&m, bound->nonnull)))
		return false;
	if (!filter(&m, bound->where, counted, unused))
		return false;
	for (size_t w = 0; w < m.words; w++)
		hit[w] |= m.found[w] |
		          (bound->check->expectation->misfits_pass ? 0 : m.errors[w] & counted[w]);
	return true;
}

/* The text in the source says more than a number or a time does: how many digits were written, and all of them. */
static struct sv
raw_of(const struct vector *v, uint32_t i, struct value x)
{
	if (v == NULL || v->raw == NULL || x.kind == VALUE_NULL || x.kind == VALUE_TEXT ||
	    x.kind == VALUE_BINARY || x.kind == VALUE_LIST || x.kind == VALUE_OBJECT)
		return (struct sv){0};
	return v->raw[i];
}

static void
keep_row(struct finder *x, const struct batch *b, uint32_t i, int64_t row)
{
	const struct failing *f = x->f;
	struct arena *a;
	struct failing_cell *cell;
	uint64_t *check;

	if (x->held == NULL) {
		x->held = xcalloc(1, sizeof(*x->held));
		x->held->a = arena_new();
	}
	a = x->held->a;
	cell = ARENA_ARRAY(a, struct failing_cell, f->ncol);
	check = ARENA_ARRAY(a, uint64_t, x->words);
	for (uint32_t j = 0; j < f->ncol; j++) {
		const struct vector *v = b->column[f->col[j]->index];
		struct value shown = vector_shown(v, i);
		struct sv raw = raw_of(v, i, shown);

		cell[j].v = value_copy(a, shown);
		if (raw.p != NULL)
			cell[j].raw = arena_sv(a, raw);
	}
	for (uint32_t k = 0; k < f->ncheck; k++)
		if (bit_get(x->hit + (size_t)k * EVAL_WORDS, i))
			bit_set(check, k);
	*LIST_ADD(a, &x->held->row) = (struct failing_row){
		.part = b->at.part, .row = row, .check = check, .cell = cell};
}

bool
finder_batch(struct finder *x, const struct batch *b, int64_t row, struct err *err)
{
	const struct failing *f = x->f;

	memset(x->hit, 0, f->ncheck * sizeof(uint64_t[EVAL_WORDS]));
	memset(x->any, 0, sizeof(x->any));
	for (int i = 0; i < FAILING_ROUNDS; i++)
		eval_batch(x->eval[i], b);
	for (uint32_t i = 0; i < f->n; i++)
		if (!match(x, b, &f->v[i], x->hit + (size_t)f->v[i].check * EVAL_WORDS, err))
			return false;
	for (uint32_t k = 0; k < f->ncheck; k++)
		for (size_t w = 0; w < BITMAP_WORDS(b->rows); w++)
			x->any[w] |= x->hit[(size_t)k * EVAL_WORDS + w];
	for (uint32_t i = 0; i < b->rows; i++)
		if (bit_get(x->any, i))
			keep_row(x, b, i, row + i);
	return true;
}

size_t
finder_bytes(const struct finder *x)
{
	return x->held != NULL ? arena_used(x->held->a) : 0;
}

struct found_rows *
finder_take(struct finder *x)
{
	return STEAL(x->held);
}

bool
found_rows_give(struct found_rows *r, const struct failing *f)
{
	for (size_t i = 0; i < r->row.n; i++)
		if (!f->row(f->ctx, &r->row.v[i]))
			return false;
	return true;
}

bool
finder_flush(struct finder *x)
{
	struct found_rows *r = finder_take(x);
	bool more = r == NULL || found_rows_give(r, x->f);

	found_rows_free(r);
	return more;
}
