/*
 * Rows that stand wrongly beside the next one, when the rows of each group are sorted.
 *
 *	arguments    group …, a, b                        the first params.number of them are the group
 *
 *	group   a   b          in order: rows are sorted by a, and b has to rise (or fall)
 *	  x     1   4          ranges:   a row is a range from a to b, and must end before the next one begins
 *	  x     2   6 ─┐
 *	  x     3   5 ─┘ wrong
 *
 * Rows are kept by the hash of their group, so that a group is sorted at the end, one after the other.  What is wrong is known by the hash of
 * its whole tuple, as repeated keys are.
 */
#include <stdlib.h>

#include "expr/expr_eval.h"
#include "metric/metric.h"
#include "metric/packed.h"
#include "metric/rowbag.h"

struct neighbours {
	struct rowbag *bag;
	struct buf packed; /* of one row */
};

/* One row, at the end. */
struct row {
	struct value a, b;
	struct hash128 tuple;
};

/* What a group is held against, and what was found. */
struct look {
	const struct metric *m;
	const struct tz *zone; /* of a wall clock beside an instant */
	struct keyset *keys;
	bool cut; /* there are more than METRIC_KEYS_MAX, and not all are asked for */
	int64_t count;
	struct err err; /* set: two values have no order */
};

static void
neighbours_init(void *state, const struct metric *m)
{
	struct neighbours *s = state;

	(void)m;
	*s = (struct neighbours){.bag = rowbag_new()};
	buf_init(&s->packed, SIZE_MAX);
}

static void
neighbours_fini(void *state)
{
	struct neighbours *s = state;

	rowbag_free(s->bag);
	buf_fini(&s->packed);
}

static bool
neighbours_update(void *state, const struct metric *m, const struct metric_batch *b, struct err *err)
{
	const uint32_t ngroup = (uint32_t)m->params.number;
	struct neighbours *s = state;
	struct value v[METRIC_ARGS_MAX];

	(void)err;
	for (size_t w = 0; w < BITMAP_WORDS(b->rows); w++)
		for (uint64_t mask = b->selected[w]; mask != 0; mask &= mask - 1) {
			const uint32_t i = (uint32_t)(w * 64) + (uint32_t)__builtin_ctzll(mask);
			struct hash128 tuple;

			for (uint32_t k = 0; k < m->nargs; k++)
				v[k] = vector_value(b->arg[k], i);
			tuple = tuple_hash(v, m->nargs);
			buf_clear(&s->packed);
			pack_word(&s->packed, tuple.lo);
			pack_word(&s->packed, tuple.hi);
			pack_value(&s->packed, v[ngroup]);
			pack_value(&s->packed, v[ngroup + 1]);
			rowbag_add(s->bag, ngroup > 0 ? tuple_hash(v, ngroup) : (struct hash128){0},
			           buf_sv(&s->packed));
		}
	return true;
}

static bool
neighbours_merge(void *into, void *from, int64_t rows_before, const struct metric *m, struct err *err)
{
	struct neighbours *s = into, *f = from;

	(void)rows_before, (void)m, (void)err;
	rowbag_merge(s->bag, f->bag);
	return true;
}

/* <0, 0, >0; null is greater than all, and equal to itself. */
static int
compare(struct look *l, struct value x, struct value y)
{
	int ret = 0;

	if (x.kind == VALUE_NULL || y.kind == VALUE_NULL)
		return (x.kind == VALUE_NULL) - (y.kind == VALUE_NULL);
	if (!value_compare(x, y, l->zone, &ret) && l->err.code == ERR_NONE)
		err_set(&l->err, ERR_EVAL, NOWHERE, "there are values that have no order among each other");
	return ret;
}

static int
sorts(const void *x, const void *y, void *ctx)
{
	const struct row *r = x, *s = y;
	struct look *l = ctx;
	const int order = compare(l, r->a, s->a);

	/* Of rows that are equal in what sorts them, that order is taken which is right, if there is one. */
	if (order != 0)
		return order;
	return (l->m->params.keep & NEIGHBOURS_FALL) != 0 ? compare(l, s->b, r->b) : compare(l, r->b, s->b);
}

static bool
is_null(struct value v)
{
	return v.kind == VALUE_NULL;
}

/* Null in `before` or in the row itself compares with nothing. */
static bool
is_out_of_order(struct look *l, const struct row *before, const struct row *r)
{
	const unsigned rule = l->m->params.keep;
	int order;

	if (before == NULL || is_null(before->b) || is_null(r->b))
		return false;
	order = compare(l, r->b, before->b) * ((rule & NEIGHBOURS_FALL) != 0 ? -1 : 1);
	return (rule & NEIGHBOURS_STRICT) != 0 ? order <= 0 : order < 0;
}

/* A null in a range makes it wrong, and what comes before it. */
static bool
is_wrong_range(struct look *l, const struct row *r, const struct row *next)
{
	const unsigned rule = l->m->params.keep;
	int order;

	if (is_null(r->a) || is_null(r->b))
		return true;
	order = compare(l, r->a, r->b);
	if (order > 0 || (order == 0 && (rule & NEIGHBOURS_EMPTY) == 0))
		return true;
	if (next == NULL)
		return false;
	if (is_null(next->a))
		return true;
	order = compare(l, r->b, next->a);
	if ((rule & NEIGHBOURS_TOUCH) != 0)
		return order != 0;
	return (rule & NEIGHBOURS_APART) != 0 ? order >= 0 : order > 0;
}

static void
add_wrong(struct look *l, struct hash128 tuple)
{
	l->count++;
	if (l->m->params.flag || keyset_size(l->keys) < METRIC_KEYS_MAX)
		(void)keyset_add(l->keys, tuple);
	else
		l->cut = true;
}

static void
look_at(struct look *l, struct row *row, size_t n)
{
	const bool ranges = (l->m->params.keep & NEIGHBOURS_RANGES) != 0;
	const struct row *before = NULL;

	qsort_r(row, n, sizeof(*row), sorts, l);
	for (size_t i = 0; i < n && l->err.code == ERR_NONE; i++) {
		const bool wrong = ranges ? is_wrong_range(l, &row[i], i + 1 < n ? &row[i + 1] : NULL)
		                          : is_out_of_order(l, before, &row[i]);

		if (!is_null(row[i].b) || (l->m->params.keep & NEIGHBOURS_BREAK) != 0)
			before = &row[i];
		if (wrong)
			add_wrong(l, row[i].tuple);
	}
}

static bool
unpack_rows_of(const struct rowbag_row *from, size_t n, struct arena *a, struct row *row)
{
	for (size_t i = 0; i < n; i++) {
		struct unpack u = unpack_of(from[i].bytes);

		row[i].tuple.lo = unpack_word(&u);
		row[i].tuple.hi = unpack_word(&u);
		row[i].a = unpack_value(&u, a);
		row[i].b = unpack_value(&u, a);
		if (!unpack_end(&u))
			return false;
	}
	return true;
}

/* Each group of a part: rows of one key stand together. */
static bool
look_at_part(struct look *l, const struct rowbag_part *p)
{
	for (size_t from = 0, to; from < p->n; from = to) {
		AUTO(arena) a = arena_new();
		struct row *row;

		for (to = from + 1; to < p->n && p->row[to].key.lo == p->row[from].key.lo &&
		                    p->row[to].key.hi == p->row[from].key.hi;)
			to++;
		row = ARENA_ARRAY(a, struct row, to - from);
		if (!unpack_rows_of(p->row + from, to - from, a, row))
			return err_set(&l->err, ERR_INTERNAL, NOWHERE,
			               "a row that was kept cannot be read again");
		look_at(l, row, to - from);
		if (l->err.code != ERR_NONE)
			return false;
	}
	return true;
}

static void
neighbours_final(void *state, const struct metric *m, struct arena *a, struct metric_value *ret)
{
	struct neighbours *s = state;
	const struct expr *const *end = m->arg + m->params.number;
	struct look l = {.m = m, .zone = expr_zone(end[0], end[1]), .keys = keyset_new()};

	(void)a;
	for (size_t i = 0; i < ROWBAG_PARTS && l.err.code == ERR_NONE; i++) {
		struct rowbag_part p = {0};

		if (rowbag_part(s->bag, i, &p, &l.err))
			(void)look_at_part(&l, &p);
		rowbag_part_fini(&p);
	}
	ret->keys = l.keys;
	ret->list_cut = l.cut;
	ret->failed = l.err.code != ERR_NONE;
	ret->err = l.err;
	ret->count = l.count;
	ret->v = value_int(l.count);
}

/* At the end there is as much again of one group. */
static size_t
neighbours_bytes(const void *state)
{
	const struct neighbours *s = state;

	return 2 * rowbag_bytes(s->bag);
}

static bool
neighbours_spill(void *state, const struct metric *m, const char *folder, struct err *err)
{
	struct neighbours *s = state;

	(void)m;
	return rowbag_spill(s->bag, folder, err);
}

/*
 * v and count: rows that stand wrongly beside their neighbour; keys: their tuples, METRIC_KEYS_MAX at most (list_cut: there are more); with params.flag
 * all of them.
 */
const struct metric_kind metric_neighbours = {
	.name = "neighbours",
	.doc = "Rows that stand wrongly beside the next one, when the rows of each group are sorted.",
	.class = STATE_SPILLING,
	.min_args = 2,
	.max_args = METRIC_ARGS_MAX,
	.state_size = sizeof(struct neighbours),
	.need = NEED_VALUE,
	.init = neighbours_init,
	.update = neighbours_update,
	.merge = neighbours_merge,
	.final = neighbours_final,
	.bytes = neighbours_bytes,
	.spill = neighbours_spill,
	.fini = neighbours_fini,
};
