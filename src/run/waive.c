/*
 * What is waived: known, on record, and put up with until a day that somebody named.
 *
 * A waiver changes what a report counts, never what is stored: the verdict stays a failure, so that it counts again by itself when the
 * waiver has ended.  Only what was judged can be put up with.  An error is no verdict, and nobody knows what it hides.
 */
#include "run/internal.h"

#include "base/log.h"

static void
waive(struct check_result *r, const struct map *in_force)
{
	const struct waiver *w = map_get(in_force, r->check->id);

	/* Once only: what was judged must not be taken for the warning that it became. */
	if (w == NULL || r->waiver != NULL ||
	    (r->verdict.outcome != OUTCOME_FAIL && r->verdict.outcome != OUTCOME_WARN))
		return;
	r->waiver = w;
	r->judged = r->verdict.outcome;
	r->verdict.outcome = OUTCOME_WARN;
}

void
run_waive_by(struct arena *a, struct waiver *waiver, size_t n, struct report *rep)
{
	struct map in_force;

	map_init(&in_force, a);
	/* Newest first: the last word on a check is the one to show. */
	for (size_t i = n; i-- > 0;)
		map_set(&in_force, waiver[i].check, &waiver[i]);
	for (size_t i = 0; n > 0 && i < rep->nasset; i++)
		for (size_t k = 0; k < rep->asset[i].ncheck; k++)
			waive(&rep->asset[i].check[k], &in_force);
}

void
run_waive(struct workspace *w, struct report *rep)
{
	struct waiver *waiver;
	struct err err = {0};
	size_t n;

	/* A bare source has no catalog whose checks could have been waived; its ids are its own. */
	if (w->catalog == NULL)
		return;
	if (!store_waivers(w->store, w->a, (struct sv){0}, clock_now_us(w->clock), &waiver, &n, &err)) {
		log_warn("waivers cannot be read, so that all failures count: %s", err.msg);
		return;
	}
	run_waive_by(w->a, waiver, n, rep);
}
