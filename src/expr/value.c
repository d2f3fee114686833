/* Order, equality and hashes of values: the three agree, across all kinds of numbers and of times. */
#include "expr/value.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/civil.h"
#include "base/clock.h"

struct value
value_real(double r)
{
	return isnan(r) ? VALUE_NONE : (struct value){.kind = VALUE_REAL, .r = r};
}

bool
value_is_numeric(struct value v)
{
	return v.kind == VALUE_BOOL || v.kind == VALUE_INT || v.kind == VALUE_REAL || v.kind == VALUE_DECIMAL;
}

double
value_to_f64(struct value v)
{
	switch (v.kind) {
	case VALUE_BOOL:
		return v.b;
	case VALUE_INT:
		return (double)v.i;
	case VALUE_DECIMAL:
		return decimal_to_f64(v.d);
	case VALUE_REAL:
		return v.r;
	default:
		return (double)NAN;
	}
}

static bool
is_temporal(struct value v)
{
	return v.kind == VALUE_DATE || v.kind == VALUE_TIME || v.kind == VALUE_TIMETZ;
}

static int
compare_i64(int64_t a, int64_t b)
{
	return (a > b) - (a < b);
}

static int
compare_f64(double a, double b)
{
	return (a > b) - (a < b);
}

static int
compare_int_real(int64_t i, double r)
{
	/* 2^63: the first double past all integers. */
	if (r >= 0x1p63)
		return -1;
	if (r < -0x1p63)
		return 1;

	int64_t whole = (int64_t)r;

	if (i != whole)
		return compare_i64(i, whole);
	return compare_f64(0, r - (double)whole);
}

/* d against r, which is the double nearest to d: decided by the digits of r's exact value. */
static int
compare_decimal_exact(struct decimal d, double r)
{
	char text[1200]; /* 40 digits, a point, and at most 1074 behind it */
	__int128 digits = 0;
	bool more = false;

	(void)snprintf(text, sizeof(text), "%.1074f", fabs(r));
	const char *p = text;

	for (; *p != '.'; p++)
		digits = digits * 10 + (*p - '0');
	p++;
	for (uint8_t i = 0; i < d.scale; i++)
		digits = digits * 10 + (*p++ - '0');
	for (; *p != '\0'; p++)
		more = more || *p != '0';

	__int128 coeff = d.coeff < 0 ? -d.coeff : d.coeff;
	int magnitude = coeff != digits ? (coeff > digits ? 1 : -1) : more ? -1 : 0;

	return d.coeff < 0 ? -magnitude : magnitude;
}

static int
compare_decimal_real(struct decimal d, double r)
{
	/* Rounding keeps the order, so two doubles that differ have decided it. */
	double near = decimal_to_f64(d);

	if (near != r)
		return compare_f64(near, r);
	return compare_decimal_exact(d, r);
}

static struct decimal
as_decimal(struct value v)
{
	switch (v.kind) {
	case VALUE_BOOL:
		return (struct decimal){.coeff = v.b};
	case VALUE_INT:
		return (struct decimal){.coeff = v.i};
	default:
		assert(v.kind == VALUE_DECIMAL);
		return v.d;
	}
}

static int
compare_numbers(struct value a, struct value b)
{
	if (a.kind == VALUE_BOOL)
		a = value_int(a.b);
	if (b.kind == VALUE_BOOL)
		b = value_int(b.b);
	if (a.kind == VALUE_INT && b.kind == VALUE_INT)
		return compare_i64(a.i, b.i);
	if (a.kind == VALUE_REAL && b.kind == VALUE_REAL)
		return compare_f64(a.r, b.r);
	if (a.kind == VALUE_INT && b.kind == VALUE_REAL)
		return compare_int_real(a.i, b.r);
	if (a.kind == VALUE_REAL && b.kind == VALUE_INT)
		return -compare_int_real(b.i, a.r);
	if (b.kind == VALUE_REAL)
		return compare_decimal_real(as_decimal(a), b.r);
	if (a.kind == VALUE_REAL)
		return -compare_decimal_real(as_decimal(b), a.r);
	return decimal_compare(as_decimal(a), as_decimal(b));
}

/* The wall clock of a date or a time without zone, as if UTC. */
static int64_t
wall_us(struct value v)
{
	int64_t us = v.i;

	if (v.kind == VALUE_DATE)
		(void)civil_midnight_us(v.i, &us);
	return us;
}

/* Parquet has dates that no clock reaches, such as infinity: they lie behind all times, or before them. */
static int
beyond_times(struct value v)
{
	int64_t unused;

	return v.kind != VALUE_DATE || civil_midnight_us(v.i, &unused) ? 0 : v.i < 0 ? -1 : 1;
}

static int64_t
instant_us(struct value v, const struct tz *zone)
{
	int64_t first, second;

	if (v.kind == VALUE_TIMETZ || zone == NULL)
		return wall_us(v);
	(void)tz_from_local(zone, wall_us(v), &first, &second);
	return first;
}

static int
compare_times(struct value a, struct value b, const struct tz *zone)
{
	if (a.kind == b.kind)
		return compare_i64(a.i, b.i);
	/* Only one of them is a date. */
	if (beyond_times(a) != 0 || beyond_times(b) != 0)
		return beyond_times(a) - beyond_times(b);
	if (a.kind != VALUE_TIMETZ && b.kind != VALUE_TIMETZ)
		return compare_i64(wall_us(a), wall_us(b));
	return compare_i64(instant_us(a, zone), instant_us(b, zone));
}

bool
value_compare(struct value a, struct value b, const struct tz *zone, int *ret)
{
	if (value_is_numeric(a) && value_is_numeric(b))
		*ret = compare_numbers(a, b);
	else if (is_temporal(a) && is_temporal(b))
		*ret = compare_times(a, b, zone);
	else if ((a.kind == VALUE_TEXT || a.kind == VALUE_BINARY) && a.kind == b.kind)
		*ret = sv_cmp(a.s, b.s);
	else
		return false;
	return true;
}

static int
compare_keys(const void *a, const void *b)
{
	const struct value *const *x = a, *const *y = b;
	int c = sv_cmp((*x)->s, (*y)->s);

	/* Equal keys stay in their order, which is that of their addresses. */
	return c != 0 ? c : (*x > *y) - (*x < *y);
}

static const struct value **
sorted_keys(struct value v)
{
	const struct value **key = xmalloc(v.n * sizeof(*key));

	for (uint32_t i = 0; i < v.n; i++)
		key[i] = &v.list[2 * (size_t)i];
	qsort(key, v.n, sizeof(*key), compare_keys);
	return key;
}

/* The order of the keys means nothing. */
static bool
object_eq(struct value a, struct value b)
{
	uint32_t same = 0;

	if (a.n != b.n)
		return false;
	while (same < a.n && sv_eq(a.list[2 * (size_t)same].s, b.list[2 * (size_t)same].s)) {
		if (!value_eq(a.list[2 * (size_t)same + 1], b.list[2 * (size_t)same + 1]))
			break;
		same++;
	}
	if (same == a.n)
		return true;

	const struct value **x = sorted_keys(a), **y = sorted_keys(b);
	bool eq = true;

	for (uint32_t i = 0; i < a.n && eq; i++)
		eq = sv_eq(x[i]->s, y[i]->s) && value_eq(x[i][1], y[i][1]);
	free(x);
	free(y);
	return eq;
}

bool
value_eq(struct value a, struct value b)
{
	int c;

	if (value_compare(a, b, NULL, &c))
		return c == 0;
	if (a.kind != b.kind)
		return false;
	if (a.kind == VALUE_OBJECT)
		return object_eq(a, b);
	if (a.kind != VALUE_LIST)
		return a.kind == VALUE_NULL;
	if (a.n != b.n)
		return false;
	for (uint32_t i = 0; i < a.n; i++)
		if (!value_eq(a.list[i], b.list[i]))
			return false;
	return true;
}

static int
rank(struct value v)
{
	static const uint8_t ranks[] = {
		[VALUE_NULL] = 0,    [VALUE_BOOL] = 1,   [VALUE_INT] = 1,  [VALUE_REAL] = 1,
		[VALUE_DECIMAL] = 1, [VALUE_DATE] = 2,   [VALUE_TIME] = 2, [VALUE_TIMETZ] = 2,
		[VALUE_TEXT] = 3,    [VALUE_BINARY] = 4, [VALUE_LIST] = 5, [VALUE_OBJECT] = 6,
	};

	return ranks[v.kind];
}

int
value_order(struct value a, struct value b)
{
	int c;

	if (rank(a) != rank(b))
		return rank(a) - rank(b);
	if (value_compare(a, b, NULL, &c))
		return c;

	size_t na = a.kind == VALUE_NULL ? 0 : a.kind == VALUE_OBJECT ? 2 * (size_t)a.n : a.n;
	size_t nb = b.kind == VALUE_NULL ? 0 : b.kind == VALUE_OBJECT ? 2 * (size_t)b.n : b.n;

	for (size_t i = 0; i < MIN(na, nb); i++) {
		c = value_order(a.list[i], b.list[i]);
		if (c != 0)
			return c;
	}
	return (na > nb) - (na < nb);
}

/* Keep texts apart from binaries with the same bytes, times from the integers that they count, and so on. */
enum salt {
	SALT_NULL = 1,
	SALT_REAL,
	SALT_DECIMAL,
	SALT_TIME,
	SALT_BINARY,
	SALT_LIST,
	SALT_OBJECT,
	SALT_DATE
};

static struct hash128
salted(struct hash128 h, enum salt salt)
{
	uint64_t s = hash64_u64((uint64_t)salt);

	return (struct hash128){.lo = hash64_u64(h.lo ^ s), .hi = hash64_u64(h.hi + s)};
}

static struct hash128
hash_i64(int64_t i)
{
	/* A bijection in each half: distinct integers never collide. */
	return (struct hash128){.lo = hash64_u64((uint64_t)i),
	                        .hi = hash64_u64((uint64_t)i ^ UINT64_C(0x9e3779b97f4a7c15))};
}

static struct hash128
hash_real(double r)
{
	if (r >= -0x1p63 && r < 0x1p63 && r == trunc(r))
		return hash_i64((int64_t)r); /* and so -0 is 0 */

	uint64_t bits;

	memcpy(&bits, &r, sizeof(bits));
	return salted(hash_i64((int64_t)bits), SALT_REAL);
}

/* Without zeros at its end. */
static struct decimal
shortest(struct decimal d)
{
	if (d.coeff >= INT64_MIN && d.coeff <= INT64_MAX) {
		int64_t short_coeff = (int64_t)d.coeff; /* whose division takes a tenth of the time */

		for (; d.scale > 0 && short_coeff % 10 == 0; d.scale--)
			short_coeff /= 10;
		d.coeff = short_coeff;
	}
	for (; d.scale > 0 && d.coeff % 10 == 0; d.scale--)
		d.coeff /= 10;
	return d;
}

/* The double that it equals, if there is one: k / 2^scale, where it is k * 5^scale / 10^scale. */
static bool
equal_real(struct decimal d, double *ret)
{
	__int128 five = 1, k;

	for (int i = 0; i < d.scale; i++)
		five *= 5;
	if (d.coeff % five != 0)
		return false;
	k = d.coeff / five;
	if (k >= -(INT64_C(1) << 53) && k <= INT64_C(1) << 53) {
		*ret = ldexp((double)k, -d.scale);
		return true;
	}
	*ret = decimal_to_f64(d);
	return compare_decimal_exact(d, *ret) == 0;
}

static struct hash128
hash_decimal(struct decimal d)
{
	double equal;

	d = shortest(d);
	if (d.scale == 0 && d.coeff >= INT64_MIN && d.coeff <= INT64_MAX)
		return hash_i64((int64_t)d.coeff);
	/* It has to hash like the double that it equals. */
	if (equal_real(d, &equal))
		return hash_real(equal);

	uint64_t w[] = {(uint64_t)d.coeff, (uint64_t)((unsigned __int128)d.coeff >> 64), d.scale};

	return salted(hash128((struct sv){(const char *)w, sizeof(w)}), SALT_DECIMAL);
}

static struct hash128
hash_list(struct value v)
{
	struct hash128 h = hash_i64(v.n);

	for (uint32_t i = 0; i < v.n; i++) {
		struct hash128 e = value_hash(v.list[i]);

		h.lo = hash64_u64(h.lo) ^ e.lo;
		h.hi = hash64_u64(h.hi) ^ e.hi;
	}
	return salted(h, SALT_LIST);
}

static struct hash128
hash_object(struct value v)
{
	struct hash128 sum = hash_i64(v.n);

	for (uint32_t i = 0; i < v.n; i++) {
		struct hash128 e = hash_list(
			(struct value){.kind = VALUE_LIST, .n = 2, .list = &v.list[2 * (size_t)i]});

		sum.lo += e.lo;
		sum.hi += e.hi;
	}
	return salted(sum, SALT_OBJECT);
}

struct hash128
value_hash(struct value v)
{
	switch (v.kind) {
	case VALUE_NULL:
		return salted(hash_i64(0), SALT_NULL);
	case VALUE_BOOL:
		return hash_i64(v.b);
	case VALUE_INT:
		return hash_i64(v.i);
	case VALUE_REAL:
		return hash_real(v.r);
	case VALUE_DECIMAL:
		return hash_decimal(v.d);
	case VALUE_TEXT:
		return hash128(v.s);
	case VALUE_DATE:
		if (beyond_times(v) != 0)
			return salted(hash_i64(v.i), SALT_DATE);
		return salted(hash_i64(wall_us(v)), SALT_TIME);
	case VALUE_TIME:
	case VALUE_TIMETZ:
		return salted(hash_i64(v.i), SALT_TIME);
	case VALUE_BINARY:
		return salted(hash128(v.s), SALT_BINARY);
	case VALUE_LIST:
		return hash_list(v);
	case VALUE_OBJECT:
		break;
	}
	assert(v.kind == VALUE_OBJECT);
	return hash_object(v);
}

struct value
value_copy(struct arena *a, struct value v)
{
	if (v.kind == VALUE_TEXT || v.kind == VALUE_BINARY)
		v.s = arena_sv(a, v.s);
	if (v.kind != VALUE_LIST && v.kind != VALUE_OBJECT)
		return v;

	size_t n = v.kind == VALUE_OBJECT ? 2 * (size_t)v.n : v.n;
	struct value *list = ARENA_ARRAY(a, struct value, n);

	for (size_t i = 0; i < n; i++)
		list[i] = value_copy(a, v.list[i]);
	v.list = list;
	return v;
}
