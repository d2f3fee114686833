/* What a look saw, into the state: an observation where it is news, of the whole and of each partition. */
#include "run/observe.h"

/* A probe looked, and nothing was there. */
bool
event_saw_nothing(const struct event *e)
{
	return e->kind == EVENT_OBSERVED && e->rows == 0 && sv_eq(e->reporter, RUN_PROBE);
}

/* By the last look at it, and nobody has reported it made since. */
bool
witness_says_gone(const struct witness *t)
{
	return t->has_whole && event_saw_nothing(&t->whole) &&
	       !(t->has_materialized && t->materialized.at_us > t->whole.at_us &&
	         t->materialized.seq > t->whole.seq);
}

/* Did a look see what no earlier observation says? */
bool
witness_sees_news(const struct witness *t, const struct observed *o)
{
	if (!t->probing || o->failed)
		return false;
	if (!o->exists)
		return o->ever_materialized && !witness_says_gone(t);
	return !t->has_whole || event_saw_nothing(&t->whole) || !sv_eq(t->whole.reporter, RUN_PROBE) ||
	       !sv_eq(t->whole.version, o->version) || t->whole.updated_us != o->probed_us;
}

void
run_saw(struct workspace *w, const struct asset *asset, struct sv version, struct observed *ret)
{
	struct witness t = witness_of(w, asset);
	struct err err = {0};

	*ret = OBSERVED_NOTHING;
	ret->exists = ret->stored = true;
	ret->version = version;
	t.probing = true;
	/* Where the store cannot be read nothing will be written either, and that is told. */
	ret->news = witness_ask(&t, &err) && witness_sees_news(&t, ret);
}

static struct event
observation(const struct asset *asset, struct sv partition, int64_t at_us, int64_t now_us)
{
	return (struct event){
		.kind = EVENT_OBSERVED,
		.asset = asset->key,
		.partition = partition,
		.at_us = at_us,
		.recorded_us = now_us,
		.updated_us = TIME_NONE,
		.data_through_us = TIME_NONE,
		.rows = -1,
		.reporter = RUN_PROBE,
	};
}

/* What is new of partitions since an earlier probe: made, made anew, or gone. */
static bool
record_partitions(struct workspace *w, const struct asset *asset, const struct observed *o, int64_t at_us,
                  struct err *err)
{
	const int64_t now_us = clock_now_us(w->clock);
	struct map before, now;
	struct event *e;
	size_t n;

	if (!store_partition_events(w->store, w->a, asset->key, EVENT_OBSERVED, now_us, &e, &n, err))
		return false;
	map_init(&before, w->a);
	map_init(&now, w->a);
	for (size_t i = 0; i < n; i++)
		map_set(&before, e[i].partition, &e[i]);
	for (size_t i = 0; i < o->npartition; i++) {
		const struct seen_partition *p = &o->partition[i];
		const struct event *was = map_get(&before, p->key);
		struct event seen = observation(asset, p->key, at_us, now_us);

		map_set(&now, p->key, (void *)(uintptr_t)p);
		if (was != NULL && !event_saw_nothing(was) && sv_eq(was->reporter, RUN_PROBE) &&
		    sv_eq(was->version, p->version) && was->updated_us == p->produced_us)
			continue;
		seen.version = p->version;
		seen.updated_us = p->produced_us;
		if (!store_add_event(w->store, &seen, err))
			return false;
	}
	for (size_t i = 0; i < n; i++) {
		struct event gone = observation(asset, e[i].partition, at_us, now_us);

		if (e[i].partition.n == 0 || map_has(&now, e[i].partition) || event_saw_nothing(&e[i]))
			continue;
		gone.rows = 0;
		if (!store_add_event(w->store, &gone, err))
			return false;
	}
	return true;
}

static bool
record(struct workspace *w, const struct asset *asset, struct observed *o, int64_t at_us, struct err *err)
{
	struct event e = observation(asset, (struct sv){0}, at_us, clock_now_us(w->clock));

	if (o->version.n > 0 && !store_see_version(w->store, asset->key, (struct sv){0}, o->version, at_us,
	                                           &o->version_since_us, err))
		return false;
	if (asset->ndim > 0 && o->stored && !o->failed && !record_partitions(w, asset, o, at_us, err))
		return false;
	if (!o->news)
		return true;
	if (o->exists) {
		e.version = o->version;
		e.updated_us = o->probed_us;
		e.data_through_us = o->data_through_us;
	} else {
		e.rows = 0;
	}
	return store_add_event(w->store, &e, err);
}

bool
run_record(struct workspace *w, const struct asset *asset, struct observed *o, struct err *err)
{
	return record(w, asset, o, clock_now_us(w->clock), err);
}

bool
run_record_look(struct workspace *w, const struct asset *asset, struct observed *o, int64_t at_us,
                struct err *err)
{
	const int64_t now_us = clock_now_us(w->clock);
	struct witness t = {.w = w,
	                    .asset = asset,
	                    .now_us = now_us,
	                    .limit_us = now_us + FUTURE_TOLERANCE_US,
	                    .probing = true};

	if (o->failed) {
		struct event e = observation(asset, (struct sv){0}, at_us, now_us);

		e.reporter = RUN_BLIND;
		return !asset->elsewhere || store_add_event(w->store, &e, err);
	}
	if (!witness_ask(&t, err))
		return false;
	o->ever_materialized = t.has_materialized || t.has_observation;
	o->news = witness_sees_news(&t, o) || (asset->elsewhere && o->exists);
	return record(w, asset, o, at_us, err);
}
