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
#define OTHER "two tables are compared by more than their numbers of rows"
#define WITH_SQL "for a database, write it as sql_value or unexpected_rows"

/* `group_by` of a number of rows or values, and the condition of rows. */
static void
read_rows(struct dbt_test *t)
{
	if (t->def->count == DBT_OTHER)
		dbt_read_groups(t, "group_by", false);
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

	if (strcmp(t->def->to, "column_count") != 0)
		read_rows(t);
	dbt_bounds(t, &args, dbt_flag(t, "strictly", false), value, &expr);
	if (expr.n > 0) {
		const struct node n = node_of_text(expr, t->it->loc);

		import_check(t->it, "expr", &n);
		return;
	}
	import_check(t->it, t->def->to, &args);
}

/* One argument more than the column, or in its place. */
static void
read_one(struct dbt_test *t, const char *from, const char *to, bool column)
{
	struct node args = column ? dbt_column(t) : node_of_map(t->it->loc);
	const struct node *n = dbt_need(t, from);

	if (strncmp(t->def->to, "row_count", 9) == 0 || t->def->count == DBT_ROWS)
		read_rows(t);
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
	const struct node no = node_of_bool(false, t->it->loc), *n = dbt_need(t, "column_list");
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

/* The number of distinct values: =, > or < a value. */
static void
read_distinct(struct dbt_test *t)
{
	const bool more = strstr(t->def->name, "greater") != NULL,
		   less = strstr(t->def->name, "less") != NULL;
	const struct node *n = dbt_need(t, "value"), yes = node_of_bool(true, t->it->loc);
	struct node args = dbt_column(t);

	(void)dbt_flag(t, "quote_values", true);
	read_rows(t);
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
	const struct node *q = dbt_need(t, "quantile");
	struct node args = dbt_column(t);
	struct sv expr;

	read_rows(t);
	if (q == NULL)
		return;
	node_put(t->im->a, &args, SV("q"), q);
	dbt_bounds(t, &args, dbt_flag(t, "strictly", false), (struct sv){0}, &expr);
	import_check(t->it, t->def->to, &args);
}

/* Pairs and more columns ---------------------------------------------------------------------------------------------- */

/* Expressions in place of columns: what is null passes, as it does there. */
static void
read_pair_expression(struct dbt_test *t, struct sv a, struct sv b, bool or_equal)
{
	const bool greater = strstr(t->def->name, "greater") != NULL;
	const struct sv text = arena_svf(t->im->a, "(" SV_FMT ") %s (" SV_FMT ")", SV_ARG(a),
	                                 !greater   ? "="
	                                 : or_equal ? ">="
	                                            : ">",
	                                 SV_ARG(b));
	const struct node n = node_of_text(text, t->it->loc);
	struct sv why;

	if (import_is_expr(t->im->a, text, &why))
		import_check(t->it, "expr", &n);
	else
		import_grade(t->it, GRADE_REFUSED, WITH_SQL,
		             "its expression is no expression of weir: " SV_FMT, SV_ARG(why));
}

static void
read_pair(struct dbt_test *t)
{
	const struct node *a = dbt_need(t, "column_A"), *b = dbt_need(t, "column_B");
	const struct node yes = node_of_bool(true, t->it->loc);
	struct node args = node_of_map(t->it->loc), left = a != NULL ? *a : yes, right = b != NULL ? *b : yes;

	dbt_read_row_condition(t);
	if (a == NULL || b == NULL)
		return;
	if (!dbt_unquote(&left.text) || !dbt_unquote(&right.text)) {
		read_pair_expression(t, a->text, b->text, dbt_flag(t, "or_equal", false));
		return;
	}
	node_put(t->im->a, &args, SV("column_A"), &left);
	node_put(t->im->a, &args, SV("column_B"), &right);
	if (dbt_flag(t, "or_equal", false))
		node_put(t->im->a, &args, SV("or_equal"), &yes);
	node_put_text(t->im->a, &args, "ignore_row_if", SV("either_value_is_missing"), t->it->loc);
	import_check(t->it, t->def->to, &args);
}

static void
put_columns(struct dbt_test *t, const struct node *columns, struct sv ignore)
{
	struct node args = node_of_map(t->it->loc);

	node_put(t->im->a, &args, SV("columns"), columns);
	node_put_text(t->im->a, &args, "ignore_row_if", ignore, t->it->loc);
	import_check(t->it, t->def->to, &args);
}

static const struct node *
read_columns_of_rows(struct dbt_test *t, struct sv *ignore)
{
	*ignore = SV("all_values_are_missing");
	(void)dbt_flag(t, "quote_columns", false);
	dbt_read_row_condition(t);
	(void)dbt_text(t, "ignore_row_if", ignore);
	return dbt_columns(t, "column_list");
}

static void
read_compound(struct dbt_test *t)
{
	struct sv ignore;
	const struct node *n = read_columns_of_rows(t, &ignore);

	if (n != NULL)
		put_columns(t, n, ignore);
}

/* Different values are counted, and null is none: one makes a row wrong, unless all are null. */
static void
read_within_record(struct dbt_test *t)
{
	struct sv ignore, none = {0}, all = {0};
	const struct node *n = read_columns_of_rows(t, &ignore);

	if (n == NULL || n->kind != NODE_SEQ)
		return;
	put_columns(t, n, SV("any_value_is_missing"));
	if (sv_is(ignore, "any_value_is_missing"))
		return;
	for (size_t i = 0; i < n->n; i++) {
		const struct sv col = import_ident(t->im->a, n->kid[i].text);

		none = arena_svf(t->im->a, SV_FMT "%s" SV_FMT " IS NULL", SV_ARG(none), i > 0 ? " AND " : "",
		                 SV_ARG(col));
		all = arena_svf(t->im->a, SV_FMT "%s" SV_FMT " IS NOT NULL", SV_ARG(all),
		                i > 0 ? " AND " : "", SV_ARG(col));
	}
	if (t->own)
		import_grade(t->it, GRADE_REFUSED, "leave warn_if and error_if out",
		             "its thresholds are about two checks of weir together");

	const struct node expr = node_of_text(
		arena_svf(t->im->a, "(" SV_FMT ") OR (" SV_FMT ")", SV_ARG(all), SV_ARG(none)), t->it->loc);

	import_check(t->it, "expr", &expr);
}

/* In a pair stand constants of SQL: a text has its own quotes. */
static void
read_pair_set(struct dbt_test *t)
{
	const struct node *set = dbt_need(t, "value_pairs_set");
	struct sv a = {0}, b = {0}, text = {0}, why;
	struct node n;

	dbt_read_row_condition(t);
	if (!dbt_text(t, "column_A", &a) || !dbt_text(t, "column_B", &b) || set == NULL ||
	    set->kind != NODE_SEQ || set->n == 0) {
		import_grade(t->it, GRADE_REFUSED, NULL, "it needs column_A, column_B and value_pairs_set");
		return;
	}
	for (size_t i = 0; i < set->n; i++) {
		const struct node *pair = &set->kid[i];

		if (pair->kind != NODE_SEQ || pair->n != 2) {
			import_grade(t->it, GRADE_REFUSED, NULL, "'" SV_FMT "' is no pair",
			             SV_ARG(import_short(t->im->a, pair)));
			return;
		}
		text = arena_svf(t->im->a, SV_FMT "%s(" SV_FMT " = " SV_FMT " AND " SV_FMT " = " SV_FMT ")",
		                 SV_ARG(text), i > 0 ? " OR " : "", SV_ARG(import_ident(t->im->a, a)),
		                 SV_ARG(pair->kid[0].text), SV_ARG(import_ident(t->im->a, b)),
		                 SV_ARG(pair->kid[1].text));
	}
	n = node_of_text(text, t->it->loc);
	if (import_is_expr(t->im->a, text, &why))
		import_check(t->it, "expr", &n);
	else
		import_grade(t->it, GRADE_REFUSED, "write pair_in_set", "its pairs are no constants: " SV_FMT,
		             SV_ARG(why));
}

static void
read_expression(struct dbt_test *t)
{
	struct node args = node_of_map(t->it->loc), n;
	struct sv text, expr, why;

	dbt_without(t, "group_by_columns", "for a database, write it as sql_value");
	dbt_read_row_condition(t);
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
	struct node args = dbt_column(t);

	dbt_read_row_condition(t);
	if (dbt_put_within(t, &args))
		import_check(t->it, t->def->to, &args);
}

static void
read_grouped_recent(struct dbt_test *t)
{
	(void)dbt_text(t, "timestamp_column", &t->column);
	if (!dbt_is_name(t->column))
		import_grade(t->it, GRADE_REFUSED, NULL, "its timestamp_column is no column");
	if (dbt_need(t, "group_by") != NULL)
		dbt_read_groups(t, "group_by", false);
	read_recent(t);
}

/* Sets ---------------------------------------------------------------------------------------------------------------- */

/* Rows are joined with the set, which null never is in. */
static void
read_set(struct dbt_test *t)
{
	const struct node name = node_of_text(t->column, t->it->loc), *list;
	const struct sv col = import_ident(t->im->a, t->column);
	struct sv text = {0};
	struct node n;

	dbt_read_values(t);
	if (t->it->made.n == 0 || !t->own) {
		import_check(t->it, "not_null", &name);
		return;
	}
	/* One number, with thresholds. */
	list = node_get(&t->it->made.v[0].kid[0], "values");
	for (size_t i = 0; i < list->n; i++)
		text = arena_svf(t->im->a, SV_FMT "%s" SV_FMT, SV_ARG(text), i > 0 ? ", " : "",
		                 SV_ARG(import_literal(t->im->a, &list->kid[i])));
	n = node_of_text(arena_svf(t->im->a, SV_FMT " IS NOT NULL AND " SV_FMT " IN (" SV_FMT ")",
	                           SV_ARG(col), SV_ARG(col), SV_ARG(text)),
	                 t->it->loc);
	t->it->made.n = 0;
	import_check(t->it, "expr", &n);
}

static void
read_most_common(struct dbt_test *t)
{
	struct sv top;

	(void)dbt_arg(t, "data_type");
	if (!dbt_text(t, "top_n", &top) || !sv_is(top, "1"))
		import_grade(t->it, GRADE_REFUSED, NULL,
		             "only with `top_n: 1` the most common value is meant");
	dbt_read_values(t);
}

/* A day without rows, between the first and the last one. */
static void
read_every_day(struct dbt_test *t)
{
	static const char *const others[] = {"exclusion_condition", "test_start_date", "test_end_date"};
	struct node args = node_of_map(t->it->loc);
	struct sv column = t->column, part = SV("day"), count = SV("1");

	for (size_t i = 0; i < LEN(others); i++)
		dbt_without(t, others[i], "write time_gaps with where:");
	dbt_read_row_condition(t);
	(void)dbt_text(t, "date_col", &column);
	(void)dbt_text(t, "date_part", &part);
	(void)dbt_text(t, "interval", &count);
	if (!sv_ieq(part, SV("day")) || !sv_is(count, "1") || !dbt_is_name(column)) {
		import_grade(t->it, GRADE_REFUSED, "write time_gaps: {column: …, every: 1h}",
		             "only with single days of a column its windows are those of weir");
		return;
	}
	node_put_text(t->im->a, &args, "column", column, t->it->loc);
	node_put_text(t->im->a, &args, "every", SV("1d"), t->it->loc);
	import_check(t->it, t->def->to, &args);
}

static void
read_stdevs(struct dbt_test *t)
{
	const struct node *n = dbt_arg(t, "group_by");

	if (n != NULL && n->n > 0)
		import_grade(t->it, GRADE_REFUSED, WITH_SQL, "the sums of groups are compared, not values");
	else
		import_grade(t->it, GRADE_REFUSED,
		             "write z_scores: {column: …, threshold: 3, double_sided: true}",
		             "without group_by it asks how far one sum is from itself, and can never fail");
}

#define REFUSED(name, why, remedy)                                   \
	{                                                            \
		name, dbt_read_refused, NULL, DBT_OTHER, why, remedy \
	}
const struct dbt_def dbt_expectations_tests[] = {
	{"expect_column_to_exist", read_exists, "column_exists", DBT_OTHER, CASE, NULL},
	{"expect_row_values_to_have_recent_data", read_recent, "recent", DBT_OTHER,
         "dbt looks at no value of the future, weir allows clocks to differ by five minutes", NULL},
	{"expect_grouped_row_values_to_have_recent_data", read_grouped_recent, "recent", DBT_OTHER,
         "groups without a time, and those of null, pass in dbt and fail in weir", NULL},
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
	{"expect_table_row_count_to_equal_other_table_times_factor", dbt_read_equal_rows,
         "row_count_equal_other", DBT_OTHER, NULL, NULL},
	{"expect_column_values_to_be_unique", dbt_read_column, "unique", DBT_FEWER, NULL, NULL},
	{"expect_column_values_to_not_be_null", dbt_read_column, "not_null", DBT_ROWS, NULL, NULL},
	{"expect_column_values_to_be_null", dbt_read_column, "is_null", DBT_ROWS, NULL, NULL},
	{"expect_column_values_to_be_of_type", read_type, "column_type", DBT_OTHER, TYPES, NULL},
	{"expect_column_values_to_be_in_type_list", read_types, "in_type_list", DBT_OTHER, TYPES, NULL},
	{"expect_column_values_to_have_consistent_casing", dbt_read_casing, "consistent_case", DBT_OTHER,
         NULL, NULL},
	{"expect_column_values_to_be_in_set", read_set, "in_set", DBT_ROWS, NULL, NULL},
	{"expect_column_values_to_not_be_in_set", dbt_read_values, "not_in_set", DBT_ROWS, NULL, NULL},
	{"expect_column_values_to_be_between", read_range, "between", DBT_ROWS, NULL, NULL},
	{"expect_column_values_to_be_decreasing", dbt_read_order, "decreasing", DBT_FEWER, NULL, NULL},
	{"expect_column_values_to_be_increasing", dbt_read_order, "increasing", DBT_FEWER, NULL, NULL},
	{"expect_column_value_lengths_to_be_between", read_range, "length_between", DBT_ROWS, NULL, NULL},
	{"expect_column_value_lengths_to_equal", read_value, "length", DBT_ROWS, NULL, NULL},
	{"expect_column_values_to_match_regex", dbt_read_pattern, "match_regex", DBT_ROWS, DIALECT, NULL},
	{"expect_column_values_to_not_match_regex", dbt_read_pattern, "not_match_regex", DBT_ROWS, DIALECT,
         NULL},
	{"expect_column_values_to_match_regex_list", dbt_read_patterns, "match_regex_list", DBT_ROWS, DIALECT,
         NULL},
	{"expect_column_values_to_not_match_regex_list", dbt_read_patterns, "not_match_regex_list", DBT_ROWS,
         DIALECT, NULL},
	{"expect_column_values_to_match_like_pattern", dbt_read_pattern, "match_like", DBT_ROWS, LIKE, NULL},
	{"expect_column_values_to_not_match_like_pattern", dbt_read_pattern, "not_match_like", DBT_ROWS, LIKE,
         NULL},
	{"expect_column_values_to_match_like_pattern_list", dbt_read_patterns, "match_like_list", DBT_ROWS,
         LIKE, NULL},
	{"expect_column_values_to_not_match_like_pattern_list", dbt_read_patterns, "not_match_like_list",
         DBT_ROWS, LIKE, NULL},
	{"expect_column_distinct_count_to_equal", read_distinct, "unique_count", DBT_OTHER, NULL, NULL},
	{"expect_column_distinct_count_to_be_greater_than", read_distinct, "unique_count", DBT_OTHER, NULL,
         NULL},
	{"expect_column_distinct_count_to_be_less_than", read_distinct, "unique_count", DBT_OTHER, NULL,
         NULL},
	REFUSED("expect_column_distinct_count_to_equal_other_table", OTHER, "use `weir diff`"),
	{"expect_column_distinct_values_to_be_in_set", read_set, "distinct_in_set", DBT_OTHER, NULL, NULL},
	{"expect_column_distinct_values_to_contain_set", dbt_read_values, "distinct_contain_set", DBT_OTHER,
         NULL, NULL},
	{"expect_column_distinct_values_to_equal_set", read_set, "distinct_equal_set", DBT_OTHER, NULL, NULL},
	{"expect_column_min_to_be_between", read_range, "min", DBT_OTHER, NO_VALUES, NULL},
	{"expect_column_max_to_be_between", read_range, "max", DBT_OTHER, NO_VALUES, NULL},
	{"expect_column_mean_to_be_between", read_range, "mean", DBT_OTHER, NO_VALUES, NULL},
	{"expect_column_median_to_be_between", read_range, "median", DBT_OTHER, NO_VALUES, NULL},
	{"expect_column_sum_to_be_between", read_range, "sum", DBT_OTHER, NO_VALUES, NULL},
	{"expect_column_stdev_to_be_between", read_range, "stdev", DBT_OTHER,
         "where there are fewer than two values dbt passes and weir does not", NULL},
	{"expect_column_quantile_values_to_be_between", read_quantile, "percentile", DBT_OTHER, NO_VALUES,
         NULL},
	{"expect_column_most_common_value_to_be_in_set", read_most_common, "most_common_in_set", DBT_OTHER,
         "of values that are as common dbt takes any, and weir none; where null is the most common, or there "
         "is nothing, dbt passes",
         NULL},
	{"expect_column_proportion_of_unique_values_to_be_between", read_range, "unique_proportion",
         DBT_OTHER, NO_VALUES, NULL},
	{"expect_column_unique_value_count_to_be_between", read_range, "unique_count", DBT_OTHER, NULL, NULL},
	{"expect_column_pair_values_A_to_be_greater_than_B", read_pair, "greater_than", DBT_ROWS, NULL, NULL},
	{"expect_column_pair_values_to_be_equal", read_pair, "equal_columns", DBT_ROWS, NULL, NULL},
	{"expect_column_pair_values_to_be_in_set", read_pair_set, "expr", DBT_ROWS, NULL, NULL},
	{"expect_compound_columns_to_be_unique", read_compound, "unique_together", DBT_FEWER, NULL, NULL},
	REFUSED("expect_multicolumn_sum_to_be_between", "the sum is that of all rows together", WITH_SQL),
	REFUSED("expect_multicolumn_sum_to_equal", "the sum is that of all rows together", WITH_SQL),
	{"expect_select_column_values_to_be_unique_within_record", read_within_record, "unique_within_record",
         DBT_ROWS, "dbt compares values as texts, weir as what they are", NULL},
	{"expect_column_values_to_be_within_n_stdevs", read_stdevs, NULL, DBT_OTHER, NULL, NULL},
	REFUSED("expect_column_values_to_be_within_n_moving_stdevs",
                "sums of days are compared with a moving average of theirs", "write anomaly: {of: {sum: …}}"),
	{"expect_row_values_to_have_data_for_every_n_datepart", read_every_day, "time_gaps", DBT_OTHER,
         "days are those of the column's time zone, in dbt those of the session", NULL},
	{"expression_is_true", read_expression, "expr", DBT_ROWS, NULL, NULL},
	{"expression_between", read_expression, "expr", DBT_ROWS, NULL, NULL},
	REFUSED("equal_expression", OTHER, WITH_SQL),
};
const size_t dbt_expectations_count = LEN(dbt_expectations_tests);
