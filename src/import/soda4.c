/*
 * Contracts of Soda 4: one dataset, its columns and their checks.
 *
 * https://docs.soda.io/reference/contract-language-reference.  Each check is a map of one key, its type; below it stand `threshold`, `filter`,
 * `name`, `qualifier` and what the type needs.
 */
#include "base/buf.h"
#include "base/num.h"
#include "import/importers.h"
#include "import/soda.h"
#include "import/soda_vars.h"

struct contract {
	struct importing *im;
	struct import_asset *asset;
	const struct node *column; /* that is being read, or NULL */
	struct sv broken;          /* why the filter of the whole cannot be used, or empty */
};

/* A check that is being read. */
struct soda4 {
	struct contract *c;
	struct import_item *it;
	struct sv column; /* or empty */
	struct sv type;
	const struct node *body; /* a map, or NULL */
	struct soda_levels levels;
	bool percent;
	struct sv unit; /* of the first threshold; a second may have its own */
	bool open;      /* the first threshold says no number */
	bool warns;     /* and is a warning */
};

static bool
is_soda4(const struct node *root)
{
	const struct node *dataset = node_get(root, "dataset");

	return dataset != NULL && dataset->kind == NODE_TEXT &&
	       (node_get(root, "columns") != NULL || node_get(root, "checks") != NULL);
}

/* Thresholds ------------------------------------------------------------------------------------------------------ */

static const struct {
	const char *key, *op;
} operators[] = {
	{"must_be", "="},
	{"must_not_be", "!="},
	{"must_be_greater_than", ">"},
	{"must_be_greater_than_or_equal", ">="},
	{"must_be_less_than", "<"},
	{"must_be_less_than_or_equal", "<="},
};

static bool
set_bound(struct importing *im, const struct node *n, const char *strict, const char *loose, struct sv *ret,
          bool *open)
{
	*open = import_text_of(im, n, strict, ret);
	/* One of them, not both. */
	return import_text_of(im, n, loose, ret) != *open;
}

/* less_than is the lower end of what is not good, and greater_than the upper: an end that is good is not between them. */
static struct soda_cond
outside(struct soda4 *s, const struct soda_cond *c)
{
	struct soda_cond ret = *c;
	double below, above;

	ret.low = c->high;
	ret.high = c->low;
	ret.open_low = !c->open_high;
	ret.open_high = !c->open_low;
	if (num_f64(ret.low, &below) && num_f64(ret.high, &above) && below >= above)
		import_grade(s->it, GRADE_REFUSED,
		             "write must_be_not_between: {less_than: 1, greater_than: 9}",
		             "less_than " SV_FMT " is not below greater_than " SV_FMT, SV_ARG(ret.low),
		             SV_ARG(ret.high));
	return ret;
}

static void
read_between(struct soda4 *s, const struct node *n, bool negate, struct soda_cond *ret)
{
	struct importing *im = s->c->im;
	struct soda_cond c = {.set = true, .between = true, .negate = negate};
	bool low = set_bound(im, n, "greater_than", "greater_than_or_equal", &c.low, &c.open_low);
	bool high = set_bound(im, n, "less_than", "less_than_or_equal", &c.high, &c.open_high);

	if (!low || !high)
		import_grade(s->it, GRADE_REFUSED, "give it greater_than and less_than",
		             "it has not one bound on either side");
	else if (negate)
		*ret = outside(s, &c);
	else
		*ret = c;
}

/* All the operators of a map: they say together what is good.  Two of them make a range. */
static void
read_operators(struct soda4 *s, const struct node *n, struct soda_cond *ret)
{
	struct importing *im = s->c->im;
	const struct node *between = import_get(im, n, "must_be_between");
	const struct node *outside = import_get(im, n, "must_be_not_between");
	size_t found = 0;

	if (between != NULL)
		read_between(s, between, false, ret);
	if (outside != NULL)
		read_between(s, outside, true, ret);
	found = (size_t)(between != NULL) + (size_t)(outside != NULL);
	for (size_t i = 0; i < LEN(operators); i++) {
		struct sv v;

		if (!import_text_of(im, n, operators[i].key, &v))
			continue;
		found++;
		*ret = (struct soda_cond){.set = true, .low = v};
		memcpy(ret->op, operators[i].op, strlen(operators[i].op) + 1);
	}
	if (found > 1)
		import_grade(s->it, GRADE_REFUSED, "write must_be_between",
		             "it has several thresholds at once");
}

/* A bound on an age in whole units as a length of time; without a unit, hours. */
static void
as_time(struct soda4 *s, struct sv unit, struct soda_cond *c)
{
	if (unit.n > 0 && !sv_is(unit, "minute") && !sv_is(unit, "hour") && !sv_is(unit, "day"))
		import_grade(s->it, GRADE_REFUSED, "unit is minute, hour or day", "'" SV_FMT "' is no unit",
		             SV_ARG(unit));
	if (unit.n == 0)
		import_grade(s->it, GRADE_AMBIGUOUS, "add unit: hour",
		             "it names no unit, and hours are taken");
	if (!c->set || c->between)
		return;
	c->time = true;
	c->low = arena_svf(s->c->im->a, SV_FMT "%c", SV_ARG(c->low), unit.n > 0 ? unit.p[0] : 'h');
}

static void
read_level(struct soda4 *s, const struct node *n, bool first)
{
	struct importing *im = s->c->im;
	struct soda_cond good = {0}, *ret;
	struct sv metric, level = SV("fail"), unit = s->unit;

	s->open = first || s->open;
	if (n == NULL)
		return;
	if (n->kind != NODE_MAP)
		import_grade(s->it, GRADE_REFUSED, "write it as {must_be: 0}", "'" SV_FMT "' is no threshold",
		             SV_ARG(import_short(im->a, n)));
	if (import_text_of(im, n, "metric", &metric)) {
		s->percent = sv_is(metric, "percent");
		if (!s->percent && !sv_is(metric, "count"))
			import_grade(s->it, GRADE_REFUSED, "metric is count or percent",
			             "'" SV_FMT "' is no metric", SV_ARG(metric));
	}
	(void)import_text_of(im, n, "unit", &unit);
	(void)import_text_of(im, n, "level", &level);
	read_operators(s, n, &good);
	good.percent = good.set && s->percent;
	if (sv_is(s->type, "freshness"))
		as_time(s, unit, &good);
	if (!sv_is(level, "warn") && !sv_is(level, "fail"))
		import_grade(s->it, GRADE_REFUSED, "level is warn or fail", "'" SV_FMT "' is no level",
		             SV_ARG(level));
	if (first) {
		s->unit = unit;
		s->open = !good.set;
		s->warns = sv_is(level, "warn");
	}
	ret = sv_is(level, "warn") ? &s->levels.warn : &s->levels.pass;
	if (!first && (ret->set || s->warns == sv_is(level, "warn")))
		import_grade(s->it, GRADE_REFUSED, "give one of them level: warn",
		             "two thresholds have the same level");
	*ret = good;
	if (ret == &s->levels.warn)
		soda_cond_turn(ret);
}

static void
read_threshold(struct soda4 *s)
{
	struct importing *im = s->c->im;
	const struct node *n = import_get(im, s->body, "threshold");

	read_level(s, n, true);
	read_level(s, import_get(im, n, "additional"), false);
}

/* Of the first threshold, where it says no number; then both of them together. */
static void
settle(struct soda4 *s, const char *op)
{
	struct soda_cond good = {.set = true, .low = SV("0"), .percent = s->percent};

	memcpy(good.op, op, strlen(op) + 1);
	if (s->open && s->warns) {
		soda_cond_turn(&good);
		s->levels.warn = good;
	} else if (s->open) {
		s->levels.pass = good;
	}
	if (!soda_levels_settle(&s->levels))
		import_grade(s->it, GRADE_REFUSED, NULL, "two thresholds have the same level");
}

/* Where nothing is said, there must be none. */
static void
none_by_default(struct soda4 *s)
{
	settle(s, "=");
}

static void
needs_threshold(struct soda4 *s)
{
	const bool open = s->open;

	s->open = false;
	settle(s, "=");
	if (open)
		import_grade(s->it, GRADE_REFUSED, "add threshold: {must_be: …}", "it has no threshold");
}

/* Types of checks --------------------------------------------------------------------------------------------------- */

static struct node
column_args(struct soda4 *s)
{
	struct node args = node_of_map(s->it->loc);

	node_put_text(s->c->im->a, &args, "column", s->column, s->it->loc);
	return args;
}

static bool
needs_column(struct soda4 *s)
{
	if (s->column.n > 0)
		return true;
	import_grade(s->it, GRADE_REFUSED, "put it under the column's checks", "it is a check of a column");
	return false;
}

/* {regex: …, name: …}: the name is for people. */
static void
read_format(struct soda4 *s, const struct node *map, const char *key, const struct node **regex)
{
	struct importing *im = s->c->im;
	const struct node *n = import_get(im, map, key), *text;

	if (n == NULL || n->kind != NODE_MAP)
		return;
	text = import_get(im, n, "regex");
	import_whole(im, import_get(im, n, "name"));
	if (text == NULL)
		import_grade(s->it, GRADE_REFUSED, "give it a regex", "the format is not said");
	else
		*regex = text;
}

static struct soda_valid
valid_in(struct soda4 *s, const struct node *map)
{
	struct soda_valid v = {0};

	read_format(s, map, "missing_format", &v.missing_regex);
	read_format(s, map, "valid_format", &v.valid_regex);
	read_format(s, map, "invalid_format", &v.invalid_regex);
	soda_valid_get(s->c->im, map, '_', "", &v);
	/* Read above, as a pattern. */
	if (v.missing_format != NULL && v.missing_format->kind == NODE_MAP)
		v.missing_format = NULL;
	if (v.valid_format != NULL && v.valid_format->kind == NODE_MAP)
		v.valid_format = NULL;
	if (v.invalid_format != NULL && v.invalid_format->kind == NODE_MAP)
		v.invalid_format = NULL;
	return v;
}

/* What is missing by the column holds where the check says nothing of what is missing; and so what is valid. */
static struct soda_valid
valid_of(struct soda4 *s)
{
	struct soda_valid own = valid_in(s, s->body), column = valid_in(s, s->c->column);

	if (soda_says_missing(&own))
		column.missing_values = column.missing_regex = column.missing_format = NULL;
	if (soda_says_valid(&own) || node_get(s->body, "valid_reference_data") != NULL)
		column = (struct soda_valid){.missing_values = column.missing_values,
		                             .missing_regex = column.missing_regex,
		                             .missing_format = column.missing_format};
	soda_valid_add(&own, &column);
	return own;
}

static void
read_missing(struct soda4 *s)
{
	const struct soda_valid v = valid_of(s);

	none_by_default(s);
	if (needs_column(s))
		soda_missing(s->it, s->column, &v, &s->levels);
}

static void
read_reference(struct soda4 *s, const struct node *n)
{
	struct importing *im = s->c->im;
	struct node args = column_args(s);
	struct sv dataset, column;

	if (!import_text_of(im, n, "dataset", &dataset) || !import_text_of(im, n, "column", &column)) {
		import_grade(s->it, GRADE_REFUSED, NULL, "it names no dataset and column");
		return;
	}
	node_put_text(im->a, &args, "to", dataset, n->loc);
	node_put_text(im->a, &args, "field", column, n->loc);
	import_check(s->it, "relationships", &args);
	import_remark(s->it, "'" SV_FMT "' must be the key or an alias of an asset", SV_ARG(dataset));
	if (s->levels.warn.set || !soda_is_zero(&s->levels.pass))
		import_grade(s->it, GRADE_REFUSED, "write relationships with fail:",
		             "a reference with a threshold is not imported");
}

static void
read_invalid(struct soda4 *s)
{
	const struct soda_valid v = valid_of(s);
	const struct node *reference = import_get(s->c->im, s->body, "valid_reference_data");

	none_by_default(s);
	if (!needs_column(s))
		return;
	if (reference != NULL)
		read_reference(s, reference);
	if (reference == NULL || soda_says_valid(&v))
		soda_invalid(s->it, s->column, &v, &s->levels);
}

static void
read_duplicate(struct soda4 *s)
{
	struct importing *im = s->c->im;
	const struct node *columns = import_get(im, s->body, "columns");
	struct sv name[16];
	size_t n = 0;

	none_by_default(s);
	import_whole(im, columns);
	if (s->column.n > 0) {
		const struct soda_valid v = valid_of(s);

		if (soda_says_missing(&v))
			s->it->where = import_and(im->a, s->it->where,
			                          arena_svf(im->a, "NOT (" SV_FMT ")",
			                                    SV_ARG(soda_missing_expr(im->a, s->column, &v))));
	}
	for (size_t i = 0; columns != NULL && i < columns->n && n < LEN(name); i++)
		name[n++] = columns->kid[i].text;
	if (s->column.n > 0)
		name[n++] = s->column;
	if (n == 0 || n == LEN(name))
		import_grade(s->it, GRADE_REFUSED, "name the columns", "it has %s columns",
		             n == 0 ? "no" : "too many");
	else
		soda_duplicates(s->it, name, n, &s->levels, true, s->column.n == 0);
}

static void
read_aggregate(struct soda4 *s)
{
	static const struct {
		const char *function, *expectation;
	} functions[] = {{"avg", "mean"}, {"sum", "sum"}, {"min", "min"}, {"max", "max"}};
	const struct soda_valid v = valid_of(s);
	struct importing *im = s->c->im;
	struct sv function = {0};

	(void)import_text_of(im, s->body, "function", &function);
	needs_threshold(s);
	if (!needs_column(s))
		return;
	if (soda_says_valid(&v))
		import_grade(
			s->it, GRADE_APPROXIMATED, NULL,
			"Soda counts values that are not valid, or missing by their values, all the same");
	if (soda_says_missing(&v) || soda_says_valid(&v))
		s->it->where = import_and(
			im->a, s->it->where,
			import_and(im->a,
		                   arena_svf(im->a, "NOT (" SV_FMT ")",
		                             SV_ARG(soda_missing_expr(im->a, s->column, &v))),
		                   soda_valid_expr(im->a, s->column, &v)));
	for (size_t i = 0; i < LEN(functions); i++)
		if (sv_is(function, functions[i].function)) {
			soda_number_check(s->it, functions[i].expectation, column_args(s), &s->levels);
			return;
		}
	import_grade(s->it, GRADE_REFUSED, "write length_between, or sql_value for a database",
	             "weir has no check of the number '" SV_FMT "'", SV_ARG(function));
}

static void
read_failed_rows(struct soda4 *s)
{
	struct importing *im = s->c->im;
	struct sv text, why;
	struct node args;

	none_by_default(s);
	if (import_get(im, s->body, "rows_tested_query") != NULL)
		import_remark(s->it, "rows_tested_query is for percentages only");
	if (import_get(im, s->body, "keys_query") != NULL)
		import_remark(s->it, "keys_query is not kept: `key:` of the asset names rows");
	if (import_text_of(im, s->body, "expression", &text)) {
		if (!import_is_expr(im->a, text, &why)) {
			import_grade(s->it, GRADE_REFUSED, "write the condition of a good row as expr",
			             "its condition is no expression of weir: " SV_FMT, SV_ARG(why));
			return;
		}
		/* Rows whose condition is null are good, and count. */
		args = node_of_text(arena_svf(im->a, "(" SV_FMT ") IS NOT TRUE", SV_ARG(text)), s->it->loc);
		import_check(s->it, "expr", &args);
		if (s->levels.pass.set && !soda_is_zero(&s->levels.pass))
			import_beside(s->it, "fail", soda_threshold(im->a, &s->levels.pass, true));
		if (s->levels.fail.set)
			import_beside(s->it, "fail", soda_threshold(im->a, &s->levels.fail, false));
		if (s->levels.warn.set)
			import_beside(s->it, "warn", soda_threshold(im->a, &s->levels.warn, false));
	} else if (import_text_of(im, s->body, "query", &text)) {
		if (!soda_is_zero(&s->levels.pass) || s->levels.warn.set)
			import_grade(s->it, GRADE_REFUSED, "count in the query: sql_value",
			             "a query that returns rows has no thresholds");
		args = node_of_text(text, s->it->loc);
		import_check(s->it, "unexpected_rows", &args);
		import_remark(s->it, "it is a query: for databases, with `allow_sql: true`");
		im->ret->sql = true;
	} else {
		import_grade(s->it, GRADE_REFUSED, NULL, "it has neither an expression nor a query");
	}
}

static void
read_metric(struct soda4 *s)
{
	struct importing *im = s->c->im;
	struct node args = node_of_map(s->it->loc);
	struct sv text;

	needs_threshold(s);
	if (import_text_of(im, s->body, "expression", &text))
		text = arena_svf(im->a, "SELECT " SV_FMT " FROM {table}", SV_ARG(text));
	else if (!import_text_of(im, s->body, "query", &text))
		import_grade(s->it, GRADE_REFUSED, NULL, "it has neither an expression nor a query");
	node_put_text(im->a, &args, "query", text, s->it->loc);
	soda_number_check(s->it, "sql_value", args, &s->levels);
	import_remark(s->it, "it is a query: for databases, with `allow_sql: true`");
	im->ret->sql = true;
}

static void
read_row_count(struct soda4 *s)
{
	/* Without one there must be a row. */
	settle(s, ">");
	soda_number_check(s->it, "row_count", node_of_map(s->it->loc), &s->levels);
}

static void
read_freshness(struct soda4 *s)
{
	struct sv column;

	if (!import_text_of(s->c->im, s->body, "column", &column)) {
		import_grade(s->it, GRADE_REFUSED, "name the column", "it names no column");
		return;
	}
	needs_threshold(s);
	soda_freshness(s->it, column, &s->levels);
}

/* The columns of the contract, as a check of the table's own. */
static void
read_schema(struct soda4 *s)
{
	struct importing *im = s->c->im;
	const struct node *columns = node_get(im->root, "columns"), *flag;
	struct node args = node_of_map(s->it->loc), types = node_of_map(s->it->loc);
	struct node maybe = node_of_map(s->it->loc);
	struct node optional = node_of_list(s->it->loc), ordered;
	bool extra = false, order = false;

	if ((flag = import_get(im, s->body, "allow_extra_columns")) != NULL)
		extra = flag->kind == NODE_BOOL && flag->b;
	if ((flag = import_get(im, s->body, "allow_other_column_order")) != NULL)
		order = flag->kind == NODE_BOOL && flag->b;
	for (size_t i = 0; columns != NULL && i < columns->n; i++) {
		const struct node *name = node_get(&columns->kid[i], "name");
		const struct node *type = node_get(&columns->kid[i], "data_type");
		const struct node *opt = node_get(&columns->kid[i], "optional");
		struct node kid;

		if (name == NULL || name->kind != NODE_TEXT)
			continue;
		kid = node_of_text(SV("any"), name->loc);
		if (type != NULL && !import_type(im->a, type->text, &kid.text))
			import_grade(s->it, GRADE_REFUSED, "give the type of weir",
			             "the type '" SV_FMT "' is not known", SV_ARG(type->text));
		if (type != NULL)
			import_grade(s->it, GRADE_APPROXIMATED, NULL,
			             "types are those of weir: varchar(20) and text are both string");
		if (opt != NULL && opt->kind == NODE_BOOL && opt->b) {
			node_append(im->a, &optional, name);
			node_put(im->a, &maybe, name->text, &kid);
		} else {
			node_put(im->a, &types, name->text, &kid);
		}
	}
	node_put(im->a, &args, SV("columns"), &types);
	if (optional.n > 0) {
		node_put(im->a, &args, SV("optional"), &optional);
		node_put(im->a, &args, SV("types"), &maybe);
	}
	node_put_text(im->a, &args, "extra", extra ? SV("allow") : SV("refuse"), s->it->loc);
	ordered = node_of_bool(!order, s->it->loc);
	node_put(im->a, &args, SV("order"), &ordered);
	s->it->whole = true;
	import_check(s->it, "schema", &args);
}

/* The whole --------------------------------------------------------------------------------------------------------- */

static const struct {
	const char *type;
	void (*read)(struct soda4 *s);
} types[] = {
	{"missing", read_missing},     {"invalid", read_invalid},         {"duplicate", read_duplicate},
	{"aggregate", read_aggregate}, {"failed_rows", read_failed_rows}, {"metric", read_metric},
	{"row_count", read_row_count}, {"freshness", read_freshness},     {"schema", read_schema},
};

static void
refuse_type(struct soda4 *s)
{
	static const char *const names[] = {"missing", "invalid",   "duplicate", "aggregate", "failed_rows",
	                                    "metric",  "row_count", "freshness", "schema"};
	const char *near = sv_nearest(s->type, names, LEN(names));

	import_whole(s->c->im, s->body);
	if (sv_is(s->type, "reconciliation"))
		import_grade(s->it, GRADE_REFUSED, "use `weir diff`, or row_count_equal_other",
		             "two sources are compared");
	else if (sv_is(s->type, "group_by"))
		import_grade(s->it, GRADE_REFUSED, "give checks `by: [column]`",
		             "groups of a query are not checked");
	else
		import_grade(s->it, GRADE_REFUSED,
		             near != NULL ? arena_printf(s->c->im->a, "did you mean '%s'?", near) : NULL,
		             "there is no check '" SV_FMT "' in Soda 4", SV_ARG(s->type));
}

static void
read_common(struct soda4 *s)
{
	static const char *const aside[] = {"attributes", "qualifier", "store_failed_rows"};
	struct importing *im = s->c->im;
	struct sv text, why;

	(void)import_text_of(im, s->body, "name", &s->it->name);
	for (size_t i = 0; i < LEN(aside); i++)
		import_whole(im, import_get(im, s->body, aside[i]));
	if (s->c->broken.n > 0)
		import_grade(s->it, GRADE_REFUSED,
		             "write the filter in weir's expressions, as where:", SV_FMT,
		             SV_ARG(s->c->broken));
	if (!import_text_of(im, s->body, "filter", &text))
		return;
	if (import_is_expr(im->a, text, &why))
		s->it->where = text;
	else
		import_grade(s->it, GRADE_REFUSED, "write the filter in weir's expressions, as where:",
		             "its filter is no expression of weir: " SV_FMT, SV_ARG(why));
}

static void
read_check(struct contract *c, const struct node *n, struct sv column)
{
	struct importing *im = c->im;
	const bool map = n->kind == NODE_MAP && n->n > 0;
	const struct node *kid = map ? import_kid(im, n, 0) : n;
	struct import_item it = import_item(im, c->asset, n, map ? kid->key_loc : n->loc, (struct sv){0});
	struct soda4 s = {.c = c, .it = &it, .column = column, .type = map ? kid->key : n->text};
	struct sv name;
	size_t i = 0;

	it.what = arena_svf(im->a, SV_FMT "%s" SV_FMT, SV_ARG(column), column.n > 0 ? ": " : "",
	                    SV_ARG(import_short(im->a, n)));
	s.body = map && kid->kind == NODE_MAP ? kid : NULL;
	while (i < LEN(types) && !sv_is(s.type, types[i].type))
		i++;
	if (soda_has_var(n, &name)) {
		import_grade(&it, GRADE_REFUSED,
		             arena_printf(im->a, "give it one: --var " SV_FMT "=…", SV_ARG(name)),
		             "the variable '" SV_FMT "' has no value", SV_ARG(name));
	} else if (i == LEN(types)) {
		refuse_type(&s);
	} else {
		read_common(&s);
		read_threshold(&s);
		if (it.grade < GRADE_REFUSED)
			types[i].read(&s);
	}
	import_item_end(&it);
}

static void
read_list(struct contract *c, const struct node *list, struct sv column)
{
	for (size_t i = 0; list != NULL && list->kind == NODE_SEQ && i < list->n; i++)
		read_check(c, import_kid(c->im, list, i), column);
	if (list != NULL && list->kind != NODE_SEQ)
		import_refuse(c->im, c->asset, list, list->loc, true, import_short(c->im->a, list),
		              "write checks behind dashes", "a list of checks is expected");
}

static void
read_column(struct contract *c, const struct node *n)
{
	static const char *const aside[] = {
		"data_type",   "character_maximum_length", "optional",      "attributes",
		"description", "numeric_precision",        "numeric_scale", "datetime_precision"};
	struct importing *im = c->im;
	struct soda_valid config = {0};
	struct sv name;

	for (size_t i = 0; i < LEN(aside); i++)
		import_whole(im, import_get(im, n, aside[i]));
	/* Which each check reads; there may be none. */
	soda_valid_get(im, n, '_', "", &config);
	if (!import_text_of(im, n, "name", &name)) {
		import_refuse(im, c->asset, n, n->loc, true, import_short(im->a, n), "give it a name",
		              "the column has no name");
		return;
	}
	c->column = n;
	read_list(c, import_get(im, n, "checks"), name);
	c->column = NULL;
}

static void
read_contract_filter(struct contract *c, const struct node *root)
{
	struct importing *im = c->im;
	const struct node *n = import_get(im, root, "filter");
	struct import_item it;
	struct sv why;

	if (n == NULL)
		return;
	it = import_item(im, c->asset, n, n->loc, n->text);
	it.check = false;
	if (n->kind == NODE_TEXT && import_is_expr(im->a, n->text, &why)) {
		c->asset->where = n->text;
		it.became = arena_svf(im->a, "where: " SV_FMT, SV_ARG(n->text));
	} else {
		c->broken = SV("the contract's filter is no expression of weir");
		import_grade(&it, GRADE_REFUSED,
		             "write it in weir's expressions, as where:", "it is no expression of weir");
	}
	import_item_end(&it);
}

static void
read_schedule(struct importing *im, const struct node *root)
{
	const struct node *n = import_get(im, root, "soda_runner");

	if (n != NULL)
		import_refuse(im, NULL, n, n->loc, false, import_short(im->a, n),
		              "write `schedule:` for the asset", "when Soda runs checks is not taken over");
}

static void
read_soda4(struct importing *im, const struct node *root)
{
	static const char *const aside[] = {"attributes", "soda_agent", "owner", "contract_attributes"};
	struct contract c = {.im = im};
	const struct node *columns, *dataset;
	struct sv name;

	root = soda_resolve(im, root);
	dataset = import_get(im, root, "dataset");
	/* source/database/schema/table: the last is the table's own. */
	name = dataset->text;
	for (size_t i = name.n; i > 0; i--)
		if (name.p[i - 1] == '/') {
			name = sv_skip(name, i);
			break;
		}
	c.asset = import_asset(im, name, dataset->loc);
	for (size_t i = 0; i < LEN(aside); i++)
		import_whole(im, import_get(im, root, aside[i]));
	read_schedule(im, root);
	read_contract_filter(&c, root);
	columns = import_get(im, root, "columns");
	for (size_t i = 0; columns != NULL && columns->kind == NODE_SEQ && i < columns->n; i++)
		read_column(&c, import_kid(im, columns, i));
	read_list(&c, import_get(im, root, "checks"), (struct sv){0});
}

const struct importer import_soda4 = {
	.name = "soda4",
	.alias = {"soda-contract"},
	.title = "a contract of Soda 4",
	.doc = "A data contract of Soda 4: a dataset, its columns and their checks.",
	.example =
		"dataset: pg/shop/public/orders\ncolumns:\n  - name: email\n    checks:\n      - missing:\n",
	.recognise = is_soda4,
	.read = read_soda4,
};
