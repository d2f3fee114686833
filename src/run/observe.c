/*
 * Observing: when was an asset last produced, in which version, from what?
 *
 * Two witnesses are asked: the events that were reported, and the data itself (a probe).  The later usable time counts.  A probe that
 * fails makes the freshness unknown and is an error; it never passes for an answer.
 */
#include "run/observe.h"

#include <stdlib.h>

#define ARRIVALS NEWEST_ARRIVALS_MAX

/* Those of a kind: they stand together. */
static void
given_events(const struct newest *given, enum event_kind kind, const struct event **ret, size_t *n)
{
	size_t from = 0, to;

	while (from < given->n && given->event[from].kind != kind)
		from++;
	for (to = from; to < given->n && given->event[to].kind == kind; to++)
		;
	*ret = given->n > 0 ? given->event + from : NULL;
	*n = to - from;
}

static bool
partition_events(struct witness *t, enum event_kind kind, const struct event **ret, size_t *n,
                 struct err *err)
{
	struct event *all;

	if (t->given != NULL) {
		given_events(t->given, kind, ret, n);
		return true;
	}
	if (!store_partition_events(t->w->store, t->w->a, t->asset->key, kind, t->limit_us, &all, n, err))
		return false;
	*ret = all;
	return true;
}

/* Of the whole asset. */
static bool
whole_event(struct witness *t, enum event_kind kind, struct event *e, bool *found, struct err *err)
{
	const struct event *all;
	size_t n;

	if (t->given == NULL)
		return store_last_event(t->w->store, t->w->a, t->asset->key, (struct sv){0}, kind,
		                        t->limit_us, e, found, err);
	given_events(t->given, kind, &all, &n);
	*found = n > 0 && all[0].partition.n == 0;
	if (*found)
		*e = all[0];
	return true;
}

static bool
last_event(struct witness *t, enum event_kind kind, struct event *e, bool *found, struct err *err)
{
	const struct event *all;
	size_t n;

	if (t->asset->ndim == 0)
		return whole_event(t, kind, e, found, err);
	/* Of a partitioned asset: the newest of any partition. */
	if (!partition_events(t, kind, &all, &n, err))
		return false;
	*found = n > 0;
	for (size_t i = 0; i < n; i++)
		if (i == 0 || all[i].at_us > e->at_us || (all[i].at_us == e->at_us && all[i].seq > e->seq))
			*e = all[i];
	return true;
}

bool
witness_ask(struct witness *t, struct err *err)
{
	return last_event(t, EVENT_MATERIALIZED, &t->materialized, &t->has_materialized, err) &&
	       last_event(t, EVENT_OBSERVED, &t->observation, &t->has_observation, err) &&
	       whole_event(t, EVENT_OBSERVED, &t->whole, &t->has_whole, err) &&
	       last_event(t, EVENT_STARTED, &t->started, &t->has_started, err) &&
	       last_event(t, EVENT_FAILED, &t->failed, &t->has_failed, err);
}

static int
compare_i64(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return x < y ? -1 : x > y;
}

/* The median gap between arrivals, or 0 with fewer than three of them. */
static bool
usual_interval(struct witness *t, int64_t *ret, struct err *err)
{
	const int64_t *at = t->given != NULL ? t->given->arrival : NULL;
	size_t n = t->given != NULL ? t->given->narrival : 0;
	int64_t *asked, gap[ARRIVALS];

	*ret = 0;
	if (t->given == NULL) {
		if (!store_arrivals(t->w->store, t->w->a, t->asset->key, t->limit_us, ARRIVALS, &asked, &n,
		                    err))
			return false;
		at = asked;
	}
	if (n < 3)
		return true;
	for (size_t i = 0; i + 1 < n; i++)
		gap[i] = at[i] - at[i + 1];
	qsort(gap, n - 1, sizeof(*gap), compare_i64);
	*ret = gap[(n - 1) / 2];
	return true;
}

static void
take_events(struct witness *t, struct observed *o)
{
	int64_t ended = TIME_NONE;

	if (t->has_materialized) {
		const struct event *e = &t->materialized;

		o->ever_materialized = true;
		o->reported_us = e->at_us;
		o->data_through_us = e->data_through_us;
		o->code_version = e->code_version;
		o->input = e->input;
		o->ninput = e->ninput;
		o->inputs_known = e->inputs_given;
		if (e->partition.n == 0)
			o->version = e->version;
		ended = e->at_us;
	}
	if (t->has_observation) {
		const struct event *e = &t->observation;

		o->ever_materialized = true;
		/* What a probe of ours saw before is no second witness beside the probe: rows may have gone since. */
		if (!sv_eq(e->reporter, RUN_PROBE) || !t->probing) {
			o->reported_us = MAX(o->reported_us, e->updated_us);
			o->data_through_us = MAX(o->data_through_us, e->data_through_us);
		}
	}
	if (t->has_whole && t->whole.version.n > 0 &&
	    (!t->has_materialized || t->whole.at_us > t->materialized.at_us))
		o->version = t->whole.version;
	if (t->has_failed)
		ended = MAX(ended, t->failed.at_us);
	if (t->has_started && t->started.at_us > ended &&
	    t->now_us - t->started.at_us < t->asset->gate.in_progress_expires_us) {
		o->in_progress = true;
		o->started_us = t->started.at_us;
		o->changes_us = o->started_us + t->asset->gate.in_progress_expires_us;
	}
}

static int
compare_partition(const void *a, const void *b)
{
	return sv_cmp(((const struct seen_partition *)a)->key, ((const struct seen_partition *)b)->key);
}

/* Partitions that events tell of: with their times where the data is asked as well, else themselves. */
static bool
add_partitions_of(struct witness *t, enum event_kind kind, struct observed *o, struct err *err)
{
	LIST(struct seen_partition) all = {0};
	struct map index;
	const struct event *e;
	size_t n;

	if (!partition_events(t, kind, &e, &n, err))
		return false;
	map_init(&index, t->w->a);
	for (size_t i = 0; i < o->npartition; i++) {
		*LIST_ADD(t->w->a, &all) = o->partition[i];
		map_set(&index, o->partition[i].key, (void *)(uintptr_t)(i + 1));
	}
	for (size_t i = 0; i < n; i++) {
		size_t at = (size_t)(uintptr_t)map_get(&index, e[i].partition);
		int64_t produced_us = kind == EVENT_OBSERVED ? e[i].updated_us : e[i].at_us;

		if (e[i].partition.n == 0 || event_saw_nothing(&e[i]))
			continue;
		if (at > 0) {
			struct seen_partition *p = &all.v[at - 1];

			p->produced_us = MAX(p->produced_us, produced_us);
			if (p->version.n == 0)
				p->version = e[i].version;
		} else if (!t->probing && (kind == EVENT_OBSERVED || !o->stored)) {
			*LIST_ADD(t->w->a, &all) = (struct seen_partition){
				.key = e[i].partition,
				.produced_us = produced_us,
				.version = e[i].version,
			};
		}
	}
	if (all.n > 0)
		qsort(all.v, all.n, sizeof(*all.v), compare_partition);
	o->partition = all.v;
	o->npartition = all.n;
	return true;
}

/* Of what is stored somewhere, only what a probe saw is known to be there. */
static bool
add_reported_partitions(struct witness *t, struct observed *o, struct err *err)
{
	if (!t->probing && !add_partitions_of(t, EVENT_OBSERVED, o, err))
		return false;
	return add_partitions_of(t, EVENT_MATERIALIZED, o, err);
}

static bool
next_event(struct witness *t, int64_t *ret, struct err *err)
{
	if (t->given == NULL)
		return store_next_event(t->w->store, t->asset->key, t->limit_us, ret, err);
	*ret = t->given->next_us;
	return true;
}

static void
observe(struct witness *w, bool probe, struct observed *ret)
{
	struct witness t = *w;
	const struct asset *asset = t.asset;
	struct observed o = OBSERVED_NOTHING;
	int64_t future_us;
	struct err err = {0};

	o.stored = run_is_stored(asset);
	if (!witness_ask(&t, &err) || !usual_interval(&t, &o.usual_interval_us, &err) ||
	    !next_event(&t, &future_us, &err)) {
		o.failed = true;
		o.err = err;
		*ret = o;
		return;
	}
	t.probing = probe && o.stored && !t.w->remembered;
	take_events(&t, &o);
	o.exists = o.ever_materialized && !(o.stored && witness_says_gone(&t));
	if ((t.probing && !witness_probe(&t, &o, &err)) ||
	    (asset->ndim > 0 && !add_reported_partitions(&t, &o, &err))) {
		o.failed = true;
		o.err = err;
	}
	if (future_us != TIME_NONE && (o.changes_us == 0 || future_us - FUTURE_TOLERANCE_US < o.changes_us))
		o.changes_us = future_us - FUTURE_TOLERANCE_US;
	o.produced_us = MAX(o.probed_us, o.reported_us);
	if (!o.failed && !run_learn(t.w, asset, t.limit_us, &o, &err)) {
		o.failed = true;
		o.err = err;
	}
	o.news = witness_sees_news(&t, &o);
	*ret = o;
}

struct witness
witness_of(struct workspace *w, const struct asset *asset)
{
	const int64_t now_us = clock_now_us(w->clock);

	return (struct witness){
		.w = w, .asset = asset, .now_us = now_us, .limit_us = now_us + FUTURE_TOLERANCE_US};
}

void
run_observe(struct workspace *w, const struct asset *asset, bool probe, struct observed *ret)
{
	struct witness t = witness_of(w, asset);

	observe(&t, probe, ret);
}

struct recalling {
	struct workspace *w; /* with an arena for one asset */
	void (*each)(void *ctx, const struct asset *asset, const struct observed *o);
	void *ctx;
	bool *done; /* by asset index */
};

static void
recall(struct recalling *r, const struct asset *asset, const struct newest *given)
{
	struct witness t = witness_of(r->w, asset);
	struct observed o;

	t.given = given;
	observe(&t, false, &o);
	r->each(r->ctx, asset, &o);
	r->done[asset->index] = true;
	arena_reset(r->w->a);
}

static bool
recall_one(void *ctx, const struct newest *given, struct err *err UNUSED)
{
	struct recalling *r = ctx;
	const struct asset *asset = catalog_asset(r->w->catalog, given->asset);

	/* Events stand under keys; an alias may be the key of something that was. */
	if (asset != NULL && sv_eq(asset->key, given->asset))
		recall(r, asset, given);
	return true;
}

bool
run_recall_all(struct workspace *w,
               void (*each)(void *ctx, const struct asset *asset, const struct observed *o), void *ctx,
               struct err *err)
{
	static const struct newest nothing = {.next_us = TIME_NONE};
	AUTO(arena) a = arena_new();
	struct workspace one = *w;
	struct recalling r = {
		.w = &one, .each = each, .ctx = ctx, .done = ARENA_ARRAY(w->a, bool, w->catalog->nasset)};

	one.a = a;
	one.remembered = true;
	if (!store_newest_events(w->store, clock_now_us(w->clock) + FUTURE_TOLERANCE_US, recall_one, &r, err))
		return false;
	for (size_t i = 0; i < w->catalog->nasset; i++)
		if (!r.done[i])
			recall(&r, &w->catalog->asset[i], &nothing);
	return true;
}
