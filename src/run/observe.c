/*
 * Observing: when was an asset last produced, in which version, from what?
 *
 * Two witnesses are asked: the events that were reported, and the data itself (a probe).  The later usable time counts.  A probe that
 * fails makes the freshness unknown and is an error; it never passes for an answer.
 */
#include "expr/instant.h"
#include "run/internal.h"
#include "store/newest.h"

#include <stdlib.h>

#define ARRIVALS NEWEST_ARRIVALS_MAX

struct witness {
	struct workspace *w;
	const struct asset *asset;
	int64_t now_us, limit_us;   /* limit: later times are not believed */
	bool probing;               /* the data itself is asked, too */
	const struct newest *given; /* the events, read before; NULL = the store is asked */
	struct event materialized, observation, started,
		failed; /* of a partitioned asset: the newest of any */
	bool has_materialized, has_observation, has_started, has_failed;
	struct event whole; /* the newest observation that is of no single partition */
	bool has_whole;
};

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

static bool
ask_events(struct witness *t, struct err *err)
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

/* A probe looked, and nothing was there. */
static bool
saw_nothing(const struct event *e)
{
	return e->kind == EVENT_OBSERVED && e->rows == 0 && sv_eq(e->reporter, RUN_PROBE);
}

/* By the last look at it, and nobody has reported it made since. */
static bool
is_gone(const struct witness *t)
{
	return t->has_whole && saw_nothing(&t->whole) &&
	       !(t->has_materialized && t->materialized.at_us > t->whole.at_us &&
	         t->materialized.seq > t->whole.seq);
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

static void
note_future(struct witness *t, struct observed *o, int64_t count, int64_t latest_us, struct sv what)
{
	char text[RFC3339_MAX];

	o->future_count = count;
	o->future_text = arena_svf(t->w->a, "%lld value%s of " SV_FMT " in the future %s ignored (latest %s)",
	                           (long long)count, count == 1 ? "" : "s", SV_ARG(what),
	                           count == 1 ? "is" : "are", rfc3339_format(latest_us, text));
}

static bool
probe_column(struct witness *t, struct connection *c, struct observed *o, struct err *err)
{
	struct column_max max;

	if (!run_column_max(t->w, c, t->asset->updated_arg, t->limit_us, &max, err))
		return false;
	o->probed_us = value_instant(max.type, max.max);
	if (o->probed_us != TIME_NONE)
		o->data_through_us = MAX(o->data_through_us, o->probed_us);
	if (max.future_count > 0)
		note_future(t, o, max.future_count, value_instant(max.type, max.future_max),
		            t->asset->updated_arg);
	if (max.errors > 0)
		o->future_text = arena_svf(t->w->a,
		                           SV_FMT "%s%lld value%s of " SV_FMT " %s no time, and ignored",
		                           SV_ARG(o->future_text), o->future_text.n > 0 ? "; " : "",
		                           (long long)max.errors, max.errors == 1 ? "" : "s",
		                           SV_ARG(t->asset->updated_arg), max.errors == 1 ? "is" : "are");
	return true;
}

static bool
probe_query(struct witness *t, struct connection *c, struct observed *o, struct err *err)
{
	const struct asset *asset = t->asset;
	const struct type instant = {.kind = TYPE_TIMESTAMPTZ},
			  wall = {.kind = TYPE_TIMESTAMP, .zone = t->w->catalog->zone};
	struct value v, cast;

	if (c->engine->query_value == NULL)
		return err_set(err, ERR_UNSUPPORTED, asset->loc,
		               "updated: {from: query} is not possible for " SV_FMT, SV_ARG(asset->format));
	if (!c->engine->query_value(c, asset->updated_arg, t->w->a, &v, err))
		return false;
	if (v.kind == VALUE_NULL)
		return true;
	if (!value_cast(wall, v, &cast) && !value_cast(instant, v, &cast)) {
		err_set(err, ERR_EVAL, asset->loc, "the `updated` query of '" SV_FMT "' gave no time",
		        SV_ARG(asset->key));
		return err_hint(err, "it must give one value such as 2024-01-31T12:00:00Z");
	}
	o->probed_us = value_instant(wall, cast);
	if (o->probed_us > t->limit_us) {
		note_future(t, o, 1, o->probed_us, SV("the query"));
		o->probed_us = TIME_NONE;
	}
	return true;
}

static bool
consumers_name_columns(const struct catalog *c, const struct asset *asset)
{
	for (uint32_t i = c->down_at[asset->index]; i < c->down_at[asset->index + 1]; i++) {
		const struct asset *down = &c->asset[c->down[i]];

		for (size_t k = 0; k < down->ndep; k++)
			if (down->dep[k].ncolumn > 0 && catalog_asset(c, down->dep[k].key) == asset)
				return true;
	}
	return false;
}

static void
note_columns(struct witness *t, struct connection *c, struct observed *o)
{
	const struct schema *s = c->engine->schema(c);
	struct sv *name = ARENA_ARRAY(t->w->a, struct sv, s->n);

	for (uint32_t i = 0; i < s->n; i++)
		if (!s->col[i].missing)
			name[o->ncolumns++] = arena_sv(t->w->a, s->col[i].name);
	o->columns = name;
}

static bool
probe_connection(struct witness *t, struct dataset *d, struct observed *o, struct err *err)
{
	const struct asset *asset = t->asset;
	const bool by_column = asset->updated_from == UPDATED_COLUMN,
		   by_query = asset->updated_from == UPDATED_QUERY;
	const bool columns = consumers_name_columns(t->w->catalog, asset);
	const bool version = d->driver == NULL || asset->version_from == VERSION_QUERY ||
	                     asset->version_from == VERSION_COLUMN;
	struct scan_options so = run_scan_options(t->w, asset);
	__attribute__((cleanup(connection_cleanup))) struct connection *c = NULL;
	const struct engine *engine;

	if (!by_column && !by_query && !columns && !version)
		return true;
	engine = engine_for(d->format, asset->data_loc, err);
	if (engine == NULL || !engine->open(d, &so, &c, err))
		return false;
	if (columns)
		note_columns(t, c, o);
	if (by_column && !probe_column(t, c, o, err))
		return false;
	if (by_query && !probe_query(t, c, o, err))
		return false;
	return !version || run_connection_version(t->w, asset, NULL, d, c, &o->version, err);
}

static int
compare_partition(const void *a, const void *b)
{
	return sv_cmp(((const struct seen_partition *)a)->key, ((const struct seen_partition *)b)->key);
}

/* Of its contents: each part is read once, for its partition and for the whole. */
static bool
content_of_parts(struct witness *t, struct dataset *d, struct observed *o, struct err *err)
{
	char hex[HASH_HEX];

	for (size_t i = 0; i < d->parts.n; i++)
		if (d->parts.v[i].content == NULL && !part_content(t->w->a, d->driver, &d->parts.v[i], err))
			return false;
	parts_version(&d->parts, true, hex);
	o->version = arena_sv(t->w->a, sv_of(hex));
	return true;
}

/* The files of each partition together; partitions in the order of first mention. */
static struct parts *
group_parts(struct arena *a, const struct parts *all, struct map *by_key)
{
	struct parts *group = ARENA_ARRAY(a, struct parts, all->n);
	size_t n = 0;

	for (size_t i = 0; i < all->n; i++) {
		struct map_entry *e = map_put(by_key, all->v[i].partition);

		if (e->value == NULL)
			e->value = &group[n++];
		((struct parts *)e->value)->n++;
	}
	for (size_t i = 0; i < n; i++) {
		group[i].v = ARENA_ARRAY(a, struct part, group[i].n);
		group[i].n = 0;
		group[i].newest_us = TIME_NONE;
	}
	for (size_t i = 0; i < all->n; i++) {
		struct parts *g = map_get(by_key, all->v[i].partition);

		g->v[g->n++] = all->v[i];
		g->newest_us = MAX(g->newest_us, all->v[i].mtime_us);
	}
	return group;
}

/* The partitions among the files: each with its newest file and, where files tell it, the version of its own parts. */
static void
partitions_of_files(struct witness *t, const struct dataset *d, struct observed *o)
{
	struct arena *a = t->w->a;
	const bool content = t->asset->version_from == VERSION_CONTENT;
	const bool told = content || t->asset->version_from == VERSION_DEFAULT ||
	                  t->asset->version_from == VERSION_STAT;
	struct seen_partition *seen;
	struct parts *group;
	struct map by_key;
	char hex[HASH_HEX];

	map_init(&by_key, a);
	group = group_parts(a, &d->parts, &by_key);
	seen = ARENA_ARRAY(a, struct seen_partition, by_key.n);
	for (size_t i = 0; i < by_key.n; i++) {
		/* A file that the glob matched but the pattern does not belongs to no partition. */
		if (by_key.e[i].key.n == 0)
			continue;
		if (told)
			parts_version(&group[i], content, hex);
		seen[o->npartition++] = (struct seen_partition){
			.key = by_key.e[i].key,
			.produced_us = group[i].newest_us,
			.version = told ? arena_sv(a, sv_of(hex)) : (struct sv){0},
		};
	}
	o->partition = seen;
}

/* The versions of partitions that are still without one: those of tables, and of what a query or a column tells. */
static bool
version_partitions(struct witness *t, struct observed *o, struct err *err)
{
	struct seen_partition *seen = ARENA_ARRAY(t->w->a, struct seen_partition, o->npartition);

	for (size_t i = 0; i < o->npartition; i++) {
		struct partition p;

		seen[i] = o->partition[i];
		if (seen[i].version.n > 0)
			continue;
		if (!partition_parse(t->w->a, t->asset, seen[i].key, &p, err) ||
		    !run_version(t->w, t->asset, &p, &seen[i].version, err))
			return false;
	}
	o->partition = seen;
	return true;
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

		if (e[i].partition.n == 0 || saw_nothing(&e[i]))
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
probe_data(struct witness *t, struct observed *o, struct err *err)
{
	const struct asset *asset = t->asset;
	struct dataset d;
	struct err missing = {0};
	char hex[HASH_HEX];

	if (asset->updated_from == UPDATED_OTHER)
		return err_set(err, ERR_UNSUPPORTED, asset->loc,
		               "updated: {from: " SV_FMT "} is not built yet", SV_ARG(asset->updated_arg));
	if (!run_dataset(t->w->a, t->w->catalog, asset, NULL, &d, &missing)) {
		if (missing.code == ERR_NOT_FOUND) {
			o->exists = false;
			return true;
		}
		*err = missing;
		return false;
	}
	o->exists = true;
	if (d.driver != NULL) {
		if (asset->updated_from == UPDATED_DEFAULT || asset->updated_from == UPDATED_MTIME) {
			o->probed_us = d.parts.newest_us;
			if (o->probed_us > t->limit_us) {
				note_future(t, o, 1, o->probed_us, SV("the file times"));
				o->probed_us = TIME_NONE;
			}
		}
		if (asset->version_from == VERSION_DEFAULT || asset->version_from == VERSION_STAT) {
			parts_version(&d.parts, false, hex);
			o->version = arena_sv(t->w->a, sv_of(hex));
		} else if (asset->version_from == VERSION_CONTENT && !content_of_parts(t, &d, o, err)) {
			return false;
		}
		if (asset->ndim > 0)
			partitions_of_files(t, &d, o);
	} else if (asset->ndim > 0 &&
	           !run_partitions_of_table(t->w, asset, t->now_us, &o->partition, &o->npartition, err)) {
		return false;
	}
	return version_partitions(t, o, err) && probe_connection(t, &d, o, err);
}

/* Did a look see what no earlier observation says? */
static bool
is_news(const struct witness *t, const struct observed *o)
{
	if (!t->probing || o->failed)
		return false;
	if (!o->exists)
		return o->ever_materialized && !is_gone(t);
	return !t->has_whole || saw_nothing(&t->whole) || !sv_eq(t->whole.reporter, RUN_PROBE) ||
	       !sv_eq(t->whole.version, o->version) || t->whole.updated_us != o->probed_us;
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
	if (!ask_events(&t, &err) || !usual_interval(&t, &o.usual_interval_us, &err) ||
	    !next_event(&t, &future_us, &err)) {
		o.failed = true;
		o.err = err;
		*ret = o;
		return;
	}
	t.probing = probe && o.stored && !t.w->remembered;
	take_events(&t, &o);
	o.exists = o.ever_materialized && !(o.stored && is_gone(&t));
	if ((t.probing && !probe_data(&t, &o, &err)) ||
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
	o.news = is_news(&t, &o);
	*ret = o;
}

static struct witness
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
	ret->news = ask_events(&t, &err) && is_news(&t, ret);
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
		if (was != NULL && !saw_nothing(was) && sv_eq(was->reporter, RUN_PROBE) &&
		    sv_eq(was->version, p->version) && was->updated_us == p->produced_us)
			continue;
		seen.version = p->version;
		seen.updated_us = p->produced_us;
		if (!store_add_event(w->store, &seen, err))
			return false;
	}
	for (size_t i = 0; i < n; i++) {
		struct event gone = observation(asset, e[i].partition, at_us, now_us);

		if (e[i].partition.n == 0 || map_has(&now, e[i].partition) || saw_nothing(&e[i]))
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
	if (!ask_events(&t, err))
		return false;
	o->ever_materialized = t.has_materialized || t.has_observation;
	o->news = is_news(&t, o) || (asset->elsewhere && o->exists);
	return record(w, asset, o, at_us, err);
}
