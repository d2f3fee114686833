/*
 * The graph: names to assets, edges in both directions as compressed rows (the inputs of asset i are
 * up[up_at[i] .. up_at[i + 1])), and an order in which inputs come first.
 */
#include "base/buf.h"
#include "catalog/load.h"

/* Whoever has more mistakes than this need not be told of each name. */
enum { ERRORS_MAX = 1000 };

static void
names_add(struct loader *l)
{
	struct catalog *c = l->c;

	map_init(&c->by_key, l->a);
	for (size_t i = 0; i < c->nasset; i++)
		(void)map_set(&c->by_key, c->asset[i].key, &c->asset[i]);
	for (size_t i = 0; i < c->nasset; i++) {
		const struct asset *as = &c->asset[i];
		const struct node *n = node_get(as->node, "aliases");

		for (size_t k = 0; k < as->nalias && l->d->errors < ERRORS_MAX; k++) {
			struct map_entry *e = map_put(&c->by_key, as->alias[k]);
			const struct node *at = n;

			if (e->value == NULL) {
				e->value = &c->asset[i];
				continue;
			}
			for (size_t j = 0; n->kind == NODE_SEQ && j < n->n; j++)
				if (node_is_scalar(&n->kid[j]) && sv_eq(n->kid[j].text, as->alias[k]))
					at = &n->kid[j];

			const struct asset *other = e->value;

			diag_error(l->d, at->loc, "the name '" SV_FMT "' is taken by '" SV_FMT "'",
			           SV_ARG(as->alias[k]), SV_ARG(other->key));
			diag_hint(l->d, "that asset is declared in %s, line %u", other->loc.file,
			          other->loc.line);
		}
	}
}

/* Calls for each edge asset -> input; `last` keeps an input that is named twice from counting twice. */
static size_t
inputs(const struct catalog *c, const struct asset *as, uint32_t *last, uint32_t *out)
{
	size_t n = 0;

	for (size_t i = 0; i < as->ndep; i++) {
		const struct asset *up = catalog_asset(c, as->dep[i].key);

		if (up == NULL || up == as || last[up->index] == as->index + 1)
			continue;
		last[up->index] = as->index + 1;
		out[n++] = up->index;
	}
	return n;
}

static void
edges_build(struct loader *l)
{
	struct catalog *c = l->c;
	size_t n = c->nasset, max = 0, at = 0;
	uint32_t *last = ARENA_ARRAY(l->a, uint32_t, n);

	for (size_t i = 0; i < n; i++)
		max += c->asset[i].ndep;
	c->up = ARENA_ARRAY(l->a, uint32_t, max);
	c->down = ARENA_ARRAY(l->a, uint32_t, max);
	c->up_at = ARENA_ARRAY(l->a, uint32_t, n + 1);
	c->down_at = ARENA_ARRAY(l->a, uint32_t, n + 2);
	for (size_t i = 0; i < n; i++) {
		at += inputs(c, &c->asset[i], last, c->up + at);
		c->up_at[i + 1] = (uint32_t)at;
	}
	/* Counting sort by the other end; shifted by one so that the fill leaves the starts behind. */
	for (size_t e = 0; e < at; e++)
		c->down_at[c->up[e] + 2]++;
	for (size_t i = 0; i < n; i++)
		c->down_at[i + 2] += c->down_at[i + 1];
	for (uint32_t i = 0; i < n; i++)
		for (uint32_t e = c->up_at[i]; e < c->up_at[i + 1]; e++)
			c->down[c->down_at[c->up[e] + 1]++] = i;
}

/* Kahn's algorithm, the first declared first; returns how many assets found their place: the rest is on or behind a cycle. */
static size_t
order(struct loader *l, uint32_t *missing)
{
	struct catalog *c = l->c;
	size_t n = 0;

	c->topo = ARENA_ARRAY(l->a, uint32_t, c->nasset);
	for (uint32_t i = 0; i < c->nasset; i++) {
		missing[i] = c->up_at[i + 1] - c->up_at[i];
		if (missing[i] == 0)
			c->topo[n++] = i;
	}
	for (size_t i = 0; i < n; i++) {
		uint32_t done = c->topo[i];

		for (uint32_t e = c->down_at[done]; e < c->down_at[done + 1]; e++)
			if (--missing[c->down[e]] == 0)
				c->topo[n++] = c->down[e];
	}
	return n;
}

static const struct dep *
dep_on(const struct catalog *c, const struct asset *as, const struct asset *up)
{
	for (size_t i = 0; i < as->ndep; i++)
		if (catalog_asset(c, as->dep[i].key) == up)
			return &as->dep[i];
	return NULL;
}

/* path[0..n] is a cycle, each an input of the next: shown in that order, told once. */
static void
cycle_report(struct loader *l, const uint32_t *path, size_t n)
{
	const struct catalog *c = l->c;
	struct buf text;
	size_t first = 0;

	/* Started at the asset that was declared first, so that the message does not depend on the walk. */
	for (size_t i = 1; i < n; i++)
		if (path[i] < path[first])
			first = i;

	const struct asset *as = &c->asset[path[first]], *up = &c->asset[path[first > 0 ? first - 1 : n - 1]];

	buf_init(&text, 1 << 16);
	for (size_t i = first; i <= first + n; i++)
		buf_printf(&text, "%s" SV_FMT, i > first ? " -> " : "",
		           SV_ARG(c->asset[path[i < n ? i : i - n]].key));
	diag_error(l->d, dep_on(c, as, up)->loc, "assets depend on each other: %s", buf_str(&text));
	buf_fini(&text);
}

/* From each asset that is left, along inputs that are left too, until one is met again: that is a cycle. */
static void
cycles_find(struct loader *l, const uint32_t *missing)
{
	const struct catalog *c = l->c;
	uint32_t *walk = ARENA_ARRAY(l->a, uint32_t, c->nasset);  /* which walk was here, 0 = none */
	uint32_t *place = ARENA_ARRAY(l->a, uint32_t, c->nasset); /* where in the path */
	uint32_t *path = ARENA_ARRAY(l->a, uint32_t, c->nasset);

	for (uint32_t start = 0; start < c->nasset; start++) {
		size_t n = 0;
		uint32_t at = start;

		while (missing[at] > 0 && walk[at] == 0) {
			uint32_t e = c->up_at[at];

			walk[at] = start + 1;
			place[at] = (uint32_t)n;
			path[n++] = at;
			while (missing[c->up[e]] == 0)
				e++;
			at = c->up[e];
		}
		if (n == 0 || walk[at] != start + 1)
			continue;

		/* Walked against the data: turned round, so that arrows show where it flows. */
		size_t from = place[at], len = n - from;

		for (size_t i = 0; i < len / 2; i++) {
			uint32_t swap = path[from + i];

			path[from + i] = path[n - 1 - i];
			path[n - 1 - i] = swap;
		}
		cycle_report(l, path + from, len);
	}
}

/* Names in dependencies become keys; an asset that reads itself is a cycle of one. */
static void
deps_resolve(struct loader *l)
{
	AUTO(arena) scratch = arena_new();
	struct catalog *c = l->c;

	for (size_t i = 0; i < c->nasset; i++) {
		const struct asset *as = &c->asset[i];
		struct dep *dep = ARENA_ARRAY(l->a, struct dep, as->ndep);
		struct map seen;
		size_t n = 0;

		arena_reset(scratch);
		map_init(&seen, scratch);
		for (size_t k = 0; k < as->ndep; k++) {
			struct dep d = as->dep[k];
			const struct asset *up = catalog_asset(c, d.key);

			if (up != NULL)
				d.key = up->key;
			if (up == as) {
				diag_error(l->d, d.loc,
				           "'" SV_FMT "' depends on itself: " SV_FMT " -> " SV_FMT,
				           SV_ARG(as->key), SV_ARG(as->key), SV_ARG(as->key));
				continue;
			}
			if (map_set(&seen, d.key, dep) != NULL)
				diag_error(l->d, d.loc, "'" SV_FMT "' is a dependency already",
				           SV_ARG(d.key));
			else
				dep[n++] = d;
		}
		c->asset[i].dep = dep;
		c->asset[i].ndep = n;
	}
}

void
graph_build(struct loader *l)
{
	struct catalog *c = l->c;
	uint32_t *missing = ARENA_ARRAY(l->a, uint32_t, c->nasset);

	names_add(l);
	deps_resolve(l);
	edges_build(l);
	if (order(l, missing) < c->nasset)
		cycles_find(l, missing);
}

static void
add_node(struct hasher *h, const struct node *n)
{
	struct buf text;
	struct json_writer w;

	buf_init(&text, SIZE_MAX);
	json_write_init(&w, &text, 0);
	node_to_json_symbolic(n, &w);
	hasher_add(h, n->key);
	hasher_add(h, buf_sv(&text));
	buf_fini(&text);
}

void
asset_place(const struct asset *asset, char hex[HASH_HEX])
{
	/* Policies are not about the data, and checks have hashes of their own. */
	static const char *const keys[] = {"path", "table",   "query",      "where",   "format",
	                                   "csv",  "columns", "partitions", "updated", "version"};
	struct hasher h;

	hasher_init(&h);
	hasher_add(&h, asset->source != NULL ? asset->source->url : (struct sv){0});
	hasher_add(&h, asset->base_dir != NULL ? sv_of(asset->base_dir) : (struct sv){0});
	hasher_add_i64(&h, asset->elsewhere);
	for (size_t i = 0; i < LEN(keys); i++) {
		const struct node *n = asset->node->kind == NODE_MAP ? node_get(asset->node, keys[i]) : NULL;

		if (n != NULL)
			add_node(&h, n);
	}
	hasher_end(&h, hex);
}

void
catalog_hash(struct catalog *c)
{
	static const char *const other[] = {"catalog", "environments", "defaults", "store"};
	struct hasher h;

	hasher_init(&h);
	hasher_add(&h, c->env);
	for (size_t i = 0; i < c->node->n; i++) {
		bool skip = false;

		/* Of the sources of the effective definition only it itself counts; and the same state may be kept elsewhere. */
		for (size_t k = 0; k < LEN(other); k++)
			skip = skip || sv_is(c->node->kid[i].key, other[k]);
		if (skip)
			continue;
		add_node(&h, &c->node->kid[i]);
	}
	hasher_end(&h, c->hash);
}
