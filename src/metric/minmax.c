/* Least and greatest value.  Numbers compare exactly across kinds, text by its bytes. */
#include <stdlib.h>

#include "metric/metric.h"
#include "metric/metric_sql.h"
#include "metric/outlook.h"
#include "metric/packed.h"

struct extreme {
	struct value v; /* null until there is one; its text lies in `text` */
	char *text;
	size_t cap;
};

static void
extreme_init(void *state, const struct metric *m)
{
	(void)m;
	*(struct extreme *)state = (struct extreme){0};
}

static void
extreme_fini(void *state)
{
	struct extreme *s = state;

	free(s->text);
	*s = (struct extreme){0};
}

static size_t
extreme_bytes(const void *state)
{
	const struct extreme *s = state;

	return s->cap;
}

static void
extreme_set(struct extreme *s, struct value v)
{
	s->v = v;
	if (v.kind == VALUE_REAL)
		s->v.r += 0.0; /* -0 is 0, whichever came first */
	if (v.kind != VALUE_TEXT && v.kind != VALUE_BINARY)
		return;
	if (v.s.n > s->cap) {
		s->cap = MAX(v.s.n, 64);
		s->text = xrealloc(s->text, s->cap);
	}
	if (v.s.n > 0)
		memcpy(s->text, v.s.p, v.s.n);
	s->v.s.p = s->text;
}

/* sign: -1 for the least, 1 for the greatest. */
static bool
better(struct value v, struct value than, int sign, const struct metric *m, bool *ret, struct err *err)
{
	int order;

	if (!value_compare(v, than, m->arg[0]->type.zone, &order)) {
		char a[TYPE_TEXT_MAX], b[TYPE_TEXT_MAX];

		return err_set(err, ERR_EVAL, NOWHERE, "there are values that have no order: %s and %s",
		               type_text(value_type(than), a), type_text(value_type(v), b));
	}
	/* Of equals of different kinds (1 and 1.0) the same one stays, whatever comes first. */
	*ret = order * sign > 0 || (order == 0 && v.kind < than.kind);
	return true;
}

static bool
offer(struct extreme *s, struct value v, int sign, const struct metric *m, struct err *err)
{
	bool is_better = true;

	if (v.kind == VALUE_NULL)
		return true;
	if (v.kind == VALUE_LIST || v.kind == VALUE_OBJECT)
		return err_set(err, ERR_EVAL, NOWHERE,
		               "there are values that have no order: lists or objects");
	if (s->v.kind != VALUE_NULL && !better(v, s->v, sign, m, &is_better, err))
		return false;
	if (is_better)
		extreme_set(s, v);
	return true;
}

/* The row of the batch's extreme, or -1.  One function for each direction, so that the compare is known to the compiler. */
#define DEFINE_EXTREME_ROW(name, field, type, op)                                                      \
	static int64_t name(const struct vector *v, const uint64_t *selected)                          \
	{                                                                                              \
		const type *p = v->field;                                                              \
		int64_t best = -1;                                                                     \
                                                                                                       \
		for (size_t w = 0; w < BITMAP_WORDS(v->rows); w++)                                     \
			for (uint64_t mask = v->valid[w] & selected[w]; mask != 0; mask &= mask - 1) { \
				int64_t i = (int64_t)(w * 64) + __builtin_ctzll(mask);                 \
                                                                                                       \
				if (best < 0 || p[i] op p[best])                                       \
					best = i;                                                      \
			}                                                                              \
		return best;                                                                           \
	}
DEFINE_EXTREME_ROW(least_i64, i64, int64_t, <)
DEFINE_EXTREME_ROW(greatest_i64, i64, int64_t, >)
DEFINE_EXTREME_ROW(least_f64, f64, double, <)
DEFINE_EXTREME_ROW(greatest_f64, f64, double, >)

static int64_t
extreme_text(const struct vector *v, const uint64_t *selected, int sign)
{
	int64_t best = -1;

	for (size_t w = 0; w < BITMAP_WORDS(v->rows); w++)
		for (uint64_t mask = v->valid[w] & selected[w]; mask != 0; mask &= mask - 1) {
			int64_t i = (int64_t)(w * 64) + __builtin_ctzll(mask);

			if (best < 0 || sv_cmp(v->text[i], v->text[best]) * sign > 0)
				best = i;
		}
	return best;
}

static bool
update(struct extreme *s, const struct metric *m, const struct metric_batch *b, int sign, struct err *err)
{
	const struct vector *v = b->arg[0];
	int64_t row;

	switch (v->rep) {
	case REP_I64:
	case REP_LENGTH:
		row = sign < 0 ? least_i64(v, b->selected) : greatest_i64(v, b->selected);
		break;
	case REP_F64:
		row = sign < 0 ? least_f64(v, b->selected) : greatest_f64(v, b->selected);
		break;
	case REP_TEXT:
		row = extreme_text(v, b->selected, sign);
		break;
	default:
		for (size_t w = 0; w < BITMAP_WORDS(v->rows); w++)
			for (uint64_t mask = v->valid[w] & b->selected[w]; mask != 0; mask &= mask - 1) {
				uint32_t i = (uint32_t)w * 64 + (uint32_t)__builtin_ctzll(mask);

				if (!offer(s, vector_value(v, i), sign, m, err))
					return false;
			}
		return true;
	}
	return row < 0 || offer(s, vector_value(v, (uint32_t)row), sign, m, err);
}

static bool
min_update(void *state, const struct metric *m, const struct metric_batch *b, struct err *err)
{
	return update(state, m, b, -1, err);
}

static bool
max_update(void *state, const struct metric *m, const struct metric_batch *b, struct err *err)
{
	return update(state, m, b, 1, err);
}

/* A bound that is a value is the extreme of all rows; one that is no better than what was met changes nothing. */
static bool
foresee(struct extreme *s, const struct metric *m, const struct metric_outlook *o, int sign)
{
	const struct outlook *a = &o->arg[0];
	struct value v = sign < 0 ? a->min : a->max;
	bool there = sign < 0 ? a->has_min : a->has_max, is_better;

	if (a->valid == 0)
		return true;
	if (there && s->v.kind == v.kind && better(v, s->v, sign, m, &is_better, NULL) && !is_better)
		return true;
	if (o->selected != o->rows || !(sign < 0 ? a->has_min && a->min_exact : a->has_max && a->max_exact))
		return false;
	return offer(s, v, sign, m, NULL);
}

static bool
min_foresee(void *state, const struct metric *m, const struct metric_outlook *o)
{
	return foresee(state, m, o, -1);
}

static bool
max_foresee(void *state, const struct metric *m, const struct metric_outlook *o)
{
	return foresee(state, m, o, 1);
}

static bool
min_merge(void *into, void *from, int64_t rows_before, const struct metric *m, struct err *err)
{
	const struct extreme *f = from;

	(void)rows_before;
	return offer(into, f->v, -1, m, err);
}

static bool
max_merge(void *into, void *from, int64_t rows_before, const struct metric *m, struct err *err)
{
	const struct extreme *f = from;

	(void)rows_before;
	return offer(into, f->v, 1, m, err);
}

static bool
extreme_save(void *state, const struct metric *m, struct buf *b)
{
	const struct extreme *s = state;

	(void)m;
	pack_value(b, s->v);
	return true;
}

static void
extreme_load(void *state, const struct metric *m, uint32_t part, struct unpack *u)
{
	struct value v = unpack_scalar(u);

	(void)m, (void)part;
	if (!u->bad)
		extreme_set(state, v);
}

static void
extreme_final(void *state, const struct metric *m, struct arena *a, struct metric_value *ret)
{
	const struct extreme *s = state;

	(void)m;
	ret->v = value_copy(a, s->v);
}

/* Databases order values of different kinds, which is an error here: only where all are of one kind is it the same. */
static bool
extreme_sql(struct sql *q, const struct dialect *d, const struct metric *m, const char *call)
{
	switch (m->arg[0]->type.kind) {
	case TYPE_BOOLEAN:
	case TYPE_INTEGER:
	case TYPE_NUMBER:
		return metric_sql_aggregate(q, d, m, call, ")");
	case TYPE_STRING:
		return d == &dialect_sqlite && metric_sql_aggregate(q, d, m, call, " COLLATE BINARY)");
	default:
		return false;
	}
}

static bool
min_sql(struct sql *q, const struct dialect *d, const struct metric *m)
{
	return extreme_sql(q, d, m, "min(");
}

static bool
max_sql(struct sql *q, const struct dialect *d, const struct metric *m)
{
	return extreme_sql(q, d, m, "max(");
}

static void
extreme_sql_final(const struct value *v, const struct metric *m, struct arena *a, struct metric_value *ret)
{
	metric_sql_value(v[0], m->arg[0]->type, a, ret);
}

/* v: the least value, null if there is none. */
const struct metric_kind metric_min = {
	.name = "min",
	.doc = "The least value; text by its bytes.",
	.class = STATE_CONSTANT,
	.min_args = 1,
	.max_args = 1,
	.state_size = sizeof(struct extreme),
	.need = NEED_VALUE,
	.init = extreme_init,
	.update = min_update,
	.weigh = metric_weigh_once,
	.foresee = min_foresee,
	.merge = min_merge,
	.final = extreme_final,
	.save = extreme_save,
	.load = extreme_load,
	.bytes = extreme_bytes,
	.fini = extreme_fini,
	.sql = min_sql,
	.sql_columns = 1,
	.sql_final = extreme_sql_final,
};

/* v: the greatest value, null if there is none. */
const struct metric_kind metric_max = {
	.name = "max",
	.doc = "The greatest value; text by its bytes.",
	.class = STATE_CONSTANT,
	.min_args = 1,
	.max_args = 1,
	.state_size = sizeof(struct extreme),
	.need = NEED_VALUE,
	.init = extreme_init,
	.update = max_update,
	.weigh = metric_weigh_once,
	.foresee = max_foresee,
	.merge = max_merge,
	.final = extreme_final,
	.save = extreme_save,
	.load = extreme_load,
	.bytes = extreme_bytes,
	.fini = extreme_fini,
	.sql = max_sql,
	.sql_columns = 1,
	.sql_final = extreme_sql_final,
};
