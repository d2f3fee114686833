/* The registry for people and editors: `weir explain`, the reference page, and the JSON Schema of a check. */
#include <string.h>

#include "expect/expect.h"
#include "expr/text_format.h"

static const char *const family_names[] = {
	[FAMILY_COLUMN_MAP] = "values of a column",  [FAMILY_PAIR_MAP] = "a pair of columns",
	[FAMILY_MULTI_MAP] = "several columns",      [FAMILY_ROW] = "rows",
	[FAMILY_AGGREGATE] = "a number of a column", [FAMILY_TABLE] = "the table",
};

static const char *const kind_names[] = {
	[PARAM_COLUMN] = "a column",
	[PARAM_COLUMNS] = "a list of columns",
	[PARAM_NAMES] = "a list of names",
	[PARAM_VALUE] = "a value",
	[PARAM_VALUES] = "a list of values",
	[PARAM_MAP] = "a map",
	[PARAM_PAIRS] = "a list of pairs of values",
	[PARAM_REAL] = "a number",
	[PARAM_INTEGER] = "a whole number",
	[PARAM_BOOL] = "true or false",
	[PARAM_TEXT] = "text",
	[PARAM_REGEX] = "a regular expression",
	[PARAM_EXPR] = "an expression",
	[PARAM_SQL] = "an SQL query",
	[PARAM_CHECKS] = "checks",
	[PARAM_DURATION] = "a duration",
	[PARAM_FILE] = "a word or a file",
	[PARAM_ASSET] = "an asset",
	[PARAM_ENUM] = "a word",
};

static void
write_names(const struct expectation *e, const char *before, const char *after, struct buf *b)
{
	const bool own = strcmp(e->shorthand, e->name) != 0;

	if (own)
		buf_printf(b, "%s%s%s", before, e->shorthand, after);
	for (size_t i = 0; i < LEN(e->alias) && e->alias[i] != NULL; i++)
		buf_printf(b, "%s%s%s%s", own || i > 0 ? ", " : "", before, e->alias[i], after);
}

/* What nulls and no rows come to: its own words, or its family's. */
static const char *
on_nothing(const struct expectation *e)
{
	if (e->on_nothing != NULL)
		return e->on_nothing;
	switch (e->family) {
	case FAMILY_COLUMN_MAP:
		return "Nulls do not count; where nothing is left, it is met.";
	case FAMILY_PAIR_MAP:
	case FAMILY_MULTI_MAP:
		return "`ignore_row_if` says which rows with nulls count; where nothing is left, it is met.";
	case FAMILY_ROW:
		return "A row in which the condition is null counts as missing; where nothing is left, it is met.";
	case FAMILY_AGGREGATE:
		return "Nulls do not count; without values there is no number, and it is not met.";
	case FAMILY_TABLE:
		break;
	}
	return "Nulls play no part; without rows it is judged as with them.";
}

/* "Great Expectations: …; dbt: …"; nothing where nobody says the same. */
static void
write_peers(const struct expectation *e, struct buf *b)
{
	const struct {
		const char *tool, *name;
	} peers[] = {
		{"Great Expectations", e->peers.gx}, {"dbt", e->peers.dbt},   {"SodaCL", e->peers.soda},
		{"Deequ", e->peers.deequ},           {"ODCS", e->peers.odcs},
	};
	bool any = false;

	for (size_t i = 0; i < LEN(peers); i++) {
		if (peers[i].name == NULL)
			continue;
		buf_printf(b, "%s%s: %s", any ? "; " : "", peers[i].tool, peers[i].name);
		any = true;
	}
}

bool
expectation_explain(struct sv name, struct buf *b)
{
	const struct expectation *e = expectation_find(name);

	if (e == NULL)
		return false;
	buf_printf(b, "%s: %s\n\n", e->name, e->summary);
	if (e->doc != NULL)
		buf_printf(b, "%s\n\n", e->doc);
	buf_printf(b, "about:    %s\n", family_names[e->family]);
	if (strcmp(e->shorthand, e->name) != 0 || e->alias[0] != NULL) {
		buf_puts(b, "short:    ");
		write_names(e, "", "", b);
		buf_putc(b, '\n');
	}
	if (e->nparams > 0)
		buf_puts(b, "\narguments\n");
	for (uint32_t i = 0; i < e->nparams; i++) {
		const struct param *p = &e->params[i];

		buf_printf(b, "  %s", p->name);
		for (size_t j = 0; j < LEN(p->alias) && p->alias[j] != NULL; j++)
			buf_printf(b, " | %s", p->alias[j]);
		buf_printf(b, "  (%s%s)  %s\n", kind_names[p->kind], p->required ? ", required" : "", p->doc);
	}
	buf_printf(b, "\nnulls:    %s\n", on_nothing(e));
	buf_puts(b, "same in:  ");
	write_peers(e, b);
	if (buf_str(b)[b->n - 1] == ' ')
		buf_puts(b, "no other tool");
	buf_putc(b, '\n');
	buf_printf(b, "\nexample\n  checks:\n    - %s\n", e->example);
	return true;
}

static void
write_section(const struct expectation *e, struct buf *b)
{
	buf_printf(b, "\n## %s\n\n%s%s%s\n\n", e->shorthand, e->summary, e->doc != NULL ? " " : "",
	           e->doc != NULL ? e->doc : "");
	buf_printf(b, "Name: `%s`", e->name);
	if (e->alias[0] != NULL) {
		buf_puts(b, "; also ");
		for (size_t i = 0; i < LEN(e->alias) && e->alias[i] != NULL; i++)
			buf_printf(b, "%s`%s`", i > 0 ? ", " : "", e->alias[i]);
	}
	buf_printf(b, ". About %s.\n\n```yaml\n- %s\n```\n", family_names[e->family], e->example);
	buf_printf(b, "\nNulls and no rows: %s\n", on_nothing(e));
	if (e->peers.gx != NULL || e->peers.dbt != NULL || e->peers.soda != NULL || e->peers.deequ != NULL ||
	    e->peers.odcs != NULL) {
		buf_puts(b, "\nThe same elsewhere: ");
		write_peers(e, b);
		buf_puts(b, ".\n");
	}
	if (e->nparams > 0)
		buf_puts(b, "\n| argument | is | |\n|---|---|---|\n");
	for (uint32_t i = 0; i < e->nparams; i++) {
		const struct param *p = &e->params[i];

		buf_printf(b, "| `%s`", p->name);
		for (size_t j = 0; j < LEN(p->alias) && p->alias[j] != NULL; j++)
			buf_printf(b, ", `%s`", p->alias[j]);
		buf_printf(b, " | %s%s | %s |\n", kind_names[p->kind], p->required ? ", required" : "",
		           p->doc);
	}
}

static const char reference_head[] =
	"# Expectations\n"
	"\n"
	"This page is made from the table of expectations in the program.\n"
	"\n"
	"A check is one expectation and, beside it, any of `name`, `where`, `mostly`, `by`, `warn`, `fail`, "
	"`severity`, `blocking`, `enabled`, `owner`, `description`, `result_format`. Arguments stand in a "
	"map below the expectation. Where a bare scalar or list is given, it is the column or columns, one "
	"check for each; for expectations on several columns the list is the tuple. Below a column of the "
	"catalog the column is left out, and what is given is the next argument.\n"
	"\n"
	"## What counts\n"
	"\n"
	"- `where` is an expression; rows for which it is not true are no part of the check. A row for "
	"which it cannot be computed makes the check an error.\n"
	"- Values that are null (NaN too) do not count, except where an expectation is about nulls. Of "
	"pairs and tuples, `ignore_row_if` says which rows do not count.\n"
	"- A value that does not fit the declared type of its column counts as unexpected in every "
	"expectation on that column but `not_null`. An aggregate over such a column is an error.\n"
	"- A check passes when (considered - unexpected) / considered is at least `mostly` (default 1), and "
	"when there is nothing to consider. That nothing passes unseen is the work of `not_empty`, which "
	"every asset has unless it says `allow_empty: true`.\n"
	"- `fail` and `warn` replace `mostly`. They are thresholds on the number of unexpected rows (`> "
	"0`), on their percentage of the rows considered (`> 1%`), or on the observed number of an "
	"aggregate; `between 1 and 9` and `not between 1 and 9` are thresholds too, with ( and ) instead where an end itself is out. `last_good`, `last_good + 10%` and `last_good - 5` stand for what the "
	"check observed when it last passed; ages may be durations (`> 6h`).\n"
	"- `by` judges a check for each value of a column or columns; more than 100 of them are an error, unless "
	"`by: {columns: region, limit: 500}` allows more.\n"
	"- A check that failed with severity `critical` is `fail`; with `warning` or `info` it is `warn`. "
	"One whose `warn` threshold is met is `warn`. What could not be evaluated is `error`, whatever its "
	"severity. Critical checks block gates unless they say `blocking: false`.\n"
	"\n"
	"## Suites of Great Expectations\n"
	"\n"
	"Their names and arguments are taken as they are, `mostly`, `row_condition`, `severity` and "
	"`result_format` inside too. Row conditions of the parsers `pandas` (also chains, `.str.` and other "
	"methods), `great_expectations` and `spark`, and the objects of 1.x, are translated; a comparison "
	"with null is false and its negation true, as in pandas, except in Spark's SQL, where neither is "
	"true. A `$PARAMETER` is a name out of `suite_parameters` or an expression (numbers, names, `+ - "
	"* / ^`, `now()`, `datetime(…)`, `timedelta(…)` …); `now()` is the clock of the run. A mistake in "
	"one expectation is the outcome `error` of that check, and the others run.\n";

static void
write_formats(struct buf *b)
{
	buf_puts(
		b,
		"\n## Formats\n\nOf `valid_format` and `is_format()`. Those marked Soda can be had as Soda takes "
		"them, too.\n\n| format | means | for example | Soda |\n|---|---|---|---|\n");
	for (size_t i = 0; i < text_format_count; i++) {
		const struct text_format *f = &text_formats[i];

		buf_printf(b, "| `%s` | %s | `%s` | %s |\n", f->name, f->doc, f->good,
		           f->soda != NULL ? "yes" : "");
	}
}

void
expectations_markdown(struct buf *b)
{
	buf_puts(b, reference_head);
	for (size_t i = 0; i < expectation_count; i++)
		write_section(expectations[i], b);
	write_formats(b);
	buf_puts(b, "\n## Not there\n\nThese names of Great Expectations are known and answered with an "
	            "error:\n\n");
	for (size_t i = 0; i < expectations_absent_count; i++)
		buf_printf(b, "- `%s`: %s\n", expectations_absent[i].name, expectations_absent[i].why);
}

/* JSON Schema ---------------------------------------------------------------------------------------------------- */

static void
schema_type(struct json_writer *w, const char *type)
{
	json_put_str(w, "type", type);
}

static void
schema_list(struct json_writer *w, const char *item)
{
	schema_type(w, "array");
	json_key(w, "items");
	json_object_inline(w);
	if (item != NULL)
		schema_type(w, item);
	json_object_end(w);
}

/* A list of names, or one of them. */
static void
schema_names_or_one(struct json_writer *w)
{
	json_key(w, "type");
	json_array_inline(w);
	json_str(w, "array");
	json_str(w, "string");
	json_array_end(w);
	json_key(w, "items");
	json_object_inline(w);
	schema_type(w, "string");
	json_object_end(w);
}

static void
schema_param(struct json_writer *w, const struct param *p)
{
	json_object_inline(w);
	json_put_str(w, "description", p->doc);
	switch (p->kind) {
	case PARAM_COLUMNS:
	case PARAM_NAMES:
		schema_names_or_one(w);
		break;
	case PARAM_VALUES:
		schema_list(w, NULL);
		break;
	case PARAM_PAIRS:
		schema_list(w, "array");
		break;
	case PARAM_MAP:
		schema_type(w, "object");
		break;
	case PARAM_REAL:
		schema_type(w, "number");
		break;
	case PARAM_INTEGER:
		schema_type(w, "integer");
		break;
	case PARAM_BOOL:
		schema_type(w, "boolean");
		break;
	case PARAM_ENUM:
		json_key(w, "enum");
		json_array(w);
		for (size_t i = 0; p->names[i] != NULL; i++)
			json_str(w, p->names[i]);
		json_array_end(w);
		break;
	case PARAM_COLUMN:
	case PARAM_TEXT:
	case PARAM_REGEX:
	case PARAM_EXPR:
	case PARAM_SQL:
		schema_type(w, "string");
		break;
	case PARAM_ASSET:
		/* Of one that may be the past there are maps, too. */
		if (p->names == NULL)
			schema_type(w, "string");
		break;
	case PARAM_DURATION:
	case PARAM_FILE:
		schema_type(w, "string");
		break;
	case PARAM_CHECKS:
	case PARAM_VALUE:
		break;
	}
	json_object_end(w);
}

/* The map form; short forms are anything that is no map. */
static void
schema_arguments(struct json_writer *w, const struct expectation *e)
{
	json_object(w);
	json_put_str(w, "description", e->summary);
	json_key(w, "properties");
	json_object(w);
	for (uint32_t i = 0; i < e->nparams; i++) {
		json_key(w, e->params[i].name);
		schema_param(w, &e->params[i]);
		for (size_t j = 0; j < LEN(e->params[i].alias) && e->params[i].alias[j] != NULL; j++) {
			json_key(w, e->params[i].alias[j]);
			schema_param(w, &e->params[i]);
		}
	}
	json_object_end(w);
	json_object_end(w);
}

void
checks_schema(struct json_writer *w)
{
	AUTO(arena) a = arena_new();
	size_t n;
	const char *const *names = expectation_names(a, &n);

	json_object(w);
	json_key(w, "oneOf");
	json_array(w);
	json_object(w);
	json_put_str(w, "description", "The name of an expectation without arguments.");
	json_key(w, "enum");
	json_array(w);
	for (size_t i = 0; i < n; i++)
		json_str(w, names[i]);
	json_array_end(w);
	json_object_end(w);
	json_object(w);
	schema_type(w, "object");
	json_key(w, "properties");
	json_object(w);
	for (size_t i = 0; i < n; i++) {
		json_key(w, names[i]);
		schema_arguments(w, expectation_find(sv_of(names[i])));
	}
	json_object_end(w);
	json_object_end(w);
	json_array_end(w);
	json_object_end(w);
}
