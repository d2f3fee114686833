/* Fields: eight digits at a time in one register where they stand together. */
#include "scan/field.h"

#include <math.h>

#include "base/num.h"

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define LITTLE(v) (v)
#else
#define LITTLE(v) __builtin_bswap64(v)
#endif

enum { EXACT_DIGITS = 15, EXACT_POWER = 22, SCALED_DIGITS = 18 };

static const double power10[EXACT_POWER + 1] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                                1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                                1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

static const int64_t integer10[SCALED_DIGITS + 1] = {1,
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
                                                     1000000000000000,
                                                     10000000000000000,
                                                     100000000000000000,
                                                     1000000000000000000};

static inline bool
is_digit(char c)
{
	return (unsigned char)(c - '0') <= 9;
}

/* The first eight bytes, the first one lowest. */
static inline uint64_t
load8(const char *p)
{
	uint64_t v;

	memcpy(&v, p, sizeof(v));
	return LITTLE(v);
}

/* How many of the eight bytes are digits, from the first one on. */
static inline unsigned
leading_digits(uint64_t v)
{
	uint64_t high = v & UINT64_C(0xF0F0F0F0F0F0F0F0);
	uint64_t over = (v & UINT64_C(0x0F0F0F0F0F0F0F0F)) + UINT64_C(0x0606060606060606);
	uint64_t bad = (high ^ UINT64_C(0x3030303030303030)) | (over & UINT64_C(0x1010101010101010));

	return bad == 0 ? 8 : (unsigned)__builtin_ctzll(bad) / 8;
}

/* The number of n digits (1 to 8) in the lowest n bytes.  Pairs, then fours, then all are put together by one multiplication each. */
static inline uint32_t
digits_value(uint64_t v, unsigned n)
{
	v <<= 64 - 8 * n; /* zeros come in front: nibble 0 is the digit 0 */
	v = (v & UINT64_C(0x0F0F0F0F0F0F0F0F)) * 2561 >> 8;
	v = (v & UINT64_C(0x00FF00FF00FF00FF)) * 6553601 >> 16;
	return (uint32_t)((v & UINT64_C(0x0000FFFF0000FFFF)) * UINT64_C(42949672960001) >> 32);
}

/* Reads digits from p on, before end; returns how many there are.  *v is complete up to 18 of them. */
static inline size_t
read_digits(const char *p, const char *end, uint64_t *v)
{
	const char *start = p;

	while (p < end) {
		uint64_t w = load8(p);
		unsigned n = leading_digits(w);

		n = (unsigned)MIN((size_t)n, (size_t)(end - p));
		if (n == 0)
			break;
		if (n < 8) {
			*v = *v * (uint64_t)integer10[n] + digits_value(w, n);
			p += n;
			break;
		}
		*v = *v * 100000000 + digits_value(w, 8);
		p += 8;
	}
	return (size_t)(p - start);
}

bool
field_i64(struct sv s, int64_t *ret)
{
	const char *p = s.p, *end = s.p + s.n;
	uint64_t v = 0;

	if (s.n == 0 || s.n > 20)
		return false;

	bool minus = *p == '-';

	p += minus;

	size_t digits = read_digits(p, end, &v);

	if (digits == 0 || p + digits != end || (digits > 1 && *p == '0'))
		return false;
	if (digits > SCALED_DIGITS)
		return num_i64(s, ret);
	*ret = minus ? -(int64_t)v : (int64_t)v;
	return true;
}

/* A number in its parts. */
struct digits {
	uint64_t v;         /* of both parts, if n <= 18 */
	size_t n, fraction; /* digits in all, digits behind the point */
	bool minus, exponent;
};

/* Is the whole text a number by nature? */
static bool
scan_number(struct sv s, struct digits *d)
{
	const char *p = s.p, *end = s.p + s.n;

	*d = (struct digits){.minus = s.n > 0 && *p == '-'};
	p += d->minus;

	size_t whole = read_digits(p, end, &d->v);

	if (whole > 1 && *p == '0')
		return false;
	p += whole;
	if (p < end && *p == '.') {
		p++;
		d->fraction = read_digits(p, end, &d->v);
		p += d->fraction;
	}
	d->n = whole + d->fraction;
	if (d->n == 0)
		return false;
	if (p < end && (*p == 'e' || *p == 'E')) {
		uint64_t e = 0;

		d->exponent = true;
		p++;
		p += p < end && (*p == '+' || *p == '-');

		size_t n = read_digits(p, end, &e);

		if (n == 0)
			return false;
		p += n;
	}
	return p == end;
}

bool
field_f64(struct sv s, double *ret)
{
	struct digits d;
	double r;

	if (!scan_number(s, &d))
		return false;
	/* Both numbers are exact doubles then, so that their quotient is rounded once and correctly. */
	if (d.n <= EXACT_DIGITS && !d.exponent) {
		r = (double)d.v / power10[d.fraction];
		*ret = d.minus ? -r : r;
		return true;
	}
	if (!num_f64(s, &r) || !isfinite(r))
		return false;
	*ret = r;
	return true;
}

bool
field_scaled(struct sv s, uint8_t scale, int64_t *ret)
{
	struct digits d;

	if (!scan_number(s, &d) || d.exponent || d.fraction > scale ||
	    d.n + (scale - d.fraction) > SCALED_DIGITS)
		return false;

	int64_t v = (int64_t)d.v * integer10[scale - d.fraction];

	*ret = d.minus ? -v : v;
	return true;
}

static inline int
two(const char *p)
{
	return (p[0] - '0') * 10 + (p[1] - '0');
}

bool
field_date(struct sv s, int64_t *days)
{
	const char *p = s.p;

	if (s.n != 10)
		return false;

	/* All ten are digits once the dashes are taken for zeros. */
	uint64_t v = load8(p);
	const uint64_t dashes = UINT64_C(0xFF0000FF00000000);

	if ((v & dashes) != (UINT64_C(0x2D00002D00000000)) || !is_digit(p[8]) || !is_digit(p[9]) ||
	    leading_digits((v & ~dashes) | UINT64_C(0x3000003000000000)) != 8)
		return false;

	int year = two(p) * 100 + two(p + 2), month = two(p + 5), day = two(p + 8);

	if (year < 1 || month < 1 || month > 12 || day < 1 ||
	    (day > 28 && day > civil_month_days(year, month)))
		return false;
	*days = civil_days(year, month, day);
	return true;
}

bool
field_time(struct sv s, int64_t *us)
{
	const char *p = s.p;
	int64_t days;
	uint64_t fraction = 0;

	if (s.n < 19 || (p[10] != ' ' && p[10] != 'T') || p[13] != ':' || p[16] != ':' || !is_digit(p[11]) ||
	    !is_digit(p[12]) || !is_digit(p[14]) || !is_digit(p[15]) || !is_digit(p[17]) || !is_digit(p[18]))
		return false;
	if (!field_date((struct sv){p, 10}, &days))
		return false;

	int hour = two(p + 11), minute = two(p + 14), second = two(p + 17);

	if (hour > 23 || minute > 59 || second > 59)
		return false;
	if (s.n > 19) {
		size_t n = p[19] == '.' ? read_digits(p + 20, p + s.n, &fraction) : 0;

		if (n == 0 || n > 6 || 20 + n != s.n)
			return false;
		fraction *= (uint64_t)integer10[6 - n];
	}
	*us = ((days * 24 + hour) * 60 + minute) * US_PER_MIN + second * US_PER_S + (int64_t)fraction;
	return true;
}

bool
field_is_nan(struct sv s)
{
	if (s.n > 0 && (s.p[0] == '-' || s.p[0] == '+'))
		s = sv_skip(s, 1);
	return s.n == 3 && sv_ieq(s, SV("nan"));
}

static bool
is_infinity(struct sv s)
{
	if (s.n > 0 && (s.p[0] == '-' || s.p[0] == '+'))
		s = sv_skip(s, 1);
	return sv_ieq(s, SV("inf")) || sv_ieq(s, SV("infinity"));
}

static bool
is_word(struct sv s)
{
	return sv_ieq(s, SV("true")) || sv_ieq(s, SV("false"));
}

static enum field_class
class_of_time(struct sv s)
{
	struct time_text t;

	if (s.n < 10 || s.p[4] != '-' || !time_text_parse(s, &t))
		return CLASS_TEXT;
	return t.has_zone ? CLASS_TIMETZ : t.has_time ? CLASS_TIME : CLASS_DATE;
}

enum field_class
field_class(struct sv s)
{
	struct digits d;
	int64_t i;
	double r;

	if (field_i64(s, &i))
		return CLASS_INT;
	if (s.n == 0)
		return CLASS_TEXT;
	if (is_digit(s.p[0]) || s.p[0] == '-' || s.p[0] == '.') {
		if (scan_number(s, &d) && d.fraction == 0 && !d.exponent && memchr(s.p, '.', s.n) == NULL)
			return CLASS_BIGINT;
		if (field_f64(s, &r))
			return CLASS_REAL;
	}
	if (field_is_nan(s) || is_infinity(s))
		return CLASS_NAN;
	if (is_word(s))
		return CLASS_BOOL;
	return class_of_time(s);
}

static struct value
parse_as(enum type_kind kind, struct sv s)
{
	struct value v;

	return value_parse((struct type){.kind = kind}, s, &v) ? v : value_text(s);
}

struct value
field_value(struct sv s)
{
	struct value v = value_text(s);
	int64_t i;
	double r;

	switch (field_class(s)) {
	case CLASS_INT:
		if (field_i64(s, &i))
			v = value_int(i);
		break;
	case CLASS_BIGINT:
		if (decimal_parse(s, &v.d))
			v.kind = VALUE_DECIMAL;
		else
			v = value_text(s);
		break;
	case CLASS_REAL:
		if (field_f64(s, &r))
			v = value_real(r);
		break;
	case CLASS_BOOL:
		v = value_bool(s.n == 4);
		break;
	case CLASS_DATE:
		return parse_as(TYPE_DATE, s);
	case CLASS_TIME:
		return parse_as(TYPE_TIMESTAMP, s);
	case CLASS_TIMETZ:
		return parse_as(TYPE_TIMESTAMPTZ, s);
	default:
		break;
	}
	return v;
}

struct type
field_infer(unsigned classes, enum type_kind mixed, const struct tz *zone)
{
	const unsigned real = CLASS_INT | CLASS_REAL | CLASS_NAN;

	if (classes == 0)
		return (struct type){.kind = TYPE_VARIANT}; /* only nulls: what comes later keeps its kind */
	if (classes == CLASS_INT)
		return (struct type){.kind = TYPE_INTEGER};
	if ((classes & ~real) == 0 && classes != CLASS_NAN)
		return (struct type){.kind = TYPE_NUMBER};
	/* Doubles would change the long integers. */
	if ((classes & ~(real | CLASS_BIGINT)) == 0 && classes != CLASS_NAN)
		return (struct type){.kind = TYPE_VARIANT};
	if (classes == CLASS_BOOL)
		return (struct type){.kind = TYPE_BOOLEAN};
	if (classes == CLASS_DATE)
		return (struct type){.kind = TYPE_DATE};
	if ((classes & ~(unsigned)(CLASS_DATE | CLASS_TIME)) == 0)
		return (struct type){.kind = TYPE_TIMESTAMP, .zone = zone};
	if (classes == CLASS_TIMETZ)
		return (struct type){.kind = TYPE_TIMESTAMPTZ, .zone = zone};
	/* JSON tells texts from others, so that a mixture of kinds of text is text there too. */
	if (classes == CLASS_TEXT ||
	    (classes & ~(unsigned)(CLASS_TEXT | CLASS_DATE | CLASS_TIME | CLASS_TIMETZ)) == 0)
		return (struct type){.kind = TYPE_STRING};
	return (struct type){.kind = mixed};
}
