#include "metric/order_key.h"

#include <string.h>

#include "base/clock.h"

#define SIGN (UINT64_C(1) << 63)

uint64_t
order_key_i64(int64_t i)
{
	return (uint64_t)i ^ SIGN;
}

uint64_t
order_key_f64(double r)
{
	uint64_t bits;

	r += 0.0; /* -0 is 0 */
	memcpy(&bits, &r, sizeof(bits));
	return bits & SIGN ? ~bits : bits | SIGN;
}

static double
f64_of_key(uint64_t key)
{
	uint64_t bits = key & SIGN ? key ^ SIGN : ~key;
	double r;

	memcpy(&r, &bits, sizeof(r));
	return r;
}

struct value
order_key_value(uint64_t key, struct type t)
{
	int64_t i = (int64_t)(key ^ SIGN);

	switch (t.kind) {
	case TYPE_NUMBER:
		return value_real(f64_of_key(key));
	case TYPE_DECIMAL:
		return (struct value){.kind = VALUE_DECIMAL, .d = {.coeff = i, .scale = t.scale}};
	case TYPE_DATE:
		return (struct value){.kind = VALUE_DATE, .i = i};
	case TYPE_TIMESTAMP:
		return (struct value){.kind = VALUE_TIME, .i = i};
	case TYPE_TIMESTAMPTZ:
		return (struct value){.kind = VALUE_TIMETZ, .i = i};
	default:
		return value_int(i);
	}
}

bool
order_key_of(struct value v, struct type t, uint64_t *key)
{
	struct decimal d;

	if (t.kind == TYPE_BOOLEAN)
		t.kind = TYPE_INTEGER;
	if ((!type_is_numeric(t) && !type_is_temporal(t)) || !value_cast(t, v, &v))
		return false;
	switch (v.kind) {
	case VALUE_REAL:
		*key = order_key_f64(v.r);
		return true;
	case VALUE_DECIMAL:
		if (!decimal_rescale(v.d, t.scale, &d) || d.coeff > INT64_MAX || d.coeff < INT64_MIN)
			return false;
		*key = order_key_i64((int64_t)d.coeff);
		return true;
	default:
		*key = order_key_i64(v.i);
		return true;
	}
}

uint64_t
order_key_common(struct value v)
{
	int64_t t_us = v.i;

	if (value_is_numeric(v))
		return order_key_f64(value_to_f64(v));
	if (v.kind == VALUE_DATE && __builtin_mul_overflow(v.i, US_PER_DAY, &t_us))
		t_us = v.i < 0 ? INT64_MIN : INT64_MAX;
	return order_key_i64(t_us);
}

bool
order_key_is_direct(const struct vector *v, struct type t)
{
	if (v->type.kind != t.kind || (t.kind == TYPE_DECIMAL && v->type.scale != t.scale))
		return false;
	return v->rep == REP_I64 || (v->rep == REP_F64 && t.kind == TYPE_NUMBER);
}
