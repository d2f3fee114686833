/*
 * From files to the effective catalog: overlays are laid over the first file, the environment over both, then ${VAR},
 * templates and defaults.  All of it happens on nodes, so that each value keeps its place; and before any meaning is read.
 */
#include "base/fs.h"
#include "catalog/load.h"

enum { EFFECTIVE_MAX = 4000000, OVERLAYS_MAX = 1000, DEFAULTS_MAX = 1000, MATCHES_MAX = 5000000 };

const char *const appended_keys[] = {"aliases", "checks", "defaults", "depends_on",
                                     "owners",  "routes", "suites",   "tags"};
const size_t appended_count = LEN(appended_keys);

bool
effective_add(struct loader *l, size_t nodes, struct loc at)
{
	l->effective += nodes;
	if (l->effective <= EFFECTIVE_MAX)
		return true;
	diag_error(l->d, at, "templates and defaults make more than %d values", EFFECTIVE_MAX);
	return false;
}

static struct node
with(struct arena *a, const struct node *map, const char *key, const struct node *value)
{
	struct node ret = *map;

	ret.kid = ARENA_ARRAY(a, struct node, map->n);
	for (size_t i = 0; i < map->n; i++)
		ret.kid[i] = sv_is(map->kid[i].key, key) ? *value : map->kid[i];
	return ret;
}

/* Overlays ------------------------------------------------------------------------------------------------------ */

/* {import: KIND, from: PATH} */
static const struct node *
overlay_import(struct loader *l, const struct node *item, const struct node *root)
{
	static const char *const keys[] = {"import", "from"};
	const struct node *kind = node_get(item, "import"), *from = node_get(item, "from");
	const char *path;

	for (size_t i = 0; i < item->n; i++)
		if (!sv_is(item->kid[i].key, keys[0]) && !sv_is(item->kid[i].key, keys[1])) {
			diag_error(l->d, item->kid[i].key_loc, "an import has no key '" SV_FMT "'",
			           SV_ARG(item->kid[i].key));
			diag_suggest(l->d, item->kid[i].key, keys, LEN(keys));
			return NULL;
		}
	if (kind->kind != NODE_TEXT || from == NULL || from->kind != NODE_TEXT || from->text.n == 0) {
		diag_error(l->d, item->loc, "an import is a map {import: KIND, from: PATH}");
		return NULL;
	}
	path = fs_join(l->a, fs_dirname(l->a, item->loc.file), from->text);
	if (l->no_files || l->import == NULL) {
		diag_error(l->d, item->loc, "no other file can be read from here");
		return NULL;
	}
	return l->import(l->a, item, path, node_get(root, "assets"), l->d);
}

static const struct node *
overlay_parse(struct loader *l, const struct node *item, const struct node *root)
{
	struct node name = vars_expand(l, item);

	if (item->kind == NODE_MAP && node_get(item, "import") != NULL)
		return overlay_import(l, &name, root);
	if (name.kind != NODE_TEXT || name.text.n == 0) {
		diag_error(l->d, item->loc,
		           "an item of 'catalog' must be the path of a file, or a map {import: KIND, from: "
		           "PATH}");
		return NULL;
	}

	const char *path = fs_join(l->a, fs_dirname(l->a, item->loc.file), name.text);

	if (l->no_files) {
		diag_error(l->d, item->loc, "no other file can be read from here");
		return NULL;
	}
	if (!fs_exists(path)) {
		diag_error(l->d, item->loc, "there is no file '%s'", path);
		return NULL;
	}

	const struct node *over = node_parse_file(l->a, path, l->d);

	if (over != NULL && over->kind != NODE_MAP) {
		diag_error(l->d, over->loc, "a catalog must be a map, not %s", node_kind_name(over->kind));
		return NULL;
	}
	return over;
}

static const struct node *
overlays_apply(struct loader *l, const struct node *root)
{
	const struct node *list = node_get(root, "catalog");
	const struct node *ret = root;

	if (list == NULL || node_is_off(list))
		return root;
	if (list->kind != NODE_SEQ) {
		diag_error(l->d, list->loc, "'catalog' must be a list of files, not %s",
		           node_kind_name(list->kind));
		return root;
	}
	if (list->n > OVERLAYS_MAX) {
		diag_error(l->d, list->loc, "more than %d files", OVERLAYS_MAX);
		return root;
	}
	for (size_t i = 0; i < list->n; i++) {
		const struct node *over = overlay_parse(l, &list->kid[i], ret);
		const struct node *nested = node_get(over, "catalog");

		if (nested != NULL) {
			diag_error(l->d, nested->key_loc,
			           "a file that is named under 'catalog' cannot name others");
			diag_hint(l->d, "name them all in %s", list->loc.file);
		}
		if (over != NULL)
			ret = node_merge(l->a, ret, over, appended_keys, appended_count);
	}
	return ret;
}

/* Environments -------------------------------------------------------------------------------------------------- */

static const struct node *
environment_apply(struct loader *l, const struct node *root, const char *name)
{
	const struct node *all = node_get(root, "environments");
	const struct node *env = node_get(all, name);
	struct map names;
	size_t nnames;

	if (env != NULL && env->kind == NODE_MAP) {
		/* An environment overrides: its lists replace. */
		struct node over = *env;

		over.key_loc = NOWHERE;
		return node_merge(l->a, root, &over, NULL, 0);
	}
	if (env != NULL || strcmp(name, "default") == 0)
		return root;
	map_init(&names, l->a);
	for (size_t i = 0; all != NULL && all->kind == NODE_MAP && i < all->n; i++)
		(void)map_put(&names, all->kid[i].key);

	const char *const *list = map_names(l->a, &names, &nnames);

	diag_error(l->d, all != NULL ? all->key_loc : (struct loc){.file = root->loc.file},
	           "there is no environment '%s'", name);
	diag_suggest(l->d, sv_of(name), list, nnames);
	return root;
}

/* Defaults ------------------------------------------------------------------------------------------------------ */

struct dflt {
	const struct node *match;
	struct node body; /* without match */
	size_t nodes;
};

static bool
match_ok(const struct node *match)
{
	if (match == NULL || (match->kind != NODE_TEXT && match->kind != NODE_SEQ))
		return false;
	for (size_t i = 0; match->kind == NODE_SEQ && i < match->n; i++)
		if (match->kid[i].kind != NODE_TEXT)
			return false;
	return true;
}

static bool
matches(const struct node *match, struct sv key)
{
	if (match->kind == NODE_TEXT)
		return sv_glob(match->text, key);
	for (size_t i = 0; i < match->n; i++)
		if (sv_glob(match->kid[i].text, key))
			return true;
	return false;
}

static struct dflt *
defaults_list(struct loader *l, const struct node *list, size_t *n)
{
	size_t entries = list != NULL && list->kind == NODE_SEQ ? list->n : 0;
	struct dflt *v = ARENA_ARRAY(l->a, struct dflt, entries);

	*n = 0;
	if (entries > DEFAULTS_MAX) {
		diag_error(l->d, list->loc, "more than %d defaults", DEFAULTS_MAX);
		entries = 0;
	}
	for (size_t i = 0; i < entries; i++) {
		const struct node *entry = &list->kid[i];
		struct dflt *d = &v[*n];

		/* What is wrong with an entry is told when the table of defaults is read. */
		if (entry->kind != NODE_MAP || !match_ok(node_get(entry, "match")))
			continue;
		d->match = node_get(entry, "match");
		d->body = *entry;
		d->body.n = 0;
		d->body.kid = ARENA_ARRAY(l->a, struct node, entry->n);
		for (size_t k = 0; k < entry->n; k++)
			if (!sv_is(entry->kid[k].key, "match"))
				d->body.kid[d->body.n++] = entry->kid[k];
		d->nodes = node_count(&d->body);
		(*n)++;
	}
	return v;
}

/* What several defaults give together: the same for all assets that they match. */
struct base {
	const struct node *node; /* NULL: none match */
	size_t nodes;
};

static struct base *
base_make(struct loader *l, const struct dflt *d, const uint16_t *match, size_t n)
{
	struct base *ret = ARENA_NEW(l->a, struct base);

	for (size_t i = 0; i < n; i++) {
		const struct dflt *one = &d[match[i]];

		/* Lists that append are copied at each step. */
		ret->nodes += one->nodes;
		if (!effective_add(l, ret->nodes, one->match->loc))
			break;
		ret->node = node_merge(l->a, ret->node, &one->body, appended_keys, appended_count);
	}
	return ret;
}

static struct node
defaults_apply(struct loader *l, const struct dflt *d, size_t n, struct map *made, const struct node *asset)
{
	struct node own = *asset;
	uint16_t match[DEFAULTS_MAX];
	size_t nmatch = 0;

	if (own.kind == NODE_NULL)
		own.kind = NODE_MAP;
	if (own.kind != NODE_MAP)
		return own;
	for (size_t i = 0; i < n; i++)
		if (matches(d[i].match, own.key))
			match[nmatch++] = (uint16_t)i;
	if (nmatch == 0)
		return own;

	struct map_entry *e = map_put(made, (struct sv){(const char *)match, nmatch * sizeof(*match)});

	if (e->value == NULL)
		e->value = base_make(l, d, match, nmatch);

	const struct base *base = e->value;

	if (l->effective > EFFECTIVE_MAX || !effective_add(l, base->nodes, d[match[0]].match->loc))
		return own;
	return *node_merge(l->a, base->node, &own, appended_keys, appended_count);
}

static struct node *
assets_effective(struct loader *l, const struct node *assets, const struct node *list)
{
	size_t n;
	struct dflt *d = defaults_list(l, list, &n);
	struct node *ret = templates_expand(l, assets);
	struct node *kid = ARENA_ARRAY(l->a, struct node, ret->n);
	struct map made;

	if (n > 0 && ret->n > MATCHES_MAX / n) {
		diag_error(l->d, list->loc, "%zu defaults are too many for %zu assets", n, ret->n);
		n = 0;
	}
	map_init(&made, l->a);
	for (size_t i = 0; i < ret->n && l->effective <= EFFECTIVE_MAX; i++)
		kid[i] = defaults_apply(l, d, n, &made, &ret->kid[i]);
	for (size_t i = 0; i < ret->n && l->effective <= EFFECTIVE_MAX; i++)
		if (kid[i].kind == NODE_MAP)
			kid[i] = suites_lay(l, &kid[i]);
	if (l->effective > EFFECTIVE_MAX)
		ret->n = 0;
	ret->kid = kid;
	for (size_t i = 0; i < n; i++) {
		bool used = false;

		for (size_t k = 0; k < ret->n && !used; k++)
			used = matches(d[i].match, kid[k].key);
		if (!used && ret->n > 0)
			diag_warning(l->d, d[i].match->loc, "these defaults match no asset");
	}
	return ret;
}

struct node *
catalog_effective(struct loader *l, const struct node *root, const char *env)
{
	struct node *ret = ARENA_NEW(l->a, struct node);

	root = overlays_apply(l, root);
	root = environment_apply(l, root, env);
	*ret = *root;
	ret->kid = ARENA_ARRAY(l->a, struct node, root->n);
	/* What other environments say is not for this one: its variables need not exist. */
	for (size_t i = 0; i < root->n; i++)
		ret->kid[i] = sv_is(root->kid[i].key, "environments") || sv_is(root->kid[i].key, "catalog")
		                      ? root->kid[i]
		                      : vars_expand(l, &root->kid[i]);

	const struct node *assets = node_get(ret, "assets");

	if (assets != NULL && assets->kind == NODE_MAP)
		*ret = with(l->a, ret, "assets", assets_effective(l, assets, node_get(ret, "defaults")));
	return ret;
}
