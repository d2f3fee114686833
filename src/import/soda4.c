/*
 * Contracts of Soda 4: one dataset, its columns and their checks.
 *
 * https://docs.soda.io/reference/contract-language-reference.  Each check is a map of one key, its type; below it stand `threshold`, `filter`,
 * `name`, `qualifier` and what the type needs.
 */
#include "import/soda4.h"

#include "catalog/node_parse.h"
#include "import/importers.h"
#include "import/soda_vars.h"

static bool
is_soda4(const struct node *root)
{
	const struct node *dataset = node_get(root, "dataset");

	return dataset != NULL && dataset->kind == NODE_TEXT &&
	       (node_get(root, "columns") != NULL || node_get(root, "checks") != NULL);
}

/* A scope's filter takes the place of the contract's, also where it has none. */
static void
read_scope(struct soda4 *s)
{
	struct importing *im = s->c->im;
	const struct node *scope = import_get(im, s->body, "scope"), *n;
	struct sv text = {0}, why;

	if (scope == NULL) {
		if (s->c->broken.n > 0)
			import_grade(s->it, GRADE_REFUSED,
			             "write the filter in weir's expressions, as where:", SV_FMT,
			             SV_ARG(s->c->broken));
		return;
	}
	n = node_find(s->c->scopes, scope->text);
	s->c->asset->where = (struct sv){0};
	if (n == NULL)
		import_grade(s->it, GRADE_REFUSED, "declare it under `scopes`",
		             "there is no scope '" SV_FMT "'", SV_ARG(scope->text));
	else if (import_text_of(im, n, "filter", &text) && !import_is_expr(im->a, text, &why))
		import_grade(s->it, GRADE_REFUSED, "write the filter in weir's expressions, as where:",
		             "the filter of the scope '" SV_FMT "' is no expression of weir: " SV_FMT,
		             SV_ARG(scope->text), SV_ARG(why));
	else
		s->c->asset->where = text;
}

static void
read_common(struct soda4 *s)
{
	static const char *const aside[] = {"attributes", "qualifier", "store_failed_rows"};
	struct importing *im = s->c->im;
	struct sv text, why;

	(void)import_text_of(im, s->body, "name", &s->it->name);
	for (size_t i = 0; i < LEN(aside); i++)
		import_whole(im, import_get(im, s->body, aside[i]));
	read_scope(s);
	if (!import_text_of(im, s->body, "filter", &text))
		return;
	if (import_is_expr(im->a, text, &why))
		s->it->where = text;
	else
		import_grade(s->it, GRADE_REFUSED, "write the filter in weir's expressions, as where:",
		             "its filter is no expression of weir: " SV_FMT, SV_ARG(why));
}

static void
read_check(struct contract *c, const struct node *n, struct sv column)
{
	struct importing *im = c->im;
	const bool map = n->kind == NODE_MAP && n->n > 0;
	const struct node *kid = map ? import_kid(im, n, 0) : n;
	struct import_item it = import_item(im, c->asset, n, map ? kid->key_loc : n->loc, (struct sv){0});
	struct soda4 s = {.c = c, .it = &it, .column = column, .type = map ? kid->key : n->text};
	const struct sv where = c->asset->where;
	struct sv name;

	it.what = arena_svf(im->a, SV_FMT "%s" SV_FMT, SV_ARG(column), column.n > 0 ? ": " : "",
	                    SV_ARG(import_short(im->a, n)));
	s.body = map && kid->kind == NODE_MAP ? kid : NULL;
	if (soda_has_var(n, &name)) {
		import_grade(&it, GRADE_REFUSED,
		             arena_printf(im->a, "give it one: --var " SV_FMT "=…", SV_ARG(name)),
		             "the variable '" SV_FMT "' has no value", SV_ARG(name));
	} else {
		read_common(&s);
		soda4_check(&s);
	}
	import_item_end(&it);
	c->asset->where = where;
}

static void
read_list(struct contract *c, const struct node *list, struct sv column)
{
	for (size_t i = 0; list != NULL && list->kind == NODE_SEQ && i < list->n; i++)
		read_check(c, import_kid(c->im, list, i), column);
	if (list != NULL && list->kind != NODE_SEQ)
		import_refuse(c->im, c->asset, list, list->loc, true, import_short(c->im->a, list),
		              "write checks behind dashes", "a list of checks is expected");
}

static void
read_column(struct contract *c, const struct node *n)
{
	static const char *const aside[] = {
		"data_type",   "character_maximum_length", "optional",      "attributes",
		"description", "numeric_precision",        "numeric_scale", "datetime_precision"};
	struct importing *im = c->im;
	struct soda_valid config = {0};
	struct sv name;

	for (size_t i = 0; i < LEN(aside); i++)
		import_whole(im, import_get(im, n, aside[i]));
	/* Which each check reads; there may be none. */
	soda_valid_get(im, n, '_', "", &config);
	import_whole(im, import_get(im, n, "valid_reference_data"));
	if (!import_text_of(im, n, "name", &name)) {
		import_refuse(im, c->asset, n, n->loc, true, import_short(im->a, n), "give it a name",
		              "the column has no name");
		return;
	}
	c->column = n;
	read_list(c, import_get(im, n, "checks"), name);
	c->column = NULL;
}

static void
read_contract_filter(struct contract *c, const struct node *root)
{
	struct importing *im = c->im;
	const struct node *n = import_get(im, root, "filter");
	struct import_item it;
	struct sv why;

	if (n == NULL)
		return;
	it = import_item(im, c->asset, n, n->loc, n->text);
	it.check = false;
	if (n->kind == NODE_TEXT && import_is_expr(im->a, n->text, &why)) {
		c->asset->where = n->text;
		it.became = arena_svf(im->a, "where: " SV_FMT, SV_ARG(n->text));
	} else {
		c->broken = SV("the contract's filter is no expression of weir");
		import_grade(&it, GRADE_REFUSED,
		             "write it in weir's expressions, as where:", "it is no expression of weir");
	}
	import_item_end(&it);
}

static void
read_schedule(struct importing *im, const struct node *root)
{
	const struct node *n = import_get(im, root, "soda_runner");

	if (n != NULL)
		import_refuse(im, NULL, n, n->loc, false, import_short(im->a, n),
		              "write `schedule:` for the asset", "when Soda runs checks is not taken over");
}

static void
read_scopes(struct contract *c, const struct node *root)
{
	struct importing *im = c->im;

	c->scopes = import_get(im, root, "scopes");
	import_whole(im, c->scopes);
	for (size_t i = 0; c->scopes != NULL && i < c->scopes->n; i++) {
		const struct node *scope = &c->scopes->kid[i], *schedule = node_get(scope, "schedule");

		if (schedule != NULL)
			import_refuse(im, NULL, schedule, schedule->loc, false, import_short(im->a, schedule),
			              "write `schedule:` for the asset",
			              "when Soda runs checks is not taken over");
	}
}

static void
read_soda4(struct importing *im, const struct node *root)
{
	static const char *const aside[] = {"attributes",          "soda_agent",       "owner",
	                                    "contract_attributes", "check_attributes", "description"};
	struct contract c = {.im = im};
	const struct node *columns, *dataset;
	struct sv name;

	root = soda_resolve(im, root);
	dataset = import_get(im, root, "dataset");
	/* source/database/schema/table: the last is the table's own. */
	name = dataset->text;
	for (size_t i = name.n; i > 0; i--)
		if (name.p[i - 1] == '/') {
			name = sv_skip(name, i);
			break;
		}
	c.asset = import_asset(im, name, dataset->loc);
	for (size_t i = 0; i < LEN(aside); i++)
		import_whole(im, import_get(im, root, aside[i]));
	read_schedule(im, root);
	read_contract_filter(&c, root);
	read_scopes(&c, root);
	columns = import_get(im, root, "columns");
	for (size_t i = 0; columns != NULL && columns->kind == NODE_SEQ && i < columns->n; i++)
		read_column(&c, import_kid(im, columns, i));
	read_list(&c, import_get(im, root, "checks"), (struct sv){0});
}

const struct importer import_soda4 = {
	.name = "soda4",
	.alias = {"soda-contract"},
	.title = "a contract of Soda 4",
	.doc = "A data contract of Soda 4: a dataset, its columns and their checks.",
	.example =
		"dataset: pg/shop/public/orders\ncolumns:\n  - name: email\n    checks:\n      - missing:\n",
	.recognise = is_soda4,
	.read = read_soda4,
};
