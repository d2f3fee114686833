/*
 * The standard deviation and the variance, from exact sums.
 *
 *	variance = (n * sum(x^2) - sum(x)^2) / (n * (n - 1))
 *
 * is the textbook's formula, which is useless in doubles: nearly all digits may cancel.  (Chan, Golub and LeVeque, "Algorithms for
 * computing the sample variance", The American Statistician 37 (1983), compare it with the stable ones.)  Here both sums and the difference
 * are exact integers, as wide as the squares of all doubles need, and nothing is rounded before the division.  So the result is good to
 * the last digit, and the same for any order of rows and any number of threads.
 */
#include <math.h>

#include "metric/exact.h"
#include "metric/metric.h"

enum { SUM_N = EXACT_SUM, SQUARE_N = EXACT_POWER_SUM(2), SQUARE_UNIT = 2 * EXACT_UNIT };

struct stdev {
	int64_t count;
	bool infinite;
	uint32_t pending;
	int64_t sum[SUM_N], square[SQUARE_N];
};

static void
stdev_init(void *state, const struct metric *m)
{
	(void)m;
	memset(state, 0, sizeof(struct stdev));
}

static inline void
add(struct stdev *s, struct exact e)
{
	uint64_t low = (uint64_t)e.m, high = (uint64_t)(e.m >> 64);

	s->count++;
	if (e.infinite) {
		s->infinite = true;
		return;
	}
	wide_add(s->sum, e.m, e.shift, e.negative);
	wide_add(s->square, (unsigned __int128)low * low, 2 * e.shift, false);
	if (high != 0) {
		/* (high 2^64 + low)^2; the middle term has its factor 2 in the shift. */
		wide_add(s->square, (unsigned __int128)high * low, 2 * e.shift + 65, false);
		wide_add(s->square, (unsigned __int128)high * high, 2 * e.shift + 128, false);
	}
	if (++s->pending == WIDE_PENDING_MAX / 8) {
		wide_carry(s->sum, SUM_N);
		wide_carry(s->square, SQUARE_N);
		s->pending = 0;
	}
}

static bool
stdev_update(void *state, const struct metric *m, const struct metric_batch *b, struct err *err)
{
	const struct vector *v = b->arg[0];
	struct stdev *s = state;
	struct exact e;

	for (size_t w = 0; w < BITMAP_WORDS(b->rows); w++)
		for (uint64_t mask = v->valid[w] & b->selected[w]; mask != 0; mask &= mask - 1) {
			uint32_t i = (uint32_t)(w * 64) + (uint32_t)__builtin_ctzll(mask);

			if (!exact_at(v, i, m->arg[0]->type, &e, err))
				return false;
			add(s, e);
		}
	return true;
}

static bool
stdev_merge(void *into, void *from, int64_t rows_before, const struct metric *m, struct err *err)
{
	struct stdev *s = into, *f = from;

	(void)rows_before, (void)m, (void)err;
	s->count += f->count;
	s->infinite |= f->infinite;
	exact_merge(s->sum, f->sum, SUM_N);
	exact_merge(s->square, f->square, SQUARE_N);
	s->pending = 0;
	return true;
}

static bool
stdev_save(void *state, const struct metric *m, struct buf *b)
{
	struct stdev *s = state;

	(void)m;
	pack_u64(b, (uint64_t)s->count);
	pack_bool(b, s->infinite);
	exact_save(b, s->sum, SUM_N);
	exact_save(b, s->square, SQUARE_N);
	return true;
}

static void
stdev_load(void *state, const struct metric *m, uint32_t part, struct unpack *u)
{
	struct stdev *s = state;

	(void)m, (void)part;
	s->count = unpack_count(u);
	s->infinite = unpack_bool(u);
	exact_load(u, s->sum, SUM_N);
	exact_load(u, s->square, SQUARE_N);
}

/* square = n * square - sum^2, not negative by the inequality of Cauchy and Schwarz. */
static void
spread(struct stdev *s)
{
	int64_t n[2] = {s->count & 0xffffffff, s->count >> 32}, times[SQUARE_N + 2], minus[2 * SUM_N];

	wide_abs(s->sum, SUM_N);
	wide_carry(s->square, SQUARE_N);
	wide_multiply(s->square, SQUARE_N, n, 2, times);
	wide_multiply(s->sum, SUM_N, s->sum, SUM_N, minus);
	for (size_t i = 0; i < SQUARE_N; i++)
		s->square[i] = times[i] - minus[i];
	wide_carry(s->square, SQUARE_N);
}

/* The variance as a double * 2^*exponent (even) units squared; false if there is none. */
static bool
variance(struct stdev *s, const struct metric *m, double *ret, int *exponent)
{
	double n = (double)s->count;

	if (s->count < (m->params.flag ? 1 : 2) || s->infinite)
		return false;
	spread(s);
	/* n < 2^53, or what is lost is far behind the last digit that counts. */
	*ret = wide_round(s->square, SQUARE_N, exponent) / (n * (m->params.flag ? n : n - 1));
	if (m->arg[0]->type.kind != TYPE_DECIMAL)
		*exponent -= SQUARE_UNIT;
	return true;
}

static void
stdev_final(void *state, const struct metric *m, struct arena *a, struct metric_value *ret)
{
	struct stdev *s = state;
	int exponent;
	double d;

	(void)a;
	ret->count = s->count;
	if (!variance(s, m, &d, &exponent))
		return;
	/* The exponent is even, so its root is whole. */
	d = ldexp(sqrt(d), exponent / 2);
	if (m->arg[0]->type.kind == TYPE_DECIMAL)
		d /= pow(10, m->arg[0]->type.scale);
	ret->v = value_real(d);
}

static void
variance_final(void *state, const struct metric *m, struct arena *a, struct metric_value *ret)
{
	struct stdev *s = state;
	int exponent;
	double d;

	(void)a;
	ret->count = s->count;
	if (!variance(s, m, &d, &exponent))
		return;
	d = ldexp(d, exponent);
	if (m->arg[0]->type.kind == TYPE_DECIMAL)
		d /= pow(10, 2 * m->arg[0]->type.scale);
	if (isinf(d)) {
		ret->failed = true;
		err_set(&ret->err, ERR_EVAL, NOWHERE, "the variance is greater than any number");
		return;
	}
	ret->v = value_real(d);
}

#define SPREAD                                                                                     \
	.class = STATE_CONSTANT, .min_args = 1, .max_args = 1, .state_size = sizeof(struct stdev), \
	.need = NEED_VALUE, .init = stdev_init, .update = stdev_update, .merge = stdev_merge,      \
	.save = stdev_save, .load = stdev_load

/* v: a double; null where count < 2 (with params.flag, of the whole population: < 1) or a value is infinite.  count: values. */
const struct metric_kind metric_stdev = {
	.name = "stdev",
	.doc = "Standard deviation (n - 1, or n) of numbers, from exact sums.",
	SPREAD,
	.final = stdev_final,
};

const struct metric_kind metric_variance = {
	.name = "variance",
	.doc = "Variance (n - 1, or n) of numbers, from exact sums.",
	SPREAD,
	.final = variance_final,
};
