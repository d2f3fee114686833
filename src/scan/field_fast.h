/*
 * The spellings that nearly all fields have, a register at a time: what these functions take has the value that those of field.h
 * give it, and what they refuse is left to those.  As functions of a header they become part of the loops over a column.
 *
 * A byte of a digit, XORed with '0', is its value; adding six leaves the upper half zero only for digits.  So eight bytes are tested
 * by one addition, and put together by one multiplication for pairs, one for fours and one for all.
 */
#ifndef WEIR_SCAN_FIELD_FAST_H
#define WEIR_SCAN_FIELD_FAST_H

#include "base/civil.h"
#include "scan/field.h"

#define FAST_ZEROS UINT64_C(0x3030303030303030)
#define FAST_SIX UINT64_C(0x0606060606060606)
#define FAST_UPPER UINT64_C(0xF0F0F0F0F0F0F0F0)

enum { FAST_DIGITS = 15 }; /* fewer than 2^53 */

/* Eight bytes, the first one lowest. */
static inline uint64_t
fast_load(const char *p)
{
	uint64_t v;

	memcpy(&v, p, sizeof(v));
#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
	v = __builtin_bswap64(v);
#endif
	return v;
}

/* Bits in the bytes that are no digits, given bytes XORed with '0'.  Behind the first of these, digits may have some, too. */
static inline uint64_t
fast_not_digits(uint64_t x)
{
	return (x | (x + FAST_SIX)) & FAST_UPPER;
}

/* Eight digits, the first one lowest. */
static inline uint64_t
fast_value8(uint64_t x)
{
	x = x * 2561 >> 8;
	x = (x & UINT64_C(0x00FF00FF00FF00FF)) * 6553601 >> 16;
	return (x & UINT64_C(0x0000FFFF0000FFFF)) * UINT64_C(42949672960001) >> 32;
}

/* The number of n digits, 1 <= n <= 16. */
static inline bool
fast_digits(const char *p, size_t n, uint64_t *ret)
{
	uint64_t last, first;

	if (n <= 8) {
		/* What is shifted in is zeros, which count as digits in front. */
		last = (fast_load(p) ^ FAST_ZEROS) << (64 - 8 * n);
		*ret = fast_value8(last);
		return fast_not_digits(last) == 0;
	}
	first = (fast_load(p) ^ FAST_ZEROS) << (128 - 8 * n);
	last = fast_load(p + n - 8) ^ FAST_ZEROS;
	*ret = fast_value8(first) * 100000000 + fast_value8(last);
	return (fast_not_digits(first) | fast_not_digits(last)) == 0;
}

static inline bool
fast_i64(struct sv s, int64_t *ret)
{
	bool minus = s.n > 0 && *s.p == '-';
	const char *p = s.p + minus;
	size_t n = s.n - minus;
	uint64_t v;

	if (n - 1 > 15 || (*p == '0' && n > 1) || !fast_digits(p, n, &v))
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
	x = fast_load(p) ^ FAST_ZEROS;
	other = fast_not_digits(x);
	if (n < 8)
		other &= (UINT64_C(1) << (8 * n)) - 1;

	size_t point = other != 0 ? (size_t)__builtin_ctzll(other) / 8 : n;

	ret->minus = minus;
	if (*p == '0' && point > 1)
		return false;
	if (other == 0) {
		ret->n = n;
		ret->fraction = 0;
		return n <= FAST_DIGITS && fast_digits(p, n, &ret->v);
	}
	ret->n = n - 1;
	ret->fraction = n - 1 - point;
	if (p[point] != '.' || n < 2)
		return false;
	if (n <= 8) {
		/* The bytes before the point and those behind it, side by side. */
		uint64_t before = (UINT64_C(1) << (8 * point)) - 1;

		x = ((x & before) | (x >> 8 & ~before)) << (64 - 8 * (n - 1));
		ret->v = fast_value8(x);
		return fast_not_digits(x) == 0;
	}
	if (point == 0 || ret->fraction == 0 || !fast_digits(p, point, &whole) ||
	    !fast_digits(p + point + 1, ret->fraction, &fraction))
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

static inline uint32_t
fast_two(uint64_t x, unsigned byte)
{
	return (uint32_t)(x >> (8 * byte) & 0xF) * 10 + (uint32_t)(x >> (8 * byte + 8) & 0xF);
}

/* YYYY-MM-DD at p, followed by FIELD_PAD readable bytes. */
static inline bool
fast_date(const char *p, int64_t *days)
{
	static const uint8_t longest[16] = {0, 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31, 0, 0, 0};
	/* Days of the year that begins in March, before the month. */
	static const uint16_t before[16] = {0,   306, 337, 0,   31,  61, 92, 122,
	                                    153, 184, 214, 245, 275, 0,  0,  0};
	/* "0000-00-": where a dash is meant, the sum must not reach the upper half either. */
	uint64_t x = fast_load(p) ^ UINT64_C(0x2D30302D30303030);
	uint64_t d = fast_load(p + 2) >> 48 ^ 0x3030;
	uint64_t bad = (x | (x + UINT64_C(0x0F06060F06060606))) | (d | (d + 0x0606));
	uint32_t year = fast_two(x, 0) * 100 + fast_two(x, 2), month = fast_two(x, 5) & 15,
		 day = fast_two(d, 0);
	uint32_t y = year - (month <= 2);

	if ((bad & FAST_UPPER) != 0 || fast_two(x, 5) > 12 || day - 1 >= longest[month] || year == 0)
		return false;
	if (UNLIKELY(day == 29 && month == 2) && civil_month_days((int32_t)year, 2) < 29)
		return false;
	*days = (int64_t)(365 * y + y / 4 - y / 100 + y / 400 + before[month] + day) - 719469;
	return true;
}

/* YYYY-MM-DD[T ]HH:MM:SS at p. */
static inline bool
fast_time(const char *p, int64_t *us)
{
	uint64_t x = fast_load(p + 11) ^ UINT64_C(0x30303A30303A3030); /* "00:00:00" */
	uint64_t bad = (x | (x + UINT64_C(0x06060F06060F0606))) & FAST_UPPER;
	uint32_t hour = fast_two(x, 0), minute = fast_two(x, 3), second = fast_two(x, 6);
	int64_t days;

	if (bad != 0 || hour > 23 || minute > 59 || second > 59 || (p[10] != 'T' && p[10] != ' ') ||
	    !fast_date(p, &days))
		return false;
	*us = (days * 86400 + (int64_t)(hour * 3600 + minute * 60 + second)) * US_PER_S;
	return true;
}

#endif
