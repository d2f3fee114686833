/* Counts that remember where: rows where a condition is true, values that do not fit their column. */
#include <stdlib.h>

#include "metric/metric.h"
#include "metric/metric_sql.h"
#include "metric/outlook.h"
#include "metric/state.h"

/* The array is made when the first row is kept: most states of a clean file never need it. */
struct places {
	int64_t count;
	uint32_t n;
	struct row_at *first; /* [params.keep] */
};

static void
places_init(void *state, const struct metric *m)
{
	(void)m;
	*(struct places *)state = (struct places){0};
}

static void
places_fini(void *state)
{
	struct places *s = state;

	free(s->first);
	*s = (struct places){0};
}

static size_t
places_bytes(const void *state)
{
	const struct places *s = state;

	return s->n * sizeof(*s->first);
}

/* The list grows by doubling, since `keep` may be "all of them". */
static void
places_keep(struct places *s, const struct metric *m, struct row_at at)
{
	if (s->n >= m->params.keep)
		return;
	if (s->n == 0 || (s->n >= 16 && (s->n & (s->n - 1)) == 0))
		s->first = xrealloc(s->first, MAX(s->n * 2, 16) * sizeof(*s->first));
	s->first[s->n++] = at;
}

static void
places_word(struct places *s, const struct metric *m, const struct metric_batch *b, size_t w, uint64_t bits)
{
	s->count += __builtin_popcountll(bits);
	for (; bits != 0 && s->n < m->params.keep; bits &= bits - 1) {
		int64_t row = b->at.row + (int64_t)(w * 64) + __builtin_ctzll(bits);

		places_keep(s, m, (struct row_at){.part = b->at.part, .row = row});
	}
}

static bool
places_merge(void *into, void *from, int64_t rows_before, const struct metric *m, struct err *err)
{
	struct places *s = into, *f = from;

	(void)err;
	s->count += f->count;
	for (uint32_t i = 0; i < f->n && s->n < m->params.keep; i++)
		places_keep(s, m,
		            (struct row_at){.part = f->first[i].part, .row = f->first[i].row + rows_before});
	return true;
}

static bool
places_save(void *state, const struct metric *m, struct buf *b)
{
	const struct places *s = state;

	(void)m;
	pack_u64(b, (uint64_t)s->count);
	pack_rows(b, s->first, s->n);
	return true;
}

static void
places_load(void *state, const struct metric *m, uint32_t part, struct unpack *u)
{
	struct places *s = state;
	struct row_at at;
	int64_t row = -1;
	size_t n;

	s->count = unpack_count(u);
	n = unpack_rows(u, (uint64_t)MIN(s->count, (int64_t)m->params.keep));
	while (n-- > 0 && unpack_row(u, part, &row, &at))
		places_keep(s, m, at);
}

static void
places_final(void *state, const struct metric *m, struct arena *a, struct metric_value *ret)
{
	const struct places *s = state;
	struct row_at *first = ARENA_ARRAY(a, struct row_at, s->n);

	(void)m;
	if (s->n > 0)
		memcpy(first, s->first, s->n * sizeof(*first));
	ret->count = s->count;
	ret->v = value_int(s->count);
	ret->first = first;
	ret->nfirst = s->n;
}

static bool
count_true_update(void *state, const struct metric *m, const struct metric_batch *b, struct err *err)
{
	const struct vector *v = b->arg[0];
	struct places *s = state;

	(void)err;
	/* Bits past the last row are zero, so whole words can be counted.  Null is not true. */
	for (size_t w = 0; w < BITMAP_WORDS(b->rows); w++)
		places_word(s, m, b, w, v->bits[w] & v->valid[w] & b->selected[w]);
	return true;
}

/* Where the rows are, only those can say that are all or none, unless nobody asks. */
static bool
count_true_foresee(void *state, const struct metric *m, const struct metric_outlook *o)
{
	const struct outlook *a = &o->arg[0];
	struct places *s = state;

	if (m->arg[0]->type.kind != TYPE_BOOLEAN)
		return false;
	if (a->yes == 0)
		return true;
	if (o->selected != o->rows || !outlook_is_decided(a) || (a->yes != o->rows && m->params.keep > 0))
		return false;
	s->count += a->yes;
	for (int64_t i = 0; i < a->yes && s->n < m->params.keep; i++)
		places_keep(s, m, (struct row_at){.part = o->at.part, .row = o->at.row + i});
	return true;
}

static bool
count_true_sql(struct sql *q, const struct dialect *d, const struct metric *m)
{
	buf_puts(&q->text, "count(*)");
	return metric_sql_filter(q, d, m, m->arg[0]);
}

/* The places come from a second query. */
static void
count_true_sql_final(const struct value *v, const struct metric *m, struct arena *a, struct metric_value *ret)
{
	(void)m, (void)a;
	ret->count = metric_sql_count(v[0]);
	ret->v = value_int(ret->count);
}

/* v and count: rows where the condition is true; first: the first of them. */
const struct metric_kind metric_count_true = {
	.name = "count_true",
	.doc = "Rows where a condition is true, and the first of them.",
	.class = STATE_BOUNDED,
	.ordered = true,
	.min_args = 1,
	.max_args = 1,
	.state_size = sizeof(struct places),
	.reps = 1U << REP_BITS,
	.need = NEED_VALUE,
	.init = places_init,
	.update = count_true_update,
	.foresee = count_true_foresee,
	.merge = places_merge,
	.final = places_final,
	.save = places_save,
	.load = places_load,
	.bytes = places_bytes,
	.fini = places_fini,
	.sql = count_true_sql,
	.sql_columns = 1,
	.sql_final = count_true_sql_final,
};

static bool
misfits_update(void *state, const struct metric *m, const struct metric_batch *b, struct err *err)
{
	const struct vector *v = b->arg[0];
	struct places *s = state;

	(void)err;
	if (v->error == NULL)
		return true;
	for (size_t w = 0; w < BITMAP_WORDS(b->rows); w++)
		places_word(s, m, b, w, v->error[w] & b->selected[w]);
	return true;
}

static bool
misfits_foresee(void *state, const struct metric *m, const struct metric_outlook *o)
{
	(void)state, (void)m;
	return o->arg[0].error == 0;
}

/* v and count: values that do not fit their column's type; first: where the first of them stand. */
const struct metric_kind metric_misfits = {
	.name = "misfits",
	.doc = "Values that do not fit their column's declared type, and the first of them.",
	.class = STATE_BOUNDED,
	.ordered = true,
	.min_args = 1,
	.max_args = 1,
	.state_size = sizeof(struct places),
	.need = NEED_VALUE,
	.errors_meant = true,
	.init = places_init,
	.update = misfits_update,
	.foresee = misfits_foresee,
	.merge = places_merge,
	.final = places_final,
	.save = places_save,
	.load = places_load,
	.bytes = places_bytes,
	.fini = places_fini,
};
