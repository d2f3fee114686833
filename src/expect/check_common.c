/* What stands beside an expectation, or inside its arguments in Great Expectations' way. */
#include "expect/check_common.h"

#include "catalog/node_parse.h"
#include "expect/lint.h"
#include "expect/row_condition.h"

enum { BY_LIMIT = 100, BY_LIMIT_MAX = 100000 };

/* What was written, and where mistakes go. */
struct beside {
	struct arena *a;
	struct diags *d;
	const struct node *const *common;
};

const struct common_key commons[COMMON_COUNT] = {
	[COMMON_NAME] = {"name", true, false},
	[COMMON_WHERE] = {"where", true, false},
	[COMMON_MOSTLY] = {"mostly", true, true},
	[COMMON_BY] = {"by", true, false},
	[COMMON_WARN] = {"warn", true, false},
	[COMMON_FAIL] = {"fail", true, false},
	[COMMON_SEVERITY] = {"severity", true, true},
	[COMMON_BLOCKING] = {"blocking", true, false},
	[COMMON_ENABLED] = {"enabled", true, false},
	[COMMON_OWNER] = {"owner", true, false},
	[COMMON_DESCRIPTION] = {"description", true, false},
	[COMMON_RESULT_FORMAT] = {"result_format", true, true},
	[COMMON_QUARANTINE] = {"quarantine", true, false},
	[COMMON_LINT] = {"lint", true, false},
	[COMMON_ROW_CONDITION] = {"row_condition", false, true},
	[COMMON_CONDITION_PARSER] = {"condition_parser", false, true},
	[COMMON_META] = {"meta", true, true},
};

int
common_find(struct sv name)
{
	for (int i = 0; i < COMMON_COUNT; i++)
		if (sv_is(name, commons[i].name))
			return i;
	return -1;
}

static void
set_text(struct beside *r, enum common key, struct sv *ret)
{
	if (r->common[key] != NULL)
		(void)!node_text(r->common[key], ret, r->d);
}

static void
set_threshold(struct beside *r, enum common key, const struct check *c, struct threshold *ret)
{
	const struct node *n = r->common[key];
	struct err err = {0};
	struct sv text;

	if (n == NULL || !node_text(n, &text, r->d))
		return;
	if (!(c->expectation->percent ? threshold_parse_change : threshold_parse)(text, n->loc, ret, &err))
		diag_add_err(r->d, &err);
	else if (r->common[COMMON_MOSTLY] != NULL)
		diag_error(r->d, n->loc, "'%s' and 'mostly' cannot both say when the check fails",
		           commons[key].name);
	else if (c->expectation->no_threshold)
		diag_error(r->d, n->loc, "'" SV_FMT "' has no number to compare with a threshold",
		           SV_ARG(c->written_name));
	else if (ret->seconds && !c->expectation->is_seconds)
		diag_error(r->d, n->loc, "'" SV_FMT "' observes no duration to compare with '" SV_FMT "'",
		           SV_ARG(c->written_name), SV_ARG(text));
	else if (threshold_is_relative(ret) && c->nby > 0)
		diag_error(r->d, n->loc, "'last_good' is not known for each segment of 'by'");
	else if (ret->percent && c->expectation->family >= FAMILY_AGGREGATE && !c->expectation->percent)
		diag_error(r->d, n->loc,
		           "'" SV_FMT "' counts no rows, so its threshold cannot be a percentage",
		           SV_ARG(c->written_name));
}

static void
set_mostly(struct beside *r, struct check *c)
{
	const struct node *n = r->common[COMMON_MOSTLY];

	if (n == NULL || n->kind == NODE_NULL || !node_real(n, &c->mostly, r->d))
		return;
	c->mostly_given = true;
	if (!(c->mostly >= 0 && c->mostly <= 1)) {
		diag_error(r->d, n->loc, "'mostly' must be from 0 to 1, not " SV_FMT, SV_ARG(n->text));
		if (c->mostly > 1 && c->mostly <= 100)
			diag_hint(r->d, "It is a share: %g percent is %g.", c->mostly, c->mostly / 100);
	} else if (c->expectation->family >= FAMILY_AGGREGATE) {
		diag_error(r->d, n->loc, "'mostly' means nothing for '" SV_FMT "', which counts no rows",
		           SV_ARG(c->written_name));
	}
}

static void
set_severity(struct beside *r, struct check *c)
{
	const struct node *n = r->common[COMMON_SEVERITY];
	struct sv text;

	if (n == NULL || n->kind == NODE_NULL || !node_text(n, &text, r->d))
		return;
	for (int i = 0; i < (int)LEN(severity_names); i++)
		if (sv_is(text, severity_names[i])) {
			c->severity = (enum severity)i;
			return;
		}
	diag_error(r->d, n->loc, "'severity' must be critical, warning or info, not '" SV_FMT "'",
	           SV_ARG(text));
	diag_suggest(r->d, text, severity_names, LEN(severity_names));
}

static void
set_format_name(struct beside *r, const struct node *n, struct check *c)
{
	static const char *const names[] = {"BOOLEAN_ONLY", "BASIC", "SUMMARY", "COMPLETE"};
	struct sv text;

	if (!node_text(n, &text, r->d))
		return;
	for (int i = 0; i < (int)LEN(names); i++)
		if (sv_ieq(text, sv_of(names[i]))) {
			c->format = (enum result_format)i;
			c->format_given = true;
			return;
		}
	diag_error(r->d, n->loc,
	           "'result_format' must be BOOLEAN_ONLY, BASIC, SUMMARY or COMPLETE, not '" SV_FMT "'",
	           SV_ARG(text));
	diag_suggest(r->d, text, names, LEN(names));
}

/* Great Expectations names failing rows by these columns; one name may stand without its list. */
static void
set_index(struct beside *r, const struct node *n, struct check *c)
{
	const struct node *item = n->kind == NODE_SEQ ? n->kid : n;
	size_t count = n->kind == NODE_SEQ ? n->n : 1;

	if (n->kind == NODE_NULL)
		return;
	c->index = ARENA_ARRAY(r->a, struct sv, count);
	for (size_t i = 0; i < count; i++) {
		struct sv name;

		if (!node_text(&item[i], &name, r->d))
			continue;
		if (sv_in(name, c->index, c->nindex))
			diag_error(r->d, item[i].loc, "column '" SV_FMT "' is in the list already",
			           SV_ARG(name));
		else
			c->index[c->nindex++] = name;
	}
}

static void
set_keep(struct beside *r, const struct node *n, struct check *c)
{
	int64_t keep;

	if (!node_int(n, &keep, r->d))
		return;
	if (keep < 0 || keep > 10000)
		diag_error(r->d, n->loc, "'partial_unexpected_count' must be between 0 and 10000");
	else
		c->keep = (uint32_t)keep;
}

static void
unknown_in_format(struct beside *r, const struct node *kid)
{
	static const char *const names[] = {"result_format",
	                                    "partial_unexpected_count",
	                                    "include_unexpected_rows",
	                                    "exclude_unexpected_values",
	                                    "unexpected_index_column_names",
	                                    "return_unexpected_index_query"};

	diag_error(r->d, kid->key_loc, "'result_format' has no '" SV_FMT "'", SV_ARG(kid->key));
	diag_suggest_all(r->d, kid->key, names, LEN(names));
}

static void
set_format(struct beside *r, struct check *c)
{
	const struct node *n = r->common[COMMON_RESULT_FORMAT];

	if (n == NULL || n->kind == NODE_NULL)
		return;
	if (n->kind != NODE_MAP) {
		set_format_name(r, n, c);
		return;
	}
	for (size_t i = 0; i < n->n; i++) {
		const struct node *kid = &n->kid[i];

		if (sv_is(kid->key, "result_format"))
			set_format_name(r, kid, c);
		else if (sv_is(kid->key, "partial_unexpected_count"))
			set_keep(r, kid, c);
		else if (sv_is(kid->key, "unexpected_index_column_names"))
			set_index(r, kid, c);
		else if (sv_is(kid->key, "include_unexpected_rows"))
			(void)!node_bool(kid, &c->whole_rows, r->d);
		else if (sv_is(kid->key, "exclude_unexpected_values"))
			(void)!node_bool(kid, &c->index_only, r->d);
		else if (!sv_is(kid->key, "return_unexpected_index_query"))
			unknown_in_format(r, kid);
	}
}

struct sv
node_json(struct arena *a, const struct node *n)
{
	AUTO(buf) b = buf_new(1 << 24);
	struct json_writer w;

	json_write_init(&w, b, 0);
	node_to_json(n, &w);
	return arena_sv(a, buf_sv(b));
}

static void
set_where(struct beside *r, struct check *c)
{
	const struct node *where = r->common[COMMON_WHERE], *cond = r->common[COMMON_ROW_CONDITION];
	const struct node *parser = r->common[COMMON_CONDITION_PARSER];
	struct err err = {0};
	size_t before = r->d->errors;

	if (cond != NULL && cond->kind == NODE_NULL)
		cond = NULL;
	if (where != NULL && cond != NULL) {
		diag_error(r->d, cond->key_loc, "'where' and 'row_condition' cannot both filter rows");
		return;
	}
	if (cond != NULL) {
		c->where_loc = cond->loc;
		c->row_condition = node_json(r->a, cond);
		if (parser != NULL && parser->kind == NODE_TEXT)
			c->condition_parser = parser->text;
		if (!row_condition_text(r->a, cond, parser, &c->where, &err))
			diag_add_err(r->d, &err);
		else if (expr_parse(r->a, c->where, cond->loc, r->d) == NULL && r->d->errors == before)
			diag_error(r->d, cond->loc, "the row condition cannot be read");
		return;
	}
	if (where == NULL || !node_text(where, &c->where, r->d))
		return;
	c->where_loc = where->loc;
	if (sv_trim(c->where).n == 0)
		diag_error(r->d, where->loc, "'where' is empty");
	else
		(void)expr_parse(r->a, c->where, where->loc, r->d);
}

/* `by: {columns: [...], limit: 500}`: NULL after a mistake, else what stands for the columns. */
static const struct node *
by_columns(struct beside *r, const struct node *n, struct check *c)
{
	const struct node *columns = node_get(n, "columns"), *limit = node_get(n, "limit");
	static const char *const keys[] = {"columns", "limit"};
	int64_t most = 0;

	for (size_t i = 0; i < n->n; i++)
		if (!sv_is(n->kid[i].key, keys[0]) && !sv_is(n->kid[i].key, keys[1])) {
			diag_error(r->d, n->kid[i].key_loc, "'by' has no '" SV_FMT "'",
			           SV_ARG(n->kid[i].key));
			diag_suggest(r->d, n->kid[i].key, keys, LEN(keys));
			return NULL;
		}
	if (columns == NULL)
		diag_error(r->d, n->loc, "'by' needs 'columns'");
	if (limit != NULL && node_int(limit, &most, r->d)) {
		if (most < 1 || most > BY_LIMIT_MAX)
			diag_error(r->d, limit->loc, "'limit' must be between 1 and %d", BY_LIMIT_MAX);
		else
			c->by_limit = (uint32_t)most;
	}
	return columns;
}

/* One column or a list of them, or a map with their limit. */
static void
set_by(struct beside *r, struct check *c)
{
	const struct node *n = r->common[COMMON_BY];
	enum family family = c->expectation->family;

	if (n == NULL || n->kind == NODE_NULL)
		return;
	c->by_loc = n->loc;
	c->by_limit = BY_LIMIT;
	if (family == FAMILY_TABLE && !c->expectation->counts_rows) {
		diag_error(r->d, n->key_loc, "'by' means nothing for '" SV_FMT "', which judges no rows",
		           SV_ARG(c->written_name));
		return;
	}
	if (n->kind == NODE_MAP && (n = by_columns(r, n, c)) == NULL)
		return;

	const struct node *item = n->kind == NODE_SEQ ? n->kid : n;
	size_t count = n->kind == NODE_SEQ ? n->n : 1;

	if (n->kind == NODE_MAP || count == 0 || count > METRIC_ARGS_MAX) {
		diag_error(r->d, n->loc, "'by' must be a column or a list of 1 to %d columns",
		           METRIC_ARGS_MAX);
		return;
	}
	c->by = ARENA_ARRAY(r->a, struct sv, count);
	for (size_t i = 0; i < count; i++) {
		struct sv name;

		if (!node_text(&item[i], &name, r->d))
			continue;
		if (sv_in(name, c->by, c->nby))
			diag_error(r->d, item[i].loc, "column '" SV_FMT "' is in the list already",
			           SV_ARG(name));
		else
			c->by[c->nby++] = name;
	}
}

static void
set_quarantine(struct beside *r, struct check *c)
{
	const struct node *n = r->common[COMMON_QUARANTINE];

	if (n == NULL || n->kind == NODE_NULL)
		return;
	c->quarantine_given = true;
	if (node_is_off(n))
		return;
	if (!check_is_of_rows(c)) {
		diag_error(r->d, n->key_loc, "'" SV_FMT "' judges no single rows, so none can be written",
		           SV_ARG(c->written_name));
		diag_hint(r->d, "quarantine is for checks of rows, such as not_null, between, regex, "
		                "unique and expr");
		return;
	}
	c->quarantine = quarantine_read(r->a, n, r->d);
	if (!quarantine_fits(c->quarantine, c->asset, r->d))
		c->quarantine = NULL;
}

static void
set_lint(struct beside *r, struct check *c)
{
	const struct node *n = r->common[COMMON_LINT];

	if (n == NULL || n->kind == NODE_NULL)
		return;
	c->lint = lint_read(r->a, n, r->d);
	lint_codes_check(c->lint, r->d);
}

static void
read_all(struct beside *r, struct check *c)
{
	const struct node *flag;

	set_quarantine(r, c);
	set_lint(r, c);
	set_text(r, COMMON_NAME, &c->name);
	set_text(r, COMMON_OWNER, &c->owner);
	set_text(r, COMMON_DESCRIPTION, &c->description);
	set_where(r, c);
	set_by(r, c);
	set_mostly(r, c);
	set_threshold(r, COMMON_WARN, c, &c->warn);
	set_threshold(r, COMMON_FAIL, c, &c->fail);
	set_severity(r, c);
	set_format(r, c);
	c->enabled = true;
	c->blocking = c->severity == SEVERITY_CRITICAL;
	if ((flag = r->common[COMMON_BLOCKING]) != NULL)
		(void)!node_bool(flag, &c->blocking, r->d);
	if ((flag = r->common[COMMON_ENABLED]) != NULL)
		(void)!node_bool(flag, &c->enabled, r->d);
	if (r->common[COMMON_META] != NULL)
		c->meta = node_json(r->a, r->common[COMMON_META]);
}

void
common_read(struct arena *a, const struct node *const *common, struct check *c, struct diags *d)
{
	struct beside r = {.a = a, .d = d, .common = common};

	read_all(&r, c);
}
