/*
 * Checks that are true of the data and narrower than suggest.c dares: ranges, lengths, orders, shares.  Tomorrow's data may break them and be
 * right, so each is a warning, and leaves room where a number has some.
 *
 * The rules are those that profilers of Deequ and Great Expectations have; each says in its reason what it saw.
 */
#include <math.h>
#include <stdio.h>

#include "base/duration.h"
#include "base/num.h"
#include "catalog/yaml_text.h"
#include "run/profile.h"

enum {
	ROWS_LEAST = 10, /* of fewer nothing is told */
	ROWS_FOR_KEY = 100,
	SET_MAX = 20,
	SET_REPEATS = 10,
	SET_COVERS = 95, /* percent */
	VALUE_BYTES = 40,
	LINE_BYTES = 1 << 16,
	RECENT_DAYS = 366
};
#define RECENT_LEAST_US (26 * US_PER_HOUR)
#define EXACT_DOUBLE 1e15

struct more {
	struct arena *a;
	const struct profile *p;
	LIST(struct suggestion) out;
};

static void
add(struct more *m, int column, const struct buf *check, struct sv reason)
{
	if (!check->full)
		*LIST_ADD(m->a, &m->out) = (struct suggestion){.check = arena_sv(m->a, buf_sv(check)),
		                                               .reason = reason,
		                                               .column = column,
		                                               .warning = true};
}

static bool
is_usable(const struct profile_column *c)
{
	return !c->missing && c->misfits == 0 && c->valid >= ROWS_LEAST && c->name.n > 0 &&
	       c->name.n <= 255 && yaml_can_hold(c->name);
}

static void
begin(struct buf *b, const char *check, const struct profile_column *c)
{
	buf_printf(b, "%s: {column: ", check);
	yaml_put_text(b, c->name);
}

static struct sv
count_of(const struct more *m, int64_t n)
{
	char text[NUM_MAX];

	return arena_svf(m->a, "%s", num_group(n, text));
}

/* Numbers in round figures ----------------------------------------------------------------------------------------- */

/* Away from the data to two digits: 1234 up is 1300, down 1200. */
static double
rounded(double x, bool up)
{
	double unit;

	if (x == 0)
		return 0;
	unit = pow(10, floor(log10(fabs(x))) - 1);
	return (up ? ceil(x / unit) : floor(x / unit)) * unit;
}

static const char *
number_text(double x, char dst[NUM_MAX])
{
	snprintf(dst, NUM_MAX, "%.12g", x);
	return dst;
}

/* Rules -------------------------------------------------------------------------------------------------------------- */

static void
suggest_most_rows(struct more *m)
{
	AUTO(buf) b = buf_new(LINE_BYTES);
	char most[NUM_MAX];

	if (m->p->rows < ROWS_LEAST || m->p->partitioned || m->p->rows > INT64_MAX / 100)
		return;
	buf_printf(b, "row_count: {max: %s}", number_text(rounded((double)m->p->rows * 10, true), most));
	add(m, -1, b,
	    arena_svf(m->a, SV_FMT " rows today; ten times as many would be strange",
	              SV_ARG(count_of(m, m->p->rows))));
}

static void
suggest_schema(struct more *m)
{
	AUTO(buf) b = buf_new(LINE_BYTES);
	uint32_t n = 0;

	buf_puts(b, "schema: {columns: {");
	for (uint32_t i = 0; i < m->p->ncolumn; i++) {
		const struct profile_column *c = &m->p->column[i];
		char type[TYPE_TEXT_MAX];

		if (c->missing || c->name.n == 0 || !yaml_can_hold(c->name))
			continue;
		buf_puts(b, n++ > 0 ? ", " : "");
		yaml_put_key(b, c->name);
		/* What is told from no value, or from several kinds, is no type to insist on. */
		if (c->valid == 0 || c->type.kind == TYPE_VARIANT || c->type.kind == TYPE_NULL ||
		    c->type.kind == TYPE_ANY || c->misfits > 0)
			buf_puts(b, ": any");
		else
			buf_printf(b, ": \"%s\"", type_text(c->type, type));
	}
	buf_puts(b, "}}");
	if (n > 0)
		add(m, -1, b,
		    arena_svf(m->a, "the %u column%s of today, and their types", n, n == 1 ? "" : "s"));
}

/* The share that there is at least, at a confidence of 95 %: Wilson, "Probable Inference" (1927). */
static double
wilson_low(double n, double share)
{
	const double z = 1.96, z2 = z * z;

	return (share + z2 / (2 * n) - z * sqrt((share * (1 - share) + z2 / (4 * n)) / n)) / (1 + z2 / n);
}

static void
suggest_mostly_there(struct more *m, uint32_t i)
{
	const struct profile_column *c = &m->p->column[i];
	const double rows = (double)m->p->rows, share = (double)c->valid / rows;
	const double mostly = floor(100 * wilson_low(rows, share)) / 100;
	AUTO(buf) b = buf_new(LINE_BYTES);

	if (!is_usable(c) || c->nulls == 0 || mostly < 0.2 || mostly > share)
		return;
	begin(b, "not_null", c);
	buf_printf(b, ", mostly: %.2f}", mostly);
	add(m, (int)i, b,
	    arena_svf(m->a, SV_FMT " of " SV_FMT " rows have a value; the share may vary",
	              SV_ARG(count_of(m, c->valid)), SV_ARG(count_of(m, m->p->rows))));
}

static void
suggest_key(struct more *m, uint32_t i, const struct suggestion *first, size_t nfirst)
{
	const struct profile_column *c = &m->p->column[i];
	const enum type_kind t = c->type.kind;
	AUTO(buf) b = buf_new(LINE_BYTES);

	buf_puts(b, "unique: ");
	if (!is_usable(c) || !c->unique || c->valid < m->p->rows || c->valid < ROWS_FOR_KEY ||
	    (t != TYPE_INTEGER && t != TYPE_STRING))
		return;
	yaml_put_text(b, c->name);
	for (size_t k = 0; k < nfirst; k++)
		if (sv_eq(first[k].check, buf_sv(b)))
			return;
	add(m, (int)i, b,
	    arena_svf(m->a, "no value occurs twice in " SV_FMT " rows", SV_ARG(count_of(m, c->valid))));
}

static bool
is_listed(const struct value *v)
{
	return v->kind == VALUE_INT ||
	       (v->kind == VALUE_TEXT && v->s.n <= VALUE_BYTES && yaml_can_hold(v->s));
}

static void
put_listed(struct buf *b, const struct value *v)
{
	if (v->kind == VALUE_INT)
		buf_printf(b, "%jd", (intmax_t)v->i);
	else
		yaml_put_text(b, v->s);
}

/* Few values that are nearly all there are. */
static void
suggest_common(struct more *m, uint32_t i)
{
	const struct profile_column *c = &m->p->column[i];
	AUTO(buf) b = buf_new(LINE_BYTES);
	int64_t covered = 0;
	uint32_t n = 0;
	int percent;

	if (!is_usable(c) || c->pii || c->nvalue < 2 || c->shapes != 0 ||
	    (c->type.kind != TYPE_STRING && c->type.kind != TYPE_INTEGER))
		return;
	begin(b, "in_set", c);
	buf_puts(b, ", values: [");
	/* Each occurs often; what is seldom is left to the share. */
	for (; n < c->nvalue && n < SET_MAX && c->value_count[n] >= SET_REPEATS; n++) {
		if (!is_listed(&c->value[n]))
			return;
		buf_puts(b, n > 0 ? ", " : "");
		put_listed(b, &c->value[n]);
		covered += c->value_count[n];
	}
	percent = (int)(100 * (double)covered / (double)c->valid);
	/* Texts that are all listed are suggested anyway. */
	if (n < 2 || percent < SET_COVERS || (n == c->nvalue && c->type.kind == TYPE_STRING))
		return;
	buf_putc(b, ']');
	if (covered < c->valid)
		buf_printf(b, ", mostly: 0.%02d", percent == 100 ? 99 : percent);
	buf_putc(b, '}');
	add(m, (int)i, b,
	    arena_svf(m->a, "these %u are " SV_FMT " of " SV_FMT " values", n, SV_ARG(count_of(m, covered)),
	              SV_ARG(count_of(m, c->valid))));
}

static void
suggest_range(struct more *m, uint32_t i)
{
	const struct profile_column *c = &m->p->column[i];
	const double min = value_to_f64(c->min), max = value_to_f64(c->max), spread = max - min;
	AUTO(buf) b = buf_new(LINE_BYTES);
	char low_text[NUM_MAX], high_text[NUM_MAX];
	double low, high;

	if (!is_usable(c) || c->pii || !value_is_numeric(c->min) || !value_is_numeric(c->max) ||
	    !(spread > 0) || !(fabs(min) < EXACT_DOUBLE) || !(fabs(max) < EXACT_DOUBLE))
		return;
	low = min >= 0 && min - spread < 0 ? 0 : rounded(min - spread, false);
	high = max <= 0 && max + spread > 0 ? 0 : rounded(max + spread, true);
	/* What the text says has to hold, not what it was made from. */
	if (!num_f64(sv_of(number_text(low, low_text)), &low) || low > min ||
	    !num_f64(sv_of(number_text(high, high_text)), &high) || high < max)
		return;
	begin(b, "between", c);
	buf_printf(b, ", min: %s, max: %s}", low_text, high_text);
	add(m, (int)i, b,
	    arena_svf(m->a, "from %.6g to %.6g today, with as much room on both sides", min, max));
}

static void
suggest_length(struct more *m, uint32_t i)
{
	const struct profile_column *c = &m->p->column[i];
	const int64_t min = c->length_min.i, max = c->length_max.i;
	AUTO(buf) b = buf_new(LINE_BYTES);

	if (!is_usable(c) || c->pii || c->shapes != 0 || c->length_min.kind != VALUE_INT ||
	    c->length_max.kind != VALUE_INT || max == 0 || max > INT32_MAX)
		return;
	begin(b, min == max ? "length" : "length_between", c);
	if (min == max) {
		buf_printf(b, ", value: %jd}", (intmax_t)max);
		add(m, (int)i, b,
		    arena_svf(m->a, "all " SV_FMT " texts have %jd character%s",
		              SV_ARG(count_of(m, c->valid)), (intmax_t)max, max == 1 ? "" : "s"));
		return;
	}
	if (min > 0)
		buf_puts(b, ", min: 1");
	buf_printf(b, ", max: %jd}", (intmax_t)max * 2);
	add(m, (int)i, b,
	    arena_svf(m->a, "texts have %jd to %jd characters; twice the longest is let through",
	              (intmax_t)min, (intmax_t)max));
}

/* A name that an expression takes as it is: letters, and no word of the language. */
static bool
is_plain_name(struct sv name)
{
	static const char *const words[] = {"and",     "or",   "not",  "in",   "is",   "null",   "like",
	                                    "between", "case", "when", "then", "else", "end",    "true",
	                                    "false",   "cast", "as",   "date", "same", "escape", "match"};

	for (size_t i = 0; i < name.n; i++) {
		const char c = name.p[i];

		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
		      (i > 0 && c >= '0' && c <= '9')))
			return false;
	}
	for (size_t i = 0; i < LEN(words); i++)
		if (sv_ieq(name, sv_of(words[i])))
			return false;
	return name.n > 0;
}

static void
suggest_scale(struct more *m, uint32_t i)
{
	const struct profile_column *c = &m->p->column[i];
	AUTO(buf) b = buf_new(LINE_BYTES);

	if (!is_usable(c) || c->scale < 0 || c->type.kind != TYPE_NUMBER || !is_plain_name(c->name))
		return;
	buf_printf(b, "expr: \"" SV_FMT " IS NULL OR round(" SV_FMT ", %d) = " SV_FMT "\"", SV_ARG(c->name),
	           SV_ARG(c->name), c->scale, SV_ARG(c->name));
	add(m, (int)i, b,
	    arena_svf(m->a, "none of " SV_FMT " values has more than %d decimal%s",
	              SV_ARG(count_of(m, c->valid)), c->scale, c->scale == 1 ? "" : "s"));
}

static void
suggest_order(struct more *m, uint32_t i)
{
	const struct profile_column *c = &m->p->column[i];
	AUTO(buf) b = buf_new(LINE_BYTES);

	if (!is_usable(c) || c->order == 0 || m->p->partitioned || !c->has_distinct || c->distinct < 2)
		return;
	begin(b, c->order > 0 ? "increasing" : "decreasing", c);
	buf_puts(b, c->unique ? ", strictly: true}" : "}");
	add(m, (int)i, b,
	    arena_svf(m->a, "each of " SV_FMT " values is %s the one before it",
	              SV_ARG(count_of(m, c->valid)),
	              c->unique ? (c->order > 0 ? "greater than" : "less than")
	                        : (c->order > 0 ? "at least" : "at most")));
}

/* As if UTC: the room that is left is more than any zone is away from it. */
static int64_t
newest_us(const struct profile_column *c)
{
	int64_t midnight;

	switch (c->max.kind) {
	case VALUE_DATE:
		return civil_midnight_us(c->max.i, &midnight) ? midnight : TIME_NONE;
	case VALUE_TIME:
	case VALUE_TIMETZ:
		return c->max.i;
	default:
		return TIME_NONE;
	}
}

/* The column whose newest value is the newest of all tells how old the data is. */
static void
suggest_recent(struct more *m)
{
	const int64_t now_us = m->p->at_us;
	int64_t newest = TIME_NONE, age_us;
	AUTO(buf) b = buf_new(LINE_BYTES);
	char age[DURATION_MAX], within[DURATION_MAX];
	uint32_t at = 0;

	for (uint32_t i = 0; i < m->p->ncolumn; i++) {
		const int64_t us = is_usable(&m->p->column[i]) ? newest_us(&m->p->column[i]) : TIME_NONE;

		if (us != TIME_NONE && us <= now_us && (newest == TIME_NONE || us > newest)) {
			newest = us;
			at = i;
		}
	}
	if (newest == TIME_NONE || m->p->partitioned || m->p->column[at].pii ||
	    now_us - newest > RECENT_DAYS * US_PER_DAY)
		return;
	age_us = (now_us - newest) / US_PER_HOUR * US_PER_HOUR;
	begin(b, "recent", &m->p->column[at]);
	buf_printf(b, ", within: %s}", duration_format(2 * age_us + RECENT_LEAST_US, within));
	add(m, (int)at, b,
	    arena_svf(m->a, "the newest value is %s old; twice that and a day are let through",
	              age_us == 0 ? "less than 1h" : duration_format(age_us, age)));
}

void
suggest_more(struct arena *a, const struct profile *p, const struct suggestion *first, size_t nfirst,
             struct suggestion **ret, size_t *n)
{
	struct more m = {.a = a, .p = p};

	if (p->rows > 0) {
		suggest_schema(&m);
		suggest_most_rows(&m);
		suggest_recent(&m);
	}
	for (uint32_t i = 0; p->rows > 0 && i < p->ncolumn; i++) {
		suggest_mostly_there(&m, i);
		suggest_key(&m, i, first, nfirst);
		suggest_common(&m, i);
		suggest_range(&m, i);
		suggest_length(&m, i);
		suggest_scale(&m, i);
		suggest_order(&m, i);
	}
	*ret = m.out.v;
	*n = m.out.n;
}
