/*
 * The correlation of two columns (Pearson's), over the rows that have both, from exact sums:
 *
 *	r = (n Sxy - Sx Sy) / sqrt((n Sxx - Sx^2) (n Syy - Sy^2))
 *
 * The three differences are exact, so that a trend of one in a billion is found beside large means, and the result does not depend on the order of rows.
 * It is free of units, so decimals of different scales may stand side by side.
 */
#include <math.h>

#include "metric/exact.h"
#include "metric/metric.h"

enum { X, Y, XX, YY, XY, SUMS };

struct correlation {
	int64_t count;
	bool infinite;
	uint32_t pending;
	int64_t sum[SUMS][EXACT_POWER_SUM(2)]; /* those of x and y need half of it */
};

static size_t
chunks(size_t k)
{
	return k < XX ? EXACT_SUM : EXACT_POWER_SUM(2);
}

static void
correlation_init(void *state, const struct metric *m)
{
	(void)m;
	memset(state, 0, sizeof(struct correlation));
}

static void
add_product(int64_t *sum, struct exact a, struct exact b)
{
	uint64_t a0 = (uint64_t)a.m, a1 = (uint64_t)(a.m >> 64), b0 = (uint64_t)b.m,
		 b1 = (uint64_t)(b.m >> 64);
	uint32_t shift = a.shift + b.shift;
	bool negative = a.negative != b.negative;

	wide_add(sum, (unsigned __int128)a0 * b0, shift, negative);
	if (a1 != 0)
		wide_add(sum, (unsigned __int128)a1 * b0, shift + 64, negative);
	if (b1 != 0)
		wide_add(sum, (unsigned __int128)a0 * b1, shift + 64, negative);
	if (a1 != 0 && b1 != 0)
		wide_add(sum, (unsigned __int128)a1 * b1, shift + 128, negative);
}

static void
add(struct correlation *s, struct exact x, struct exact y)
{
	s->count++;
	if (x.infinite || y.infinite) {
		s->infinite = true;
		return;
	}
	wide_add(s->sum[X], x.m, x.shift, x.negative);
	wide_add(s->sum[Y], y.m, y.shift, y.negative);
	add_product(s->sum[XX], x, x);
	add_product(s->sum[YY], y, y);
	add_product(s->sum[XY], x, y);
	if (++s->pending == WIDE_PENDING_MAX / 8) {
		for (size_t k = 0; k < SUMS; k++)
			wide_carry(s->sum[k], chunks(k));
		s->pending = 0;
	}
}

static bool
correlation_update(void *state, const struct metric *m, const struct metric_batch *b, struct err *err)
{
	const struct vector *v = b->arg[0], *w = b->arg[1];
	struct exact x, y;

	for (size_t k = 0; k < BITMAP_WORDS(b->rows); k++)
		for (uint64_t mask = v->valid[k] & w->valid[k] & b->selected[k]; mask != 0;
		     mask &= mask - 1) {
			uint32_t i = (uint32_t)(k * 64) + (uint32_t)__builtin_ctzll(mask);

			if (!exact_at(v, i, m->arg[0]->type, &x, err) ||
			    !exact_at(w, i, m->arg[1]->type, &y, err))
				return false;
			add(state, x, y);
		}
	return true;
}

static bool
correlation_merge(void *into, void *from, int64_t rows_before, const struct metric *m, struct err *err)
{
	struct correlation *s = into, *f = from;

	(void)rows_before, (void)m, (void)err;
	s->count += f->count;
	s->infinite |= f->infinite;
	for (size_t k = 0; k < SUMS; k++)
		exact_merge(s->sum[k], f->sum[k], chunks(k));
	s->pending = 0;
	return true;
}

static bool
correlation_save(void *state, const struct metric *m, struct buf *b)
{
	struct correlation *s = state;

	(void)m;
	pack_u64(b, (uint64_t)s->count);
	pack_bool(b, s->infinite);
	for (size_t k = 0; k < SUMS; k++)
		exact_save(b, s->sum[k], chunks(k));
	s->pending = 0;
	return true;
}

static void
correlation_load(void *state, const struct metric *m, uint32_t part, struct unpack *u)
{
	struct correlation *s = state;

	(void)m, (void)part;
	s->count = unpack_count(u);
	s->infinite = unpack_bool(u);
	for (size_t k = 0; k < SUMS; k++)
		exact_load(u, s->sum[k], chunks(k));
}

/* ret = n * ab - a * b */
static void
joint(struct exact_big *ret, struct correlation *s, size_t a, size_t b, size_t ab)
{
	struct exact_big n, x, y, xy;

	exact_big_i64(&n, s->count);
	exact_big_sum(&xy, s->sum[ab], chunks(ab));
	exact_big_mul(ret, &n, &xy);
	exact_big_sum(&x, s->sum[a], chunks(a));
	exact_big_sum(&y, s->sum[b], chunks(b));
	exact_big_mul(&xy, &x, &y);
	exact_big_add(ret, &xy, -1);
}

static void
correlation_final(void *state, const struct metric *m, struct arena *a, struct metric_value *ret)
{
	struct exact_big xx, yy, xy, product;
	struct correlation *s = state;
	double above, below;
	int ea, eb;

	(void)m, (void)a;
	ret->count = s->count;
	if (s->count < 2 || s->infinite)
		return;
	joint(&xx, s, X, X, XX);
	joint(&yy, s, Y, Y, YY);
	joint(&xy, s, X, Y, XY);
	exact_big_mul(&product, &xx, &yy);
	if (exact_big_is_zero(&product))
		return;
	above = exact_big_round(&xy, &ea);
	below = exact_big_round(&product, &eb);
	/* The exponents are multiples of 32.  |r| <= 1 is true of the exact numbers, and of their roundings nearly. */
	above = ldexp(above / sqrt(below), ea - eb / 2);
	ret->v = value_real(above > 1 ? 1 : above < -1 ? -1 : above);
}

/* v: a double from -1 to 1; null where one of the columns does not vary, there are fewer than two pairs, or a value is infinite.  count: pairs. */
const struct metric_kind metric_correlation = {
	.name = "correlation",
	.doc = "Pearson's correlation of two columns of numbers, from exact sums.",
	.class = STATE_CONSTANT,
	.min_args = 2,
	.max_args = 2,
	.state_size = sizeof(struct correlation),
	.need = NEED_VALUE,
	.init = correlation_init,
	.update = correlation_update,
	.merge = correlation_merge,
	.final = correlation_final,
	.save = correlation_save,
	.load = correlation_load,
};
