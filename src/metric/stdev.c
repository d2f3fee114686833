/*
 * The sample standard deviation, from exact sums.
 *
 *	variance = (n * sum(x^2) - sum(x)^2) / (n * (n - 1))
 *
 * is the textbook's formula, which is useless in doubles: nearly all digits may cancel.  (Chan, Golub and LeVeque, "Algorithms for
 * computing the sample variance", The American Statistician 37 (1983), compare it with the stable ones.)  Here both sums and the difference
 * are exact integers, as wide as the squares of all doubles need, and nothing is rounded before the division.  So the result is good to
 * the last digit, and the same for any order of rows and any number of threads.
 */
#include <math.h>

#include "metric/metric.h"
#include "metric/packed.h"
#include "metric/wide.h"

/*
 * Doubles are whole multiples of 2^-1074, their squares of 2^-2148.  The greatest sums of 2^63 of them have 2161 and 4259 bits.  Decimals are
 * whole multiples of 10^-scale of their column, and counted in that unit.
 */
enum { SUM_UNIT = 1074, SQUARE_UNIT = 2 * SUM_UNIT, SUM_N = 70, SQUARE_N = 2 * SUM_N };

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

/* A value of m * 2^shift units. */
static inline void
add_units(struct stdev *s, unsigned __int128 m, uint32_t shift, bool negative)
{
	uint64_t low = (uint64_t)m, high = (uint64_t)(m >> 64);

	wide_add(s->sum, m, shift, negative);
	wide_add(s->square, (unsigned __int128)low * low, 2 * shift, false);
	if (high != 0) {
		/* (high 2^64 + low)^2; the middle term has its factor 2 in the shift. */
		wide_add(s->square, (unsigned __int128)high * low, 2 * shift + 65, false);
		wide_add(s->square, (unsigned __int128)high * high, 2 * shift + 128, false);
	}
	s->count++;
	if (++s->pending == WIDE_PENDING_MAX / 8) {
		wide_carry(s->sum, SUM_N);
		wide_carry(s->square, SQUARE_N);
		s->pending = 0;
	}
}

static void
add_whole(struct stdev *s, __int128 i, uint32_t unit)
{
	add_units(s, i < 0 ? -(unsigned __int128)i : (unsigned __int128)i, unit, i < 0);
}

static void
add_real(struct stdev *s, double r)
{
	uint64_t bits;

	memcpy(&bits, &r, sizeof(bits));
	uint32_t exponent = bits >> 52 & 0x7ff;
	uint64_t m = bits & ((UINT64_C(1) << 52) - 1);
	if (exponent == 0x7ff) {
		s->infinite = true;
		s->count++;
		return;
	}
	if (exponent > 0)
		m |= UINT64_C(1) << 52;
	else
		exponent = 1;
	add_units(s, m, exponent - 1, bits >> 63);
}

/* In a column of decimals everything is counted in their unit. */
static bool
add_decimal(struct stdev *s, struct value v, uint8_t scale, struct err *err)
{
	struct type t = {.kind = TYPE_DECIMAL, .precision = 38, .scale = scale};
	struct value d = v;

	if (v.kind == VALUE_BOOL)
		d = value_int(v.b);
	if (!value_cast(t, d, &d) || d.kind != VALUE_DECIMAL || !decimal_rescale(d.d, scale, &d.d))
		return err_set(err, ERR_EVAL, NOWHERE, "a value does not fit its column's %d decimal places",
		               scale);
	add_whole(s, d.d.coeff, 0);
	return true;
}

static bool
add_value(struct stdev *s, struct value v, struct type t, struct err *err)
{
	if (value_is_numeric(v) && t.kind == TYPE_DECIMAL)
		return add_decimal(s, v, t.scale, err);
	switch (v.kind) {
	case VALUE_BOOL:
		add_whole(s, v.b, SUM_UNIT);
		return true;
	case VALUE_INT:
		add_whole(s, v.i, SUM_UNIT);
		return true;
	case VALUE_REAL:
		add_real(s, v.r);
		return true;
	case VALUE_DECIMAL:
		add_real(s, decimal_to_f64(v.d));
		return true;
	default:
		return err_set(err, ERR_EVAL, NOWHERE, "there are values that are not numbers");
	}
}

static bool
stdev_update(void *state, const struct metric *m, const struct metric_batch *b, struct err *err)
{
	const struct vector *v = b->arg[0];
	struct stdev *s = state;
	bool decimal = m->arg[0]->type.kind == TYPE_DECIMAL;
	bool real = v->rep == REP_F64 && !decimal;
	bool whole = v->rep == REP_I64 && v->type.kind == TYPE_INTEGER && !decimal;

	for (size_t w = 0; w < BITMAP_WORDS(b->rows); w++)
		for (uint64_t mask = v->valid[w] & b->selected[w]; mask != 0; mask &= mask - 1) {
			uint32_t i = (uint32_t)(w * 64) + (uint32_t)__builtin_ctzll(mask);

			if (real)
				add_real(s, v->f64[i]);
			else if (whole)
				add_whole(s, v->i64[i], SUM_UNIT);
			else if (!add_value(s, vector_value(v, i), m->arg[0]->type, err))
				return false;
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
	wide_carry(f->sum, SUM_N);
	wide_carry(f->square, SQUARE_N);
	for (size_t i = 0; i < SUM_N; i++)
		s->sum[i] += f->sum[i];
	for (size_t i = 0; i < SQUARE_N; i++)
		s->square[i] += f->square[i];
	wide_carry(s->sum, SUM_N);
	wide_carry(s->square, SQUARE_N);
	s->pending = 0;
	return true;
}

static void
save_wide(struct buf *b, int64_t *chunk, size_t n)
{
	wide_carry(chunk, n);
	for (size_t i = 0; i < n; i++)
		pack_i64(b, chunk[i]);
}

static void
load_wide(struct unpack *u, int64_t *chunk, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		chunk[i] = unpack_i64(u);
		if (i + 1 < n ? chunk[i] < 0 || chunk[i] > UINT32_MAX
		              : chunk[i] < INT32_MIN || chunk[i] > INT32_MAX)
			unpack_spoil(u);
	}
}

static bool
stdev_save(void *state, const struct metric *m, struct buf *b)
{
	struct stdev *s = state;

	(void)m;
	pack_u64(b, (uint64_t)s->count);
	pack_bool(b, s->infinite);
	save_wide(b, s->sum, SUM_N);
	save_wide(b, s->square, SQUARE_N);
	return true;
}

static void
stdev_load(void *state, const struct metric *m, uint32_t part, struct unpack *u)
{
	struct stdev *s = state;

	(void)m, (void)part;
	s->count = unpack_count(u);
	s->infinite = unpack_bool(u);
	load_wide(u, s->sum, SUM_N);
	load_wide(u, s->square, SQUARE_N);
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

static void
stdev_final(void *state, const struct metric *m, struct arena *a, struct metric_value *ret)
{
	struct stdev *s = state;
	double n = (double)s->count, d;
	int exponent;

	(void)a;
	ret->count = s->count;
	if (s->count < 2 || s->infinite)
		return;
	spread(s);
	d = wide_round(s->square, SQUARE_N, &exponent);
	if (m->arg[0]->type.kind != TYPE_DECIMAL)
		exponent -= SQUARE_UNIT;
	/* n < 2^53, or what is lost is far behind the last digit that counts.  The exponent is even, so its root is whole. */
	d = ldexp(sqrt(d / (n * (n - 1))), exponent / 2);
	if (m->arg[0]->type.kind == TYPE_DECIMAL)
		d /= pow(10, m->arg[0]->type.scale);
	ret->v = value_real(d);
}

/* v: the standard deviation as a double; null where count < 2 or a value is infinite.  count: values. */
const struct metric_kind metric_stdev = {
	.name = "stdev",
	.doc = "Sample standard deviation (n - 1) of numbers, from exact sums.",
	.class = STATE_CONSTANT,
	.min_args = 1,
	.max_args = 1,
	.state_size = sizeof(struct stdev),
	.need = NEED_VALUE,
	.init = stdev_init,
	.update = stdev_update,
	.merge = stdev_merge,
	.final = stdev_final,
	.save = stdev_save,
	.load = stdev_load,
};
