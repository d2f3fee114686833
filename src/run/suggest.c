/*
 * Checks that a profile suggests.
 *
 * A suggestion has to hold on the data that it came from, and has a fair chance to hold tomorrow: what is only true by accident (a foreign
 * key that does not repeat yet, a set of names) would teach people to ignore alarms.  Each rule says in its reason what it saw.
 */
#include "base/num.h"
#include "catalog/yaml_text.h"
#include "metric/text_shape.h"
#include "run/profile.h"

enum {
	LINE_WIDTH = 90,     /* of a list of columns */
	ROWS_FOR_COUNT = 10, /* a tenth of fewer is none, and that there is one row is checked anyway */
	ROWS_FOR_RANGE = 10,
	ROWS_FOR_SHAPE = 10,
	SET_MAX = 20,    /* values of an enumeration */
	SET_REPEATS = 10 /* each occurs so often on average, or it is none */
};
enum { SET_VALUE_MAX = 40 /* bytes */, LINE_MAX_BYTES = 1 << 16 };

struct suggesting {
	struct arena *a;
	const struct profile *p;
	LIST(struct suggestion) out;
	char rows[NUM_MAX];
};

static void
add(struct suggesting *s, int column, bool warning, const struct buf *check, struct sv reason)
{
	if (check->full)
		return;
	*LIST_ADD(s->a, &s->out) = (struct suggestion){.check = arena_sv(s->a, buf_sv(check)),
	                                               .reason = reason,
	                                               .column = column,
	                                               .warning = warning};
}

/* A tenth, rounded down to one digit: 48,211 rows give 4,000. */
static int64_t
least_rows(int64_t rows)
{
	int64_t unit = 1;

	while (rows / 10 / unit >= 10)
		unit *= 10;
	return rows / 10 / unit * unit;
}

static void
suggest_row_count(struct suggesting *s)
{
	AUTO(buf) b = buf_new(LINE_MAX_BYTES);

	/* Of partitions it is not known how the rows are spread over them. */
	if (s->p->rows < ROWS_FOR_COUNT || s->p->partitioned)
		return;
	buf_printf(b, "row_count: {min: %jd}", (intmax_t)least_rows(s->p->rows));
	add(s, -1, false, b, arena_svf(s->a, "%s rows today; below a tenth, most would be missing", s->rows));
}

static bool
can_name(const struct profile_column *c)
{
	return !c->missing && c->name.n > 0 && c->name.n <= 255 && yaml_can_hold(c->name);
}

/* Adds the list of columns that was written so far, and begins the next one. */
static void
end_not_null(struct suggesting *s, struct buf *b)
{
	if (b->n == 0)
		return;
	buf_putc(b, ']');
	add(s, -1, false, b, arena_svf(s->a, "no nulls in %s row%s", s->rows, s->p->rows == 1 ? "" : "s"));
	buf_clear(b);
}

/* Columns without nulls, as many as go on a line at a time. */
static void
suggest_not_null(struct suggesting *s)
{
	AUTO(buf) b = buf_new(LINE_MAX_BYTES);

	for (uint32_t i = 0; i < s->p->ncolumn; i++) {
		const struct profile_column *c = &s->p->column[i];

		if (!can_name(c) || c->valid < s->p->rows)
			continue;
		if (b->n + c->name.n > LINE_WIDTH)
			end_not_null(s, b);
		buf_puts(b, b->n == 0 ? "not_null: [" : ", ");
		yaml_put_text(b, c->name);
	}
	end_not_null(s, b);
}

static bool
is_word(struct sv name, const char *word)
{
	return sv_ieq(name, sv_of(word));
}

bool
name_is_id(struct sv name)
{
	static const char *const words[] = {"id", "uuid", "guid", "key", "pk"};
	char before;

	for (size_t i = 0; i < LEN(words); i++) {
		size_t n = strlen(words[i]);
		struct sv tail = sv_skip(name, name.n - MIN(n, name.n));

		if (name.n < n || !is_word(tail, words[i]))
			continue;
		if (name.n == n)
			return true;
		before = name.p[name.n - n - 1];
		if (before == '_' || before == '-' || before == ' ' || before == '.' ||
		    (before >= 'a' && before <= 'z' && tail.p[0] >= 'A' && tail.p[0] <= 'Z'))
			return true;
	}
	return false;
}

static bool
is_own_id(struct sv name)
{
	return is_word(name, "id") || is_word(name, "uuid") || is_word(name, "guid") || is_word(name, "pk");
}

/* The first that names rows, and those whose very name says so: a later one is likely another table's, and repeats some day. */
static void
suggest_unique(struct suggesting *s)
{
	bool found = false;

	for (uint32_t i = 0; i < s->p->ncolumn; i++) {
		const struct profile_column *c = &s->p->column[i];
		bool fits = c->type.kind == TYPE_INTEGER || c->type.kind == TYPE_STRING;
		AUTO(buf) b = buf_new(LINE_MAX_BYTES);

		if (!can_name(c) || !name_is_id(c->name) || (found && !is_own_id(c->name)))
			continue;
		found = true;
		if (!fits || !c->unique || c->valid < 2 || c->valid < s->p->rows)
			continue;
		buf_puts(b, "unique: ");
		yaml_put_text(b, c->name);
		add(s, (int)i, false, b,
		    arena_svf(s->a, "an id, and no value occurs twice in %s rows", s->rows));
	}
}

static bool
is_enumeration(const struct profile_column *c)
{
	if (c->type.kind != TYPE_STRING || c->pii || c->shapes != 0 || !can_name(c) || c->misfits > 0 ||
	    name_is_id(c->name) || c->nvalue < 2 || c->nvalue > SET_MAX ||
	    c->valid < (int64_t)c->nvalue * SET_REPEATS)
		return false;
	for (uint32_t i = 0; i < c->nvalue; i++)
		if (c->value[i].kind != VALUE_TEXT || c->value[i].s.n > SET_VALUE_MAX ||
		    !yaml_can_hold(c->value[i].s))
			return false;
	return true;
}

static void
suggest_set(struct suggesting *s, uint32_t column)
{
	const struct profile_column *c = &s->p->column[column];
	AUTO(buf) b = buf_new(LINE_MAX_BYTES);
	char valid[NUM_MAX];

	if (!is_enumeration(c))
		return;
	buf_puts(b, "in_set: {column: ");
	yaml_put_text(b, c->name);
	buf_puts(b, ", values: [");
	for (uint32_t i = 0; i < c->nvalue; i++) {
		buf_puts(b, i > 0 ? ", " : "");
		yaml_put_text(b, c->value[i].s);
	}
	buf_puts(b, "]}");
	add(s, (int)column, true, b,
	    arena_svf(s->a, "only these %u among %s; a new one may be right, so it warns", c->nvalue,
	              num_group(c->valid, valid)));
}

static bool
is_negative(struct value v)
{
	switch (v.kind) {
	case VALUE_INT:
		return v.i < 0;
	case VALUE_REAL:
		return v.r < 0;
	case VALUE_DECIMAL:
		return v.d.coeff < 0;
	default:
		return true;
	}
}

/* Where zero is a point on a scale and no least amount, that there is nothing below it is chance. */
static bool
has_free_zero(struct sv name)
{
	static const char *const words[] = {"lat",    "lon",  "lng",    "latitude", "longitude",   "balance",
	                                    "delta",  "diff", "change", "offset",   "temperature", "temp",
	                                    "profit", "x",    "y",      "z"};

	for (size_t i = 0; i < LEN(words); i++) {
		size_t n = strlen(words[i]);

		if (name.n >= n && is_word(sv_skip(name, name.n - n), words[i]) &&
		    (name.n == n || name.p[name.n - n - 1] == '_'))
			return true;
	}
	return false;
}

static void
suggest_range(struct suggesting *s, uint32_t column)
{
	const struct profile_column *c = &s->p->column[column];
	AUTO(buf) b = buf_new(LINE_MAX_BYTES);
	char valid[NUM_MAX];

	/* Past 64 bits or in mixed columns a least value may not be known: then there is no range to tell. */
	if (!can_name(c) || name_is_id(c->name) || has_free_zero(c->name) || c->misfits > 0 ||
	    c->valid < ROWS_FOR_RANGE || is_negative(c->min) || (c->has_distinct && c->distinct < 2))
		return;
	buf_puts(b, "between: {column: ");
	yaml_put_text(b, c->name);
	buf_puts(b, ", min: 0}");
	add(s, (int)column, false, b,
	    arena_svf(s->a, "none of %s values is negative", num_group(c->valid, valid)));
}

static void
suggest_shape(struct suggesting *s, uint32_t column)
{
	static const struct {
		enum text_shape shape;
		const char *reason;
	} rules[] = {
		{SHAPE_EMAIL, "look like e-mail addresses"},
		{SHAPE_UUID, "are UUIDs"},
		{SHAPE_URL, "are web addresses"},
	};
	const struct profile_column *c = &s->p->column[column];
	char valid[NUM_MAX];

	if (!can_name(c) || c->valid < ROWS_FOR_SHAPE || c->misfits > 0)
		return;
	for (size_t i = 0; i < LEN(rules); i++) {
		AUTO(buf) b = buf_new(LINE_MAX_BYTES);

		if ((c->shapes >> rules[i].shape & 1) == 0)
			continue;
		buf_puts(b, "match_regex: {column: ");
		yaml_put_text(b, c->name);
		buf_puts(b, ", regex: ");
		yaml_put_text(b, sv_of(text_shape_regex(rules[i].shape)));
		buf_putc(b, '}');
		add(s, (int)column, false, b,
		    arena_svf(s->a, "all %s values %s", num_group(c->valid, valid), rules[i].reason));
		return;
	}
}

void
suggest_checks(struct arena *a, const struct profile *p, struct suggestion **ret, size_t *n)
{
	struct suggesting s = {.a = a, .p = p};

	num_group(p->rows, s.rows);
	if (p->rows > 0) {
		suggest_row_count(&s);
		suggest_not_null(&s);
		suggest_unique(&s);
	}
	for (uint32_t i = 0; p->rows > 0 && i < p->ncolumn; i++) {
		suggest_set(&s, i);
		suggest_range(&s, i);
		suggest_shape(&s, i);
	}
	*ret = s.out.v;
	*n = s.out.n;
}
