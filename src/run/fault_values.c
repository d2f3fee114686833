/* Faults in the values of one column. */
#include <math.h>

#include "base/civil.h"
#include "base/num.h"
#include "base/utf8.h"
#include "run/fault.h"
#include "run/fault_propose.h"

enum { TEXT_MAX = 1 << 20, SHIFT_HOURS = 2, FUTURE_DAYS = 3652 };

static bool
is_text(const struct planting *p, const struct column *c)
{
	(void)p;
	return c->type.kind == TYPE_STRING || c->type.kind == TYPE_VARIANT;
}

static bool
is_number(const struct planting *p, const struct column *c)
{
	(void)p;
	return (type_is_numeric(c->type) && c->type.kind != TYPE_BOOLEAN) || c->type.kind == TYPE_VARIANT;
}

/* A number that measures something; to count with ids is to make no fault that happens. */
static bool
is_measure(const struct planting *p, const struct column *c)
{
	for (size_t i = 0; p->asset != NULL && i < p->asset->nkeycol; i++)
		if (sv_eq(p->asset->keycol[i], c->name))
			return false;
	return is_number(p, c) && !name_is_id(c->name);
}

static bool
has_digits(const struct planting *p, const struct column *c)
{
	return is_measure(p, c) && c->type.kind != TYPE_INTEGER;
}

static bool
is_instant(const struct planting *p, const struct column *c)
{
	(void)p;
	return c->type.kind == TYPE_TIMESTAMP || c->type.kind == TYPE_TIMESTAMPTZ;
}

static bool
is_date(const struct planting *p, const struct column *c)
{
	(void)p;
	return c->type.kind == TYPE_DATE;
}

static bool
is_time(const struct planting *p, const struct column *c)
{
	(void)p;
	return type_is_temporal(c->type);
}

/* Nothing ------------------------------------------------------------------------------------------------- */

static bool
to_null(const struct planting *p UNUSED, struct value v UNUSED, struct value *ret)
{
	*ret = VALUE_NONE;
	return true;
}

const struct fault fault_null_some = {
	.name = "null_some",
	.title = "1 % nulls",
	.doc = "One value in a hundred is null.",
	.few = true,
	.change = to_null,
	.propose = propose_not_null,
};

/* Where types come from the values, there is none left. */
static int64_t
plant_null_all(struct planting *p)
{
	struct column *c = &p->col[p->column];
	int64_t n = 0;

	for (int64_t i = 0; i < p->base->rows; i++)
		n += frame_value(p->base, p->column, i).kind != VALUE_NULL;
	if (n == 0)
		return 0;
	p->view.col[p->column] = (struct frame_column){0};
	if (p->base->infers && !c->declared)
		c->type = (struct type){.kind = TYPE_NULL};
	return n;
}

const struct fault fault_null_all = {
	.name = "null_all",
	.title = "all null",
	.doc = "The whole column is null.",
	.shape = true,
	.plant = plant_null_all,
	.propose = propose_not_null,
};

/* Texts --------------------------------------------------------------------------------------------------- */

static bool
to_empty(const struct planting *p UNUSED, struct value v, struct value *ret)
{
	*ret = value_text(SV(""));
	return v.kind == VALUE_TEXT && v.s.n > 0;
}

const struct fault fault_empty_text = {
	.name = "empty_text",
	.title = "1 % empty texts",
	.doc = "One text in a hundred is empty, which is not null.",
	.few = true,
	.applies = is_text,
	.change = to_empty,
	.propose = propose_length,
};

/* Characters from the front until half of them are left, rounded down. */
static bool
to_half(const struct planting *p UNUSED, struct value v, struct value *ret)
{
	size_t chars = 0, at = 0;

	if (v.kind != VALUE_TEXT)
		return false;
	for (size_t i = 0; i < v.s.n; i++)
		chars += ((uint8_t)v.s.p[i] & 0xc0) != 0x80;
	for (size_t left = chars / 2; at < v.s.n; at++)
		if (((uint8_t)v.s.p[at] & 0xc0) != 0x80 && left-- == 0)
			break;
	*ret = value_text((struct sv){v.s.p, at});
	return chars >= 2;
}

const struct fault fault_truncated = {
	.name = "truncated",
	.title = "1 % texts cut",
	.doc = "One text in a hundred has lost its second half.",
	.few = true,
	.applies = is_text,
	.change = to_half,
	.propose = propose_text,
};

/* ASCII letters: to upper case if there is a lower one, else to lower case. */
static bool
to_other_case(const struct planting *p, struct value v, struct value *ret)
{
	bool lower = false, upper = false;
	char *text;

	if (v.kind != VALUE_TEXT)
		return false;
	for (size_t i = 0; i < v.s.n; i++) {
		lower = lower || (v.s.p[i] >= 'a' && v.s.p[i] <= 'z');
		upper = upper || (v.s.p[i] >= 'A' && v.s.p[i] <= 'Z');
	}
	if (!lower && !upper)
		return false;
	text = arena_str(p->a, v.s);
	for (size_t i = 0; i < v.s.n; i++) {
		if (lower && text[i] >= 'a' && text[i] <= 'z')
			text[i] = (char)(text[i] - 'a' + 'A');
		else if (!lower && text[i] >= 'A' && text[i] <= 'Z')
			text[i] = (char)(text[i] - 'A' + 'a');
	}
	*ret = value_text((struct sv){text, v.s.n});
	return true;
}

const struct fault fault_case = {
	.name = "case",
	.title = "1 % in another case",
	.doc = "One text in a hundred is in upper case, or in lower case if it was in upper case.",
	.few = true,
	.applies = is_text,
	.change = to_other_case,
	.propose = propose_text,
};

static struct sv
with_tail(struct arena *a, struct sv s, const char *tail)
{
	size_t n = strlen(tail);
	char *text = ARENA_ARRAY(a, char, s.n + n);

	memcpy(text, s.p, s.n);
	memcpy(text + s.n, tail, n);
	return (struct sv){text, s.n + n};
}

static bool
to_padded(const struct planting *p, struct value v, struct value *ret)
{
	if (v.kind != VALUE_TEXT || v.s.n == 0)
		return false;
	*ret = value_text(with_tail(p->a, v.s, " "));
	return true;
}

const struct fault fault_padded = {
	.name = "padded",
	.title = "1 % with a space behind",
	.doc = "One text in a hundred has a space behind it.",
	.few = true,
	.applies = is_text,
	.change = to_padded,
	.propose = propose_text,
};

/* Each byte of UTF-8 taken for a character of Latin-1. */
static bool
to_mojibake(const struct planting *p, struct value v, struct value *ret)
{
	char *text, *to;
	bool any = false;

	if (v.kind != VALUE_TEXT)
		return false;
	for (size_t i = 0; i < v.s.n; i++)
		any = any || (uint8_t)v.s.p[i] >= 0x80;
	if (!any)
		return false;
	to = text = ARENA_ARRAY(p->a, char, 2 * v.s.n);
	for (size_t i = 0; i < v.s.n; i++) {
		uint8_t c = (uint8_t)v.s.p[i];

		if (c < 0x80) {
			*to++ = (char)c;
			continue;
		}
		*to++ = (char)(0xc0 | c >> 6);
		*to++ = (char)(0x80 | (c & 0x3f));
	}
	*ret = value_text((struct sv){text, (size_t)(to - text)});
	return true;
}

const struct fault fault_mojibake = {
	.name = "mojibake",
	.title = "encoding broken",
	.doc = "Texts outside of ASCII were read as Latin-1, though they are UTF-8.",
	.applies = is_text,
	.change = to_mojibake,
	.propose = propose_mojibake,
};

/* Few values that come again and again. */
static bool
is_category(const struct planting *p, const struct column *c)
{
	const struct profile_column *f = &p->profile->column[c->index];

	return c->type.kind == TYPE_STRING && f->nvalue > 0 && f->valid >= 2 * (int64_t)f->nvalue;
}

static bool
to_unknown(const struct planting *p, struct value v, struct value *ret)
{
	if (!value_eq(v, p->profile->column[p->column].value[0]))
		return false;
	*ret = value_text(with_tail(p->a, v.s, "_new"));
	return true;
}

const struct fault fault_category = {
	.name = "category",
	.title = "a category renamed",
	.doc = "The most frequent of few values has another name, `paid_new` for `paid`.",
	.applies = is_category,
	.change = to_unknown,
	.propose = propose_text,
};

/* Numbers ------------------------------------------------------------------------------------------------- */

static bool
fits(const struct planting *p, struct value *v)
{
	struct type t = p->base->schema.col[p->column].type;

	return t.kind != TYPE_DECIMAL || value_cast(t, *v, v);
}

static bool
to_hundredfold(const struct planting *p, struct value v, struct value *ret)
{
	*ret = v;
	switch (v.kind) {
	case VALUE_INT:
		return v.i != 0 && !__builtin_mul_overflow(v.i, (int64_t)100, &ret->i);
	case VALUE_REAL:
		ret->r = v.r * 100;
		return ret->r != v.r && isfinite(ret->r);
	case VALUE_DECIMAL:
		return v.d.coeff != 0 && !__builtin_mul_overflow(v.d.coeff, (__int128)100, &ret->d.coeff) &&
		       fits(p, ret);
	default:
		return false;
	}
}

const struct fault fault_unit_up = {
	.name = "times_100",
	.title = "unit x 100",
	.doc = "All numbers are a hundred times as large: cents where euros are meant.",
	.applies = is_measure,
	.change = to_hundredfold,
	.propose = propose_size,
};

/* What whole numbers and decimals have no room for is cut off. */
static bool
to_hundredth(const struct planting *p UNUSED, struct value v, struct value *ret)
{
	*ret = v;
	switch (v.kind) {
	case VALUE_INT:
		ret->i = v.i / 100;
		return v.i != 0;
	case VALUE_REAL:
		ret->r = v.r / 100;
		return ret->r != v.r;
	case VALUE_DECIMAL:
		ret->d.coeff = v.d.coeff / 100;
		return v.d.coeff != 0;
	default:
		return false;
	}
}

const struct fault fault_unit_down = {
	.name = "over_100",
	.title = "unit / 100",
	.doc = "All numbers are a hundredth; what whole numbers and decimals have no digits for is cut off.",
	.applies = is_measure,
	.change = to_hundredth,
	.propose = propose_size,
};

static bool
to_negative(const struct planting *p UNUSED, struct value v, struct value *ret)
{
	*ret = v;
	switch (v.kind) {
	case VALUE_INT:
		return v.i != 0 && !__builtin_sub_overflow((int64_t)0, v.i, &ret->i);
	case VALUE_REAL:
		ret->r = -v.r;
		return v.r != 0;
	case VALUE_DECIMAL:
		ret->d.coeff = -v.d.coeff;
		return v.d.coeff != 0;
	default:
		return false;
	}
}

const struct fault fault_sign = {
	.name = "sign",
	.title = "1 % signs flipped",
	.doc = "One number in a hundred has the other sign.",
	.few = true,
	.applies = is_measure,
	.change = to_negative,
	.propose = propose_range,
};

/* To whole numbers, a half to the even one. */
static bool
to_whole(const struct planting *p UNUSED, struct value v, struct value *ret)
{
	__int128 unit = 1, rest, away;

	*ret = v;
	if (v.kind == VALUE_REAL) {
		ret->r = rint(v.r);
		return ret->r != v.r;
	}
	if (v.kind != VALUE_DECIMAL)
		return false;
	for (int i = 0; i < v.d.scale; i++)
		unit *= 10;
	rest = v.d.coeff % unit;
	if (rest == 0)
		return false;
	ret->d.coeff = v.d.coeff - rest;
	away = rest < 0 ? -rest : rest;
	if (away > unit - away || (away == unit - away && (ret->d.coeff / unit) % 2 != 0))
		ret->d.coeff += rest < 0 ? -unit : unit;
	return fits(p, ret);
}

const struct fault fault_rounded = {
	.name = "rounded",
	.title = "decimals rounded",
	.doc = "Numbers have lost what stands behind the point.",
	.applies = has_digits,
	.change = to_whole,
	.propose = propose_decimals,
	.blind = "only another source tells",
};

/* Beyond a thousand times of what there is; the greatest that a decimal holds. */
static int64_t
plant_outlier(struct planting *p)
{
	const struct type t = p->base->schema.col[p->column].type;
	LIST(int64_t) row = {0};
	double most = 0;
	struct value v;

	for (int64_t i = 0; i < p->base->rows; i++) {
		v = frame_value(p->base, p->column, i);
		if (!value_is_numeric(v) || v.kind == VALUE_BOOL || frame_is_misfit(p->base, p->column, i))
			continue;
		*LIST_ADD(p->a, &row) = i;
		most = MAX(most, fabs(value_to_f64(v)));
	}
	if (row.n == 0)
		return 0;
	int64_t at = row.v[fault_random(p, 0) % row.n];

	most = most * 1000 + 1000;
	v = value_real(most);
	if (t.kind == TYPE_INTEGER || (t.kind == TYPE_VARIANT && most < 0x1p53))
		v = value_int(most < 0x1p62 ? (int64_t)most : INT64_MAX);
	if (t.kind == TYPE_DECIMAL) {
		v = (struct value){.kind = VALUE_DECIMAL, .d = {.coeff = 1, .scale = t.scale}};
		for (int i = 0; i < (t.precision > 0 ? t.precision : 38); i++)
			v.d.coeff *= 10;
		v.d.coeff -= 1;
	}
	if (value_eq(v, frame_value(p->base, p->column, at)))
		return 0;
	frame_put(p->a, fault_column(p, p->column), at, v, false);
	return 1;
}

const struct fault fault_outlier = {
	.name = "outlier",
	.title = "one outlier",
	.doc = "One number is more than a thousand times the greatest that there is.",
	.applies = is_measure,
	.plant = plant_outlier,
	.propose = propose_range,
};

static bool
to_text(const struct planting *p, struct value v, struct value *ret)
{
	AUTO(buf) text = buf_new(TEXT_MAX);

	if (!value_is_numeric(v) || v.kind == VALUE_BOOL || !value_to_text(v, text) ||
	    !buf_puts(text, " pcs"))
		return false;
	*ret = value_text(arena_sv(p->a, buf_sv(text)));
	return true;
}

/* What is declared stays so, and its values do not fit; else the column is one of texts, unless its kind of data mixes. */
static int64_t
plant_as_text(struct planting *p)
{
	struct column *c = &p->col[p->column];
	struct frame_column *to = fault_column(p, p->column);
	int64_t n = 0;

	for (int64_t i = 0; i < p->base->rows; i++) {
		struct value v = frame_value(p->base, p->column, i), text;

		if (frame_is_misfit(p->base, p->column, i) || !to_text(p, v, &text))
			continue;
		frame_put(p->a, to, i, text, c->declared);
		n++;
	}
	if (n == 0)
		return 0;
	c->certain = c->certain && !c->declared;
	if (!c->declared && !p->base->mixes && c->type.kind != TYPE_VARIANT)
		c->type = (struct type){.kind = TYPE_STRING};
	return n;
}

const struct fault fault_as_text = {
	.name = "as_text",
	.title = "numbers as text",
	.doc = "All numbers are texts with a unit, `12 pcs`.",
	.shape = true,
	.applies = is_number,
	.plant = plant_as_text,
	.propose = propose_type,
};

/* Times --------------------------------------------------------------------------------------------------- */

static bool
later(struct value v, int64_t days, int64_t us, struct value *ret)
{
	*ret = v;
	if (v.kind == VALUE_DATE)
		return !__builtin_add_overflow(v.i, days, &ret->i);
	return (v.kind == VALUE_TIME || v.kind == VALUE_TIMETZ) &&
	       !__builtin_add_overflow(v.i, days * US_PER_DAY + us, &ret->i);
}

static bool
to_other_zone(const struct planting *p UNUSED, struct value v, struct value *ret)
{
	return later(v, 0, SHIFT_HOURS * (US_PER_DAY / 24), ret);
}

const struct fault fault_zone = {
	.name = "zone",
	.title = "two hours late",
	.doc = "All times are two hours later, as if they were of another zone.",
	.applies = is_instant,
	.change = to_other_zone,
	.propose = propose_times,
	.blind = "only another column or source tells",
};

static bool
to_next_day(const struct planting *p UNUSED, struct value v, struct value *ret)
{
	return later(v, 1, 0, ret);
}

const struct fault fault_day = {
	.name = "day",
	.title = "a day late",
	.doc = "All dates are a day later.",
	.applies = is_date,
	.change = to_next_day,
	.propose = propose_times,
	.blind = "only another column or source tells",
};

static bool
to_future(const struct planting *p UNUSED, struct value v, struct value *ret)
{
	return later(v, FUTURE_DAYS, 0, ret);
}

const struct fault fault_future = {
	.name = "future",
	.title = "1 % in the future",
	.doc = "One time in a hundred is ten years later.",
	.few = true,
	.applies = is_time,
	.change = to_future,
	.propose = propose_not_future,
};
