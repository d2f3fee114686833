/*
 * dbt's manifest.json: the graph, its tests, freshness of sources and exposures, as dbt compiled them.
 *
 * https://schemas.getdbt.com/dbt/manifest/v12.json.  Most of it is for dbt alone; what is taken over is what weir has words for.
 */
#include "import/dbt.h"
#include "import/importers.h"

enum { DEPTH_MAX = 64 };

struct manifest {
	struct importing *im;
	const struct node *nodes, *sources;
};

static bool
is_manifest(const struct node *root)
{
	const struct node *version = node_get(node_get(root, "metadata"), "dbt_schema_version");
	const struct node *nodes = node_get(root, "nodes");

	return version != NULL && nodes != NULL && nodes->kind == NODE_MAP &&
	       memmem(version->text.p, version->text.n, "manifest", 8) != NULL;
}

static bool
is_text(const struct node *map, const char *key, const char *text)
{
	const struct node *n = node_get(map, key);

	return n != NULL && n->kind == NODE_TEXT && sv_is(n->text, text);
}

/* Is there a table of it? */
static bool
is_stored(const struct node *n)
{
	static const char *const kinds[] = {"model", "seed", "snapshot", "source"};

	for (size_t i = 0; i < LEN(kinds); i++)
		if (is_text(n, "resource_type", kinds[i]))
			return !is_text(node_get(n, "config"), "materialized", "ephemeral");
	return false;
}

static const struct node *
by_id(const struct manifest *m, struct sv id)
{
	const char *key = arena_str(m->im->a, id);
	const struct node *n = node_get(m->nodes, key);

	return n != NULL ? n : node_get(m->sources, key);
}

static struct sv
name_of(const struct manifest *m, const struct node *n)
{
	const struct node *name = node_get(n, "name"), *source = node_get(n, "source_name");

	const struct node *version = node_get(n, "version");

	if (name == NULL || name->kind != NODE_TEXT)
		return n->key;
	if (version != NULL &&
	    (version->kind == NODE_INT || version->kind == NODE_TEXT || version->kind == NODE_REAL))
		return dbt_versioned(m->im->a, name->text, version->text);
	return source == NULL
	               ? name->text
	               : arena_svf(m->im->a, SV_FMT "/" SV_FMT, SV_ARG(source->text), SV_ARG(name->text));
}

static const struct node *
inputs(const struct node *n)
{
	const struct node *list = node_get(node_get(n, "depends_on"), "nodes");

	return list != NULL && list->kind == NODE_SEQ ? list : NULL;
}

/* What is stored nowhere is looked through. */
static void
add_inputs(const struct manifest *m, const struct node *n, struct node *list, int depth)
{
	const struct node *of = inputs(n);

	for (size_t i = 0; of != NULL && depth < DEPTH_MAX && i < of->n; i++) {
		const struct node *input = by_id(m, of->kid[i].text);
		bool there = false;
		struct node key;

		if (input == NULL)
			continue;
		if (!is_stored(input)) {
			add_inputs(m, input, list, depth + 1);
			continue;
		}
		key = node_of_text(name_of(m, input), of->kid[i].loc);
		for (size_t k = 0; k < list->n; k++)
			there = there || sv_eq(list->kid[k].text, key.text);
		if (!there)
			node_append(m->im->a, list, &key);
	}
}

static void
read_columns(struct manifest *m, struct import_asset *as, const struct node *n)
{
	const struct node *columns = node_get(n, "columns");
	struct node all = node_of_map(as->loc);

	for (size_t i = 0; columns != NULL && columns->kind == NODE_MAP && i < columns->n; i++) {
		const struct node *text = node_get(&columns->kid[i], "description");
		struct node args = node_of_map(as->loc);

		(void)dbt_read_type(m->im, as, &columns->kid[i], columns->kid[i].key, &args);
		dbt_read_constraints(m->im, as, &columns->kid[i], columns->kid[i].key);
		if (text != NULL && text->kind == NODE_TEXT && text->text.n > 0)
			node_put(m->im->a, &args, SV("description"), text);
		if (args.n > 0)
			node_put(m->im->a, &all, columns->kid[i].key, &args);
	}
	if (all.n > 0)
		node_put(m->im->a, &as->keys, SV("columns"), &all);
}

/* The latest version of a model is called as the model, too. */
static void
add_alias(struct manifest *m, struct import_asset *as, const struct node *n)
{
	const struct node *version = node_get(n, "version"), *latest = node_get(n, "latest_version");
	struct node aliases = node_of_list(as->loc), alias;

	if (version == NULL || latest == NULL || version->kind == NODE_NULL ||
	    !sv_eq(version->text, latest->text))
		return;
	alias = node_of_text(node_get(n, "name")->text, as->loc);
	node_append(m->im->a, &aliases, &alias);
	node_put(m->im->a, &as->keys, SV("aliases"), &aliases);
}

static void
read_asset(struct manifest *m, const struct node *n)
{
	struct import_asset *as = import_asset(m->im, name_of(m, n), n->key_loc);
	const struct node *text = node_get(n, "description"), *config = node_get(n, "config");
	struct node deps = node_of_list(as->loc);
	struct dbt_fresh f = {.im = m->im, .level = {n}};

	if (text != NULL && text->kind == NODE_TEXT && text->text.n > 0)
		node_put(m->im->a, &as->keys, SV("description"), text);
	dbt_put_list(m->im, as, "tags", node_get(n, "tags"), NULL);
	dbt_put_list(m->im, as, "owners",
	             node_get(node_get(node_get(config, "meta") != NULL ? config : n, "meta"), "owner"),
	             NULL);
	add_inputs(m, n, &deps, 0);
	if (deps.n > 0)
		node_put(m->im->a, &as->keys, SV("depends_on"), &deps);
	add_alias(m, as, n);
	read_columns(m, as, n);
	dbt_read_contract(m->im, as, config, node_get(n, "columns"));
	dbt_read_constraints(m->im, as, n, (struct sv){0});
	if (is_text(n, "resource_type", "source"))
		dbt_read_freshness(&f, as);
}

/* The asset that a test is about: sources' tests are attached to nothing, and depend on what they compare, too. */
static struct import_asset *
tested(struct manifest *m, const struct node *test)
{
	const struct node *attached = node_get(test, "attached_node"), *of = inputs(test), *n = NULL;
	const struct node *model = node_get(node_get(node_get(test, "test_metadata"), "kwargs"), "model");
	const char *source = model != NULL && model->kind == NODE_TEXT
	                             ? memmem(model->text.p, model->text.n, "source(", 7)
	                             : NULL;
	struct sv rest, name;

	if (attached != NULL && attached->kind == NODE_TEXT)
		n = by_id(m, attached->text);
	if (n == NULL && source != NULL) {
		rest = sv_skip(model->text, (size_t)(source - model->text.p));
		rest.n = (size_t)MAX(sv_find(rest, ')'), 0) + 1;
		if (dbt_ref(m->im->a, rest, &name))
			return import_asset(m->im, name, test->key_loc);
	}
	if (n == NULL && of != NULL && of->n == 1)
		n = by_id(m, of->kid[0].text);
	return n != NULL && is_stored(n) ? import_asset(m->im, name_of(m, n), n->key_loc) : NULL;
}

static void
read_test(struct manifest *m, const struct node *n)
{
	const struct node *meta = node_get(n, "test_metadata"), *kwargs = node_get(meta, "kwargs");
	const struct node *name = node_get(meta, "name"), *package = node_get(meta, "namespace");
	const struct node *title = node_get(n, "name"), *text = node_get(n, "description");
	struct dbt_source s = {.im = m->im,
	                       .asset = tested(m, n),
	                       .from = kwargs,
	                       .loc = n->key_loc,
	                       .args = {kwargs},
	                       .config = {node_get(n, "config")},
	                       .compiled = true};

	if (name == NULL || kwargs == NULL || s.asset == NULL) {
		import_refuse(m->im, s.asset, n, n->key_loc, true, title != NULL ? title->text : n->key,
		              "write it as unexpected_rows with its SQL",
		              name == NULL ? "it is a query of its own"
		                           : "it is about no table that is stored");
		return;
	}
	s.name = name->text;
	s.package = package != NULL && package->kind == NODE_TEXT ? package->text : (struct sv){0};
	s.text = text != NULL && text->kind == NODE_TEXT ? text->text : (struct sv){0};
	s.title = title != NULL && title->kind == NODE_TEXT ? title->text : (struct sv){0};
	dbt_read_test(&s);
}

static void
read_exposure(struct manifest *m, const struct node *n)
{
	struct node list = node_of_list(n->key_loc);
	struct import_item it = import_item(m->im, NULL, NULL, n->key_loc, n->key);
	const struct node yes = node_of_bool(true, n->key_loc);

	it.check = false;
	add_inputs(m, n, &list, 0);
	for (size_t i = 0; i < list.n; i++) {
		node_put(m->im->a, &import_asset(m->im, list.kid[i].text, n->key_loc)->keys, SV("exposed"),
		         &yes);
		it.became = arena_svf(m->im->a, SV_FMT "%s" SV_FMT ": {exposed: true}", SV_ARG(it.became),
		                      i > 0 ? ", " : "", SV_ARG(list.kid[i].text));
	}
	import_item_end(&it);
}

static void
read_manifest(struct importing *im, const struct node *root)
{
	struct manifest m = {
		.im = im, .nodes = node_get(root, "nodes"), .sources = node_get(root, "sources")};
	const struct node *exposures = node_get(root, "exposures");

	/* dbt's own, in a shape of its own: nothing in it was written by people. */
	import_whole(im, root);
	for (size_t i = 0; m.sources != NULL && i < m.sources->n; i++)
		read_asset(&m, &m.sources->kid[i]);
	for (size_t i = 0; i < m.nodes->n; i++)
		if (is_stored(&m.nodes->kid[i]))
			read_asset(&m, &m.nodes->kid[i]);
	for (size_t i = 0; i < m.nodes->n; i++)
		if (is_text(&m.nodes->kid[i], "resource_type", "test"))
			read_test(&m, &m.nodes->kid[i]);
	for (size_t i = 0; exposures != NULL && exposures->kind == NODE_MAP && i < exposures->n; i++)
		read_exposure(&m, &exposures->kid[i]);
}

const struct importer import_dbt_manifest = {
	.name = "dbt-manifest",
	.alias = {"manifest"},
	.title = "a manifest of dbt",
	.doc = "manifest.json of dbt: its graph, tests, freshness of sources and exposures.",
	.example =
		"{\"metadata\": {\"dbt_schema_version\": \"https://schemas.getdbt.com/dbt/manifest/v12.json\"}, "
		"\"nodes\": {\"model.shop.orders\": {\"resource_type\": \"model\", \"name\": \"orders\"}, "
		"\"test.shop.x\": {\"resource_type\": \"test\", \"name\": \"x\", \"attached_node\": "
		"\"model.shop.orders\", \"test_metadata\": {\"name\": \"not_null\", \"kwargs\": "
		"{\"column_name\": \"id\"}}}}}",
	.recognise = is_manifest,
	.read = read_manifest,
};
