/*
 * Rules of a contract: numbers that a library knows by name, queries, other tools' checks, and texts for people.
 *
 * The standard says what a number must be; that turns into a threshold.  In 3.0 `rule` was what is `metric` since 3.1, and its names were
 * few; others that its examples use are read as what they say.
 */
#include "import/fragment.h"
#include "import/odcs.h"
#include "import/odcs_threshold.h"

/* A rule that is being read. */
struct rule {
	const struct odcs_place *p;
	struct importing *im;
	struct import_item *it;
	const struct node *node, *args; /* args: `arguments`, or NULL */
	struct soda_cond good;          /* set: it says what its number must be */
};

/* Where nothing is said, there must be none: so the rules of 3.0 that name what is wrong. */
static void
none_by_default(struct rule *r)
{
	if (!r->good.set)
		r->good = (struct soda_cond){
			.set = true, .op = "=", .low = SV("0"), .percent = r->good.percent};
}

static bool
needs_good(struct rule *r)
{
	if (r->good.set)
		return true;
	import_grade(r->it, GRADE_REFUSED, "add mustBe, mustBeLessThan …",
	             "it does not say what its number must be");
	return false;
}

static void
put_good(struct rule *r)
{
	if (r->it->made.n > 0 && !soda_is_zero(&r->good))
		import_beside(r->it, "fail", soda_threshold(r->im->a, &r->good, true));
}

/* Metrics ----------------------------------------------------------------------------------------------------------- */

/* Of `arguments`, or of the rule itself, as in 3.0. */
static const struct node *
argument(struct rule *r, const char *key)
{
	const struct node *n = r->args != NULL ? import_get(r->im, r->args, key) : NULL;
	const struct node *own = import_get(r->im, r->node, key);

	n = n != NULL ? n : own;
	import_whole(r->im, n);
	return n;
}

static bool
needs_column(struct rule *r)
{
	if (r->p->column.n > 0)
		return true;
	import_grade(r->it, GRADE_REFUSED, "put it under the property", "it is a rule of a column");
	return false;
}

static void
read_nulls(struct rule *r)
{
	const struct node name = node_of_text(r->p->column, r->it->loc);

	none_by_default(r);
	if (!needs_column(r))
		return;
	import_check(r->it, "not_null", &name);
	put_good(r);
}

static void
read_missing(struct rule *r)
{
	struct arena *a = r->im->a;
	const struct node *n = argument(r, "missingValues");
	struct node args = odcs_column(r->it, r->p->column), list = node_of_list(r->it->loc);
	bool null = false;

	none_by_default(r);
	if (!needs_column(r))
		return;
	if (n != NULL && n->kind != NODE_SEQ)
		import_grade(r->it, GRADE_REFUSED, "write missingValues: [null, 'N/A']",
		             "missingValues is no list");
	for (size_t i = 0; n != NULL && i < n->n; i++) {
		null = null || n->kid[i].kind == NODE_NULL;
		if (n->kid[i].kind != NODE_NULL)
			node_append(a, &list, &n->kid[i]);
	}
	if (n == NULL)
		import_grade(r->it, GRADE_AMBIGUOUS, "add arguments: {missingValues: [null, '']}",
		             "it does not say what stands for a missing value: only nulls are counted");
	else if (!null)
		import_grade(r->it, GRADE_AMBIGUOUS, "put null among missingValues",
		             "null is not among missingValues, and is counted all the same");
	if (list.n > 0) {
		node_put(a, &args, SV("values"), &list);
		import_check(r->it, "not_missing", &args);
	} else {
		const struct node name = node_of_text(r->p->column, r->it->loc);

		import_check(r->it, "not_null", &name);
	}
	put_good(r);
}

/* Rows whose value is null are valid; a percentage is of all rows. */
static void
read_invalid(struct rule *r)
{
	struct soda_valid v = {.valid_values = argument(r, "validValues"),
	                       .valid_regex = argument(r, "pattern")};
	struct arena *a = r->im->a;
	const struct sv column = r->p->column;
	struct node values = odcs_column(r->it, column), pattern = values, list, expr;

	none_by_default(r);
	if (!needs_column(r))
		return;
	if (v.valid_values == NULL && v.valid_regex == NULL) {
		import_grade(r->it, GRADE_REFUSED, "add arguments: {validValues: […]}, or pattern",
		             "it does not say what is valid");
		return;
	}
	if (v.valid_regex != NULL && v.valid_regex->kind != NODE_TEXT)
		import_grade(r->it, GRADE_REFUSED, NULL, "its pattern is no text");
	if (v.valid_values != NULL) {
		list = odcs_values(r->it, v.valid_values);
		v.valid_values = &list;
	}
	if (r->it->grade == GRADE_REFUSED)
		return;
	if (!soda_is_zero(&r->good) &&
	    (r->good.percent || (v.valid_values != NULL && v.valid_regex != NULL))) {
		expr = node_of_text(arena_svf(a, SV_FMT " IS NULL OR (" SV_FMT ")",
		                              SV_ARG(import_ident(a, column)),
		                              SV_ARG(soda_valid_expr(a, column, &v))),
		                    r->it->loc);
		import_check(r->it, "expr", &expr);
		put_good(r);
		return;
	}
	if (v.valid_values != NULL) {
		node_put(a, &values, SV("values"), v.valid_values);
		import_check(r->it, "in_set", &values);
	}
	if (v.valid_regex != NULL) {
		pattern = odcs_column(r->it, column);
		node_put(a, &pattern, SV("regex"), v.valid_regex);
		import_check(r->it, "match_regex", &pattern);
	}
	put_good(r);
}

/* Only a bound from above stays one: weir's number is never less. */
static void
grade_duplicates(struct rule *r)
{
	const struct soda_cond *c = &r->good;

	if (soda_is_zero(c))
		import_remark(r->it, "nulls are no duplicates of each other");
	else if (!c->between && c->op[0] == '<')
		import_grade(
			r->it, GRADE_APPROXIMATED, NULL,
			"the standard does not say how duplicates are counted; weir counts all rows whose value "
			"occurs more than once, which are most");
	else
		import_grade(r->it, GRADE_REFUSED,
		             "say how many rows may be duplicates: unique with fail: \"> N\"",
		             "the standard does not say how duplicates are counted");
}

static void
read_duplicates(struct rule *r)
{
	struct arena *a = r->im->a;
	const struct node *n = argument(r, "properties");
	struct node args = node_of_map(r->it->loc), list = node_of_list(r->it->loc);

	none_by_default(r);
	for (size_t i = 0; n != NULL && n->kind == NODE_SEQ && i < n->n; i++) {
		struct odcs_element e;
		struct node name = n->kid[i];
		struct sv why;

		/* They are names of the schema, which may be stored under others. */
		if (odcs_resolve(r->p->c,
		                 arena_svf(a, SV_FMT "." SV_FMT, SV_ARG(r->p->object->asset->name),
		                           SV_ARG(name.text)),
		                 &e, &why) &&
		    e.column.n > 0)
			name.text = e.column;
		node_append(a, &list, &name);
	}
	if (n == NULL && r->p->column.n > 0) {
		const struct node name = node_of_text(r->p->column, r->it->loc);

		node_append(a, &list, &name);
	}
	if (list.n == 0) {
		import_grade(r->it, GRADE_REFUSED, "add arguments: {properties: […]}",
		             "it does not name the columns of which there are no duplicates");
		return;
	}
	node_put(a, &args, SV("columns"), &list);
	if (list.n > 1)
		node_put_text(a, &args, "ignore_row_if", SV("any_value_is_missing"), r->it->loc);
	import_check(r->it, list.n == 1 ? "unique" : "unique_together", list.n == 1 ? &list.kid[0] : &args);
	put_good(r);
	grade_duplicates(r);
}

static void
read_rows(struct rule *r)
{
	const struct soda_levels l = {.pass = r->good};

	if (needs_good(r))
		soda_number_check(r->it, "row_count", node_of_map(r->it->loc), &l);
}

static const struct {
	const char *name;
	void (*read)(struct rule *r);
	bool told; /* the standard defines it; else its examples alone use it */
} metrics[] = {
	{"duplicateValues", read_duplicates, true},
	{"invalidValues", read_invalid, true},
	{"missingValues", read_missing, true},
	{"nullValues", read_nulls, true},
	{"rowCount", read_rows, true},
	{"duplicateCount", read_duplicates, true},
	{"validValues", read_invalid, true},
	{"countCheck", read_rows, false},
	{"duplicateCheck", read_duplicates, false},
	{"notNull", read_nulls, false},
	{"nullCheck", read_nulls, false},
	{"nullCount", read_nulls, false},
	{"unique", read_duplicates, false},
	{"uniqueCheck", read_duplicates, false},
};

static void
read_library(struct rule *r)
{
	const char *names[LEN(metrics)], *near;
	struct sv metric = {0}, rule = {0};
	size_t i = 0;

	r->args = import_get(r->im, r->node, "arguments");
	(void)import_text_of(r->im, r->node, "metric", &metric);
	(void)import_text_of(r->im, r->node, "rule", &rule);
	if (metric.n == 0)
		metric = rule;
	while (i < LEN(metrics) && !sv_ieq(metric, sv_of(metrics[i].name)))
		i++;
	if (i < LEN(metrics)) {
		if (!metrics[i].told)
			import_grade(r->it, GRADE_AMBIGUOUS, "write the metric that the standard has",
			             "the standard does not define '" SV_FMT "'", SV_ARG(metric));
		metrics[i].read(r);
		return;
	}
	for (size_t k = 0; k < LEN(metrics); k++)
		names[k] = metrics[k].name;
	near = sv_nearest(metric, names, LEN(metrics));
	import_grade(r->it, GRADE_REFUSED,
	             near != NULL ? arena_printf(r->im->a, "did you mean '%s'?", near) : NULL,
	             metric.n > 0 ? "there is no metric '" SV_FMT "'" : "it names no metric%.*s",
	             SV_ARG(metric));
}

/* Queries ----------------------------------------------------------------------------------------------------------- */

static const struct {
	const char *word;
	bool column;
} placeholders[] = {{"object", false},  {"table", false}, {"model", false},
                    {"property", true}, {"column", true}, {"field", true}};

/* A placeholder in front of the text: its length with `$` and quotes, 0 = there is none. */
static size_t
placeholder(struct sv text, size_t *which)
{
	const char quote = text.n > 0 && (text.p[0] == '"' || text.p[0] == '`') ? text.p[0] : '\0';
	size_t n = quote != '\0';

	n += n < text.n && text.p[n] == '$';
	if (n >= text.n || text.p[n] != '{')
		return 0;
	for (size_t i = 0; i < LEN(placeholders); i++) {
		const struct sv rest = sv_skip(text, n + 1);
		const struct sv word = sv_of(placeholders[i].word);

		if (!sv_starts(rest, word) || rest.n == word.n || rest.p[word.n] != '}')
			continue;
		*which = i;
		n += word.n + 2;
		return quote == '\0' ? n : n < text.n && text.p[n] == quote ? n + 1 : 0;
	}
	return 0;
}

/* `{CUTOFF_DATE}`, or what of a brace that never closes can be told. */
static struct sv
unknown_placeholder(struct sv text)
{
	const ptrdiff_t end = sv_find(text, '}');

	return (struct sv){text.p, end >= 0 && end < 60 ? (size_t)end + 1 : MIN(text.n, (size_t)20)};
}

static struct sv
query_of(struct rule *r, struct sv text)
{
	struct arena *a = r->im->a;
	AUTO(buf) b = buf_new(1 << 20);
	size_t which = 0;

	for (size_t i = 0; i < text.n;) {
		const struct sv rest = sv_skip(text, i);
		const size_t n = placeholder(rest, &which);

		if (n == 0 && rest.p[0] == '{')
			import_grade(r->it, GRADE_REFUSED, "write its value into the query",
			             "'" SV_FMT "' is no placeholder that is known",
			             SV_ARG(unknown_placeholder(rest)));
		if (n > 0 && placeholders[which].column && r->p->column.n == 0)
			import_grade(r->it, GRADE_REFUSED, "put the rule under the property",
			             "its query is about a column, and it stands at no column");
		if (n == 0)
			buf_putc(b, rest.p[0]);
		else if (placeholders[which].column)
			buf_add(b, import_ident(a, r->p->column));
		else
			buf_puts(b, "{batch}");
		i += n > 0 ? n : 1;
	}
	return arena_sv(a, sv_trim(buf_sv(b)));
}

static void
read_sql(struct rule *r)
{
	struct soda_levels l = {.pass = r->good};
	struct node args = node_of_map(r->it->loc);
	struct sv text;

	/* Its unit is the query's affair. */
	l.pass.percent = false;
	if (!import_text_of(r->im, r->node, "query", &text) || sv_trim(text).n == 0) {
		import_grade(r->it, GRADE_REFUSED, NULL, "it has no query");
		return;
	}
	if (!needs_good(r))
		return;
	node_put_text(r->im->a, &args, "query", query_of(r, text), r->it->loc);
	soda_number_check(r->it, "sql_value", args, &l);
	import_remark(r->it, "it is a query: for databases, with `allow_sql: true`");
	r->im->ret->sql = true;
}

/* The whole --------------------------------------------------------------------------------------------------------- */

static void
read_text(struct rule *r)
{
	r->it->check = false;
	import_remark(r->it, "not a check: a text for people");
}

/* What the standard leaves open: words that weigh less are told, all others weigh most. */
static void
read_severity(struct rule *r)
{
	static const struct {
		const char *word, *severity;
	} words[] = {{"info", "info"},     {"informational", "info"},
	             {"trivial", "info"},  {"warning", "warning"},
	             {"warn", "warning"},  {"low", "warning"},
	             {"minor", "warning"}, {"error", ""},
	             {"critical", ""},     {"fatal", ""},
	             {"high", ""},         {"major", ""},
	             {"blocker", ""},      {"failure", ""}};
	struct sv severity;

	if (!import_text_of(r->im, r->node, "severity", &severity))
		return;
	for (size_t i = 0; i < LEN(words); i++)
		if (sv_ieq(severity, sv_of(words[i].word))) {
			r->it->severity = sv_of(words[i].severity);
			return;
		}
	import_grade(r->it, GRADE_AMBIGUOUS, "write error, warning or info",
	             "what severity '" SV_FMT "' means is not known: critical is taken", SV_ARG(severity));
}

/* Which kind it is, if it says nothing of it. */
static struct sv
type_of(struct rule *r)
{
	struct sv type = {0};

	if (import_text_of(r->im, r->node, "type", &type))
		return type;
	if (node_get(r->node, "metric") != NULL || node_get(r->node, "rule") != NULL)
		return SV("library");
	return node_get(r->node, "query") != NULL            ? SV("sql")
	       : node_get(r->node, "implementation") != NULL ? SV("custom")
	                                                     : SV("library");
}

static void
read_common(struct rule *r)
{
	static const char *const aside[] = {
		"method", "tags", "customProperties", "authoritativeDefinitions", "scheduler", "dialect"};
	static const char *const kept[] = {"dimension", "businessImpact"};
	struct importing *im = r->im;
	struct sv id;

	odcs_aside(im, r->node, aside, LEN(aside));
	odcs_aside(im, r->node, kept, LEN(kept));
	if (import_text_of(im, r->node, "id", &id))
		r->it->name = id;
	(void)import_text_of(im, r->node, "name", &r->it->name);
	(void)import_text_of(im, r->node, "description", &r->it->description);
	if (import_get(im, r->node, "schedule") != NULL ||
	    import_get(im, r->node, "scheduleCronExpression") != NULL)
		import_remark(r->it, "when it runs is for `schedule:` of the asset to say");
	read_severity(r);
}

/* For those who sort results by it. */
static void
put_meta(struct rule *r)
{
	static const char *const keys[] = {"dimension", "businessImpact"};
	struct node meta = node_of_map(r->it->loc);

	for (size_t i = 0; i < LEN(keys); i++) {
		const struct node *n = node_get(r->node, keys[i]);

		if (n != NULL && n->kind == NODE_TEXT)
			node_put(r->im->a, &meta, sv_of(keys[i]), n);
	}
	for (size_t i = 0; meta.n > 0 && i < r->it->made.n; i++)
		node_put(r->im->a, &r->it->made.v[i], SV("meta"), &meta);
}

static void
read_custom(struct rule *r)
{
	const struct node *implementation = import_get(r->im, r->node, "implementation");
	struct sv engine = {0};

	(void)import_text_of(r->im, r->node, "engine", &engine);
	import_whole(r->im, implementation);
	if (engine.n == 0 || implementation == NULL)
		import_grade(r->it, GRADE_REFUSED, NULL, "it has no `%s`",
		             engine.n == 0 ? "engine" : "implementation");
	else
		import_fragment(r->it, engine, r->p->column, implementation);
}

static const struct {
	const char *type;
	void (*read)(struct rule *r);
} types[] = {{"library", read_library}, {"sql", read_sql},         {"custom", read_custom},
             {"text", read_text},       {"default", read_library}, {"implicit", read_library}};

static void
read_rule(const struct odcs_place *p, const struct node *n)
{
	struct importing *im = p->c->im;
	struct import_item it = import_item(im, p->object->asset, n, n->loc,
	                                    arena_svf(im->a, SV_FMT "%s" SV_FMT, SV_ARG(p->column),
	                                              p->column.n > 0 ? ": " : "",
	                                              SV_ARG(import_short(im->a, n))));
	struct rule r = {.p = p, .im = im, .it = &it, .node = n};
	size_t i = 0;
	struct sv type;

	if (n->kind != NODE_MAP) {
		import_grade(&it, GRADE_REFUSED, "write metric: … and mustBe: …", "it is no rule");
		import_item_end(&it);
		return;
	}
	type = type_of(&r);
	while (i < LEN(types) && !sv_ieq(type, sv_of(types[i].type)))
		i++;
	read_common(&r);
	odcs_threshold(&it, n, p->c->inclusive, &r.good);
	if (i == LEN(types))
		import_grade(&it, GRADE_REFUSED, "type is library, sql, custom or text",
		             "there is no type '" SV_FMT "'", SV_ARG(type));
	else if (it.grade < GRADE_REFUSED)
		types[i].read(&r);
	put_meta(&r);
	import_item_end(&it);
}

void
odcs_quality(const struct odcs_place *p, const struct node *list)
{
	struct importing *im = p->c->im;

	for (size_t i = 0; list != NULL && list->kind == NODE_SEQ && i < list->n; i++)
		read_rule(p, import_kid(im, list, i));
	if (list != NULL && list->kind != NODE_SEQ)
		import_refuse(im, p->object->asset, list, list->loc, true, import_short(im->a, list),
		              "write rules behind dashes", "a list of rules is expected");
}
