#include "run/fault_propose.h"

#include <math.h>

#include "base/civil.h"
#include "base/duration.h"
#include "base/num.h"
#include "catalog/yaml_text.h"
#include "metric/text_shape.h"

enum { LINE_MAX_BYTES = 1 << 16, SET_MAX = 20, OTHERS_MAX = 8, YEARS_AHEAD = 2 };

/* What a proposal is written with: a text, a column's name, a value. */
static bool
can_name(const struct column *c)
{
	return !c->missing && c->name.n > 0 && c->name.n <= 255 && yaml_can_hold(c->name);
}

static const struct column *
column_of(const struct proposals *s)
{
	return &s->p->base->schema.col[s->p->column];
}

static const struct profile_column *
profile_of(const struct proposals *s)
{
	return &s->p->profile->column[s->p->column];
}

static void
add(struct proposals *s, const struct buf *b)
{
	if (!b->full)
		*LIST_ADD(s->a, &s->list) = arena_sv(s->a, buf_sv(b));
}

/* `NAME: {column: c`, which the caller goes on with. */
static void
begin(struct buf *b, const char *name, const struct column *c)
{
	buf_printf(b, "%s: {column: ", name);
	yaml_put_text(b, c->name);
}

/* `NAME: c`. */
static void
add_plain(struct proposals *s, const char *name, const struct column *c)
{
	AUTO(buf) b = buf_new(LINE_MAX_BYTES);

	if (!can_name(c))
		return;
	buf_printf(b, "%s: ", name);
	yaml_put_text(b, c->name);
	add(s, b);
}

static void
add_regex(struct proposals *s, const char *name, const char *regex)
{
	AUTO(buf) b = buf_new(LINE_MAX_BYTES);

	if (!can_name(column_of(s)))
		return;
	begin(b, name, column_of(s));
	buf_puts(b, ", regex: ");
	yaml_put_text(b, sv_of(regex));
	buf_puts(b, "}");
	add(s, b);
}

/* Where nulls are common already, a share half-way to what one percent more makes of it. */
void
propose_not_null(struct proposals *s)
{
	const struct profile_column *f = profile_of(s);
	AUTO(buf) b = buf_new(LINE_MAX_BYTES);
	double share = (double)f->valid / (double)MAX(s->p->base->rows, 1);

	if (!can_name(column_of(s)))
		return;
	if (f->nulls == 0) {
		add_plain(s, "not_null", column_of(s));
		return;
	}
	begin(b, "not_null", column_of(s));
	buf_printf(b, ", mostly: %.4g}", floor(share * 0.995 * 1e4) / 1e4);
	add(s, b);
}

void
propose_length(struct proposals *s)
{
	AUTO(buf) b = buf_new(LINE_MAX_BYTES);

	if (!can_name(column_of(s)))
		return;
	propose_text(s);
	begin(b, "length_between", column_of(s));
	buf_puts(b, ", min: 1}");
	add(s, b);
}

static void
propose_set(struct proposals *s)
{
	const struct profile_column *f = profile_of(s);
	AUTO(buf) b = buf_new(LINE_MAX_BYTES);

	if (f->pii || f->nvalue == 0 || f->nvalue > SET_MAX || f->valid < 2 * (int64_t)f->nvalue ||
	    !can_name(column_of(s)))
		return;
	begin(b, "in_set", column_of(s));
	buf_puts(b, ", values: [");
	for (uint32_t i = 0; i < f->nvalue; i++) {
		if (f->value[i].kind != VALUE_TEXT || !yaml_can_hold(f->value[i].s))
			return;
		buf_puts(b, i > 0 ? ", " : "");
		yaml_put_text(b, f->value[i].s);
	}
	buf_puts(b, "]}");
	add(s, b);
}

static void
propose_one_length(struct proposals *s)
{
	const struct profile_column *f = profile_of(s);
	AUTO(buf) b = buf_new(LINE_MAX_BYTES);

	if (f->length_min.kind != VALUE_INT || f->length_max.i > 2 * MAX(f->length_min.i, 1) ||
	    !can_name(column_of(s)))
		return;
	begin(b, f->length_min.i == f->length_max.i ? "length" : "length_between", column_of(s));
	if (f->length_min.i == f->length_max.i)
		buf_printf(b, ", value: %jd}", (intmax_t)f->length_min.i);
	else
		buf_printf(b, ", min: %jd, max: %jd}", (intmax_t)f->length_min.i, (intmax_t)f->length_max.i);
	add(s, b);
}

static void
propose_email(struct proposals *s)
{
	AUTO(buf) b = buf_new(LINE_MAX_BYTES);

	begin(b, "valid_format", column_of(s));
	buf_puts(b, ", format: email}");
	add(s, b);
}

/* What texts look like, from the closest description to the loosest; those that do not hold are left out when tried. */
void
propose_text(struct proposals *s)
{
	static const char *const plain[] = {"^[0-9]+$",  "^[a-z]+$",      "^[A-Z]+$",
	                                    "^[a-z_]+$", "^[A-Z0-9_-]+$", "^[a-z0-9_-]+$"};
	const struct profile_column *f = profile_of(s);

	propose_set(s);
	if ((f->shapes >> SHAPE_EMAIL & 1) != 0 && can_name(column_of(s)))
		propose_email(s);
	for (int i = 0; i < SHAPE_COUNT; i++)
		if ((f->shapes >> i & 1) != 0)
			add_regex(s, "match_regex", text_shape_regex((enum text_shape)i));
	for (size_t i = 0; i < LEN(plain); i++)
		add_regex(s, "match_regex", plain[i]);
	add_regex(s, "not_match_regex", "^\\s|\\s$");
	add_regex(s, "match_regex", "^[^A-Z]*$");
	add_regex(s, "match_regex", "^[^a-z]*$");
	propose_one_length(s);
}

void
propose_mojibake(struct proposals *s)
{
	add_regex(s, "not_match_regex", "[\\x{80}-\\x{9f}]|[\xc3\x82\xc3\x83][\\x{a0}-\\x{bf}]");
	propose_set(s);
}

/* Two digits, away from zero or towards it. */
static double
round_to(double v, bool up)
{
	double unit;

	if (v == 0 || !isfinite(v))
		return v;
	unit = pow(10, floor(log10(fabs(v))) - 1);
	return (up ? ceil(v / unit) : floor(v / unit)) * unit;
}

static void
put_bounds(struct proposals *s, const char *name, double min, double max)
{
	AUTO(buf) b = buf_new(LINE_MAX_BYTES);

	if (!can_name(column_of(s)))
		return;
	begin(b, name, column_of(s));
	if (min > -INFINITY)
		buf_printf(b, ", min: %.10g", min);
	if (max < INFINITY)
		buf_printf(b, ", max: %.10g", max);
	buf_puts(b, "}");
	add(s, b);
}

static bool
is_number(const struct column *c)
{
	return type_is_numeric(c->type) && c->type.kind != TYPE_BOOLEAN;
}

/* The mean stays within a factor of two, unless a unit changes. */
void
propose_size(struct proposals *s)
{
	const struct profile_column *f = profile_of(s);
	double mean = value_to_f64(f->mean);

	if (f->pii || !is_number(column_of(s)) || !isfinite(mean) || mean == 0)
		return;
	put_bounds(s, "mean", round_to(mean > 0 ? mean / 2 : mean * 2, false),
	           round_to(mean > 0 ? mean * 2 : mean / 2, true));
}

void
propose_range(struct proposals *s)
{
	const struct profile_column *f = profile_of(s);
	double min = value_to_f64(f->min), max = value_to_f64(f->max), least;

	if (f->pii || !is_number(column_of(s)) || !isfinite(min) || !isfinite(max))
		return;
	least = min >= 0 ? 0 : round_to(min * 10, false);
	put_bounds(s, "between", least, max > 0 ? round_to(max * 10, true) : 0);
	if (max <= 0)
		put_bounds(s, "between", least, round_to(-min * 10, true));
}

void
propose_decimals(struct proposals *s)
{
	propose_order(s);
}

void
propose_type(struct proposals *s)
{
	const struct column *c = column_of(s);
	AUTO(buf) b = buf_new(LINE_MAX_BYTES);

	if (can_name(c) && is_number(c)) {
		begin(b, "in_type_list", c);
		buf_puts(b, c->type.kind == TYPE_INTEGER   ? ", types: [integer]}"
		            : c->type.kind == TYPE_DECIMAL ? ", types: [decimal]}"
		                                           : ", types: [integer, number]}");
		add(s, b);
	}
	add_regex(s, "match_regex", "^[-+0-9.eE]+$");
}

/* Rules between this column and others of its kind. */
static void
propose_pairs(struct proposals *s)
{
	const struct schema *schema = &s->p->base->schema;
	const struct column *c = column_of(s);
	int left = OTHERS_MAX;

	for (uint32_t i = 0; i < schema->n && left > 0; i++) {
		const struct column *d = &schema->col[i];
		const struct column *const pair[2][2] = {{c, d}, {d, c}};

		if (d == c || !can_name(d) || !can_name(c) || d->pii || c->pii ||
		    !((is_number(c) && is_number(d)) ||
		      (type_is_temporal(c->type) && type_is_temporal(d->type))))
			continue;
		left--;
		for (int k = 0; k < 2; k++) {
			AUTO(buf) b = buf_new(LINE_MAX_BYTES);

			buf_puts(b, "greater_than: {a: ");
			yaml_put_text(b, pair[k][0]->name);
			buf_puts(b, ", b: ");
			yaml_put_text(b, pair[k][1]->name);
			buf_puts(b, ", or_equal: true}");
			add(s, b);
		}
	}
}

void
propose_times(struct proposals *s)
{
	propose_pairs(s);
	propose_not_future(s);
}

void
propose_not_future(struct proposals *s)
{
	const struct column *c = column_of(s);
	AUTO(buf) b = buf_new(LINE_MAX_BYTES);
	int64_t day = civil_day_of(s->now_us) + YEARS_AHEAD * 366;
	AUTO(buf) text = buf_new(64);

	if (!can_name(c) || !value_to_text((struct value){.kind = VALUE_DATE, .i = day}, text))
		return;
	begin(b, "between", c);
	buf_printf(b, ", max: '" SV_FMT "'}", SV_ARG(buf_sv(text)));
	add(s, b);
	propose_pairs(s);
}

void
propose_unique(struct proposals *s)
{
	add_plain(s, "unique", column_of(s));
}

void
propose_order(struct proposals *s)
{
	const struct column *c = column_of(s);

	propose_pairs(s);
	if (is_number(c) || type_is_temporal(c->type)) {
		add_plain(s, "increasing", c);
		add_plain(s, "decreasing", c);
	}
}

void
propose_pair(struct proposals *s)
{
	struct planting other = *s->p;
	const struct planting *own = s->p;

	propose_pairs(s);
	for (int k = 0; k < 2; k++) {
		other.column = own->column + (uint32_t)k;
		s->p = &other;
		if (column_of(s)->type.kind == TYPE_STRING)
			propose_text(s);
		propose_size(s);
		propose_range(s);
	}
	s->p = own;
}

void
propose_column(struct proposals *s)
{
	add_plain(s, "column_exists", column_of(s));
}

/* What names rows, of one column or several; else all of them together. */
void
propose_keys(struct proposals *s)
{
	const struct planting *p = s->p;
	AUTO(buf) b = buf_new(LINE_MAX_BYTES);
	uint32_t n = 0;

	if (p->asset != NULL && p->asset->nkeycol > 0) {
		buf_puts(b, "unique_together: [");
		for (size_t i = 0; i < p->asset->nkeycol; i++) {
			buf_puts(b, i > 0 ? ", " : "");
			yaml_put_text(b, p->asset->keycol[i]);
		}
		buf_puts(b, "]");
		add(s, b);
		buf_clear(b);
	}
	for (uint32_t i = 0; i < p->profile->ncolumn; i++) {
		const struct column *c = &p->base->schema.col[i];

		if (p->profile->column[i].unique && p->profile->column[i].nulls == 0 &&
		    (c->type.kind == TYPE_INTEGER || c->type.kind == TYPE_STRING))
			add_plain(s, "unique", c);
	}
	buf_puts(b, "unique_together: [");
	for (uint32_t i = 0; i < p->base->schema.n && n < METRIC_ARGS_MAX; i++) {
		const struct column *c = &p->base->schema.col[i];

		if (!can_name(c) || c->of_path || c->member)
			continue;
		buf_puts(b, n++ > 0 ? ", " : "");
		yaml_put_text(b, c->name);
	}
	buf_puts(b, "]");
	if (n >= 2)
		add(s, b);
}

void
propose_row_count(struct proposals *s)
{
	AUTO(buf) b = buf_new(LINE_MAX_BYTES);
	int64_t rows = s->p->base->rows;

	buf_printf(b, "row_count: {min: %jd}", (intmax_t)MAX(rows - rows / 4, 1));
	add(s, b);
}

/* As late as the newest is now, and two days. */
void
propose_recent(struct proposals *s)
{
	const struct planting *p = s->p;

	for (uint32_t i = 0; i < p->profile->ncolumn; i++) {
		const struct column *c = &p->base->schema.col[i];
		struct value max = p->profile->column[i].max;
		AUTO(buf) b = buf_new(LINE_MAX_BYTES);
		int64_t days;

		if (!type_is_temporal(c->type) || max.kind == VALUE_NULL || !can_name(c))
			continue;
		days = civil_day_of(s->now_us) - (max.kind == VALUE_DATE ? max.i : civil_day_of(max.i));
		if (days < 0 || days > 28)
			continue;
		begin(b, "recent", c);
		buf_printf(b, ", within: %jdd}", (intmax_t)days + 2);
		add(s, b);
	}
}
