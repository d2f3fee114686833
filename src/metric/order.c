/*
 * Values that are out of order: rows that come before the previous value of their column, or after it.
 *
 * A relation between neighbours, which merging has to mend where two stretches of rows meet: a stretch knows its first and last
 * value, and the row of the first.
 *
 *	1 2 2 │ · │ 3 1 │ 4        · is no value: such a stretch changes nothing
 *	first…last    first…last
 *	        └────────┘ compared when they are merged
 */
#include <stdlib.h>

#include "metric/metric.h"
#include "metric/state.h"

struct order {
	struct value first, last; /* numbers or times; null: no value yet */
	struct row_at at;         /* of first */
	int64_t count;            /* values out of order within the stretch */
	uint32_t n;
	struct row_at *row; /* [params.keep]: where the first of them stand */
};

static void
order_init(void *state, const struct metric *m)
{
	(void)m;
	*(struct order *)state = (struct order){0};
}

static void
order_fini(void *state)
{
	struct order *s = state;

	free(s->row);
	*s = (struct order){0};
}

static size_t
order_bytes(const void *state)
{
	const struct order *s = state;

	return s->n * sizeof(*s->row);
}

/* Room grows by doubling, since `keep` may be "all of them". */
static void
order_keep(struct order *s, const struct metric *m, struct row_at at)
{
	s->count++;
	if (s->n >= m->params.keep)
		return;
	if (s->n == 0 || (s->n >= 16 && (s->n & (s->n - 1)) == 0))
		s->row = xrealloc(s->row, MAX(s->n * 2, 16) * sizeof(*s->row));
	s->row[s->n++] = at;
}

/* params: number is 1 where values rise and -1 where they fall; flag: equal neighbours are out of order. */
static bool
is_broken(const struct metric *m, int order)
{
	return m->params.flag ? order * m->params.number <= 0 : order * m->params.number < 0;
}

static bool
broken_between(const struct metric *m, struct value before, struct value v, bool *ret, struct err *err)
{
	int order;

	if (!value_compare(before, v, m->arg[0]->type.zone, &order))
		return err_set(err, ERR_EVAL, NOWHERE, "numbers and times in one column have no order");
	*ret = is_broken(m, -order);
	return true;
}

static bool
order_add(struct order *s, const struct metric *m, struct value v, struct row_at at, struct err *err)
{
	bool broken = false;

	if (!value_is_numeric(v) && v.kind != VALUE_DATE && v.kind != VALUE_TIME && v.kind != VALUE_TIMETZ) {
		char type[TYPE_TEXT_MAX];

		return err_set(err, ERR_EVAL, NOWHERE, "there are values that are no numbers or times: %s",
		               type_text(value_type(v), type));
	}
	if (s->first.kind == VALUE_NULL) {
		s->first = v;
		s->at = at;
	} else if (!broken_between(m, s->last, v, &broken, err)) {
		return false;
	}
	s->last = v;
	if (broken)
		order_keep(s, m, at);
	return true;
}

/* Without looking at kinds: all of a packed vector's are the same.  One function for each, for the compiler's sake. */
#define DEFINE_ORDER_WORD(name, field, type)                                                              \
	static void name(struct order *s, const struct metric *m, const struct metric_batch *b, size_t w, \
	                 uint64_t mask, uint32_t *last)                                                   \
	{                                                                                                 \
		const type *p = b->arg[0]->field;                                                         \
                                                                                                          \
		for (; mask != 0; mask &= mask - 1) {                                                     \
			uint32_t i = (uint32_t)w * 64 + (uint32_t)__builtin_ctzll(mask);                  \
                                                                                                          \
			if (is_broken(m, (p[i] > p[*last]) - (p[i] < p[*last])))                          \
				order_keep(s, m, (struct row_at){b->at.part, b->at.row + i});             \
			*last = i;                                                                        \
		}                                                                                         \
	}
DEFINE_ORDER_WORD(order_word_i64, i64, int64_t)
DEFINE_ORDER_WORD(order_word_f64, f64, double)

static bool
order_update(void *state, const struct metric *m, const struct metric_batch *b, struct err *err)
{
	const struct vector *v = b->arg[0];
	bool packed = v->rep == REP_I64 || v->rep == REP_F64, begun = false;
	struct order *s = state;
	uint32_t last = 0;

	for (size_t w = 0; w < BITMAP_WORDS(b->rows); w++) {
		uint64_t mask = v->valid[w] & b->selected[w];

		/* Where a batch begins, or all the way, by the values themselves. */
		for (; mask != 0 && !(packed && begun); mask &= mask - 1) {
			last = (uint32_t)w * 64 + (uint32_t)__builtin_ctzll(mask);
			if (!order_add(s, m, vector_value(v, last),
			               (struct row_at){b->at.part, b->at.row + last}, err))
				return false;
			begun = true;
		}
		if (v->rep == REP_I64)
			order_word_i64(s, m, b, w, mask, &last);
		else if (v->rep == REP_F64)
			order_word_f64(s, m, b, w, mask, &last);
	}
	if (begun)
		s->last = vector_value(v, last);
	return true;
}

static bool
order_merge(void *into, void *from, int64_t rows_before, const struct metric *m, struct err *err)
{
	struct order *s = into, *f = from;
	struct row_at at = {.part = f->at.part, .row = f->at.row + rows_before};
	bool broken = false;
	int64_t count;

	if (f->first.kind == VALUE_NULL)
		return true;
	if (s->first.kind == VALUE_NULL) {
		s->first = f->first;
		s->at = at;
	} else if (!broken_between(m, s->last, f->first, &broken, err)) {
		return false;
	}
	if (broken)
		order_keep(s, m, at);
	count = s->count + f->count;
	for (uint32_t i = 0; i < f->n && s->n < m->params.keep; i++)
		order_keep(s, m, (struct row_at){.part = f->row[i].part, .row = f->row[i].row + rows_before});
	s->count = count;
	s->last = f->last;
	return true;
}

static bool
order_save(void *state, const struct metric *m, struct buf *b)
{
	const struct order *s = state;

	(void)m;
	pack_value(b, s->first);
	if (s->first.kind == VALUE_NULL)
		return true;
	pack_value(b, s->last);
	pack_u64(b, (uint64_t)s->at.row);
	pack_u64(b, (uint64_t)s->count);
	pack_rows(b, s->row, s->n);
	return true;
}

/* Numbers and times only: they own nothing. */
static struct value
load_end(struct unpack *u)
{
	struct value v = unpack_scalar(u);

	if (v.kind != VALUE_NULL && !value_is_numeric(v) && !type_is_temporal(value_type(v)))
		unpack_spoil(u);
	return u->bad ? VALUE_NONE : v;
}

static void
order_load(void *state, const struct metric *m, uint32_t part, struct unpack *u)
{
	struct order *s = state;
	struct row_at at;
	int64_t row = -1, count;
	size_t n;

	s->first = load_end(u);
	if (s->first.kind == VALUE_NULL)
		return;
	s->last = load_end(u);
	if (s->last.kind == VALUE_NULL)
		unpack_spoil(u);
	s->at = (struct row_at){.part = part, .row = unpack_count(u)};
	count = unpack_count(u);
	n = unpack_rows(u, (uint64_t)MIN(count, (int64_t)m->params.keep));
	while (n-- > 0 && unpack_row(u, part, &row, &at))
		order_keep(s, m, at);
	s->count = count;
}

static void
order_final(void *state, const struct metric *m, struct arena *a, struct metric_value *ret)
{
	const struct order *s = state;
	struct row_at *row = ARENA_ARRAY(a, struct row_at, s->n);

	(void)m;
	if (s->n > 0)
		memcpy(row, s->row, s->n * sizeof(*row));
	ret->count = s->count;
	ret->v = value_int(s->count);
	ret->first = row;
	ret->nfirst = s->n;
}

/* v and count: values that are out of order; first: where the first of them stand.  Nulls are passed over. */
const struct metric_kind metric_out_of_order = {
	.name = "out_of_order",
	.doc = "Values that do not follow the value before them in the order asked for, and the first of "
	       "them.",
	.class = STATE_BOUNDED,
	.ordered = true,
	.min_args = 1,
	.max_args = 1,
	.state_size = sizeof(struct order),
	.need = NEED_VALUE,
	.init = order_init,
	.update = order_update,
	.merge = order_merge,
	.final = order_final,
	.save = order_save,
	.load = order_load,
	.bytes = order_bytes,
	.fini = order_fini,
};
