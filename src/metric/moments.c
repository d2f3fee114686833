/*
 * Skewness and kurtosis, from exact sums of the first four powers.
 *
 *	M2 = n S2 - S1^2      M3 = n^2 S3 - 3 n S1 S2 + 2 S1^3      M4 = n^3 S4 - 4 n^2 S1 S3 + 6 n S1^2 S2 - 3 S1^4
 *
 * are n^k times the k-th central moments, and exact here.  Of the population: g1 = M3 / M2^1.5 and g2 = M4 / M2^2 - 3; of a sample
 *
 *	G1 = g1 sqrt(n (n - 1)) / (n - 2)            G2 = (n - 1) / ((n - 2) (n - 3)) * ((n + 1) g2 + 6)
 *
 * Joanes and Gill, "Comparing measures of sample skewness and kurtosis", The Statistician 47 (1998): g1, g2 are those of Deequ and Spark (scipy:
 * bias=True), G1, G2 those of pandas, Excel and SAS (bias=False).  Both are free of units.
 */
#include <math.h>

#include "metric/exact.h"
#include "metric/metric.h"

enum { POWERS = 4 };

struct moments {
	int64_t count;
	bool infinite;
	uint32_t pending;
	int64_t s1[EXACT_POWER_SUM(1)], s2[EXACT_POWER_SUM(2)], s3[EXACT_POWER_SUM(3)],
		s4[EXACT_POWER_SUM(4)];
};

struct power_sum {
	int64_t *chunk;
	size_t n;
};

static void
sums(struct moments *s, struct power_sum ret[POWERS])
{
	ret[0] = (struct power_sum){s->s1, LEN(s->s1)};
	ret[1] = (struct power_sum){s->s2, LEN(s->s2)};
	ret[2] = (struct power_sum){s->s3, LEN(s->s3)};
	ret[3] = (struct power_sum){s->s4, LEN(s->s4)};
}

static void
moments_init(void *state, const struct metric *m)
{
	(void)m;
	memset(state, 0, sizeof(struct moments));
}

static void
carry_all(struct moments *s)
{
	struct power_sum sum[POWERS];

	sums(s, sum);
	for (size_t k = 0; k < POWERS; k++)
		wide_carry(sum[k].chunk, sum[k].n);
	s->pending = 0;
}

/* Adds a carried number of n chunks * 2^shift. */
static void
add_shifted(int64_t *sum, const int64_t *chunk, size_t n, uint32_t shift, bool negative)
{
	sum += shift / 32;
	for (size_t i = 0; i < n; i++)
		if (chunk[i] != 0)
			wide_add(sum + i, (uint64_t)chunk[i], shift % 32, negative);
}

static void
add(struct moments *s, struct exact e)
{
	enum { WORD = 4 };
	int64_t m[WORD] = {(int64_t)(e.m & 0xffffffff), (int64_t)(e.m >> 32 & 0xffffffff),
	                   (int64_t)(e.m >> 64 & 0xffffffff), (int64_t)(e.m >> 96)};
	int64_t power[POWERS * WORD] = {0}, next[POWERS * WORD];
	struct power_sum sum[POWERS];
	size_t word = WORD, n;

	s->count++;
	if (e.infinite) {
		s->infinite = true;
		return;
	}
	while (word > 1 && m[word - 1] == 0)
		word--;
	sums(s, sum);
	memcpy(power, m, sizeof(m));
	for (size_t k = 0; k < POWERS; k++) {
		n = (k + 1) * word;
		add_shifted(sum[k].chunk, power, n, (uint32_t)(k + 1) * e.shift, e.negative && k % 2 == 0);
		if (k + 1 == POWERS)
			break;
		wide_multiply(power, n, m, word, next);
		memcpy(power, next, (n + word) * sizeof(*next));
	}
	if (++s->pending == WIDE_PENDING_MAX / 8)
		carry_all(s);
}

static bool
moments_update(void *state, const struct metric *m, const struct metric_batch *b, struct err *err)
{
	const struct vector *v = b->arg[0];
	struct exact e;

	for (size_t w = 0; w < BITMAP_WORDS(b->rows); w++)
		for (uint64_t mask = v->valid[w] & b->selected[w]; mask != 0; mask &= mask - 1) {
			uint32_t i = (uint32_t)(w * 64) + (uint32_t)__builtin_ctzll(mask);

			if (!exact_at(v, i, m->arg[0]->type, &e, err))
				return false;
			add(state, e);
		}
	return true;
}

static bool
moments_merge(void *into, void *from, int64_t rows_before, const struct metric *m, struct err *err)
{
	struct power_sum sum[POWERS], more[POWERS];
	struct moments *s = into, *f = from;

	(void)rows_before, (void)m, (void)err;
	sums(s, sum);
	sums(f, more);
	s->count += f->count;
	s->infinite |= f->infinite;
	for (size_t k = 0; k < POWERS; k++)
		exact_merge(sum[k].chunk, more[k].chunk, sum[k].n);
	s->pending = 0;
	return true;
}

static bool
moments_save(void *state, const struct metric *m, struct buf *b)
{
	struct power_sum sum[POWERS];
	struct moments *s = state;

	(void)m;
	sums(s, sum);
	pack_u64(b, (uint64_t)s->count);
	pack_bool(b, s->infinite);
	for (size_t k = 0; k < POWERS; k++)
		exact_save(b, sum[k].chunk, sum[k].n);
	s->pending = 0;
	return true;
}

static void
moments_load(void *state, const struct metric *m, uint32_t part, struct unpack *u)
{
	struct power_sum sum[POWERS];
	struct moments *s = state;

	(void)m, (void)part;
	sums(s, sum);
	s->count = unpack_count(u);
	s->infinite = unpack_bool(u);
	for (size_t k = 0; k < POWERS; k++)
		exact_load(u, sum[k].chunk, sum[k].n);
}

/* *into += times * a * b * c */
static void
add_product(struct exact_big *into, int times, const struct exact_big *a, const struct exact_big *b,
            const struct exact_big *c)
{
	struct exact_big ab, abc;

	exact_big_mul(&ab, a, b);
	exact_big_mul(&abc, &ab, c);
	exact_big_add(into, &abc, times);
}

static void
central(struct moments *s, struct exact_big *m2, struct exact_big *m3, struct exact_big *m4)
{
	struct exact_big n, one, sum[POWERS], n2, square, nsum;
	struct power_sum raw[POWERS];

	sums(s, raw);
	exact_big_i64(&n, s->count);
	exact_big_i64(&one, 1);
	for (size_t k = 0; k < POWERS; k++)
		exact_big_sum(&sum[k], raw[k].chunk, raw[k].n);
	exact_big_mul(&n2, &n, &n);
	exact_big_mul(&square, &sum[0], &sum[0]);
	exact_big_i64(m2, 0);
	exact_big_i64(m3, 0);
	exact_big_i64(m4, 0);
	add_product(m2, 1, &n, &sum[1], &one);
	exact_big_add(m2, &square, -1);
	add_product(m3, 1, &n2, &sum[2], &one);
	add_product(m3, -3, &n, &sum[0], &sum[1]);
	add_product(m3, 2, &square, &sum[0], &one);
	add_product(m4, 1, &n2, &n, &sum[3]);
	add_product(m4, -4, &n2, &sum[0], &sum[2]);
	exact_big_mul(&nsum, &n, &sum[1]);
	add_product(m4, 6, &nsum, &square, &one);
	add_product(m4, -3, &square, &square, &one);
}

static double
skewness(int64_t count, bool population, const struct exact_big *m2, const struct exact_big *m3)
{
	int e2, e3;
	double n = (double)count, b = exact_big_round(m2, &e2), a = exact_big_round(m3, &e3);
	double g = ldexp(a / (b * sqrt(b)), e3 - e2 / 2 * 3);

	return population ? g : g * sqrt(n * (n - 1)) / (n - 2);
}

/* ((n + 1) (M4 - 3 M2^2) + 6 M2^2) / M2^2, or (M4 - 3 M2^2) / M2^2: exact up to the division. */
static double
kurtosis(int64_t count, bool population, const struct exact_big *m2, const struct exact_big *m4)
{
	struct exact_big square, above = *m4, factor, scaled;
	double n = (double)count, a, b;
	int ea, eb;

	exact_big_mul(&square, m2, m2);
	exact_big_add(&above, &square, -3);
	if (!population) {
		exact_big_i64(&factor, count + 1);
		exact_big_mul(&scaled, &above, &factor);
		exact_big_add(&scaled, &square, 6);
		above = scaled;
	}
	a = exact_big_round(&above, &ea);
	b = exact_big_round(&square, &eb);
	a = ldexp(a / b, ea - eb);
	return population ? a : a * (n - 1) / ((n - 2) * (n - 3));
}

static void
moments_final(void *state, const struct metric *m, struct arena *a, struct metric_value *ret)
{
	struct value *list = ARENA_ARRAY(a, struct value, 2);
	struct exact_big m2, m3, m4;
	struct moments *s = state;
	bool all = m->params.flag;

	ret->count = s->count;
	ret->list = list;
	ret->nlist = 2;
	if (s->count < 2 || s->infinite)
		return;
	central(s, &m2, &m3, &m4);
	if (exact_big_is_zero(&m2))
		return;
	if (all || s->count >= 3)
		list[0] = value_real(skewness(s->count, all, &m2, &m3));
	if (all || s->count >= 4)
		list[1] = value_real(kurtosis(s->count, all, &m2, &m4));
}

/* list: skewness and excess kurtosis, each null where there is none: all values are equal, too few, or one is infinite.  count: values. */
const struct metric_kind metric_moments = {
	.name = "moments",
	.doc = "Skewness and excess kurtosis of numbers, from exact sums.",
	.class = STATE_CONSTANT,
	.min_args = 1,
	.max_args = 1,
	.state_size = sizeof(struct moments),
	.need = NEED_VALUE,
	.init = moments_init,
	.update = moments_update,
	.merge = moments_merge,
	.final = moments_final,
	.save = moments_save,
	.load = moments_load,
};
