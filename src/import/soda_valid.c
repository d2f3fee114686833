/* What Soda calls missing and valid, and the checks on them. */
#include "base/buf.h"
#include "import/soda.h"

/* Keys ------------------------------------------------------------------------------------------------------------ */

static const struct {
	const char *words[4];
	size_t at;
} keys[] = {
#define KEY(member, ...)                                                          \
	{                                                                         \
		.words = {__VA_ARGS__}, .at = offsetof(struct soda_valid, member) \
	}
	KEY(missing_values, "missing", "values"),
	KEY(missing_regex, "missing", "regex"),
	KEY(missing_format, "missing", "format"),
	KEY(valid_values, "valid", "values"),
	KEY(valid_format, "valid", "format"),
	KEY(valid_regex, "valid", "regex"),
	KEY(valid_length, "valid", "length"),
	KEY(valid_min_length, "valid", "min", "length"),
	KEY(valid_max_length, "valid", "max", "length"),
	KEY(valid_min, "valid", "min"),
	KEY(valid_max, "valid", "max"),
	KEY(invalid_values, "invalid", "values"),
	KEY(invalid_format, "invalid", "format"),
	KEY(invalid_regex, "invalid", "regex"),
#undef KEY
};

void
soda_valid_get(struct importing *im, const struct node *map, char space, const char *behind,
               struct soda_valid *ret)
{
	for (size_t i = 0; i < LEN(keys); i++) {
		AUTO(buf) key = buf_new(1 << 16);
		const struct node *n;

		for (size_t k = 0; k < LEN(keys[i].words) && keys[i].words[k] != NULL; k++) {
			if (k > 0)
				buf_putc(key, space);
			buf_puts(key, keys[i].words[k]);
		}
		buf_puts(key, behind);
		n = import_get(im, map, arena_str(im->a, buf_sv(key)));
		import_whole(im, n);
		if (n != NULL)
			*(const struct node **)((char *)ret + keys[i].at) = n;
	}
}

void
soda_valid_add(struct soda_valid *to, const struct soda_valid *from)
{
	for (size_t i = 0; i < LEN(keys); i++) {
		const struct node **n = (const struct node **)((char *)to + keys[i].at);

		if (*n == NULL)
			*n = *(const struct node *const *)((const char *)from + keys[i].at);
	}
}

bool
soda_says_missing(const struct soda_valid *v)
{
	return v->missing_values != NULL || v->missing_regex != NULL || v->missing_format != NULL;
}

bool
soda_says_valid(const struct soda_valid *v)
{
	for (size_t i = 3; i < LEN(keys); i++)
		if (*(const struct node *const *)((const char *)v + keys[i].at) != NULL)
			return true;
	return false;
}

/* Expressions ----------------------------------------------------------------------------------------------------- */

/* A null is in no list, and one among the values would make IN null for all that are not. */
static void
put_in(struct arena *a, struct buf *b, struct sv col, const struct node *values)
{
	const size_t n = values->kind == NODE_SEQ ? values->n : 1;
	const struct node *v = values->kind == NODE_SEQ ? values->kid : values;
	size_t put = 0;

	for (size_t i = 0; i < n; i++) {
		if (v[i].kind == NODE_NULL)
			continue;
		if (put == 0)
			buf_printf(b, SV_FMT " IN (", SV_ARG(col));
		buf_printf(b, "%s" SV_FMT, put > 0 ? ", " : "", SV_ARG(import_literal(a, &v[i])));
		put++;
	}
	buf_puts(b, put > 0 ? ")" : "FALSE");
}

static void
put_regex(struct arena *a, struct buf *b, struct sv col, const struct node *regex)
{
	buf_printf(b, SV_FMT " ~ " SV_FMT, SV_ARG(col), SV_ARG(import_quote(a, regex->text)));
}

static void
put_format(struct arena *a, struct buf *b, struct sv col, const struct node *format)
{
	buf_printf(b, "is_format(" SV_FMT ", " SV_FMT ", 'soda')", SV_ARG(col),
	           SV_ARG(import_quote(a, format->text)));
}

struct sv
soda_missing_expr(struct arena *a, struct sv column, const struct soda_valid *v)
{
	AUTO(buf) b = buf_new(1 << 20);
	const struct sv col = import_ident(a, column);

	buf_printf(b, SV_FMT " IS NULL", SV_ARG(col));
	if (v->missing_values != NULL) {
		buf_puts(b, " OR ");
		put_in(a, b, col, v->missing_values);
	}
	if (v->missing_regex != NULL) {
		buf_puts(b, " OR ");
		put_regex(a, b, col, v->missing_regex);
	}
	if (v->missing_format != NULL) {
		buf_puts(b, " OR ");
		put_format(a, b, col, v->missing_format);
	}
	return arena_sv(a, buf_sv(b));
}

static void
and_more(struct buf *b)
{
	buf_puts(b, b->n > 0 ? " AND " : "");
}

static void
put_bounds(struct arena *a, struct buf *b, struct sv col, const struct soda_valid *v)
{
	const struct {
		const struct node *n;
		const char *before, *behind;
	} bounds[] = {{v->valid_length, "length(", ") = "},
	              {v->valid_min_length, "length(", ") >= "},
	              {v->valid_max_length, "length(", ") <= "},
	              {v->valid_min, "", " >= "},
	              {v->valid_max, "", " <= "}};

	for (size_t i = 0; i < LEN(bounds); i++) {
		if (bounds[i].n == NULL)
			continue;
		and_more(b);
		buf_printf(b, "%s" SV_FMT "%s" SV_FMT, bounds[i].before, SV_ARG(col), bounds[i].behind,
		           SV_ARG(import_literal(a, bounds[i].n)));
	}
}

struct sv
soda_valid_expr(struct arena *a, struct sv column, const struct soda_valid *v)
{
	const struct {
		const struct node *n;
		void (*put)(struct arena *a, struct buf *b, struct sv col, const struct node *n);
		bool negate;
	} parts[] = {{v->valid_values, put_in, false},     {v->invalid_values, put_in, true},
	             {v->valid_format, put_format, false}, {v->invalid_format, put_format, true},
	             {v->valid_regex, put_regex, false},   {v->invalid_regex, put_regex, true}};
	AUTO(buf) b = buf_new(1 << 20);
	const struct sv col = import_ident(a, column);

	for (size_t i = 0; i < LEN(parts); i++) {
		if (parts[i].n == NULL)
			continue;
		and_more(b);
		buf_puts(b, parts[i].negate ? "NOT (" : "");
		parts[i].put(a, b, col, parts[i].n);
		buf_puts(b, parts[i].negate ? ")" : "");
	}
	put_bounds(a, b, col, v);
	return arena_sv(a, buf_sv(b));
}

/* Checks ---------------------------------------------------------------------------------------------------------- */

static struct node
column_args(struct import_item *it, struct sv column)
{
	struct node args = node_of_map(it->loc);

	node_put_text(it->im->a, &args, "column", column, it->loc);
	return args;
}

/* Of a check that counts rows: warn and fail, or what the condition of the good case leaves. */
static void
put_levels(struct import_item *it, const struct soda_levels *l)
{
	struct arena *a = it->im->a;

	if (it->made.n == 0)
		return;
	if (l->pass.set && !soda_is_zero(&l->pass))
		import_beside(it, "fail", soda_threshold(a, &l->pass, true));
	if (l->warn.set)
		import_beside(it, "warn", soda_threshold(a, &l->warn, false));
	if (l->fail.set)
		import_beside(it, "fail", soda_threshold(a, &l->fail, false));
	if (l->pass.percent || l->warn.percent || l->fail.percent)
		import_remark(it, "Soda rounds percentages to two digits, weir does not");
}

static void
add_expr(struct import_item *it, struct sv text)
{
	const struct node args = node_of_text(text, it->loc);

	import_check(it, "expr", &args);
}

void
soda_missing(struct import_item *it, struct sv column, const struct soda_valid *v,
             const struct soda_levels *l)
{
	struct arena *a = it->im->a;
	struct node args = column_args(it, column);

	if (!soda_says_missing(v)) {
		const struct node name = node_of_text(column, it->loc);

		import_check(it, "not_null", &name);
	} else if (v->missing_format != NULL) {
		add_expr(it, arena_svf(a, "NOT (" SV_FMT ")", SV_ARG(soda_missing_expr(a, column, v))));
	} else {
		if (v->missing_values != NULL)
			node_put(a, &args, SV("values"), v->missing_values);
		if (v->missing_regex != NULL)
			node_put(a, &args, SV("regex"), v->missing_regex);
		import_check(it, "not_missing", &args);
	}
	put_levels(it, l);
}

static void
put(struct import_item *it, struct sv column, const char *expectation, const char *key,
    const struct node *value)
{
	struct node args = column_args(it, column);

	node_put(it->im->a, &args, sv_of(key), value);
	import_check(it, expectation, &args);
}

static void
put_valid_range(struct import_item *it, struct sv column, const char *expectation, const struct node *min,
                const struct node *max)
{
	struct node args = column_args(it, column);

	if (min == NULL && max == NULL)
		return;
	if (min != NULL)
		node_put(it->im->a, &args, SV("min"), min);
	if (max != NULL)
		node_put(it->im->a, &args, SV("max"), max);
	import_check(it, expectation, &args);
}

static void
put_valid_format(struct import_item *it, struct sv column, const struct node *format)
{
	struct node args = column_args(it, column);

	node_put(it->im->a, &args, SV("format"), format);
	node_put_text(it->im->a, &args, "compat", SV("soda"), it->loc);
	import_check(it, "valid_format", &args);
}

/* Each thing that makes a value valid as a check of its own: where none may be invalid, that is the same, and says more. */
static void
put_each(struct import_item *it, struct sv column, const struct soda_valid *v)
{
	if (v->valid_values != NULL)
		put(it, column, "in_set", "values", v->valid_values);
	if (v->invalid_values != NULL)
		put(it, column, "not_in_set", "values", v->invalid_values);
	if (v->valid_format != NULL)
		put_valid_format(it, column, v->valid_format);
	if (v->invalid_format != NULL)
		add_expr(it, soda_valid_expr(it->im->a, column,
		                             &(struct soda_valid){.invalid_format = v->invalid_format}));
	if (v->valid_regex != NULL)
		put(it, column, "match_regex", "regex", v->valid_regex);
	if (v->invalid_regex != NULL)
		put(it, column, "not_match_regex", "regex", v->invalid_regex);
	if (v->valid_length != NULL)
		put(it, column, "length", "value", v->valid_length);
	put_valid_range(it, column, "length_between", v->valid_min_length, v->valid_max_length);
	put_valid_range(it, column, "between", v->valid_min, v->valid_max);
}

void
soda_invalid(struct import_item *it, struct sv column, const struct soda_valid *v,
             const struct soda_levels *l)
{
	struct arena *a = it->im->a;
	const struct sv missing = soda_missing_expr(a, column, v);
	const bool percent = l->pass.percent || l->warn.percent || l->fail.percent;

	if (!soda_says_valid(v)) {
		import_grade(it, GRADE_REFUSED, "add valid values, a valid format, or a range",
		             "it does not say what is valid");
		return;
	}
	if (v->valid_format != NULL && (v->valid_min != NULL || v->valid_max != NULL))
		import_grade(it, GRADE_REFUSED, "write the numbers as numbers, or compare them with expr",
		             "a text of a format is compared as a number");
	put_each(it, column, v);
	if (l->pass.set && soda_is_zero(&l->pass)) {
		if (soda_says_missing(v))
			it->where = import_and(a, it->where,
			                       arena_svf(a, "NOT (" SV_FMT ")", SV_ARG(missing)));
		return;
	}
	/* Several conditions make one number, and percentages are of all rows. */
	if (it->made.n > 1 || percent || soda_says_missing(v)) {
		it->made.n = 0;
		add_expr(it, arena_svf(a, SV_FMT " OR (" SV_FMT ")", SV_ARG(missing),
		                       SV_ARG(soda_valid_expr(a, column, v))));
	}
	put_levels(it, l);
}

/* None at all is `unique`, whatever is counted. */
void
soda_duplicates(struct import_item *it, const struct sv *column, size_t n, const struct soda_levels *l,
                bool soda4, bool whole)
{
	struct arena *a = it->im->a;
	const struct node name = node_of_text(column[0], it->loc);
	struct node args = node_of_map(it->loc), list = node_of_list(it->loc);
	const bool none = l->pass.set && soda_is_zero(&l->pass);

	for (size_t i = 0; i < n; i++) {
		const struct node one = node_of_text(column[i], it->loc);

		node_append(a, &list, &one);
	}
	if (none && n == 1 && !whole) {
		import_check(it, "unique", &name);
		put_levels(it, l);
		return;
	}
	node_put(a, &args, SV("columns"), &list);
	if (!none)
		node_put_text(a, &args, "count", soda4 ? SV("repeats") : SV("values"), it->loc);
	node_put_text(a, &args, "ignore_row_if", whole ? SV("never") : SV("any_value_is_missing"), it->loc);
	if (!none && !soda4 && (l->pass.percent || l->warn.percent || l->fail.percent))
		node_put_text(a, &args, "percent_of", SV("all_rows"), it->loc);
	import_check(it, none ? "unique_together" : "duplicate_count", &args);
	put_levels(it, l);
}

void
soda_number_check(struct import_item *it, const char *expectation, struct node args,
                  const struct soda_levels *l)
{
	struct arena *a = it->im->a;
	struct node ranged = node_of_map(args.loc);

	/* Of nothing a database has no sum, and Soda no verdict. */
	if (strcmp(expectation, "sum") == 0) {
		const struct node yes = node_of_bool(true, it->loc);

		node_put(a, &args, SV("needs_values"), &yes);
	}
	for (size_t i = 0; i < args.n; i++)
		node_put(a, &ranged, args.kid[i].key, &args.kid[i]);

	if (l->pass.percent || l->warn.percent || l->fail.percent) {
		import_grade(it, GRADE_REFUSED, "compare it with a plain number",
		             "a percentage of what is not known");
		return;
	}
	if (l->pass.set && soda_range(a, &l->pass, &ranged, it->loc)) {
		import_check(it, expectation, &ranged);
		return;
	}
	import_check(it, expectation, &args);
	if (l->pass.set)
		import_beside(it, "fail", soda_threshold(a, &l->pass, true));
	if (l->warn.set)
		import_beside(it, "warn", soda_threshold(a, &l->warn, false));
	if (l->fail.set)
		import_beside(it, "fail", soda_threshold(a, &l->fail, false));
}

static bool
is_age(struct import_item *it, const struct soda_cond *c, bool good)
{
	if (!c->set || (!c->between && c->time && c->op[0] == (good ? '<' : '>')))
		return true;
	import_grade(it, GRADE_REFUSED, "write recent: {column: …, within: 1d}",
	             "only the greatest age can be given");
	return false;
}

void
soda_freshness(struct import_item *it, struct sv column, const struct soda_levels *l)
{
	struct arena *a = it->im->a;
	struct node args = column_args(it, column);

	if (!is_age(it, &l->pass, true) || !is_age(it, &l->warn, false) || !is_age(it, &l->fail, false))
		return;
	if (l->pass.set && !l->warn.set)
		node_put_text(a, &args, "within", l->pass.low, it->loc);
	import_check(it, "recent", &args);
	import_grade(it, GRADE_APPROXIMATED, NULL,
	             "a time ahead of the clock is fresh in Soda, and makes nothing recent in weir");
	if (l->pass.set && l->warn.set)
		import_beside(it, "fail", soda_threshold(a, &l->pass, true));
	if (l->warn.set)
		import_beside(it, "warn", soda_threshold(a, &l->warn, false));
	if (l->fail.set)
		import_beside(it, "fail", soda_threshold(a, &l->fail, false));
	if (!l->pass.set && !l->warn.set && !l->fail.set)
		import_grade(it, GRADE_REFUSED, "add `< 1d`", "it has no threshold");
}
