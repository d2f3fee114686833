/*
 * Great Expectations: its names and arguments are ours, so a suite needs new clothes only.
 *
 * 1.x says name, type, suite_parameters; 0.x expectation_suite_name, expectation_type, evaluation_parameters.  Whether there is an
 * expectation of a name, and whether its arguments fit, is known above: what is wrong there is that check's error.
 */
#include "import/importers.h"

static const struct node *
either(struct importing *im, const struct node *map, const char *key, const char *old)
{
	const struct node *n = import_get(im, map, key), *o = import_get(im, map, old);

	return n != NULL ? n : o;
}

/* Files of 0.4 and notebooks hold the bare list; a result of a validation repeats each expectation that was asked. */
static const struct node *
list_of(const struct node *root)
{
	const struct node *n = root->kind == NODE_SEQ ? root : node_get(root, "expectations");

	if (n == NULL && node_get(root, "statistics") != NULL)
		n = node_get(root, "results");
	return n != NULL && n->kind == NODE_SEQ ? n : NULL;
}

static bool
is_gx(const struct node *root)
{
	const struct node *n = list_of(root), *first = n != NULL && n->n > 0 ? &n->kid[0] : NULL;

	if (n == NULL || n->key.n == 0 || !sv_is(n->key, "expectations"))
		return first != NULL && (node_get(first, "expectation_type") != NULL ||
		                         node_get(first, "expectation_config") != NULL);
	return true;
}

/* What Great Expectations writes for itself. */
static void
skip(struct importing *im, const struct node *map, const char *const *keys, size_t n)
{
	for (size_t i = 0; i < n; i++)
		import_whole(im, import_get(im, map, keys[i]));
}

static void
put_beside(struct importing *im, struct import_item *it, const struct node *from, const char *key)
{
	const struct node *n = import_get(im, from, key);

	import_whole(im, n);
	/* An empty map of meta is what it writes where there is none. */
	if (n != NULL && it->made.n > 0 && !(n->kind == NODE_MAP && n->n == 0))
		node_put(im->a, &it->made.v[0], sv_of(key), n);
}

static void
read_one(struct importing *im, struct import_asset *as, const struct node *n)
{
	static const char *const aside[] = {
		"id",    "rendered_content",   "expectation_context", "ge_cloud_id",
		"notes", "success_on_last_run"};
	static const char *const beside[] = {"meta", "severity", "description"};
	const struct node *type = either(im, n, "type", "expectation_type");
	const struct node *kwargs = import_get(im, n, "kwargs");
	struct node args = node_of_map(n->loc);

	if (type == NULL || type->kind != NODE_TEXT || type->text.n == 0) {
		import_refuse(im, as, n, n->loc, true, import_short(im->a, n), "give it a `type`",
		              "it names no expectation");
		return;
	}

	struct import_item it = import_item(im, as, n, type->loc, type->text);

	it.what = arena_svf(im->a, SV_FMT "%s" SV_FMT, SV_ARG(type->text), kwargs != NULL ? " " : "",
	                    SV_ARG(kwargs != NULL ? import_short(im->a, kwargs) : SV("")));
	import_whole(im, kwargs);
	/* A list or a bare word would be taken for a short form. */
	if (kwargs != NULL && kwargs->kind != NODE_MAP)
		import_grade(&it, GRADE_REFUSED, "write kwargs as an object", "its kwargs are no object");
	else if (kwargs != NULL)
		args = *kwargs;
	import_check(&it, arena_str(im->a, type->text), &args);
	for (size_t i = 0; i < LEN(beside); i++)
		put_beside(im, &it, n, beside[i]);
	if (import_get(im, n, "notes") != NULL)
		import_remark(&it, "its notes are not kept");
	skip(im, n, aside, LEN(aside));
	import_item_end(&it);
}

/* What a result of a validation says beside the expectation is about other data. */
static void
read_result(struct importing *im, struct import_asset *as, const struct node *n)
{
	const struct node *config = import_get(im, n, "expectation_config");

	for (size_t i = 0; config != NULL && i < n->n; i++)
		if (&n->kid[i] != config)
			import_whole(im, &n->kid[i]);
	read_one(im, as, config != NULL ? config : n);
}

static const struct node *
name_of(struct importing *im, const struct node *root)
{
	const struct node *name = either(im, root, "name", "expectation_suite_name");

	return name != NULL ? name : import_get(im, root, "suite_name");
}

static void
read_gx(struct importing *im, const struct node *root)
{
	static const char *const aside[] = {
		"id",         "meta",        "notes",       "data_asset_type", "data_asset_name",
		"asset_id",   "ge_cloud_id", "statistics",  "data_context",    "execution_engine_type",
		"result_url", "success",     "dataset_name"};
	const struct node *list = list_of(root), *name = name_of(im, root);
	const struct node *params = either(im, root, "suite_parameters", "evaluation_parameters");
	struct import_asset *as;

	if (name != NULL && name->kind == NODE_TEXT)
		im->ret->name = name->text;
	import_whole(im, params);
	im->ret->params = params;
	skip(im, root, aside, LEN(aside));
	as = import_asset(im, im->ret->name.n > 0 ? im->ret->name : SV("suite"),
	                  name != NULL ? name->loc : root->loc);
	if (list != root)
		(void)import_get(im, root, arena_str(im->a, list->key));
	for (size_t i = 0; i < list->n; i++)
		read_result(im, as, import_kid(im, list, i));
}

const struct importer import_gx = {
	.name = "gx",
	.alias = {"great_expectations"},
	.title = "Great Expectations",
	.doc = "A suite of Great Expectations, as 1.x or 0.x writes it to expectations/NAME.json; also the bare "
	       "list of its expectations, and the result of a validation, which repeats them.",
	.example =
		"{\"name\": \"orders\", \"expectations\": [{\"type\": \"expect_column_values_to_not_be_null\", "
		"\"kwargs\": {\"column\": \"order_id\"}}]}",
	.recognise = is_gx,
	.read = read_gx,
};
