/* What a constant means beside an operand of some type: text is a time beside times, 0.1 a decimal beside decimals. */
#include <stdlib.h>

#include "base/num.h"
#include "expr/expr_ops.h"

/* A double as the decimal that it was written as; whole ones as integers, which all numbers take. */
static bool
shortest_decimal(struct value v, struct value *ret)
{
	char text[NUM_MAX];
	struct decimal d;

	if (v.kind == VALUE_DECIMAL)
		d = v.d;
	else if (!decimal_parse(sv_of(num_f64_format(v.r, text)), &d))
		return false;
	while (d.scale > 0 && d.coeff % 10 == 0)
		d = (struct decimal){.coeff = d.coeff / 10, .scale = (uint8_t)(d.scale - 1)};
	if (d.scale == 0 && d.coeff >= INT64_MIN && d.coeff <= INT64_MAX)
		*ret = value_int((int64_t)d.coeff);
	else
		*ret = (struct value){.kind = VALUE_DECIMAL, .d = d};
	return true;
}

static bool
adapt_time(struct type t, struct value v, struct value *ret)
{
	struct value exact;

	if (v.kind == VALUE_TEXT)
		/* A time of day beside a date is compared with its midnight. */
		return value_parse(t, v.s, ret) ||
		       (t.kind == TYPE_DATE && value_parse((struct type){.kind = TYPE_TIMESTAMP}, v.s, ret));
	/* An instant has no one wall clock where the clocks go back, so it stays an instant. */
	*ret = v.kind != VALUE_TIMETZ && value_cast(t, v, &exact) ? exact : v;
	return true;
}

bool
expr_adapt(struct type t, struct value v, struct value *ret)
{
	if (type_is_temporal(t) && v.kind != VALUE_LIST)
		return adapt_time(t, v, ret);
	if (t.kind == TYPE_DECIMAL && (v.kind == VALUE_REAL || v.kind == VALUE_DECIMAL) &&
	    shortest_decimal(v, ret))
		return true;
	if (v.kind == VALUE_DECIMAL &&
	    (t.kind == TYPE_NUMBER || t.kind == TYPE_ANY || t.kind == TYPE_VARIANT))
		*ret = value_real(decimal_to_f64(v.d));
	else
		*ret = v;
	return true;
}

/* A member that value v of a column of type t can equal, in the column's kind. */
static bool
member(struct type t, struct value v, struct value *ret)
{
	bool text = v.kind == VALUE_TEXT;

	if (v.kind == VALUE_NULL || !expr_adapt(t, v, ret))
		return false;
	if ((t.kind == TYPE_ANY || t.kind == TYPE_VARIANT || t.kind == TYPE_NULL))
		return true;
	if (text != (t.kind == TYPE_STRING) && !type_is_temporal(t))
		return false; /* '1' is not 1: only times are written as text */
	/* An instant beside wall clocks, or a time of day beside dates, is compared as it is. */
	if (type_is_temporal(t) && value_type(*ret).kind != t.kind)
		return type_is_temporal(value_type(*ret));

	struct value cast;

	if (!value_cast(t, *ret, &cast) || !value_eq(cast, *ret))
		return false; /* 1.5 among integers */
	*ret = cast;
	return true;
}

static int
compare_members(const void *a, const void *b)
{
	return value_order(*(const struct value *)a, *(const struct value *)b);
}

struct value
expr_members(struct arena *a, struct type t, const struct value *set, uint32_t n)
{
	struct value *list = ARENA_ARRAY(a, struct value, n);
	uint32_t kept = 0, distinct = 0;

	for (uint32_t i = 0; i < n; i++)
		kept += member(t, set[i], &list[kept]);
	qsort(list, kept, sizeof(*list), compare_members);
	for (uint32_t i = 0; i < kept; i++)
		if (distinct == 0 || !value_eq(list[i], list[distinct - 1]))
			list[distinct++] = list[i];
	return (struct value){.kind = VALUE_LIST, .n = distinct, .list = list};
}
