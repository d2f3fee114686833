#include "cmd/remote_check.h"

#include "base/map.h"
#include "cmd/remote_past.h"
#include "cmd/remote_results.h"
#include "cmd/remote_status.h"

/* Checking ------------------------------------------------------------------------------------------------------ */

/* Does a check look at that other asset as well? */
static bool
checks_look_at(const struct catalog *c, const struct checks *checks, uint32_t other)
{
	for (size_t i = 0; i < checks->n; i++) {
		const struct asset *asset;

		for (uint32_t at = 0; (asset = check_other(c, &checks->v[i], &at)) != NULL;)
			if (asset->index == other)
				return true;
	}
	return false;
}

/* What is checked, and what that is compared with where the service cannot look itself: a verdict is on the versions of both. */
static bool
is_looked_at(const struct opened *w, const struct selection *s, uint32_t asset)
{
	const struct catalog *c = w->w.catalog;

	if (bit_get(s->asset, asset))
		return true;
	for (uint32_t i = 0; c->asset[asset].elsewhere && i < c->nasset; i++)
		if (bit_get(s->asset, i) && checks_look_at(c, &w->w.checks[i], asset))
			return true;
	return false;
}

bool
remote_check(struct remote *r, struct opened *w, const struct run_request *request, struct report *ret,
             struct err *err)
{
	LIST(const struct asset *) look = {0};
	struct remote_results x = {.report = ret};

	remote_past(r, w, &request->selection, request->partition);
	if (!run_report(&w->w, request, ret, err))
		return false;
	for (size_t i = 0; i < w->w.catalog->nasset; i++)
		if (asset_is_stored(&w->w.catalog->asset[i]) &&
		    is_looked_at(w, &request->selection, (uint32_t)i))
			*LIST_ADD(w->a, &look) = &w->w.catalog->asset[i];
	x.look = look.v;
	x.nlook = look.n;
	if (ret->unsaved.code == ERR_NONE && !remote_send_results(r, w, ret->run_id, &x, err))
		ret->unsaved = *err;
	return true;
}

/* What the service knows ---------------------------------------------------------------------------------------- */

/* The results of an asset, which follow each other: the whole before its partitions. */
struct found {
	const struct asset_result *v;
	size_t n;
};

static void
find_results(struct arena *a, const struct report *r, struct map *ret)
{
	map_init(ret, a);
	for (size_t i = 0; i < r->nasset; i++) {
		struct map_entry *e = map_put(ret, r->asset[i].key);

		if (e->value == NULL) {
			struct found *f = ARENA_NEW(a, struct found);

			*f = (struct found){.v = &r->asset[i]};
			e->value = f;
		}
		((struct found *)e->value)->n++;
	}
}

/* The whole of an asset: its checks here, its state there. */
static struct asset_result
whole_of(const struct asset_result *state, const struct found *found)
{
	struct asset_result ret = *state;

	if (found == NULL || found->v->partition.n > 0)
		return ret;
	ret = *found->v;
	ret.has_freshness = state->has_freshness;
	ret.has_staleness = state->has_staleness;
	ret.freshness = state->freshness;
	ret.staleness = state->staleness;
	if (ret.data_version.n == 0)
		ret.data_version = state->data_version;
	return ret;
}

static void
merge(struct arena *a, struct report *r, const struct report *state)
{
	LIST(struct asset_result) all = {0};
	struct map here, told;

	find_results(a, r, &here);
	map_init(&told, a);
	for (size_t i = 0; i < state->nasset; i++) {
		const struct found *f = map_get(&here, state->asset[i].key);

		if (map_has(&told, state->asset[i].key))
			continue;
		(void)map_put(&told, state->asset[i].key);
		*LIST_ADD(a, &all) = whole_of(&state->asset[i], f);
		for (size_t k = 0; f != NULL && k < f->n; k++)
			if (f->v[k].partition.n > 0)
				*LIST_ADD(a, &all) = f->v[k];
	}
	/* The service may have a newer catalog; what was checked is told all the same. */
	for (size_t i = 0; i < r->nasset; i++)
		if (!map_has(&told, r->asset[i].key))
			*LIST_ADD(a, &all) = r->asset[i];
	r->asset = all.v;
	r->nasset = all.n;
}

/* Of those found here only what lies here: the rest follows from what the service knows. */
static void
merge_orphans(struct arena *a, struct report *r, const struct report *state)
{
	LIST(struct orphan) all = {0};

	for (size_t i = 0; i < state->norphan; i++)
		*LIST_ADD(a, &all) = state->orphan[i];
	for (size_t i = 0; i < r->norphan; i++) {
		bool known = r->orphan[i].kind != ORPHAN_UNTRACKED;

		for (size_t k = 0; k < state->norphan && !known; k++)
			known = state->orphan[k].kind == ORPHAN_UNTRACKED &&
			        sv_eq(state->orphan[k].key, r->orphan[i].key);
		if (!known)
			*LIST_ADD(a, &all) = r->orphan[i];
	}
	r->orphan = all.v;
	r->norphan = all.n;
}

void
remote_add_state(struct remote *r, struct arena *a, const char *const *selector, size_t n,
                 struct report *report)
{
	struct report fresh, orphans;
	struct err err = {0};

	if (report->unsaved.code != ERR_NONE)
		return;
	if (!remote_state(r, a, "fresh", selector, n, &fresh, &err) ||
	    !remote_state(r, a, "orphans", NULL, 0, &orphans, &err)) {
		err_prefix(&err, "the results are stored; what is late, stale or an orphan is not known");
		report->unsaved = err;
		return;
	}
	merge(a, report, &fresh);
	merge_orphans(a, report, &orphans);
	report_summarize(report);
}
