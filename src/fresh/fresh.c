/* The whole catalog at once: edges are resolved once, and every pass over the graph walks them in topological order. */
#include "fresh/internal.h"

const char *const fresh_status_names[5] = {"pass", "warn", "fail", "unknown", "none"};
const char *const stale_status_names[4] = {"current", "stale", "missing", "off"};
const char *const cause_kind_names[5] = {"upstream_newer", "upstream_stale", "code_changed", "input_added",
                                         "input_removed"};
const char *const orphan_kind_names[5] = {"dangling", "unused", "abandoned", "untracked", "unstored"};

/*
 * The graph lists an asset's inputs in the order of its dependencies and leaves out what dangles, so that keys need
 * rarely be looked up.
 */
static void
resolve(const struct catalog *c, const struct asset *asset, uint32_t *to)
{
	uint32_t next = c->up_at[asset->index], end = c->up_at[asset->index + 1];

	for (size_t k = 0; k < asset->ndep; k++) {
		const struct asset *up;

		if (next < end && sv_eq(c->asset[c->up[next]].key, asset->dep[k].key)) {
			to[k] = c->up[next++];
			continue;
		}
		up = catalog_asset(c, asset->dep[k].key);
		to[k] = up != NULL ? up->index : NO_ASSET;
	}
}

struct edges
edges_resolve(struct arena *a, const struct catalog *c)
{
	struct edges e = {.at = ARENA_ARRAY(a, size_t, c->nasset + 1)};

	for (size_t i = 0; i < c->nasset; i++)
		e.at[i + 1] = e.at[i] + c->asset[i].ndep;
	e.to = ARENA_ARRAY(a, uint32_t, e.at[c->nasset]);
	for (size_t i = 0; i < c->nasset; i++)
		resolve(c, &c->asset[i], e.to + e.at[i]);
	return e;
}

/*
 * The oldest of the inputs' times that are known.  What an asset was made from cannot be newer than the asset, so its
 * own time is a limit: inputs may have moved on since.
 */
static struct through
inherit(const struct observed *o, const struct edges *e, const struct through *t, uint32_t i)
{
	struct through ret = {.us = TIME_NONE, .root = NO_ASSET, .unseen = NO_ASSET};

	for (size_t k = e->at[i]; k < e->at[i + 1]; k++) {
		const struct through *up = e->to[k] != NO_ASSET ? &t[e->to[k]] : NULL;

		if (up == NULL)
			continue;
		if (up->unseen != NO_ASSET && ret.unseen == NO_ASSET)
			ret.unseen = up->unseen;
		if (up->us != TIME_NONE && (ret.us == TIME_NONE || up->us < ret.us)) {
			ret.us = up->us;
			ret.root = up->root;
		}
	}
	if (ret.us != TIME_NONE && o[i].produced_us != TIME_NONE && o[i].produced_us < ret.us) {
		ret.us = o[i].produced_us;
		ret.root = i;
	}
	return ret;
}

struct through
through_of(const struct observed *o, const struct edges *e, const struct through *t, uint32_t i)
{
	struct through ret;

	if (o[i].data_through_us != TIME_NONE)
		return (struct through){.us = o[i].data_through_us, .root = i, .unseen = NO_ASSET};
	ret = inherit(o, e, t, i);
	if (o[i].failed)
		ret.unseen = i;
	return ret;
}

void
fresh_all(struct arena *a, const struct catalog *c, const struct observed *o, const struct orphan *untracked,
          size_t nuntracked, int64_t now_us, struct fresh_report *ret)
{
	AUTO(arena) scratch = arena_new();
	struct edges e = edges_resolve(scratch, c);
	struct through *through = ARENA_ARRAY(scratch, struct through, c->nasset);
	enum fresh_status *status = ARENA_ARRAY(scratch, enum fresh_status, c->nasset);
	struct orphan *found, *all;
	size_t nfound;

	ret->fresh = ARENA_ARRAY(a, struct freshness, c->nasset);
	ret->stale = ARENA_ARRAY(a, struct staleness, c->nasset);
	for (size_t k = 0; k < c->nasset; k++)
		through[c->topo[k]] = through_of(o, &e, through, c->topo[k]);
	for (size_t i = 0; i < c->nasset; i++) {
		freshness_judge_through(a, c, &c->asset[i], &o[i], &through[i], now_us, &ret->fresh[i]);
		status[i] = ret->fresh[i].status;
	}
	staleness_all(a, c, o, &e, now_us, ret->stale);
	orphans_all(a, c, o, &e, status, now_us, &found, &nfound);
	all = ARENA_ARRAY(a, struct orphan, nfound + nuntracked);
	if (nfound > 0)
		memcpy(all, found, nfound * sizeof(*all));
	if (nuntracked > 0)
		memcpy(all + nfound, untracked, nuntracked * sizeof(*all));
	ret->orphan = all;
	ret->norphan = nfound + nuntracked;
}
