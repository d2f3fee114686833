#include "base/num.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

bool
num_u64(struct sv s, uint64_t *ret)
{
	uint64_t v = 0;

	if (s.n > 0 && s.p[0] == '+')
		s = sv_skip(s, 1);
	if (s.n == 0)
		return false;
	for (size_t i = 0; i < s.n; i++) {
		unsigned digit = (unsigned char)s.p[i] - (unsigned)'0';

		if (digit > 9 || __builtin_mul_overflow(v, 10u, &v) || __builtin_add_overflow(v, digit, &v))
			return false;
	}
	*ret = v;
	return true;
}

bool
num_i64(struct sv s, int64_t *ret)
{
	uint64_t v;
	bool minus = s.n > 0 && s.p[0] == '-';

	if (minus)
		s = sv_skip(s, 1);
	if ((minus && s.n > 0 && s.p[0] == '+') || !num_u64(s, &v) || v > (uint64_t)INT64_MAX + minus)
		return false;
	/* -(v - 1) - 1, as the least number has no positive counterpart. */
	*ret = !minus || v == 0 ? (int64_t)v : -(int64_t)(v - 1) - 1;
	return true;
}

/* A decimal number as written: digits * 10^exp, if exact; its text without the sign has been checked. */
struct decimal {
	uint64_t digits;
	int ndigits; /* significant ones; digits is complete up to 19 */
	int64_t exp;
};

/* Adds the digits at the beginning of *s; false if there are none.  `scale` is -1 behind the point. */
static bool
read_digits(struct sv *s, struct decimal *d, int scale)
{
	size_t i = 0;

	for (; i < s->n && s->p[i] >= '0' && s->p[i] <= '9'; i++) {
		if (d->ndigits < 19)
			d->digits = d->digits * 10 + (uint64_t)(s->p[i] - '0');
		d->ndigits += d->ndigits < 100 && (d->ndigits > 0 || s->p[i] != '0');
		d->exp += scale;
	}
	*s = sv_skip(*s, i);
	return i > 0;
}

/* The exponent behind 'e'.  Far out of any range it is cut: the result is 0 or infinite anyway. */
static bool
read_exp(struct sv s, struct decimal *d)
{
	int64_t exp = 0;
	bool minus = s.n > 0 && s.p[0] == '-';

	if (s.n > 0 && (s.p[0] == '-' || s.p[0] == '+'))
		s = sv_skip(s, 1);
	if (s.n == 0)
		return false;
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] < '0' || s.p[i] > '9')
			return false;
		exp = MIN(exp * 10 + (s.p[i] - '0'), INT64_C(1000000000));
	}
	d->exp += minus ? -exp : exp;
	return true;
}

static bool
read_decimal(struct sv s, struct decimal *d)
{
	bool some = read_digits(&s, d, 0);

	if (s.n > 0 && s.p[0] == '.') {
		s = sv_skip(s, 1);
		some |= read_digits(&s, d, -1);
	}
	if (!some)
		return false;
	if (s.n > 0 && (s.p[0] == 'e' || s.p[0] == 'E'))
		return read_exp(sv_skip(s, 1), d);
	return s.n == 0;
}

/*
 * Clinger's fast path: digits below 2^53 and powers of ten up to 10^22 are exact doubles, so that one
 * multiplication or division rounds once, which is to say correctly.
 */
static bool
convert_fast(const struct decimal *d, double *ret)
{
	static const double pow10[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
	                               1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

	if (d->ndigits == 0) {
		*ret = 0;
		return true;
	}
	if (d->ndigits > 15 || d->exp < -22 || d->exp > 22)
		return false;
	*ret = d->exp < 0 ? (double)d->digits / pow10[-d->exp] : (double)d->digits * pow10[d->exp];
	return true;
}

/*
 * strtod rounds correctly, but wants a NUL behind the text.  The program never leaves the C locale
 * (nobody calls setlocale), so the point is '.'.
 */
static double
convert_slow(struct sv s)
{
	char small[128], *copy = s.n < sizeof(small) ? small : strndup(s.p, s.n);

	if (copy == NULL)
		give_up("out of memory");
	if (copy == small) {
		memcpy(small, s.p, s.n);
		small[s.n] = '\0';
	}

	double v = strtod(copy, NULL);

	if (copy != small)
		free(copy);
	return v;
}

bool
num_f64(struct sv s, double *ret)
{
	struct decimal d = {0};
	double v;
	bool minus = s.n > 0 && s.p[0] == '-';

	if (s.n > 0 && (s.p[0] == '-' || s.p[0] == '+'))
		s = sv_skip(s, 1);
	if (read_decimal(s, &d)) {
		if (!convert_fast(&d, &v))
			v = convert_slow(s);
		if (isinf(v))
			return false; /* out of range, which is not the same as infinity */
	} else if (sv_ieq(s, SV("inf")) || sv_ieq(s, SV("infinity"))) {
		v = INFINITY;
	} else if (sv_ieq(s, SV("nan"))) {
		v = NAN;
	} else {
		return false;
	}
	*ret = minus ? -v : v;
	return true;
}

/* The significant digits of a finite number, without zeros at the end: 0.d1d2d3... * 10^point. */
struct digits {
	char text[24];
	int n, point;
};

/* Reads what "%.*e" wrote. */
static struct digits
digits_of(const char *text)
{
	struct digits d = {0};

	for (; *text != 'e'; text++)
		if (*text >= '0' && *text <= '9' && d.n < (int)sizeof(d.text) - 1)
			d.text[d.n++] = *text;
	d.point = (int)strtol(text + 1, NULL, 10) + 1;
	while (d.n > 1 && d.text[d.n - 1] == '0')
		d.n--;
	d.text[d.n] = '\0';
	return d;
}

/* Adds one to the last digit of "d.ddde+xx"; false where that would carry through all digits. */
static bool
bump(char *text)
{
	char *p = strchr(text, 'e') - 1;

	for (; p >= text; p--) {
		if (*p == '.')
			continue;
		if (*p != '9') {
			(*p)++;
			return true;
		}
		*p = '0';
	}
	return false;
}

/*
 * The fewest digits that read back as v > 0.  15 always survive the way through a normal double, so that
 * fewer cannot do better than 15 with its zeros dropped; 17 always suffice.  Subnormal numbers have less
 * precision and start at 1.  Below a power of two doubles lie twice as dense as above: there the nearest
 * decimal may be too far, while its upper neighbour still reads back.
 */
static struct digits
shortest(double v)
{
	char text[NUM_MAX];
	int exp;
	bool power_of_two = frexp(v, &exp) == 0.5;

	for (int n = v < 2.2250738585072014e-308 ? 1 : 15; n < 17; n++) {
		(void)snprintf(text, sizeof(text), "%.*e", n - 1, v);
		if (strtod(text, NULL) == v || (power_of_two && bump(text) && strtod(text, NULL) == v))
			return digits_of(text);
	}
	(void)snprintf(text, sizeof(text), "%.16e", v);
	return digits_of(text);
}

const char *
num_f64_format(double v, char *dst)
{
	const char *sign = signbit(v) ? "-" : "";

	if (isnan(v))
		return strcpy(dst, "nan");
	if (isinf(v))
		return strcpy(dst, v < 0 ? "-inf" : "inf");
	if (v == 0)
		return strcat(strcpy(dst, sign), "0.0");

	struct digits d = shortest(fabs(v));

	/* The bounds at which Python's repr() changes to scientific notation. */
	if (d.point <= -4 || d.point > 16)
		(void)snprintf(dst, NUM_MAX, "%s%c%s%se%+03d", sign, d.text[0], d.n > 1 ? "." : "",
		               d.text + 1, d.point - 1);
	else if (d.point <= 0)
		(void)snprintf(dst, NUM_MAX, "%s0.%.*s%s", sign, -d.point, "0000", d.text);
	else if (d.point >= d.n)
		(void)snprintf(dst, NUM_MAX, "%s%s%.*s.0", sign, d.text, d.point - d.n, "0000000000000000");
	else
		(void)snprintf(dst, NUM_MAX, "%s%.*s.%s", sign, d.point, d.text, d.text + d.point);
	return dst;
}

const char *
num_group(int64_t v, char *dst)
{
	char digits[24];
	uint64_t size = v < 0 ? 0 - (uint64_t)v : (uint64_t)v;
	int n = snprintf(digits, sizeof(digits), "%ju", (uintmax_t)size);
	char *p = dst;

	if (v < 0)
		*p++ = '-';
	for (int i = 0; i < n; i++) {
		if (i > 0 && (n - i) % 3 == 0)
			*p++ = ',';
		*p++ = digits[i];
	}
	*p = '\0';
	return dst;
}
