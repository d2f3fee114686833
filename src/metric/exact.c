#include "metric/exact.h"

static struct exact
of_whole(__int128 i, uint32_t unit)
{
	return (struct exact){
		.m = i < 0 ? -(unsigned __int128)i : (unsigned __int128)i, .shift = unit, .negative = i < 0};
}

static bool
of_decimal(struct value v, uint8_t scale, struct exact *ret, struct err *err)
{
	struct type t = {.kind = TYPE_DECIMAL, .precision = 38, .scale = scale};
	struct value d = v;

	if (v.kind == VALUE_BOOL)
		d = value_int(v.b);
	if (!value_cast(t, d, &d) || d.kind != VALUE_DECIMAL || !decimal_rescale(d.d, scale, &d.d))
		return err_set(err, ERR_EVAL, NOWHERE, "a value does not fit its column's %d decimal places",
		               scale);
	*ret = of_whole(d.d.coeff, 0);
	return true;
}

bool
exact_value(struct value v, struct type t, struct exact *ret, struct err *err)
{
	if (value_is_numeric(v) && t.kind == TYPE_DECIMAL)
		return of_decimal(v, t.scale, ret, err);
	switch (v.kind) {
	case VALUE_BOOL:
		*ret = of_whole(v.b, EXACT_UNIT);
		return true;
	case VALUE_INT:
		*ret = of_whole(v.i, EXACT_UNIT);
		return true;
	case VALUE_REAL:
		*ret = exact_f64(v.r);
		return true;
	case VALUE_DECIMAL:
		*ret = exact_f64(decimal_to_f64(v.d));
		return true;
	default:
		return err_set(err, ERR_EVAL, NOWHERE, "there are values that are not numbers");
	}
}

void
exact_save(struct buf *b, int64_t *chunk, size_t n)
{
	wide_carry(chunk, n);
	for (size_t i = 0; i < n; i++)
		pack_i64(b, chunk[i]);
}

void
exact_load(struct unpack *u, int64_t *chunk, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		chunk[i] = unpack_i64(u);
		if (i + 1 < n ? chunk[i] < 0 || chunk[i] > UINT32_MAX
		              : chunk[i] < INT32_MIN || chunk[i] > INT32_MAX)
			unpack_spoil(u);
	}
}

void
exact_merge(int64_t *into, int64_t *from, size_t n)
{
	wide_carry(from, n);
	for (size_t i = 0; i < n; i++)
		into[i] += from[i];
	wide_carry(into, n);
}

void
exact_big_sum(struct exact_big *ret, const int64_t *chunk, size_t n)
{
	memset(ret, 0, sizeof(*ret));
	memcpy(ret->chunk, chunk, n * sizeof(*chunk));
	wide_carry(ret->chunk, n);
	ret->negative = ret->chunk[n - 1] < 0;
	wide_abs(ret->chunk, n);
}

void
exact_big_i64(struct exact_big *ret, int64_t i)
{
	uint64_t m = i < 0 ? -(uint64_t)i : (uint64_t)i;

	memset(ret, 0, sizeof(*ret));
	ret->chunk[0] = (int64_t)(m & 0xffffffff);
	ret->chunk[1] = (int64_t)(m >> 32);
	ret->negative = i < 0;
}

void
exact_big_mul(struct exact_big *ret, const struct exact_big *a, const struct exact_big *b)
{
	int64_t product[2 * EXACT_BIG];
	bool negative = a->negative != b->negative;

	wide_multiply(a->chunk, EXACT_BIG, b->chunk, EXACT_BIG, product);
	memcpy(ret->chunk, product, sizeof(ret->chunk));
	ret->negative = negative;
}

void
exact_big_add(struct exact_big *into, const struct exact_big *a, int times)
{
	int64_t sign = into->negative ? -1 : 1, factor = a->negative ? -times : times;

	for (size_t i = 0; i < EXACT_BIG; i++)
		into->chunk[i] = sign * into->chunk[i] + factor * a->chunk[i];
	wide_carry(into->chunk, EXACT_BIG);
	into->negative = into->chunk[EXACT_BIG - 1] < 0;
	wide_abs(into->chunk, EXACT_BIG);
}

bool
exact_big_is_zero(const struct exact_big *a)
{
	for (size_t i = 0; i < EXACT_BIG; i++)
		if (a->chunk[i] != 0)
			return false;
	return true;
}

double
exact_big_round(const struct exact_big *a, int *exponent)
{
	double m = wide_round(a->chunk, EXACT_BIG, exponent);

	return a->negative ? -m : m;
}
