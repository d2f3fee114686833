/* What a child is told: its order, with the facts of the state that it cannot see. */
#include <string.h>

#include "serve/past_json.h"
#include "serve/workshop_internal.h"
#include "store/upkeep.h"

static bool
glob_selects(const struct work_order *o, struct sv asset, const struct check *c)
{
	for (size_t i = 0; i < o->ncheck; i++)
		if (run_check_is(o->check[i], asset, c))
			return true;
	return o->ncheck == 0;
}

bool
workshop_selects(struct arena *a, const struct service *s, const struct work_order *o, struct checks *ret,
                 struct err *err)
{
	const struct asset *asset = &s->project->catalog->asset[o->asset];
	const struct checks *all = &s->project->checks[o->asset];
	bool enabled = false;

	*ret = (struct checks){.v = ARENA_ARRAY(a, struct check, all->n)};
	for (size_t i = 0; i < all->n; i++)
		if (glob_selects(o, asset->key, &all->v[i])) {
			ret->v[ret->n++] = all->v[i];
			enabled = enabled || all->v[i].enabled;
		}
	for (size_t k = 0; k < o->ncheck; k++) {
		bool names_one = false;

		for (size_t i = 0; i < ret->n; i++)
			names_one = names_one || run_check_is(o->check[k], asset->key, &ret->v[i]);
		if (!names_one)
			return err_set(err, ERR_NOTHING, NOWHERE,
			               "no check of '" SV_FMT "' is called '" SV_FMT "'", SV_ARG(asset->key),
			               SV_ARG(o->check[k]));
	}
	return enabled || err_set(err, ERR_NOTHING, NOWHERE, "'" SV_FMT "' has no checks that could be run",
	                          SV_ARG(asset->key));
}

struct telling {
	struct workshop *w;
	struct arena *a;
	struct json_writer j;
	struct map told; /* assets whose facts are in the order */
};

/* The newest reports of an asset whose version is told, not seen. */
static bool
put_facts(struct telling *t, const struct asset *asset, struct err *err)
{
	const struct service *s = t->w->s;
	const bool seen = asset->path.n > 0 || asset->table.n > 0 || asset->query.n > 0;
	struct event *e;
	size_t n;

	if ((seen && asset->version_from != VERSION_REPORTED) || map_has(&t->told, asset->key))
		return true;
	(void)map_put(&t->told, asset->key);
	if (!store_partition_events(s->store, t->a, asset->key, EVENT_MATERIALIZED,
	                            clock_now_us(s->clock) + FUTURE_TOLERANCE_US, &e, &n, err))
		return false;
	for (size_t i = 0; i < n; i++) {
		json_object(&t->j);
		json_put_sv(&t->j, "asset", asset->key);
		json_put_sv(&t->j, "partition", e[i].partition);
		json_put_sv(&t->j, "version", e[i].version);
		json_put_time(&t->j, "at", e[i].at_us);
		json_object_end(&t->j);
	}
	return true;
}

/* Also of the assets that its checks look at: their versions are part of what is judged. */
static bool
put_facts_around(struct telling *t, const struct asset *asset, struct err *err)
{
	const struct project *p = t->w->s->project;
	const struct checks *checks = &p->checks[asset->index];

	if (!put_facts(t, asset, err))
		return false;
	for (size_t i = 0; i < checks->n; i++) {
		const struct asset *other;

		for (uint32_t at = 0; (other = check_other(p->catalog, &checks->v[i], &at)) != NULL;)
			if (!put_facts(t, other, err))
				return false;
	}
	return true;
}

/* What its checks compare with, as far as they do. */
static bool
put_past(struct telling *t, const struct item *i, struct err *err)
{
	const struct service *s = t->w->s;
	const struct work_order *o = &i->pub.order;
	const struct asset *asset = &s->project->catalog->asset[o->asset];
	const struct checks *all = &s->project->checks[o->asset];
	const struct check **c = ARENA_ARRAY(t->a, const struct check *, all->n);
	struct workspace w = service_workspace(t->w->s, t->a);
	struct past_copy copy;
	size_t n = 0;

	if (o->kind != WORK_CHECK)
		return true;
	for (size_t k = 0; k < all->n; k++)
		if (glob_selects(o, asset->key, &all->v[k]))
			c[n++] = &all->v[k];
	if (!past_copy_make(&w, asset, c, n, o->partition, &copy, err))
		return false;
	json_key(&t->j, "past");
	past_json_write(&t->j, &copy);
	return true;
}

static void
put_limits(struct telling *t, const struct running *r)
{
	const struct catalog *c = t->w->s->project->catalog;
	const int64_t workers = c->service.workers > 0 ? c->service.workers : pool_cpus();
	const bool limited = r->slot > 0 && c->source[r->slot - 1].limits.concurrency > 0;
	const int64_t threads = limited ? 1 : MAX(pool_cpus() / workers, 1);

	/* Each thread may be busy all the time that there is. */
	json_put_i64(&t->j, "cpu_s", threads * (r->limit_us / US_PER_S * (int64_t)r->nitem + 1));
	json_put_i64(&t->j, "memory_bytes", c->service.limits.memory_bytes);
	json_put_i64(&t->j, "threads", threads);
}

bool
workshop_order_text(struct workshop *w, const struct running *r, struct buf *b, struct err *err)
{
	AUTO(arena) a = arena_new();
	const struct work_order *o = &r->item[0]->pub.order;
	const struct project *p = w->s->project;
	const char *folder;
	struct telling t = {.w = w, .a = a};

	map_init(&t.told, a);
	json_write_init(&t.j, b, 0);
	json_object(&t.j);
	json_put_str(&t.j, "kind", o->kind == WORK_CHECK ? "check" : "probe");
	json_put_sv(&t.j, "id", r->item[0]->pub.id);
	json_key(&t.j, "assets");
	json_array(&t.j);
	for (size_t i = 0; i < r->nitem; i++)
		json_sv(&t.j, r->item[i]->key);
	json_array_end(&t.j);
	json_key(&t.j, "places");
	json_array(&t.j);
	for (size_t i = 0; i < r->nitem; i++)
		json_str(&t.j, r->item[i]->place);
	json_array_end(&t.j);
	json_put_sv(&t.j, "partition", o->partition);
	json_key(&t.j, "checks");
	json_array(&t.j);
	for (size_t i = 0; i < o->ncheck; i++)
		json_sv(&t.j, o->check[i]);
	json_array_end(&t.j);
	json_key(&t.j, "facts");
	json_array(&t.j);
	for (size_t i = 0; i < r->nitem; i++)
		if (!put_facts_around(&t, &p->catalog->asset[r->item[i]->pub.order.asset], err))
			return false;
	json_array_end(&t.j);
	if (!put_past(&t, r->item[0], err))
		return false;
	json_put_time(&t.j, "now",
	              w->s->clock->now_us == clock_system.now_us ? TIME_NONE : clock_now_us(w->s->clock));
	put_limits(&t, r);
	folder = store_folder(w->s->store, a);
	if (folder != NULL)
		json_put_str(&t.j, "kept", arena_printf(a, "%s/kept", folder));
	json_put_bool(&t.j, "last", r->item[0]->last);
	json_object_end(&t.j);
	return buf_check(b, "the order", err);
}
