/* Types of checks of Soda 4, and what each becomes. */
#include "import/soda4.h"

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
	if (soda_says_valid(&own) || import_get(s->c->im, s->body, "valid_reference_data") != NULL)
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

	soda4_none_by_default(s);
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
	const struct soda_valid v = valid_of(s), own = valid_in(s, s->body);
	const bool says_own = soda_says_valid(&own);
	const struct node *reference = import_get(s->c->im, s->body, "valid_reference_data");

	if (reference == NULL && !says_own)
		reference = import_get(s->c->im, s->c->column, "valid_reference_data");
	soda4_none_by_default(s);
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

	soda4_none_by_default(s);
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
	} functions[] = {{"avg", "mean"},
	                 {"sum", "sum"},
	                 {"min", "min"},
	                 {"max", "max"},
	                 {"avg_length", "mean_length"},
	                 {"avglength", "mean_length"},
	                 {"min_length", "min_length"},
	                 {"minlength", "min_length"},
	                 {"max_length", "max_length"},
	                 {"maxlength", "max_length"}};
	const struct soda_valid v = valid_of(s);
	struct importing *im = s->c->im;
	struct sv function = {0};

	(void)import_text_of(im, s->body, "function", &function);
	soda4_needs_threshold(s);
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
		if (sv_ieq(function, sv_of(functions[i].function))) {
			soda_number_check(s->it, functions[i].expectation, column_args(s), &s->levels);
			return;
		}
	import_grade(s->it, GRADE_REFUSED, "for a database, write it as sql_value",
	             "weir has no check of the number '" SV_FMT "'", SV_ARG(function));
}

static void
read_failed_rows(struct soda4 *s)
{
	struct importing *im = s->c->im;
	struct sv text, why;
	struct node args;

	soda4_none_by_default(s);
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
		soda_failed_query(s->it, text, import_and(im->a, s->c->asset->where, s->it->where),
		                  &s->levels);
	} else {
		import_grade(s->it, GRADE_REFUSED, NULL, "it has neither an expression nor a query");
	}
}

static void
read_metric(struct soda4 *s)
{
	struct importing *im = s->c->im;
	const struct sv where = import_and(im->a, s->c->asset->where, s->it->where);
	struct sv text;

	soda4_needs_threshold(s);
	if (import_text_of(im, s->body, "expression", &text))
		soda_expression(s->it, text, where, &s->levels);
	else if (import_text_of(im, s->body, "query", &text))
		soda_query(s->it, text, where, &s->levels);
	else
		import_grade(s->it, GRADE_REFUSED, NULL, "it has neither an expression nor a query");
}

static void
read_row_count(struct soda4 *s)
{
	soda4_some_by_default(s);
	soda_number_check(s->it, "row_count", node_of_map(s->it->loc), &s->levels);
}

static void
read_freshness(struct soda4 *s)
{
	struct sv column;

	if (import_get(s->c->im, s->body, "now_variable") != NULL)
		import_remark(s->it, "the clock is weir's, or --now");
	if (!import_text_of(s->c->im, s->body, "column", &column)) {
		import_grade(s->it, GRADE_REFUSED, "name the column", "it names no column");
		return;
	}
	soda4_needs_threshold(s);
	soda_freshness(s->it, column, &s->levels);
}

static const struct {
	const char *type;
	void (*read)(struct soda4 *s);
} types[] = {
	{"missing", read_missing},     {"invalid", read_invalid},         {"duplicate", read_duplicate},
	{"aggregate", read_aggregate}, {"failed_rows", read_failed_rows}, {"metric", read_metric},
	{"row_count", read_row_count}, {"freshness", read_freshness},     {"schema", soda4_schema},
};

static void
refuse_type(struct soda4 *s)
{
	static const char *const names[] = {"missing", "invalid",   "duplicate", "aggregate", "failed_rows",
	                                    "metric",  "row_count", "freshness", "schema"};
	const char *near = sv_nearest(s->type, names, LEN(names));

	import_whole(s->c->im, s->body);
	if (sv_is(s->type, "type"))
		import_grade(s->it, GRADE_REFUSED,
		             "write `- missing:` with `threshold: {must_be: 0}` below it",
		             "it is a check of an early draft of Soda's contracts");
	else if (sv_is(s->type, "reconciliation"))
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

void
soda4_check(struct soda4 *s)
{
	for (size_t i = 0; i < LEN(types); i++)
		if (sv_is(s->type, types[i].type)) {
			soda4_threshold(s);
			if (s->it->grade < GRADE_REFUSED)
				types[i].read(s);
			return;
		}
	refuse_type(s);
}
