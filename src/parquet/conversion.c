/*
 * Times: nanoseconds are cut to the microsecond below; what is not a time, or beyond 64 bits of microseconds, is an error.  INT96 wraps
 * around, as its writers have it.  Integers of 64 bits without sign are decimals, for half of them fit nothing else.  Decimals must keep
 * to their digits.
 */
#include "parquet/conversion.h"

#include <math.h>
#include <stdio.h>

enum { DIGITS_MAX = 38, DIGITS_I64 = 18, CLOCK_TEXT = 15, UUID_TEXT = 36, INTERVAL_TEXT = 48 };
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

static const char *
boolean(const struct leaf *l, const struct raw *r, uint32_t n, void *dst, char *texts)
{
	(void)l;
	(void)texts;
	memcpy(dst, r->p, n);
	return NULL;
}

static const char *
copy_64(const struct leaf *l, const struct raw *r, uint32_t n, void *dst, char *texts)
{
	(void)l;
	(void)texts;
	memcpy(dst, r->p, (size_t)n * 8);
	return NULL;
}

static const char *
from_i32(const struct leaf *l, const struct raw *r, uint32_t n, void *dst, char *texts)
{
	int64_t *to = dst;

	(void)l;
	(void)texts;
	for (uint32_t i = 0; i < n; i++)
		to[i] = load_i32(r->p + 4 * (size_t)i);
	return NULL;
}

static const char *
from_u32(const struct leaf *l, const struct raw *r, uint32_t n, void *dst, char *texts)
{
	int64_t *to = dst;

	(void)l;
	(void)texts;
	for (uint32_t i = 0; i < n; i++)
		to[i] = (uint32_t)load_i32(r->p + 4 * (size_t)i);
	return NULL;
}

static const char *
from_u64(const struct leaf *l, const struct raw *r, uint32_t n, void *dst, char *texts)
{
	__int128 *to = dst;

	(void)l;
	(void)texts;
	for (uint32_t i = 0; i < n; i++)
		to[i] = (uint64_t)load_i64(r->p + 8 * (size_t)i);
	return NULL;
}

static const char *
from_float(const struct leaf *l, const struct raw *r, uint32_t n, void *dst, char *texts)
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

static const char *
from_half(const struct leaf *l, const struct raw *r, uint32_t n, void *dst, char *texts)
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

static const char *
decimal_i32(const struct leaf *l, const struct raw *r, uint32_t n, void *dst, char *texts)
{
	(void)from_i32(l, r, n, dst, texts);
	return check_digits(l, dst, n);
}

static const char *
decimal_i64(const struct leaf *l, const struct raw *r, uint32_t n, void *dst, char *texts)
{
	(void)copy_64(l, r, n, dst, texts);
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

static const char *
decimal_bytes(const struct leaf *l, const struct raw *r, uint32_t n, void *dst, char *texts)
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

static const char *
decimal_wide(const struct leaf *l, const struct raw *r, uint32_t n, void *dst, char *texts)
{
	__int128 limit = ten_to(l->type.precision), *to = dst;

	(void)texts;
	for (uint32_t i = 0; i < n; i++)
		if (!nth_number(l, r, i, limit, &to[i]))
			return too_many_digits;
	return NULL;
}

static const char *
time_millis(const struct leaf *l, const struct raw *r, uint32_t n, void *dst, char *texts)
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

static const char *
time_nanos(const struct leaf *l, const struct raw *r, uint32_t n, void *dst, char *texts)
{
	int64_t *to = dst;

	(void)l;
	(void)texts;
	for (uint32_t i = 0; i < n; i++)
		to[i] = floor_us(load_i64(r->p + 8 * (size_t)i));
	return NULL;
}

/* Nanoseconds of the day, and the Julian day: 2440588 is 1970-01-01. */
static const char *
time_int96(const struct leaf *l, const struct raw *r, uint32_t n, void *dst, char *texts)
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
	char s[CLOCK_TEXT + 1];

	if (us < 0 || us >= DAY_US)
		return no_clock;

	unsigned rest = (unsigned)(us % 1000000), seconds = (unsigned)(us / 1000000);

	snprintf(s, sizeof(s), "%02u:%02u:%02u.%06u", seconds / 3600 % 24, seconds / 60 % 60, seconds % 60,
	         rest % 1000000);
	memcpy(text, s, CLOCK_TEXT);
	*ret = (struct sv){text, CLOCK_TEXT};
	return NULL;
}

static const char *
clock_millis(const struct leaf *l, const struct raw *r, uint32_t n, void *dst, char *texts)
{
	const char *why = NULL;

	(void)l;
	for (uint32_t i = 0; i < n && why == NULL; i++)
		why = clock_text(load_i32(r->p + 4 * (size_t)i) * INT64_C(1000), (struct sv *)dst + i,
		                 texts + (size_t)i * CLOCK_TEXT);
	return why;
}

static const char *
clock_micros(const struct leaf *l, const struct raw *r, uint32_t n, void *dst, char *texts)
{
	const char *why = NULL;

	(void)l;
	for (uint32_t i = 0; i < n && why == NULL; i++)
		why = clock_text(load_i64(r->p + 8 * (size_t)i), (struct sv *)dst + i,
		                 texts + (size_t)i * CLOCK_TEXT);
	return why;
}

static const char *
clock_nanos(const struct leaf *l, const struct raw *r, uint32_t n, void *dst, char *texts)
{
	const char *why = NULL;

	(void)l;
	for (uint32_t i = 0; i < n && why == NULL; i++)
		why = clock_text(floor_us(load_i64(r->p + 8 * (size_t)i)), (struct sv *)dst + i,
		                 texts + (size_t)i * CLOCK_TEXT);
	return why;
}

static const char *
bytes(const struct leaf *l, const struct raw *r, uint32_t n, void *dst, char *texts)
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

static const char *
uuid(const struct leaf *l, const struct raw *r, uint32_t n, void *dst, char *texts)
{
	static const char digits[] = "0123456789abcdef";
	struct sv *to = dst;
	char *t = texts;

	(void)l;
	for (uint32_t i = 0; i < n; i++) {
		const uint8_t *p = r->p + 16 * (size_t)i;

		to[i] = (struct sv){t, UUID_TEXT};
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
static const char *
interval(const struct leaf *l, const struct raw *r, uint32_t n, void *dst, char *texts)
{
	struct sv *to = dst;

	(void)l;
	for (uint32_t i = 0; i < n; i++) {
		const uint8_t *p = r->p + 12 * (size_t)i;
		char *t = texts + (size_t)i * INTERVAL_TEXT;
		uint32_t ms = (uint32_t)load_i32(p + 8);
		int len = snprintf(t, INTERVAL_TEXT, "P%uM%uDT%u.%03uS", (uint32_t)load_i32(p),
		                   (uint32_t)load_i32(p + 4), ms / 1000, ms % 1000);

		to[i] = (struct sv){t, (size_t)len};
	}
	return NULL;
}

/* A column that says of itself that it holds nothing, or whose values nobody may see. */
static const char *
nothing(const struct leaf *l, const struct raw *r, uint32_t n, void *dst, char *texts)
{
	(void)l;
	(void)r;
	(void)n;
	(void)dst;
	(void)texts;
	return n == 0 ? NULL : "a column of the type UNKNOWN has a value";
}

enum meaning {
	MEANS_NOTHING, /* no more than its physical type says */
	MEANS_TEXT,
	MEANS_UNSIGNED,
	MEANS_DECIMAL,      /* to 18 digits */
	MEANS_WIDE_DECIMAL, /* to 38 */
	MEANS_DATE,
	MEANS_CLOCK_MILLIS,
	MEANS_CLOCK_MICROS,
	MEANS_CLOCK_NANOS,
	MEANS_TIME_MILLIS,
	MEANS_TIME_MICROS,
	MEANS_TIME_NANOS,
	MEANS_UUID,
	MEANS_HALF,
	MEANS_INTERVAL,
	MEANS_NULL
};

struct choice {
	uint8_t meaning, physical;
	uint8_t width; /* of FIXED: that it has to have; 0 = any */
	uint8_t type;  /* enum type_kind */
	struct conversion how;
};

static const struct choice choices[] = {
	{MEANS_NOTHING,
         PQ_BOOLEAN,
         0,
         TYPE_BOOLEAN,
         {.rep = REP_BITS, 1, .trust = BOUNDS_PLAIN, .run = boolean}},
	{MEANS_NOTHING,
         PQ_INT32,
         0,
         TYPE_INTEGER,
         {.rep = REP_I64, 8, .trust = BOUNDS_PLAIN, .run = from_i32}},
	{MEANS_NOTHING,
         PQ_INT64,
         0,
         TYPE_INTEGER,
         {.rep = REP_I64, 8, .copies = true, .trust = BOUNDS_PLAIN, .run = copy_64}},
	{MEANS_NOTHING,
         PQ_INT96,
         0,
         TYPE_TIMESTAMP,
         {.rep = REP_I64, 8, .trust = BOUNDS_NEVER, .run = time_int96}},
	{MEANS_NOTHING,
         PQ_FLOAT,
         0,
         TYPE_NUMBER,
         {.rep = REP_F64, 8, .trust = BOUNDS_PLAIN, .run = from_float}},
	{MEANS_NOTHING,
         PQ_DOUBLE,
         0,
         TYPE_NUMBER,
         {.rep = REP_F64, 8, .copies = true, .trust = BOUNDS_PLAIN, .run = copy_64}},
	{MEANS_NOTHING,
         PQ_BYTE_ARRAY,
         0,
         TYPE_BINARY,
         {.rep = REP_TEXT, 16, .viewing = true, .trust = BOUNDS_ORDERED, .run = bytes}},
	{MEANS_NOTHING,
         PQ_FIXED,
         0,
         TYPE_BINARY,
         {.rep = REP_TEXT, 16, .viewing = true, .trust = BOUNDS_ORDERED, .run = bytes}},
	{MEANS_TEXT,
         PQ_BYTE_ARRAY,
         0,
         TYPE_STRING,
         {.rep = REP_TEXT, 16, .viewing = true, .trust = BOUNDS_ORDERED, .run = bytes}},
	{MEANS_TEXT,
         PQ_FIXED,
         0,
         TYPE_STRING,
         {.rep = REP_TEXT, 16, .viewing = true, .trust = BOUNDS_ORDERED, .run = bytes}},
	{MEANS_UNSIGNED,
         PQ_INT32,
         0,
         TYPE_INTEGER,
         {.rep = REP_I64, 8, .trust = BOUNDS_ORDERED, .run = from_u32}},
	{MEANS_UNSIGNED,
         PQ_INT64,
         0,
         TYPE_DECIMAL,
         {.rep = REP_I128, 16, .trust = BOUNDS_ORDERED, .run = from_u64}},
	{MEANS_DECIMAL,
         PQ_INT32,
         0,
         TYPE_DECIMAL,
         {.rep = REP_I64, 8, .trust = BOUNDS_PLAIN, .run = decimal_i32}},
	{MEANS_DECIMAL,
         PQ_INT64,
         0,
         TYPE_DECIMAL,
         {.rep = REP_I64, 8, .copies = true, .trust = BOUNDS_PLAIN, .run = decimal_i64}},
	{MEANS_DECIMAL,
         PQ_BYTE_ARRAY,
         0,
         TYPE_DECIMAL,
         {.rep = REP_I64, 8, .trust = BOUNDS_ORDERED, .run = decimal_bytes}},
	{MEANS_DECIMAL,
         PQ_FIXED,
         0,
         TYPE_DECIMAL,
         {.rep = REP_I64, 8, .trust = BOUNDS_ORDERED, .run = decimal_bytes}},
	{MEANS_WIDE_DECIMAL,
         PQ_BYTE_ARRAY,
         0,
         TYPE_DECIMAL,
         {.rep = REP_I128, 16, .trust = BOUNDS_ORDERED, .run = decimal_wide}},
	{MEANS_WIDE_DECIMAL,
         PQ_FIXED,
         0,
         TYPE_DECIMAL,
         {.rep = REP_I128, 16, .trust = BOUNDS_ORDERED, .run = decimal_wide}},
	{MEANS_DATE, PQ_INT32, 0, TYPE_DATE, {.rep = REP_I64, 8, .trust = BOUNDS_PLAIN, .run = from_i32}},
	{MEANS_CLOCK_MILLIS,
         PQ_INT32,
         0,
         TYPE_STRING,
         {.rep = REP_TEXT, 16, .texts = CLOCK_TEXT, .trust = BOUNDS_PLAIN, .run = clock_millis}},
	{MEANS_CLOCK_MICROS,
         PQ_INT64,
         0,
         TYPE_STRING,
         {.rep = REP_TEXT, 16, .texts = CLOCK_TEXT, .trust = BOUNDS_PLAIN, .run = clock_micros}},
	{MEANS_CLOCK_NANOS,
         PQ_INT64,
         0,
         TYPE_STRING,
         {.rep = REP_TEXT, 16, .texts = CLOCK_TEXT, .trust = BOUNDS_PLAIN, .run = clock_nanos}},
	{MEANS_TIME_MILLIS,
         PQ_INT64,
         0,
         TYPE_TIMESTAMP,
         {.rep = REP_I64, 8, .trust = BOUNDS_PLAIN, .run = time_millis}},
	{MEANS_TIME_MICROS,
         PQ_INT64,
         0,
         TYPE_TIMESTAMP,
         {.rep = REP_I64, 8, .copies = true, .trust = BOUNDS_PLAIN, .run = copy_64}},
	{MEANS_TIME_NANOS,
         PQ_INT64,
         0,
         TYPE_TIMESTAMP,
         {.rep = REP_I64, 8, .trust = BOUNDS_PLAIN, .run = time_nanos}},
	{MEANS_UUID,
         PQ_FIXED,
         16,
         TYPE_STRING,
         {.rep = REP_TEXT, 16, .texts = UUID_TEXT, .trust = BOUNDS_ORDERED, .run = uuid}},
	{MEANS_HALF,
         PQ_FIXED,
         2,
         TYPE_NUMBER,
         {.rep = REP_F64, 8, .trust = BOUNDS_ORDERED, .run = from_half}},
	{MEANS_INTERVAL,
         PQ_FIXED,
         12,
         TYPE_STRING,
         {.rep = REP_TEXT, 16, .texts = INTERVAL_TEXT, .trust = BOUNDS_NEVER, .run = interval}},
};

static const struct conversion null_conversion = {
	.rep = REP_VALUE, .size = sizeof(struct value), .trust = BOUNDS_NEVER, .run = nothing};

struct meant {
	enum meaning meaning;
	bool utc;
	int32_t precision, scale; /* of decimals */
};

static struct meant
meant(enum meaning m)
{
	return (struct meant){.meaning = m};
}

static struct meant
meant_decimal(int32_t precision, int32_t scale)
{
	return (struct meant){precision > DIGITS_I64 ? MEANS_WIDE_DECIMAL : MEANS_DECIMAL, false, precision,
	                      scale};
}

static struct meant
meant_time(enum meaning millis, const struct pq_time *t)
{
	for (unsigned unit = UNIT_MILLIS; unit <= UNIT_NANOS; unit++)
		if (thrift_has(t->unit.has, unit))
			return (struct meant){millis + unit - UNIT_MILLIS, .utc = t->utc};
	return meant(MEANS_NOTHING);
}

static struct meant
from_logical(const struct pq_logical *l)
{
	unsigned which = l->has != 0 ? (unsigned)__builtin_ctz(l->has) : 0;

	switch (which) {
	case LOGICAL_STRING:
	case LOGICAL_ENUM:
	case LOGICAL_JSON:
		return meant(MEANS_TEXT);
	case LOGICAL_DECIMAL:
		return meant_decimal(l->decimal.precision, l->decimal.scale);
	case LOGICAL_DATE:
		return meant(MEANS_DATE);
	case LOGICAL_TIME:
		return meant_time(MEANS_CLOCK_MILLIS, &l->time);
	case LOGICAL_TIMESTAMP:
		return meant_time(MEANS_TIME_MILLIS, &l->timestamp);
	case LOGICAL_INTEGER:
		return meant(thrift_has(l->integer.has, 2) && !l->integer.is_signed ? MEANS_UNSIGNED
		                                                                    : MEANS_NOTHING);
	case LOGICAL_UNKNOWN:
		return meant(MEANS_NULL);
	case LOGICAL_UUID:
		return meant(MEANS_UUID);
	case LOGICAL_FLOAT16:
		return meant(MEANS_HALF);
	default:
		return meant(MEANS_NOTHING);
	}
}

/* What the old converted types say; their times were instants. */
static struct meant
from_converted(const struct pq_schema *s)
{
	switch (s->converted) {
	case CONVERTED_UTF8:
	case CONVERTED_ENUM:
	case CONVERTED_JSON:
		return meant(MEANS_TEXT);
	case CONVERTED_DECIMAL:
		return meant_decimal(s->precision, s->scale);
	case CONVERTED_DATE:
		return meant(MEANS_DATE);
	case CONVERTED_TIME_MILLIS:
		return meant(MEANS_CLOCK_MILLIS);
	case CONVERTED_TIME_MICROS:
		return meant(MEANS_CLOCK_MICROS);
	case CONVERTED_TIMESTAMP_MILLIS:
		return (struct meant){.meaning = MEANS_TIME_MILLIS, .utc = true};
	case CONVERTED_TIMESTAMP_MICROS:
		return (struct meant){.meaning = MEANS_TIME_MICROS, .utc = true};
	case CONVERTED_UINT_8:
	case CONVERTED_UINT_16:
	case CONVERTED_UINT_32:
	case CONVERTED_UINT_64:
		return meant(MEANS_UNSIGNED);
	case CONVERTED_INTERVAL:
		return meant(MEANS_INTERVAL);
	default:
		return meant(MEANS_NOTHING);
	}
}

static const struct choice *
find(enum meaning m, const struct leaf *l)
{
	for (size_t i = 0; i < LEN(choices); i++)
		if (choices[i].meaning == m && choices[i].physical == l->physical &&
		    (choices[i].width == 0 || choices[i].width == l->width))
			return &choices[i];
	return NULL;
}

void
conversion_choose(struct leaf *l, const struct pq_schema *s)
{
	struct meant m = meant(MEANS_NOTHING);

	if (thrift_has(s->has, 10))
		m = from_logical(&s->logical);
	else if (thrift_has(s->has, 6))
		m = from_converted(s);
	if (m.meaning == MEANS_NULL) {
		l->type = (struct type){.kind = TYPE_NULL};
		l->how = &null_conversion;
		return;
	}
	if ((m.meaning == MEANS_DECIMAL || m.meaning == MEANS_WIDE_DECIMAL) &&
	    (m.precision < 1 || m.precision > DIGITS_MAX || m.scale < 0 || m.scale > m.precision))
		l->refused = "its decimals do not have 1 to 38 digits";

	/* A meaning that its physical type cannot have is none. */
	const struct choice *c = find(m.meaning, l);

	if (c == NULL)
		c = find(MEANS_NOTHING, l);
	l->how = &c->how;
	l->type = (struct type){.kind = c->type};
	if (l->type.kind == TYPE_TIMESTAMP && m.utc)
		l->type.kind = TYPE_TIMESTAMPTZ;
	if (l->type.kind != TYPE_DECIMAL)
		return;
	l->type.precision = 20; /* of 64 bits without a sign */
	if (c->meaning != MEANS_UNSIGNED && l->refused == NULL) {
		l->type.precision = (uint8_t)m.precision;
		l->type.scale = (uint8_t)m.scale;
	}
}
