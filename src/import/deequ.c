/*
 * Deequ: the constraints that it suggests, as JSON, and checks as Scala and PyDeequ write them.
 *
 * What it writes of a run (metrics, results of checks, profiles) looks like a suite and is none: it does not say what was asked for.
 */
#include "import/deequ.h"

#include "import/importers.h"

static const struct node *
first(const struct node *root)
{
	return root->kind == NODE_SEQ && root->n > 0 ? &root->kid[0] : NULL;
}

/* Documents of runs, by the keys of their first part. */
static const struct {
	const char *key[2], *what, *why, *remedy;
} others[] = {
	{{"resultKey", "analyzerContext"},
         "a repository of metrics",
         "it holds what Deequ measured, and no checks",
         "import the code of the checks, or what Deequ suggests"},
	{{"entity", "instance"},
         "metrics",
         "it holds what Deequ measured, and no checks",
         "import the code of the checks, or what Deequ suggests"},
	{{"check_level", "constraint"},
         "results of a verification",
         "a result does not say which number was asked for",
         "import the code of the checks"},
	{{"isDataTypeInferred", "completeness"},
         "profiles of columns",
         "a profile says how the data was, and not how it should be",
         "import what Deequ suggests, or let `weir profile` suggest"},
};

static const struct node *
part_of(const struct node *root)
{
	const struct node *columns = node_get(root, "columns");

	return columns != NULL && columns->kind == NODE_SEQ && columns->n > 0 ? &columns->kid[0]
	                                                                      : first(root);
}

static size_t
other(const struct node *root)
{
	const struct node *n = part_of(root);

	for (size_t i = 0; n != NULL && i < LEN(others); i++)
		if (node_get(n, others[i].key[0]) != NULL && node_get(n, others[i].key[1]) != NULL)
			return i;
	return LEN(others);
}

static const struct node *
suggestions(const struct node *root)
{
	const struct node *list = node_get(root, "constraint_suggestions");

	if (list != NULL)
		return list->kind == NODE_SEQ ? list : NULL;
	return first(root) != NULL && node_get(first(root), "code_for_constraint") != NULL ? root : NULL;
}

static bool
is_deequ(const struct node *root)
{
	return suggestions(root) != NULL || other(root) < LEN(others);
}

static void
read_suggestion(struct importing *im, struct import_asset *asset, const struct node *n)
{
	const struct node *code = node_get(n, "code_for_constraint"), *said = node_get(n, "description");
	const struct word_source s = {.text = code != NULL ? code->text : (struct sv){0},
	                              .start = code != NULL ? code->loc : n->loc,
	                              .scalar = true,
	                              .line = sv_ends(sv_of(n->loc.file), SV(".json"))};

	import_whole(im, n);
	if (code == NULL || code->kind != NODE_TEXT)
		import_refuse(im, asset, n, n->loc, true, import_short(im->a, n), NULL,
		              "it has no code_for_constraint");
	else
		deequ_code_read(im, asset, &s, n,
		                said != NULL && said->kind == NODE_TEXT ? said->text : SV(""));
}

static void
read_deequ(struct importing *im, const struct node *root)
{
	const struct node *list;
	size_t i;

	if (root->kind == NODE_TEXT) {
		const struct word_source s = {.text = root->text, .start = root->loc};

		deequ_code_read(im, deequ_asset(im, root->loc), &s, NULL, SV(""));
		return;
	}
	if ((list = suggestions(root)) == NULL) {
		if ((i = other(root)) < LEN(others))
			import_refuse(im, NULL, root, root->loc, true, sv_of(others[i].what),
			              others[i].remedy, "%s", others[i].why);
		return;
	}
	if (list != root)
		(void)import_get(im, root, "constraint_suggestions");
	for (size_t k = 0; k < list->n; k++)
		read_suggestion(im, deequ_asset(im, root->loc), import_kid(im, list, k));
}

const struct importer import_deequ = {
	.name = "deequ",
	.alias = {"pydeequ"},
	.title = "Deequ",
	.doc = "Constraints that Deequ or PyDeequ suggests, as JSON; and checks in Scala or Python whose arguments are constants.",
	.example = ".isComplete(\"order_id\").hasSize(_ >= 3)\n",
	.recognise = is_deequ,
	.recognise_text = deequ_is_code,
	.read = read_deequ,
};
