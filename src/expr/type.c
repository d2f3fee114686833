#include "expr/value.h"

#include <assert.h>
#include <stdio.h>

#include "base/num.h"

struct type_name {
	const char *name;
	enum type_kind kind;
};

static const struct type_name names[] = {
	{"any", TYPE_ANY},
	{"null", TYPE_NULL},
	{"boolean", TYPE_BOOLEAN},
	{"integer", TYPE_INTEGER},
	{"number", TYPE_NUMBER},
	{"decimal", TYPE_DECIMAL},
	{"string", TYPE_STRING},
	{"date", TYPE_DATE},
	{"timestamp", TYPE_TIMESTAMP},
	{"timestamptz", TYPE_TIMESTAMPTZ},
	{"binary", TYPE_BINARY},
	{"variant", TYPE_VARIANT},
};

/* What people write who come from a database; accepted, never printed. */
static const struct type_name others[] = {
	{"bool", TYPE_BOOLEAN},     {"int", TYPE_INTEGER},     {"bigint", TYPE_INTEGER},
	{"smallint", TYPE_INTEGER}, {"float", TYPE_NUMBER},    {"double", TYPE_NUMBER},
	{"real", TYPE_NUMBER},      {"numeric", TYPE_DECIMAL}, {"text", TYPE_STRING},
	{"varchar", TYPE_STRING},   {"char", TYPE_STRING},     {"datetime", TYPE_TIMESTAMP},
	{"blob", TYPE_BINARY},      {"bytes", TYPE_BINARY},
};

enum { DIGITS_MAX = 38 };

static bool
kind_find(struct sv s, enum type_kind *ret)
{
	for (size_t i = 0; i < LEN(names); i++)
		/* `any` and `null` are what weir concludes, nothing that a catalog declares. */
		if (names[i].kind > TYPE_NULL && sv_ieq(s, sv_of(names[i].name))) {
			*ret = names[i].kind;
			return true;
		}
	for (size_t i = 0; i < LEN(others); i++)
		if (sv_ieq(s, sv_of(others[i].name))) {
			*ret = others[i].kind;
			return true;
		}
	return false;
}

static bool
unknown_type(struct sv s, struct err *err)
{
	const char *known[LEN(names)];
	size_t n = 0;

	for (size_t i = 0; i < LEN(names); i++)
		if (names[i].kind > TYPE_NULL)
			known[n++] = names[i].name;
	err_set(err, ERR_CATALOG, NOWHERE, "unknown type '" SV_FMT "'", SV_ARG(s));

	const char *near = sv_nearest(s, known, n);

	if (near != NULL)
		return err_hint(err, "did you mean '%s'?", near);
	return err_hint(err, "types are boolean, integer, number, decimal(p,s), string, date, timestamp, "
	                     "timestamptz, binary");
}

static bool
small_number(struct sv s, uint8_t *ret)
{
	uint64_t v;

	if (!num_u64(sv_trim(s), &v) || v > DIGITS_MAX)
		return false;
	*ret = (uint8_t)v;
	return true;
}

/* `10` or `10, 2`, what stands between the parentheses of a decimal. */
static bool
decimal_args(struct sv s, struct type *t, struct err *err)
{
	struct sv rest = s, first = sv_cut(&rest, ',');

	if (!small_number(first, &t->precision) || t->precision == 0)
		return err_set(err, ERR_CATALOG, NOWHERE, "a decimal has 1 to 38 digits, not '" SV_FMT "'",
		               SV_ARG(first));
	if (first.n == s.n)
		return true;
	if (!small_number(rest, &t->scale) || t->scale > t->precision)
		return err_set(err, ERR_CATALOG, NOWHERE,
		               "a decimal has 0 to %d digits behind the point, not '" SV_FMT "'",
		               (int)t->precision, SV_ARG(rest));
	return true;
}

bool
type_parse(struct sv s, struct type *ret, struct err *err)
{
	struct type t = {0};
	struct sv text = sv_trim(s);
	ptrdiff_t open = sv_find(text, '(');
	struct sv name = open >= 0 ? sv_trim((struct sv){text.p, (size_t)open}) : text;

	if (!kind_find(name, &t.kind))
		return unknown_type(name, err);
	if (open >= 0) {
		struct sv args = sv_skip(text, (size_t)open + 1);

		if (!sv_ends(args, SV(")")))
			return err_set(err, ERR_CATALOG, NOWHERE, "type '" SV_FMT "' lacks its ')'",
			               SV_ARG(text));
		args.n--;
		if (t.kind == TYPE_DECIMAL) {
			if (!decimal_args(args, &t, err))
				return false;
		} else if (t.kind != TYPE_STRING || sv_is(name, "string")) {
			/* varchar(40) comes from databases; the length is theirs to keep. */
			return err_set(err, ERR_CATALOG, NOWHERE, "type '" SV_FMT "' takes no '(" SV_FMT ")'",
			               SV_ARG(name), SV_ARG(args));
		}
	} else if (t.kind == TYPE_DECIMAL) {
		return err_set(err, ERR_CATALOG, NOWHERE, "a decimal needs its digits, as in decimal(10,2)");
	}
	*ret = t;
	return true;
}

const char *
type_text(struct type t, char *dst)
{
	const char *name = "any";

	for (size_t i = 0; i < LEN(names); i++)
		if (names[i].kind == t.kind)
			name = names[i].name;
	if (t.kind == TYPE_DECIMAL)
		(void)snprintf(dst, TYPE_TEXT_MAX, "decimal(%u,%u)",
		               t.precision != 0 ? t.precision : DIGITS_MAX, t.scale);
	else
		(void)snprintf(dst, TYPE_TEXT_MAX, "%s", name);
	return dst;
}

bool
type_is_numeric(struct type t)
{
	return t.kind == TYPE_BOOLEAN || t.kind == TYPE_INTEGER || t.kind == TYPE_NUMBER ||
	       t.kind == TYPE_DECIMAL;
}

bool
type_is_temporal(struct type t)
{
	return t.kind == TYPE_DATE || t.kind == TYPE_TIMESTAMP || t.kind == TYPE_TIMESTAMPTZ;
}

static bool
zone_eq(const struct tz *a, const struct tz *b)
{
	/* NULL is UTC.  Zones are objects that live once for each name. */
	return (a != NULL ? a : tz_utc) == (b != NULL ? b : tz_utc);
}

bool
type_eq(struct type a, struct type b)
{
	if (a.kind != b.kind)
		return false;
	if (a.kind == TYPE_DECIMAL)
		return (a.precision != 0 ? a.precision : DIGITS_MAX) ==
		               (b.precision != 0 ? b.precision : DIGITS_MAX) &&
		       a.scale == b.scale;
	if (a.kind == TYPE_TIMESTAMP || a.kind == TYPE_TIMESTAMPTZ)
		return zone_eq(a.zone, b.zone);
	return true;
}

struct type
value_type(struct value v)
{
	static const enum type_kind kinds[] = {
		[VALUE_NULL] = TYPE_NULL,          [VALUE_BOOL] = TYPE_BOOLEAN,
		[VALUE_INT] = TYPE_INTEGER,        [VALUE_REAL] = TYPE_NUMBER,
		[VALUE_DECIMAL] = TYPE_DECIMAL,    [VALUE_TEXT] = TYPE_STRING,
		[VALUE_DATE] = TYPE_DATE,          [VALUE_TIME] = TYPE_TIMESTAMP,
		[VALUE_TIMETZ] = TYPE_TIMESTAMPTZ, [VALUE_BINARY] = TYPE_BINARY,
		[VALUE_LIST] = TYPE_VARIANT,       [VALUE_OBJECT] = TYPE_VARIANT,
	};

	assert((size_t)v.kind < LEN(kinds));
	return (struct type){.kind = kinds[v.kind], .scale = v.kind == VALUE_DECIMAL ? v.d.scale : 0};
}
