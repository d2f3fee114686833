/* Arithmetic on values of any numeric kinds: exact for integers and decimals, doubles as IEEE 754 has it. */
#include "expr/eval_number.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/num.h"

static struct decimal
as_decimal(struct value v)
{
	if (v.kind == VALUE_DECIMAL)
		return v.d;
	return (struct decimal){.coeff = v.kind == VALUE_BOOL ? v.b : v.i};
}

static int64_t
as_i64(struct value v)
{
	return v.kind == VALUE_BOOL ? v.b : v.i;
}

static bool
arith_f64(enum expr_op op, double a, double b, struct value *ret)
{
	*ret = value_real(op == OP_ADD ? a + b : op == OP_SUB ? a - b : a * b);
	return true;
}

static bool
arith_decimal(const struct expr *e, struct decimal a, struct decimal b, struct value *ret)
{
	struct decimal d;

	if (e->op == OP_SUB)
		b.coeff = -b.coeff;
	if (e->op == OP_MUL ? !decimal_mul(a, b, &d) : !decimal_add(a, b, &d))
		return false;
	if (e->type.kind == TYPE_DECIMAL && !decimal_rescale(d, e->type.scale, &d))
		return false;
	*ret = (struct value){.kind = VALUE_DECIMAL, .d = d};
	return true;
}

static bool
arith_i64(enum expr_op op, int64_t a, int64_t b, struct value *ret)
{
	int64_t v;

	if (op == OP_ADD   ? __builtin_add_overflow(a, b, &v)
	    : op == OP_SUB ? __builtin_sub_overflow(a, b, &v)
	                   : __builtin_mul_overflow(a, b, &v))
		return false;
	*ret = value_int(v);
	return true;
}

bool
number_arith(const struct expr *e, struct value a, struct value b, struct value *ret)
{
	if (!value_is_numeric(a) || !value_is_numeric(b))
		return false;
	if (e->type.kind == TYPE_NUMBER || a.kind == VALUE_REAL || b.kind == VALUE_REAL)
		return arith_f64(e->op, value_to_f64(a), value_to_f64(b), ret);
	if (a.kind == VALUE_DECIMAL || b.kind == VALUE_DECIMAL)
		return arith_decimal(e, as_decimal(a), as_decimal(b), ret);
	return arith_i64(e->op, as_i64(a), as_i64(b), ret);
}

bool
number_div(struct value a, struct value b, struct value *ret)
{
	if (!value_is_numeric(a) || !value_is_numeric(b))
		return false;

	double divisor = value_to_f64(b);

	*ret = divisor == 0 ? VALUE_NONE : value_real(value_to_f64(a) / divisor);
	return true;
}

bool
number_mod(struct value a, struct value b, struct value *ret)
{
	if (a.kind != VALUE_INT || b.kind != VALUE_INT)
		return false;
	if (b.i == 0)
		*ret = VALUE_NONE;
	else
		*ret = value_int(b.i == -1 ? 0 : a.i % b.i); /* INT64_MIN % -1 traps */
	return true;
}

bool
number_sign(enum expr_op op, struct value v, struct value *ret)
{
	switch (v.kind) {
	case VALUE_BOOL:
	case VALUE_INT:
		if (op == OP_ABS && as_i64(v) >= 0)
			*ret = value_int(as_i64(v));
		else
			return arith_i64(OP_SUB, 0, as_i64(v), ret);
		return true;
	case VALUE_REAL:
		*ret = value_real(op == OP_ABS ? fabs(v.r) : -v.r);
		return true;
	case VALUE_DECIMAL:
		if (op == OP_NEG || v.d.coeff < 0)
			v.d.coeff = -v.d.coeff;
		*ret = v;
		return true;
	default:
		return false;
	}
}

/* coeff / 10^drop with the direction of op; ROUND: halves away from zero. */
static __int128
drop_digits(enum expr_op op, __int128 coeff, int64_t drop)
{
	__int128 unit = 1, rest, ret;

	if (drop > 38)
		return op == OP_FLOOR && coeff < 0 ? -1 : op == OP_CEIL && coeff > 0;
	for (int64_t i = 0; i < drop; i++)
		unit *= 10;
	ret = coeff / unit;
	rest = coeff % unit;
	if (op == OP_FLOOR)
		return ret - (rest < 0);
	if (op == OP_CEIL)
		return ret + (rest > 0);
	if (rest >= unit - rest && rest > 0)
		return ret + 1;
	return -rest >= unit + rest && rest < 0 ? ret - 1 : ret;
}

#define DECIMAL_PLACES_MAX INT64_C(39) /* one more than a decimal has */
#define DOUBLE_PLACES_MAX INT64_C(309) /* one more than a double reaches */

/* To `digits` behind the point, in the same scale or (op FLOOR, CEIL) without one; false on overflow. */
static bool
round_decimal(enum expr_op op, struct decimal d, int64_t digits, uint8_t scale, struct decimal *ret)
{
	digits = MAX(digits, -DECIMAL_PLACES_MAX); /* further left there are no digits */
	if (digits >= d.scale)
		return decimal_rescale(d, scale, ret);

	int64_t drop = d.scale - digits;
	struct decimal v = {.coeff = drop_digits(op, d.coeff, drop)};

	if (v.coeff == 0) {
		*ret = (struct decimal){.scale = scale};
		return true;
	}
	if (digits < 0) {
		for (int64_t i = digits; i < 0; i++)
			if (__builtin_mul_overflow(v.coeff, (__int128)10, &v.coeff))
				return false;
	} else {
		v.scale = (uint8_t)digits;
	}
	return decimal_rescale(v, scale, ret);
}

double
eval_round(double r, int64_t digits)
{
	char text[NUM_MAX];
	struct decimal d;

	digits = MAX(digits, -DOUBLE_PLACES_MAX);
	/* Past 2^53 there is no fraction, and a double has no more than 17 digits anyway. */
	if (isinf(r) || (digits >= 0 && fabs(r) >= 0x1p53) || digits > 20)
		return r;
	if (fabs(r) >= 1e38) {
		double unit = pow(10, (double)-digits);

		return isinf(unit) ? copysign(0, r) : round(r / unit) * unit;
	}
	if (!decimal_parse(sv_of(num_f64_format(r, text)), &d))
		return copysign(0, r); /* 17 digits that end past the 38th place begin past the 21st */
	if (!round_decimal(OP_ROUND, d, digits, d.scale, &d))
		return r;

	double v = decimal_to_f64(d);

	return v == 0 ? copysign(0, r) : v;
}

static bool
round_i64(int64_t i, int64_t digits, struct value *ret)
{
	struct decimal d;

	if (digits >= 0) {
		*ret = value_int(i);
		return true;
	}
	if (!round_decimal(OP_ROUND, (struct decimal){.coeff = i}, digits, 0, &d) || d.coeff > INT64_MAX ||
	    d.coeff < INT64_MIN)
		return false;
	*ret = value_int((int64_t)d.coeff);
	return true;
}

bool
number_round(const struct expr *e, struct value v, int64_t digits, struct value *ret)
{
	switch (v.kind) {
	case VALUE_BOOL:
	case VALUE_INT:
		return round_i64(as_i64(v), digits, ret);
	case VALUE_REAL:
		*ret = value_real(e->op == OP_FLOOR  ? floor(v.r)
		                  : e->op == OP_CEIL ? ceil(v.r)
		                                     : eval_round(v.r, digits));
		return true;
	case VALUE_DECIMAL:
		*ret = (struct value){.kind = VALUE_DECIMAL};
		return round_decimal(e->op, v.d, digits, e->op == OP_ROUND ? v.d.scale : 0, &ret->d);
	default:
		return false;
	}
}
