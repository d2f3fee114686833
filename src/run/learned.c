/*
 * The arrivals of an asset, for its learned policy.
 *
 * They are the materializations that were reported; where none ever was, the times of the last update that looks at the data saw.  Of an asset with
 * partitions by time only what brought a later partition than all before is an arrival: the others are backfills.
 */
#include "fresh/learned.h"

#include "run/internal.h"
#include "store/arrivals.h"

/* TIME_NONE: it has no beginning, and counts like the whole. */
static int64_t
start_of(struct workspace *w, const struct asset *asset, struct sv partition)
{
	struct partition p;

	if (partition.n == 0 || !run_is_timed(asset) || !partition_parse(w->a, asset, partition, &p, NULL))
		return TIME_NONE;
	return p.start_us;
}

/* Into at[], which has room for each; *newest: the beginning of the latest partition. */
static size_t
without_backfills(struct workspace *w, const struct asset *asset, const struct arrival *v, size_t n,
                  int64_t *at, int64_t *newest)
{
	size_t kept = 0;

	*newest = TIME_NONE;
	for (size_t i = 0; i < n; i++) {
		int64_t start = start_of(w, asset, v[i].partition);

		if (v[i].partition.n > 0 && run_is_timed(asset)) {
			if (start == TIME_NONE || start <= *newest)
				continue;
			*newest = start;
		}
		at[kept++] = v[i].at_us;
	}
	return kept;
}

/* What was seen just now, before it is on record. */
static int64_t
seen_now(struct workspace *w, const struct asset *asset, const struct observed *o, int64_t newest)
{
	int64_t ret = TIME_NONE;

	if (!run_is_timed(asset))
		return o->produced_us;
	for (size_t i = 0; i < o->npartition; i++) {
		int64_t start = start_of(w, asset, o->partition[i].key);

		if (start != TIME_NONE && start > newest) {
			newest = start;
			ret = o->partition[i].produced_us;
		}
	}
	return ret;
}

bool
run_learn(struct workspace *w, const struct asset *asset, int64_t until_us, struct observed *o,
          struct err *err)
{
	struct arrival *v;
	int64_t *at, *setback, newest, now;
	size_t n, nsetback;

	if (asset->freshness.kind != POLICY_LEARNED)
		return true;
	if (!store_arrival_times(w->store, w->a, asset->key, false, until_us, LEARNED_ARRIVALS_MAX, &v, &n,
	                         err) ||
	    (n == 0 && !store_arrival_times(w->store, w->a, asset->key, true, until_us, LEARNED_ARRIVALS_MAX,
	                                    &v, &n, err)) ||
	    !store_setbacks(w->store, w->a, asset->key, until_us, LEARNED_ARRIVALS_MAX, &setback, &nsetback,
	                    err))
		return false;
	at = ARENA_ARRAY(w->a, int64_t, n + 1);
	n = without_backfills(w, asset, v, n, at, &newest);
	now = seen_now(w, asset, o, newest);
	if (now != TIME_NONE && now <= until_us && (n == 0 || now > at[n - 1]))
		at[n++] = now;
	learned_make(&asset->freshness, at, n, setback, nsetback, &o->learned);
	return true;
}
