/*
 * Numbers as whole multiples of a unit, for exact sums of them and of their powers.
 *
 * Doubles are whole multiples of 2^-1074.  Decimals are whole multiples of 10^-scale of their column, and in a column of decimals everything is
 * counted in that unit.  So a number is m * 2^shift units.
 */
#ifndef WEIR_METRIC_EXACT_H
#define WEIR_METRIC_EXACT_H

#include "metric/packed.h"
#include "metric/vector.h"
#include "metric/wide.h"

enum { EXACT_UNIT = 1074, EXACT_SUM = 70 };

/* Chunks of a sum of k-th powers: 2^63 of the greatest doubles' have 2098 k + 63 bits, and wide_add needs room behind. */
#define EXACT_POWER_SUM(k) ((k)*EXACT_SUM)

struct exact {
	unsigned __int128 m;
	uint32_t shift;
	bool negative, infinite; /* infinite: or NaN; nothing else is meant then */
};

static inline struct exact
exact_i64(int64_t i)
{
	return (struct exact){.m = i < 0 ? -(unsigned __int128)i : (unsigned __int128)i,
	                      .shift = EXACT_UNIT,
	                      .negative = i < 0};
}

static inline struct exact
exact_f64(double r)
{
	uint64_t bits, m;
	uint32_t exponent;

	memcpy(&bits, &r, sizeof(bits));
	exponent = bits >> 52 & 0x7ff;
	m = bits & ((UINT64_C(1) << 52) - 1);
	if (exponent == 0x7ff)
		return (struct exact){.infinite = true};
	if (exponent > 0)
		m |= UINT64_C(1) << 52;
	else
		exponent = 1;
	return (struct exact){.m = m, .shift = exponent - 1, .negative = bits >> 63};
}

/* A value of a column of type t.  ERR_EVAL for what is no number. */
MUST_CHECK bool exact_value(struct value v, struct type t, struct exact *ret, struct err *err);

/* Row i of a vector over a column of type t; the row is valid. */
MUST_CHECK static inline bool
exact_at(const struct vector *v, uint32_t i, struct type t, struct exact *ret, struct err *err)
{
	if (v->rep == REP_F64 && t.kind != TYPE_DECIMAL) {
		*ret = exact_f64(v->f64[i]);
		return true;
	}
	if (v->rep == REP_I64 && v->type.kind == TYPE_INTEGER && t.kind != TYPE_DECIMAL) {
		*ret = exact_i64(v->i64[i]);
		return true;
	}
	return exact_value(vector_value(v, i), t, ret, err);
}

/* Sums as saved states: carried. */
void exact_save(struct buf *b, int64_t *chunk, size_t n);
void exact_load(struct unpack *u, int64_t *chunk, size_t n);
/* Adds one sum to another; both are carried then. */
void exact_merge(int64_t *into, int64_t *from, size_t n);

/*
 * Signed whole numbers that are wide enough for n times a sum of fourth powers, n to the third, and what else the moments need.  Made from
 * carried sums; nothing in between is rounded.
 */
enum { EXACT_BIG = EXACT_POWER_SUM(4) + 16 };
struct exact_big {
	int64_t chunk[EXACT_BIG]; /* carried, not negative */
	bool negative;
};
void exact_big_sum(struct exact_big *ret, const int64_t *chunk, size_t n);
void exact_big_i64(struct exact_big *ret, int64_t i);
void exact_big_mul(struct exact_big *ret, const struct exact_big *a, const struct exact_big *b);
/* *into += times * a, |times| < 2^20. */
void exact_big_add(struct exact_big *into, const struct exact_big *a, int times);
bool exact_big_is_zero(const struct exact_big *a);
/* As a double * 2^*exponent, rounded once; *exponent is a multiple of 32. */
double exact_big_round(const struct exact_big *a, int *exponent);

#endif
