/* What the types of rules mean: numbers, columns, other tables.  ColumnValues and its kin are in dqdl_values.c. */
#include <stdio.h>

#include "base/num.h"
#include "import/dqdl.h"
#include "import/spark.h"

struct rule_type {
	const char *name;
	void (*read)(struct import_item *it, const struct dqdl_rule *rule, const struct rule_type *is);
	const char *expectation; /* or why it is refused */
	const char *more;        /* why it is approximated; or what to do instead */
	size_t params;           /* names of columns; SIZE_MAX: any number */
	bool rows;               /* about each row */
};

/* Conditions ------------------------------------------------------------------------------------------------------------- */

bool
dqdl_good(struct import_item *it, const struct dqdl_cond *cond, struct soda_cond *ret)
{
	*ret = (struct soda_cond){.set = cond->kind != DQDL_NONE};
	for (size_t i = 0; i < cond->v.n; i++)
		if (cond->v.v[i].kind != DQDL_NUMBER) {
			import_grade(it, GRADE_REFUSED, "write it as `> 0.9` or `between 1 and 9`",
			             "it is compared with no constant number");
			return false;
		}
	if (cond->kind == DQDL_NONE || (cond->kind == DQDL_IN && cond->v.n > 1) ||
	    cond->kind == DQDL_MATCHES) {
		import_grade(it, GRADE_REFUSED, "write it as `> 0.9` or `between 1 and 9`",
		             cond->kind == DQDL_NONE ? "it has no condition" : "it is no range of numbers");
		return false;
	}
	ret->low = cond->v.v[0].text;
	if (cond->kind == DQDL_BETWEEN) {
		/* DQDL's between has neither of its ends; its opposite has both. */
		ret->between = ret->open_low = ret->open_high = true;
		ret->negate = cond->negate;
		ret->high = cond->v.v[1].text;
		return true;
	}
	const char *op = cond->kind == DQDL_IN ? cond->negate ? "!=" : "=" : cond->op;

	memcpy(ret->op, op, strlen(op) + 1);
	return true;
}

static void
add_number(struct import_item *it, const struct dqdl_rule *rule, const char *expectation, struct node args)
{
	struct soda_cond good;

	if (dqdl_is_past(&rule->cond))
		dqdl_past(it, &rule->cond, expectation, &args);
	else if (dqdl_good(it, &rule->cond, &good))
		deequ_number(it, expectation, args, &good);
}

/* Types of rules ------------------------------------------------------------------------------------------------------- */

static void
read_table(struct import_item *it, const struct dqdl_rule *rule, const struct rule_type *is)
{
	it->whole = strcmp(is->expectation, "column_count") == 0;
	add_number(it, rule, is->expectation, node_of_map(it->loc));
}

static void
read_number(struct import_item *it, const struct dqdl_rule *rule, const struct rule_type *is)
{
	add_number(it, rule, is->expectation, deequ_column(it, rule->param.v[0]));
}

static void
read_distinct_count(struct import_item *it, const struct dqdl_rule *rule, const struct rule_type *is)
{
	struct node args;

	deequ_distinct_count(it, rule->param.v[0], &args);
	add_number(it, rule, is->expectation, args);
}

static void
read_population(struct import_item *it, const struct dqdl_rule *rule, const struct rule_type *is)
{
	struct node args = deequ_column(it, rule->param.v[0]);
	const struct node yes = node_of_bool(true, it->loc);

	node_put(it->im->a, &args, SV("population"), &yes);
	add_number(it, rule, is->expectation, args);
}

static void
read_correlation(struct import_item *it, const struct dqdl_rule *rule, const struct rule_type *is)
{
	add_number(it, rule, is->expectation, deequ_columns(it, rule->param.v, 2));
}

static void
read_completeness(struct import_item *it, const struct dqdl_rule *rule, const struct rule_type *is)
{
	struct soda_cond good;

	const struct node args = deequ_column(it, rule->param.v[0]);

	if (dqdl_is_past(&rule->cond))
		dqdl_past(it, &rule->cond, is->expectation, &args);
	else if (dqdl_good(it, &rule->cond, &good))
		deequ_complete(it, rule->param.v[0], &good);
}

static void
read_uniqueness(struct import_item *it, const struct dqdl_rule *rule, const struct rule_type *is)
{
	struct soda_cond good;

	(void)is;

	if (!dqdl_good(it, &rule->cond, &good))
		return;
	deequ_unique(it, rule->param.v, rule->param.n, &good);
}

static void
read_zeros(struct import_item *it, const struct dqdl_rule *rule, const struct rule_type *is)
{
	struct arena *a = it->im->a;
	const struct node expr = node_of_text(
		arena_svf(a, SV_FMT " <> 0", SV_ARG(import_ident(a, rule->param.v[0]))), it->loc);
	struct soda_cond good;

	if (!dqdl_good(it, &rule->cond, &good))
		return;
	import_check(it, is->expectation, &expr);
	if (!soda_is_zero(&good))
		import_beside(it, "fail", soda_threshold(a, &good, true));
}

/* IsComplete, IsUnique, IsPrimaryKey, ColumnExists: nothing but columns */
static void
read_plain(struct import_item *it, const struct dqdl_rule *rule, const struct rule_type *is)
{
	const struct soda_cond all = {.set = false};
	const bool key = strcmp(is->expectation, "key") == 0;

	if (rule->cond.kind != DQDL_NONE) {
		import_grade(it, GRADE_REFUSED, NULL, "%s has no condition", is->name);
		return;
	}
	if (strcmp(is->expectation, "column_exists") == 0) {
		const struct node name = node_of_text(rule->param.v[0], it->loc);

		it->whole = true;
		import_check(it, is->expectation, &name);
		return;
	}
	for (size_t i = 0; i < rule->param.n; i++)
		if (key || strcmp(is->expectation, "not_null") == 0)
			deequ_complete(it, rule->param.v[i], &all);
	if (key || strcmp(is->expectation, "unique") == 0)
		deequ_unique(it, rule->param.v, rule->param.n, &all);
}

static void
read_type(struct import_item *it, const struct dqdl_rule *rule, const struct rule_type *is)
{
	static const struct {
		const char *name, *types[3];
	} known[] = {{"BOOLEAN", {"boolean"}},
	             {"DATE", {"date", "timestamp", "timestamptz"}},
	             {"TIMESTAMP", {"date", "timestamp", "timestamptz"}},
	             {"INTEGER", {"integer"}},
	             {"LONG", {"integer"}},
	             {"DOUBLE", {"integer", "number", "decimal"}},
	             {"FLOAT", {"integer", "number", "decimal"}},
	             {"STRING", {"string"}}};
	struct arena *a = it->im->a;
	struct node args = deequ_column(it, rule->param.v[0]), list = node_of_list(it->loc);
	const struct dqdl_cond *c = &rule->cond;
	struct soda_cond good = {.set = false};

	if ((c->kind != DQDL_COMPARE && c->kind != DQDL_IN) || c->negate ||
	    (c->op[0] != '=' && c->op[0] != '\0') || rule->tag.n > 0) {
		import_grade(it, GRADE_REFUSED, "write in_type_list, or strftime for dates of a format",
		             rule->tag.n > 0 ? "dates of a format are told by Spark's patterns"
		                             : "it does not say of which type the values are");
		return;
	}
	if (rule->threshold.kind != DQDL_NONE && !dqdl_good(it, &rule->threshold, &good))
		return;
	for (size_t v = 0; v < c->v.n; v++)
		for (size_t i = 0; i < LEN(known); i++)
			for (size_t k = 0; sv_ieq(c->v.v[v].text, sv_of(known[i].name)) &&
			                   k < LEN(known[i].types) && known[i].types[k] != NULL;
			     k++) {
				const struct node one = node_of_text(sv_of(known[i].types[k]), it->loc);

				node_append(a, &list, &one);
			}
	if (list.n == 0) {
		import_grade(it, GRADE_REFUSED,
		             "name Boolean, Date, Timestamp, Integer, Double, Float or Long",
		             "the type '" SV_FMT "' is not known", SV_ARG(c->v.v[0].text));
		return;
	}
	node_put(a, &args, SV("types"), &list);
	import_check(it, is->expectation, &args);
	deequ_share(it, &good);
	if (deequ_asks_all(&good))
		deequ_complete(it, rule->param.v[0], &good);
}

/* The table is called primary. */
static struct sv
with_table(struct import_item *it, struct sv query)
{
	const struct word_source s = {.text = query, .start = it->loc};
	struct arena *a = it->im->a;
	struct sv ret = {0};
	struct words w;
	size_t from = 0;

	if (!words_cut(a, &s, &dqdl_words, &w))
		return query;
	for (size_t i = 0; i < w.n; i++)
		if (w.v[i].kind == WORD_NAME && sv_ieq(w.v[i].text, SV("primary"))) {
			ret = arena_svf(a, SV_FMT SV_FMT "{table}", SV_ARG(ret),
			                SV_ARG(((struct sv){query.p + from, w.v[i].at - from})));
			from = w.v[i].end;
		}
	return arena_svf(a, SV_FMT SV_FMT, SV_ARG(ret), SV_ARG(sv_skip(query, from)));
}

static void
read_sql(struct import_item *it, const struct dqdl_rule *rule, const struct rule_type *is)
{
	struct node args = node_of_map(it->loc);

	if (rule->cond.kind == DQDL_NONE) {
		import_grade(
			it, GRADE_REFUSED,
			"write the condition of a good row as expr, or the query of bad ones as unexpected_rows",
			"it counts the rows that the query gives back");
		return;
	}
	node_put_text(it->im->a, &args, "query", with_table(it, rule->param.v[0]), it->loc);
	it->im->ret->sql = true;
	add_number(it, rule, is->expectation, args);
	import_grade(it, GRADE_APPROXIMATED, NULL,
	             "it is a query in Spark's SQL: for databases that take it, with `allow_sql: true`");
}

static void read_anomaly(struct import_item *it, const struct dqdl_rule *rule, const struct rule_type *is);

static void
read_refused(struct import_item *it, const struct dqdl_rule *rule, const struct rule_type *is)
{
	(void)rule;
	import_grade(it, GRADE_REFUSED, is->more, "%s", is->expectation);
}

static void
read_values(struct import_item *it, const struct dqdl_rule *rule, const struct rule_type *is)
{
	(void)is;
	dqdl_values(it, rule);
}

static void
read_length(struct import_item *it, const struct dqdl_rule *rule, const struct rule_type *is)
{
	(void)is;
	dqdl_length(it, rule);
}

static void
read_reference(struct import_item *it, const struct dqdl_rule *rule, const struct rule_type *is)
{
	(void)is;
	dqdl_reference(it, rule);
}

static void
read_same_rows(struct import_item *it, const struct dqdl_rule *rule, const struct rule_type *is)
{
	(void)is;
	dqdl_same_rows(it, rule);
}

static void
read_same_data(struct import_item *it, const struct dqdl_rule *rule, const struct rule_type *is)
{
	(void)is;
	dqdl_same_data(it, rule);
}

static void
read_file_age(struct import_item *it, const struct dqdl_rule *rule, const struct rule_type *is)
{
	(void)is;
	dqdl_file_age(it, rule);
}

static void
read_freshness(struct import_item *it, const struct dqdl_rule *rule, const struct rule_type *is)
{
	(void)is;
	dqdl_freshness(it, rule);
}

static void
read_names(struct import_item *it, const struct dqdl_rule *rule, const struct rule_type *is)
{
	struct node args = node_of_map(it->loc), pattern = node_of_text(rule->param.v[0], it->loc);

	pattern.quoted = true;
	node_put(it->im->a, &args, SV("names"), &pattern);
	it->whole = true;
	import_check(it, is->expectation, &args);
}

#define FILES "it is about files, not what is in them"
#define TWO_TABLES "two sets of data are compared"

static const struct rule_type types[] = {
	{"AggregateMatch", read_refused, TWO_TABLES, "for two tables of one database, write sql_value", 2,
         false},
	{"ColumnCorrelation", read_correlation, "correlation", NULL, 2, false},
	{"ColumnCount", read_table, "column_count", NULL, 0, false},
	{"ColumnDataType", read_type, "in_type_list",
         "Spark tries to cast each value, weir asks for its type, as declared or as its text looks like", 1,
         true},
	{"ColumnExists", read_plain, "column_exists", NULL, 1, false},
	{"ColumnLength", read_length, NULL, NULL, 1, true},
	{"ColumnNamesMatchPattern", read_names, "schema", NULL, 1, false},
	{"ColumnValues", read_values, NULL, NULL, 1, true},
	{"Completeness", read_completeness, "non_null_proportion", NULL, 1, false},
	{"CustomSql", read_sql, "sql_value", NULL, 1, false},
	{"DataFreshness", read_freshness, NULL, NULL, 1, true},
	{"DatasetMatch", read_same_data, NULL, NULL, SIZE_MAX, true},
	{"DetectAnomalies", read_anomaly, "anomaly",
         "weir judges by the median of the past, not by Glue's model", SIZE_MAX, false},
	{"DistinctValuesCount", read_distinct_count, "unique_count", NULL, 1, false},
	{"DuplicateRowCount", read_refused, "weir has no check of whole rows that occur twice",
         "write unique_together over all columns", SIZE_MAX, false},
	{"Entropy", read_number, "entropy", NULL, 1, false},
	{"FileFreshness", read_file_age, NULL, NULL, SIZE_MAX, false},
	{"FileMatch", read_refused, FILES, "the version of an asset tells whether it changed", SIZE_MAX,
         false},
	{"FileSize", read_refused, FILES, "say how many rows there are, with row_count", SIZE_MAX, false},
	{"FileUniqueness", read_refused, FILES, "compare what is in them, with unique_together", SIZE_MAX,
         false},
	{"InterquartileRange", read_number, "iqr", "Deequ's quartiles are approximations, weir's are exact",
         1, false},
	{"IsComplete", read_plain, "not_null", NULL, 1, true},
	{"IsPrimaryKey", read_plain, "key", NULL, SIZE_MAX, true},
	{"IsUnique", read_plain, "unique", NULL, 1, true},
	{"Kurtosis", read_population, "kurtosis", NULL, 1, false},
	{"Mean", read_number, "mean", NULL, 1, false},
	{"Range", read_number, "range", NULL, 1, false},
	{"ReferentialIntegrity", read_reference, "relationships", NULL, 2, true},
	{"RowCount", read_table, "row_count", NULL, 0, false},
	{"RowCountMatch", read_same_rows, "row_count_equal_other", NULL, 1, false},
	{"SchemaMatch", read_refused, TWO_TABLES,
         "write schema: with the columns, or schema_change:", SIZE_MAX, false},
	{"Skewness", read_population, "skewness", NULL, 1, false},
	{"StandardDeviation", read_population, "stdev", NULL, 1, false},
	{"Sum", read_number, "sum", NULL, 1, false},
	{"UniqueValueRatio", read_number, "once_proportion", NULL, 1, false},
	{"Uniqueness", read_uniqueness, "unique", NULL, 1, false},
	{"Variance", read_population, "variance", NULL, 1, false},
	{"ZerosCount", read_zeros, "expr", NULL, 1, false},
};

static const struct rule_type *
find(struct sv name)
{
	for (size_t i = 0; i < LEN(types); i++)
		if (sv_is(name, types[i].name))
			return &types[i];
	return NULL;
}

/* DetectAnomalies of Completeness of "colA": the number by its rule */
static void
read_anomaly(struct import_item *it, const struct dqdl_rule *rule, const struct rule_type *is)
{
	struct arena *a = it->im->a;
	const struct rule_type *of = rule->param.n > 0 ? find(rule->param.v[0]) : NULL;
	struct node args = node_of_map(it->loc), metric = node_of_map(it->loc), column;

	if (of != NULL && of->read == read_table && rule->param.n == 1) {
		column = node_of_text(sv_of(of->expectation), it->loc);
		node_put(a, &args, SV("of"), &column);
	} else if (of != NULL && rule->param.n == 2 &&
	           (of->read == read_number || of->read == read_completeness)) {
		column = node_of_text(rule->param.v[1], it->loc);
		node_put(a, &metric, sv_of(of->expectation), &column);
		node_put(a, &args, SV("of"), &metric);
	} else {
		import_grade(it, GRADE_REFUSED, "write anomaly: {of: …}", "weir does not follow this number");
		return;
	}
	import_check(it, is->expectation, &args);
}

static const char *
near_type(struct sv name)
{
	const char *names[LEN(types)];

	for (size_t i = 0; i < LEN(types); i++)
		names[i] = types[i].name;
	return sv_nearest(name, names, LEN(names));
}

bool
dqdl_of_rows(const struct dqdl_rule *rule)
{
	const struct rule_type *is = find(rule->type);

	if (rule->join == DQDL_ONE)
		return is != NULL && is->rows;
	for (size_t i = 0; i < rule->n; i++)
		if (!dqdl_of_rows(&rule->kid[i]))
			return false;
	return true;
}

/* What stands behind the condition, and means something for some types only. */
static void
check_rest(struct import_item *it, const struct dqdl_rule *rule, const struct rule_type *is)
{
	const bool type = is->read == read_type;

	/* Why it is refused says it all. */
	if (is->read == read_refused)
		return;
	if (rule->threshold.kind != DQDL_NONE && is->read != read_values && !type)
		import_grade(it, GRADE_REFUSED, NULL, "%s takes no threshold of rows", is->name);
	if (rule->tag.n > 0 && !type)
		import_grade(it, GRADE_REFUSED, NULL, "%s takes no `with " SV_FMT "`", is->name,
		             SV_ARG(rule->tag));
	if (rule->where.n > 0 && (it->whole || is->read == read_sql))
		import_grade(it, GRADE_REFUSED, NULL, "%s takes no filter", is->name);
	if (rule->labels)
		import_remark(it, "its labels are not kept");
}

void
dqdl_rule_check(struct import_item *it, const struct dqdl_rule *rule)
{
	const struct rule_type *is = find(rule->type);
	const char *near;

	if (is == NULL) {
		near = near_type(rule->type);
		import_grade(it, GRADE_REFUSED,
		             near != NULL ? arena_printf(it->im->a, "did you mean '%s'?", near) : NULL,
		             "there is no type of rule '" SV_FMT "'", SV_ARG(rule->type));
		return;
	}
	if (is->params == SIZE_MAX ? is->read == read_plain && rule->param.n == 0
	                           : rule->param.n != is->params) {
		import_grade(it, GRADE_REFUSED, NULL, "%s takes %s%zu name%s, and %zu %s there", is->name,
		             is->params == SIZE_MAX ? "at least " : "",
		             is->params == SIZE_MAX ? 1 : is->params,
		             is->params == 1 || is->params == SIZE_MAX ? "" : "s", rule->param.n,
		             rule->param.n == 1 ? "stands" : "stand");
		return;
	}
	if (rule->where.n > 0)
		spark_where(it, rule->where);
	if (is->more != NULL && is->read != read_refused)
		import_grade(it, GRADE_APPROXIMATED, NULL, "%s", is->more);
	is->read(it, rule, is);
	check_rest(it, rule, is);
}
