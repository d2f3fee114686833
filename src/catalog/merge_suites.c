/*
 * What files under `suites:` say of an asset beside checks lies under what the asset says itself: its columns, key by key, and how fresh it must be,
 * as a whole.  Where both speak the asset counts, and that is told.
 */
#include "base/buf.h"
#include "base/fs.h"
#include "catalog/load.h"
#include "catalog/node_build.h"

static bool
is_same(const struct node *x, const struct node *y)
{
	AUTO(buf) a = buf_new(1 << 20);
	AUTO(buf) b = buf_new(1 << 20);

	node_flow(x, a);
	node_flow(y, b);
	return sv_eq(buf_sv(a), buf_sv(b));
}

static const struct node *
type_of(const struct node *column)
{
	return column == NULL || column->kind == NODE_TEXT ? column : node_get(column, "type");
}

/* Those that both declare, each in its own way. */
static void
tell_columns(struct loader *l, const struct node *own, const struct node *said)
{
	for (size_t i = 0; own->kind == NODE_MAP && i < said->n; i++) {
		const struct node *theirs = type_of(&said->kid[i]), *ours = NULL;

		for (size_t k = 0; k < own->n; k++)
			if (sv_eq(own->kid[k].key, said->kid[i].key))
				ours = type_of(&own->kid[k]);
		if (ours == NULL || theirs == NULL || sv_eq(ours->text, theirs->text))
			continue;
		diag_warning(l->d, theirs->loc,
		             "the column '" SV_FMT "' is " SV_FMT " here and " SV_FMT
		             " in the catalog, which counts",
		             SV_ARG(said->kid[i].key), SV_ARG(theirs->text), SV_ARG(ours->text));
		diag_hint(l->d, "Take its type out of one of them.");
	}
}

static void
lay_columns(struct loader *l, struct node *asset, const struct node *said)
{
	const struct node *own = node_get(asset, "columns");
	struct node *merged;

	if (said == NULL || !effective_add(l, said->n, said->loc))
		return;
	if (own != NULL)
		tell_columns(l, own, said);
	merged = own != NULL ? node_merge(l->a, said, own, appended_keys, appended_count) : NULL;
	node_put(l->a, asset, SV("columns"), merged != NULL ? merged : said);
}

static void
lay_freshness(struct loader *l, struct node *asset, const struct node *said, const struct node *updated)
{
	const struct node *own = node_get(asset, "freshness");

	if (said == NULL)
		return;
	if (own == NULL) {
		node_put(l->a, asset, SV("freshness"), said);
		if (updated != NULL && node_get(asset, "updated") == NULL)
			node_put(l->a, asset, SV("updated"), updated);
	} else if (!node_is_off(own) && !is_same(own, said)) {
		diag_warning(l->d, said->loc,
		             "the freshness that '" SV_FMT "' has already counts, and not this one",
		             SV_ARG(asset->key));
		diag_hint(l->d,
		          "Take it out of one of them, or write `freshness: off` if it is not to be judged.");
	}
}

/* Nodes that were read are full, and other assets may share them. */
static struct node
copy_of(struct loader *l, const struct node *map)
{
	struct node ret = *map;

	ret.kid = NULL;
	ret.n = 0;
	for (size_t i = 0; i < map->n; i++)
		node_put(l->a, &ret, map->kid[i].key, &map->kid[i]);
	return ret;
}

struct node
suites_lay(struct loader *l, const struct node *asset)
{
	const struct node *list = node_get(asset, "suites");
	struct node ret = *asset;
	bool copied = false;

	if (list == NULL || l->suite == NULL || l->no_files)
		return ret;
	for (size_t i = 0; i < load_items(list); i++) {
		const struct node *item = load_item(list, i), *said;
		const char *dir = item->loc.file != NULL ? fs_dirname(l->a, item->loc.file) : ".";

		if (item->kind != NODE_TEXT || item->text.n == 0)
			continue;
		said = l->suite(l->a, fs_join(l->a, dir, item->text), asset, &l->suite_read);
		if (said == NULL)
			continue;
		if (!copied)
			ret = copy_of(l, asset);
		copied = true;
		lay_columns(l, &ret, node_get(said, "columns"));
		lay_freshness(l, &ret, node_get(said, "freshness"), node_get(said, "updated"));
	}
	return ret;
}
