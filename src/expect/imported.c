/*
 * What an importer made, held against the registry: an importer knows what other tools mean, and not which expectations there are.  What
 * would be a mistake here is refused after all, with the reason, and `unsupported` takes its place.
 */
#include <assert.h>

#include "catalog/node_parse.h"
#include "expect/args.h"
#include "expect/parameter.h"
#include "expect/suite.h"
#include "import/import.h"

enum { NAMES_MAX = 64 };

static struct note *
note_of(struct imported *im, struct sv asset, struct loc at)
{
	for (size_t i = 0; i < im->note.n; i++) {
		struct note *n = &im->note.v[i];

		if (n->loc.line == at.line && n->loc.col == at.col && sv_eq(n->asset, asset))
			return n;
	}
	return NULL;
}

static struct node
stand_in(struct arena *a, const struct note *note, const struct node *check)
{
	struct node args = node_of_map(check->loc), ret = node_of_map(check->loc);
	const struct node *name = node_get(check, "name");

	node_put_text(a, &args, "what", note->what, check->loc);
	node_put_text(a, &args, "why", note->why, check->loc);
	if (note->remedy.n > 0)
		node_put_text(a, &args, "remedy", note->remedy, check->loc);
	node_put(a, &ret, SV("unsupported"), &args);
	if (name != NULL)
		node_put(a, &ret, SV("name"), name);
	return ret;
}

/* What a parameter is worth without a suite: false for one that follows the clock, which a catalog may say itself. */
static bool
parameter_value(struct arena *a, const struct node *params, const struct node *n, struct node *ret)
{
	const struct node *value, *said = args_parameter(a, n, &value);
	struct node made;
	bool clock;

	if (said == NULL || said->kind != NODE_TEXT)
		return false;
	if (value == NULL)
		value = node_get(params, arena_str(a, said->text));
	if (value == NULL) {
		if (!parameter_eval(a, said->text, said->loc, params, 0, &made, &clock, NULL) || clock)
			return false;
		value = &made;
	}
	*ret = *value;
	ret->key = n->key;
	ret->key_loc = n->key_loc;
	return true;
}

/* Parameters are the suite's; a catalog has none.  Their values are put in; expressions of the clock alone need none. */
static struct node
without_params(struct arena *a, const struct node *params, const struct node *n)
{
	struct node ret = *n;

	if (parameter_value(a, params, n, &ret))
		return ret;
	if (n->n > 0)
		ret.kid = ARENA_ARRAY(a, struct node, n->n);
	for (size_t i = 0; i < n->n; i++)
		ret.kid[i] = without_params(a, params, &n->kid[i]);
	return ret;
}

static const struct err *
mistake(struct arena *a, const struct node *check)
{
	struct diags d;
	struct check_list l = {.args = {.a = a, .any_sql = true}, .imported = true, .d = &d};

	diags_init(&d, a);
	suite_add_imported(&l, check);
	for (size_t i = 0; i < l.out.n; i++)
		if (l.out.v[i].err.code != ERR_NONE)
			return &l.out.v[i].err;
	return NULL;
}

/* False: its thing has its stand-in already. */
static bool
settle(struct arena *a, struct imported *im, struct sv asset, struct node *check)
{
	const struct err *err;
	struct note *note;

	*check = without_params(a, im->params, check);
	if ((err = mistake(a, check)) == NULL)
		return true;
	note = note_of(im, asset, check->loc);
	/* Each check has come with a note of its place. */
	assert(note != NULL);
	if (note->grade == GRADE_REFUSED)
		return false;
	note->grade = GRADE_REFUSED;
	note->became = (struct sv){0};
	note->why = arena_svf(a, "%s", err->msg);
	note->remedy = err->hint[0] != '\0' ? arena_svf(a, "%s", err->hint) : (struct sv){0};
	*check = stand_in(a, note, check);
	return true;
}

static void
settle_list(struct arena *a, struct imported *im, struct sv asset, struct node *list)
{
	size_t n = 0;

	for (size_t i = 0; i < list->n; i++)
		if (settle(a, im, asset, &list->kid[i]))
			list->kid[n++] = list->kid[i];
	list->n = n;
}

void
imported_settle(struct arena *a, struct imported *im)
{
	const struct node *assets = node_get(im->root, "assets");

	for (size_t i = 0; i < assets->n; i++)
		for (size_t k = 0; k < assets->kid[i].n; k++)
			if (sv_is(assets->kid[i].kid[k].key, "checks"))
				settle_list(a, im, assets->kid[i].key, &assets->kid[i].kid[k]);
	im->params = NULL;
}

/* Overlays -------------------------------------------------------------------------------------------------------- */

static size_t
texts_of(const struct node *n, struct sv *ret, size_t max)
{
	size_t k = 0;

	for (size_t i = 0; n != NULL && n->kind == NODE_SEQ && i < n->n && k < max; i++)
		if (n->kid[i].kind == NODE_TEXT)
			ret[k++] = n->kid[i].text;
	if (n != NULL && n->kind == NODE_TEXT)
		ret[k++] = n->text;
	return k;
}

/* The catalog's own name of an asset that the file calls otherwise: by its table, its alias, or the end of its key. */
static struct sv
own_key(const struct imported *im, const struct node *asset, const struct node *assets)
{
	struct sv found = asset->key;
	size_t n = 0;

	for (size_t i = 0; assets != NULL && assets->kind == NODE_MAP && i < assets->n; i++) {
		const struct node *own = &assets->kid[i];
		struct sv name[NAMES_MAX] = {own->key};
		size_t k = 1 + texts_of(node_get(own, "table"), name + 1, 1);

		k += texts_of(node_get(own, "aliases"), name + k, NAMES_MAX - k);
		if (sv_eq(own->key, asset->key))
			return own->key;
		if (imported_asset(im, name, k, false) == asset) {
			found = own->key;
			n++;
		}
	}
	return n == 1 ? found : asset->key;
}

/* What an importer took from a file is meant as it stands: the catalog is not to see ${VAR} in it. */
static struct node
escaped(struct arena *a, const struct node *n)
{
	struct node ret = *n;
	AUTO(buf) b = buf_new(1 << 26);

	for (size_t i = 0; n->kind == NODE_TEXT && i < n->text.n; i++) {
		if (sv_starts(sv_skip(n->text, i), SV("${")))
			buf_putc(b, '$');
		buf_putc(b, n->text.p[i]);
	}
	if (b->n > n->text.n)
		ret.text = arena_sv(a, buf_sv(b));
	if (n->n > 0)
		ret.kid = ARENA_ARRAY(a, struct node, n->n);
	for (size_t i = 0; i < n->n; i++)
		ret.kid[i] = escaped(a, &n->kid[i]);
	return ret;
}

/* The key by which the catalog has an asset that the file calls otherwise: what its checks say of it must follow. */
struct rename {
	struct sv from, to;
};

static struct sv
renamed_to(const struct rename *list, size_t n, struct sv name)
{
	for (size_t i = 0; i < n; i++)
		if (sv_eq(list[i].from, name))
			return list[i].to;
	return name;
}

static void
rename_in_check(struct node *check, const struct rename *list, size_t n)
{
	struct node *args = &check->kid[0];
	const struct expectation *e = expectation_find(args->key);

	for (size_t i = 0; e != NULL && args->kind == NODE_MAP && i < args->n; i++) {
		const int at = args_find(e, args->kid[i].key);

		if (at >= 0 && e->params[at].kind == PARAM_ASSET && args->kid[i].kind == NODE_TEXT)
			args->kid[i].text = renamed_to(list, n, args->kid[i].text);
	}
}

/* The nodes are this overlay's own. */
static void
rename_assets(struct node *asset, const struct rename *list, size_t n)
{
	for (size_t i = 0; i < asset->n; i++) {
		struct node *kid = &asset->kid[i];

		for (size_t k = 0; k < kid->n && sv_is(kid->key, "checks"); k++)
			rename_in_check(&kid->kid[k], list, n);
		for (size_t k = 0; k < kid->n && sv_is(kid->key, "depends_on"); k++)
			if (kid->kid[k].kind == NODE_TEXT)
				kid->kid[k].text = renamed_to(list, n, kid->kid[k].text);
	}
}

/* Names that the catalog has itself, of this asset or another. */
static void
drop_aliases(struct node *asset, struct sv key, const struct node *assets)
{
	const struct node *own = node_find(assets, key);
	struct sv theirs[NAMES_MAX];
	const size_t n = texts_of(node_get(own, "aliases"), theirs, NAMES_MAX);

	for (size_t i = 0; i < asset->n; i++) {
		struct node *list = &asset->kid[i];
		size_t left = 0;

		for (size_t k = 0; k < list->n && sv_is(list->key, "aliases"); k++) {
			const struct sv name = list->kid[k].text;

			if (!sv_eq(name, key) && !sv_in(name, theirs, n) && node_find(assets, name) == NULL)
				list->kid[left++] = list->kid[k];
		}
		if (sv_is(list->key, "aliases"))
			list->n = left;
	}
}

const struct node *
imported_overlay(struct arena *a, const struct node *item, const char *path, const struct node *assets,
                 struct diags *d)
{
	const struct node *kind = node_get(item, "import"), *list;
	const struct import_options o = {.var = NULL};
	struct node *root = ARENA_NEW(a, struct node);
	struct node renamed = node_of_map(item->loc);
	struct rename *names;
	struct document doc;
	struct imported im;

	if (!document_file(a, path, arena_str(a, kind->text), &doc, d) ||
	    !import_document(a, &doc, &o, &im, d))
		return NULL;
	imported_settle(a, &im);
	*root = escaped(a, im.root);
	list = node_get(im.root, "assets");
	names = ARENA_ARRAY(a, struct rename, list->n);
	for (size_t i = 0; i < list->n; i++)
		names[i] = (struct rename){list->kid[i].key, own_key(&im, &list->kid[i], assets)};
	for (size_t i = 0; i < list->n; i++) {
		struct node asset = escaped(a, &list->kid[i]);
		struct sv key = names[i].to;

		rename_assets(&asset, names, list->n);
		drop_aliases(&asset, key, assets);
		asset.key_loc = list->kid[i].key_loc;
		/* Two of the file are never one of ours. */
		node_put(a, &renamed, node_find(&renamed, key) != NULL ? list->kid[i].key : key, &asset);
	}
	node_put(a, root, SV("assets"), &renamed);
	return root;
}
