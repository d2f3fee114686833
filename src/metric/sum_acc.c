/* The accumulator behind sums and means. */
#include <math.h>

#include "metric/sum.h"

/*
 * Doubles in a superaccumulator.  A finite double is m * 2^shift in units of 2^-1074, m below 2^53: it is cut where a chunk ends,
 *
 *	chunk   …  k+1   |   k    | …
 *	m           [high | low]
 *
 * and its pieces, below 2^52 and 2^32, are added to two neighbours.  Chunks are wider than their 32 bits, so carries wait.
 */
enum { CARRY_EVERY = 1024 };

#define CHUNK_MASK UINT64_C(0xffffffff)

/* Each chunk but the last comes to lie in [0, 2^32); the last carries the sign. */
static void
carry(struct sum_acc *s)
{
	for (size_t i = 0; i + 1 < SUM_CHUNKS; i++) {
		s->chunk[i + 1] += s->chunk[i] >> 32;
		s->chunk[i] &= (int64_t)CHUNK_MASK;
	}
	s->pending = 1;
}

static void
add_real(struct sum_acc *s, double r)
{
	uint64_t bits;

	memcpy(&bits, &r, sizeof(bits));
	uint32_t exponent = bits >> 52 & 0x7ff;
	int64_t m = (int64_t)(bits & ((UINT64_C(1) << 52) - 1));
	if (exponent == 0x7ff) {
		if (m == 0 && r > 0)
			s->plus_inf = true;
		else if (m == 0)
			s->minus_inf = true;
		return;
	}
	if (exponent > 0)
		m |= INT64_C(1) << 52;
	else
		exponent = 1;
	uint32_t k = (exponent - 1) / 32, low = (exponent - 1) % 32;
	int64_t sign = -(int64_t)(bits >> 63);
	/* (x ^ sign) - sign negates x if sign is -1. */
	s->chunk[k] += ((int64_t)((uint64_t)m << low & CHUNK_MASK) ^ sign) - sign;
	s->chunk[k + 1] += ((m >> (32 - low)) ^ sign) - sign;
}

static void
add_reals(struct sum_acc *s, const double *r, uint64_t mask)
{
	int n = __builtin_popcountll(mask);

	if (n == 0)
		return;
	if (s->pending + 64 > CARRY_EVERY)
		carry(s);
	s->pending += 64;
	s->count += n;
	s->has_real = true;
	if (mask == UINT64_MAX) {
		for (int i = 0; i < 64; i++)
			add_real(s, r[i]);
		return;
	}
	for (; mask != 0; mask &= mask - 1)
		add_real(s, r[__builtin_ctzll(mask)]);
}

/* Rounds once, halves to even. */
static double
round_chunks(const struct sum_acc *s)
{
	struct sum_acc t = *s;
	size_t top = SUM_CHUNKS - 1;
	double sign = 1;

	carry(&t);
	if (t.chunk[SUM_CHUNKS - 1] < 0) {
		sign = -1;
		for (size_t i = 0; i < SUM_CHUNKS; i++)
			t.chunk[i] = -t.chunk[i];
		carry(&t);
	}
	while (top > 0 && t.chunk[top] == 0)
		top--;
	if (top < 2) /* below 2^64 units: exact in the range of subnormals, and rounded right above it */
		return sign * ldexp((double)((uint64_t)t.chunk[1] << 32 | (uint64_t)t.chunk[0]), -1074);
	unsigned __int128 m = (unsigned __int128)(uint64_t)t.chunk[top] << 64 |
	                      (uint64_t)t.chunk[top - 1] << 32 | (uint64_t)t.chunk[top - 2];
	/* m has more than 64 bits, 53 of which stay: anything below it only tells a half from more than a half. */
	for (size_t i = 0; i + 2 < top; i++)
		if (t.chunk[i] != 0) {
			m |= 1;
			break;
		}
	return sign * ldexp((double)m, (int)(32 * (top - 2)) - 1074);
}

static void
add_exact(struct sum_acc *s, __int128 coeff, uint8_t scale)
{
	struct decimal sum, a = {.coeff = s->exact, .scale = s->scale}, b = {.coeff = coeff, .scale = scale};

	if (scale == s->scale) {
		if (__builtin_add_overflow(s->exact, coeff, &s->exact))
			s->overflow = true;
		return;
	}
	uint8_t to = MAX(s->scale, scale);
	if (s->overflow || !decimal_rescale(a, to, &a) || !decimal_rescale(b, to, &b) ||
	    __builtin_add_overflow(a.coeff, b.coeff, &sum.coeff)) {
		s->overflow = true;
		return;
	}
	s->exact = sum.coeff;
	s->scale = to;
}

static void
add_int(struct sum_acc *s, __int128 i, uint8_t scale, int64_t n)
{
	s->count += n;
	add_exact(s, i, scale);
}

void
sum_acc_init(struct sum_acc *s)
{
	*s = (struct sum_acc){0};
}

void
sum_acc_add_value(struct sum_acc *s, struct value v)
{
	switch (v.kind) {
	case VALUE_NULL:
		return;
	case VALUE_BOOL:
		add_int(s, v.b, 0, 1);
		return;
	case VALUE_INT:
		add_int(s, v.i, 0, 1);
		return;
	case VALUE_DECIMAL:
		add_int(s, v.d.coeff, v.d.scale, 1);
		return;
	case VALUE_REAL:
		add_reals(s, &v.r, 1);
		return;
	default:
		s->has_text = true;
	}
}

static void
add_i64(struct sum_acc *s, const struct vector *v, const uint64_t *selected)
{
	uint8_t scale = v->type.kind == TYPE_DECIMAL ? v->type.scale : 0;
	__int128 sum = 0;
	int64_t n = 0;

	for (size_t w = 0; w < BITMAP_WORDS(v->rows); w++) {
		uint64_t mask = v->valid[w] & selected[w];
		const int64_t *p = v->i64 + w * 64;

		n += __builtin_popcountll(mask);
		if (mask == UINT64_MAX) {
			for (int i = 0; i < 64; i++)
				sum += p[i];
			continue;
		}
		for (; mask != 0; mask &= mask - 1)
			sum += p[__builtin_ctzll(mask)];
	}
	if (n > 0)
		add_int(s, sum, scale, n);
}

void
sum_acc_add_vector(struct sum_acc *s, const struct vector *v, const uint64_t *selected)
{
	if (v->rep == REP_LENGTH || (v->rep == REP_I64 && !type_is_temporal(v->type))) {
		add_i64(s, v, selected);
		return;
	}
	for (size_t w = 0; w < BITMAP_WORDS(v->rows); w++) {
		uint64_t mask = v->valid[w] & selected[w];

		if (v->rep == REP_F64) {
			add_reals(s, v->f64 + w * 64, mask);
		} else if (v->rep == REP_BITS) {
			int n = __builtin_popcountll(mask);

			if (n > 0)
				add_int(s, __builtin_popcountll(mask & v->bits[w]), 0, n);
		} else {
			for (; mask != 0; mask &= mask - 1)
				sum_acc_add_value(
					s,
					vector_value(v, (uint32_t)w * 64 + (uint32_t)__builtin_ctzll(mask)));
		}
	}
}

/* A double n times: the product of m and n has at most 85 bits, and 31 more where it is shifted to its place. */
static void
weigh_real(struct sum_acc *s, double r, uint32_t n)
{
	uint64_t bits, m;
	uint32_t exponent;

	memcpy(&bits, &r, sizeof(bits));
	exponent = bits >> 52 & 0x7ff;
	m = bits & ((UINT64_C(1) << 52) - 1);
	if (exponent == 0x7ff) {
		add_real(s, r);
		return;
	}
	if (exponent > 0)
		m |= UINT64_C(1) << 52;
	else
		exponent = 1;

	unsigned __int128 product = (unsigned __int128)m * n << (exponent - 1) % 32;

	for (uint32_t k = (exponent - 1) / 32; product != 0; product >>= 32, k++) {
		int64_t piece = (int64_t)((uint64_t)product & CHUNK_MASK);

		s->chunk[k] += bits >> 63 ? -piece : piece;
	}
}

/* One by one where the product is too wide, since values of the other sign may lead back. */
static void
weigh_exact(struct sum_acc *s, __int128 coeff, uint8_t scale, uint32_t n)
{
	__int128 product;

	s->count += n;
	if (!__builtin_mul_overflow(coeff, (__int128)n, &product))
		add_exact(s, product, scale);
	else
		for (uint32_t i = 0; i < n; i++)
			add_exact(s, coeff, scale);
}

static void
weigh_value(struct sum_acc *s, struct value v, uint32_t n)
{
	switch (v.kind) {
	case VALUE_NULL:
		return;
	case VALUE_BOOL:
		weigh_exact(s, v.b, 0, n);
		return;
	case VALUE_INT:
		weigh_exact(s, v.i, 0, n);
		return;
	case VALUE_DECIMAL:
		weigh_exact(s, v.d.coeff, v.d.scale, n);
		return;
	case VALUE_REAL:
		if (s->pending + 1 > CARRY_EVERY)
			carry(s);
		s->pending++;
		s->count += n;
		s->has_real = true;
		weigh_real(s, v.r, n);
		return;
	default:
		s->has_text = true;
	}
}

/* The products of a vector of 64 bits and 32 bits each do not fill 128. */
static void
weigh_i64(struct sum_acc *s, const struct vector *v, const uint64_t *selected, const uint32_t *times)
{
	__int128 sum = 0;
	int64_t n = 0;

	for (size_t w = 0; w < BITMAP_WORDS(v->rows); w++)
		for (uint64_t mask = v->valid[w] & selected[w]; mask != 0; mask &= mask - 1) {
			size_t i = w * 64 + (size_t)__builtin_ctzll(mask);

			sum += (__int128)v->i64[i] * times[i];
			n += times[i];
		}
	if (n > 0)
		add_int(s, sum, v->type.kind == TYPE_DECIMAL ? v->type.scale : 0, n);
}

void
sum_acc_weigh_vector(struct sum_acc *s, const struct vector *v, const uint64_t *selected,
                     const uint32_t *times)
{
	if (v->rep == REP_LENGTH || (v->rep == REP_I64 && !type_is_temporal(v->type))) {
		weigh_i64(s, v, selected, times);
		return;
	}
	for (size_t w = 0; w < BITMAP_WORDS(v->rows); w++)
		for (uint64_t mask = v->valid[w] & selected[w]; mask != 0; mask &= mask - 1) {
			uint32_t i = (uint32_t)(w * 64) + (uint32_t)__builtin_ctzll(mask);

			weigh_value(s, vector_value(v, i), times[i]);
		}
}

void
sum_acc_merge(struct sum_acc *s, struct sum_acc *from)
{
	int64_t count = s->count + from->count;

	if (from->count > 0)
		add_exact(s, from->exact, from->scale);
	s->count = count;
	s->overflow |= from->overflow;
	s->has_text |= from->has_text;
	s->plus_inf |= from->plus_inf;
	s->minus_inf |= from->minus_inf;
	if (!from->has_real)
		return;
	s->has_real = true;
	carry(s);
	carry(from);
	for (size_t i = 0; i < SUM_CHUNKS; i++)
		s->chunk[i] += from->chunk[i];
	s->pending = 2;
}

/* The sum of everything as a double. */
static double
real_sum(const struct sum_acc *s)
{
	struct sum_acc t = *s;

	if (s->plus_inf || s->minus_inf)
		return s->plus_inf && s->minus_inf ? NAN : s->plus_inf ? INFINITY : -INFINITY;
	if (t.exact == 0)
		return round_chunks(&t);
	carry(&t);
	if (t.scale > 0) {
		add_real(&t, decimal_to_f64((struct decimal){.coeff = t.exact, .scale = t.scale}));
		return round_chunks(&t);
	}
	/* Integers go in exactly, 32 bits at a time. */
	unsigned __int128 m = t.exact < 0 ? -(unsigned __int128)t.exact : (unsigned __int128)t.exact;
	for (int i = 0; i < 4; i++, m >>= 32) {
		double piece = ldexp((double)(uint32_t)m, 32 * i);

		add_real(&t, t.exact < 0 ? -piece : piece);
	}
	return round_chunks(&t);
}

static bool
check(const struct sum_acc *s, struct err *err)
{
	if (s->has_text)
		return err_set(err, ERR_EVAL, NOWHERE, "cannot add values that are not numbers");
	if (s->overflow)
		return err_set(err, ERR_EVAL, NOWHERE, "the sum has more than 38 digits");
	return true;
}

/* Up to 38 digits: 128 bits hold a little more. */
static bool
fits_decimal(__int128 i)
{
	static const uint64_t e19 = UINT64_C(10000000000000000000);
	__int128 max = (__int128)e19 * e19;

	return i < max && i > -max;
}

bool
sum_acc_value(struct sum_acc *s, struct value *ret, struct err *err)
{
	if (!check(s, err))
		return false;
	if (s->count == 0)
		*ret = VALUE_NONE;
	else if (s->has_real)
		*ret = value_real(real_sum(s));
	else if (!fits_decimal(s->exact))
		return err_set(err, ERR_EVAL, NOWHERE, "the sum has more than 38 digits");
	else if (s->scale == 0 && s->exact >= INT64_MIN && s->exact <= INT64_MAX)
		*ret = value_int((int64_t)s->exact);
	else
		*ret = (struct value){.kind = VALUE_DECIMAL, .d = {.coeff = s->exact, .scale = s->scale}};
	return true;
}

bool
sum_acc_mean(struct sum_acc *s, struct value *ret, struct err *err)
{
	double sum;

	if (!check(s, err))
		return false;
	if (s->count == 0) {
		*ret = VALUE_NONE;
		return true;
	}
	if (s->has_real || s->scale == 0)
		sum = real_sum(s);
	else
		sum = decimal_to_f64((struct decimal){.coeff = s->exact, .scale = s->scale});
	*ret = value_real(sum / (double)s->count);
	return true;
}

enum { FLAG_OVERFLOW = 1, FLAG_REAL = 2, FLAG_TEXT = 4, FLAG_PLUS_INF = 8, FLAG_MINUS_INF = 16, FLAGS = 31 };

void
sum_acc_save(struct sum_acc *s, struct buf *b)
{
	unsigned flags = (s->overflow ? FLAG_OVERFLOW : 0u) | (s->has_real ? FLAG_REAL : 0u) |
	                 (s->has_text ? FLAG_TEXT : 0u) | (s->plus_inf ? FLAG_PLUS_INF : 0u) |
	                 (s->minus_inf ? FLAG_MINUS_INF : 0u);

	pack_u64(b, (uint64_t)s->count);
	pack_u64(b, flags);
	pack_u64(b, s->scale);
	pack_i128(b, s->exact);
	if (!s->has_real)
		return;
	carry(s);
	for (size_t i = 0; i < SUM_CHUNKS; i++)
		pack_i64(b, s->chunk[i]);
}

void
sum_acc_load(struct sum_acc *s, struct unpack *u)
{
	unsigned flags;

	s->count = unpack_count(u);
	flags = (unsigned)unpack_most(u, FLAGS);
	s->scale = (uint8_t)unpack_most(u, 38);
	s->exact = unpack_i128(u);
	s->overflow = flags & FLAG_OVERFLOW;
	s->has_real = flags & FLAG_REAL;
	s->has_text = flags & FLAG_TEXT;
	s->plus_inf = flags & FLAG_PLUS_INF;
	s->minus_inf = flags & FLAG_MINUS_INF;
	for (size_t i = 0; s->has_real && i < SUM_CHUNKS; i++) {
		s->chunk[i] = unpack_i64(u);
		if (i + 1 < SUM_CHUNKS
		            ? s->chunk[i] < 0 || s->chunk[i] > (int64_t)CHUNK_MASK
		            : s->chunk[i] < -(int64_t)CHUNK_MASK || s->chunk[i] > (int64_t)CHUNK_MASK)
			unpack_spoil(u);
	}
	s->pending = 1;
}
