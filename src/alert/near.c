/*
 * Which open incidents a report may have to do with.
 *
 * Of a few all are read.  When very many assets go wrong at once they are told of in many reports; each of which would read all that those
 * before it opened.  So of many only those of its assets and of all that is upstream of these, which may be what its problems follow from,
 * and those that hold symptoms of any of them.
 */
#include "alert/settle.h"
#include "base/json.h"
#include "store/incident.h"

enum { FEW = 2000 };

struct cone {
	struct map keys;
	LIST(const struct asset *) todo; /* whose inputs are looked up */
};

static void
add(struct arena *a, struct cone *c, struct sv key, const struct asset *asset)
{
	if (map_has(&c->keys, key))
		return;
	(void)map_put(&c->keys, key);
	if (asset != NULL)
		*LIST_ADD(a, &c->todo) = asset;
}

/* At most `max` or a few more. */
static void
find_cone(const struct settling *s, size_t max, struct cone *ret)
{
	const struct catalog *c = s->w->catalog;
	struct arena *a = s->w->a;

	map_init(&ret->keys, a);
	for (size_t i = 0; i < s->r->nasset; i++)
		add(a, ret, s->r->asset[i].key, s->r->asset[i].asset);
	for (size_t i = 0; i < s->r->norphan; i++)
		add(a, ret, s->r->orphan[i].key, catalog_asset(c, s->r->orphan[i].key));
	for (size_t i = 0; i < ret->todo.n && ret->keys.n <= max; i++) {
		const uint32_t at = ret->todo.v[i]->index;

		for (uint32_t k = c->up_at[at]; k < c->up_at[at + 1]; k++)
			add(a, ret, c->asset[c->up[k]].key, &c->asset[c->up[k]]);
	}
}

static bool
read_near(struct settling *s, const struct cone *c, struct err *err)
{
	size_t size = 16;

	for (size_t i = 0; i < c->keys.n; i++)
		size += 6 * c->keys.e[i].key.n + 4;

	AUTO(buf) b = buf_new(size);
	struct json_writer w;

	json_write_init(&w, b, 0);
	json_array(&w);
	for (size_t i = 0; i < c->keys.n; i++)
		json_sv(&w, c->keys.e[i].key);
	json_array_end(&w);
	return buf_check(b, "the names of assets", err) &&
	       store_incidents_near(s->w->store, s->w->a, buf_sv(b), &s->open, &s->nopen, err);
}

bool
settle_load_open(struct settling *s, struct err *err)
{
	struct cone cone = {0};
	int64_t n;

	if (!store_count_open_incidents(s->w->store, &n, err))
		return false;
	/* What is no longer declared, or no longer an orphan, is found by looking at all. */
	if (n > FEW && !s->r->whole && !s->r->has_orphans) {
		find_cone(s, (size_t)n, &cone);
		if (cone.keys.n <= (size_t)n)
			return read_near(s, &cone, err);
	}
	return store_open_incidents(s->w->store, s->w->a, &s->open, &s->nopen, err);
}
