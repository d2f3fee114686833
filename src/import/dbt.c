/*
 * dbt's properties files: models, sources, seeds and snapshots with their columns and tests, freshness of sources, exposures.
 *
 * https://docs.getdbt.com/reference/configs-and-properties.  A model is an asset of its name, a table of a source `source/table`.
 */
#include "import/dbt.h"
#include "import/importers.h"

static const struct {
	const char *key;
	bool source;
} kinds[] = {{"models", false}, {"seeds", false}, {"snapshots", false}, {"sources", true}};

/* Things that say nothing of data. */
static const char *const others[] = {"metrics", "semantic_models", "saved_queries",
                                     "groups",  "macros",          "analyses",
                                     "docs",    "functions",       "anchors"};

static bool
is_dbt(const struct node *root)
{
	for (size_t i = 0; i < LEN(kinds); i++) {
		const struct node *list = node_get(root, kinds[i].key);

		if (list != NULL && list->kind == NODE_SEQ && list->n > 0 &&
		    node_get(&list->kid[0], "name") != NULL)
			return true;
	}
	return false;
}

/* Tests ------------------------------------------------------------------------------------------------------------- */

static void
name_test(struct dbt_source *s, struct sv name)
{
	const ptrdiff_t dot = sv_find(name, '.');

	if (dot >= 0)
		s->package = (struct sv){name.p, (size_t)dot};
	s->name = dot >= 0 ? sv_skip(name, (size_t)dot + 1) : name;
}

static void
read_test(struct importing *im, struct import_asset *as, const struct node *n, struct sv column,
          struct sv type)
{
	const bool map = n->kind == NODE_MAP && n->n > 0, named = map && node_get(n, "test_name") != NULL;
	struct dbt_source s = {
		.im = im, .asset = as, .from = n, .loc = n->loc, .column = column, .type = type};
	const struct node *body = named ? n : map ? import_kid(im, n, 0) : NULL;
	struct sv name = n->text;

	if (named)
		(void)import_text_of(im, n, "test_name", &name);
	else if (map)
		name = body->key;
	if (name.n == 0 || n->kind == NODE_SEQ) {
		import_refuse(im, as, n, n->loc, true, import_short(im->a, n), "write `- not_null`",
		              "it names no test");
		return;
	}
	name_test(&s, name);
	if (map && body->kind == NODE_MAP) {
		s.args[0] = import_get(im, body, "arguments");
		s.args[1] = body;
		s.config[0] = import_get(im, body, "config");
		s.config[1] = body;
		(void)import_text_of(im, body, "name", &s.title);
		(void)import_text_of(im, body, "description", &s.text);
	} else if (map && body->kind != NODE_NULL) {
		import_refuse(im, as, n, n->loc, true, import_short(im->a, n), "write its arguments as a map",
		              "its arguments are no map");
		return;
	}
	dbt_read_test(&s);
}

/* `tests`, and as it is called since 1.8. */
static void
read_tests(struct importing *im, struct import_asset *as, const struct node *of, struct sv column,
           struct sv type)
{
	static const char *const keys[] = {"tests", "data_tests"};

	for (size_t k = 0; k < LEN(keys); k++) {
		const struct node *list = import_get(im, of, keys[k]);

		for (size_t i = 0; list != NULL && list->kind == NODE_SEQ && i < list->n; i++)
			read_test(im, as, import_kid(im, list, i), column, type);
		if (list != NULL && list->kind != NODE_SEQ)
			import_refuse(im, as, list, list->loc, true, import_short(im->a, list),
			              "write tests behind dashes", "a list of tests is expected");
	}
}

/* Columns ----------------------------------------------------------------------------------------------------------- */

struct sv
dbt_read_type(struct importing *im, struct import_asset *as, const struct node *column, struct sv name,
              struct node *args)
{
	const struct node *n = import_get(im, column, "data_type");
	struct import_item it;
	struct sv type = {0};

	if (n == NULL || n->kind == NODE_MAP || n->kind == NODE_SEQ)
		return type;
	it = import_item(im, as, n, n->loc,
	                 arena_svf(im->a, SV_FMT ": data_type: " SV_FMT, SV_ARG(name), SV_ARG(n->text)));
	it.check = false;
	if (!dbt_has_jinja(n) && import_type(im->a, n->text, &type)) {
		node_put_text(im->a, args, "type", type, n->loc);
		it.became = arena_svf(im->a, "columns: {" SV_FMT ": " SV_FMT "}", SV_ARG(name), SV_ARG(type));
		import_grade(&it, GRADE_APPROXIMATED, NULL,
		             "weir holds values against it, dbt only columns of an enforced contract");
	} else {
		import_remark(&it, "the type '" SV_FMT "' is not known, and values are not held against it",
		              SV_ARG(n->text));
	}
	import_item_end(&it);
	return type;
}

static void
read_column(struct importing *im, struct import_asset *as, const struct node *n, struct node *columns)
{
	static const char *const aside[] = {"meta",   "quote", "tags",        "policy_tags",
	                                    "config", "docs",  "granularity", "codegen"};
	struct node args = node_of_map(n->loc);
	struct sv name, text, type;

	for (size_t i = 0; i < LEN(aside); i++)
		import_whole(im, import_get(im, n, aside[i]));
	if (!import_text_of(im, n, "name", &name)) {
		import_refuse(im, as, n, n->loc, true, import_short(im->a, n), "give it a name",
		              "the column has no name");
		return;
	}
	type = dbt_read_type(im, as, n, name, &args);
	if (import_text_of(im, n, "description", &text) && text.n > 0)
		node_put_text(im->a, &args, "description", text, n->loc);
	if (args.n > 0)
		node_put(im->a, columns, name, &args);
	dbt_read_constraints(im, as, n, name);
	read_tests(im, as, n, name, type);
}

/* Assets ------------------------------------------------------------------------------------------------------------ */

static void
add_list(struct importing *im, const struct node *n, struct node *list)
{
	import_whole(im, n);
	if (n == NULL)
		return;
	if (n->kind == NODE_TEXT)
		node_append(im->a, list, n);
	for (size_t i = 0; n->kind == NODE_SEQ && i < n->n; i++)
		if (n->kid[i].kind == NODE_TEXT)
			node_append(im->a, list, &n->kid[i]);
}

void
dbt_put_list(struct importing *im, struct import_asset *as, const char *key, const struct node *x,
             const struct node *y)
{
	struct node list = node_of_list(as->loc);

	add_list(im, x, &list);
	add_list(im, y, &list);
	if (list.n > 0)
		node_put(im->a, &as->keys, sv_of(key), &list);
}

/* What dbt builds again and when is nothing that the data shows. */
static void
refuse_freshness(struct importing *im, struct import_asset *as, const struct node *n)
{
	const struct node *x = import_get(im, n, "freshness");

	if (x != NULL)
		import_refuse(im, as, x, x->key_loc, false, x->key, "write `freshness:` for the asset",
		              "when a model is built again is for dbt to say");
}

/* What a model, a seed, a snapshot or a table has in common; `config` may be NULL. */
static void
read_common(struct importing *im, struct import_asset *as, const struct node *n, const struct node *config,
            bool source)
{
	const struct node *columns = import_get(im, n, "columns");
	const struct node *meta = import_get(im, n, "meta"),
			  *more = config != NULL ? import_get(im, config, "meta") : NULL;
	struct node types = node_of_map(as->loc);
	struct sv text;

	if (import_text_of(im, n, "description", &text) && text.n > 0 &&
	    node_get(&as->keys, "description") == NULL)
		node_put_text(im->a, &as->keys, "description", text, n->loc);
	import_whole(im, meta);
	import_whole(im, more);
	dbt_put_list(im, as, "tags", import_get(im, n, "tags"),
	             config != NULL ? import_get(im, config, "tags") : NULL);
	dbt_put_list(im, as, "owners", node_get(meta, "owner"), node_get(more, "owner"));
	if (!source) {
		refuse_freshness(im, as, n);
		refuse_freshness(im, as, config);
		dbt_read_contract(im, as, config, columns);
	}
	dbt_read_constraints(im, as, n, (struct sv){0});
	for (size_t i = 0; columns != NULL && columns->kind == NODE_SEQ && i < columns->n; i++)
		read_column(im, as, import_kid(im, columns, i), &types);
	if (types.n > 0)
		node_put(im->a, &as->keys, SV("columns"), &types);
	read_tests(im, as, n, (struct sv){0}, (struct sv){0});
}

/* What says where and how it is stored or documented, which is for dbt. */
static void
skip_rest(struct importing *im, const struct node *n, const struct node *config)
{
	static const char *const keys[] = {
		"docs",       "access",     "group",    "latest_version",  "deprecation_date",
		"time_spine", "database",   "schema",   "alias",           "identifier",
		"loader",     "quoting",    "external", "overrides",       "primary_key",
		"relation",   "event_time", "enabled",  "loaded_at_field", "loaded_at_query"};

	for (size_t i = 0; i < LEN(keys); i++)
		import_whole(im, import_get(im, n, keys[i]));
	import_whole(im, config);
}

static bool
name_of(struct importing *im, const struct node *n, struct sv *ret)
{
	if (n->kind == NODE_MAP && import_text_of(im, n, "name", ret) && ret->n > 0)
		return true;
	import_refuse(im, NULL, n, n->loc, true, import_short(im->a, n), "give it a name", "it has no name");
	return false;
}

/* Switched off, so that dbt knows nothing of it.  Where Jinja says so it is taken to be on. */
static bool
is_off(struct importing *im, const struct node *n, const struct node *config, struct sv name)
{
	const struct node *const at[] = {import_get(im, config, "enabled"), import_get(im, n, "enabled")};
	struct import_item it;
	bool on = true;

	for (size_t i = 0; on && i < LEN(at); i++) {
		struct sv var;
		const struct node *plain = at[i] != NULL ? dbt_plain(im, at[i], &var) : NULL;

		if (plain != NULL)
			(void)dbt_truth(plain, &on);
	}
	if (on)
		return false;
	import_whole(im, n);
	it = import_item(im, NULL, NULL, n->loc, name);
	it.check = false;
	import_remark(&it, "it is switched off");
	import_item_end(&it);
	return true;
}

static void
read_table(struct importing *im, const struct node *n, struct sv name)
{
	const struct node *config = import_get(im, n, "config");

	read_common(im, import_asset(im, name, n->loc), n, config, false);
	skip_rest(im, n, config);
}

/* Is a column of the model one of the version, too?  By the entry `include: all`, or a list, but for those of `exclude`. */
static bool
is_included(const struct node *rule, const struct node *column)
{
	const struct node *name = node_get(column, "name"), *include = node_get(rule, "include");
	const struct node *exclude = node_get(rule, "exclude");
	bool in = include == NULL || include->kind != NODE_SEQ;

	for (size_t i = 0; !in && name != NULL && i < include->n; i++)
		in = sv_eq(include->kid[i].text, name->text);
	for (size_t i = 0; in && name != NULL && exclude != NULL && i < exclude->n; i++)
		in = !sv_eq(exclude->kid[i].text, name->text);
	return in;
}

static struct node
version_columns(struct importing *im, const struct node *model, const struct node *version)
{
	const struct node *base = node_get(model, "columns"), *own = node_get(version, "columns"),
			  *rule = NULL;
	struct node ret = node_of_list(version->loc);

	for (size_t i = 0; own != NULL && own->kind == NODE_SEQ && i < own->n; i++)
		if (node_get(&own->kid[i], "include") != NULL)
			rule = &own->kid[i];
	for (size_t i = 0; base != NULL && base->kind == NODE_SEQ && i < base->n; i++)
		if (is_included(rule, &base->kid[i]))
			node_append(im->a, &ret, &base->kid[i]);
	for (size_t i = 0; own != NULL && own->kind == NODE_SEQ && i < own->n; i++)
		if (&own->kid[i] != rule)
			node_append(im->a, &ret, &own->kid[i]);
	return ret;
}

/* What a version does not say itself is the model's: https://docs.getdbt.com/reference/resource-properties/versions. */
static void
read_version(struct importing *im, const struct node *n, const struct node *version, struct sv name,
             bool latest)
{
	static const char *const keys[] = {"description", "config",      "meta",
	                                   "tags",        "constraints", "freshness"};
	static const char *const tests[] = {"data_tests", "tests"};
	const struct node *v = node_get(version, "v"), *columns;
	const bool own = node_get(version, "data_tests") != NULL || node_get(version, "tests") != NULL;
	struct node *all = ARENA_NEW(im->a, struct node), *list = ARENA_NEW(im->a, struct node);
	const struct sv key = dbt_versioned(im->a, name, v != NULL ? v->text : SV("?"));

	*all = node_of_map(version->loc);
	*list = version_columns(im, n, version);
	for (size_t i = 0; i < LEN(keys); i++) {
		const struct node *x = node_get(version, keys[i]);

		x = x != NULL ? x : node_get(n, keys[i]);
		if (x != NULL)
			node_put(im->a, all, sv_of(keys[i]), x);
	}
	for (size_t i = 0; i < LEN(tests); i++)
		if (node_get(own ? version : n, tests[i]) != NULL)
			node_put(im->a, all, sv_of(tests[i]), node_get(own ? version : n, tests[i]));
	node_put(im->a, all, SV("columns"), list);
	columns = node_get(all, "config");
	if (is_off(im, all, columns, key))
		return;
	read_table(im, all, key);
	if (latest) {
		struct node aliases = node_of_list(version->loc), alias = node_of_text(name, version->loc);

		node_append(im->a, &aliases, &alias);
		node_put(im->a, &import_asset(im, key, version->loc)->keys, SV("aliases"), &aliases);
	}
}

/* Each is an asset; the latest is called as the model, too. */
static void
read_versions(struct importing *im, const struct node *n, const struct node *versions, struct sv name)
{
	const struct node *said = node_get(n, "latest_version"), *latest = NULL;

	for (size_t i = 0; i < versions->n; i++) {
		const struct node *v = node_get(&versions->kid[i], "v");

		if (v == NULL)
			continue;
		if (said != NULL
		            ? sv_eq(v->text, said->text)
		            : latest == NULL || (v->kind == NODE_INT ? v->i > latest->i
		                                                     : sv_cmp(v->text, latest->text) > 0))
			latest = v;
	}
	for (size_t i = 0; i < versions->n; i++) {
		const struct node *v = node_get(&versions->kid[i], "v");

		if (v == NULL)
			import_refuse(im, NULL, &versions->kid[i], versions->kid[i].loc, true,
			              import_short(im->a, &versions->kid[i]), "give it `v`",
			              "the version has no number");
		else
			read_version(im, n, &versions->kid[i], name, v == latest);
	}
	import_whole(im, n);
}

static void
read_model(struct importing *im, const struct node *n)
{
	const struct node *versions = import_get(im, n, "versions");
	struct sv name;

	if (!name_of(im, n, &name) || is_off(im, n, import_get(im, n, "config"), name))
		return;
	if (versions != NULL && versions->kind == NODE_SEQ && versions->n > 0) {
		read_versions(im, n, versions, name);
		return;
	}
	import_whole(im, versions);
	read_table(im, n, name);
}

static void
read_source(struct importing *im, const struct node *n)
{
	const struct node *config = import_get(im, n, "config"), *tables = import_get(im, n, "tables");
	struct sv source, name;

	if (!name_of(im, n, &source) || is_off(im, n, config, source))
		return;
	for (size_t i = 0; tables != NULL && tables->kind == NODE_SEQ && i < tables->n; i++) {
		const struct node *table = import_kid(im, tables, i), *own = import_get(im, table, "config");
		struct dbt_fresh f = {.im = im, .level = {table, own, n, config}};
		struct import_asset *as;

		if (!name_of(im, table, &name))
			continue;
		name = arena_svf(im->a, SV_FMT "/" SV_FMT, SV_ARG(source), SV_ARG(name));
		if (is_off(im, table, own, name))
			continue;
		as = import_asset(im, name, table->loc);
		dbt_read_freshness(&f, as);
		read_common(im, as, table, own, true);
		skip_rest(im, table, own);
	}
	/* It was read with each of the tables. */
	import_whole(im, import_get(im, n, "freshness"));
	import_whole(im, import_get(im, n, "description"));
	import_whole(im, import_get(im, n, "meta"));
	import_whole(im, import_get(im, n, "tags"));
	skip_rest(im, n, config);
}

/* People look at what an exposure needs: it is never unused. */
static void
read_exposure(struct importing *im, const struct node *n)
{
	const struct node *list = import_get(im, n, "depends_on");
	struct import_item it = import_item(im, NULL, NULL, n->loc, SV("exposure"));
	struct sv name, to;

	import_whole(im, n);
	it.check = false;
	if (import_text_of(im, n, "name", &name))
		it.what = arena_svf(im->a, "exposure " SV_FMT, SV_ARG(name));
	for (size_t i = 0; list != NULL && list->kind == NODE_SEQ && i < list->n; i++) {
		const struct node yes = node_of_bool(true, list->kid[i].loc);

		if (!dbt_ref(im->a, list->kid[i].text, &to)) {
			import_grade(&it, GRADE_REFUSED, "write it as ref('name')",
			             "'" SV_FMT "' is no reference that can be told",
			             SV_ARG(import_short(im->a, &list->kid[i])));
			continue;
		}
		node_put(im->a, &import_asset(im, to, list->kid[i].loc)->keys, SV("exposed"), &yes);
		it.became = arena_svf(im->a, SV_FMT "%s" SV_FMT ": {exposed: true}", SV_ARG(it.became),
		                      it.became.n > 0 ? ", " : "", SV_ARG(to));
	}
	import_item_end(&it);
}

static void
read_others(struct importing *im, const struct node *root)
{
	static const char *const singular[] = {"data_tests", "tests"};
	const struct node *n = import_get(im, root, "unit_tests");

	for (size_t i = 0; i < LEN(others); i++)
		import_whole(im, import_get(im, root, others[i]));
	/* Where people put what they repeat by anchors. */
	for (size_t i = 0; i < root->n; i++)
		if (sv_starts(root->kid[i].key, SV("x-")) || sv_starts(root->kid[i].key, SV(".")) ||
		    sv_starts(root->kid[i].key, SV("_")))
			import_whole(im, import_kid(im, root, i));
	if (n != NULL)
		import_refuse(im, NULL, n, n->key_loc, false, n->key, NULL,
		              "unit tests are about rows that were made up, not about data");
	for (size_t i = 0; i < LEN(singular); i++)
		if ((n = import_get(im, root, singular[i])) != NULL)
			import_refuse(im, NULL, n, n->key_loc, true, n->key,
			              "write each as unexpected_rows with its SQL, in the catalog",
			              "what singular tests ask stands in files of SQL, which are not read");
}

static void
read_list(struct importing *im, const struct node *list, bool source)
{
	if (list != NULL && list->kind != NODE_SEQ)
		import_refuse(im, NULL, list, list->loc, true, import_short(im->a, list), "write a list",
		              "a list is expected");
	for (size_t i = 0; list != NULL && list->kind == NODE_SEQ && i < list->n; i++) {
		const struct node *n = import_kid(im, list, i);

		if (source)
			read_source(im, n);
		else
			read_model(im, n);
	}
}

static void
read_dbt(struct importing *im, const struct node *root)
{
	const struct node *list = import_get(im, root, "exposures");

	import_whole(im, import_get(im, root, "version"));
	/* In their order, as comments are. */
	for (size_t i = 0; i < root->n; i++)
		for (size_t k = 0; k < LEN(kinds); k++)
			if (sv_is(root->kid[i].key, kinds[k].key))
				read_list(im, import_get(im, root, kinds[k].key), kinds[k].source);
	for (size_t i = 0; list != NULL && list->kind == NODE_SEQ && i < list->n; i++)
		read_exposure(im, import_kid(im, list, i));
	read_others(im, root);
}

const struct importer import_dbt = {
	.name = "dbt",
	.alias = {"dbt-schema"},
	.title = "dbt",
	.doc = "Properties files of dbt (schema.yml): tests of models, sources, seeds and snapshots, with dbt_utils and "
	       "dbt_expectations, freshness of sources, exposures.",
	.example =
		"models:\n  - name: orders\n    columns:\n      - name: id\n        data_tests: [unique, not_null]\n",
	.recognise = is_dbt,
	.read = read_dbt,
};
