/*
 * Tests of dbt_expectations: as Great Expectations' in name, and SQL in what they do.
 *
 * Most compute an expression and fail where it is false; null is no failure.  Those of a number of the table give one row where it is out
 * of range, so that thresholds of rows mean nothing with them.  Those of values give a row for each wrong one.
 */
#include "import/dbt.h"
#include "import/soda.h"

#define NO_VALUES "where there are no values dbt passes and weir does not"
#define CASE "dbt_expectations takes names of columns whatever their case, weir tells upper from lower"
#define DIALECT "dbt's patterns are those of the database, weir's those of PCRE2"
#define LIKE "in dbt the database says whether case matters and what escapes, in weir it does and \\ escapes"
#define TYPES "types are those of weir: varchar(20) and text are both string"
#define ORDER "it goes through the rows by a column, weir in the order in which they are stored"
#define OTHER "two tables are compared by more than their numbers of rows"
#define GROUPS "write the check with `by: [column]`"
#define WITH_SQL "for a database, write it as sql_value or unexpected_rows"

static void
refuse_groups(struct dbt_test *t)
{
	static const char *const keys[] = {"group_by", "group_by_columns"};

	for (size_t i = 0; i < LEN(keys); i++)
		dbt_without(t, keys[i], GROUPS);
	dbt_read_row_condition(t);
}

/* {column, min, max}, of values or of a number of the column; {min, max} of the table. */
static void
read_range(struct dbt_test *t)
{
	const bool table = sv_starts(sv_of(t->def->name), SV("expect_table_"));
	struct node args = table ? node_of_map(t->it->loc) : dbt_column(t);
	const struct sv value = t->def->count == DBT_ROWS && strcmp(t->def->to, "between") == 0
	                                ? import_ident(t->im->a, t->column)
	                                : (struct sv){0};
	struct sv expr;

	refuse_groups(t);
	dbt_bounds(t, &args, dbt_flag(t, "strictly", false), value, &expr);
	if (expr.n > 0) {
		const struct node n = node_of_text(expr, t->it->loc);

		import_check(t->it, "expr", &n);
		return;
	}
	import_check(t->it, t->def->to, &args);
}

static const struct node *
need(struct dbt_test *t, const char *key)
{
	const struct node *n = dbt_arg(t, key);

	if (n == NULL)
		import_grade(t->it, GRADE_REFUSED, NULL, "it needs `%s`", key);
	return n;
}

/* One argument more than the column, or in its place. */
static void
read_one(struct dbt_test *t, const char *from, const char *to, bool column)
{
	struct node args = column ? dbt_column(t) : node_of_map(t->it->loc);
	const struct node *n = need(t, from);

	refuse_groups(t);
	if (n == NULL)
		return;
	node_put(t->im->a, &args, sv_of(to), n);
	import_check(t->it, t->def->to, &args);
}

static void
read_value(struct dbt_test *t)
{
	const bool table = sv_starts(sv_of(t->def->name), SV("expect_table_"));

	read_one(t, "value", "value", !table);
}

static void
read_type(struct dbt_test *t)
{
	read_one(t, "column_type", "type", true);
}

static void
read_types(struct dbt_test *t)
{
	read_one(t, "column_type_list", "types", true);
}

static void
read_columns(struct dbt_test *t)
{
	(void)dbt_arg(t, "transform");
	read_one(t, "column_list", "columns", false);
}

static void
read_some_columns(struct dbt_test *t)
{
	const struct node no = node_of_bool(false, t->it->loc), *n = need(t, "column_list");
	struct node args = node_of_map(t->it->loc);

	(void)dbt_arg(t, "transform");
	if (n == NULL)
		return;
	node_put(t->im->a, &args, SV("columns"), n);
	node_put(t->im->a, &args, SV("exact_match"), &no);
	import_check(t->it, t->def->to, &args);
}

static void
read_forbidden(struct dbt_test *t)
{
	(void)dbt_arg(t, "transform");
	read_one(t, "column_list", "forbidden", false);
}

static void
read_exists(struct dbt_test *t)
{
	const struct node *n = dbt_arg(t, "column_index");
	struct node args = dbt_column(t), index;

	(void)dbt_arg(t, "transform");
	if (n != NULL && (n->kind != NODE_INT || n->i < 1)) {
		import_grade(t->it, GRADE_REFUSED, NULL, "its column_index is no whole number above 0");
		return;
	}
	if (n != NULL) {
		index = node_of_int(t->im->a, n->i - 1, n->loc);
		node_put(t->im->a, &args, SV("index"), &index);
	}
	import_check(t->it, t->def->to, &args);
}

static void
read_flags(struct dbt_test *t, struct sv *ret)
{
	*ret = (struct sv){0};
	(void)dbt_flag(t, "is_raw", false);
	if (!dbt_text(t, "flags", ret))
		return;
	for (size_t i = 0; i < ret->n; i++)
		if (strchr("imsx", ret->p[i]) == NULL)
			import_grade(t->it, GRADE_REFUSED, "write them into the pattern",
			             "the flags '" SV_FMT "' are not those of weir", SV_ARG(*ret));
}

static struct node
pattern(struct dbt_test *t, const struct node *n, struct sv flags)
{
	struct node ret = *n;

	if (flags.n > 0)
		ret.text = arena_svf(t->im->a, "(?" SV_FMT ")" SV_FMT, SV_ARG(flags), SV_ARG(n->text));
	return ret;
}

static void
read_pattern(struct dbt_test *t)
{
	const bool like = strstr(t->def->to, "like") != NULL;
	const struct node *n = need(t, like ? "like_pattern" : "regex");
	struct node args = dbt_column(t), text;
	struct sv flags;

	dbt_read_row_condition(t);
	read_flags(t, &flags);
	if (n == NULL)
		return;
	text = pattern(t, n, flags);
	node_put(t->im->a, &args, like ? SV("pattern") : SV("regex"), &text);
	import_check(t->it, t->def->to, &args);
}

/* `NOT …` of each: one that a value does not match is enough for it. */
static void
not_all(struct dbt_test *t, const struct node *list, bool like)
{
	const struct sv col = import_ident(t->im->a, t->column);
	struct sv text = {0};
	struct node n;

	for (size_t i = 0; i < list->n; i++)
		text = arena_svf(t->im->a, SV_FMT "%s" SV_FMT " %s " SV_FMT, SV_ARG(text),
		                 i > 0 ? " OR " : "", SV_ARG(col), like ? "NOT LIKE" : "!~",
		                 SV_ARG(import_quote(t->im->a, list->kid[i].text)));
	n = node_of_text(text, t->it->loc);
	import_check(t->it, "expr", &n);
}

static void
read_patterns(struct dbt_test *t)
{
	const bool like = strstr(t->def->to, "like") != NULL, negative = strstr(t->def->to, "not_") != NULL;
	const struct node *n = need(t, like ? "like_pattern_list" : "regex_list");
	struct node args = dbt_column(t), list = node_of_list(t->it->loc);
	struct sv flags, on = SV("any");

	dbt_read_row_condition(t);
	read_flags(t, &flags);
	(void)dbt_text(t, "match_on", &on);
	if (n == NULL || n->kind != NODE_SEQ || n->n == 0 || (!sv_is(on, "any") && !sv_is(on, "all"))) {
		import_grade(t->it, GRADE_REFUSED, NULL,
		             "it needs a list of patterns, and match_on is any or all");
		return;
	}
	for (size_t i = 0; i < n->n; i++) {
		const struct node one = pattern(t, &n->kid[i], flags);

		node_append(t->im->a, &list, &one);
	}
	if (negative && sv_is(on, "any")) {
		not_all(t, &list, like);
		return;
	}
	node_put(t->im->a, &args, SV("patterns"), &list);
	if (!negative)
		node_put_text(t->im->a, &args, "match_on", on, t->it->loc);
	import_check(t->it, t->def->to, &args);
}

/* The number of distinct values: =, > or < a value. */
static void
read_distinct(struct dbt_test *t)
{
	const bool more = strstr(t->def->name, "greater") != NULL,
		   less = strstr(t->def->name, "less") != NULL;
	const struct node *n = need(t, "value"), yes = node_of_bool(true, t->it->loc);
	struct node args = dbt_column(t);

	(void)dbt_flag(t, "quote_values", true);
	refuse_groups(t);
	if (n == NULL)
		return;
	if (!less)
		node_put(t->im->a, &args, SV("min"), n);
	if (!more)
		node_put(t->im->a, &args, SV("max"), n);
	if (more || less)
		node_put(t->im->a, &args, more ? SV("strict_min") : SV("strict_max"), &yes);
	import_check(t->it, t->def->to, &args);
}

static void
read_quantile(struct dbt_test *t)
{
	const struct node *q = need(t, "quantile");
	struct node args = dbt_column(t);
	struct sv expr;

	refuse_groups(t);
	if (q == NULL)
		return;
	node_put(t->im->a, &args, SV("q"), q);
	dbt_bounds(t, &args, dbt_flag(t, "strictly", false), (struct sv){0}, &expr);
	import_check(t->it, t->def->to, &args);
}

/* Pairs and more columns ---------------------------------------------------------------------------------------------- */

static void
read_pair(struct dbt_test *t)
{
	const struct node *a = need(t, "column_A"), *b = need(t, "column_B");
	const struct node yes = node_of_bool(true, t->it->loc);
	struct node args = node_of_map(t->it->loc);

	dbt_read_row_condition(t);
	if (a == NULL || b == NULL)
		return;
	node_put(t->im->a, &args, SV("column_A"), a);
	node_put(t->im->a, &args, SV("column_B"), b);
	if (dbt_flag(t, "or_equal", false))
		node_put(t->im->a, &args, SV("or_equal"), &yes);
	node_put_text(t->im->a, &args, "ignore_row_if", SV("either_value_is_missing"), t->it->loc);
	import_check(t->it, t->def->to, &args);
}

static void
read_rows_of_columns(struct dbt_test *t)
{
	const struct node *n = need(t, "column_list");
	struct node args = node_of_map(t->it->loc);
	struct sv ignore = SV("all_values_are_missing");

	(void)dbt_flag(t, "quote_columns", false);
	dbt_read_row_condition(t);
	(void)dbt_text(t, "ignore_row_if", &ignore);
	if (n == NULL)
		return;
	node_put(t->im->a, &args, SV("columns"), n);
	node_put_text(t->im->a, &args, "ignore_row_if", ignore, t->it->loc);
	import_grade(
		t->it, GRADE_AMBIGUOUS, "look at rows with nulls in these columns",
		"versions of dbt_expectations leave out other rows with nulls than ignore_row_if says; here it means "
		"what it says");
	import_check(t->it, t->def->to, &args);
}

static void
read_expression(struct dbt_test *t)
{
	struct node args = node_of_map(t->it->loc), n;
	struct sv text, expr, why;

	refuse_groups(t);
	if (!dbt_text(t, "expression", &text)) {
		import_grade(t->it, GRADE_REFUSED, NULL, "it needs `expression`");
		return;
	}
	if (!import_is_expr(t->im->a, text, &why)) {
		import_grade(t->it, GRADE_REFUSED, WITH_SQL,
		             "its expression is no expression of weir: " SV_FMT, SV_ARG(why));
		return;
	}
	if (strcmp(t->def->name, "expression_between") == 0) {
		const bool strict = dbt_flag(t, "strictly", false);
		struct sv low, high, both = {0};

		dbt_bounds(t, &args, strict, text, &expr);
		if (dbt_text(t, "min_value", &low))
			both = arena_svf(t->im->a, "(" SV_FMT ") >%s " SV_FMT, SV_ARG(text),
			                 strict ? "" : "=", SV_ARG(low));
		if (dbt_text(t, "max_value", &high))
			both = import_and(t->im->a, both,
			                  arena_svf(t->im->a, "(" SV_FMT ") <%s " SV_FMT, SV_ARG(text),
			                            strict ? "" : "=", SV_ARG(high)));
		text = both;
	}
	n = node_of_text(text, t->it->loc);
	import_check(t->it, t->def->to, &n);
}

static void
read_recent(struct dbt_test *t)
{
	static const char *const parts[] = {"minute", "hour", "day", "week"};
	const struct node *part = need(t, "datepart"), *count = need(t, "interval");
	struct node args = dbt_column(t);
	size_t i = 0;

	dbt_read_row_condition(t);
	if (part == NULL || count == NULL)
		return;
	while (i < LEN(parts) && !sv_ieq(part->text, sv_of(parts[i])))
		i++;
	if (i == LEN(parts) || count->kind != NODE_INT || count->i <= 0) {
		import_grade(t->it, GRADE_REFUSED, "write recent: {column: …, within: 30d}",
		             "'" SV_FMT " " SV_FMT "' is no fixed length of time", SV_ARG(count->text),
		             SV_ARG(part->text));
		return;
	}
	node_put_text(t->im->a, &args, "within",
	              arena_svf(t->im->a, SV_FMT "%c", SV_ARG(count->text), parts[i][0]), t->it->loc);
	import_check(t->it, t->def->to, &args);
}

#define REFUSED(name, why, remedy)                                   \
	{                                                            \
		name, dbt_read_refused, NULL, DBT_OTHER, why, remedy \
	}
const struct dbt_def dbt_expectations_tests[] = {
	{"expect_column_to_exist", read_exists, "column_exists", DBT_OTHER, CASE, NULL},
	{"expect_row_values_to_have_recent_data", read_recent, "recent", DBT_OTHER,
         "dbt looks at no value of the future, weir allows clocks to differ by five minutes", NULL},
	REFUSED("expect_grouped_row_values_to_have_recent_data", "each group's newest value is asked for",
                "write recent with `by: [column]`"),
	REFUSED("expect_table_aggregation_to_equal_other_table", OTHER, "use `weir diff`"),
	{"expect_table_column_count_to_be_between", read_range, "column_count", DBT_OTHER, NULL, NULL},
	{"expect_table_column_count_to_equal", read_value, "column_count_equal", DBT_OTHER, NULL, NULL},
	REFUSED("expect_table_column_count_to_equal_other_table", OTHER, "use `weir diff`"),
	{"expect_table_columns_to_not_contain_set", read_forbidden, "schema", DBT_OTHER, CASE, NULL},
	{"expect_table_columns_to_contain_set", read_some_columns, "columns_set", DBT_OTHER, CASE, NULL},
	{"expect_table_columns_to_match_ordered_list", read_columns, "columns", DBT_OTHER, CASE, NULL},
	{"expect_table_columns_to_match_set", read_columns, "columns_set", DBT_OTHER, CASE, NULL},
	{"expect_table_row_count_to_be_between", read_range, "row_count", DBT_OTHER, NULL, NULL},
	{"expect_table_row_count_to_equal", read_value, "row_count_equal", DBT_OTHER, NULL, NULL},
	{"expect_table_row_count_to_equal_other_table", dbt_read_equal_rows, "row_count_equal_other",
         DBT_OTHER, NULL, NULL},
	REFUSED("expect_table_row_count_to_equal_other_table_times_factor",
                "weir asks only for as many rows as in another table", WITH_SQL),
	{"expect_column_values_to_be_unique", dbt_read_column, "unique", DBT_FEWER, NULL, NULL},
	{"expect_column_values_to_not_be_null", dbt_read_column, "not_null", DBT_ROWS, NULL, NULL},
	{"expect_column_values_to_be_null", dbt_read_column, "is_null", DBT_ROWS, NULL, NULL},
	{"expect_column_values_to_be_of_type", read_type, "column_type", DBT_OTHER, TYPES, NULL},
	{"expect_column_values_to_be_in_type_list", read_types, "in_type_list", DBT_OTHER, TYPES, NULL},
	REFUSED("expect_column_values_to_have_consistent_casing", "spellings of one word are compared",
                WITH_SQL),
	{"expect_column_values_to_be_in_set", dbt_read_values, "in_set", DBT_FEWER, NULL, NULL},
	{"expect_column_values_to_not_be_in_set", dbt_read_values, "not_in_set", DBT_FEWER, NULL, NULL},
	{"expect_column_values_to_be_between", read_range, "between", DBT_ROWS, NULL, NULL},
	REFUSED("expect_column_values_to_be_decreasing", ORDER, "write decreasing"),
	REFUSED("expect_column_values_to_be_increasing", ORDER, "write increasing"),
	{"expect_column_value_lengths_to_be_between", read_range, "length_between", DBT_ROWS, NULL, NULL},
	{"expect_column_value_lengths_to_equal", read_value, "length", DBT_ROWS, NULL, NULL},
	{"expect_column_values_to_match_regex", read_pattern, "match_regex", DBT_ROWS, DIALECT, NULL},
	{"expect_column_values_to_not_match_regex", read_pattern, "not_match_regex", DBT_ROWS, DIALECT, NULL},
	{"expect_column_values_to_match_regex_list", read_patterns, "match_regex_list", DBT_ROWS, DIALECT,
         NULL},
	{"expect_column_values_to_not_match_regex_list", read_patterns, "not_match_regex_list", DBT_ROWS,
         DIALECT, NULL},
	{"expect_column_values_to_match_like_pattern", read_pattern, "match_like", DBT_ROWS, LIKE, NULL},
	{"expect_column_values_to_not_match_like_pattern", read_pattern, "not_match_like", DBT_ROWS, LIKE,
         NULL},
	{"expect_column_values_to_match_like_pattern_list", read_patterns, "match_like_list", DBT_ROWS, LIKE,
         NULL},
	{"expect_column_values_to_not_match_like_pattern_list", read_patterns, "not_match_like_list",
         DBT_ROWS, LIKE, NULL},
	{"expect_column_distinct_count_to_equal", read_distinct, "unique_count", DBT_OTHER, NULL, NULL},
	{"expect_column_distinct_count_to_be_greater_than", read_distinct, "unique_count", DBT_OTHER, NULL,
         NULL},
	{"expect_column_distinct_count_to_be_less_than", read_distinct, "unique_count", DBT_OTHER, NULL,
         NULL},
	REFUSED("expect_column_distinct_count_to_equal_other_table", OTHER, "use `weir diff`"),
	{"expect_column_distinct_values_to_be_in_set", dbt_read_values, "distinct_in_set", DBT_OTHER,
         "in dbt a null is in no set, in weir nulls do not count", "add not_null"},
	{"expect_column_distinct_values_to_contain_set", dbt_read_values, "distinct_contain_set", DBT_OTHER,
         NULL, NULL},
	{"expect_column_distinct_values_to_equal_set", dbt_read_values, "distinct_equal_set", DBT_OTHER,
         "in dbt a null is in no set, in weir nulls do not count", "add not_null"},
	{"expect_column_min_to_be_between", read_range, "min", DBT_OTHER, NO_VALUES, NULL},
	{"expect_column_max_to_be_between", read_range, "max", DBT_OTHER, NO_VALUES, NULL},
	{"expect_column_mean_to_be_between", read_range, "mean", DBT_OTHER, NO_VALUES, NULL},
	{"expect_column_median_to_be_between", read_range, "median", DBT_OTHER, NO_VALUES, NULL},
	{"expect_column_sum_to_be_between", read_range, "sum", DBT_OTHER, NO_VALUES, NULL},
	{"expect_column_stdev_to_be_between", read_range, "stdev", DBT_OTHER,
         "where there are fewer than two values dbt passes and weir does not", NULL},
	{"expect_column_quantile_values_to_be_between", read_quantile, "percentile", DBT_OTHER, NO_VALUES,
         NULL},
	REFUSED("expect_column_most_common_value_to_be_in_set",
                "of values that are as common the database takes any, and weir none",
                "write most_common_in_set"),
	{"expect_column_proportion_of_unique_values_to_be_between", read_range, "unique_proportion",
         DBT_OTHER, NO_VALUES, NULL},
	{"expect_column_unique_value_count_to_be_between", read_range, "unique_count", DBT_OTHER, NULL, NULL},
	{"expect_column_pair_values_A_to_be_greater_than_B", read_pair, "greater_than", DBT_ROWS, NULL, NULL},
	{"expect_column_pair_values_to_be_equal", read_pair, "equal_columns", DBT_ROWS, NULL, NULL},
	REFUSED("expect_column_pair_values_to_be_in_set",
                "with a null in it, a pair counts in some rows and not in others", "write pair_in_set"),
	{"expect_compound_columns_to_be_unique", read_rows_of_columns, "unique_together", DBT_FEWER, NULL,
         NULL},
	REFUSED("expect_multicolumn_sum_to_equal", "the sum is that of all rows together", WITH_SQL),
	{"expect_select_column_values_to_be_unique_within_record", read_rows_of_columns,
         "unique_within_record", DBT_ROWS, NULL, NULL},
	REFUSED("expect_column_values_to_be_within_n_stdevs",
                "the values of a group are summed up, or where all are equal the database divides by 0",
                "write z_scores: {column: …, threshold: 3, double_sided: true}"),
	REFUSED("expect_column_values_to_be_within_n_moving_stdevs", "it looks back over moving averages",
                "write anomaly: {of: {mean: …}}"),
	REFUSED("expect_row_values_to_have_data_for_every_n_datepart",
                "the dates that it asks for are made by a query of dbt",
                "write time_gaps: {column: …, every: 1d}"),
	{"expression_is_true", read_expression, "expr", DBT_ROWS, NULL, NULL},
	{"expression_between", read_expression, "expr", DBT_ROWS, NULL, NULL},
	REFUSED("equal_expression", OTHER, WITH_SQL),
};
const size_t dbt_expectations_count = LEN(dbt_expectations_tests);
