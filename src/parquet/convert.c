/*
 * Times: nanoseconds are cut to the microsecond below; what is not a time, or beyond 64 bits of microseconds, is an error.  INT96 wraps
 * around, as its writers have it.  Integers of 64 bits without sign are decimals, for half of them fit nothing else.  Decimals must keep
 * to their digits.
 */
#include "parquet/convert.h"

#include <math.h>
#include <stdio.h>

#define DAY_US INT64_C(86400000000)
#define NS_IN_US 1000

static const char too_many_digits[] = "a decimal has more digits than its type",
		  no_time[] = "a time does not fit 64 bits of microseconds",
		  no_clock[] = "a time of day lies outside the day";

static inline int32_t
load_i32(const uint8_t *p)
{
	int32_t v;

	memcpy(&v, p, sizeof(v));
	return v;
}

static inline int64_t
load_i64(const uint8_t *p)
{
	int64_t v;

	memcpy(&v, p, sizeof(v));
	return v;
}

const char *
convert_boolean(const struct leaf *l, const struct raw *r, uint32_t n, void *dst, char *texts)
{
	(void)l;
	(void)texts;
	memcpy(dst, r->p, n);
	return NULL;
}

const char *
convert_copy_64(const struct leaf *l, const struct raw *r, uint32_t n, void *dst, char *texts)
{
	(void)l;
	(void)texts;
	memcpy(dst, r->p, (size_t)n * 8);
	return NULL;
}

const char *
convert_from_i32(const struct leaf *l, const struct raw *r, uint32_t n, void *dst, char *texts)
{
	int64_t *to = dst;

	(void)l;
	(void)texts;
	for (uint32_t i = 0; i < n; i++)
		to[i] = load_i32(r->p + 4 * (size_t)i);
	return NULL;
}

const char *
convert_from_u32(const struct leaf *l, const struct raw *r, uint32_t n, void *dst, char *texts)
{
	int64_t *to = dst;

	(void)l;
	(void)texts;
	for (uint32_t i = 0; i < n; i++)
		to[i] = (uint32_t)load_i32(r->p + 4 * (size_t)i);
	return NULL;
}

const char *
convert_from_u64(const struct leaf *l, const struct raw *r, uint32_t n, void *dst, char *texts)
{
	__int128 *to = dst;

	(void)l;
	(void)texts;
	for (uint32_t i = 0; i < n; i++)
		to[i] = (uint64_t)load_i64(r->p + 8 * (size_t)i);
	return NULL;
}

const char *
convert_from_float(const struct leaf *l, const struct raw *r, uint32_t n, void *dst, char *texts)
{
	double *to = dst;
	float f;

	(void)l;
	(void)texts;
	for (uint32_t i = 0; i < n; i++) {
		memcpy(&f, r->p + 4 * (size_t)i, sizeof(f));
		to[i] = (double)f;
	}
	return NULL;
}

/* IEEE 754 binary16: sign, 5 bits of exponent, 10 of fraction. */
static double
half(uint16_t h)
{
	int exponent = h >> 10 & 31;
	int fraction = h & 1023;
	double r;

	if (exponent == 31)
		r = fraction != 0 ? (double)NAN : (double)INFINITY;
	else
		r = ldexp(exponent == 0 ? fraction : fraction + 1024, MAX(exponent, 1) - 25);
	return h >> 15 ? -r : r;
}

const char *
convert_from_half(const struct leaf *l, const struct raw *r, uint32_t n, void *dst, char *texts)
{
	double *to = dst;

	(void)l;
	(void)texts;
	for (uint32_t i = 0; i < n; i++)
		to[i] = half((uint16_t)(r->p[2 * i] | r->p[2 * i + 1] << 8));
	return NULL;
}

static __int128
ten_to(unsigned n)
{
	__int128 r = 1;

	while (n-- > 0)
		r *= 10;
	return r;
}

static const char *
check_digits(const struct leaf *l, const int64_t *v, uint32_t n)
{
	int64_t limit = (int64_t)ten_to(l->type.precision), least = 0, most = 0;

	for (uint32_t i = 0; i < n; i++) {
		least = MIN(least, v[i]);
		most = MAX(most, v[i]);
	}
	return least > -limit && most < limit ? NULL : too_many_digits;
}

const char *
convert_decimal_i32(const struct leaf *l, const struct raw *r, uint32_t n, void *dst, char *texts)
{
	(void)convert_from_i32(l, r, n, dst, texts);
	return check_digits(l, dst, n);
}

const char *
convert_decimal_i64(const struct leaf *l, const struct raw *r, uint32_t n, void *dst, char *texts)
{
	(void)convert_copy_64(l, r, n, dst, texts);
	return check_digits(l, dst, n);
}

/* Two's complement, big-endian, of any length.  False if 128 bits do not hold it. */
static bool
big_number(const uint8_t *p, size_t n, __int128 *ret)
{
	uint8_t fill = n > 0 && p[0] >= 0x80 ? 0xff : 0;
	unsigned __int128 v = fill != 0 ? ~(unsigned __int128)0 : 0;

	for (; n > 16; n--, p++)
		if (*p != fill)
			return false;
	if (n == 16 && (p[0] >= 0x80) != (fill != 0))
		return false;
	for (size_t i = 0; i < n; i++)
		v = v << 8 | p[i];
	*ret = (__int128)v;
	return true;
}

static bool
nth_number(const struct leaf *l, const struct raw *r, uint32_t i, __int128 limit, __int128 *ret)
{
	const uint8_t *p = l->width > 0 ? r->p + (size_t)i * l->width : (const uint8_t *)r->text[i].p;
	size_t n = l->width > 0 ? l->width : r->text[i].n;

	return big_number(p, n, ret) && *ret > -limit && *ret < limit;
}

const char *
convert_decimal_bytes(const struct leaf *l, const struct raw *r, uint32_t n, void *dst, char *texts)
{
	__int128 limit = ten_to(l->type.precision), v;
	int64_t *to = dst;

	(void)texts;
	for (uint32_t i = 0; i < n; i++) {
		if (!nth_number(l, r, i, limit, &v))
			return too_many_digits;
		to[i] = (int64_t)v;
	}
	return NULL;
}

const char *
convert_decimal_wide(const struct leaf *l, const struct raw *r, uint32_t n, void *dst, char *texts)
{
	__int128 limit = ten_to(l->type.precision), *to = dst;

	(void)texts;
	for (uint32_t i = 0; i < n; i++)
		if (!nth_number(l, r, i, limit, &to[i]))
			return too_many_digits;
	return NULL;
}

const char *
convert_time_millis(const struct leaf *l, const struct raw *r, uint32_t n, void *dst, char *texts)
{
	int64_t *to = dst;

	(void)l;
	(void)texts;
	for (uint32_t i = 0; i < n; i++)
		if (__builtin_mul_overflow(load_i64(r->p + 8 * (size_t)i), 1000, &to[i]))
			return no_time;
	return NULL;
}

static int64_t
floor_us(int64_t ns)
{
	return ns / NS_IN_US - (ns % NS_IN_US < 0);
}

const char *
convert_time_nanos(const struct leaf *l, const struct raw *r, uint32_t n, void *dst, char *texts)
{
	int64_t *to = dst;

	(void)l;
	(void)texts;
	for (uint32_t i = 0; i < n; i++)
		to[i] = floor_us(load_i64(r->p + 8 * (size_t)i));
	return NULL;
}

/* Nanoseconds of the day, and the Julian day: 2440588 is 1970-01-01. */
const char *
convert_time_int96(const struct leaf *l, const struct raw *r, uint32_t n, void *dst, char *texts)
{
	int64_t *to = dst;

	(void)l;
	(void)texts;
	for (uint32_t i = 0; i < n; i++) {
		const uint8_t *p = r->p + 12 * (size_t)i;
		uint64_t days = (uint64_t)(int64_t)load_i32(p + 8) - UINT64_C(2440588);

		to[i] = (int64_t)(days * (uint64_t)DAY_US + (uint64_t)floor_us(load_i64(p)));
	}
	return NULL;
}

/* hh:mm:ss.ffffff, always with six digits: so the order of texts is that of times. */
static const char *
clock_text(int64_t us, struct sv *ret, char *text)
{
	char s[CONVERT_CLOCK + 1];

	if (us < 0 || us >= DAY_US)
		return no_clock;

	unsigned rest = (unsigned)(us % 1000000), seconds = (unsigned)(us / 1000000);

	snprintf(s, sizeof(s), "%02u:%02u:%02u.%06u", seconds / 3600 % 24, seconds / 60 % 60, seconds % 60,
	         rest % 1000000);
	memcpy(text, s, CONVERT_CLOCK);
	*ret = (struct sv){text, CONVERT_CLOCK};
	return NULL;
}

const char *
convert_clock_millis(const struct leaf *l, const struct raw *r, uint32_t n, void *dst, char *texts)
{
	const char *why = NULL;

	(void)l;
	for (uint32_t i = 0; i < n && why == NULL; i++)
		why = clock_text(load_i32(r->p + 4 * (size_t)i) * INT64_C(1000), (struct sv *)dst + i,
		                 texts + (size_t)i * CONVERT_CLOCK);
	return why;
}

const char *
convert_clock_micros(const struct leaf *l, const struct raw *r, uint32_t n, void *dst, char *texts)
{
	const char *why = NULL;

	(void)l;
	for (uint32_t i = 0; i < n && why == NULL; i++)
		why = clock_text(load_i64(r->p + 8 * (size_t)i), (struct sv *)dst + i,
		                 texts + (size_t)i * CONVERT_CLOCK);
	return why;
}

const char *
convert_clock_nanos(const struct leaf *l, const struct raw *r, uint32_t n, void *dst, char *texts)
{
	const char *why = NULL;

	(void)l;
	for (uint32_t i = 0; i < n && why == NULL; i++)
		why = clock_text(floor_us(load_i64(r->p + 8 * (size_t)i)), (struct sv *)dst + i,
		                 texts + (size_t)i * CONVERT_CLOCK);
	return why;
}

const char *
convert_bytes(const struct leaf *l, const struct raw *r, uint32_t n, void *dst, char *texts)
{
	struct sv *to = dst;

	(void)texts;
	if (l->width == 0)
		memcpy(to, r->text, n * sizeof(*to));
	else
		for (uint32_t i = 0; i < n; i++)
			to[i] = (struct sv){(const char *)r->p + (size_t)i * l->width, l->width};
	return NULL;
}

const char *
convert_uuid(const struct leaf *l, const struct raw *r, uint32_t n, void *dst, char *texts)
{
	static const char digits[] = "0123456789abcdef";
	struct sv *to = dst;
	char *t = texts;

	(void)l;
	for (uint32_t i = 0; i < n; i++) {
		const uint8_t *p = r->p + 16 * (size_t)i;

		to[i] = (struct sv){t, CONVERT_UUID};
		for (unsigned k = 0; k < 16; k++) {
			if (k == 4 || k == 6 || k == 8 || k == 10)
				*t++ = '-';
			*t++ = digits[p[k] >> 4];
			*t++ = digits[p[k] & 15];
		}
	}
	return NULL;
}

/* Months, days and milliseconds, which are no one number: as a duration of ISO 8601. */
const char *
convert_interval(const struct leaf *l, const struct raw *r, uint32_t n, void *dst, char *texts)
{
	struct sv *to = dst;

	(void)l;
	for (uint32_t i = 0; i < n; i++) {
		const uint8_t *p = r->p + 12 * (size_t)i;
		char *t = texts + (size_t)i * CONVERT_INTERVAL;
		uint32_t ms = (uint32_t)load_i32(p + 8);
		int len = snprintf(t, CONVERT_INTERVAL, "P%uM%uDT%u.%03uS", (uint32_t)load_i32(p),
		                   (uint32_t)load_i32(p + 4), ms / 1000, ms % 1000);

		to[i] = (struct sv){t, (size_t)len};
	}
	return NULL;
}

/* A column that says of itself that it holds nothing, or whose values nobody may see. */
const char *
convert_nothing(const struct leaf *l, const struct raw *r, uint32_t n, void *dst, char *texts)
{
	(void)l;
	(void)r;
	(void)n;
	(void)dst;
	(void)texts;
	return n == 0 ? NULL : "a column of the type UNKNOWN has a value";
}
