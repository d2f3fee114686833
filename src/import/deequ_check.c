/*
 * The constraints of Deequ's Check, as of 2.0.  What each of them computes is in
 * https://github.com/awslabs/deequ/tree/master/src/main/scala/com/amazon/deequ/{checks,analyzers}
 */
#include "base/buf.h"
#include "import/deequ.h"
#include "import/spark.h"

enum { COLUMNS_MAX = 64, LIST_TEXT_MAX = 1 << 17 };

struct call {
	struct import_item *it;
	struct arena *a;
	const struct constraint *is;
	struct deequ_arg *arg;
	size_t n;
	struct sv column[COLUMNS_MAX]; /* texts that come first, and those of a list */
	size_t ncolumn;
	struct soda_cond good;
};

struct constraint {
	const char *name;
	void (*read)(struct call *c);
	const char *expectation; /* or how it compares; or why it is refused */
	const char *more;        /* why it is approximated; or what to do instead */
	int columns;             /* how many names of columns come first; 0: any number, but one */
};

static struct deequ_arg *
next_of(struct call *c, enum deequ_arg_kind kind, const char *name)
{
	for (size_t i = 0; i < c->n; i++)
		if (!c->arg[i].used && c->arg[i].kind == kind &&
		    (c->arg[i].name.n == 0 || sv_is(c->arg[i].name, name))) {
			c->arg[i].used = true;
			return &c->arg[i];
		}
	return NULL;
}

static void
add_column(struct call *c, struct sv name)
{
	if (c->ncolumn < COLUMNS_MAX)
		c->column[c->ncolumn++] = name;
	else
		import_grade(c->it, GRADE_REFUSED, NULL, "it has more than %d columns", COLUMNS_MAX);
}

/* What is named so is a column, or a list of them, and so are the first arguments without a name. */
static bool
is_column(const struct call *c, const struct deequ_arg *g, size_t i)
{
	static const char *const names[] = {"column", "columns", "columnA", "columnB"};

	for (size_t k = 0; k < LEN(names); k++)
		if (sv_is(g->name, names[k]))
			return true;
	return g->name.n == 0 &&
	       (c->is->columns == 0 ? i == 0 || c->arg[i - 1].used : i < (size_t)c->is->columns);
}

static void
not_understood(struct call *c, const struct deequ_arg *g)
{
	import_grade(c->it, GRADE_REFUSED, "write the constraint with constants",
	             "its argument '" SV_FMT "' is not understood%s%s",
	             SV_ARG(g->text.n > 0 ? g->text : g->name), g->why != NULL ? ": " : "",
	             g->why != NULL ? g->why : "");
}

static void
take_columns(struct call *c)
{
	for (size_t i = 0; i < c->n && c->is->columns >= 0; i++) {
		struct deequ_arg *g = &c->arg[i];

		if ((g->kind != DEEQU_TEXT && g->kind != DEEQU_LIST) || !is_column(c, g, i))
			continue;
		g->used = true;
		if (g->kind == DEEQU_TEXT)
			add_column(c, g->text);
		for (size_t k = 0; g->kind == DEEQU_LIST && k < g->n; k++)
			add_column(c, g->item[k].text);
	}
	if (c->is->columns < 0 ||
	    (c->ncolumn > 0 && (c->is->columns == 0 || c->ncolumn == (size_t)c->is->columns)))
		return;
	/* A variable says most. */
	for (size_t i = 0; i < c->n; i++)
		if (!c->arg[i].used && c->arg[i].kind == DEEQU_NAME) {
			not_understood(c, &c->arg[i]);
			return;
		}
	import_grade(c->it, GRADE_REFUSED, NULL, "it names %s",
	             c->ncolumn == 0 ? "no column" : "too few or too many columns");
}

static void
take_assertion(struct call *c)
{
	struct deequ_arg *g = next_of(c, DEEQU_ASSERTION, "assertion");

	if (g != NULL) {
		c->good = g->good;
		return;
	}
	for (size_t i = 0; i < c->n; i++)
		if (c->arg[i].kind == DEEQU_NAME &&
		    (sv_is(c->arg[i].text, "IsOne") || sv_is(c->arg[i].text, "is_one"))) {
			c->arg[i].used = true;
			c->good = (struct soda_cond){.set = true, .op = "=", .low = SV("1")};
		}
}

/* What is left over: a hint, or what is not understood. */
static void
take_rest(struct call *c)
{
	for (size_t i = 0; i < c->n; i++) {
		struct deequ_arg *g = &c->arg[i];

		if (g->used || g->kind == DEEQU_NONE)
			continue;
		if (g->kind == DEEQU_TEXT && (g->name.n == 0 || sv_is(g->name, "hint"))) {
			c->it->description = c->it->description.n == 0
			                             ? g->text
			                             : arena_svf(c->a, SV_FMT " " SV_FMT,
			                                         SV_ARG(c->it->description), SV_ARG(g->text));
			continue;
		}
		not_understood(c, g);
	}
}

/* Readers ----------------------------------------------------------------------------------------------------------------- */

static void
read_table_number(struct call *c)
{
	c->it->whole = strcmp(c->is->expectation, "column_count") == 0;
	deequ_number(c->it, c->is->expectation, node_of_map(c->it->loc), &c->good);
}

static void
read_number(struct call *c)
{
	deequ_number(c->it, c->is->expectation, deequ_column(c->it, c->column[0]), &c->good);
}

static void
read_population(struct call *c)
{
	struct node args = deequ_column(c->it, c->column[0]);
	const struct node yes = node_of_bool(true, c->it->loc);

	node_put(c->a, &args, SV("population"), &yes);
	deequ_number(c->it, c->is->expectation, args, &c->good);
}

static void
read_exists(struct call *c)
{
	const struct node name = node_of_text(c->column[0], c->it->loc);

	c->it->whole = true;
	import_check(c->it, "column_exists", &name);
}

static void
read_complete(struct call *c)
{
	deequ_complete(c->it, c->column[0], &c->good);
}

/* areComplete, haveCompleteness, and those that ask for any. */
static void
read_several_complete(struct call *c)
{
	AUTO(buf) b = buf_new(LIST_TEXT_MAX);
	const bool all = strcmp(c->is->expectation, "AND") == 0;

	if (all && deequ_asks_all(&c->good)) {
		for (size_t i = 0; i < c->ncolumn; i++)
			deequ_complete(c->it, c->column[i], &c->good);
		return;
	}
	for (size_t i = 0; i < c->ncolumn; i++)
		buf_printf(b, "%s" SV_FMT " IS NOT NULL",
		           i == 0 ? ""
		           : all  ? " AND "
		                  : " OR ",
		           SV_ARG(import_ident(c->a, c->column[i])));
	deequ_rows(c->it, arena_sv(c->a, buf_sv(b)), true, &c->good);
}

static void
read_unique(struct call *c)
{
	deequ_unique(c->it, c->column, c->ncolumn, &c->good);
}

static void
read_unique_ratio(struct call *c)
{
	deequ_unique_ratio(c->it, c->column, c->ncolumn, &c->good);
}

static void
read_distinct(struct call *c)
{
	if (c->ncolumn == 1)
		read_number(c);
	else
		import_grade(c->it, GRADE_REFUSED, "write unique_together with mostly",
		             "weir has no check of the share of distinct values of several columns");
}

static void
read_quantile(struct call *c)
{
	struct node args = deequ_column(c->it, c->column[0]), q;
	const struct deequ_arg *g = next_of(c, DEEQU_NUMBER, "quantile");

	if (g == NULL) {
		import_grade(c->it, GRADE_REFUSED, NULL, "it names no quantile from 0 to 1");
		return;
	}
	q = soda_number(c->a, g->text, c->it->loc);
	node_put(c->a, &args, SV("q"), &q);
	deequ_number(c->it, "percentile", args, &c->good);
}

static void
read_pair_number(struct call *c)
{
	deequ_number(c->it, c->is->expectation, deequ_columns(c->it, c->column, 2), &c->good);
}

static void
read_zeros(struct call *c)
{
	const struct node expr = node_of_text(
		arena_svf(c->a, SV_FMT " <> 0", SV_ARG(import_ident(c->a, c->column[0]))), c->it->loc);

	if (!c->good.set) {
		import_grade(c->it, GRADE_REFUSED, "say how many are fine", "it has no threshold");
		return;
	}
	import_check(c->it, "expr", &expr);
	if (!soda_is_zero(&c->good))
		import_beside(c->it, "fail", soda_threshold(c->a, &c->good, true));
}

static void
read_satisfies(struct call *c)
{
	const struct deequ_arg *g = next_of(c, DEEQU_TEXT, "columnCondition");
	struct deequ_arg *name, *columns;
	struct sv expr, why;

	if (g == NULL) {
		import_grade(c->it, GRADE_REFUSED, NULL, "its condition is no constant text");
		return;
	}
	name = next_of(c, DEEQU_TEXT, "constraintName");
	columns = next_of(c, DEEQU_LIST, "columns");
	(void)columns;
	if (name != NULL)
		c->it->name = name->text;
	if (spark_expr(c->a, g->text, &expr, &why))
		deequ_rows(c->it, expr, false, &c->good);
	else
		import_grade(c->it, GRADE_REFUSED, "write the condition of a good row as expr",
		             "its condition is no expression of weir: " SV_FMT, SV_ARG(why));
}

static void
read_pattern(struct call *c)
{
	const struct deequ_arg *g = next_of(c, DEEQU_TEXT, "pattern");
	struct deequ_arg *name = NULL;

	if (g == NULL) {
		import_grade(c->it, GRADE_REFUSED, NULL, "its pattern is no constant text");
		return;
	}
	for (size_t i = 0; i < c->n; i++)
		if (sv_is(c->arg[i].name, "name"))
			name = &c->arg[i];
	if (name != NULL && name->kind == DEEQU_TEXT) {
		name->used = true;
		c->it->name = name->text;
	}
	deequ_rows(c->it, deequ_pattern(c->it, c->column[0], g->text), false, &c->good);
}

static void
read_format(struct call *c)
{
	const struct sv col = import_ident(c->a, c->column[0]);

	deequ_rows(c->it, arena_svf(c->a, "is_format(" SV_FMT ", '%s')", SV_ARG(col), c->is->expectation),
	           false, &c->good);
}

/* Nine digits as numbers of the Social Security Administration: no area 000, 666 or 9xx, no group 00, no serial 0000. */
static void
read_ssn(struct call *c)
{
	const struct sv col = import_ident(c->a, c->column[0]);

	deequ_rows(c->it,
	           arena_svf(c->a,
	                     SV_FMT
	                     " ~ '(?<!\\d)(?!000|666|9)\\d{3}([- ]?)(?!00)\\d{2}\\1(?!0000)\\d{4}(?!\\d)'",
	                     SV_ARG(col)),
	           false, &c->good);
}

static void
read_data_type(struct call *c)
{
	static const struct {
		const char *name, *types[3];
	} known[] = {{"Integral", {"integer"}},
	             {"Fractional", {"number", "decimal"}},
	             {"Numeric", {"integer", "number", "decimal"}},
	             {"Boolean", {"boolean"}},
	             {"String", {"string"}}};
	const struct deequ_arg *g = next_of(c, DEEQU_NAME, "dataType");
	struct node args = deequ_column(c->it, c->column[0]), list = node_of_list(c->it->loc);

	if (g == NULL)
		g = next_of(c, DEEQU_NAME, "datatype");
	for (size_t i = 0; g != NULL && i < LEN(known); i++)
		for (size_t k = 0; sv_is(g->text, known[i].name) && k < LEN(known[i].types); k++) {
			const struct node one = node_of_text(sv_of(known[i].types[k]), c->it->loc);

			if (known[i].types[k] != NULL)
				node_append(c->a, &list, &one);
		}
	if (g != NULL && sv_is(g->text, "Null")) {
		const struct node name = node_of_text(c->column[0], c->it->loc);

		import_check(c->it, "is_null", &name);
	} else if (list.n == 0) {
		import_grade(c->it, GRADE_REFUSED, "name one of ConstrainableDataTypes",
		             "it names no type that is known");
		return;
	} else {
		node_put(c->a, &args, SV("types"), &list);
		import_check(c->it, "in_type_list", &args);
		import_grade(
			c->it, GRADE_APPROXIMATED, NULL,
			"Deequ tells types by what a value's text looks like, weir by the column's type where it has one");
	}
	deequ_share(c->it, &c->good);
}

/* isNonNegative and isPositive: null is fine. */
static void
read_sign(struct call *c)
{
	const bool strict = strcmp(c->is->expectation, ">") == 0;
	const struct sv col = import_ident(c->a, c->column[0]);
	const struct soda_cond good = {.set = true, .op = ">", .low = SV("0")};
	const struct soda_cond least = {.set = true, .op = ">=", .low = SV("0")};

	if (deequ_asks_all(&c->good)) {
		deequ_number(c->it, "between", deequ_column(c->it, c->column[0]), strict ? &good : &least);
		return;
	}
	deequ_rows(c->it,
	           arena_svf(c->a, SV_FMT " IS NULL OR " SV_FMT " %s 0", SV_ARG(col), SV_ARG(col),
	                     c->is->expectation),
	           true, &c->good);
}

static void
read_compared(struct call *c)
{
	deequ_rows(c->it,
	           arena_svf(c->a, SV_FMT " %s " SV_FMT, SV_ARG(import_ident(c->a, c->column[0])),
	                     c->is->expectation, SV_ARG(import_ident(c->a, c->column[1]))),
	           false, &c->good);
}

static struct sv
literals(struct arena *a, const struct node *list)
{
	AUTO(buf) b = buf_new(LIST_TEXT_MAX);

	for (size_t i = 0; i < list->n; i++)
		buf_printf(b, "%s" SV_FMT, i > 0 ? ", " : "", SV_ARG(import_literal(a, &list->kid[i])));
	return arena_sv(a, buf_sv(b));
}

static void
contained_in(struct call *c, const struct deequ_arg *list)
{
	const struct sv col = import_ident(c->a, c->column[0]);
	struct node args = deequ_column(c->it, c->column[0]), values;
	struct node *v = ARENA_ARRAY(c->a, struct node, list->n + 1);

	for (size_t i = 0; i < list->n; i++)
		v[i] = list->item[i].kind == DEEQU_NUMBER ? soda_number(c->a, list->item[i].text, c->it->loc)
		                                          : node_of_text(list->item[i].text, c->it->loc);
	values = deequ_set(c->it, v, list->n);
	if (deequ_asks_all(&c->good)) {
		node_put(c->a, &args, SV("values"), &values);
		import_check(c->it, "in_set", &args);
		return;
	}
	deequ_rows(c->it,
	           arena_svf(c->a, SV_FMT " IS NULL OR " SV_FMT " IN (" SV_FMT ")", SV_ARG(col), SV_ARG(col),
	                     SV_ARG(literals(c->a, &values))),
	           true, &c->good);
}

/* Bounds belong to the range unless a false says otherwise. */
static void
contained_between(struct call *c)
{
	const struct deequ_arg *low = next_of(c, DEEQU_NUMBER, "lowerBound");
	const struct deequ_arg *high = next_of(c, DEEQU_NUMBER, "upperBound");
	const struct deequ_arg *with_low = next_of(c, DEEQU_BOOL, "includeLowerBound");
	const struct deequ_arg *with_high = next_of(c, DEEQU_BOOL, "includeUpperBound");
	struct soda_cond good = {.set = true, .between = true};

	if (low == NULL || high == NULL) {
		import_grade(c->it, GRADE_REFUSED, NULL, "it has neither a list of values nor two bounds");
		return;
	}
	good.low = low->text;
	good.high = high->text;
	good.open_low = with_low != NULL && sv_is(with_low->text, "false");
	good.open_high = with_high != NULL && sv_is(with_high->text, "false");
	deequ_number(c->it, "between", deequ_column(c->it, c->column[0]), &good);
}

static void
read_contained(struct call *c)
{
	const struct deequ_arg *list = next_of(c, DEEQU_LIST, "allowedValues");

	if (list == NULL)
		list = next_of(c, DEEQU_LIST, "allowed_values");
	if (list == NULL)
		contained_between(c);
	else
		contained_in(c, list);
}

static void
read_sql(struct call *c)
{
	const struct deequ_arg *g = next_of(c, DEEQU_TEXT, "expression");
	struct node args = node_of_map(c->it->loc);

	if (g == NULL) {
		import_grade(c->it, GRADE_REFUSED, NULL, "its query is no constant text");
		return;
	}
	node_put_text(c->a, &args, "query", g->text, c->it->loc);
	c->it->im->ret->sql = true;
	deequ_number(c->it, "sql_value", args, &c->good);
	import_grade(c->it, GRADE_APPROXIMATED, NULL,
	             "it is a query in Spark's SQL: for databases that take it, with `allow_sql: true`");
}

/* How many bins are listed changes nothing of how many there are. */
static void
read_distinct_count(struct call *c)
{
	struct node args;

	(void)next_of(c, DEEQU_NUMBER, "maxBins");
	deequ_distinct_count(c->it, c->column[0], &args);
	deequ_number(c->it, "unique_count", args, &c->good);
}

static void
read_histogram(struct call *c)
{
	struct deequ_arg *g = next_of(c, DEEQU_OTHER, "assertion");

	if (g == NULL)
		import_grade(c->it, GRADE_REFUSED, NULL, "it has no function of the histogram");
	else
		deequ_histogram(c->it, c->column[0], g->text);
}

static void
read_refused(struct call *c)
{
	for (size_t i = 0; i < c->n; i++)
		c->arg[i].used = true;
	import_grade(c->it, GRADE_REFUSED, c->is->more, "%s", c->is->expectation);
}

#define BINS "weir has no check of a histogram's bins"
#define AN_APPROXIMATION "Deequ's number is an approximation, weir's is exact"
#define WITHIN \
	"Deequ looks for one anywhere in the text, by a pattern of its own; weir asks that the value is one"

static const struct constraint constraints[] = {
	{"areAnyComplete", read_several_complete, "OR", NULL, 0},
	{"areComplete", read_several_complete, "AND", NULL, 0},
	{"areUnique", read_unique, NULL, NULL, 0},
	{"containsCreditCardNumber", read_format, "credit card number", WITHIN, 1},
	{"containsEmail", read_format, "email", WITHIN, 1},
	{"containsSocialSecurityNumber", read_ssn, NULL,
         "Deequ leaves out numbers that were made public, too", 1},
	{"containsURL", read_format, "url", WITHIN, 1},
	{"customSql", read_sql, NULL, NULL, -1},
	{"doesDatasetMatch", read_refused, "two sets of data are compared", "use `weir diff`", -1},
	{"hasApproxCountDistinct", read_number, "unique_count", AN_APPROXIMATION, 1},
	{"hasApproxQuantile", read_quantile, NULL, AN_APPROXIMATION, 1},
	{"hasColumn", read_exists, NULL, NULL, 1},
	{"hasColumnCount", read_table_number, "column_count", NULL, -1},
	{"hasCompleteness", read_complete, NULL, NULL, 1},
	{"hasCorrelation", read_pair_number, "correlation", NULL, 2},
	{"hasDataType", read_data_type, NULL, NULL, 1},
	{"hasDistinctness", read_distinct, "unique_proportion", NULL, 0},
	{"hasDuplicateRowCount", read_refused, "weir has no check of whole rows that occur twice",
         "write unique_together over all columns", -1},
	{"hasEntropy", read_number, "entropy", NULL, 1},
	{"hasExactQuantile", read_quantile, NULL, NULL, 1},
	{"hasHistogramBinnedBins", read_refused, BINS, "write kl_divergence or drift", -1},
	{"hasHistogramBinnedValues", read_refused, BINS, "write kl_divergence or drift", -1},
	{"hasHistogramValues", read_histogram, NULL, NULL, 1},
	{"hasInterquartileRange", read_number, "iqr",
         "Deequ's quartiles are approximations, weir's are exact", 1},
	{"hasKurtosis", read_population, "kurtosis", NULL, 1},
	{"hasMax", read_number, "max", NULL, 1},
	{"hasMaxLength", read_number, "max_length", NULL, 1},
	{"hasMean", read_number, "mean", NULL, 1},
	{"hasMin", read_number, "min", NULL, 1},
	{"hasMinLength", read_number, "min_length", NULL, 1},
	{"hasMutualInformation", read_pair_number, "mutual_information",
         "where one of the two is null Deequ counts the row, and weir does not", 2},
	{"hasNumberOfDistinctValues", read_distinct_count, NULL, NULL, 1},
	{"hasPattern", read_pattern, NULL, NULL, 1},
	{"hasRange", read_number, "range", NULL, 1},
	{"hasSize", read_table_number, "row_count", NULL, -1},
	{"hasSkewness", read_population, "skewness", NULL, 1},
	{"hasStandardDeviation", read_population, "stdev", NULL, 1},
	{"hasSum", read_number, "sum", NULL, 1},
	{"hasUniqueValueRatio", read_unique_ratio, NULL, NULL, 0},
	{"hasUniqueness", read_unique, NULL, NULL, 0},
	{"hasVariance", read_population, "variance", NULL, 1},
	{"hasZerosCount", read_zeros, NULL, NULL, 1},
	{"haveAnyCompleteness", read_several_complete, "OR", NULL, 0},
	{"haveCompleteness", read_several_complete, "AND", NULL, 0},
	{"isComplete", read_complete, NULL, NULL, 1},
	{"isContainedIn", read_contained, NULL, NULL, 1},
	{"isGreaterThan", read_compared, ">", NULL, 2},
	{"isGreaterThanOrEqualTo", read_compared, ">=", NULL, 2},
	{"isLessThan", read_compared, "<", NULL, 2},
	{"isLessThanOrEqualTo", read_compared, "<=", NULL, 2},
	{"isNonNegative", read_sign, ">=", NULL, 1},
	{"isPositive", read_sign, ">", NULL, 1},
	{"isPrimaryKey", read_unique, NULL, NULL, 0},
	{"isUnique", read_unique, NULL, NULL, 1},
	{"kllSketchSatisfies", read_refused, "its function of a sketch is no condition on a number",
         "write percentile, or kl_divergence", -1},
	{"satisfies", read_satisfies, NULL, NULL, -1},
};

static const struct constraint *
find(struct sv name)
{
	for (size_t i = 0; i < LEN(constraints); i++)
		if (sv_is(name, constraints[i].name))
			return &constraints[i];
	return NULL;
}

bool
deequ_known(struct sv constraint)
{
	return find(constraint) != NULL;
}

const char *
deequ_near(struct sv constraint)
{
	const char *names[LEN(constraints)];

	for (size_t i = 0; i < LEN(constraints); i++)
		names[i] = constraints[i].name;
	return sv_nearest(constraint, names, LEN(names));
}

void
deequ_check(struct import_item *it, struct sv constraint, struct deequ_arg *arg, size_t n)
{
	struct call c = {.it = it, .a = it->im->a, .is = find(constraint), .arg = arg, .n = n};

	for (size_t i = 0; i < n && c.is->read != read_refused && c.is->read != read_histogram; i++)
		if (arg[i].kind == DEEQU_OTHER)
			not_understood(&c, &arg[i]);
	take_columns(&c);
	take_assertion(&c);
	if (it->grade == GRADE_REFUSED)
		return;
	if (c.is->more != NULL && c.is->read != read_refused)
		import_grade(it, GRADE_APPROXIMATED, NULL, "%s", c.is->more);
	c.is->read(&c);
	take_rest(&c);
}
