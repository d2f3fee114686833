/*
 * Digits a register at a time: numbers of up to 16 of them, dates and times in the layout that programs write.
 *
 * A byte of a digit, XORed with '0', is its value; adding six leaves the upper half zero only for digits.  So eight bytes are tested
 * by one addition, and put together by one multiplication for pairs, one for fours and one for all.
 *
 * All texts must be followed by SIMD_PAD readable bytes.
 */
#ifndef WEIR_BASE_SWAR_H
#define WEIR_BASE_SWAR_H

#include "base/civil.h"
#include "base/simd.h"

#define SWAR_ZEROS UINT64_C(0x3030303030303030)
#define SWAR_SIX UINT64_C(0x0606060606060606)
#define SWAR_UPPER UINT64_C(0xF0F0F0F0F0F0F0F0)

/* Eight bytes, the first one lowest. */
static inline uint64_t
swar_load(const char *p)
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
swar_not_digits(uint64_t x)
{
	return (x | (x + SWAR_SIX)) & SWAR_UPPER;
}

/* Eight digits, the first one lowest. */
static inline uint64_t
swar_value8(uint64_t x)
{
	x = x * 2561 >> 8;
	x = (x & UINT64_C(0x00FF00FF00FF00FF)) * 6553601 >> 16;
	return (x & UINT64_C(0x0000FFFF0000FFFF)) * UINT64_C(42949672960001) >> 32;
}

/* The number of n digits, 1 <= n <= 16. */
static inline bool
swar_digits(const char *p, size_t n, uint64_t *ret)
{
	uint64_t last, first;

	if (n <= 8) {
		/* What is shifted in is zeros, which count as digits in front. */
		last = (swar_load(p) ^ SWAR_ZEROS) << (64 - 8 * n);
		*ret = swar_value8(last);
		return swar_not_digits(last) == 0;
	}
	first = (swar_load(p) ^ SWAR_ZEROS) << (128 - 8 * n);
	last = swar_load(p + n - 8) ^ SWAR_ZEROS;
	*ret = swar_value8(first) * 100000000 + swar_value8(last);
	return (swar_not_digits(first) | swar_not_digits(last)) == 0;
}

/* The day of a date, 1 <= month <= 15; false if there is none. */
static inline bool
swar_days(uint32_t year, uint32_t month, uint32_t day, int64_t *ret)
{
	static const uint8_t longest[16] = {0, 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31, 0, 0, 0};
	/* Days of the year that begins in March, before the month. */
	static const uint16_t before[16] = {0,   306, 337, 0,   31,  61, 92, 122,
	                                    153, 184, 214, 245, 275, 0,  0,  0};
	uint32_t y = year - (month <= 2);

	if (day - 1 >= longest[month] || year == 0)
		return false;
	if (UNLIKELY(day == 29 && month == 2) && civil_month_days((int32_t)year, 2) < 29)
		return false;
	*ret = (int64_t)(365 * y + y / 4 - y / 100 + y / 400 + before[month] + day) - 719469;
	return true;
}

static inline uint32_t
swar_two(uint64_t x, unsigned byte)
{
	return (uint32_t)(x >> (8 * byte) & 0xF) * 10 + (uint32_t)(x >> (8 * byte + 8) & 0xF);
}

/* YYYY-MM-DD at p, followed by SIMD_PAD readable bytes. */
static inline bool
swar_date(const char *p, int64_t *days)
{
	/* "0000-00-": where a dash is meant, the sum must not reach the upper half either. */
	uint64_t x = swar_load(p) ^ UINT64_C(0x2D30302D30303030);
	uint64_t d = swar_load(p + 2) >> 48 ^ 0x3030;
	uint64_t bad = (x | (x + UINT64_C(0x0F06060F06060606))) | (d | (d + 0x0606));
	uint32_t year = swar_two(x, 0) * 100 + swar_two(x, 2), month = swar_two(x, 5);

	return (bad & SWAR_UPPER) == 0 && month <= 12 && swar_days(year, month, swar_two(d, 0), days);
}

/* YYYY-MM-DD[T ]HH:MM:SS at p. */
static inline bool
swar_time(const char *p, int64_t *us)
{
	uint64_t x = swar_load(p + 11) ^ UINT64_C(0x30303A30303A3030); /* "00:00:00" */
	uint64_t bad = (x | (x + UINT64_C(0x06060F06060F0606))) & SWAR_UPPER;
	uint32_t hour = swar_two(x, 0), minute = swar_two(x, 3), second = swar_two(x, 6);
	int64_t days;

	if (bad != 0 || hour > 23 || minute > 59 || second > 59 || (p[10] != 'T' && p[10] != ' ') ||
	    !swar_date(p, &days))
		return false;
	*us = (days * 86400 + (int64_t)(hour * 3600 + minute * 60 + second)) * US_PER_S;
	return true;
}

#endif
