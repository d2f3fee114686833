/* SodaCL's checks that are no metric with a threshold: schema, failed rows, references, changes, and what weir cannot say. */
#include "base/buf.h"
#include "import/sodacl.h"

static struct arena *
arena_of(const struct sodacl *c)
{
	return c->p->im->a;
}

/* Of checks that have none: what is said must not be lost. */
static void
no_levels(struct sodacl *c)
{
	if (c->levels.warn.set || c->levels.fail.set)
		import_grade(c->it, GRADE_REFUSED, "write the check of weir with warn: and fail:",
		             "its `warn` and `fail` are not taken over");
}

/* Schema ------------------------------------------------------------------------------------------------------------ */

/* Patterns of names have % for any text. */
static struct sv
glob_of(struct arena *a, struct sv pattern)
{
	AUTO(buf) b = buf_new(1 << 16);

	for (size_t i = 0; i < pattern.n; i++)
		buf_putc(b, pattern.p[i] == '%' ? '*' : pattern.p[i]);
	return arena_sv(a, buf_sv(b));
}

static void
put_names(struct sodacl *c, struct node *args, const char *key, const struct node *n, bool globs)
{
	struct node list = node_of_list(n->loc);
	const struct node *item = n->kind == NODE_SEQ ? n->kid : n;
	const size_t count = n->kind == NODE_SEQ ? n->n : 1;

	for (size_t i = 0; i < count; i++) {
		const struct node one = node_of_text(
			globs ? glob_of(arena_of(c), item[i].text) : item[i].text, item[i].loc);

		if (!globs && sv_find(one.text, '%') >= 0)
			import_grade(c->it, GRADE_REFUSED, "name the columns",
			             "a required column is a pattern");
		node_append(arena_of(c), &list, &one);
	}
	node_put(arena_of(c), args, sv_of(key), &list);
}

static void
put_types(struct sodacl *c, struct node *args, const char *key, const struct node *n)
{
	struct node types = node_of_map(n->loc);

	for (size_t i = 0; n->kind == NODE_MAP && i < n->n; i++) {
		struct node type = n->kid[i];

		if (!import_type(arena_of(c), n->kid[i].text, &type.text))
			import_grade(c->it, GRADE_REFUSED, "give the type of weir",
			             "the type '" SV_FMT "' is not known", SV_ARG(n->kid[i].text));
		node_put(arena_of(c), &types, n->kid[i].key, &type);
	}
	node_put(arena_of(c), args, sv_of(key), &types);
	import_grade(c->it, GRADE_APPROXIMATED, NULL,
	             "types are those of weir: varchar(20) and text are both string");
}

static void
read_schema_level(struct sodacl *c, const struct node *level, const char *severity)
{
	struct importing *im = c->p->im;
	const struct node *required = import_get(im, level, "when required column missing");
	const struct node *forbidden = import_get(im, level, "when forbidden column present");
	const struct node *types = import_get(im, level, "when wrong column type");
	const struct node *exact = import_get(im, level, "when mismatching columns");
	const struct node *changes = import_get(im, level, "when schema changes");
	const struct node *index = import_get(im, level, "when wrong column index");
	const struct node *optional = import_get(im, level, "with optional columns");
	struct node args = node_of_map(c->it->loc);

	import_whole(im, required);
	import_whole(im, forbidden);
	import_whole(im, types);
	import_whole(im, exact);
	import_whole(im, changes);
	import_whole(im, index);
	import_whole(im, optional);
	c->it->whole = true;
	if (required != NULL)
		put_names(c, &args, "required", required, false);
	if (forbidden != NULL)
		put_names(c, &args, "forbidden", forbidden, true);
	if (types != NULL)
		put_types(c, &args, "types", types);
	if (index != NULL)
		node_put(im->a, &args, SV("index"), index);
	if (optional != NULL)
		put_names(c, &args, "optional", optional, true);
	if (exact != NULL) {
		put_types(c, &args, "columns", exact);
		node_put_text(im->a, &args, "extra", SV("refuse"), c->it->loc);
	}
	if (args.n > 0) {
		import_check(c->it, "schema", &args);
		if (severity != NULL)
			import_beside(c->it, "severity", sv_of(severity));
	}
	if (changes == NULL)
		return;
	if (!sv_is(changes->text, "any"))
		import_grade(c->it, GRADE_REFUSED, "write schema_change with `allow:`",
		             "which changes matter is said in another way");
	args = node_of_map(c->it->loc);
	node_put_text(im->a, &args, "against", SV("last"), c->it->loc);
	import_check(c->it, "schema_change", &args);
	if (severity != NULL)
		import_beside(c->it, "severity", sv_of(severity));
}

static void
read_schema(struct sodacl *c)
{
	struct importing *im = c->p->im;
	const struct node *fail = import_get(im, c->cfg, "fail"), *warn = import_get(im, c->cfg, "warn");

	if (fail != NULL)
		read_schema_level(c, fail, NULL);
	if (warn != NULL)
		read_schema_level(c, warn, "warning");
	if (fail == NULL && warn == NULL)
		import_grade(c->it, GRADE_REFUSED, NULL, "it has neither `fail` nor `warn`");
}

/* Rows -------------------------------------------------------------------------------------------------------------- */

static void
read_failed_rows(struct sodacl *c)
{
	struct importing *im = c->p->im;
	struct sv text, why;
	struct node args;

	if (import_text_of(im, c->cfg, "fail condition", &text)) {
		if (!import_is_expr(im->a, text, &why)) {
			import_grade(c->it, GRADE_REFUSED, "write the condition of a good row as expr",
			             "its condition is no expression of weir: " SV_FMT, SV_ARG(why));
			return;
		}
		args = node_of_text(arena_svf(im->a, "NOT (" SV_FMT ")", SV_ARG(text)), c->it->loc);
		import_check(c->it, "expr", &args);
		if (c->levels.warn.set)
			import_beside(c->it, "warn", soda_threshold(im->a, &c->levels.warn, false));
		if (c->levels.fail.set)
			import_beside(c->it, "fail", soda_threshold(im->a, &c->levels.fail, false));
	} else if (import_text_of(im, c->cfg, "fail query", &text)) {
		if (c->levels.warn.set || c->levels.fail.set)
			import_grade(c->it, GRADE_REFUSED, "count in the query: sql_value",
			             "a query that returns rows has no thresholds");
		args = node_of_text(text, c->it->loc);
		import_check(c->it, "unexpected_rows", &args);
		import_remark(c->it, "it is a query: for databases, with `allow_sql: true`");
		im->ret->sql = true;
	} else {
		import_grade(c->it, GRADE_REFUSED, NULL, "it has neither a fail condition nor a fail query");
	}
}

static bool
take_columns(struct sodacl *c, struct node *ret)
{
	struct sv name;
	const bool many = soda_take(&c->rest, "(");

	*ret = node_of_list(c->it->loc);
	do {
		struct node one;

		if (!soda_take_name(&c->rest, &name))
			return false;
		one = node_of_text(name, c->it->loc);
		node_append(arena_of(c), ret, &one);
	} while (many && soda_take(&c->rest, ","));
	return !many || soda_take(&c->rest, ")");
}

static void
read_reference(struct sodacl *c)
{
	struct arena *a = arena_of(c);
	struct node mine, theirs, args = node_of_map(c->it->loc);
	struct sv table;

	if (!take_columns(c, &mine) || soda_take(&c->rest, "must not exist in")) {
		import_grade(c->it, GRADE_REFUSED, "write a query: unexpected_rows",
		             "weir can demand that values exist elsewhere, not that they do not");
		return;
	}
	if (!soda_take(&c->rest, "must exist in") || !soda_take_name(&c->rest, &table) ||
	    !take_columns(c, &theirs) || c->rest.n > 0) {
		import_grade(c->it, GRADE_REFUSED, "write `values in (a) must exist in other (b)`",
		             "it is no reference");
		return;
	}
	node_put(a, &args, SV("column"), mine.n == 1 ? &mine.kid[0] : &mine);
	node_put_text(a, &args, "to", table, c->it->loc);
	no_levels(c);
	node_put(a, &args, SV("field"), theirs.n == 1 ? &theirs.kid[0] : &theirs);
	import_check(c->it, "relationships", &args);
	import_remark(c->it, "'" SV_FMT "' must be the key or an alias of an asset", SV_ARG(table));
}

static void
read_same_as(struct sodacl *c)
{
	struct sv table, source;
	struct node args;

	if (!soda_take_name(&c->rest, &table)) {
		import_grade(c->it, GRADE_REFUSED, NULL, "it names no other table");
		return;
	}
	if (soda_take(&c->rest, "["))
		import_grade(c->it, GRADE_REFUSED, "make an asset of the part that is meant",
		             "only some rows of the other table are meant");
	else if (soda_take(&c->rest, "in") && soda_take_name(&c->rest, &source))
		import_remark(c->it, "the data source '" SV_FMT "' is that of the asset", SV_ARG(source));
	no_levels(c);
	args = node_of_text(table, c->it->loc);
	import_check(c->it, "row_count_equal_other", &args);
	import_remark(c->it, "'" SV_FMT "' must be the key or an alias of an asset", SV_ARG(table));
}

/* The past ---------------------------------------------------------------------------------------------------------- */

/* {of: METRIC …}: a check's short form whose number is meant. */
static bool
put_of(struct sodacl *c, struct node *args)
{
	struct sv name, arg[SODACL_ARGS_MAX] = {{0}};
	const char *expectation;
	struct node inner, of;
	size_t n;

	if (!sodacl_metric(&c->rest, &name, arg, &n)) {
		import_grade(c->it, GRADE_REFUSED, NULL, "it names no metric");
		return false;
	}
	if (!sodacl_observed(c, name, arg, n, &expectation, &inner))
		return false;
	if (inner.n == 0) {
		of = node_of_text(sv_of(expectation), c->it->loc);
	} else {
		of = node_of_map(c->it->loc);
		node_put(arena_of(c), &of, sv_of(expectation), node_get(&inner, "column"));
	}
	node_put(arena_of(c), args, SV("of"), &of);
	return true;
}

/* `< 20`: a change of less than so much; down it may be more. */
static void
put_change(struct sodacl *c, struct node *args, bool percent)
{
	const struct soda_cond *p = &c->levels.pass;
	struct soda_cond good = *p;

	if (!p->set || p->negate || (!p->between && (p->op[0] == '=' || p->op[0] == '!'))) {
		import_grade(c->it, GRADE_REFUSED, "write it as `< 20` or `between -5 and 5`",
		             "a change can be compared with bounds only");
		return;
	}
	no_levels(c);
	/* A threshold, since a bound would be good itself. */
	good.percent = percent;
	import_check(c->it, "change", args);
	import_beside(c->it, "fail", soda_threshold(arena_of(c), &good, true));
	import_grade(c->it, GRADE_APPROXIMATED, NULL,
	             "the past is what weir has stored; until then there is nothing to compare with");
}

static void
read_change(struct sodacl *c)
{
	static const struct {
		const char *soda, *ours;
	} last[] = {{"avg last", "average"}, {"min last", "min"}, {"max last", "max"}};
	struct node args = node_of_map(c->it->loc);
	struct sv against = SV("previous"), number;
	bool percent;

	for (size_t i = 0; i < LEN(last); i++)
		if (soda_take(&c->rest, last[i].soda) && soda_take_name(&c->rest, &number))
			against = arena_svf(arena_of(c), "%s(" SV_FMT ")", last[i].ours, SV_ARG(number));
	if (soda_take(&c->rest, "same day last week"))
		against = SV("same_weekday");
	if (soda_take(&c->rest, "same day last month")) {
		import_grade(c->it, GRADE_REFUSED, "compare with the same weekday",
		             "weir does not compare with a month ago");
		return;
	}
	percent = soda_take(&c->rest, "percent");
	if (!soda_take(&c->rest, "for") || !put_of(c, &args))
		return;
	node_put_text(arena_of(c), &args, "against", against, c->it->loc);
	if (c->rest.n > 0 && !soda_cond_parse(c->rest, &c->levels.pass))
		import_grade(c->it, GRADE_REFUSED, NULL, "'" SV_FMT "' is no threshold", SV_ARG(c->rest));
	else
		put_change(c, &args, percent || c->levels.pass.percent);
}

static void
read_anomaly(struct sodacl *c)
{
	struct node args = node_of_map(c->it->loc);

	import_whole(c->p->im, import_get(c->p->im, c->cfg, "model"));
	import_whole(c->p->im, import_get(c->p->im, c->cfg, "training_dataset_parameters"));
	import_whole(c->p->im, import_get(c->p->im, c->cfg, "severity_level_parameters"));
	if (!put_of(c, &args))
		return;
	no_levels(c);
	import_check(c->it, "anomaly", &args);
	import_grade(c->it, GRADE_APPROXIMATED, NULL,
	             "weir judges by the median of the past, not by Soda's model");
}

/* What is not there --------------------------------------------------------------------------------------------------- */

static const struct {
	const char *word, *why, *remedy;
} others[] = {
	{"group by", "groups of a query are not checked", "give checks `by: [column]`"},
	{"group evolution", "which groups there are is not remembered",
         "check the column with distinct_equal_set"},
	{"distribution_difference", "its reference is a file that Soda made", "write drift: with `against:`"},
	{"automated monitoring", "it is Soda Cloud's", "write anomaly: checks"},
	{"reconciliation", "two sources are compared", "use `weir diff`"},
};

bool
sodacl_more(struct sodacl *c)
{
	static const struct {
		const char *word;
		void (*read)(struct sodacl *c);
	} forms[] = {
		{"failed rows", read_failed_rows},       {"values in", read_reference},
		{"row_count same as", read_same_as},     {"change", read_change},
		{"anomaly detection for", read_anomaly}, {"anomaly score for", read_anomaly},
	};

	if (sv_is(c->rest, "schema")) {
		read_schema(c);
		return true;
	}
	for (size_t i = 0; i < LEN(forms); i++)
		if (soda_take(&c->rest, forms[i].word)) {
			forms[i].read(c);
			return true;
		}
	for (size_t i = 0; i < LEN(others); i++)
		if (soda_take(&c->rest, others[i].word)) {
			import_grade(c->it, GRADE_REFUSED, others[i].remedy, "%s", others[i].why);
			return true;
		}
	return false;
}
