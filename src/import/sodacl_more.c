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

/* Patterns of names have % for any text; of forbidden ones Soda asks only how the name begins. */
static struct sv
glob_of(struct arena *a, struct sv pattern, bool open)
{
	AUTO(buf) b = buf_new(1 << 16);

	for (size_t i = 0; i < pattern.n; i++)
		buf_putc(b, pattern.p[i] == '%' ? '*' : pattern.p[i]);
	if (open && (b->n == 0 || buf_sv(b).p[b->n - 1] != '*'))
		buf_putc(b, '*');
	return arena_sv(a, buf_sv(b));
}

enum names { NAMES_PLAIN, NAMES_GLOBS, NAMES_FORBIDDEN };

static void
put_names(struct sodacl *c, struct node *args, const char *key, const struct node *n, enum names how)
{
	struct node list = node_of_list(n->loc);
	const struct node *item = n->kind == NODE_SEQ ? n->kid : n;
	const size_t count = n->kind == NODE_SEQ ? n->n : 1;

	for (size_t i = 0; i < count; i++) {
		const struct sv name = how == NAMES_PLAIN
		                               ? item[i].text
		                               : glob_of(arena_of(c), item[i].text, how == NAMES_FORBIDDEN);
		const struct node one = node_of_text(name, item[i].loc);

		if (how == NAMES_PLAIN && (sv_find(name, '%') >= 0 || sv_find(name, '*') >= 0))
			import_grade(c->it, GRADE_REFUSED, "name the columns",
			             "a required column is a pattern, which Soda takes for a name");
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

/* What Soda calls a change, and ours.  That nulls are allowed now, or no more, is none of its. */
static const struct {
	const char *soda, *ours;
} changes[] = {{"column add", "added"},           {"column delete", "removed"},
               {"column index change", "moved"},  {"column type change", "widened"},
               {"column type change", "changed"}, {"column type change", "narrowed"}};

static bool
is_forbidden(const struct node *n, const char *change)
{
	if (n->kind != NODE_SEQ)
		return sv_is(n->text, "any") || sv_is(n->text, change);
	for (size_t i = 0; i < n->n; i++)
		if (sv_is(n->kid[i].text, "any") || sv_is(n->kid[i].text, change))
			return true;
	return false;
}

static void
read_schema_change(struct sodacl *c, const struct node *n)
{
	struct arena *a = arena_of(c);
	const struct node *item = n->kind == NODE_SEQ ? n->kid : n;
	struct node args = node_of_map(c->it->loc), allow = node_of_list(c->it->loc), one;

	for (size_t i = 0; i < (n->kind == NODE_SEQ ? n->n : 1); i++) {
		bool known = sv_is(item[i].text, "any");

		for (size_t k = 0; k < LEN(changes); k++)
			known = known || sv_is(item[i].text, changes[k].soda);
		if (!known)
			import_grade(
				c->it, GRADE_REFUSED,
				"write any, column add, column delete, column index change, column type change",
				"'" SV_FMT "' is no change of a schema", SV_ARG(item[i].text));
	}
	for (size_t k = 0; k < LEN(changes); k++) {
		one = node_of_text(sv_of(changes[k].ours), n->loc);
		if (!is_forbidden(n, changes[k].soda))
			node_append(a, &allow, &one);
	}
	one = node_of_text(SV("loosened"), n->loc);
	node_append(a, &allow, &one);
	one = node_of_text(SV("tightened"), n->loc);
	node_append(a, &allow, &one);
	node_put_text(a, &args, "against", SV("last"), c->it->loc);
	node_put(a, &args, SV("allow"), &allow);
	import_check(c->it, "schema_change", &args);
	import_grade(
		c->it, GRADE_APPROXIMATED, NULL,
		"the schema before is what weir has stored; until then there is nothing to compare with");
}

static bool
is_among(const struct node *list, struct sv name)
{
	for (size_t i = 0; list != NULL && list->kind == NODE_SEQ && i < list->n; i++)
		if (sv_eq(list->kid[i].text, name))
			return true;
	return false;
}

/* What has a type must be there, unless it is optional. */
static const struct node *
with_typed(struct sodacl *c, const struct node *required, const struct node *types,
           const struct node *optional)
{
	struct arena *a = arena_of(c);
	struct node *ret = ARENA_NEW(a, struct node);

	*ret = node_of_list(required != NULL ? required->loc : c->it->loc);
	for (size_t i = 0; required != NULL && required->kind == NODE_SEQ && i < required->n; i++)
		node_append(a, ret, &required->kid[i]);
	if (required != NULL && required->kind != NODE_SEQ)
		node_append(a, ret, required);
	for (size_t i = 0; types != NULL && types->kind == NODE_MAP && i < types->n; i++) {
		const struct node name = node_of_text(types->kid[i].key, types->kid[i].key_loc);

		if (!is_among(ret, name.text) && !is_among(optional, name.text))
			node_append(a, ret, &name);
	}
	return ret->n > 0 ? ret : NULL;
}

static void
read_schema_level(struct sodacl *c, const struct node *level, const char *severity)
{
	static const struct {
		const char *key, *ours;
		enum names how;
	} lists[] = {{"when required column missing", "required", NAMES_PLAIN},
	             {"when forbidden column present", "forbidden", NAMES_FORBIDDEN},
	             {"with optional columns", "optional", NAMES_GLOBS}};
	struct importing *im = c->p->im;
	const struct node *types = import_get(im, level, "when wrong column type");
	const struct node *exact = import_get(im, level, "when mismatching columns");
	const struct node *changed = import_get(im, level, "when schema changes");
	const struct node *index = import_get(im, level, "when wrong column index");
	struct node args = node_of_map(c->it->loc);

	import_whole(im, types);
	import_whole(im, exact);
	import_whole(im, changed);
	import_whole(im, index);
	c->it->whole = true;
	for (size_t i = 0; i < LEN(lists); i++) {
		const struct node *n = import_get(im, level, lists[i].key);

		import_whole(im, n);
		if (i == 0)
			n = with_typed(c, n, types, node_get(level, lists[LEN(lists) - 1].key));
		if (n != NULL)
			put_names(c, &args, lists[i].ours, n, lists[i].how);
	}
	if (types != NULL)
		put_types(c, &args, "types", types);
	if (index != NULL)
		node_put(im->a, &args, SV("index"), index);
	if (exact != NULL) {
		put_types(c, &args, "columns", exact);
		node_put_text(im->a, &args, "extra", SV("refuse"), c->it->loc);
	}
	if (args.n > 0) {
		import_check(c->it, "schema", &args);
		if (severity != NULL)
			import_beside(c->it, "severity", sv_of(severity));
	}
	if (changed == NULL)
		return;
	read_schema_change(c, changed);
	if (severity != NULL)
		import_beside(c->it, "severity", sv_of(severity));
}

static void
read_schema(struct sodacl *c)
{
	struct importing *im = c->p->im;
	const struct node *fail = import_get(im, c->cfg, "fail"), *warn = import_get(im, c->cfg, "warn");

	if (import_get(im, c->cfg, "schema_name") != NULL)
		import_remark(c->it, "the schema that the table lies in is the asset's");
	if (fail != NULL)
		read_schema_level(c, fail, NULL);
	if (warn != NULL)
		read_schema_level(c, warn, "warning");
	if (fail == NULL && warn == NULL)
		import_grade(c->it, GRADE_REFUSED,
		             "write `fail: {when required column missing: [id]}` below it",
		             "it has neither `fail` nor `warn`");
}

/* Rows -------------------------------------------------------------------------------------------------------------- */

static void
read_failed_rows(struct sodacl *c)
{
	struct importing *im = c->p->im;
	struct sv text, why;
	struct node args;

	if (import_get(im, c->cfg, "column") != NULL)
		import_remark(c->it, "not kept, and no verdict depends on it: column");
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
		soda_failed_query(c->it, text, import_and(im->a, c->p->where, c->it->where), &c->levels);
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
static bool
is_bound(const struct soda_cond *cond)
{
	return !cond->set || cond->between || (cond->op[0] != '=' && cond->op[0] != '!');
}

static void
put_change(struct sodacl *c, struct node *args, bool percent)
{
	struct soda_levels *l = &c->levels;
	struct soda_cond *conds[] = {&l->pass, &l->warn, &l->fail};

	percent = percent || l->pass.percent || l->warn.percent || l->fail.percent;
	for (size_t i = 0; i < LEN(conds); i++) {
		conds[i]->percent = percent;
		if (!is_bound(conds[i])) {
			import_grade(c->it, GRADE_REFUSED, "write it as `< 20` or `between -5 and 5`",
			             "a change can be compared with bounds only");
			return;
		}
	}
	if (!l->pass.set && !l->warn.set && !l->fail.set) {
		import_grade(c->it, GRADE_REFUSED, "add `< 20`, or warn: and fail:", "it has no threshold");
		return;
	}
	/* Thresholds, since a bound would be good itself. */
	import_check(c->it, "change", args);
	if (l->pass.set)
		import_beside(c->it, "fail", soda_threshold(arena_of(c), &l->pass, true));
	if (l->warn.set)
		import_beside(c->it, "warn", soda_threshold(arena_of(c), &l->warn, false));
	if (l->fail.set)
		import_beside(c->it, "fail", soda_threshold(arena_of(c), &l->fail, false));
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
	else if (sodacl_settle(c))
		put_change(c, &args, percent);
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
