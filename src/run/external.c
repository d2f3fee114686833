/* Checks that others made and told of, as they stand in a report of what is known. */
#include <stdio.h>

#include "run/internal.h"

/* As if the catalog had declared it; the expectation is not weir's. */
static const struct check *
check_of(struct arena *a, const struct asset *asset, const struct stored_verdict *v)
{
	struct check *c = ARENA_NEW(a, struct check);

	*c = (struct check){
		.id = v->check_id,
		.asset = asset,
		.written_name = v->expectation,
		.mostly = 1,
		.severity = v->severity,
		.blocking = v->blocking,
		.enabled = true,
		.kwargs = SV("{}"),
		.description = arena_svf(a, "reported by " SV_FMT, SV_ARG(v->engine)),
	};
	snprintf(c->hash, sizeof(c->hash), SV_FMT, SV_ARG(v->check_hash));
	return c;
}

bool
run_external(struct workspace *w, const struct asset *asset, struct sv partition, struct sv known,
             struct asset_result *r, struct err *err)
{
	struct check_result *all;
	struct stored_verdict *v;
	size_t n;

	if (!store_external_verdicts(w->store, w->a, asset->key, partition, &v, &n, err))
		return false;
	if (n == 0)
		return true;
	all = ARENA_ARRAY(w->a, struct check_result, r->ncheck + n);
	for (size_t i = 0; i < r->ncheck; i++)
		all[i] = r->check[i];
	for (size_t i = 0; i < n; i++) {
		const bool earlier = known.n > 0 && v[i].version.n > 0 && !sv_eq(known, v[i].version);

		all[r->ncheck + i] = (struct check_result){
			.check = check_of(w->a, asset, &v[i]),
			.verdict = {.outcome = v[i].outcome,
		                    .success = v[i].outcome == OUTCOME_PASS,
		                    .message = earlier ? arena_svf(w->a, SV_FMT " (on an earlier version)",
		                                                   SV_ARG(v[i].message))
		                                       : v[i].message},
			.result = v[i].result.n > 0 ? v[i].result : SV("{}"),
			.engine = arena_str(w->a, v[i].engine),
			.duration_ms = v[i].duration_ms,
			.stored = true,
			.at_us = v[i].at_us,
		};
	}
	r->check = all;
	r->ncheck += n;
	return true;
}
