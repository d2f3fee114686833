/*
 * The arrivals of an asset, for its learned policy.
 *
 * They are the materializations that were reported; where none ever was, the times of the last update that looks at the data saw.  Of an asset with
 * partitions by time only what brought a later partition than all before (that had begun by then) is an arrival: the others are backfills.
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

/*
 * The beginnings of partitions that came, of which the latest counts.  One in the future says nothing yet: a mistyped year would make all
 * that follows a backfill for ever.
 */
struct beginnings {
	struct arena *a;
	int64_t newest;
	LIST(int64_t) ahead; /* each once */
	struct map seen;     /* of those: keys */
};

/* Is it an arrival? */
static bool
comes_new(struct beginnings *b, struct sv partition, int64_t start_us, int64_t at_us)
{
	size_t kept = 0;

	for (size_t i = 0; i < b->ahead.n; i++)
		if (b->ahead.v[i] <= at_us)
			b->newest = MAX(b->newest, b->ahead.v[i]);
		else
			b->ahead.v[kept++] = b->ahead.v[i];
	b->ahead.n = kept;
	if (start_us == TIME_NONE || start_us <= b->newest || map_has(&b->seen, partition))
		return false;
	if (start_us <= at_us) {
		b->newest = start_us;
		return true;
	}
	*LIST_ADD(b->a, &b->ahead) = start_us;
	map_set(&b->seen, partition, b);
	return true;
}

/* Into at[], which has room for each. */
static size_t
without_backfills(struct workspace *w, const struct asset *asset, const struct arrival *v, size_t n,
                  int64_t *at, struct beginnings *b)
{
	size_t kept = 0;

	for (size_t i = 0; i < n; i++)
		if (v[i].partition.n == 0 || !run_is_timed(asset) ||
		    comes_new(b, v[i].partition, start_of(w, asset, v[i].partition), v[i].at_us))
			at[kept++] = v[i].at_us;
	return kept;
}

/* What was seen just now, before it is on record: of partitions the latest that is new, of one that is ahead only if it came last. */
static int64_t
seen_now(struct workspace *w, const struct asset *asset, const struct observed *o, struct beginnings *b)
{
	int64_t ret = TIME_NONE;

	if (!run_is_timed(asset))
		return o->produced_us;
	for (size_t i = 0; i < o->npartition; i++) {
		const struct seen_partition *p = &o->partition[i];
		int64_t start_us = start_of(w, asset, p->key);

		if (p->produced_us == TIME_NONE || !comes_new(b, p->key, start_us, p->produced_us))
			continue;
		ret = start_us <= p->produced_us ? p->produced_us : MAX(ret, p->produced_us);
	}
	return ret;
}

bool
run_learn(struct workspace *w, const struct asset *asset, int64_t until_us, struct observed *o,
          struct err *err)
{
	struct arrival *v;
	struct beginnings b = {.a = w->a, .newest = TIME_NONE};
	int64_t *at, *setback, now;
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
	map_init(&b.seen, w->a);
	n = without_backfills(w, asset, v, n, at, &b);
	now = seen_now(w, asset, o, &b);
	if (now != TIME_NONE && now <= until_us && (n == 0 || now > at[n - 1]))
		at[n++] = now;
	learned_make(&asset->freshness, at, n, setback, nsetback, &o->learned);
	return true;
}
