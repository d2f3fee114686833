/*
 * Exact decimals: a coefficient of up to 38 digits over a power of ten.
 *
 * 10^38 fits into 127 bits, so one __int128 holds any of them; what could leave that range is checked before, and
 * two numbers of different scales are compared without bringing them to one.
 */
#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "expr/value.h"

enum { DIGITS_MAX = 38 };

/* 10^38: no coefficient reaches it. */
#define COEFF_LIMIT ((__int128)UINT64_C(10000000000000000000) * (__int128)UINT64_C(10000000000000000000))

static __int128
pow10_of(unsigned n)
{
	__int128 p = 1;

	assert(n <= DIGITS_MAX);
	while (n-- > 0)
		p *= 10;
	return p;
}

static bool
fits(__int128 coeff)
{
	return coeff > -COEFF_LIMIT && coeff < COEFF_LIMIT;
}

/* Appends a zero to the coefficient; false if it would have 39 digits then. */
static bool
append_zero(__int128 *coeff)
{
	if (*coeff <= -COEFF_LIMIT / 10 || *coeff >= COEFF_LIMIT / 10)
		return false;
	*coeff *= 10;
	return true;
}

/* Without the zeros at the end of the fraction. */
static struct decimal
trimmed(struct decimal d)
{
	while (d.scale > 0 && d.coeff % 10 == 0) {
		d.coeff /= 10;
		d.scale--;
	}
	return d;
}

/* The digits of a number as they are read; zeros are counted only once a digit follows that needs them. */
struct digits {
	__int128 coeff;
	int64_t scale; /* digits of coeff behind the point */
	int64_t zeros; /* pending at the end */
	bool any, overflow;
};

static void
add_digit(struct digits *d, int digit, bool fraction)
{
	d->any = true;
	d->scale += fraction;
	if (digit == 0) {
		d->zeros++;
		return;
	}
	if (d->coeff == 0)
		d->zeros = 0; /* they lead */
	for (; d->zeros >= 0 && !d->overflow; d->zeros--)
		d->overflow = !append_zero(&d->coeff);
	d->coeff += digit;
	d->zeros = 0;
}

static struct sv
read_digits(struct sv s, struct digits *d, bool fraction)
{
	while (s.n > 0 && *s.p >= '0' && *s.p <= '9') {
		add_digit(d, *s.p - '0', fraction);
		s = sv_skip(s, 1);
	}
	return s;
}

/* value = coeff * 10^(zeros - scale), to a decimal that keeps as many written zeros as can be kept. */
static bool
digits_end(const struct digits *d, int64_t exponent, struct decimal *ret)
{
	__int128 coeff = d->coeff;
	int64_t scale = d->scale - exponent, zeros = d->zeros;

	if (d->overflow)
		return false;
	if (coeff == 0) {
		*ret = (struct decimal){.scale = (uint8_t)MAX(MIN(scale, (int64_t)DIGITS_MAX), INT64_C(0))};
		return true;
	}
	/* Zeros at the end of the fraction stay as far as there is room, for they were written; the others have to. */
	for (; zeros > 0 && scale > DIGITS_MAX; scale--)
		zeros--;
	while (zeros > 0 && append_zero(&coeff))
		zeros--;
	scale -= zeros;
	for (; scale < 0; scale++)
		if (!append_zero(&coeff))
			return false;
	if (scale > DIGITS_MAX)
		return false;
	*ret = (struct decimal){.coeff = coeff, .scale = (uint8_t)scale};
	return true;
}

static bool
read_exponent(struct sv s, int64_t *ret)
{
	if (s.n == 0) {
		*ret = 0;
		return true;
	}
	if (*s.p != 'e' && *s.p != 'E')
		return false;
	s = sv_skip(s, 1);

	bool minus = s.n > 0 && *s.p == '-';
	int64_t e = 0;

	if (s.n > 0 && (*s.p == '-' || *s.p == '+'))
		s = sv_skip(s, 1);
	if (s.n == 0)
		return false;
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] < '0' || s.p[i] > '9')
			return false;
		e = MIN(e * 10 + (s.p[i] - '0'), INT64_C(1) << 40);
	}
	*ret = minus ? -e : e;
	return true;
}

bool
decimal_parse(struct sv s, struct decimal *ret)
{
	struct digits d = {0};
	struct decimal v;
	int64_t exponent;
	bool minus = s.n > 0 && *s.p == '-';

	if (s.n > 0 && (*s.p == '-' || *s.p == '+'))
		s = sv_skip(s, 1);
	s = read_digits(s, &d, false);
	if (s.n > 0 && *s.p == '.')
		s = read_digits(sv_skip(s, 1), &d, true);
	if (!d.any || !read_exponent(s, &exponent) || !digits_end(&d, exponent, &v))
		return false;
	if (minus)
		v.coeff = -v.coeff;
	*ret = v;
	return true;
}

bool
decimal_rescale(struct decimal d, uint8_t scale, struct decimal *ret)
{
	if (scale > DIGITS_MAX)
		return false;
	for (; d.scale < scale; d.scale++)
		if (!append_zero(&d.coeff))
			return false;
	for (; d.scale > scale; d.scale--) {
		if (d.coeff % 10 != 0)
			return false;
		d.coeff /= 10;
	}
	*ret = d;
	return true;
}

int
decimal_compare(struct decimal a, struct decimal b)
{
	if (a.scale == b.scale)
		return (a.coeff > b.coeff) - (a.coeff < b.coeff);

	/* Whole parts first; the fractions, each below 1, can then be brought to one scale without leaving 38 digits. */
	__int128 pa = pow10_of(a.scale), pb = pow10_of(b.scale);
	__int128 wa = a.coeff / pa, wb = b.coeff / pb;

	if (wa != wb)
		return wa > wb ? 1 : -1;

	__int128 fa = a.coeff % pa, fb = b.coeff % pb;

	if (a.scale < b.scale)
		fa *= pow10_of((unsigned)(b.scale - a.scale));
	else
		fb *= pow10_of((unsigned)(a.scale - b.scale));
	return (fa > fb) - (fa < fb);
}

bool
decimal_add(struct decimal a, struct decimal b, struct decimal *ret)
{
	uint8_t scale = MAX(a.scale, b.scale);
	struct decimal x, y;

	if (!decimal_rescale(a, scale, &x) || !decimal_rescale(b, scale, &y) || !fits(x.coeff + y.coeff)) {
		/* Zeros at the end may have been what was too much. */
		struct decimal s = trimmed(a), t = trimmed(b);

		scale = MAX(s.scale, t.scale);
		if (!decimal_rescale(s, scale, &x) || !decimal_rescale(t, scale, &y) ||
		    !fits(x.coeff + y.coeff))
			return false;
	}
	*ret = (struct decimal){.coeff = x.coeff + y.coeff, .scale = scale};
	return true;
}

static bool
mul(struct decimal a, struct decimal b, struct decimal *ret)
{
	__int128 coeff;

	if (a.scale + b.scale > DIGITS_MAX || __builtin_mul_overflow(a.coeff, b.coeff, &coeff) ||
	    !fits(coeff))
		return false;
	*ret = (struct decimal){.coeff = coeff, .scale = (uint8_t)(a.scale + b.scale)};
	return true;
}

/* Moves the factors 2 and 5 that the two coefficients hold apart (25 * 4 = 100) out of them, as far as there is scale. */
static bool
mul_reduced(struct decimal a, struct decimal b, struct decimal *ret)
{
	unsigned scale = (unsigned)a.scale + b.scale, twos = 0, fives = 0;
	__int128 m[2] = {a.coeff, b.coeff}, coeff = 1;

	if (m[0] == 0 || m[1] == 0) {
		*ret = (struct decimal){.scale = (uint8_t)MIN(scale, (unsigned)DIGITS_MAX)};
		return true;
	}
	for (size_t i = 0; i < LEN(m); i++) {
		for (; m[i] % 2 == 0; m[i] /= 2)
			twos++;
		for (; m[i] % 5 == 0; m[i] /= 5)
			fives++;
	}
	for (; scale > 0 && twos > 0 && fives > 0; scale--) {
		twos--;
		fives--;
	}
	if (scale > DIGITS_MAX || __builtin_mul_overflow(m[0], m[1], &coeff))
		return false;
	for (; twos > 0; twos--)
		if (__builtin_mul_overflow(coeff, (__int128)2, &coeff))
			return false;
	for (; fives > 0; fives--)
		if (__builtin_mul_overflow(coeff, (__int128)5, &coeff))
			return false;
	if (!fits(coeff))
		return false;
	*ret = (struct decimal){.coeff = coeff, .scale = (uint8_t)scale};
	return true;
}

bool
decimal_mul(struct decimal a, struct decimal b, struct decimal *ret)
{
	return mul(a, b, ret) || mul_reduced(a, b, ret);
}

double
decimal_to_f64(struct decimal d)
{
	static const double exact[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
	                               1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
	const __int128 limit = (__int128)1 << 53;
	char text[DECIMAL_TEXT_MAX];

	/* Two exact doubles: IEEE 754 rounds the quotient correctly. */
	if (d.coeff >= -limit && d.coeff <= limit && d.scale < LEN(exact))
		return (double)d.coeff / exact[d.scale];
	return strtod(decimal_text(d, text), NULL);
}

const char *
decimal_text(struct decimal d, char *dst)
{
	unsigned __int128 v = d.coeff < 0 ? -(unsigned __int128)d.coeff : (unsigned __int128)d.coeff;
	char back[DECIMAL_TEXT_MAX];
	size_t n = 0;
	char *p = dst;

	assert(d.scale <= DIGITS_MAX);
	do {
		back[n++] = (char)('0' + (int)(v % 10));
		v /= 10;
		if (n == d.scale)
			back[n++] = '.';
	} while (v > 0 || n <= (size_t)d.scale + (d.scale > 0));
	if (d.coeff < 0)
		*p++ = '-';
	while (n > 0)
		*p++ = back[--n];
	*p = '\0';
	return dst;
}
