/*
 * The spellings that nearly all numbers have: what these functions take has the value that those of field.h give it, and what they
 * refuse is left to those.  As functions of a header they become part of the loops over a column.
 */
#ifndef WEIR_SCAN_FIELD_FAST_H
#define WEIR_SCAN_FIELD_FAST_H

#include "base/swar.h"
#include "scan/field.h"

enum { FAST_DIGITS = 15 }; /* fewer than 2^53 */

static inline bool
fast_i64(struct sv s, int64_t *ret)
{
	bool minus = s.n > 0 && *s.p == '-';
	const char *p = s.p + minus;
	size_t n = s.n - minus;
	uint64_t v;

	if (n - 1 > 15 || (*p == '0' && n > 1) || !swar_digits(p, n, &v))
		return false;
	*ret = minus ? -(int64_t)v : (int64_t)v;
	return true;
}

/* A number without exponent. */
struct fast_number {
	uint64_t v;         /* all digits as one number */
	size_t n, fraction; /* digits in all, and behind the point */
	bool minus;
};

static inline bool
fast_number(struct sv s, struct fast_number *ret)
{
	static const uint64_t power[] = {1,
	                                 10,
	                                 100,
	                                 1000,
	                                 10000,
	                                 100000,
	                                 1000000,
	                                 10000000,
	                                 100000000,
	                                 1000000000,
	                                 10000000000,
	                                 100000000000,
	                                 1000000000000,
	                                 10000000000000,
	                                 100000000000000,
	                                 1000000000000000};
	bool minus = s.n > 0 && *s.p == '-';
	const char *p = s.p + minus;
	size_t n = s.n - minus;
	uint64_t x, other, whole, fraction;

	if (n - 1 > FAST_DIGITS)
		return false;
	x = swar_load(p) ^ SWAR_ZEROS;
	other = swar_not_digits(x) & UINT64_MAX >> (64 - 8 * MIN(n, (size_t)8));

	size_t point = other != 0 ? (size_t)__builtin_ctzll(other) / 8 : n;

	ret->minus = minus;
	if (*p == '0' && point > 1)
		return false;
	if (other == 0) {
		ret->n = n;
		ret->fraction = 0;
		return n <= FAST_DIGITS && swar_digits(p, n, &ret->v);
	}
	ret->n = n - 1;
	ret->fraction = n - 1 - point;
	if (p[point] != '.' || n < 2)
		return false;
	if (n <= 8) {
		/* The bytes before the point and those behind it, side by side. */
		uint64_t before = (UINT64_C(1) << (8 * point)) - 1;

		x = ((x & before) | (x >> 8 & ~before)) << (64 - 8 * (n - 1));
		ret->v = swar_value8(x);
		return swar_not_digits(x) == 0;
	}
	if (point == 0 || ret->fraction == 0 || !swar_digits(p, point, &whole) ||
	    !swar_digits(p + point + 1, ret->fraction, &fraction))
		return false;
	ret->v = whole * power[ret->fraction] + fraction;
	return true;
}

static inline bool
fast_f64(struct sv s, double *ret)
{
	static const double power[] = {1e0, 1e1, 1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
	                               1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15};
	struct fast_number d;

	if (!fast_number(s, &d))
		return false;

	/* Both are exact doubles, so that the quotient is rounded once and correctly. */
	double r = (double)(int64_t)d.v / power[d.fraction];

	*ret = d.minus ? -r : r;
	return true;
}

/* As a multiple of 10^-scale. */
static inline bool
fast_scaled(struct sv s, uint8_t scale, int64_t *ret)
{
	static const int64_t power[] = {1, 10, 100, 1000};
	struct fast_number d;

	if (!fast_number(s, &d) || d.fraction > scale || scale - d.fraction >= LEN(power))
		return false;

	int64_t v = (int64_t)d.v * power[scale - d.fraction];

	*ret = d.minus ? -v : v;
	return true;
}

#endif
