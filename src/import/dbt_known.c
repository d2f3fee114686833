/* Tests of dbt and of dbt_utils: what each is here, and what several share. */
#include "base/num.h"
#include "import/dbt.h"
#include "import/soda.h"

#define NO_ROWS "where there are no values dbt passes and weir does not"
#define AHEAD "; a time ahead of the clock is recent in dbt, and makes nothing recent in weir"

void
dbt_read_refused(struct dbt_test *t)
{
	import_grade(t->it, GRADE_REFUSED, t->def->remedy, "%s", t->def->why);
}

void
dbt_read_column(struct dbt_test *t)
{
	const struct node args = dbt_column(t);
	const struct node column = node_of_text(t->column, t->it->loc);

	(void)args;
	dbt_read_row_condition(t);
	import_check(t->it, t->def->to, &column);
}

/* Sets -------------------------------------------------------------------------------------------------------------- */

static bool
is_type(const struct dbt_test *t, const char *type)
{
	return sv_starts(t->s->type, sv_of(type));
}

static bool
is_number_type(const struct dbt_test *t)
{
	return is_type(t, "integer") || is_type(t, "number") || is_type(t, "decimal");
}

/* A value as SQL has it: in quotes it is a text, which the database makes what the column is. */
static struct node
set_value(struct dbt_test *t, const struct node *n, bool quote)
{
	const bool plain = n->kind == NODE_INT || n->kind == NODE_REAL || n->kind == NODE_BOOL;
	struct sv text = sv_trim(n->text);

	/* Python's name of it, in quotes: a text like any other. */
	if (n->kind == NODE_NULL && quote)
		return node_of_text(SV("None"), n->loc);
	if (n->kind == NODE_MAP || n->kind == NODE_SEQ || n->kind == NODE_NULL)
		import_grade(t->it, GRADE_REFUSED, NULL, "its values are no plain values");
	if (!quote && !plain) {
		if (text.n >= 2 && text.p[0] == '\'' && text.p[text.n - 1] == '\'')
			return node_of_text((struct sv){text.p + 1, text.n - 2}, n->loc);
		if (soda_number(t->im->a, text, n->loc).kind == NODE_TEXT)
			import_grade(t->it, GRADE_REFUSED, "write the value itself",
			             "'" SV_FMT "' is SQL, whose value is not known", SV_ARG(text));
		return soda_number(t->im->a, text, n->loc);
	}
	if (quote && is_number_type(t))
		return soda_number(t->im->a, n->text, n->loc);
	if (quote && plain && is_type(t, "string")) {
		struct node ret = node_of_text(n->text, n->loc);

		ret.quoted = true;
		return ret;
	}
	if (quote && plain && t->s->type.n == 0)
		import_grade(t->it, GRADE_AMBIGUOUS, "give the column a data_type, or say quote: false",
		             "dbt compares texts that the database makes what the column is; a column of "
		             "numbers or truth values is assumed");
	return *n;
}

void
dbt_read_values(struct dbt_test *t)
{
	const struct node *n = dbt_arg(t, "values"), *set = dbt_arg(t, "value_set");
	const bool quote = dbt_flag(t, "quote", true), quoted = dbt_flag(t, "quote_values", true);
	struct node args = dbt_column(t), list = node_of_list(t->it->loc);

	dbt_read_row_condition(t);
	if (n == NULL)
		n = set;
	if (t->it->grade == GRADE_REFUSED)
		return;
	if (n == NULL || n->kind != NODE_SEQ) {
		import_grade(t->it, GRADE_REFUSED, "list them", "it has no list of values");
		return;
	}
	for (size_t i = 0; i < n->n; i++) {
		const struct node v = set_value(t, &n->kid[i], quote && quoted);

		node_append(t->im->a, &list, &v);
	}
	node_put(t->im->a, &args, SV("values"), &list);
	import_check(t->it, t->def->to, &args);
}

/* Ranges ------------------------------------------------------------------------------------------------------------ */

/* 2024-01-31, which only quotes make a date. */
static bool
is_bare_date(struct sv text)
{
	for (size_t i = 0; i < text.n; i++)
		if (i == 4 || i == 7 ? text.p[i] != '-' : text.p[i] < '0' || text.p[i] > '9')
			return false;
	return text.n == 10;
}

void
dbt_bounds(struct dbt_test *t, struct node *args, bool strict, struct sv value, struct sv *expr)
{
	static const struct {
		const char *from, *to, *flag, *op, *strictly;
	} ends[] = {{"min_value", "min", "strict_min", ">=", ">"},
	            {"max_value", "max", "strict_max", "<=", "<"}};
	struct arena *a = t->im->a;
	bool any = false, odd = false;

	*expr = (struct sv){0};
	for (size_t i = 0; i < LEN(ends); i++) {
		const struct node yes = node_of_bool(true, t->it->loc);
		struct node bound;
		struct sv text, why;

		if (!dbt_text(t, ends[i].from, &text))
			continue;
		any = true;
		bound = soda_number(a, text, t->it->loc);
		if (bound.kind == NODE_TEXT && is_bare_date(text))
			import_grade(t->it, GRADE_REFUSED,
			             arena_printf(a, "write \"'" SV_FMT "'\"", SV_ARG(text)),
			             "its %s '" SV_FMT "' has no quotes in SQL, where it is a subtraction",
			             ends[i].from, SV_ARG(text));
		if (bound.kind == NODE_TEXT && !import_is_expr(a, text, &why))
			import_grade(t->it, GRADE_REFUSED,
			             "write the bound as a constant or an expression of weir",
			             "its %s is no expression of weir: " SV_FMT, ends[i].from, SV_ARG(why));
		if (bound.kind == NODE_TEXT && value.n == 0)
			import_grade(t->it, GRADE_REFUSED, "write the bound as a number",
			             "its %s is no number", ends[i].from);
		*expr = import_and(a, *expr,
		                   arena_svf(a, SV_FMT " %s " SV_FMT, SV_ARG(value),
		                             strict ? ends[i].strictly : ends[i].op, SV_ARG(text)));
		node_put(a, args, sv_of(ends[i].to), &bound);
		if (strict)
			node_put(a, args, sv_of(ends[i].flag), &yes);
		odd = odd || bound.kind == NODE_TEXT;
	}
	if (!any)
		import_grade(t->it, GRADE_REFUSED, "give min_value or max_value", "it has no bounds");
	/* Only what a range cannot say is a condition. */
	if (!odd)
		*expr = (struct sv){0};
}

static void
add_expr(struct dbt_test *t, struct sv text)
{
	const struct node n = node_of_text(text, t->it->loc);

	import_check(t->it, "expr", &n);
}

static void
read_accepted_range(struct dbt_test *t)
{
	struct node args = dbt_column(t);
	struct sv expr;

	dbt_bounds(t, &args, !dbt_flag(t, "inclusive", true), import_ident(t->im->a, t->column), &expr);
	if (expr.n > 0)
		add_expr(t, expr);
	else
		import_check(t->it, t->def->to, &args);
}

/* Other assets ------------------------------------------------------------------------------------------------------ */

static bool
read_ref(struct dbt_test *t, const char *key, struct sv *ret)
{
	struct sv text;

	if (!dbt_text(t, key, &text)) {
		import_grade(t->it, GRADE_REFUSED, NULL, "it needs `%s`", key);
		return false;
	}
	if (dbt_ref(t->im->a, text, ret))
		return true;
	import_grade(t->it, GRADE_REFUSED, "write it as ref('name') or source('source', 'table')",
	             "'" SV_FMT "' is no reference that can be told", SV_ARG(text));
	return false;
}

static bool
is_always(struct sv cond)
{
	return cond.n == 0 || sv_is(cond, "1=1") || sv_is(cond, "1 = 1") || sv_ieq(cond, SV("true"));
}

static void
read_relationships(struct dbt_test *t)
{
	struct node args = dbt_column(t);
	struct sv to, field, from = {0}, cond = {0}, why;

	if (!read_ref(t, "to", &to))
		return;
	if (!dbt_text(t, "field", &field)) {
		import_grade(t->it, GRADE_REFUSED, NULL, "it needs `field`");
		return;
	}
	if (!dbt_unquote(&field))
		import_grade(t->it, GRADE_REFUSED, "make a column of it", "'" SV_FMT "' is no column",
		             SV_ARG(field));
	if (dbt_text(t, "to_condition", &cond) && !is_always(cond))
		import_grade(t->it, GRADE_REFUSED, "make the other side an asset with a query of its own",
		             "the other side cannot be filtered");
	if (dbt_text(t, "from_condition", &from) && !is_always(from)) {
		if (import_is_expr(t->im->a, from, &why))
			t->it->where = import_and(t->im->a, t->it->where, from);
		else
			import_grade(t->it, GRADE_REFUSED, "write it in weir's expressions",
			             "its from_condition is no expression of weir: " SV_FMT, SV_ARG(why));
	}
	node_put_text(t->im->a, &args, "to", to, t->it->loc);
	node_put_text(t->im->a, &args, "field", field, t->it->loc);
	import_check(t->it, t->def->to, &args);
}

/* The rows of two tables, told by `to`: as many, as many times a factor, or fewer. */
static void
read_other_rows(struct dbt_test *t)
{
	static const char *const keys[] = {"group_by_columns", "group_by", "compare_group_by"};
	struct node args = node_of_map(t->it->loc), n;
	struct sv to, factor;

	for (size_t i = 0; i < LEN(keys); i++)
		dbt_without(t, keys[i], "make assets of the groups, or use `weir diff`");
	if (!read_ref(t, "compare_model", &to))
		return;
	n = node_of_text(to, t->it->loc);
	if (!dbt_text(t, "factor", &factor)) {
		import_check(t->it, t->def->to, &n);
		return;
	}
	node_put(t->im->a, &args, SV("to"), &n);
	n = soda_number(t->im->a, factor, t->it->loc);
	if (n.kind == NODE_TEXT)
		import_grade(t->it, GRADE_REFUSED, NULL, "its factor is no number");
	node_put(t->im->a, &args, SV("factor"), &n);
	import_check(t->it, t->def->to, &args);
}

void
dbt_read_equal_rows(struct dbt_test *t)
{
	static const char *const keys[] = {"row_condition", "compare_row_condition"};

	/* Without a condition of its own, the other table has the same. */
	for (size_t i = 0; i < LEN(keys); i++) {
		const struct node *n = dbt_arg(t, keys[i]);

		if (n != NULL && (n->kind != NODE_TEXT || !is_always(sv_trim(n->text))))
			import_grade(t->it, GRADE_REFUSED,
			             "make the other side an asset with a query of its own",
			             "there is nothing like its `%s`", keys[i]);
	}
	read_other_rows(t);
}

/* By sets of rows: how often one occurs does not matter. */
static void
read_equality(struct dbt_test *t)
{
	static const char *const keys[][2] = {{"compare_columns", "columns"}, {"exclude_columns", "exclude"}};
	struct node args = node_of_map(t->it->loc), n;
	struct sv to;

	dbt_without(t, "precision", "round the columns in both tables, or use `weir diff`");
	if (!read_ref(t, "compare_model", &to))
		return;
	n = node_of_text(to, t->it->loc);
	node_put(t->im->a, &args, SV("to"), &n);
	for (size_t i = 0; i < LEN(keys); i++) {
		const struct node *list = dbt_arg(t, keys[i][0]);

		if (list == NULL || (list->kind == NODE_SEQ && list->n == 0))
			continue;
		list = dbt_columns(t, keys[i][0]);
		if (list == NULL)
			return;
		node_put(t->im->a, &args, sv_of(keys[i][1]), list);
	}
	import_check(t->it, t->def->to, &args);
}

/* dbt_utils --------------------------------------------------------------------------------------------------------- */

static void
read_expression(struct dbt_test *t)
{
	struct sv text, why;

	if (!dbt_text(t, "expression", &text)) {
		import_grade(t->it, GRADE_REFUSED, NULL, "it needs `expression`");
		return;
	}
	/* As older releases call it. */
	dbt_read_condition(t, "condition");
	/* Below a column, the expression goes on behind its name. */
	if (t->column.n > 0)
		text = arena_svf(t->im->a, SV_FMT " " SV_FMT, SV_ARG(import_ident(t->im->a, t->column)),
		                 SV_ARG(text));
	if (import_is_expr(t->im->a, text, &why))
		add_expr(t, text);
	else
		import_grade(t->it, GRADE_REFUSED, "write it in weir's expressions, or as unexpected_rows",
		             "its expression is no expression of weir: " SV_FMT, SV_ARG(why));
}

bool
dbt_put_within(struct dbt_test *t, struct node *args)
{
	static const char *const parts[] = {"minute", "hour", "day", "week"};
	struct sv part = {0}, count = {0};
	int64_t n;
	size_t i = 0;

	if (!dbt_text(t, "datepart", &part) || !dbt_text(t, "interval", &count) || !num_i64(count, &n) ||
	    n <= 0) {
		import_grade(t->it, GRADE_REFUSED, "write recent: {column: …, within: 1d}",
		             "it needs a datepart, and a whole number above 0 as its interval");
		return false;
	}
	while (i < LEN(parts) && !sv_ieq(part, sv_of(parts[i])))
		i++;
	if (i == LEN(parts)) {
		import_grade(t->it, GRADE_REFUSED, "write recent: {column: …, within: 30d}",
		             "a " SV_FMT " is no fixed length of time", SV_ARG(part));
		return false;
	}
	node_put_text(t->im->a, args, "within", arena_svf(t->im->a, "%lld%c", (long long)n, parts[i][0]),
	              t->it->loc);
	return true;
}

static void
read_recency(struct dbt_test *t)
{
	struct node args = node_of_map(t->it->loc);
	struct sv field = t->column;

	dbt_read_groups(t, "group_by_columns", false);
	dbt_without(t, "ignore_time_component", "write recent: {column: …, within: 1d}");
	dbt_read_row_condition(t);
	(void)dbt_text(t, "field", &field);
	field = dbt_uncast(field);
	if (!dbt_is_name(field)) {
		import_grade(t->it, GRADE_REFUSED, "write recent: {column: …, within: 1d}",
		             "its field is no column");
		return;
	}
	node_put_text(t->im->a, &args, "column", field, t->it->loc);
	if (dbt_put_within(t, &args))
		import_check(t->it, t->def->to, &args);
}

static void
read_at_least_one(struct dbt_test *t)
{
	struct node args = dbt_column(t), zero = node_of_int(t->im->a, 0, t->it->loc);
	const struct node yes = node_of_bool(true, t->it->loc);

	dbt_read_groups(t, "group_by_columns", false);
	node_put(t->im->a, &args, SV("min"), &zero);
	node_put(t->im->a, &args, SV("strict_min"), &yes);
	import_check(t->it, t->def->to, &args);
}

static void
read_not_constant(struct dbt_test *t)
{
	const struct node args = dbt_column(t);

	dbt_read_groups(t, "group_by_columns", true);
	import_check(t->it, t->def->to, &args);
	import_beside(t->it, "fail", SV("= 1"));
}

static void
read_not_empty_string(struct dbt_test *t)
{
	struct node args = dbt_column(t);

	/* Databases trim spaces, or all white space, and newer releases take tabs and ends of lines away before. */
	if (dbt_flag(t, "trim_whitespace", true))
		import_remark(t->it,
		              "spaces, tabs and ends of lines are trimmed, of which some databases trim "
		              "spaces alone");
	node_put_text(t->im->a, &args, "regex",
	              dbt_flag(t, "trim_whitespace", true) ? SV("\\A[ \\t\\r\\n]*\\z") : SV("\\A\\z"),
	              t->it->loc);
	import_check(t->it, t->def->to, &args);
}

static void
read_proportion(struct dbt_test *t)
{
	static const char *const keys[][2] = {{"at_least", "min"}, {"at_most", "max"}};
	struct node args = dbt_column(t);

	dbt_read_groups(t, "group_by_columns", false);
	for (size_t i = 0; i < LEN(keys); i++) {
		struct sv text;
		struct node n;

		if (!dbt_text(t, keys[i][0], &text))
			continue;
		n = soda_number(t->im->a, text, t->it->loc);
		if (n.kind == NODE_TEXT)
			import_grade(t->it, GRADE_REFUSED, NULL, "its %s is no number", keys[i][0]);
		node_put(t->im->a, &args, sv_of(keys[i][1]), &n);
	}
	if (args.n == 1)
		import_grade(t->it, GRADE_REFUSED, NULL, "it needs `at_least`");
	import_check(t->it, t->def->to, &args);
}

/* Instants a day apart are not the same as days that each have one. */
static bool
put_days(struct dbt_test *t, struct node *args, bool step)
{
	struct sv part;

	if (!dbt_text(t, "datepart", &part))
		return false;
	if (!sv_is(part, "day") || step || !is_type(t, "date"))
		import_grade(t->it, GRADE_REFUSED, "write time_gaps",
		             "times are compared to the instant; only of days of a column with `data_type: "
		             "date` it is the same");
	node_put_text(t->im->a, args, "every", SV("1d"), t->it->loc);
	return true;
}

void
dbt_put_sequence(struct dbt_test *t, const char *key, const char *datepart)
{
	const struct node column = node_of_text(t->column, t->it->loc);
	struct node args = dbt_column(t), step;
	struct sv text;
	int64_t n = 1;

	if (dbt_text(t, key, &text)) {
		if (!num_i64(text, &n) || n <= 0)
			import_grade(t->it, GRADE_REFUSED, NULL, "its %s is no whole number above 0", key);
		step = soda_number(t->im->a, text, t->it->loc);
		if (n != 1)
			node_put(t->im->a, &args, SV("step"), &step);
	}
	if (datepart != NULL && put_days(t, &args, n != 1)) {
		import_check(t->it, "time_gaps", &args);
	} else {
		import_check(t->it, "sequence", &args);
		if (!is_type(t, "integer"))
			import_grade(t->it, GRADE_APPROXIMATED, "give the column its data_type",
			             "values that are no whole numbers fail in weir");
	}
	/* In order, each is the one before plus the step: so none comes twice. */
	import_check(t->it, "unique", &column);
}

static void
read_sequence(struct dbt_test *t)
{
	dbt_read_groups(t, "group_by_columns", true);
	dbt_put_sequence(t, "interval", "datepart");
}

static void
read_combination(struct dbt_test *t)
{
	const struct node *list = dbt_columns(t, "combination_of_columns");
	struct node args = node_of_map(t->it->loc);

	(void)dbt_flag(t, "quote_columns", false);
	if (list == NULL)
		return;
	node_put(t->im->a, &args, SV("columns"), list);
	node_put_text(t->im->a, &args, "ignore_row_if", SV("never"), t->it->loc);
	import_check(t->it, t->def->to, &args);
}

static const struct dbt_def own[] = {
	{"unique", dbt_read_column, "unique", DBT_FEWER, NULL, NULL},
	{"not_null", dbt_read_column, "not_null", DBT_ROWS, NULL, NULL},
	{"accepted_values", dbt_read_values, "in_set", DBT_FEWER, NULL, NULL},
	{"relationships", read_relationships, "relationships", DBT_ROWS, NULL, NULL},
};

static const struct dbt_def utils[] = {
	{"accepted_range", read_accepted_range, "between", DBT_ROWS, NULL, NULL},
	{"at_least_one", read_at_least_one, "non_null_proportion", DBT_OTHER, NULL, NULL},
	{"cardinality_equality", dbt_read_refused, NULL, DBT_OTHER,
         "how often each value occurs is compared with another table", "use `weir diff`"},
	{"equal_rowcount", dbt_read_equal_rows, "row_count_equal_other", DBT_OTHER, NULL, NULL},
	{"equality", read_equality, "same_rows", DBT_OTHER, NULL, NULL},
	{"expression_is_true", read_expression, "expr", DBT_ROWS, NULL, NULL},
	{"fewer_rows_than", read_other_rows, "fewer_rows_than", DBT_OTHER,
         "where the other table is empty dbt passes and weir does not", NULL},
	{"mutually_exclusive_ranges", dbt_read_ranges, "exclusive_ranges", DBT_ROWS, NULL, NULL},
	{"not_accepted_values", dbt_read_values, "not_in_set", DBT_FEWER, NULL, NULL},
	{"not_constant", read_not_constant, "unique_count", DBT_OTHER, NULL, NULL},
	{"not_empty_string", read_not_empty_string, "not_match_regex", DBT_ROWS, NULL, NULL},
	{"not_null_where", dbt_read_column, "not_null", DBT_ROWS, NULL, NULL},
	{"not_null_proportion", read_proportion, "non_null_proportion", DBT_OTHER, NO_ROWS, NULL},
	{"recency", read_recency, "recent", DBT_OTHER, NO_ROWS AHEAD, NULL},
	{"relationships_where", read_relationships, "relationships", DBT_ROWS, NULL, NULL},
	{"sequential_values", read_sequence, "sequence", DBT_OTHER, NULL, NULL},
	{"unique_where", dbt_read_column, "unique", DBT_FEWER, NULL, NULL},
	{"unique_combination_of_columns", read_combination, "unique_together", DBT_FEWER, NULL, NULL},
};

const struct dbt_def *
dbt_tests_of(struct sv package, size_t *n)
{
	if (package.n == 0 || sv_is(package, "dbt")) {
		*n = LEN(own);
		return own;
	}
	if (sv_is(package, "dbt_utils")) {
		*n = LEN(utils);
		return utils;
	}
	*n = sv_is(package, "dbt_expectations") ? dbt_expectations_count : 0;
	return dbt_expectations_tests;
}
