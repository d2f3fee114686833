#include "world.h"

#include <check.h>

void
world_init(struct world *w, size_t nassets_max)
{
	*w = (struct world){.a = arena_new(), .cap = nassets_max};
	w->c.a = w->a;
	w->c.zone = tz_utc;
	w->c.asset = ARENA_ARRAY(w->a, struct asset, nassets_max);
	w->o = ARENA_ARRAY(w->a, struct observed, nassets_max);
	map_init(&w->c.by_key, w->a);
}

void
world_fini(struct world *w)
{
	arena_free(w->a);
}

uint32_t
world_add(struct world *w, const char *key)
{
	uint32_t i = (uint32_t)w->c.nasset++;

	ck_assert_uint_le(w->c.nasset, w->cap);
	w->c.asset[i] = (struct asset){.key = arena_sv(w->a, sv_of(key)), .index = i};
	w->c.asset[i].staleness.fail_after_us = TIME_NONE;
	w->o[i] = OBSERVED_NOTHING;
	w->o[i].exists = true;
	w->o[i].ever_materialized = true;
	map_set(&w->c.by_key, w->c.asset[i].key, &w->c.asset[i]);
	return i;
}

struct dep *
world_dep(struct world *w, uint32_t down, const char *up)
{
	struct asset *as = &w->c.asset[down];
	struct dep *dep = as->ndep > 0 ? (struct dep *)(uintptr_t)as->dep
	                               : ARENA_ARRAY(w->a, struct dep, WORLD_DEPS_MAX);

	ck_assert_uint_lt(as->ndep, WORLD_DEPS_MAX);
	as->dep = dep;
	dep[as->ndep] = (struct dep){.key = arena_sv(w->a, sv_of(up)), .gate = EFFECT_BLOCK};
	return &dep[as->ndep++];
}

void
world_record(struct world *w, uint32_t i, const char *key, const char *version)
{
	struct observed *o = &w->o[i];
	struct event_input *in = ARENA_ARRAY(w->a, struct event_input, o->ninput + 1);

	if (o->ninput > 0)
		memcpy(in, o->input, o->ninput * sizeof(*in));
	in[o->ninput++] = (struct event_input){.key = arena_sv(w->a, sv_of(key)),
	                                       .version = arena_sv(w->a, sv_of(version))};
	o->input = in;
	o->inputs_known = true;
}

static void
edges(struct catalog *c)
{
	size_t max = 1, n = 0;
	uint32_t *fill;

	for (size_t i = 0; i < c->nasset; i++)
		max += c->asset[i].ndep;
	c->up = ARENA_ARRAY(c->a, uint32_t, max);
	c->down = ARENA_ARRAY(c->a, uint32_t, max);
	c->up_at = ARENA_ARRAY(c->a, uint32_t, c->nasset + 1);
	c->down_at = ARENA_ARRAY(c->a, uint32_t, c->nasset + 1);
	fill = ARENA_ARRAY(c->a, uint32_t, c->nasset + 1);
	for (uint32_t i = 0; i < c->nasset; i++) {
		for (size_t k = 0; k < c->asset[i].ndep; k++) {
			const struct asset *up = catalog_asset(c, c->asset[i].dep[k].key);

			if (up == NULL)
				continue;
			c->up[n++] = up->index;
			c->down_at[up->index + 1]++;
		}
		c->up_at[i + 1] = (uint32_t)n;
	}
	for (size_t i = 0; i < c->nasset; i++)
		c->down_at[i + 1] += c->down_at[i];
	for (uint32_t i = 0; i < c->nasset; i++)
		for (uint32_t e = c->up_at[i]; e < c->up_at[i + 1]; e++)
			c->down[c->down_at[c->up[e]] + fill[c->up[e]]++] = i;
}

static void
order(struct catalog *c)
{
	uint32_t *left = ARENA_ARRAY(c->a, uint32_t, c->nasset + 1);
	size_t n = 0;

	c->topo = ARENA_ARRAY(c->a, uint32_t, c->nasset + 1);
	for (uint32_t i = 0; i < c->nasset; i++) {
		left[i] = c->up_at[i + 1] - c->up_at[i];
		if (left[i] == 0)
			c->topo[n++] = i;
	}
	for (size_t k = 0; k < n; k++)
		for (uint32_t e = c->down_at[c->topo[k]]; e < c->down_at[c->topo[k] + 1]; e++)
			if (--left[c->down[e]] == 0)
				c->topo[n++] = c->down[e];
	ck_assert_uint_eq(n, c->nasset);
}

void
world_judge(struct world *w, int64_t now_us)
{
	edges(&w->c);
	order(&w->c);
	fresh_all(w->a, &w->c, w->o, NULL, 0, now_us, &w->r);
}

int64_t
instant(const char *rfc3339)
{
	int64_t t = TIME_NONE;

	ck_assert_msg(rfc3339_parse(sv_of(rfc3339), &t, NULL), "no time: %s", rfc3339);
	return t;
}
