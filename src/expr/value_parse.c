/* Values from text, and from values of other kinds where nothing is lost. */
#include <math.h>

#include "base/civil.h"
#include "base/num.h"
#include "expr/value.h"

enum { DIGITS_MAX = 38 };

static bool
parse_bool(struct sv s, struct value *ret)
{
	static const char *const yes[] = {"true", "t", "yes", "y", "1"};
	static const char *const no[] = {"false", "f", "no", "n", "0"};

	for (size_t i = 0; i < LEN(yes); i++) {
		if (sv_ieq(s, sv_of(yes[i]))) {
			*ret = value_bool(true);
			return true;
		}
		if (sv_ieq(s, sv_of(no[i]))) {
			*ret = value_bool(false);
			return true;
		}
	}
	return false;
}

/* Has the whole part room in the digits that the scale leaves? */
static bool
decimal_in(struct type t, struct decimal d)
{
	unsigned precision = t.precision != 0 ? t.precision : DIGITS_MAX;
	__int128 limit = 1;

	for (unsigned i = 0; i < precision; i++)
		limit *= 10;
	return d.coeff > -limit && d.coeff < limit;
}

static bool
fit_decimal(struct type t, struct decimal d, struct value *ret)
{
	struct decimal scaled;

	if (!decimal_rescale(d, t.scale, &scaled) || !decimal_in(t, scaled))
		return false;
	*ret = (struct value){.kind = VALUE_DECIMAL, .d = scaled};
	return true;
}

static int64_t
local_to_instant(const struct tz *zone, int64_t local_us)
{
	int64_t first, second;

	if (zone == NULL)
		return local_us;
	/* Skipped times move to the end of the gap, doubled ones are the first of the two. */
	(void)tz_from_local(zone, local_us, &first, &second);
	return first;
}

static int64_t
instant_to_local(const struct tz *zone, int64_t t_us)
{
	return zone != NULL ? tz_to_local_us(zone, t_us) : t_us;
}

static bool
parse_time(struct type t, struct sv s, struct value *ret)
{
	struct time_text text;

	if (!time_text_parse(s, &text))
		return false;
	switch (t.kind) {
	case TYPE_DATE:
		if (text.has_zone || text.us % US_PER_DAY != 0)
			return false;
		*ret = (struct value){.kind = VALUE_DATE, .i = civil_day_of(text.us)};
		return true;
	case TYPE_TIMESTAMP:
		if (text.has_zone)
			text.us = instant_to_local(t.zone, text.us - text.offset_us);
		*ret = (struct value){.kind = VALUE_TIME, .i = text.us};
		return true;
	default:
		text.us = text.has_zone ? text.us - text.offset_us : local_to_instant(t.zone, text.us);
		*ret = (struct value){.kind = VALUE_TIMETZ, .i = text.us};
		return true;
	}
}

bool
value_parse(struct type t, struct sv s, struct value *ret)
{
	struct decimal d;
	int64_t i;
	double r;

	switch (t.kind) {
	case TYPE_NULL:
		return false;
	case TYPE_BOOLEAN:
		return parse_bool(s, ret);
	case TYPE_INTEGER:
		if (!num_i64(s, &i))
			return false;
		*ret = value_int(i);
		return true;
	case TYPE_NUMBER:
		if (!num_f64(s, &r))
			return false;
		*ret = value_real(r);
		return true;
	case TYPE_DECIMAL:
		return decimal_parse(s, &d) && fit_decimal(t, d, ret);
	case TYPE_DATE:
	case TYPE_TIMESTAMP:
	case TYPE_TIMESTAMPTZ:
		return parse_time(t, s, ret);
	case TYPE_BINARY:
		*ret = (struct value){.kind = VALUE_BINARY, .s = s};
		return true;
	case TYPE_ANY:
	case TYPE_STRING:
	case TYPE_VARIANT:
		break;
	}
	*ret = value_text(s);
	return true;
}

static bool
cast_bool(struct value v, struct value *ret)
{
	int c;

	for (int64_t i = 0; i <= 1; i++)
		if (value_compare(v, value_int(i), NULL, &c) && c == 0) {
			*ret = value_bool(i != 0);
			return true;
		}
	return false;
}

static bool
cast_int(struct value v, struct value *ret)
{
	struct decimal d;

	if (v.kind == VALUE_BOOL) {
		*ret = value_int(v.b);
		return true;
	}
	if (v.kind == VALUE_REAL && v.r >= -0x1p63 && v.r < 0x1p63 && v.r == trunc(v.r)) {
		*ret = value_int((int64_t)v.r);
		return true;
	}
	if (v.kind == VALUE_DECIMAL && decimal_rescale(v.d, 0, &d) && d.coeff >= INT64_MIN &&
	    d.coeff <= INT64_MAX) {
		*ret = value_int((int64_t)d.coeff);
		return true;
	}
	return false;
}

/* The nearest double: what is meant when something is made a `number`. */
static bool
cast_real(struct value v, struct value *ret)
{
	if (v.kind == VALUE_BOOL)
		*ret = value_real(v.b);
	else if (v.kind == VALUE_INT)
		*ret = value_real((double)v.i);
	else if (v.kind == VALUE_DECIMAL)
		*ret = value_real(decimal_to_f64(v.d));
	else
		return false;
	return true;
}

static bool
cast_decimal(struct type t, struct value v, struct value *ret)
{
	char text[NUM_MAX];
	struct decimal d;

	if (v.kind == VALUE_BOOL)
		return fit_decimal(t, (struct decimal){.coeff = v.b}, ret);
	if (v.kind == VALUE_INT)
		return fit_decimal(t, (struct decimal){.coeff = v.i}, ret);
	if (v.kind == VALUE_DECIMAL)
		return fit_decimal(t, v.d, ret);
	/* A double stands for the shortest decimal that reads back as it: 0.1 is 0.1. */
	return v.kind == VALUE_REAL && decimal_parse(sv_of(num_f64_format(v.r, text)), &d) &&
	       fit_decimal(t, d, ret);
}

static bool
cast_time(struct type t, struct value v, struct value *ret)
{
	int64_t local;

	if (v.kind == VALUE_DATE) {
		if (!civil_midnight_us(v.i, &local))
			return false;
	} else if (v.kind == VALUE_TIME)
		local = v.i;
	else if (v.kind == VALUE_TIMETZ)
		local = instant_to_local(t.zone, v.i);
	else
		return false;
	switch (t.kind) {
	case TYPE_DATE:
		if (v.kind == VALUE_TIMETZ || local % US_PER_DAY != 0)
			return false;
		*ret = (struct value){.kind = VALUE_DATE, .i = civil_day_of(local)};
		return true;
	case TYPE_TIMESTAMP:
		*ret = (struct value){.kind = VALUE_TIME, .i = local};
		return true;
	default:
		local = v.kind == VALUE_TIMETZ ? v.i : local_to_instant(t.zone, local);
		*ret = (struct value){.kind = VALUE_TIMETZ, .i = local};
		return true;
	}
}

static bool
same_kind(struct type t, struct value v)
{
	return value_type(v).kind == t.kind;
}

bool
value_cast(struct type t, struct value v, struct value *ret)
{
	if (v.kind == VALUE_NULL || t.kind == TYPE_ANY || t.kind == TYPE_VARIANT ||
	    (t.kind != TYPE_DECIMAL && same_kind(t, v))) {
		*ret = v;
		return true;
	}
	if (v.kind == VALUE_TEXT)
		return value_parse(t, v.s, ret);
	switch (t.kind) {
	case TYPE_BOOLEAN:
		return cast_bool(v, ret);
	case TYPE_INTEGER:
		return cast_int(v, ret);
	case TYPE_NUMBER:
		return cast_real(v, ret);
	case TYPE_DECIMAL:
		return cast_decimal(t, v, ret);
	case TYPE_DATE:
	case TYPE_TIMESTAMP:
	case TYPE_TIMESTAMPTZ:
		return cast_time(t, v, ret);
	default:
		return false;
	}
}
